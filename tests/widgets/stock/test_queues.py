"""What comes and goes and waits for the keeper: announced by one, confirmed by another (STK-01, STK-04, DLV-02)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import Workbook
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from services import clock
from services.analysis import workbench
from services.delivery.commands import make_dispatch, make_note
from services.language import use_language
from services.products.packs import PackUnit
from services.recycling import Asked, deletions
from services.recycling import restore as bring_back
from services.registry import ENTITIES
from services.stock.commands import ReceiptLineInput, drop_receipt, save_receipt
from tests.conftest import Company
from tests.factories.rights import keep
from tests.factories.shop import save_lists
from tests.factories.trade import Trade, open_trade
from tests.widgets.desk import client_of
from tests.widgets.paper_trail import Hand
from widgets.base.tasks import tasks
from widgets.stock.issue_form import IssueForm
from widgets.stock.receipt_form import ReceiptForm


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    use_language("en")
    yield
    use_language("zh_CN")


@pytest.fixture
def trade(qapp: QApplication, company: Company) -> Iterator[Trade]:
    yield open_trade(company)
    tasks().wait()


def waiting(trade: Trade, login: str) -> set[tuple[str, int]]:
    """What the workbench of ``login`` says is waiting in the warehouse."""
    with trade.company.as_(login).read_session() as session:
        return {(one.entity, one.id) for one in workbench.warehouse_work(session)[1]}


def row(page: ReceiptForm, quantity: str, text: str = "") -> None:
    """Type one quantity into the first line, as the cell's editor takes it over."""
    grid = page.grid.lines
    column = grid.columns[grid.place("quantity")]
    grid.rows[0]["pack"] = grid.pack_typed(0, column, text or quantity)
    value = grid.understand(0, column, text or quantity)
    grid.change(0, "quantity", value)


@pytest.mark.req("STK-04", "STK-01")
def test_purchasing_announces_what_another_confirms(trade: Trade, qtbot: QtBot) -> None:
    buyer = ReceiptForm(client_of(trade.company.as_("buyer")))
    hand = Hand(qtbot, buyer)
    assert buyer.warehouse.value() is None, "who keeps none says which one is meant"
    buyer.grid.lines.add(
        [{"product": hand_product(trade, 0), "quantity": Decimal(12), "unit_cost": Decimal(20)}]
    )
    buyer.warehouse.set_value(trade.warehouse)
    assert not buyer.buttons["post"].isVisibleTo(buyer), "sees the stock of all, keeps none"
    buyer.act("save")
    hand.settle()
    assert "until the keeper receives them" in hand.said()
    receipt = buyer.record_id
    assert receipt is not None and ("stock.receipt", receipt) in waiting(trade, "keeper1")
    assert not waiting(trade, "keeper2")
    keeper = ReceiptForm(client_of(trade.keeper), receipt)
    other = Hand(qtbot, keeper)
    other.f9()
    other.settle()
    assert keeper.record is not None and keeper.record.state == "posted"
    assert trade.rows(
        "SELECT b.on_hand, b.to_come, c.value FROM stock.balance b JOIN stock.cost c USING (id)"
    ) == [(12, 0, 240)]
    made, posted = trade.rows("SELECT created_by, posted_by FROM stock.receipt")[0]
    assert made != posted and not waiting(trade, "keeper1")


def hand_product(trade: Trade, at: int) -> object:
    from services.products.queries import products_by_id

    with trade.keeper.read_session() as session:
        return products_by_id(session, [trade.products[at]])[trade.products[at]]


@pytest.mark.req("STK-04")
def test_the_queues_hold_receipts_issues_notices_and_notes(trade: Trade) -> None:
    trade.receive(50)
    first, second = trade.lines(trade.order(10))[0], trade.lines(trade.order(5))[0]
    issue = trade.ask([(first, 10)])
    notice = trade.seller.write(make_dispatch, warehouse_id=trade.warehouse, lines=[(second, Decimal(5))]).id
    draft = (
        trade.company.as_("buyer")
        .write(
            save_receipt,
            warehouse_id=trade.warehouse,
            lines=[ReceiptLineInput(trade.products[1], Decimal(3), Decimal(2))],
        )
        .id
    )
    expected = {("stock.issue", issue), ("delivery.dispatch", notice), ("stock.receipt", draft)}
    assert waiting(trade, "keeper1") == expected
    from services.delivery.commands import issue_dispatch
    from services.stock.commands import post_issue

    line = trade.one("SELECT id FROM delivery.dispatch_line WHERE dispatch_id = %s", notice)
    asked = trade.keeper.write(issue_dispatch, warehouse_id=trade.warehouse, lines=[(line, Decimal(5))]).id
    trade.keeper.write(post_issue, issue_id=issue, counted=[])
    note = trade.keeper.write(make_note, issue_id=issue).id
    assert waiting(trade, "keeper1") == {
        ("stock.issue", asked),
        ("stock.receipt", draft),
        ("delivery.note", note),
    }, "the notice's goods are all on an issue now"


@pytest.mark.req("DLV-02")
def test_the_keeper_lets_goods_leave_another_warehouse_on_another_day(trade: Trade, qtbot: QtBot) -> None:
    trade.receive(100)
    trade.receive(7, warehouse=trade.other_warehouse)
    order = trade.order(5)
    issue = trade.ask([(trade.lines(order)[0], 5)])
    note = trade.keeper.write(make_note, issue_id=issue).id
    page = IssueForm(client_of(trade.keeper), issue)
    hand = Hand(qtbot, page)
    assert page.date.value() == clock.today()
    keep(trade.company, "keeper1", trade.other_warehouse)
    page.load()
    hand.settle()
    page.warehouse.set_value(trade.other_warehouse)
    page.warehouse.changed.emit()
    hand.settle()
    assert page.grid.lines.rows[0]["on_hand"] == 7, "what lies there, not in the warehouse that was asked"
    day = clock.today().replace(day=1)
    page.date.set_value(day)
    page.act("post")
    hand.settle()
    assert page.record is not None and page.record.state == "posted", hand.said()
    assert (page.record.warehouse_id, page.record.date) == (trade.other_warehouse, day)
    assert trade.rows("SELECT warehouse_id, on_hand, reserved FROM stock.balance ORDER BY 1") == [
        (trade.warehouse, 100, 0),
        (trade.other_warehouse, 2, 0),
    ], "taken where it lay; what the order had reserved elsewhere is free"
    assert trade.rows(
        "SELECT n.warehouse_id, l.warehouse_id FROM delivery.note n JOIN delivery.note_line l ON l.note_id = n.id"
        " WHERE n.id = %s",
        note,
    ) == [(trade.other_warehouse, trade.other_warehouse)]


@pytest.mark.req("STK-04", "STK-02")
def test_costs_of_a_file_are_not_left_out_unsaid(trade: Trade, qtbot: QtBot, tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(("商品名称", "型号", "数量", "采购价"))
    sheet.append(("不锈钢球阀", "DN50", 120, 20.5))
    book.save(tmp_path / "in.xlsx")
    page = ReceiptForm(client_of(trade.keeper))
    hand = Hand(qtbot, page)
    page.read_file(tmp_path / "in.xlsx")
    hand.settle()
    assert "采购价" in hand.said() and "right to see costs" in hand.said()
    assert page.grid.lines.entered() == [], "said before anything is taken over"
    (button,) = [each for each in page.messages.findChildren(QPushButton) if "without costs" in each.text()]
    button.click()
    assert [each["quantity"] for each in page.grid.lines.entered()] == [120]
    page.discard()


@pytest.mark.req("PLT-33", "STK-06")
def test_a_receipt_goes_into_the_bin_and_comes_back_whole(trade: Trade, qtbot: QtBot) -> None:
    draft = trade.keeper.write(
        save_receipt,
        warehouse_id=trade.warehouse,
        lines=[
            ReceiptLineInput(trade.products[0], Decimal(12)),
            ReceiptLineInput(trade.products[1], Decimal(3)),
        ],
    ).id
    page = ReceiptForm(client_of(trade.keeper), draft)
    hand = Hand(qtbot, page)
    page.act("drop")
    hand.settle()
    assert "recycle bin" in hand.said() and trade.one("SELECT sum(to_come) FROM stock.balance") == 0
    with trade.keeper.read_session() as session:
        (gone,) = deletions(session, entities=ENTITIES, asked=Asked())
    assert (gone.entity, gone.record_id) == ("stock.receipt", draft)
    trade.keeper.write(bring_back, deletions=[gone.id])
    assert trade.rows("SELECT to_come FROM stock.balance ORDER BY product_id") == [(12,), (3,)]
    again = ReceiptForm(client_of(trade.keeper), draft)
    Hand(qtbot, again)
    assert [each["quantity"] for each in again.grid.lines.entered()] == [12, 3]
    trade.keeper.write(drop_receipt, receipt_id=draft)
    boss = trade.company.as_("boss")
    with boss.read_session() as session:
        (gone,) = deletions(session, entities=ENTITIES, asked=Asked())
    from services.recycling import purge

    boss.write(purge, deletions=[gone.id])
    assert trade.one("SELECT count(*) FROM stock.receipt_line") == 0
    assert trade.one("SELECT count(*) FROM stock.receipt_line_cost") == 0


@pytest.mark.req("STK-03")
def test_a_pack_is_kept_with_the_line_that_it_was_typed_in(trade: Trade, qtbot: QtBot) -> None:
    save_lists(
        trade.company.as_("boss"),
        product_id=trade.products[0],
        packs=[PackUnit("箱", Decimal(12)), PackUnit("盒", Decimal(4))],
    )
    page = ReceiptForm(client_of(trade.keeper))
    hand = Hand(qtbot, page)
    page.grid.lines.add([{"product": hand_product(trade, 0), "quantity": None}])
    row(page, "0", "2箱")
    assert page.grid.lines.rows[0]["packs"] == "2箱"
    assert not page.grid.isColumnHidden(page.grid.lines.place("packs"))
    page.act("save")
    hand.settle()
    stored = "SELECT quantity, pack_unit, pack_factor FROM stock.receipt_line"
    assert trade.rows(stored) == [(24, "箱", 12)], hand.said()
    row(page, "0", "30")
    page.act("save")
    hand.settle()
    assert trade.rows(stored) == [(30, None, None)], "typed in pieces now"
    row(page, "0", "3箱")
    page.act("post")
    hand.settle()
    hand.settle()
    assert trade.rows(stored) == [(36, "箱", 12)] and trade.one("SELECT on_hand FROM stock.balance") == 36
    from printing.stock_receipt import stock_receipt
    from widgets.stock.print_data import stock_receipt_data

    assert page.record is not None
    data = stock_receipt_data(page.record, page.client.dictionary, show_costs=False)
    assert [line.packs for line in data.lines] == ["3箱"] and stock_receipt(data)
    # issued in another pack than it was ordered in
    order = trade.order(24)
    issue = trade.ask([(trade.lines(order)[0], 24)])
    form = IssueForm(client_of(trade.keeper), issue)
    there = Hand(qtbot, form)
    grid = form.grid.lines
    column = grid.columns[grid.place("counted")]
    grid.rows[0]["pack"] = grid.pack_typed(0, column, "5盒")
    grid.change(0, "counted", grid.understand(0, column, "5盒"))
    form.act("post")
    there.settle()
    assert trade.rows("SELECT counted, pack_unit, pack_factor FROM stock.issue_line") == [(20, "盒", 4)]
    note = trade.keeper.write(make_note, issue_id=issue).id
    assert trade.rows(
        "SELECT quantity, pack_unit, pack_factor, pack_price FROM delivery.note_line WHERE note_id = %s", note
    ) == [(20, "盒", 4, 176)]


@pytest.mark.req("STK-04")
def test_one_product_twice_keeps_both_costs_when_edited_without_seeing_them(
    trade: Trade, qtbot: QtBot
) -> None:
    ball = trade.products[0]
    draft = (
        trade.company.as_("buyer")
        .write(
            save_receipt,
            warehouse_id=trade.warehouse,
            lines=[
                ReceiptLineInput(ball, Decimal(10), Decimal(20)),
                ReceiptLineInput(ball, Decimal(2), Decimal(26)),
                ReceiptLineInput(trade.products[1], Decimal(1), Decimal(3)),
            ],
        )
        .id
    )
    page = ReceiptForm(client_of(trade.keeper), draft)
    hand = Hand(qtbot, page)
    page.grid.lines.remove(2)
    row(page, "9")
    page.act("post")
    hand.settle()
    hand.settle()
    assert trade.rows(
        "SELECT l.quantity, c.unit_cost FROM stock.receipt_line l JOIN stock.receipt_line_cost c USING (id)"
        " ORDER BY l.position"
    ) == [(9, 20), (2, 26)], hand.said()
    assert trade.one("SELECT sum(value) FROM stock.cost") == 232
