"""A stored order as printing wants it: services know no paper, printing knows no database."""

from __future__ import annotations

from decimal import Decimal

from printing.document import Company
from printing.goods import GoodsLine
from printing.order import OrderData
from services.language import tr
from services.products.packs import packing
from services.sales.arithmetic import line_amounts, order_totals
from services.sales.draft import head_terms
from services.sales.queries import OrderRecord
from services.session import Dictionary


def order_data(order: OrderRecord, dictionary: Dictionary) -> OrderData:
    """What the paper says, in the language in force. A draft has no number yet and says that it is one."""
    head = order.head
    contact = next((c for c in order.terms.contacts if c.id == head["contact_id"]), None)
    notices = {"draft": tr("This order is not confirmed yet."), "reversed": tr("This order was reversed.")}
    return OrderData(
        number=order.number or f"#{order.id}",
        date=head["date"],
        company=Company(
            order.sender.name,
            order.sender.address,
            order.sender.phone,
            order.sender.logo,
            # the customer pays and is invoiced by this paper
            tax_number=order.sender.tax_number,
            bank_account=order.sender.bank_account,
        ),
        customer=order.terms.name,
        lines=tuple(
            GoodsLine(
                product_number=line.product.number,
                name=line.product.name,
                model=line.product.model,
                unit=packing(line.product.unit, line.pack),
                quantity=line.in_unit,
                price=line.unit_price,
                discount=line.discount,
                amount=line.gross,
                remark=line.remark,
                packed=line.pack is not None,
            )
            for line in order.lines
        ),
        gross=order.gross,
        tax=order.tax,
        discount_rate=order.discount_rate,
        deduction=order.discount,
        freight=order.freight,
        rounding=order.rounding,
        adjustment=_adjustment(order),
        received=order.received,
        subject=head["subject"] or "",
        contact=contact.name if contact else "",
        consignee=head["consignee"] or "",
        phone=head["consignee_phone"] or (contact.phone if contact else ""),
        address=head["delivery_address"] or "",
        required_on=head["required_on"],
        payment_method=dictionary.label(head["payment_method"]),
        due_on=order.due_on,
        warehouse=order.warehouse,
        salesperson=dictionary.user(order.owner_id),
        remarks=head["remark"] or "",
        notice=notices.get(order.state, ""),
        print_count=order.print_count,
    )


def _adjustment(order: OrderRecord) -> Decimal:
    """What was typed by hand beyond what lines and head come to, so that the paper adds up."""
    amounts = [
        line_amounts(line.in_unit, line.unit_price, line.discount, line.tax_rate) for line in order.lines
    ]
    return order_totals(amounts, head_terms(order)).difference
