"""Lists of what an import made or changed."""

from __future__ import annotations

from sqlalchemy import ColumnElement, select

from models.system import ImportRecord
from services.entity import Context, Entity, Query
from services.records import table_of


def imported_query(entity: Entity, import_id: int) -> Query:
    """A list of the records of ``entity`` that one import made or changed."""

    def of_import(_context: Context) -> ColumnElement[bool]:
        return table_of(entity).c.id.in_(
            select(ImportRecord.record_id).where(
                ImportRecord.import_id == import_id, ImportRecord.entity == entity.key
            )
        )

    return Query(entity.key, conditions=(of_import,))
