"""The data dictionary (PLT-37) and the office's own fields (PLT-38) as lists and forms."""

from __future__ import annotations

from models.system import Choice, CustomField
from services.custom_fields import KINDS
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

_F = CustomField.__table__.c
_WHAT = mark("Field")
_HOW = mark("Use")

CUSTOMISED = {
    "customers.customer": mark("Customers"),
    "customers.contact": mark("Contacts"),
    "products.product": mark("Products"),
    "sales.order": mark("Orders"),
}
"""Entities that may have fields of the office's own, by title; those declared ``custom=True``, a test says so."""


CUSTOM_FIELD_ENTITY = Entity(
    key="system.custom_field",
    title=mark("Custom field"),
    plural=mark("Custom fields"),
    icon="pencil",
    model=CustomField,
    label=_F.title,
    columns=(
        Column("entity", mark("Records"), _F.entity, Kind.STATE, 110, labels=CUSTOMISED),
        Column("title", mark("Title"), _F.title, width=180, opens="system.custom_field"),
        Column("kind", mark("Kind"), _F.kind, Kind.STATE, 110, labels=KINDS),
        Column("group_title", mark("Group"), _F.group_title, width=130),
        Column("position", mark("Place in order"), _F.position, Kind.INTEGER, 90),
        Column("required", mark("Required"), _F.required, Kind.YES_NO, 80),
        Column("initial", mark("Default"), _F.initial, width=110),
        Column("searched", mark("In quick search"), _F.searched, Kind.YES_NO, 100),
        Column("indexed", mark("Often sorted by"), _F.indexed, Kind.YES_NO, 100),
        Column("active", mark("Active"), _F.active, Kind.YES_NO, 70),
        Column("dictionary", mark("List of choices"), _F.dictionary, width=160, shown=False),
        Column("key", mark("Column"), _F.key, width=110, shown=False),
    ),
    fields=(
        Field("entity", mark("Records"), Kind.CHOICE, _WHAT, required=True, once=True),
        Field("title", mark("Title"), group=_WHAT, required=True, length=30),
        Field("kind", mark("Kind"), Kind.CHOICE, _WHAT, required=True, once=True),
        Field(
            "group_title",
            mark("Group"),
            group=_WHAT,
            length=30,
            help=mark("The box of the form it stands in."),
        ),
        Field("position", mark("Place in order"), Kind.INTEGER, _WHAT),
        Field(
            "initial",
            mark("Default"),
            group=_WHAT,
            length=200,
            help=mark("What new records start with. For dates also: today."),
        ),
        Field("required", mark("Required"), Kind.YES_NO, _HOW),
        Field("searched", mark("In quick search"), Kind.YES_NO, _HOW),
        Field("indexed", mark("Often sorted by"), Kind.YES_NO, _HOW),
        Field("active", mark("Active"), Kind.YES_NO, _HOW, default=lambda: True),
        Field(
            "dictionary",
            mark("List of choices"),
            group=_HOW,
            length=80,
            once=True,
            help=mark("Empty for a list of its own in the data dictionary."),
        ),
    ),
    classes=(
        everything(),
        DataClass("active", mark("Active"), lambda _context: _F.active),
        DataClass("off", mark("Switched off"), lambda _context: ~_F.active),
    ),
    class_columns=("entity",),
    order=("entity", "position"),
    searchable=False,
)

ALL: tuple[Entity, ...] = (CHOICE_ENTITY, CUSTOM_FIELD_ENTITY)
