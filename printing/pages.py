"""PDF pages as pictures, and pictures on a printer. Safe to call from any thread."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from threading import RLock
from typing import Any, Final

import pypdfium2
from PySide6.QtCore import QRectF, QSizeF
from PySide6.QtGui import QImage, QPageLayout, QPageSize, QPainter
from PySide6.QtPrintSupport import QPrinter

from printing.paper import Offset, Paper
from services.errors import ShukeError
from services.language import mark

DPI: Final = 300
"""What is sent to printers; finer than needle printers and enough for small print on laser printers."""
_PDFIUM: Final = RLock()
"""PDFium works for one thread at a time."""


def page_sizes(pdf: bytes) -> list[tuple[float, float]]:
    """Width and height of each page in mm."""
    with _PDFIUM:
        book = pypdfium2.PdfDocument(pdf)
        try:
            return [(width / 72 * 25.4, height / 72 * 25.4) for width, height in map(_size, book)]
        finally:
            book.close()


def joined(pdfs: Sequence[bytes]) -> bytes:
    """One PDF file with the pages of all, in order; the only one unchanged."""
    if len(pdfs) == 1:
        return pdfs[0]
    with _PDFIUM:
        whole = pypdfium2.PdfDocument.new()
        try:
            for pdf in pdfs:
                part = pypdfium2.PdfDocument(pdf)
                whole.import_pages(part)
                part.close()
            stream = BytesIO()
            whole.save(stream)
            return stream.getvalue()
        finally:
            whole.close()


def page_image(pdf: bytes, index: int, dpi: float) -> QImage:
    """Page ``index`` (from 0) at ``dpi`` dots per inch."""
    with _PDFIUM:
        book = pypdfium2.PdfDocument(pdf)
        try:
            page = book[index]
            bitmap = page.render(scale=dpi / 72, prefer_bgrx=True)
            view = QImage(
                bytes(bitmap.buffer), bitmap.width, bitmap.height, bitmap.stride, QImage.Format.Format_RGB32
            )
            image = view.copy()  # the bytes go away with this function
            bitmap.close()
            page.close()
            return image
        finally:
            book.close()


def _size(page: Any) -> tuple[float, float]:
    width, height = page.get_size()
    page.close()
    return width, height


def set_page(printer: QPrinter, paper: Paper, height: float) -> None:
    """Tell ``printer`` the exact paper; ``height`` in mm is that of the page where the paper is a roll."""
    landscape = paper.key.endswith("_landscape")
    if paper.key.startswith(("a4", "a5")):
        size = QPageSize(QPageSize.PageSizeId.A4 if paper.key.startswith("a4") else QPageSize.PageSizeId.A5)
    else:
        millimetres = QSizeF(paper.width, paper.height or height)
        match = QPageSize.SizeMatchPolicy.ExactMatch
        size = QPageSize(millimetres, QPageSize.Unit.Millimeter, paper.title, match)
    printer.setFullPage(True)
    printer.setPageSize(size)
    orientation = QPageLayout.Orientation.Landscape if landscape else QPageLayout.Orientation.Portrait
    printer.setPageOrientation(orientation)


def print_pdf(pdf: bytes, printer: QPrinter, paper: Paper, offset: Offset) -> int:
    """Print the pages chosen in ``printer`` in their true size, moved by ``offset``; how many were sent.

    ShukeError if the printer does not take them. The caller keeps ``printer`` alive.
    """
    sizes = page_sizes(pdf)
    set_page(printer, paper, sizes[0][1])
    first = max(printer.fromPage(), 1)
    last = min(printer.toPage() or len(sizes), len(sizes))
    rounds = 1 if printer.supportsMultipleCopies() else max(printer.copyCount(), 1)
    chosen = [index for _ in range(rounds) for index in range(first - 1, last)]
    refused = mark("The printer {name} does not accept the document. See whether it is on and has paper.")
    painter = QPainter()
    if not chosen or not painter.begin(printer):
        raise ShukeError(refused, name=printer.printerName() or printer.outputFileName())
    try:
        dot = printer.resolution() / 25.4
        for number, index in enumerate(chosen):
            if number and not printer.newPage():
                raise ShukeError(refused, name=printer.printerName())
            width, height = sizes[index]
            image = page_image(pdf, index, min(DPI, printer.resolution()))
            painter.drawImage(QRectF(offset.x * dot, offset.y * dot, width * dot, height * dot), image)
    finally:
        painter.end()
    return len(chosen)
