"""Complaint: a product took most of a minute to find among a few thousand. What the picker of an order reads is
bounded, whatever the number of products, and the one that was typed is offered among any number that look like it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import event, text

from services.products.queries import find_products
from tests.conftest import Company

FEW, MANY = 3_000, 100_000
PAGES = 2_500
"""Blocks of eight kilobytes that one question may touch: 200 candidates, their index and ten hits with prices."""


def fill(company: Company, first: int, last: int) -> None:
    """Products ``first`` to ``last``, each of which answers 零件 and LJ; every eighth is a ball valve."""
    admin = company.psql()
    admin.execute("SET session_replication_role = replica")
    admin.execute(
        "INSERT INTO products.product (name, model, number, list_price, unit, sort_name, search)"
        " SELECT CASE n %% 8 WHEN 0 THEN '零件球阀' ELSE '零件' END || n, 'M' || n, 'LJ-' || n, 5, '个', 'lj' || n,"
        # the words of one product, with its own number in the place of the first's
        " replace(app.search_text(ARRAY[CASE n %% 8 WHEN 0 THEN '零件球阀' ELSE '零件' END, 'LJ-' || n],"
        " ARRAY['name', 'number']), '''''', '''''')::tsvector FROM generate_series(%s, %s) n",
        (first, last),
    )
    admin.execute("VACUUM ANALYZE products.product")


def touched(company: Company, words: str) -> tuple[int, list[str], str]:
    """Blocks that the database touches for what the picker asks, the numbers that it offers, and the plan."""
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
    blocks, plans = 0, []
    for statement, parameters in asked:
        for _ in range(2):  # the second time nothing is planned for the first
            row = shell.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}", parameters).fetchone()  # type: ignore[call-overload]
        assert row is not None
        ((plan,),) = ([each["Plan"] for each in row[0]],)
        blocks += int(plan["Shared Hit Blocks"]) + int(plan["Shared Read Blocks"])
        plans.append(json.dumps(plan, ensure_ascii=False))
    shell.close()
    return blocks, [hit.number for hit in hits], "\n".join(plans)


@pytest.mark.req("SAL-06", "PRD-03")
def test_the_picker_reads_no_more_among_a_hundred_thousand_products(company: Company) -> None:
    fill(company, 1, FEW)
    fill(company, FEW + 1, MANY)
    for words in ("零件", "lj", "零件球阀", "LJ-77", "lj-77777", "球阀99", "", "M5"):
        blocks, numbers, plan = touched(company, words)
        assert blocks < PAGES, (words, blocks, plan)
        assert "Seq Scan on product" not in plan and '"Relation Name": "product"' in plan, words
        assert numbers or words == "M5", words
    # hundreds of numbers begin so, or hold it: the one that was typed is the first
    for words, number in (
        ("LJ-77", "LJ-77"),
        ("lj-9", "LJ-9"),
        ("零件球阀800", "LJ-800"),
        ("LJ-100000", "LJ-100000"),
    ):
        _, numbers, _ = touched(company, words)
        assert numbers[0] == number, (words, numbers)
