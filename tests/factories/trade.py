"""A small trade for tests: customers, products, stock, confirmed orders, through the functions that people use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

import psycopg

from services.commands import Changes
from services.database import Database
from services.sales.commands import confirm_order, save_order
from services.stock.commands import ReceiptLineInput, make_issue, post_receipt, save_receipt
from tests.conftest import Company

GOODS = (
    ("不锈钢球阀", "DN50", "个", "44", "6901028062312"),
    ("法兰", "DN50 PN16", "片", "12", "6921168509256"),
    ("四氟垫片", "DN50", "片", "1.2", "6922195930112"),
    ("不锈钢螺纹弯头", "DN25", "个", "11.5", None),
)


@dataclass
class Trade:
    """One company with something to sell. ``warehouse`` is kept by keeper1."""

    company: Company
    customer: int
    products: list[int]
    warehouse: int
    other_warehouse: int

    @cached_property
    def seller(self) -> Database:
        """sales1, who owns the customer."""
        return self.company.as_("sales1")

    @cached_property
    def keeper(self) -> Database:
        """keeper1, who keeps ``warehouse``."""
        return self.company.as_("keeper1")

    @cached_property
    def cashier(self) -> Database:
        """cashier1."""
        return self.company.as_("cashier1")

    @cached_property
    def superuser(self) -> psycopg.Connection[tuple[object, ...]]:
        """The bare connection that looks behind the scenes."""
        return self.company.psql()

    def one(self, statement: str, *values: Any) -> Any:
        """The first value of what the superuser reads."""
        row = self.superuser.execute(statement, values).fetchone()
        return None if row is None else row[0]

    def rows(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """What the superuser reads."""
        return list(self.superuser.execute(statement, values).fetchall())

    def receive(self, *quantities: int | str, cost: str = "10", warehouse: int | None = None) -> Changes:
        """Post a receipt of so much of the first, second … product at ``cost`` each."""
        keeper = self.keeper if warehouse in (None, self.warehouse) else self.company.as_("keeper2")
        draft = keeper.write(
            save_receipt,
            warehouse_id=warehouse or self.warehouse,
            kind="purchase",
            lines=[
                ReceiptLineInput(product, Decimal(quantity), Decimal(cost))
                for product, quantity in zip(self.products, quantities, strict=False)
                if Decimal(quantity)
            ],
        )
        return keeper.write(post_receipt, receipt_id=draft.id)

    def order(
        self, *quantities: int | str, price: str = "44", customer: int | None = None, **head: Any
    ) -> int:
        """A confirmed order of so much of the first, second … product; its id."""
        saved = self.seller.write(
            save_order,
            order={
                "customer_id": customer or self.customer,
                "warehouse_id": self.warehouse,
                "lines": [
                    {
                        "product_id": product,
                        "quantity": quantity,
                        "tax_price": price,
                        "discount": 100,
                        "tax_rate": 0,
                    }
                    for product, quantity in zip(self.products, quantities, strict=False)
                    if Decimal(quantity)
                ],
                **head,
            },
        )
        self.seller.write(confirm_order, order_id=saved.id)
        return saved.id

    def lines(self, order: int) -> list[int]:
        """Ids of an order's lines."""
        return [
            i
            for (i,) in self.rows(
                "SELECT id FROM sales.order_line WHERE order_id = %s ORDER BY position", order
            )
        ]

    def ask(self, wanted: Sequence[tuple[int, int | str]], warehouse: int | None = None) -> int:
        """A stock issue of order lines that waits for the keeper; its id."""
        return self.seller.write(
            make_issue,
            warehouse_id=warehouse or self.warehouse,
            lines=[(line, Decimal(quantity)) for line, quantity in wanted],
        ).id

    def issue_lines(self, issue: int) -> list[int]:
        """Ids of a stock issue's lines."""
        return [
            i
            for (i,) in self.rows(
                "SELECT id FROM stock.issue_line WHERE issue_id = %s ORDER BY position", issue
            )
        ]

    def add_customer(self, name: str, login: str = "sales1") -> int:
        """A customer of ``login``."""
        with self.company.psql(login) as connection:
            row = connection.execute(
                "INSERT INTO customers.customer (name) VALUES (%s) RETURNING id", (name,)
            ).fetchone()
        assert row is not None
        return int(str(row[0]))


def open_trade(company: Company) -> Trade:
    """A customer of sales1 and four products; nothing in stock yet."""
    admin = company.psql()
    products = []
    for name, model, unit, price, code in GOODS:
        row = admin.execute(
            "INSERT INTO products.product (name, model, unit, list_price, bar_code)"
            " VALUES (%s, %s, %s, %s, %s) RETURNING id",
            (name, model, unit, price, code),
        ).fetchone()
        assert row is not None
        products.append(int(str(row[0])))
    warehouses = [
        int(str(i)) for (i,) in admin.execute("SELECT id FROM stock.warehouse ORDER BY id").fetchall()
    ]
    trade = Trade(company, 0, products, warehouses[0], warehouses[1])
    trade.customer = trade.add_customer("重庆长宏机电有限公司")
    return trade
