"""The receipt of a payment on paper: for what, in capitals, in another currency, void after a reversal."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from services.errors import ShukeError
from services.finance.commands import post_payment, reverse_payment
from services.language import use_language
from services.prints import count_print
from tests.conftest import Company
from tests.factories.trade import Trade, open_trade
from tests.widgets.desk import client_of
from tests.widgets.paper import office_words, printed, said
from widgets.base.print_dialog import PrintDialog
from widgets.base.tasks import tasks
from widgets.finance.payment_form import PaymentForm


@pytest.fixture
def trade(company: Company, qapp: QApplication) -> Iterator[Trade]:
    use_language("zh_CN")
    yield open_trade(company)
    tasks().wait()


def preview(qtbot: QtBot, page: PaymentForm) -> PrintDialog:
    qtbot.addWidget(page)
    page.show()
    qtbot.waitUntil(lambda: page.record is not None and not page.busy)
    page.act("print")
    assert page.paper.dialog is not None
    return page.paper.dialog


@pytest.mark.req("PLT-50", "PLT-54", "FIN-02")
def test_a_payment_on_paper(trade: Trade, qtbot: QtBot, tmp_path: Path) -> None:
    order = trade.order(10)
    number = trade.one('SELECT number FROM sales."order" WHERE id = %s', order)
    paid = trade.cashier.write(
        post_payment,
        customer_id=trade.customer,
        account_id=1,
        amount=Decimal("499.50"),
        rounding=Decimal("0.50"),
        charge=Decimal("2.20"),
        date=datetime.date(2026, 3, 5),
        orders=[(order, Decimal(440))],
        payer="单雄",
        reference="20260305-77",
        handled_by=client_of(trade.seller).user.id,
        remark="三月货款",
    )
    page = PaymentForm(client_of(trade.cashier), paid.id)
    dialog = preview(qtbot, page)
    text = said(qtbot, dialog, tmp_path)
    for words in (
        "收款收据", paid.result["number"], "重庆长宏机电有限公司", "单雄", "20260305-77", "2026-03-05", "三月货款",
        number, "440.00", "60.00", "-0.50", "499.50", "肆佰玖拾玖元伍角整", client_of(trade.seller).user.name,
    ):  # fmt: skip
        assert words in text, words
    assert "2.20" not in text, "what the bank kept is not the payer's"
    word, excel = office_words(tmp_path)
    assert "肆佰玖拾玖元伍角整" in word and number in word and "单雄" in word
    assert number in excel and "499.5" in excel
    printed(qtbot, dialog, tmp_path / "printed.pdf")
    qtbot.waitUntil(lambda: page.record is not None and page.record.print_count == 1 and not page.busy)
    assert "补打 第1次" in said(qtbot, dialog, tmp_path)
    dialog.close()


@pytest.mark.req("PLT-50", "FIN-02")
def test_a_receipt_that_was_reversed_says_so(trade: Trade, qtbot: QtBot, tmp_path: Path) -> None:
    accountant = trade.company.as_("accountant")
    paid = accountant.write(
        post_payment,
        customer_id=trade.customer,
        account_id=1,
        amount=Decimal(1),
        currency="currency.usd",
        currency_amount=Decimal("60"),
        rate=Decimal("7.125"),
        date=datetime.date.today(),
    )
    page = PaymentForm(client_of(accountant), paid.id)
    dialog = preview(qtbot, page)
    text = said(qtbot, dialog, tmp_path)
    assert "60.00" in text and "7.125" in text and "427.50" in text and "肆佰贰拾柒元伍角整" in text
    dialog.close()
    mirror = accountant.write(reverse_payment, payment_id=paid.id, reason="客户付错").id
    page.load()
    qtbot.waitUntil(lambda: page.record is not None and page.record.state == "reversed" and not page.busy)
    page.act("print")
    assert page.paper.dialog is not None
    assert "作废" in said(qtbot, page.paper.dialog, tmp_path)
    page.paper.dialog.close()
    dialog = preview(qtbot, PaymentForm(client_of(accountant), mirror))
    text = said(qtbot, dialog, tmp_path)
    assert paid.result["number"] in text and "-427.50" in text and "负肆佰贰拾柒元伍角整" in text
    dialog.close()


@pytest.mark.req("PLT-54")
def test_prints_are_counted_for_who_sees_the_payment(trade: Trade) -> None:
    paid = trade.cashier.write(
        post_payment, customer_id=trade.customer, account_id=1, amount=Decimal(5), date=datetime.date.today()
    ).id
    for who in ("keeper1", "sales5"):
        with pytest.raises(ShukeError):
            trade.company.as_(who).write(count_print, entity="finance.payment", record_id=paid)
    assert (
        trade.cashier.write(count_print, entity="finance.payment", record_id=paid).result["print_count"] == 1
    )
    assert (
        trade.seller.write(count_print, entity="finance.payment", record_id=paid).result["print_count"] == 2
    )
