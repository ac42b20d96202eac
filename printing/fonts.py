"""The fonts of PDF documents: which one draws a character, how wide it is.

reportlab neither falls back to another font nor writes right text for characters beyond U+FFFF (𬭎 was copied
as Ⲵ), and characters without a glyph would all be read back as nothing. ``DocumentFont`` cures the last two,
``runs`` the first.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import groupby
from threading import RLock
from typing import Any, Final

from reportlab.pdfbase import pdfdoc, pdfmetrics, ttfonts

from resources import FOLDER

REGULAR: Final = "ShukeSansSC-Regular"
BOLD: Final = "ShukeSansSC-Bold"
LOCK: Final = RLock()
"""reportlab's fonts are one for the process; two documents must not be written at the same time."""


class DocumentFont(ttfonts.TTFont):  # type: ignore[misc]  # reportlab has no types
    """A TrueType font whose text can be copied and searched, whatever the character."""

    def accept(self, text: str) -> None:
        """Give characters of ``text`` that have no glyph the empty box, each under its own code."""
        glyphs = self.face.charToGlyph
        for code in map(ord, text):
            if code not in glyphs:
                glyphs[code] = 0
                self.face.charWidths[code] = self.face.defaultWidth

    def addObjects(self, doc: Any) -> None:
        """As reportlab does, then with correct ToUnicode maps."""
        subsets = [list(subset) for subset in self.state[doc].subsets]
        super().addObjects(doc)
        for number, subset in enumerate(subsets):
            tag = ttfonts.SUBSETN(number) + b"+" + self.face.name + self.face.subfontNameX
            name = tag.decode("pdfdoc")
            stream: pdfdoc.PDFStream = doc.idToObject[f"toUnicodeCMap:{name}"]
            stream.content = _unicode_map(name, subset)


def _unicode_map(name: str, subset: list[int]) -> str:
    """The ToUnicode map of a subset (PDF 32000-1, 9.10.3): UTF-16, at most 100 entries in a block."""
    entries = [
        f"<{index:02X}> <{chr(code).encode('utf-16-be', 'surrogatepass').hex().upper()}>"
        for index, code in enumerate(subset)
    ]
    blocks = []
    for start in range(0, len(entries), 100):
        block = entries[start : start + 100]
        blocks += [f"{len(block)} beginbfchar", *block, "endbfchar"]
    head = [
        "/CIDInit /ProcSet findresource begin",
        "12 dict begin",
        "begincmap",
        f"/CIDSystemInfo << /Registry ({name}) /Ordering ({name}) /Supplement 0 >> def",
        f"/CMapName /{name} def",
        "/CMapType 2 def",
        "1 begincodespacerange",
        f"<00> <{len(subset) - 1:02X}>",
        "endcodespacerange",
    ]
    tail = ["endcmap", "CMapName currentdict /CMap defineresource pop", "end", "end"]
    return "\n".join(head + blocks + tail)


@cache
def _font(name: str) -> DocumentFont:
    with LOCK:
        font = DocumentFont(name, str(FOLDER / "fonts" / f"{name}.ttf"))
        pdfmetrics.registerFont(font)
        return font


@cache
def _in_bold() -> frozenset[int]:
    return frozenset(_font(BOLD).face.charToGlyph)


def runs(text: str, *, bold: bool) -> Iterator[tuple[str, str]]:
    """``text`` cut into (font name, part). Bold falls back to Regular, Regular to the empty box."""
    if bold:
        known = _in_bold()
        for is_bold, characters in groupby(text, key=lambda character: ord(character) in known):
            part = "".join(characters)
            yield from ((BOLD, part),) if is_bold else runs(part, bold=False)
    elif text:
        _font(REGULAR).accept(text)
        yield REGULAR, text


@cache
def character_width(character: str, *, bold: bool) -> float:
    """Width of one character in em."""
    return sum(
        float(pdfmetrics.stringWidth(part, font, 1000)) / 1000 for font, part in runs(character, bold=bold)
    )


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """Width of ``text`` in the unit of ``size``."""
    return size * sum(character_width(character, bold=bold) for character in text)
