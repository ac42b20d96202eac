"""The paper of a stock receipt: what it says, in every form, to whom it tells costs, and that prints are counted."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from services.database import Database
from services.errors import ShukeError
from services.language import use_language
from services.prints import count_print
from services.stock.commands import ReceiptLineInput, post_receipt, save_receipt
from services.stock.queries import read_receipt
from tests.conftest import Company
from tests.factories.trade import Trade, open_trade
from tests.widgets.desk import client_of
from tests.widgets.paper import office_words, printed, said
from widgets.base.print_dialog import PrintDialog
from widgets.base.tasks import tasks
from widgets.stock.receipt_form import ReceiptForm


@pytest.fixture
def trade(company: Company, qapp: QApplication) -> Iterator[Trade]:
    use_language("zh_CN")
    yield open_trade(company)
    tasks().wait()


def draft(trade: Trade) -> int:
    return trade.keeper.write(
        save_receipt,
        warehouse_id=trade.warehouse,
        kind="purchase",
        remark="供方送货单 8812",
        lines=[
            ReceiptLineInput(trade.products[0], Decimal(26), Decimal("33.35"), "外箱有水渍"),
            ReceiptLineInput(trade.products[1], Decimal("7.5"), Decimal("9.1")),
        ],
    ).id


def preview(qtbot: QtBot, who: Database, receipt: int) -> tuple[ReceiptForm, PrintDialog]:
    page = ReceiptForm(client_of(who), receipt)
    qtbot.addWidget(page)
    page.show()
    qtbot.waitUntil(lambda: page.record is not None and not page.busy)
    page.act("print")
    assert page.paper.dialog is not None
    return page, page.paper.dialog


@pytest.mark.req("PLT-50", "PLT-54")
def test_a_stock_receipt_on_paper(trade: Trade, qtbot: QtBot, tmp_path: Path) -> None:
    trade.superuser.execute(
        "UPDATE products.product SET pack_unit = '箱', pack_factor = 12 WHERE id = %s", (trade.products[0],)
    )
    receipt = draft(trade)
    page, dialog = preview(qtbot, trade.keeper, receipt)
    text = said(qtbot, dialog, tmp_path)
    for words in (
        "入库单",
        f"#{receipt}",
        "不锈钢球阀",
        "法兰",
        "2箱 2个",
        "外箱有水渍",
        "供方送货单 8812",
        "核对",
    ):
        assert words in text, words
    assert not dialog.prices.isVisibleTo(dialog) and "33.35" not in text, "the keeper sees no cost"
    dialog.close()
    page.act("post")
    qtbot.waitUntil(lambda: page.record is not None and page.record.state == "posted" and not page.busy)
    page.act("print")
    again = page.paper.dialog
    assert again is not None and page.record is not None
    text = said(qtbot, again, tmp_path)
    assert page.record.number in text and "核对" not in text and "补打" not in text
    word, excel = office_words(tmp_path)
    assert "2箱 2个" in word and page.record.number in word and "33.35" not in word
    assert "2箱 2个" in excel and page.record.number in excel
    printed(qtbot, again, tmp_path / "printed.pdf")
    qtbot.waitUntil(lambda: page.record is not None and page.record.print_count == 1 and not page.busy)
    assert "1" in page.facts.text() and "打印" in page.facts.text()
    assert trade.one("SELECT print_count FROM stock.receipt WHERE id = %s", receipt) == 1
    again.close()


@pytest.mark.req("PLT-50", "ORG-14")
def test_who_sees_costs_chooses_whether_the_paper_says_them(
    trade: Trade, qtbot: QtBot, tmp_path: Path
) -> None:
    receipt = draft(trade)
    trade.keeper.write(post_receipt, receipt_id=receipt)
    _page, dialog = preview(qtbot, trade.company.as_("accountant"), receipt)
    assert dialog.prices.isVisibleTo(dialog) and dialog.prices.isChecked()
    text = said(qtbot, dialog, tmp_path)
    assert "33.35" in text and "867.10" in text and "935.35" in text, "each cost, each value, their sum"
    word, excel = office_words(tmp_path)
    assert "867.10" in word and "867.1" in excel
    dialog.prices.setChecked(False)
    assert "33.35" not in said(qtbot, dialog, tmp_path)
    dialog.close()


@pytest.mark.req("PLT-50")
def test_what_is_typed_is_saved_before_it_is_printed(trade: Trade, qtbot: QtBot) -> None:
    page, dialog = preview(qtbot, trade.keeper, draft(trade))
    dialog.close()
    qtbot.waitUntil(lambda: page.paper.dialog is None)
    page.remark.set_value("改过")
    page.set_dirty(True)
    page.act("print")
    assert page.paper.dialog is None
    assert page.messages.messages[-1].text == "请先保存，这样打印的内容与系统一致。"


@pytest.mark.req("PLT-54")
def test_prints_are_counted_for_who_sees_the_receipt(trade: Trade) -> None:
    receipt = draft(trade)
    for who in ("keeper2", "sales1"):
        with pytest.raises(ShukeError):
            trade.company.as_(who).write(count_print, entity="stock.receipt", record_id=receipt)
    with trade.keeper.read_session() as session:
        assert read_receipt(session, receipt).print_count == 0
