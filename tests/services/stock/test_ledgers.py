"""Stock and money against a plain Python model: random documents, eight clerks at once."""

from __future__ import annotations

import datetime
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from math import floor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.checking import check
from services.errors import Refused
from services.finance.commands import post_payment, use_advance
from services.stock.commands import (
    ReceiptLineInput,
    post_issue,
    post_receipt,
    save_receipt,
)
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
