"""What staff try with the functions that manage people, rights and owners, through plain SQL (ORG-20)."""

from __future__ import annotations

import json
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

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
    ("organisation.undo_moves", {"moves": [[2, 1, 1]]}),
    ("organisation.save_branch", {"name": "x"}),
    ("organisation.save_branch", {"id": 1, "version": 1, "name": "x"}),
    ("organisation.save_role", {"name": "x", "rights": []}),
    ("organisation.save_role", {"id": 4, "version": 1, "name": "x", "rights": ["system.purge"]}),
    ("organisation.end_session", {"pid": 1}),
    ("organisation.transfer", {"entity": "customers.customer", "ids": [1], "to_user": 1}),
    ("organisation.begin_hand_over", {"from_user": 1, "to_user": 2, "kinds": {"customers.customer": "all"}}),
    ("organisation.begin_undo", {"hand_over": 1}),
    ("organisation.undo_step", {"part": 1}),
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
        "SELECT organisation.change_user(1, 1, 'x', '', '', 1, 1, ARRAY['boss'], NULL, NULL, NULL)",
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
        ("organisation.transfer", {"entity": "customers.customer", "to_user": heir}),
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
            lead.execute(
                "SELECT organisation.preview_transfer('customers.customer', ARRAY[%s]::bigint[])", (target,)
            )
        said.add((refused.value.sqlstate, str(refused.value.diag.message_primary)))
    assert len(said) == 1


def test_names_of_tables_are_no_way_in(company: Company) -> None:
    connection = company.psql("boss")
    for entity in ("app.user_scope", 'customers.customer"; DROP TABLE x; --', "pg_catalog.pg_authid", ""):
        with pytest.raises(psycopg.Error) as refused:
            connection.execute("SELECT app.why_visible(%s, 1)", (entity,))
        assert refused.value.sqlstate == "SK002"
        assert posted(connection, "organisation.share_records", entity=entity, ids=[1], users=[1]) == "SK002"
        assert posted(connection, "organisation.transfer", entity=entity, ids=[1], to_user=1) == "SK002"
        assert posted(connection, "organisation.take_back", entity=entity, ids=[1], users=[1]) is None
        said = connection.execute(
            "SELECT organisation.preview_share(%s)", (Jsonb({"entity": entity, "ids": [1], "users": [1]}),)
        ).fetchone()
        assert said == ({"ids": [], "new": 0, "change": 0, "left": {"hidden": 1}},)
    kinds = {"app.user_scope": "all", "pg_authid": "all", "system.saved_search": "all"}
    with connection.transaction():
        begun = connection.execute(
            "SELECT app.post(gen_random_uuid(), 'organisation.begin_hand_over', %s)",
            (Jsonb({"from_user": 2, "to_user": 3, "kinds": kinds}),),
        ).fetchone()
        assert begun is not None and begun[0]["steps"] == []
        for entity in kinds:
            with pytest.raises(psycopg.Error) as refused, connection.transaction():
                connection.execute(
                    "SELECT app.post(gen_random_uuid(), 'organisation.hand_over_step', %s)",
                    (Jsonb({"hand_over": begun[0]["hand_over"], "entity": entity, "after": 0, "most": 9}),),
                )
            assert refused.value.sqlstate == "SK002"
    # a hand-over is added to by the transaction that began it alone
    step = {"hand_over": begun[0]["hand_over"], "entity": "customers.customer", "after": 0, "most": 9}
    assert posted(connection, "organisation.hand_over_step", **step) == "SK002"
    assert company.psql().execute("SELECT count(*) FROM organisation.handed_part").fetchone() == (0,)


@pytest.mark.req("ORG-05")
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
    assert posted(seller, "organisation.change_own", phone="110", id=1, user_id=1, active=False) is None
    rows = company.psql().execute("SELECT login FROM organisation.\"user\" WHERE phone = '110'").fetchall()
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
    wanted = {"entity": "customers.customer", "ids": [customer], "users": [user_id(company, "sales6")]}
    assert posted(friend, "organisation.take_back", **wanted) is None
    assert sees(other) == 1


@pytest.mark.req("PLT-33", "ORG-05")
def test_the_boss_cannot_give_away_deleting_for_ever(company: Company) -> None:
    """Not in a role of his own making, not in one that is there, not by any way past the function."""
    boss = company.psql("boss")
    row = boss.execute("SELECT id, version, rights FROM organisation.role WHERE code = 'sales'").fetchone()
    assert row is not None
    role, version, rights = row
    purge = [*rights, "system.purge"]  # type: ignore[misc]
    every = boss.execute("SELECT rights FROM organisation.role WHERE code = 'boss'").fetchone()
    assert every is not None and "system.purge" in every[0]
    assert posted(boss, "organisation.save_role", name="Second boss", rights=every[0]) == "SK001"
    assert (
        posted(boss, "organisation.save_role", id=role, version=version, name="Sales", rights=purge)
        == "SK001"
    )
    assert (
        posted(boss, "organisation.save_role", name="Deputy", rights=sorted(set(every[0]) - {"system.purge"}))
        is None
    )
    with pytest.raises(psycopg.errors.CheckViolation):
        company.psql().execute(
            "UPDATE organisation.role SET rights = rights || '{system.purge}' WHERE code = 'administrator'"
        )
    assert company.psql().execute(
        "SELECT array_agg(code) FROM organisation.role WHERE 'system.purge' = ANY (rights)"
    ).fetchone() == (["boss"],)


@pytest.mark.req("PLT-33")
def test_a_copy_of_the_boss_deletes_nothing_for_ever(company: Company) -> None:
    boss = company.psql("boss")
    every = boss.execute("SELECT rights FROM organisation.role WHERE code = 'boss'").fetchone()
    assert every is not None
    made = boss.execute(
        "SELECT app.post(gen_random_uuid(), 'organisation.save_role', %s)",
        (Jsonb({"name": "Deputy", "rights": sorted(set(every[0]) - {"system.purge"})}),),
    ).fetchone()
    assert made is not None
    company.psql().execute(
        'INSERT INTO organisation.user_role (user_id, role_id) SELECT u.id, %s FROM organisation."user" u'
        " WHERE u.login = 'manager'",
        (made[0]["changes"]["organisation.role"][0],),
    )
    customer = customer_of(company, "sales1")
    deputy = company.psql("manager")
    assert sees(deputy) == 1
    gone = deputy.execute(
        "SELECT app.recycle('customers.customer', ARRAY[%s]::bigint[])", (customer,)
    ).fetchone()
    assert gone is not None
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        deputy.execute("SELECT app.purge(%s::bigint[])", (gone[0],))
    with pytest.raises(psycopg.Error):
        deputy.execute(f"SELECT organisation.set_password('boss', '{VERIFIER}')")  # type: ignore[call-overload]
    boss.execute("SELECT app.purge(%s::bigint[])", (gone[0],))
    left = boss.execute(
        "SELECT action FROM app.history WHERE entity = 'customers.customer' AND record_id = %s ORDER BY id",
        (customer,),
    ).fetchall()
    assert left[-1] == ("purge",), "the trace stays"
