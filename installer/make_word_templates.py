"""Makes the Word templates that come with the program, one per kind of document. Run by hand.

    python -m installer.make_word_templates

They are plain: an office is meant to copy and change them. Labels are fields too, so that one template
prints in Chinese and in English.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import docx
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from printing.delivery_note import DeliveryNoteData, delivery_note
from printing.dispatch_notice import DispatchNoticeData, dispatch_notice
from printing.document import Align, Company, Document
from printing.goods import GoodsLine
from printing.order import OrderData, order_document
from printing.payment_receipt import PaidFor, PaymentReceiptData, payment_receipt
from printing.stock_issue import StockIssueData, stock_issue
from printing.stock_receipt import StockReceiptData, stock_receipt
from printing.word import TEMPLATES

FONT = "Microsoft YaHei"
PAGE = (210, 297, 14)
"""Width, height and margin in mm."""
ALIGN = {
    Align.LEFT: WD_ALIGN_PARAGRAPH.LEFT,
    Align.CENTER: WD_ALIGN_PARAGRAPH.CENTER,
    Align.RIGHT: WD_ALIGN_PARAGRAPH.RIGHT,
}


def build(document: Document, target: Path) -> None:
    """Write a template that names every field and column of ``document``; its values do not matter."""
    word = docx.Document()
    section = word.sections[0]
    section.page_width, section.page_height = Mm(PAGE[0]), Mm(PAGE[1])
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Mm(PAGE[2])
    style = word.styles["Normal"]
    style.font.name, style.font.size = FONT, Pt(9)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), FONT)
    style.paragraph_format.space_after = Pt(0)
    _write(word.add_paragraph(), "{{ company.name }}", Align.CENTER, 16, bold=True)
    reach = "{{ company.address }}　{{ label.phone }}{{ company.phone }}"
    _write(word.add_paragraph(), reach, Align.CENTER, 8)
    _title(word)
    _fields(word, document)
    _lines(word, document)
    _write(word.add_paragraph(), "{{ notice }}", Align.LEFT, 8)
    signatures = '{% for s in signatures %}{{ s.label }}{{ s.name or "__________" }}　　{% endfor %}'
    paragraph = word.add_paragraph()
    paragraph.paragraph_format.space_before = Pt(14)
    _write(paragraph, signatures, Align.LEFT, 9)
    footer = section.footer.paragraphs[0]
    footer.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    for code, after in (("PAGE", " / "), ("NUMPAGES", "")):
        _field_code(footer, code)
        footer.add_run(after)
    word.core_properties.author, word.core_properties.comments = "Shuke", ""
    word.save(str(target))


def _title(word: Any) -> None:
    table = _table(word, 1, [55, 72, 55])
    left, middle, right = table.rows[0].cells
    _write(left.paragraphs[0], "{{ logo }}", Align.LEFT, 9)
    _write(left.add_paragraph(), "{{ label.date }}{{ date }}", Align.LEFT, 9)
    _write(middle.paragraphs[0], "{{ title }}", Align.CENTER, 17, bold=True)
    _write(middle.add_paragraph(), "{{ reprint }}", Align.CENTER, 8)
    _write(right.paragraphs[0], "{{ qr }}", Align.RIGHT, 9)
    _write(right.add_paragraph(), "{{ label.number }}{{ number }}", Align.RIGHT, 9, bold=True)


def _fields(word: Any, document: Document) -> None:
    rows = (len(document.head) + 1) // 2
    table = _table(word, rows, [91, 91])
    for index, field in enumerate(document.head):
        cell = table.rows[index // 2].cells[index % 2]
        text = f"{{{{ label.{field.key} }}}}{{{{ {field.key} }}}}"
        _write(cell.paragraphs[0], text, Align.LEFT, 9)


def _lines(word: Any, document: Document) -> None:
    columns = document.columns
    shares = [column.share for column in columns]
    width = PAGE[0] - 2 * PAGE[2]
    table = _table(word, 5, [width * share / sum(shares) for share in shares], grid=True)
    head, start, line, end, total = table.rows
    for column, cell in zip(columns, head.cells, strict=True):
        _write(cell.paragraphs[0], f"{{{{ column.{column.key} }}}}", Align.CENTER, 9, bold=True)
        _shade(cell)
    repeated = OxmlElement("w:tblHeader")
    head._tr.get_or_add_trPr().append(repeated)
    start.cells[0].paragraphs[0].add_run("{%tr for line in lines %}")
    for column, cell in zip(columns, line.cells, strict=True):
        _write(cell.paragraphs[0], f"{{{{ line.{column.key} }}}}", column.alignment, 9)
    end.cells[0].paragraphs[0].add_run("{%tr endfor %}")
    for column, cell in zip(columns, total.cells, strict=True):
        if column.total:
            _write(cell.paragraphs[0], f"{{{{ total.{column.key} }}}}", column.alignment, 9, bold=True)
    first = next(i for i, column in enumerate(columns) if column.total)
    label = total.cells[0].merge(total.cells[first - 1])
    _write(label.paragraphs[0], "{{ words.total }}", Align.CENTER, 9, bold=True)
    if document.amount is not None:
        _across(table, "{{ capitals_line }}　　¥{{ amount }}", bold=True)
    if document.totals:
        _across(table, "{% for t in totals %}{{ t.label }}{{ t.value }}　　{% endfor %}")
    _across(table, "{{ label.remarks }}{{ remarks }}")


def _across(table: Any, text: str, *, bold: bool = False) -> None:
    cells = table.add_row().cells
    _write(cells[0].merge(cells[-1]).paragraphs[0], text, Align.LEFT, 9, bold=bold)


def _table(word: Any, rows: int, widths: list[float], *, grid: bool = False) -> Any:
    table = word.add_table(rows, len(widths), style="Table Grid" if grid else None)
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    table.autofit = False
    for column, width in zip(table.columns, widths, strict=True):
        for cell in column.cells:
            cell.width = Mm(width)
    return table


def _write(paragraph: Any, text: str, align: Align, size: float, *, bold: bool = False) -> None:
    run = paragraph.add_run(text)
    run.font.size, run.font.bold, run.font.color.rgb = Pt(size), bold, RGBColor(0x11, 0x18, 0x27)
    paragraph.alignment = ALIGN[align]


def _shade(cell: Any) -> None:
    shading = OxmlElement("w:shd")
    for name, value in (("val", "clear"), ("color", "auto"), ("fill", "EEF2F7")):
        shading.set(qn(f"w:{name}"), value)
    cell._tc.get_or_add_tcPr().append(shading)


def _field_code(paragraph: Any, code: str) -> None:
    """A Word field such as the page number."""
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), code)
    paragraph._p.append(field)


def main() -> None:
    """Write all templates."""
    TEMPLATES.mkdir(exist_ok=True)
    line = GoodsLine("", "", Decimal(1), price=Decimal(1), amount=Decimal(1))
    data = DeliveryNoteData("", date(2026, 1, 1), Company(""), "", (line,))
    build(delivery_note(data), TEMPLATES / "delivery_note.docx")
    hidden = DeliveryNoteData("", date(2026, 1, 1), Company(""), "", (line,), show_prices=False)
    build(delivery_note(hidden), TEMPLATES / "delivery_note_no_prices.docx")
    reduced = replace(line, discount=Decimal(95))
    order = OrderData(
        "", date(2026, 1, 1), Company(""), "", (reduced,), Decimal(1),
        Decimal(1), Decimal(95), Decimal(1), Decimal(1), Decimal(1), Decimal(1),
    )  # fmt: skip
    build(order_document(order), TEMPLATES / "order.docx")
    for suffix, each in (("", line), ("_packs", replace(line, packs="1"))):
        issue = StockIssueData("", date(2026, 1, 1), Company(""), "", (each,), customer="x")
        build(stock_issue(issue), TEMPLATES / f"stock_issue{suffix}.docx")
        lying = replace(issue, lines=(replace(each, bin="A"),))
        build(stock_issue(lying), TEMPLATES / f"stock_issue{suffix}_bins.docx")
        notice = DispatchNoticeData("", date(2026, 1, 1), Company(""), "", (each,))
        build(dispatch_notice(notice), TEMPLATES / f"dispatch_notice{suffix}.docx")
        for costs in (True, False):
            receipt = StockReceiptData(
                "", date(2026, 1, 1), Company(""), "", (each,), supplier="x", show_costs=costs
            )
            name = f"stock_receipt{suffix}{'' if costs else '_no_prices'}.docx"
            build(stock_receipt(receipt), TEMPLATES / name)
    part = PaidFor("", Decimal(1))
    paid = PaymentReceiptData("", date(2026, 1, 1), Company(""), "", Decimal(1), (part,))
    build(payment_receipt(paid), TEMPLATES / "payment_receipt.docx")


if __name__ == "__main__":
    main()
