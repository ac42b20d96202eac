"""A stored payment as printing wants it."""

from __future__ import annotations

from collections.abc import Iterator

from printing.document import Company
from printing.payment_receipt import PaidFor, PaymentReceiptData
from services.finance.queries import PaymentRecord
from services.language import tr
from services.session import Dictionary
from services.typed import plain_digits


def payment_receipt_data(payment: PaymentRecord, dictionary: Dictionary) -> PaymentReceiptData:
    """What the paper says, in the language in force; nothing of the bank's charge, which is not the payer's."""
    sender = payment.sender
    return PaymentReceiptData(
        number=payment.number,
        date=payment.date,
        company=Company(sender.name, sender.address, sender.phone, sender.logo),
        customer=payment.customer,
        amount=payment.amount,
        parts=tuple(_parts(payment)),
        payer=payment.payer,
        kind=dictionary.label(payment.kind),
        account=payment.account,
        reference=payment.reference,
        currency=_currency(payment, dictionary),
        handled_by=dictionary.user(payment.handled_by),
        posted_by=dictionary.user(payment.created_by),
        remarks=payment.remark,
        notice=_notice(payment),
        print_count=payment.print_count,
    )


def _parts(payment: PaymentRecord) -> Iterator[PaidFor]:
    """Orders and what is ahead, less what was let go: together they are the money that was given."""
    for part in payment.allocations:
        yield PaidFor(tr("Goods of the order"), part.amount, part.number)
    for what, amount in (
        (tr("Paid in advance"), payment.advance),
        (tr("Rounding difference"), -payment.rounding),
        (tr("Exchange difference"), -payment.exchange_difference),
    ):
        if amount:
            yield PaidFor(what, amount)


def _currency(payment: PaymentRecord, dictionary: Dictionary) -> str:
    if payment.currency is None or payment.currency_amount is None or payment.rate is None:
        return ""
    return tr(
        "{currency} {amount} at {rate}",
        currency=dictionary.label(payment.currency),
        amount=f"{payment.currency_amount:,.2f}",
        rate=plain_digits(payment.rate),
    )


def _notice(payment: PaymentRecord) -> str:
    if payment.reverses is not None:
        return tr("This receipt takes back payment {number}.", number=payment.reverses[1])
    return tr("This payment was reversed: the receipt is void.") if payment.state == "reversed" else ""
