"""Stored delivery notes and dispatch notices as printing wants them.

Services know no paper, printing knows no database.
"""

from __future__ import annotations

from printing.delivery_note import DeliveryNoteData
from printing.dispatch_notice import DispatchNoticeData
from printing.document import Company
from printing.goods import GoodsLine
from services.delivery.dispatches import DispatchRecord
from services.delivery.entities import FREIGHT_PAYERS
from services.delivery.queries import NoteLineRecord, NoteRecord
from services.language import tr
from services.products.packs import packing, said_in
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
        lines=tuple(_line(line) for line in note.lines),
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


def _line(line: NoteLineRecord) -> GoodsLine:
    """In packs where what left fills them, as the customer ordered it; else in the product's own unit."""
    pack = line.pack if line.whole_packs else None
    return GoodsLine(
        product_number=line.product_number,
        name=line.product,
        model=line.model,
        unit=packing(line.unit, pack),
        quantity=line.quantity if pack is None else line.quantity / pack.factor,
        price=line.price if pack is None else line.pack_price,
        amount=line.amount,
        remark=line.remark,
        packed=pack is not None,
    )


def dispatch_notice_data(notice: DispatchRecord, dictionary: Dictionary) -> DispatchNoticeData:
    """What the paper of a dispatch notice says, in the language in force."""
    notices = {
        "cancelled": tr("This notice was taken back."),
        "closed": tr("This notice is closed: what has not left stays."),
    }
    sender = notice.sender
    return DispatchNoticeData(
        number=notice.number,
        date=notice.date,
        company=Company(sender.name, sender.address, sender.phone, sender.logo),
        customer=notice.customer,
        lines=tuple(
            GoodsLine(
                product_number=line.product_number,
                name=line.product_name,
                model=line.model,
                unit=line.unit,
                order_number=line.order_number,
                quantity=line.quantity,
                counted=line.issued or None,
                remark=line.remark,
                packs=said_in(line.quantity, line.unit, line.pack) if line.pack else "",
            )
            for line in notice.lines
        ),
        consignee=notice.consignee,
        phone=notice.phone,
        address=notice.address,
        warehouse=notice.warehouse,
        wanted_on=notice.wanted_on,
        order_numbers=tuple(filter(None, notice.order_numbers.split(", "))),
        salesperson=dictionary.user(notice.owner_id),
        remarks=notice.remark,
        notice=notices.get(notice.state, ""),
        print_count=notice.print_count,
    )
