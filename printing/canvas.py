"""A PDF page in millimetres, and one line of text on it in as many fonts as its characters need."""

from __future__ import annotations

from io import BytesIO
from typing import Any, Final

from reportlab.pdfgen.canvas import Canvas

from printing.document import Align, Document
from printing.fonts import runs, text_width
from printing.heading import Text
from printing.style import POINT
from printing.wrapping import clean

MM: Final = 1 / POINT
"""Millimetres to points."""


def start_canvas(stream: BytesIO, document: Document, width: float, height: float) -> Any:
    """A canvas of ``width`` × ``height`` mm with the document's title and author; drawing is up to others."""
    canvas: Any = Canvas(stream, pagesize=(width * MM, height * MM), pageCompression=1)
    canvas.setTitle(clean(f"{document.title} {document.number}"))
    canvas.setAuthor(clean(document.company.name))
    canvas.setCreator("Shuke")
    return canvas


def draw_text(canvas: Any, x: float, y: float, text: Text, color: str) -> None:
    """Draw one line with its foot at ``x``, ``y`` (points), in as many fonts as its characters need."""
    content = clean(text.text).replace("\n", " ")
    if not content:
        return
    spacing = text.spacing * MM
    width = text_width(content, text.size, bold=text.bold) + spacing * (len(content) - 1)
    start = x - {Align.LEFT: 0.0, Align.CENTER: width / 2, Align.RIGHT: width}[text.align]
    writer = canvas.beginText(start, y)
    writer.setFillColor(color)
    if spacing:
        writer.setCharSpace(spacing)
    for font, part in runs(content, bold=text.bold):
        writer.setFont(font, text.size)
        writer.textOut(part)
    if spacing:
        writer.setCharSpace(0)
    canvas.drawText(writer)
