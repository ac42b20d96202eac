"""What staff try with the functions that manage people, rights and owners, through plain SQL (ORG-20)."""

from __future__ import annotations

import json
from typing import Any

import psycopg
import pytest

from tests.conftest import Company
from tests.services.test_visibility import customer_of, sees, user_id

VERIFIER = "SCRAM-SHA-256$4096:c2FsdA==$c3RvcmVk:c2VydmVy"


def posted(connection: psycopg.Connection[Any], function: str, **arguments: Any) -> str | None:
    """The SQLSTATE with which a posting function refused; None when it ran."""
    try:
        connection.execute(
            "SELECT app.post(gen_random_uuid(), %s, %s::jsonb)", (function, json.dumps(arguments))
        )
    except psycopg.Error as error:
        return error.sqlstate
    return None


ATTEMPTS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("organisation.save_position", {"name": "x", "parent_id": 1}),
    ("organisation.save_position", {"id": 1, "version": 1, "name": "x"}),
    ("organisation.move_position", {"id": 2, "parent_id": 1}),
    ("organisation.save_branch", {"name": "x"}),
    ("organisation.save_branch", {"id": 1, "version": 1, "name": "x"}),
    ("organisation.save_role", {"name": "x", "rights": []}),
    ("organisation.save_role", {"id": 4, "version": 1, "name": "x", "rights": ["system.purge"]}),
    ("organisation.limit_user", {"user_id": 1, "networks": ["203.0.113.0/24"]}),
    ("organisation.end_session", {"pid": 1}),
    ("organisation.transfer_customers", {"ids": [1], "to_user": 1}),
    ("organisation.hand_over", {"from_user": 1, "to_user": 2, "kinds": ["customers.customer"]}),
)


@pytest.mark.req("ORG-20")
@pytest.mark.parametrize("login", ["sales1", "keeper1", "cashier1", "service1"])
def test_nobody_manages_people_without_the_right(company: Company, login: str) -> None:
    connection = company.psql(login)
    for function, arguments in ATTEMPTS:
        assert posted(connection, function, **arguments) == "42501", function
    for statement in (
        "SELECT organisation.close_user(1)",
        "SELECT organisation.reopen_user(1)",
        "SELECT organisation.end_sessions(1)",
        f"SELECT organisation.set_password('boss', '{VERIFIER}')",
        f"SELECT organisation.add_user('friend', '{VERIFIER}', 'x', 1, 1, ARRAY['sales'])",
        "SELECT organisation.change_user(1, 1, 'x', '', '', 1, 1, ARRAY['boss'])",
        "SELECT organisation.preview_hand_over(1)",
        "SELECT app.who_sees('customers.customer', 1)",
        "SELECT app.seal_history()",
        "SELECT app.check_seals()",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(statement)  # type: ignore[call-overload]


@pytest.mark.req("ORG-20")
def test_hidden_and_missing_customers_get_the_same_answer(company: Company) -> None:
    hidden = customer_of(company, "sales5")
    lead = company.psql("lead1")
    heir = user_id(company, "sales1")
    for function, arguments in (
        ("organisation.transfer_customers", {"to_user": heir}),
        ("organisation.share_records", {"entity": "customers.customer", "users": [heir]}),
    ):
        answers = {posted(lead, function, ids=[target], **arguments) for target in (hidden, 987_654_321)}
        assert answers == {"SK002"}, function
    said = set()
    for target in (hidden, 987_654_321):
        for function in ("app.why_visible", "app.owners_before"):
            with pytest.raises(psycopg.Error) as refused:
                lead.execute(f"SELECT {function}('customers.customer', %s)", (target,))  # type: ignore[call-overload]
            said.add((refused.value.sqlstate, str(refused.value.diag.message_primary)))
        with pytest.raises(psycopg.Error) as refused:
            lead.execute("SELECT organisation.preview_transfer(ARRAY[%s]::bigint[])", (target,))
        said.add((refused.value.sqlstate, str(refused.value.diag.message_primary)))
    assert len(said) == 1


def test_names_of_tables_are_no_way_in(company: Company) -> None:
    connection = company.psql("boss")
    for entity in ("app.user_scope", 'customers.customer"; DROP TABLE x; --', "pg_catalog.pg_authid", ""):
        with pytest.raises(psycopg.Error) as refused:
            connection.execute("SELECT app.why_visible(%s, 1)", (entity,))
        assert refused.value.sqlstate == "SK002"
        assert posted(connection, "organisation.share_records", entity=entity, ids=[1], users=[1]) == "SK002"
    assert (
        posted(
            connection,
            "organisation.hand_over",
            from_user=2,
            to_user=3,
            kinds=["app.user_scope", "pg_authid"],
        )
        is None
    )
    row = connection.execute("SELECT moved FROM organisation.hand_over").fetchone()
    assert row == ({},)


def test_built_in_roles_and_the_boss_stay(company: Company) -> None:
    boss = company.psql("boss")
    for code in ("boss", "administrator", "sales"):
        row = boss.execute("SELECT id FROM organisation.role WHERE code = %s", (code,)).fetchone()
        assert row is not None
        with pytest.raises(psycopg.Error) as refused:
            boss.execute("SELECT app.recycle('organisation.role', ARRAY[%s]::bigint[])", (row[0],))
        assert refused.value.sqlstate == "SK001"


def test_own_data_only(company: Company) -> None:
    seller = company.psql("sales1")
    assert posted(seller, "organisation.change_own", phone="1", id=1, user_id=1, active=False) is None
    rows = company.psql().execute("SELECT login FROM organisation.\"user\" WHERE phone = '1'").fetchall()
    assert rows == [("sales1",)]
    assert posted(seller, "organisation.read_notices", ids=[1, 2, 3]) is None
    assert (
        posted(seller, "organisation.report_failures", attempts=[{"at": "2026-01-01", "reason": "x"}] * 50)
        is None
    )
    assert sees(seller, "organisation.login") == 0


def test_a_read_share_takes_no_other_share_back(company: Company) -> None:
    customer = customer_of(company, "sales1")
    owner, friend, other = company.psql("sales1"), company.psql("sales5"), company.psql("sales6")
    for login in ("sales5", "sales6"):
        assert (
            posted(
                owner,
                "organisation.share_records",
                entity="customers.customer",
                ids=[customer],
                users=[user_id(company, login)],
            )
            is None
        )
    shares = [row[0] for row in owner.execute("SELECT id FROM organisation.share ORDER BY id").fetchall()]
    assert posted(friend, "organisation.take_back", shares=shares) == "SK002"
    assert sees(other) == 1
