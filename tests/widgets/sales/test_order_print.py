"""The paper of orders and stock issues: what it says, in every form, and that prints are counted."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from printing.order import order_document
from services.language import use_language
from services.sales.queries import read_order
from services.stock.commands import post_issue, set_bins
from tests.conftest import Company
from tests.factories.trade import Trade, open_trade
from tests.widgets.desk import client_of
from tests.widgets.paper import office_words, printed, said
from widgets.base.print_dialog import PrintDialog
from widgets.base.tasks import tasks
from widgets.sales.order_form import OrderForm
from widgets.sales.print_data import order_data
from widgets.stock.issue_form import IssueForm


@pytest.fixture
def trade(company: Company) -> Iterator[Trade]:
    use_language("zh_CN")
    made = open_trade(company)
    made.receive(100, 100)
    yield made
    tasks().wait()


@pytest.mark.req("PLT-50", "PLT-54", "SAL-04")
def test_the_order_on_paper(trade: Trade, qtbot: QtBot, tmp_path: Path) -> None:
    order = trade.order(
        10, 5, subject="二期备件", consignee="单雄", discount_rate=98, freight="35", rounding_unit=1, round_down=True,
        required_on="2026-12-24",
    )  # fmt: skip
    page = OrderForm(client_of(trade.seller), order)
    qtbot.addWidget(page)
    page.show()
    qtbot.waitUntil(lambda: not page.busy)
    page.act("print")
    dialog = page.dialog
    assert isinstance(dialog, PrintDialog) and page.record is not None
    text = said(qtbot, dialog, tmp_path)
    # 660 × 98 % + 35 = 681.80, the tenths dropped
    for words in (
        page.record.number, "重庆长宏机电有限公司", "单雄", "二期备件", "2026-12-24", "不锈钢球阀", "660.00",
        "98%", "35.00", "-0.80", "681.00", "陆佰捌拾壹元整",
    ):  # fmt: skip
        assert words in text, words
    word, excel = office_words(tmp_path)
    assert "681.00" in word and "不锈钢球阀" in word and "98%" in word
    assert page.record.number in excel and "不锈钢球阀" in excel
    printed(qtbot, dialog, tmp_path / "printed.pdf")
    qtbot.waitUntil(lambda: page.record is not None and page.record.print_count == 1)
    dialog.close()


@pytest.mark.req("SAL-05", "PLT-50")
def test_a_total_typed_by_hand_is_said_on_paper(trade: Trade) -> None:
    order = trade.order(10, freight="35", total="450")
    with trade.seller.read_session() as session:
        document = order_document(order_data(read_order(session, order), client_of(trade.seller).dictionary))
    totals = {field.key: field.text for field in document.totals}
    assert (totals["freight"], totals["adjustment"]) == ("35.00", "-25.00"), "440 + 35 - 25 = 450"
    assert document.amount == 450


@pytest.mark.req("PLT-50", "PLT-54", "DLV-02")
def test_the_stock_issue_on_paper(trade: Trade, qtbot: QtBot, tmp_path: Path) -> None:
    issue = trade.ask([(line, 5) for line in trade.lines(trade.order(10, 5))])
    trade.keeper.write(set_bins, warehouse_id=trade.warehouse, bins=[(trade.products[0], "A-03-2")])
    page = IssueForm(client_of(trade.keeper), issue)
    qtbot.addWidget(page)
    page.show()
    qtbot.waitUntil(lambda: not page.busy)
    page.act("print")
    assert page.paper.dialog is not None
    text = said(qtbot, page.paper.dialog, tmp_path)
    assert f"#{issue}" in text and "尚未确认出库" in text and "法兰" in text, "the keeper's picking list"
    assert "货位" in text and "A-03-2" in text, "where he finds it"
    page.paper.dialog.close()
    lines = trade.issue_lines(issue)
    trade.keeper.write(post_issue, issue_id=issue, counted=[(lines[0], Decimal(3))])
    page.load()
    qtbot.waitUntil(lambda: page.record is not None and page.record.state == "posted" and not page.busy)
    page.act("print")
    assert page.record is not None and page.paper.dialog is not None
    text = said(qtbot, page.paper.dialog, tmp_path)
    assert (
        page.record.number in text
        and "重庆长宏机电有限公司" in text
        and "尚未" not in text
        and "A-03-2" in text
    )
    word, excel = office_words(tmp_path)
    assert page.record.number in word and "法兰" in word and "法兰" in excel
    printed(qtbot, page.paper.dialog, tmp_path / "printed.pdf")
    qtbot.waitUntil(lambda: page.record is not None and page.record.print_count == 1 and not page.busy)
    page.paper.dialog.close()
