"""What somebody tries who was closed, with a connection that is open still and with his password (ORG-03, ORG-20)."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from tests.attacks.reach import VERIFIER, answers, seen, state
from tests.conftest import Company
from tests.services.test_visibility import customer_of, sees, share, user_id


@pytest.fixture
def left(sample: Company) -> Iterator[tuple[Company, psycopg.Connection[Any]]]:
    """The company, and a connection of sales1 that outlived his closing: as if nobody had ended it."""
    connection = sample.psql("sales1")
    assert len(seen(sample, connection)) > 10
    sample.psql().execute("UPDATE organisation.\"user\" SET active = false WHERE login = 'sales1'")
    yield sample, connection
    sample.psql().execute("UPDATE organisation.\"user\" SET active = true WHERE login = 'sales1'")


@pytest.mark.req("ORG-03", "ORG-20")
def test_he_reaches_nothing(left: tuple[Company, psycopg.Connection[Any]]) -> None:
    company, connection = left
    assert seen(company, connection) == set()
    refused = set(answers(company, connection).values())
    assert refused == {"42501"}


ATTEMPTS = (
    # numbering
    "SELECT app.next_number('sales.order', current_date)",
    "UPDATE app.counter SET last = 99999",
    "INSERT INTO app.numbering (entity, prefix) VALUES ('sales.order', 'AB')",
    "UPDATE app.numbering SET prefix = 'AB'",
    "SELECT nextval(pg_get_serial_sequence('sales.order', 'id'))",
    # owners, shares, rights
    "UPDATE customers.customer SET owner_id = 1 WHERE false",
    "INSERT INTO organisation.share (entity, record_id, user_id) VALUES ('customers.customer', 1, 1)",
    "DELETE FROM organisation.share",
    "INSERT INTO organisation.user_role (user_id, role_id) VALUES (1, 1)",
    'UPDATE organisation."user" SET active = true WHERE login = session_user',
    "SELECT app.allow_login('sales1', true)",
    "SELECT app.bound_login('sales1')",
    "SELECT app.end_overdue('0', '0')",
    "SELECT app.rebuild_scope()",
    "ALTER ROLE sales1 CONNECTION LIMIT 100",
    "ALTER ROLE sales1 VALID UNTIL 'infinity'",
    "SET ROLE shuke_owner",
    "SET SESSION AUTHORIZATION boss",
    "GRANT shuke_all_customers TO sales1",
    "CREATE ROLE friend LOGIN",
    # what he wrote, and what others wrote
    "DELETE FROM customers.customer",
    "TRUNCATE customers.customer",
    'UPDATE sales."order" SET received = 0',
    "INSERT INTO customers.customer (name) VALUES ('甲')",
    "INSERT INTO activities.task (subject, executor_id) VALUES ('甲', 1)",
    "SELECT * FROM app.user_scope",
    "SELECT lo_create(0)",
    "SELECT pg_advisory_lock(7352001)",
)


@pytest.mark.req("ORG-20")
@pytest.mark.parametrize("statement", ATTEMPTS)
def test_each_attempt_of_a_closed_user_is_refused(office: Company, statement: str) -> None:
    superuser, connection = office.psql(), office.psql("sales1")
    superuser.execute("UPDATE organisation.\"user\" SET active = false WHERE login = 'sales1'")
    try:
        assert state(connection, statement) == "42501"
    finally:
        superuser.execute("UPDATE organisation.\"user\" SET active = true WHERE login = 'sales1'")
        connection.close()
        superuser.close()


@pytest.mark.req("ORG-03", "ORG-10", "ORG-13", "PLT-36")
def test_he_numbers_hands_on_and_shares_nothing(closing: Company) -> None:
    """With arguments that would have worked a moment before; prepared statements help nothing."""
    company = closing
    customer = customer_of(company, "sales1")
    friend = user_id(company, "sales2")
    seller, superuser = company.psql("sales1"), company.psql()
    other = customer_of(company, "sales5")
    share(company.psql("sales5"), other, users=[user_id(company, "sales1")])
    for _ in range(6):
        assert seller.execute("SELECT count(*) FROM customers.customer", prepare=True).fetchone() == (2,)
    ordered = {"customer_id": customer, "lines": [], "subject": "x"}
    works = {
        "sales.save_order": ordered,
        "organisation.share_records": {"entity": "customers.customer", "ids": [customer], "users": [friend]},
        "organisation.transfer": {"entity": "customers.customer", "ids": [customer], "to_user": friend},
        "customers.put_into_pool": {"ids": [customer], "reason": "x"},
        "organisation.change_own": {"phone": "1"},
    }
    superuser.execute("UPDATE organisation.\"user\" SET active = false WHERE login = 'sales1'")
    assert seller.execute("SELECT count(*) FROM customers.customer", prepare=True).fetchone() == (0,)
    for function, arguments in works.items():
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            seller.execute("SELECT app.post(gen_random_uuid(), %s, %s)", (function, Jsonb(arguments)))
    assert superuser.execute("SELECT count(*) FROM app.counter").fetchone() == (0,)
    assert superuser.execute('SELECT count(*) FROM sales."order"').fetchone() == (0,)
    assert sees(company.psql("sales2")) == 0


@pytest.fixture
def closing(company: Company) -> Iterator[Company]:
    """A company whose sales1 may log in and see again afterwards: logins are the server's, not the database's."""
    yield company
    company.psql().execute("UPDATE organisation.\"user\" SET active = true WHERE login = 'sales1'")
    company.psql().execute("SELECT app.allow_login('sales1', true)")


@pytest.mark.req("ORG-03")
def test_he_is_out_within_a_second_and_does_not_come_back(closing: Company) -> None:
    company = closing
    seller = company.psql("sales1")
    seller.execute("BEGIN")
    seller.execute("INSERT INTO customers.customer (name) VALUES ('甲')")
    boss, me = company.psql("boss"), user_id(company, "sales1")
    began = time.monotonic()
    boss.execute("SELECT organisation.close_user(%s)", (me,))
    while boss.execute("SELECT organisation.end_sessions(%s)", (me,)).fetchone() != (0,):
        pass
    assert time.monotonic() - began < 1
    with pytest.raises(psycopg.OperationalError):
        seller.execute("COMMIT")
    for _ in range(3):
        with pytest.raises(psycopg.OperationalError, match="not permitted to log in"):
            company.psql("sales1")
    assert company.psql().execute("SELECT count(*) FROM customers.customer").fetchone() == (0,)
    with pytest.raises(psycopg.errors.Error) as refused:
        boss.execute(f"SELECT organisation.set_password('sales1', '{VERIFIER}')")  # type: ignore[call-overload]
    assert refused.value.sqlstate == "SK002", "a new password is no way back either"
