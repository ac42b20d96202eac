"""Writing of stock documents, through the posting functions of the database (models/sql/stock)."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from services.commands import Changes, Work
from services.errors import Invalid
from services.language import mark
from services.products.packs import PackUnit, said_with
from services.records import create, update_record
from services.stock.entities import WAREHOUSE_ENTITY


@dataclass(frozen=True, slots=True)
class ReceiptLineInput:
    """One line to receive. ``unit_cost`` None keeps the cost of the draft, or takes the product's cost price.

    ``id`` is that of the stored line which it changes; ``pack`` what its quantity, which is in the product's own unit,
    was typed in.
    """

    product_id: int
    quantity: Decimal
    unit_cost: Decimal | None = None
    remark: str = ""
    pack: PackUnit | None = None
    id: int | None = None

    def as_json(self) -> dict[str, Any]:
        """The shape that stock.save_receipt takes."""
        return {
            "id": self.id,
            "product_id": self.product_id,
            "quantity": self.quantity,
            "unit_cost": self.unit_cost,
            "remark": self.remark or None,
            "pack_unit": self.pack and self.pack.name,
            "pack_factor": self.pack and self.pack.factor,
        }


def save_receipt(
    work: Work,
    *,
    warehouse_id: int | None,
    lines: Sequence[ReceiptLineInput],
    kind: str = "other",
    date: datetime.date | None = None,
    supplier_id: int | None = None,
    remark: str = "",
    receipt_id: int | None = None,
    version: int | None = None,
) -> Changes:
    """Save a stock receipt as a draft; ``receipt_id`` and ``version`` change one that exists (STK-03).

    Purchasing may announce goods to any warehouse; its keeper confirms them (STK-04). The result holds ``version``.
    """
    if warehouse_id is None:
        raise Invalid(mark("Choose the warehouse."), field="warehouse_id")
    return work.post(
        "stock.save_receipt",
        id=receipt_id,
        version=version,
        warehouse_id=warehouse_id,
        kind=kind,
        date=date,
        supplier_id=supplier_id,
        remark=remark or None,
        lines=[line.as_json() for line in lines],
    )


def post_receipt(work: Work, *, receipt_id: int, version: int | None = None) -> Changes:
    """The keeper confirms that the goods are in: balances, moving cost and journal change. Result: ``number``.

    Refused where it is not the ``version`` that he has before him.
    """
    return work.post("stock.post_receipt", receipt_id=receipt_id, version=version)


def drop_receipt(work: Work, *, receipt_id: int) -> Changes:
    """Put a receipt that was not posted into the recycle bin; its goods are not to come until it is brought back."""
    return work.post("stock.drop_receipt", receipt_id=receipt_id)


def make_issue(
    work: Work,
    *,
    warehouse_id: int,
    lines: Sequence[tuple[int, Decimal]],
    packs: Mapping[int, PackUnit] = MappingProxyType({}),
    remark: str = "",
) -> Changes:
    """Ask a warehouse for goods of orders of one customer: pairs of order line and quantity (SAL-09).

    ``packs`` says, by order line, in which pack the quantity was typed where that is not the line's own. Refused
    beyond what is open. The issue is a draft until the keeper has counted and posted it.
    """
    return work.post(
        "stock.make_issue", warehouse_id=warehouse_id, lines=said_with(lines, packs), remark=remark or None
    )


def post_issue(
    work: Work,
    *,
    issue_id: int,
    counted: Sequence[tuple[int, Decimal]],
    packs: Mapping[int, PackUnit | None] = MappingProxyType({}),
    warehouse_id: int | None = None,
    date: datetime.date | None = None,
) -> Changes:
    """The keeper confirms what left: pairs of line and counted quantity; what is short stays open on its order.

    ``packs`` says, by line, in which pack it was counted where that is not the one asked for; ``warehouse_id`` from
    which other warehouse of his the goods left (DLV-02); ``date`` the day, today without it. Refused to anybody but
    the keeper of both warehouses, and where less lies there than was counted. Result: ``number``.
    """
    return work.post(
        "stock.post_issue",
        issue_id=issue_id,
        counted=said_with(counted, packs),
        warehouse_id=warehouse_id,
        date=date,
    )


def drop_issue(work: Work, *, issue_id: int) -> Changes:
    """Put an issue that was not posted into the recycle bin; its goods are open again on their orders. It comes back
    as long as they are."""
    return work.post("stock.drop_issue", issue_id=issue_id)


def save_warehouse(
    work: Work,
    *,
    values: Mapping[str, Any],
    warehouse_id: int | None = None,
    version: int | None = None,
    keepers_added: Sequence[int] = (),
    keepers_removed: Sequence[int] = (),
    negative_allowed: bool | None = None,
) -> Changes:
    """Make a warehouse, or change one that is still at ``version``, with what changed of its keepers and of whether
    stock may go below zero (None: as it is): all of it or nothing. Conflict where somebody else was faster."""
    if warehouse_id is None:
        saved = create(work, entity=WAREHOUSE_ENTITY, values=values)
    else:
        assert version is not None
        saved = update_record(
            work, entity=WAREHOUSE_ENTITY, record_id=warehouse_id, version=version, values=values
        )
    if keepers_added or keepers_removed:
        work.part(
            "stock.set_keepers",
            warehouse_id=saved.id,
            added=list(keepers_added),
            removed=list(keepers_removed),
        )
    if negative_allowed is not None and (negative_allowed or warehouse_id is not None):
        work.part("stock.allow_negative", warehouse_id=saved.id, allowed=negative_allowed)
    # without the version: these steps may have made another
    return Changes(saved.ids)


def set_keepers(
    work: Work, *, warehouse_id: int, added: Sequence[int] = (), removed: Sequence[int] = ()
) -> Changes:
    """Say who keeps a warehouse from now on, and who no more: only keepers post there (STK-01). Others stay."""
    return work.post("stock.set_keepers", warehouse_id=warehouse_id, added=list(added), removed=list(removed))


def allow_negative(work: Work, *, warehouse_id: int, allowed: bool) -> Changes:
    """Say whether stock may go below zero in a warehouse (STK-05)."""
    return work.post("stock.allow_negative", warehouse_id=warehouse_id, allowed=allowed)


def set_bins(work: Work, *, warehouse_id: int, bins: Sequence[tuple[int, str]]) -> Changes:
    """Say where goods lie in a warehouse: pairs of product and bin, such as A-03-2; empty for none (STK-01)."""
    return work.post("stock.set_bins", warehouse_id=warehouse_id, bins=[list(each) for each in bins])


def clean_up(work: Work, *, warehouse_id: int | None = None) -> Changes:
    """Leave rows with nothing on hand, reserved or to come out of the stock list, in one warehouse or in all that
    the user keeps, until something moves them. Result: ``rows``."""
    return work.post("stock.clean_up", warehouse_id=warehouse_id)
