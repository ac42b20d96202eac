"""The keeper's pages by keyboard and scanner; no mouse."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import Workbook
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from tests.conftest import Company
from tests.factories.rights import keep
from tests.factories.trade import Trade, open_trade
from tests.widgets.desk import RememberingShell, client_of
from tests.widgets.paper_trail import Hand
from widgets.base.product_line import ProductLine
from widgets.stock.issue_form import IssueForm
from widgets.stock.receipt_form import ReceiptForm

pytestmark = pytest.mark.usefixtures("english")

BALL, FLANGE = "6901028062312", "6921168509256"


@pytest.fixture
def trade(company: Company) -> Trade:
    return open_trade(company)


def open_issue(qtbot: QtBot, trade: Trade, issue: int) -> tuple[Hand, IssueForm, RememberingShell]:
    client = client_of(trade.keeper)
    page = IssueForm(client, issue)
    hand = Hand(qtbot, page)
    assert isinstance(client.shell, RememberingShell)
    return hand, page, client.shell


def counted(page: IssueForm) -> list[Decimal]:
    return [row["counted"] for row in page.grid.lines.rows]


@pytest.mark.req("STK-04", "DLV-02")
def test_a_keeper_confirms_with_the_scanner(trade: Trade, qtbot: QtBot) -> None:
    trade.receive(100, 100)
    a, b = trade.lines(trade.order(3, 2))
    (c,) = trade.lines(trade.order(2))
    issue = trade.ask([(a, 3), (b, 2), (c, 2)])
    hand, page, shell = open_issue(qtbot, trade, issue)
    assert counted(page) == [3, 2, 2], "what is wanted is filled in"

    def scan(code: str) -> None:
        hand.type(code)
        hand.enter()

    assert hand.focus() is page.scan
    scan(BALL)
    assert counted(page) == [1, 0, 0], "the first scan starts at nothing; one scan is one piece of one line"
    for _ in range(3):
        scan(BALL)
    assert counted(page) == [3, 0, 1], "the second order's line follows when the first is full"
    scan(FLANGE)
    scan("4006381333931")
    assert "4006381333931" in hand.said() and counted(page) == [3, 1, 1]
    scan(BALL)
    scan(BALL)
    assert "one too many" in hand.said() and counted(page) == [3, 1, 2]
    hand.f9()
    assert "Short and open on the order again: 法兰 DN50 PN16 1." in hand.said()
    assert page.record is not None and page.record.state == "posted" and page.record.number.startswith("CK")
    assert trade.rows("SELECT on_hand FROM stock.balance ORDER BY product_id") == [(95,), (99,)]
    qtbot.keyClick(page, Qt.Key.Key_F7)
    hand.settle()
    note = trade.one("SELECT id FROM delivery.note WHERE issue_id = %s", issue)
    assert shell.opened == [("delivery.note", note)]
    assert page.grid.lines.read_only and not page.scan.isVisibleTo(page)


def test_quantities_are_typed_line_by_line(trade: Trade, qtbot: QtBot) -> None:
    trade.receive(100, 100)
    order = trade.order(30, 20)
    issue = trade.ask(list(zip(trade.lines(order), (30, 20), strict=True)))
    hand, page, _ = open_issue(qtbot, trade, issue)
    hand.key(Qt.Key.Key_Down)
    hand.wait(lambda: page.grid.editing())
    hand.type("31")
    hand.enter()
    assert page.grid.editing() and counted(page)[0] == 30, "more than was asked for is not taken"
    field = hand.focus()
    assert isinstance(field, QLineEdit) and "0 and 30" in field.toolTip()
    field.selectAll()
    hand.type("12*2")
    hand.enter()
    hand.wait(lambda: page.grid.currentIndex().row() == 1 and page.grid.editing())
    hand.type("0")
    hand.enter()
    assert counted(page) == [24, 0] and page.dirty() and not page.can_close()
    hand.f9()
    assert trade.rows("SELECT counted FROM stock.issue_line ORDER BY position") == [(24,), (0,)]


def test_too_little_in_stock_is_said_in_words(trade: Trade, qtbot: QtBot) -> None:
    trade.receive(2)
    issue = trade.ask([(trade.lines(trade.order(5))[0], 5)])
    hand, page, _ = open_issue(qtbot, trade, issue)
    hand.f9()
    assert "Not enough 不锈钢球阀 DN50 in stock: 2 there, 5 wanted." in hand.said()
    assert page.record is not None and page.record.state == "draft" and counted(page) == [5]


def test_another_keeper_only_looks(trade: Trade, qtbot: QtBot) -> None:
    trade.receive(5)
    issue = trade.ask([(trade.lines(trade.order(5))[0], 5)])
    page = IssueForm(client_of(trade.seller), issue)
    Hand(qtbot, page)
    assert page.grid.lines.read_only and not page.buttons["post"].isVisibleTo(page)


@pytest.mark.req("STK-04")
def test_a_receipt_by_keyboard(trade: Trade, qtbot: QtBot) -> None:
    page = ReceiptForm(client_of(trade.keeper))
    hand = Hand(qtbot, page)
    assert page.grid.isColumnHidden(page.grid.lines.place("unit_cost")), "a keeper has no right to see costs"
    assert page.warehouse.value() == trade.warehouse
    page.remark.setFocus()
    hand.enter()
    for words, quantity in (("bxgqf", "12"), (FLANGE, "40")):
        hand.wait(lambda: isinstance(hand.focus(), ProductLine))
        hand.type(words)
        hand.enter()
        hand.wait(lambda: page.grid.editing() and not isinstance(hand.focus(), ProductLine))
        hand.type(quantity)
        hand.enter()  # quantity
        hand.wait(lambda: page.grid.editing())
        hand.enter()  # remark
        QApplication.processEvents()
    qtbot.keyClick(page, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    hand.settle()
    assert page.record_id is not None and "Saved" in hand.said()
    assert trade.rows("SELECT to_come, on_hand FROM stock.balance ORDER BY product_id") == [(12, 0), (40, 0)]
    hand.settle()
    hand.f9()
    hand.settle()
    assert trade.rows("SELECT to_come, on_hand FROM stock.balance ORDER BY product_id") == [(0, 12), (0, 40)]
    assert page.record is not None and page.record.state == "posted"


@pytest.mark.req("STK-02")
def test_opening_stock_from_excel_and_from_the_clipboard(trade: Trade, qtbot: QtBot, tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (
        ("商品名称", "型号", "期初数量", "成本单价", "备注"),
        ("不锈钢球阀", "DN50", 120, 20.5, "A-1-3"),
        ("法兰", "DN50 PN16", 1000, 6, None),
        ("没有这种货", None, 5, 1, None),
        ("四氟垫片", "DN50", -4, 1, None),
    ):
        sheet.append(row)
    file = tmp_path / "期初库存.xlsx"
    book.save(file)
    keep(trade.company, "boss", trade.warehouse)
    page = ReceiptForm(client_of(trade.company.as_("boss")), None, {"kind": "opening"})
    hand = Hand(qtbot, page)
    page.read_file(file)
    hand.settle()
    said = hand.said()
    assert "2 rows taken over, 2 not" in said and "Row 4" in said and "没有这种货" in said and "Row 5" in said
    QApplication.clipboard().setText("四氟垫片\t500\t0.8\r\n不锈钢螺纹弯头 DN25\t60\t¥4.25\r\n")
    page.grid.setFocus()
    hand.key(Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    hand.settle()
    assert [(r["product"].name, r["quantity"], r["unit_cost"]) for r in page.grid.lines.entered()] == [
        ("不锈钢球阀", 120, Decimal("20.5")),
        ("法兰", 1000, 6),
        ("四氟垫片", 500, Decimal("0.8")),
        ("不锈钢螺纹弯头", 60, Decimal("4.25")),
    ]
    hand.f9()
    hand.settle()
    found = trade.rows(
        "SELECT b.on_hand, c.value FROM stock.balance b JOIN stock.cost c USING (id) ORDER BY b.product_id"
    )
    assert found == [(120, 2460), (1000, 6000), (500, 400), (60, 255)]
    assert trade.one("SELECT kind FROM stock.receipt") == "opening"
