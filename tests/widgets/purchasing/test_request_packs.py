"""What is to be bought, asked for in the packs of the product (PRD-01)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from services.errors import Refused
from services.language import use_language
from services.products.packs import PackUnit
from services.purchasing.commands import request_for_order
from services.purchasing.entities import REQUEST
from services.records import create, update_record
from services.sales.queries import read_order
from tests.conftest import Company
from tests.factories.trade import Trade, open_trade
from tests.widgets.desk import client_of
from widgets.base.tasks import tasks
from widgets.purchasing.request_page import RequestPage
from widgets.sales.goods_dialogs import RequestDialog

STORED = "SELECT quantity::int, pack_unit, pack_factor::int FROM purchasing.request ORDER BY id"


@pytest.fixture
def trade(company: Company, qapp: QApplication) -> Iterator[Trade]:
    use_language("zh_CN")
    made = open_trade(company)
    made.superuser.execute(
        "UPDATE products.product SET pack_unit = '箱', pack_factor = 12 WHERE id = %s", (made.products[0],)
    )
    made.superuser.execute(
        "INSERT INTO products.pack (product_id, position, name, factor) VALUES (%s, 1, '托', 48)",
        (made.products[0],),
    )
    yield made
    tasks().wait()


def type_into(editor: object, text: str) -> None:
    line = editor.line  # type: ignore[attr-defined]
    line.setText(text)
    line.textEdited.emit(text)


@pytest.mark.req("PRD-01", "SAL-09")
def test_boxes_are_typed_stored_and_shown(trade: Trade, qtbot: QtBot) -> None:
    page = RequestPage(client_of(trade.seller), None, {"product_id": trade.products[0]})
    qtbot.addWidget(page)
    page.show()
    qtbot.waitUntil(lambda: not page.busy)
    type_into(page.quantity, "3桶")
    page.act("save")
    assert page.quantity.error() and "箱" in page.quantity.error() and "托" in page.quantity.error()
    type_into(page.quantity, "3箱")
    page.quantity.left()
    assert (page.quantity.value(), page.quantity.line.text()) == (36, "36")
    assert "3箱" in page.quantity._beside.text()
    page.act("save")
    qtbot.waitUntil(lambda: page.record is not None and not page.busy)
    assert trade.rows(STORED) == [(36, "箱", 12)]
    again = RequestPage(client_of(trade.seller), page.record_id)
    qtbot.addWidget(again)
    again.show()
    qtbot.waitUntil(lambda: again.record is not None and not again.busy)
    assert again.quantity.value() == 36 and "3箱" in again.quantity._beside.text()
    type_into(again.quantity, "40")
    assert "3箱 4个" in again.quantity._beside.text(), "a number keeps the box it was asked for in"
    type_into(again.quantity, "2托")
    again.act("save")
    qtbot.waitUntil(lambda: trade.rows(STORED) == [(96, "托", 48)])
    qtbot.waitUntil(lambda: not again.busy)
    again.editors["product_id"].set_value(trade.products[1])
    again.editors["product_id"].changed.emit()
    qtbot.waitUntil(lambda: not again.busy)
    again.act("save")
    qtbot.waitUntil(lambda: trade.rows(STORED) == [(96, None, None)])


@pytest.mark.req("PRD-01", "SAL-09")
def test_what_is_short_of_an_order_is_asked_for_in_boxes(trade: Trade, qtbot: QtBot) -> None:
    order = trade.order(30, 5)
    with trade.seller.read_session() as session:
        record = read_order(session, order)
    over = QWidget()
    qtbot.addWidget(over)
    dialog = RequestDialog(client_of(trade.seller), record, over)
    type_into(dialog.quantities[0], "2桶")
    type_into(dialog.quantities[1], "5")
    dialog.run()
    assert "箱" in dialog.problem.text(), "a unit that there is not is named, with those that there are"
    type_into(dialog.quantities[0], "3箱")
    with qtbot.waitSignal(dialog.made):
        dialog.run()
    assert trade.rows(STORED) == [(36, "箱", 12), (5, None, None)]


@pytest.mark.req("PRD-01")
def test_the_database_knows_the_packs_of_a_product(trade: Trade) -> None:
    ball, flange, *_rest = trade.products
    order = trade.order(30)
    (line,) = trade.lines(order)
    with pytest.raises(Refused, match="请重新选择单位"):
        trade.seller.write(
            request_for_order,
            order_id=order,
            lines=[(line, Decimal(22))],
            packs={line: PackUnit("箱", Decimal(11))},
        )
    for product, pack, factor in ((ball, "箱", 11), (ball, "桶", 12), (flange, "箱", 12)):
        values = {"product_id": product, "quantity": 24, "pack_unit": pack, "pack_factor": factor}
        with pytest.raises(Refused, match="请重新选择单位"):
            trade.seller.write(create, entity=REQUEST, values=values)
    values = {"product_id": ball, "quantity": 24, "pack_unit": "箱", "pack_factor": 12}
    made = trade.seller.write(create, entity=REQUEST, values=values).id
    trade.superuser.execute("UPDATE products.product SET pack_factor = 10 WHERE id = %s", (ball,))
    version = trade.one("SELECT version FROM purchasing.request WHERE id = %s", made)
    trade.seller.write(
        update_record,
        entity=REQUEST,
        record_id=made,
        version=version,
        values={"quantity": Decimal(36), "pack_unit": "箱", "pack_factor": Decimal(12)},
    )
    assert trade.rows(STORED) == [(36, "箱", 12)], "what was agreed stays, whatever a box holds by now"
