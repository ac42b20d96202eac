"""A stored delivery note as printing wants it: services know no paper, printing knows no database."""

from __future__ import annotations

from printing.delivery_note import DeliveryNoteData, DeliveryNoteLine
from printing.document import Company
from services.delivery.entities import FREIGHT_PAYERS
from services.delivery.queries import NoteRecord
from services.language import tr
from services.session import Dictionary


def delivery_note_data(
    note: NoteRecord, dictionary: Dictionary, *, show_prices: bool = True
) -> DeliveryNoteData:
    """What the paper says, in the language in force. The freight is left out where nothing is to be paid."""
    return DeliveryNoteData(
        number=note.number,
        date=note.date,
        company=Company(note.sender.name, note.sender.address, note.sender.phone, note.sender.logo),
        customer=note.customer,
        lines=tuple(
            DeliveryNoteLine(
                product_number=line.product_number,
                name=line.product,
                model=line.model,
                unit=line.unit,
                quantity=line.quantity,
                price=line.price,
                amount=line.amount,
                remark=line.remark,
            )
            for line in note.lines
        ),
        consignee=note.consignee,
        phone=note.phone,
        address=note.address,
        carrier=note.carrier,
        way=dictionary.label(note.way),
        freight=note.freight if note.freight else None,
        freight_payer=tr(FREIGHT_PAYERS[note.freight_paid_by]) if note.freight else "",
        parcels=note.parcels,
        weight=note.weight,
        tracking_number=note.tracking_number,
        order_numbers=tuple(filter(None, note.order_numbers.split(", "))),
        stock_issue_number=note.issue_number,
        prepared_by=note.prepared_by,
        remarks=note.remark,
        show_prices=show_prices,
        print_count=note.print_count,
    )
