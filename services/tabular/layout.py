"""Where the header of a table is: below its preamble, in one row or in several merged ones. And its totals."""

from __future__ import annotations

import re
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Final

from services.tabular.cells import Cell, Row, filled

LOOK: Final = 60
"""How many filled rows are looked at."""
_NUMERIC = re.compile(r"[-+¥￥$]?[\d,.\s:/%年月日时分秒-]+(元|号)?")
_INVENTED = re.compile(r"(Column|列)\s?\d+")
"""What Excel calls the columns of a range without a header that it was told to make a table of."""
_EDGES: Final = re.compile(r"[\s:：]+")
_TOTALS: Final = {"total", "totals", "合计", "总计", "共计"}
_MAX_TITLE: Final = 60
_MAX_DEPTH: Final = 4

Merge = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Header:
    """Row numbers (from 1) of the first and the last header row, and the title of each column ("" for
    none)."""

    first: int
    last: int
    titles: tuple[str, ...]


def guess(rows: Sequence[Row], merges: Sequence[Merge] = ()) -> Header | None:
    """The header, or None where the first rows are data already.

    The header is the first row that fills most of the table's usual width with distinct short words.
    It reaches down as far as cells merged with it do, and one row more below cells merged across.
    """
    spread = [_spread(row, merges) for row in rows[:LOOK]]
    widths = [sum(map(filled, row.cells)) for row in rows[:LOOK]]
    wide = [width for width in widths if width > 1]
    # The upper quarter: preambles of two cells a row may be longer than what is looked at of the table.
    usual = sorted(wide)[len(wide) * 3 // 4] if wide else 1
    invented: Header | None = None
    for row, cells in zip(rows, spread, strict=False):
        if _is_header(cells, usual):
            found = _whole(rows, spread, row, merges)
            if not all(_INVENTED.fullmatch(title) for title in found.titles if title):
                return found
            invented = invented or found
        words = [cell for cell in cells if filled(cell)]
        if len(words) >= max(2, usual * 0.8) and sum(map(_is_data, words)) > len(words) * 0.4:
            break
    return invented


def without_totals(rows: Generator[Row, None, None]) -> Generator[Row, None, None]:
    """``rows`` without the last one where that holds totals: lists that were exported end so (合计), and nobody is
    called so who has nothing but numbers beside his name."""
    with closing(rows):
        last: Row | None = None
        for row in rows:
            if last is not None:
                yield last
            last = row
        if last is not None and not _is_total(last):
            yield last


def _is_total(row: Row) -> bool:
    words = [cell for cell in row.cells if filled(cell)]
    named = [cell for cell in words if isinstance(cell, str) and _EDGES.sub("", cell).casefold() in _TOTALS]
    return len(named) == 1 and len(words) > 1 and sum(map(_is_data, words)) == len(words) - 1


def titled(rows: Sequence[Row], merges: Sequence[Merge], first: int, last: int) -> Header:
    """The header in the rows that somebody chose."""
    chosen = [_spread(row, merges) for row in rows if first <= row.number <= last]
    return Header(first, last, _titles(chosen))


def _is_data(cell: Cell) -> bool:
    return not isinstance(cell, str) or bool(_NUMERIC.fullmatch(cell.strip()))


def _is_header(cells: Sequence[Cell], usual: float) -> bool:
    words = [str(cell).strip() for cell in cells if filled(cell)]
    if not words or len(words) < min(max(1, usual * 0.6), usual):
        return False
    if usual >= 2 and len(words) < 2:
        return False
    labels = [w for c in cells if filled(c) and not _is_data(c) and len(w := str(c).strip()) <= _MAX_TITLE]
    # "起始时间：[2021-01-01]" and the like are the preamble of bank and payment exports.
    remarks = sum(1 for word in labels if re.search(r"[：:].*\S", word))
    distinct = len(set(words))
    return (
        len(labels) >= len(words) * 0.75
        and remarks * 2 < len(words)
        and (distinct >= 2 or len(words) == 1)
        and distinct >= len(words) * 0.4
    )


def _whole(rows: Sequence[Row], spread: Sequence[list[Cell]], row: Row, merges: Sequence[Merge]) -> Header:
    last = row.number
    across = False
    for r1, c1, r2, c2 in merges:
        if r1 == row.number:
            last = max(last, min(r2, row.number + _MAX_DEPTH - 1))
            across = across or (c2 > c1 and r1 == r2)
    following = {item.number: cells for item, cells in zip(rows, spread, strict=False)}
    if across and last == row.number:
        below = following.get(row.number + 1)
        if below is not None and not any(_is_data(cell) for cell in below if filled(cell)):
            last = row.number + 1
    chosen = [following[n] for n in range(row.number, last + 1) if n in following]
    return Header(row.number, last, _titles(chosen))


def _titles(rows: Sequence[list[Cell]]) -> tuple[str, ...]:
    width = max((len(cells) for cells in rows), default=0)
    titles = []
    for place in range(width):
        parts: list[str] = []
        for cells in rows:
            text = " ".join(str(cells[place]).split()) if place < len(cells) and filled(cells[place]) else ""
            if text and (not parts or parts[-1] != text):
                parts.append(text)
        titles.append(" ".join(parts))
    return tuple(titles)


def _spread(row: Row, merges: Sequence[Merge]) -> list[Cell]:
    """The cells, those merged across filled with the value that is shown over them."""
    cells = list(row.cells)
    for r1, c1, r2, c2 in merges:
        if r1 == row.number and r2 - r1 < _MAX_DEPTH and c1 < len(cells) and c2 < 2_000:
            cells.extend([None] * (c2 + 1 - len(cells)))
            for place in range(c1 + 1, c2 + 1):
                if cells[place] is None:
                    cells[place] = cells[c1]
    return cells
