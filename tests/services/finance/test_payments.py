"""Payments: over several orders, several per order, advances used later, nothing left over."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.orm import Session

from services.checking import check
from services.commands import Changes
from services.errors import NotAvailable, Refused
from services.finance.commands import post_payment, reverse_payment, use_advance
from services.finance.entities import RATE_ENTITY
from services.finance.queries import accounts, debtor, read_payment, share_out
from services.records import create
from tests.conftest import Company
from tests.factories.trade import Trade, open_trade

TODAY = datetime.date.today()


@pytest.fixture
def trade(company: Company) -> Trade:
    return open_trade(company)


def pay(
    trade: Trade, amount: str, orders: Sequence[tuple[int, str]] = (), account: int = 1, **more: Any
) -> Changes:
    return trade.cashier.write(
        post_payment,
        customer_id=trade.customer,
        account_id=account,
        amount=Decimal(amount),
        date=TODAY,
        orders=[(order, Decimal(part)) for order, part in orders],
        **more,
    )


@pytest.mark.req("FIN-02")
def test_a_payment_over_two_orders_and_two_payments_of_one(trade: Trade) -> None:
    one, two = trade.order(10), trade.order(5)
    first = pay(trade, "500", [(one, "440"), (two, "60")])
    with trade.cashier.read_session() as session:
        owing = debtor(session, trade.customer)
    assert [(order.id, order.open) for order in owing.orders] == [(two, Decimal("160.00"))]
    assert (owing.receivable, owing.advances) == (Decimal("160.00"), ())
    pay(trade, "160", [(two, "160")])
    with trade.cashier.read_session() as session:
        owing = debtor(session, trade.customer)
        stored = read_payment(session, first.id)
        known = {account.id: account.balance for account in accounts(session)}
    assert (owing.orders, owing.receivable, known[1]) == ((), 0, Decimal("660.00"))
    assert [(part.order_id, part.amount) for part in stored.allocations] == [(one, 440), (two, 60)]
    assert (stored.customer, stored.advance) == ("重庆长宏机电有限公司", 0)


@pytest.mark.req("FIN-02")
def test_an_advance_is_used_later_in_parts(trade: Trade) -> None:
    paid = pay(trade, "1000")
    one, two = trade.order(10), trade.order(20)
    for part in ("100", "340"):
        trade.cashier.write(use_advance, payment_id=paid.id, orders=[(one, Decimal(part))])
    with pytest.raises(Refused) as refused:
        trade.cashier.write(use_advance, payment_id=paid.id, orders=[(two, Decimal("560.01"))])
    assert refused.value.values["open"] == "560.00"
    trade.cashier.write(use_advance, payment_id=paid.id, orders=[(two, Decimal("560"))])
    with trade.cashier.read_session() as session:
        owing = debtor(session, trade.customer)
    assert [(order.id, order.open) for order in owing.orders] == [(two, 320)]
    assert owing.advances == () and owing.receivable == 320
    # neither the customer's nor the account's money moved a second time
    assert trade.one("SELECT count(*) FROM finance.ledger WHERE kind = 'payment'") == 1
    assert trade.one("SELECT balance FROM finance.account_balance WHERE id = 1") == 1000


def test_what_a_payment_refuses(trade: Trade) -> None:
    one = trade.order(10)
    stranger = trade.add_customer("别家公司")
    others = trade.order(1, customer=stranger)
    for amount, orders in (
        ("440.01", [(one, "440.01")]),
        ("100", [(one, "100.01")]),
        ("100", [(others, "44")]),
        ("100", [(one, "0")]),
        ("0", []),
        ("-5", []),
    ):
        with pytest.raises(Refused):
            pay(trade, amount, orders)
    advance = pay(trade, "50")
    with pytest.raises(Refused):
        trade.cashier.write(use_advance, payment_id=advance.id, orders=[(others, Decimal(1))])
    with pytest.raises(Refused):
        trade.seller.write(use_advance, payment_id=advance.id, orders=[(one, Decimal(1))])
    trade.company.psql().execute("UPDATE finance.account SET active = false WHERE id = 2")
    with pytest.raises(Refused):
        pay(trade, "1", account=2)
    assert trade.one("SELECT count(*) FROM finance.payment") == 1


def test_other_teams_see_no_payment(trade: Trade) -> None:
    paid = pay(trade, "50")
    with trade.company.as_("sales5").read_session() as session, pytest.raises(NotAvailable):
        read_payment(session, paid.id)
    with trade.seller.read_session() as session:
        assert read_payment(session, paid.id).amount == 50
        assert {account.balance for account in accounts(session)} == {None}


@pytest.mark.req("FIN-02")
def test_money_goes_to_the_oldest_orders_to_the_cent(trade: Trade) -> None:
    for price in ("33.33", "33.33", "33.34"):
        trade.order(1, price=price)
    with trade.cashier.read_session() as session:
        orders = debtor(session, trade.customer).orders
    assert list(share_out(Decimal("100"), orders).values()) == [
        Decimal("33.33"),
        Decimal("33.33"),
        Decimal("33.34"),
    ]
    assert list(share_out(Decimal("40"), orders).values()) == [Decimal("33.33"), Decimal("6.67")]
    pay(trade, "100", [(key, str(part)) for key, part in share_out(Decimal("100"), orders).items()])
    assert trade.rows('SELECT gross - received FROM sales."order"') == [(0,)] * 3


def sums(trade: Trade) -> tuple[Decimal, Decimal]:
    """What the customer owes, and what the first account holds."""
    owed = trade.one("SELECT receivable FROM customers.balance WHERE id = %s", trade.customer)
    return owed, trade.one("SELECT balance FROM finance.account_balance WHERE id = 1")


def wrong(trade: Trade) -> list[str]:
    """What ``shuke check`` finds."""
    with Session(trade.company.as_("postgres").engine) as session:
        return [str(difference) for difference in check(session)]


@pytest.mark.req("FIN-02")
def test_the_bank_keeps_its_charge_and_cents_are_let_go(trade: Trade) -> None:
    order = trade.order(10)  # 440.00
    paid = pay(trade, "439.60", [(order, "440")], charge=Decimal("2.50"), rounding=Decimal("0.40"))
    assert sums(trade) == (0, Decimal("437.10"))
    with trade.cashier.read_session() as session:
        stored = read_payment(session, paid.id)
    assert (stored.credited, stored.advance, stored.charge) == (440, 0, Decimal("2.50"))
    for refused in (
        {"rounding": Decimal("1.01")},
        {"rounding": Decimal("-1.01")},
        {"charge": Decimal("10")},
        {"charge": Decimal("-1")},
        {"exchange_difference": Decimal("1")},
    ):
        with pytest.raises(Refused):
            pay(trade, "10", **refused)
    assert wrong(trade) == []


@pytest.mark.req("FIN-02")
def test_dollars_are_worth_the_days_rate_and_the_difference_is_kept(trade: Trade) -> None:
    accountant = trade.company.as_("accountant")
    for day, rate in ((TODAY - datetime.timedelta(days=9), "7.3"), (TODAY, "7.125")):
        accountant.write(
            create,
            entity=RATE_ENTITY,
            values={"currency": "currency.usd", "date": day, "rate": Decimal(rate)},
        )
    order = trade.order(10)  # 440.00, agreed as 60 dollars
    paid = pay(
        trade,
        "1",
        [(order, "440")],
        currency="currency.usd",
        currency_amount=Decimal("60"),
        exchange_difference=Decimal("12.50"),
    )
    with trade.cashier.read_session() as session:
        stored = read_payment(session, paid.id)
    assert (stored.amount, stored.rate, stored.credited) == (Decimal("427.50"), Decimal("7.125"), 440)
    assert sums(trade) == (0, Decimal("427.50"))
    with pytest.raises(Refused):  # no rate is known
        pay(trade, "1", currency="currency.eur", currency_amount=Decimal("60"))
    with pytest.raises(Refused):  # more than a tenth
        pay(
            trade,
            "1",
            currency="currency.usd",
            currency_amount=Decimal("60"),
            exchange_difference=Decimal("43"),
        )


@pytest.mark.req("FIN-02")
def test_a_payment_is_reversed_by_its_mirror_image(trade: Trade) -> None:
    one, two = trade.order(10), trade.order(5)
    paid = pay(trade, "500", [(one, "440")], charge=Decimal("3"))
    trade.cashier.write(use_advance, payment_id=paid.id, orders=[(two, Decimal("60"))])
    accountant = trade.company.as_("accountant")
    with pytest.raises(Refused):  # the cashier has no right to it
        trade.cashier.write(reverse_payment, payment_id=paid.id, reason="银行退票")
    with pytest.raises(Refused):
        accountant.write(reverse_payment, payment_id=paid.id, reason=" ")
    done = accountant.write(reverse_payment, payment_id=paid.id, reason="银行退票")
    assert sums(trade) == (660, 0)
    assert trade.rows('SELECT received FROM sales."order"') == [(0,), (0,)]
    with trade.cashier.read_session() as session:
        stored, mirror = read_payment(session, paid.id), read_payment(session, done.id)
        assert debtor(session, trade.customer).advances == ()
    assert (stored.state, mirror.state, mirror.amount) == ("reversed", "reversed", -500)
    assert mirror.reverses == (paid.id, stored.number) and mirror.remark == "银行退票"
    for again in (paid.id, done.id):
        with pytest.raises(Refused):
            accountant.write(reverse_payment, payment_id=again, reason="再来一次")
    with pytest.raises(Refused):
        trade.cashier.write(use_advance, payment_id=paid.id, orders=[(two, Decimal("1"))])
    assert wrong(trade) == []
