"""The head of every page: company, title, number, code and the fields. Lengths in mm from the top left."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil

from printing.document import Align, Code, Document, Field
from printing.fonts import text_width
from printing.paper import Paper
from printing.style import LEADING, POINT, Style
from printing.wrapping import clean, limited, shortened, size_to_fit, wrap
from services.language import tr

COLUMNS = 12
"""Fields are placed on so many columns."""
WIDEST = 6
"""A field grows to so many columns before its value is broken into lines."""
MOST_LINES = 4
"""A field longer than this many lines is shortened."""


FIELD_GAP = 2.0
"""Least distance between two fields of a line, in mm."""


@dataclass(frozen=True, slots=True)
class Text:
    """One line of text. ``x`` is its left, middle or right edge by ``align``; ``baseline`` from the top."""

    x: float
    baseline: float
    text: str
    size: float
    bold: bool = False
    align: Align = Align.LEFT
    label: bool = False
    spacing: float = 0
    """Extra space between characters, in mm."""


@dataclass(frozen=True, slots=True)
class Heading:
    """Everything above the table, and how high it is; ``code_side`` is 0 without a code."""

    height: float
    texts: tuple[Text, ...]
    code_side: float
    logo_height: float


def heading(document: Document, paper: Paper, style: Style, *, continued: bool = False) -> Heading:
    """The head of ``document`` on ``paper``; shorter for the pages that continue it."""
    width = paper.width - paper.margins.left - paper.margins.right
    code = style.code if document.code is Code.QR and document.number else 0.0
    side = max(code, style.code if document.company.logo else 0.0) + 3
    y = 0.0
    texts: list[Text] = []
    for line, size, bold in _company_lines(document, width - 2 * side, style, contact=not continued):
        y += size * POINT * LEADING
        texts.append(Text(width / 2, y - size * POINT * 0.25, line, size, bold, Align.CENTER))
    y += style.gap * 0.4
    # The number stands under the code, a millimetre below it.
    y = max(
        y + style.title * POINT * LEADING, code + 1 + (style.text + style.title * 0.25) * POINT if code else 0
    )
    texts += _title_row(document, width, y - style.title * POINT * 0.25, style)
    y += style.gap * 0.7
    fields, y = _fields(document.shown, width, y, style, only_first=continued)
    return Heading(y + style.gap * 0.6, (*texts, *fields), code, style.code if document.company.logo else 0.0)


def _company_lines(
    document: Document, room: float, style: Style, *, contact: bool
) -> Iterator[tuple[str, float, bool]]:
    company = document.company
    name = clean(company.name).replace("\n", " ")
    if name:
        size = size_to_fit(name, room, style.company * POINT, bold=True, least=0.7) / POINT
        lines = wrap(name, room, size * POINT, bold=True)
        for line in limited(lines, 2, room, size * POINT, bold=True):
            yield line, size, True
    for reach in company.reach() if contact else ():
        lines = wrap(clean(reach).replace("\n", " "), room, style.small * POINT)
        for line in limited(lines, 2, room, style.small * POINT):
            yield line, style.small, False


def _labelled(label: str, value: str) -> str:
    return tr("{label}: ", label=label) + value if clean(value) else ""


def _title_row(document: Document, width: float, baseline: float, style: Style) -> Iterator[Text]:
    """Date and the mark of a reprint at the left, title in the middle, number at the right."""
    title = clean(document.title)
    # Short Chinese titles are set wide, as they are on every form: 发 货 单.
    wide = len(title) <= 6 and not title.isascii()
    spacing = style.title * POINT * 0.5 if wide else 0.0
    title_width = text_width(title, style.title * POINT, bold=True) + spacing * (len(title) - 1)
    yield Text(width / 2, baseline, title, style.title, True, Align.CENTER, spacing=spacing)
    date = _labelled(tr("Date"), document.date.isoformat())
    yield Text(0, baseline, date, style.text)
    room = (width - title_width) / 2 - 3
    if document.reprint:
        x = text_width(date, style.text * POINT) + 3
        size = size_to_fit(document.reprint, room - x, style.text * POINT, bold=True) / POINT
        yield Text(x, baseline, document.reprint, size, True)
    number = clean(document.number).replace("\n", " ")
    labelled = _labelled(tr("Document number"), number)
    if text_width(labelled, style.text * POINT, bold=True) <= room:
        number = labelled  # the label is the first to go where room is short, the number never
    size = size_to_fit(number, room, style.text * POINT, bold=True, least=0.5) / POINT
    number = shortened(number, room, size * POINT, bold=True)
    yield Text(width, baseline, number, size, True, Align.RIGHT)


def _fields(
    fields: tuple[Field, ...], width: float, y: float, style: Style, *, only_first: bool
) -> tuple[list[Text], float]:
    texts: list[Text] = []
    lines = list(_lines_of(fields, width, style))
    for line in lines[:1] if only_first else lines:
        x, height = 0.0, 0
        for field, span in line:
            room = width * span / COLUMNS
            placed = _field(field, x, y, room - FIELD_GAP, style)
            height = max(height, round((placed[-1].baseline - placed[0].baseline) / _leading(style)) + 1)
            texts += placed
            x += room
        y += height * _leading(style)
    return texts, y


def _leading(style: Style) -> float:
    return style.text * POINT * 1.45


def _span(field: Field, width: float, style: Style) -> int:
    """The columns ``field`` asks for, or more if its value would break (a tracking number must not)."""
    needed = text_width(_labelled(field.label, field.text), style.text * POINT) + FIELD_GAP
    return min(COLUMNS, max(field.span, min(WIDEST, ceil(needed / width * COLUMNS))))


def _lines_of(fields: tuple[Field, ...], width: float, style: Style) -> Iterator[list[tuple[Field, int]]]:
    """Fields by line with their spans; the last of a line gets what is left."""
    line: list[tuple[Field, int]] = []
    used = 0
    for field in fields:
        span = _span(field, width, style)
        if used + span > COLUMNS:
            last, last_span = line[-1]
            line[-1] = (last, last_span + COLUMNS - used)
            yield line
            line, used = [], 0
        line.append((field, span))
        used += span
    if line:
        last, last_span = line[-1]
        yield [*line[:-1], (last, last_span + COLUMNS - used)]


def _field(field: Field, x: float, y: float, room: float, style: Style) -> list[Text]:
    label = tr("{label}: ", label=field.label)
    size = style.text * POINT
    label_size = size
    if text_width(label + clean(field.text), size) > room:  # a long label leaves a third for the value
        label_size = size_to_fit(label, room * 0.67, size, least=0.3)
    indent = text_width(label, label_size)
    lines = limited(wrap(field.text, room - indent, size), MOST_LINES, room - indent, size)
    baseline = y + size * 1.05
    texts = [Text(x, baseline, label.rstrip(), label_size / POINT, label=True)]
    for index, line in enumerate(lines):
        texts.append(Text(x + indent, baseline + index * _leading(style), line, style.text))
    return texts
