"""The base class of tables and what they share.

A table is ``<domain>.<noun>``: the schema is the domain, ``schema.table`` is the entity's key.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    MetaData,
    Numeric,
    Text,
    event,
    text,
)
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedColumn, mapped_column

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}

Amount = Annotated[Decimal, mapped_column(Numeric(18, 2))]
"""Money in CNY."""
Price = Annotated[Decimal, mapped_column(Numeric(18, 6))]
ExactPrice = Annotated[Decimal, mapped_column(Numeric(24, 12))]
"""Price per unit that follows from a typed total, such as 33.333… for 100.00 over 3 pieces."""
Quantity = Annotated[Decimal, mapped_column(Numeric(18, 6))]
Percent = Annotated[Decimal, mapped_column(Numeric(9, 4))]

TODAY = text("((statement_timestamp() AT TIME ZONE 'Asia/Shanghai')::date)")
"""Default of a date: the company's day, as ``app.today()``, which does not exist yet when tables are made. The day of
``current_date`` is that of the session's time zone, which everybody sets as he likes."""


class Base(DeclarativeBase):
    """Every table. All have a single ``id``: history, notices, shares and attachments point at it."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {str: Text, datetime: DateTime(timezone=True), date: Date}

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=False), primary_key=True, sort_order=-10)


class Recorded:
    """A record that people write: version for conflicts, who and when, and the recycle bin.

    All of these columns are filled by the trigger ``app.stamp``; nobody is granted to write them.
    """

    version: Mapped[int] = mapped_column(Integer, server_default=text("1"), sort_order=80)
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"), sort_order=81)
    created_by: Mapped[int | None] = mapped_column(BigInteger, sort_order=82)
    changed_at: Mapped[datetime] = mapped_column(server_default=text("now()"), sort_order=83)
    changed_by: Mapped[int | None] = mapped_column(BigInteger, sort_order=84)
    deleted_at: Mapped[datetime | None] = mapped_column(sort_order=85)
    deleted_by: Mapped[int | None] = mapped_column(BigInteger, sort_order=86)
    deletion_id: Mapped[int | None] = mapped_column(BigInteger, sort_order=87)
    """What was deleted together carries the same id, and is restored together."""


@event.listens_for(Recorded, "instrument_class", propagate=True)
def _find_by_deletion(_mapper: Any, kind: Any) -> None:
    """Restoring and purging look for what was deleted together: without an index, through every table whole."""
    table = kind.__table__
    Index(f"ix_{table.name}_deletion", table.c.deletion_id, postgresql_where=table.c.deletion_id.is_not(None))


class Owned(Recorded):
    """A record with an owner: seen by him, those above him, those it is shared with (ORG-10)."""

    owner_id: Mapped[int] = mapped_column(ForeignKey("organisation.user.id"), sort_order=70)
    branch_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.branch.id"), sort_order=71)


class Packed:
    """A line that was taken in a pack unit of its product: quantities stay in the product's own unit."""

    pack_unit: Mapped[str | None] = mapped_column(sort_order=60)
    pack_factor: Mapped[Quantity | None] = mapped_column(sort_order=61)
    """How many units one pack held when the line was written; PACK_CHECK holds both together."""


PACK_CHECK = "(pack_unit IS NULL) = (pack_factor IS NULL) AND coalesce(pack_factor, 1) > 0"


class Searched:
    """A record that quick search finds. Both columns are filled by its trigger ``fill_search``."""

    sort_name: Mapped[str | None] = mapped_column(sort_order=90)
    """What the record is sorted by: its name in pinyin."""
    search: Mapped[Any | None] = mapped_column(TSVECTOR, sort_order=91)


def choice(kind: str, *, name: str, default: str | None = None) -> MappedColumn[Any]:
    """A column that holds a key of ``system.choice`` of ``kind``, such as ``customer_category.vip``.

    ``name`` is the column's name, for its check constraint: a foreign key alone would accept another kind.
    """
    return mapped_column(
        Text,
        ForeignKey("system.choice.key"),
        CheckConstraint(f"starts_with({name}, '{kind}.')", name=name),
        server_default=text(f"'{default}'") if default else None,
    )
