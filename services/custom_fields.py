"""The office's own fields (PLT-38): what an entity becomes when the definitions of a company are added to it.

A definition is a real column of the table (models/sql/system/20_custom_field.sql says how it is made), so nothing
that works by columns and fields needs to know of it: list, search, conditions, form, import, export, print, history
and conflicts read the entity that ``with_custom`` returns. An entity joins with ``custom=True`` and its table with
``CALL app.customise('domain.noun')``.

The mapped table itself is the program's and the same for every company, so it is never touched: expressions name the
column beside it, and what writes rows takes ``records.written_table``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from dataclasses import fields as fields_of
from datetime import date
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Date,
    FromClause,
    Numeric,
    Text,
    column,
    select,
    text,
)
from sqlalchemy import Column as TableColumn
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

from models.attachments import Attachment
from services.clock import today
from services.entity import Column, Entity, Field, Kind
from services.language import mark

KINDS: Final[Mapping[str, str]] = {
    "text": mark("Text"),
    "long_text": mark("Long text"),
    "number": mark("Number"),
    "amount": mark("Amount"),
    "date": mark("Date"),
    "yes_no": mark("Yes or no"),
    "choice": mark("One choice"),
    "choices": mark("Several choices"),
    "file": mark("File"),
}
"""Kinds of own fields with their titles."""
GROUP: Final = mark("Custom fields")
"""The box of a form in which fields without a group stand."""
TEXT_LENGTH: Final = 500
LONG_TEXT_LENGTH: Final = 20_000
"""Characters; as ``app.custom_check`` has them."""

_SHAPES: Final[Mapping[str, tuple[Kind, Callable[[], TypeEngine[Any]], int]]] = {
    "text": (Kind.TEXT, Text, 150),
    "long_text": (Kind.LONG_TEXT, Text, 240),
    "number": (Kind.QUANTITY, lambda: Numeric(18, 6), 100),
    "amount": (Kind.AMOUNT, lambda: Numeric(18, 2), 110),
    "date": (Kind.DATE, Date, 100),
    "yes_no": (Kind.YES_NO, Boolean, 70),
    "choice": (Kind.CHOICE, Text, 110),
    "choices": (Kind.CHOICES, lambda: ARRAY(Text), 180),
    "file": (Kind.FILE, BigInteger, 160),
}
"""By kind: how it is shown and typed, what the column is, how wide it is in lists."""
_FILE: Final = Attachment.__table__


@dataclass(frozen=True, slots=True)
class CustomField:
    """One definition, as a row of ``system.custom_field``. ``initial`` is written as the database writes it."""

    entity: str
    key: str
    title: str
    kind: str
    dictionary: str | None = None
    group: str = ""
    required: bool = False
    initial: str | None = None
    searched: bool = False
    indexed: bool = False
    active: bool = True

    @property
    def type(self) -> TypeEngine[Any]:
        """Type of the column."""
        return _SHAPES[self.kind][1]()

    def as_column(self, table: FromClause) -> Column:
        """The column of lists and exports; chosen by the user first, as lists are full enough.

        Of a file it holds the name, one index search for each row that is shown.
        """
        shape, _type, width = _SHAPES[self.kind]
        if shape is Kind.FILE:
            name = select(_FILE.c.name).where(_FILE.c.id == _expression(table, self)).correlate(table)
            return Column(
                self.key, self.title, name.scalar_subquery(), Kind.TEXT, width, sortable=False, shown=False
            )
        return Column(
            self.key,
            self.title,
            _expression(table, self),
            shape,
            width,
            sortable=shape not in (Kind.LONG_TEXT, Kind.CHOICES),
            total=shape is Kind.AMOUNT,
            dictionary=self.dictionary,
            shown=False,
        )

    def as_field(self) -> Field:
        """The field of forms, batch editing and import."""
        shape = _SHAPES[self.kind][0]
        lengths = {Kind.TEXT: TEXT_LENGTH, Kind.LONG_TEXT: LONG_TEXT_LENGTH}
        return Field(
            self.key,
            self.title,
            shape,
            group=self.group or GROUP,
            required=self.required,
            length=lengths.get(shape),
            dictionary=self.dictionary,
            default=self._default(),
            wide=shape in (Kind.CHOICES, Kind.FILE),
            aliases=(self.title,),
        )

    def as_table_column(self) -> TableColumn[Any]:
        """The column for what writes rows. A default of the database is named where no value means that default."""
        default = "app.today()" if self.initial == "today" and self.kind == "date" else None
        if self.kind == "yes_no":
            default = self.initial or "false"
        elif self.initial is not None and default is None:
            default = "'" + self.initial.replace("'", "''") + "'"
        return TableColumn(self.key, self.type, server_default=None if default is None else text(default))

    def _default(self) -> Callable[[], object] | None:
        given = self.initial
        if given is None:
            return None
        if self.kind == "date":
            return today if given == "today" else lambda: date.fromisoformat(given)
        if self.kind in ("number", "amount"):
            return lambda: Decimal(given)
        if self.kind == "yes_no":
            return lambda: given == "true"
        return lambda: given


def _expression(table: FromClause, custom: CustomField) -> ColumnElement[Any]:
    found = column(custom.key, custom.type)
    found.table = table
    return found


@dataclass(frozen=True, slots=True)
class CustomisedEntity(Entity):
    """An entity with the office's own fields at the end of its ``columns`` and ``fields``."""

    own: tuple[CustomField, ...] = ()


def own_fields(entity: Entity) -> tuple[CustomField, ...]:
    """The office's own fields that ``with_custom`` has added to ``entity``."""
    return entity.own if isinstance(entity, CustomisedEntity) else ()


_made: dict[tuple[str, tuple[CustomField, ...]], Entity] = {}


def with_custom(entity: Entity, fields: Iterable[CustomField]) -> Entity:
    """``entity`` with its own active ones of ``fields`` in their order; always the same object for the same ones."""
    own = tuple(field for field in fields if field.entity == entity.key and field.active)
    if not entity.custom or not own or own_fields(entity) == own:
        return entity
    key = (entity.key, own)
    if key not in _made:
        table = entity.model.__table__
        declared = {part.name: getattr(entity, part.name) for part in fields_of(Entity)}
        declared["columns"] += tuple(field.as_column(table) for field in own)
        declared["fields"] += tuple(field.as_field() for field in own)
        _made[key] = CustomisedEntity(**declared, own=own)
    return _made[key]


def all_with_custom(entities: Mapping[str, Entity], fields: Iterable[CustomField]) -> Mapping[str, Entity]:
    """Every entity with its own fields; ``entities`` themselves, without any of another company."""
    known = tuple(fields)
    return {key: with_custom(entity, known) for key, entity in entities.items()}


def own_values(session: Session, entity: str, table: FromClause, record_id: int) -> dict[str, Any]:
    """What one record of ``table`` holds in the office's own fields, {column: value}; for screens that read their
    record by a query of their own."""
    fields = [field for field in read_custom_fields(session) if field.entity == entity and field.active]
    if not fields:
        return {}
    wanted = [_expression(table, field) for field in fields]
    row = session.execute(select(*wanted).where(table.c.id == record_id)).first()
    return {field.key: value for field, value in zip(fields, row or (), strict=False)}


def read_custom_fields(session: Session) -> tuple[CustomField, ...]:
    """All definitions in their order, those switched off too: the history still names them."""
    rows = session.execute(
        text(
            "SELECT entity, key, title, kind, dictionary, group_title, required, initial, searched, indexed,"
            " active AND deleted_at IS NULL AS active FROM system.custom_field ORDER BY entity, position, id"
        )
    )
    return tuple(
        CustomField(
            row.entity,
            row.key,
            row.title,
            row.kind,
            row.dictionary,
            row.group_title or "",
            row.required,
            row.initial,
            row.searched,
            row.indexed,
            row.active,
        )
        for row in rows
    )
