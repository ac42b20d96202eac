"""Writing of stock documents, through the posting functions of the database (models/sql/stock)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from services.commands import Changes, Work


def make_issue(
    work: Work, *, warehouse_id: int, lines: Sequence[tuple[int, Decimal]], remark: str = ""
) -> Changes:
    """Ask a warehouse for goods of orders of one customer: pairs of order line and quantity (SAL-09).

    Refused beyond what is open. The issue is a draft until the keeper has counted and posted it.
    """
    return work.post("stock.make_issue", warehouse_id=warehouse_id, lines=lines, remark=remark or None)
