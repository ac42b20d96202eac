"""Conditions of an advanced search as SQL: which operators a kind of value knows, and what they mean (PLT-12).

Days are those of the session's time zone. Periods are worked out by the server, whose clock everybody shares.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import ARRAY, ColumnElement, Date, DateTime, Interval, and_, cast, func, literal, not_, or_

from services.entity import NUMBERS, Column, Condition, Context, Facet, Kind
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
    "lacks": mark("does not contain"),
    "starts": mark("begins with"),
    "in": mark("is one of"),
    "not_in": mark("is none of"),
    "within": mark("within"),
    "last": mark("in the last … days"),
    "next": mark("in the next … days"),
    "before": mark("more than … days ago"),
    "empty": mark("is empty"),
    "not_empty": mark("is not empty"),
}
"""Operators with their titles, in the order in which they are offered."""

PERIODS: Final = {
    "today": mark("Today"),
    "yesterday": mark("Yesterday"),
    "tomorrow": mark("Tomorrow"),
    "this_week": mark("This week"),
    "last_week": mark("Last week"),
    "next_week": mark("Next week"),
    "this_month": mark("This month"),
    "last_month": mark("Last month"),
    "next_month": mark("Next month"),
    "this_quarter": mark("This quarter"),
    "last_quarter": mark("Last quarter"),
    "this_year": mark("This year"),
    "last_year": mark("Last year"),
    "last_7_days": mark("Last 7 days"),
    "last_30_days": mark("Last 30 days"),
    "last_90_days": mark("Last 90 days"),
    "next_7_days": mark("Next 7 days"),
    "next_30_days": mark("Next 30 days"),
}
"""Values of ``within`` with their titles. Weeks begin on Monday; the last and the next n days include today."""

_EMPTY = ("empty", "not_empty")
_ORDERED = ("eq", "ne", "gt", "ge", "lt", "le", "between", *_EMPTY)
_TEXT = ("contains", "starts", "eq", "ne", "lacks", *_EMPTY)
_CHOSEN = ("in", "eq", "ne", "not_in", *_EMPTY)
_DATES = ("within", "last", "next", "before", "between", "eq", "gt", "ge", "lt", "le", *_EMPTY)
TEXTS: Final = frozenset({Kind.TEXT, Kind.LONG_TEXT, Kind.PHONE, Kind.EMAIL, Kind.URL})
_DAYS = {"last_7_days": 7, "last_30_days": 30, "last_90_days": 90}
_NEXT_DAYS = {"next_7_days": 7, "next_30_days": 30}
COUNTED_DAYS: Final = ("last", "next", "before")
"""Operators of dates whose value is a number of days."""
MOST_DAYS: Final = 36_500
ME: Final = "me"
"""Value of a person that stands for whoever searches; "my_people" for him and everybody below him."""
MY_PEOPLE: Final = "my_people"
DEEPEST: Final = 6
"""Groups inside one another; more than anybody can read."""


def operators(kind: Kind) -> tuple[str, ...]:
    """Operators that values of ``kind`` know, the likeliest first."""
    if kind in TEXTS:
        return _TEXT
    if kind in NUMBERS:
        return _ORDERED
    if kind in (Kind.DATE, Kind.TIME):
        return _DATES
    if kind == Kind.YES_NO:
        return ("eq",)
    if kind == Kind.REGION:
        return ("eq", "ne", *_EMPTY)
    if kind == Kind.CHOICES:
        return ("in", "not_in", *_EMPTY)
    return _CHOSEN


def whole(
    part: Condition, column_of: Callable[[str], Column], context: Context | None = None, *, depth: int = 0
) -> ColumnElement[bool]:
    """One condition or a group of them as SQL. Refused as ``condition`` does, and for groups too deep or empty."""
    if isinstance(part, Facet):
        return condition(column_of(part.column), part, context)
    if depth >= DEEPEST or not part.parts or part.joint not in ("all", "any"):
        raise Refused(mark("These groups of conditions cannot be searched with. Make them simpler."))
    inside = [whole(one, column_of, context, depth=depth + 1) for one in part.parts]
    return and_(*inside) if part.joint == "all" else or_(*inside)


def condition(column: Column, facet: Facet, context: Context | None = None) -> ColumnElement[bool]:
    """``facet`` over ``column`` as SQL. Refused for an operator or value that the kind does not know.

    ``context`` says who searches: what a person named by ME or MY_PEOPLE means.
    """
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
        if facet.operator == "lacks":
            return or_(value.is_(None), ~value.icontains(str(facet.value), autoescape=True))
        if column.kind == Kind.REGION:
            inside: ColumnElement[bool] = value.startswith(_digits(str(facet.value)), autoescape=True)
            return inside if facet.operator == "eq" else or_(value.is_(None), ~inside)
        if column.kind == Kind.USER:
            return _of_people(value, facet, context)
        return _compared(value, facet)
    except (TypeError, ValueError) as error:
        raise _impossible(column) from error


def _impossible(column: Column) -> Refused:
    return Refused(mark("This condition on {column} is not possible. Remove it."), column=column.title)


def _empty(column: Column) -> ColumnElement[bool]:
    value = column.value
    return or_(value.is_(None), value == "") if column.kind in TEXTS else value.is_(None)


def _of_people(value: ColumnElement[Any], facet: Facet, context: Context | None) -> ColumnElement[bool]:
    """People by id, and those who depend on who searches: a shared search means each reader's own customers."""
    named = _several(facet.value) if facet.operator in ("in", "not_in") else (facet.value,)
    people: set[int] = set()
    for one in named:
        if one in (ME, MY_PEOPLE):
            if context is None:
                raise ValueError("nobody searches")
            people.update((context.user_id,) if one == ME else context.below)
        elif isinstance(one, int):
            people.add(one)
        else:
            raise ValueError("not a person")
    if facet.operator in ("in", "eq"):
        return value.in_(sorted(people))
    return or_(value.is_(None), value.not_in(sorted(people)))


def _among(value: ColumnElement[Any], wanted: Any) -> ColumnElement[bool]:
    several = _several(wanted)
    # of several choices, one that is asked for is enough
    return value.overlap(list(several)) if isinstance(value.type, ARRAY) else value.in_(several)


def _compared(value: ColumnElement[Any], facet: Facet) -> ColumnElement[bool]:
    wanted = facet.value
    if facet.operator == "in":
        return _among(value, wanted)
    if facet.operator == "not_in":
        return or_(value.is_(None), not_(_among(value, wanted)))
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
    if facet.operator in COUNTED_DAYS:
        return _counted(column.value, facet, moment=moment)
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


def _counted(value: ColumnElement[Any], facet: Facet, *, moment: bool) -> ColumnElement[bool]:
    """Days counted from today, which the last and the next ones include."""
    days = facet.value
    if not isinstance(days, int) or isinstance(days, bool) or not 0 < days <= MOST_DAYS:
        raise ValueError("not a number of days")
    today: ColumnElement[Any] = func.current_date()
    if facet.operator == "last":
        return _between_days(value, cast(today - (days - 1), Date), cast(today + 1, Date), moment=moment)
    if facet.operator == "next":
        return _between_days(value, today, cast(today + days, Date), moment=moment)
    return _between_days(value, None, cast(today - days, Date), moment=moment)


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
    if name == "tomorrow":
        return cast(today + 1, Date), cast(today + 2, Date)
    if name in _DAYS:
        return cast(today - (_DAYS[name] - 1), Date), cast(today + 1, Date)
    if name in _NEXT_DAYS:
        return today, cast(today + _NEXT_DAYS[name], Date)
    which, _, unit = name.partition("_")
    start = func.date_trunc(unit, cast(today, DateTime))
    one = cast(literal("3 months" if unit == "quarter" else f"1 {unit}"), Interval)
    if which == "last":
        return cast(start - one, Date), cast(start, Date)
    if which == "next":
        return cast(start + one, Date), cast(start + one + one, Date)
    return cast(start, Date), cast(start + one, Date)
