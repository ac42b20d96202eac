"""Whose paper a document is."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.organisation import Branch


@dataclass(frozen=True, slots=True)
class Sender:
    """The branch that a document comes from, or the company."""

    name: str
    address: str
    phone: str


def sender_of(session: Session, branch_id: int | None) -> Sender:
    """The branch with that id, else the head office; empty where there is neither."""
    wanted = select(Branch).where(Branch.deleted_at.is_(None))
    head = session.scalars(wanted.where(Branch.parent_id.is_(None)).order_by(Branch.id)).first()
    own = session.get(Branch, branch_id) if branch_id is not None else None
    found = own or head
    if found is None:
        return Sender("", "", "")
    return Sender(found.name, found.address or "", found.phone or "")
