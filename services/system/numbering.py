"""How documents are numbered (PLT-36)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.system import Numbering
from services.commands import Changes, Work
from services.language import mark

DATE_PARTS: Final = {
    "": "",
    "YYYYMMDD": "%Y%m%d",
    "YYMMDD": "%y%m%d",
    "YYYYMM": "%Y%m",
    "YYMM": "%y%m",
    "YYYY": "%Y",
    "YY": "%y",
}
"""to_char patterns and what they are in strftime."""

RESETS: Final[Mapping[str, str]] = {
    "day": mark("Every day"),
    "month": mark("Every month"),
    "year": mark("Every year"),
    "never": mark("Never"),
}
"""When the count begins at 1 again."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """How the documents of ``entity`` are numbered. ``changes`` is its version."""

    entity: str
    prefix: str
    date_part: str
    digits: int
    resets: str
    per_branch: bool
    changes: int


def patterns(session: Session) -> list[Pattern]:
    """One for each kind of document."""
    return [
        Pattern(row.entity, row.prefix, row.date_part, row.digits, row.resets, row.per_branch, row.changes)
        for row in session.scalars(select(Numbering).order_by(Numbering.id))
    ]


def allowed_resets(date_part: str) -> tuple[str, ...]:
    """Keys of RESETS that give no number twice: the date in the number must show when the count begins anew."""
    shown = {"day": "DD" in date_part, "month": "MM" in date_part, "year": bool(date_part), "never": True}
    return tuple(key for key in RESETS if shown[key])


def example(pattern: Pattern, day: date, count: int = 1, branch_prefix: str = "") -> str:
    """What the number of count ``count`` on ``day`` looks like."""
    start = f"{branch_prefix}-" if pattern.per_branch and branch_prefix else ""
    dated = f"{day.strftime(DATE_PARTS[pattern.date_part])}-" if pattern.date_part else ""
    return f"{start}{pattern.prefix}{dated}{count:0{pattern.digits}d}"


def set_numbering(work: Work, *, pattern: Pattern) -> Changes:
    """Change a pattern that nobody else has changed meanwhile. Numbers given stay as they are."""
    return work.post(
        "app.set_numbering",
        entity=pattern.entity,
        prefix=pattern.prefix,
        date_part=pattern.date_part,
        digits=pattern.digits,
        resets=pattern.resets,
        per_branch=pattern.per_branch,
        changes=pattern.changes,
    )
