"""A list as a document: the columns and rows that a screen shows, with totals (PLT-21).

It goes to PDF and Excel like any other document. In Word it is a plain table, because its columns are whatever
somebody chose: ``plain_word`` makes it without a template.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from io import BytesIO
from typing import Any, Final

import docx
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from printing.document import Align, Code, Column, Company, Document, Field, Value, written
from printing.paper import A4_LANDSCAPE, Paper
from printing.spreadsheet import safe_text
from services.language import tr

KIND: Final = "list"
_FONT: Final = "微软雅黑"
_ALIGN: Final = {
    Align.LEFT: WD_ALIGN_PARAGRAPH.LEFT,
    Align.CENTER: WD_ALIGN_PARAGRAPH.CENTER,
    Align.RIGHT: WD_ALIGN_PARAGRAPH.RIGHT,
}


def list_document(
    *,
    title: str,
    company: Company,
    columns: Sequence[Column],
    rows: Sequence[tuple[Value, ...]],
    conditions: str,
    printed_by: str,
    day: date,
) -> Document:
    """``title`` is the plural of the records; ``conditions`` say in words what was searched for."""
    fields = (
        Field("conditions", tr("Conditions"), conditions, span=8),
        Field("count", tr("Rows"), f"{len(rows):,}", span=2),
        Field("by", tr("Printed by"), printed_by, span=2),
    )
    return Document(
        kind=KIND,
        title=title,
        number="",
        date=day,
        company=company,
        columns=tuple(columns),
        rows=tuple(rows),
        fields=fields,
        code=Code.NONE,
    )


def plain_word(document: Document, paper: Paper = A4_LANDSCAPE) -> bytes:
    """``document`` as a .docx file with one table, its head repeated and "page x of y" at the foot.

    Takes 1 s for 500 rows of 10 columns.
    """
    book: Any = docx.Document()
    _page(book.sections[0], paper)
    style = book.styles["Normal"]
    style.font.name, style.font.size = _FONT, Pt(9)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), _FONT)
    style.paragraph_format.space_after = Pt(2)
    _line(book, document.company.name, 14, bold=True)
    _line(book, document.title, 15, bold=True)
    shown = [Field("date", tr("Date"), document.date), *document.shown]
    text = "    ".join(tr("{label}: ", label=field.label) + field.text for field in shown)
    book.add_paragraph(safe_text(text))
    _table(book, document, paper)
    _foot(book.sections[0])
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()


def _page(section: Any, paper: Paper) -> None:
    section.orientation = WD_ORIENT.LANDSCAPE if paper.width > paper.height else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = Mm(paper.width), Mm(paper.height)
    edges = paper.margins
    section.left_margin, section.right_margin = Mm(edges.left), Mm(edges.right)
    section.top_margin, section.bottom_margin = Mm(edges.top), Mm(edges.bottom)


def _line(book: Any, text: str, size: int, *, bold: bool) -> None:
    paragraph = book.add_paragraph()
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    run = paragraph.add_run(safe_text(text))
    run.font.size, run.bold = Pt(size), bold


def _table(book: Any, document: Document, paper: Paper) -> None:
    columns = document.columns
    room = paper.width - paper.margins.left - paper.margins.right
    shares = [max(column.share, 0.1) for column in columns]
    widths = [Mm(room * share / sum(shares)) for share in shares]
    sums = document.sums()
    totals = any(one is not None for one in sums)
    # all rows at once: adding them one by one costs a pass over the table each
    table = book.add_table(1 + len(document.rows) + totals, len(columns))
    table.style, table.autofit = "Table Grid", False
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width
    lines: list[tuple[Sequence[str], bool]] = [([column.title for column in columns], True)]
    for values in document.rows:
        lines.append(([written(v, c.kind) for v, c in zip(values, columns, strict=True)], False))
    if totals:
        words = ["" if s is None else written(s, c.kind) for s, c in zip(sums, columns, strict=True)]
        words[0] = words[0] or tr("Total")
        lines.append((words, True))
    for number, (row, (texts, bold)) in enumerate(zip(table._tbl.tr_lst, lines, strict=True)):
        _keep_together(row, head=number == 0)
        for cell, text, column, width in zip(row.tc_lst, texts, columns, widths, strict=True):
            cell.width = width
            _put(cell, text, column, bold=bold, head=number == 0)


def _put(cell: Any, text: str, column: Column, *, bold: bool, head: bool) -> None:
    """Into a bare cell: python-docx's own objects for each of thousands of cells would take minutes."""
    paragraph = cell.p_lst[0]
    align = WD_ALIGN_PARAGRAPH.CENTER if head else _ALIGN[column.alignment]
    paragraph.alignment = align
    run = paragraph.add_r()
    if bold:
        run.get_or_add_rPr().append(OxmlElement("w:b"))
    run.text = safe_text(text)


def _keep_together(row: Any, *, head: bool) -> None:
    properties = row.get_or_add_trPr()
    for name in ("w:cantSplit", *(("w:tblHeader",) if head else ())):
        properties.append(OxmlElement(name))


def _foot(section: Any) -> None:
    paragraph = section.footer.paragraphs[0]
    paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    before, _, rest = tr("Page {number} of {count}", number="\x01", count="\x02").partition("\x01")
    between, _, after = rest.partition("\x02")
    for text, code in ((before, "PAGE"), (between, "NUMPAGES"), (after, "")):
        paragraph.add_run(text)
        if code:
            field = OxmlElement("w:fldSimple")
            field.set(qn("w:instr"), code)
            paragraph._p.append(field)
