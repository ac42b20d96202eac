"""What not even the owner of the tables may do (SECURITY 15, 16): posted documents and ledgers, column by column."""

from __future__ import annotations

import re
from typing import Any

import psycopg
import pytest

from tests.attacks.reach import state
from tests.conftest import Company

LOCKED = """
SELECT c.oid::regclass::text, coalesce(substring(pg_get_triggerdef(t.oid) FROM 'WHEN \\((.*)\\) EXECUTE'), 'true'),
       string_to_array(encode(t.tgargs, 'escape'), '\\000')
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE t.tgname = %s ORDER BY 1
"""
COLUMNS = """
SELECT a.attname, format_type(a.atttypid, NULL) FROM pg_attribute a
WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
"""
MECHANISM = {
    "version",
    "changed_at",
    "changed_by",
    "search",
    "sort_name",
    "owner_id",
    "branch_id",
    "asked_by",
}
LINES = {
    "sales.order_line": "order_id IN (SELECT id FROM sales.\"order\" WHERE state <> 'draft')",
    "stock.issue_line": "issue_id IN (SELECT id FROM stock.issue WHERE state <> 'draft')",
    "stock.receipt_line": "receipt_id IN (SELECT id FROM stock.receipt WHERE state <> 'draft')",
}
"""Lines that are posted with their document."""
COUNTED = {"sales.order_line": {"delivered", "asked", "notified", "over_delivery"}}
"""What delivery counts on a line."""
OTHER = {
    "bigint": "coalesce({0}, 0) + 1",
    "integer": "coalesce({0}, 0) + 1",
    "numeric": "coalesce({0}, 0) + 1",
    "text": "coalesce({0}, '') || 'x'",
    "boolean": "NOT coalesce({0}, false)",
    "date": "coalesce({0}, '2020-01-01') + 1",
    "timestamp with time zone": "coalesce({0}, '2020-01-01') + interval '1 second'",
    "jsonb": "jsonb_build_array({0}, 1)",
    "uuid": "gen_random_uuid()",
    "text[]": "coalesce({0}, '{{}}') || 'x'::text",
    "bigint[]": "coalesce({0}, '{{}}') || 1::bigint",
}
"""Something else than what is there, by type."""


def locked(connection: psycopg.Connection[Any], trigger: str) -> list[tuple[str, str, set[str]]]:
    """Tables with such a trigger, the rows that it holds as a condition, columns that it leaves free."""
    return [
        (
            table,
            LINES.get(table, re.sub(r"\bold\.", "", condition)),
            MECHANISM | set(free or ()) | COUNTED.get(table, set()),
        )
        for table, condition, free in connection.execute(LOCKED, (trigger,)).fetchall()
    ]


def changed(table: str, column: str, kind: str, target: object) -> str:
    """A statement that writes something else into one column of one row."""
    name = f'"{column}"'
    return f"UPDATE {table} SET {name} = {OTHER[kind].format(name)} WHERE id = {target}"


@pytest.fixture(params=["shuke_owner", "postgres"])
def owner(sample: Company, request: pytest.FixtureRequest) -> psycopg.Connection[Any]:
    """The role that owns every table, and the superuser."""
    connection = sample.psql()
    connection.execute(f"SET ROLE {request.param}")  # type: ignore[call-overload]
    return connection


@pytest.mark.req("ORG-20", "SAL-08")
def test_the_owner_changes_nothing_that_is_posted(owner: psycopg.Connection[Any]) -> None:
    """Every column of every kind of document that the sample company has posted, but those of the mechanism."""
    tried: dict[str, int] = {}
    for table, condition, free in locked(owner, "a_frozen"):
        row = owner.execute(f"SELECT min(id) FROM {table} WHERE {condition}").fetchone()  # type: ignore[call-overload]
        if row is None or row[0] is None:
            continue
        for column, kind in owner.execute(COLUMNS, (table,)).fetchall():
            if column in free:
                continue
            change = changed(table, column, kind, row[0])
            assert state(owner, change) == "SK003", change
            tried[table] = tried.get(table, 0) + 1
        assert state(owner, f"DELETE FROM {table} WHERE id = {row[0]}") == "SK003", table
        assert state(owner, f"TRUNCATE {table} CASCADE") == "SK003", table
    documents = {'sales."order"', "finance.payment", "stock.issue", "stock.receipt", "delivery.note"}
    lines = {"sales.order_line", "stock.issue_line", "stock.receipt_line", "delivery.note_line"}
    assert documents | lines <= set(tried), documents | lines - set(tried)
    assert all(columns > 3 for columns in tried.values()), tried


@pytest.mark.req("ORG-20", "PLT-34")
def test_the_owner_changes_no_ledger_and_no_history(owner: psycopg.Connection[Any]) -> None:
    found = set()
    for table, _condition, _free in locked(owner, "a_append_only"):
        found.add(table)
        assert state(owner, f"TRUNCATE {table} CASCADE") == "SK003", table
        row = owner.execute(f"SELECT min(id) FROM {table}").fetchone()  # type: ignore[call-overload]
        if row is None or row[0] is None:
            continue
        for column, kind in owner.execute(COLUMNS, (table,)).fetchall():
            change = changed(table, column, kind, row[0])
            assert state(owner, change) == "SK003", change
        assert state(owner, f"DELETE FROM {table} WHERE id = {row[0]}") == "SK003", table
    ledgers = {"stock.ledger", "stock.ledger_cost", "finance.account_ledger"}
    assert (
        ledgers | {"app.history", "app.seal", "app.epoch", "organisation.login", "system.export_log"} <= found
    ), found
