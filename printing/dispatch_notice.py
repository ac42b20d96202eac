"""The dispatch notice (发货通知单): what it says, in which order, how wide its columns are.

It goes to the warehouse: goods and quantities, where to and when, never a price.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass, replace
from typing import Final

from printing.document import Code, Company, Document, Field, Kind, Party, Signature
from printing.goods import GoodsLine, goods_columns, goods_rows, unused_packs
from services.language import tr

COLUMN_WIDTHS: Final = {
    "position": 7,
    "product_number": 14,
    "name": 31,
    "model": 24,
    "unit": 7,
    "order_number": 23,
    "packs": 12,
    "quantity": 11,
    "counted": 11,
    "remark": 12,
}
"""Widths of the table's columns relative to each other."""


@dataclass(frozen=True, slots=True)
class DispatchNoticeData:
    """What a dispatch notice is printed from. A line's ``quantity`` may leave, ``counted`` has left already."""

    number: str
    date: datetime.date
    company: Company
    customer: str
    lines: tuple[GoodsLine, ...]
    consignee: str = ""
    phone: str = ""
    address: str = ""
    warehouse: str = ""
    wanted_on: datetime.date | None = None
    order_numbers: tuple[str, ...] = ()
    salesperson: str = ""
    remarks: str = ""
    notice: str = ""
    print_count: int = 0


def dispatch_notice(data: DispatchNoticeData) -> Document:
    """The document of ``data``, in the language in force."""
    everything = tuple(
        replace(column, title=tr("Has left")) if column.key == "counted" else column
        for column in goods_columns(COLUMN_WIDTHS)
    )
    hidden = unused_packs(data.lines, everything)
    columns = tuple(column for column in everything if column not in hidden)
    if all(line.counted is None for line in data.lines):
        # room to write, hence no sum of it
        columns = tuple(replace(c, total=False) if c.key == "counted" else c for c in columns)
    return Document(
        kind="dispatch_notice",
        title=tr("Dispatch notice"),
        number=data.number,
        date=data.date,
        company=data.company,
        parties=(
            Party(
                key="customer",
                label=tr("Customer"),
                name=data.customer,
                contact_label=tr("Consignee"),
                contact=data.consignee,
                phone=data.phone,
                address_label=tr("Delivery address"),
                address=data.address,
            ),
        ),
        fields=(
            Field("warehouse", tr("Warehouse"), data.warehouse, keep=True),
            Field("wanted_on", tr("Wanted on"), data.wanted_on, Kind.DATE, keep=True),
            Field("order_numbers", tr("Order number"), ", ".join(data.order_numbers)),
        ),
        columns=columns,
        hidden=hidden,
        rows=goods_rows(data.lines, columns),
        remarks=data.remarks,
        notice=data.notice,
        signatures=(
            Signature(tr("Salesperson"), data.salesperson),
            Signature(tr("Checked by")),
            Signature(tr("Warehouse keeper")),
            Signature(tr("Date")),
        ),
        code=Code.QR,
        print_count=data.print_count,
    )
