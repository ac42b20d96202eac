"""What came of an order: dispatch notices, stock issues, delivery notes, payments, purchase requests (SAL-09)."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, false, func, null, select
from sqlalchemy.orm import Session

from models.delivery import Dispatch, DispatchLine, Note
from models.finance import Allocation, Payment
from models.purchasing import Request
from models.stock import Issue, IssueLine

MOST = 200
"""Documents of one kind that are read of an order; the lists of these kinds find the others."""


@dataclass(frozen=True, slots=True)
class RelatedDocument:
    """A document that came of the order."""

    entity: str
    id: int
    number: str
    """Empty for a draft."""
    date: datetime.date
    state: str
    amount: Decimal | None = None
    """What a payment gave to this order."""
    noted: bool = False
    """A stock issue that has its delivery note already."""


def related_documents(session: Session, order_id: int) -> tuple[RelatedDocument, ...]:
    """Everything that came of an order and that the user may see, kind by kind, the oldest first.

    Cost: one look-up by index for each kind.
    """
    found: list[RelatedDocument] = []
    for entity, wanted in _questions(order_id).items():
        found += [
            RelatedDocument(entity, row.id, row.number or "", row.date, row.state, row.amount, row.noted)
            for row in session.execute(wanted.limit(MOST))
        ]
    return tuple(found)


def _questions(order_id: int) -> dict[str, Select[Any]]:
    """For each kind a statement that gives id, number, date, state, amount, noted."""
    issues = select(IssueLine.issue_id).where(IssueLine.order_id == order_id)
    notices = select(DispatchLine.dispatch_id).where(DispatchLine.order_id == order_id)
    noted = select(Note.id).where(Note.issue_id == Issue.id, Note.state != "cancelled").exists()
    paid = (
        select(Allocation.payment_id, func.sum(Allocation.amount).label("amount"))
        .where(Allocation.order_id == order_id)
        .group_by(Allocation.payment_id)
        .subquery()
    )
    return {
        "delivery.dispatch": _of(Dispatch).where(Dispatch.id.in_(notices)).order_by(Dispatch.id),
        "stock.issue": _of(Issue, noted=noted).where(Issue.id.in_(issues)).order_by(Issue.id),
        "delivery.note": _of(Note).where(Note.issue_id.in_(issues)).order_by(Note.id),
        "finance.payment": _of(Payment, amount=paid.c.amount)
        .join(paid, paid.c.payment_id == Payment.id)
        .order_by(Payment.id),
        "purchasing.request": _of(Request).where(Request.order_id == order_id).order_by(Request.id),
    }


def _of(model: Any, *, amount: Any = None, noted: Any = None) -> Select[Any]:
    return select(
        model.id,
        model.number,
        model.date,
        model.state,
        (null() if amount is None else amount).label("amount"),
        (false() if noted is None else noted).label("noted"),
    ).where(model.deleted_at.is_(None))
