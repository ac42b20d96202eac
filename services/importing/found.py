"""What was imported before: the runs of one kind, and lists of what a run made or changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import BigInteger, ColumnElement, any_, cast, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from models.system import ImportRun
from services.entity import Context, Entity, Query
from services.records import table_of

REMEMBERED: Final = 50
"""Earlier imports that a person is shown."""


@dataclass(frozen=True, slots=True)
class PastImport:
    """One import that its user has made. ``undone_at`` is None where it still stands."""

    id: int
    at: datetime
    file_name: str
    created: int
    updated: int
    skipped: int
    rejected: int
    undone_at: datetime | None


def past_imports(session: Session, entity: Entity) -> list[PastImport]:
    """The user's own imports of ``entity``, the newest first: those that he may take back. One index search."""
    rows = session.execute(
        select(
            ImportRun.id,
            ImportRun.at,
            ImportRun.file_name,
            ImportRun.created,
            ImportRun.updated,
            ImportRun.skipped,
            ImportRun.rejected,
            ImportRun.undone_at,
        )
        .where(
            ImportRun.user_id == select(func.app.my_user_id()).scalar_subquery(),
            ImportRun.entity == entity.key,
        )
        .order_by(ImportRun.id.desc())
        .limit(REMEMBERED)
    )
    return [PastImport(*row) for row in rows]


def imported_query(entity: Entity, import_id: int) -> Query:
    """A list of the records of ``entity`` that one import made or changed."""

    def of_import(_context: Context) -> ColumnElement[bool]:
        # in a sub-select, so that it is asked once and not for every row
        ids = select(func.app.imported_ids(import_id, entity.key)).scalar_subquery()
        return table_of(entity).c.id == any_(cast(ids, ARRAY(BigInteger)))

    return Query(entity.key, conditions=(of_import,))
