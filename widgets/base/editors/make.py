"""The editor of a field."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtWidgets import QWidget

from services.entity import Entity, Field, Kind
from services.language import tr
from services.money import AMOUNT_PLACES, Precision
from services.session import Dictionary
from widgets.base.client import Client
from widgets.base.editors.base import Editor
from widgets.base.editors.choice import ChoiceEditor, LabelEditor, StateEditor, UserEditor, YesNoEditor
from widgets.base.editors.choices import ChoicesEditor
from widgets.base.editors.date import DateEditor, TimeEditor
from widgets.base.editors.file import FileEditor
from widgets.base.editors.number import IntegerEditor, NumberEditor, PercentEditor
from widgets.base.editors.picture import PictureEditor
from widgets.base.editors.reference import NewRecord, ReferenceEditor
from widgets.base.editors.region import RegionEditor
from widgets.base.editors.text import EmailEditor, LongTextEditor, PhoneEditor, TextEditor, UrlEditor


def precision(dictionary: Dictionary) -> Precision:
    """The company's decimals of prices and quantities: settings ``precision.price``, ``precision.quantity``."""
    usual = Precision()
    price, quantity = (
        dictionary.settings.get(f"precision.{name}", default)
        for name, default in (("price", usual.price), ("quantity", usual.quantity))
    )
    return Precision(int(price), int(quantity))


def make_editor(
    client: Client,
    field: Field,
    entity: Entity | None = None,
    parent: QWidget | None = None,
    *,
    conditions: Callable[[], Sequence[Any]] = tuple,
    new_record: NewRecord | None = None,
) -> Editor:
    """The editor of ``field``. ``entity`` gives the labels of a state from its column of the same key;
    ``conditions`` and ``new_record`` are those of ReferenceEditor. ValueError for a reference without entity."""
    editor = _make(client, field, entity, parent, conditions, new_record)
    if field.help:
        editor.setToolTip(tr(field.help))
    if not field.editable:
        editor.set_read_only(True)
    return editor


def _make(
    client: Client,
    field: Field,
    entity: Entity | None,
    parent: QWidget | None,
    conditions: Callable[[], Sequence[Any]],
    new_record: NewRecord | None,
) -> Editor:
    match field.kind:
        case Kind.CHOICE if field.dictionary:
            return ChoiceEditor(lambda: client.dictionary, field.dictionary, parent)
        case Kind.CHOICES:
            return ChoicesEditor(lambda: client.dictionary, field.dictionary or "", parent)
        case Kind.STATE | Kind.CHOICE:
            labels = _labels(entity, field)
            return LabelEditor(labels, parent) if field.editable and labels else StateEditor(labels, parent)
        case Kind.USER:
            return UserEditor(lambda: client.dictionary, parent)
        case Kind.REFERENCE:
            if field.reference is None or field.reference not in client.entities:
                raise ValueError(f"{field.key} refers to {field.reference!r}, which is no entity")
            target = client.entities[field.reference]
            return ReferenceEditor(client, target, parent, conditions=conditions, new_record=new_record)
        case Kind.PICTURE:
            if entity is None:
                raise ValueError(f"{field.key} is a picture of no entity")
            return PictureEditor(client, entity.key, field.key, parent)
        case Kind.FILE:
            if entity is None:
                raise ValueError(f"{field.key} is a file of no entity")
            return FileEditor(client, entity.key, field.key, parent)
    return _simple(client, field, parent)


def _simple(client: Client, field: Field, parent: QWidget | None) -> Editor:
    decimals = precision(client.dictionary)
    length = field.length
    makers: dict[Kind, Callable[[], Editor]] = {
        Kind.TEXT: lambda: TextEditor(parent, length=length),
        Kind.LONG_TEXT: lambda: LongTextEditor(parent, length=length),
        Kind.PHONE: lambda: PhoneEditor(parent, length=length),
        Kind.EMAIL: lambda: EmailEditor(parent, length=length),
        Kind.URL: lambda: UrlEditor(parent, length=length),
        Kind.INTEGER: lambda: IntegerEditor(parent),
        Kind.QUANTITY: lambda: NumberEditor(parent, places=decimals.quantity),
        Kind.PRICE: lambda: NumberEditor(parent, places=decimals.price, fixed=True),
        Kind.AMOUNT: lambda: NumberEditor(parent, places=AMOUNT_PLACES, fixed=True),
        Kind.PERCENT: lambda: PercentEditor(parent),
        Kind.DATE: lambda: DateEditor(parent),
        Kind.TIME: lambda: TimeEditor(parent),
        Kind.YES_NO: lambda: YesNoEditor(parent),
        Kind.REGION: lambda: RegionEditor(parent),
    }
    return makers[field.kind]()


def _labels(entity: Entity | None, field: Field) -> Mapping[str, str]:
    if entity is None:
        return {}
    for column in entity.columns:
        if column.key == field.key and column.labels:
            return column.labels
    return {}
