"""Rights and steps of documents are the same in Python and in SQL."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from models import activities, delivery, purchasing, sales, stock
from models.permissions import Permission
from services.company import ROLES
from tests.conftest import Company

SQL = Path(__file__).parents[2] / "models" / "sql"
GRAMMAR = re.compile(r"^[a-z]+(\.[a-z_]+){1,2}$")


def rights_in_sql() -> set[str]:
    """Every literal right that the SQL files ask for."""
    found: set[str] = set()
    for file in SQL.rglob("*.sql"):
        text = file.read_text(encoding="utf-8")
        found |= set(re.findall(r"app\.(?:can|require)\(\s*'([a-z._]+)'", text))
        found |= set(re.findall(r"\"right\" => '([a-z._]+)'", text))
    return found


def test_grammar() -> None:
    assert all(GRAMMAR.match(right) for right in Permission)


def test_sql_asks_only_for_rights_that_exist() -> None:
    asked = rights_in_sql()
    assert len(asked) > 10
    assert asked <= set(Permission)


def test_policies_ask_only_for_rights_that_exist(office: Company) -> None:
    rows = office.psql().execute("SELECT sees, edits, entity FROM app.guarded").fetchall()
    assert rows
    unknown = {str(sees) for sees, _, _ in rows} - set(Permission)
    assert not unknown


def test_roles_hold_only_rights_that_exist() -> None:
    for code, _, rights in ROLES:
        assert set(rights) <= set(Permission), code


@pytest.mark.parametrize(
    ("table", "transitions"),
    [
        ("sales.order", sales.ORDER_TRANSITIONS),
        ("stock.receipt", stock.DOCUMENT_TRANSITIONS),
        ("stock.issue", stock.DOCUMENT_TRANSITIONS),
        ("delivery.note", delivery.NOTE_TRANSITIONS),
        ("delivery.dispatch", delivery.DISPATCH_TRANSITIONS),
        ("purchasing.request", purchasing.REQUEST_TRANSITIONS),
        ("activities.task", activities.TASK_TRANSITIONS),
    ],
)
def test_transitions(office: Company, table: str, transitions: frozenset[tuple[str, str]]) -> None:
    schema, _, name = table.partition(".")
    row = (
        office.psql()
        .execute(
            "SELECT tgargs FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
            " JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE t.tgname = 'a_transition' AND n.nspname = %s AND c.relname = %s",
            (schema, name),
        )
        .fetchone()
    )
    assert row is not None
    arguments = bytes(row[0]).split(b"\x00")[:-1]  # type: ignore[call-overload]
    assert {tuple(step.decode().split(">")) for step in arguments} == set(transitions)
