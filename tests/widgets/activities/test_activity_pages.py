"""Contact records and tasks as people use them."""

from __future__ import annotations

import datetime

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from services.activities.commands import add_record
from services.activities.entities import TASK_ENTITY
from services.records import create
from tests.conftest import Company
from tests.factories.forms import name_of
from tests.factories.trade import Trade, open_trade
from tests.widgets.desk import client_of
from tests.widgets.paper_trail import Hand
from widgets.activities.record_page import RecordPage
from widgets.activities.task_page import HandOverDialog, TaskPage
from widgets.base.editors.people import PeopleEditor
from widgets.base.reason_dialog import ReasonDialog

pytestmark = pytest.mark.usefixtures("english")


@pytest.fixture
def trade(company: Company) -> Trade:
    return open_trade(company)


@pytest.mark.req("ACT-03")
def test_what_was_said_is_written_down_and_the_next_step_becomes_a_task(trade: Trade, qtbot: QtBot) -> None:
    page = RecordPage(client_of(trade.seller), None, {"customer_id": trade.customer})
    hand = Hand(qtbot, page)
    hand.wait(lambda: hand.focus() is page.editors["said"].input())
    hand.type("要球阀 400 只")
    page.editors["next_step"].setFocus()
    hand.type("寄样品")
    hand.enter()
    hand.type("+3")
    hand.enter()
    page.task_for.set_value(page.client.user.id)
    qtbot.keyClick(page, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    hand.settle()
    assert "task now" in hand.said() and page.record is not None and not page.dirty()
    assert trade.rows("SELECT said, next_step FROM activities.record") == [("要球阀 400 只", "寄样品")]
    assert trade.rows("SELECT subject, customer_id FROM activities.task") == [("寄样品", trade.customer)]
    assert page.buttons["save"].isVisibleTo(page), "the author corrects what he wrote"
    page.editors["said"].set_value("要球阀 450 只")
    page.set_dirty(True)
    qtbot.keyClick(page, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    hand.settle()
    assert trade.rows("SELECT said, next_step FROM activities.record") == [("要球阀 450 只", "寄样品")]
    assert trade.one("SELECT count(*) FROM activities.task") == 1
    above = RecordPage(client_of(trade.company.as_("lead1")), page.record_id)
    Hand(qtbot, above)
    assert not above.buttons["save"].isVisibleTo(above), "who stands above comments"


@pytest.mark.req("ACT-03", "CON-01")
def test_with_whom_one_spoke_is_one_of_the_customers_people(trade: Trade, qtbot: QtBot) -> None:
    sql = trade.company.psql("sales1")
    other = sql.execute(
        "INSERT INTO customers.customer (name) VALUES ('单县大众五金店') RETURNING id"
    ).fetchone()
    assert other is not None
    for customer, name in ((trade.customer, "单雄"), (other[0], "单信")):
        sql.execute("INSERT INTO customers.contact (customer_id, name) VALUES (%s, %s)", (customer, name))
    page = RecordPage(client_of(trade.seller), None, {"customer_id": trade.customer})
    hand = Hand(qtbot, page)
    page.contact.setFocus()
    hand.type("单")
    hand.wait(lambda: page.contact.popup.isVisible())
    names = [option.label for option in page.contact.popup.options if not option.action]
    assert names == ["单雄"]
    hand.enter()
    page.editors["said"].set_value("电话联系")
    hand.settle()
    qtbot.keyClick(page, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    hand.settle()
    assert page.record is not None and page.record.contact == "单雄"
    page.customer.set_value(other[0])
    page.customer.changed.emit()
    assert page.contact.value() is None, "a contact of the customer before is none of this one"


@pytest.mark.req("ACT-03")
def test_a_superior_comments_and_opening_it_tells_the_author(trade: Trade, qtbot: QtBot) -> None:
    record = trade.seller.write(add_record, customer_id=trade.customer, said="电话联系").id
    page = RecordPage(client_of(trade.company.as_("lead1")), record)
    hand = Hand(qtbot, page)
    page.comment.setFocus()
    hand.type("报价再低两个点")
    hand.enter()
    hand.settle()
    assert trade.rows("SELECT said, read_at FROM activities.comment") == [("报价再低两个点", None)]
    mine = RecordPage(client_of(trade.seller), record)
    Hand(qtbot, mine)
    assert trade.one("SELECT read_at FROM activities.comment") is not None
    assert mine.record is not None and [c.said for c in mine.record.comments] == ["报价再低两个点"]


@pytest.mark.req("ACT-02")
def test_priority_and_progress_are_typed(trade: Trade, qtbot: QtBot) -> None:
    client = client_of(trade.seller)
    page = TaskPage(client, None, {"customer_id": trade.customer})
    hand = Hand(qtbot, page)
    urgent = client.dictionary.of("task_priority")[0]
    assert urgent.key != page.editors["priority"].value()

    def typed(key: str, words: str) -> None:
        page.editors[key].setFocus()
        hand.key(Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        hand.type(words)
        hand.enter()

    def saved() -> None:
        qtbot.keyClick(page, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
        hand.settle()

    typed("subject", "送样品")
    typed("executor_id", name_of("sales1"))
    typed("priority", urgent.label)
    typed("progress", "35")
    saved()
    assert page.record is not None, hand.said()
    assert trade.rows("SELECT subject, priority, progress FROM activities.task") == [
        ("送样品", urgent.key, 35)
    ]
    typed("progress", "80")
    saved()
    assert trade.one("SELECT progress FROM activities.task") == 80
    again = TaskPage(client, page.record.id)
    Hand(qtbot, again)
    assert again.editors["progress"].value() == 80 and again.editors["priority"].value() == urgent.key
    # more than done there is not
    again.hide()
    page.activateWindow()
    qtbot.waitUntil(page.isActiveWindow)
    typed("progress", "101")
    assert page.editors["progress"].value() == 101
    saved()
    assert page.editors["progress"].error() == "Progress lies between 0 and 100."
    assert trade.one("SELECT progress FROM activities.task") == 80


@pytest.mark.req("ACT-02")
def test_steps_of_a_task_are_offered_to_whom_they_belong(trade: Trade, qtbot: QtBot) -> None:
    who = dict(trade.rows('SELECT login, id FROM organisation."user"'))
    lead = trade.company.as_("lead1")
    task = lead.write(
        create,
        entity=TASK_ENTITY,
        values={
            "subject": "盘点",
            "executor_id": who["sales1"],
            "due_at": datetime.datetime.now(datetime.UTC),
        },
    ).id

    def offered(page: TaskPage) -> set[str]:
        return {key for key, button in page.buttons.items() if button.isVisibleTo(page)}

    page = TaskPage(client_of(trade.seller), task)
    hand = Hand(qtbot, page)
    assert offered(page) == {"accept", "complete", "hand", "save"}
    page.act("accept")
    hand.settle()
    assert offered(page) == {"complete", "hand", "save"}
    hand.f9()
    hand.settle()
    assert page.record is not None and (page.record.state, page.record.progress) == ("done", 100)
    assert offered(page) == set()
    above = TaskPage(client_of(lead), task)
    hand = Hand(qtbot, above)
    assert offered(above) == {"close", "return"}
    above.act("return")
    assert isinstance(above.dialog, ReasonDialog)
    above.dialog.said.setText("门店仓没有盘")
    above.dialog.accept()
    hand.settle()
    assert trade.rows("SELECT said FROM activities.step WHERE verb = 'returned'") == [("门店仓没有盘",)]
    assert any("门店仓没有盘" in row.words for row in above.trail.list.rows())
    assert above.record is not None and above.record.state == "accepted"
    above.editors["subject"].set_value("盘点门店仓")
    above.set_dirty(True)
    above.act("save")
    hand.settle()
    assert trade.one("SELECT subject FROM activities.task") == "盘点门店仓"
    above.act("hand")
    assert isinstance(above.dialog, HandOverDialog)
    above.dialog.user.set_value(who["sales2"])
    above.dialog.accept()
    hand.wait(
        lambda: not above.busy and above.record is not None and above.record.executor_id == who["sales2"]
    )
    assert above.record.state == "open"


@pytest.mark.req("ACT-02")
def test_a_task_for_two_with_a_checklist(trade: Trade, qtbot: QtBot) -> None:
    who = dict(trade.rows('SELECT login, id FROM organisation."user"'))
    lead = trade.company.as_("lead1")
    page = TaskPage(client_of(lead))
    hand = Hand(qtbot, page)
    page.editors["subject"].set_value("布置展台")
    page.editors["executor_id"].set_value(who["sales1"])
    together = page.editors["others"]
    assert isinstance(together, PeopleEditor)
    together.setFocus()
    together.line.insert(name_of("sales2"))
    together.line.textEdited.emit(together.line.text())
    qtbot.keyClick(together.line, Qt.Key.Key_Return)
    assert together.value() == [who["sales2"]]
    for said in ("订展位", "印样本"):
        page.checklist.add.setText(said)
        qtbot.keyClick(page.checklist.add, Qt.Key.Key_Return)
    qtbot.keyClick(page, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    hand.settle()
    assert page.record is not None and [line.said for line in page.record.checklist] == ["订展位", "印样本"]
    doer = TaskPage(client_of(trade.company.as_("sales2")), page.record.id)
    hand = Hand(qtbot, doer)
    doer.act("complete")
    hand.settle()
    assert doer.record is not None and doer.record.done_by == {who["sales2"]}
    assert not doer.buttons["complete"].isVisibleTo(doer)
    item = doer.checklist.list.item(0)
    item.setCheckState(Qt.CheckState.Checked)
    hand.wait(lambda: not doer.busy and doer.record is not None and doer.record.progress == 50)
    assert trade.rows("SELECT said, done_by FROM activities.check_item ORDER BY position") == [
        ("订展位", who["sales2"]),
        ("印样本", None),
    ]
