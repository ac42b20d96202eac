"""The cashier pays two orders by keyboard, and uses an advance later."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from services.clock import today
from services.errors import Refused
from services.finance.commands import post_payment, use_advance
from tests.conftest import Company
from tests.factories.trade import Trade, open_trade
from tests.widgets.desk import client_of
from tests.widgets.paper_trail import Hand
from widgets.finance.payment_form import PaymentForm

pytestmark = pytest.mark.usefixtures("english")


@pytest.fixture
def trade(company: Company) -> Trade:
    return open_trade(company)


def parts(page: PaymentForm) -> list[Decimal | None]:
    return [row["part"] for row in page.grid.lines.rows]


@pytest.mark.req("FIN-02")
def test_a_cashier_takes_money_for_two_orders(trade: Trade, qtbot: QtBot) -> None:
    one, two = trade.order(10), trade.order(5)
    page = PaymentForm(client_of(trade.cashier))
    hand = Hand(qtbot, page)
    hand.wait(lambda: hand.focus() is page.fields.customer.input())
    hand.type("cqch")
    hand.wait(lambda: page.fields.customer.popup.isVisible())
    hand.enter()
    hand.wait(lambda: page.fields.customer.value() == trade.customer)
    hand.settle()
    assert "2 open orders" in page.parts.facts.text() and "660.00" in page.parts.facts.text()
    if hand.focus() is page.fields.customer.input():
        hand.enter()
    assert hand.focus() is page.fields.amount.input()
    hand.type("500")
    assert parts(page) == [440, 60], "the oldest first, by itself"
    hand.enter()
    hand.enter()  # the account that is used most is filled in
    hand.wait(lambda: page.grid.editing())
    hand.type("400")
    hand.enter()
    hand.wait(lambda: page.grid.currentIndex().row() == 1 and page.grid.editing())
    hand.type("300")
    hand.enter()
    assert page.grid.editing() and parts(page) == [400, 60], "more than the order has open is not taken"
    hand.focus().selectAll()  # type: ignore[attr-defined]
    hand.type("90")
    hand.enter()
    QApplication.processEvents()
    assert "490.00" in page.parts.summary.text() and "10.00" in page.parts.summary.text()
    hand.f9()
    hand.settle()
    assert page.record is not None and page.record.advance == 10 and "HK" in hand.said()
    assert trade.rows('SELECT received FROM sales."order" ORDER BY id') == [(400,), (90,)]
    assert dict(trade.rows("SELECT order_id, amount FROM finance.allocation")) == {
        one: 400,
        two: 90,
    }


@pytest.mark.req("FIN-02", "PLT-07")
def test_shift_tab_leaves_the_orders_upwards(trade: Trade, qtbot: QtBot) -> None:
    """Complaint: the order in which Tab goes is broken. Back from the first line one comes to the fields above."""
    trade.order(10), trade.order(5)
    page = PaymentForm(
        client_of(trade.cashier), None, {"customer_id": trade.customer, "amount": Decimal("500")}
    )
    hand = Hand(qtbot, page)
    page.grid.begin(1, "part")
    shift = Qt.KeyboardModifier.ShiftModifier
    hand.wait(page.grid.editing)
    hand.key(Qt.Key.Key_Backtab, shift)
    hand.wait(lambda: page.grid.editing() and page.grid.currentIndex().row() == 0)
    hand.key(Qt.Key.Key_Backtab, shift)
    hand.wait(lambda: any(editor.isAncestorOf(hand.focus()) for editor in page.editors.values()))
    assert parts(page) == [440, 60]


def test_more_to_orders_than_was_paid_is_shown_and_refused(trade: Trade, qtbot: QtBot) -> None:
    trade.order(10)
    page = PaymentForm(
        client_of(trade.cashier), None, {"customer_id": trade.customer, "amount": Decimal("100")}
    )
    hand = Hand(qtbot, page)
    assert parts(page) == [100]
    page.grid.begin(0, "part")
    hand.type("200")
    hand.enter()
    assert "100.00 more is given" in page.parts.summary.text()
    hand.f9()
    assert "More is given to orders than was paid." in hand.said()
    assert trade.one("SELECT count(*) FROM finance.payment") == 0 and page.dirty()
    page.fields.amount.set_value(None)
    hand.f9()
    assert page.fields.amount.error()


@pytest.mark.req("FIN-02")
def test_an_advance_is_given_to_orders_later(trade: Trade, qtbot: QtBot) -> None:
    paid = trade.cashier.write(
        post_payment,
        customer_id=trade.customer,
        account_id=1,
        amount=Decimal(500),
        date=datetime.date.today(),
    ).id
    trade.order(10), trade.order(10)
    page = PaymentForm(client_of(trade.cashier), paid)
    hand = Hand(qtbot, page)
    qtbot.keyClick(page, Qt.Key.Key_F8)
    assert parts(page) == [440, 60]
    qtbot.keyClick(page, Qt.Key.Key_F8)
    hand.settle()
    hand.wait(lambda: page.record is not None and page.record.advance == 0)
    assert trade.rows('SELECT gross - received FROM sales."order" ORDER BY id') == [(0,), (380,)]
    assert not page.buttons["allocate"].isVisibleTo(page)


@pytest.mark.req("FIN-02")
def test_dollars_are_typed_and_the_payment_is_reversed(trade: Trade, qtbot: QtBot) -> None:
    trade.order(10)
    page = PaymentForm(client_of(trade.company.as_("accountant")), None, {"customer_id": trade.customer})
    hand = Hand(qtbot, page)
    page.fields.currency.set_value("currency.usd")
    page.fields.currency.changed.emit()
    assert page.fields.currency_amount.line.isEnabled() and page.fields.amount.line.isReadOnly()
    for editor, text in ((page.fields.currency_amount, "60"), (page.fields.rate, "7.125")):
        editor.setFocus()
        hand.type(text)
        hand.enter()
    assert page.fields.amount.value() == Decimal("427.50") and parts(page) == [Decimal("427.50")]
    page.fields.difference.setFocus()
    hand.type("12.5")
    hand.enter()
    assert parts(page) == [440]
    page.act("post")
    hand.settle()
    assert page.record is not None and page.record.credited == 440
    page.act("reverse")
    assert page.dialog is not None
    page.dialog.said.setText("银行退票")
    page.dialog.accept()
    hand.settle()
    assert page.record is not None and page.record.state == "reversed" and "HK" in hand.said()
    assert trade.rows('SELECT received FROM sales."order"') == [(0,)]


@pytest.mark.req("FIN-02")
def test_the_rate_is_that_of_the_day_and_somebody_took_the_money(trade: Trade, qtbot: QtBot) -> None:
    day = today()
    for since, rate in (
        (day - datetime.timedelta(days=20), "7.1"),
        (day - datetime.timedelta(days=3), "7.3"),
    ):
        trade.superuser.execute(
            "INSERT INTO finance.rate (currency, date, rate) VALUES ('currency.usd', %s, %s)", (since, rate)
        )
    trade.order(10)
    page = PaymentForm(client_of(trade.cashier), None, {"customer_id": trade.customer})
    hand = Hand(qtbot, page)
    fields = page.fields
    fields.currency.set_value("currency.usd")
    fields.currency.changed.emit()
    assert fields.rate.value() == Decimal("7.3")
    fields.date.set_value(day - datetime.timedelta(days=10))
    fields.date.changed.emit()
    assert fields.rate.value() == Decimal("7.1"), "what it was worth on the day it was paid"
    fields.date.set_value(day - datetime.timedelta(days=30))
    fields.date.changed.emit()
    assert fields.rate.value() is None, "there was no rate yet: it has to be typed"
    fields.date.set_value(day - datetime.timedelta(days=10))
    fields.date.changed.emit()
    fields.currency_amount.setFocus()
    hand.type("50")
    hand.enter()
    cashier = trade.one("SELECT id FROM organisation.\"user\" WHERE login = 'cashier1'")
    seller = trade.one("SELECT id FROM organisation.\"user\" WHERE login = 'sales1'")
    assert fields.handled_by.value() == cashier
    fields.handled_by.set_value(seller)
    page.act("post")
    hand.settle()
    assert page.record is not None and page.record.amount == 355
    assert (page.record.handled_by, page.record.created_by) == (seller, cashier)
    trade.superuser.execute("UPDATE organisation.\"user\" SET active = false WHERE login = 'sales8'")
    gone = trade.one("SELECT id FROM organisation.\"user\" WHERE login = 'sales8'")
    with pytest.raises(Refused, match="works here"):
        trade.cashier.write(
            post_payment,
            customer_id=trade.customer,
            account_id=1,
            amount=Decimal(1),
            date=day,
            handled_by=gone,
        )


@pytest.mark.req("FIN-02")
def test_every_kind_into_every_account_is_read_back(trade: Trade, qtbot: QtBot) -> None:
    """An order paid in parts, each by another way and into another account: the form, the list and the account's
    balance say what was typed; a deposit taken before the order pays it last."""
    client = client_of(trade.cashier)
    kinds = sorted(choice for choice in client.dictionary.choices if choice.startswith("payment_kind."))
    places = [i for (i,) in trade.rows("SELECT id FROM finance.account WHERE active ORDER BY id")]
    seller = trade.one("SELECT id FROM organisation.\"user\" WHERE login = 'sales1'")
    deposit = PaymentForm(client, None, {"customer_id": trade.customer})
    hand = Hand(qtbot, deposit)
    deposit.fields.amount.set_value(Decimal("37.50"))
    deposit.fields.kind.set_value("payment_kind.advance")
    deposit.act("post")
    hand.settle()
    assert deposit.record is not None and deposit.record.advance == Decimal("37.50"), hand.said()
    order = trade.order(10)
    expected: dict[int, tuple[object, ...]] = {}
    balances = dict.fromkeys(places, Decimal(0))
    balances[places[0]] += Decimal("37.50")
    part = Decimal("13.25")
    for at, kind in enumerate(kinds):
        page = PaymentForm(client, None, {"customer_id": trade.customer})
        hand = Hand(qtbot, page)
        typed = {
            "kind": kind,
            "account_id": places[at % len(places)],
            "payer": f"财务部{at}",
            "reference": f"2026-{at:03}",
            "remark": f"第{at + 1}笔",
            "handled_by": seller,
            "charge": Decimal("0.25"),
            "date": today() - datetime.timedelta(days=at),
            "amount": part,
        }
        for key, value in typed.items():
            page.fields.editors()[key].set_value(value)
            page.fields.editors()[key].changed.emit()
        page.parts.grid.lines.rows[0]["part"] = part
        page.act("post")
        hand.settle()
        assert page.record is not None, hand.said()
        again = PaymentForm(client, page.record.id)
        Hand(qtbot, again)
        shown = again.fields.editors()
        assert {key: shown[key].value() for key in typed if key != "account_id"} == {
            key: value for key, value in typed.items() if key != "account_id"
        }
        expected[page.record.id] = (kind, f"财务部{at}", f"2026-{at:03}", part, part)
        balances[places[at % len(places)]] += part - Decimal("0.25")
    stored = {
        row[0]: row[1:]
        for row in trade.rows(
            "SELECT p.id, p.kind, p.payer, p.reference, p.amount, a.amount FROM finance.payment p"
            " JOIN finance.allocation a ON a.payment_id = p.id"
        )
    }
    assert stored == expected
    assert (
        dict(trade.rows("SELECT id, balance FROM finance.account_balance")).items()
        >= {place: balance for place, balance in balances.items() if balance}.items()
    )
    assert trade.one('SELECT received FROM sales."order" WHERE id = %s', order) == part * len(kinds)
    trade.cashier.write(use_advance, payment_id=deposit.record.id, orders=[(order, Decimal("37.50"))])
    assert trade.one('SELECT received FROM sales."order" WHERE id = %s', order) == part * len(
        kinds
    ) + Decimal("37.50")
