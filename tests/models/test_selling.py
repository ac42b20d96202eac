"""A sale over the counter writes every row once; it must end exactly where the five steps end."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import psycopg
import pytest

from services.database import Database
from services.errors import NotAvailable, Refused, ShukeError
from tests.conftest import Company
from tests.factories.rights import keep
from tests.models.test_posting import run

FORGET = {
    "id", "number", "order_id", "order_line_id", "order_number", "issue_id", "payment_id", "document_id", "customer_id",
    "customer_name", "version", "created_at", "changed_at", "confirmed_at", "posted_at", "at", "search", "sort_name",
    "balance_after", "value_after", "receivable_after", "warehouse_id", "transaction", "record_id",
}  # fmt: skip
"""Columns that two sales cannot have in common."""


@pytest.fixture
def shop(company: Company) -> dict[str, Any]:
    """Two customers, three products (the last is a service), 100 of each piece in two warehouses."""
    admin, boss = company.psql(), company.as_("boss")
    keep(company, "boss")
    customers = [
        admin.execute(
            "INSERT INTO customers.customer (name, credit_limit, credit_days, owner_id)"
            " VALUES (%s, 90000, 30, (SELECT id FROM organisation.\"user\" WHERE login = 'sales1')) RETURNING id",
            (name,),
        ).fetchone()[0]  # type: ignore[index]
        for name in ("重庆长宏机电有限公司", "杭州西湖阀门厂")
    ]
    products = [
        admin.execute(
            "INSERT INTO products.product (name, model, unit, list_price, lowest_price, stocked)"
            " VALUES (%s, 'DN50', '个', 44, 5, %s) RETURNING id",
            (name, stocked),
        ).fetchone()[0]  # type: ignore[index]
        for name, stocked in (("不锈钢球阀", True), ("法兰", True), ("安装", False))
    ]
    for warehouse in (1, 2):
        lines = [
            {"product_id": p, "quantity": 100, "unit_cost": c}
            for p, c in zip(products, ("20", "6.3333"), strict=False)
        ]
        saved = run(boss, "stock.save_receipt", warehouse_id=warehouse, kind="opening", lines=lines)
        run(boss, "stock.post_receipt", receipt_id=saved.id)
    return {"customers": customers, "products": products}


def order(
    shop: dict[str, Any], customer: int, warehouse: int | None, *quantities: str, **more: Any
) -> dict[str, Any]:
    """Arguments of save_order: a line for each quantity, the second with 10 % off."""
    return {
        "customer_id": shop["customers"][customer],
        "warehouse_id": warehouse,
        "lines": [
            {
                "product_id": p,
                "quantity": q,
                "tax_price": "44",
                "discount": d,
                "tax_rate": 13,
            }
            for p, q, d in zip(shop["products"], quantities, (100, 90, 100), strict=False)
        ],
        **more,
    }


def state(admin: psycopg.Connection[Any], customer: int, warehouse: int) -> dict[str, list[dict[str, Any]]]:
    """All rows of one customer's sale and of one warehouse, without what cannot be the same."""
    mine = 'SELECT id FROM sales."order" WHERE customer_id = %(customer)s'
    issues = "SELECT id FROM stock.issue WHERE customer_id = %(customer)s"
    asked = {
        "order": 'SELECT * FROM sales."order" WHERE customer_id = %(customer)s',
        "line": f"SELECT * FROM sales.order_line WHERE order_id IN ({mine}) ORDER BY position",
        "issue": "SELECT * FROM stock.issue WHERE customer_id = %(customer)s",
        "issue line": f"SELECT * FROM stock.issue_line WHERE issue_id IN ({issues}) ORDER BY position",
        "payment": "SELECT * FROM finance.payment WHERE customer_id = %(customer)s",
        "allocation": f"SELECT * FROM finance.allocation WHERE order_id IN ({mine})",
        "ledger": "SELECT * FROM finance.ledger WHERE customer_id = %(customer)s ORDER BY id",
        "owed": "SELECT * FROM customers.balance WHERE id = %(customer)s",
        "journal": "SELECT * FROM stock.ledger WHERE warehouse_id = %(warehouse)s ORDER BY id",
        "cost journal": "SELECT * FROM stock.ledger_cost WHERE warehouse_id = %(warehouse)s ORDER BY id",
        "balance": "SELECT * FROM stock.balance WHERE warehouse_id = %(warehouse)s ORDER BY product_id",
        "cost": "SELECT * FROM stock.cost WHERE warehouse_id = %(warehouse)s ORDER BY product_id",
        "account": "SELECT delta, account_id, date FROM finance.account_ledger WHERE document_id IN"
        " (SELECT id FROM finance.payment WHERE customer_id = %(customer)s)",
    }
    found = {}
    for name, statement in asked.items():
        cursor = admin.execute(statement, {"customer": customer, "warehouse": warehouse})
        titles = [column.name for column in cursor.description or ()]
        found[name] = [
            {k: v for k, v in zip(titles, row, strict=True) if k not in FORGET} for row in cursor.fetchall()
        ]
    return found


def step_by_step(
    boss: Database, admin: psycopg.Connection[Any], arguments: dict[str, Any], paid: str | None
) -> None:
    """The five commands that a sale stands for."""
    saved = run(boss, "sales.save_order", **arguments)
    run(boss, "sales.confirm_order", order_id=saved.id)
    lines = admin.execute(
        "SELECT id, quantity::text FROM sales.order_line WHERE order_id = %s AND stocked ORDER BY position",
        (saved.id,),
    ).fetchall()
    issue = run(
        boss, "stock.make_issue", warehouse_id=arguments["warehouse_id"], lines=[list(line) for line in lines]
    )
    run(boss, "stock.post_issue", issue_id=issue.id)
    amount = paid or saved.result["gross"]
    run(boss, "finance.post_payment", customer_id=arguments["customer_id"], amount=amount, account_id=1,
        orders=[[saved.id, amount]])  # fmt: skip


@pytest.mark.req("SAL-08", "STK-05", "FIN-02")
@pytest.mark.parametrize(
    ("more", "paid"),
    [
        ({}, None),
        ({"discount": "3.5", "freight": "12", "subject": "急件", "remark": "带票"}, "100.01"),
        ({"total": "555.55"}, None),
    ],
)
def test_a_sale_ends_where_the_steps_end(
    company: Company, shop: dict[str, Any], more: dict[str, Any], paid: str | None
) -> None:
    boss, admin = company.as_("boss"), company.psql()
    quantities = ("7", "0.333", "2")
    step_by_step(boss, admin, order(shop, 0, 1, *quantities, **more), paid)
    sold = run(boss, "sales.sell", order=order(shop, 1, 2, *quantities, **more), account_id=1,
               **({"paid": paid} if paid else {}))  # fmt: skip
    steps, sale = state(admin, shop["customers"][0], 1), state(admin, shop["customers"][1], 2)
    assert sale == steps
    assert len(sale["journal"]) == 4 and sale["order"][0]["state"] == "confirmed"
    assert all(sold.result[kind] for kind in ("number", "issue", "payment"))
    # search and sorting are those that the trigger would compute from nothing
    for table in ('sales."order"', "stock.issue", "finance.payment"):
        (before,) = admin.execute(
            f"SELECT search, sort_name FROM {table} ORDER BY id DESC LIMIT 1"
        ).fetchall()
        name, number = admin.execute(
            f"SELECT customer_name, number FROM {table} ORDER BY id DESC LIMIT 1"
        ).fetchall()[0]
        subject = more.get("subject") if "order" in table else None
        issue = "issue" in table
        kinds = ["name", "number", "text", "several" if issue else "whose", "where"]
        whose, where = ("asked_by", "warehouse_id") if issue else ("owner_id", "NULL")
        scope = admin.execute(
            f"SELECT {whose}::text, {where}::text FROM {table} ORDER BY id DESC LIMIT 1"
        ).fetchone()
        computed = admin.execute(
            "SELECT app.search_text(%s::text[], %s::text[])::tsvector, app.sort_key(%s, false)",
            ([name, number, subject, *(scope or ())], kinds, name),
        ).fetchone()
        assert before == computed


def test_a_draft_can_be_sold_too(company: Company, shop: dict[str, Any]) -> None:
    boss, admin = company.as_("boss"), company.psql()
    saved = run(boss, "sales.save_order", **order(shop, 0, 1, "1"))
    sold = run(
        boss,
        "sales.sell",
        order=order(shop, 0, 1, "3", id=saved.id, version=saved.result["version"]),
        account_id=1,
    )
    assert sold.id == saved.id
    assert admin.execute('SELECT state, quantity, received FROM sales."order"').fetchall() == [
        ("confirmed", Decimal(3), Decimal(132))
    ]


@pytest.mark.req("SAL-10", "STK-05")
@pytest.mark.parametrize(
    ("change", "error", "values"),
    [
        (
            {"quantities": ("101",)},
            Refused,
            {"product": "不锈钢球阀 DN50", "on_hand": "100", "wanted": "101"},
        ),
        ({"quantities": ("-1",)}, Refused, {}),
        ({"quantities": ()}, Refused, {}),
        ({"warehouse": None}, Refused, {}),
        ({"paid": "44.01"}, Refused, {"open": "44.00"}),
        ({"credit": 43}, Refused, {"limit": "43.00", "order": "44.00"}),
        ({"lowest": 45}, Refused, {"product": "不锈钢球阀", "price": "45"}),
        ({"product": 10**9}, NotAvailable, {}),
        ({"customer": 10**9}, NotAvailable, {}),
        ({"warehouse": 10**9}, NotAvailable, {}),
        ({"account": 10**9}, NotAvailable, {}),
        ({"login": "sales5"}, ShukeError, {}),
        ({"login": "keeper1"}, ShukeError, {}),
    ],
)
def test_what_a_sale_refuses(
    company: Company,
    shop: dict[str, Any],
    change: dict[str, Any],
    error: type[ShukeError],
    values: dict[str, str],
) -> None:
    admin = company.psql()
    if "credit" in change or "lowest" in change:
        admin.execute(
            "UPDATE organisation.role SET rights = array_remove(array_remove(rights, 'sales.over_credit'),"
            " 'sales.price_below_limit')"
        )
        admin.execute("UPDATE customers.customer SET credit_limit = %s", (change.get("credit"),))
        admin.execute("UPDATE products.product SET lowest_price = %s", (change.get("lowest"),))
    arguments = order(shop, 0, change.get("warehouse", 1), *change.get("quantities", ("1",)))
    if "product" in change:
        arguments["lines"][0]["product_id"] = change["product"]
    arguments["customer_id"] = change.get("customer", arguments["customer_id"])
    before = admin.execute("SELECT sum(on_hand), count(*) FROM stock.balance").fetchone()
    seller = company.as_(change.get("login", "boss"))
    paid = {"paid": change["paid"]} if "paid" in change else {}
    with pytest.raises(error) as raised:
        run(seller, "sales.sell", order=arguments, account_id=change.get("account", 1), **paid)
    assert values.items() <= raised.value.values.items()
    assert admin.execute('SELECT count(*) FROM sales."order"').fetchone() == (0,)
    assert admin.execute("SELECT sum(on_hand), count(*) FROM stock.balance").fetchone() == before


SHOP = 3
"""The warehouse that cashier1 keeps."""


def stocked_shop(company: Company, shop: dict[str, Any]) -> None:
    """Ten of the first product in the cashier's own warehouse."""
    boss = company.as_("boss")
    line = {"product_id": shop["products"][0], "quantity": 10, "unit_cost": "20"}
    saved = run(boss, "stock.save_receipt", warehouse_id=SHOP, kind="opening", lines=[line])
    run(boss, "stock.post_receipt", receipt_id=saved.id)


@pytest.mark.req("ORG-06")
def test_the_cashier_sells_over_the_counter(company: Company, shop: dict[str, Any]) -> None:
    """By the right of its own: nothing else lets him confirm orders, issue goods or draw from other warehouses."""
    stocked_shop(company, shop)
    cashier, shell = company.as_("cashier1"), company.psql("cashier1")
    sold = run(cashier, "sales.sell", order=order(shop, 0, SHOP, "3"), account_id=1)
    assert all(sold.result[kind] for kind in ("number", "issue", "payment"))
    asked = 'SELECT o.state, o.received, u.login FROM sales."order" o JOIN organisation."user" u ON u.id = o.owner_id'
    assert shell.execute(asked).fetchall() == [("confirmed", Decimal(132), "cashier1")]
    left = company.psql().execute("SELECT on_hand FROM stock.balance WHERE warehouse_id = %s", (SHOP,))
    assert left.fetchone() == (Decimal(7),)
    with pytest.raises(Refused, match=r"keeper|仓库管理员"):
        run(cashier, "sales.sell", order=order(shop, 0, 1, "1"), account_id=1)
    draft = run(cashier, "sales.save_order", **order(shop, 0, SHOP, "1"))
    for command, arguments in (
        ("sales.confirm_order", {"order_id": draft.id}),
        ("stock.post_issue", {"issue_id": 1}),
        ("stock.make_issue", {"warehouse_id": SHOP, "lines": [[1, 1]]}),
    ):
        with pytest.raises(Refused, match=r"do not have the right|权限"):
            run(cashier, command, **arguments)
    taken_up = order(shop, 0, SHOP, "1", id=draft.id, version=draft.result["version"])
    with pytest.raises(Refused, match=r"do not have the right|权限"):
        run(cashier, "sales.sell", order=taken_up, account_id=1)


@pytest.mark.req("ORG-06")
@pytest.mark.parametrize("login", ["sales1", "keeper1", "lead1", "accountant", "buyer", "service1", "admin"])
def test_nobody_else_sells_over_the_counter(company: Company, shop: dict[str, Any], login: str) -> None:
    stocked_shop(company, shop)
    with pytest.raises(Refused, match=r"do not have the right|权限"):
        run(company.as_(login), "sales.sell", order=order(shop, 0, SHOP, "1"), account_id=1)
    assert company.psql().execute('SELECT count(*) FROM sales."order"').fetchone() == (0,)


@pytest.mark.req("ORG-06")
def test_the_right_to_sell_over_the_counter_goes_at_once(company: Company, shop: dict[str, Any]) -> None:
    """Taken away in the tick list: the open session of the cashier sells no more, whatever else he may."""
    stocked_shop(company, shop)
    cashier = company.as_("cashier1")
    run(cashier, "sales.sell", order=order(shop, 0, SHOP, "1"), account_id=1)
    company.psql().execute(
        "UPDATE organisation.role SET rights = array_remove(rights, 'sales.counter.sell')"
        " || '{sales.order.confirm,stock.issue.post,stock.issue.create}'::text[] WHERE code = 'cashier'"
    )
    with pytest.raises(Refused, match=r"do not have the right|权限"):
        run(cashier, "sales.sell", order=order(shop, 0, SHOP, "1"), account_id=1)


def test_the_journal_refuses_what_does_not_follow(company: Company, shop: dict[str, Any]) -> None:
    """Even the owner of the tables cannot book a movement that does not fit the balance before it."""
    admin = company.psql()
    product = shop["products"][0]
    for delta, after in ((-1, 98), (-1, None), (5, 100)):
        with pytest.raises(psycopg.Error):
            admin.execute(
                "INSERT INTO stock.ledger (document, document_id, number, warehouse_id, product_id, delta,"
                " balance_after) VALUES ('stock.issue', 1, 'x', 1, %s, %s, %s)", (product, delta, after),
            )  # fmt: skip
    assert admin.execute(
        "SELECT count(*) FROM stock.ledger WHERE document_id = 1 AND number = 'x'"
    ).fetchone() == (0,)
    with pytest.raises(psycopg.Error):
        admin.execute("UPDATE stock.balance SET on_hand = 1 WHERE product_id = %s", (product,))


def test_what_delivery_counts_may_change_on_a_line_and_nothing_else(
    company: Company, shop: dict[str, Any]
) -> None:
    run(company.as_("boss"), "sales.sell", order=order(shop, 0, 1, "2"), account_id=1)
    admin = company.psql()
    for column, value in (
        ("quantity", 3),
        ("tax_price", 1),
        ("gross", 1),
        ("remark", "x"),
        ("product_name", "x"),
    ):
        with pytest.raises(psycopg.Error) as refused:
            admin.execute(f"UPDATE sales.order_line SET {column} = %s", (value,))
        assert refused.value.sqlstate == "SK003"
    with pytest.raises(psycopg.Error) as refused:
        admin.execute("DELETE FROM sales.order_line")
    assert refused.value.sqlstate == "SK003"
    admin.execute("UPDATE sales.order_line SET delivered = 1, asked = 1")
