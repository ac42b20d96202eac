"""The payment receipt (收款收据): who paid how much for what, in figures and in capitals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from printing.document import Align, Code, Column, Company, Document, Field, Kind, Party, Signature
from services.language import tr

COLUMN_WIDTHS: Final = {"position": 8, "paid_for": 50, "order_number": 42, "amount": 30}
"""Widths of the table's columns relative to each other."""


@dataclass(frozen=True, slots=True)
class PaidFor:
    """What a part of the money was paid for, as shown, and the order's number where it is one."""

    what: str
    amount: Decimal
    order_number: str = ""


@dataclass(frozen=True, slots=True)
class PaymentReceiptData:
    """What the receipt of a payment is printed from. ``parts`` add up to ``amount``, in CNY."""

    number: str
    date: date
    company: Company
    customer: str
    amount: Decimal
    parts: tuple[PaidFor, ...]
    payer: str = ""
    """Who paid, where that is not the customer."""
    kind: str = ""
    """Cash, transfer …, as shown."""
    account: str = ""
    reference: str = ""
    currency: str = ""
    """What was given in another currency, at which rate, as shown."""
    handled_by: str = ""
    posted_by: str = ""
    remarks: str = ""
    notice: str = ""
    print_count: int = 0


def payment_receipt(data: PaymentReceiptData) -> Document:
    """The document of ``data``, in the language in force."""
    titles = (
        (tr("No."), Kind.INTEGER, Align.CENTER, False),
        (tr("Paid for"), Kind.TEXT, None, False),
        (tr("Order number"), Kind.TEXT, None, False),
        (tr("Amount"), Kind.AMOUNT, None, True),
    )
    columns = tuple(
        Column(key, title, width, kind, align, total)
        for (key, width), (title, kind, align, total) in zip(COLUMN_WIDTHS.items(), titles, strict=True)
    )
    return Document(
        kind="payment_receipt",
        title=tr("Payment receipt"),
        number=data.number,
        date=data.date,
        company=data.company,
        parties=(Party("customer", tr("Received from"), data.customer),),
        fields=(
            Field("payer", tr("Payer"), data.payer),
            Field("payment_kind", tr("Kind of payment"), data.kind),
            Field("account", tr("Account"), data.account),
            Field("reference", tr("Slip number"), data.reference),
            Field("currency", tr("Other currency"), data.currency),
        ),
        columns=columns,
        rows=tuple(
            (position, part.what, part.order_number, part.amount)
            for position, part in enumerate(data.parts, start=1)
        ),
        amount=data.amount,
        remarks=data.remarks,
        notice=data.notice,
        signatures=(
            Signature(tr("Handled by"), data.handled_by),
            Signature(tr("Posted by"), data.posted_by),
            Signature(tr("Company stamp")),
            Signature(tr("Payer (signature)")),
        ),
        code=Code.QR,
        print_count=data.print_count,
    )
