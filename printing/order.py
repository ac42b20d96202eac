"""The order (订单): what it says, in which order, how wide its columns are."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from printing.document import Code, Company, Document, Field, Kind, Party, Signature
from printing.goods import GoodsLine, goods_table
from services.language import tr

COLUMN_WIDTHS: Final = {
    "position": 7,
    "product_number": 14,
    "name": 28,
    "model": 24,
    "unit": 7,
    "quantity": 11,
    "price": 12,
    "discount": 9,
    "amount": 14,
    "remark": 12,
}
"""Widths of the table's columns relative to each other. Discounts are printed where a line has one."""
HUNDRED: Final = Decimal(100)


@dataclass(frozen=True, slots=True)
class OrderData:
    """What an order is printed from. Amounts in CNY; ``discount_rate`` in %, 100 is none off."""

    number: str
    date: datetime.date
    company: Company
    customer: str
    lines: tuple[GoodsLine, ...]
    gross: Decimal
    """What the customer pays."""
    tax: Decimal = Decimal(0)
    discount_rate: Decimal = HUNDRED
    deduction: Decimal = Decimal(0)
    freight: Decimal = Decimal(0)
    rounding: Decimal = Decimal(0)
    adjustment: Decimal = Decimal(0)
    """What a total typed by hand differs from the calculated one."""
    received: Decimal = Decimal(0)
    subject: str = ""
    contact: str = ""
    consignee: str = ""
    phone: str = ""
    address: str = ""
    required_on: datetime.date | None = None
    payment_method: str = ""
    due_on: datetime.date | None = None
    warehouse: str = ""
    salesperson: str = ""
    remarks: str = ""
    notice: str = ""
    print_count: int = 0


def order_document(data: OrderData) -> Document:
    """The document of ``data``, in the language in force."""
    discounted = any(line.discount not in (None, HUNDRED) for line in data.lines)
    table = goods_table(data.lines, COLUMN_WIDTHS, without=() if discounted else ("discount",))
    return Document(
        kind="order",
        title=tr("Sales order"),
        number=data.number,
        date=data.date,
        company=data.company,
        parties=(_customer(data),),
        fields=_fields(data),
        columns=table.columns,
        hidden=table.hidden,
        rows=table.rows,
        amount=data.gross,
        totals=_totals(data),
        remarks=data.remarks,
        notice=data.notice,
        signatures=(
            Signature(tr("Salesperson"), data.salesperson),
            Signature(tr("Checked by")),
            Signature(tr("Customer (signature)")),
            Signature(tr("Date")),
        ),
        code=Code.QR,
        print_count=data.print_count,
    )


def _customer(data: OrderData) -> Party:
    return Party(
        key="customer",
        label=tr("Customer"),
        name=data.customer,
        contact_label=tr("Consignee"),
        contact=data.consignee or data.contact,
        phone=data.phone,
        address_label=tr("Delivery address"),
        address=data.address,
    )


def _fields(data: OrderData) -> tuple[Field, ...]:
    return (
        Field("subject", tr("Subject"), data.subject, span=6),
        Field("required_on", tr("Required on"), data.required_on, Kind.DATE),
        Field("payment_method", tr("Payment method"), data.payment_method),
        Field("due_on", tr("Due on"), data.due_on, Kind.DATE),
        Field("warehouse", tr("Warehouse"), data.warehouse),
    )


def _totals(data: OrderData) -> tuple[Field, ...]:
    """What stands between the sum of the lines and what is paid; only what is there."""
    rate = data.discount_rate if data.discount_rate != HUNDRED else None
    found = (
        Field("discount_rate", tr("Discount on the whole"), rate, Kind.PERCENT),
        Field("deduction", tr("Deduction"), -data.deduction if data.deduction else None, Kind.AMOUNT),
        Field("freight", tr("Freight"), data.freight or None, Kind.AMOUNT),
        Field("rounding", tr("Rounding"), data.rounding or None, Kind.AMOUNT),
        Field("adjustment", tr("Adjusted by hand"), data.adjustment or None, Kind.AMOUNT),
        Field("tax", tr("Tax contained"), data.tax or None, Kind.AMOUNT),
        Field("received", tr("Received"), data.received or None, Kind.AMOUNT),
    )
    return tuple(field for field in found if field.value is not None)
