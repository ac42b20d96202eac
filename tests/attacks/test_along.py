"""What goes along at a transfer is declared: by every table, once, and the same in SQL and in the entities."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from services.organisation.moving import goes_along
from tests.conftest import Company
from tests.factories.next_entity import ENTITIES

UNDECLARED = """
WITH parents AS (
    SELECT DISTINCT a.parent FROM app.along a
), referring AS (
    SELECT app.entity_of(c.conrelid) AS child, f.attname::text AS column_name, app.entity_of(c.confrelid) AS parent
    FROM pg_constraint c JOIN pg_attribute f ON f.attrelid = c.conrelid AND f.attnum = ANY (c.conkey)
    WHERE c.contype = 'f' AND f.attname <> 'owner_id' AND app.entity_of(c.confrelid) IN (SELECT parent FROM parents)
      AND EXISTS (SELECT FROM pg_attribute o WHERE o.attrelid = c.conrelid AND o.attname = 'owner_id')
    UNION
    -- who has a customer knows him by this name, with a foreign key or without
    SELECT app.entity_of(t.oid), 'customer_id', 'customers.customer' FROM pg_class t
    WHERE t.relkind IN ('r', 'p') AND 2 = (SELECT count(*) FROM pg_attribute a
        WHERE a.attrelid = t.oid AND NOT a.attisdropped AND a.attname IN ('customer_id', 'owner_id'))
)
SELECT r.child || '.' || r.column_name || ' does not say whether it goes along with ' || r.parent FROM referring r
WHERE NOT EXISTS (SELECT FROM app.along a
    WHERE a.parent = r.parent AND a.child = r.child AND a.column_name = r.column_name)
ORDER BY 1
"""


def undeclared(connection: psycopg.Connection[Any]) -> list[str]:
    """Tables with an owner that refer to what can be given away and say neither app.moves_with nor app.moves_not."""
    return [str(row[0]) for row in connection.execute(UNDECLARED).fetchall()]  # type: ignore[call-overload]


@pytest.mark.req("ORG-13")
def test_every_table_says_whether_it_goes_along(next_company: Company) -> None:
    admin = next_company.psql()
    assert undeclared(admin) == []
    admin.execute(
        "CREATE TABLE customers.wish (id bigint PRIMARY KEY, owner_id bigint NOT NULL, customer_id bigint NOT NULL)"
    )
    admin.execute(
        "CREATE TABLE sales.promise (id bigint PRIMARY KEY, owner_id bigint, order_id bigint REFERENCES sales.order)"
    )
    assert undeclared(admin) == [
        "customers.wish.customer_id does not say whether it goes along with customers.customer",
        "sales.promise.order_id does not say whether it goes along with sales.order",
    ]
    admin.execute("CALL app.moves_with('customers.wish', 'customer_id', 'customers.customer')")
    admin.execute("CALL app.moves_not('sales.promise', 'order_id', 'sales.order')")
    assert undeclared(admin) == []


def test_entities_and_tables_say_the_same(next_company: Company) -> None:
    admin = next_company.psql()
    in_sql = {
        (child, parent): (tuple(offered), chosen)
        for child, parent, offered, chosen in admin.execute(
            "SELECT child, parent, offered, chosen FROM app.along WHERE offered <> '{}'"
        ).fetchall()
    }
    declared = {
        (entity.key, along.parent): (along.offered, along.chosen)
        for entity in ENTITIES.values()
        for along in entity.along
    }
    assert in_sql == declared
    knows_an_end = {
        row[0]
        for row in admin.execute("SELECT entity FROM app.held_kind WHERE open_when IS NOT NULL").fetchall()
    }
    assert {
        child for (child, _parent), (offered, _chosen) in declared.items() if "open" in offered
    } <= knows_an_end
    along = [kind.entity.key for kind in goes_along(ENTITIES, "customers.customer")]
    assert "purchasing.request" in along and "delivery.dispatch" in along and len(set(along)) == len(along)
    assert [kind.entity.key for kind in goes_along(ENTITIES, "sales.order")] == ["purchasing.request"]


def test_conditions_and_columns_are_those_of_their_tables(next_company: Company) -> None:
    admin = next_company.psql()
    for entity, people, rule in admin.execute(
        "SELECT entity, people, open_when FROM app.held_kind"
    ).fetchall():
        schema, _, name = entity.partition(".")
        columns = {
            row[0]
            for row in admin.execute(
                "SELECT column_name FROM information_schema.columns WHERE table_schema = %s AND table_name = %s",
                (schema, name),
            ).fetchall()
        }
        assert set(people) <= columns, entity
        admin.execute(f'SELECT count(*) FROM {schema}."{name}" WHERE {rule or "true"}')  # type: ignore[call-overload]
