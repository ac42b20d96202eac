"""What the cashier's screens ask: open orders and advances of a customer, accounts, payments."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from models.customers import Balance as CustomerBalance
from models.customers import Customer
from models.finance import Account, AccountBalance, Allocation, Payment, Rate
from models.sales import Order
from services.errors import NotAvailable
from services.language import mark
from services.organisation.sender import Sender, sender_of

ZERO: Final = Decimal("0.00")
MOST_RATES: Final = 5000
"""Years of daily rates of the few currencies that an office has."""
Rates = Mapping[str, Sequence[tuple[datetime.date, Decimal]]]
"""Currency to its rates: from which day, CNY for one unit; the newest first."""


@dataclass(frozen=True, slots=True)
class OpenOrder:
    """A confirmed order that is not fully paid."""

    id: int
    number: str
    date: datetime.date
    due_on: datetime.date | None
    subject: str
    gross: Decimal
    received: Decimal

    @property
    def open(self) -> Decimal:
        """What is unpaid."""
        return self.gross - self.received


@dataclass(frozen=True, slots=True)
class Advance:
    """A payment of which something is not given to any order yet (预收)."""

    payment_id: int
    number: str
    date: datetime.date
    left: Decimal


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account to choose."""

    id: int
    name: str
    kind: str
    balance: Decimal | None
    """None without the right to see it."""


@dataclass(frozen=True, slots=True)
class Debtor:
    """A customer with what he owes."""

    id: int
    name: str
    receivable: Decimal
    orders: tuple[OpenOrder, ...]
    """Oldest first."""
    advances: tuple[Advance, ...]


@dataclass(frozen=True, slots=True)
class AllocationRow:
    """The part of a payment that paid one order."""

    order_id: int
    number: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class PaymentRecord:
    """A payment as it is stored."""

    id: int
    number: str
    date: datetime.date
    customer_id: int
    customer: str
    amount: Decimal
    charge: Decimal
    rounding: Decimal
    currency: str | None
    currency_amount: Decimal | None
    rate: Decimal | None
    exchange_difference: Decimal
    credited: Decimal
    """By how much the customer owes less."""
    reverses: tuple[int, str] | None
    """Id and number of the payment whose mirror image this one is."""
    account: str
    kind: str | None
    payer: str
    reference: str
    remark: str
    state: str
    handled_by: int | None
    """Who took the money: named, or whoever entered it."""
    created_by: int | None
    created_at: datetime.datetime
    print_count: int
    sender: Sender
    """Whose paper the receipt is printed on."""
    allocations: tuple[AllocationRow, ...]

    @property
    def advance(self) -> Decimal:
        """What no order has taken yet."""
        return self.credited - sum((part.amount for part in self.allocations), ZERO)


def share_out(amount: Decimal, orders: Sequence[OpenOrder]) -> dict[int, Decimal]:
    """``amount`` given to ``orders`` in their order, each up to what is open; what is left is an advance.

    >>> share_out(Decimal(0), [])
    {}
    """
    parts: dict[int, Decimal] = {}
    for order in orders:
        part = min(amount, order.open)
        if part > 0:
            parts[order.id] = part
            amount -= part
    return parts


def accounts(session: Session) -> tuple[AccountRow, ...]:
    """Accounts that are in use, in the office's order."""
    rows = session.execute(
        select(Account.id, Account.name, Account.kind, AccountBalance.balance)
        .outerjoin(AccountBalance, AccountBalance.id == Account.id)
        .where(Account.active, Account.deleted_at.is_(None))
        .order_by(Account.position, Account.id)
    )
    return tuple(AccountRow(row.id, row.name, row.kind, row.balance) for row in rows)


def rates(session: Session) -> Rates:
    """The exchange rates of every currency, the newest first; MOST_RATES at most."""
    found: dict[str, list[tuple[datetime.date, Decimal]]] = {}
    for row in session.execute(
        select(Rate.currency, Rate.date, Rate.rate)
        .where(Rate.deleted_at.is_(None))
        .order_by(Rate.date.desc())
        .limit(MOST_RATES)
    ):
        found.setdefault(row.currency, []).append((row.date, row.rate))
    return found


def rate_on(known: Rates, currency: str, day: datetime.date) -> Decimal | None:
    """What one unit of ``currency`` was worth in CNY on ``day``: the newest rate from that day or before."""
    return next((rate for since, rate in known.get(currency, ()) if since <= day), None)


def debtor(session: Session, customer_id: int) -> Debtor:
    """What a customer owes and has paid ahead; NotAvailable where the user does not see him."""
    row = session.execute(
        select(Customer.id, Customer.name, CustomerBalance.receivable)
        .outerjoin(CustomerBalance, CustomerBalance.id == Customer.id)
        .where(Customer.id == customer_id)
    ).first()
    if row is None:
        raise NotAvailable(mark("That record is not available."))
    return Debtor(
        row.id,
        row.name,
        row.receivable or ZERO,
        open_orders(session, customer_id),
        advances(session, customer_id),
    )


def open_orders(session: Session, customer_id: int) -> tuple[OpenOrder, ...]:
    """Confirmed orders of a customer that are not fully paid, the oldest first."""
    rows = session.execute(
        select(Order.id, Order.number, Order.date, Order.due_on, Order.subject, Order.gross, Order.received)
        .where(
            Order.customer_id == customer_id,
            Order.state == "confirmed",
            Order.deleted_at.is_(None),
            Order.received < Order.gross,
        )
        .order_by(Order.date, Order.id)
    )
    return tuple(
        OpenOrder(row.id, row.number, row.date, row.due_on, row.subject or "", row.gross, row.received)
        for row in rows
    )


def advances(session: Session, customer_id: int) -> tuple[Advance, ...]:
    """Payments of a customer with something left that no order has taken, the oldest first."""
    given = (
        select(func.coalesce(func.sum(Allocation.amount), 0))
        .where(Allocation.payment_id == Payment.id)
        .scalar_subquery()
    )
    left = (Payment.credited - given).label("left_over")
    rows = session.execute(
        select(Payment.id, Payment.number, Payment.date, left)
        .where(Payment.customer_id == customer_id, Payment.state == "posted", Payment.credited > given)
        .order_by(Payment.date, Payment.id)
    )
    return tuple(Advance(row.id, row.number, row.date, row.left_over) for row in rows)


def read_payment(session: Session, payment_id: int) -> PaymentRecord:
    """One payment with the orders that it paid; NotAvailable where the user sees none."""
    undone = aliased(Payment)
    row = session.execute(
        select(Payment, Account.name.label("account"), undone.number.label("reverses"))
        .outerjoin(Account, Account.id == Payment.account_id)
        .outerjoin(undone, undone.id == Payment.reverses_id)
        .where(Payment.id == payment_id, Payment.deleted_at.is_(None))
    ).first()
    if row is None:
        raise NotAvailable(mark("That record is not available."))
    paid: Payment = row.Payment
    parts = session.execute(
        select(
            Allocation.order_id,
            func.coalesce(Order.number, "").label("number"),
            func.sum(Allocation.amount).label("amount"),
        )
        .outerjoin(Order, Order.id == Allocation.order_id)
        .where(Allocation.payment_id == payment_id)
        .group_by(Allocation.order_id, Order.number)
        .order_by(Allocation.order_id)
    )
    return PaymentRecord(
        id=paid.id,
        number=paid.number,
        date=paid.date,
        customer_id=paid.customer_id,
        customer=paid.customer_name,
        amount=paid.amount,
        charge=paid.charge,
        rounding=paid.rounding,
        currency=paid.currency,
        currency_amount=paid.currency_amount,
        rate=paid.rate,
        exchange_difference=paid.exchange_difference,
        credited=paid.credited,
        reverses=None if paid.reverses_id is None else (paid.reverses_id, row.reverses or ""),
        account=row.account or "",
        kind=paid.kind,
        payer=paid.payer or "",
        reference=paid.reference or "",
        remark=paid.remark or "",
        state=paid.state,
        handled_by=paid.handled_by or paid.created_by,
        created_by=paid.created_by,
        created_at=paid.created_at,
        print_count=paid.print_count,
        sender=sender_of(session, paid.branch_id),
        allocations=tuple(AllocationRow(part.order_id, part.number, part.amount) for part in parts),
    )
