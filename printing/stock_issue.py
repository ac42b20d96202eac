"""The stock issue (出库单): what it says, in which order, how wide its columns are.

Before the keeper has counted it is his picking list, with room to write what he finds.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from printing.document import Code, Company, Document, Field, Signature
from printing.goods import GoodsLine, goods_table
from services.language import tr

COLUMN_WIDTHS: Final = {
    "position": 7,
    "bin": 11,
    "product_number": 15,
    "name": 29,
    "model": 24,
    "unit": 7,
    "order_number": 26,
    "packs": 12,
    "quantity": 11,
    "counted": 11,
    "remark": 11,
}
"""Widths of the table's columns relative to each other."""


@dataclass(frozen=True, slots=True)
class StockIssueData:
    """What a stock issue is printed from. A line's ``quantity`` is what was asked for, ``counted`` what left."""

    number: str
    date: date
    company: Company
    warehouse: str
    lines: tuple[GoodsLine, ...]
    customer: str = ""
    kind: str = ""
    """What the goods leave for, as shown."""
    prepared_by: str = ""
    keeper: str = ""
    remarks: str = ""
    notice: str = ""
    print_count: int = 0


def stock_issue(data: StockIssueData) -> Document:
    """The document of ``data``, in the language in force."""
    table = goods_table(data.lines, COLUMN_WIDTHS)
    return Document(
        kind="stock_issue",
        title=tr("Stock issue"),
        number=data.number,
        date=data.date,
        company=data.company,
        fields=(
            # no party, whose name is always printed: goods also leave for no customer
            Field("customer", tr("Customer"), data.customer, span=6),
            Field("warehouse", tr("Warehouse"), data.warehouse, keep=True),
            Field("issue_kind", tr("Kind of issue"), data.kind),
        ),
        columns=table.columns,
        hidden=table.hidden,
        rows=table.rows,
        remarks=data.remarks,
        notice=data.notice,
        signatures=(
            Signature(tr("Prepared by"), data.prepared_by),
            Signature(tr("Warehouse keeper"), data.keeper),
            Signature(tr("Collected by (signature)")),
            Signature(tr("Date")),
        ),
        code=Code.QR,
        print_count=data.print_count,
    )
