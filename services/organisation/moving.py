"""Records that get another owner: transfer (ORG-13) and job change (ORG-04).

What goes along is declared by the kinds (``Entity.along``, ``app.moves_with``). Some thousand records at a time in one
transaction, so that it can tell how far it is and be ended.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import BigInteger, bindparam, func, literal, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from services.commands import Changes, Work
from services.entity import Along, Entity
from services.records import CHUNK

Counts = Mapping[str, Mapping[str, int]]
"""{entity key: {``open`` or ``all``: number of records}}."""

NAMED: Final = 1000
"""Records that a big transfer names in its answer; beyond that the server's notices say enough."""


@dataclass(frozen=True, slots=True)
class GoesAlong:
    """A kind that may go along with records of another."""

    entity: Entity
    offered: tuple[str, ...]
    chosen: str


def goes_along(entities: Mapping[str, Entity], key: str) -> tuple[GoesAlong, ...]:
    """What may go along with records of kind ``key``, directly or with what does, in the order of ``entities``."""
    found: dict[str, Along] = {}
    parents = {key}
    while True:
        more = {
            entity.key: along
            for entity in entities.values()
            for along in entity.along
            if along.parent in parents and entity.key not in found and entity.key != key
        }
        if not more:
            break
        found |= more
        parents = set(more)
    return tuple(
        GoesAlong(entity, found[entity.key].offered, found[entity.key].chosen)
        for entity in entities.values()
        if entity.key in found
    )


def preview_transfer(session: Session, *, entity: str, ids: Sequence[int]) -> Counts:
    """What would go along. Refused or NotAvailable as the transfer itself would be."""
    return (
        session.scalar(
            select(func.organisation.preview_transfer(entity, literal(list(ids), ARRAY(BigInteger))))
        )
        or {}
    )


def transfer(
    work: Work,
    *,
    entity: Entity,
    ids: Sequence[int],
    to_user: int,
    along: Mapping[str, str] | None = None,
    owners: Sequence[int] = (),
) -> Changes:
    """Give records to another owner, with what is chosen of what hangs on them.

    ``along``: {entity key: open or all}; None for what each kind declares. ``owners``: whose each of ``ids`` was when
    the user decided; Refused, and nothing moved, if one has another by now. Owners before and after are told once; what
    a customer owes and the lines of documents follow by themselves.
    """
    from services.registry import ENTITIES

    if along is None:
        kinds = goes_along(ENTITIES, entity.key)
        along = {kind.entity.key: kind.chosen for kind in kinds if kind.chosen != "none"}
    whose = dict(zip(ids, owners, strict=True)) if owners else {}
    ordered, moved = sorted(ids), dict[str, list[int]]()
    for start in range(0, max(1, len(ordered)), CHUNK):
        chunk = ordered[start : start + CHUNK]
        done = work.part(
            "organisation.transfer",
            entity=entity.key,
            ids=chunk,
            owners=[whose[one] for one in chunk] if whose else [],
            to_user=to_user,
            along=along,
        )
        for key, found in done.ids.items():
            moved.setdefault(key, []).extend(found)
        work.step(start + len(chunk), len(ordered))
    return Changes(
        {key: tuple(found[:NAMED]) for key, found in moved.items()},
        {"moved": {key: len(found) for key, found in moved.items()}},
    )


def preview_hand_over(session: Session, user_id: int) -> Counts:
    """What a user has to do with, of every kind; ``open`` for kinds that know an end."""
    return (
        session.scalar(select(func.organisation.preview_hand_over(bindparam("user", user_id, BigInteger))))
        or {}
    )


@dataclass(frozen=True, slots=True)
class HandedOver:
    """A job change: it stays on record, taken back or not."""

    id: int
    at: datetime
    by: str
    to: str
    moved: Mapping[str, int]
    """{entity key: places in which the new one stands instead}."""
    undone_at: datetime | None = None
    """When it was taken back; None: it can still be."""


def hand_overs(session: Session, user_id: int) -> list[HandedOver]:
    """Every job change in which a user's work was handed over, newest first."""
    rows = session.execute(
        text("SELECT * FROM organisation.hand_overs_of(:user)").bindparams(
            bindparam("user", user_id, BigInteger)
        )
    )
    return [
        HandedOver(row.id, row.at, row.given_by or "", row.given_to or "", row.moved, row.undone_at)
        for row in rows
    ]


def hand_over(work: Work, *, from_user: int, to_user: int, kinds: Mapping[str, str]) -> Changes:
    """Give what one user has to do with to another: ``kinds`` {entity key: open or all}. Both are told.

    ``result["hand_over"]`` undoes it, ``result["moved"]`` says how many records of each kind went.
    Cost: 0.35 to 0.45 ms of the server a record, whether 12,000 or 140,000 go (14,500 customers with all they
    have: 52 s of its time), most of it the history and the indexes that hold the owner.
    """
    begun = work.part("organisation.begin_hand_over", from_user=from_user, to_user=to_user, kinds=kinds)
    made, moved = int(begun.result["hand_over"]), dict[str, int]()
    total, done = sum(int(count) for _key, count in begun.result["steps"]), 0
    for key, _count in begun.result["steps"]:
        last: int | None = 0
        while last is not None:
            step = work.part(
                "organisation.hand_over_step", hand_over=made, entity=key, after=last, most=CHUNK
            )
            count = int(step.result["moved"])
            moved[key] = moved.get(key, 0) + count
            done += count
            last = step.result.get("last")
            work.step(min(done, total), total)
    return Changes({}, {"hand_over": made, "moved": moved})


def undo_hand_over(work: Work, *, hand_over_id: int) -> Changes:
    """Give back what a hand-over moved, but for what has found another owner since. ``result["moved"]``: how many
    records came back, ``result["left"]``: how many did not."""
    parts: list[Any] = work.part("organisation.begin_undo", hand_over=hand_over_id).result["parts"]
    total, done, back = sum(int(count) for _part, count in parts), 0, 0
    for part, count in parts:
        back += int(work.part("organisation.undo_step", part=part).result["moved"])
        done += int(count)
        work.step(done, total)
    return Changes({}, {"moved": back, "left": total - back})
