"""What is to be imported, and how: entity, columns, duplicates, choices that the file names differently."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, Protocol

from services.entity import FILES, Companion, Entity, Field
from services.errors import Refused
from services.language import mark, tr
from services.records import written_table
from services.requests import plain
from services.session import CurrentUser, Preferences
from services.tabular.cells import Row
from services.tabular.matching import Matching, match_headers, normal

MAX_REMEMBERED: Final = 400
"""Titles and labels that are remembered for each entity, the newest."""


class Duplicates(StrEnum):
    """What happens with a row that exists already."""

    SKIP = "skip"
    UPDATE = "update"
    CREATE = "create"


class Source(Protocol):
    """Rows to import: ``services.tabular.reading.Table`` or ``Pasted``."""

    @property
    def path(self) -> Path:
        """The file; only its name is kept."""

    @property
    def titles(self) -> tuple[str, ...]:
        """Titles of the columns."""

    def rows(self, cancelled: Any = None) -> Generator[Row, None, None]:
        """The rows below the header, each time anew."""


@dataclass(frozen=True, slots=True)
class Pasted:
    """A range that was copied from Excel: its first row holds the titles."""

    cells: tuple[tuple[str, ...], ...]
    path: Path = Path("clipboard")

    @property
    def titles(self) -> tuple[str, ...]:
        """The cells of the first row."""
        return self.cells[0] if self.cells else ()

    def rows(self, cancelled: Any = None) -> Generator[Row, None, None]:
        """The rows below the first."""
        for number, cells in enumerate(self.cells[1:], 2):
            if any(cell.strip() for cell in cells):
                yield Row(number, cells)


@dataclass(frozen=True, slots=True)
class Plan:
    """One import as the user wants it. ``columns`` gives the column (from 0) of each field."""

    entity: Entity
    columns: Mapping[str, int]
    duplicates: Duplicates = Duplicates.SKIP
    all_or_nothing: bool = False
    """True: one refused row, and nothing is imported. False: the good rows are."""
    choices: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """{field: {label in the file: key of the choice, "" for leaving it empty}}."""
    create_missing: frozenset[str] = frozenset()
    """Reference fields whose missing records are made, such as categories."""

    @property
    def companion(self) -> Companion | None:
        """The second record of each row, if one of its columns is imported."""
        companion = self.entity.companion
        if companion is None or not any(key in self.columns for key in companion.keys):
            return None
        return companion

    def described(self) -> dict[str, Any]:
        """The plan as JSON: what the idempotency key stands for."""
        described: dict[str, Any] = plain(
            {
                "entity": self.entity.key,
                "columns": self.columns,
                "duplicates": str(self.duplicates),
                "all_or_nothing": self.all_or_nothing,
                "choices": self.choices,
                "create_missing": sorted(self.create_missing),
            }
        )
        return described


def importable_fields(entity: Entity, user: CurrentUser) -> tuple[Field, ...]:
    """The fields that a file may fill, those of the entity's companion included."""
    columns = written_table(entity).c
    own = [
        field_
        for field_ in entity.fields
        if field_.editable
        and field_.kind not in FILES
        and field_.key in columns
        and all(user.can(right) for right in field_.rights)
    ]
    companion = entity.companion
    if companion is not None and user.can(f"{companion.entity}.create"):
        own += companion.fields
    return tuple(own)


def propose(
    source: Source, entity: Entity, user: CurrentUser, preferences: Preferences | None = None
) -> Matching:
    """Which column is which field: as it was chosen before, by title and alias, by similarity."""
    remembered = preferences.get(_key(entity), {}) if preferences is not None else {}
    fields = importable_fields(entity, user)
    companion = entity.companion
    if companion is not None:
        # 联系人 beside a company is his name; what is called the same in both is the company's.
        own = {normal(alias) for f in entity.fields for alias in (*f.aliases, f.key)}
        fields = tuple(
            replace(f, aliases=tuple(a for a in f.aliases if normal(a) not in own))
            if f.key in companion.keys
            else f
            for f in fields
        )
    return match_headers(source.titles, fields, remembered.get("columns"))


def remember(preferences: Preferences, source: Source, plan: Plan) -> bool:
    """Note the columns and choices of ``plan``; True if ``preferences.store(preference_key(…))`` has to follow."""
    known = preferences.get(_key(plan.entity), {})
    columns = dict(known.get("columns", {}))
    by_column = {column: key for key, column in plan.columns.items()}
    for column, title in enumerate(source.titles):
        if shape := normal(title):
            columns.pop(shape, None)
            columns[shape] = by_column.get(column, "")
    choices = {key: dict(labels) for key, labels in known.get("choices", {}).items()}
    for key, labels in plan.choices.items():
        choices.setdefault(key, {}).update(labels)
    return preferences.set(
        _key(plan.entity),
        {
            "columns": dict(list(columns.items())[-MAX_REMEMBERED:]),
            "choices": {key: dict(list(labels.items())[-MAX_REMEMBERED:]) for key, labels in choices.items()},
        },
    )


def remembered_choices(preferences: Preferences, entity: Entity) -> dict[str, dict[str, str]]:
    """The choices that were mapped in earlier imports, for ``Plan.choices``."""
    known: dict[str, dict[str, str]] = preferences.get(_key(entity), {}).get("choices", {})
    return {key: dict(labels) for key, labels in known.items()}


def preference_key(entity: Entity) -> str:
    """Where ``remember`` keeps its notes."""
    return _key(entity)


def _key(entity: Entity) -> str:
    return f"import.{entity.key}"


def require_plan(plan: Plan, user: CurrentUser) -> None:
    """Refused if the user may not import, or if a column is missing without which no row can be good."""
    entity = plan.entity
    if not entity.importable:
        raise Refused(mark("{records} cannot be imported from a file."), records=tr(entity.plural))
    for verb in ("import", *(("edit",) if plan.duplicates is Duplicates.UPDATE else ()), "create"):
        if not user.can(f"{entity.key}.{verb}"):
            raise Refused(mark("You do not have the right: {right}"), right=f"{entity.key}.{verb}")
    fields = importable_fields(entity, user)
    known = {field_.key for field_ in fields}
    if unknown := [key for key in plan.columns if key not in known]:
        raise Refused(mark("There is no field “{field}” to import into."), field=unknown[0])
    missing = [tr(f.title) for f in required(entity, fields) if f.key not in plan.columns]
    if missing:
        raise Refused(mark("No column was chosen for: {fields}"), fields=tr(", ").join(missing))


def required(entity: Entity, fields: Sequence[Field]) -> list[Field]:
    """Fields of the entity itself that a file has to fill, as nothing else does."""
    columns = written_table(entity).c
    return [
        f
        for f in fields
        if f.required and f.default is None and f.key in columns and columns[f.key].server_default is None
    ]
