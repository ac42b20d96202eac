"""What a print dialog puts on paper and into files, read back."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import docx
import openpyxl
import pypdfium2
from PySide6.QtPrintSupport import QPrinter
from pytestqt.qtbot import QtBot

from printing.paper import PAPERS
from widgets.base.print_dialog import PrintDialog


def said(qtbot: QtBot, dialog: PrintDialog, folder: Path) -> str:
    """Every word of the PDF on continuous paper; Word and Excel are written beside."""
    preview = dialog.preview
    half = next(paper for paper in PAPERS if (paper.width, paper.height) == (241, 140))
    preview.set_paper(half)
    qtbot.waitUntil(lambda: bool(preview.page_count and preview.pdf))
    for ending, save in (
        ("pdf", preview.save_pdf),
        ("docx", preview.save_word),
        ("xlsx", preview.save_excel),
    ):
        with qtbot.waitSignal(preview.saved, timeout=15000):
            save(folder / f"paper.{ending}")
    with pypdfium2.PdfDocument(folder / "paper.pdf") as document:
        (first,) = list(document)
        assert [round(side / 72 * 25.4) for side in first.get_size()] == [241, 140]
        return str(first.get_textpage().get_text_bounded())


def office_words(folder: Path) -> tuple[str, str]:
    """Every word of the Word file, and of the Excel file."""
    book = docx.Document(BytesIO((folder / "paper.docx").read_bytes()))
    cells = {cell.text for table in book.tables for row in table.rows for cell in row.cells}
    word = "\n".join([*(paragraph.text for paragraph in book.paragraphs), *cells])
    sheet = openpyxl.load_workbook(folder / "paper.xlsx").active
    assert sheet is not None
    excel = "\n".join(
        str(value) for row in sheet.iter_rows(values_only=True) for value in row if value is not None
    )
    return word, excel


def printed(qtbot: QtBot, dialog: PrintDialog, file: Path) -> None:
    """On a printer that writes a file."""
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(file))
    with qtbot.waitSignal(dialog.printed, timeout=15000):
        dialog.preview.print_to(printer)
