"""What a cell is, and how Excel's numbers become one. Imported by the child."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final, NamedTuple

Cell = str | int | Decimal | bool | date | datetime | None
"""Never a float. Cells formatted as per cent are text such as ``13%``, times and durations ``8:30:00``."""

NOT_CALCULATED: Final = "#CALC!"
"""Stands for a formula whose result the writing program did not store."""
ERRORS: Final = frozenset(
    {
        "#NULL!",
        "#DIV/0!",
        "#VALUE!",
        "#REF!",
        "#NAME?",
        "#NUM!",
        "#N/A",
        "#SPILL!",
        "#GETTING_DATA",
        NOT_CALCULATED,
    }
)
"""What Excel shows where a formula failed."""


class Row(NamedTuple):
    """One row with at least one filled cell. ``number`` counts from 1 as Excel does."""

    number: int
    cells: tuple[Cell, ...]


def filled(cell: Cell) -> bool:
    """Whether there is anything but blanks in it."""
    return cell is not None and (not isinstance(cell, str) or not cell.isspace()) and cell != ""


def trimmed(cells: list[Cell]) -> tuple[Cell, ...]:
    """Without the empty cells at the end; () for an empty row."""
    end = len(cells)
    while end and not filled(cells[end - 1]):
        end -= 1
    return tuple(cells[:end])


def number(text: str) -> int | Decimal | str:
    """A number as stored, without what binary fractions add: Excel itself keeps 15 significant digits.

    Whole numbers written with all their digits stay exact at any length. What is no number stays text.
    """
    digits = text[1:] if text[:1] == "-" else text
    if digits.isascii() and digits.isdigit():
        return int(text) if len(digits) <= 400 else text
    try:
        value = float(text)
    except ValueError:
        return text
    if value != value or value in (float("inf"), float("-inf")):
        return text
    exact = Decimal(f"{value:.15g}")
    if exact == exact.to_integral_value() and abs(exact) < Decimal(10) ** 30:
        return int(exact)
    return exact.normalize()


_QUOTED = re.compile(r'"[^"]*"|\\.|_.|\*.')
_BRACKETS = re.compile(r"\[[^\]]*\]")
_ELAPSED = re.compile(r"\[(h+|m+|s+)\]", re.IGNORECASE)
_BUILTIN: Final = (
    dict.fromkeys([14, 15, 16, 17, 22, *range(27, 32), *range(50, 59), 36], "date")
    | dict.fromkeys([18, 19, 20, 21, *range(32, 36), 45, 46, 47], "time")
    | {9: "percent", 10: "percent"}
)


def style(code: str | None, number_format: int = 0) -> str:
    """What a number format makes of a number: ``date``, ``time``, ``percent`` or nothing ("")."""
    if code is None:
        return _BUILTIN.get(number_format, "")
    first = code.split(";")[0]
    if _ELAPSED.search(first):
        return "time"
    bare = _BRACKETS.sub("", _QUOTED.sub("", first)).lower()
    if bare == "general" or "@" in bare:
        return ""
    if "%" in bare:
        return "percent"
    if re.search(r"[yd年]|m+[^a-z]*月", bare) or (re.search(r"m", bare) and not re.search(r"[hs0#]", bare)):
        return "date"
    if re.search(r"[hs]", bare) and not re.search(r"[0#]", bare.replace("ss.0", "").replace("s.0", "")):
        return "time"
    return ""


def styled(value: int | Decimal | str, kind: str, from_1904: bool) -> Cell:
    """A stored number as its format shows it: a date, a time, a percentage or the number itself."""
    if not kind or isinstance(value, str):
        return value
    if kind == "percent":
        text = format(Decimal(value) * 100, "f")
        return (text.rstrip("0").rstrip(".") if "." in text else text) + "%"
    if kind == "time" and value < 100_000:
        if value >= 1 and value != int(value) and value > 3_000:
            return _moment(Decimal(value), from_1904)
        return _clock(Decimal(value))
    return _moment(Decimal(value), from_1904)


def _clock(value: Decimal) -> str:
    seconds = int((abs(value) * 86_400).to_integral_value())
    sign = "-" if value < 0 else ""
    return f"{sign}{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def _moment(value: Decimal, from_1904: bool) -> Cell:
    """Serial day to date or datetime. Excel holds 1900 for a leap year: before March 1900 one day more."""
    if value < 0 or value >= 2_958_466:
        return int(value) if value == value.to_integral_value() else value
    if from_1904:
        start = datetime(1904, 1, 1)
    elif value < 60:
        if value < 1:
            return _clock(value)
        start = datetime(1899, 12, 31)
    else:
        start = datetime(1899, 12, 30)
    try:
        moment = start + timedelta(seconds=int((value * 86_400).to_integral_value()))
    except OverflowError:
        return int(value) if value == value.to_integral_value() else value
    if moment.hour == moment.minute == moment.second == 0:
        return moment.date()
    return moment
