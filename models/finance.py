"""Accounts, payments and the ledger of what customers owe."""

from __future__ import annotations

import datetime
from decimal import Decimal

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Computed,
    ForeignKey,
    Index,
    Integer,
    Numeric,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from models.base import TODAY, Amount, Base, Owned, Recorded, Searched, choice

SCHEMA = "finance"


class Account(Recorded, Base):
    """Cash, bank, Alipay or WeChat account (账户)."""

    __tablename__ = "account"
    __table_args__ = (
        # In use only: one in the recycle bin must not keep its name.
        Index("uq_account_name", "name", unique=True, postgresql_where=text("deleted_at IS NULL")),
        CheckConstraint("kind IN ('cash', 'bank', 'alipay', 'wechat', 'other')", name="kind"),
        {"schema": SCHEMA},
    )

    name: Mapped[str]
    kind: Mapped[str] = mapped_column(server_default=text("'bank'"))
    branch_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.branch.id"))
    account_number: Mapped[str | None]
    active: Mapped[bool] = mapped_column(Boolean, server_default=text("true"))
    position: Mapped[int] = mapped_column(Integer, server_default=text("0"))


class AccountBalance(Base):
    """How much an account holds; ``id`` is the account's. Changed only by the trigger of account_ledger."""

    __tablename__ = "account_balance"
    __table_args__ = ({"schema": SCHEMA},)

    balance: Mapped[Amount] = mapped_column(server_default=text("0"))


class AccountLedger(Base):
    """The daily ledger (流水账): every movement of an account. Append only."""

    __tablename__ = "account_ledger"
    __table_args__ = (
        Index("ix_account_ledger_account", "account_id", "id"),
        Index("ix_account_ledger_document", "document", "document_id"),
        CheckConstraint("delta <> 0", name="delta"),
        {"schema": SCHEMA},
    )

    at: Mapped[datetime.datetime] = mapped_column(server_default=text("now()"))
    date: Mapped[datetime.date]
    user_id: Mapped[int | None] = mapped_column(BigInteger)
    account_id: Mapped[int] = mapped_column(ForeignKey("finance.account.id"))
    document: Mapped[str]
    document_id: Mapped[int] = mapped_column(BigInteger)
    number: Mapped[str]
    delta: Mapped[Amount]
    balance_after: Mapped[Amount | None]


class Payment(Owned, Searched, Base):
    """A payment (回款记录) of a customer, posted at once; undone only by its reversal."""

    __tablename__ = "payment"
    __table_args__ = (
        Index("ix_payment_number", "number", unique=True),
        Index(
            "ix_payment_date",
            "date",
            "id",
            postgresql_include=["owner_id", "customer_id", "amount", "branch_id"],
        ),
        Index("ix_payment_owner", "owner_id", "date", "id"),
        Index("ix_payment_customer", "customer_id", "date"),
        CheckConstraint(
            "amount <> 0 AND sign(amount) = sign(amount + rounding + exchange_difference)", name="amount"
        ),
        CheckConstraint(
            "charge = 0 OR sign(charge) = sign(amount) AND abs(charge) < abs(amount)", name="charge"
        ),
        CheckConstraint("(currency IS NULL) = (currency_amount IS NULL)", name="currency_amount"),
        CheckConstraint("(currency IS NULL) = (rate IS NULL)", name="rate"),
        CheckConstraint("state IN ('posted', 'reversed')", name="state"),
        {"schema": SCHEMA},
    )

    number: Mapped[str]
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.customer.id"))
    customer_name: Mapped[str]
    date: Mapped[datetime.date] = mapped_column(server_default=TODAY)
    amount: Mapped[Amount]
    """What the payer gave, in CNY."""
    charge: Mapped[Amount] = mapped_column(server_default=text("0"))
    """What the bank kept of it (手续费): the account gets that much less, the customer owes no more for it."""
    rounding: Mapped[Amount] = mapped_column(server_default=text("0"))
    """Rounding difference (尾差) that is let go, or kept where negative."""
    currency: Mapped[str | None] = choice("currency", name="currency")
    """None for CNY."""
    currency_amount: Mapped[Amount | None]
    """What was given in that currency; ``amount`` is its value at ``rate``."""
    rate: Mapped[Decimal | None] = mapped_column(Numeric(14, 6))
    exchange_difference: Mapped[Amount] = mapped_column(server_default=text("0"))
    """What the customer is credited beyond the value at the day's rate (汇兑差额); negative for less."""
    credited: Mapped[Amount] = mapped_column(
        Computed("amount + rounding + exchange_difference", persisted=True)
    )
    """By how much the customer owes less; what orders can take."""
    account_id: Mapped[int] = mapped_column(ForeignKey("finance.account.id"))
    kind: Mapped[str | None] = choice("payment_kind", name="kind")
    payer: Mapped[str | None]
    reference: Mapped[str | None]
    """Number of the bank slip or the mobile payment."""
    remark: Mapped[str | None]
    handled_by: Mapped[int | None] = mapped_column(ForeignKey("organisation.user.id"))
    """Who took the money (经手人), where that is not who entered it."""
    state: Mapped[str] = mapped_column(server_default=text("'posted'"))
    reverses_id: Mapped[int | None] = mapped_column(ForeignKey("finance.payment.id"))
    print_count: Mapped[int] = mapped_column(Integer, server_default=text("0"))


class Rate(Recorded, Base):
    """How many CNY one unit of a currency is worth from a day on, until the next one (汇率)."""

    __tablename__ = "rate"
    __table_args__ = (
        # In use only: a rate that was thrown away must not keep the right one out.
        Index(
            "uq_rate_currency_date",
            "currency",
            "date",
            unique=True,
            postgresql_where=text("deleted_at IS NULL"),
        ),
        CheckConstraint("rate > 0", name="rate"),
        {"schema": SCHEMA},
    )

    currency: Mapped[str] = choice("currency", name="currency")
    date: Mapped[datetime.date] = mapped_column(server_default=TODAY)
    rate: Mapped[Decimal] = mapped_column(Numeric(14, 6))


class Allocation(Base):
    """Which part of a payment pays which order; an advance may come to the same order in several parts."""

    __tablename__ = "allocation"
    __table_args__ = (
        Index("ix_allocation_payment", "payment_id", "order_id"),
        Index("ix_allocation_order", "order_id"),
        CheckConstraint("amount <> 0", name="amount"),
        {"schema": SCHEMA},
    )

    payment_id: Mapped[int] = mapped_column(ForeignKey("finance.payment.id"))
    order_id: Mapped[int] = mapped_column(ForeignKey("sales.order.id"))
    owner_id: Mapped[int] = mapped_column(BigInteger)
    """The payment's owner."""
    amount: Mapped[Amount]


class Ledger(Base):
    """What customers owe, movement by movement: orders add, payments take off. Append only."""

    __tablename__ = "ledger"
    __table_args__ = (
        # with whose it is, which the policy asks: a customer's ledger is counted without reading its rows
        Index("ix_ledger_customer", "customer_id", "id", postgresql_include=["owner_id"]),
        Index("ix_ledger_document", "document", "document_id"),
        {"schema": SCHEMA},
    )

    at: Mapped[datetime.datetime] = mapped_column(server_default=text("now()"))
    date: Mapped[datetime.date]
    user_id: Mapped[int | None] = mapped_column(BigInteger)
    owner_id: Mapped[int] = mapped_column(BigInteger)
    """Owner of the customer when it was written; follows a transfer."""
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.customer.id"))
    kind: Mapped[str]
    """order, payment or issue: which figure of customers.balance it changes."""
    document: Mapped[str]
    document_id: Mapped[int] = mapped_column(BigInteger)
    number: Mapped[str]
    delta: Mapped[Amount]
    """Change of what is owed; 0 for goods issued."""
    moved: Mapped[Amount]
    """Amount of the document itself."""
    receivable_after: Mapped[Amount | None]
