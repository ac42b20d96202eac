"""What hangs on records, and what is summed of them: parts by plain SQL, workbench and charts (ORG-10, ORG-20)."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.orm import Session

from services import clock
from services.analysis import workbench
from services.customers.view import sold_by_month
from services.registry import ENTITIES
from services.session import log_in
from tests.conftest import Company
from tests.e2e.test_visibility_everywhere import LOGINS, arrange, share_something
from tests.oracle import Oracle, Row

WITH_WHOLE = {
    "sales.order_line": ("order_id", "sales.order"),
    "delivery.note_line": ("note_id", "delivery.note"),
    "delivery.dispatch_line": ("dispatch_id", "delivery.dispatch"),
    "finance.allocation": ("payment_id", "finance.payment"),
    "stock.receipt_line": ("receipt_id", "stock.receipt"),
    "stock.issue_line": ("issue_id", "stock.issue"),
    "activities.check_item": ("task_id", "activities.task"),
    "activities.step": ("task_id", "activities.task"),
    "customers.contact_link": ("contact_id", "customers.contact"),
    "customers.owner_event": ("customer_id", "customers.customer"),
    "products.pack": ("product_id", "products.product"),
    "products.bar_code": ("product_id", "products.product"),
    "products.code": ("product_id", "products.product"),
    "products.parameter": ("product_id", "products.product"),
    "products.question": ("product_id", "products.product"),
    "stock.keeper": ("warehouse_id", "stock.warehouse"),
    "organisation.user_role": ("user_id", "organisation.user"),
}
"""Part: the column that names what it belongs to, and that one's kind. Whoever sees the whole sees the part."""
WITH_RIGHT = {
    "products.cost": "products.see_cost",
    "stock.cost": "products.see_cost",
    "stock.ledger_cost": "products.see_cost",
    "stock.receipt_line_cost": "products.see_cost",
    "products.repricing": "products.price_change.view",
}
"""Seen whole by who has the right, by nobody else."""
OF_THEIR_OWN = {
    "activities.comment",
    "customers.balance",
    "finance.account_balance",
    "finance.account_ledger",
    "organisation.share",
}
"""Parts with a rule that is neither; the tests below and tests/attacks hold them."""


@pytest.mark.req("ORG-10")
@pytest.mark.req("ORG-20")
@pytest.mark.parametrize(
    ("levels", "shown"),
    [
        ({}, ["basic", "contacts", "records"]),
        (
            {
                "customers": "read",
                "orders": "read",
                "payments": "read",
                "deliveries": "read",
                "stock": "read",
            },
            ["basic", "payments"],
        ),
    ],
    ids=["as delivered", "open for reading"],
)
def test_parts_are_seen_with_what_they_belong_to(
    sample: Company, levels: dict[str, str], shown: list[str]
) -> None:
    share_something(sample)
    arrange(sample, levels, shown)
    admin = sample.psql()
    oracle = Oracle(admin)
    parts = {
        part for (part,) in admin.execute("SELECT entity FROM app.part WHERE entity <> whole").fetchall()
    }
    known = {*WITH_WHOLE, *WITH_RIGHT, *OF_THEIR_OWN, *ENTITIES}
    assert parts <= known, f"say who sees {parts - known}"
    narrow = 0
    for login in LOGINS:
        person, psql = oracle.people[login], sample.psql(login)
        for part, (column, whole) in WITH_WHOLE.items():
            alive = {row["id"] for row in oracle.alive(whole)}
            rows = [row for row in oracle.alive(part) if row[column] in alive]
            wholes = oracle.visible(login, whole)
            expected = {row["id"] for row in rows if row[column] in wholes}
            narrow += 0 < len(expected) < len(rows)
            assert ids(psql, part) & {row["id"] for row in rows} == expected, (login, part)
        for part, right in WITH_RIGHT.items():
            every = {row["id"] for row in oracle.alive(part)}
            assert ids(psql, part) == (every if right in person.rights else set()), (login, part)
        balances = {row["id"] for row in oracle.alive("customers.balance")}
        whole_domain = "finance.see_all" in person.rights or "finance.ledger" in person.reads_all
        mine = {row["id"] for row in oracle.alive("customers.customer") if row["owner_id"] in person.mine}
        reached = (
            balances if whole_domain else (mine | oracle.shared(person, "customers.customer")) & balances
        )
        assert ids(psql, "customers.balance") >= (
            reached if "finance.ledger.view" in person.rights else set()
        )
        assert ids(psql, "customers.balance") <= (
            balances if "finance.ledger.view" in person.rights else set()
        )
        psql.close()
    assert levels or narrow > 20, "the people of the sample company do not see the same"


def ids(psql: Any, entity: str) -> set[int]:
    domain, noun = entity.split(".")
    return {int(i) for (i,) in psql.execute(f'SELECT id FROM {domain}."{noun}"')}


@pytest.mark.req("ORG-10")
@pytest.mark.req("ORG-20")
def test_workbench_and_charts_count_what_is_seen(sample: Company) -> None:
    """Figures, panels and bars of everybody against sums over the rows that an independent calculation lets him see."""
    share_something(sample)
    arrange(sample, {}, ["basic", "orders"])
    oracle = Oracle(sample.psql())
    different = set()
    for login in LOGINS:
        database = sample.as_(login)
        log_in(database)
        with database.read_session() as session:
            seen: dict[str, Sequence[Row]] = {
                kind: [row for row in oracle.alive(kind) if row["id"] in oracle.visible(login, kind)]
                for kind in KINDS
            }
            figures(session, login, seen)
            panels(session, oracle.people[login].id, login, seen)
        different.add(sum(row["gross"] for row in signed(seen)))
        database.close()
    assert len(different) > 4, "the people of the sample company do not see the same"


KINDS = (
    "sales.order", "finance.payment", "customers.customer", "activities.task", "activities.record", "stock.issue",
    "delivery.note", "stock.receipt", "delivery.dispatch",
)  # fmt: skip
Seen = Mapping[str, Sequence[Row]]


def signed(seen: Seen) -> list[Row]:
    return [row for row in seen["sales.order"] if row["state"] == "confirmed"]


def figures(session: Session, login: str, seen: Seen) -> None:
    """What is summed by month, day and customer."""
    today = clock.today()
    first = today.replace(day=1)
    now = workbench.performance(session).now
    month = [row for row in signed(seen) if first <= row["date"] <= today]
    assert (now.orders, now.signed) == (len(month), sum(row["gross"] for row in month)), login
    paid = [row["amount"] for row in seen["finance.payment"] if first <= row["date"] <= today]
    assert now.received == sum(paid), login
    status = workbench.today(session)
    assert status.signed == sum(row["gross"] for row in signed(seen) if row["date"] == today), login
    for bar in workbench.sales_of_year(session):
        for year, height in ((bar.month.year, bar.gross), (bar.month.year - 1, bar.year_before)):
            expected = sum(
                (
                    r["gross"]
                    for r in signed(seen)
                    if (r["date"].year, r["date"].month) == (year, bar.month.month)
                ),
                Decimal(0),
            )
            assert height == expected, (login, bar.month, "chart")
    for customer in sorted({row["customer_id"] for row in signed(seen)})[:5]:
        bars = sold_by_month(session, customer_id=customer)
        mine = [r for r in signed(seen) if r["customer_id"] == customer and r["date"] >= bars[0][0]]
        assert sum(height for _month, height in bars) == sum(r["gross"] for r in mine), (
            login,
            customer,
            "chart",
        )


def panels(session: Session, me: int, login: str, seen: Seen) -> None:
    """How many a panel says there are, and which it names."""
    today = clock.today()
    open_orders = [row for row in signed(seen) if row["open_quantity"] > 0]
    assert workbench.to_ship(session)[0] == len(open_orders), login
    due = [row for row in signed(seen) if row["received"] < row["gross"]]
    shown = workbench.receivables(session)
    late = [row for row in due if row["due_on"] < today]
    assert (shown.overdue_count, shown.overdue) == (
        len(late),
        sum(r["gross"] - r["received"] for r in late),
    ), login
    within = today + datetime.timedelta(workbench.DUE_WITHIN)
    assert shown.soon_count == len([row for row in due if today <= row["due_on"] <= within]), login
    newest = sorted(seen["activities.record"], key=lambda row: (row["happened_at"], row["id"]), reverse=True)
    said = [one.id for one in workbench.latest_records(session)]
    assert said == [row["id"] for row in newest[: workbench.ROWS]], login
    mine = {row["id"] for row in seen["activities.task"] if me == row["executor_id"] or me in row["others"]}
    tasks = {one.id for one in workbench.tasks_due(session)}
    assert tasks <= mine, login
    waiting = [row for row in seen["stock.issue"] if row["state"] == "draft"]
    ready = [row for row in seen["delivery.note"] if row["state"] == "to_ship"]
    counted, documents = workbench.warehouse_work(session)
    coming = [row for row in seen["stock.receipt"] if row["state"] == "draft"]
    let_leave = [row for row in seen["delivery.dispatch"] if row["state"] in ("waiting", "partly")]
    # the sample's notices have goods on no issue yet
    assert counted in (0, len(waiting) + len(ready) + len(coming) + len(let_leave)), login
    assert {(one.entity, one.id) for one in documents} <= {
        *(("stock.issue", row["id"]) for row in waiting),
        *(("stock.receipt", row["id"]) for row in coming),
        *(("delivery.dispatch", row["id"]) for row in let_leave),
        *(("delivery.note", row["id"]) for row in ready),
    }, login
