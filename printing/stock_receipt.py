"""The stock receipt (入库单): what it says, in which order, how wide its columns are.

Before the keeper has received the goods it is the list that he checks them against.
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
    "product_number": 14,
    "name": 30,
    "model": 24,
    "unit": 7,
    "packs": 15,
    "quantity": 11,
    "price": 12,
    "amount": 14,
    "remark": 13,
}
"""Widths of the table's columns relative to each other."""
COSTS: Final = ("price", "amount")


@dataclass(frozen=True, slots=True)
class StockReceiptData:
    """What a stock receipt is printed from. A line's ``price`` is its cost per unit, ``amount`` the value of goods."""

    number: str
    date: date
    company: Company
    warehouse: str
    lines: tuple[GoodsLine, ...]
    supplier: str = ""
    kind: str = ""
    """Where the goods come from, as shown."""
    prepared_by: str = ""
    keeper: str = ""
    remarks: str = ""
    notice: str = ""
    show_costs: bool = False
    print_count: int = 0


def stock_receipt(data: StockReceiptData) -> Document:
    """The document of ``data``, in the language in force."""
    table = goods_table(
        data.lines,
        COLUMN_WIDTHS,
        titles={"price": tr("Unit cost"), "amount": tr("Value of goods")},
        without=() if data.show_costs else COSTS,
    )
    return Document(
        kind="stock_receipt",
        title=tr("Stock receipt"),
        number=data.number,
        date=data.date,
        company=data.company,
        fields=(
            Field("supplier", tr("Supplier"), data.supplier, span=6),
            Field("warehouse", tr("Warehouse"), data.warehouse, keep=True),
            Field("receipt_kind", tr("Kind of receipt"), data.kind),
        ),
        columns=table.columns,
        hidden=table.hidden,
        rows=table.rows,
        remarks=data.remarks,
        notice=data.notice,
        signatures=(
            Signature(tr("Prepared by"), data.prepared_by),
            Signature(tr("Checked by")),
            Signature(tr("Warehouse keeper"), data.keeper),
            Signature(tr("Date")),
        ),
        code=Code.QR,
        print_count=data.print_count,
    )
