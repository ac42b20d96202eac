"""Documents as PDF, in millimetres, with reportlab: ``render_pdf`` is all that others need."""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO
from typing import Any, Final

from reportlab.lib.utils import ImageReader

from printing.canvas import MM, draw_text, start_canvas
from printing.codes import bars, qr
from printing.document import Align, Code, Document
from printing.fonts import LOCK, text_width
from printing.heading import Heading, Text, heading
from printing.layout import Band, Cell, Page, TableLayout, paginate
from printing.paper import NO_OFFSET, Offset, Paper
from printing.receipt import render_receipt
from printing.style import LEADING, POINT, Style, style_for
from printing.wrapping import clean, shortened
from services.language import tr

SIGNING: Final = 17.0
"""mm that somebody signs on, if the labels leave them."""
STAMP_SIDE: Final = 38.0
"""A company's round stamp, in mm (GB/T 33190 and custom: 38 to 42)."""


def render_pdf(document: Document, paper: Paper, *, offset: Offset = NO_OFFSET) -> bytes:
    """``document`` as a PDF file for ``paper``, moved by ``offset``.

    Text in it can be searched and copied, rare characters included. Takes 0.05 to 0.15 s for a page.
    """
    if paper.roll:
        return render_receipt(document, paper, offset=offset)
    style = style_for(paper)
    with LOCK:
        return _Painter(document, paper, style, offset).render()


class _Painter:
    """Draws one document. Takes mm from the top left inside the margins, hands points to reportlab."""

    def __init__(self, document: Document, paper: Paper, style: Style, offset: Offset) -> None:
        self.document = document
        self.paper = paper
        self.style = style
        self.offset = offset
        self.width = paper.width - paper.margins.left - paper.margins.right
        self.height = paper.height - paper.margins.top - paper.margins.bottom
        self.stream = BytesIO()
        self.canvas: Any = start_canvas(self.stream, document, paper.width, paper.height)

    def render(self) -> bytes:
        head = heading(self.document, self.paper, self.style)
        short = heading(self.document, self.paper, self.style, continued=True)
        table = TableLayout(self.document, self.paper, self.style)
        signing = self._signing_height()
        foot = self._foot_height()
        tail = table.paragraph(_remarks(self.document), frame=True)
        tail += table.paragraph(self.document.notice, frame=False)
        if not self.style.sign_every_page and signing:
            tail.append(Band(signing, (), frame=False))
        room = self.height - foot - (signing if self.style.sign_every_page else 0)
        pages = paginate(table, room - head.height, room - short.height, tail)
        for number, page in enumerate(pages, start=1):
            self._page(head if number == 1 else short, page, number, len(pages))
            self.canvas.showPage()
        self.canvas.save()
        return self.stream.getvalue()

    def _page(self, head: Heading, page: Page, number: int, count: int) -> None:
        for text in head.texts:
            self._text(text)
        self._code(head)
        self._picture(self.document.company.logo, 0, 0, self.style.code * 2, head.logo_height)
        y = head.height
        for band in page.bands:
            if band.cells:
                self._band(band, y)
            else:
                self._signatures(y + band.height)
            y += band.height
        foot = self.height - self._foot_height()
        if self.style.sign_every_page:
            self._signatures(foot)
        self._foot(number, count)

    def _band(self, band: Band, y: float) -> None:
        style, canvas = self.style, self.canvas
        if band.fill and style.head_fill:
            canvas.setFillColor(style.head_fill)
            canvas.rect(*self._box(0, y, self.width, band.height), stroke=0, fill=1)
        for cell in band.cells:
            self._cell(cell, y, band)
        if not band.frame:
            return
        canvas.setStrokeColor(style.line)
        canvas.setLineWidth(style.line_width * MM)
        canvas.rect(*self._box(0, y, self.width, band.height), stroke=1, fill=0)
        for cell in band.cells:
            right = cell.x + cell.width
            if cell.edge and right < self.width - 0.1:
                canvas.line(*self._point(right, y), *self._point(right, y + band.height))

    def _cell(self, cell: Cell, y: float, band: Band) -> None:
        leading = cell.size * POINT * LEADING
        baseline = y + (band.height - leading * len(cell.lines)) / 2 + cell.size * POINT * 1.02
        pad = self.style.pad if band.frame else 0
        x = {
            Align.LEFT: cell.x + pad,
            Align.CENTER: cell.x + cell.width / 2,
            Align.RIGHT: cell.x + cell.width - pad,
        }[cell.align]
        for index, line in enumerate(cell.lines):
            self._text(Text(x, baseline + index * leading, line, cell.size, cell.bold, cell.align))

    def _text(self, text: Text) -> None:
        x, y = self._point(text.x, text.baseline)
        draw_text(self.canvas, x, y, text, self.style.label if text.label else self.style.ink)

    def _code(self, head: Heading) -> None:
        document, side = self.document, head.code_side
        self.canvas.setFillColor("#000000")
        if document.code is Code.QR and side:
            modules = qr(document.number)
            step = side / len(modules) if modules else 0
            for y, row in enumerate(modules):
                self._rects(
                    (self.width - side + a * step, y * step, (b - a) * step, step) for a, b in _runs(row)
                )
        elif document.code is Code.BARS:
            pattern = bars(document.number)
            step = min(0.33, self.width * 0.3 / (sum(pattern[-1]))) if pattern else 0
            left = self.width - sum(pattern[-1]) * step if pattern else 0
            self._rects((left + x * step, 0, width * step, 8) for x, width in pattern)

    def _rects(self, boxes: Iterable[tuple[float, float, float, float]]) -> None:
        for x, y, width, height in boxes:
            self.canvas.rect(*self._box(x, y, width, height), stroke=0, fill=1)

    def _picture(self, data: bytes | None, x: float, y: float, width: float, height: float) -> None:
        """A picture inside a box, as large as fits; one that cannot be read is left out."""
        if not data or not height:
            return
        try:
            image = ImageReader(BytesIO(data))
            self.canvas.drawImage(
                image, *self._box(x, y, width, height), mask="auto", preserveAspectRatio=True, anchor="nw"
            )
        except (OSError, ValueError, SyntaxError):
            return

    def _signing_height(self) -> float:
        return self.style.text * POINT * 2.1 + self.style.gap if self.document.signatures else 0

    def _signatures(self, bottom: float) -> None:
        """Labels at equal distances, each with a line to sign on unless its name is printed."""
        signatures = self.document.signatures
        if not signatures:
            return
        size = self.style.text
        baseline = bottom - self.style.gap * 0.5 - size * POINT * 0.35
        labels = [tr("{label}: ", label=signature.label) for signature in signatures]
        widths = [text_width(label, size * POINT) for label in labels]
        room = (self.width - sum(widths)) / len(signatures)
        if room < SIGNING:  # many or long labels: smaller type rather than no place to sign
            size *= max(0.7, (self.width - SIGNING * len(labels)) / sum(widths))
            widths = [text_width(label, size * POINT) for label in labels]
            room = max(1.0, (self.width - sum(widths)) / len(signatures))
        x = 0.0
        for signature, label, width in zip(signatures, labels, widths, strict=True):
            self._text(Text(x, baseline, label.rstrip(), size, label=True))
            if signature.name:
                name = shortened(clean(signature.name), room, size * POINT)
                self._text(Text(x + width, baseline, name, size))
            else:
                self.canvas.setStrokeColor(self.style.ink)
                self.canvas.setLineWidth(self.style.line_width * MM)
                below = baseline + 0.8
                self.canvas.line(*self._point(x + width, below), *self._point(x + width + room - 3, below))
            x += width + room
        side = min(STAMP_SIDE, self.height / 4)
        center = self.width * (0.3 if len(signatures) > 1 else 0.7)  # ours, not where the customer signs
        self._picture(self.document.company.stamp, center - side / 2, bottom - side * 0.8, side, side)

    def _foot_height(self) -> float:
        return self.style.small * POINT * 1.5

    def _foot(self, number: int, count: int) -> None:
        page = tr("Page {number} of {count}", number=number, count=count)
        copies = "   ".join(clean(copy) for copy in self.document.copies)
        baseline = self.height - self.style.small * POINT * 0.3
        self._text(Text(self.width, baseline, page, self.style.small, align=Align.RIGHT, label=True))
        if copies:
            self._text(Text(0, baseline, copies, self.style.small, label=True))

    def _point(self, x: float, y: float) -> tuple[float, float]:
        margins, offset = self.paper.margins, self.offset
        top = self.paper.height - margins.top - offset.y - y
        return (margins.left + offset.x + x) * MM, top * MM

    def _box(self, x: float, y: float, width: float, height: float) -> tuple[float, float, float, float]:
        return *self._point(x, y + height), width * MM, height * MM


def _remarks(document: Document) -> str:
    remarks = clean(document.remarks)
    return tr("{label}: ", label=tr("Remarks")) + remarks if remarks else ""


def _runs(row: tuple[bool, ...]) -> Iterable[tuple[int, int]]:
    """Spans of dark modules; drawn as one, or fine white lines show between them."""
    start = None
    for index, dark in enumerate((*row, False)):
        if dark and start is None:
            start = index
        elif not dark and start is not None:
            yield start, index
            start = None
