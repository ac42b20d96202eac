"""Order by several keys, and reading on from a place in it without counting rows.

PostgreSQL sorts NULL behind everything (ascending) or before everything (descending); so does this. An anchor is
the tuple of keys of one row. ``at_or_after`` says in one condition which rows come from it on; ``segments`` says
so in several, each of which is a range of an index.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from sqlalchemy import ColumnElement, Select, and_, false, literal, or_


@dataclass(frozen=True, slots=True)
class Key:
    """One key of an order."""

    value: ColumnElement[Any]
    descending: bool = False

    @property
    def ordered(self) -> ColumnElement[Any]:
        """For ORDER BY."""
        return self.value.desc() if self.descending else self.value.asc()

    @property
    def turned(self) -> Key:
        """The opposite direction."""
        return Key(self.value, not self.descending)

    def _literal(self, value: Any) -> ColumnElement[Any]:
        return literal(value, self.value.type)

    def same(self, value: Any) -> ColumnElement[bool]:
        """Rows with just this key."""
        return self.value.is_(None) if value is None else self.value == self._literal(value)

    def after(self, value: Any) -> ColumnElement[bool]:
        """Rows whose key comes after ``value``."""
        if self.descending:
            return self.value.is_not(None) if value is None else self.value < self._literal(value)
        if value is None:
            return false()
        return or_(self.value > self._literal(value), self.value.is_(None))

    def from_on(self, value: Any) -> ColumnElement[bool]:
        """Rows whose key is ``value`` (not NULL) or comes after it, NULL left out."""
        return self.value <= self._literal(value) if self.descending else self.value >= self._literal(value)

    def beyond(self, value: Any) -> ColumnElement[bool]:
        """Rows whose key comes after ``value`` (not NULL), NULL left out."""
        return self.value < self._literal(value) if self.descending else self.value > self._literal(value)

    def up_to(self, value: Any) -> ColumnElement[bool]:
        """Rows whose key is ``value`` (not NULL) or comes before it, NULL left out."""
        return self.value >= self._literal(value) if self.descending else self.value <= self._literal(value)


@dataclass(frozen=True, slots=True)
class Anchors:
    """The keys of every STEP-th row: rows 0, STEP, 2 × STEP …"""

    STEP: ClassVar[int] = 200
    keys: tuple[tuple[Any, ...], ...]

    def at(self, place: int) -> tuple[Any, ...] | None:
        """The anchor at or before ``place``; None beyond the last."""
        number = place // self.STEP
        return self.keys[number] if number < len(self.keys) else None


def in_order(statement: Select[Any], keys: Sequence[Key]) -> Select[Any]:
    """``statement`` in the order of ``keys``."""
    return statement.order_by(*(key.ordered for key in keys))


def at_or_after(keys: Sequence[Key], anchor: Sequence[Any]) -> ColumnElement[bool]:
    """Rows from ``anchor`` on, itself included; the last key is unique and never NULL."""
    equal = [key.same(value) for key, value in zip(keys[:-1], anchor[:-1], strict=True)]
    ways = [and_(*equal[:n], key.after(anchor[n])) for n, key in enumerate(keys[:-1])]
    ways.append(and_(*equal, keys[-1].from_on(anchor[-1])))
    return or_(*ways)


def segments(
    keys: Sequence[Key], start: Sequence[Any], end: Any, *, open_: bool
) -> list[ColumnElement[bool]]:
    """Conditions that, one after the other, hold the rows from ``start`` on in order; each is a range of an index.

    ``end`` is the first key's last value of interest; ``open_``: there is none. The rows that share the first key
    of ``start`` come by themselves: where half of all rows have none (NULL), a condition that only filters would
    walk through all of them. NULL needs a condition of its own, because ``k >= x OR k IS NULL`` is no range.
    """
    key, value = keys[0], start[0]
    same = key.same(value)
    found = [and_(same, at_or_after(keys[1:], start[1:])) if len(keys) > 1 else same]
    if not open_ and end == value:
        return found
    empty = key.value.is_(None)
    if key.descending:
        if value is None:
            return [*found, key.value.is_not(None) if open_ else key.up_to(end)]
        return [*found, key.beyond(value) if open_ else and_(key.beyond(value), key.up_to(end))]
    if value is None:
        return found
    if open_ or end is None:
        return [*found, key.beyond(value), empty]
    return [*found, and_(key.beyond(value), key.up_to(end))]
