"""How wide the columns of a list are where the user has not said it: their words stay readable in every language."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from PySide6.QtGui import QFont, QFontMetrics

from services.entity import Column, Kind
from services.language import tr
from services.session import Dictionary
from widgets.base.style import text_size

PADDING: Final = 24
"""Pixels of a cell beside its text."""
ARROW: Final = 24
"""Pixels of the mark in the head of a column that can be sorted by, with its place where there are several."""
WIDEST_TITLE: Final = 180
WIDEST_CHIP: Final = 190
WIDEST_TEXT: Final = 480
"""Pixels up to which titles, chips and texts widen their column, at normal text size."""
GROWING: Final = frozenset({Kind.TEXT, Kind.PHONE, Kind.CHOICE, Kind.CHOICES, Kind.REGION})
"""Kinds of columns that take room that is left, as far as their texts need it."""
MEASURED: Final = 3
"""Texts measured of a page: the longest by bytes, of which one is the widest or nearly so."""


def usual_width(column: Column, dictionary: Dictionary, font: QFont) -> int:
    """Pixels for ``column``: what is declared, scaled with the text; more if its title or one of its chips needs it."""
    scale = text_size() / 13
    metrics = QFontMetrics(font)
    title = metrics.horizontalAdvance(tr(column.title)) + PADDING + (ARROW if column.sortable else 0)
    chip = max((metrics.horizontalAdvance(text) for text in _chips(column, dictionary)), default=-PADDING)
    return max(
        round(column.width * scale),
        min(title, round(WIDEST_TITLE * scale)),
        min(chip + PADDING, round(WIDEST_CHIP * scale)),
    )


def _chips(column: Column, dictionary: Dictionary) -> Iterable[str]:
    """Everything that may stand in a column of states or of choices."""
    if column.kind == Kind.STATE:
        return [tr(label) for label in (column.labels or {}).values()]
    if column.kind == Kind.CHOICE and column.dictionary:
        return [choice.label for choice in dictionary.of(column.dictionary)]
    return []


def needed_width(texts: Iterable[str], font: QFont) -> int:
    """Pixels that the widest of ``texts`` needs, up to WIDEST_TEXT."""
    longest = sorted(texts, key=lambda text: len(text.encode()), reverse=True)[:MEASURED]
    metrics = QFontMetrics(font)
    widest = max((metrics.horizontalAdvance(text) for text in longest), default=0)
    return min(widest + PADDING, round(WIDEST_TEXT * text_size() / 13))


def shared_room(widths: dict[str, int], needs: dict[str, int], room: int) -> dict[str, int]:
    """``widths`` widened towards ``needs`` by ``room`` pixels in all; who lacks least gets all that it lacks first."""
    wider = dict(widths)
    lacking = sorted((needs[key] - widths[key], key) for key in needs if needs[key] > widths.get(key, 0))
    for place, (lack, key) in enumerate(lacking):
        part = min(lack, max(0, room) // (len(lacking) - place))
        wider[key] += part
        room -= part
    return wider
