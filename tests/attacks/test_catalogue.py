"""The catalogue holds the promise for every table there is and every one to come (ORG-20)."""

from __future__ import annotations

import pytest

from models.schema import SCHEMAS
from tests.attacks.catalogue import HISTORY, OPEN_TO_ALL, TABLES, WITHOUT_HISTORY, faults
from tests.conftest import Company


@pytest.mark.req("ORG-20")
def test_the_database_is_sound(office: Company, next_office: Company) -> None:
    assert faults(office.psql()) == []
    assert faults(next_office.psql()) == [], "and with the next entity"


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (
            "CREATE TABLE sales.gift (id bigint PRIMARY KEY); ALTER TABLE sales.gift OWNER TO shuke_owner",
            "no row-level",
        ),
        (
            "CREATE SCHEMA rents AUTHORIZATION shuke_owner; CREATE TABLE rents.lease (id bigint PRIMARY KEY);"
            " ALTER TABLE rents.lease OWNER TO shuke_owner",
            "rents.lease has no row-level",
        ),
        (
            "CREATE SCHEMA rents AUTHORIZATION shuke_owner; GRANT CREATE ON SCHEMA rents TO shuke_staff",
            "may create in schema rents",
        ),
        (
            "CREATE TABLE sales.gift (id bigint PRIMARY KEY); ALTER TABLE sales.gift OWNER TO shuke_owner;"
            " CALL app.guard('sales.gift', visible => 'true', writable => false, with_history => false)",
            "sales.gift writes no history",
        ),
        ("DROP TRIGGER y_history_update ON customers.customer", "customers.customer writes no history"),
        (
            "ALTER TABLE finance.payment DISABLE TRIGGER y_history_insert",
            "finance.payment writes no history",
        ),
        ("DROP TRIGGER a_append_only ON stock.ledger", "stock.ledger writes no history"),
        ("DROP TRIGGER a_frozen ON finance.ledger", "finance.ledger writes no history"),
        ("ALTER TABLE customers.customer DISABLE ROW LEVEL SECURITY", "customers.customer has no row-level"),
        ("GRANT DELETE ON customers.customer TO shuke_staff", "DELETE on the whole"),
        ("GRANT UPDATE ON customers.customer TO shuke_staff", "UPDATE on the whole"),
        ("GRANT UPDATE (owner_id) ON customers.customer TO shuke_staff", "staff may write"),
        ("GRANT SELECT ON sales.order_line TO PUBLIC", "PUBLIC has SELECT"),
        (
            "CREATE POLICY leak ON customers.customer FOR SELECT TO shuke_staff USING (true)",
            "checks no right",
        ),
        (
            "CREATE POLICY leak ON customers.customer FOR ALL TO shuke_staff USING ((SELECT app.can('x.y')))",
            "DELETE",
        ),
        ("CREATE VIEW sales.everything AS SELECT * FROM sales.order_line", "not security_invoker"),
        ("CREATE MATERIALIZED VIEW sales.copy AS SELECT * FROM sales.order_line", "materialised view"),
        (
            "CREATE FUNCTION sales.peek() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS"
            " 'SELECT count(*) FROM sales.order_line'",
            "without a pinned search_path",
        ),
        (
            "CREATE FUNCTION sales.peek() RETURNS bigint LANGUAGE sql SECURITY DEFINER"
            " SET search_path = pg_catalog, pg_temp AS 'SELECT count(*) FROM sales.order_line';"
            " ALTER FUNCTION sales.peek() OWNER TO shuke_owner; REVOKE ALL ON FUNCTION sales.peek() FROM PUBLIC;"
            " GRANT EXECUTE ON FUNCTION sales.peek() TO shuke_staff",
            "checks nothing",
        ),
        ("CREATE FUNCTION app.x() RETURNS int LANGUAGE sql AS 'SELECT 1'", "everybody may execute app.x()"),
        ("ALTER FUNCTION customers.name_key(text) LEAKPROOF", "LEAKPROOF"),
        ("GRANT CREATE ON SCHEMA sales TO shuke_staff", "may create in schema sales"),
        ("GRANT shuke_owner TO sales1", "member of an owner role"),
        ("ALTER ROLE sales1 BYPASSRLS", "powers over the server"),
        ("GRANT shuke_all_customers TO sales1", "exactly one scope role"),
        (
            "ALTER TABLE customers.customer DROP CONSTRAINT ck_customer_possible",
            "impossible values: credit_limit",
        ),
        (
            "CREATE FUNCTION sales.late() RETURNS boolean LANGUAGE sql AS 'SELECT current_date > ''2020-01-01''::date'",
            "time zone",
        ),
        (
            "CREATE FUNCTION sales.who() RETURNS text LANGUAGE sql AS $$SELECT current_setting('shuke.me')$$",
            "anybody may set",
        ),
        (
            "CREATE FUNCTION sales.tidy(text) RETURNS text LANGUAGE sql AS $$SELECT replace($1, '\\d', '')$$",
            "backslash",
        ),
        (
            "CREATE FUNCTION sales.mine() RETURNS text[] LANGUAGE sql AS"
            " 'SELECT s.rights FROM app.user_scope s WHERE s.login = session_user'",
            "admitted",
        ),
        (
            "CREATE POLICY leak ON customers.customer FOR SELECT TO shuke_staff"
            " USING ((SELECT app.can('x.y')) AND created_at > current_date)",
            "time zone",
        ),
        (
            'ALTER TABLE sales."order" ALTER COLUMN date SET DEFAULT current_date',
            "sales.order.date takes the day",
        ),
        (
            'ALTER TABLE sales."order" ALTER COLUMN date SET DEFAULT now()::date',
            "sales.order.date takes the day",
        ),
        (
            'ALTER TABLE sales."order" ADD CONSTRAINT ck_late CHECK (date <= current_date)',
            "sales.order.ck_late takes the day",
        ),
    ],
)
def test_damage_is_seen(office: Company, damage: str, said: str) -> None:
    connection = office.psql()
    with connection.transaction(force_rollback=True):
        connection.execute(damage)  # type: ignore[call-overload]
        assert any(said in fault for fault in faults(connection)), faults(connection)


def test_every_exception_is_a_table_that_is_there(office: Company) -> None:
    """What is excepted by name from a rule must not outlive its reason."""
    there = {row[0] for row in office.psql().execute(TABLES).fetchall()}
    excepted = set().union(OPEN_TO_ALL, *WITHOUT_HISTORY.values())
    assert excepted - there == set()
    kept = {name for name, written, never in office.psql().execute(HISTORY).fetchall() if written or never}
    assert excepted & kept - OPEN_TO_ALL == set(), "these need no exception"


def test_the_catalogue_knows_every_schema(office: Company) -> None:
    """The rules above look at what is there, not at a list that somebody keeps."""
    seen = {row[0].split(".")[0] for row in office.psql().execute(TABLES).fetchall()}
    assert seen == set(SCHEMAS)
