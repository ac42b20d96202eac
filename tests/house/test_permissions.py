"""Rights and steps of documents are the same in Python and in SQL."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from models import activities, delivery, purchasing, sales, stock
from models.permissions import Permission
from services.company import ROLES
from services.registry import ENTITIES
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


# what each verb of the tick list asks for in the database, beside literals in models/sql
VERBS_OF_TABLES = r"""
SELECT g.entity || '.' || v.verb FROM app.guarded g
JOIN pg_namespace n ON n.nspname = split_part(g.entity, '.', 1)
JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = split_part(g.entity, '.', 2)
CROSS JOIN LATERAL (
    SELECT 'create' AS verb WHERE EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'add')
    UNION SELECT 'edit' WHERE EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'edit')
        -- files are attached to what one may edit
        OR EXISTS (SELECT FROM app.child k WHERE k.parent = g.entity AND k.child = 'system.attachment')
    UNION SELECT 'delete' WHERE EXISTS (
            SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'deleted_at')
        AND NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND (
            t.tgname = 'a_no_bin' OR t.tgname = 'a_frozen' AND pg_get_triggerdef(t.oid) ~ 'WHEN \(true\)'))
) v
UNION SELECT sees FROM app.guarded UNION SELECT sees FROM app.part
UNION SELECT substring(pg_get_expr(p.polqual, p.polrelid) FROM '([a-z]+\.see_all)') FROM pg_policy p
WHERE p.polname = 'see_all'
"""
OF_THE_PAGE = {
    "products.category.view": "names of categories stand in every product; the right opens their page",
    "products.price_level.view": "names of price levels stand in every price; the right opens their page",
}
"""Rights that the client alone asks, and why that tells nobody anything."""


def test_every_right_of_the_tick_list_does_something(office: Company) -> None:
    """Somebody asks for it: a policy, a function, or the mechanism of lists. Else it is not on the list."""
    literal = {
        right
        for file in SQL.rglob("*.sql")
        for right in re.findall(
            r"'([a-z_]+(?:\.[a-z_]+){1,2})'", re.sub(r"--[^\n]*", "", file.read_text(encoding="utf-8"))
        )
    }
    asked = {str(row[0]) for row in office.psql().execute(VERBS_OF_TABLES).fetchall()}
    for key, entity in ENTITIES.items():
        # services/exporting.py, services/list_printing.py and the import wizard ask for these of any entity
        asked |= {f"{key}.export", f"{key}.print"} | ({f"{key}.import"} if entity.importable else set())
    idle = set(Permission) - literal - asked - set(OF_THE_PAGE)
    assert not idle, sorted(idle)
    assert not set(OF_THE_PAGE) & asked, "these need no exception any more"


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
