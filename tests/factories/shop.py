"""A small shop: two customers of sales1, six products with stock, prices at every level and costs."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from services.commands import Changes, Work
from services.database import Database
from services.products import commands
from services.products.details import details_of
from tests.conftest import Company

PRODUCTS = (
    ("不锈钢球阀", "DN50", "304", "GLQF-50", "6901234500018", "个", "44", "40", "20", 1000),
    ("法兰", "DN50 PN16", "碳钢", "FL-50", "6901234500025", "片", "12", "10", "6", 3000),
    ("四氟垫片", "DN50", "", "DP-50", "6901234500032", "片", "1.20", "1.05", "0.71", 640),
    ("重型截止阀", "J41H-16C", "", "JZF-16", "6901234500049", "台", "320", None, "205", 12),
    ("长乐牌弯头", "DN25", "", "WT-25", "6901234500056", "个", "6.80", "5", "3.10", 0),
    ("单向阀", "H12", "", "DXF-12", "6901234500063", "个", "58", "50", "31", 90),
)
"""Name, model, specification, number, bar code, unit, list price, lowest price, cost, stock."""


@dataclass(frozen=True)
class Shop:
    """Ids of what was made."""

    customer: int
    """重庆长宏机电有限公司: VIP level, limit 5,000.00, 30 days."""
    other: int
    """单县大众五金店: no limit, no level."""
    contact: int
    products: tuple[int, ...]
    service: int
    """A product without stock."""
    warehouse: int
    levels: tuple[int, ...]


def post(work: Work, *, function: str, **arguments: Any) -> Changes:
    """A posting function as a command."""
    return work.post(function, **arguments)


def run(database: Database, name: str, **arguments: Any) -> Changes:
    """Call a posting function as the person of ``database``."""
    return database.write(post, function=name, **arguments)


def open_shop(company: Company) -> Shop:
    """Fill ``company``; customers belong to sales1, the goods lie in the first warehouse."""
    admin, seller = company.psql(), company.psql("sales1")

    def one(connection: Any, statement: str, *values: Any) -> int:
        return int(connection.execute(statement, values).fetchone()[0])

    levels = tuple(i for (i,) in admin.execute("SELECT id FROM products.price_level ORDER BY position"))
    warehouse = one(admin, "SELECT min(id) FROM stock.warehouse")
    customer = one(
        seller,
        "INSERT INTO customers.customer (name, short_name, credit_days, price_level_id, address, phone)"
        " VALUES ('重庆长宏机电有限公司', '长宏', 30, %s, '重庆市九龙坡区石坪桥横街69号', '023-68650001')"
        " RETURNING id",
        levels[2],
    )
    # for which a salesperson has no right
    admin.execute("UPDATE customers.customer SET credit_limit = 5000 WHERE id = %s", (customer,))
    other = one(seller, "INSERT INTO customers.customer (name) VALUES ('单县大众五金店') RETURNING id")
    contact = one(
        seller,
        "INSERT INTO customers.contact (customer_id, name, mobile, main) VALUES (%s, '单雄', '13883008000', true)"
        " RETURNING id",
        customer,
    )
    products = tuple(
        one(
            admin,
            "INSERT INTO products.product"
            " (name, model, specification, number, bar_code, unit, list_price, lowest_price)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s) RETURNING id",
            *row[:8],
        )
        for row in PRODUCTS
    )
    service = one(
        admin,
        "INSERT INTO products.product (name, number, unit, list_price, tax_rate, stocked)"
        " VALUES ('上门安装服务', 'FW-01', '次', 200, 6, false) RETURNING id",
    )
    for product, row in zip(products, PRODUCTS, strict=True):
        for level, factor in zip(levels, ("1", "0.95", "0.92", "0.85"), strict=True):
            admin.execute(
                "INSERT INTO products.level_price (product_id, level_id, price) VALUES (%s, %s, round(%s * %s, 2))",
                (product, level, Decimal(row[6]), Decimal(factor)),
            )
        admin.execute(
            "INSERT INTO products.cost (id, cost_price) VALUES (%s, %s)", (product, Decimal(row[8]))
        )
    keeper = company.as_("keeper1")
    receipt = run(
        keeper,
        "stock.save_receipt",
        warehouse_id=warehouse,
        kind="opening",
        lines=[
            {"product_id": product, "quantity": row[9], "unit_cost": row[8]}
            for product, row in zip(products, PRODUCTS, strict=True)
            if row[9]
        ],
    )
    run(keeper, "stock.post_receipt", receipt_id=receipt.id)
    return Shop(customer, other, contact, products, service, warehouse, levels)


def save_lists(database: Database, *, product_id: int, **lists: Any) -> None:
    """As somebody who has just read the product."""
    with database.read_session() as session:
        version = details_of(session, product_id).version
    database.write(commands.save_details, product_id=product_id, version=version, **lists)
