"""What the screen of a dispatch notice asks (DLV-01, DLV-02)."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from models.delivery import Dispatch, DispatchLine
from models.products import Product
from models.stock import Balance, Issue, IssueLine, Warehouse
from services.errors import NotAvailable
from services.language import mark
from services.organisation.sender import Sender, sender_of
from services.products.packs import PackUnit, pack_of
from services.products.queries import products_by_id


@dataclass(frozen=True, slots=True)
class DispatchLineRecord:
    """A line of a dispatch notice."""

    id: int
    dispatch_number: str
    order_number: str
    product: str
    """Name and model."""
    product_number: str
    """Empty where the user does not see the product."""
    product_name: str
    model: str
    unit: str
    quantity: Decimal
    asked: Decimal
    """On stock issues that wait for the keeper."""
    issued: Decimal
    on_hand: Decimal | None
    """What lies in the notice's warehouse now; None where the user sees no stock."""
    remark: str
    pack: PackUnit | None = None
    """The unit it was let leave in."""
    packs: tuple[PackUnit, ...] = ()
    """Those of the product."""

    @property
    def open(self) -> Decimal:
        """What may still be put on a stock issue."""
        return self.quantity - self.asked - self.issued


@dataclass(frozen=True, slots=True)
class DispatchRecord:
    """A dispatch notice as it is stored."""

    id: int
    version: int
    number: str
    state: str
    date: datetime.date
    wanted_on: datetime.date | None
    warehouse_id: int
    warehouse: str
    customer_id: int
    customer: str
    consignee: str
    phone: str
    address: str
    order_numbers: str
    owner_id: int
    remark: str
    print_count: int
    sender: Sender
    """Whose paper it is printed on."""
    issues: tuple[tuple[int, str], ...]
    """Id and number of the stock issues that came of it; the number of a draft is empty."""
    lines: tuple[DispatchLineRecord, ...]


def read_dispatch(session: Session, dispatch_id: int) -> DispatchRecord:
    """One dispatch notice; NotAvailable where the user sees none."""
    row = session.execute(
        select(Dispatch, Warehouse.name.label("warehouse"))
        .outerjoin(Warehouse, Warehouse.id == Dispatch.warehouse_id)
        .where(Dispatch.id == dispatch_id, Dispatch.deleted_at.is_(None))
    ).first()
    if row is None:
        raise NotAvailable(mark("That record is not available."))
    head: Dispatch = row.Dispatch
    lines = _lines(session, DispatchLine.dispatch_id == dispatch_id)
    issues = session.execute(
        select(Issue.id, Issue.number)
        .where(
            Issue.id.in_(
                select(IssueLine.issue_id).where(IssueLine.dispatch_line_id.in_([line.id for line in lines]))
            ),
            Issue.deleted_at.is_(None),
        )
        .order_by(Issue.id)
    )
    return DispatchRecord(
        id=head.id,
        version=head.version,
        number=head.number,
        state=head.state,
        date=head.date,
        wanted_on=head.wanted_on,
        warehouse_id=head.warehouse_id,
        warehouse=row.warehouse or "",
        customer_id=head.customer_id,
        customer=head.customer_name,
        consignee=head.consignee or "",
        phone=head.phone or "",
        address=head.address or "",
        order_numbers=head.order_numbers or "",
        owner_id=head.owner_id,
        remark=head.remark or "",
        print_count=head.print_count,
        sender=sender_of(session, head.branch_id),
        issues=tuple((issue.id, issue.number or "") for issue in issues),
        lines=lines,
    )


def other_notices(session: Session, notice: DispatchRecord) -> tuple[DispatchLineRecord, ...]:
    """Lines with open goods of other notices for the same customer and warehouse: they fit in the same issue."""
    lines = _lines(
        session,
        (Dispatch.id != notice.id)
        & (Dispatch.customer_id == notice.customer_id)
        & (Dispatch.warehouse_id == notice.warehouse_id)
        & Dispatch.state.in_(("waiting", "partly")),
    )
    return tuple(line for line in lines if line.open > 0)


def _lines(session: Session, which: ColumnElement[bool]) -> tuple[DispatchLineRecord, ...]:
    rows = session.execute(
        select(DispatchLine, Dispatch.number, Balance.on_hand, Product.number.label("product_number"))
        .join(Dispatch, Dispatch.id == DispatchLine.dispatch_id)
        .outerjoin(Product, Product.id == DispatchLine.product_id)
        .outerjoin(
            Balance,
            (Balance.warehouse_id == DispatchLine.warehouse_id)
            & (Balance.product_id == DispatchLine.product_id),
        )
        .where(which)
        .order_by(Dispatch.id, DispatchLine.position)
        .limit(2000)
    ).all()
    products = products_by_id(session, [row.DispatchLine.product_id for row in rows])
    return tuple(
        DispatchLineRecord(
            id=row.DispatchLine.id,
            dispatch_number=row.number,
            order_number=row.DispatchLine.order_number or "",
            product=" ".join(filter(None, (row.DispatchLine.product_name, row.DispatchLine.model))),
            product_number=row.product_number or "",
            product_name=row.DispatchLine.product_name,
            model=row.DispatchLine.model or "",
            unit=row.DispatchLine.unit or "",
            quantity=row.DispatchLine.quantity,
            asked=row.DispatchLine.asked,
            issued=row.DispatchLine.issued,
            on_hand=row.on_hand,
            remark=row.DispatchLine.remark or "",
            pack=pack_of(row.DispatchLine.pack_unit, row.DispatchLine.pack_factor),
            packs=hit.packs if (hit := products.get(row.DispatchLine.product_id)) is not None else (),
        )
        for row in rows
    )
