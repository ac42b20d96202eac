"""Complaint: a cent stays unpaid for ever, advances belong to nothing, and what is due at different times does not
add up to what is owed."""

from __future__ import annotations

import datetime
import random
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from services import clock
from services.analysis import workbench
from services.checking import check
from services.customers.view import header
from services.entity import Query
from services.finance.commands import post_payment, reverse_payment, use_advance
from services.finance.queries import debtor, share_out
from services.listing import Listing
from services.session import log_in
from tests.conftest import Company
from tests.factories.trade import open_trade

CENT = Decimal("0.01")


@pytest.mark.req("FIN-02", "SAL-08")
def test_no_cent_is_left_of_orders_whose_lines_do_not_come_out_even(company: Company) -> None:
    """Thirds, discounts and freight: paid in parts and to the end, nothing is open, and the state says so."""
    trade = open_trade(company)
    orders = [
        trade.order(1, 1, 1, price="33.333333", discount_rate="97.77"),
        trade.order(3, 7, price="0.05", freight="0.07"),
        trade.order(7, price="14.285714", discount="0.01"),
    ]
    with trade.cashier.read_session() as session:
        owing = debtor(session, trade.customer)
    assert sum(order.open for order in owing.orders) == owing.receivable
    luck, left = random.Random(3), owing.receivable
    while left:
        part = min(left, Decimal(luck.randint(1, 4000)) / 100)
        with trade.cashier.read_session() as session:
            open_orders = debtor(session, trade.customer).orders
        trade.cashier.write(
            post_payment, customer_id=trade.customer, account_id=1, amount=part, date=clock.today(),
            orders=list(share_out(part, open_orders).items()),
        )  # fmt: skip
        left -= part
    assert trade.rows('SELECT gross - received FROM sales."order" WHERE id = ANY (%s)', orders) == [(0,)] * 3
    with trade.cashier.read_session() as session:
        owing = debtor(session, trade.customer)
    assert owing.receivable == 0 and not owing.orders and not owing.advances
    user = log_in(trade.seller)
    unpaid = Listing(Query("sales.order", data_class="unpaid"), user=user)
    with trade.seller.read_session() as session:
        assert unpaid.count(session) == 0


@pytest.mark.req("FIN-02", "WB-01")
def test_what_is_due_earlier_and_later_adds_up_to_what_is_owed(company: Company) -> None:
    """Orders of many days and terms, payments beyond them and taken back: by customer, what is overdue, due soon, due
    later, less his advances, is what he owes by the ledger, on his page and in the list."""
    trade = open_trade(company)
    admin, luck, today = company.psql(), random.Random(11), clock.today()
    customers = [trade.customer, trade.add_customer("杭州西湖阀门厂"), trade.add_customer("单县大众五金店")]
    for days, customer in zip((0, 30, 90), customers, strict=True):
        admin.execute("UPDATE customers.customer SET credit_days = %s WHERE id = %s", (days, customer))
    for turn in range(24):
        customer = customers[turn % 3]
        day = today - datetime.timedelta(days=luck.randint(0, 200))
        trade.order(
            luck.randint(1, 9), price=str(luck.randint(1, 99999) * CENT), customer=customer, date=str(day)
        )
    paid = []
    for turn in range(12):
        customer = customers[turn % 3]
        with trade.cashier.read_session() as session:
            owing = debtor(session, customer)
        amount = luck.randint(1, 90000) * CENT
        parts = list(share_out(amount, owing.orders[: luck.randint(0, 2)]).items())
        done = trade.cashier.write(
            post_payment, customer_id=customer, account_id=1, amount=amount, date=today, orders=parts
        )
        paid.append(done.id)
    with trade.cashier.read_session() as session:
        ahead = debtor(session, customers[0])
    part = min(ahead.advances[0].left, ahead.orders[0].open)
    trade.cashier.write(
        use_advance, payment_id=ahead.advances[0].payment_id, orders=[(ahead.orders[0].id, part)]
    )
    company.as_("accountant").write(reverse_payment, payment_id=paid[1], reason="银行退票")
    boss = company.as_("boss")
    user = log_in(boss)
    all_overdue = soon = later = Decimal(0)
    with boss.read_session() as session:
        for customer in customers:
            owing = debtor(session, customer)
            overdue = sum((o.open for o in owing.orders if o.due_on and o.due_on < today), Decimal(0))
            to_come = sum((o.open for o in owing.orders), Decimal(0)) - overdue
            advances = sum((a.left for a in owing.advances), Decimal(0))
            assert overdue + to_come - advances == owing.receivable
            ledger = trade.one("SELECT sum(delta) FROM finance.ledger WHERE customer_id = %s", customer)
            page = header(session, customer_id=customer, user=user)
            assert owing.receivable == ledger == page.receivable and page.overdue == overdue
            within = today + datetime.timedelta(days=workbench.DUE_WITHIN)
            soon += sum(
                (o.open for o in owing.orders if o.due_on and today <= o.due_on <= within), Decimal(0)
            )
            later += sum((o.open for o in owing.orders if o.due_on and o.due_on > within), Decimal(0))
            all_overdue += overdue
        due = workbench.receivables(session)
        assert (due.overdue, due.soon) == (all_overdue, soon) and all_overdue and soon and later
        listed = Listing(Query("sales.order", data_class="overdue"), user=user)
        sums = listed.totals(session)
        assert sums["gross"] - sums["received"] == all_overdue
        assert Listing(Query("customers.customer"), user=user).totals(session)["receivable"] == trade.one(
            "SELECT sum(delta) FROM finance.ledger"
        )
    with Session(company.as_("postgres").engine) as session:
        assert check(session) == []
