"""Where a discontinued product is offered: on nothing new, but where goods come back (PRD-01)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from services.language import use_language
from services.products import commands
from tests.conftest import Company
from tests.factories.trade import Trade, open_trade
from tests.widgets.desk import client_of
from widgets.base.editors.reference import ReferenceEditor
from widgets.base.tasks import tasks
from widgets.purchasing.request_page import RequestPage
from widgets.stock.receipt_form import ReceiptForm


@pytest.fixture
def trade(company: Company, qapp: QApplication) -> Iterator[Trade]:
    use_language("zh_CN")
    made = open_trade(company)
    company.as_("buyer").write(commands.set_state, ids=made.products[:1], state="discontinued")
    yield made
    tasks().wait()


@pytest.mark.req("PRD-01", "PUR-02")
def test_a_request_offers_none(trade: Trade, qtbot: QtBot) -> None:
    page = RequestPage(client_of(trade.seller))
    qtbot.addWidget(page)
    page.show()
    qtbot.waitUntil(lambda: not page.busy)
    box = page.editors["product_id"]
    assert isinstance(box, ReferenceEditor)
    for words, offered in (("法兰", [trade.products[1]]), ("不锈钢球阀", [])):
        box.line.setText(words)
        box.line.textEdited.emit(words)
        qtbot.waitUntil(lambda offered=offered: not box._slot.busy and not box._timer.isActive())
        assert [hit for hit in box._hits if hit] == offered, words


@pytest.mark.req("PRD-01", "STK-03")
def test_a_receipt_offers_it_for_what_comes_back_and_lay_there(trade: Trade, qtbot: QtBot) -> None:
    page = ReceiptForm(client_of(trade.keeper))
    qtbot.addWidget(page)
    page.show()
    qtbot.waitUntil(lambda: not page.busy)
    ball = trade.products[0]
    for kind, offered in (("purchase", False), ("return", True), ("production", False), ("opening", True)):
        page.kind.set_value(kind)
        page.kind.changed.emit()
        assert (ball in [hit.id for hit in page._search("不锈钢球阀")]) is offered, kind
        page.grid.lines.set_rows([], read_only=False)
        page.paste("不锈钢球阀\t3")
        qtbot.waitUntil(lambda: not page.busy)
        assert bool(page.grid.lines.entered()) is offered, kind
