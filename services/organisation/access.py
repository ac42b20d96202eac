"""How far the office is open: sharing model (ORG-11), sections of customer service (ORG-12), TLS (ORG-21)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.system import Section, Setting, Sharing
from services.commands import Changes, Work
from services.language import mark
from services.organisation.queries import KINDS, SECTIONS

LEVELS: Final[Mapping[str, str]] = {
    "private": mark("Private: the owner, those above him and those it is shared with"),
    "read": mark("Everybody reads; editing as in private"),
    "write": mark("Everybody reads and edits"),
}
"""Levels of the sharing model. The right to view or edit the kind of record is needed all the same."""

SERVICE_RIGHTS: Final = frozenset(
    {
        "customers.contact.view",
        "activities.record.view",
        "sales.order.view",
        "finance.payment.view",
        "finance.ledger.view",
        "delivery.note.view",
    }
)
"""Rights that sections give: who lacks one as customer service is told why."""


@dataclass(frozen=True, slots=True)
class SharedKind:
    """One kind of records and its level, a key of LEVELS."""

    kind: str
    entities: tuple[str, ...]
    level: str

    @property
    def title(self) -> str:
        """English source of its name."""
        return KINDS.get(self.kind, self.kind)


@dataclass(frozen=True, slots=True)
class SectionRow:
    """One section of a customer and whether customer service sees it."""

    key: str
    rights: tuple[str, ...]
    """What customer service is given while the section is shown."""
    shown: bool

    @property
    def title(self) -> str:
        """English source of its name."""
        return SECTIONS.get(self.key, self.key)


def shared_kinds(session: Session) -> list[SharedKind]:
    """Every kind that has a sharing model, in the order of KINDS."""
    rows = {
        row.kind: SharedKind(row.kind, tuple(row.entities), row.level)
        for row in session.scalars(select(Sharing).order_by(Sharing.id))
    }
    return [rows.pop(kind) for kind in KINDS if kind in rows] + list(rows.values())


def customer_sections(session: Session) -> list[SectionRow]:
    """Every section, in the order of SECTIONS."""
    order = list(SECTIONS)
    rows = [
        SectionRow(row.key, tuple(row.rights), row.shown)
        for row in session.scalars(select(Section).order_by(Section.id))
    ]
    return sorted(rows, key=lambda row: order.index(row.key) if row.key in order else len(order))


def set_sharing(work: Work, *, levels: Mapping[str, str], before: Mapping[str, str] | None = None) -> Changes:
    """Open kinds to everybody, or make them private again, by their keys. Takes effect at once; the boss is told.
    Refused as a whole where another level than that ``before`` is in force by now."""
    return work.post("app.set_sharing", levels=dict(levels), before=dict(before or {}))


def tls_demanded(session: Session) -> bool:
    """Whether people log in over TLS only."""
    return session.scalar(select(Setting.value).where(Setting.key == "security.tls")) is True


def demand_tls(work: Work, *, demanded: bool) -> Changes:
    """Let people log in over TLS only, or anyhow. Refused to who is connected without TLS himself."""
    return work.post("organisation.demand_tls", demanded=demanded)


def set_sections(work: Work, *, shown: Sequence[str] = (), hidden: Sequence[str] = ()) -> Changes:
    """Show customer service these sections of every customer, and those no more; others stay as they are. Takes
    effect at once."""
    return work.post("app.set_sections", shown=shown, hidden=hidden)
