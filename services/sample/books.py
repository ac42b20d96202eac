"""The story's orders as documents: what was ordered, received, issued, sent and paid, day by day."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final, NamedTuple

from services.sample.journal import Journal, bin_of
from services.sample.loading import Loading
from services.sample.products import Product
from services.sample.sheets import divided, exact, money
from services.sample.story import DAYS, Order, OrderLine
from services.sample.vocabulary import choices, words

UNITS: Final = {f"unit.{each['code']}": each["zh"] for each in choices()["unit"]}
CARRIERS: Final = {"own": (0,), "logistics": (1, 2), "express": (3,), "city": (4,)}
"""Delivery way → which of the company's carriers."""
RECENT: Final = 21
"""Days in which an order without goods or money may still be a draft."""


class Buyer(NamedTuple):
    """What an order copies from its customer."""

    id: int
    name: str
    owner: int
    branch: int
    contact: int | None
    consignee: str
    phone: str
    address: str
    credit_days: int
    price_level: int


@dataclass(frozen=True, slots=True)
class House:
    """Ids of the company's own furniture, by code or login."""

    today: date
    users: dict[str, int]
    branches: dict[str, int]
    warehouses: dict[str, int]
    keepers: dict[int, int]
    """Warehouse → who posts there."""
    accounts: dict[str, int]
    suppliers: list[int]
    """Customer ids of the suppliers."""


@dataclass(slots=True)
class _Sale:
    """One order of the story on its way through the books. Money in cents."""

    id: int
    order: Order
    buyer: Buyer
    state: str
    first_line: int
    warehouse: int
    amounts: list[tuple[int, int]]
    """Tax, gross, price without tax of each line."""
    gross: int
    number: str | None = None
    delivered: list[int] = field(default_factory=list)
    issued: int = 0
    received: int = 0
    asked: bool = False


class Books:
    """Writes all documents of the story. ``goods`` have the ids 1 … in their order."""

    def __init__(self, loading: Loading, house: House, goods: list[Product]) -> None:
        self.loading, self.house, self.goods = loading, house, goods
        self.journal = Journal(loading)
        self.last_cost: dict[int, int] = {}
        """Product → cents of its last purchase."""
        self.last_orders: dict[int, date] = {}
        """Customer → day of the newest of his orders that stand."""
        self._ids: Counter[str] = Counter()
        self._at = ""
        self._day = house.today

    def _new(self, table: str) -> int:
        self._ids[table] += 1
        return self._ids[table]

    def write(self, told: list[tuple[Order, Buyer]]) -> None:
        """Everything that follows from the orders of the story."""
        told.sort(key=lambda each: (each[0].day, each[0].counter, each[0].customer, each[0].sequence))
        sales = self._sales(told)
        events: list[tuple[date, int, int, int]] = []
        receipts = self._receipts(sales)
        for n, (day, _, _, _) in enumerate(receipts):
            events.append((day, 0, n, 0))
        for n, sale in enumerate(sales):
            order = sale.order
            if sale.state == "draft":
                continue
            events.append((order.day, 1, n, 0))
            events += [(issue.day, 2, n, part) for part, issue in enumerate(order.issues)]
            events += [(payment.day, 3, n, part) for part, payment in enumerate(order.payments)]
            if sale.state == "reversed":
                events.append((min(order.day + timedelta(1), self.house.today), 4, n, 0))
        events.sort()
        per_day = Counter(event[0] for event in events)
        done: Counter[date] = Counter()
        self._open_accounts(self.house.today - timedelta(DAYS + 1))
        for day, what, n, part in events:
            seconds = 30_600 + done[day] * 32_400 // per_day[day]
            done[day] += 1
            self._day = day
            self._at = f"{day} {seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}+08"
            if what == 0:
                self._receive(receipts[n])
            elif what == 1:
                self._confirm(sales[n])
            elif what == 2:
                self._issue(sales[n], part)
            elif what == 3:
                self._pay(sales[n], part)
            else:
                self._reverse(sales[n])
        self._ask(sales)
        self._write_orders(sales)
        warehouses = self.house.warehouses
        self.journal.close(
            {warehouses[each["code"]] for each in words("company")["warehouses"] if each["negative"]}
        )

    # -- orders ----------------------------------------------------------------------------------------

    def _sales(self, told: list[tuple[Order, Buyer]]) -> list[_Sale]:
        sales = []
        line = 1
        for number, (order, buyer) in enumerate(told, 1):
            amounts = [
                self._amounts(each.quantity, int(each.tax_price * 100), int(each.discount), int(each.rate))
                for each in order.lines
            ]
            state = "reversed" if order.cancelled else "confirmed"
            sale = _Sale(number, order, buyer, state, line, self._warehouse(order, buyer), amounts,
                         sum(gross for _, gross in amounts), None, [0] * len(amounts))  # fmt: skip
            line += len(amounts)
            sales.append(sale)
        fresh = [
            sale
            for sale in sales
            if not (sale.order.issues or sale.order.payments or sale.order.counter or sale.order.cancelled)
            and sale.order.day > self.house.today - timedelta(RECENT)
        ]
        for sale in fresh[::-3]:
            sale.state = "draft"
        return sales

    def _pack(self, line: OrderLine) -> tuple[str | None, int | None]:
        """Name and contents of the pack that a line was taken in: whoever wants whole boxes says boxes."""
        return self._boxes(line.product, line.quantity)

    def _boxes(self, place: int, quantity: int) -> tuple[str | None, int | None]:
        """Name and contents of the pack of a product, by its place, that the quantity fills."""
        product = self.goods[place]
        if not product.pack_unit or quantity % product.pack_factor:
            return None, None
        return UNITS[product.pack_unit], product.pack_factor

    def _packed(self, line: OrderLine) -> tuple[int | None, str | None]:
        """How many packs, and the price of one; the price of a piece in it is that of any other piece."""
        _name, factor = self._pack(line)
        if factor is None:
            return None, None
        return line.quantity // factor, money(int(line.tax_price * 100) * factor)

    @staticmethod
    def _amounts(quantity: int, tax_price: int, discount: int, rate: int) -> tuple[int, int]:
        gross = divided(quantity * tax_price * discount, 100)
        return divided(gross * rate, 100 + rate), gross

    def _warehouse(self, order: Order, buyer: Buyer) -> int:
        if buyer.branch == self.house.branches["chongqing"]:
            return self.house.warehouses["chongqing"]
        return self.house.warehouses["shop" if order.counter else "main"]

    def _confirm(self, sale: _Sale) -> None:
        buyer = sale.buyer
        sale.number = self.journal.number("sales.order", self._day)
        self.journal.owe(self._at, self._day, buyer.owner, buyer.owner, buyer.id, "order", "sales.order", sale.id,
                         sale.number, sale.gross, sale.gross)  # fmt: skip

    def _reverse(self, sale: _Sale) -> None:
        buyer = sale.buyer
        self.journal.owe(self._at, self._day, buyer.owner, buyer.owner, buyer.id, "order", "sales.order", sale.id,
                         sale.number or "", -sale.gross, -sale.gross)  # fmt: skip

    def _write_orders(self, sales: list[_Sale]) -> None:
        for sale in sales:
            order, buyer, goods = sale.order, sale.buyer, self.goods
            wanted = ready = 0
            if sale.state == "confirmed":
                self.last_orders[buyer.id] = max(order.day, self.last_orders.get(buyer.id, order.day))
            for place, line in enumerate(order.lines):
                product = goods[line.product]
                tax, gross = sale.amounts[place]
                left = line.quantity - sale.delivered[place] if product.stocked else 0
                wanted += line.quantity if product.stocked else 0
                ready += left
                if sale.state == "confirmed" and left:
                    self.journal.lot(sale.warehouse, line.product + 1).reserved += left
                self.loading.add(
                    "sales.order_line",
                    (sale.first_line + place, sale.id, buyer.owner, place + 1, line.product + 1, product.name,
                     product.model, UNITS[product.unit], "t" if product.stocked else "f", line.quantity,
                     money(int(line.tax_price * 100)), int(line.discount), int(line.rate),
                     money(gross - tax), money(tax), money(gross), sale.delivered[place],
                     left if sale.asked else 0, *self._pack(line), *self._packed(line)),
                )  # fmt: skip
            at = f"{order.day} 08:40:00+08"
            method = order.payments[0].method if order.payments else None
            self.loading.add(
                "sales.order",
                (sale.id, at, buyer.owner, at, buyer.owner, buyer.owner, buyer.branch, sale.number, buyer.id,
                 buyer.name, buyer.contact, str(order.day), str(order.day + timedelta(0 if order.counter else 7)),
                 method, str(order.day + timedelta(buyer.credit_days)), sale.warehouse, buyer.price_level,
                 buyer.consignee or None, buyer.phone or None, buyer.address or None, sale.state, money(sale.gross),
                 money(sale.gross), money(sum(tax for tax, _ in sale.amounts)), money(sale.received),
                 money(sale.issued), wanted, ready, None if sale.state == "draft" else at,
                 None if sale.state == "draft" else buyer.owner,
                 "客户取消" if sale.state == "reversed" else None),
            )  # fmt: skip

    # -- goods -----------------------------------------------------------------------------------------

    def _receipts(self, sales: list[_Sale]) -> list[tuple[date, int, int | None, dict[int, int]]]:
        """What came in: (day, warehouse, supplier, product → pieces), so that no warehouse ever runs dry.

        First what lies there today and what leaves in the first month, later each month's need from each
        supplier on the month's first day.
        """
        house = self.house
        start = house.today - timedelta(DAYS)
        need: dict[tuple[date, int, int | None], dict[int, int]] = defaultdict(lambda: defaultdict(int))
        for product, each in enumerate(self.goods, 1):
            left = each.stock
            for warehouse in words("company")["warehouses"][:0:-1]:
                share = int(each.stock * warehouse["share"])
                left -= share
                if share:
                    need[start, house.warehouses[warehouse["code"]], None][product] += share
            if left:
                need[start, house.warehouses["main"], None][product] += left
        for sale in sales:
            for issue in sale.order.issues if sale.state == "confirmed" else ():
                month = issue.day.replace(day=1)
                for line, pieces in zip(sale.order.lines, issue.quantities, strict=True):
                    if pieces:
                        supplier = (
                            house.suppliers[self.goods[line.product].supplier] if month > start else None
                        )
                        need[max(month, start), sale.warehouse, supplier][line.product + 1] += pieces
        return [(*key, dict(moved)) for key, moved in sorted(need.items(), key=lambda item: (
            item[0][0], item[0][1], item[0][2] or 0))]  # fmt: skip

    def _receive(self, receipt: tuple[date, int, int | None, dict[int, int]]) -> None:
        day, warehouse, supplier, moved = receipt
        keeper, target = self.house.keepers[warehouse], self._new("stock.receipt")
        number = self.journal.number("stock.receipt", day)
        self.loading.add(
            "stock.receipt",
            (target, self._at, keeper, self._at, keeper, number, "purchase" if supplier else "opening", warehouse,
             str(day), supplier, "posted", self._at, keeper),
        )  # fmt: skip
        booked: dict[int, tuple[int, int | None]] = {}
        for place, (product, pieces) in enumerate(sorted(moved.items()), 1):
            # purchase prices move by a few per cent from month to month
            cost = divided(int(self.goods[product - 1].cost * 100) * (97 + (product + day.month) % 7), 100)
            line = self._new("stock.receipt_line")
            self.loading.add(
                "stock.receipt_line",
                (line, target, place, warehouse, product, pieces, *self._boxes(product - 1, pieces)),
            )
            self.loading.add("stock.receipt_line_cost", (line, money(cost)))
            booked[product] = (pieces, pieces * cost)
            if supplier is not None:
                self.last_cost[product] = cost
        self.journal.move(self._at, keeper, "stock.receipt", target, number, warehouse, booked)

    def _issue(self, sale: _Sale, part: int) -> None:
        order, buyer = sale.order, sale.buyer
        keeper, target = self.house.keepers[sale.warehouse], self._new("stock.issue")
        number = self.journal.number("stock.issue", self._day)
        self.loading.add(
            "stock.issue",
            (target, self._at, buyer.owner, self._at, keeper, number, "sale", sale.warehouse, str(self._day),
             buyer.id, buyer.name, "posted", self._at, keeper, f"{{{buyer.owner}}}"),
        )  # fmt: skip
        moved: dict[int, tuple[int, int | None]] = {}
        rows: list[tuple[int, int, int]] = []
        for place, pieces in enumerate(order.issues[part].quantities):
            if not pieces:
                continue
            line = order.lines[place]
            worth = divided(sale.amounts[place][1] * pieces, line.quantity)
            rows.append((place, pieces, worth))
            sale.delivered[place] += pieces
            moved[line.product + 1] = (-pieces, None)
            self.loading.add(
                "stock.issue_line",
                (self._new("stock.issue_line"), target, len(rows), sale.warehouse, line.product + 1, sale.id,
                 sale.first_line + place, sale.number, pieces, pieces, money(worth), *self._pack(line),
                 None if order.counter else bin_of(line.product + 1)),
            )  # fmt: skip
        worth = sum(row[2] for row in rows)
        sale.issued += worth
        self.journal.move(self._at, keeper, "stock.issue", target, number, sale.warehouse, moved)
        self.journal.owe(self._at, self._day, keeper, buyer.owner, buyer.id, "issue", "stock.issue", target, number,
                         0, worth)  # fmt: skip
        if not order.counter:
            self._send(sale, target, number, rows)

    def _send(self, sale: _Sale, issue: int, issue_number: str, rows: list[tuple[int, int, int]]) -> None:
        order, buyer, target = sale.order, sale.buyer, self._new("delivery.note")
        age = (self.house.today - self._day).days
        state = "to_ship" if age < 2 else "shipped" if age < 9 else "signed"
        way = order.delivery_way.partition(".")[2]
        carriers = CARRIERS.get(way, ())
        carrier = words("company")["carriers"][carriers[target % len(carriers)]]["name"] if carriers else None
        tracked = f"{'YD' if way == 'express' else 'WL'}{self._day:%y%m%d}{target:07d}" if way in (
            "express", "logistics") and state != "to_ship" else None  # fmt: skip
        signed = f"{self._day + timedelta(4)} 15:20:00+08" if state == "signed" else None
        freight = 0 if way in ("own", "pickup") else 1500 + target % 9 * 500
        self.loading.add(
            "delivery.note",
            (target, self._at, buyer.owner, self._at, buyer.owner, buyer.owner, buyer.branch,
             self.journal.number("delivery.note", self._day), str(self._day), issue, issue_number, sale.number,
             sale.warehouse, buyer.id, buyer.name, buyer.consignee or None, buyer.phone or None,
             buyer.address or None, order.delivery_way, carrier, tracked, money(freight),
             "customer" if target % 4 == 0 else "us", 1 + len(rows) // 3, state,
             None if state == "to_ship" else self._at, signed,
             (buyer.consignee or buyer.name) if signed else None),
        )  # fmt: skip
        for place, (index, pieces, worth) in enumerate(rows, 1):
            line = order.lines[index]
            product = self.goods[line.product]
            price = int(line.tax_price * 100) * int(line.discount) * 100
            name, factor = self._pack(line)
            self.loading.add(
                "delivery.note_line",
                (target, buyer.owner, sale.warehouse, place, line.product + 1, product.number, product.name,
                 product.model, UNITS[product.unit], pieces, exact(price), money(worth), name, factor,
                 exact(price * factor) if factor else None),
            )  # fmt: skip

    def _ask(self, sales: list[_Sale]) -> None:
        """Stock issues that wait for the keeper: every second of the newest orders that nothing left for."""
        waiting = [
            sale
            for sale in sales
            if sale.state == "confirmed" and not sale.order.issues
            and sale.order.day > self.house.today - timedelta(RECENT)
            and any(self.goods[line.product].stocked for line in sale.order.lines)
        ]  # fmt: skip
        for sale in waiting[::-2]:
            sale.asked = True
            target, buyer = self._new("stock.issue"), sale.buyer
            at = f"{self.house.today} 08:35:00+08"
            self.loading.add(
                "stock.issue",
                (target, at, buyer.owner, at, buyer.owner, None, "sale", sale.warehouse, str(self.house.today),
                 buyer.id, buyer.name, "draft", None, None, f"{{{buyer.owner}}}"),
            )  # fmt: skip
            stocked = [
                place for place, line in enumerate(sale.order.lines) if self.goods[line.product].stocked
            ]
            for position, place in enumerate(stocked, 1):
                line = sale.order.lines[place]
                self.loading.add(
                    "stock.issue_line",
                    (self._new("stock.issue_line"), target, position, sale.warehouse, line.product + 1, sale.id,
                     sale.first_line + place, sale.number, line.quantity, None, None, *self._pack(line), None),
                )  # fmt: skip

    # -- money -----------------------------------------------------------------------------------------

    def _open_accounts(self, day: date) -> None:
        at, user = f"{day} 18:00:00+08", self.house.users["accountant"]
        for account in words("company")["accounts"]:
            target = self.house.accounts[account["code"]]
            cents = int(account["opening"].replace(".", ""))
            self.journal.receive(at, day, user, target, "finance.account", target, "期初", cents)

    def _pay(self, sale: _Sale, part: int) -> None:
        buyer, payment = sale.buyer, sale.order.payments[part]
        paid_up = sum(each.share for each in sale.order.payments[: part + 1]) >= 100
        amount = sale.gross - sale.received if paid_up else divided(sale.gross * payment.share, 100)
        if amount <= 0:
            return
        sale.received += amount
        account = self._account(payment.method, sale)
        west = buyer.branch == self.house.branches["chongqing"]
        cashier = self.house.users["cashier2" if west else "cashier1"]
        target, number = self._new("finance.payment"), self.journal.number("finance.payment", self._day)
        by_bank = payment.method in ("payment_method.bank", "payment_method.bill")
        self.loading.add(
            "finance.payment",
            (target, self._at, cashier, self._at, cashier, buyer.owner, buyer.branch, number, buyer.id, buyer.name,
             str(self._day), money(amount), account, "payment_kind.goods" if paid_up else "payment_kind.deposit",
             buyer.name if by_bank else None, f"{self._day:%m%d}{target % 10**6:06d}" if by_bank else None,
             "posted"),
        )  # fmt: skip
        self.loading.add("finance.allocation", (target, sale.id, buyer.owner, money(amount)))
        self.journal.owe(self._at, self._day, cashier, buyer.owner, buyer.id, "payment", "finance.payment", target,
                         number, -amount, amount)  # fmt: skip
        self.journal.receive(self._at, self._day, cashier, account, "finance.payment", target, number, amount)

    def _account(self, method: str, sale: _Sale) -> int:
        west = sale.buyer.branch == self.house.branches["chongqing"]
        code = {
            "payment_method.wechat": "wechat",
            "payment_method.alipay": "alipay",
            "payment_method.cash": "cash_shop" if sale.order.counter else "cash",
            "payment_method.card": "bank_general",
        }.get(method, "bank_chongqing" if west else "bank_main")
        return self.house.accounts[code]
