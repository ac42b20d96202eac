"""Lists of what an import made or changed."""

from __future__ import annotations

from sqlalchemy import BigInteger, ColumnElement, any_, cast, func, select
from sqlalchemy.dialects.postgresql import ARRAY

from services.entity import Context, Entity, Query
from services.records import table_of


def imported_query(entity: Entity, import_id: int) -> Query:
    """A list of the records of ``entity`` that one import made or changed."""

    def of_import(_context: Context) -> ColumnElement[bool]:
        # in a sub-select, so that it is asked once and not for every row
        ids = select(func.app.imported_ids(import_id, entity.key)).scalar_subquery()
        return table_of(entity).c.id == any_(cast(ids, ARRAY(BigInteger)))

    return Query(entity.key, conditions=(of_import,))
