"""Text files: their encoding, their separator, their rows (.csv, .tsv, .txt, and .xls that are text)."""

from __future__ import annotations

import codecs
import csv
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from services.tabular.cells import Cell, Row, trimmed
from services.tabular.limits import Limits, Unreadable

SEPARATORS: Final = (",", "\t", ";", "|")
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"\x84\x31\x95\x33", "gb18030"),
)
_FORMULA_TEXT = re.compile(r'="(.*)"', re.DOTALL)
_GUARDED = re.compile(r"'+[ \u3000\xa0\ufeff\u200b]*[=+\-@\t\r\n＝＋－＠]")
"""An apostrophe that a careful exporter, such as ``writing.csv_text``, put before what looks like a formula."""
_SAMPLE: Final = 1 << 16


class TextFile:
    """A delimited text file, the same shape as a workbook with one sheet."""

    def __init__(self, path: Path, limits: Limits, encoding: str = "") -> None:
        self._path, self._limits = path, limits
        self.sheets: list[tuple[str, bool]] = [("", False)]
        self.encoding = f"{encoding}?" if encoding else find_encoding(path)
        self.errors = "strict"
        if self.encoding.endswith("?"):
            # A few characters are broken, or the file ends inside one. Its rows are still readable.
            self.encoding, self.errors = self.encoding[:-1], "replace"
        with path.open(encoding=self.encoding, errors=self.errors, newline="") as stream:
            sample = stream.read(_SAMPLE)
        if _binary(sample):
            raise Unreadable("not_a_table")
        self.separator, self._skip = find_separator(sample)

    def close(self) -> None:
        """Nothing stays open."""

    def rows(self, sheet: int = 0) -> Iterator[Row]:
        """The filled rows. Numbers are those of the records, as Excel shows the file."""
        limits = self._limits
        csv.field_size_limit(limits.cell_length + 4)
        with self._path.open(encoding=self.encoding, errors=self.errors, newline="") as stream:
            if self._skip:
                stream.readline()
            reader = csv.reader(_lines(stream, limits), delimiter=self.separator)
            try:
                for index, record in enumerate(reader, 2 if self._skip else 1):
                    if index > limits.rows:
                        raise Unreadable("rows", limit=limits.rows)
                    cells = trimmed([_cell(field) for field in record])
                    if len(cells) > limits.columns:
                        raise Unreadable("columns", limit=limits.columns)
                    if cells:
                        yield Row(index, cells)
            except csv.Error as error:
                if "field larger" in str(error):
                    raise Unreadable("quote", limit=limits.cell_length, row=reader.line_num) from error
                raise Unreadable("damaged") from error
            except UnicodeError as error:
                raise Unreadable("encoding") from error

    def merges(self, sheet: int, below: int) -> list[tuple[int, int, int, int]]:
        """Text has none."""
        return []


def _lines(stream: object, limits: Limits) -> Iterator[str]:
    """Lines, without ever holding one that is longer than a row may be."""
    bound = min(limits.cell_length * 64, 4 << 20)
    while line := stream.readline(bound):  # type: ignore[attr-defined]
        if len(line) >= bound:
            raise Unreadable("cell_length", limit=limits.cell_length)
        yield line


def _cell(field: str) -> Cell:
    if field.startswith("'") and _GUARDED.match(field):
        return field[1:]
    if field.startswith('="') and (match := _FORMULA_TEXT.fullmatch(field.rstrip())):
        return match[1].replace('""', '"')
    return field if field else None


def find_encoding(path: Path) -> str:
    """Name of the codec, with "?" at its end where a few characters do not decode."""
    with path.open("rb") as stream:
        head = stream.read(_SAMPLE)
    for mark, name in _BOMS:
        if head.startswith(mark):
            return name if _decoding_error(path, name) is None else name + "?"
    if head.count(0) > len(head) // 8:
        # Western text in UTF-16 without a mark: every second byte is zero.
        return "utf-16-be" if head[0] == 0 else "utf-16-le"
    for name in ("utf-8", "gb18030"):
        error = _decoding_error(path, name)
        if error is None:
            return name
        if error == "end":
            return name + "?"
    if name := _nearly(path):
        return name + "?"
    # Guessing further damages names silently: Genève in cp1250 is Genčve. The user may name the encoding.
    raise Unreadable("encoding")


def _decoding_error(path: Path, name: str) -> str | None:
    """None if the whole file decodes, "end" if all but its last character does, else "middle"."""
    decoder = codecs.getincrementaldecoder(name)()
    something = False
    with path.open("rb") as stream:
        try:
            while chunk := stream.read(1 << 20):
                something = decoder.decode(chunk) != "" or something
        except UnicodeError:
            return "middle"
        try:
            decoder.decode(b"", True)
        except UnicodeError:
            return "end" if something else "middle"
    return None


def _nearly(path: Path) -> str:
    """The encoding in which all but a few characters are right: old systems cut names in the middle of one.

    The unreadable characters become U+FFFD, which ``values.text`` refuses cell by cell.
    """
    with path.open("rb") as stream:
        head = stream.read(4 << 20)
    found: list[tuple[int, str]] = []
    for name in ("utf-8", "gb18030"):
        text = head.decode(name, errors="replace")
        bad = text.count("\ufffd")
        if bad * 10 <= sum(1 for character in text if character > "\x7f"):
            found.append((bad, name))
    return min(found)[1] if found else ""


def _binary(sample: str) -> bool:
    """Whether too many control characters stand in it for a text."""
    odd = sum(1 for c in sample if c < " " and c not in "\t\r\n\f\x0b\x1a")
    return odd > max(8, len(sample) // 50)


def find_separator(sample: str) -> tuple[str, bool]:
    """The separator, and whether the first line only declares it (``sep=;``)."""
    first = sample.split("\n", 1)[0].strip().lower()
    if re.fullmatch(r"sep=.", first):
        return first[4], True
    if first == "sep=":
        return "\t", True
    lines = sample.splitlines(keepends=True)
    if len(sample) >= _SAMPLE and len(lines) > 1:
        lines.pop()
    best, best_score = ",", 0.0
    for separator in SEPARATORS:
        score = _score(lines[:200], separator)
        if score > best_score:
            best, best_score = separator, score
    return best, False


def _score(lines: list[str], separator: str) -> float:
    """How well rows agree on a number of columns. Rows that do not split count for nothing."""
    csv.field_size_limit(1 << 20)
    try:
        widths = [len(record) for record in csv.reader(lines, delimiter=separator) if record]
    except csv.Error:
        return 0.0
    counts = Counter(width for width in widths if width > 1)
    if not counts:
        return 0.0
    width, often = max(counts.items(), key=lambda item: (item[1], item[0]))
    return often + width / 1_000
