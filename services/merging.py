"""Two people changed one record: what each did to it, field by field (PLT-31)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that one or both have changed: what it was, what I typed, what it is now."""

    key: str
    was: Any
    mine: Any
    theirs: Any

    @property
    def clash(self) -> bool:
        """Both changed it, to different values: somebody has to choose."""
        return self.mine != self.was and self.theirs not in (self.was, self.mine)

    @property
    def chosen(self) -> Any:
        """The value without a choice: mine where I changed it, else theirs."""
        return self.mine if self.mine != self.was else self.theirs


def differences(
    keys: Iterable[str], *, was: Mapping[str, Any], mine: Mapping[str, Any], theirs: Mapping[str, Any]
) -> list[Difference]:
    """The fields of ``keys`` that I or they have changed since it ``was``, in their order."""
    found = []
    for key in keys:
        each = Difference(key, was.get(key), mine.get(key), theirs.get(key))
        if each.mine != each.was or each.theirs != each.was:
            found.append(each)
    return found


Rows = Sequence[Sequence[str]]
"""A list that is typed and saved as a whole, row by row; the first column names a row."""


def keyed(rows: Rows) -> dict[str, tuple[str, ...]]:
    """``rows`` by what names them; a further one of the same name has a key of its own."""
    found: dict[str, tuple[str, ...]] = {}
    for row in rows:
        key, number = row[0], 1
        while key in found:
            number += 1
            key = f"{row[0]} ({number})"
        found[key] = tuple(row)
    return found


def row_differences(*, was: Rows, mine: Rows, theirs: Rows) -> list[Difference]:
    """The rows that I or they have changed, added or taken away (None) since the list ``was``."""
    before, typed, now = keyed(was), keyed(mine), keyed(theirs)
    return differences(dict.fromkeys([*now, *typed, *before]), was=before, mine=typed, theirs=now)


def merged(*, was: Rows, mine: Rows, theirs: Rows, chosen: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """The list with the rows that were ``chosen`` of its differences; mine as it is typed where they changed nothing,
    else theirs with my new rows behind."""
    if keyed(was) == keyed(theirs) and all(chosen[key] == keyed(mine).get(key) for key in chosen):
        return [tuple(row) for row in mine]
    rows: dict[str, Any] = {**keyed(theirs), **chosen}
    return [row for row in rows.values() if row is not None]
