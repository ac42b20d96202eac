"""Records typed or pasted into a grid: all rows are checked before any is written, then all are written at once.

The grid is a small import from memory, so that a cell means here what it means in a file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from uuid import UUID

from services.database import Database
from services.entity import Entity, Field
from services.importing.checking import SHOWN, Action, check
from services.importing.plan import Duplicates, Pasted, Plan, required
from services.importing.running import Importer, Outcome
from services.session import CurrentUser, Dictionary
from services.tabular.matching import How, match_headers

MOST: Final = SHOWN
"""Rows of one grid; more of them are a file to import."""
_HEADERS: Final = 0.6
"""Share of a first row's cells that have to be titles before it is taken as the titles."""


@dataclass(frozen=True, slots=True)
class GridCheck:
    """What is wrong, by row of the grid (from 0). Empty: all rows are good."""

    rows: int
    """Rows that hold anything."""
    cells: Mapping[int, Mapping[str, str]] = field(default_factory=dict)
    """{row: {field: reason}}"""
    whole: Mapping[int, str] = field(default_factory=dict)
    """{row: reason that is about no single cell}, such as a record that exists already."""
    duplicates: bool = False
    """Whether rows exist already; they may be made all the same."""

    @property
    def good(self) -> bool:
        """Whether all rows may be written."""
        return bool(self.rows) and not self.cells and not self.whole


def plan_of(
    entity: Entity, fields: Sequence[Field], rows: Sequence[Sequence[str]], *, again: bool
) -> tuple[Pasted, Plan]:
    """The grid as an import: columns that hold nothing are left out, so that defaults apply.

    ``again`` makes records although the same exist already.
    """
    demanded = {field_.key for field_ in required(entity, fields)}
    columns = {
        field_.key: place
        for place, field_ in enumerate(fields)
        if field_.key in demanded or any(row[place].strip() for row in rows)
    }
    source = Pasted((tuple(f.key for f in fields), *(tuple(row) for row in rows)), Path("grid"))
    duplicates = Duplicates.CREATE if again else Duplicates.SKIP
    return source, Plan(entity, columns, duplicates=duplicates, all_or_nothing=True)


def check_grid(
    database: Database,
    source: Pasted,
    plan: Plan,
    user: CurrentUser,
    dictionary: Dictionary,
    *,
    cancelled: Callable[[], bool] | None = None,
) -> GridCheck:
    """Look at every row; writes nothing. Refused without the right."""
    result = check(database, source, plan, user, dictionary, cancelled=cancelled)
    cells: dict[int, dict[str, str]] = {}
    whole: dict[int, str] = {}
    for row in result.rows:
        place = row.number - 2
        if row.problems:
            cells[place] = {key: str(problem) for key, problem in row.problems.items()}
        if row.reason is not None and row.action in (Action.SKIP, Action.REJECT):
            whole[place] = str(row.reason)
    return GridCheck(result.total, cells, whole, bool(result.counts[Action.SKIP]))


def save_grid(
    database: Database,
    source: Pasted,
    plan: Plan,
    user: CurrentUser,
    dictionary: Dictionary,
    key: UUID,
    *,
    cancelled: Callable[[], bool] | None = None,
) -> GridCheck | Outcome:
    """Check all rows, then write all of them in one transaction; what is wrong instead, and nothing is written.

    Called again with the same ``key`` after a lost connection it does nothing twice.
    """
    found = check_grid(database, source, plan, user, dictionary, cancelled=cancelled)
    if not found.good:
        return found
    return Importer(database, source, plan, user, dictionary, cancelled=cancelled).run(key)


def titled(cells: Sequence[Sequence[str]], fields: Sequence[Field]) -> Mapping[int, int] | None:
    """If the first row of what was pasted holds titles: {column pasted: place of its field}; else None."""
    titles = [cell for cell in cells[0] if cell.strip()] if cells else []
    places = {field_.key: place for place, field_ in enumerate(fields)}
    sure = [m for m in match_headers(cells[0], fields).matches if m.how is not How.SIMILAR] if titles else []
    if not titles or len(sure) < max(1, round(len(titles) * _HEADERS)):
        return None
    return {match.column: places[match.field] for match in sure}
