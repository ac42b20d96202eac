"""Finding one record by a few words: completers, reference fields, Ctrl+K.

Two short statements: the first finds and ranks ids from the table alone (search index, primary key), the second
reads labels of at most ``limit`` rows by id. Labels may need joins, and joining before cutting would read all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Column, ColumnElement, Integer, Select, Table, func, literal, select
from sqlalchemy.orm import Session

from services.entity import Entity
from services.records import table_of
from services.search import Scope, candidates, parse, rank_expression
from services.spelling import rank

EXACT: Final = ("number", "short_name", "code", "login", "barcode", "model", "mobile", "phone")
"""Columns whose exact value is the best match, where a table has them."""
SMALL: Final = 500
"""Rows read of a table without search column; those are short lists such as warehouses."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One record found. ``rank`` 0: just what was typed, 1: begins so, 2: pinyin begins so, 3: somewhere."""

    id: int
    label: str
    detail: str = ""
    number: str = ""
    rank: int = 3


def lookup(
    session: Session,
    entity: Entity,
    words: str,
    *,
    limit: int = 20,
    conditions: Sequence[ColumnElement[bool]] = (),
    scopes: Mapping[str, Scope] | None = None,
) -> list[Hit]:
    """At most ``limit`` records of ``entity`` that answer ``words``, best first, none from the recycle bin.

    ``conditions`` are over the entity's own table; ``scopes`` is what ``read_scopes`` gave in this transaction. A
    completer does without: asking for them costs as much as most of its answers. Blank words give the newest
    records. Cost at 1,000,000 customers: an index search capped at 200 rows and a read of ``limit`` rows by key.
    """
    table = table_of(entity)
    fixed = [*conditions, *_alive(table)]
    if not words.strip():
        newest = select(table.c.id).where(*fixed).order_by(table.c.id.desc()).limit(limit)
        return _hits(session, entity, dict.fromkeys(session.scalars(newest), 3))
    if "search" not in table.c:
        return _in_small_table(session, entity, words, limit, fixed)
    scope = None if scopes is None else scopes.get(entity.key)
    return _hits(session, entity, _ranked(session, table, words, limit, fixed, scope))


def labels(session: Session, entity: Entity, ids: Iterable[int]) -> dict[int, str]:
    """What the records ``ids`` are called; those that are missing or hidden are left out."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    table = table_of(entity)
    rows = session.execute(_from(entity, select(table.c.id, entity.label)).where(table.c.id.in_(wanted)))
    return {row[0]: str(row[1] or "") for row in rows}


def _alive(table: Table) -> list[ColumnElement[bool]]:
    return [table.c.deleted_at.is_(None)] if "deleted_at" in table.c else []


def _from(entity: Entity, statement: Select[Any]) -> Select[Any]:
    return statement.select_from(entity.source() if entity.source else table_of(entity))


def _ranked(
    session: Session,
    table: Table,
    words: str,
    limit: int,
    fixed: Sequence[ColumnElement[bool]],
    scope: Scope | None,
) -> dict[int, int]:
    """Ids with their ranks, best first."""
    found: dict[int, int] = {}
    if "number" in table.c:
        # The 200 candidates come in no order; the one whose number was typed must be among the hits.
        typed = {words.strip(), words.strip().upper()}
        exact = select(table.c.id).where(table.c.number.in_(typed), *fixed).limit(1)
        found.update((found_id, 0) for found_id in session.scalars(exact))
    names = [name for name in (*EXACT, "name", "sort_name") if name in table.c]
    inner = candidates(
        select(table.c.id, table.c.search, *(table.c[name] for name in names)).where(*fixed),
        table.c.search,
        words,
        scope,
    ).subquery()
    exact_columns = [inner.c[name] for name in EXACT if name in inner.c]
    place = rank_expression(
        inner.c.search, words, exact=exact_columns, name=inner.c.name if "name" in inner.c else None
    ).label("place")
    order: list[Any] = [place]
    if "name" in inner.c:
        # of two names that begin so, the shorter is more of a match
        order.append(func.length(inner.c.name))
    order.append(inner.c.sort_name if "sort_name" in inner.c else inner.c.id)
    statement = select(inner.c.id, place).order_by(*order, inner.c.id).limit(limit)
    for row in session.execute(statement):
        found.setdefault(row.id, row.place)
    return dict(list(found.items())[:limit])


def _hits(session: Session, entity: Entity, ranks: dict[int, int]) -> list[Hit]:
    if not ranks:
        return []
    table = table_of(entity)
    columns = (table.c.id, entity.label, _or_empty(entity.detail), _or_empty(_number(table)))
    rows = session.execute(_from(entity, select(*columns)).where(table.c.id.in_(tuple(ranks))))
    found = {row[0]: Hit(row[0], row[1] or "", row[2] or "", row[3] or "", ranks[row[0]]) for row in rows}
    return [found[record_id] for record_id in ranks if record_id in found]


def _number(table: Table) -> Column[Any] | None:
    return table.c.number if "number" in table.c else None


def _or_empty(column: ColumnElement[Any] | None) -> ColumnElement[Any]:
    return literal("") if column is None else column


def _in_small_table(
    session: Session, entity: Entity, words: str, limit: int, fixed: Sequence[ColumnElement[bool]]
) -> list[Hit]:
    table = table_of(entity)
    if "number" in table.c and parse(words).words:
        by_number = (
            select(table.c.id, literal(1, Integer))
            .where(table.c.number.bool_op("^@")(words.strip().upper()), *fixed)
            .order_by(table.c.id.desc())
            .limit(limit)
        )
        numbered = {row[0]: row[1] for row in session.execute(by_number)}
        if numbered:
            return _hits(session, entity, numbered)
    columns = (table.c.id, entity.label, _or_empty(entity.detail), _or_empty(_number(table)))
    statement = _from(entity, select(*columns)).where(*fixed).order_by(table.c.id.desc()).limit(SMALL)
    hits = []
    for row in session.execute(statement):
        place = rank(words, row[1] or "")
        if place is not None:
            hits.append(Hit(row[0], row[1] or "", row[2] or "", row[3] or "", place))
    return sorted(hits, key=lambda hit: (hit.rank, len(hit.label), hit.label))[:limit]
