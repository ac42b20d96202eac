"""``shuke check``: recomputes every balance from its ledger, and what else must always hold (STK-11).

Each rule is one set-based query that gives what is wrong: where, what is expected, what was found. Nothing is
changed. Run as the administrator it checks everything; as somebody else what his rights let him see.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from services.checks_of_documents import DOCUMENT_RULES
from services.checks_of_files import FILE_RULES
from services.checks_of_ledgers import LEDGER_RULES, Rule
from services.language import mark, tr

MOST: Final = 200
"""Differences that one rule reports; more of the same tell nothing new."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as it must be."""

    rule: str
    """Key of the rule, such as ``stock.on_hand``."""
    what: str
    """English source of what is wrong, ending in a colon; ``where`` follows it."""
    where: str
    """The record, in the words of its users: number, product and warehouse, customer."""
    expected: str
    found: str

    def __str__(self) -> str:
        return tr(
            "{what} {where}: {expected} expected, {found} found.",
            what=tr(self.what),
            where=self.where,
            expected=self.expected,
            found=self.found,
        )


GENERAL_RULES: Final = (
    Rule(
        "organisation.share",
        mark("A record is shared with a closed user:"),
        """SELECT h.entity || ' ' || h.record_id, 'no share', u.login FROM organisation.share h
           JOIN organisation."user" u ON u.id = h.user_id
           WHERE NOT u.active AND (h.until IS NULL OR h.until >= current_date)""",
        admin=True,
    ),
    Rule(
        "app.seal",
        mark("A seal over the change history is broken:"),
        # the same number of lines on both sides: one of them was altered
        """SELECT f ->> 'sealed_at', f ->> 'rows', f ->> 'found' FROM jsonb_array_elements(app.check_seals()) f""",
        admin=True,
    ),
    Rule(
        "app.user_scope",
        mark("What a user may see is not what his position and roles give:"),
        """SELECT coalesce(c.login, s.login), c::text, row(s.id, s.login, s.rights, s.owner_ids, s.position_ids,
                  s.departments, s.reads_all, s.branch_id, s.warehouse_ids, s.networks, s.hours_from, s.hours_to,
                  s.encrypted)::text
           FROM app.computed_scope() c FULL JOIN app.user_scope s ON s.id = c.id
           WHERE c.id IS NULL OR s.id IS NULL OR c.branch_id IS DISTINCT FROM s.branch_id OR c.login <> s.login
              OR (c.networks, c.hours_from, c.hours_to, c.encrypted)
                 IS DISTINCT FROM (s.networks, s.hours_from, s.hours_to, s.encrypted)
              OR NOT (c.rights @> s.rights AND s.rights @> c.rights)
              OR NOT (c.owner_ids @> s.owner_ids AND s.owner_ids @> c.owner_ids)
              OR NOT (c.departments @> s.departments AND s.departments @> c.departments)
              OR NOT (c.reads_all @> s.reads_all AND s.reads_all @> c.reads_all)
              OR NOT (c.warehouse_ids @> s.warehouse_ids AND s.warehouse_ids @> c.warehouse_ids)""",
        admin=True,
    ),
)

RULES: Final = (*LEDGER_RULES, *DOCUMENT_RULES, *FILE_RULES, *GENERAL_RULES)


def check(session: Session, *, beside: Session | None = None) -> list[Difference]:
    """Everything that is not as it must be; empty if all is well. 24 s (two processors) for 2,000,000
    order lines; ``beside``, of another connection as the same person, takes on half of the rules in a thread."""
    admin = bool(
        session.scalar(
            text(
                "SELECT rolsuper OR pg_has_role(oid, 'shuke_owner', 'MEMBER') FROM pg_roles"
                " WHERE rolname = current_user"
            )
        )
    )
    rules = [rule for rule in (*RULES, *_search_rules(session, admin)) if admin or not rule.admin]
    found: dict[str, list[Difference]] = {}
    waiting = deque(rules)

    def work(connected: Session) -> None:
        connected.execute(text("SET LOCAL work_mem = '128MB'"))
        connected.execute(text("SET LOCAL jit = off"))
        while rule := _next(waiting):
            found[rule.key] = _broken(connected, rule)

    if beside is None:
        work(session)
    else:
        with ThreadPoolExecutor(1) as other:
            half = other.submit(work, beside)
            try:
                work(session)
            finally:
                # where one has failed the other need not go on
                waiting.clear()
            half.result()
    return [difference for rule in rules for difference in found[rule.key]]


def _next(waiting: deque[Rule]) -> Rule | None:
    # the other thread may have taken the last one between a look and the taking
    with suppress(IndexError):
        return waiting.popleft()
    return None


def _broken(session: Session, rule: Rule) -> list[Difference]:
    # materialised: for the first few rows the planner would walk indexes, but all is well, so there are none
    sql = rule.sql.replace(":", chr(92) + ":")
    statement = text(f"WITH wrong AS MATERIALIZED ({sql}) SELECT * FROM wrong LIMIT {MOST}")
    return [
        Difference(rule.key, rule.what, *("" if value is None else str(value) for value in row))
        for row in session.execute(statement)
    ]


def _search_rules(session: Session, admin: bool) -> list[Rule]:
    # staff do not read how tables are guarded: for them only what has no search at all is told
    searched = (
        "(SELECT g.searched FROM app.guarded g WHERE g.entity = n.nspname || '.' || c.relname)"
        if admin
        else "NULL::jsonb"
    )
    tables = session.execute(
        text(
            "SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS name,"
            f" n.nspname || '.' || c.relname AS key, {searched} AS searched"
            " FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE a.attname = 'search' AND NOT a.attisdropped AND c.relkind = 'r'"
            " AND EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname = 'fill_search')"
            " ORDER BY 1"
        )
    ).all()
    return [_search_rule(table.key, table.name, table.searched or {}) for table in tables]


def _search_rule(key: str, table: str, searched: Mapping[str, Any]) -> Rule:
    """What quick search stores of a row is there, and says whose the row is and where it lies, so that those who see it
    find it. A lexeme too many hides nothing, because the policies decide; a missing one hides the row."""
    parts = [f"'o' || coalesce({column}, 0)" for column in searched.get("whose", ())]
    parts += [f"'w' || {column}" for column in searched.get("where", ())]
    parts += [
        f"(SELECT string_agg('o' || x, ' & ') FROM unnest({column}) x)"
        for column in searched.get("several", ())
    ]
    needed = f"concat_ws(' & ', {', '.join(parts)})" if parts else "'search'"
    lacking = f" OR NOT search @@ ({needed})::tsquery" if parts else ""
    return Rule(
        f"{key}.search",
        mark("A record cannot be found by quick search:"),
        f"SELECT '{key} ' || id, {needed}, coalesce((SELECT string_agg(x, ' ') FROM"
        f" unnest(tsvector_to_array(search)) x WHERE x ~ '^[ow][0-9]+$'), 'NULL') FROM {table}"
        f" WHERE search IS NULL{lacking}",
    )
