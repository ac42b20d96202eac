"""The change history (PLT-34) and the record as it was (PLT-35). Read only: nobody can write it."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.base import Base
from models.organisation import User
from models.system import History
from services import records
from services.clock import CHINA
from services.database import PROGRAM
from services.entity import FILES, Entity, Kind
from services.errors import NotAvailable
from services.language import mark, tr
from services.lookup import labels
from services.organisation.rights import entity_title
from services.regions import label as region_label
from services.session import Dictionary
from services.system.column_titles import COLUMNS

ACTIONS: Final = {
    "create": mark("Created"),
    "change": mark("Changed"),
    "delete": mark("Deleted"),
    "restore": mark("Restored"),
    "purge": mark("Deleted for ever"),
}
"""What can have happened to a record."""

USERS: Final = frozenset(
    {
        "owner_id",
        "user_id",
        "executor_id",
        "others",
        "asked_by",
        "accepted_by",
        "done_by",
        "created_by",
        "confirmed_by",
        "shared_by",
    }
)
"""Columns that hold the id of a user, or a list of them."""
CALLED: Final = ("subject", "name", "number")
"""Columns that say what a record was called that is no more."""
KEPT: Final = frozenset(
    {"id", "version", "created_at", "created_by", "changed_at", "changed_by", "deleted_at"}
)
"""Columns of no interest to who compares a record with what it was."""


@dataclass(frozen=True, slots=True)
class Change:
    """One line of the history. ``changes`` is {column: [old, new]}; on purge {column: last value}."""

    id: int
    at: datetime
    user_id: int | None
    who: str
    client: str
    entity: str
    record_id: int
    action: str
    changes: Mapping[str, Any]

    @property
    def pc(self) -> str:
        """From which PC: its address and its name, or the program where it was not this one (psql). Without either,
        as in the server's own socket, what the connection called itself."""
        told = [word for word in self.client.split() if word != PROGRAM]
        return " ".join(told) or self.client


@dataclass(frozen=True, slots=True)
class Asked:
    """What of the history is wanted; None for everything."""

    entity: str | None = None
    record_id: int | None = None
    user_id: int | None = None
    action: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None
    """Only lines with smaller ids: the next page."""


def changes(session: Session, asked: Asked, *, limit: int = 200) -> list[Change]:
    """The newest lines that fit. Empty without the right to read the history."""
    query = select(History, User.name).outerjoin(User, User.id == History.user_id)
    for column, value in (
        (History.entity, asked.entity),
        (History.record_id, asked.record_id),
        (History.user_id, asked.user_id),
        (History.action, asked.action),
    ):
        if value is not None:
            query = query.where(column == value)
    if asked.since is not None:
        query = query.where(History.at >= asked.since)
    if asked.until is not None:
        query = query.where(History.at < asked.until)
    if asked.before is not None:
        query = query.where(History.id < asked.before)
    return [
        Change(
            row.id,
            row.at,
            row.user_id,
            name or row.login,
            row.client or "",
            row.entity,
            row.record_id,
            row.action,
            row.changes or {},
        )
        for row, name in session.execute(query.order_by(History.id.desc()).limit(limit))
    ]


Names = Mapping[tuple[str, int], str]
"""{(entity key, id): what the record is called}."""


def reference_of(entity: str, column: str) -> str | None:
    """Entity key of the records that a column of a kind refers to; None where it refers to none."""
    table = Base.metadata.tables.get(entity)
    if table is None or column not in table.c:
        return None
    for key in table.c[column].foreign_keys:
        return key.target_fullname.rpartition(".")[0]
    return None


def names(
    session: Session, entities: Mapping[str, Entity], lines: Sequence[Change]
) -> dict[tuple[str, int], str]:
    """What the records of ``lines`` and those that their values refer to are called, as far as the user sees them.
    Of what was deleted for ever, what it was called. Cost: one read for each kind."""
    wanted: dict[str, set[int]] = {}
    gone: dict[tuple[str, int], str] = {}
    for line in lines:
        wanted.setdefault(line.entity, set()).add(line.record_id)
        for column, change in line.changes.items():
            if column in CALLED and line.action == "purge" and change:
                gone[line.entity, line.record_id] = str(change)
            _refer(wanted, line.entity, column, change if isinstance(change, list) else [change])
    return gone | _called(session, entities, wanted)


def names_in(
    session: Session, entities: Mapping[str, Entity], entity: str, *states: Mapping[str, Any]
) -> dict[tuple[str, int], str]:
    """What the records are called that the columns of ``states`` of a record refer to."""
    wanted: dict[str, set[int]] = {}
    for state in states:
        for column, value in state.items():
            _refer(wanted, entity, column, [value])
    return _called(session, entities, wanted)


def _refer(wanted: dict[str, set[int]], entity: str, column: str, values: Sequence[Any]) -> None:
    target = reference_of(entity, column)
    if target is not None:
        wanted.setdefault(target, set()).update(one for one in values if isinstance(one, int))


def _called(
    session: Session, entities: Mapping[str, Entity], wanted: Mapping[str, set[int]]
) -> dict[tuple[str, int], str]:
    return {
        (key, one): name
        for key in set(wanted) & set(entities)
        for one, name in labels(session, entities[key], wanted[key]).items()
        if name
    }


def entities_with_history(session: Session) -> list[str]:
    """Keys of the kinds of records that the history knows, by title. Walks the index: a few reads per kind."""
    found: list[str] = []
    key = ""
    while True:
        following = session.scalar(
            select(History.entity).where(History.entity > key).order_by(History.entity).limit(1)
        )
        if following is None:
            return sorted(found, key=entity_title)
        found.append(following)
        key = following


def as_it_was(session: Session, *, entity: Entity, record_id: int, at: datetime) -> dict[str, Any]:
    """All columns of a record at a moment: its values now, walked back through every later difference.

    Values are in the form in which the history keeps them (JSON: decimals as numbers, days as text) where they
    differ from now, else as they are now. NotAvailable for a moment before the record was made.
    """
    state = records.read(session, entity=entity, record_id=record_id)
    later = changes(session, Asked(entity=entity.key, record_id=record_id, since=at), limit=100_000)
    for change in later:
        if change.action == "create":
            raise NotAvailable(mark("The record did not exist then."))
        for column, (old, _new) in change.changes.items():
            state[column] = old
    return state


def differences(then: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """{column: (then, now)} of the columns a person cares about."""
    return {
        column: (value, now[column])
        for column, value in then.items()
        if column in now
        and column not in KEPT
        and column not in ("sort_name", "name_key", "changed_by", "deleted_by", "deletion_id")
        and plain(value) != plain(now[column])
    }


def in_form(entity: Entity, then: Mapping[str, Any], different: Mapping[str, Any]) -> list[str]:
    """Columns of the whole record in the order of its form, then whatever else was different."""
    fields = [field.key for field in entity.fields if field.key in then]
    return [*fields, *(column for column in different if column not in fields)]


def plain(value: Any) -> str:
    """A value as one compares it: the database's numbers, days and moments, and those of the history's JSON, alike.

    Text is compared as text, also where it is all digits: two bank accounts of 19 digits are one as numbers.
    """
    if value is None:
        return ""
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return format(Decimal(str(value)), ".6f")
    if isinstance(value, str) and value[10:11] == "T":
        with contextlib.suppress(ValueError):
            value = datetime.fromisoformat(value)
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(CHINA).isoformat()
    return str(value)


def column_title(entity: Entity | None, column: str) -> str:
    """What a column is called: as in the form, else as in the list, else by the common names."""
    if entity is not None:
        for field in entity.fields:
            if field.key == column:
                return tr(field.title)
        for shown in entity.columns:
            if shown.key == column:
                return tr(shown.title)
    return tr(COLUMNS[column]) if column in COLUMNS else column


def shown(
    entity: Entity | None, column: str, value: Any, dictionary: Dictionary, called: Names | None = None
) -> str:
    """A value of the history as a person reads it: choices, users and other records by name (``called``), yes and no,
    days and moments of China."""
    if value is None or value == "":
        return tr("(empty)")
    if isinstance(value, bool):
        return tr("Yes") if value else tr("No")
    if isinstance(value, list):
        if column in USERS:
            return ", ".join(dictionary.user(int(one)) or f"#{one}" for one in value)
        if value and all(isinstance(one, str) and one in dictionary.choices for one in value):
            return dictionary.labels([str(one) for one in value])
        return (
            ", ".join(str(one) for one in value)
            if len(value) < 8
            else tr("{count} entries", count=len(value))
        )
    field = next((f for f in entity.fields if f.key == column), None) if entity is not None else None
    kind = field.kind if field is not None else None
    if column in USERS or kind is Kind.USER:
        return dictionary.user(int(value)) or f"#{value}"
    labels = (
        next((c.labels for c in entity.columns if c.key == column and c.labels), None) if entity else None
    )
    if labels and str(value) in labels:
        return tr(labels[str(value)])
    if isinstance(value, str) and value in dictionary.choices:
        return dictionary.label(value)
    if kind in FILES:
        return tr("File no. {number}", number=value)
    target = reference_of(entity.key, column) if entity is not None else None
    if target is not None or column.endswith("_id"):
        return (called or {}).get((target or "", value)) or f"#{value}"
    if kind is Kind.REGION:
        return region_label(str(value))
    return _moment(value)


def _moment(value: Any) -> str:
    """A moment in the time of China, everything else as it is."""
    if isinstance(value, str) and value[10:11] == "T":
        with contextlib.suppress(ValueError):
            value = datetime.fromisoformat(value)
    if isinstance(value, datetime) and value.tzinfo is not None:
        return f"{value.astimezone(CHINA):%Y-%m-%d %H:%M:%S}"
    return str(value)


def in_words(
    entity: Entity | None, change: Change, dictionary: Dictionary, called: Names | None = None
) -> list[tuple[str, str, str]]:
    """(title, before, after) of every column that a change touched."""
    if change.action == "purge":
        return [
            (column_title(entity, column), shown(entity, column, value, dictionary, called), "")
            for column, value in change.changes.items()
            if value is not None and column not in KEPT
        ]
    return [
        (
            column_title(entity, column),
            shown(entity, column, old, dictionary, called),
            shown(entity, column, new, dictionary, called),
        )
        for column, (old, new) in change.changes.items()
        if column not in KEPT
    ]


def restorable(session: Session, entity: Entity) -> frozenset[str]:
    """Columns that staff may write in such a record, so that they can be brought back one by one. Those of a document
    that its functions alone write are not among them, nor pictures and files, which may be gone."""
    table = records.written_table(entity)
    keys = [
        field.key
        for field in entity.fields
        if field.editable and not field.once and field.kind not in FILES and field.key in table.c
    ]
    full = f'{table.schema}."{table.name}"'
    if not keys or not entity.create_by_form:
        return frozenset()
    granted = session.execute(select(*(func.has_column_privilege(full, key, "UPDATE") for key in keys))).one()
    return frozenset(key for key, may in zip(keys, granted, strict=True) if may)


def typed(entity: Entity, column: str, value: Any) -> Any:
    """A value of the history's JSON as the column takes it: decimals and days are text and numbers there."""
    if value is None or isinstance(value, bool | date | Decimal):
        return value
    kind = next((field.kind for field in entity.fields if field.key == column), None)
    if kind in (Kind.AMOUNT, Kind.PRICE, Kind.QUANTITY, Kind.PERCENT):
        return Decimal(str(value))
    if kind is Kind.DATE:
        return date.fromisoformat(str(value))
    if kind is Kind.TIME:
        return datetime.fromisoformat(str(value))
    return value
