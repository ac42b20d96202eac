"""The chained seal over the change history: sealing what is finished, and checking that nobody altered it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from services.commands import Changes, Work
from services.language import tr


@dataclass(frozen=True, slots=True)
class Sealed:
    """What a run has sealed. Keep ``head`` outside the server: whoever could recompute the chain cannot reach it."""

    rows: int
    head: str


@dataclass(frozen=True, slots=True)
class Fault:
    """One broken seal, or a head that is not in the chain."""

    seal: int | None
    sealed_at: datetime | None
    rows: int
    found: int
    missing_head: str = ""

    def __str__(self) -> str:
        if self.missing_head:
            return tr("The seal {head} that was kept is no longer in the chain.", head=self.missing_head[:16])
        if self.rows != self.found:
            return tr(
                "Seal {seal} of {when}: {rows} lines of history were sealed, {found} are there.",
                seal=self.seal,
                when=f"{self.sealed_at:%Y-%m-%d %H:%M}",
                rows=self.rows,
                found=self.found,
            )
        return tr(
            "Seal {seal} of {when}: a line of the history was altered.",
            seal=self.seal,
            when=f"{self.sealed_at:%Y-%m-%d %H:%M}",
        )


def seal(session: Session) -> Sealed:
    """Seal every finished line of the history. As the administrator, the agent, or with the right to read it."""
    answer = session.execute(text("SELECT app.seal_history()")).scalar_one()
    return Sealed(int(answer["rows"]), str(answer["head"] or ""))


def seal_now(work: Work) -> Changes:
    """``seal`` as a command; ``rows`` and ``head`` in its result."""
    done = seal(work.session)
    return Changes({"app.seal": ()}, {"rows": done.rows, "head": done.head})


@dataclass(frozen=True, slots=True)
class SealRow:
    """One seal of the chain."""

    id: int
    sealed_at: datetime
    rows: int
    digest: str


def newest(session: Session, *, limit: int = 200) -> list[SealRow]:
    """The newest seals, the last first. Needs the right to read the history."""
    rows = session.execute(text("SELECT * FROM app.newest_seals(:limit)"), {"limit": limit})
    return [SealRow(row.id, row.sealed_at, row.rows, row.digest) for row in rows]


def verify(session: Session, *, expected_head: str | None = None) -> list[Fault]:
    """What is wrong with the history; empty if nothing. One pass: about 20 s per million lines."""
    answer = session.execute(text("SELECT app.check_seals(:head)"), {"head": expected_head}).scalar_one()
    return [
        Fault(None, None, 0, 0, str(one["missing_head"]))
        if "missing_head" in one
        else Fault(
            int(one["seal"]), datetime.fromisoformat(one["sealed_at"]), int(one["rows"]), int(one["found"])
        )
        for one in answer
    ]
