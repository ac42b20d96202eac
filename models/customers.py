"""Customers and their contacts."""

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
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Amount, Base, Owned, Searched, choice

SCHEMA = "customers"


class Customer(Owned, Searched, Base):
    """A company (企业客户) or an individual (个人客户)."""

    __tablename__ = "customer"
    __table_args__ = (
        CheckConstraint("kind IN ('company', 'individual')", name="kind"),
        CheckConstraint("credit_limit >= 0", name="credit_limit"),
        CheckConstraint("credit_days >= 0", name="credit_days"),
        CheckConstraint("parent_id <> id", name="parent"),
        CheckConstraint("length(btrim(name)) > 0", name="name"),
        # In use only: a number in the recycle bin must not keep a corrected file from being imported again.
        Index("ix_customer_number", "number", unique=True, postgresql_where=text("deleted_at IS NULL")),
        Index("ix_customer_sort_name", "sort_name", "id", postgresql_where=text("deleted_at IS NULL")),
        # what the data classes count is answered by indexes alone: a row is wide, and the table 1.5 GB at a million
        Index("ix_customer_owner", "owner_id", "sort_name", "id", postgresql_include=["deleted_at"]),
        Index("ix_customer_name_key", "name_key"),
        Index(
            "ix_customer_created",
            "created_at",
            "id",
            postgresql_include=["owner_id", "branch_id"],
            postgresql_where=text("deleted_at IS NULL"),
        ),
        Index(
            "ix_customer_last_contact",
            "last_contact_on",
            "id",
            postgresql_include=["created_at"],
            postgresql_where=text("deleted_at IS NULL"),
        ),
        # What the data classes count (CUS-02): small parts of the table, so each has an index of its own part.
        Index(
            "ix_customer_hot",
            "hot_until",
            "id",
            postgresql_where=text("hot_level IS NOT NULL AND deleted_at IS NULL"),
        ),
        Index(
            "ix_customer_pool",
            "pooled_at",
            "id",
            postgresql_where=text("owner_id IS NULL AND deleted_at IS NULL"),
        ),
        Index("ix_customer_kind", "kind", "category", postgresql_where=text("deleted_at IS NULL")),
        CheckConstraint("(owner_id IS NULL) = (pooled_at IS NOT NULL)", name="pool"),
        CheckConstraint("hot_level IS NOT NULL OR hot_until IS NULL AND hot_reason IS NULL", name="hot"),
        Index("ix_customer_parent", "parent_id", postgresql_where=text("parent_id IS NOT NULL")),
        Index("ix_customer_deleted", "deleted_at", postgresql_where=text("deleted_at IS NOT NULL")),
        {"schema": SCHEMA},
    )

    kind: Mapped[str] = mapped_column(server_default=text("'company'"))
    number: Mapped[str | None]
    """Given by the trigger customers.number_customer where left empty."""
    name: Mapped[str]
    short_name: Mapped[str | None]
    name_key: Mapped[str | None]
    """The name as compared for duplicates (CUS-03, CUS-04): without brackets, blanks and legal form."""
    category: Mapped[str | None] = choice("customer_category", name="category")
    stage: Mapped[str | None] = choice("customer_stage", name="stage")
    level: Mapped[str | None] = choice("customer_level", name="level")
    source: Mapped[str | None] = choice("customer_source", name="source")
    industry: Mapped[str | None] = choice("industry", name="industry")
    region: Mapped[str | None]
    """Six digits of GB/T 2260."""
    address: Mapped[str | None]
    phone: Mapped[str | None]
    fax: Mapped[str | None]
    website: Mapped[str | None]
    email: Mapped[str | None]
    tax_number: Mapped[str | None]
    bank_name: Mapped[str | None]
    bank_account: Mapped[str | None]
    credit_limit: Mapped[Amount | None]
    """None: no limit."""
    credit_days: Mapped[int | None] = mapped_column(Integer)
    value_level: Mapped[str | None] = choice("customer_value", name="value_level")
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("customers.customer.id"))
    price_level_id: Mapped[int | None] = mapped_column(ForeignKey("products.price_level.id"))
    picture_id: Mapped[int | None] = mapped_column(ForeignKey("system.attachment.id"))
    """A picture of the place, or the customer's business card."""
    remark: Mapped[str | None]
    last_contact_on: Mapped[datetime.date | None]
    """Of the newest contact record; kept by trigger."""
    hot_level: Mapped[str | None] = choice("hot_level", name="hot_level")
    """A hot customer (热点客户) until ``hot_until``, the last day; falls off by itself: lists compare with today."""
    hot_reason: Mapped[str | None]
    hot_until: Mapped[datetime.date | None]
    """None: until somebody takes the mark away."""
    owner_id: Mapped[int | None] = mapped_column(  # type: ignore[assignment]
        ForeignKey("organisation.user.id"), sort_order=70
    )
    """None: in the customer pool (公海), where nobody owns it."""
    pooled_at: Mapped[datetime.datetime | None]
    pool_reason: Mapped[str | None]


class Contact(Owned, Searched, Base):
    """A person at a customer."""

    __tablename__ = "contact"
    __table_args__ = (
        Index("ix_contact_customer", "customer_id"),
        Index("ix_contact_sort_name", "sort_name", "id", postgresql_where=text("deleted_at IS NULL")),
        Index("ix_contact_owner", "owner_id", "sort_name", "id"),
        Index("ix_contact_mobile", "mobile"),
        CheckConstraint("length(btrim(name)) > 0", name="name"),
        CheckConstraint("calendar IN ('solar', 'lunar')", name="calendar"),
        {"schema": SCHEMA},
    )

    owner_id: Mapped[int | None] = mapped_column(  # type: ignore[assignment]
        ForeignKey("organisation.user.id"), sort_order=70
    )
    """None: its customer went into the pool, and it went along."""
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.customer.id"))
    name: Mapped[str]
    salutation: Mapped[str | None] = choice("salutation", name="salutation")
    contact_class: Mapped[str | None] = choice("contact_class", name="contact_class")
    department: Mapped[str | None]
    title: Mapped[str | None]
    decision_role: Mapped[str | None] = choice("decision_role", name="decision_role")
    responsible_for: Mapped[str | None]
    phone: Mapped[str | None]
    mobile: Mapped[str | None]
    email: Mapped[str | None]
    qq: Mapped[str | None]
    wechat: Mapped[str | None]
    messenger: Mapped[str | None]
    address: Mapped[str | None]
    birthday: Mapped[datetime.date | None]
    calendar: Mapped[str] = mapped_column(server_default=text("'solar'"))
    """Whether the birthday is celebrated by the solar or the lunar calendar."""
    hobbies: Mapped[str | None]
    picture_id: Mapped[int | None] = mapped_column(ForeignKey("system.attachment.id"))
    remark: Mapped[str | None]
    main: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))


class ContactLink(Base):
    """A customer to whom a contact belongs as well, besides his own (CON-01)."""

    __tablename__ = "contact_link"
    __table_args__ = (
        UniqueConstraint("contact_id", "customer_id"),
        Index("ix_contact_link_customer", "customer_id"),
        {"schema": SCHEMA},
    )

    contact_id: Mapped[int] = mapped_column(ForeignKey("customers.contact.id", ondelete="CASCADE"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.customer.id", ondelete="CASCADE"))
    role: Mapped[str | None]
    """What he is there."""


class Balance(Base):
    """What one customer owes. Changed only by the trigger of finance.ledger; ``id`` is the customer's."""

    __tablename__ = "balance"
    __table_args__ = (
        Index("ix_balance_receivable", "receivable"),
        Index(
            "ix_balance_last_order", "last_order_on", "id", postgresql_where=text("last_order_on IS NOT NULL")
        ),
        {"schema": SCHEMA},
    )

    owner_id: Mapped[int] = mapped_column(BigInteger)
    """The customer's owner; of one in the pool the last, whose debts these are until somebody takes it."""
    receivable: Mapped[Amount] = mapped_column(server_default=text("0"))
    """Confirmed orders less payments."""
    ordered: Mapped[Amount] = mapped_column(server_default=text("0"))
    paid: Mapped[Amount] = mapped_column(server_default=text("0"))
    issued: Mapped[Amount] = mapped_column(server_default=text("0"))
    last_order_on: Mapped[datetime.date | None]
    """Day of the newest confirmed order that stands. Here and not on the customer, because posting an order writes this
    row anyway and the customer's version must not change under who edits him."""


class OwnerEvent(Base):
    """One step in the story of whose a customer is (ORG-13, CUS-14, CUS-30), written by triggers only."""

    __tablename__ = "owner_event"
    __table_args__ = (
        Index(None, "customer_id", "id"),
        CheckConstraint("action IN ('put', 'take', 'assign', 'transfer', 'share', 'unshare')", name="action"),
        {"schema": SCHEMA},
    )

    customer_id: Mapped[int] = mapped_column(BigInteger)
    """No foreign key: what happened stays when the customer is deleted for ever."""
    at: Mapped[datetime.datetime] = mapped_column(server_default=text("now()"))
    user_id: Mapped[int | None] = mapped_column(BigInteger)
    """Who did it."""
    action: Mapped[str]
    """put: into the pool; take: out of it, for himself; assign: out of it, to somebody else; transfer: from one owner
    to another; share: shown to somebody besides; unshare: not any more."""
    from_owner: Mapped[int | None] = mapped_column(BigInteger)
    to_owner: Mapped[int | None] = mapped_column(BigInteger)
    """The new owner; of a share the person it is with, where it is not with ``to_position`` or ``to_department``."""
    to_position: Mapped[int | None] = mapped_column(BigInteger)
    to_department: Mapped[str | None]
    can_edit: Mapped[bool | None]
    """Of a share: to edit as well."""
    until: Mapped[datetime.date | None]
    """Of a share: its last day."""
    reason: Mapped[str | None]
