"""Tables in markup that shop and bank systems call .xls: HTML, and the XML of Excel 2003."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.parsers import expat

from services.tabular.cells import Cell, Row, number, trimmed
from services.tabular.delimited import find_encoding
from services.tabular.limits import Limits, Unreadable
from services.tabular.ooxml import CHUNK, Merge

_CHARSET = re.compile(rb"charset\s*=\s*[\"']?([\w-]+)", re.IGNORECASE)
_TEXT_FORMAT = re.compile(r"mso-number-format\s*:\s*[\"']?\\?@", re.IGNORECASE)
_NUMBER = re.compile(r"-?(0|[1-9]\d{0,14})(\.\d{1,10})?")


class HtmlFile:
    """The largest table of an HTML page. Nested tables are flattened into their cell."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self.sheets: list[tuple[str, bool]] = [("", False)]
        content = path.read_bytes()
        declared = _CHARSET.search(content[:4096])
        name = find_encoding(path).rstrip("?")
        if declared and name not in ("utf-8-sig", "utf-16", "utf-8"):
            try:
                "".encode(declared[1].decode())
                name = {"gb2312": "gb18030", "gbk": "gb18030"}.get(declared[1].decode().lower(), name)
            except LookupError:
                pass
        reader = _TableReader(limits)
        text = content.decode(name, errors="replace")
        for start in range(0, len(text), CHUNK):
            reader.feed(text[start : start + CHUNK])
        reader.close()
        reader.end_row()
        if not reader.tables:
            raise Unreadable("not_a_table")
        self._rows, self._merges = max(reader.tables, key=lambda table: len(table[0]))

    def close(self) -> None:
        """Nothing stays open."""

    def rows(self, sheet: int = 0) -> Iterator[Row]:
        """The filled rows."""
        yield from self._rows

    def merges(self, sheet: int, below: int) -> list[Merge]:
        """From colspan and rowspan."""
        return [merge for merge in self._merges if merge[0] <= below]


class _TableReader(HTMLParser):
    def __init__(self, limits: Limits) -> None:
        super().__init__(convert_charrefs=True)
        self._limits = limits
        self.tables: list[tuple[list[Row], list[Merge]]] = []
        self._depth = 0
        self._number = 0
        self._cells: list[Cell] | None = None
        self._parts: list[str] | None = None
        self._length = 0
        self._as_text = False
        self._span = (1, 1)
        self._open: dict[int, int] = {}
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self._depth += 1
            if self._depth == 1:
                self.tables.append(([], []))
                self._number = 0
                self._open = {}
        elif tag in ("script", "style"):
            self._hidden += 1
        elif self._depth != 1:
            return
        elif tag == "tr":
            self.end_row()
            self._number += 1
            self._cells = []
            if self._number > self._limits.rows:
                raise Unreadable("rows", limit=self._limits.rows)
        elif tag in ("td", "th") and self._cells is not None:
            self._end_cell()
            values = {name: value or "" for name, value in attrs}
            self._span = (_span(values.get("rowspan")), _span(values.get("colspan")))
            self._as_text = bool(_TEXT_FORMAT.search(values.get("style", ""))) or "x:str" in values
            self._parts, self._length = [], 0
        elif tag == "br" and self._parts is not None:
            self._parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style"):
            self._hidden = max(0, self._hidden - 1)
        elif tag == "table":
            if self._depth == 1:
                self.end_row()
            self._depth = max(0, self._depth - 1)
        elif self._depth == 1 and tag in ("td", "th"):
            self._end_cell()
        elif self._depth == 1 and tag == "tr":
            self.end_row()

    def handle_data(self, data: str) -> None:
        if self._parts is not None and not self._hidden:
            self._parts.append(data)
            self._length += len(data)
            if self._length > self._limits.cell_length * 2:
                raise Unreadable("cell_length", limit=self._limits.cell_length)

    def _end_cell(self) -> None:
        if self._parts is None or self._cells is None:
            return
        cells = self._cells
        text = "".join(self._parts).replace("\xa0", " ")
        text = "\n".join(" ".join(line.split()) for line in text.split("\n")).strip("\n")
        self._parts = None
        while self._open.get(len(cells), 0) >= self._number:
            cells.append(None)
        first = len(cells)
        # Left as text where the page says so: 0571 and long numbers would suffer.
        plain = not self._as_text and _NUMBER.fullmatch(text)
        cells.append(number(text) if plain else text or None)
        down, across = self._span
        if first + across > self._limits.columns:
            raise Unreadable("columns", limit=self._limits.columns)
        cells.extend([None] * (across - 1))
        if down > 1 or across > 1:
            self.tables[-1][1].append((self._number, first, self._number + down - 1, first + across - 1))
            for place in range(first, first + across):
                self._open[place] = self._number + down - 1

    def end_row(self) -> None:
        """Close the row that is open, if one is."""
        self._end_cell()
        if self._cells is not None:
            cells = trimmed(self._cells)
            if cells:
                self.tables[-1][0].append(Row(self._number, cells))
        self._cells = None


def _span(text: str | None) -> int:
    return min(max(int(text), 1), 2_000) if text and text.strip().isdecimal() and len(text) < 6 else 1


class XmlSpreadsheet:
    """The XML that Excel 2003 saves (``urn:schemas-microsoft-com:office:spreadsheet``)."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self._limits = limits
        self.sheets: list[tuple[str, bool]] = []
        self._pages: list[list[Row]] = []
        self._row = self._column = 0
        self._cells: list[Cell] = []
        self._parts: list[str] | None = None
        self._type = "String"
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = _refuse
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.CharacterDataHandler = self._text
        try:
            with path.open("rb") as stream:
                while chunk := stream.read(CHUNK):
                    parser.Parse(chunk, False)
            parser.Parse(b"", True)
        except expat.ExpatError as error:
            raise Unreadable("damaged") from error
        if not self.sheets:
            raise Unreadable("not_a_table")

    def close(self) -> None:
        """Nothing stays open."""

    def rows(self, sheet: int) -> Iterator[Row]:
        """The filled rows of one sheet."""
        yield from self._pages[sheet]

    def merges(self, sheet: int, below: int) -> list[Merge]:
        """Not read: headers of these files have one row."""
        return []

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        name = name.rpartition(" ")[2]
        values = {key.rpartition(" ")[2]: value for key, value in attributes.items()}
        if name == "Worksheet":
            self.sheets.append((values.get("Name", ""), False))
            self._pages.append([])
            self._row = 0
        elif name == "Row" and self._pages:
            self._row = _index(values, self._row)
            self._cells, self._column = [], 0
            if self._row > self._limits.rows:
                raise Unreadable("rows", limit=self._limits.rows)
        elif name == "Cell":
            self._column = _index(values, self._column)
            if self._column > self._limits.columns:
                raise Unreadable("columns", limit=self._limits.columns)
            self._cells.extend([None] * (self._column - len(self._cells)))
        elif name == "Data" and self._cells:
            self._parts, self._type = [], values.get("Type", "String")

    def _text(self, data: str) -> None:
        if self._parts is not None:
            self._parts.append(data)

    def _end(self, name: str) -> None:
        name = name.rpartition(" ")[2]
        if name == "Data" and self._parts is not None:
            text = "".join(self._parts)
            if len(text) > self._limits.cell_length:
                raise Unreadable("cell_length", limit=self._limits.cell_length)
            self._cells[self._column - 1] = _typed(text, self._type)
            self._parts = None
        elif name == "Row" and self._pages:
            cells = trimmed(self._cells)
            if cells:
                self._pages[-1].append(Row(self._row, cells))


def _index(values: dict[str, str], before: int) -> int:
    text = values.get("Index", "")
    return int(text) if text.isdecimal() and len(text) < 9 else before + 1


def _typed(text: str, kind: str) -> Cell:
    if kind == "Number":
        return number(text)
    if kind == "Boolean":
        return text == "1"
    if kind == "DateTime":
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            return text
        return date(moment.year, moment.month, moment.day) if text.endswith("T00:00:00.000") else moment
    return text or None


def _refuse(*_: Any) -> None:
    raise Unreadable("entities")
