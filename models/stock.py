"""Warehouses, balances, the journal, and the documents that move goods."""

from __future__ import annotations

import datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from models.base import (
    PACK_CHECK,
    TODAY,
    Amount,
    Base,
    ExactPrice,
    Packed,
    Price,
    Quantity,
    Recorded,
    Searched,
)

SCHEMA = "stock"

DOCUMENT_TRANSITIONS = frozenset({("draft", "posted"), ("posted", "reversed")})
"""Legal steps of a receipt or an issue."""


class Warehouse(Recorded, Base):
    """A warehouse; only its keepers post there (STK-01)."""

    __tablename__ = "warehouse"
    __table_args__ = (
        # In use only: one in the recycle bin must not keep its name.
        Index("uq_warehouse_name", "name", unique=True, postgresql_where=text("deleted_at IS NULL")),
        CheckConstraint("length(btrim(name)) > 0", name="name"),
        {"schema": SCHEMA},
    )

    name: Mapped[str]
    branch_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.branch.id"))
    address: Mapped[str | None]
    negative_allowed: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    active: Mapped[bool] = mapped_column(Boolean, server_default=text("true"))
    remark: Mapped[str | None]


class Keeper(Base):
    """Who keeps which warehouse."""

    __tablename__ = "keeper"
    __table_args__ = (UniqueConstraint("warehouse_id", "user_id"), {"schema": SCHEMA})

    warehouse_id: Mapped[int] = mapped_column(ForeignKey("stock.warehouse.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("organisation.user.id"))


class Balance(Base):
    """How much of a product lies in a warehouse. Changed only by the triggers of ledger and reservation."""

    __tablename__ = "balance"
    __table_args__ = (
        UniqueConstraint("warehouse_id", "product_id"),
        Index("ix_balance_product", "product_id"),
        CheckConstraint("on_hand >= 0 OR negative_allowed", name="on_hand"),
        {"schema": SCHEMA},
    )

    warehouse_id: Mapped[int] = mapped_column(ForeignKey("stock.warehouse.id"))
    product_id: Mapped[int] = mapped_column(ForeignKey("products.product.id"))
    on_hand: Mapped[Quantity] = mapped_column(server_default=text("0"))
    reserved: Mapped[Quantity] = mapped_column(server_default=text("0"))
    """Open quantity of confirmed orders that are to leave from here."""
    to_come: Mapped[Quantity] = mapped_column(server_default=text("0"))
    """On receipts that are not posted yet."""
    negative_allowed: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    """Copied from the warehouse, because a CHECK sees one row."""
    bin: Mapped[str | None]
    """Where it lies in the warehouse, as text (A-03-2)."""
    cleared: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    """Left out of the stock list by a clean-up; whatever moves it brings it back."""


class Cost(Base):
    """Value of what lies in a warehouse; ``id`` is the balance's. Only for the right to see cost prices."""

    __tablename__ = "cost"
    __table_args__ = ({"schema": SCHEMA},)

    warehouse_id: Mapped[int] = mapped_column(BigInteger)
    product_id: Mapped[int] = mapped_column(BigInteger)
    average: Mapped[ExactPrice] = mapped_column(server_default=text("0"))
    """Moving average per unit to twelve digits, for show: ``base_value / base_quantity`` is the exact one."""
    base_value: Mapped[Amount] = mapped_column(server_default=text("0"))
    """Value of what lay there when goods last came at a cost; only such a movement changes the average."""
    base_quantity: Mapped[Quantity] = mapped_column(server_default=text("0"))
    """How much lay there then; 0 before anything came."""
    value: Mapped[Amount] = mapped_column(server_default=text("0"))
    """Always the exact average × what is on hand, to the cent."""


class Ledger(Base):
    """The stock journal (库存流水): every movement with the balance after it. Append only."""

    __tablename__ = "ledger"
    __table_args__ = (
        Index("ix_ledger_product", "product_id", "warehouse_id", "id"),
        Index("ix_ledger_document", "document", "document_id"),
        Index("ix_ledger_at", "at"),
        CheckConstraint("delta <> 0", name="delta"),
        {"schema": SCHEMA},
    )

    at: Mapped[datetime.datetime] = mapped_column(server_default=text("now()"))
    user_id: Mapped[int | None] = mapped_column(BigInteger)
    document: Mapped[str]
    """Entity key of the document."""
    document_id: Mapped[int] = mapped_column(BigInteger)
    number: Mapped[str]
    warehouse_id: Mapped[int] = mapped_column(ForeignKey("stock.warehouse.id"))
    product_id: Mapped[int] = mapped_column(ForeignKey("products.product.id"))
    delta: Mapped[Quantity]
    balance_after: Mapped[Quantity | None]
    """The journal row sets the balance to this; a trigger refuses it unless it follows from the balance before."""


class LedgerCost(Base):
    """Value of one movement; ``id`` is the ledger's."""

    __tablename__ = "ledger_cost"
    __table_args__ = ({"schema": SCHEMA},)

    warehouse_id: Mapped[int] = mapped_column(BigInteger)
    product_id: Mapped[int] = mapped_column(BigInteger)
    value: Mapped[Amount]
    value_after: Mapped[Amount]
    average_after: Mapped[ExactPrice]
    sets_average: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    """Goods came at a cost: the average is ``value_after`` / the ledger's ``balance_after`` from here on."""


class Receipt(Recorded, Searched, Base):
    """A stock receipt (入库单)."""

    __tablename__ = "receipt"
    __table_args__ = (
        Index("ix_receipt_number", "number", unique=True),
        Index("ix_receipt_date", "date", "id"),
        Index("ix_receipt_warehouse", "warehouse_id", "state"),
        CheckConstraint("state IN ('draft', 'posted', 'reversed')", name="state"),
        CheckConstraint("kind IN ('opening', 'purchase', 'return', 'production', 'other')", name="kind"),
        CheckConstraint("(number IS NULL) = (state = 'draft')", name="number"),
        {"schema": SCHEMA},
    )

    number: Mapped[str | None]
    kind: Mapped[str] = mapped_column(server_default=text("'other'"))
    warehouse_id: Mapped[int] = mapped_column(ForeignKey("stock.warehouse.id"))
    date: Mapped[datetime.date] = mapped_column(server_default=TODAY)
    supplier_id: Mapped[int | None] = mapped_column(ForeignKey("customers.customer.id"))
    state: Mapped[str] = mapped_column(server_default=text("'draft'"))
    remark: Mapped[str | None]
    posted_at: Mapped[datetime.datetime | None]
    posted_by: Mapped[int | None] = mapped_column(BigInteger)
    reverses_id: Mapped[int | None] = mapped_column(ForeignKey("stock.receipt.id"))
    """The document that this one mirrors."""
    print_count: Mapped[int] = mapped_column(Integer, server_default=text("0"))


class ReceiptLine(Packed, Base):
    """A line of a stock receipt, in the pack it was typed in."""

    __tablename__ = "receipt_line"
    __table_args__ = (
        UniqueConstraint("receipt_id", "position", deferrable=True, initially="DEFERRED"),
        Index("ix_receipt_line_product", "product_id", "receipt_id"),
        CheckConstraint("quantity <> 0", name="quantity"),
        CheckConstraint(PACK_CHECK, name="pack"),
        {"schema": SCHEMA},
    )

    receipt_id: Mapped[int] = mapped_column(ForeignKey("stock.receipt.id"))
    position: Mapped[int] = mapped_column(Integer)
    warehouse_id: Mapped[int] = mapped_column(BigInteger)
    product_id: Mapped[int] = mapped_column(ForeignKey("products.product.id"))
    quantity: Mapped[Quantity]
    remark: Mapped[str | None]


class ReceiptLineCost(Base):
    """Cost of a receipt line; ``id`` is the line's."""

    __tablename__ = "receipt_line_cost"
    __table_args__ = ({"schema": SCHEMA},)

    unit_cost: Mapped[Price]


class Issue(Recorded, Searched, Base):
    """A stock issue (出库单): made by sales, counted and confirmed by the keeper (DLV-02)."""

    __tablename__ = "issue"
    __table_args__ = (
        Index("ix_issue_number", "number", unique=True),
        Index("ix_issue_date", "date", "id"),
        Index("ix_issue_warehouse", "warehouse_id", "state"),
        Index("ix_issue_customer", "customer_id"),
        CheckConstraint("state IN ('draft', 'posted', 'reversed')", name="state"),
        CheckConstraint("kind IN ('sale', 'requisition', 'other')", name="kind"),
        CheckConstraint("(number IS NULL) = (state = 'draft')", name="number"),
        {"schema": SCHEMA},
    )

    number: Mapped[str | None]
    kind: Mapped[str] = mapped_column(server_default=text("'sale'"))
    warehouse_id: Mapped[int] = mapped_column(ForeignKey("stock.warehouse.id"))
    date: Mapped[datetime.date] = mapped_column(server_default=TODAY)
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customers.customer.id"))
    customer_name: Mapped[str | None]
    """As it was when the document was made; the keeper does not see customers."""
    asked_by: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), server_default=text("'{}'"))
    """Ids of the people whose goods these are: the owners of its orders, and who had no other way to see it when he
    made it. Set by the database (models/sql/stock/33_issue_people.sql); follows the orders to other owners."""
    state: Mapped[str] = mapped_column(server_default=text("'draft'"))
    remark: Mapped[str | None]
    posted_at: Mapped[datetime.datetime | None]
    posted_by: Mapped[int | None] = mapped_column(BigInteger)
    reverses_id: Mapped[int | None] = mapped_column(ForeignKey("stock.issue.id"))
    print_count: Mapped[int] = mapped_column(Integer, server_default=text("0"))


class IssueLine(Packed, Base):
    """A line of a stock issue. ``quantity`` is what is asked for, ``counted`` what left."""

    __tablename__ = "issue_line"
    __table_args__ = (
        UniqueConstraint("issue_id", "position"),
        Index("ix_issue_line_order_line", "order_line_id"),
        Index(
            "ix_issue_line_dispatch_line",
            "dispatch_line_id",
            postgresql_where=text("dispatch_line_id IS NOT NULL"),
        ),
        CheckConstraint("quantity <> 0", name="quantity"),
        CheckConstraint(PACK_CHECK, name="pack"),
        {"schema": SCHEMA},
    )

    issue_id: Mapped[int] = mapped_column(ForeignKey("stock.issue.id"))
    position: Mapped[int] = mapped_column(Integer)
    warehouse_id: Mapped[int] = mapped_column(BigInteger)
    product_id: Mapped[int] = mapped_column(ForeignKey("products.product.id"))
    order_id: Mapped[int | None] = mapped_column(ForeignKey("sales.order.id"))
    order_line_id: Mapped[int | None] = mapped_column(ForeignKey("sales.order_line.id"))
    dispatch_line_id: Mapped[int | None] = mapped_column(ForeignKey("delivery.dispatch_line.id"))
    """The line of the dispatch notice that let these goods leave; None straight from the order."""
    order_number: Mapped[str | None]
    quantity: Mapped[Quantity]
    counted: Mapped[Quantity | None]
    gross: Mapped[Amount | None]
    """What of the order line's amount left with it, filled at posting: the parts add up to the line to the cent."""
    bin: Mapped[str | None]
    """Where it lay when it was posted; other goods may lie there by now."""
    remark: Mapped[str | None]
