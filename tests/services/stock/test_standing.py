"""The stock list, now and on a past day, against a plain calculation (STK-06)."""

from __future__ import annotations

import datetime
import random
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from services import clock
from services.database import Database
from services.entity import Entity, Query
from services.listing import Listing
from services.session import log_in
from services.stock.commands import (
    ReceiptLineInput,
    allow_negative,
    post_issue,
    save_receipt,
)
from services.stock.standing import stock_in_total, stock_per_warehouse
from tests.conftest import Company
from tests.factories.trade import open_trade


@pytest.mark.req("STK-06")
def test_the_stock_of_a_past_day_is_what_was_there_then(company: Company) -> None:
    """Movements of forty days, moved back in time: every day's list equals a plain sum over the journal."""
    trade = open_trade(company)
    chance = random.Random(7)
    for _ in range(12):
        trade.receive(*(chance.randint(0, 9) for _ in range(3)), 1, cost=str(chance.randint(1, 50)))
    trade.receive(4, warehouse=trade.other_warehouse)
    today = clock.today()
    admin = company.psql()
    admin.execute("ALTER TABLE stock.ledger DISABLE TRIGGER a_append_only")
    ids = [i for (i,) in trade.rows("SELECT id FROM stock.ledger ORDER BY id")]
    times = {
        i: datetime.datetime.combine(
            today - datetime.timedelta(days=40 - n % 40),
            datetime.time(chance.choice([0, 12, 23]), 30),
            clock.CHINA,
        )
        for n, i in enumerate(ids)
    }
    for i, at in times.items():
        admin.execute("UPDATE stock.ledger SET at = %s WHERE id = %s", (at, i))
    moves = trade.rows(
        "SELECT l.id, w.name, l.product_id, l.delta, c.value FROM stock.ledger l JOIN stock.ledger_cost c USING (id)"
        " JOIN stock.warehouse w ON w.id = l.warehouse_id"
    )
    boss = company.as_("boss")
    names = dict(trade.rows("SELECT id, name FROM products.product"))
    for days in (45, 40, 39, 30, 20, 2, 1, 0):
        day = today - datetime.timedelta(days=days)
        expected: dict[tuple[str, int], list[Decimal]] = {}
        for i, place, product, delta, value in moves:
            if times[i].date() <= day:
                sums = expected.setdefault((place, product), [Decimal(0), Decimal(0)])
                sums[0] += delta
                sums[1] += value
        found = listed(boss, stock_per_warehouse(day), "there")
        total = listed(boss, stock_in_total(day), "there")
        assert {(r["warehouse"], r["product"]): [r["on_hand"], r["value"]] for r in found} == {
            (place, names[product]): sums for (place, product), sums in expected.items() if sums[0]
        }
        by_product: dict[str, Decimal] = {}
        for (_, product), (quantity, _value) in expected.items():
            by_product[names[product]] = by_product.get(names[product], Decimal(0)) + quantity
        assert {r["product"]: r["on_hand"] for r in total} == by_product


@pytest.mark.req("STK-06")
def test_the_stock_list_now(company: Company) -> None:
    trade = open_trade(company)
    trade.receive(10, 5, cost="2")
    trade.receive(7, warehouse=trade.other_warehouse, cost="2")
    trade.order(4)
    draft = trade.keeper.write(
        save_receipt, warehouse_id=trade.warehouse, lines=[ReceiptLineInput(trade.products[2], Decimal(9))]
    )
    assert draft.id
    boss = company.as_("boss")
    everything = listed(boss, stock_per_warehouse(), "current")
    figures = {
        (r["product"], r["warehouse"]): tuple(
            r[key] for key in ("on_hand", "reserved", "free", "to_come", "value")
        )
        for r in everything
    }
    here, there_ = (place for (place,) in trade.rows("SELECT name FROM stock.warehouse ORDER BY id LIMIT 2"))
    assert figures == {
        ("不锈钢球阀", here): (10, 4, 6, 0, 20),
        ("不锈钢球阀", there_): (7, 0, 7, 0, 14),
        ("法兰", here): (5, 0, 5, 0, 10),
        ("四氟垫片", here): (0, 0, 0, 9, 0),
    }
    assert sorted(r["on_hand"] for r in listed(boss, stock_per_warehouse(), "there")) == [5, 7, 10]
    total = {r["product"]: r for r in listed(boss, stock_in_total(), "there")}
    assert {k: (r["on_hand"], r["free"], r["value"]) for k, r in total.items()} == {
        "不锈钢球阀": (17, 13, 34),
        "法兰": (5, 5, 10),
    }
    assert [r["product"] for r in listed(boss, stock_in_total(), "there", words="qf")] == ["不锈钢球阀"]
    assert {row.get("value") for row in listed(company.as_("sales1"), stock_in_total(), "there")} == {None}
    assert "value" not in listed(company.as_("sales1"), stock_per_warehouse(), "there")[0]


@pytest.mark.req("STK-06")
def test_every_class_of_the_stock_list_against_a_plain_calculation(company: Company) -> None:
    """Random stock in two warehouses, limits, reservations, goods to come and some below zero: for each class the rows
    that it shows are those that its words say, row by row and over all warehouses."""
    trade, chance = open_trade(company), random.Random(5)
    admin = company.psql()
    for product, low, high in zip(trade.products, (5, 20, None, 1), (30, None, 4, 2), strict=True):
        admin.execute(
            "UPDATE products.product SET lower_limit = %s, upper_limit = %s WHERE id = %s",
            (low, high, product),
        )
    trade.receive(*(chance.choice((2, 6, 25, 40)) for _ in trade.products[:3]))
    trade.receive(3, 0, 9, warehouse=trade.other_warehouse)
    trade.order(7, 1, 60, 2)
    trade.keeper.write(
        save_receipt, warehouse_id=trade.warehouse, lines=[ReceiptLineInput(trade.products[1], Decimal(9))]
    )
    company.as_("boss").write(allow_negative, warehouse_id=trade.warehouse, allowed=True)
    issue = trade.ask([(trade.lines(trade.order(0, 0, 0, 4))[0], 4)])
    trade.keeper.write(post_issue, issue_id=issue, counted=[])
    rows = [
        dict(zip(("product", "on_hand", "reserved", "to_come", "low", "high"), row, strict=True))
        for row in trade.rows(
            "SELECT p.name, b.on_hand, b.reserved, b.to_come, p.lower_limit, p.upper_limit"
            " FROM stock.balance b JOIN products.product p ON p.id = b.product_id"
        )
    ]
    summed: dict[str, dict[str, Any]] = {}
    for row in rows:
        one = summed.setdefault(row["product"], {**row, "on_hand": 0, "reserved": 0, "to_come": 0})
        for key in ("on_hand", "reserved", "to_come"):
            one[key] += row[key]
    means: dict[str, Callable[[dict[str, Any]], bool]] = {
        "there": lambda row: row["on_hand"] != 0,
        "reserved": lambda row: row["reserved"] > 0,
        "short": lambda row: row["on_hand"] < row["reserved"],
        "to_come": lambda row: row["to_come"] > 0,
        "low": lambda row: row["low"] is not None and row["on_hand"] < row["low"],
        "high": lambda row: row["high"] is not None and row["on_hand"] > row["high"],
        "negative": lambda row: row["on_hand"] < 0,
        "all": lambda _row: True,
        "current": lambda _row: True,
    }
    boss = company.as_("boss")
    for entity, expected in ((stock_per_warehouse(), rows), (stock_in_total(), list(summed.values()))):
        assert means.keys() == {each.key for each in entity.classes}
        for key, fits in means.items():
            wanted = sorted((row["product"], row["on_hand"]) for row in expected if fits(row))
            shown = sorted((row["product"], row["on_hand"]) for row in listed(boss, entity, key))
            assert shown == wanted, (entity.key, key)
            assert wanted or key in ("high", "negative"), key
    assert any(row["on_hand"] < 0 for row in rows)


def listed(database: Database, entity: Entity, data_class: str, words: str = "") -> list[dict[str, Any]]:
    """The rows that a list shows to somebody, and the sums below it, which must be theirs."""
    listing = Listing(
        Query(entity.key, data_class=data_class, words=words), user=log_in(database), entity=entity
    )
    keys = [column.key for column in listing.columns]
    with database.read_session() as session:
        page = listing.page(session, first=0, size=500)
        sums = listing.totals(session)
        assert listing.count(session) == len(page.rows)
    rows = [dict(zip(keys, row.values, strict=True)) for row in page.rows]
    assert sums["on_hand"] == sum((row["on_hand"] for row in rows), Decimal(0))
    return rows
