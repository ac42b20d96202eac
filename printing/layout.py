"""Where everything of a document stands, before anything is drawn. Lengths in mm from the top left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from printing.document import Align, Column, Document, Kind, Value, written
from printing.fonts import text_width
from printing.paper import Paper
from printing.style import LEADING, POINT, Style
from printing.wrapping import clean, limited, size_to_fit, wrap
from services.language import tr

LONGEST_CELL: Final = 0.3
"""A row higher than this share of the page is continued in a second one."""
YIELDS: Final = 0.35
"""Part of its width that a column of text gives up for numbers that would not fit."""
SQUEEZE: Final = 0.86
"""Text may be set this much smaller to save a line."""
SHORT: Final = 2.5
"""Remarks and small print up to so many rows stay on the page of the total."""


@dataclass(frozen=True, slots=True)
class Cell:
    """Lines of text between ``x`` and ``x + width``; ``size`` in points. ``edge``: a line at its right."""

    x: float
    width: float
    lines: tuple[str, ...]
    size: float
    bold: bool = False
    align: Align = Align.LEFT
    edge: bool = True


@dataclass(frozen=True, slots=True)
class Band:
    """One row of the table, or a row as wide as the table. ``row`` is the index of the document's row."""

    height: float
    cells: tuple[Cell, ...]
    fill: bool = False
    frame: bool = True
    row: int | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """The bands of one page, top down."""

    bands: tuple[Band, ...]


class TableLayout:
    """Makes the bands of one document for one width."""

    def __init__(self, document: Document, paper: Paper, style: Style) -> None:
        self.document = document
        self.style = style
        self.width = paper.width - paper.margins.left - paper.margins.right
        self.longest = paper.height * LONGEST_CELL
        self.widths = self._column_widths()
        self.lefts = [sum(self.widths[:i]) for i in range(len(self.widths))]

    def _column_widths(self) -> list[float]:
        """The columns' shares in mm; numbers too long for theirs get room from the columns of text."""
        columns = self.document.columns
        shares = [max(column.share, 0.1) for column in columns]
        widths = [share * self.width / sum(shares) for share in shares]
        sums = self.document.sums()
        lacking = [0.0] * len(columns)
        for i, column in enumerate(columns):
            if _numeric(column):
                texts = {
                    written(value, column.kind)
                    for value in (*(row[i] for row in self.document.rows), sums[i])
                }
                longest = max(text_width(clean(text), self.style.text * POINT, bold=True) for text in texts)
                lacking[i] = max(0.0, longest + 2 * self.style.pad + 0.2 - widths[i])
        spare = [0.0 if _numeric(c) else width * YIELDS for c, width in zip(columns, widths, strict=True)]
        if not any(lacking) or not sum(spare):
            return widths
        given = min(sum(lacking), sum(spare))
        return [
            width + more * given / sum(lacking) - less * given / sum(spare)
            for width, more, less in zip(widths, lacking, spare, strict=True)
        ]

    def head(self) -> Band:
        """The titles of the columns."""
        return self._row(
            [column.title for column in self.document.columns],
            aligns=[Align.CENTER] * len(self.widths),
            bold=True,
            fill=True,
        )[0]

    def rows(self) -> list[Band]:
        """The document's rows; one that is too high is continued in the next band."""
        columns = self.document.columns
        aligns = [column.alignment for column in columns]
        bands = []
        for index, row in enumerate(self.document.rows):
            texts = [written(value, column.kind) for value, column in zip(row, columns, strict=True)]
            bands += self._row(texts, aligns=aligns, row=index)
        return bands

    def blank(self) -> Band:
        """An empty row."""
        return Band(self.style.row, tuple(self._cell(i, ("",)) for i in range(len(self.widths))))

    def sums(self, label: str, values: Sequence[Value]) -> Band | None:
        """A row of sums, with ``label`` in front of the first; None where no column has a total."""
        columns = self.document.columns
        first = next((i for i, column in enumerate(columns) if column.total), None)
        if first is None:
            return None
        cells = [Cell(0, self.lefts[first], (label,), self.style.text, True, Align.CENTER)] if first else []
        for i in range(first, len(columns)):
            text = written(values[i], columns[i].kind)
            lines, size = self._number(text, i, bold=True)
            cells.append(replace(self._cell(i, lines), size=size, bold=True, align=columns[i].alignment))
        return Band(self.style.row, tuple(cells))

    def amount(self) -> Band | None:
        """The amount in capitals and in digits."""
        if not self.document.in_capitals or self.document.amount is None:
            return None
        words = tr("Amount in capitals: {amount}", amount=self.document.in_capitals)
        digits = f"¥{written(self.document.amount, Kind.AMOUNT)}"
        size, half = self.style.text, self.width * 0.7
        lines = tuple(wrap(words, half - 2 * self.style.pad, size * POINT, bold=True))
        return Band(
            self._height(len(lines)),
            (
                Cell(0, half, lines, size, True, edge=False),
                Cell(half, self.width - half, (digits,), size + 1, True, Align.RIGHT),
            ),
        )

    def further(self) -> Band | None:
        """Further sums, side by side."""
        texts = [tr("{label}: ", label=total.label) + total.text for total in self.document.totals]
        return self.paragraph("    ".join(texts), frame=True)[0] if texts else None

    def paragraph(self, text: str, *, frame: bool) -> list[Band]:
        """Text as wide as the table, in as many bands as its length needs."""
        size = self.style.text if frame else self.style.small
        lines = wrap(text, self.width - 2 * self.style.pad, size * POINT) if clean(text) else []
        most = max(1, int(self.longest / (size * POINT * LEADING)))
        bands = []
        for start in range(0, len(lines), most):
            part = tuple(lines[start : start + most])
            height = self._height(len(part)) if frame else len(part) * size * POINT * LEADING + 1
            bands.append(Band(height, (Cell(0, self.width, part, size),), frame=frame))
        return bands

    def _cell(self, index: int, lines: Sequence[str]) -> Cell:
        return Cell(self.lefts[index], self.widths[index], tuple(lines), self.style.text)

    def _height(self, lines: int) -> float:
        needed = lines * self.style.text * POINT * LEADING + 2 * self.style.pad * 0.7
        return max(self.style.row, needed)

    def _number(self, text: str, index: int, *, bold: bool) -> tuple[list[str], float]:
        """A number on one line, as small as it must be: broken in two it would be read as two."""
        room = self.widths[index] - 2 * self.style.pad
        size = size_to_fit(clean(text), room, self.style.text * POINT, bold=bold, least=0.1) / POINT
        return [text], size

    def _squeezed(self, text: str, room: float) -> float:
        """The size at which ``text`` stays on one line if a little smaller does it, else the usual one."""
        size = size_to_fit(text, room, self.style.text * POINT, least=SQUEEZE) / POINT
        return size if text_width(text, size * POINT) <= room * 1.001 else self.style.text

    def _row(
        self,
        texts: Sequence[str],
        *,
        aligns: Sequence[Align],
        bold: bool = False,
        fill: bool = False,
        row: int | None = None,
    ) -> list[Band]:
        cells = []
        for i, (text, align) in enumerate(zip(texts, aligns, strict=True)):
            room = self.widths[i] - (1 if fill else 2 * self.style.pad)
            if _numeric(self.document.columns[i]) and not fill:
                lines, size = self._number(text, i, bold=bold)
            else:
                longest = max(clean(text).split(), key=len, default="") if fill else ""
                size = size_to_fit(longest, room, self.style.text * POINT, bold=bold) / POINT
                if not fill:  # a product number a little too long stays on one line
                    size = self._squeezed(clean(text), room)
                lines = wrap(text, room, size * POINT, bold=bold)
            if fill:
                lines = limited(lines, 2, room, size * POINT, bold=bold)
            cells.append(replace(self._cell(i, lines), size=size, bold=bold, align=align))
        return self._split(cells, fill, row)

    def _split(self, cells: list[Cell], fill: bool, row: int | None) -> list[Band]:
        most = max(1, int(self.longest / (self.style.text * POINT * LEADING)))
        count = max(len(cell.lines) for cell in cells)
        bands = []
        for start in range(0, count, most):
            part = tuple(replace(cell, lines=cell.lines[start : start + most]) for cell in cells)
            height = self._height(max(len(cell.lines) for cell in part))
            bands.append(Band(height, part, fill=fill, row=row if start == 0 else None))
        return bands


def _numeric(column: Column) -> bool:
    return column.kind is not Kind.TEXT


def paginate(table: TableLayout, room: float, later: float, tail: Sequence[Band]) -> list[Page]:
    """The pages of a document: ``room`` mm on the first, ``later`` on the others; ``tail`` follows the total.

    Every page repeats the head. With more than one page, each ends in its own sums and begins, from the
    second, with those brought forward. The total never stands alone where a row can stand with it.
    """
    head, rows = table.head(), table.rows()
    total = table.sums(tr("Total"), table.document.sums())
    closing = [band for band in (total, table.amount(), table.further()) if band]
    short = [band for band in tail if band.height <= SHORT * table.style.row]
    if len(short) == len(tail):  # a line of small print alone on a page is a waste of paper
        closing, tail = [*closing, *tail], []
    flowing = list(tail)
    if _sum([head, *rows, *closing, *flowing]) <= room:
        return [Page((head, *rows, *_blanks(table, room - _sum([head, *rows, *closing, *flowing])), *closing,
                      *flowing))]  # fmt: skip
    return _long(table, (room, later), head, rows, closing, flowing)


def _long(
    table: TableLayout,
    rooms: tuple[float, float],
    head: Band,
    rows: list[Band],
    closing: list[Band],
    flowing: list[Band],
) -> list[Page]:
    pages: list[Page] = []
    done = 0
    while True:
        room = rooms[1 if pages else 0]
        forward = _sums_of(table, tr("Brought forward"), rows[:done]) if done else None
        bands = [band for band in (head, forward) if band]
        total_height = table.style.row if _sums_of(table, "", []) else 0
        free = room - _sum(bands) - total_height
        left = rows[done:]
        if _sum([*left, *closing]) <= free:
            page_total = _sums_of(table, tr("Page total"), left) if pages else None
            bands += [*left, *([page_total] if page_total else []), *closing]
            return pages + _flow(bands, flowing, room, rooms[1])
        taken = 0
        while taken < len(left) and left[taken].height <= free:
            free -= left[taken].height
            taken += 1
        taken = max(1, taken - 1 if taken == len(left) else taken) if left else 0
        part = left[:taken]
        if not part:  # paper lower than its own head: let the closing bands flow
            return pages + _flow(bands, [*closing, *flowing], room, rooms[1])
        done += taken
        page_total = _sums_of(table, tr("Page total"), part)
        pages.append(Page((*bands, *part, *([page_total] if page_total else []))))


def _flow(bands: list[Band], flowing: list[Band], room: float, later: float) -> list[Page]:
    """Put ``flowing`` after ``bands``, on further pages where they do not fit."""
    pages = []
    for band in flowing:
        if bands and _sum([*bands, band]) > room:
            pages.append(Page(tuple(bands)))
            bands, room = [], later
        bands = [*bands, band]
    return [*pages, Page(tuple(bands))]


def _blanks(table: TableLayout, room: float) -> list[Band]:
    count = int(room / table.style.row) if table.style.fill_rows else 0
    return [table.blank()] * count


def _sums_of(table: TableLayout, label: str, bands: Sequence[Band]) -> Band | None:
    rows = [table.document.rows[band.row] for band in bands if band.row is not None]
    return table.sums(label, table.document.sums(rows))


def _sum(bands: Sequence[Band]) -> float:
    return sum(band.height for band in bands)
