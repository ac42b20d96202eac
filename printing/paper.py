"""Paper: sizes, margins, and how far a printer is off. All lengths in millimetres."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from services.language import mark


@dataclass(frozen=True, slots=True)
class Margins:
    """Distance of the print from the edges of the paper, in mm."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Offset:
    """What one printer needs the page moved by, in mm: right and down are positive."""

    x: float = 0
    y: float = 0


NO_OFFSET: Final = Offset()


@dataclass(frozen=True, slots=True)
class Paper:
    """One size of paper. ``height`` is 0 for a roll: a page is then as long as its content."""

    key: str
    title: str
    width: float
    height: float
    margins: Margins
    continuous: bool = False
    """Continuous forms of needle printers: black only, dense, each page torn off and signed by itself."""

    @property
    def roll(self) -> bool:
        """True for receipt paper."""
        return not self.height

    def with_margins(self, margins: Margins) -> Paper:
        """The same paper with the margins set for one printer."""
        return replace(self, margins=margins)


A4: Final = Paper("a4", mark("A4"), 210, 297, Margins(14, 12, 14, 12))
A4_LANDSCAPE: Final = Paper("a4_landscape", mark("A4 landscape"), 297, 210, Margins(14, 12, 14, 10))
A5: Final = Paper("a5", mark("A5"), 148, 210, Margins(9, 8, 9, 8))
A5_LANDSCAPE: Final = Paper("a5_landscape", mark("A5 landscape"), 210, 148, Margins(10, 8, 10, 8))
# The outer 12.7 mm at both sides are the tear-off strips with the holes.
HALF: Final = Paper("half", mark("241 × 140 mm (half form)"), 241, 140, Margins(16, 6, 16, 5), True)
THIRD: Final = Paper("third", mark("241 × 93 mm (third form)"), 241, 93, Margins(16, 4, 16, 4), True)
RECEIPT_80: Final = Paper("receipt_80", mark("80 mm receipt"), 80, 0, Margins(4, 4, 4, 8))
RECEIPT_58: Final = Paper("receipt_58", mark("58 mm receipt"), 58, 0, Margins(5, 4, 5, 8))

PAPERS: Final = (A4, A4_LANDSCAPE, A5, A5_LANDSCAPE, HALF, THIRD, RECEIPT_80, RECEIPT_58)


def paper(key: str) -> Paper:
    """The paper called ``key``; KeyError if there is none."""
    for candidate in PAPERS:
        if candidate.key == key:
            return candidate
    raise KeyError(f"no paper {key!r}")
