"""Stock and money against a plain Python model: random documents, a past day, eight clerks at once."""

from __future__ import annotations

import datetime
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from math import floor
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services import clock
from services.checking import check
from services.database import Database
from services.entity import Entity, Query
from services.errors import Refused
from services.finance.commands import post_payment, use_advance
from services.listing import Listing
from services.session import log_in
from services.stock.commands import (
    ReceiptLineInput,
    allow_negative,
    post_issue,
    post_receipt,
    save_receipt,
)
from services.stock.standing import stock_in_total, stock_per_warehouse
from tests.conftest import Company
from tests.factories.trade import Trade, open_trade

CENT = Decimal("0.01")


@dataclass
class Model:
    """What an office with pencil and paper would have written."""

    on_hand: dict[int, Decimal] = field(default_factory=dict)
    value: dict[int, Decimal] = field(default_factory=dict)
    gross: dict[int, Decimal] = field(default_factory=dict)
    received: dict[int, Decimal] = field(default_factory=dict)
    advances: dict[int, Decimal] = field(default_factory=dict)
    paid: Decimal = Decimal(0)

    average: dict[int, Fraction] = field(default_factory=dict)
    """Exact: what lay there after goods last came, value by quantity."""

    def receive(self, product: int, quantity: Decimal, cost: Decimal) -> None:
        self.on_hand[product] = self.on_hand.get(product, Decimal(0)) + quantity
        self.value[product] = self.value.get(product, Decimal(0)) + (quantity * cost).quantize(
            CENT, ROUND_HALF_UP
        )
        self.average[product] = Fraction(self.value[product]) / Fraction(self.on_hand[product])

    def issue(self, product: int, quantity: Decimal) -> bool:
        held = self.on_hand.get(product, Decimal(0))
        if quantity > held:
            return False
        self.on_hand[product] = held - quantity
        worth = Fraction(self.on_hand[product]) * self.average[product]
        self.value[product] = Decimal(floor(worth * 100 + Fraction(1, 2))) / 100
        return True


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["receive", "issue", "issue", "pay", "advance"]),
        st.integers(0, 2),
        st.integers(1, 30),
        st.integers(1, 9999),
    ),
    min_size=4,
    max_size=14,
)


@pytest.mark.req("STK-05", "FIN-02")
@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    derandomize=True,
)
@given(steps=STEPS)
def test_ledgers_agree_with_a_plain_calculation(
    company: Company, steps: list[tuple[str, int, int, int]]
) -> None:
    trade = open_trade_again(company)
    model = Model()
    for what, which, count, cents in steps:
        product, quantity, money = trade.products[which], Decimal(count), Decimal(cents) / 100
        if what == "receive":
            draft = trade.keeper.write(
                save_receipt,
                warehouse_id=trade.warehouse,
                lines=[ReceiptLineInput(product, quantity, money)],
            )
            trade.keeper.write(post_receipt, receipt_id=draft.id)
            model.receive(product, quantity, money)
        elif what == "issue":
            wanted = [0, 0, 0]
            wanted[which] = count
            order = trade.order(*wanted, price=str(money))
            model.gross[order] = (quantity * money).quantize(CENT, ROUND_HALF_UP)
            issue = trade.ask([(trade.lines(order)[0], count)])
            if model.issue(product, quantity):
                trade.keeper.write(post_issue, issue_id=issue, counted=[])
            else:
                with pytest.raises(Refused):
                    trade.keeper.write(post_issue, issue_id=issue, counted=[])
        elif what == "pay":
            pay(trade, model, money * 10)
        else:
            spend(trade, model)
    compare(trade, model)
    for database in (trade.seller, trade.keeper, trade.cashier):
        database.close()  # a person has only so many connections, and every example logs in anew
    trade.superuser.close()


MOVES = st.lists(
    st.tuples(
        st.booleans(),
        st.decimals("0.001", "40", places=3),
        st.decimals("0", "30", places=4),
    ),
    min_size=3,
    max_size=40,
)


@pytest.mark.req("PRD-06", "STK-05")
def test_the_moving_average_is_kept_exactly(company: Company) -> None:
    """Random movements in thousandths of a piece against fractions: value to the cent, average to its last digit.

    The functions run as the owner in one transaction per example, so that hundreds of movements take seconds.
    """
    trade = open_trade(company)
    admin = company.psql()
    admin.autocommit = True
    product, place = trade.products[0], trade.warehouse

    @settings(max_examples=60, deadline=None, derandomize=True)
    @given(moves=MOVES)
    def follow(moves: list[tuple[bool, Decimal, Decimal]]) -> None:
        model = Model()
        with admin.transaction(force_rollback=True):
            admin.execute("SELECT stock.lock_balances(%s, ARRAY[%s::bigint])", (place, product))
            for comes, quantity, cost in moves:
                if comes:
                    model.receive(product, quantity, cost)
                else:
                    quantity = min(quantity, model.on_hand.get(product, Decimal(0)))
                    if not quantity or not model.issue(product, quantity):
                        continue
                admin.execute(
                    "SELECT stock.move('stock.receipt', 1, 'X', %s, ARRAY[%s::bigint], ARRAY[%s], %s)",
                    (place, product, quantity if comes else -quantity, [cost] if comes else None),
                )
                row = admin.execute(
                    "SELECT c.value, c.average, c.base_value, c.base_quantity, b.on_hand FROM stock.cost c"
                    " JOIN stock.balance b USING (id) WHERE b.product_id = %s AND b.warehouse_id = %s",
                    (product, place),
                ).fetchone()
                assert row is not None
                value, average, base_value, base_quantity, on_hand = row
                exact = model.average[product]
                assert on_hand == model.on_hand[product]
                assert value == model.value[product], "quantity × exact average, to the cent"
                assert on_hand or value == 0, "the last piece takes what is left"
                assert Fraction(str(base_value)) / Fraction(str(base_quantity)) == exact
                assert abs(Fraction(str(average)) - exact) <= Fraction(1, 2 * 10**12)

    follow()
    admin.close()


@pytest.mark.req("PRD-06")
def test_issues_leave_the_average_as_it_is(company: Company) -> None:
    trade = open_trade(company)
    trade.receive(7, cost="7.77")
    trade.receive(3, cost="5")  # 69.39 / 10
    for _ in range(9):
        order = trade.order(1)
        trade.keeper.write(post_issue, issue_id=trade.ask([(trade.lines(order)[0], 1)]), counted=[])
        assert trade.one(
            "SELECT average FROM stock.cost WHERE product_id = %s", trade.products[0]
        ) == Decimal("6.939")
    assert trade.one("SELECT value FROM stock.cost WHERE product_id = %s", trade.products[0]) == Decimal(
        "6.94"
    )
    order = trade.order(1)
    trade.keeper.write(post_issue, issue_id=trade.ask([(trade.lines(order)[0], 1)]), counted=[])
    assert trade.one("SELECT value FROM stock.cost WHERE product_id = %s", trade.products[0]) == 0
    assert trade.one(
        "SELECT sum(value) FILTER (WHERE value > 0) + sum(value) FILTER (WHERE value < 0) FROM stock.ledger_cost"
    ) == Decimal(0)


@pytest.mark.req("STK-05")
def test_goods_that_come_where_less_than_nothing_lay_are_worth_what_they_cost(company: Company) -> None:
    trade = open_trade(company)
    trade.superuser.execute(
        "UPDATE stock.warehouse SET negative_allowed = true WHERE id = %s", (trade.warehouse,)
    )
    trade.superuser.commit()
    trade.receive(1, cost="10")
    order = trade.order(6)
    trade.keeper.write(post_issue, issue_id=trade.ask([(trade.lines(order)[0], 6)]), counted=[])
    figures = "SELECT b.on_hand, c.value, c.average FROM stock.balance b JOIN stock.cost c USING (id)"
    assert trade.rows(figures) == [(-5, -50, 10)]
    trade.receive(2, cost="20")
    assert trade.rows(figures) == [(-3, -30, 10)]
    trade.receive(13, cost="20")
    assert trade.rows(figures) == [(10, 200, 20)]
    with company.as_("postgres").read_session() as session:
        assert [d for d in check(session) if d.rule.startswith("stock.")] == []


def open_trade_again(company: Company) -> Trade:
    """A trade with goods and a customer that no earlier example has touched."""
    admin = company.psql()
    for table in ("products.product", "customers.customer"):
        admin.execute(f"UPDATE {table} SET name = name || '-' || id WHERE name NOT LIKE '%-%'")
    admin.execute("UPDATE products.product SET bar_code = NULL")
    admin.close()
    return open_trade(company)


def pay(trade: Trade, model: Model, amount: Decimal) -> None:
    """Money for the oldest orders, the rest an advance."""
    parts, left = [], amount
    for order, gross in model.gross.items():
        part = min(left, gross - model.received.get(order, Decimal(0)))
        if part > 0:
            parts.append((order, part))
            model.received[order] = model.received.get(order, Decimal(0)) + part
            left -= part
    paid = trade.cashier.write(
        post_payment,
        customer_id=trade.customer,
        account_id=1,
        amount=amount,
        date=datetime.date.today(),
        orders=parts,
    )
    model.paid += amount
    model.advances[paid.id] = left


def spend(trade: Trade, model: Model) -> None:
    """The first advance pays the first order that is open."""
    for payment, left in model.advances.items():
        for order, gross in model.gross.items():
            part = min(left, gross - model.received.get(order, Decimal(0)))
            if part > 0:
                trade.cashier.write(use_advance, payment_id=payment, orders=[(order, part)])
                model.received[order] = model.received.get(order, Decimal(0)) + part
                model.advances[payment] -= part
                return


def compare(trade: Trade, model: Model) -> None:
    """Balances, their ledgers and the model say the same; nothing is below zero; no cent is left over."""
    held = trade.rows(
        "SELECT b.product_id, b.on_hand, c.value FROM stock.balance b JOIN stock.cost c ON c.id = b.id"
        " WHERE b.product_id = ANY (%s)",
        trade.products,
    )
    for product, on_hand, value in held:
        assert on_hand == model.on_hand.get(product, 0) >= 0
        assert value == model.value.get(product, 0) >= 0
    sums = dict(
        trade.rows(
            "SELECT product_id, sum(delta) FROM stock.ledger WHERE product_id = ANY (%s) GROUP BY 1",
            trade.products,
        )
    )
    assert {p: q for p, q, _ in held if q} == {p: q for p, q in sums.items() if q}
    orders = trade.rows(
        'SELECT id, gross, received FROM sales."order" WHERE customer_id = %s', trade.customer
    )
    assert {i: (g, r) for i, g, r in orders} == {
        i: (g, model.received.get(i, Decimal(0))) for i, g in model.gross.items()
    }
    owed = sum(model.gross.values(), Decimal(0)) - model.paid
    assert trade.one("SELECT receivable FROM customers.balance WHERE id = %s", trade.customer) == owed
    assert (
        trade.one("SELECT coalesce(sum(delta), 0) FROM finance.ledger WHERE customer_id = %s", trade.customer)
        == owed
    )
    assert (
        trade.one(
            "SELECT b.balance - coalesce((SELECT sum(delta) FROM finance.account_ledger WHERE account_id = 1), 0)"
            " FROM finance.account_balance b WHERE b.id = 1"
        )
        == 0
    )
    left = trade.rows(
        "SELECT p.id, p.amount - coalesce((SELECT sum(a.amount) FROM finance.allocation a"
        " WHERE a.payment_id = p.id), 0)"
        " FROM finance.payment p WHERE p.customer_id = %s",
        trade.customer,
    )
    assert dict(left) == model.advances


@pytest.mark.req("STK-06")
def test_the_stock_of_a_past_day_is_what_was_there_then(company: Company) -> None:
    """Movements of forty days, moved back in time: every day's list equals a plain sum over the journal."""
    trade = open_trade(company)
    chance = random.Random(7)
    for _ in range(12):
        trade.receive(*(chance.randint(0, 9) for _ in range(3)), 1, cost=str(chance.randint(1, 50)))
    trade.receive(4, warehouse=trade.other_warehouse)
    today = clock.today()
    admin = company.psql()
    admin.execute("ALTER TABLE stock.ledger DISABLE TRIGGER a_append_only")
    ids = [i for (i,) in trade.rows("SELECT id FROM stock.ledger ORDER BY id")]
    times = {
        i: datetime.datetime.combine(
            today - datetime.timedelta(days=40 - n % 40),
            datetime.time(chance.choice([0, 12, 23]), 30),
            clock.CHINA,
        )
        for n, i in enumerate(ids)
    }
    for i, at in times.items():
        admin.execute("UPDATE stock.ledger SET at = %s WHERE id = %s", (at, i))
    moves = trade.rows(
        "SELECT l.id, w.name, l.product_id, l.delta, c.value FROM stock.ledger l JOIN stock.ledger_cost c USING (id)"
        " JOIN stock.warehouse w ON w.id = l.warehouse_id"
    )
    boss = company.as_("boss")
    names = dict(trade.rows("SELECT id, name FROM products.product"))
    for days in (45, 40, 39, 30, 20, 2, 1, 0):
        day = today - datetime.timedelta(days=days)
        expected: dict[tuple[str, int], list[Decimal]] = {}
        for i, place, product, delta, value in moves:
            if times[i].date() <= day:
                sums = expected.setdefault((place, product), [Decimal(0), Decimal(0)])
                sums[0] += delta
                sums[1] += value
        found = listed(boss, stock_per_warehouse(day), "there")
        total = listed(boss, stock_in_total(day), "there")
        assert {(r["warehouse"], r["product"]): [r["on_hand"], r["value"]] for r in found} == {
            (place, names[product]): sums for (place, product), sums in expected.items() if sums[0]
        }
        by_product: dict[str, Decimal] = {}
        for (_, product), (quantity, _value) in expected.items():
            by_product[names[product]] = by_product.get(names[product], Decimal(0)) + quantity
        assert {r["product"]: r["on_hand"] for r in total} == by_product


@pytest.mark.req("STK-06")
def test_the_stock_list_now(company: Company) -> None:
    trade = open_trade(company)
    trade.receive(10, 5, cost="2")
    trade.receive(7, warehouse=trade.other_warehouse, cost="2")
    trade.order(4)
    draft = trade.keeper.write(
        save_receipt, warehouse_id=trade.warehouse, lines=[ReceiptLineInput(trade.products[2], Decimal(9))]
    )
    assert draft.id
    boss = company.as_("boss")
    everything = listed(boss, stock_per_warehouse(), "current")
    figures = {
        (r["product"], r["warehouse"]): tuple(
            r[key] for key in ("on_hand", "reserved", "free", "to_come", "value")
        )
        for r in everything
    }
    here, there_ = (place for (place,) in trade.rows("SELECT name FROM stock.warehouse ORDER BY id LIMIT 2"))
    assert figures == {
        ("不锈钢球阀", here): (10, 4, 6, 0, 20),
        ("不锈钢球阀", there_): (7, 0, 7, 0, 14),
        ("法兰", here): (5, 0, 5, 0, 10),
        ("四氟垫片", here): (0, 0, 0, 9, 0),
    }
    assert sorted(r["on_hand"] for r in listed(boss, stock_per_warehouse(), "there")) == [5, 7, 10]
    total = {r["product"]: r for r in listed(boss, stock_in_total(), "there")}
    assert {k: (r["on_hand"], r["free"], r["value"]) for k, r in total.items()} == {
        "不锈钢球阀": (17, 13, 34),
        "法兰": (5, 5, 10),
    }
    assert [r["product"] for r in listed(boss, stock_in_total(), "there", words="qf")] == ["不锈钢球阀"]
    assert {row.get("value") for row in listed(company.as_("sales1"), stock_in_total(), "there")} == {None}
    assert "value" not in listed(company.as_("sales1"), stock_per_warehouse(), "there")[0]


@pytest.mark.req("STK-06")
def test_every_class_of_the_stock_list_against_a_plain_calculation(company: Company) -> None:
    """Random stock in two warehouses, limits, reservations, goods to come and some below zero: for each class the rows
    that it shows are those that its words say, row by row and over all warehouses."""
    trade, chance = open_trade(company), random.Random(5)
    admin = company.psql()
    for product, low, high in zip(trade.products, (5, 20, None, 1), (30, None, 4, 2), strict=True):
        admin.execute(
            "UPDATE products.product SET lower_limit = %s, upper_limit = %s WHERE id = %s",
            (low, high, product),
        )
    trade.receive(*(chance.choice((2, 6, 25, 40)) for _ in trade.products[:3]))
    trade.receive(3, 0, 9, warehouse=trade.other_warehouse)
    trade.order(7, 1, 60, 2)
    trade.keeper.write(
        save_receipt, warehouse_id=trade.warehouse, lines=[ReceiptLineInput(trade.products[1], Decimal(9))]
    )
    company.as_("boss").write(allow_negative, warehouse_id=trade.warehouse, allowed=True)
    issue = trade.ask([(trade.lines(trade.order(0, 0, 0, 4))[0], 4)])
    trade.keeper.write(post_issue, issue_id=issue, counted=[])
    rows = [
        dict(zip(("product", "on_hand", "reserved", "to_come", "low", "high"), row, strict=True))
        for row in trade.rows(
            "SELECT p.name, b.on_hand, b.reserved, b.to_come, p.lower_limit, p.upper_limit"
            " FROM stock.balance b JOIN products.product p ON p.id = b.product_id"
        )
    ]
    summed: dict[str, dict[str, Any]] = {}
    for row in rows:
        one = summed.setdefault(row["product"], {**row, "on_hand": 0, "reserved": 0, "to_come": 0})
        for key in ("on_hand", "reserved", "to_come"):
            one[key] += row[key]
    means: dict[str, Callable[[dict[str, Any]], bool]] = {
        "there": lambda row: row["on_hand"] != 0,
        "reserved": lambda row: row["reserved"] > 0,
        "short": lambda row: row["on_hand"] < row["reserved"],
        "to_come": lambda row: row["to_come"] > 0,
        "low": lambda row: row["low"] is not None and row["on_hand"] < row["low"],
        "high": lambda row: row["high"] is not None and row["on_hand"] > row["high"],
        "negative": lambda row: row["on_hand"] < 0,
        "all": lambda _row: True,
        "current": lambda _row: True,
    }
    boss = company.as_("boss")
    for entity, expected in ((stock_per_warehouse(), rows), (stock_in_total(), list(summed.values()))):
        assert means.keys() == {each.key for each in entity.classes}
        for key, fits in means.items():
            wanted = sorted((row["product"], row["on_hand"]) for row in expected if fits(row))
            shown = sorted((row["product"], row["on_hand"]) for row in listed(boss, entity, key))
            assert shown == wanted, (entity.key, key)
            assert wanted or key in ("high", "negative"), key
    assert any(row["on_hand"] < 0 for row in rows)


def listed(database: Database, entity: Entity, data_class: str, words: str = "") -> list[dict[str, Any]]:
    """The rows that a list shows to somebody, and the sums below it, which must be theirs."""
    listing = Listing(
        Query(entity.key, data_class=data_class, words=words), user=log_in(database), entity=entity
    )
    keys = [column.key for column in listing.columns]
    with database.read_session() as session:
        page = listing.page(session, first=0, size=500)
        sums = listing.totals(session)
        assert listing.count(session) == len(page.rows)
    rows = [dict(zip(keys, row.values, strict=True)) for row in page.rows]
    assert sums["on_hand"] == sum((row["on_hand"] for row in rows), Decimal(0))
    return rows


@pytest.mark.req("STK-05")
def test_eight_clerks_issue_the_same_twenty_products(company: Company) -> None:
    trade = open_trade(company)
    admin = company.psql()
    for n in range(16):
        row = admin.execute(
            "INSERT INTO products.product (name) VALUES (%s) RETURNING id", (f"管件{n}",)
        ).fetchone()
        assert row is not None
        trade.products.append(int(str(row[0])))
    trade.receive(*[60] * 20)
    orders = []
    for n in range(24):
        wanted = [1 + (n * 7 + k) % 5 for k in range(20)]
        orders.append((trade.order(*wanted, price="1"), wanted))
    issues = []
    for number, (order, wanted) in enumerate(orders):
        pairs = list(zip(trade.lines(order), wanted, strict=True))
        if number % 2:
            pairs.reverse()  # the screen's order must not matter to the locks
        issues.append((trade.ask(pairs), wanted))
    clerks = [company.as_("keeper1") for _ in range(8)]

    def work(clerk: int) -> list[tuple[str, list[int] | None]]:
        done: list[tuple[str, list[int] | None]] = []
        for issue, wanted in issues[clerk::8]:
            try:
                done.append(
                    (
                        str(clerks[clerk].write(post_issue, issue_id=issue, counted=[]).result["number"]),
                        wanted,
                    )
                )
            except Refused:
                done.append(("", None))
        return done

    before = trade.one("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
    with ThreadPoolExecutor(8) as pool:
        answers = [answer for one in pool.map(work, range(8)) for answer in one]
    gone = [sum(wanted[k] for number, wanted in answers if wanted) for k in range(20)]
    held = [q for (q,) in trade.rows("SELECT on_hand FROM stock.balance ORDER BY product_id")]
    assert held == [60 - g for g in gone] and min(held) >= 0
    assert any(wanted is None for _, wanted in answers), "there were more orders than goods"
    numbers = sorted(number for number, wanted in answers if wanted)
    assert [int(number[-4:]) for number in numbers] == list(range(1, len(numbers) + 1))
    assert trade.one("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()") == before
    reserved = trade.one("SELECT sum(reserved) FROM stock.balance")
    assert reserved == trade.one('SELECT sum(open_quantity) FROM sales."order"')
