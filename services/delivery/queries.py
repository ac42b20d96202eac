"""What the delivery note's screen and its print ask."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.delivery import Note, NoteLine
from models.organisation import Branch, User
from models.stock import Warehouse
from services.errors import NotAvailable
from services.files.queries import contents
from services.language import mark

LARGEST_LOGO = 8 * 1_048_576
"""Bytes; the branches' page keeps logos far below."""


@dataclass(frozen=True, slots=True)
class NoteLineRecord:
    """A line of a delivery note."""

    product_id: int
    product_number: str
    product: str
    model: str
    unit: str
    quantity: Decimal
    price: Decimal | None
    """Per unit with tax, after the discount."""
    amount: Decimal | None
    remark: str


@dataclass(frozen=True, slots=True)
class Sender:
    """Whose paper a document is: the branch of its owner, or the company."""

    name: str
    address: str
    phone: str
    logo: bytes | None = None
    """A PNG or JPEG file; the company's where the branch has none."""


@dataclass(frozen=True, slots=True)
class NoteRecord:
    """A delivery note as it is stored, with all that its print says."""

    id: int
    version: int
    number: str
    state: str
    date: datetime.date
    issue_id: int | None
    issue_number: str
    order_numbers: str
    warehouse: str
    customer_id: int
    customer: str
    consignee: str
    phone: str
    address: str
    way: str | None
    carrier: str
    tracking_number: str
    freight: Decimal
    freight_paid_by: str
    parcels: int | None
    weight: Decimal | None
    shipped_at: datetime.datetime | None
    signed_at: datetime.datetime | None
    signed_by: str
    remark: str
    print_count: int
    prepared_by: str
    sender: Sender
    lines: tuple[NoteLineRecord, ...]


def read_note(session: Session, note_id: int) -> NoteRecord:
    """One delivery note; NotAvailable where the user sees none."""
    row = session.execute(
        select(Note, Warehouse.name.label("warehouse"), User.name.label("prepared_by"))
        .outerjoin(Warehouse, Warehouse.id == Note.warehouse_id)
        .outerjoin(User, User.id == Note.created_by)
        .where(Note.id == note_id, Note.deleted_at.is_(None))
    ).first()
    if row is None:
        raise NotAvailable(mark("That record is not available."))
    note: Note = row.Note
    lines = session.scalars(
        select(NoteLine).where(NoteLine.note_id == note_id).order_by(NoteLine.position)
    ).all()
    return NoteRecord(
        id=note.id,
        version=note.version,
        number=note.number,
        state=note.state,
        date=note.date,
        issue_id=note.issue_id,
        issue_number=note.issue_number or "",
        order_numbers=note.order_numbers or "",
        warehouse=row.warehouse or "",
        customer_id=note.customer_id,
        customer=note.customer_name,
        consignee=note.consignee or "",
        phone=note.phone or "",
        address=note.address or "",
        way=note.way,
        carrier=note.carrier or "",
        tracking_number=note.tracking_number or "",
        freight=note.freight,
        freight_paid_by=note.freight_paid_by,
        parcels=note.parcels,
        weight=note.weight,
        shipped_at=note.shipped_at,
        signed_at=note.signed_at,
        signed_by=note.signed_by or "",
        remark=note.remark or "",
        print_count=note.print_count,
        prepared_by=row.prepared_by or "",
        sender=_sender(session, note.branch_id),
        lines=tuple(_line(line) for line in lines),
    )


def _line(line: NoteLine) -> NoteLineRecord:
    return NoteLineRecord(
        product_id=line.product_id,
        product_number=line.product_number or "",
        product=line.product_name,
        model=line.model or "",
        unit=line.unit or "",
        quantity=line.quantity,
        price=line.tax_price,
        amount=line.gross,
        remark=line.remark or "",
    )


def _sender(session: Session, branch_id: int | None) -> Sender:
    wanted = select(Branch).where(Branch.deleted_at.is_(None))
    head = session.scalars(wanted.where(Branch.parent_id.is_(None)).order_by(Branch.id)).first()
    own = session.get(Branch, branch_id) if branch_id is not None else None
    found = own or head
    if found is None:
        return Sender("", "", "")
    logo_id = found.logo_id or (head.logo_id if head is not None else None)
    logo = contents(session, attachment_id=logo_id, most=LARGEST_LOGO) if logo_id is not None else None
    return Sender(found.name, found.address or "", found.phone or "", logo)
