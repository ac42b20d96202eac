"""What each kind of member of staff tries with psql and his own password, and the answer he gets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg import errors

from services.commands import Changes, Work
from tests.conftest import PASSWORD, Company

DENIED = errors.InsufficientPrivilege
READ_ONLY_TABLES = (
    "sales.order", "sales.order_line", "stock.balance", "stock.ledger", "stock.cost", "stock.ledger_cost",
    "stock.receipt", "stock.receipt_line", "stock.issue", "stock.issue_line", "stock.keeper", "finance.payment",
    "finance.allocation", "finance.ledger", "finance.account_ledger", "finance.account_balance", "delivery.note",
    "delivery.note_line", "delivery.dispatch", "delivery.dispatch_line",
    "customers.balance", "products.cost", "products.level_price", "organisation.user",
    "organisation.role", "organisation.user_role", "organisation.position", "organisation.branch",
    "organisation.share", "organisation.login", "organisation.notice", "organisation.hand_over", "app.seal",
    "app.epoch", "app.history", "app.user_scope", "app.request", "app.counter",
    "app.numbering", "app.section", "app.sharing", "app.part", "app.guarded",
    "app.offered", "app.deletion", "app.child", "app.applied", "app.reading",
    "system.setting", "system.export_log", "system.attachment", "system.thumbnail", "system.content",
    "system.content_part", "customers.contact_link", "activities.comment",
)  # fmt: skip


def quoted(table: str) -> str:
    """``schema."table"``."""
    schema, _, name = table.partition(".")
    return f'{schema}."{name}"'


def post(work: Work, *, function: str, arguments: dict[str, Any]) -> Changes:
    """A posting function as a command."""
    return work.post(function, **arguments)


@pytest.fixture(scope="module")
def furnished(office: Company) -> Company:
    """The shared company with one customer per team, written as their owners; the tests below change nothing."""
    for login, name in (("sales1", "长宏机电"), ("sales5", "万州五金店")):
        office.psql(login).execute("INSERT INTO customers.customer (name) VALUES (%s)", (name,))
    office.psql().execute("INSERT INTO products.product (name) VALUES ('球阀')")
    office.psql().execute(
        "INSERT INTO products.cost (id, cost_price) SELECT max(id), 77.77 FROM products.product"
    )
    office.close()
    return office


@pytest.fixture
def tried(furnished: Company) -> Iterator[Company]:
    """The same, whose connections end with the test: a login may have twelve."""
    # who may be in which role is the server's: the last company of another test may have changed it
    furnished.psql().execute("SELECT app.sync_scope_roles()")
    yield furnished
    furnished.close()


@pytest.mark.req("ORG-20")
@pytest.mark.parametrize("login", ["sales1", "keeper1", "cashier1", "admin", "boss"])
@pytest.mark.parametrize("verb", ["INSERT", "UPDATE", "DELETE", "TRUNCATE", "LOCK"])
def test_no_direct_write(tried: Company, login: str, verb: str) -> None:
    connection = tried.psql(login)
    for table in READ_ONLY_TABLES:
        statement = {
            "INSERT": f"INSERT INTO {quoted(table)} DEFAULT VALUES",
            "UPDATE": f"UPDATE {quoted(table)} SET id = id",
            "DELETE": f"DELETE FROM {quoted(table)}",
            "TRUNCATE": f"TRUNCATE {quoted(table)}",
            "LOCK": f"LOCK TABLE {quoted(table)} IN ACCESS EXCLUSIVE MODE",
        }[verb]
        with pytest.raises(DENIED), connection.transaction():
            connection.execute(statement)  # type: ignore[call-overload]


WRITABLE = (
    "customers.customer",
    "customers.contact",
    "activities.record",
    "activities.task",
    "products.product",
)


@pytest.mark.parametrize("table", WRITABLE)
@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM {}",
        "TRUNCATE {}",
        "LOCK TABLE {} IN ACCESS EXCLUSIVE MODE",
        "UPDATE {} SET version = 9",
        "UPDATE {} SET deleted_at = now()",
        "UPDATE {} SET created_by = 1",
        "UPDATE {} SET search = NULL",
        "ALTER TABLE {} DISABLE ROW LEVEL SECURITY",
        "DROP TABLE {}",
        "CREATE POLICY mine ON {} USING (true)",
        "CREATE TRIGGER x BEFORE UPDATE ON {} FOR EACH ROW EXECUTE FUNCTION app.stamp()",
        "COPY {} FROM STDIN",
    ],
)
def test_guarded_columns_and_structure(tried: Company, table: str, statement: str) -> None:
    with pytest.raises(psycopg.Error) as refused:
        connection = tried.psql("sales1")
        connection.execute("BEGIN")
        connection.execute(statement.format(table))  # type: ignore[call-overload]
    assert refused.value.sqlstate in {"42501", "0A000"}


@pytest.mark.req("ORG-10", "ORG-20")
def test_the_other_team_is_invisible_by_every_way(tried: Company) -> None:
    connection = tried.psql("sales1")
    for statement in (
        "SELECT name FROM customers.customer",
        "SELECT name FROM ONLY customers.customer",
        "TABLE customers.customer",
        "SELECT c.name FROM customers.customer c JOIN customers.balance b USING (id)",
        "SELECT string_agg(name, ',') FROM customers.customer",
        "SELECT name FROM customers.customer WHERE name LIKE '%万州%'",
        "SELECT name FROM customers.customer WHERE owner_id > 0 OR true",
        "SELECT row_to_json(c)::text FROM customers.customer c",
        "SELECT (SELECT max(name) FROM customers.customer)",
        "WITH x AS MATERIALIZED (SELECT * FROM customers.customer) SELECT name FROM x",
        "SELECT most_common_vals::text FROM pg_stats WHERE schemaname = 'customers'",
        "EXPLAIN (ANALYZE) SELECT * FROM customers.customer WHERE name = '万州五金店'",
    ):
        rows = connection.execute(statement).fetchall()  # type: ignore[call-overload]
        if not statement.startswith("EXPLAIN"):
            assert "万州五金店" not in str(rows), statement
    with (
        connection.cursor() as cursor,
        cursor.copy("COPY (SELECT name FROM customers.customer) TO STDOUT") as copy,
    ):
        assert "万州五金店" not in b"".join(bytes(part) for part in copy).decode()


def test_row_security_cannot_be_switched_off(tried: Company) -> None:
    connection = tried.psql("sales1")
    connection.execute("SET row_security = off")
    with pytest.raises(DENIED):
        connection.execute("SELECT * FROM customers.customer")


@pytest.mark.parametrize(
    "statement",
    [
        "SET ROLE shuke_owner",
        "SET ROLE shuke_keys",
        "SET ROLE shuke_all_customers",
        "SET ROLE boss",
        "SET SESSION AUTHORIZATION boss",
        "SET session_replication_role = replica",
        "CREATE TABLE public.mine (x int)",
        "CREATE TEMP TABLE mine (x int)",
        "CREATE SCHEMA mine",
        "CREATE FUNCTION app.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE FUNCTION public.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE ROLE friend LOGIN",
        "ALTER ROLE boss PASSWORD 'x'",
        "ALTER ROLE sales1 SUPERUSER",
        "ALTER ROLE sales1 CONNECTION LIMIT 100",
        "ALTER ROLE sales1 VALID UNTIL 'infinity'",
        "GRANT shuke_all_customers TO sales1",
        "DROP ROLE sales5",
        "SELECT lo_create(0)",
        "SELECT lo_from_bytea(0, 'x')",
        "SELECT pg_advisory_lock(7352000)",
        "SELECT pg_try_advisory_xact_lock(7352001)",
        "SELECT pg_read_file('postgresql.conf')",
        "COPY customers.customer TO PROGRAM 'cat'",
        "COPY customers.customer TO '/tmp/out'",
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'postgres'",
        "SELECT rolpassword FROM pg_authid",
        "CREATE EXTENSION vector SCHEMA app",
        "ALTER SYSTEM SET fsync = off",
        "SELECT app.next_number('sales.order', current_date)",
        "SELECT app.rebuild_scope()",
        "SELECT app.sync_scope_roles()",
        "SELECT app.make_login('friend', 'x')",
        "SELECT app.allow_login('sales5', false)",
        "SELECT app.end_connections('boss')",
        "SELECT app.recycle_tree('customers.customer', '{1}', '{1}', true)",
        "SELECT stock.move('x', 1, 'x', 1, '{1}', '{1}')",
        "SELECT stock.lock_balances(1, '{1}')",
        "SELECT sales.confirm_order('{}')",
        "SELECT sales.deliver(1, '{1}', 'x')",
        "SELECT finance.post_payment('{}')",
        "SELECT app.computed_scope()",
        "CALL app.guard('customers.customer')",
        "CALL app.offer('app.rebuild_scope')",
        "CALL app.drop_guards('customers.customer')",
        "SELECT nextval(pg_get_serial_sequence('sales.order', 'id'))",
        "SELECT setval(pg_get_serial_sequence('customers.customer', 'id'), 1)",
        "SELECT organisation.move_position('{}')",
        "SELECT organisation.save_role('{}')",
        "SELECT app.put_in_place('customers.customer', '{owner_id}', '{1}', '{1}', 1)",
        "SELECT organisation.owned_records(1)",
        "SELECT app.along_with('customers.customer', '{1}', '{1}')",
        "SELECT organisation.held_records(1)",
        "SELECT organisation.share_plan('{}')",
        "SELECT organisation.tell_many(1, 'x', 1, '{}', 'customers.customer')",
        "SELECT organisation.tell(1, 'x', '{}')",
        "SELECT app.reasons('customers.customer', 1, 1)",
        "SELECT app.open_connections()",
        "SELECT app.end_connection(1)",
        "SELECT app.open_epoch()",
        "SELECT * FROM app.seal",
        "SELECT * FROM app.epoch",
        "SELECT * FROM app.user_scope",
        "SELECT * FROM app.counter",
        "SELECT * FROM app.request",
    ],
)
@pytest.mark.parametrize("login", ["sales1", "admin"])
def test_no_power_over_the_server(tried: Company, login: str, statement: str) -> None:
    connection = tried.psql(login)
    with pytest.raises(psycopg.Error) as refused:
        connection.execute(statement)  # type: ignore[call-overload]
    assert refused.value.sqlstate == "42501" or "permission denied" in str(refused.value), refused.value


@pytest.mark.parametrize("login", ["sales1", "admin"])
def test_nobody_hands_on_what_he_sees(tried: Company, login: str) -> None:
    # PostgreSQL only warns; what counts is that nothing was granted
    tried.psql(login).execute("GRANT SELECT ON customers.customer TO PUBLIC")
    row = (
        tried.psql()
        .execute(
            "SELECT count(*) FROM pg_class c CROSS JOIN LATERAL aclexplode(c.relacl) a"
            " WHERE c.oid = 'customers.customer'::regclass AND a.grantee = 0"
        )
        .fetchone()
    )
    assert row == (0,)


def test_identity_cannot_be_forged_by_a_setting(tried: Company) -> None:
    connection = tried.psql("sales1")
    for name in ("app.uid", "app.login", "role.name", "request.user"):
        connection.execute("SELECT set_config(%s, 'boss', false)", (name,))
    connection.execute("SET application_name = 'boss'")
    connection.execute("SET search_path = pg_temp, public, app")
    rows = connection.execute("SELECT name FROM customers.customer").fetchall()
    assert [name for (name,) in rows] == ["长宏机电"]


@pytest.mark.req("ORG-14")
def test_cost_is_nowhere_without_its_right(tried: Company) -> None:
    for login in ("sales1", "keeper1", "cashier1", "service1"):
        connection = tried.psql(login)
        for table in ("products.cost", "stock.cost", "stock.ledger_cost", "stock.receipt_line_cost"):
            assert connection.execute(f"SELECT * FROM {table}").fetchall() == [], (login, table)  # type: ignore[call-overload]
        assert "77.77" not in str(connection.execute("SELECT to_jsonb(p) FROM products.product p").fetchall())
    assert tried.psql("buyer").execute("SELECT cost_price FROM products.cost").fetchall()


def test_hidden_and_missing_get_the_same_answer(tried: Company) -> None:
    hidden = tried.psql().execute("SELECT id FROM customers.customer WHERE name = '万州五金店'").fetchone()
    assert hidden is not None
    connection = tried.psql("sales1")
    said = []
    for customer in (hidden[0], 999_999_999):
        for statement, values in (
            ("INSERT INTO customers.contact (customer_id, name) VALUES (%s, '甲')", (customer,)),
            ("INSERT INTO activities.record (customer_id, said) VALUES (%s, '好')", (customer,)),
            ("SELECT app.recycle('customers.customer', ARRAY[%s]::bigint[])", (customer,)),
            (
                "SELECT app.post(gen_random_uuid(), 'organisation.share_records', jsonb_build_object("
                "'entity', 'customers.customer', 'ids', jsonb_build_array(%s::bigint), 'users', '[1]'::jsonb))",
                (customer,),
            ),
        ):
            with pytest.raises(psycopg.Error) as refused, connection.transaction():
                connection.execute(statement, values)
            said.append((customer == hidden[0], refused.value.sqlstate, refused.value.diag.message_primary))
    assert [rest for is_hidden, *rest in said if is_hidden] == [
        rest for is_hidden, *rest in said if not is_hidden
    ]


def test_nobody_creates_records_for_others(tried: Company) -> None:
    boss = tried.psql().execute("SELECT id FROM organisation.\"user\" WHERE login = 'boss'").fetchone()
    assert boss is not None
    with pytest.raises(DENIED):
        tried.psql("sales1").execute(
            "INSERT INTO customers.customer (name, owner_id) VALUES ('甲', %s)", (boss[0],)
        )


def test_keepers_do_not_see_customers_or_orders(tried: Company) -> None:
    connection = tried.psql("keeper1")
    for table in (
        "customers.customer",
        "customers.contact",
        "customers.balance",
        "sales.order",
        "finance.payment",
    ):
        assert connection.execute(f"SELECT * FROM {quoted(table)}").fetchall() == [], table  # type: ignore[call-overload]


def test_a_leaky_function_sees_no_hidden_value(tried: Company) -> None:
    connection = tried.psql("sales1")
    for statement in (
        "SELECT * FROM customers.customer WHERE name::int = 1",
        "SELECT * FROM customers.customer WHERE 1 / (CASE WHEN name = '万州五金店' THEN 0 ELSE 1 END) = 1",
        "SELECT * FROM customers.customer ORDER BY 1 / (length(name) - 5)",
    ):
        try:
            connection.execute(statement)  # type: ignore[call-overload]
        except psycopg.Error as error:
            assert "万州" not in str(error)
            assert error.sqlstate == "22P02", "division by zero would tell that the hidden row is there"


def test_forged_notices_carry_nothing(tried: Company) -> None:
    from services.changes import parse

    connection = tried.psql("sales1")
    connection.execute("SELECT pg_notify('shuke', 'customers.customer:1,2,x:1')")
    assert parse("customers.customer:1,2,x:1", set()) is None
    assert parse("'; DROP TABLE x:1:1", set()) is not None  # a name that no screen listens to


@pytest.mark.parametrize(
    "function",
    [
        "app.rebuild_scope",
        "sales.deliver",
        "pg_catalog.pg_sleep",
        "stock.move",
        "sales.save_order; DROP TABLE x",
    ],
)
def test_only_offered_functions_are_posted(tried: Company, function: str) -> None:
    with pytest.raises(DENIED):
        tried.psql("boss").execute("SELECT app.post(gen_random_uuid(), %s, '{}')", (function,))


def test_a_request_key_is_its_owners(company: Company) -> None:
    key = "0b0f4e0c-3b0e-4a5a-9d0a-111111111111"
    first = company.psql("sales1")
    first.execute("SELECT app.open_request(%s, 'x', 'y')", (key,))
    first.execute("SELECT app.close_request(%s, '{\"secret\": 1}')", (key,))
    other = company.psql("sales5")
    assert other.execute("SELECT app.request_result(%s)", (key,)).fetchone() == (None,)
    with pytest.raises(psycopg.Error) as refused:
        other.execute("SELECT app.open_request(%s, 'x', 'y')", (key,))
    assert refused.value.sqlstate == "SK001"


def test_too_many_connections_of_one_login(company: Company) -> None:
    for _ in range(12):
        company.psql("sales4")
    with pytest.raises(psycopg.OperationalError, match="too many connections"):
        company.psql("sales4")


def test_a_plain_password_is_refused(company: Company) -> None:
    boss = company.psql("boss")
    with pytest.raises(psycopg.Error) as refused:
        boss.execute("SELECT organisation.set_password('sales1', %s)", (PASSWORD,))
    assert refused.value.sqlstate == "SK001"
    assert PASSWORD not in str(refused.value)


def test_nobody_gives_rights_that_he_lacks(company: Company) -> None:
    admin = company.psql("admin")
    verifier = "SCRAM-SHA-256$4096:c2FsdA==$c3RvcmVk:c2VydmVy"
    with pytest.raises(psycopg.Error) as refused:
        admin.execute(
            "SELECT organisation.add_user('friend', %s, 'Friend', 1, 1, ARRAY['boss'])", (verifier,)
        )
    assert refused.value.sqlstate == "SK001"
    with pytest.raises(psycopg.Error):
        admin.execute("SELECT organisation.set_password('boss', %s)", (verifier,))
    boss = admin.execute("SELECT id, version FROM organisation.\"user\" WHERE login = 'boss'").fetchone()
    assert boss is not None
    with pytest.raises(psycopg.Error):
        admin.execute(
            "SELECT organisation.change_user(%s, %s, 'x', '', '', 1, 1, ARRAY['sales'], NULL, NULL, NULL)",
            (boss[0], boss[1]),
        )
