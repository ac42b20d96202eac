"""What was typed into a document's page and not saved is offered again after a crash (PLT-30)."""

from __future__ import annotations

from decimal import Decimal

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from tests.conftest import Company
from tests.factories.trade import Trade, open_trade
from tests.widgets.desk import client_of
from tests.widgets.paper_trail import Hand
from widgets.activities.record_page import RecordPage
from widgets.activities.task_page import TaskPage
from widgets.base.document_page import DocumentPage
from widgets.stock.receipt_form import ReceiptForm
from widgets.stock.warehouse_form import WarehouseForm

pytestmark = pytest.mark.usefixtures("english")


@pytest.fixture
def trade(company: Company) -> Trade:
    return open_trade(company)


def crash(page: DocumentPage, hand: Hand) -> None:
    """The page goes without a question, as with a killed client: what is on the disk by then is what is left."""
    assert page.keeping is not None
    page.keeping.keep()
    hand.settle()
    page.keeping.drafts.release(page.keeping._held[0])
    page.hide()


def go_on(page: DocumentPage, hand: Hand, what: str = "Continue with it") -> None:
    assert "not saved" in hand.said()
    buttons = page.messages.messages[-1].findChildren(QPushButton)
    next(button for button in buttons if button.text() == what).click()
    hand.settle()


@pytest.mark.req("PLT-30", "ACT-03")
def test_what_was_said_is_offered_again(trade: Trade, qtbot: QtBot) -> None:
    client = client_of(trade.seller)
    page = RecordPage(client, None, {"customer_id": trade.customer})
    hand = Hand(qtbot, page)
    hand.type("要球阀 400 只")
    crash(page, hand)
    again = RecordPage(client)
    hand = Hand(qtbot, again)
    go_on(again, hand)
    assert again.editors["said"].value() == "要球阀 400 只" and again.customer.value() == trade.customer
    again.act("save")
    hand.settle()
    assert trade.rows("SELECT said, customer_id FROM activities.record") == [
        ("要球阀 400 只", trade.customer)
    ]
    third = RecordPage(client)
    assert "not saved" not in Hand(qtbot, third).said(), "what was saved is no draft any more"


@pytest.mark.req("PLT-30", "ACT-02")
def test_a_task_with_its_people_and_checklist(trade: Trade, qtbot: QtBot) -> None:
    client = client_of(trade.seller)
    page = TaskPage(client)
    hand = Hand(qtbot, page)
    hand.type("寄样品")
    page.checklist.add.setText("包装")
    page.checklist.finish()
    page.editors["others"].set_value([client.user.id])
    crash(page, hand)
    again = TaskPage(client)
    hand = Hand(qtbot, again)
    go_on(again, hand)
    # typed, but not ended with Enter
    again.checklist.add.setText("贴标签")
    again.act("save")
    hand.settle()
    assert trade.rows("SELECT subject FROM activities.task") == [("寄样品",)]
    assert trade.rows("SELECT said FROM activities.check_item ORDER BY position") == [("包装",), ("贴标签",)]


@pytest.mark.req("PLT-30", "STK-04")
def test_a_receipt_with_its_lines(trade: Trade, qtbot: QtBot) -> None:
    client = client_of(trade.keeper)
    page = ReceiptForm(client)
    hand = Hand(qtbot, page)
    page.paste("不锈钢球阀 DN50\t12.5\t\t破箱\n")
    hand.settle()
    page.remark.set_value("送货单 8812")
    crash(page, hand)
    again = ReceiptForm(client)
    hand = Hand(qtbot, again)
    go_on(again, hand)
    row = again.grid.lines.entered()[0]
    assert (row["product"].id, row["quantity"], row["remark"]) == (trade.products[0], Decimal("12.5"), "破箱")
    assert again.remark.value() == "送货单 8812"
    fourth = ReceiptForm(client)
    again.act("save")
    hand.settle()
    assert trade.one("SELECT sum(quantity) FROM stock.receipt_line") == Decimal("12.5")
    assert "not saved" not in Hand(qtbot, fourth).said()


@pytest.mark.req("STK-02")
def test_a_figure_too_large_is_said_at_its_row(trade: Trade, qtbot: QtBot) -> None:
    page = ReceiptForm(client_of(trade.keeper))
    hand = Hand(qtbot, page)
    page.paste("不锈钢球阀 DN50\t99999999999999999999\n法兰 DN50 PN16\t１２\n")
    hand.settle()
    assert "Row 1: the number is larger" in hand.said()
    assert [row["quantity"] for row in page.grid.lines.entered()] == [Decimal(12)]


@pytest.mark.req("PLT-30")
def test_a_draft_that_is_discarded_is_gone(trade: Trade, qtbot: QtBot) -> None:
    client = client_of(trade.seller)
    page = RecordPage(client, None, {"customer_id": trade.customer})
    hand = Hand(qtbot, page)
    hand.type("x")
    crash(page, hand)
    again = RecordPage(client)
    hand = Hand(qtbot, again)
    go_on(again, hand, "Discard it")
    third = RecordPage(client)
    assert "not saved" not in Hand(qtbot, third).said()


@pytest.mark.req("STK-01")
def test_a_warehouse_is_saved_whole_or_not_at_all(trade: Trade, qtbot: QtBot) -> None:
    """Its keepers are refused: there is no warehouse either; saving again makes one."""
    boss = client_of(trade.company.as_("boss"))
    page = WarehouseForm(boss)
    hand = Hand(qtbot, page)
    page.editors["name"].set_value("新仓")
    page.keepers.item(0).setCheckState(Qt.CheckState.Checked)
    ticked, page.ticked = page.ticked, lambda: (0,)  # type: ignore[method-assign]
    page.act("save")
    hand.settle()
    assert page.record_id is None and page.dirty() and hand.said()
    assert trade.rows("SELECT 1 FROM stock.warehouse WHERE name = '新仓'") == []
    page.ticked = ticked  # type: ignore[method-assign]
    page.act("save")
    hand.settle()
    assert trade.one("SELECT count(*) FROM stock.keeper WHERE warehouse_id = %s", page.record_id) == 1
    assert trade.one("SELECT count(*) FROM stock.warehouse WHERE name = '新仓'") == 1


@pytest.mark.req("STK-01", "PLT-31")
def test_two_people_tick_keepers_of_one_warehouse(trade: Trade, qtbot: QtBot) -> None:
    """Each ticks another one: the second is refused for the version, and both stand in what he saves then."""
    first, second = (
        WarehouseForm(client_of(trade.company.as_(who)), trade.warehouse) for who in ("boss", "admin")
    )
    hands = Hand(qtbot, first), Hand(qtbot, second)
    before = set(first.ticked())
    for page, at in ((first, 1), (second, 2)):
        page.keepers.item(at).setCheckState(Qt.CheckState.Checked)
    wanted = set(first.ticked()) | set(second.ticked())
    assert len(wanted) == len(before) + 2
    first.act("save")
    hands[0].settle()
    second.act("save")
    hands[1].settle()
    assert "both changes are kept" in hands[1].said() and set(second.ticked()) == wanted
    second.act("save")
    hands[1].settle()
    assert not second.dirty()
    stored = trade.rows("SELECT user_id FROM stock.keeper WHERE warehouse_id = %s", trade.warehouse)
    assert {user for (user,) in stored} == wanted
