"""Ten thousand products in one go, with their categories, and the same file once more (PRD-04)."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter

import pytest

from tests.conftest import Company
from tests.services.importing_files import Duplicates, Office, table

ROWS = 10_000
MORE = 2_001
"""Rows that are updated in one go."""
TITLES = ("编号", "品名", "型号", "规格", "类别", "单位", "售价", "条码")


@pytest.mark.req("PRD-04")
def test_ten_thousand_products_with_their_categories(company: Company, tmp_path: Path) -> None:
    buyer = Office.of(company, "buyer")
    rows = [
        (
            f"N{n:05d}" if n % 3 else "",
            f"零件{n // 4}",
            f"M{n % 4}",
            "304" if n % 2 else "",
            f"类别{n % 60}",
            "个",
            f"{n % 900}.50",
            f"69{n:011d}",
        )
        for n in range(ROWS)
    ]
    source = table(tmp_path, TITLES, *rows)
    plan = buyer.plan("products.product", source, create_missing=frozenset({"category_id"}))
    began = perf_counter()
    outcome = buyer.run(source, plan)
    taken = perf_counter() - began
    assert (outcome.created, outcome.rejected) == (ROWS, 0), outcome.rejects
    assert outcome.made == {"products.category": 60}
    assert buyer.one("SELECT count(DISTINCT category_id) FROM products.product") == 60
    assert buyer.one("SELECT count(*) FROM products.product WHERE number IS NULL") == 0
    assert taken < 120, f"{taken:.0f} s"
    # by number, and where there is none by name, model and specification
    again = buyer.run(source, plan)
    assert (again.created, again.skipped) == (0, ROWS)
    # complaint: an import stopped at 2,000 rows and could not update what was there
    dearer = table(tmp_path, TITLES, *((*row[:6], "999", row[7]) for row in rows[:MORE]), name="dearer.csv")
    updated = buyer.run(dearer, buyer.plan("products.product", dearer, duplicates=Duplicates.UPDATE))
    assert (updated.updated, updated.created, updated.rejected) == (MORE, 0, 0)
    assert buyer.one("SELECT count(*) FROM products.price_change WHERE kind = 'list' AND new = 999") == MORE
    assert buyer.one("SELECT count(*) FROM products.product") == ROWS
