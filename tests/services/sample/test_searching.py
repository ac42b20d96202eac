"""The search columns that the sample company is filled with are those that the database would have computed."""

from __future__ import annotations

from datetime import date
from typing import Any

import psycopg
import pytest
from psycopg import sql

from services.sample.blocks import LARGE, Blocks, Story, tell
from services.sample.loading import Sheet
from services.sample.searching import Searching, name_key, read_pairs, read_readings
from services.sample.sheets import TABLES
from tests.conftest import Company

HOSTILE = (
    "", " ", "重庆市长江水泵有限公司", "长城（重庆）机电", "A", "a1B2 c", "3M中国", "长", "单县单雄", "万俟单",
    "仇和", "曾", "ＡＢＣ公司", "北京ABC-12号", "12", "①②㈱", "O'Neil \"x\"", "《长》·乐", "𠀀𠮷", "é長",
    "厦门x厦", "，。", "-", "a b",
    "长" * 60, "ab12" * 30, "行行行行", "重", "abc长d", "1长2", "\u200b中", "ﬁ行", "了不起的长安银行音乐厅",
)  # fmt: skip
KINDS = ("name", "person", "text", "number", "phone")


@pytest.fixture(scope="module")
def searching(office: Company) -> Searching:
    return Searching(read_readings(office.psql("postgres")))


def test_hostile_values_get_the_databases_own_text(office: Company, searching: Searching) -> None:
    connection = office.psql("postgres")
    for kind in KINDS:
        given: list[list[str | None]] = [[None, "长江"], list(HOSTILE[2:7])]
        given += [[value] for value in HOSTILE]
        for values in given:
            kinds = [kind] * len(values)
            same = connection.execute(
                "SELECT app.search_text(%s::text[], %s::text[])::tsvector = %s::tsvector",
                (values, kinds, searching.document(values, kinds)),
            ).fetchone()
            assert same == (True,), (kind, values)


@pytest.mark.parametrize("person", [False, True])
def test_hostile_values_sort_as_in_the_database(office: Company, searching: Searching, person: bool) -> None:
    rows = office.psql("postgres").execute(
        "SELECT v, app.sort_key(v, %s), customers.name_key(v) FROM unnest(%s::text[]) v",
        (person, list(HOSTILE)),
    )
    for value, key, name in rows.fetchall():
        assert searching.sort_key(str(value), person) == key, value
        assert name_key(str(value)) == name, value


def _kind(kind: str) -> sql.Composable:
    usual, _, other = kind.partition("|")
    special, _, condition = other.partition(":")
    column, _, value = condition.partition("=")
    if not other:
        return sql.Literal(usual)
    return sql.SQL("CASE WHEN {} = {} THEN {} ELSE {} END").format(
        sql.Identifier(column), sql.Literal(value), sql.Literal(special), sql.Literal(usual)
    )


def _wrong(connection: psycopg.Connection[Any], table: str) -> int | None:
    schema, _, noun = table.partition(".")
    name = sql.Identifier(schema, noun)
    pairs = read_pairs(connection, name.as_string(connection))
    if not pairs:
        return None
    kinds = [_kind(kind) for _, kind in pairs]
    named = next((n for n, (_, kind) in enumerate(pairs) if kind.startswith(("name", "person"))), None)
    key: sql.Composable = sql.SQL("NULL")
    if named is not None:
        key = sql.SQL("coalesce(app.sort_key({}, {} = 'person'), '')").format(
            sql.Identifier(pairs[named][0]), kinds[named]
        )
    row = connection.execute(
        sql.SQL(
            "SELECT count(*) FROM {} WHERE search IS DISTINCT FROM"
            " app.search_text(ARRAY[{}]::text[], ARRAY[{}])::tsvector"
            " OR sort_name IS DISTINCT FROM {}"
        ).format(
            name,
            sql.SQL(", ").join(sql.SQL("{}::text").format(sql.Identifier(column)) for column, _ in pairs),
            sql.SQL(", ").join(kinds),
            key,
        )
    ).fetchone()
    return int(row[0]) if row else None


@pytest.mark.req("ADM-32")
def test_every_row_has_the_search_column_that_its_trigger_would_have_made(sample_office: Company) -> None:
    connection = sample_office.psql("postgres")
    wrong = {table: _wrong(connection, table) for table in TABLES}
    searched = {table for table, count in wrong.items() if count is not None}
    assert {table: count for table, count in wrong.items() if count} == {}
    assert searched >= {
        "customers.customer", "customers.contact", "activities.record", "activities.task", "sales.order",
        "stock.issue", "stock.receipt", "delivery.note", "finance.payment", "products.product",
    }  # fmt: skip
    names = connection.execute(
        "SELECT count(*) FROM customers.customer WHERE name_key IS DISTINCT FROM customers.name_key(name)"
    ).fetchone()
    assert names == (0,)


def test_other_processes_make_the_same_blocks(office: Company) -> None:
    connection = office.psql("postgres")
    sheets = {
        table: Sheet(
            TABLES[table], read_pairs(connection, sql.Identifier(*table.split(".")).as_string(connection))
        )
        for table in ("customers.customer", "customers.contact", "activities.record")
    }
    levels = {name: n for n, name in enumerate(("list", "deal", "wholesale", "vip"), 1)}
    story = Story(5, LARGE, date(2026, 9, 30), 0.1, 0.05, (11, 12, 13, 14, 15, 16, 17, 18), (3, 4), (1, 2),
                  levels, sheets, read_readings(connection))  # fmt: skip
    here = Blocks(story)
    told = list(tell(story, here))
    assert len(told) == LARGE // 2000
    assert told[3] == here.block(3, sum(len(block.contacts) for block in told[:3]))
