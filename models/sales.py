"""Orders and their lines."""

from __future__ import annotations

import datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Computed,
    ForeignKey,
    ForeignKeyConstraint,
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
    ExactPrice,
    Owned,
    Packed,
    Percent,
    Price,
    Quantity,
    Searched,
    choice,
)

SCHEMA = "sales"

ORDER_TRANSITIONS = frozenset({("draft", "confirmed"), ("confirmed", "reversed")})
"""Legal steps of an order. Delivery and payment states are derived, never stepped (SAL-08)."""


class Order(Owned, Searched, Base):
    """A sales order (订单). A draft may be edited; a confirmed one is only reversed.

    Its delivery and payment states are no columns: they are derived wherever they are read (services/sales/entities.py)
    from amounts and quantities that only posting functions count.
    """

    __tablename__ = "order"
    __table_args__ = (
        UniqueConstraint("id", "owner_id"),
        Index("ix_order_number", "number", unique=True),
        # with all that the workbench sums: months and years are answered by the index alone
        Index(
            "ix_order_date",
            "date",
            "id",
            postgresql_include=["owner_id", "state", "gross", "branch_id"],
            postgresql_where=text("deleted_at IS NULL"),
        ),
        Index("ix_order_owner", "owner_id", "date", "id"),
        Index("ix_order_customer", "customer_id", "date"),
        Index("ix_order_customer_name", "sort_name", "id", postgresql_where=text("deleted_at IS NULL")),
        Index(
            "ix_order_due",
            "due_on",
            "id",
            postgresql_where=text("state = 'confirmed' AND received < gross AND deleted_at IS NULL"),
        ),
        Index(
            "ix_order_open",
            "warehouse_id",
            postgresql_where=text("state = 'confirmed' AND open_quantity > 0"),
        ),
        CheckConstraint("state IN ('draft', 'confirmed', 'reversed')", name="state"),
        CheckConstraint("(number IS NULL) = (state = 'draft')", name="number"),
        CheckConstraint("tax >= 0 OR gross < 0", name="tax"),
        CheckConstraint("discount_rate >= 0 AND discount_rate < 1000", name="discount_rate"),
        CheckConstraint("rounding_unit IN (0.01, 0.1, 1, 10)", name="rounding_unit"),
        {"schema": SCHEMA},
    )

    number: Mapped[str | None]
    subject: Mapped[str | None]
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.customer.id"))
    customer_name: Mapped[str]
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("customers.contact.id"))
    date: Mapped[datetime.date] = mapped_column(server_default=TODAY)
    required_on: Mapped[datetime.date | None]
    payment_method: Mapped[str | None] = choice("payment_method", name="payment_method")
    due_on: Mapped[datetime.date | None]
    """When the money is due: date plus the customer's credit days."""
    warehouse_id: Mapped[int | None] = mapped_column(ForeignKey("stock.warehouse.id"))
    price_level_id: Mapped[int | None] = mapped_column(ForeignKey("products.price_level.id"))
    consignee: Mapped[str | None]
    consignee_phone: Mapped[str | None]
    delivery_address: Mapped[str | None]
    remark: Mapped[str | None]
    state: Mapped[str] = mapped_column(server_default=text("'draft'"))
    lines_total: Mapped[Amount] = mapped_column(server_default=text("0"))
    """Sum of the lines with tax."""
    discount_rate: Mapped[Percent] = mapped_column(server_default=text("100"))
    """Per cent of the lines' sum that is paid (整单折扣); 100 is none off."""
    discount: Mapped[Amount] = mapped_column(server_default=text("0"))
    """Amount taken off after ``discount_rate`` (优惠金额)."""
    freight: Mapped[Amount] = mapped_column(server_default=text("0"))
    rounding_unit: Mapped[Amount] = mapped_column(server_default=text("0.01"))
    """The calculated total is a multiple of this (抹零): 0.01 is none, 1 is whole yuan."""
    round_down: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    """What is below the unit is dropped; otherwise rounded half up."""
    rounding: Mapped[Amount] = mapped_column(server_default=text("0"))
    """What the rounding added; negative where it took off."""
    total_typed: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    """The total was typed by hand and may differ from the calculated one (SAL-05)."""
    gross: Mapped[Amount] = mapped_column(server_default=text("0"))
    """What the customer pays."""
    tax: Mapped[Amount] = mapped_column(server_default=text("0"))
    """Tax contained in the lines."""
    received: Mapped[Amount] = mapped_column(server_default=text("0"))
    issued_amount: Mapped[Amount] = mapped_column(server_default=text("0"))
    quantity: Mapped[Quantity] = mapped_column(server_default=text("0"))
    """Of the stocked lines."""
    open_quantity: Mapped[Quantity] = mapped_column(server_default=text("0"))
    confirmed_at: Mapped[datetime.datetime | None]
    confirmed_by: Mapped[int | None] = mapped_column(BigInteger)
    reversed_by_reason: Mapped[str | None]
    print_count: Mapped[int] = mapped_column(Integer, server_default=text("0"))


class OrderLine(Packed, Base):
    """A line of an order. ``owner_id`` follows the order's, so that lines have the order's policy.

    One taken in a pack keeps what was agreed of packs; its amounts are made of that, quantity and prices per unit
    follow from it.
    """

    __tablename__ = "order_line"
    __table_args__ = (
        ForeignKeyConstraint(
            ["order_id", "owner_id"], ["sales.order.id", "sales.order.owner_id"], onupdate="CASCADE"
        ),
        UniqueConstraint("order_id", "position", deferrable=True, initially="DEFERRED"),
        Index("ix_order_line_product", "product_id", "order_id"),
        Index("ix_order_line_owner", "owner_id"),
        CheckConstraint("quantity <> 0", name="quantity"),
        CheckConstraint("discount >= 0", name="discount"),
        CheckConstraint("tax_rate >= 0 AND tax_rate < 100", name="tax_rate"),
        CheckConstraint("net + tax = gross", name="sum"),
        CheckConstraint("delivered <= quantity OR over_delivery", name="delivered"),
        CheckConstraint(PACK_CHECK, name="pack"),
        CheckConstraint(
            "num_nulls(pack_unit, pack_quantity, pack_price) IN (0, 3) "
            "AND (pack_unit IS NULL OR quantity = round(pack_quantity * pack_factor, 6))",
            name="pack_quantity",
        ),
        {"schema": SCHEMA},
    )

    order_id: Mapped[int] = mapped_column(BigInteger)
    owner_id: Mapped[int] = mapped_column(BigInteger)
    position: Mapped[int] = mapped_column(Integer)
    product_id: Mapped[int] = mapped_column(ForeignKey("products.product.id"))
    product_name: Mapped[str]
    model: Mapped[str | None]
    unit: Mapped[str | None]
    stocked: Mapped[bool] = mapped_column(Boolean, server_default=text("true"))
    quantity: Mapped[Quantity]
    price: Mapped[Price] = mapped_column(
        Computed("round(tax_price * 100 * 1.000000000000 / (100 + tax_rate), 6)", persisted=True)
    )
    """Per unit without tax; follows from the price with tax, so that nobody can say another one."""
    tax_price: Mapped[ExactPrice]
    """Per unit with tax: what is stored exactly, so that a typed total holds to the cent."""
    discount: Mapped[Percent] = mapped_column(server_default=text("100"))
    """Per cent of the price that is paid; 100 is none off."""
    tax_rate: Mapped[Percent] = mapped_column(server_default=text("13"))
    net: Mapped[Amount]
    tax: Mapped[Amount]
    gross: Mapped[Amount]
    delivered: Mapped[Quantity] = mapped_column(server_default=text("0"))
    asked: Mapped[Quantity] = mapped_column(server_default=text("0"))
    """On stock issues that the keeper has not confirmed yet."""
    notified: Mapped[Quantity] = mapped_column(server_default=text("0"))
    """On dispatch notices and neither on a stock issue nor gone yet."""
    pack_quantity: Mapped[Quantity | None] = mapped_column(sort_order=62)
    pack_price: Mapped[ExactPrice | None] = mapped_column(sort_order=63)
    """Per pack with tax, stored exactly; ``tax_price`` is this over the factor, to twelve decimals."""
    over_delivery: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    """More than was ordered has been asked for, while the company allowed it."""
    remark: Mapped[str | None]
