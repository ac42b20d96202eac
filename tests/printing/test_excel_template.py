"""Excel templates of the office: filled in, moved down, and named when they are wrong."""

from __future__ import annotations

from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import openpyxl
import pytest
from openpyxl.styles import Font

from printing.delivery_note import delivery_note
from printing.excel_template import fill_excel
from printing.template_check import BrokenTemplate
from services.errors import ShukeError
from tests.printing.conftest import Note, line


@pytest.fixture
def template(tmp_path: Path) -> Path:
    """A small template: head, a row of lines, totals, a merged remark below."""
    book = openpyxl.Workbook()
    sheet: Any = book.active
    sheet["A1"] = "No. {{ number }}"
    sheet["B1"] = "{{ date }}"
    sheet["A2"] = "{{ customer }}"
    sheet.append(["Product", "Quantity", "Price", "Amount"])
    sheet.append(["{{ line.name }} / {{ line.model }}", "{{ line.quantity }}", "{{ line.price }}", "=B4*C4"])
    sheet["C4"].number_format = "0.000"
    sheet["A4"].font = Font(bold=True)
    sheet.append(["Total", "{{ total.quantity }}", None, "=SUM(D4:D4)"])
    sheet["A6"] = "{{ remarks }}"
    sheet["D6"] = "=D5*2+D$1"
    sheet.merge_cells("A6:C6")
    sheet.row_dimensions[6].height = 40
    sheet.print_area = "A1:D6"
    path = tmp_path / "own.xlsx"
    book.save(path)
    return path


@pytest.mark.req("PLT-51")
@pytest.mark.parametrize("lines", [0, 1, 5])
def test_filled_in(note: Note, template: Path, lines: int) -> None:
    sheet: Any = openpyxl.load_workbook(BytesIO(fill_excel(delivery_note(note(lines)), template))).active
    more = max(lines - 1, 0)
    assert sheet["A1"].value == "No. FH20261121-0012"
    assert sheet["B1"].value == datetime(2026, 11, 21)
    assert sheet["A2"].value == "重庆长宏机电有限公司"
    for number in range(lines):
        row = 4 + number
        assert sheet.cell(row, 1).value == "不锈钢球阀 DN50 / Q11F-16P"
        assert sheet.cell(row, 1).font.bold
        assert sheet.cell(row, 2).value == number + 1
        assert (sheet.cell(row, 3).value, sheet.cell(row, 3).number_format) == (1.25, "0.000")
        assert sheet.cell(row, 4).value == f"=B{row}*C{row}"
    assert sheet.cell(5 + more, 2).value == sum(range(1, lines + 1))
    assert sheet.cell(5 + more, 4).value == f"=SUM(D4:D{4 + more})"
    assert sheet.cell(6 + more, 4).value == f"=D{5 + more}*2+D$1"
    assert sheet.cell(6 + more, 1).value == "卸货需叉车。"
    assert [str(area) for area in sheet.merged_cells.ranges] == [f"A{6 + more}:C{6 + more}"]
    assert sheet.row_dimensions[6 + more].height == 40
    assert sheet.print_area.replace("$", "").endswith(f"A1:D{6 + more}")


def test_values_never_become_formulas(note: Note, template: Path) -> None:
    data = note(1, customer="=1+1", lines=(line(1, "=cmd"),), remarks="{{ nothing }}")
    sheet: Any = openpyxl.load_workbook(BytesIO(fill_excel(delivery_note(data), template))).active
    assert (sheet["A2"].value, sheet["A2"].data_type) == ("=1+1", "s")
    assert sheet["A4"].data_type == "s"
    assert sheet["A6"].value == "{{ nothing }}"


def test_values_are_never_fields(note: Note, template: Path) -> None:
    data = note(2, lines=(line(1, "{{ nothing }}"), line(2, "{{ number }}")))
    sheet: Any = openpyxl.load_workbook(BytesIO(fill_excel(delivery_note(data), template))).active
    assert [sheet["A4"].value, sheet["A5"].value] == ["{{ nothing }} / Q11F-16P", "{{ number }} / Q11F-16P"]


def test_hidden_prices_stay_empty(note: Note, template: Path) -> None:
    data = fill_excel(delivery_note(note(2, show_prices=False)), template)
    sheet: Any = openpyxl.load_workbook(BytesIO(data)).active
    assert sheet["C4"].value is None
    assert sheet["B4"].value == 1


@pytest.mark.req("PLT-51")
@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("{{ custmer }}", "custmer"),
        ("{{ line.prize }}", "line.prize"),
        ("{{ company.adress }}", "company.adress"),
        ("{{ number.x }}", "number.x"),
        ("{{ lines }}", "lines"),
        ("{{ number", "{{ number"),
    ],
)
def test_a_mistake_is_named_with_its_cell(note: Note, template: Path, text: str, field: str) -> None:
    book = openpyxl.load_workbook(template)
    book.worksheets[0]["C2"] = text
    book.save(template)
    with pytest.raises(BrokenTemplate) as raised:
        fill_excel(delivery_note(note()), template)
    assert raised.value.values["field"] == field
    assert "sheet Sheet, cell C2" in str(raised.value)


def test_not_an_excel_file(note: Note, tmp_path: Path) -> None:
    path = tmp_path / "own.xlsx"
    path.write_bytes(b"nothing")
    with pytest.raises(ShukeError, match=r"own\.xlsx cannot be opened"):
        fill_excel(delivery_note(note()), path)


@pytest.mark.parametrize(
    "part", ["xl/workbook.xml", "xl/styles.xml", "xl/worksheets/sheet1.xml", "[Content_Types].xml"]
)
def test_a_damaged_excel_file(note: Note, tmp_path: Path, part: str) -> None:
    whole, path = tmp_path / "whole.xlsx", tmp_path / "own.xlsx"
    openpyxl.Workbook().save(whole)
    with ZipFile(whole) as source, ZipFile(path, "w") as target:
        for name in source.namelist():
            target.writestr(name, b"<broken" if name == part else source.read(name))
    with pytest.raises(ShukeError, match=r"own\.xlsx cannot be opened"):
        fill_excel(delivery_note(note()), path)
