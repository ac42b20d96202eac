"""Many rows in one statement: arrays in, ids out. Triggers per statement (history, notices) run once a batch."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import ARRAY, Column, DefaultClause, Table, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from services.database import translated_errors
from services.errors import ConnectionLost, Refused, ShukeError

_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]


def insert_rows(session: Session, table: Table, rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """Insert ``rows``; their ids in the same order. A value that is missing or None gets the column's default."""
    keys = sorted({key for row in rows for key in row})
    if not keys or not rows:
        return []
    columns = ", ".join(_quoted(key) for key in keys)
    values = ", ".join(_value(table.c[key]) for key in keys)
    arrays = ", ".join(_array(table.c[key], i) for i, key in enumerate(keys))
    found = session.execute(
        text(
            f"INSERT INTO {table.schema}.{_quoted(table.name)} ({columns}) SELECT {values}"
            f" FROM unnest({arrays}) WITH ORDINALITY AS x({columns}, place_) ORDER BY x.place_ RETURNING id"
        ),
        _parameters(keys, rows),
    )
    return list(found.scalars())


def update_rows(session: Session, table: Table, rows: Mapping[int, Mapping[str, Any]]) -> set[int]:
    """Change the records by id; the ids of those that did change. What a row does not hold stays as it is."""
    keys = sorted({key for row in rows.values() for key in row})
    if not keys:
        return set()
    given = {k: _given(table.c[k]) for k in keys}
    sets = ", ".join(f"{_quoted(k)} = coalesce({given[k]}, t.{_quoted(k)})" for k in keys)
    differs = " OR ".join(
        f"x.{_quoted(k)} IS NOT NULL AND {given[k]} IS DISTINCT FROM t.{_quoted(k)}" for k in keys
    )
    columns = ", ".join(_quoted(key) for key in keys)
    arrays = ", ".join(_array(table.c[key], i) for i, key in enumerate(keys))
    found = session.execute(
        text(
            f"UPDATE {table.schema}.{_quoted(table.name)} t SET {sets}"
            f" FROM unnest(CAST(:ids AS bigint[]), {arrays}) AS x(id_, {columns})"
            f" WHERE t.id = x.id_ AND ({differs}) RETURNING t.id"
        ),
        {"ids": list(rows), **_parameters(keys, list(rows.values()))},
    )
    return set(found.scalars())


def or_one_by_one(
    session: Session,
    items: Sequence[Any],
    write: Callable[[Sequence[Any]], None],
    refused: Callable[[Any, ShukeError], None],
) -> None:
    """``write`` all items; where the database refuses, find the culprits by halves and write the others.

    What concerns the whole import (a missing right, a lost connection) is raised.
    """
    # by hand: SQLAlchemy goes back to a savepoint without letting go of it, so that each refusal left one open, and
    # some thousand of them took the server's memory for locks from everybody
    session.execute(text("SAVEPOINT these_rows"))
    try:
        with translated_errors():
            try:
                write(items)
            except (DBAPIError, ShukeError) as error:
                if not getattr(error, "connection_invalidated", isinstance(error, ConnectionLost)):
                    session.execute(text("ROLLBACK TO SAVEPOINT these_rows"))
                    session.execute(text("RELEASE SAVEPOINT these_rows"))
                raise
            session.execute(text("RELEASE SAVEPOINT these_rows"))
    except (ConnectionLost, AssertionError):
        raise
    except ShukeError as error:
        if _concerns_all(error):
            raise
        if len(items) == 1:
            refused(items[0], error)
            return
        middle = len(items) // 2
        or_one_by_one(session, items[:middle], write, refused)
        or_one_by_one(session, items[middle:], write, refused)


def _concerns_all(error: ShukeError) -> bool:
    cause = error.__cause__
    state = getattr(getattr(cause, "orig", cause), "sqlstate", "") if isinstance(cause, DBAPIError) else ""
    return (isinstance(error, Refused) and state == "42501") or state == "57014"


def _value(column: Column[Any]) -> str:
    default = column.server_default
    if isinstance(default, DefaultClause) and not isinstance(default.arg, str):
        return f"coalesce({_given(column)}, {default.arg.compile(dialect=_DIALECT)})"
    return _given(column)


def _given(column: Column[Any]) -> str:
    """What a row of the statement holds for ``column``."""
    name = f"x.{_quoted(column.name)}"
    kind = column.type
    return f"CAST({name} AS {kind.compile(dialect=_DIALECT)})" if isinstance(kind, ARRAY) else name


def _array(column: Column[Any], place: int) -> str:
    # unnest takes an array of arrays apart down to its elements: such values travel as text
    kind = "text" if isinstance(column.type, ARRAY) else column.type.compile(dialect=_DIALECT)
    return f"CAST(:v{place} AS {kind}[])"


def _parameters(keys: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    return {f"v{i}": [_plain(row.get(key)) for row in rows] for i, key in enumerate(keys)}


def _plain(value: Any) -> Any:
    """A list as the database writes an array, anything else as it is."""
    if not isinstance(value, list):
        return value
    quoted = (str(one).replace("\\", "\\\\").replace('"', '\\"') for one in value)
    return "{" + ",".join(f'"{one}"' for one in quoted) + "}"


def _quoted(name: str) -> str:
    return _DIALECT.identifier_preparer.quote(name)
