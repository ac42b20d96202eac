"""Writing of orders, through the posting functions of the database (models/sql/sales)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.commands import Changes, Work
from services.errors import Invalid
from services.language import mark


def save_order(work: Work, *, order: Mapping[str, Any]) -> Changes:
    """Save an order as a draft: head, lines and totals as sales.save_order takes them.

    With ``id`` and ``version`` it changes that draft. The result holds ``version`` and ``gross``.
    """
    if order.get("customer_id") is None:
        raise Invalid(mark("Choose the customer."), field="customer_id")
    return work.post("sales.save_order", **order)


def confirm_order(work: Work, *, order_id: int) -> Changes:
    """Make an order binding: it gets its number, its goods are reserved, the customer owes it.

    Refused below the lowest price and beyond the credit limit without the right to.
    """
    return work.post("sales.confirm_order", order_id=order_id)
