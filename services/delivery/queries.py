"""What the delivery note's screen and its print ask."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.delivery import Note, NoteLine
from models.organisation import User
from models.stock import Warehouse
from services.errors import NotAvailable
from services.language import mark
from services.organisation.sender import Sender, sender_of
from services.products.packs import PackUnit, pack_of


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
    pack: PackUnit | None = None
    """The unit its order line was taken in; quantity and price are of the product's own."""
    pack_price: Decimal | None = None

    @property
    def whole_packs(self) -> bool:
        """It is said in packs: what left fills them."""
        return self.pack is not None and self.quantity % self.pack.factor == 0


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
        sender=sender_of(session, note.branch_id),
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
        pack=pack_of(line.pack_unit, line.pack_factor),
        pack_price=line.pack_price,
    )
