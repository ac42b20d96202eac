"""The list as shown, as PDF, Word and Excel (PLT-21)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import docx
import openpyxl
import pypdfium2
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from services.entity import Facet, Query
from services.language import use_language
from services.list_printing import MOST
from tests.conftest import Company
from tests.services.test_listing import fill
from tests.widgets.base.lists import CUSTOMER, opened
from widgets.base.tasks import tasks


@pytest.fixture(autouse=True)
def _calm(qtbot: QtBot) -> Iterator[None]:
    use_language("en")
    yield
    use_language("zh_CN")
    qtbot.waitUntil(lambda: not tasks()._jobs, timeout=5000)


@pytest.mark.req("PLT-21")
def test_the_list_as_shown_is_printed_and_kept(company: Company, qtbot: QtBot, tmp_path: Path) -> None:
    fill(company.psql(), 150)
    query = Query(CUSTOMER, order=("-receivable",), facets=(Facet("credit_days", "ge", 10),))
    page = opened(company, qtbot, "lead1", query)
    page.columns_.choose(["name", "category", "receivable", "last_contact_on", "owner"])
    qtbot.waitUntil(lambda: page.model.rowCount() > 0)
    page.table.setFocus()
    qtbot.keyClick(page.table, Qt.Key.Key_P, Qt.KeyboardModifier.ControlModifier)
    if page.preview is None and not page.actions_.running:
        page.actions_.print_()
    qtbot.waitUntil(lambda: page.preview is not None and page.preview.page_count > 0, timeout=20_000)
    preview = page.preview
    assert preview is not None and not page.actions_.panel.isVisible()
    assert page.total and page.total > 40 and page.totals
    whole = f"{page.totals['receivable']:,.2f}"

    pdf = pypdfium2.PdfDocument(preview.pdf)
    texts = [one.get_textpage().get_text_bounded() for one in pdf]
    width, height = pdf[0].get_size()
    assert width > height and len(texts) == preview.page_count > 1
    for number, text in enumerate(texts, 1):
        assert "Receivable" in text and "Owner" in text  # the head is repeated
        assert f"Page {number} of {len(texts)}" in text
    assert "Credit days at least 10" in texts[0] and whole in texts[-1]
    pdf.close()

    with qtbot.waitSignal(preview.saved):
        preview.save_excel(tmp_path / "list.xlsx")
    rows = list(openpyxl.load_workbook(tmp_path / "list.xlsx").active.values)
    head = next(n for n, row in enumerate(rows) if row[0] == "Name")
    body = [row for row in rows[head + 1 :] if row[4]]
    assert len(body) == page.total
    amounts = [Decimal(str(row[2])) for row in body if row[2] is not None]
    assert amounts == sorted(amounts, reverse=True) and sum(amounts) == page.totals["receivable"]

    with qtbot.waitSignal(preview.saved):
        preview.save_word(tmp_path / "list.docx")
    book = docx.Document(str(tmp_path / "list.docx"))
    table = book.tables[0]
    assert len(table.rows) == page.total + 2 and book.sections[0].page_width > book.sections[0].page_height
    assert [cell.text for cell in table.rows[0].cells] == [
        "Name",
        "Category",
        "Receivable",
        "Last contact",
        "Owner",
    ]
    assert table.rows[-1].cells[2].text == whole and "tblHeader" in table.rows[0]._tr.xml
    logged = company.psql().execute("SELECT exported, format, conditions FROM system.export_log").fetchall()
    assert logged == [(page.total, "print", "Credit days at least 10")]
    preview.close()
    qtbot.waitUntil(lambda: page.preview is None)


def test_too_many_rows_and_no_right_are_said(company: Company, qtbot: QtBot) -> None:
    fill(company.psql(), MOST + 20)
    page = opened(company, qtbot, "boss")
    page.actions_.print_()
    qtbot.waitUntil(lambda: bool(page.messages.messages), timeout=20_000)
    assert "3000 rows" in page.messages.messages[-1].text and page.preview is None
    company.psql().execute(
        "UPDATE organisation.role SET rights = array_remove(rights, 'customers.customer.export') WHERE code = 'sales'"
    )
    assert "print_" not in opened(company, qtbot, "sales1").actions_.actions
