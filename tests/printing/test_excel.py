"""Excel: reopened and compared, set up for paper, and never a formula."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any

import openpyxl
import pytest

from printing.codes import qr_picture
from printing.delivery_note import delivery_note
from printing.document import Company, Kind
from printing.excel import render_excel
from printing.paper import A4, A5_LANDSCAPE, HALF, PAPERS, Paper
from printing.spreadsheet import number_format, put
from tests.printing.conftest import RARE, Note, line

DANGEROUS = ["=1+1", "+1+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", '=HYPERLINK("x")', "{=1}"]


def opened(data: bytes) -> Any:
    """The first sheet, reopened."""
    return openpyxl.load_workbook(BytesIO(data)).active


@pytest.mark.req("PLT-50")
@pytest.mark.parametrize("lines", [0, 1, 8, 40])
def test_values_come_back(note: Note, lines: int) -> None:
    sheet = opened(render_excel(delivery_note(note(lines))))
    rows = list(sheet.iter_rows(values_only=True))
    goods = [row for row in rows if str(row[1]).startswith("QF-")]
    assert [row[0] for row in goods] == list(range(1, lines + 1))
    for number, row in enumerate(goods, start=1):
        assert row[2:5] == ("不锈钢球阀 DN50", "Q11F-16P", "个")
        assert [Decimal(str(value)) for value in row[5:8]] == [
            number,
            Decimal("1.25"),
            Decimal("1.25") * number,
        ]
    total = next(row for row in rows if row[0] == "Total")
    assert Decimal(str(total[5])) == sum(range(1, lines + 1))
    texts = {value for row in rows for value in row if isinstance(value, str)}
    assert {"上饶市恒远管道设备有限公司", f"Consignee: 单{RARE}", "Document number: FH20261121-0012"} <= texts


@pytest.mark.req("PLT-50")
def test_the_logo_stands_at_the_top_left(note: Note) -> None:
    logo = qr_picture("logo")
    (picture,) = opened(render_excel(delivery_note(note(company=Company("甲公司", logo=logo)))))._images
    assert (picture.anchor._from.row, picture.anchor._from.col) == (0, 0)
    for broken in (b"\x89PNG\r\n\x1a\nnonsense", b"nothing", logo[:40]):
        sheet = opened(render_excel(delivery_note(note(company=Company("甲公司", logo=broken)))))
        assert not sheet._images and sheet["A1"].value == "甲公司"


@pytest.mark.req("PLT-52")
@pytest.mark.parametrize("sheet", PAPERS, ids=lambda sheet: sheet.key)
def test_set_up_for_paper(note: Note, sheet: Paper) -> None:
    made = opened(render_excel(delivery_note(note(40)), sheet))
    head = next(cell.row for row in made.iter_rows() for cell in row if cell.value == "Product number")
    assert made.print_title_rows == f"${head}:${head}"
    assert (made.page_setup.fitToWidth, made.page_setup.fitToHeight) == (1, 0)
    assert made.sheet_properties.pageSetUpPr.fitToPage
    if sheet in (A4, A5_LANDSCAPE):
        assert int(made.page_setup.paperSize) == {A4: 9, A5_LANDSCAPE: 11}[sheet]
        assert made.page_setup.orientation == ("portrait" if sheet is A4 else "landscape")
    if sheet is HALF:
        assert (made.page_setup.paperWidth, made.page_setup.paperHeight) == ("241mm", "140mm")
    widths = {key: made.column_dimensions[key].width for key in "ACF"}
    assert widths["C"] > widths["F"] > widths["A"]


@pytest.mark.parametrize("text", DANGEROUS)
def test_text_is_never_a_formula(note: Note, text: str) -> None:
    data = note(
        1, customer=text, remarks=text, company=Company(text, text), lines=(line(1, text),), number=text
    )
    sheet = opened(render_excel(delivery_note(data)))
    found = 0
    for row in sheet.iter_rows():
        for cell in row:
            assert cell.data_type != "f"
            if cell.value == text:
                found += 1
                assert cell.data_type == "s"
                assert cell.quotePrefix == (text[0] in "=+-@\t")
    assert found >= 2


def test_hostile_strings(note: Note, hostile_strings: list[str]) -> None:
    lines = tuple(line(i, text) for i, text in enumerate(hostile_strings, start=1))
    sheet = opened(render_excel(delivery_note(note(0, lines=lines))))
    goods = [row for row in sheet.iter_rows(values_only=True) if str(row[1]).startswith("QF-")]
    for text, row in zip(hostile_strings, goods, strict=True):
        assert (row[2] or "") == text or not text.isprintable()


def test_types_and_formats() -> None:
    cell = openpyxl.Workbook().active["A1"]
    put(cell, date(2026, 11, 21), Kind.DATE)
    assert (cell.value, cell.number_format) == (date(2026, 11, 21), "yyyy-mm-dd")
    put(cell, "x" * 40000)
    assert len(cell.value) == 32767
    put(cell, "00123")
    assert (cell.value, cell.data_type) == ("00123", "s")
    assert number_format(Decimal("400.000000"), Kind.QUANTITY) == "#,##0"
    assert number_format(Decimal("0.125000"), Kind.QUANTITY) == "#,##0.000"
    assert number_format(Decimal("400"), Kind.PRICE) == "#,##0.00"
    assert number_format(Decimal("1.2345"), Kind.PRICE) == "#,##0.0000"
    assert number_format(Decimal("13"), Kind.PERCENT) == '#,##0"%"'
