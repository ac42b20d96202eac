"""Whose paper a document is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, select
from sqlalchemy.orm import Session

from models.attachments import Attachment
from models.organisation import Branch
from services.files.queries import contents

LARGEST_LOGO: Final = 1_048_576
"""Bytes; the branches' page makes logos far smaller. More is not fetched."""

MOST_LOGOS: Final = 4
"""Logos held per connection of this PC to a server: that of the head office, and of the branches in use."""
_LOGOS: Final[WeakKeyDictionary[Engine | Connection, dict[str, bytes]]] = WeakKeyDictionary()
"""Bytes by digest."""


@dataclass(frozen=True, slots=True)
class Sender:
    """The branch that a document comes from, or the company."""

    name: str
    """The company's, with that of the branch behind it."""
    address: str
    phone: str
    logo: bytes | None = None
    """A PNG or JPEG file; the head office's where the branch has none."""
    tax_number: str = ""
    bank_account: str = ""


def sender_of(session: Session, branch_id: int | None) -> Sender:
    """The branch with that id under its company's name, else the head office; empty where there is neither.

    Address, phone, logo, tax number and bank account are the branch's where it has them, else the company's.
    """
    wanted = select(Branch).where(Branch.deleted_at.is_(None))
    head = session.scalars(wanted.where(Branch.parent_id.is_(None)).order_by(Branch.id)).first()
    own = session.get(Branch, branch_id) if branch_id is not None else None
    found = own or head
    if found is None:
        return Sender("", "", "")
    company = head or found
    logo_id = found.logo_id or company.logo_id
    logo = _logo(session, logo_id) if logo_id is not None else None
    # a branch that is registered under the company's name (…有限公司成都分公司) says it already
    name = found.name if company.name in found.name else f"{company.name} {found.name}"
    return Sender(
        name,
        found.address or company.address or "",
        found.phone or company.phone or "",
        logo,
        found.tax_number or company.tax_number or "",
        found.bank_account or company.bank_account or "",
    )


def _logo(session: Session, attachment_id: int) -> bytes | None:
    """Its bytes, fetched once: whether it may be seen, and which bytes it has, is asked with every document."""
    digest = session.scalar(select(Attachment.digest).where(Attachment.id == attachment_id))
    if digest is None:
        return None
    kept = _LOGOS.get(session.get_bind(), {})
    if digest in kept:
        return kept[digest]
    fetched = contents(session, attachment_id=attachment_id, most=LARGEST_LOGO)
    if fetched is not None:
        # a new one each time: another thread may be reading it
        _LOGOS[session.get_bind()] = dict([*kept.items(), (digest, fetched)][-MOST_LOGOS:])
    return fetched
