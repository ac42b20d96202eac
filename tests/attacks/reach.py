"""What a connection of a person reaches at all: every table that staff may read, every function that they may call."""

from __future__ import annotations

from typing import Any

import psycopg

from tests.attacks.catalogue import OPEN_TO_ALL, OURS
from tests.conftest import Company

READABLE = f"""
SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE {OURS} AND c.relkind = 'r' AND has_table_privilege('shuke_staff', c.oid, 'SELECT')
  AND n.nspname || '.' || c.relname <> ALL (%s)
"""
VERIFIER = "SCRAM-SHA-256$4096:c2FsdA==$c3RvcmVk:c2VydmVy"
CALLS = (
    f"organisation.set_password(session_user::text, '{VERIFIER}')",
    f"organisation.add_user('x', '{VERIFIER}', 'x', 1, 1, '{{}}')",
    "organisation.change_user(1, 1, 'x', '', '', 1, 1, '{}', NULL, NULL, NULL)",
    "organisation.close_user(1)",
    "organisation.reopen_user(1)",
    "organisation.end_sessions(1)",
    "system.set_setting('x', '1')",
    "app.next_number('sales.order', app.today())",
    "app.purge('{1}')",
    "app.recycle('customers.customer', '{1}')",
    "app.seal_history()",
    "app.check_seals()",
    "app.begin_import('customers.customer', 'x.xlsx', 'skip')",
    "app.log_export('customers.customer', '{}', 1, 'xlsx')",
)
"""Functions that staff call directly; posting functions are read from the database."""


def seen(company: Company, connection: psycopg.Connection[Any]) -> set[str]:
    """Tables of which the connection sees a row, without those that hold nothing of the business."""
    tables = [str(row[0]) for row in company.psql().execute(READABLE, (sorted(OPEN_TO_ALL),)).fetchall()]
    assert len(tables) > 50
    return {
        name
        for name in tables
        if connection.execute(f"SELECT EXISTS (SELECT FROM {name})").fetchone() == (True,)  # type: ignore[call-overload]
    }


def answers(company: Company, connection: psycopg.Connection[Any]) -> dict[str, str | None]:
    """What each function says: its SQLSTATE, None when it ran."""
    offered = company.psql().execute("SELECT command FROM app.offered").fetchall()
    assert len(offered) > 50
    calls = [*CALLS, *(f"app.post(gen_random_uuid(), '{row[0]}', '{{}}')" for row in offered)]
    return {call: state(connection, f"SELECT {call}") for call in calls}


def state(connection: psycopg.Connection[Any], statement: str) -> str | None:
    """The SQLSTATE of the refusal; None when it ran."""
    try:
        connection.execute(statement)  # type: ignore[call-overload]
    except psycopg.Error as error:
        return error.sqlstate
    return None
