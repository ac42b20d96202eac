"""The dispatch notice (发货通知单): what it says, in which order, how wide its columns are.

It goes to the warehouse: goods and quantities, where to and when, never a price.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Final

from printing.document import Code, Company, Document, Field, Kind, Party, Signature
from printing.goods import GoodsLine, goods_table
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
    table = goods_table(data.lines, COLUMN_WIDTHS, titles={"counted": tr("Has left")})
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
        columns=table.columns,
        hidden=table.hidden,
        rows=table.rows,
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
