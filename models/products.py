"""Products, categories, price levels and prices; what they cost lies in a table of its own."""

from __future__ import annotations

from datetime import datetime

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
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Percent, Price, Quantity, Recorded, Searched

SCHEMA = "products"


class Category(Recorded, Base):
    """A node of the product category tree (PRD-02)."""

    __tablename__ = "category"
    __table_args__ = (
        # In use only: one in the recycle bin must not stand in the way of a rename, a move or a merge.
        Index(
            "uq_category_parent_id_name",
            "parent_id",
            "name",
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where=text("deleted_at IS NULL"),
        ),
        CheckConstraint("parent_id <> id", name="parent"),
        CheckConstraint("length(btrim(name)) > 0", name="name"),
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
        # Name and model together (PRD-01), where the specification does not tell two apart: 规格 and 型号 are
        # one column in most offices' files, and an import recognises a product by all three (PRD-04). The cans
        # of 330 and of 500 ml, the ball valve of 304 and of 316L, are two products of one name and model, with
        # prices and stock of their own; refusing the second would keep real price lists out. What is left empty is equal.
        Index(
            "ix_product_name_model",
            "name",
            "model",
            "specification",
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where=text("deleted_at IS NULL"),
        ),
        Index("ix_product_category", "category_id"),
        Index("ix_product_sort_name", "sort_name", "id", postgresql_where=text("deleted_at IS NULL")),
        CheckConstraint("length(btrim(name)) > 0", name="name"),
        CheckConstraint("state IN ('active', 'discontinued')", name="state"),
        CheckConstraint("tax_rate >= 0 AND tax_rate < 100", name="tax_rate"),
        CheckConstraint("pack_factor > 0", name="pack_factor"),
        CheckConstraint("lower_limit >= 0 AND upper_limit >= 0", name="limits"),
        CheckConstraint("list_price >= 0 AND lowest_price >= 0", name="list_price"),
        CheckConstraint("weight >= 0", name="weight"),
        {"schema": SCHEMA},
    )

    number: Mapped[str | None]
    """Given by the trigger products.number_product where left empty."""
    name: Mapped[str]
    model: Mapped[str | None]
    specification: Mapped[str | None]
    bar_code: Mapped[str | None]
    further_codes: Mapped[str | None]
    """The other bar codes and those of its packs, for the search; kept by products.save_details."""
    category_id: Mapped[int | None] = mapped_column(ForeignKey("products.category.id"))
    brand: Mapped[str | None]
    unit: Mapped[str | None]
    pack_unit: Mapped[str | None]
    pack_factor: Mapped[Quantity | None]
    """How many units one pack holds. Further pack units are products.pack."""
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
    picture_id: Mapped[int | None] = mapped_column(ForeignKey("system.attachment.id"))
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
    __table_args__ = (
        # In use only: one in the recycle bin must not keep its name.
        Index("uq_price_level_name", "name", unique=True, postgresql_where=text("deleted_at IS NULL")),
        CheckConstraint("length(btrim(name)) > 0", name="name"),
        {"schema": SCHEMA},
    )

    name: Mapped[str]
    position: Mapped[int] = mapped_column(Integer, server_default=text("0"))


class LevelPrice(Base):
    """The price with tax of one product at one level; for a branch or a pack unit alone where these are given."""

    __tablename__ = "level_price"
    __table_args__ = (
        UniqueConstraint(
            "product_id",
            "level_id",
            "branch_id",
            "unit",
            name="uq_level_price_place",
            postgresql_nulls_not_distinct=True,
        ),
        Index("ix_level_price_level", "level_id"),
        CheckConstraint("price >= 0", name="price"),
        {"schema": SCHEMA},
    )

    product_id: Mapped[int] = mapped_column(ForeignKey("products.product.id"))
    level_id: Mapped[int] = mapped_column(ForeignKey("products.price_level.id"))
    branch_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.branch.id"))
    """None: every branch without a price of its own."""
    unit: Mapped[str | None]
    """Name of the pack unit that ``price`` is for; None: the product's own unit."""
    price: Mapped[Price]
    changed_at: Mapped[datetime] = mapped_column(server_default=text("now()"))


class Repricing(Base):
    """One change of many prices by a formula (PRD-05); undone as a whole."""

    __tablename__ = "repricing"
    __table_args__ = ({"schema": SCHEMA},)

    at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    user_id: Mapped[int | None] = mapped_column(BigInteger)
    transaction: Mapped[int] = mapped_column(
        BigInteger, server_default=text("(pg_current_xact_id()::text)::bigint")
    )
    """By which the history knows that a price was changed within it."""
    rule: Mapped[str]
    """What was done, in figures: ``level 3 × 1.05 + 0, to 0.90``."""
    prices: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    undoes_id: Mapped[int | None] = mapped_column(ForeignKey("products.repricing.id"))
    undone_at: Mapped[datetime | None]


class PriceChange(Base):
    """The price history: every price before and after, who and when. Append only."""

    __tablename__ = "price_change"
    __table_args__ = (
        Index("ix_price_change_product", "product_id", "id"),
        Index("ix_price_change_repricing", "repricing_id"),
        CheckConstraint("kind IN ('level', 'list', 'lowest')", name="kind"),
        {"schema": SCHEMA},
    )

    at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    user_id: Mapped[int | None] = mapped_column(BigInteger)
    product_id: Mapped[int] = mapped_column(ForeignKey("products.product.id"))
    kind: Mapped[str]
    """level, list (the list price) or lowest (the lowest price)."""
    level_id: Mapped[int | None] = mapped_column(ForeignKey("products.price_level.id"))
    branch_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.branch.id"))
    unit: Mapped[str | None]
    old: Mapped[Price | None]
    """None: there was none."""
    new: Mapped[Price | None]
    """None: taken away."""
    repricing_id: Mapped[int | None] = mapped_column(ForeignKey("products.repricing.id"))


class Pack(Base):
    """A pack unit (箱, 盒 …) in which a product is ordered and counted too."""

    __tablename__ = "pack"
    __table_args__ = (
        UniqueConstraint("product_id", "name"),
        CheckConstraint("factor > 0", name="factor"),
        CheckConstraint("length(btrim(name)) > 0", name="name"),
        {"schema": SCHEMA},
    )

    product_id: Mapped[int] = mapped_column(ForeignKey("products.product.id"))
    position: Mapped[int] = mapped_column(Integer)
    name: Mapped[str]
    factor: Mapped[Quantity]
    """How many of the product's own unit it holds."""
    bar_code: Mapped[str | None]


class BarCode(Base):
    """A further bar code of a product."""

    __tablename__ = "bar_code"
    __table_args__ = (
        UniqueConstraint("product_id", "code"),
        Index("ix_bar_code_code", "code"),
        CheckConstraint("length(btrim(code)) > 0", name="code"),
        {"schema": SCHEMA},
    )

    product_id: Mapped[int] = mapped_column(ForeignKey("products.product.id"))
    position: Mapped[int] = mapped_column(Integer)
    code: Mapped[str]
    remark: Mapped[str | None]


class Code(Base):
    """A bar code in use and the one product that it means, be it its own, a further one or that of a pack.

    Its unique index is what keeps two people from giving one code to two products at once. Kept by
    ``products.claim_codes``; a product in the recycle bin gives its codes free.
    """

    __tablename__ = "code"
    __table_args__ = (
        UniqueConstraint("key"),
        Index("ix_code_product", "product_id"),
        {"schema": SCHEMA},
    )

    key: Mapped[str]
    """The code as a scan is compared (``products.code_key``)."""
    product_id: Mapped[int] = mapped_column(ForeignKey("products.product.id", ondelete="CASCADE"))


class Parameter(Base):
    """A parameter of a product: name and value (材质: 304)."""

    __tablename__ = "parameter"
    __table_args__ = (
        UniqueConstraint("product_id", "name"),
        CheckConstraint("length(btrim(name)) > 0", name="name"),
        {"schema": SCHEMA},
    )

    product_id: Mapped[int] = mapped_column(ForeignKey("products.product.id"))
    position: Mapped[int] = mapped_column(Integer)
    name: Mapped[str]
    value: Mapped[str]


class Question(Base):
    """A common question about a product with its answer."""

    __tablename__ = "question"
    __table_args__ = (
        Index("ix_question_product", "product_id", "position"),
        CheckConstraint("length(btrim(question)) > 0", name="question"),
        {"schema": SCHEMA},
    )

    product_id: Mapped[int] = mapped_column(ForeignKey("products.product.id"))
    position: Mapped[int] = mapped_column(Integer)
    question: Mapped[str]
    answer: Mapped[str | None]
