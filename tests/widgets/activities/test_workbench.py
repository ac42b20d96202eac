"""The workbench: its figures equal a plain Python calculation over what each person may see."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from psycopg.rows import dict_row
from pytestqt.qtbot import QtBot
from sqlalchemy import text

from services.analysis import workbench as figures
from services.clock import CHINA, today
from services.database import Database
from services.entity import Facet
from services.session import log_in
from tests.conftest import Company
from tests.widgets.desk import client_of
from widgets.activities.figure_panels import MonthPanel, YearPanel
from widgets.activities.list_panels import ReceivablesPanel, TasksPanel
from widgets.activities.panels import KINDS
from widgets.activities.workbench import Workbench
from widgets.base.moments import money

pytestmark = pytest.mark.usefixtures("english")

PEOPLE = ("boss", "lead1", "sales1")
BRANCH_NAMES = (
    "SELECT id, coalesce(short_name, name) AS name FROM organisation.branch WHERE deleted_at IS NULL"
)


def at(company: Company, login: str) -> Database:
    """One connection pool per person: a login may not have many connections."""
    for database in company.opened:
        if database.url.username == login:
            return database
    return company.as_(login)


def everything(company: Company, statement: str) -> list[dict[str, Any]]:
    """Rows as the superuser reads them, whoever owns them."""
    cursor = company.psql().cursor(row_factory=dict_row)
    cursor.execute("SET timezone = 'Asia/Shanghai'")
    return list(cursor.execute(statement).fetchall())  # type: ignore[arg-type]


def seen(company: Company, login: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those of ``rows`` that ``login`` may see: his own and those of everybody below him, all for the boss."""
    user = log_in(at(company, login))
    return rows if login == "boss" else [row for row in rows if row["owner_id"] in user.below]


def month_before(first: date) -> date:
    return (first - timedelta(days=1)).replace(day=1)


@pytest.mark.req("WB-01")
@pytest.mark.parametrize("login", PEOPLE)
def test_performance_of_this_month(sample_office: Company, login: str) -> None:
    orders = seen(
        sample_office,
        login,
        everything(sample_office, 'SELECT * FROM sales."order" WHERE deleted_at IS NULL'),
    )
    payments = seen(sample_office, login, everything(sample_office, "SELECT * FROM finance.payment"))
    customers = seen(
        sample_office,
        login,
        everything(sample_office, "SELECT * FROM customers.customer WHERE deleted_at IS NULL"),
    )
    with at(sample_office, login).read_session() as session:
        found = figures.performance(session)
    first = today().replace(day=1)
    before = month_before(first)

    def expected(start: date, end: date) -> tuple[Decimal, int, Decimal, int]:
        signed = [o for o in orders if o["state"] == "confirmed" and start <= o["date"] < end]
        return (
            sum((o["gross"] for o in signed), Decimal(0)),
            len(signed),
            sum((p["amount"] for p in payments if start <= p["date"] < end), Decimal(0)),
            sum(start <= c["created_at"].astimezone(CHINA).date() < end for c in customers),
        )

    for month, start, end in (
        (found.now, first, today() + timedelta(days=1)),
        (found.last, before, first),
    ):
        assert (month.signed, month.orders, month.received, month.customers) == expected(start, end)
    assert found.then.signed <= found.last.signed
    if login == "boss":
        assert found.last.signed > 0 and found.last.received > 0, "nothing was compared"


@pytest.mark.req("ORG-01", "WB-01")
@pytest.mark.parametrize("login", PEOPLE)
def test_performance_per_branch_and_in_total(sample_office: Company, login: str) -> None:
    with at(sample_office, login).read_session() as session:
        found = figures.performance(session)
        named = {row.id: row.name for row in session.execute(text(BRANCH_NAMES))}
    first = today().replace(day=1)
    orders = seen(
        sample_office,
        login,
        everything(sample_office, 'SELECT * FROM sales."order" WHERE deleted_at IS NULL'),
    )
    assert set(named.values()) <= set(found.branches)
    for name, months in found.branches.items():
        signed = [
            o["gross"]
            for o in orders
            if o["state"] == "confirmed"
            and month_before(first) <= o["date"] < first
            and named.get(o["branch_id"], "") == name
        ]
        assert (months.last.signed, months.last.orders) == (sum(signed, Decimal(0)), len(signed)), name
    for whole, parts in (
        (found.now, [months.now for months in found.branches.values()]),
        (found.last, [months.last for months in found.branches.values()]),
    ):
        assert whole.signed == sum(part.signed for part in parts)
        assert whole.received == sum(part.received for part in parts)
        assert whole.customers == sum(part.customers for part in parts)
    if login == "boss":
        assert sum(months.last.signed > 0 for months in found.branches.values()) > 1, "nothing was compared"


@pytest.mark.req("WB-01")
@pytest.mark.parametrize("login", PEOPLE)
def test_sales_of_the_year(sample_office: Company, login: str) -> None:
    orders = seen(
        sample_office,
        login,
        everything(sample_office, 'SELECT * FROM sales."order" WHERE deleted_at IS NULL'),
    )
    with at(sample_office, login).read_session() as session:
        found = figures.sales_of_year(session)
    assert [sold.month for sold in found] == [date(today().year, month, 1) for month in range(1, 13)]
    for sold in found:
        for amount, year in ((sold.gross, today().year), (sold.year_before, today().year - 1)):
            wanted = sum(
                (
                    order["gross"]
                    for order in orders
                    if order["state"] == "confirmed"
                    and (order["date"].year, order["date"].month) == (year, sold.month.month)
                ),
                Decimal(0),
            )
            assert amount == wanted, (sold.month, year)


@pytest.mark.req("WB-01")
@pytest.mark.parametrize("login", PEOPLE)
def test_receivables_and_goods(sample_office: Company, login: str) -> None:
    orders = seen(
        sample_office,
        login,
        everything(sample_office, 'SELECT * FROM sales."order" WHERE deleted_at IS NULL'),
    )
    open_orders = [
        o for o in orders if o["state"] == "confirmed" and o["received"] < o["gross"] and o["due_on"]
    ]
    with at(sample_office, login).read_session() as session:
        money_due = figures.receivables(session)
        count, waiting = figures.to_ship(session)
    late = [o for o in open_orders if o["due_on"] < today()]
    soon = [o for o in open_orders if today() <= o["due_on"] <= today() + timedelta(days=30)]
    assert money_due.overdue_count == len(late)
    assert money_due.overdue == sum((o["gross"] - o["received"] for o in late), Decimal(0))
    assert money_due.soon_count == len(soon)
    assert money_due.soon == sum((o["gross"] - o["received"] for o in soon), Decimal(0))
    assert [row.due_on for row in money_due.rows] == sorted(row.due_on for row in money_due.rows)
    left = {o["id"] for o in orders if o["state"] == "confirmed" and o["open_quantity"] > 0}
    assert count == len(left) and {order.id for order in waiting} <= left
    if login == "boss":
        assert late and left, "nothing was compared"


@pytest.mark.req("WB-01", "WB-02")
def test_panels_load_by_themselves_and_open_records(sample_office: Company, qtbot: QtBot) -> None:
    client = client_of(at(sample_office, "boss"))
    client.preferences.store = lambda key: None  # type: ignore[method-assign]
    page = Workbench(client)
    qtbot.addWidget(page)
    page.resize(1240, 800)
    page.show()
    qtbot.waitUntil(page.loaded, timeout=8000)
    panels = {panel.kind.key: panel for panel in page.panels}
    assert list(panels) == list(KINDS)
    with client.database.read_session() as session:
        expected = figures.performance(session)
        due = figures.receivables(session)
    month = panels["month"]
    assert isinstance(month, MonthPanel)
    assert month.figure(0) == "¥" + money(expected.now.signed, cents=False)
    name, months = next((name, each) for name, each in expected.branches.items() if each.now.signed)
    actions = {action.text(): action for action in month.branch_menu().actions()}
    actions[name].trigger()
    assert month.figure(0) == "¥" + money(months.now.signed, cents=False)
    month._drill(0)
    assert Facet("branch", "eq", name) in client.shell.lists[-1].facets  # type: ignore[attr-defined]
    month.show_branch(None)
    assert month.figure(0) == "¥" + money(expected.now.signed, cents=False)
    receivables = panels["receivables"]
    assert isinstance(receivables, ReceivablesPanel)
    rows = receivables.list.rows()
    assert [row.value for row in rows] == [money(row.unpaid) for row in due.rows]
    receivables.list.opened.emit(rows[0], False)
    shell: Any = client.shell
    assert shell.opened[-1] == ("sales.order", due.rows[0].id)
    year = panels["year"]
    assert isinstance(year, YearPanel)
    year.chart.chosen.emit(year.chart.bars()[0].key)
    drilled = shell.lists[-1]
    january = date(today().year, 1, 1)
    assert drilled.entity == "sales.order" and drilled.facets[1].value == (january, date(today().year, 1, 31))


@pytest.mark.req("WB-01")
def test_what_is_closed_stays_closed_and_comes_back(company: Company, qtbot: QtBot) -> None:
    database = at(company, "sales1")
    page = Workbench(client_of(database))
    qtbot.addWidget(page)
    page.show()
    qtbot.waitUntil(page.loaded, timeout=8000)
    first, second = page.shown()[:2]
    page.close_panel(page.panels[0])
    page.panels[0].move_wanted.emit(page.panels[0], 1)
    qtbot.waitUntil(
        lambda: kept_panels(company) is not None and kept_panels(company)[1] == second, timeout=4000
    )
    again = Workbench(client_of(database))
    qtbot.addWidget(again)
    assert first not in again.shown() and again.shown()[1] == second
    again.open_panel(first)
    assert again.shown()[-1] == first


def kept_panels(company: Company) -> list[str] | None:
    row = (
        company.psql()
        .execute("SELECT value -> 'shown' FROM system.preference WHERE key = 'workbench'")
        .fetchone()
    )
    return row[0] if row else None  # type: ignore[return-value]


@pytest.mark.req("WB-01")
def test_a_tick_completes_the_task(company: Company, qtbot: QtBot) -> None:
    psql = company.psql("sales1")
    user = log_in(at(company, "sales1"))
    due = datetime.now(CHINA) - timedelta(days=3)
    psql.execute(
        "INSERT INTO activities.task (subject, executor_id, due_at) VALUES ('寄样品', %s, %s)", (user.id, due)
    )
    page = Workbench(client_of(at(company, "sales1")))
    qtbot.addWidget(page)
    page.show()
    qtbot.waitUntil(page.loaded, timeout=8000)
    panel = next(panel for panel in page.panels if panel.kind.key == "tasks")
    assert isinstance(panel, TasksPanel)
    (row,) = panel.list.rows()
    assert (row.words, row.chip, row.ticked) == ("寄样品", "3 days late", False)
    panel.list.ticked.emit(row)
    qtbot.waitUntil(lambda: bool(panel.list.rows()) and panel.list.rows()[0].ticked is True, timeout=5000)
    assert psql.execute("SELECT state, progress FROM activities.task").fetchone() == ("done", 100)


@pytest.mark.req("WB-01")
def test_only_panels_with_the_right(company: Company, qtbot: QtBot) -> None:
    page = Workbench(client_of(at(company, "keeper1")))
    qtbot.addWidget(page)
    assert page.shown() == ["tasks", "warehouse", "stock"]
