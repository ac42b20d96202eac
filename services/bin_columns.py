"""What a list of the recycle bin shows beside the columns of its kind (PLT-33)."""

from __future__ import annotations

from sqlalchemy import or_, select

from models.system import Deletion
from services.entity import Column, Entity, Kind
from services.language import mark
from services.records import table_of
from services.registry import ENTITIES


def bin_columns(entity: Entity) -> tuple[Column, ...]:
    """When and by whom a record was deleted, and with what, for a table that has a recycle bin."""
    table = table_of(entity)
    return (
        Column("deleted_at", mark("Deleted at"), table.c.deleted_at, Kind.TIME, 135),
        Column("deleted_by", mark("Deleted by"), table.c.deleted_by, Kind.USER, 90),
        _went_with(entity),
    )


def _went_with(entity: Entity) -> Column:
    """The kind of the record whose deletion took this one along; empty where it was deleted itself."""
    table = table_of(entity)
    along = or_(Deletion.entity != entity.key, Deletion.record_id != table.c.id)
    whole = select(Deletion.entity).where(Deletion.id == table.c.deletion_id, along).scalar_subquery()
    titles = {key: one.title for key, one in ENTITIES.items()}
    return Column("went_with", mark("Went along with"), whole, Kind.STATE, 110, sortable=False, labels=titles)
