"""Which rows exist already: in the database, beyond what the user sees too, and further up in the same file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Table, UniqueConstraint, text
from sqlalchemy.orm import Session

from services.entity import Entity
from services.importing.conversion import Line
from services.records import table_of

_BETWEEN: Final = "\x1f"


@dataclass(frozen=True, slots=True)
class Identity:
    """Fields that together make a record the same one."""

    fields: tuple[str, ...]
    columns: tuple[str, ...]
    """What is compared: ``name_key``, kept by the database, where a table has it beside ``name``."""
    enforced: bool
    """An index forbids a second one."""


@dataclass(frozen=True, slots=True)
class Match:
    """A record that a row is. ``record_id`` is None where the user does not see it."""

    record_id: int | None
    editable: bool
    identity: Identity


@dataclass(frozen=True, slots=True)
class Above:
    """A row further up in the file that a row is the same record as."""

    row: int
    identity: Identity


def identities(entity: Entity) -> tuple[Identity, ...]:
    """How records of ``entity`` are recognised, the surest first.

    A key of ``Entity.unique`` with a unique index of its own counts alone (a number); the others count together
    (name, model and specification).
    """
    table = table_of(entity)
    unique = _unique_columns(table)
    alone = [key for key in entity.unique if frozenset({key}) in unique]
    rest = tuple(key for key in entity.unique if key not in alone)
    found = [Identity((key,), (key,), True) for key in alone]
    if rest:
        columns = tuple(f"{key}_key" if f"{key}_key" in table.c else key for key in rest)
        found.append(Identity(rest, columns, frozenset(rest) in unique))
    return tuple(found)


def _unique_columns(table: Table) -> set[frozenset[str]]:
    by_index = {frozenset(c.name for c in index.columns) for index in table.indexes if index.unique}
    return by_index | {
        frozenset(column.name for column in constraint.columns)
        for constraint in table.constraints
        if isinstance(constraint, UniqueConstraint)
    }


class Finder:
    """Finds duplicates of one entity, batch by batch."""

    def __init__(self, entity: Entity) -> None:
        self._entity = entity
        self._table = table_of(entity)
        self.identities = identities(entity)
        self._seen: dict[str, int] = {}

    def keys(self, session: Session, lines: Sequence[Line]) -> list[tuple[str | None, ...]]:
        """For each line its key by each identity; None where the line does not say."""
        found = [self._keys_by(session, identity, lines) for identity in self.identities]
        return list(zip(*found, strict=True)) if found else [() for _ in lines]

    def _keys_by(self, session: Session, identity: Identity, lines: Sequence[Line]) -> list[str | None]:
        parts: list[list[str | None]] = []
        for field, column in zip(identity.fields, identity.columns, strict=True):
            values = [_plain(line.values.get(field)) for line in lines]
            if column != field:
                # schema.name_key is what the database itself compares by
                rows = session.execute(
                    text(
                        f"SELECT {self._table.schema}.{column}(v) FROM"
                        " unnest(CAST(:values AS text[])) WITH ORDINALITY x(v, n) ORDER BY n"
                    ),
                    {"values": values},
                )
                values = [row[0] for row in rows]
            parts.append(values)
        # Without its first field a row is not to be recognised; the others may be empty.
        return [
            _BETWEEN.join("" if p is None else p for p in key) if key[0] else None
            for key in zip(*parts, strict=True)
        ]

    def above(self, keys: tuple[str | None, ...]) -> Above | None:
        """The row further up that is the same record, by the surest identity."""
        for place, (key, identity) in enumerate(zip(keys, self.identities, strict=True)):
            if key is not None and (row := self._seen.get(f"{place}{key}")) is not None:
                return Above(row, identity)
        return None

    def remember(self, keys: tuple[str | None, ...], row: int) -> None:
        """``row`` is taken: later ones with its keys are duplicates of it."""
        for place, key in enumerate(keys):
            if key is not None:
                self._seen.setdefault(f"{place}{key}", row)

    def forget(self, keys: tuple[str | None, ...], row: int) -> None:
        """``row`` with its ``keys`` was refused after all."""
        for place, key in enumerate(keys):
            if self._seen.get(f"{place}{key}") == row:
                del self._seen[f"{place}{key}"]

    def matches(self, session: Session, keys: Sequence[tuple[str | None, ...]]) -> list[Match | None]:
        """For each line the record in the database that it is."""
        result: list[Match | None] = [None] * len(keys)
        for place, identity in enumerate(self.identities):
            wanted = [i for i, key in enumerate(keys) if key[place] is not None and result[i] is None]
            if not wanted:
                continue
            asked = [[part or None for part in (keys[i][place] or "").split(_BETWEEN)] for i in wanted]
            rows = session.execute(
                text(
                    "SELECT place, record_id, editable"
                    " FROM app.import_duplicates(:entity, :columns, CAST(:keys AS jsonb))"
                ),
                {
                    "entity": self._entity.key,
                    "columns": list(identity.columns),
                    "keys": json.dumps(asked, ensure_ascii=False),
                },
            )
            for row in rows:
                result[wanted[row.place]] = Match(row.record_id, row.editable, identity)
        return result


def _plain(value: Any) -> str | None:
    return None if value is None else str(value)
