"""What the warehouse's screens ask: receipts, issues, the stock list now and on a past day, who keeps what.

Functions take a read session and return frozen rows, so that a task may hand them to a screen.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, func, literal, or_, select
from sqlalchemy.orm import Session

from models.customers import Customer
from models.delivery import Note
from models.organisation import User
from models.products import Product
from models.stock import (
    Balance,
    Cost,
    Issue,
    IssueLine,
    Keeper,
    Ledger,
    LedgerCost,
    Receipt,
    ReceiptLine,
    ReceiptLineCost,
    Warehouse,
)
from services.errors import NotAvailable
from services.language import mark
from services.organisation.sender import Sender, sender_of
from services.products.queries import NamedRow, ProductHit, products_by_id
from services.search import parse, search_condition

OFFICE_TIME: Final = ZoneInfo("Asia/Shanghai")
"""Where a day begins and ends for the journal."""
ZERO: Final = Decimal(0)


@dataclass(frozen=True, slots=True)
class ReceiptLineRecord:
    """A stored line of a receipt."""

    product: ProductHit
    quantity: Decimal
    unit_cost: Decimal | None
    """None without the right to see costs."""
    remark: str


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
    supplier_id: int | None
    supplier: str
    remark: str
    created_by: int | None
    posted_by: int | None
    posted_at: datetime.datetime | None
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
    note_id: int | None
    """Its delivery note, if there is one that was not cancelled."""
    lines: tuple[IssueLineRecord, ...]


@dataclass(frozen=True, slots=True)
class StockRow:
    """One line of the stock list: a product in one warehouse, or in all of them together."""

    product_id: int
    product_number: str
    product: str
    model: str
    unit: str
    warehouse: str
    """Empty where warehouses are summed up."""
    on_hand: Decimal
    reserved: Decimal | None
    """None for a past day: nobody wrote down what was reserved then."""
    to_come: Decimal | None
    value: Decimal | None
    """None without the right to see costs."""
    lower_limit: Decimal | None
    upper_limit: Decimal | None

    @property
    def free(self) -> Decimal | None:
        """What may still be promised."""
        return None if self.reserved is None else self.on_hand - self.reserved


@dataclass(frozen=True, slots=True)
class StockList:
    """A page of the stock list with the sums of the whole."""

    rows: tuple[StockRow, ...]
    count: int
    on_hand: Decimal
    value: Decimal | None


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
    """Warehouses in which the user may post: those he keeps, or all with the right to."""
    mine = Warehouse.id == func.any(func.app.my_warehouse_ids())
    rows = session.execute(
        select(Warehouse.id, Warehouse.name)
        .where(Warehouse.deleted_at.is_(None), Warehouse.active, or_(func.app.can("stock.see_all"), mine))
        .order_by(mine.desc(), Warehouse.id)
    )
    return tuple(NamedRow(row.id, row.name) for row in rows)


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


def keepers_of(session: Session, warehouse_id: int) -> tuple[str, ...]:
    """Names of those who keep a warehouse."""
    return tuple(
        session.scalars(
            select(User.name)
            .join(Keeper, Keeper.user_id == User.id)
            .where(Keeper.warehouse_id == warehouse_id)
            .order_by(User.sort_name)
        )
    )


def read_receipt(session: Session, receipt_id: int) -> ReceiptRecord:
    """One receipt with its lines; NotAvailable where the user sees none."""
    row = session.execute(
        select(Receipt, Customer.name.label("supplier"))
        .outerjoin(Customer, Customer.id == Receipt.supplier_id)
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
        supplier_id=head.supplier_id,
        supplier=row.supplier or "",
        remark=head.remark or "",
        created_by=head.created_by,
        posted_by=head.posted_by,
        posted_at=head.posted_at,
        lines=tuple(
            ReceiptLineRecord(
                products[line.ReceiptLine.product_id],
                line.ReceiptLine.quantity,
                line.unit_cost,
                line.ReceiptLine.remark or "",
            )
            for line in lines
        ),
    )


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
        note_id=note,
        lines=tuple(
            IssueLineRecord(
                line.id,
                products[line.product_id],
                line.order_number or "",
                line.quantity,
                line.counted,
                line.remark or "",
            )
            for line in lines
        ),
    )


def end_of(day: datetime.date) -> datetime.datetime:
    """The first moment after ``day`` in the office's time."""
    return datetime.datetime.combine(day + datetime.timedelta(days=1), datetime.time(), OFFICE_TIME)


def stock_list(
    session: Session,
    *,
    warehouse_id: int | None = None,
    in_total: bool = False,
    on: datetime.date | None = None,
    words: str = "",
    hide_zero: bool = True,
    limit: int = 500,
    offset: int = 0,
) -> StockList:
    """The stock list (STK-06): per product and warehouse, or ``in_total`` per product over the warehouses asked for.

    ``on`` gives it as it was at the end of a past day: what lies there now less what the journal moved since, which
    is exact because nothing but the journal changes a balance. Cost: one pass over the balances, and for a past day
    over the journal since then by the index on its time.
    """
    past = _since(on) if on is not None else None
    on_hand: Any = Balance.on_hand
    value: Any = Cost.value
    source = (
        Balance.__table__.join(Product.__table__, Product.id == Balance.product_id)
        .join(Warehouse.__table__, Warehouse.id == Balance.warehouse_id)
        .outerjoin(Cost.__table__, Cost.id == Balance.id)
    )
    if past is not None:
        source = source.outerjoin(
            past,
            and_(past.c.warehouse_id == Balance.warehouse_id, past.c.product_id == Balance.product_id),
        )
        on_hand = Balance.on_hand - func.coalesce(past.c.moved, 0)
        value = Cost.value - func.coalesce(past.c.worth, 0)
    conditions: list[ColumnElement[bool]] = []
    if warehouse_id is not None:
        conditions.append(Balance.warehouse_id == warehouse_id)
    if not parse(words).blank:
        conditions.append(search_condition(Product.__table__.c.search, words))
    goods = (Product.id, Product.number, Product.name, Product.model, Product.unit, Product.sort_name)
    limits = (Product.lower_limit, Product.upper_limit)
    figures = {"on_hand": on_hand, "reserved": Balance.reserved, "to_come": Balance.to_come, "value": value}
    group: tuple[Any, ...] = (*goods, *limits)
    if in_total:
        shown = [func.sum(what).label(key) for key, what in figures.items()]
        place: Any = literal("").label("warehouse")
    else:
        shown = [what.label(key) for key, what in figures.items()]
        place = Warehouse.name.label("warehouse")
    inner = select(*goods, *limits, place, *shown).select_from(source).where(*conditions)
    if in_total:
        inner = inner.group_by(*group)
    found = inner.subquery()
    wanted = select(found)
    sums = select(func.count(), func.sum(found.c.on_hand), func.sum(found.c.value))
    if hide_zero:
        wanted, sums = wanted.where(found.c.on_hand != 0), sums.where(found.c.on_hand != 0)
    count, quantity, worth = session.execute(sums).one()
    rows = session.execute(
        wanted.order_by(found.c.sort_name, found.c.id, found.c.warehouse).limit(limit).offset(offset)
    )
    return StockList(
        tuple(_stock_row(row, past=on is not None) for row in rows), count, quantity or ZERO, worth
    )


def _since(day: datetime.date) -> Any:
    """What the journal moved after ``day``, per warehouse and product."""
    return (
        select(
            Ledger.warehouse_id,
            Ledger.product_id,
            func.sum(Ledger.delta).label("moved"),
            func.sum(LedgerCost.value).label("worth"),
        )
        .outerjoin(LedgerCost, LedgerCost.id == Ledger.id)
        .where(Ledger.at >= end_of(day))
        .group_by(Ledger.warehouse_id, Ledger.product_id)
        .subquery("since")
    )


def _stock_row(row: Any, *, past: bool) -> StockRow:
    return StockRow(
        product_id=row.id,
        product_number=row.number or "",
        product=row.name,
        model=row.model or "",
        unit=row.unit or "",
        warehouse=row.warehouse,
        on_hand=row.on_hand,
        reserved=None if past else row.reserved,
        to_come=None if past else row.to_come,
        value=row.value,
        lower_limit=row.lower_limit,
        upper_limit=row.upper_limit,
    )
