"""The 360° view: head, sections, timeline, live, under the viewer's rights."""

from __future__ import annotations

import time
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QDialogButtonBox, QLabel
from pytestqt.qtbot import QtBot

from services import records
from services.activities.commands import add_record
from services.changes import Notice
from services.clock import CHINA, today
from services.customers import view
from services.customers.entities import CUSTOMER_ENTITY
from services.customers.timeline import PAGE
from services.database import Database
from services.errors import NotAvailable
from services.session import log_in
from tests.conftest import Company
from tests.factories.forms import name_of
from tests.widgets.desk import client_of
from widgets.base.list_page import ListPage
from widgets.base.moments import days_ago, money, short_day
from widgets.base.record_form import RecordForm
from widgets.base.share_dialog import ShareDialog
from widgets.customers.customer_view import CustomerView
from widgets.customers.timeline import Timeline

pytestmark = pytest.mark.usefixtures("english")


def at(company: Company, login: str) -> Database:
    """One connection pool per person: a login may not have many connections."""
    for database in company.opened:
        if database.url.username == login:
            return database
    return company.as_(login)


def one(company: Company, statement: str, *values: Any) -> Any:
    row = company.psql().execute(statement, values).fetchone()
    assert row is not None
    return row[0] if len(row) == 1 else row


@pytest.fixture
def busiest(sample_office: Company) -> int:
    """The customer with most orders."""
    return int(
        one(
            sample_office,
            'SELECT customer_id FROM sales."order" GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1',
        )
    )


def opened(qtbot: QtBot, company: Company, login: str, customer: int) -> CustomerView:
    page = CustomerView(client_of(at(company, login)), customer)
    qtbot.addWidget(page)
    page.resize(1240, 800)
    page.show()
    qtbot.waitUntil(lambda: not page.busy, timeout=8000)
    return page


@pytest.mark.req("CUS-10")
def test_head_equals_the_documents(sample_office: Company, busiest: int, qtbot: QtBot) -> None:
    page = opened(qtbot, sample_office, "boss", busiest)
    header = page.header
    assert header is not None
    orders = (
        sample_office.psql()
        .execute(
            'SELECT state, gross, received, due_on FROM sales."order" WHERE customer_id = %s AND deleted_at IS NULL',
            (busiest,),
        )
        .fetchall()
    )
    paid = one(
        sample_office,
        "SELECT coalesce(sum(amount), 0) FROM finance.payment WHERE customer_id = %s AND deleted_at IS NULL",
        busiest,
    )
    confirmed: list[tuple[Decimal, Decimal, date]] = [row[1:] for row in orders if row[0] == "confirmed"]  # type: ignore[misc]
    overdue = sum((gross - got for gross, got, due in confirmed if got < gross and due < today()), Decimal(0))
    assert header.overdue == overdue
    assert header.received == paid
    assert header.ordered == sum((gross for gross, _got, _due in confirmed), Decimal(0))
    left: list[tuple[Decimal]] = (
        sample_office.psql()
        .execute(
            "SELECT l.gross FROM stock.issue_line l JOIN stock.issue i ON i.id = l.issue_id"
            " WHERE i.customer_id = %s AND i.state = 'posted' AND i.deleted_at IS NULL",
            (busiest,),
        )
        .fetchall()
    )  # type: ignore[assignment]
    assert header.delivered == sum((gross for (gross,) in left), Decimal(0)) > 0
    assert header.receivable == one(
        sample_office, "SELECT coalesce(sum(delta), 0) FROM finance.ledger WHERE customer_id = %s", busiest
    )
    assert page.head.name() == one(
        sample_office, "SELECT name FROM customers.customer WHERE id = %s", busiest
    )
    shown = [figure.value.text() for figure in page.head.figures[:5]]
    wanted = (header.ordered, header.received, header.delivered, header.receivable, header.overdue)
    assert shown == [money(amount, cents=False) for amount in wanted]
    assert header.received and header.ordered, "nothing was compared"


@pytest.mark.req("CUS-10")
def test_stage_owner_last_contact_and_next_step_as_they_are(company: Company, qtbot: QtBot) -> None:
    database = company.as_("sales1")
    customer = database.write(
        records.create,
        entity=CUSTOMER_ENTITY,
        values={"name": "德兴铜矿", "stage": "customer_stage.quoted", "hot_level": "hot_level.high"},
    ).id
    for days, step in ((9, None), (3, "寄样品")):
        database.write(
            add_record,
            customer_id=customer,
            said="谈了价格",
            kind="action_type.call",
            happened_at=datetime.now(CHINA) - timedelta(days=days),
            next_step=step or "",
            next_on=today() + timedelta(days=2) if step else None,
        )
    page = opened(qtbot, company, "sales1", customer)
    dictionary = page.client.dictionary
    chips = [chip.text() for chip in page.head._chips]
    assert chips == [dictionary.label("hot_level.high"), dictionary.label("customer_stage.quoted")]
    assert name_of("sales1") in page.head._owner.text()
    assert page.head.figures[5].value.text() == days_ago(today() - timedelta(days=3))
    assert page.head.figures[6].value.text() == short_day(today() + timedelta(days=2))


@pytest.mark.req("CUS-10")
def test_a_click_on_the_phone_dials(company: Company, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    dialled: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: dialled.append(url.toString()) or True)
    customer = company.as_("sales1").write(
        records.create, entity=CUSTOMER_ENTITY, values={"name": "贵溪冶炼", "phone": "0701-3771234转8001"}
    )
    page = opened(qtbot, company, "sales1", customer.id)
    qtbot.mouseClick(page.head.phone, Qt.MouseButton.LeftButton)
    assert len(dialled) == 1 and dialled[0].startswith("tel:") and "07013771234" in dialled[0]


@pytest.mark.req("CUS-10", "ORG-14")
def test_the_margin_is_what_left_less_what_it_cost(
    sample_office: Company, busiest: int, qtbot: QtBot
) -> None:
    issues = "SELECT id FROM stock.issue WHERE customer_id = %s AND state = 'posted'"
    sold = one(
        sample_office,
        "SELECT coalesce(sum(l.gross * o.net / o.gross), 0) FROM stock.issue_line l"
        f" JOIN sales.order_line o ON o.id = l.order_line_id WHERE o.gross <> 0 AND l.issue_id IN ({issues})",
        busiest,
    )
    cost = one(
        sample_office,
        "SELECT coalesce(-sum(c.value), 0) FROM stock.ledger j JOIN stock.ledger_cost c USING (id)"
        f" WHERE j.document = 'stock.issue' AND j.document_id IN ({issues})",
        busiest,
    )
    page = opened(qtbot, sample_office, "boss", busiest)
    assert page.header is not None and page.header.margin == (sold - cost).quantize(Decimal("0.01"))
    assert cost > 0 and sold > 0 and page.head.figures[7].isVisible()
    seller = at(sample_office, "sales1")
    assert not log_in(seller).can("products.see_cost")
    owned = one(
        sample_office, "SELECT id FROM customers.customer WHERE owner_id = %s LIMIT 1", log_in(seller).id
    )
    page = opened(qtbot, sample_office, "sales1", owned)
    assert page.header is not None and page.header.margin is None
    assert not page.head.figures[7].isVisible()


@pytest.mark.req("CUS-10", "CUS-13")
def test_a_hot_customer_is_marked_until_the_last_day(company: Company, qtbot: QtBot) -> None:
    psql = company.psql("sales1")
    ids = {}
    for days in (0, -1):
        ids[days] = int(
            psql.execute(
                "INSERT INTO customers.customer (name, hot_level, hot_reason, hot_until)"
                " VALUES (%s, 'hot_level.high', '在比价', current_date + %s::int) RETURNING id",
                (f"客户{days}", days),
            ).fetchone()[0]  # type: ignore[index, arg-type]
        )
    marked = {}
    for days, customer in ids.items():
        page = opened(qtbot, company, "sales1", customer)
        tips = [chip.toolTip() for chip in page.head.findChildren(QLabel) if chip.property("chip") == "bad"]
        marked[days] = any("在比价" in tip for tip in tips)
    assert marked == {0: True, -1: False}


@pytest.mark.req("CUS-10")
def test_head_and_sections_are_fast(sample_office: Company, busiest: int) -> None:
    database = at(sample_office, "lead1")
    user = log_in(database)
    seen = int(
        one(sample_office, "SELECT id FROM customers.customer WHERE owner_id = %s LIMIT 1", user.below[-1])
    )
    took = []
    for _ in range(8):
        with database.read_session() as session:
            began = time.perf_counter()
            view.header(session, customer_id=seen, user=user)
            took.append(time.perf_counter() - began)
    assert sorted(took)[len(took) // 2] < 0.06, took


@pytest.mark.req("CUS-11")
def test_sections_load_when_opened_and_hold_only_this_customer(
    sample_office: Company, busiest: int, qtbot: QtBot
) -> None:
    page = opened(qtbot, sample_office, "boss", busiest)
    assert page.page("sales.order") is None, "nobody opened it"
    page.open_section("sales.order")
    orders = page.page("sales.order")
    assert isinstance(orders, ListPage)
    qtbot.waitUntil(lambda: orders.total is not None and orders.model.rowCount() > 0, timeout=8000)
    assert orders.total == one(
        sample_office,
        'SELECT count(*) FROM sales."order" WHERE customer_id = %s AND deleted_at IS NULL',
        busiest,
    )
    item = page.sections.currentItem()
    assert item.text() == f"Orders  {orders.total}"
    page.open_section("basic")
    form = page.page("basic")
    assert isinstance(form, RecordForm)
    qtbot.waitUntil(lambda: form.version is not None, timeout=8000)
    page.open_section("bought")
    bought: Any = page.page("bought")
    qtbot.waitUntil(lambda: bool(bought.table.rows()), timeout=8000)
    total = one(
        sample_office,
        'SELECT sum(l.gross) FROM sales.order_line l JOIN sales."order" o ON o.id = l.order_id'
        " WHERE o.customer_id = %s AND o.state = 'confirmed' AND o.deleted_at IS NULL",
        busiest,
    )
    assert sum(row.gross for row in bought.table.rows()) == total


@pytest.mark.req("CUS-12")
def test_timeline_runs_to_its_end(sample_office: Company, busiest: int, qtbot: QtBot) -> None:
    page = opened(qtbot, sample_office, "boss", busiest)
    timeline = page.page("timeline")
    assert isinstance(timeline, Timeline)
    for _ in range(200):
        before = len(timeline.events())
        timeline.list.wanted_more.emit()
        qtbot.waitUntil(lambda: not timeline.busy, timeout=8000)
        if len(timeline.events()) == before:
            break
    events = timeline.events()
    tables = {
        "record": "activities.record",
        "task": "activities.task",
        "order": 'sales."order"',
        "issue": "stock.issue",
        "note": "delivery.note",
        "payment": "finance.payment",
    }
    for kind, table in tables.items():
        count = one(
            sample_office,
            f"SELECT count(*) FROM {table} WHERE customer_id = %s AND deleted_at IS NULL",
            busiest,
        )
        assert sum(event.kind == kind for event in events) == count, kind
    assert [e.at for e in events] == sorted((e.at for e in events), reverse=True)
    assert len({(e.kind, e.record_id) for e in events}) == len(events) > PAGE
    timeline.use_filter("payment")
    qtbot.waitUntil(lambda: not timeline.busy, timeout=8000)
    assert {event.kind for event in timeline.events()} == {"payment"}


@pytest.mark.req("CUS-10", "PLT-08")
def test_what_a_colleague_writes_appears(company: Company, qtbot: QtBot) -> None:
    psql = company.psql("sales1")
    customer = int(
        psql.execute(
            "INSERT INTO customers.customer (name) VALUES ('重庆长宏机电有限公司') RETURNING id"
        ).fetchone()[0]  # type: ignore[index, arg-type]
    )
    page = opened(qtbot, company, "lead1", customer)
    assert page.header is not None and page.header.last_contact_on is None
    psql.execute(
        "INSERT INTO activities.record (customer_id, said, next_step) VALUES (%s, '要 2 寸球阀', '报价')",
        (customer,),
    )
    page.client.bus.tell(Notice("activities.record", None, False))
    qtbot.waitUntil(lambda: page.header is not None and page.header.last_contact_on == today(), timeout=5000)
    timeline = page.page("timeline")
    assert isinstance(timeline, Timeline)
    qtbot.waitUntil(lambda: len(timeline.list.rows()) == 1, timeout=5000)
    assert "要 2 寸球阀" in timeline.list.rows()[0].words
    qtbot.waitUntil(lambda: [row.words for row in page.side.steps.rows()] == ["报价"], timeout=5000)
    qtbot.waitUntil(lambda: page.header is not None and page.header.next_step == "报价", timeout=5000)
    # it was done: the later record agrees on nothing
    psql.execute("INSERT INTO activities.record (customer_id, said) VALUES (%s, '已报价')", (customer,))
    page.client.bus.tell(Notice("activities.record", None, False))
    qtbot.waitUntil(lambda: page.header is not None and page.header.next_step == "", timeout=5000)
    qtbot.waitUntil(lambda: page.side.steps.rows() == [], timeout=5000)


@pytest.mark.req("CUS-11")
def test_new_records_are_of_this_customer(sample_office: Company, busiest: int, qtbot: QtBot) -> None:
    page = opened(qtbot, sample_office, "boss", busiest)
    shell: Any = page.client.shell
    page.head.new_wanted.emit("sales.order")
    assert shell.made[-1] == ("sales.order", {"customer_id": busiest})
    page.new("customers.customer")
    assert shell.made[-1] == ("customers.customer", {"parent_id": busiest})
    page.open_section("customers.contact")
    contacts = page.page("customers.contact")
    assert isinstance(contacts, ListPage)
    contacts.actions_.new()
    assert shell.made[-1] == ("customers.contact", {"customer_id": busiest})


@pytest.mark.req("CUS-10")
def test_a_hidden_customer_shows_nothing(company: Company, qtbot: QtBot) -> None:
    psql = company.psql("sales1")
    customer = int(
        psql.execute("INSERT INTO customers.customer (name) VALUES ('他人客户') RETURNING id").fetchone()[0]  # type: ignore[index, arg-type]
    )
    page = opened(qtbot, company, "sales5", customer)
    assert isinstance(page.error, NotAvailable)
    assert page.gone.isVisible() and not page.head.isVisible()
    assert "他人客户" not in page.gone.text()


@pytest.mark.req("CUS-14")
def test_a_customer_is_shared_from_the_view(company: Company, qtbot: QtBot) -> None:
    psql = company.psql("sales1")
    customer = int(
        psql.execute("INSERT INTO customers.customer (name) VALUES ('共享客户') RETURNING id").fetchone()[0]  # type: ignore[index, arg-type]
    )
    page = opened(qtbot, company, "sales1", customer)
    colleague = log_in(at(company, "sales5"))
    page.share()
    dialog = page.findChild(ShareDialog)
    assert dialog is not None
    for row in range(dialog.people.list.count()):
        item = dialog.people.list.item(row)
        if item.data(Qt.ItemDataRole.UserRole) == colleague.id:
            item.setCheckState(Qt.CheckState.Checked)
    with qtbot.waitSignal(dialog.accepted, timeout=5000):
        qtbot.mouseClick(dialog.buttons.button(QDialogButtonBox.StandardButton.Ok), Qt.MouseButton.LeftButton)
    shell: Any = page.client.shell
    qtbot.waitUntil(lambda: bool(shell.said), timeout=5000)
    assert shell.errors == []
    with at(company, "sales5").read_session() as session:
        assert view.header(session, customer_id=customer, user=colleague).name == "共享客户"
