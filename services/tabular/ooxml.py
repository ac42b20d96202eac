"""Workbooks of Excel 2007 and later (.xlsx, .xlsm), also strict OOXML, row by row.

Own parser on expat instead of openpyxl, for what that one does with foreign files: it reads numbers as
floats, knows no strict OOXML, stops at damaged styles, properties or drawings that hold no cell, fills up to
the declared dimension (A1:XFD1048576), and bounds neither entities nor the table of shared strings.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import IO, Final
from xml.parsers import expat

from services.tabular.cells import NOT_CALCULATED, Cell, Row, number, style, styled, trimmed
from services.tabular.limits import Limits, Unreadable

CHUNK: Final = 1 << 16
Merge = tuple[int, int, int, int]
"""First row, first column, last row, last column; rows from 1, columns from 0."""

_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_REFERENCE = re.compile(rb'<(?:\w+:)?mergeCell[^>]*?ref="([A-Z]{1,3})(\d+):([A-Z]{1,3})(\d+)"')
_WORD: Final = {"word/document.xml": "word", "ppt/presentation.xml": "slides", "content.xml": "opendocument"}


class Workbook:
    """One open workbook. ``sheets`` are (title, hidden) in the order of the tabs."""

    def __init__(self, stream: IO[bytes], limits: Limits) -> None:
        self._limits = limits
        self._budget = limits.unpacked_bytes
        self._stream = stream
        try:
            self._archive = zipfile.ZipFile(stream)
        except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
            raise Unreadable("damaged") from error
        self._parts = {
            item.filename.replace("\\", "/").lstrip("/").lower(): item for item in self._archive.infolist()
        }
        if any(item.flag_bits & 1 for item in self._parts.values()):
            raise Unreadable("encrypted")
        self._main = self._find_main()
        self._from_1904 = False
        self.sheets: list[tuple[str, bool]] = []
        self._paths: list[str] = []
        self._read_workbook()
        self._styles: list[str] | None = None
        self._strings: list[str] | None = None

    def close(self) -> None:
        """Let go of the file."""
        self._archive.close()
        self._stream.close()

    def rows(self, sheet: int) -> Iterator[Row]:
        """The filled rows of one sheet. Out of bounds, damage and bombs raise Unreadable."""
        if self._strings is None or self._styles is None:
            self._styles = self._read_styles()
            self._strings = self._read_strings()
        reader = _SheetReader(self._strings, self._styles, self._from_1904, self._limits)
        for _ in self._parse(self._paths[sheet], reader.start, reader.end, reader.text):
            if reader.rows:
                ready, reader.rows = reader.rows, []
                yield from ready

    def merges(self, sheet: int, below: int) -> list[Merge]:
        """Merged ranges that begin in the first ``below`` rows. They stand after all rows in the file."""
        found: list[Merge] = []
        tail = b""
        for chunk in self._chunks(self._paths[sheet]):
            text = tail + chunk
            for match in _REFERENCE.finditer(text):
                first, last = int(match[2]), int(match[4])
                if first <= below:
                    found.append((first, column(match[1].decode()), last, column(match[3].decode())))
                if len(found) > 1_000:
                    return found
            tail = text[text.rfind(b"<") :] if len(text) - text.rfind(b"<") < 500 else b""
        return found

    def _find_main(self) -> str:
        for name, kind in _WORD.items():
            if name in self._parts:
                raise Unreadable(kind)
        if "xl/workbook.bin" in self._parts:
            raise Unreadable("xlsb")
        for kind, _, target in self._relations("_rels/.rels", "").values():
            if kind == "officeDocument" and target in self._parts:
                return target
        for name in self._parts:
            if name.rpartition("/")[2] == "workbook.xml":
                return name
        raise Unreadable("not_a_table")

    def _relations(self, path: str, base: str) -> dict[str, tuple[str, bool, str]]:
        """{id: (kind, external, path of the part)} of a relations part; {} if there is none."""
        found: dict[str, tuple[str, bool, str]] = {}

        def start(name: str, attributes: dict[str, str]) -> None:
            if name == "Relationship":
                target = attributes.get("Target", "").replace("\\", "/")
                whole = target[1:] if target.startswith("/") else posixpath.join(base, target)
                found[attributes.get("Id", "")] = (
                    attributes.get("Type", "").rpartition("/")[2],
                    attributes.get("TargetMode") == "External",
                    posixpath.normpath(whole).lower(),
                )

        if path in self._parts:
            self._run(path, start)
        return found

    def _read_workbook(self) -> None:
        base, _, name = self._main.rpartition("/")
        relations = self._relations(posixpath.join(base, "_rels", f"{name}.rels"), base)
        self._related = {kind: path for kind, outside, path in relations.values() if not outside}

        def start(name: str, attributes: dict[str, str]) -> None:
            if name == "workbookPr":
                self._from_1904 = attributes.get("date1904", "0") in ("1", "true", "on")
            elif name == "sheet":
                ident = next((v for k, v in attributes.items() if k.endswith(":id") or k == "id"), "")
                kind, outside, path = relations.get(ident, ("", False, ""))
                if kind == "worksheet" and not outside and path in self._parts and len(self._paths) < 1_000:
                    hidden = attributes.get("state", "visible") != "visible"
                    self.sheets.append((attributes.get("name", ""), hidden))
                    self._paths.append(path)

        self._run(self._main, start)
        if not self.sheets:
            raise Unreadable("no_sheet")

    def _read_styles(self) -> list[str]:
        """What each cell format makes of a number (``cells.style``)."""
        codes: dict[int, str] = {}
        kinds: list[int] = []
        inside = [False]

        def start(name: str, attributes: dict[str, str]) -> None:
            if name == "numFmt":
                codes[_whole(attributes.get("numFmtId"))] = attributes.get("formatCode", "")
            elif name == "cellXfs":
                inside[0] = True
            elif name == "xf" and inside[0]:
                kinds.append(_whole(attributes.get("numFmtId")))

        def end(name: str) -> None:
            if name == "cellXfs":
                inside[0] = False

        path = self._related.get("styles", "")
        if path in self._parts:
            self._run(path, start, end)
        known = {kind: style(codes.get(kind), kind) for kind in set(kinds)}
        return [known[kind] for kind in kinds]

    def _read_strings(self) -> list[str]:
        path = self._related.get("sharedStrings", "")
        if path not in self._parts:
            return []
        strings: list[str] = []
        parts: list[str] = []
        state = {"depth": 0, "on": False, "total": 0, "long": 0}
        limits = self._limits

        def start(name: str, attributes: dict[str, str]) -> None:
            if name == "si":
                parts.clear()
                state["long"] = 0
            elif name == "rPh":
                state["depth"] += 1
            elif name == "t":
                state["on"] = not state["depth"]

        def text(data: str) -> None:
            if state["on"]:
                parts.append(data)
                state["total"] += len(data)
                state["long"] += len(data)
                if state["total"] > limits.shared_characters:
                    raise Unreadable("too_much_text")
                if state["long"] > limits.cell_length * 4:
                    raise Unreadable("cell_length", limit=limits.cell_length)

        def end(name: str) -> None:
            if name == "t":
                state["on"] = False
            elif name == "rPh":
                state["depth"] -= 1
            elif name == "si":
                strings.append(unescape("".join(parts)))
                state["total"] += 8

        self._run(path, start, end, text)
        return strings

    def _run(
        self,
        path: str,
        start: Callable[[str, dict[str, str]], None],
        end: Callable[[str], None] | None = None,
        text: Callable[[str], None] | None = None,
    ) -> None:
        for _ in self._parse(path, start, end, text):
            pass

    def _chunks(self, path: str) -> Iterator[bytes]:
        """The unpacked bytes of a part, counted against the limits as they come, not as declared."""
        item = self._parts[path]
        done = 0
        try:
            with self._archive.open(item) as part:
                while chunk := part.read(CHUNK):
                    done += len(chunk)
                    self._budget -= len(chunk)
                    if self._budget < 0 or (
                        done > 32 << 20 and done > self._limits.ratio * max(item.compress_size, 1)
                    ):
                        raise Unreadable("bomb")
                    yield chunk
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
            raise Unreadable("damaged") from error

    def _parse(
        self,
        path: str,
        start: Callable[[str, dict[str, str]], None],
        end: Callable[[str], None] | None,
        text: Callable[[str], None] | None,
    ) -> Iterator[None]:
        """Feed a part to expat, yielding after each piece. Any document type is refused: no office writes
        one."""
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.buffer_size = CHUNK
        parser.StartDoctypeDeclHandler = _refuse
        parser.EntityDeclHandler = _refuse

        def local_start(name: str, attributes: dict[str, str]) -> None:
            start(name.rpartition(":")[2] if ":" in name else name, attributes)

        parser.StartElementHandler = local_start
        if end is not None:
            finish = end
            parser.EndElementHandler = lambda name: finish(name.rpartition(":")[2] if ":" in name else name)
        if text is not None:
            parser.CharacterDataHandler = text
        try:
            for chunk in self._chunks(path):
                parser.Parse(chunk, False)
                yield
            parser.Parse(b"", True)
            yield
        except expat.ExpatError as error:
            raise Unreadable("damaged") from error


class _SheetReader:
    """Expat's events of a sheet to rows. Kept flat: it runs for every cell."""

    def __init__(self, strings: list[str], styles: list[str], from_1904: bool, limits: Limits) -> None:
        self.rows: list[Row] = []
        self._strings, self._styles, self._from_1904, self._limits = strings, styles, from_1904, limits
        self._row, self._column = 0, -1
        self._cells: list[Cell] = []
        self._attributes: dict[str, str] = {}
        self._parts: list[str] = []
        self._length = 0
        self._on = self._formula = False
        self._phonetic = 0
        self._columns: dict[str, int] = {}
        self._count = 0
        self._in_row = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "c":
            self._attributes = attributes
            self._parts = []
            self._length = 0
            self._formula = False
        elif name == "v" or (name == "t" and not self._phonetic):
            self._on = self._in_row
        elif name == "f":
            self._formula = True
        elif name == "row":
            self._in_row = True
            self._row = _row_number(attributes.get("r"), self._row)
            self._column = -1
            self._cells = []
            if self._row > self._limits.rows:
                raise Unreadable("rows", limit=self._limits.rows)
        elif name == "rPh":
            self._phonetic += 1

    def text(self, data: str) -> None:
        if self._on:
            self._parts.append(data)
            self._length += len(data)
            if self._length > self._limits.cell_length * 4:
                raise Unreadable("cell_length", limit=self._limits.cell_length)

    def end(self, name: str) -> None:
        if name == "v" or name == "t":
            self._on = False
        elif name == "c":
            self._finish_cell()
        elif name == "row":
            self._in_row = False
            cells = trimmed(self._cells)
            if cells:
                self._count += 1
                if self._count > self._limits.rows:
                    raise Unreadable("rows", limit=self._limits.rows)
                self.rows.append(Row(self._row, cells))
            self._cells = []
        elif name == "rPh":
            self._phonetic -= 1

    def _finish_cell(self) -> None:
        if not self._in_row:
            return
        attributes = self._attributes
        reference = attributes.get("r")
        if reference is None:
            self._column += 1
        else:
            letters = reference.rstrip("0123456789")
            known = self._columns.get(letters)
            if known is None:
                known = self._columns[letters] = column(letters)
            self._column = known
        if not self._parts:
            if not self._formula or attributes.get("t") == "str":
                return
            value: Cell = NOT_CALCULATED
        else:
            value = self._value("".join(self._parts), attributes)
        if isinstance(value, str) and len(value) > self._limits.cell_length:
            raise Unreadable("cell_length", limit=self._limits.cell_length)
        cells = self._cells
        missing = self._column - len(cells)
        if missing >= 0:
            if self._column >= self._limits.columns:
                raise Unreadable("columns", limit=self._limits.columns)
            if missing:
                cells.extend([None] * missing)
            cells.append(value)
        else:
            cells[self._column] = value

    def _value(self, text: str, attributes: dict[str, str]) -> Cell:
        kind = attributes.get("t", "n")
        if kind == "s":
            try:
                return self._strings[int(text)]
            except (ValueError, IndexError):
                raise Unreadable("damaged") from None
        if kind == "n":
            value = number(text)
            look = attributes.get("s")
            if look is None or look == "0":
                look = "0"
            index = int(look) if look.isdigit() else 0
            shown = self._styles[index] if index < len(self._styles) else ""
            return styled(value, shown, self._from_1904) if shown else value
        if kind == "b":
            return text.strip() in ("1", "true")
        if kind == "d":
            return _iso(text)
        return unescape(text)


def _row_number(text: str | None, before: int) -> int:
    if text is None:
        return before + 1
    try:
        row = int(float(text))
    except (ValueError, OverflowError):
        raise Unreadable("damaged") from None
    if row < 1:
        raise Unreadable("damaged")
    return row


def _iso(text: str) -> Cell:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return date(moment.year, moment.month, moment.day) if len(text) <= 10 else moment.replace(tzinfo=None)


def _refuse(*_: object) -> None:
    raise Unreadable("entities")


def _whole(text: str | None) -> int:
    return int(text) if text is not None and text.isdigit() else 0


def unescape(text: str) -> str:
    """Characters that XML cannot hold are written ``_x000D_``."""
    return _ESCAPE.sub(lambda m: chr(int(m[1], 16)), text) if "_x" in text else text


def column(letters: str) -> int:
    """``A`` is 0, ``AA`` is 26; Unreadable for what is no column."""
    index = 0
    for letter in letters.upper():
        if not "A" <= letter <= "Z" or index > 20_000:
            raise Unreadable("damaged")
        index = index * 26 + ord(letter) - 64
    if not index:
        raise Unreadable("damaged")
    return index - 1
