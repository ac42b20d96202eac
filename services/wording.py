"""What people read for a value that is stored as something else: on screens, in files and on paper alike."""

from __future__ import annotations

from typing import Any, Final

from services.entity import Column, Kind
from services.language import tr
from services.regions import label
from services.session import Dictionary

_IN_WORDS: Final = frozenset({Kind.CHOICE, Kind.CHOICES, Kind.STATE, Kind.USER, Kind.YES_NO, Kind.REGION})


def in_words(column: Column) -> bool:
    """Whether values of ``column`` are written as the text that people see."""
    return column.kind in _IN_WORDS or bool(column.labels)


def words(column: Column, value: Any, dictionary: Dictionary) -> str:
    """The text that people see for a value that is written in words (``in_words``); any other as it is."""
    labels = column.labels or {}
    match column.kind:
        case Kind.CHOICE:
            return dictionary.label(value)
        case Kind.CHOICES:
            return dictionary.labels(value)
        case Kind.STATE:
            return tr(labels.get(value, str(value)))
        case Kind.USER:
            return dictionary.user(value)
        case Kind.YES_NO:
            return tr("Yes") if value else tr("No")
        case Kind.REGION:
            return label(str(value))
    text = str(value)
    return tr(labels[text]) if text in labels else text
