"""Writing of dispatch notices and delivery notes, through the posting functions in models/sql/delivery."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

from services.commands import Changes, Work
from services.errors import Invalid
from services.language import mark
from services.products.packs import PackUnit, said_with


@dataclass(frozen=True, slots=True)
class NoteInput:
    """What is typed on a delivery note. ``weight`` in kilograms, ``freight`` in CNY."""

    consignee: str = ""
    phone: str = ""
    address: str = ""
    way: str | None = None
    carrier: str = ""
    tracking_number: str = ""
    freight: Decimal = Decimal(0)
    freight_paid_by: str = "us"
    parcels: int | None = None
    weight: Decimal | None = None
    remark: str = ""


def make_dispatch(
    work: Work,
    *,
    warehouse_id: int,
    lines: Sequence[tuple[int, Decimal]],
    packs: Mapping[int, PackUnit] = MappingProxyType({}),
    wanted_on: datetime.date | None = None,
    remark: str = "",
) -> Changes:
    """Tell a warehouse which goods of a customer's orders may leave: pairs of order line and quantity (DLV-01).

    ``packs`` says, by order line, in which pack the quantity was typed where that is not the line's own. Refused
    beyond what is open, unless the company allows over-delivery. Result: ``number``.
    """
    return work.post(
        "delivery.make_dispatch",
        warehouse_id=warehouse_id,
        lines=said_with(lines, packs),
        wanted_on=wanted_on,
        remark=remark or None,
    )


def issue_dispatch(
    work: Work,
    *,
    warehouse_id: int,
    lines: Sequence[tuple[int, Decimal]],
    packs: Mapping[int, PackUnit] = MappingProxyType({}),
    remark: str = "",
) -> Changes:
    """A stock issue of what dispatch notices let leave: pairs of line of a notice and quantity (DLV-02).

    Several notices and orders of one customer fit in one issue; its id is the result's. ``packs`` as in
    ``make_dispatch``, by line of the notice.
    """
    return work.post(
        "delivery.issue_dispatch",
        warehouse_id=warehouse_id,
        lines=said_with(lines, packs),
        remark=remark or None,
    )


def end_dispatch(work: Work, *, dispatch_id: int) -> Changes:
    """Take back what has not left yet of a dispatch notice; it is open on the orders again."""
    return work.post("delivery.end_dispatch", dispatch_id=dispatch_id)


def make_note(work: Work, *, issue_id: int, way: str | None = None) -> Changes:
    """The note that travels with the goods of a stock issue; one per issue.

    Made before the keeper has counted, it waits for him and gets its lines then.
    """
    return work.post("delivery.make_note", issue_id=issue_id, way=way)


def save_note(work: Work, *, note_id: int, version: int, note: NoteInput) -> Changes:
    """Change what is typed on a note that is still at ``version``. The result holds the new ``version``."""
    if note.freight < 0:
        raise Invalid(mark("This must not be below zero."), field="freight")
    if note.parcels is not None and note.parcels < 0:
        raise Invalid(mark("This must not be below zero."), field="parcels")
    if note.weight is not None and note.weight < 0:
        raise Invalid(mark("This must not be below zero."), field="weight")
    return work.post(
        "delivery.save_note",
        note_id=note_id,
        version=version,
        consignee=note.consignee or None,
        phone=note.phone or None,
        address=note.address or None,
        way=note.way,
        carrier=note.carrier or None,
        tracking_number=note.tracking_number or None,
        freight=note.freight,
        freight_paid_by=note.freight_paid_by,
        parcels=note.parcels,
        weight=note.weight,
        remark=note.remark or None,
    )


def step_note(work: Work, *, note_id: int, to: str, signed_by: str = "") -> Changes:
    """Take a note one legal step on: shipped, signed or cancelled (models.delivery.NOTE_TRANSITIONS)."""
    return work.post("delivery.step_note", note_id=note_id, to=to, signed_by=signed_by or None)
