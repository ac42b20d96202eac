"""Documents on receipt rolls (80 and 58 mm): one narrow page as long as its content."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Final

from printing.canvas import MM, draw_text, start_canvas
from printing.document import Align, Document, Field, Kind, Value, written
from printing.fonts import LOCK, text_width
from printing.heading import Text
from printing.paper import Offset, Paper
from printing.style import LEADING, POINT
from printing.wrapping import clean, wrap
from services.language import tr

TEXT: Final = 8.5
SMALL: Final = 7.5
TITLE: Final = 12.0
INK: Final = "#000000"
RULE: Final = "\x00"
"""A dashed line; no text of a document is ever this, because what is wrapped is clean."""


def render_receipt(document: Document, paper: Paper, *, offset: Offset) -> bytes:
    """``document`` for a roll: text columns one below the other, numbers of a line side by side."""
    width = paper.width - paper.margins.left - paper.margins.right
    with LOCK:
        placed: list[Text] = []
        y = paper.margins.top
        for line in _lines(document, width):
            y += line.size * POINT * LEADING
            placed.append(
                Text(line.x, y - line.size * POINT * 0.25, line.text, line.size, line.bold, line.align)
            )
            if line.text and line.label:  # the next text stands on the same line
                y -= line.size * POINT * LEADING
        height = y + paper.margins.bottom
        stream = BytesIO()
        canvas = start_canvas(stream, document, paper.width, height)
        for text in placed:
            left = (paper.margins.left + offset.x) * MM
            foot = (height - text.baseline - offset.y) * MM
            if text.text == RULE:
                canvas.setDash(1.5, 1.5)
                canvas.setLineWidth(0.4)
                canvas.line(left, foot, left + width * MM, foot)
            else:
                draw_text(canvas, left + text.x * MM, foot, text, INK)
        canvas.showPage()
        canvas.save()
        return stream.getvalue()


def _lines(document: Document, width: float) -> Iterator[Text]:
    """The lines top down; ``label`` marks one that shares its line with the next."""
    yield from _wrapped(document.company.name, width, TITLE, bold=True, align=Align.CENTER)
    yield from _wrapped(document.title, width, TITLE, bold=True, align=Align.CENTER)
    if document.reprint:
        yield from _wrapped(document.reprint, width, SMALL, align=Align.CENTER)
    head = (
        Field("number", tr("Document number"), document.number),
        Field("date", tr("Date"), document.date),
        *document.shown,
    )
    for field in head:
        if clean(field.text):
            yield from _wrapped(tr("{label}: ", label=field.label) + field.text, width, SMALL)
    yield Text(0, 0, RULE, SMALL)
    for row in document.rows:
        yield from _row(document, row, width)
    yield Text(0, 0, RULE, SMALL)
    for column, total in zip(document.columns, document.sums(), strict=True):
        if total is not None:
            yield from _pair(f"{tr('Total')} {column.title}", written(total, column.kind), width)
    if document.in_capitals:
        yield from _wrapped(tr("Amount in capitals: {amount}", amount=document.in_capitals), width, SMALL)
    for total_field in document.totals:
        yield from _pair(total_field.label, total_field.text, width)
    for text in (document.remarks, document.notice):
        yield from _wrapped(text, width, SMALL)
    for text in (document.company.address, document.company.phone):
        yield from _wrapped(text, width, SMALL, align=Align.CENTER)


def _row(document: Document, row: tuple[Value, ...], width: float) -> Iterator[Text]:
    cells = [
        (column, written(value, column.kind)) for column, value in zip(document.columns, row, strict=True)
    ]
    words = [text for column, text in cells if column.kind is Kind.TEXT and clean(text)]
    numbers = [text for column, text in cells if column.kind not in (Kind.TEXT, Kind.INTEGER) and text]
    yield from _wrapped("  ".join(words), width, TEXT)
    if numbers:
        yield from _pair(" × ".join(numbers[:-1]), numbers[-1], width)


def _pair(left: str, right: str, width: float) -> Iterator[Text]:
    """Two texts on one line, or below one another where that is too narrow."""
    room = width - text_width(clean(right), TEXT * POINT, bold=True) - 2
    shares = bool(clean(left)) and text_width(clean(left), TEXT * POINT) <= room
    if clean(left):
        lines = list(_wrapped(left, width, TEXT))
        yield from lines[:-1]
        yield Text(0, 0, lines[-1].text, TEXT, label=shares)
    for line in wrap(right, width, TEXT * POINT, bold=True):
        yield Text(width, 0, line, TEXT, True, Align.RIGHT)


def _wrapped(
    text: str, width: float, size: float, *, bold: bool = False, align: Align = Align.LEFT
) -> Iterator[Text]:
    x = {Align.LEFT: 0.0, Align.CENTER: width / 2, Align.RIGHT: width}[align]
    if clean(text):
        for line in wrap(text, width, size * POINT, bold=bold):
            yield Text(x, 0, line, size, bold, align)
