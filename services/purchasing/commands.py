"""Writing of purchase requests, through the posting functions of the database (models/sql/purchasing)."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType

from services.commands import Changes, Work
from services.products.packs import PackUnit, said_with


def request_for_order(
    work: Work,
    *,
    order_id: int,
    lines: Sequence[tuple[int, Decimal]],
    packs: Mapping[int, PackUnit] = MappingProxyType({}),
    wanted_on: datetime.date | None = None,
    remark: str = "",
) -> Changes:
    """Ask purchasing for what is short of an order: pairs of order line and quantity; one request per line (SAL-09).

    Quantities are in the product's own unit; ``packs`` says, by order line, in which pack it is to be bought, where
    that is not the line's own. Without ``wanted_on`` the order's required day is taken. The result holds
    ``requests``, how many were written.
    """
    return work.post(
        "purchasing.request_for_order",
        order_id=order_id,
        lines=said_with(lines, packs),
        wanted_on=wanted_on,
        remark=remark or None,
    )


def request_for_issue(
    work: Work,
    *,
    issue_id: int,
    lines: Sequence[tuple[int, Decimal]],
    wanted_on: datetime.date | None = None,
    remark: str = "",
) -> Changes:
    """Ask purchasing for what the keeper found missing: pairs of line of the stock issue and quantity (DLV-02)."""
    return work.post(
        "purchasing.request_for_issue",
        issue_id=issue_id,
        lines=lines,
        wanted_on=wanted_on,
        remark=remark or None,
    )


def step_request(work: Work, *, request_ids: Sequence[int], to: str) -> Changes:
    """Take requests one legal step on: ordered, closed or open again (models.purchasing.REQUEST_TRANSITIONS)."""
    return work.post("purchasing.step_request", request_ids=list(request_ids), to=to)
