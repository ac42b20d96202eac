"""A stored stock issue as printing wants it."""

from __future__ import annotations

from decimal import Decimal

from printing.document import Company
from printing.goods import GoodsLine
from printing.stock_issue import StockIssueData
from services.language import tr
from services.products.packs import said_in
from services.session import Dictionary
from services.stock.entities import ISSUE_KINDS
from services.stock.queries import IssueLineRecord, IssueRecord


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
