"""Whose paper a document is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.organisation import Branch
from services.files.queries import contents

LARGEST_LOGO: Final = 1_048_576
"""Bytes; the branches' page makes logos far smaller. More would be fetched with every document that is opened."""


@dataclass(frozen=True, slots=True)
class Sender:
    """The branch that a document comes from, or the company."""

    name: str
    address: str
    phone: str
    logo: bytes | None = None
    """A PNG or JPEG file; the head office's where the branch has none."""


def sender_of(session: Session, branch_id: int | None) -> Sender:
    """The branch with that id, else the head office; empty where there is neither."""
    wanted = select(Branch).where(Branch.deleted_at.is_(None))
    head = session.scalars(wanted.where(Branch.parent_id.is_(None)).order_by(Branch.id)).first()
    own = session.get(Branch, branch_id) if branch_id is not None else None
    found = own or head
    if found is None:
        return Sender("", "", "")
    logo_id = found.logo_id or (head.logo_id if head is not None else None)
    logo = contents(session, attachment_id=logo_id, most=LARGEST_LOGO) if logo_id is not None else None
    return Sender(found.name, found.address or "", found.phone or "", logo)
