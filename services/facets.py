"""Conditions of an advanced search as SQL: which operators a kind of value knows, and what they mean (PLT-12).

Days are those of the session's time zone. Periods are worked out by the server, whose clock everybody shares.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import ARRAY, ColumnElement, Date, DateTime, Interval, and_, cast, func, literal, or_

from services.entity import NUMBERS, Column, Facet, Kind
from services.errors import Refused
from services.language import mark

OPERATORS: Final = {
    "eq": mark("is"),
    "ne": mark("is not"),
    "lt": mark("less than"),
    "le": mark("at most"),
    "gt": mark("more than"),
    "ge": mark("at least"),
    "between": mark("from … to"),
    "contains": mark("contains"),
    "starts": mark("begins with"),
    "in": mark("is one of"),
    "within": mark("within"),
    "empty": mark("is empty"),
    "not_empty": mark("is not empty"),
}
"""Operators with their titles, in the order in which they are offered."""

PERIODS: Final = {
    "today": mark("Today"),
    "yesterday": mark("Yesterday"),
    "this_week": mark("This week"),
    "last_week": mark("Last week"),
    "this_month": mark("This month"),
    "last_month": mark("Last month"),
    "this_year": mark("This year"),
    "last_year": mark("Last year"),
    "last_7_days": mark("Last 7 days"),
    "last_30_days": mark("Last 30 days"),
    "last_90_days": mark("Last 90 days"),
}
"""Values of ``within`` with their titles. Weeks begin on Monday; the last n days include today."""

_EMPTY = ("empty", "not_empty")
_ORDERED = ("eq", "ne", "gt", "ge", "lt", "le", "between", *_EMPTY)
_TEXT = ("contains", "starts", "eq", "ne", *_EMPTY)
_CHOSEN = ("in", "eq", "ne", *_EMPTY)
TEXTS: Final = frozenset({Kind.TEXT, Kind.LONG_TEXT, Kind.PHONE, Kind.EMAIL, Kind.URL})
_DAYS = {"last_7_days": 7, "last_30_days": 30, "last_90_days": 90}


def operators(kind: Kind) -> tuple[str, ...]:
    """Operators that values of ``kind`` know, the likeliest first."""
    if kind in TEXTS:
        return _TEXT
    if kind in NUMBERS:
        return _ORDERED
    if kind in (Kind.DATE, Kind.TIME):
        return ("within", "between", "eq", "gt", "ge", "lt", "le", *_EMPTY)
    if kind == Kind.YES_NO:
        return ("eq",)
    if kind == Kind.REGION:
        return ("eq", *_EMPTY)
    if kind == Kind.CHOICES:
        return ("in", *_EMPTY)
    return _CHOSEN


def condition(column: Column, facet: Facet) -> ColumnElement[bool]:
    """``facet`` over ``column`` as SQL. Refused for an operator or value that the kind does not know."""
    if facet.operator not in operators(column.kind):
        raise _impossible(column)
    value = column.value
    if facet.operator in _EMPTY:
        empty = _empty(column)
        return empty if facet.operator == "empty" else ~empty
    try:
        if column.kind in (Kind.DATE, Kind.TIME):
            return _of_dates(column, facet)
        if facet.operator in ("contains", "starts"):
            found = value.icontains if facet.operator == "contains" else value.istartswith
            return found(str(facet.value), autoescape=True)
        if column.kind == Kind.REGION:
            return value.startswith(_digits(str(facet.value)), autoescape=True)
        return _compared(value, facet)
    except (TypeError, ValueError) as error:
        raise _impossible(column) from error


def _impossible(column: Column) -> Refused:
    return Refused(mark("This condition on {column} is not possible. Remove it."), column=column.title)


def _empty(column: Column) -> ColumnElement[bool]:
    value = column.value
    return or_(value.is_(None), value == "") if column.kind in TEXTS else value.is_(None)


def _compared(value: ColumnElement[Any], facet: Facet) -> ColumnElement[bool]:
    wanted = facet.value
    if facet.operator == "in":
        several = _several(wanted)
        # of several choices, one that is asked for is enough
        return value.overlap(list(several)) if isinstance(value.type, ARRAY) else value.in_(several)
    if facet.operator == "between":
        low, high = _pair(wanted)
        return and_(*_bounds(value, low, high))
    if wanted is None:
        raise ValueError("no value")
    return _COMPARE[facet.operator](value, wanted)


_COMPARE: Final[dict[str, Callable[[Any, Any], ColumnElement[bool]]]] = {
    "eq": operator.eq,
    "ne": lambda value, wanted: value.is_distinct_from(wanted),
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
}


def _several(wanted: Any) -> Sequence[Any]:
    if isinstance(wanted, str) or not isinstance(wanted, Sequence) or not wanted:
        raise ValueError("no values")
    return wanted


def _pair(wanted: Any) -> tuple[Any, Any]:
    low, high = wanted
    if low is None and high is None:
        raise ValueError("no bounds")
    return low, high


def _bounds(value: ColumnElement[Any], low: Any, high: Any) -> list[ColumnElement[bool]]:
    bounds = ((operator.ge, low), (operator.le, high))
    return [compare(value, end) for compare, end in bounds if end is not None]


def _digits(code: str) -> str:
    """The leading digits of a division's code that its parts share: 500000 is 50, 361100 is 3611."""
    if len(code) != 6 or not code.isdecimal():
        raise ValueError(code)
    return code[:2] if code.endswith("0000") else code[:4] if code.endswith("00") else code


# -- days -------------------------------------------------------------------------------------------------


def _of_dates(column: Column, facet: Facet) -> ColumnElement[bool]:
    """Compares whole days as bounds on the bare column, so that an index on it can be used."""
    moment = column.kind == Kind.TIME
    if facet.operator == "within":
        start, end = period(str(facet.value))
        return _between_days(column.value, start, end, moment=moment)
    if facet.operator == "between":
        low, high = _pair(facet.value)
        return _between_days(
            column.value,
            None if low is None else _day(low),
            None if high is None else _day(high) + 1,
            moment=moment,
        )
    day = _day(facet.value)
    match facet.operator:
        case "eq":
            return _between_days(column.value, day, day + 1, moment=moment)
        case "lt":
            return _between_days(column.value, None, day, moment=moment)
        case "le":
            return _between_days(column.value, None, day + 1, moment=moment)
        case "gt":
            return _between_days(column.value, day + 1, None, moment=moment)
    return _between_days(column.value, day, None, moment=moment)


def _day(value: Any) -> ColumnElement[Any]:
    if isinstance(value, str):
        value = date.fromisoformat(value)
    if not isinstance(value, date):
        raise TypeError("not a day")
    return cast(literal(value, Date), Date)


def _between_days(
    value: ColumnElement[Any],
    start: ColumnElement[Any] | None,
    end: ColumnElement[Any] | None,
    *,
    moment: bool,
) -> ColumnElement[bool]:
    """``start`` <= ``value`` < ``end``, both days of the session's time zone."""

    def bound(day: ColumnElement[Any]) -> ColumnElement[Any]:
        return cast(day, DateTime(timezone=True)) if moment else day

    parts: list[ColumnElement[bool]] = []
    if start is not None:
        parts.append(value >= bound(start))
    if end is not None:
        parts.append(value < bound(end))
    return and_(*parts)


def period(name: str) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """First day of a period and the day after its last, as SQL; ValueError for an unknown name."""
    if name not in PERIODS:
        raise ValueError(name)
    today: ColumnElement[Any] = func.current_date()
    if name == "today":
        return today, cast(today + 1, Date)
    if name == "yesterday":
        return cast(today - 1, Date), today
    if name in _DAYS:
        return cast(today - (_DAYS[name] - 1), Date), cast(today + 1, Date)
    which, _, unit = name.partition("_")
    start = func.date_trunc(unit, cast(today, DateTime))
    one = cast(literal(f"1 {unit}"), Interval)
    if which == "last":
        return cast(start - one, Date), cast(start, Date)
    return cast(start, Date), cast(start + one, Date)
