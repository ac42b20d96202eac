"""A quantity typed in packs in the order grid (PRD-01, PRD-05)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from sqlalchemy.orm import Session

from printing.order import order_document
from services.checking import check
from services.commands import Changes
from services.delivery.commands import issue_dispatch, make_dispatch, make_note
from services.delivery.dispatches import read_dispatch
from services.delivery.queries import read_note
from services.errors import Refused
from services.language import use_language
from services.money import Precision
from services.products.packs import PackUnit, said_in
from services.products.queries import ProductHit, find_products
from services.purchasing.commands import request_for_order
from services.sales.arithmetic import Terms
from services.sales.commands import confirm_order, save_order
from services.sales.draft import DraftLine
from services.sales.kept import keep, kept_lines
from services.sales.queries import read_order
from tests.conftest import Company
from tests.factories import rights
from tests.factories.shop import save_lists
from tests.factories.trade import Trade, open_trade
from tests.widgets.desk import client_of
from tests.widgets.paper import office_words, said
from widgets.base.print_dialog import PrintDialog
from widgets.base.tasks import tasks
from widgets.delivery.print_data import delivery_note_data
from widgets.sales.lines_model import PLACE, LinesModel
from widgets.sales.order_form import OrderForm
from widgets.sales.print_data import order_data
from widgets.stock.issue_form import IssueForm

VALVE = ProductHit(
    id=1,
    number="V1",
    name="球阀",
    model="DN50",
    specification="",
    bar_code="",
    unit="个",
    price=Decimal("44"),
    lowest_price=None,
    tax_rate=Decimal(13),
    stocked=True,
    on_hand=None,
    free=None,
    packs=(PackUnit("箱", Decimal(7), Decimal("300")), PackUnit("托", Decimal(70))),
)


@pytest.mark.req("PRD-01", "PRD-05")
def test_three_boxes_are_their_pieces_at_the_price_of_the_box() -> None:
    model = LinesModel(Precision())
    model.set_lines([DraftLine()])
    model.set_product(0, VALVE)
    refused: list[str] = []
    model.refused.connect(lambda _row, _column, text: refused.append(text))
    quantity = model.index(0, PLACE["quantity"])
    assert model.setData(quantity, "3箱")
    line = model.line(0)
    assert (line.numbers.quantity, line.numbers.tax_price, line.pieces) == (3, 300, 21)
    assert line.numbers.amounts.gross == 900, "three times the box, though 300 / 7 is no round price"
    assert model.text(0, "unit") == "箱(7个)"
    assert model.setData(quantity, "1托 1箱")
    assert (model.line(0).numbers.quantity, model.line(0).pack) == (77, None)
    assert model.line(0).numbers.tax_price == 44, "several packs at once are pieces, at the price of a piece"
    assert not model.setData(quantity, "3桶") and refused
    assert model.line(0).numbers.quantity == 77


@pytest.mark.req("SAL-04", "SAL-05")
def test_the_unit_is_chosen_by_its_name() -> None:
    model = LinesModel(Precision())
    model.set_lines([DraftLine()])
    model.set_product(0, VALVE)
    refused: list[str] = []
    model.refused.connect(lambda _row, _column, text: refused.append(text))
    unit = model.index(0, PLACE["unit"])
    model.setData(model.index(0, PLACE["quantity"]), "2")
    assert model.setData(unit, "托")
    line = model.line(0)
    assert (line.numbers.quantity, line.numbers.tax_price, line.pieces) == (2, 3080, 140)
    assert model.setData(unit, "箱")
    assert model.line(0).numbers.tax_price == 300, "the box has a price of its own"
    written = keep({}, model.lines(), Terms())
    assert kept_lines(written, {1: VALVE}, Precision())[0] == model.line(0), "a draft on disk keeps the box"
    model.setData(model.index(0, PLACE["tax_price"]), "315")
    assert model.setData(unit, "个")
    assert model.line(0).numbers.tax_price == 45, "what was agreed of the box, per piece"
    assert not model.setData(unit, "桶")
    assert "箱(7个)" in refused[-1] and "托(70个)" in refused[-1]


@pytest.fixture
def trade(company: Company, qapp: QApplication) -> Iterator[Trade]:
    use_language("zh_CN")
    made = open_trade(company)
    made.receive(100, 100)
    made.superuser.execute(
        "UPDATE products.product SET pack_unit = '箱', pack_factor = 12 WHERE id = %s", (made.products[0],)
    )
    save_lists(
        company.as_("buyer"),
        product_id=made.products[0],
        packs=[{"name": "托", "factor": 48, "bar_code": "16901028062319"}],
    )
    yield made
    tasks().wait()


def row(trade: Trade, **changed: object) -> dict[str, object]:
    return {
        "product_id": trade.products[0], "quantity": 2, "tax_price": 528, "tax_rate": 13,
        "pack_unit": "箱", "pack_factor": 12, **changed,
    }  # fmt: skip


def save(trade: Trade, *lines: dict[str, object], **head: object) -> Changes:
    order = {"customer_id": trade.customer, "warehouse_id": trade.warehouse, "lines": list(lines), **head}
    return trade.seller.write(save_order, order=order)


def sell(trade: Trade, *lines: dict[str, object]) -> Changes:
    order = {"customer_id": trade.customer, "warehouse_id": trade.warehouse, "lines": list(lines)}
    rights.keep(trade.company, "boss", trade.warehouse)
    return trade.company.as_("boss").write(lambda work: work.post("sales.sell", order=order, account_id=1))


def sound(trade: Trade) -> None:
    with Session(trade.company.as_("postgres").engine) as session:
        assert check(session) == []


@pytest.mark.req("SAL-04", "PRD-01")
def test_the_database_holds_pack_and_pieces_together(trade: Trade) -> None:
    saved = save(trade, row(trade, discount=95))
    stored = trade.rows(
        "SELECT id, quantity::float, round(tax_price, 4)::float, gross::float, pack_unit, pack_factor::float,"
        " pack_quantity::float, pack_price::float, unit FROM sales.order_line"
    )
    line = stored[0][0]
    assert stored == [(line, 24, 44, 1003.2, "箱", 12, 2, 528, "个")]
    for wrong in ({"pack_factor": 10}, {"pack_unit": "桶"}, {"pack_factor": None}):
        with pytest.raises(Refused, match="请重新选择单位"):
            save(trade, row(trade, **wrong))
    trade.superuser.execute(
        "UPDATE products.product SET pack_factor = 10 WHERE id = %s", (trade.products[0],)
    )
    with pytest.raises(Refused, match="请重新选择单位"):
        save(trade, row(trade))
    with trade.seller.read_session() as session:
        version = read_order(session, saved.id).version
    save(trade, row(trade, id=line, quantity=3), id=saved.id, version=version)
    assert trade.one("SELECT quantity::int FROM sales.order_line") == 36, "the line keeps what was agreed"
    with pytest.raises(psycopg.errors.CheckViolation):
        trade.superuser.execute("UPDATE sales.order_line SET quantity = 35")
    # a cent that would be lost by way of the price per piece
    trade.superuser.execute("UPDATE products.product SET pack_factor = 7 WHERE id = %s", (trade.products[0],))
    odd = save(trade, row(trade, quantity=3, tax_price="29.9", pack_factor=7, discount=95))
    assert odd.result["gross"] == "85.22"
    sound(trade)


@pytest.mark.req("SAL-04", "DLV-01", "DLV-02", "DLV-03", "SAL-09")
def test_two_boxes_from_the_order_to_the_delivery_note(trade: Trade, qtbot: QtBot, tmp_path: Path) -> None:
    order = save(trade, row(trade, quantity=3)).id
    trade.seller.write(confirm_order, order_id=order)
    (line,) = trade.lines(order)
    assert trade.one("SELECT reserved::int FROM stock.balance ORDER BY id LIMIT 1") == 36, "in pieces"
    form = OrderForm(client_of(trade.seller), order)
    qtbot.addWidget(form)
    form.show()
    qtbot.waitUntil(lambda: form.record is not None and not form.busy)
    assert form.record is not None
    model = form.lines.model
    assert [model.text(0, key) for key in ("quantity", "unit", "tax_price", "open")] == [
        "3", "箱(12个)", "528.00", "3箱",
    ]  # fmt: skip
    document = order_document(order_data(form.record, client_of(trade.seller).dictionary))
    assert not any(column.total for column in document.columns if column.key == "quantity"), (
        "boxes and pieces"
    )
    form.act("print")
    dialog = form.dialog
    assert isinstance(dialog, PrintDialog)
    words = said(qtbot, dialog, tmp_path)
    assert "528.00" in words and "1,584.00" in words and "箱(12" in words.replace("\r\n", "")
    _word, excel = office_words(tmp_path)
    assert "箱(12个)" in excel and "528" in excel
    dialog.close()

    notice = trade.seller.write(make_dispatch, warehouse_id=trade.warehouse, lines=[(line, Decimal(29))]).id
    with trade.keeper.read_session() as session:
        (asked,) = read_dispatch(session, notice).lines
    assert (asked.quantity, said_in(asked.quantity, asked.unit, asked.pack)) == (29, "2箱 5个")
    issue = trade.keeper.write(
        issue_dispatch, warehouse_id=trade.warehouse, lines=[(asked.id, Decimal(29))]
    ).id
    page = IssueForm(client_of(trade.keeper), issue)
    qtbot.addWidget(page)
    page.show()
    qtbot.waitUntil(lambda: page.record is not None and not page.busy)
    grid = page.grid.lines
    assert grid.text(0, "packs") == "2箱 5个"
    two = grid.understand(0, grid.columns[grid.place("counted")], "2箱")
    assert two == 24, "the keeper counts in boxes too"
    grid.change(0, "counted", two)
    page.act("post")
    qtbot.waitUntil(lambda: page.record is not None and page.record.state == "posted" and not page.busy)
    made = trade.keeper.write(make_note, issue_id=issue)
    with trade.seller.read_session() as session:
        note = read_note(session, made.id)
    paper = delivery_note_data(note, client_of(trade.seller).dictionary)
    assert [(g.quantity, g.unit, g.price, g.amount) for g in paper.lines] == [
        (2, "箱(12个)", 528, Decimal("1056.00"))
    ]
    wanted = trade.company.as_("boss").write(request_for_order, order_id=order, lines=[(line, Decimal(12))])
    assert trade.rows("SELECT pack_unit, pack_factor::int, quantity::int FROM purchasing.request") == [
        ("箱", 12, 12)
    ]
    assert wanted.result["requests"] == 1
    sound(trade)


@pytest.mark.req("SAL-04", "SAL-06")
def test_boxes_pasted_scanned_and_sold_at_once(trade: Trade, qtbot: QtBot) -> None:
    form = OrderForm(client_of(trade.seller), None, {"customer_id": trade.customer})
    qtbot.addWidget(form)
    form.show()
    qtbot.waitUntil(lambda: not form.busy)
    form.lines.paste("名称\t型号\t单位\t数量\t单价\n不锈钢球阀\tDN50\t箱\t2\t500\n法兰\tDN50 PN16\t桶\t1\t12")
    qtbot.waitUntil(lambda: len(form.lines.model.lines()) == 2)
    boxes, flange = form.lines.model.lines()
    assert (boxes.pieces, boxes.numbers.tax_price, boxes.numbers.total) == (24, 500, 1000)
    assert flange.pack is None and "桶" in form.messages.messages[-1].text, "what was not understood is named"
    with trade.seller.read_session() as session:
        (pallet,) = find_products(session, "16901028062319", warehouse_id=trade.warehouse)
    form.lines.model.set_product(1, pallet, next(p for p in pallet.packs if p.bar_code == "16901028062319"))
    assert form.lines.model.text(1, "unit") == "托(48个)"
    assert sell(trade, row(trade, quantity=1)).result["issue"]
    assert trade.rows("SELECT quantity::int, counted::int, pack_unit, gross::int FROM stock.issue_line") == [
        (12, 12, "箱", 528)
    ]
    with pytest.raises(Refused, match="请重新选择单位"):
        sell(trade, row(trade, pack_factor=11))
    sound(trade)
