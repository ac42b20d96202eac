"""What the warehouse's screens ask: receipts, issues, who keeps what.

Functions take a read session and return frozen rows, so that a task may hand them to a screen.
"""

from __future__ import annotations

import datetime
from collections.abc import Collection
from dataclasses import dataclass, replace
from decimal import Decimal

from sqlalchemy import BigInteger, func, select, true
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from models.customers import Customer
from models.delivery import Note
from models.organisation import User
from models.stock import (
    Balance,
    Issue,
    IssueLine,
    Keeper,
    Receipt,
    ReceiptLine,
    ReceiptLineCost,
    Warehouse,
)
from services.errors import NotAvailable
from services.language import mark
from services.organisation.sender import Sender, sender_of
from services.products.packs import PackUnit, pack_of, with_pack
from services.products.queries import NamedRow, ProductHit, products_by_id


@dataclass(frozen=True, slots=True)
class ReceiptLineRecord:
    """A stored line of a receipt."""

    product: ProductHit
    quantity: Decimal
    unit_cost: Decimal | None
    """None without the right to see costs."""
    remark: str
    id: int | None = None
    pack: PackUnit | None = None
    """What its quantity was typed in."""


@dataclass(frozen=True, slots=True)
class ReceiptRecord:
    """A stock receipt as it is stored."""

    id: int
    version: int
    number: str
    """Empty for a draft."""
    state: str
    kind: str
    date: datetime.date
    warehouse_id: int
    warehouse: str
    supplier_id: int | None
    supplier: str
    remark: str
    created_by: int | None
    posted_by: int | None
    posted_at: datetime.datetime | None
    prepared_by: str
    print_count: int
    sender: Sender
    """Whose paper it is printed on."""
    lines: tuple[ReceiptLineRecord, ...]


@dataclass(frozen=True, slots=True)
class IssueLineRecord:
    """A stored line of a stock issue."""

    id: int
    product: ProductHit
    order_number: str
    quantity: Decimal
    """What is asked for."""
    counted: Decimal | None
    """What left; None before the keeper has counted."""
    remark: str
    bin: str = ""
    """Where it lies in the warehouse, or lay when it was posted."""
    pack: PackUnit | None = None
    """The unit it was asked for in, or counted in."""


@dataclass(frozen=True, slots=True)
class IssueRecord:
    """A stock issue as it is stored."""

    id: int
    version: int
    number: str
    """Empty for a draft."""
    state: str
    kind: str
    date: datetime.date
    warehouse_id: int
    warehouse: str
    customer: str
    remark: str
    created_by: int | None
    posted_by: int | None
    posted_at: datetime.datetime | None
    prepared_by: str
    print_count: int
    sender: Sender
    """Whose paper it is printed on."""
    kept: tuple[NamedRow, ...]
    """Warehouses of the user, from which he may let the goods leave."""
    note_id: int | None
    """Its delivery note, if there is one that was not cancelled."""
    lines: tuple[IssueLineRecord, ...]


@dataclass(frozen=True, slots=True)
class WarehouseRecord:
    """A warehouse with its keepers."""

    id: int
    version: int
    name: str
    branch_id: int | None
    address: str
    active: bool
    negative_allowed: bool
    remark: str
    keeper_ids: tuple[int, ...]


def _missing() -> NotAvailable:
    return NotAvailable(mark("That record is not available."))


def posting_warehouses(session: Session) -> tuple[NamedRow, ...]:
    """Warehouses in which the user may post: those he keeps (STK-01)."""
    return _warehouses(session, kept=True)


def receiving_warehouses(session: Session) -> tuple[NamedRow, ...]:
    """Warehouses to which goods may be announced: all that are open, those he keeps first."""
    return _warehouses(session, kept=False)


def _warehouses(session: Session, *, kept: bool) -> tuple[NamedRow, ...]:
    mine = Warehouse.id == func.any(func.app.my_warehouse_ids())
    rows = session.execute(
        select(Warehouse.id, Warehouse.name)
        .where(Warehouse.deleted_at.is_(None), Warehouse.active, mine if kept else true())
        .order_by(mine.desc(), Warehouse.id)
    )
    return tuple(NamedRow(row.id, row.name) for row in rows)


@dataclass(frozen=True, slots=True)
class Lying:
    """What lies of a product in one warehouse, and where."""

    on_hand: Decimal = Decimal(0)
    bin: str = ""


def lying_in(session: Session, warehouse_id: int, products: Collection[int]) -> dict[int, Lying]:
    """What lies of ``products`` in a warehouse; nothing is said of what never lay there."""
    rows = session.execute(
        select(Balance.product_id, Balance.on_hand, Balance.bin).where(
            Balance.warehouse_id == warehouse_id, Balance.product_id.in_(list(products))
        )
    )
    return {row.product_id: Lying(row.on_hand, row.bin or "") for row in rows}


def able_keepers(session: Session) -> frozenset[int]:
    """Ids of the people whose roles let them receive, issue or sell goods where they are keepers."""
    return frozenset(session.scalar(select(func.stock.able_keepers(type_=ARRAY(BigInteger)))) or ())


def read_warehouse(session: Session, warehouse_id: int) -> WarehouseRecord:
    """One warehouse; NotAvailable where there is none."""
    found = session.get(Warehouse, warehouse_id)
    if found is None:
        raise _missing()
    keepers = session.scalars(
        select(Keeper.user_id).where(Keeper.warehouse_id == warehouse_id).order_by(Keeper.id)
    )
    return WarehouseRecord(
        id=found.id,
        version=found.version,
        name=found.name,
        branch_id=found.branch_id,
        address=found.address or "",
        active=found.active,
        negative_allowed=found.negative_allowed,
        remark=found.remark or "",
        keeper_ids=tuple(keepers),
    )


def read_receipt(session: Session, receipt_id: int) -> ReceiptRecord:
    """One receipt with its lines; NotAvailable where the user sees none."""
    row = session.execute(
        select(
            Receipt,
            Customer.name.label("supplier"),
            Warehouse.name.label("warehouse"),
            Warehouse.branch_id.label("branch_id"),
            User.name.label("prepared_by"),
        )
        .outerjoin(Customer, Customer.id == Receipt.supplier_id)
        .outerjoin(Warehouse, Warehouse.id == Receipt.warehouse_id)
        .outerjoin(User, User.id == Receipt.created_by)
        .where(Receipt.id == receipt_id, Receipt.deleted_at.is_(None))
    ).first()
    if row is None:
        raise _missing()
    head: Receipt = row.Receipt
    lines = session.execute(
        select(ReceiptLine, ReceiptLineCost.unit_cost)
        .outerjoin(ReceiptLineCost, ReceiptLineCost.id == ReceiptLine.id)
        .where(ReceiptLine.receipt_id == receipt_id)
        .order_by(ReceiptLine.position)
    ).all()
    products = products_by_id(
        session, [line.ReceiptLine.product_id for line in lines], warehouse_id=head.warehouse_id
    )
    return ReceiptRecord(
        id=head.id,
        version=head.version,
        number=head.number or "",
        state=head.state,
        kind=head.kind,
        date=head.date,
        warehouse_id=head.warehouse_id,
        warehouse=row.warehouse or "",
        supplier_id=head.supplier_id,
        supplier=row.supplier or "",
        remark=head.remark or "",
        created_by=head.created_by,
        posted_by=head.posted_by,
        posted_at=head.posted_at,
        prepared_by=row.prepared_by or "",
        print_count=head.print_count,
        sender=sender_of(session, row.branch_id),
        lines=tuple(
            ReceiptLineRecord(
                products[line.ReceiptLine.product_id],
                line.ReceiptLine.quantity,
                line.unit_cost,
                line.ReceiptLine.remark or "",
                line.ReceiptLine.id,
                pack_of(line.ReceiptLine.pack_unit, line.ReceiptLine.pack_factor),
            )
            for line in lines
        ),
    )


def with_agreed(product: ProductHit, pack: PackUnit | None) -> ProductHit:
    """What is typed in packs means the one of the line as it was agreed, whatever the product's holds by now."""
    return replace(product, packs=with_pack(product.packs, pack))


def read_issue(session: Session, issue_id: int) -> IssueRecord:
    """One stock issue with its lines and what lies there of each; NotAvailable where the user sees none."""
    row = session.execute(
        select(
            Issue,
            Warehouse.name.label("warehouse"),
            Warehouse.branch_id.label("branch_id"),
            User.name.label("prepared_by"),
        )
        .outerjoin(Warehouse, Warehouse.id == Issue.warehouse_id)
        .outerjoin(User, User.id == Issue.created_by)
        .where(Issue.id == issue_id, Issue.deleted_at.is_(None))
    ).first()
    if row is None:
        raise _missing()
    head: Issue = row.Issue
    lines = session.scalars(
        select(IssueLine).where(IssueLine.issue_id == issue_id).order_by(IssueLine.position)
    ).all()
    products = products_by_id(session, [line.product_id for line in lines], warehouse_id=head.warehouse_id)
    lying = lying_in(session, head.warehouse_id, products)
    note = session.scalar(
        select(Note.id).where(Note.issue_id == issue_id, Note.state != "cancelled").order_by(Note.id)
    )
    return IssueRecord(
        id=head.id,
        version=head.version,
        number=head.number or "",
        state=head.state,
        kind=head.kind,
        date=head.date,
        warehouse_id=head.warehouse_id,
        warehouse=row.warehouse or "",
        customer=head.customer_name or "",
        remark=head.remark or "",
        created_by=head.created_by,
        posted_by=head.posted_by,
        posted_at=head.posted_at,
        prepared_by=row.prepared_by or "",
        print_count=head.print_count,
        sender=sender_of(session, row.branch_id),
        kept=posting_warehouses(session) if head.state == "draft" else (),
        note_id=note,
        lines=tuple(
            IssueLineRecord(
                line.id,
                with_agreed(products[line.product_id], pack_of(line.pack_unit, line.pack_factor)),
                line.order_number or "",
                line.quantity,
                line.counted,
                line.remark or "",
                lying.get(line.product_id, Lying()).bin if head.state == "draft" else line.bin or "",
                pack_of(line.pack_unit, line.pack_factor),
            )
            for line in lines
        ),
    )
