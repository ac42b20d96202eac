"""Writing of payments, through the posting functions of the database (models/sql/finance)."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from decimal import Decimal

from services.commands import Changes, Work


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
) -> Changes:
    """Post money received from a customer into an account; ``orders`` are pairs of order and the part it pays.

    Refused beyond what is unpaid of an order. What is not given to an order stays as the customer's advance.
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
    )


def use_advance(work: Work, *, payment_id: int, orders: Sequence[tuple[int, Decimal]]) -> Changes:
    """Give what is left of an advance to orders of the same customer; no money moves.

    Refused beyond what is left of the payment, and beyond what is unpaid of an order.
    """
    return work.post("finance.use_advance", payment_id=payment_id, orders=orders)
