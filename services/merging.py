"""Two people changed one record: what each did to it, field by field and line by line (PLT-31)."""

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


Values = Mapping[str, Any]
"""What stands in a document: its fields by their keys, and lists of lines, each line a mapping of its cells."""


@dataclass(frozen=True, slots=True)
class Lines:
    """Which values of a document are lists of lines, and by which cell a line of each is known again.

    In differences a line has the key ``list/name``; a further line of the same name is counted on.
    """

    named_by: Mapping[str, str]

    def spread(self, values: Values) -> dict[str, Any]:
        """The fields and the lines one by one."""
        found = {key: value for key, value in values.items() if key not in self.named_by}
        for key, cell in self.named_by.items():
            for line in values.get(key) or ():
                name, number = f"{key}/{line[cell]}", 1
                while name in found:
                    number += 1
                    name = f"{key}/{line[cell]}/{number}"
                found[name] = dict(line)
        return found

    def gather(self, spread: Values) -> dict[str, Any]:
        """The values that ``spread`` has spread; lines that are None are left out."""
        found: dict[str, Any] = {key: [] for key in self.named_by}
        for key, value in spread.items():
            of = key.partition("/")[0]
            if "/" not in key:
                found[key] = value
            elif value is not None:
                found[of].append(value)
        return found

    def differences(self, *, was: Values, mine: Values, theirs: Values) -> list[Difference]:
        """What I or they have changed. Of a line both have changed, the cells that only one changed are in both
        sides of it: what is left to choose is what both changed."""
        before, typed, now = self.spread(was), self.spread(mine), self.spread(theirs)
        found = differences(dict.fromkeys([*now, *typed, *before]), was=before, mine=typed, theirs=now)
        return [_cell_by_cell(each) for each in found]

    def merged(
        self, *, mine: Values, theirs: Values, found: Sequence[Difference], chosen: Values
    ) -> dict[str, Any]:
        """The document with what was ``chosen`` of the differences that were ``found``, the rest as it goes without
        a choice. A list that they left alone stays in my order, else my new lines stand behind theirs."""
        decided = {each.key: chosen.get(each.key, each.chosen) for each in found}
        typed, now = self.spread(mine), self.spread(theirs)
        whole = self.gather({**{key: now.get(key, typed.get(key)) for key in [*now, *typed]}, **decided})
        own = self.gather({key: decided.get(key, value) for key, value in typed.items()})
        for key in self.named_by:
            lines = [each for each in found if each.key.startswith(f"{key}/")]
            if all(each.theirs == each.was and decided[each.key] == each.mine for each in lines):
                whole[key] = own[key]
        return whole

    def before(self, *, was: Values, theirs: Values, found: Sequence[Difference]) -> dict[str, Any]:
        """What the two can be compared against later, once everything is in mine that nobody has to choose: as
        theirs, but for what was changed by both."""
        spread = self.spread(theirs)
        for each in found:
            if each.clash:
                spread[each.key] = each.was
        return self.gather(spread)


def _cell_by_cell(line: Difference) -> Difference:
    if not line.clash or not (isinstance(line.mine, Mapping) and isinstance(line.theirs, Mapping)):
        return line
    was = line.was or {}
    cells = differences(
        dict.fromkeys([*line.theirs, *line.mine]), was=was, mine=line.mine, theirs=line.theirs
    )
    shared = {**line.theirs, **{each.key: each.chosen for each in cells}}
    mine = {**shared, **{each.key: each.mine for each in cells if each.clash}}
    theirs = {**shared, **{each.key: each.theirs for each in cells if each.clash}}
    return Difference(line.key, line.was, mine, theirs)
