"""Cells of a row to values of fields, or the reasons why not."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy.orm import Session

from services.entity import Entity, Field, Kind
from services.errors import Invalid, ShukeError
from services.importing.plan import Plan
from services.importing.references import (
    Lookup,
    Missing,
    choice_names,
    regions,
    state_names,
    user_names,
)
from services.language import mark
from services.session import Dictionary
from services.tabular.cells import Cell, Row
from services.tabular.reading import clean
from services.tabular.values import convert, form

_NOTHING: Final = re.compile(r"[-—–_/\\]+|N/?A|null|nil|（?空）?", re.IGNORECASE)
"""What shop systems and registers write where there is nothing."""
_CACHED: Final = frozenset({Kind.CHOICE, Kind.STATE, Kind.USER, Kind.REGION, Kind.YES_NO, Kind.PERCENT})
_CACHE: Final = 5_000


@dataclass(slots=True)
class Line:
    """One row of the file on its way into the database."""

    number: int
    values: dict[str, Any] = field(default_factory=dict)
    """By field; of the companion's fields too."""
    problems: dict[str, ShukeError] = field(default_factory=dict)
    """Why a cell is not good, by field."""


class Converter:
    """Converts the rows of one import. Keeps what is asked often: choices, colleagues, regions, references."""

    def __init__(self, plan: Plan, fields: Sequence[Field], dictionary: Dictionary, session: Session) -> None:
        self._fields = [(f, plan.columns[f.key]) for f in fields if f.key in plan.columns]
        self._plan = plan
        self._choices: dict[str, Mapping[str, object]] = {}
        self._cache: dict[str, dict[str, object]] = {}
        self.lookups: dict[str, Lookup] = {}
        self.unknown: dict[str, dict[str, int]] = {}
        """{field: {label that is no choice: how often}}"""
        for field_, _ in self._fields:
            self._prepare(field_, plan.entity, dictionary, session)

    def _prepare(self, field_: Field, entity: Entity, dictionary: Dictionary, session: Session) -> None:
        if field_.kind in (Kind.CHOICE, Kind.CHOICES):
            self._choices[field_.key] = choice_names(field_, dictionary)
        elif field_.kind is Kind.STATE:
            self._choices[field_.key] = state_names(entity, field_)
        elif field_.kind is Kind.USER:
            self._choices[field_.key] = user_names(session)
        elif field_.kind is Kind.REFERENCE:
            self.lookups[field_.key] = Lookup(field_, field_.key in self._plan.create_missing)
        if field_.kind in _CACHED:
            self._cache[field_.key] = {}

    def batch(self, session: Session, rows: Sequence[Row]) -> list[Line]:
        """The lines of ``rows``; references are looked up once for all of them."""
        for field_, column in self._fields:
            if field_.kind is Kind.REFERENCE:
                names = (_name(row.cells[column]) for row in rows if column < len(row.cells))
                self.lookups[field_.key].load(session, filter(None, names))
        return [self._line(row) for row in rows]

    def _line(self, row: Row) -> Line:
        line = Line(row.number)
        for field_, column in self._fields:
            cell = row.cells[column] if column < len(row.cells) else None
            try:
                value = self._value(field_, cell)
                if value is None and field_.required:
                    raise Invalid(mark("This field must not be empty."), field=field_.key)
            except ShukeError as error:
                line.problems[field_.key] = error
            else:
                if value is not None:
                    line.values[field_.key] = value
        return line

    def _value(self, field_: Field, cell: Cell) -> object:
        if cell is None or (
            isinstance(cell, str) and not field_.required and _NOTHING.fullmatch(cell.strip())
        ):
            return None
        if field_.kind is Kind.REFERENCE:
            name = _name(cell)
            return self.lookups[field_.key].find(name) if name else None
        cache = self._cache.get(field_.key)
        if cache is None or not isinstance(cell, str):
            return self._converted(field_, cell)
        if cell in cache:
            known = cache[cell]
            if isinstance(known, ShukeError):
                self._note(field_, cell)
                raise known
            return known
        if len(cache) > _CACHE:
            cache.clear()
        try:
            cache[cell] = self._converted(field_, cell)
        except ShukeError as error:
            cache[cell] = error
            raise
        return cache[cell]

    def _converted(self, field_: Field, cell: Cell) -> object:
        mapped = self._plan.choices.get(field_.key)
        if mapped is not None and isinstance(cell, str):
            for label, key in mapped.items():
                if form(label) == form(cell):
                    return key or None
        try:
            value = convert(
                cell,
                field_.kind,
                field=field_.key,
                length=field_.length,
                choices=self._choices.get(field_.key),
                region=regions().code if field_.kind is Kind.REGION else None,
            )
        except Invalid:
            self._note(field_, cell)
            raise
        _check(field_, value)
        return value

    def _note(self, field_: Field, cell: Cell) -> None:
        if field_.kind in (Kind.CHOICE, Kind.STATE) and isinstance(cell, str):
            counts = self.unknown.setdefault(field_.key, {})
            label = cell.strip()
            if label in counts or len(counts) < 200:
                counts[label] = counts.get(label, 0) + 1


def _check(field_: Field, value: object) -> None:
    if value is None:
        return
    if isinstance(value, str) and field_.length is not None and len(value) > field_.length:
        raise Invalid(
            mark("has {count} characters; at most {limit} are allowed."),
            field=field_.key,
            count=len(value),
            limit=field_.length,
        )
    check: Callable[[Any], str | None] | None = field_.check
    if check is not None and (problem := check(value)) is not None:
        raise Invalid(problem, field=field_.key)


def _name(cell: Cell) -> str:
    """What a reference cell says; "" for nothing."""
    if cell is None or isinstance(cell, bool):
        return ""
    name = clean(cell) if isinstance(cell, str) else str(cell)
    return "" if _NOTHING.fullmatch(name) else name[:300]


def missing_names(lines: Sequence[Line], key: str) -> list[str]:
    """Names of field ``key`` whose records have to be made for ``lines``."""
    return [value for line in lines if isinstance(value := line.values.get(key), Missing)]
