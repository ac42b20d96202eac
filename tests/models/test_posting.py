"""The main job in the database: order, payment, stock issue, delivery note, each by one function."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from services.commands import Changes, Work
from services.database import Database
from services.errors import NotAvailable, Refused
from tests.conftest import Company


def post(work: Work, *, function: str, **arguments: Any) -> Changes:
    """A posting function as a command."""
    return work.post(function, **arguments)


def run(database: Database, name: str, **arguments: Any) -> Changes:
    return database.write(post, function=name, **arguments)


@pytest.fixture
def goods(company: Company) -> dict[str, Any]:
    """A customer of sales1 with a credit limit, two products, 100 of each in the first warehouse."""
    admin = company.psql()
    seller = company.psql("sales1")
    row = seller.execute(
        "INSERT INTO customers.customer (name, credit_days) VALUES ('重庆长宏机电有限公司', 30) RETURNING id"
    ).fetchone()
    assert row is not None
    admin.execute("UPDATE customers.customer SET credit_limit = 5000 WHERE id = %s", row)
    products = [
        admin.execute(
            "INSERT INTO products.product (name, model, unit, list_price, lowest_price) VALUES (%s, %s, '个', %s, 5)"
            " RETURNING id",
            (name, model, price),
        ).fetchone()[0]  # type: ignore[index]
        for name, model, price in (("不锈钢球阀", "DN50", 44), ("法兰", "DN50", 12))
    ]
    warehouse = admin.execute("SELECT min(id) FROM stock.warehouse").fetchone()[0]  # type: ignore[index]
    keeper = company.as_("keeper1")
    receipt = run(
        keeper,
        "stock.save_receipt",
        warehouse_id=warehouse,
        kind="opening",
        lines=[
            {"product_id": p, "quantity": 100, "unit_cost": c} for p, c in zip(products, (20, 6), strict=True)
        ],
    )
    run(keeper, "stock.post_receipt", receipt_id=receipt.id)
    return {"customer": row[0], "products": products, "warehouse": warehouse}


def draft(seller: Database, goods: dict[str, Any], *quantities: int, price: str = "44") -> Changes:
    return run(
        seller,
        "sales.save_order",
        customer_id=goods["customer"],
        warehouse_id=goods["warehouse"],
        lines=[
            {
                "product_id": p,
                "quantity": q,
                "tax_price": price,
                "discount": 100,
                "tax_rate": 13,
            }
            for p, q in zip(goods["products"], quantities, strict=False)
        ],
    )


@pytest.mark.req("SAL-08", "DLV-02", "FIN-02", "STK-05")
def test_the_main_job(company: Company, goods: dict[str, Any]) -> None:
    seller, keeper, cashier = company.as_("sales1"), company.as_("keeper1"), company.as_("cashier1")
    saved = draft(seller, goods, 10, 5)
    confirmed = run(seller, "sales.confirm_order", order_id=saved.id)
    assert str(confirmed.result["number"]).startswith("XS")
    admin = company.psql()
    lines = [i for (i,) in admin.execute("SELECT id FROM sales.order_line ORDER BY position").fetchall()]
    issue = run(
        seller, "stock.make_issue", warehouse_id=goods["warehouse"], lines=[[lines[0], 10], [lines[1], 5]]
    )
    counted = [i for (i,) in admin.execute("SELECT id FROM stock.issue_line ORDER BY position").fetchall()]
    run(keeper, "stock.post_issue", issue_id=issue.ids["stock.issue"][0], counted=[[counted[0], 8]])
    paid = run(
        cashier,
        "finance.post_payment",
        customer_id=goods["customer"],
        amount="600",
        account_id=1,
        orders=[[saved.id, "500"]],
    )
    note = run(keeper, "delivery.make_note", issue_id=issue.ids["stock.issue"][0])
    assert str(paid.result["number"]).startswith("HK") and str(note.result["number"]).startswith("FH")
    order = admin.execute(
        'SELECT gross, received, open_quantity, issued_amount FROM sales."order"'
    ).fetchone()
    assert order == (Decimal("660.00"), Decimal("500.00"), Decimal(2), Decimal("572.00"))
    balance = admin.execute("SELECT on_hand, reserved FROM stock.balance ORDER BY product_id").fetchall()
    assert balance == [(Decimal(92), Decimal(2)), (Decimal(95), Decimal(0))]
    owed = admin.execute("SELECT receivable, ordered, paid, issued FROM customers.balance").fetchone()
    assert owed == (Decimal("60.00"), Decimal("660.00"), Decimal("600.00"), Decimal("572.00"))
    assert admin.execute("SELECT value FROM stock.cost ORDER BY product_id").fetchall() == [
        (Decimal("1840.00"),),
        (Decimal("570.00"),),
    ]


def test_what_a_confirmed_order_refuses(company: Company, goods: dict[str, Any]) -> None:
    seller = company.as_("sales1")
    saved = draft(seller, goods, 10)
    run(seller, "sales.confirm_order", order_id=saved.id)
    with pytest.raises(Refused, match=r"."):
        run(seller, "sales.confirm_order", order_id=saved.id)
    with pytest.raises(Refused):
        run(
            seller,
            "sales.save_order",
            id=saved.id,
            version=2,
            customer_id=goods["customer"],
            lines=[{"product_id": goods["products"][0], "quantity": 1, "tax_price": 1}],
        )


@pytest.mark.req("SAL-10")
def test_credit_limit_and_lowest_price(company: Company, goods: dict[str, Any]) -> None:
    seller = company.as_("sales1")
    too_much = draft(seller, goods, 200)
    with pytest.raises(Refused) as refused:
        run(seller, "sales.confirm_order", order_id=too_much.id)
    assert refused.value.values["limit"] == "5000.00"
    cheap = draft(seller, goods, 1, price="4.99")
    with pytest.raises(Refused) as refused:
        run(seller, "sales.confirm_order", order_id=cheap.id)
    assert refused.value.values["product"] == "不锈钢球阀"


@pytest.mark.req("SAL-04")
def test_what_is_taken_off_the_whole_is_taken_off_every_line(company: Company, goods: dict[str, Any]) -> None:
    """One dear line does not hide that another is sold below its lowest price of 5."""
    seller = company.as_("sales1")
    company.psql().execute(
        "UPDATE products.product SET lowest_price = NULL WHERE id = %s", (goods["products"][1],)
    )
    lines = [
        {
            "product_id": product,
            "quantity": 10,
            "tax_price": price,
            "discount": 100,
            "tax_rate": 0,
        }
        for product, price in zip(goods["products"], ("10", "300"), strict=False)
    ]
    for rate, allowed in (("49", False), ("50", True)):
        saved = run(
            seller, "sales.save_order", customer_id=goods["customer"], warehouse_id=goods["warehouse"],
            lines=lines, discount_rate=rate,
        )  # fmt: skip
        if allowed:
            run(seller, "sales.confirm_order", order_id=saved.id)
            continue
        with pytest.raises(Refused) as refused:
            run(seller, "sales.confirm_order", order_id=saved.id)
        assert refused.value.values == {"product": "不锈钢球阀", "price": "5"}


def test_other_teams_see_nothing(company: Company, goods: dict[str, Any]) -> None:
    stranger = company.as_("sales5")
    with pytest.raises(NotAvailable):
        draft(stranger, goods, 1)
    assert company.psql("sales5").execute("SELECT count(*) FROM customers.customer").fetchone() == (0,)
    assert company.psql("lead1").execute("SELECT count(*) FROM customers.customer").fetchone() == (1,)
    assert company.psql("boss").execute("SELECT count(*) FROM customers.customer").fetchone() == (1,)
    assert company.psql("sales1").execute("SELECT count(*) FROM products.cost").fetchone() == (0,)


@pytest.mark.req("STK-05")
def test_stock_never_goes_below_zero(company: Company, goods: dict[str, Any]) -> None:
    seller, keeper = company.as_("lead1"), company.as_("keeper1")
    saved = draft(seller, goods, 101)
    run(seller, "sales.confirm_order", order_id=saved.id)
    line = company.psql().execute("SELECT id FROM sales.order_line").fetchone()
    assert line is not None
    issue = run(seller, "stock.make_issue", warehouse_id=goods["warehouse"], lines=[[line[0], 101]])
    with pytest.raises(Refused) as refused:
        run(keeper, "stock.post_issue", issue_id=issue.ids["stock.issue"][0])
    assert refused.value.values == {"product": "不锈钢球阀 DN50", "on_hand": "100", "wanted": "101"}
