"""What offices complain of elsewhere when several people post at once or late: it must not happen here.

By bare connections, so that no client repeats or forbids anything.
"""

from __future__ import annotations

import datetime
import json
import random
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy.orm import Session

from services import clock
from services.checking import check
from services.records import recycle, restore
from services.stock.entities import RECEIPT_ENTITY
from tests.conftest import Company
from tests.factories.rights import keep
from tests.factories.shop import run
from tests.factories.trade import Trade, open_trade

Shell = psycopg.Connection[tuple[object, ...]]
CLERKS = 8


@pytest.fixture
def trade(company: Company) -> Trade:
    """Goods in the first warehouse, which the boss keeps too."""
    trade = open_trade(company)
    trade.receive(1000, 1000)
    keep(company, "boss", trade.warehouse)
    return trade


def post(shell: Shell, command: str, **arguments: Any) -> dict[str, Any]:
    """What a posting function answers to a new request; psycopg.Error when it was refused."""
    row = shell.execute(
        "SELECT app.post(%s, %s, %s::jsonb)", (uuid4(), command, json.dumps(arguments))
    ).fetchone()
    assert row is not None and isinstance(row[0], dict)
    return row[0]


def tried(shell: Shell, command: str, **arguments: Any) -> str | None:
    """None where it was posted, else the SQLSTATE."""
    try:
        post(shell, command, **arguments)
    except psycopg.Error as error:
        return error.sqlstate
    return None


def at_once(tries: Sequence[Callable[[], str | None]]) -> list[str | None]:
    """All of them begin in the same moment."""
    gate = threading.Barrier(len(tries))

    def begin(one: Callable[[], str | None]) -> str | None:
        gate.wait(20)
        return one()

    with ThreadPoolExecutor(len(tries)) as pool:
        return [done.result() for done in [pool.submit(begin, one) for one in tries]]


def sound(company: Company) -> bool:
    """Whether ``shuke check`` finds nothing."""
    with Session(company.as_("postgres").engine) as session:
        return check(session) == []


def lines(trade: Trade, *quantities: int, price: str = "10") -> list[dict[str, Any]]:
    """Lines of an order: so much of the first, second … product."""
    return [
        {"product_id": product, "quantity": quantity, "tax_price": price, "tax_rate": 0}
        for product, quantity in zip(trade.products, quantities, strict=False)
        if quantity
    ]


@pytest.mark.req("STK-04", "STK-05", "SAL-08")
@pytest.mark.parametrize("kind", ["order", "issue", "receipt"])
def test_two_who_confirm_the_same_document_at_once_confirm_it_once(trade: Trade, kind: str) -> None:
    """Complaint: the same transfer was validated by two people and the goods moved twice.

    Each has a request of his own, so that no key stops the second one: the document does.
    """
    for turn in range(5):
        if kind == "order":
            draft = run(
                trade.seller, "sales.save_order", customer_id=trade.customer, warehouse_id=trade.warehouse,
                lines=lines(trade, 1),
            )  # fmt: skip
            login, command, arguments = "sales1", "sales.confirm_order", {"order_id": draft.id}
            counted = "SELECT count(*) FROM finance.ledger WHERE kind = 'order'"
        elif kind == "issue":
            issue = trade.ask([(trade.lines(trade.order(5))[0], 5)])
            login, command, arguments = "keeper1", "stock.post_issue", {"issue_id": issue}
            counted = "SELECT count(*) FROM stock.ledger WHERE document = 'stock.issue'"
        else:
            goods = [{"product_id": trade.products[0], "quantity": 8, "unit_cost": "3"}]
            saved = run(trade.keeper, "stock.save_receipt", warehouse_id=trade.warehouse, lines=goods)
            login, command, arguments = "keeper1", "stock.post_receipt", {"receipt_id": saved.id}
            counted = "SELECT count(*) FROM stock.ledger WHERE document = 'stock.receipt'"
        before = trade.one(counted)
        shells = [trade.company.psql(login) for _ in range(3)]
        answers = at_once([partial(tried, shell, command, **arguments) for shell in shells])
        for shell in shells:
            shell.close()
        assert sorted(map(str, answers)) == ["None", "SK001", "SK001"], turn
        assert trade.one(counted) == before + 1
    assert sound(trade.company)


@pytest.mark.req("FIN-02")
def test_two_cashiers_do_not_pay_one_order_twice(trade: Trade) -> None:
    """Complaint: an order of 10 was paid with 1,000, because it was paid elsewhere or changed meanwhile.

    Of two who give money to the same order at once one is told how much is still open; what a customer pays beyond
    his orders is an advance and never more than an order on it.
    """
    shells = [trade.company.psql(login) for login in ("cashier1", "cashier2")]
    for _ in range(5):
        order = trade.order(1, price="10")
        paid = {"customer_id": trade.customer, "account_id": 1, "amount": "10", "orders": [[order, "10"]]}
        answers = at_once([partial(tried, shell, "finance.post_payment", **paid) for shell in shells])
        assert sorted(map(str, answers)) == ["None", "SK001"]
        assert trade.one('SELECT received FROM sales."order" WHERE id = %s', order) == 10
    order = trade.order(1, price="10")
    much = {"customer_id": trade.customer, "account_id": 1, "amount": "1000"}
    assert tried(shells[0], "finance.post_payment", **much, orders=[[order, "1000"]]) == "SK001"
    assert tried(shells[0], "finance.post_payment", **much, orders=[[order, "10"]]) is None
    assert trade.rows('SELECT gross - received FROM sales."order" WHERE id = %s', order) == [(0,)]
    assert trade.one("SELECT receivable FROM customers.balance WHERE id = %s", trade.customer) == -990
    assert sound(trade.company)


@pytest.mark.req("PLT-36", "SAL-08")
def test_clerks_who_number_several_kinds_at_once_never_wait_for_each_other_in_a_circle(
    trade: Trade, request: pytest.FixtureRequest
) -> None:
    """Complaint: numbers without gaps, taken by several clerks at once for several kinds of documents, deadlock.

    Eight clerks: sales over the counter of new and of stored orders (three numbers each), payments, confirmed orders,
    stock issues with their notes. Each has a customer and goods of his own, which would make them wait for each other
    before the first number; what they share is one account and the counters.
    """
    company = trade.company
    company.psql().execute("ALTER ROLE boss CONNECTION LIMIT 60")
    request.addfinalizer(lambda: company.psql().execute("ALTER ROLE boss CONNECTION LIMIT 12"))
    trade.receive(1000, 1000, 1000, 1000)
    customers = [trade.add_customer(f"客户{number}") for number in range(CLERKS)]
    problems: list[str] = []

    def head(number: int) -> dict[str, Any]:
        wanted = [1 if place == number % 4 else 0 for place in range(4)]
        return {
            "customer_id": customers[number], "warehouse_id": trade.warehouse, "lines": lines(trade, *wanted)
        }  # fmt: skip

    def draft(shell: Shell, number: int) -> dict[str, Any]:
        saved = post(shell, "sales.save_order", **head(number))
        return {"id": saved["changes"]["sales.order"][0], "version": saved["version"]}

    def sell(shell: Shell, number: int) -> None:
        post(shell, "sales.sell", order=head(number), account_id=1)

    def sell_stored(shell: Shell, number: int) -> None:
        post(shell, "sales.sell", order={**head(number), **draft(shell, number)}, account_id=1)

    def pay(shell: Shell, number: int) -> None:
        post(shell, "finance.post_payment", customer_id=customers[number], account_id=1, amount="1")

    def deliver(shell: Shell, number: int) -> None:
        order = draft(shell, number)["id"]
        post(shell, "sales.confirm_order", order_id=order)
        found = shell.execute("SELECT id FROM sales.order_line WHERE order_id = %s", (order,)).fetchall()
        asked = [[line, 1] for (line,) in found]
        issue = post(shell, "stock.make_issue", warehouse_id=trade.warehouse, lines=asked)["id"]
        post(shell, "stock.post_issue", issue_id=issue)
        post(shell, "delivery.make_note", issue_id=issue)

    def clerk(number: int) -> None:
        luck = random.Random(number)
        with company.psql("boss") as shell:
            for _ in range(6):
                for work in luck.sample((sell, sell_stored, pay, deliver), 4):
                    try:
                        work(shell, number)
                    except psycopg.Error as error:
                        problems.append(f"{work.__name__}: {error.sqlstate} {error.diag.message_primary}")

    before = trade.one("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
    with ThreadPoolExecutor(CLERKS) as pool:
        for done in [pool.submit(clerk, number) for number in range(CLERKS)]:
            done.result()
    assert problems == []
    after = trade.one("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
    assert after == before
    for table in ('sales."order"', "stock.issue", "finance.payment", "delivery.note"):
        numbers = [int(n[-4:]) for (n,) in trade.rows(f"SELECT number FROM {table} WHERE number IS NOT NULL")]
        assert sorted(numbers) == list(range(1, len(numbers) + 1)), table
        assert len(numbers) >= 6 * CLERKS
    assert sound(company)


@pytest.mark.req("STK-05", "PRD-06")
def test_what_is_entered_late_costs_one_row_and_moves_no_earlier_one(trade: Trade) -> None:
    """Complaint: a receipt dated back made the program revalue everything since, which never finished, and costs were
    wrong after it was taken back.

    Goods are worth what they cost when they are posted, whatever day the document bears: it writes one row of the
    journal per product, and no earlier row of it is touched, however many there are.
    """
    product, place = trade.products[0], trade.warehouse
    for turn in range(20):
        trade.receive(3, cost=str(5 + turn))
        order = trade.order(2)
        issue = trade.ask([(trade.lines(order)[0], 2)])
        run(trade.keeper, "stock.post_issue", issue_id=issue)
    # xmin is the transaction that wrote a row last
    journal = (
        "SELECT l.id, l.xmin::text, c.xmin::text, l.delta, l.balance_after, c.value, c.value_after, c.average_after"
        " FROM stock.ledger l JOIN stock.ledger_cost c USING (id) ORDER BY l.id"
    )
    held = (
        "SELECT b.on_hand, c.value FROM stock.balance b JOIN stock.cost c USING (id) WHERE b.product_id = %s"
    )
    before = trade.rows(journal)
    ((on_hand, value),) = trade.rows(held, product)
    late = clock.today() - datetime.timedelta(days=40)
    goods = [{"product_id": product, "quantity": 7, "unit_cost": "33"}]
    draft = run(trade.keeper, "stock.save_receipt", warehouse_id=place, lines=goods, date=str(late))
    # a draft that is thrown away and fetched back is worth nothing until it is posted
    gone = trade.keeper.write(recycle, entity=RECEIPT_ENTITY, ids=[draft.id])
    assert trade.rows(held, product) == [(on_hand, value)]
    back = [int(deletion) for deletion in gone.result["deletions"]]
    trade.keeper.write(restore, entity=RECEIPT_ENTITY, deletions=back)
    assert trade.rows(held, product) == [(on_hand, value)]
    posted = run(trade.keeper, "stock.post_receipt", receipt_id=draft.id)
    assert f"{late:%Y%m%d}" in str(posted.result["number"])
    after = trade.rows(journal)
    assert after[:-1] == before, "not one earlier row was written again"
    assert after[-1][3:7] == (7, on_hand + 7, Decimal(231), value + 231)
    # and an issue of an earlier day leaves at the average of now
    average = after[-1][7]
    issue = trade.ask([(trade.lines(trade.order(4))[0], 4)])
    run(trade.keeper, "stock.post_issue", issue_id=issue, date=str(late))
    last = trade.rows(journal)
    assert last[:-1] == after and last[-1][7] == average
    assert last[-1][6] == (average * (on_hand + 3)).quantize(Decimal("0.01"))
    assert sound(trade.company)
