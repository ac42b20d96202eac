"""Purchase requests."""

from __future__ import annotations

import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import PACK_CHECK, TODAY, Base, Owned, Packed, Quantity, Searched

SCHEMA = "purchasing"

REQUEST_TRANSITIONS = frozenset(
    {("open", "ordered"), ("open", "closed"), ("ordered", "closed"), ("ordered", "open"), ("closed", "open")}
)
"""Legal steps of a purchase request."""


class Request(Owned, Packed, Searched, Base):
    """A purchase request (请购单): so much of one product is wanted by a day, perhaps for an order (DLV-02)."""

    __tablename__ = "request"
    __table_args__ = (
        Index("ix_request_number", "number", unique=True),
        Index("ix_request_date", "date", "id"),
        Index("ix_request_owner", "owner_id", "date", "id"),
        Index("ix_request_product", "product_id"),
        Index("ix_request_order", "order_id"),
        Index("ix_request_open", "wanted_on", "id", postgresql_where=text("state = 'open'")),
        CheckConstraint("state IN ('open', 'ordered', 'closed')", name="state"),
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint(PACK_CHECK, name="pack"),
        {"schema": SCHEMA},
    )

    number: Mapped[str]
    date: Mapped[datetime.date] = mapped_column(server_default=TODAY)
    product_id: Mapped[int] = mapped_column(ForeignKey("products.product.id"))
    product_name: Mapped[str]
    """Name and model as they were when it was asked for."""
    unit: Mapped[str | None]
    quantity: Mapped[Quantity]
    wanted_on: Mapped[datetime.date | None]
    warehouse_id: Mapped[int | None] = mapped_column(ForeignKey("stock.warehouse.id"))
    """Where the goods are missing."""
    order_id: Mapped[int | None] = mapped_column(ForeignKey("sales.order.id"))
    order_number: Mapped[str | None]
    state: Mapped[str] = mapped_column(server_default=text("'open'"))
    remark: Mapped[str | None]
