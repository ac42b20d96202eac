"""The delivery note (发货单): what it says, in which order, how wide its columns are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from printing.document import Code, Company, Document, Field, Kind, Party, Signature
from printing.goods import GoodsLine, goods_table
from services.language import tr

COLUMN_WIDTHS: Final = {
    "position": 7,
    "product_number": 14,
    "name": 29,
    "model": 24,
    "unit": 7,
    "quantity": 11,
    "price": 12,
    "amount": 14,
    "remark": 13,
}
"""Widths of the table's columns relative to each other, on every paper and in Excel. Those of columns that
are not printed (hidden prices) go to the rest."""
PRICES: Final = ("price", "amount")


@dataclass(frozen=True, slots=True)
class DeliveryNoteData:
    """What a delivery note is printed from. ``weight`` is in kilograms, ``freight`` in CNY."""

    number: str
    date: date
    company: Company
    customer: str
    lines: tuple[GoodsLine, ...]
    consignee: str = ""
    phone: str = ""
    address: str = ""
    carrier: str = ""
    way: str = ""
    """How it travels, as shown: express, road freight, collected."""
    freight: Decimal | None = None
    freight_payer: str = ""
    """Who pays the freight, as shown."""
    parcels: int | None = None
    weight: Decimal | None = None
    tracking_number: str = ""
    order_numbers: tuple[str, ...] = ()
    stock_issue_number: str = ""
    prepared_by: str = ""
    remarks: str = ""
    notice: str = ""
    copies: tuple[str, ...] = ()
    show_prices: bool = True
    print_count: int = 0


def delivery_note(data: DeliveryNoteData) -> Document:
    """The document of ``data``, in the language in force."""
    table = goods_table(data.lines, COLUMN_WIDTHS, without=() if data.show_prices else PRICES)
    amounts = [line.amount for line in data.lines if line.amount is not None]
    return Document(
        kind="delivery_note",
        title=tr("Delivery note"),
        number=data.number,
        date=data.date,
        company=data.company,
        parties=(_customer(data),),
        fields=_fields(data),
        columns=table.columns,
        hidden=table.hidden,
        rows=table.rows,
        # goods that no order sold have no amount: nothing is owed then, which is not 0.00 in capitals
        amount=sum(amounts, Decimal(0)) if data.show_prices and amounts else None,
        remarks=data.remarks,
        notice=data.notice,
        signatures=(
            Signature(tr("Prepared by"), data.prepared_by),
            Signature(tr("Dispatched by")),
            Signature(tr("Carried by")),
            Signature(tr("Received by (signature)")),
            Signature(tr("Received on")),
        ),
        copies=data.copies,
        code=Code.QR,
        print_count=data.print_count,
    )


def _customer(data: DeliveryNoteData) -> Party:
    return Party(
        key="customer",
        label=tr("Customer"),
        name=data.customer,
        contact_label=tr("Consignee"),
        contact=data.consignee,
        phone=data.phone,
        address_label=tr("Delivery address"),
        address=data.address,
    )


def _fields(data: DeliveryNoteData) -> tuple[Field, ...]:
    """Carrier and tracking number stay on paper even when empty: they are often written by hand."""
    weight = None if data.weight is None else tr("{weight} kg", weight=f"{data.weight.normalize():f}")
    freight = f"{data.freight:,.2f}" if data.freight is not None else ""
    return (
        Field("order_numbers", tr("Order number"), ", ".join(data.order_numbers)),
        Field("stock_issue_number", tr("Stock issue number"), data.stock_issue_number),
        Field("carrier", tr("Carrier"), data.carrier, span=2, keep=True),
        Field("tracking_number", tr("Tracking number"), data.tracking_number, keep=True),
        Field("way", tr("Way of delivery"), data.way, span=2),
        Field("freight", tr("Freight"), " ".join(filter(None, (freight, data.freight_payer))), span=2),
        Field("parcels", tr("Parcels"), data.parcels, Kind.INTEGER, span=1),
        Field("weight", tr("Weight"), weight, span=1),
    )
