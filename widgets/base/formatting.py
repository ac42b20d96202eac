"""Values as people read them: one place for lists, forms, documents on the screen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any, Final

from PySide6.QtCore import QLocale
from PySide6.QtGui import QColor

from services.clock import CHINA
from services.commands import Changes
from services.entity import NUMBERS, Column, Condition, Facet, Group, Kind
from services.facets import COUNTED_DAYS, ME, MY_PEOPLE, OPERATORS, PERIODS
from services.language import tr
from services.organisation.rights import entity_title
from services.session import Dictionary
from services.wording import words
from widgets.base.style import contrast, tokens

STATE_TONES: Final = {
    "draft": "neutral",
    "open": "waiting",
    "planned": "waiting",
    "partial": "waiting",
    "confirmed": "accent",
    "active": "good",
    "shipped": "good",
    "posted": "good",
    "paid": "good",
    "done": "good",
    "reversed": "bad",
    "cancelled": "bad",
    "overdue": "bad",
}
"""How states of documents look, by name; any other is neutral."""


@dataclass(frozen=True, slots=True)
class Chip:
    """Colours of a value that is shown as a chip, ``#rrggbb``."""

    ink: str
    ground: str


def counted(kinds: Mapping[str, int]) -> str:
    """{entity key: number of records} in words, most first: Contacts: 3, Tasks: 1."""
    return tr(", ").join(
        tr("{name}: {count}", name=entity_title(key), count=number_text(count, Kind.INTEGER))
        for key, count in sorted(kinds.items(), key=lambda pair: -pair[1])
        if count
    )


def said_back(changes: Changes) -> str:
    """What ``services.recycling.restore`` has done, in words."""
    return tr("Back again: {what}", what=counted(changes.result["back"]))


def said_purged(changes: Changes) -> str:
    """What ``services.recycling.purge`` has done, in words."""
    gone, left = (number_text(changes.result[key], Kind.INTEGER) for key in ("gone", "left"))
    said = tr("{count} deletions are gone for ever.", count=gone)
    if not changes.result["left"]:
        return said
    more = tr("{count} stay in the recycle bin, because other records still refer to them.", count=left)
    return f"{said} {more}"


def number_text(value: Decimal | int, kind: Kind) -> str:
    """A number with thousands and decimals as its kind has them, exactly: never through a float."""
    if kind == Kind.INTEGER:
        return _localised(f"{value:,}")
    if kind == Kind.AMOUNT:
        return _localised(f"{Decimal(value).quantize(Decimal('0.01'), ROUND_HALF_UP):,.2f}")
    least = 2 if kind == Kind.PRICE else 0
    whole, _, decimals = f"{Decimal(value):,.6f}".partition(".")
    decimals = decimals.rstrip("0").ljust(least, "0")
    text = f"{whole}.{decimals}" if decimals else whole
    return _localised(text) + (" %" if kind == Kind.PERCENT else "")


def _localised(text: str) -> str:
    locale = QLocale()
    group, point = locale.groupSeparator(), locale.decimalPoint()
    if (group, point) == (",", "."):
        return text
    return text.translate({ord(","): group, ord("."): point})


def date_text(value: date) -> str:
    """A day: 2026-11-21 in every language, as it is typed, exported and printed."""
    return value.isoformat()


def time_text(value: datetime) -> str:
    """A moment in the company's time, to the minute."""
    local = value.astimezone(CHINA)
    return f"{date_text(local.date())} {local:%H:%M}"


def value_text(column: Column, value: Any, dictionary: Dictionary) -> str:
    """``value`` of ``column`` as it is read; empty for None."""
    if value is None:
        return ""
    kind = column.kind
    if kind in NUMBERS:
        return number_text(value, kind)
    match kind:
        case Kind.DATE:
            return date_text(value)
        case Kind.TIME:
            return time_text(value)
    return words(column, value, dictionary).replace("\n", " ")


def chip_of(column: Column, value: Any, dictionary: Dictionary) -> Chip | None:
    """How a choice with a colour, or a state, is painted; None for plain text."""
    chosen = tokens()
    if value is None:
        return None
    if column.kind == Kind.STATE:
        tone = STATE_TONES.get(str(value), "neutral")
        if tone == "accent":
            return Chip(chosen.link, chosen.selected)
        return Chip(getattr(chosen, tone), getattr(chosen, f"{tone}_ground"))
    if column.kind == Kind.CHOICE and (choice := dictionary.choices.get(value)) and choice.colour:
        return _tinted(choice.colour, chosen.card, chosen.dark, chosen.ratio)
    return None


@lru_cache(maxsize=256)
def _tinted(colour: str, card: str, dark: bool, ratio: float) -> Chip:
    """Ink and ground of one hue that can be read: the ink moves away from the ground until it has contrast."""
    base, under = QColor(colour), QColor(card)
    if not base.isValid():
        return Chip(tokens().neutral, tokens().neutral_ground)
    share = 0.22 if dark else 0.12
    pairs = zip(
        (base.red(), base.green(), base.blue()), (under.red(), under.green(), under.blue()), strict=True
    )
    ground = QColor(*(round(b * share + u * (1 - share)) for b, u in pairs)).name()
    far = 255 if dark else 0
    ink = base
    while contrast(ink.name(), ground) < ratio and ink.name() != QColor(far, far, far).name():
        parts = (ink.red(), ink.green(), ink.blue())
        ink = QColor(*(part + (1 if dark else -1) * -(-abs(far - part) // 8) for part in parts))
    return Chip(ink.name(), ground)


def condition_text(part: Condition, columns: Mapping[str, Column], dictionary: Dictionary) -> str:
    """A condition as its chip reads, a group with its parts in brackets: (Category is VIP or Level is empty)."""
    if isinstance(part, Group):
        joint = f" {tr('and')} " if part.joint == "all" else f" {tr('or')} "
        return f"({joint.join(condition_text(one, columns, dictionary) for one in part.parts)})"
    column = columns.get(part.column)
    return facet_text(column, part, dictionary) if column else part.column


def facet_text(column: Column, facet: Facet, dictionary: Dictionary) -> str:
    """A condition as its chip reads: Category is VIP."""
    if facet.operator in COUNTED_DAYS:
        return f"{tr(column.title)} {tr(OPERATORS[facet.operator]).replace('…', str(facet.value))}"
    return f"{tr(column.title)} {tr(OPERATORS[facet.operator])} {_facet_value(column, facet, dictionary)}".strip()


def _facet_value(column: Column, facet: Facet, dictionary: Dictionary) -> str:
    value = facet.value
    if facet.operator in ("empty", "not_empty"):
        return ""
    if facet.operator == "within":
        return tr(PERIODS.get(str(value), str(value)))

    def one(item: Any) -> str:
        if item in (ME, MY_PEOPLE) and column.kind == Kind.USER:
            return tr("Myself (who searches)") if item == ME else tr("Myself and those below me")
        if column.kind in (Kind.DATE, Kind.TIME) and isinstance(item, date):
            return date_text(item)
        return value_text(column, item, dictionary)

    if facet.operator in ("in", "not_in"):
        return tr(", ").join(one(item) for item in value)
    if facet.operator == "between":
        low, high = value
        return f"{one(low) or '…'} – {one(high) or '…'}"
    return one(value)
