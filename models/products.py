"""Products, categories, price levels and prices; what they cost lies in a table of its own."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Index, Integer, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Percent, Price, Quantity, Recorded, Searched

SCHEMA = "products"


class Category(Recorded, Base):
    """A node of the product category tree (PRD-02)."""

    __tablename__ = "category"
    __table_args__ = (
        UniqueConstraint("parent_id", "name", postgresql_nulls_not_distinct=True),
        CheckConstraint("parent_id <> id", name="parent"),
        {"schema": SCHEMA},
    )

    name: Mapped[str]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("products.category.id"))
    position: Mapped[int] = mapped_column(Integer, server_default=text("0"))


class Product(Recorded, Searched, Base):
    """Goods or a service that is sold."""

    __tablename__ = "product"
    __table_args__ = (
        # In use only: a number in the recycle bin must not keep a corrected file from being imported again.
        Index("ix_product_number", "number", unique=True, postgresql_where=text("deleted_at IS NULL")),
        Index(
            "ix_product_name_model",
            "name",
            "model",
            "specification",
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where=text("deleted_at IS NULL"),
        ),
        Index("ix_product_bar_code", "bar_code"),
        Index("ix_product_category", "category_id"),
        Index("ix_product_sort_name", "sort_name", "id", postgresql_where=text("deleted_at IS NULL")),
        CheckConstraint("length(btrim(name)) > 0", name="name"),
        CheckConstraint("state IN ('active', 'discontinued')", name="state"),
        CheckConstraint("tax_rate >= 0 AND tax_rate < 100", name="tax_rate"),
        CheckConstraint("pack_factor > 0", name="pack_factor"),
        {"schema": SCHEMA},
    )

    number: Mapped[str | None]
    """Given by the trigger products.number_product where left empty."""
    name: Mapped[str]
    model: Mapped[str | None]
    specification: Mapped[str | None]
    bar_code: Mapped[str | None]
    category_id: Mapped[int | None] = mapped_column(ForeignKey("products.category.id"))
    brand: Mapped[str | None]
    unit: Mapped[str | None]
    pack_unit: Mapped[str | None]
    pack_factor: Mapped[Quantity | None]
    """How many units one pack holds."""
    list_price: Mapped[Price] = mapped_column(server_default=text("0"))
    """With tax; used where the customer's price level has none."""
    lowest_price: Mapped[Price | None]
    tax_rate: Mapped[Percent] = mapped_column(server_default=text("13"))
    stocked: Mapped[bool] = mapped_column(Boolean, server_default=text("true"))
    lower_limit: Mapped[Quantity | None]
    upper_limit: Mapped[Quantity | None]
    weight: Mapped[Quantity | None]
    """Kilograms per unit."""
    supplier_id: Mapped[int | None] = mapped_column(ForeignKey("customers.customer.id"))
    description: Mapped[str | None]
    remark: Mapped[str | None]
    state: Mapped[str] = mapped_column(server_default=text("'active'"))


class Cost(Base):
    """What a product costs; ``id`` is the product's. A table apart: RLS hides rows, not columns."""

    __tablename__ = "cost"
    __table_args__ = (CheckConstraint("cost_price >= 0", name="cost_price"), {"schema": SCHEMA})

    cost_price: Mapped[Price] = mapped_column(server_default=text("0"))
    """Set by who is responsible; the moving average per warehouse is stock.cost."""
    last_purchase: Mapped[Price | None]
    needs_adjusting: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))


class PriceLevel(Recorded, Base):
    """A price level (价格级别): 报价, 成交价, VIP, 批发 … as the office names them."""

    __tablename__ = "price_level"
    __table_args__ = (UniqueConstraint("name"), {"schema": SCHEMA})

    name: Mapped[str]
    position: Mapped[int] = mapped_column(Integer, server_default=text("0"))


class LevelPrice(Base):
    """The price with tax of one product at one level."""

    __tablename__ = "level_price"
    __table_args__ = (
        UniqueConstraint("product_id", "level_id"),
        CheckConstraint("price >= 0", name="price"),
        {"schema": SCHEMA},
    )

    product_id: Mapped[int] = mapped_column(ForeignKey("products.product.id"))
    level_id: Mapped[int] = mapped_column(ForeignKey("products.price_level.id"))
    price: Mapped[Price]
    changed_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
