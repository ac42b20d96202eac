"""A payment is typed while somebody else takes money for the same orders."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest
from pytestqt.qtbot import QtBot

from services.finance.commands import post_payment
from tests.conftest import Company
from tests.factories.trade import Trade, open_trade
from tests.widgets.desk import changed_elsewhere, client_of
from tests.widgets.finance.test_payment_page import parts
from tests.widgets.paper_trail import Hand
from widgets.finance.payment_form import PaymentForm

pytestmark = pytest.mark.usefixtures("english")


@pytest.fixture
def trade(company: Company) -> Trade:
    return open_trade(company)


def pay_elsewhere(trade: Trade, order: int, amount: str) -> None:
    """The other cashier is given money for an order."""
    trade.company.as_("cashier2").write(
        post_payment, customer_id=trade.customer, account_id=1, amount=Decimal(amount),
        date=datetime.date.today(), orders=[(order, Decimal(amount))],
    )  # fmt: skip


@pytest.mark.req("FIN-02", "PLT-08")
def test_what_a_colleague_is_paid_meanwhile_is_not_paid_again(trade: Trade, qtbot: QtBot) -> None:
    """Complaint: money was booked on a bill that was paid, or had become smaller, since the page was opened."""
    one, two = trade.order(10), trade.order(5)
    client = client_of(trade.cashier)
    page = PaymentForm(client, None, {"customer_id": trade.customer, "amount": Decimal("500")})
    hand = Hand(qtbot, page)
    page.fields.remark.set_value("现金")
    assert parts(page) == [440, 60]
    pay_elsewhere(trade, one, "400")
    changed_elsewhere(client, "sales.order", one)
    hand.settle()
    assert parts(page) == [40, 220], "shared out anew over what is open now"
    assert "meanwhile" in hand.said() and page.fields.remark.value() == "现金"
    page.grid.begin(1, "part")
    hand.type("150")
    hand.enter()
    pay_elsewhere(trade, two, "100")
    changed_elsewhere(client, "sales.order", two)
    hand.settle()
    assert parts(page) == [40, 120], "what was typed stays, up to what is open"
    # nobody told the page of the last one: the database knows
    pay_elsewhere(trade, one, "40")
    hand.f9()
    assert "only 0.00 are unpaid" in hand.said() and page.record_id is None and page.dirty()
    hand.settle()
    assert parts(page) == [None, 120] and page.fields.amount.value() == 500
    hand.f9()
    assert page.record is not None and page.record.advance == 380
    assert trade.rows('SELECT gross - received FROM sales."order" ORDER BY id') == [(0,), (0,)]


def test_a_part_that_is_being_typed_stays_open(trade: Trade, qtbot: QtBot) -> None:
    """Somebody else's payment does not close the cell, nor take away what stands half typed in it."""
    one, _two = trade.order(10), trade.order(5)
    client = client_of(trade.cashier)
    page = PaymentForm(client, None, {"customer_id": trade.customer, "amount": Decimal("500")})
    hand = Hand(qtbot, page)
    page.grid.begin(1, "part")
    hand.wait(page.grid.editing)
    hand.type("12")
    pay_elsewhere(trade, one, "400")
    changed_elsewhere(client, "sales.order", one)
    hand.settle()
    assert page.grid.editing()
    hand.type("3")
    hand.enter()
    assert parts(page) == [40, 123]
