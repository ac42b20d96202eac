"""Documents as Excel workbooks: the same contents as on paper, with real numbers and dates."""

from __future__ import annotations

from io import BytesIO
from typing import Any, Final

from openpyxl import Workbook
from openpyxl.drawing.image import Image
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.page import PageMargins

from printing.document import Document, Field, Kind, Value, written
from printing.paper import A4, A4_LANDSCAPE, A5, A5_LANDSCAPE, Paper
from printing.spreadsheet import put, safe_text
from services.language import tr

PAPER_NUMBERS: Final = {A4.key: 9, A4_LANDSCAPE.key: 9, A5.key: 11, A5_LANDSCAPE.key: 11}
"""Excel's numbers of paper sizes; the others are given by width and height."""
CHARACTER: Final = 1.95
"""Width of one character of the standard font in mm, Excel's unit of column widths."""
LOGO: Final = 44
"""Height of the company's logo in pixels."""
_THIN: Final = Side(style="thin", color="9CA3AF")
_GRID: Final = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)
_HEAD_FILL: Final = PatternFill("solid", fgColor="EEF2F7")
_FONT: Final = "微软雅黑"


def render_excel(document: Document, paper: Paper = A4) -> bytes:
    """``document`` as an .xlsx file, set up to print on ``paper`` with the table's head on every page."""
    book = Workbook()
    sheet = book.active
    name = "".join(c for c in safe_text(document.title) if c not in "[]:*?/\\'")[:31]
    sheet.title = name.strip() or "1"
    writer = _Writer(sheet, document)
    writer.head()
    head_row = writer.table()
    writer.foot()
    _page(sheet, paper, document, head_row)
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()


class _Writer:
    """Fills one sheet from the top down."""

    def __init__(self, sheet: Any, document: Document) -> None:
        self.sheet = sheet
        self.document = document
        self.columns = max(len(document.columns), 2)
        self.row = 0

    def head(self) -> None:
        """Company, title, date and number, fields."""
        document = self.document
        company = document.company
        if company.logo:
            self._logo(company.logo)
        self._wide(company.name, size=16, bold=True, align="center")
        for line in company.reach():
            self._wide(line, size=9, align="center")
        self._wide(document.title, size=16, bold=True, align="center")
        if document.reprint:
            self._wide(document.reprint, size=9, align="center")
        number = Field("number", tr("Document number"), document.number, span=6)
        numbered = [number] if document.number else []
        fields = [Field("date", tr("Date"), document.date, span=6), *numbered, *document.shown]
        middle = self._middle()
        for left in range(0, len(fields), 2):
            self.row += 1
            for field, first, last in zip(
                fields[left : left + 2], (1, middle + 1), (middle, self.columns), strict=False
            ):
                text = tr("{label}: ", label=field.label) + field.text
                self._merged(text, first, last)
        self.row += 1
        self.sheet.row_dimensions[self.row].height = 6

    def table(self) -> int:
        """The table with its totals; the number of its head row."""
        document = self.document
        self.row += 1
        head_row = self.row
        for index, column in enumerate(document.columns, start=1):
            cell = self._cell(index, column.title, bold=True)
            cell.fill, cell.border = _HEAD_FILL, _GRID
            cell.alignment = Alignment("center", "center", wrap_text=True)
        for values in document.rows:
            self._values(values, bold=False)
        sums = document.sums()
        first = next((i for i, total in enumerate(sums) if total is not None), None)
        if first is not None:
            labels: list[Value] = [*sums]
            if first:
                labels[0] = tr("Total")
            self._values(tuple(labels), bold=True)
            if first > 1:
                self.sheet.merge_cells(start_row=self.row, end_row=self.row, start_column=1, end_column=first)
                self.sheet.cell(self.row, 1).alignment = Alignment("center", "center")
        return head_row

    def foot(self) -> None:
        """Amount in capitals, further sums, remarks, signatures."""
        document = self.document
        if document.in_capitals and document.amount is not None:
            text = tr("Amount in capitals: {amount}", amount=document.in_capitals)
            self._wide(f"{text}    ¥{written(document.amount, Kind.AMOUNT)}", bold=True)
        for total in document.totals:
            self._wide(tr("{label}: ", label=total.label) + total.text)
        if document.remarks:
            self._wide(tr("{label}: ", label=tr("Remarks")) + document.remarks, wrap=True)
        self._wide(document.notice, size=9, wrap=True)
        if document.signatures:
            self.row += 1
            parts = [
                tr("{label}: ", label=signature.label) + (signature.name or "__________")
                for signature in document.signatures
            ]
            self._wide("    ".join(parts))

    def _logo(self, data: bytes) -> None:
        """At the top left, over the first two rows; a file that is no picture is left out, as on paper."""
        try:
            picture = Image(BytesIO(data))
        except (OSError, ValueError):
            return
        picture.width, picture.height = picture.width * LOGO / picture.height, LOGO
        self.sheet.add_image(picture, "A1")

    def _middle(self) -> int:
        """The last column of the left half, by width."""
        shares = [column.share for column in self.document.columns]
        middle = next((i for i in range(1, len(shares)) if sum(shares[:i]) * 2 >= sum(shares)), 1)
        return min(max(middle, 1), self.columns - 1)

    def _cell(self, column: int, value: Value, kind: Kind = Kind.TEXT, *, bold: bool = False) -> Any:
        cell = self.sheet.cell(self.row, column)
        put(cell, value, kind)
        cell.font = Font(name=_FONT, size=10, bold=bold)
        return cell

    def _values(self, values: tuple[Value, ...], *, bold: bool) -> None:
        self.row += 1
        for index, (column, value) in enumerate(zip(self.document.columns, values, strict=True), start=1):
            cell = self._cell(index, value, column.kind, bold=bold)
            cell.border = _GRID
            cell.alignment = Alignment(column.alignment.value, "center", wrap_text=column.kind is Kind.TEXT)

    def _merged(self, text: str, first: int, last: int) -> Any:
        cell = self._cell(first, text)
        if last > first:
            self.sheet.merge_cells(start_row=self.row, end_row=self.row, start_column=first, end_column=last)
        cell.alignment = Alignment("left", "center", wrap_text=True)
        return cell

    def _wide(
        self, text: str, *, size: int = 10, bold: bool = False, align: str = "left", wrap: bool = False
    ) -> None:
        """One row of text over the whole width; none for no text."""
        if not text:
            return
        self.row += 1
        cell = self._merged(text, 1, self.columns)
        cell.font = Font(name=_FONT, size=size, bold=bold)
        cell.alignment = Alignment(align, "center", wrap_text=True)
        lines = 1 + (len(text) // 60 + text.count("\n") if wrap else 0)
        self.sheet.row_dimensions[self.row].height = min(400, max(16, size * 1.6) * lines)


def _page(sheet: Any, paper: Paper, document: Document, head_row: int) -> None:
    """Paper, margins, column widths, repeated head, page numbers."""
    usable = paper.width - paper.margins.left - paper.margins.right
    shares = [max(column.share, 0.1) for column in document.columns]
    for index, share in enumerate(shares, start=1):
        width = usable * share / sum(shares) / CHARACTER
        sheet.column_dimensions[get_column_letter(index)].width = round(width, 1)
    setup = sheet.page_setup
    if paper.key in PAPER_NUMBERS:
        setup.paperSize = PAPER_NUMBERS[paper.key]
        setup.orientation = "landscape" if paper.width > paper.height else "portrait"
    else:
        setup.paperWidth = f"{paper.width:g}mm"
        setup.paperHeight = f"{paper.height or A4.height:g}mm"
    setup.fitToWidth, setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    edges = paper.margins
    sheet.page_margins = PageMargins(
        left=edges.left / 25.4,
        right=edges.right / 25.4,
        top=edges.top / 25.4,
        bottom=(edges.bottom + 5) / 25.4,
    )
    sheet.print_options.horizontalCentered = True
    sheet.print_title_rows = f"{head_row}:{head_row}"
    sheet.oddFooter.right.text = tr("Page {number} of {count}", number="&P", count="&N")
