"""Complaint: receipts in Chinese come out broken, and forms of many lines lose their head, or lines, from the third
page on. Every paper with goods, in Chinese, over three pages and more."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from typing import Final

import pytest

from printing.delivery_note import DeliveryNoteData, delivery_note
from printing.dispatch_notice import DispatchNoticeData, dispatch_notice
from printing.document import Column, Company, Document, Kind
from printing.goods import GoodsLine
from printing.list_document import list_document
from printing.order import OrderData, order_document
from printing.paper import A4, HALF, RECEIPT_80, Paper
from printing.payment_receipt import PaidFor, PaymentReceiptData, payment_receipt
from printing.pdf import render_pdf
from printing.stock_issue import StockIssueData, stock_issue
from printing.stock_receipt import StockReceiptData, stock_receipt
from services.language import tr, use_language
from tests.printing.conftest import RARE, texts

OFFICE: Final = Company("上饶市恒远管道设备有限公司", "凤凰中大道 88 号", "0793-8218888")
DAY: Final = date(2026, 11, 21)
NUMBER: Final = "DJ20261121-0012"
LINES: Final = 130


@pytest.fixture(autouse=True)
def _chinese() -> Iterator[None]:
    use_language("zh_CN")
    yield


def goods() -> tuple[GoodsLine, ...]:
    """Products of long Chinese names, with characters that fonts often lack."""
    return tuple(
        GoodsLine(
            f"QF-{n:03}", f"不锈钢内螺纹球阀{RARE if n % 7 == 0 else ''}", Decimal(n), "Q11F-16P", "个",
            Decimal("1.25"), Decimal(n) * Decimal("1.25"),
        )
        for n in range(1, LINES + 1)
    )  # fmt: skip


TOTAL: Final = sum((Decimal(n) * Decimal("1.25") for n in range(1, LINES + 1)), Decimal(0))
PAPERS_OF_GOODS: Final[dict[str, Callable[[], Document]]] = {
    "delivery note": lambda: delivery_note(
        DeliveryNoteData(NUMBER, DAY, OFFICE, "重庆长宏机电有限公司", goods())
    ),
    "order": lambda: order_document(
        OrderData(NUMBER, DAY, OFFICE, "重庆长宏机电有限公司", goods(), gross=TOTAL)
    ),
    "stock issue": lambda: stock_issue(StockIssueData(NUMBER, DAY, OFFICE, "主仓库", goods())),
    "stock receipt": lambda: stock_receipt(StockReceiptData(NUMBER, DAY, OFFICE, "主仓库", goods())),
    "dispatch notice": lambda: dispatch_notice(
        DispatchNoticeData(NUMBER, DAY, OFFICE, "重庆长宏机电有限公司", goods())
    ),
}


def bare(text: str) -> str:
    """Without the blanks and line ends between pieces of text."""
    return "".join(text.split())


@pytest.mark.req("PLT-52", "DLV-03")
@pytest.mark.parametrize("paper", [A4, HALF], ids=lambda paper: paper.key)
@pytest.mark.parametrize("kind", PAPERS_OF_GOODS)
def test_every_page_of_a_long_paper_has_its_head_and_no_line_is_lost(kind: str, paper: Paper) -> None:
    document = PAPERS_OF_GOODS[kind]()
    pages = [bare(page) for page in texts(render_pdf(document, paper))]
    assert len(pages) >= 3
    for n, page in enumerate(pages, start=1):
        assert bare(tr("Page {number} of {count}", number=n, count=len(pages))) in page
        for words in (OFFICE.name, document.title, NUMBER, *(column.title for column in document.columns)):
            assert bare(words) in page, (n, words)
    together = "".join(pages)
    for n in range(1, LINES + 1):
        assert together.count(f"QF-{n:03}") == 1, n
    assert together.count(RARE) == LINES // 7
    for signature in document.signatures:
        assert bare(signature.label) in pages[-1], "signed on the last page"
    if kind in ("delivery note", "order"):
        assert f"{TOTAL:,.2f}" in pages[-1]


@pytest.mark.req("PLT-52", "FIN-02")
def test_a_payment_for_many_orders_and_a_long_list_go_over_pages_too() -> None:
    parts = tuple(PaidFor(f"货款{n}", Decimal(n), f"XS20261121-{n:04}") for n in range(1, LINES + 1))
    paid = payment_receipt(
        PaymentReceiptData(
            NUMBER, DAY, OFFICE, "重庆长宏机电有限公司", Decimal(sum(range(1, LINES + 1))), parts
        )
    )
    listed = list_document(
        title="客户", company=OFFICE, columns=[Column("name", "名称", 20), Column("owed", "应收", 8, Kind.AMOUNT)],
        rows=[(f"XS20261121-{n:04}", Decimal(n)) for n in range(1, LINES + 1)], conditions="", printed_by="张三",
        day=DAY,
    )  # fmt: skip
    for document in (paid, listed):
        pages = [bare(page) for page in texts(render_pdf(document, A4))]
        assert len(pages) >= 3
        for page in pages:
            assert bare(document.title) in page
            assert all(bare(column.title) in page for column in document.columns)
        assert all("".join(pages).count(f"XS20261121-{n:04}") == 1 for n in range(1, LINES + 1))


@pytest.mark.req("PLT-50")
@pytest.mark.parametrize("kind", PAPERS_OF_GOODS)
def test_a_long_chinese_receipt_holds_every_line(kind: str) -> None:
    """On the roll of a receipt printer, which has no pages."""
    together = bare("".join(texts(render_pdf(PAPERS_OF_GOODS[kind](), RECEIPT_80))))
    assert together.count("不锈钢内螺纹球阀") == LINES and OFFICE.name in together
    assert together.count(RARE) == LINES // 7
