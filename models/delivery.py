"""Dispatch notices and delivery notes."""

from __future__ import annotations

import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from models.base import (
    PACK_CHECK,
    TODAY,
    Amount,
    Base,
    Owned,
    Packed,
    Price,
    Quantity,
    Searched,
    choice,
)

SCHEMA = "delivery"

NOTE_TRANSITIONS = frozenset(
    {
        ("to_issue", "to_ship"),
        ("to_ship", "shipped"),
        ("shipped", "signed"),
        ("to_issue", "cancelled"),
        ("to_ship", "cancelled"),
    }
)
"""Legal steps of a delivery note."""


DISPATCH_TRANSITIONS = frozenset(
    {
        ("waiting", "partly"),
        ("waiting", "done"),
        ("partly", "done"),
        ("waiting", "cancelled"),
        ("partly", "closed"),
    }
)
"""Legal steps of a dispatch notice; partly and done follow from what left, nobody types them."""


class Dispatch(Owned, Searched, Base):
    """A dispatch notice (发货通知单): sales tells the warehouse which goods of which orders may leave (DLV-01)."""

    __tablename__ = "dispatch"
    __table_args__ = (
        Index("ix_dispatch_number", "number", unique=True),
        Index("ix_dispatch_date", "date", "id"),
        Index("ix_dispatch_owner", "owner_id", "date", "id"),
        Index("ix_dispatch_customer", "customer_id", "date"),
        Index(
            "ix_dispatch_queue",
            "warehouse_id",
            "wanted_on",
            postgresql_where=text("state IN ('waiting', 'partly')"),
        ),
        CheckConstraint("state IN ('waiting', 'partly', 'done', 'closed', 'cancelled')", name="state"),
        {"schema": SCHEMA},
    )

    number: Mapped[str]
    date: Mapped[datetime.date] = mapped_column(server_default=TODAY)
    wanted_on: Mapped[datetime.date | None]
    """When the goods are to leave."""
    warehouse_id: Mapped[int] = mapped_column(ForeignKey("stock.warehouse.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.customer.id"))
    customer_name: Mapped[str]
    """As it was when the notice was made; the keeper does not see customers."""
    consignee: Mapped[str | None]
    """To whom the goods go, with phone and address: as the first order says, or the customer's main contact."""
    phone: Mapped[str | None]
    address: Mapped[str | None]
    order_numbers: Mapped[str | None]
    state: Mapped[str] = mapped_column(server_default=text("'waiting'"))
    remark: Mapped[str | None]
    print_count: Mapped[int] = mapped_column(Integer, server_default=text("0"))


class DispatchLine(Packed, Base):
    """A line of a dispatch notice: so many of one order line may leave."""

    __tablename__ = "dispatch_line"
    __table_args__ = (
        UniqueConstraint("dispatch_id", "position"),
        Index("ix_dispatch_line_order_line", "order_line_id"),
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint(PACK_CHECK, name="pack"),
        CheckConstraint("asked >= 0 AND issued >= 0 AND asked + issued <= quantity", name="open"),
        {"schema": SCHEMA},
    )

    dispatch_id: Mapped[int] = mapped_column(ForeignKey("delivery.dispatch.id"))
    owner_id: Mapped[int] = mapped_column(BigInteger)
    warehouse_id: Mapped[int] = mapped_column(BigInteger)
    position: Mapped[int] = mapped_column(Integer)
    order_id: Mapped[int] = mapped_column(ForeignKey("sales.order.id"))
    order_line_id: Mapped[int] = mapped_column(ForeignKey("sales.order_line.id"))
    order_number: Mapped[str | None]
    product_id: Mapped[int] = mapped_column(ForeignKey("products.product.id"))
    product_name: Mapped[str]
    model: Mapped[str | None]
    unit: Mapped[str | None]
    quantity: Mapped[Quantity]
    asked: Mapped[Quantity] = mapped_column(server_default=text("0"))
    """On stock issues that the keeper has not confirmed yet."""
    issued: Mapped[Quantity] = mapped_column(server_default=text("0"))
    remark: Mapped[str | None]


class Note(Owned, Searched, Base):
    """A delivery note (发货单): what travels with the goods of a stock issue; its lines are what was counted."""

    __tablename__ = "note"
    __table_args__ = (
        Index("ix_note_number", "number", unique=True),
        Index("ix_note_date", "date", "id"),
        Index("ix_note_owner", "owner_id", "date", "id"),
        Index("ix_note_issue", "issue_id"),
        Index("ix_note_customer", "customer_id", "date"),
        Index(
            "ix_note_queue",
            "warehouse_id",
            "date",
            postgresql_where=text("state = 'to_ship' AND deleted_at IS NULL"),
        ),
        CheckConstraint("state IN ('to_issue', 'to_ship', 'shipped', 'signed', 'cancelled')", name="state"),
        CheckConstraint("freight >= 0", name="freight"),
        {"schema": SCHEMA},
    )

    number: Mapped[str]
    date: Mapped[datetime.date] = mapped_column(server_default=TODAY)
    issue_id: Mapped[int | None] = mapped_column(ForeignKey("stock.issue.id"))
    """None where the issue was deleted before anything left; the note is cancelled then."""
    issue_number: Mapped[str | None]
    order_numbers: Mapped[str | None]
    warehouse_id: Mapped[int] = mapped_column(ForeignKey("stock.warehouse.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.customer.id"))
    customer_name: Mapped[str]
    consignee: Mapped[str | None]
    phone: Mapped[str | None]
    address: Mapped[str | None]
    way: Mapped[str | None] = choice("delivery_way", name="way")
    carrier: Mapped[str | None]
    tracking_number: Mapped[str | None]
    freight: Mapped[Amount] = mapped_column(server_default=text("0"))
    freight_paid_by: Mapped[str] = mapped_column(server_default=text("'us'"))
    """us or customer."""
    parcels: Mapped[int | None] = mapped_column(Integer)
    weight: Mapped[Quantity | None]
    state: Mapped[str] = mapped_column(server_default=text("'to_ship'"))
    shipped_at: Mapped[datetime.datetime | None]
    signed_at: Mapped[datetime.datetime | None]
    signed_by: Mapped[str | None]
    remark: Mapped[str | None]
    print_count: Mapped[int] = mapped_column(Integer, server_default=text("0"))


class NoteLine(Packed, Base):
    """A line of a delivery note."""

    __tablename__ = "note_line"
    __table_args__ = (
        UniqueConstraint("note_id", "position"),
        CheckConstraint(PACK_CHECK, name="pack"),
        {"schema": SCHEMA},
    )

    note_id: Mapped[int] = mapped_column(ForeignKey("delivery.note.id"))
    owner_id: Mapped[int]
    warehouse_id: Mapped[int]
    position: Mapped[int] = mapped_column(Integer)
    product_id: Mapped[int] = mapped_column(ForeignKey("products.product.id"))
    product_number: Mapped[str | None]
    product_name: Mapped[str]
    model: Mapped[str | None]
    unit: Mapped[str | None]
    quantity: Mapped[Quantity]
    tax_price: Mapped[Price | None]
    gross: Mapped[Amount | None]
    pack_price: Mapped[Price | None] = mapped_column(sort_order=62)
    """Per pack with tax, after the discount."""
    remark: Mapped[str | None]
