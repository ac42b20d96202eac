"""Delivery notes."""

from __future__ import annotations

import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Amount, Base, Owned, Price, Quantity, Searched, choice

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


class Note(Owned, Searched, Base):
    """A delivery note (发货单): what travels with the goods of a stock issue; its lines are what was counted."""

    __tablename__ = "note"
    __table_args__ = (
        Index("ix_note_number", "number", unique=True),
        Index("ix_note_date", "date", "id"),
        Index("ix_note_owner", "owner_id", "date", "id"),
        Index("ix_note_issue", "issue_id"),
        Index("ix_note_customer", "customer_id", "date"),
        CheckConstraint("state IN ('to_issue', 'to_ship', 'shipped', 'signed', 'cancelled')", name="state"),
        CheckConstraint("freight >= 0", name="freight"),
        {"schema": SCHEMA},
    )

    number: Mapped[str]
    date: Mapped[datetime.date] = mapped_column(server_default=text("current_date"))
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


class NoteLine(Base):
    """A line of a delivery note."""

    __tablename__ = "note_line"
    __table_args__ = (UniqueConstraint("note_id", "position"), {"schema": SCHEMA})

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
    remark: Mapped[str | None]
