"""The data dictionary as a list and a form (PLT-37)."""

from __future__ import annotations

from models.system import Choice
from services.data_classes import everything
from services.entity import Column, DataClass, Entity, Field, Kind
from services.language import mark

_C = Choice.__table__.c

CHOICE_ENTITY = Entity(
    key="system.choice",
    title=mark("Choice"),
    plural=mark("Data dictionary"),
    icon="library",
    model=Choice,
    label=_C.zh,
    columns=(
        Column("kind", mark("Field"), _C.kind, width=160),
        Column("zh", mark("Chinese"), _C.zh, width=180, opens="system.choice"),
        Column("en", mark("English"), _C.en, width=180),
        Column("colour", mark("Colour"), _C.colour, width=90),
        Column("position", mark("Place in order"), _C.position, Kind.INTEGER, 70),
        Column("active", mark("Active"), _C.active, Kind.YES_NO, 70),
        Column("key", mark("Key"), _C.key, width=200, shown=False),
        Column("parent_key", mark("Below choice"), _C.parent_key, width=180, shown=False),
    ),
    fields=(
        Field("kind", mark("Field"), required=True, length=60, editable=False),
        Field("key", mark("Key"), required=True, length=100, editable=False),
        Field("zh", mark("Chinese"), required=True, length=60),
        Field("en", mark("English"), required=True, length=60),
        Field("colour", mark("Colour"), length=20),
        Field("position", mark("Place in order"), Kind.INTEGER),
        Field("active", mark("Active"), Kind.YES_NO, default=lambda: True),
    ),
    classes=(
        everything(),
        DataClass("active", mark("Active"), lambda _context: _C.active),
        DataClass("off", mark("Switched off"), lambda _context: ~_C.active),
    ),
    order=("kind", "position"),
    searchable=False,
)

ALL: tuple[Entity, ...] = (CHOICE_ENTITY,)
