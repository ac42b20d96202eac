"""Prices, costs and bins: what psql may not do without the right, whatever the screens offer."""

from __future__ import annotations

from decimal import Decimal
from uuid import uuid4

import psycopg
import pytest
from psycopg.types.json import Jsonb

from tests.conftest import Company
from tests.factories.shop import open_shop
from tests.factories.trade import open_trade


def post(connection: psycopg.Connection[tuple[object, ...]], command: str, **arguments: object) -> None:
    with connection.transaction():
        connection.execute("SELECT app.post(%s, %s, %s)", (uuid4(), command, Jsonb(arguments)))


@pytest.mark.req("PRD-05", "PRD-09")
def test_nobody_sets_prices_without_the_right(company: Company) -> None:
    shop = open_shop(company)
    admin = company.psql()
    admin.autocommit = True
    product, level = shop.products[0], shop.levels[0]
    state = (
        "SELECT (SELECT jsonb_agg(l) FROM products.level_price l),"
        " (SELECT jsonb_agg(c) FROM products.price_change c)"
    )
    before = admin.execute(state).fetchone()
    formula = {"source": "list", "target": str(level), "factor": 0, "added": 1, "step": 1, "ending": 0}
    for login in ("sales1", "lead1", "keeper1", "cashier1", "service1", "accountant"):
        connection = company.psql(login)
        for command, arguments in (
            ("products.set_prices", {"product_id": product, "prices": [[level, 1]]}),
            ("products.reprice", {**formula, "product_ids": [product], "expected": [1, 1]}),
            ("products.undo_repricing", {"repricing_id": 1}),
        ):
            with pytest.raises(psycopg.Error) as refused:
                post(connection, command, **arguments)
            assert refused.value.sqlstate == "42501", (login, command, refused.value)
        for statement in (
            "UPDATE products.level_price SET price = 1",
            "INSERT INTO products.level_price (product_id, level_id, price) VALUES (1, 1, 1)",
            "DELETE FROM products.level_price",
            "UPDATE products.price_change SET old = 1",
            "DELETE FROM products.price_change",
            "INSERT INTO products.repricing (rule) VALUES ('x')",
            "SELECT products.put_prices(ARRAY[1::bigint], ARRAY[1::bigint], NULL, NULL, ARRAY[1], NULL)",
        ):
            with pytest.raises(psycopg.Error) as refused, connection.transaction():
                connection.execute(statement)
            assert refused.value.sqlstate == "42501", (login, statement, refused.value)
    assert admin.execute(state).fetchone() == before


@pytest.mark.req("PRD-05")
def test_who_edits_products_does_not_set_their_prices(company: Company) -> None:
    """The list price and the lowest price are columns that a product's editor may write: a trigger asks again."""
    shop = open_shop(company)
    admin = company.psql()
    admin.autocommit = True
    admin.execute(
        "UPDATE organisation.role SET rights = array_remove(rights, 'products.change_price') WHERE code = 'buyer'"
    )
    connection = company.psql("buyer")
    connection.autocommit = True
    product = shop.products[0]
    connection.execute("UPDATE products.product SET brand = '甲' WHERE id = %s", (product,))
    for column in ("list_price", "lowest_price"):
        with pytest.raises(psycopg.Error) as refused:
            connection.execute(f"UPDATE products.product SET {column} = 1 WHERE id = %s", (product,))
        assert refused.value.sqlstate == "42501"
    with pytest.raises(psycopg.Error) as refused:
        connection.execute("UPDATE products.product SET further_codes = 'x' WHERE id = %s", (product,))
    assert refused.value.sqlstate == "42501"


@pytest.mark.req("PRD-05")
def test_the_price_history_is_not_even_the_owners(company: Company) -> None:
    shop = open_shop(company)
    post(
        company.psql("buyer"),
        "products.set_prices",
        product_id=shop.products[2],
        prices=[[shop.levels[0], 3]],
    )
    admin = company.psql()
    for statement in (
        "UPDATE products.price_change SET old = 1",
        "DELETE FROM products.price_change",
        "TRUNCATE products.price_change",
    ):
        with pytest.raises(psycopg.Error) as refused, admin.transaction():
            admin.execute(statement)
        assert refused.value.sqlstate in ("SK003", "42501")


@pytest.mark.req("PRD-06", "ORG-14")
def test_costs_of_stock_need_their_right(company: Company) -> None:
    trade = open_trade(company)
    trade.receive(3, cost="77.77")
    for login in ("sales1", "keeper1", "cashier1", "service1"):
        connection = company.psql(login)
        for table in ("stock.cost", "stock.ledger_cost", "products.cost", "stock.receipt_line_cost"):
            assert connection.execute(f"SELECT * FROM {table}").fetchall() == [], (login, table)
        with pytest.raises(psycopg.Error) as refused:
            post(connection, "products.set_cost", product_id=trade.products[0], cost_price=1)
        assert refused.value.sqlstate == "42501"
    assert company.psql("buyer").execute("SELECT base_value FROM stock.cost WHERE value > 0").fetchone() == (
        Decimal("233.31"),
    )


@pytest.mark.req("STK-01")
def test_bins_and_clean_up_are_the_keepers(company: Company) -> None:
    trade = open_trade(company)
    trade.receive(3)
    bins = {"warehouse_id": trade.warehouse, "bins": [[trade.products[0], "A-1"]]}
    for login in ("sales1", "cashier1", "buyer"):
        for command, arguments in (
            ("stock.set_bins", bins),
            ("stock.clean_up", {"warehouse_id": trade.warehouse}),
        ):
            with pytest.raises(psycopg.Error) as refused:
                post(company.psql(login), command, **arguments)
            assert refused.value.sqlstate == "42501", (login, command)
    with pytest.raises(psycopg.Error, match="Only the keeper"):
        post(company.psql("keeper2"), "stock.set_bins", **bins)
    post(company.psql("keeper1"), "stock.set_bins", **bins)
    assert trade.rows("SELECT bin FROM stock.balance WHERE bin IS NOT NULL") == [("A-1",)]
