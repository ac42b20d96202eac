"""Complaint: a product took most of a minute to find among a few thousand. What the picker of an order reads is
bounded, whatever the number of products, and the one that was typed is offered among any number that look like it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import event, text

from services.products.queries import find_products
from tests.conftest import Company

MANY = 20_000
PAGES = 1_200
"""Blocks of eight kilobytes that one question may touch: the index, 200 candidates and ten hits with their prices. Of
20,000 products and of 100,000 no question of this test touches more than 850."""


def fill(company: Company) -> None:
    """Products 1 to MANY, each of which answers 零件 and LJ; every eighth is a ball valve."""
    admin = company.psql()
    admin.execute("SET session_replication_role = replica")
    admin.execute(
        "INSERT INTO products.product (name, model, number, list_price, unit, sort_name, search)"
        " SELECT x.name, 'M' || n, 'LJ-' || n, 5, '个', 'lj' || n,"
        " app.search_text(ARRAY[x.name, 'LJ-' || n], ARRAY['name', 'number'])::tsvector"
        " FROM generate_series(1, %s::integer) n CROSS JOIN LATERAL"
        " (SELECT CASE n %% 8 WHEN 0 THEN '零件球阀' ELSE '零件' END || n AS name) x",
        (MANY,),
    )
    admin.execute("VACUUM ANALYZE products.product")


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A node of a plan and all below it."""
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)


def touched(company: Company, words: str) -> tuple[int, list[str], set[str]]:
    """Blocks that the database touches for what the picker asks, the numbers that it offers, and tables read whole."""
    database = company.as_("sales1")
    asked: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool) -> None:
        if "products.product" in statement:
            asked.append((statement, parameters))

    with database.read_session() as session:
        session.execute(text("SELECT 1"))
        event.listen(database.engine, "before_cursor_execute", note)
        hits = find_products(session, words)
        event.remove(database.engine, "before_cursor_execute", note)
    database.close()
    shell = company.psql("sales1")
    blocks, whole = 0, set()
    for statement, parameters in asked:
        for _ in range(2):  # the second time nothing is planned for the first
            row = shell.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}", parameters).fetchone()
        assert row is not None
        answer: Any = row[0]
        plan = answer[0]["Plan"]
        blocks += int(plan["Shared Hit Blocks"]) + int(plan["Shared Read Blocks"])
        whole |= {node["Relation Name"] for node in nodes(plan) if node["Node Type"] == "Seq Scan"}
    shell.close()
    return blocks, [hit.number for hit in hits], whole


WORDS = ("零件", "lj", "零件球阀", "LJ-77", "lj-2777", "球阀99", "", "M5")


@pytest.mark.req("SAL-06", "PRD-03")
def test_the_picker_reads_no_more_where_there_are_many_products(company: Company) -> None:
    fill(company)
    for words in WORDS:
        blocks, numbers, read_whole = touched(company, words)
        assert blocks < PAGES, words
        assert "product" not in read_whole, (words, read_whole)
        assert numbers or words == "M5", words
    # hundreds of numbers begin so, or hold it: the one that was typed is the first
    for words, number in (
        ("LJ-77", "LJ-77"),
        ("lj-9", "LJ-9"),
        ("零件球阀80", "LJ-80"),
        (f"lj-{MANY}", f"LJ-{MANY}"),
    ):
        _, numbers, _ = touched(company, words)
        assert numbers[0] == number, (words, numbers)
