"""Tables, functions and operators of the attacker's own stand before the real ones in his path (SECURITY 11).

He is given what staff never have: temporary tables and a schema of his own.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from tests.attacks.catalogue import OURS
from tests.attacks.reach import answers
from tests.conftest import Company
from tests.services.test_visibility import customer_of, sees, user_id

SHADOWS = f"""
SELECT quote_ident(c.relname), string_agg(format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod)), ', '
       ORDER BY a.attnum)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
WHERE {OURS} AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped GROUP BY c.oid, c.relname
"""
FUNCTIONS = f"""
SELECT format('CREATE OR REPLACE FUNCTION mine.%I(%s) RETURNS %s LANGUAGE plpgsql AS ', p.proname,
              pg_get_function_identity_arguments(p.oid), pg_get_function_result(p.oid))
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE {OURS} AND p.prokind = 'f' AND p.prorettype NOT IN ('trigger'::regtype)
"""
BUILT_IN = (
    "lower(text) RETURNS text", "length(text) RETURNS integer", "now() RETURNS timestamptz",
    "jsonb_build_object(VARIADIC text[]) RETURNS jsonb", "format(text, VARIADIC text[]) RETURNS text",
    "pg_notify(text, text) RETURNS void", "btrim(text) RETURNS text", "round(numeric, integer) RETURNS numeric",
)  # fmt: skip
OPERATORS = (
    ("=", "text", "text"),
    ("=", "name", "text"),
    ("=", "bigint", "bigint"),
    ("->>", "jsonb", "text"),
    ("||", "text", "text"),
)
REACHED = "a shadow was reached as %"


@pytest.fixture
def attacked(company: Company) -> Iterator[Company]:
    """A company whose sales1 has his password again afterwards: logins are the server's, not the database's."""
    kept = company.psql().execute("SELECT rolpassword FROM pg_authid WHERE rolname = 'sales1'").fetchone()
    assert kept is not None
    yield company
    company.psql().execute(f"ALTER ROLE sales1 PASSWORD '{kept[0]}'")  # type: ignore[call-overload]


def shadow(company: Company, login: str) -> tuple[psycopg.Connection[Any], list[str]]:
    """A connection of ``login`` in which every name of ours means something of his; the names of his tables."""
    superuser = company.psql()
    for statement in (
        f'GRANT TEMPORARY ON DATABASE "{company.name}" TO "{login}"',
        f'CREATE SCHEMA mine AUTHORIZATION "{login}"',
        "GRANT USAGE ON SCHEMA mine TO PUBLIC",
    ):
        superuser.execute(statement)  # type: ignore[call-overload]
    boss = superuser.execute("SELECT to_jsonb(s) FROM app.user_scope s WHERE s.login = 'boss'").fetchone()
    assert boss is not None
    me = user_id(company, login)
    tables = {str(name): str(columns) for name, columns in superuser.execute(SHADOWS).fetchall()}
    functions = [str(row[0]) for row in superuser.execute(FUNCTIONS).fetchall()]
    assert len(tables) > 80 and len(functions) > 200
    attacker = company.psql(login)
    for name, columns in tables.items():
        for place in ("pg_temp", "mine"):
            attacker.execute(f"CREATE TABLE {place}.{name} ({columns})")  # type: ignore[call-overload]
            attacker.execute(f"GRANT ALL ON {place}.{name} TO PUBLIC")  # type: ignore[call-overload]
    scope = json.dumps({**boss[0], "login": login, "user_id": me})  # type: ignore[dict-item]
    for place in ("pg_temp", "mine"):
        attacker.execute(
            f"INSERT INTO {place}.user_scope SELECT * FROM jsonb_populate_record(NULL::{place}.user_scope, %s)",  # type: ignore[call-overload]
            (scope,),
        )
    body = f"$$ BEGIN RAISE EXCEPTION '{REACHED}', current_user; END $$"
    made = 0
    for head in (*functions, *(f"CREATE FUNCTION mine.{one} LANGUAGE plpgsql AS " for one in BUILT_IN)):
        # some cannot be declared anew: defaults of another order, types that are not his to use
        with contextlib.suppress(psycopg.Error):
            attacker.execute(head + body)  # type: ignore[call-overload]
            made += 1
    assert made > 200
    for number, (operator, left, right) in enumerate(OPERATORS):
        attacker.execute(
            f"CREATE FUNCTION mine.o{number}({left}, {right}) RETURNS {'boolean' if operator == '=' else 'text'}"  # type: ignore[call-overload]
            f" LANGUAGE plpgsql AS {body}"
        )
        attacker.execute(
            f"CREATE OPERATOR mine.{operator} (FUNCTION = mine.o{number}, LEFTARG = {left}, RIGHTARG = {right})"  # type: ignore[call-overload]
        )
    return attacker, list(tables)


@pytest.mark.req("ORG-20")
def test_no_function_reaches_a_shadow(attacked: Company) -> None:
    company = attacked
    other, mine = customer_of(company, "sales5", "万州"), customer_of(company, "sales1", "长宏")
    me = user_id(company, "sales1")
    plain, (attacker, tables) = company.psql("sales1"), shadow(company, "sales1")
    honest = answers(company, plain)
    path = "mine, pg_temp, app, organisation, customers, sales, stock, finance, pg_catalog"
    attacker.execute(f"SET search_path = {path}")  # type: ignore[call-overload]
    with pytest.raises(psycopg.errors.RaiseException, match="a shadow was reached as sales1"):
        attacker.execute("SELECT lower('X'::text)")
    # his own statements meet them, functions of the program do not
    assert attacker.execute("SELECT app.my_user_id(), app.can('customers.see_all')").fetchone() == (me, False)
    assert sees(attacker) == 1
    said: list[str] = []
    attacker.add_notice_handler(lambda notice: said.append(str(notice.message_primary)))
    assert answers(company, attacker) == honest
    # what runs within his own statement: defaults, triggers, policies, the history
    attacker.execute("INSERT INTO customers.customer (name) VALUES ('西湖阀门')")
    attacker.execute(
        "UPDATE customers.customer SET remark = 'x' WHERE id OPERATOR(pg_catalog.=) %s::bigint", (mine,)
    )
    assert attacker.execute(
        "SELECT app.post(gen_random_uuid(), 'organisation.change_own', '{\"phone\": \"13900000001\"}')"
    ).fetchone()
    superuser = company.psql()
    assert superuser.execute(
        "SELECT owner_id, created_by, sort_name <> '', search IS NOT NULL FROM customers.customer"
        " WHERE name = '西湖阀门'"
    ).fetchall() == [(me, me, True, True)]
    assert superuser.execute(
        "SELECT login, user_id, changes ->> 'remark' FROM app.history WHERE entity = 'customers.customer'"
        " AND record_id = %s AND action = 'change'",
        (mine,),
    ).fetchall() == [("sales1", me, '[null, "x"]')]
    assert superuser.execute('SELECT phone FROM organisation."user" WHERE id = %s', (me,)).fetchone() == (
        "13900000001",
    )
    assert superuser.execute("SELECT remark FROM customers.customer WHERE id = %s", (other,)).fetchone() == (
        None,
    )
    # and nothing was written where he could read it
    attacker.execute("SET search_path = pg_catalog")
    for name in tables:
        for place in ("pg_temp", "mine"):
            row = attacker.execute(f"SELECT count(*) FROM {place}.{name}").fetchone()  # type: ignore[call-overload]
            assert row == (1 if name == "user_scope" else 0,), (place, name)
    assert said == []


@pytest.mark.req("ORG-20")
def test_every_function_has_a_path_of_its_own(office: Company) -> None:
    """Triggers too, which run with the rights of who writes: what they stamp must not be his to say."""
    loose = office.psql().execute(
        f"SELECT p.oid::regprocedure::text FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace"
        f" JOIN pg_language l ON l.oid = p.prolang WHERE {OURS} AND l.lanname IN ('sql', 'plpgsql')"
        # called within search_text, sort_key and the triggers alone, which have settled the path
        " AND p.proname <> 'search_parts' AND p.prosqlbody IS NULL"
        " AND NOT coalesce(array_to_string(p.proconfig, ';'), '') ~ 'search_path=pg_catalog, pg_temp'"
    )
    assert [row[0] for row in loose] == []
