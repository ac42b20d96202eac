"""The recycle bin over all kinds of records (PLT-33): one entry for each deletion, with what it took along.

What somebody sees here is decided by the policies of ``app.deletion`` and of the records themselves.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import BigInteger, ColumnElement, func, literal, or_, select, union_all
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from models.system import Deletion
from services.commands import Changes, Work
from services.database import translated_errors
from services.entity import Entity
from services.errors import Refused
from services.lookup import labels
from services.records import table_of
from services.saved_searches import SAVED_SEARCH
from services.search import parse, search_condition

PAGE: Final = 200
"""Deletions read at a time."""
NAMED: Final = 100
"""Parts of one kind that are told by name; of the others only how many there are."""
CHUNK: Final = 500
"""Deletions purged by one statement: some 0.5 s, after which progress is told and a cancel heard."""


@dataclass(frozen=True, slots=True)
class Deleted:
    """One deletion: a record, and what went into the recycle bin with it."""

    id: int
    at: datetime
    user_id: int | None
    entity: str
    record_id: int
    name: str
    """What the record is called; empty where the user does not see it any more."""
    taken: Mapping[str, int]
    """{entity key: number of records} that went along."""


@dataclass(frozen=True, slots=True)
class Part:
    """What went along of one kind. ``names`` are those that the user sees, NAMED at most."""

    entity: str
    count: int
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """Which deletions are wanted; None for all."""

    entity: str | None = None
    """Entity key of what was deleted, not of what went along."""
    user_id: int | None = None
    words: str = ""
    """Found in what was deleted, and in what went along."""
    before: int | None = None
    """Only those with smaller ids: the next page."""


def deletions(
    session: Session, *, entities: Mapping[str, Entity], asked: Asked, limit: int = PAGE
) -> list[Deleted]:
    """The newest deletions that fit. Cost: one walk down the primary key, one read of names for each kind in it; with
    words one search in what lies in the bin for each kind there is."""
    query = select(Deletion)
    for column, value in ((Deletion.entity, asked.entity), (Deletion.user_id, asked.user_id)):
        if value is not None:
            query = query.where(column == value)
    if asked.before is not None:
        query = query.where(Deletion.id < asked.before)
    if asked.words.strip():
        query = query.where(Deletion.id.in_(_holding(entities, asked.words)))
    rows = list(session.scalars(query.order_by(Deletion.id.desc()).limit(limit)))
    known = _known(entities)
    names: dict[tuple[str, int], str] = {}
    for key in {row.entity for row in rows} & set(known):
        wanted = [row.record_id for row in rows if row.entity == key]
        names |= {(key, one): name for one, name in labels(session, known[key], wanted).items()}
    return [
        Deleted(
            row.id,
            row.at,
            row.user_id,
            row.entity,
            row.record_id,
            names.get((row.entity, row.record_id), ""),
            {str(key): int(count) for key, count in row.taken_along.items()},
        )
        for row in rows
    ]


def _known(entities: Mapping[str, Entity]) -> dict[str, Entity]:
    """Every kind that can lie in the bin, also those that have no list of their own."""
    return {**entities, SAVED_SEARCH.key: SAVED_SEARCH}


def _holding(entities: Mapping[str, Entity], words: str) -> Any:
    """Ids of the deletions that hold a record with ``words``."""
    found = []
    for entity in entities.values():
        table = table_of(entity)
        if "deletion_id" not in table.c:
            continue
        if entity.searchable and "search" in table.c and parse(words).words:
            fits: ColumnElement[bool] = search_condition(table.c.search, words)
        else:
            fits = or_(*(entity.label.icontains(word, autoescape=True) for word in words.split()))
        found.append(
            select(table.c.deletion_id)
            .select_from(entity.source() if entity.source else table)
            .where(table.c.deletion_id.is_not(None), fits)
        )
    return union_all(*found)


def parts(session: Session, *, entities: Mapping[str, Entity], deleted: Deleted) -> list[Part]:
    """What went along, kind by kind. Cost: one read of an index for each kind."""
    known = _known(entities)
    found = []
    for key, count in sorted(deleted.taken.items()):
        names: Sequence[str] = ()
        if key in known:
            table = table_of(known[key])
            query = select(table.c.id).where(table.c.deletion_id == deleted.id)
            if key == deleted.entity:
                query = query.where(table.c.id != deleted.record_id)
            ids = list(session.scalars(query.order_by(table.c.id).limit(NAMED)))
            called = labels(session, known[key], ids)
            names = [called[one] for one in ids if one in called]
        found.append(Part(key, count, tuple(names)))
    return found


def restore(work: Work, *, deletions: Sequence[int]) -> Changes:
    """Bring back whole what was deleted together, of whatever kinds. ``result["back"]`` is {entity key: number}."""
    tops: dict[str, list[int]] = {}
    back: Counter[str] = Counter()
    for row in work.session.scalars(select(Deletion).where(Deletion.id == func.any(_array(deletions)))):
        tops.setdefault(row.entity, []).append(row.record_id)
        back[row.entity] += 1
        back.update({str(key): int(count) for key, count in row.taken_along.items()})
    work.session.execute(select(func.app.restore(_array(deletions))))
    return Changes({key: tuple(ids) for key, ids in tops.items()}, {"back": dict(back)})


def purge(work: Work, *, deletions: Sequence[int]) -> Changes:
    """Delete for ever. The boss alone; what other records still refer to stays in the bin, and what keeps its number.
    ``result`` says how many deletions are ``gone`` and how many were ``left``; of a single one Refused says why."""
    gone = left = 0
    ordered = sorted(deletions)
    # asks for the right, also where there is nothing to delete: a later refusal means that something refers to it
    work.session.execute(select(func.app.purge(_array([]))))
    if len(ordered) == 1:
        work.session.execute(select(func.app.purge(_array(ordered))))
        return Changes({}, {"gone": 1, "left": 0})
    for start in range(0, len(ordered), CHUNK):
        chunk = ordered[start : start + CHUNK]
        if _purge(work, chunk):
            gone += len(chunk)
        else:
            done = sum(_purge(work, [one]) for one in chunk)
            gone, left = gone + done, left + len(chunk) - done
        work.step(start + len(chunk), len(ordered))
    return Changes({}, {"gone": gone, "left": left})


def _purge(work: Work, deletions: Sequence[int]) -> bool:
    try:
        with translated_errors(), work.session.begin_nested():
            work.session.execute(select(func.app.purge(_array(deletions))))
    except Refused:
        return False
    return True


def empty(work: Work) -> Changes:
    """Delete for ever all that lies in the recycle bin, oldest first. See ``purge``."""
    return purge(work, deletions=list(work.session.scalars(select(Deletion.id).order_by(Deletion.id))))


def _array(ids: Sequence[int]) -> Any:
    return literal(list(ids), ARRAY(BigInteger))
