"""Where goods lie, on the picking list and on the paper of what has left: a column of its own (STK-01, DLV-02)."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import docx
import openpyxl
import pypdfium2
import pytest

from printing.document import Document
from printing.excel import render_excel
from printing.paper import A4, HALF
from printing.pdf import render_pdf
from printing.stock_issue import stock_issue
from printing.word import render_word
from services.session import read_dictionary
from services.stock.commands import post_issue, set_bins
from services.stock.queries import read_issue
from tests.conftest import Company
from tests.factories.trade import Trade, open_trade
from widgets.stock.print_data import stock_issue_data

pytestmark = pytest.mark.usefixtures("english")


@pytest.fixture
def trade(company: Company) -> Iterator[Trade]:
    yield open_trade(company)


def paper(trade: Trade, issue: int) -> Document:
    with trade.keeper.read_session() as session:
        return stock_issue(stock_issue_data(read_issue(session, issue), read_dictionary(session)))


def in_word(document: Document) -> list[list[str]]:
    """Rows of the table of goods."""
    word: Any = docx.Document(BytesIO(render_word(document)))
    return [[cell.text for cell in row.cells] for table in word.tables for row in table.rows]


def in_excel(document: Document) -> list[list[str]]:
    sheet: Any = openpyxl.load_workbook(BytesIO(render_excel(document))).active
    return [[str(cell.value or "") for cell in row] for row in sheet.iter_rows()]


def in_pdf(document: Document) -> str:
    """The text on A4 and on the half form."""
    pages = [pypdfium2.PdfDocument(render_pdf(document, one))[0] for one in (A4, HALF)]
    return "\n".join(page.get_textpage().get_text_range().replace("\ufffe", "-") for page in pages)


def column(rows: list[list[str]], title: str) -> list[str]:
    """What stands below a title."""
    (head,) = [row for row in rows if title in row and "Counted" in row]
    at, place = rows.index(head), head.index(title)
    return [row[place] for row in rows[at + 1 : at + 3]]


@pytest.mark.req("STK-01", "DLV-02", "PLT-50")
def test_bins_are_a_column_and_stay_as_they_were_when_the_goods_left(trade: Trade) -> None:
    trade.receive(50, 50)
    trade.keeper.write(set_bins, warehouse_id=trade.warehouse, bins=[(trade.products[0], "A-03-2")])
    issue = trade.ask([(line, 2) for line in trade.lines(trade.order(5, 5))])
    picking = paper(trade, issue)
    for rows in (in_word(picking), in_excel(picking)):
        assert column(rows, "Bin") == ["A-03-2", ""] and column(rows, "Remark") == ["", ""]
    assert in_pdf(picking).count("A-03-2") == 2
    trade.keeper.write(post_issue, issue_id=issue, counted=[])
    # other goods lie there from now on
    trade.keeper.write(
        set_bins,
        warehouse_id=trade.warehouse,
        bins=[(trade.products[0], "Z-99"), (trade.products[1], "A-03-2")],
    )
    left = paper(trade, issue)
    for rows in (in_word(left), in_excel(left)):
        assert column(rows, "Bin") == ["A-03-2", ""]
    assert in_pdf(left).count("A-03-2") == 2 and "Z-99" not in in_pdf(left)


@pytest.mark.req("STK-01")
def test_no_column_where_nothing_has_a_bin(trade: Trade) -> None:
    trade.receive(50)
    document = paper(trade, trade.ask([(trade.lines(trade.order(5))[0], 2)]))
    assert "Bin" not in in_pdf(document)
    for rows in (in_word(document), in_excel(document)):
        assert not any("Bin" in row for row in rows)
    # a template of one's own may name it all the same
    assert "bin" in {each.key for each in document.hidden}
