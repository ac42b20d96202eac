"""Tables on the clipboard, as Excel, WPS and browsers put them there."""

from __future__ import annotations

import csv
import io
from typing import Final

from services.errors import Refused
from services.language import mark

LARGEST: Final = 5_000_000
"""Characters that are taken: pasting is for what a person selected, files are imported."""


def paste_table(text: str) -> list[list[str]]:
    """The cells of a copied range: tabs between cells, line ends between rows, quoted cells with line breaks.

    A quotation mark inside an unquoted cell (15" 显示器) stays. Rows are padded to the same length; the line
    end that Excel adds at the end makes no row. "" gives []. Refused beyond LARGEST.
    """
    if len(text) > LARGEST:
        raise Refused(mark("The clipboard holds too much. Save it as an Excel file and import that."))
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
    if not text:
        return []
    if text.endswith("\n"):
        text = text[:-1]
    csv.field_size_limit(LARGEST + 1)
    rows = [row or [""] for row in csv.reader(io.StringIO(text, newline="\n"), delimiter="\t")] or [[""]]
    if '"' in text and _swallowed(text):
        rows = [line.split("\t") for line in text.split("\n")]
    width = max(map(len, rows))
    return [row + [""] * (width - len(row)) for row in rows]


def _swallowed(text: str) -> bool:
    """Whether a quotation mark that opens a cell is never closed: then it is a character like others."""
    opened = False
    start = True
    index = 0
    while index < len(text):
        character = text[index]
        if opened:
            if character == '"':
                if text[index + 1 : index + 2] == '"':
                    index += 1
                else:
                    opened = False
        elif start and character == '"':
            opened = True
        start = character in "\t\n" and not opened
        index += 1
    return opened
