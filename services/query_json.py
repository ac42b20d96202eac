"""A query as JSON and back: what a tab remembers across a restart, and what a saved search keeps.

Dates and decimals in conditions are tagged, so that they come back as what they were. Fixed conditions are
functions and stay with the query that the reader already has.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from services.entity import Condition, Facet, Group, Query


def query_as_json(query: Query) -> dict[str, Any]:
    """Data class, words, order and conditions of ``query`` in JSON types. TypeError for a value of another kind."""
    return {
        "data_class": query.data_class,
        "words": query.words,
        "order": list(query.order),
        "facets": [condition_as_json(part) for part in query.facets],
    }


def query_from_json(query: Query, kept: Mapping[str, Any]) -> Query:
    """``query`` with what ``query_as_json`` gave; ValueError for what it cannot have given."""
    try:
        facets = tuple(_condition(part) for part in kept.get("facets", []))
        return replace(
            query,
            data_class=str(kept.get("data_class", "all")),
            words=str(kept.get("words", "")),
            order=tuple(str(name) for name in kept.get("order", ())),
            facets=facets,
        )
    except (TypeError, ValueError, ArithmeticError, AttributeError, RecursionError) as error:
        raise ValueError("not a kept query") from error


def condition_as_json(part: Condition) -> Any:
    """A condition as ``[column, operator, value]``, a group as ``{"all": […]}`` or ``{"any": […]}``."""
    if isinstance(part, Group):
        return {part.joint: [condition_as_json(one) for one in part.parts]}
    return [part.column, part.operator, _out(part.value)]


def _condition(kept: Any) -> Condition:
    match kept:
        case {"all": list(parts)}:
            return Group("all", tuple(_condition(one) for one in parts))
        case {"any": list(parts)}:
            return Group("any", tuple(_condition(one) for one in parts))
        case [str(column), str(operator), value]:
            return Facet(column, operator, _in(value))
    raise ValueError("not a condition")


def _out(value: Any) -> Any:
    match value:
        case Decimal():
            return {"decimal": str(value)}
        case date():
            return {"date": value.isoformat()}
        case list() | tuple():
            return [_out(one) for one in value]
        case None | str() | int() | bool():
            return value
    raise TypeError(f"{type(value).__name__} cannot be kept in a query")


def _in(value: Any) -> Any:
    match value:
        case {"decimal": str(text)}:
            return Decimal(text)
        case {"date": str(text)}:
            return date.fromisoformat(text)
        case list():
            return tuple(_in(one) for one in value)
        case dict():
            raise ValueError("not a value")
    return value
