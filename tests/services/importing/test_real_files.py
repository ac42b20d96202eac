"""Files as they come: of registers and shops, dirty and hostile ones."""

from __future__ import annotations

import gzip
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from services.errors import Refused
from services.importing.checking import Action
from services.importing.running import undo
from services.tabular.problems import ImportProblem
from services.tabular.reading import Worker, open_table
from tests.conftest import Company
from tests.factories.digests import digests
from tests.services.importing_files import Office, reasons

ABOUT = {"MANIFEST.tsv", "NOTE.md", "README.md", "blns_LICENSE"}
"""Files about the collections."""
CUSTOMER, PRODUCT = "customers.customer", "products.product"


@pytest.mark.req("PLT-19")
def test_two_thousand_rows_of_the_registry(seller: Office, real_data: Path, tmp_path: Path) -> None:
    path = tmp_path / "registry.tsv"
    with gzip.open(real_data / "company_names" / "registry_rows.tsv.gz", "rt", encoding="utf-8") as stream:
        path.write_text("".join(line for _, line in zip(range(2_001), stream, strict=False)), "utf-8")
    source = open_table(path)
    columns = {"name": "name", "tax_number": "uscc", "address": "address", "remark": "scope", "kind": ""}
    plan = seller.plan(CUSTOMER, source, columns)
    result = seller.check(source, plan)
    assert result.total == 2_000
    outcome = seller.run(source, plan)
    assert (outcome.created, outcome.skipped, outcome.rejected) == tuple(
        result.counts[a] for a in (Action.CREATE, Action.SKIP, Action.REJECT)
    )
    assert outcome.created > 1_900
    assert seller.one("SELECT count(*) FROM customers.customer") == outcome.created
    assert all(reasons(seller, plan.entity, outcome).values())
    again = seller.run(source, plan)
    assert (again.created, again.skipped) == (0, outcome.created + outcome.skipped)


@pytest.mark.parametrize("name", ["bmx_parts.csv", "pos_products.csv.gz"])
def test_real_products_with_their_categories(
    buyer: Office, real_data: Path, tmp_path: Path, name: str
) -> None:
    path = real_data / "products_cn" / name
    if path.suffix == ".gz":
        path = tmp_path / "pos_products.csv"
        path.write_bytes(gzip.decompress((real_data / "products_cn" / name).read_bytes()))
    source = open_table(path)
    chosen = {"supplier_id": ""}
    if "自编码" in source.titles:
        chosen |= {"number": "自编码", "name": "品名", "category_id": "类别名称", "list_price": "零售价"}
    raw = buyer.plan(PRODUCT, source, chosen, create_missing=frozenset({"category_id"}))
    unknown = buyer.check(source, raw).unknown
    assert set(unknown) <= {"state"}
    states = {label: "active" if label == "正常" else "discontinued" for label in unknown.get("state", {})}
    plan = replace(raw, choices={"state": states})
    assert {"name", "unit", "list_price", "specification"} <= set(plan.columns)
    result = buyer.check(source, plan)
    outcome = buyer.run(source, plan)
    assert outcome.created == result.counts[Action.CREATE] > 0.8 * result.total
    assert outcome.created + outcome.skipped + outcome.rejected == result.total
    assert buyer.one("SELECT count(*) FROM products.product") == outcome.created
    assert all(reasons(buyer, plan.entity, outcome).values())
    if "category_id" in plan.columns:
        assert outcome.made["products.category"] == len(result.missing["category_id"]) > 5
    again = buyer.run(source, plan)
    assert again.created == 0
    assert undo(buyer.database, outcome.import_id).recycled == outcome.created + sum(outcome.made.values())
    assert buyer.one("SELECT count(*) FROM products.category WHERE deleted_at IS NULL") == 0


WRITTEN = {"customers.customer", "customers.contact", "customers.balance"}
"""What an import of customers may add rows to, besides the tables of the program about itself."""
NOTED = re.compile(r"app\.(history|import_\w+|numbering|number_\w+|counter|request|idempotency|change\w*)")
"""What the database writes down about a write."""


def newest_of(psql: psycopg.Connection[Any], table: str) -> int:
    rows = psql.execute(f"SELECT coalesce(max(id), 0) FROM {table}").fetchall()
    return int(rows[0][0])


@pytest.mark.req("PLT-19")
def test_dirty_and_hostile_files_give_rows_or_a_reason(company: Company, real_data: Path) -> None:
    """Every one of them, imported by its first column: rows, refused rows with reasons, or one sentence about it.

    A file that was refused has changed nothing in any table; one that was written has only added what it says.
    """
    seller = Office.of(company, "sales1")
    dirty = sorted(p for p in (real_data / "dirty_files").iterdir() if p.name not in ABOUT)
    hostile = sorted(p for p in (real_data / "hostile").rglob("*") if p.is_file() and p.name not in ABOUT)
    assert len(dirty) >= 180 and len(hostile) >= 90, (len(dirty), len(hostile))
    written = refused = 0
    psql: psycopg.Connection[Any] = company.psql()
    before = digests(psql)
    with Worker() as worker:
        for path in [*dirty, *hostile]:
            newest = {table: newest_of(psql, table) for table in WRITTEN}
            try:
                source = open_table(path, worker=worker)
                if not source.titles:
                    continue
                plan = seller.plan(CUSTOMER, source, {"name": source.titles[0]})
                outcome = seller.run(source, plan)
            except (ImportProblem, Refused) as problem:
                assert path.name in str(problem) or isinstance(problem, Refused)
                assert digests(psql) == before, path.name
                refused += 1
                continue
            now = digests(psql)
            changed = {table for table in now if now[table] != before[table]}
            assert {table for table in changed if not NOTED.fullmatch(table)} <= WRITTEN, path.name
            assert now[CUSTOMER][0] == before[CUSTOMER][0] + outcome.created, path.name
            old = digests(psql, newest)
            assert {table: old[table] for table in WRITTEN} == {table: before[table] for table in WRITTEN}
            assert outcome.rejected >= len(outcome.rejects)
            assert all(reasons(seller, plan.entity, outcome).values()), path.name
            before = now
            written += 1
    assert written + refused > 0.95 * len([*dirty, *hostile]), (written, refused)
    assert written > 60 and refused > 30, (written, refused)
