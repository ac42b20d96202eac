"""What values keep to, whoever writes them: no invisible characters in names, no NaN, no record below itself."""

from __future__ import annotations

import json
import threading
from typing import Any

import psycopg
import pytest
from psycopg import errors

from services.database import explained
from tests.conftest import Company
from tests.factories.trade import Trade, open_trade


@pytest.fixture
def trade(company: Company) -> Trade:
    return open_trade(company)


def post(connection: psycopg.Connection[Any], command: str, **arguments: Any) -> Any:
    return connection.execute(
        "SELECT app.post(gen_random_uuid(), %s, %s::jsonb)", (command, json.dumps(arguments))
    ).fetchone()


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("\u3000重庆长宏 \t", "重庆长宏"),
        ("长宏\r\n机电", "长宏 机电"),
        ("\u200b长\u200b宏\ufeff", "长宏"),
        ("\u202e长宏\u202c", "长宏"),
        ("A\x01B\x1fC\x7f", "ABC"),
        ("👨\u200d👩\u200d👧小店", "👨\u200d👩\u200d👧小店"),
        ("𬭎业 (中国)", "𬭎业 (中国)"),
    ],
)
def test_a_name_holds_what_is_seen(company: Company, typed: str, kept: str) -> None:
    seller = company.psql("sales1")
    added = seller.execute(
        "INSERT INTO customers.customer (name, short_name) VALUES (%s, %s) RETURNING name, short_name",
        (typed, typed),
    ).fetchone()
    assert added == (kept, kept)
    seller.execute("UPDATE customers.customer SET name = %s", (f"{typed} ",))
    assert seller.execute("SELECT name FROM customers.customer").fetchone() == (kept,)


@pytest.mark.parametrize("typed", ["", " ", "\u3000\u3000", "\u200b", "\n\t", "\u200d", "\x01"])
def test_a_name_that_nobody_sees_is_none(company: Company, typed: str) -> None:
    boss = company.psql("boss")
    for statement in (
        "INSERT INTO customers.customer (name) VALUES (%s)",
        "INSERT INTO products.product (name) VALUES (%s)",
        "INSERT INTO products.category (name) VALUES (%s)",
        "INSERT INTO products.price_level (name) VALUES (%s)",
        "INSERT INTO stock.warehouse (name) VALUES (%s)",
        'INSERT INTO activities.task (subject, executor_id) SELECT %s, min(id) FROM organisation."user"',
    ):
        with pytest.raises(errors.CheckViolation):
            boss.execute(statement, (typed,))


@pytest.mark.req("STK-05")
def test_no_figure_is_nan(trade: Trade) -> None:
    keeper, boss = trade.company.psql("keeper1"), trade.company.psql("boss")
    line = {"product_id": trade.products[0], "quantity": "NaN"}
    with pytest.raises(errors.DatabaseError) as refused:
        post(keeper, "stock.save_receipt", warehouse_id=trade.warehouse, lines=[line])
    assert explained(refused.value).template == "A value is not possible here; nothing was posted."
    draft = trade.receive(5)
    assert draft.id and trade.one("SELECT on_hand FROM stock.balance") == 5
    for statement in (
        "UPDATE customers.customer SET credit_limit = 'NaN'",
        "UPDATE products.product SET list_price = 'NaN'",
        "UPDATE products.product SET lower_limit = 'NaN'",
    ):
        with pytest.raises(errors.CheckViolation):
            boss.execute(statement)
    with pytest.raises(errors.DatabaseError):
        post(boss, "products.set_cost", product_id=trade.products[0], cost_price="NaN")


def test_every_table_with_figures_refuses_nan(company: Company) -> None:
    """Also those to come: one check bounds the values of every table."""
    without = (
        company.psql()
        .execute(
            "SELECT c.oid::regclass::text, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
            " JOIN app.guarded g ON to_regclass(g.entity) = c.oid"
            " WHERE a.atttypid = 'numeric'::regtype AND a.attnum > 0 AND a.attgenerated = ''"
            " AND NOT EXISTS (SELECT FROM pg_constraint k"
            " WHERE k.conrelid = c.oid AND k.conname LIKE '%_possible' AND a.attnum = ANY (k.conkey))"
        )
        .fetchall()
    )
    assert without == []


@pytest.mark.req("CUS-01")
def test_no_customer_stands_below_himself(company: Company) -> None:
    seller = company.psql("sales1")
    ids = [
        row[0]
        for row in seller.execute(
            "INSERT INTO customers.customer (name) VALUES ('集团'), ('分公司'), ('门店') RETURNING id"
        ).fetchall()
    ]
    for child, parent in ((ids[1], ids[0]), (ids[2], ids[1])):
        seller.execute("UPDATE customers.customer SET parent_id = %s WHERE id = %s", (parent, child))
    for parent in ids[1:]:
        with pytest.raises(errors.DatabaseError, match="stand below itself"):
            seller.execute("UPDATE customers.customer SET parent_id = %s WHERE id = %s", (parent, ids[0]))


def test_two_moves_at_once_close_no_circle(company: Company) -> None:
    first, second = company.psql("sales1"), company.psql("sales1")
    a, b = (
        row[0]
        for row in first.execute(
            "INSERT INTO customers.customer (name) VALUES ('甲'), ('乙') RETURNING id"
        ).fetchall()
    )
    move = "UPDATE customers.customer SET parent_id = %s WHERE id = %s"
    answers: list[str] = []

    def other() -> None:
        try:
            second.execute(move, (a, b))
            answers.append("done")
        except errors.DatabaseError as error:
            answers.append(str(error))

    with first.transaction():
        first.execute(move, (b, a))
        waiting = threading.Thread(target=other)
        waiting.start()
        waiting.join(0.3)
        assert waiting.is_alive() and not answers
    waiting.join(10)
    assert len(answers) == 1 and "below itself" in answers[0]
