"""Somebody is closed while he posts (SECURITY.md 19), two clerks race for one credit limit (28)."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from sqlalchemy.orm import Session

from services.checking import check
from tests.conftest import Company
from tests.factories.rights import keep
from tests.factories.trade import Trade, open_trade
from tests.services.test_visibility import user_id

Shell = psycopg.Connection[tuple[object, ...]]


@pytest.fixture
def trade(company: Company) -> Trade:
    """Goods in the first warehouse, which both cashiers keep as well."""
    trade = open_trade(company)
    trade.receive(1000, 1000)
    for login in ("cashier1", "cashier2"):
        keep(company, login, trade.warehouse)
    return trade


def posted(shell: Shell, command: str, arguments: dict[str, Any], key: UUID | None = None) -> str | None:
    """None where it is posted, else the SQLSTATE; ``gone`` where the connection ended in the middle."""
    try:
        shell.execute("SELECT app.post(%s, %s, %s::jsonb)", (key or uuid4(), command, json.dumps(arguments)))
    except psycopg.Error as error:
        return error.sqlstate or "gone"
    return None


def sale(trade: Trade, quantity: int = 1, **more: Any) -> dict[str, Any]:
    """A sale over the counter at 100 each; the customer pays at once unless ``paid`` says otherwise."""
    line = {"product_id": trade.products[0], "quantity": quantity, "price": 100, "tax_price": 100}
    order = {"customer_id": trade.customer, "warehouse_id": trade.warehouse, "lines": [line]}
    return {"order": order, "account_id": 1, **more}


def rows_of(trade: Trade) -> tuple[Any, ...]:
    """How much there is of everything that a sale or an issue writes."""
    return trade.rows(
        "SELECT (SELECT count(*) FROM sales.\"order\" WHERE state <> 'draft'),"
        " (SELECT count(*) FROM stock.issue WHERE state = 'posted'), (SELECT count(*) FROM finance.payment),"
        " (SELECT count(*) FROM stock.ledger), (SELECT sum(on_hand) FROM stock.balance),"
        " (SELECT count(*) FROM app.request)"
    )[0]


def sound(company: Company) -> bool:
    with Session(company.as_("postgres").engine) as session:
        return check(session) == []


def at_once(work: Callable[[], Any]) -> threading.Thread:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


@pytest.mark.req("ORG-03", "STK-05")
@pytest.mark.parametrize("kind", ["sale", "issue", "receipt"])
def test_who_is_closed_in_the_middle_of_posting_has_posted_nothing(trade: Trade, kind: str) -> None:
    """He waits for a row that somebody holds: what he wrote before is rolled back, and the same key then posts once."""
    company = trade.company
    if kind == "sale":
        login, command, arguments = "cashier1", "sales.sell", sale(trade, 3)
        held = "SELECT FROM stock.balance WHERE product_id = %s FOR UPDATE"
    elif kind == "issue":
        issue = trade.ask([(trade.lines(trade.order(5))[0], 5)])
        login, command = "keeper1", "stock.post_issue"
        arguments = {"issue_id": issue, "counted": [[trade.issue_lines(issue)[0], 4]]}
        held = "SELECT FROM stock.balance WHERE product_id = %s FOR UPDATE"
    else:
        lines = [{"product_id": trade.products[0], "quantity": 8, "unit_cost": "3"}]
        draft = trade.keeper.write(
            lambda work: work.post("stock.save_receipt", warehouse_id=trade.warehouse, lines=lines)
        )
        login, command, arguments = "keeper1", "stock.post_receipt", {"receipt_id": draft.id}
        held = "SELECT FROM stock.cost WHERE product_id = %s FOR UPDATE"
    before, person, key = rows_of(trade), company.psql(login), uuid4()
    shell, boss, holder = company.psql(login), company.psql("boss"), company.psql()
    holder.execute("BEGIN")
    holder.execute(held, (trade.products[0],))
    answers: list[str | None] = []
    thread = at_once(lambda: answers.append(posted(shell, command, arguments, key)))
    waits = "SELECT count(*) FROM pg_stat_activity WHERE pid = %s AND wait_event_type = 'Lock'"
    end = time.monotonic() + 20
    while trade.one(waits, shell.info.backend_pid) == 0:
        assert time.monotonic() < end and not answers, answers
        time.sleep(0.01)
    boss.execute("SELECT organisation.close_user(%s)", (user_id(company, login),))
    thread.join(10)
    assert answers and answers[0] in {"gone", "57P01"}, answers
    holder.execute("ROLLBACK")
    assert rows_of(trade) == before and sound(company), "nothing of it is there, not even its key"
    with pytest.raises(psycopg.Error):
        person.execute("SELECT 1")
    with pytest.raises(psycopg.OperationalError):
        company.psql(login)
    boss.execute("SELECT organisation.reopen_user(%s)", (user_id(company, login),))
    again = company.psql(login)
    for _ in range(2):
        assert posted(again, command, arguments, key) is None
    after = rows_of(trade)
    assert after[5] == before[5] + 1 and after[3] == before[3] + 1 and sound(company)


@pytest.mark.req("ORG-03")
def test_a_cashier_is_closed_among_his_sales(trade: Trade) -> None:
    """Whenever it comes: each of his sales is whole or not there, and what he was told of is there."""
    company = trade.company
    shell, boss = company.psql("cashier1"), company.psql("boss")
    me = user_id(company, "cashier1")
    told: list[UUID] = []
    last: list[str | None] = []

    def sell() -> None:
        while not last:
            key = uuid4()
            answer = posted(shell, "sales.sell", sale(trade), key)
            if answer is None:
                told.append(key)
            else:
                last.append(answer)

    thread = at_once(sell)
    end = time.monotonic() + 30
    while len(told) < 5:
        assert time.monotonic() < end, last
        time.sleep(0.01)
    boss.execute("SELECT organisation.close_user(%s)", (me,))
    thread.join(10)
    assert last and last[0] in {"gone", "57P01", "42501"}
    orders, issues, payments, *_ = rows_of(trade)
    assert orders == issues == payments
    stored = {key for (key,) in trade.rows("SELECT key FROM app.request WHERE command = 'sales.sell'")}
    # the answer to the last one may have been lost on its way
    assert set(told) <= stored and len(stored) == orders <= len(told) + 1
    assert sound(company)


@pytest.mark.req("ORG-20", "SAL-08")
@pytest.mark.parametrize("kind", ["confirm", "sell"])
def test_two_clerks_race_for_one_credit_limit(trade: Trade, kind: str) -> None:
    """Each order fits alone, both do not: of two at once exactly one is refused, every time."""
    company = trade.company
    company.psql().execute("UPDATE customers.customer SET credit_limit = 150")
    logins = ("sales1", "sales1") if kind == "confirm" else ("cashier1", "cashier2")
    shells = [company.psql(login) for login in logins]
    for turn in range(8):
        if kind == "confirm":
            drafts = []
            for shell in shells:
                row = shell.execute(
                    "SELECT app.post(%s, 'sales.save_order', %s::jsonb)",
                    (uuid4(), json.dumps(sale(trade)["order"])),
                ).fetchone()
                assert row is not None
                answer: Any = row[0]
                drafts.append(answer["changes"]["sales.order"][0])
            tries = [("sales.confirm_order", {"order_id": draft}) for draft in drafts]
        else:
            tries = [("sales.sell", sale(trade, paid="0"))] * 2
        start, answers = threading.Barrier(2), [""] * 2

        def race(
            place: int,
            turn_tries: list[Any] = tries,
            gate: threading.Barrier = start,
            said: list[Any] = answers,
        ) -> None:
            gate.wait()
            said[place] = posted(shells[place], *turn_tries[place])

        threads = [at_once(lambda place=place: race(place)) for place in (0, 1)]  # type: ignore[misc]
        for thread in threads:
            thread.join(30)
        assert sorted(str(answer) for answer in answers) == ["None", "SK001"], (turn, answers)
        assert trade.one("SELECT receivable FROM customers.balance WHERE id = %s", trade.customer) == 100 * (
            turn + 1
        )
        # room for exactly one more
        company.psql().execute("UPDATE customers.customer SET credit_limit = credit_limit + 100")
    assert sound(company)
