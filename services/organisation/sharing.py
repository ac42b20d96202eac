"""Showing records to others besides their owner (ORG-10): what it would do, doing it, and taking it back.

One record or a hundred thousand: some thousand at a time in one transaction, so that it can tell how far it is.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from services import batch
from services.commands import Changes, Work
from services.language import mark
from services.records import CHUNK
from services.requests import plain

WHY: Final[Mapping[str, str]] = {
    "hidden": batch.GONE,
    "bin": mark("they are in the recycle bin"),
    "read_only": batch.READ_ONLY,
    "same": mark("they are shared like that already"),
    "own": mark("they belong to whom you would share them with"),
}
"""Why records are left out, in the order in which it is told."""


@dataclass(frozen=True, slots=True)
class Receivers:
    """With whom: ids of users and positions, names of departments."""

    users: tuple[int, ...] = ()
    positions: tuple[int, ...] = ()
    departments: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.users or self.positions or self.departments)


@dataclass(frozen=True, slots=True)
class SharePlan:
    """What sharing would do."""

    ids: tuple[int, ...]
    """Records that would be shared."""
    new: int
    """Shares to be made: one for each record and receiver."""
    changed: int
    """Shares that are there, of another level or another last day."""
    refused: Mapping[str, int]
    """{why, a source string: number of records}."""


@dataclass(frozen=True, slots=True)
class SharedWith:
    """That some of several records are shared with one receiver in one way."""

    to: Receivers
    """Exactly one."""
    name: str
    can_edit: bool
    until: date | None
    by: str
    records: int
    mine: int
    """Of how many the caller may take it back: he gave it, or may edit the record."""


def plan_share(
    session: Session,
    *,
    entity: str,
    ids: Sequence[int],
    to: Receivers,
    can_edit: bool = False,
    until: date | None = None,
) -> SharePlan:
    """What ``share_records`` with the same arguments would do; Refused if nobody could be shared with like that.

    Cost: one pass over the records, 0.1 s for 20,000.
    """
    arguments = _arguments(entity, ids, to) | {"can_edit": can_edit, "until": until}
    found: Mapping[str, Any] = session.execute(
        text("SELECT organisation.preview_share(CAST(:arguments AS jsonb))"),
        {"arguments": json.dumps(plain(arguments))},
    ).scalar_one()
    refused = {WHY[why]: int(found["left"][why]) for why in WHY if found["left"].get(why)}
    return SharePlan(tuple(found["ids"]), int(found["new"]), int(found["change"]), refused)


def share_records(
    work: Work,
    *,
    entity: str,
    ids: Sequence[int],
    to: Receivers,
    can_edit: bool = False,
    until: date | None = None,
) -> Changes:
    """Show records to several people, positions and departments, and tell everybody who is meant, once.

    ``result["shares"]``: how many shares were made or changed; one that somebody else gave stays as it is.
    """
    return _in_steps(
        work, "organisation.share_records", entity, ids, **_to(to), can_edit=can_edit, until=until
    )


def shared_with(session: Session, *, entity: str, ids: Sequence[int]) -> list[SharedWith]:
    """With whom those of the records that the user sees are shared."""
    rows = session.execute(
        text("SELECT * FROM organisation.shares_on(:entity, :ids)"), {"entity": entity, "ids": list(ids)}
    )
    return [
        SharedWith(
            Receivers(
                (row.user_id,) if row.user_id is not None else (),
                (row.position_id,) if row.position_id is not None else (),
                (row.department,) if row.department is not None else (),
            ),
            row.receiver or "",
            row.can_edit,
            row.until,
            row.given_by or "",
            row.records,
            row.mine,
        )
        for row in rows
    ]


def take_back(work: Work, *, entity: str, ids: Sequence[int], to: Receivers) -> Changes:
    """Take back the shares of records with these receivers, but for those that others gave of records that the user
    may not edit. ``result["shares"]``: how many."""
    return _in_steps(work, "organisation.take_back", entity, ids, **_to(to))


def _in_steps(work: Work, function: str, entity: str, ids: Sequence[int], **arguments: Any) -> Changes:
    ordered, changed, shares = sorted(ids), list[int](), 0
    # at least once: the database says what is wrong with nothing at all
    for start in range(0, max(1, len(ordered)), CHUNK):
        chunk = ordered[start : start + CHUNK]
        done = work.part(function, entity=entity, ids=chunk, **arguments)
        changed += done.ids.get(entity, ())
        shares += int(done.result["shares"])
        work.step(start + len(chunk), len(ordered))
    return Changes({entity: tuple(changed)}, {"shares": shares})


def _arguments(entity: str, ids: Sequence[int], to: Receivers) -> dict[str, Any]:
    return {"entity": entity, "ids": list(ids), **_to(to)}


def _to(to: Receivers) -> dict[str, Any]:
    return {
        "users": list(to.users),
        "positions": list(to.positions),
        "departments": list(to.departments),
    }
