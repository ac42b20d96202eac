"""How large and how tight documents are printed on each paper. Sizes of type in points, lengths in mm."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from printing.paper import Paper

POINT: Final = 25.4 / 72
"""One point in mm."""
LEADING: Final = 1.28
"""Distance of lines relative to the size of type."""


@dataclass(frozen=True, slots=True)
class Style:
    """Sizes of type in points, lengths in mm, colours as RGB."""

    company: float
    title: float
    text: float
    small: float
    row: float
    """Least height of a row of the table."""
    pad: float
    """Distance of text from the lines of the table."""
    code: float
    """Side of the QR code."""
    gap: float
    """Distance between the blocks of the page."""
    fill_rows: bool = False
    """Empty rows down to the foot, so that nothing can be added to a signed form unseen."""
    sign_every_page: bool = False
    ink: str = "#111827"
    label: str = "#4b5563"
    line: str = "#9ca3af"
    head_fill: str | None = "#eef2f7"
    line_width: float = 0.15


NORMAL: Final = Style(company=15, title=16, text=9.5, small=8, row=7.2, pad=1.4, code=17, gap=3)
SMALL: Final = Style(company=13, title=14, text=8.5, small=7, row=6, pad=1.1, code=14, gap=2)
# Needle printers have 180 dots per inch and one colour: no greys, nothing below 8 points.
DENSE: Final = Style(
    company=13.5,
    title=14,
    text=9,
    small=8,
    row=5.4,
    pad=1.0,
    code=12,
    gap=1.2,
    fill_rows=True,
    sign_every_page=True,
    ink="#000000",
    label="#000000",
    line="#000000",
    head_fill=None,
    line_width=0.2,
)


TIGHT: Final = replace(DENSE, company=12.5, title=13, text=8.5, small=7.5, row=4.7, pad=0.9, code=10, gap=0.7)
"""For a third of a page, where every millimetre is a line of goods."""


def style_for(paper: Paper) -> Style:
    """The style of documents on ``paper``."""
    if paper.continuous:
        return DENSE if paper.height > 100 else TIGHT
    return NORMAL if min(paper.width, paper.height) >= 200 else SMALL
