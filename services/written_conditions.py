"""Conditions written as one word each, as on a command line: ``receivable>=1000``, ``name~Changhong``.

Column, sign, value. Signs: ``=`` is, ``!=`` is not, ``<`` ``<=`` ``>`` ``>=``, ``~`` contains, ``^`` begins with.
After ``=``: nothing for "is empty", ``a..b`` for a range (an end may be missing), ``a|b`` for one of several, and
for dates a period such as ``this_month``. After ``!=`` nothing means "is not empty". Choices, states and people
may be given by key or as they are shown.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from services.entity import NUMBERS, Column, Facet, Kind
from services.errors import Refused
from services.facets import PERIODS
from services.language import mark, tr
from services.session import Dictionary
from services.typed import day, number

_SIGNS: Final = {
    "=": "eq",
    "!=": "ne",
    "<": "lt",
    "<=": "le",
    ">": "gt",
    ">=": "ge",
    "~": "contains",
    "^": "starts",
}
_FORM: Final = re.compile(r"\s*([^=!<>~^]+?)\s*(!=|<=|>=|=|<|>|~|\^)(.*)", re.DOTALL)


def facet_of(written: str, columns: Sequence[Column], dictionary: Dictionary, today: date) -> Facet:
    """The condition that ``written`` means over one of ``columns``; Refused, in words, when it means none."""
    found = _FORM.fullmatch(written)
    if found is None:
        raise Refused(
            mark("“{condition}” is not a condition. Write, for example, name~Li or credit_days>=30."),
            condition=written,
        )
    named, sign, value = found[1], found[2], found[3].strip()
    column = _column(named, columns)
    operator = _SIGNS[sign]
    if not value:
        if operator not in ("eq", "ne"):
            raise _no_value(column, value)
        return Facet(column.key, "empty" if operator == "eq" else "not_empty")
    dates = column.kind in (Kind.DATE, Kind.TIME)
    if operator == "eq" and dates and value in PERIODS:
        return Facet(column.key, "within", value)

    def one(text: str) -> Any:
        return _value(column, text.strip(), dictionary, today)

    if operator == "eq" and ".." in value and (dates or column.kind in NUMBERS):
        low, _, high = value.partition("..")
        return Facet(column.key, "between", (one(low) if low else None, one(high) if high else None))
    chosen = column.kind in (Kind.CHOICE, Kind.STATE, Kind.USER)
    if operator == "eq" and (column.kind == Kind.CHOICES or ("|" in value and chosen)):
        return Facet(column.key, "in", tuple(one(part) for part in value.split("|")))
    return Facet(column.key, operator, value if operator in ("contains", "starts") else one(value))


def _column(named: str, columns: Sequence[Column]) -> Column:
    for column in columns:
        if named in (column.key, tr(column.title), column.title):
            return column
    raise Refused(mark("There is no column “{column}” here."), column=named)


def _value(column: Column, text: str, dictionary: Dictionary, today: date) -> Any:
    try:
        if column.kind in NUMBERS:
            found = number(text)
            whole = column.kind == Kind.INTEGER and found is not None and found == int(found)
            return int(found) if whole and found is not None else found
        if column.kind in (Kind.DATE, Kind.TIME):
            return day(text, today)
    except ValueError as error:
        raise _no_value(column, text) from error
    if column.kind == Kind.YES_NO:
        answers = {
            "yes": True,
            "true": True,
            "1": True,
            "是": True,
            "no": False,
            "false": False,
            "0": False,
            "否": False,
        }
        return _chosen(column, text.lower(), answers)
    if column.kind in (Kind.CHOICE, Kind.CHOICES):
        of_kind = [choice for choice in dictionary.choices.values() if choice.kind == column.dictionary]
        keys = {choice.key: choice.key for choice in of_kind}
        labels = {name: choice.key for choice in of_kind for name in (choice.zh, choice.en, choice.label)}
        return _chosen(column, text, {**labels, **keys})
    if column.kind == Kind.STATE and column.labels:
        shown = {name: key for key, title in column.labels.items() for name in (title, tr(title))}
        return _chosen(column, text, {**shown, **{key: key for key in column.labels}})
    if column.kind == Kind.USER:
        return _chosen(column, text, {name: id_ for id_, name in dictionary.users.items()})
    return text


def _chosen(column: Column, text: str, known: dict[Any, Any]) -> Any:
    if text not in known:
        raise _no_value(column, text)
    return known[text]


def _no_value(column: Column, text: str) -> Refused:
    return Refused(mark("“{value}” is no value of {column}."), value=text, column=column.title)
