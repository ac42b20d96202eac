"""Documents through Excel templates that the office edits itself.

Cells name fields as in Word: ``{{ number }}``, ``{{ customer }}``. The row that holds ``{{ line.name }}`` is
repeated for every line; what stands below moves down, with its merged cells, heights and formulas. A cell
that is nothing but one field of a line or a total gets a number, not text.
"""

from __future__ import annotations

import re
from copy import copy
from io import BytesIO
from pathlib import Path
from typing import Any, Final
from zipfile import BadZipFile

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from printing.document import Document, Kind, Value
from printing.fields import template_context, template_shapes
from printing.spreadsheet import put
from printing.template_check import BrokenTemplate
from services.errors import ShukeError
from services.language import mark, tr

FIELD: Final = re.compile(r"\{\{\s*(\w+)(?:\.(\w+))?\s*\}\}")
REFERENCE: Final = re.compile(r"(\$?[A-Z]{1,3}\$?)(\d+)(?::(\$?[A-Z]{1,3}\$?)(\d+))?(?![\d(])")
LINE: Final = "line"


def fill_excel(document: Document, template: Path) -> bytes:
    """``document`` as an .xlsx file by ``template``. BrokenTemplate says which field is wrong, and its cell."""
    try:
        book = load_workbook(template)
    # damaged XML is a SyntaxError of whichever parser there is
    except (OSError, BadZipFile, InvalidFileException, KeyError, ValueError, TypeError, SyntaxError) as error:
        raise ShukeError(
            mark("The template {file} cannot be opened. Save it in Excel as an .xlsx file."),
            file=template.name,
        ) from error
    filler = _Filler(document, template.name)
    for sheet in book.worksheets:
        filler.fill(sheet)
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()


class _Filler:
    """Fills the sheets of one template."""

    def __init__(self, document: Document, file: str) -> None:
        self.document = document
        self.file = file
        self.context = template_context(document)
        self.shapes = template_shapes(document, self.context)
        sums = zip(document.columns, document.sums(), strict=True)
        self.totals: dict[str, tuple[Value, Kind]] = {c.key: (value, c.kind) for c, value in sums}
        self.kinds = {column.key: (i, column.kind) for i, column in enumerate(document.columns)}

    def fill(self, sheet: Any) -> None:
        """Fill one sheet."""
        fields = [(cell, FIELD.findall(cell.value)) for cell in _texts(sheet)]
        for cell, names in fields:
            self._check(sheet, cell, names)
        rows = {cell.row for cell, names in fields if any(group == LINE for group, _ in names)}
        for cell, _ in fields:  # each cell once: what a value holds is never taken for a field
            if cell.row not in rows:
                self._put(cell, None)
        for row in sorted(rows, reverse=True):
            self._repeat(sheet, row)

    def _check(self, sheet: Any, cell: Any, names: list[tuple[str, str]]) -> None:
        place = tr("sheet {sheet}, cell {cell}", sheet=sheet.title, cell=cell.coordinate)
        rest = FIELD.sub("", cell.value)
        if "{{" in rest or "}}" in rest:
            template = mark("The template {file} has an unfinished field in {place}: “{field}”.")
            raise BrokenTemplate(template, file=self.file, place=place, field=cell.value[:60])
        for group, name in names:
            shape = self.shapes["lines"] if group == LINE else self.shapes.get(group)
            known = group == LINE or isinstance(self.context.get(group), str | dict)
            if not known or (name not in shape if shape is not None else bool(name)):
                template = mark(
                    "The template {file} names a field that does not exist: “{field}” in {place}."
                )
                field = f"{group}.{name}" if name else group
                raise BrokenTemplate(template, file=self.file, place=place, field=field)

    def _repeat(self, sheet: Any, row: int) -> None:
        """Repeat the row ``row`` for every line; with no lines it is left empty."""
        pattern = [copy(cell) for cell in sheet[row]]
        merged = [(area.min_col, area.max_col) for area in sheet.merged_cells.ranges if area.min_row == row]
        more = max(len(self.document.rows) - 1, 0)
        height = sheet.row_dimensions[row].height
        _move_down(sheet, row, more)
        for number in range(row, row + more + 1):
            sheet.row_dimensions[number].height = height
            for first, last in merged if number > row else ():
                sheet.merge_cells(start_row=number, end_row=number, start_column=first, end_column=last)
            for like in pattern:
                cell = sheet.cell(number, like.column)
                if type(cell).__name__ == "MergedCell":
                    continue
                cell.value, cell._style = like.value, copy(like._style)
                if like.data_type == "f":
                    cell.value = _with_rows_moved(like.value, row - 1, number - row)
                elif isinstance(like.value, str):
                    self._put(cell, number - row)

    def _put(self, cell: Any, line: int | None) -> None:
        """Replace the fields of one cell; ``line`` is the index of the document's row."""
        source = cell.value
        if not FIELD.search(source):
            return
        form = cell.number_format
        only = FIELD.fullmatch(source.strip())
        value, kind = self._typed(only, line) if only else (None, Kind.TEXT)
        if not only or isinstance(value, str):
            value = FIELD.sub(lambda match: self._text(match, line), source) if not only else value
        cell.value = None
        put(cell, value, kind)
        if form != "General":  # the office's own format wins
            cell.number_format = form

    def _typed(self, field: re.Match[str], line: int | None) -> tuple[Value, Kind]:
        group, name = field.groups()
        if group == LINE and line is not None and name in self.kinds and line < len(self.document.rows):
            index, kind = self.kinds[name]
            return self.document.rows[line][index], kind
        if group == "total" and name in self.totals:
            return self.totals[name]
        if group == "amount":
            return self.document.amount, Kind.AMOUNT
        if group == "date":
            return self.document.date, Kind.DATE
        return self._text(field, line), Kind.TEXT

    def _text(self, field: re.Match[str], line: int | None) -> str:
        group, name = field.groups()
        if group == LINE:
            lines = self.context["lines"]
            return str(lines[line][name]) if line is not None and line < len(lines) else ""
        value = self.context[group]
        return str(value[name] if name else value)


def _texts(sheet: Any) -> list[Any]:
    """The cells that hold text."""
    return [c for row in sheet.iter_rows() for c in row if isinstance(c.value, str) and c.data_type != "f"]


def _move_down(sheet: Any, row: int, more: int) -> None:
    """Make room for ``more`` rows below ``row``: openpyxl moves neither merged cells nor formulas itself."""
    if not more:
        return
    below = [area for area in list(sheet.merged_cells.ranges) if area.min_row > row]
    heights = {r: d.height for r, d in sheet.row_dimensions.items() if r > row and d.height is not None}
    area = sheet.print_area
    for merged in below:
        sheet.unmerge_cells(str(merged))
    if sheet.max_row > row:
        sheet.move_range(f"A{row + 1}:{sheet.cell(sheet.max_row, sheet.max_column).coordinate}", rows=more)
    for merged in below:
        merged.shift(row_shift=more)
        sheet.merge_cells(str(merged))
    for number in heights:
        sheet.row_dimensions[number].height = None
    for number, height in heights.items():
        sheet.row_dimensions[number + more].height = height
    for cells in sheet.iter_rows():
        for cell in cells:
            if cell.data_type == "f" and isinstance(cell.value, str):
                cell.value = _with_rows_moved(cell.value, row, more)
    if area:
        sheet.print_area = _with_rows_moved(area.rsplit("!", 1)[-1], row, more)


def _with_rows_moved(formula: str, row: int, more: int) -> str:
    """``formula`` after ``more`` rows came in below ``row``; a range that ends in that row grows."""

    def moved(match: re.Match[str]) -> str:
        left, first, right, last = match.groups()
        start = int(first) + (more if int(first) > row else 0)
        if not right:
            return f"{left}{start}"
        return f"{left}{start}:{right}{int(last) + (more if int(last) >= row else 0)}"

    return REFERENCE.sub(moved, formula)
