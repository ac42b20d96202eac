"""Stored stock issues and receipts as printing wants them."""

from __future__ import annotations

from decimal import Decimal

from printing.document import Company
from printing.goods import GoodsLine
from printing.stock_issue import StockIssueData
from printing.stock_receipt import StockReceiptData
from services.language import tr
from services.money import amount, product
from services.products.packs import in_packs, said_in
from services.session import Dictionary
from services.stock.entities import ISSUE_KINDS, RECEIPT_KINDS
from services.stock.queries import IssueLineRecord, IssueRecord, ReceiptLineRecord, ReceiptRecord


def stock_issue_data(issue: IssueRecord, dictionary: Dictionary) -> StockIssueData:
    """What the paper says, in the language in force. A draft has no number yet: it is the keeper's picking list."""
    notices = {
        "draft": tr("Not confirmed yet: write what you counted."),
        "reversed": tr("This stock issue was reversed."),
    }
    return StockIssueData(
        number=issue.number or f"#{issue.id}",
        date=issue.date,
        company=Company(issue.sender.name, issue.sender.address, issue.sender.phone, issue.sender.logo),
        warehouse=issue.warehouse,
        customer=issue.customer,
        kind=tr(ISSUE_KINDS[issue.kind]),
        lines=tuple(
            GoodsLine(
                product_number=line.product.number,
                name=line.product.name,
                model=line.product.model,
                unit=line.product.unit,
                order_number=line.order_number,
                quantity=line.quantity,
                counted=line.counted,
                remark=line.remark,
                bin=line.bin,
                packs=said_in(_left(line), line.product.unit, line.pack) if line.pack else "",
            )
            for line in issue.lines
        ),
        prepared_by=issue.prepared_by,
        keeper=dictionary.user(issue.posted_by) if issue.posted_by else "",
        remarks=issue.remark,
        notice=notices.get(issue.state, ""),
        print_count=issue.print_count,
    )


def _left(line: IssueLineRecord) -> Decimal:
    return line.quantity if line.counted is None else line.counted


def stock_receipt_data(
    receipt: ReceiptRecord, dictionary: Dictionary, *, show_costs: bool
) -> StockReceiptData:
    """What the paper says, in the language in force; costs only where they were read and are wished."""
    notices = {
        "draft": tr("Not received yet: check the goods against this list."),
        "reversed": tr("This stock receipt was reversed."),
    }
    sender = receipt.sender
    costs = show_costs and any(line.unit_cost is not None for line in receipt.lines)
    return StockReceiptData(
        number=receipt.number or f"#{receipt.id}",
        date=receipt.date,
        company=Company(sender.name, sender.address, sender.phone, sender.logo),
        warehouse=receipt.warehouse,
        supplier=receipt.supplier,
        kind=tr(RECEIPT_KINDS[receipt.kind]),
        lines=tuple(_received(line) for line in receipt.lines),
        prepared_by=receipt.prepared_by,
        keeper=dictionary.user(receipt.posted_by) if receipt.posted_by else "",
        remarks=receipt.remark,
        notice=notices.get(receipt.state, ""),
        show_costs=costs,
        print_count=receipt.print_count,
    )


def _received(line: ReceiptLineRecord) -> GoodsLine:
    goods, cost = line.product, line.unit_cost
    return GoodsLine(
        product_number=goods.number,
        name=goods.name,
        model=goods.model,
        unit=goods.unit,
        quantity=line.quantity,
        price=cost,
        amount=None if cost is None else amount(product(line.quantity, cost)),
        remark=line.remark,
        # as it was typed; else in the packs that the goods come in
        packs=said_in(line.quantity, goods.unit, line.pack)
        if line.pack
        else in_packs(line.quantity, goods.unit, goods.packs),
    )
