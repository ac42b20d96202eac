"""No document of the year 1, nor of a day that nobody will see: one mechanism for all that have a number and a date."""

from __future__ import annotations

import datetime
from typing import Any

import psycopg
import pytest

from services.checks import LONGEST_TERM
from services.clock import today
from services.errors import Invalid
from tests.conftest import Company
from tests.factories.shop import run
from tests.factories.trade import open_trade

DOCUMENTS = {
    "sales.order", "stock.receipt", "stock.issue", "delivery.dispatch", "delivery.note", "purchasing.request",
    "finance.payment", "finance.ledger",
}  # fmt: skip


def test_every_document_is_bound(office: Company) -> None:
    bound = (
        office.psql()
        .execute("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'a_days'")
        .fetchall()
    )
    assert {str(name).replace('"', "") for (name,) in bound} >= DOCUMENTS - {"finance.ledger"}


@pytest.mark.req("SAL-04", "FIN-02", "STK-03")
def test_days_that_no_document_has(company: Company) -> None:
    trade = open_trade(company)
    year = datetime.timedelta(366)
    line = {"product_id": trade.products[0], "quantity": 1, "tax_price": 44}
    order: dict[str, Any] = {"customer_id": trade.customer, "warehouse_id": trade.warehouse, "lines": [line]}
    receipt = {"warehouse_id": trade.warehouse, "kind": "purchase", "lines": [{**line, "unit_cost": 1}]}
    payment = {"customer_id": trade.customer, "account_id": 1, "amount": 1}
    for who, function, arguments, key in (
        (trade.seller, "sales.save_order", order, "date"),
        (trade.seller, "sales.save_order", order, "required_on"),
        (trade.keeper, "stock.save_receipt", receipt, "date"),
        (trade.cashier, "finance.post_payment", payment, "date"),
    ):
        last = today() + (year if key == "date" else 10 * year)
        ahead = function != "finance.post_payment"  # money does not lie in the future at all
        far = (str(last + datetime.timedelta(30)), "9999-12-31") if ahead else ()
        for day in ("0001-01-01", "0206-03-04", "1989-12-31", *far):
            with pytest.raises(Invalid, match="1990-01-01") as refused:
                run(who, function, **arguments, **{key: day})
            assert refused.value.field == key, function
        run(who, function, **arguments, **{key: str(today() + datetime.timedelta(300 if ahead else 0))})
        run(who, function, **arguments, **{key: "1990-01-01"})


@pytest.mark.req("SAL-04", "CUS-01")
def test_the_longest_term_holds_for_an_order_of_next_year(company: Company) -> None:
    trade = open_trade(company)
    company.psql().execute("UPDATE customers.customer SET credit_days = %s", (LONGEST_TERM,))
    day = today() + datetime.timedelta(365)
    line = {"product_id": trade.products[0], "quantity": 1, "tax_price": 44}
    run(
        trade.seller,
        "sales.save_order",
        customer_id=trade.customer,
        warehouse_id=trade.warehouse,
        date=str(day),
        lines=[line],
    )
    assert company.psql().execute('SELECT due_on FROM sales."order"').fetchone() == (
        day + datetime.timedelta(LONGEST_TERM),
    )


def test_by_psql_too(company: Company) -> None:
    trade = open_trade(company)
    seller = company.psql("sales1")
    insert = "INSERT INTO purchasing.request (product_id, quantity, date, wanted_on) VALUES (%s, 1, %s, %s)"
    for date, wanted in (("0001-01-01", None), (str(today()), "0206-01-01"), ("9999-01-01", None)):
        with pytest.raises(psycopg.Error) as refused:
            seller.execute(insert, (trade.products[0], date, wanted))
        assert refused.value.sqlstate == "SK001"
