"""Writing of payments, through the posting functions of the database (models/sql/finance)."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from decimal import Decimal

from services.commands import Changes, Work
from services.money import ZERO


def post_payment(
    work: Work,
    *,
    customer_id: int,
    account_id: int,
    amount: Decimal,
    date: datetime.date,
    orders: Sequence[tuple[int, Decimal]] = (),
    kind: str | None = None,
    payer: str | None = None,
    reference: str | None = None,
    remark: str | None = None,
    charge: Decimal = ZERO,
    rounding: Decimal = ZERO,
    currency: str | None = None,
    currency_amount: Decimal | None = None,
    rate: Decimal | None = None,
    exchange_difference: Decimal = ZERO,
    handled_by: int | None = None,
) -> Changes:
    """Post money received from a customer into an account; ``orders`` are pairs of order and the part it pays.

    The account gets ``amount`` less the bank's ``charge``; the customer owes ``amount + rounding +
    exchange_difference`` less. In another currency ``amount`` is ``currency_amount`` at ``rate`` (None: the day's),
    whatever was given. Refused beyond what is unpaid of an order, and beyond the limits of rounding and exchange
    difference. What is not given to an order stays as the customer's advance. ``handled_by`` took the money, None:
    whoever posts.
    """
    return work.post(
        "finance.post_payment",
        customer_id=customer_id,
        account_id=account_id,
        amount=amount,
        date=date,
        orders=orders,
        kind=kind,
        payer=payer,
        reference=reference,
        remark=remark,
        charge=charge,
        rounding=rounding,
        currency=currency,
        currency_amount=currency_amount,
        rate=rate,
        exchange_difference=exchange_difference,
        handled_by=handled_by,
    )


def reverse_payment(work: Work, *, payment_id: int, reason: str) -> Changes:
    """Undo a payment by its mirror image; the orders that it paid are unpaid again. ``id`` is the mirror's."""
    return work.post("finance.reverse_payment", payment_id=payment_id, reason=reason)


def use_advance(work: Work, *, payment_id: int, orders: Sequence[tuple[int, Decimal]]) -> Changes:
    """Give what is left of an advance to orders of the same customer; no money moves.

    Refused beyond what is left of the payment, and beyond what is unpaid of an order.
    """
    return work.post("finance.use_advance", payment_id=payment_id, orders=orders)
