"""Sharing, giving away, handing over, reasons and history, as a salesperson and his boss use them."""

from __future__ import annotations

import platform
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialogButtonBox, QWidget
from pytestqt.qtbot import QtBot

from services import clock, records
from services.organisation import moving
from services.registry import ENTITIES
from tests.conftest import Company
from tests.services.test_visibility import customer_of, sees, user_id
from tests.widgets.desk import shell_of
from tests.widgets.organisation.conftest import settle
from tests.widgets.organisation.test_pages import click
from widgets.base.client import Client
from widgets.base.record_history import RecordHistory
from widgets.base.share_dialog import ShareDialog
from widgets.base.transfer_dialog import TransferDialog
from widgets.base.why_dialog import WhyDialog
from widgets.organisation.hand_over_dialog import HandOverDialog
from widgets.system.history_page import HistoryPage

CUSTOMER = ENTITIES["customers.customer"]
Login = Callable[[str], Client]
Show = Callable[[QWidget], Any]
OK = QDialogButtonBox.StandardButton.Ok


def open_dialog(qtbot: QtBot, dialog: Any) -> Any:
    """Open a dialog that deletes itself when it is closed."""
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(dialog)
    dialog.open()
    settle(qtbot)
    return dialog


def name_of(client: Client, company: Company, login: str) -> str:
    """The name of a login."""
    return client.dictionary.user(user_id(company, login))


def tick(ticks: Any, name: str) -> None:
    """Tick one name, found by the search line."""
    ticks.search.setText(name)
    shown = [ticks.list.item(row) for row in range(ticks.list.count()) if not ticks.list.item(row).isHidden()]
    assert len(shown) == 1
    shown[0].setCheckState(Qt.CheckState.Checked)


@pytest.mark.req("ORG-10")
def test_sharing_and_taking_back(company: Company, client: Login, qtbot: QtBot) -> None:
    ids = [customer_of(company, "sales1", name) for name in ("甲", "乙")]
    owner = client("sales1")
    batch: ShareDialog = open_dialog(qtbot, ShareDialog(owner, CUSTOMER, ids))
    click(qtbot, batch.buttons.button(OK))
    assert "with whom" in batch.bar.messages[-1].text
    tick(batch.people, name_of(owner, company, "sales5"))
    batch.to_edit.setChecked(True)
    batch.limited.setChecked(True)
    click(qtbot, batch.buttons.button(OK))
    qtbot.waitUntil(lambda: not batch.isVisible(), timeout=5000)
    assert sees(company.psql("sales5")) == 2
    single: ShareDialog = open_dialog(qtbot, ShareDialog(owner, CUSTOMER, ids[:1]))
    assert single.shares.rowCount() == 1
    assert single.shares.item(0, 1).text() == "Read and edit"
    click(qtbot, single.take_back_button)
    assert single.shares.rowCount() == 0
    assert sees(company.psql("sales5")) == 1


@pytest.mark.req("ORG-13")
def test_giving_a_customer_away(company: Company, client: Login, qtbot: QtBot) -> None:
    customer = customer_of(company, "sales1")
    company.psql("sales1").execute(
        "INSERT INTO customers.contact (customer_id, name) VALUES (%s, '单雄')", (customer,)
    )
    lead = client("lead1")
    dialog: TransferDialog = open_dialog(qtbot, TransferDialog(lead, CUSTOMER, [customer]))
    assert dialog.lines["customers.contact"].tick.text() == "Contacts (1)"
    assert "purchasing.request" in dialog.lines and dialog.lines["purchasing.request"].which.count() == 2
    click(qtbot, dialog.buttons.button(OK))
    assert dialog.isVisible() and "whom" in dialog.bar.messages[-1].text
    dialog.to.setEditText(name_of(lead, company, "sales2"))
    click(qtbot, dialog.buttons.button(OK))
    assert not dialog.isVisible()
    heir = company.psql("sales2")
    assert (sees(heir), sees(heir, "customers.contact")) == (1, 1)
    assert sees(company.psql("sales1"), "customers.contact") == 0


@pytest.mark.req("ORG-04")
def test_a_job_change_is_undone_from_its_message(company: Company, client: Login, qtbot: QtBot) -> None:
    for name in ("甲", "乙"):
        customer_of(company, "sales1", name)
    boss = client("boss")
    dialog: HandOverDialog = open_dialog(qtbot, HandOverDialog(boss, user_id(company, "sales1"), "x"))
    assert [line.tick.text() for line in dialog.lines] == ["Customers: 2"]
    dialog.to.setEditText(name_of(boss, company, "sales2"))
    click(qtbot, dialog.buttons.button(OK))
    assert sees(company.psql("sales2")) == 2
    earlier: HandOverDialog = open_dialog(qtbot, HandOverDialog(boss, user_id(company, "sales1"), "x"))
    assert earlier.earlier.item(0, 4).text() == "" and earlier.undo_button.isEnabled()
    shell_of(boss).actions[-1][1]()
    settle(qtbot)
    assert (sees(company.psql("sales1")), sees(company.psql("sales2"))) == (2, 0)
    # what was done and taken back stays on record, and is not taken back twice
    logged: HandOverDialog = open_dialog(qtbot, HandOverDialog(boss, user_id(company, "sales1"), "x"))
    assert logged.earlier.item(0, 3).text() == "Customers: 2"
    assert logged.earlier.item(0, 4).text().startswith("Given back 20") and not logged.undo_button.isEnabled()


@pytest.mark.req("ORG-04")
def test_a_part_of_somebodys_work_is_handed_over(company: Company, client: Login, qtbot: QtBot) -> None:
    customer = customer_of(company, "sales1")
    seller = company.psql("sales1")
    seller.execute("INSERT INTO customers.contact (customer_id, name) VALUES (%s, '单雄')", (customer,))
    task = "INSERT INTO activities.task (subject, executor_id) VALUES (%s, app.my_user_id()) RETURNING id"
    done, _open = (seller.execute(task, (subject,)).fetchone() for subject in ("办完", "没办完"))
    company.psql().execute("UPDATE activities.task SET state = 'done' WHERE id = %s", done)
    boss = client("boss")
    dialog: HandOverDialog = open_dialog(qtbot, HandOverDialog(boss, user_id(company, "sales1"), "x"))
    lines = {line.key: line for line in dialog.lines}
    assert lines["activities.task"].counts == {"all": 2, "open": 1}
    lines["customers.customer"].tick.setChecked(False)
    which = lines["activities.task"].which
    which.setCurrentIndex(which.findData("open"))
    dialog.to.setEditText(name_of(boss, company, "sales2"))
    click(qtbot, dialog.buttons.button(OK))
    heir = company.psql("sales2")
    assert sees(heir) == 0 and sees(company.psql("sales1")) == 1, "his customers stay his"
    assert sees(heir, "customers.contact") == 1
    assert heir.execute("SELECT subject FROM activities.task").fetchall() == [("没办完",)]


@pytest.mark.req("ORG-15")
def test_why_and_who(company: Company, client: Login, qtbot: QtBot) -> None:
    customer = customer_of(company, "sales1")
    mine: WhyDialog = open_dialog(qtbot, WhyDialog(client("sales1"), CUSTOMER, customer))
    assert mine.reasons.text() == "• It is yours."
    assert not mine.who.isVisible()
    company.as_("lead1").write(
        moving.transfer, entity=CUSTOMER, ids=[customer], to_user=user_id(company, "sales2")
    )
    theirs: WhyDialog = open_dialog(qtbot, WhyDialog(client("boss"), CUSTOMER, customer))
    assert "You stand above" in theirs.reasons.text()
    assert "gave it from" in theirs.owners.text()
    assert theirs.who.topLevelItemCount() >= 5
    hidden: WhyDialog = open_dialog(qtbot, WhyDialog(client("sales5"), CUSTOMER, customer))
    assert "not available" in hidden.bar.messages[-1].text


@pytest.mark.req("PLT-34", "PLT-35")
def test_a_field_is_brought_back(company: Company, client: Login, show: Show, qtbot: QtBot) -> None:
    customer = customer_of(company, "sales1")
    seller = company.as_("sales1")
    for version, values in ((1, {"phone": "023-1", "remark": "旧"}), (2, {"phone": "023-2", "remark": "新"})):
        seller.write(
            records.update_record, entity=CUSTOMER, record_id=customer, version=version, values=values
        )
    company.psql("sales1").execute("UPDATE customers.customer SET remark = '最新' WHERE id = %s", (customer,))
    seller.write(
        records.update_record, entity=CUSTOMER, record_id=customer, version=4, values={"remark": "新"}
    )
    tab: RecordHistory = show(RecordHistory(client("boss"), CUSTOMER, customer))
    assert tab.lines.topLevelItemCount() == 5
    # who, when, and from which PC: the name of this one
    this_pc = platform.node()
    first, by_hand = tab.lines.topLevelItem(0), tab.lines.topLevelItem(1)
    assert first is not None and by_hand is not None
    assert tab.lines.headerItem().text(4) == "From which PC" and this_pc in first.text(4).split()
    assert first.text(1) == client("boss").dictionary.user(user_id(company, "sales1"))
    assert datetime.fromisoformat(first.text(0)).date() == clock.today()
    assert this_pc not in by_hand.text(4)
    older = tab.lines.topLevelItem(3)
    assert older is not None and older.child(0).text(3) == "(empty) → 023-1"
    tab.lines.setCurrentItem(older)
    settle(qtbot)
    rows = [tab.then.topLevelItem(row) for row in range(tab.then.topLevelItemCount())]
    told = {row.text(0): (row.text(1), row.text(2)) for row in rows if row is not None}
    assert told == {"Phone": ("023-1", "023-2"), "Remark": ("旧", "新")}
    assert not tab.restore_button.isEnabled()
    phone = next(row for row in rows if row is not None and row.text(0) == "Phone")
    phone.setCheckState(0, Qt.CheckState.Checked)
    click(qtbot, tab.restore_button)
    assert not tab.bar.messages
    with seller.read_session() as session:
        now = records.read(session, entity=CUSTOMER, record_id=customer)
    assert (now["phone"], now["remark"]) == ("023-1", "新")
    assert tab.lines.topLevelItemCount() == 6


@pytest.mark.req("PLT-35")
def test_a_record_as_it_was_on_a_day(company: Company, client: Login, show: Show, qtbot: QtBot) -> None:
    customer = customer_of(company, "sales1", "长宏机电")
    seller = company.as_("sales1")
    seller.write(
        records.update_record, entity=CUSTOMER, record_id=customer, version=1, values={"phone": "023-1"}
    )
    admin = company.psql()
    admin.execute("SET session_replication_role = replica")
    # made ten days ago, and changed today
    admin.execute("UPDATE app.history SET at = at - interval '10 days' WHERE action = 'create'")
    tab: RecordHistory = show(RecordHistory(client("boss"), CUSTOMER, customer))
    assert tab.title() == "长宏机电: change history"
    assert tab.same.isVisible() and tab.then.topLevelItemCount() == 0
    tab.day.setDate(tab.day.date().addDays(-5))
    settle(qtbot)
    rows = [tab.then.topLevelItem(row) for row in range(tab.then.topLevelItemCount())]
    assert [(row.text(0), row.text(1), row.text(2)) for row in rows if row] == [("Phone", "(empty)", "023-1")]
    tab.all_fields.click()
    whole = {
        item.text(0): item
        for row in range(tab.then.topLevelItemCount())
        if (item := tab.then.topLevelItem(row)) is not None
    }
    assert whole["Name"].text(1) == "长宏机电" and len(whole) > 10
    assert whole["Phone"].font(1).bold() and not whole["Name"].font(1).bold()
    whole["Phone"].setCheckState(0, Qt.CheckState.Checked)
    click(qtbot, tab.restore_button)
    with seller.read_session() as session:
        assert records.read(session, entity=CUSTOMER, record_id=customer)["phone"] is None
    tab.day.setDate(tab.day.date().addDays(-30))
    settle(qtbot)
    assert "did not exist" in tab.bar.messages[-1].text


@pytest.mark.req("PLT-34")
def test_the_history_page(company: Company, client: Login, show: Show, qtbot: QtBot) -> None:
    customer = customer_of(company, "sales1")
    boss = client("boss")
    page: HistoryPage = show(HistoryPage(boss))
    page.kind.setCurrentIndex(page.kind.findData(CUSTOMER.key))
    page.kind.activated.emit(page.kind.currentIndex())
    settle(qtbot)
    assert page.tree.topLevelItemCount() == 1
    line = page.tree.topLevelItem(0)
    assert line is not None and line.text(2) == "Customer 长宏机电"
    assert line.text(5) == "", "psql at the server's own socket has no address"
    company.as_("sales1").write(
        records.update_record, entity=CUSTOMER, record_id=customer, version=1, values={"phone": "023-1"}
    )
    page.reload()
    settle(qtbot)
    line = page.tree.topLevelItem(0)
    assert line is not None and platform.node() in line.text(5).split()
    page.tree.setFocus()
    page.tree.setCurrentItem(line)
    qtbot.keyClick(page.tree, Qt.Key.Key_Return)
    assert shell_of(boss).opened == [(CUSTOMER.key, customer)]
    qtbot.keyClick(page.tree, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert shell_of(boss).histories == [(CUSTOMER.key, customer)]
    page.person.setCurrentIndex(page.person.findData(user_id(company, "sales2")))
    page.person.activated.emit(page.person.currentIndex())
    settle(qtbot)
    assert page.tree.topLevelItemCount() == 0 and page.empty.isVisible()
    nothing: HistoryPage = show(HistoryPage(client("sales1")))
    assert nothing.tree.topLevelItemCount() == 0
