"""Workbooks of Excel 2 to 2003 (.xls) through xlrd, which reads a sheet as a whole: hence the memory
limit."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import time
from pathlib import Path
from typing import Any

import xlrd

from services.tabular.cells import Cell, Row, number, style, styled, trimmed
from services.tabular.limits import Limits, Unreadable
from services.tabular.ooxml import Merge

_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_WORD = "WordDocument".encode("utf-16-le")


class Workbook:
    """One open workbook, the same shape as ``ooxml.Workbook``."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self._limits = limits
        self._book = _open(path)
        sheets = [(str(name), i) for i, name in enumerate(self._book.sheet_names())]
        # boundsheet visibility: 0 shown, 1 hidden, 2 hidden from the menu too; only worksheets are listed
        # here.
        visible = getattr(self._book, "_sheet_visibility", [])
        self.sheets = [(name, bool(visible[i]) if i < len(visible) else False) for name, i in sheets]
        if not self.sheets:
            raise Unreadable("no_sheet")
        self._styles: dict[int, str] = {}

    def close(self) -> None:
        """Let go of the file."""
        self._book.release_resources()

    def rows(self, sheet: int) -> Iterator[Row]:
        """The filled rows of one sheet."""
        page = self._book.sheet_by_index(sheet)
        limits = self._limits
        for index in range(page.nrows):
            if index >= limits.rows:
                raise Unreadable("rows", limit=limits.rows)
            kinds, values = page.row_types(index), page.row_values(index)
            cells = trimmed(
                [
                    self._value(page, index, place, kind, value)
                    for place, (kind, value) in enumerate(zip(kinds, values, strict=True))
                ]
            )
            if len(cells) > limits.columns:
                raise Unreadable("columns", limit=limits.columns)
            if cells:
                yield Row(index + 1, cells)

    def merges(self, sheet: int, below: int) -> list[Merge]:
        """Merged ranges that begin in the first ``below`` rows."""
        ranges = self._book.sheet_by_index(sheet).merged_cells
        return [(r1 + 1, c1, r2, c2 - 1) for r1, r2, c1, c2 in ranges if r1 < below]

    def _value(self, page: Any, row: int, place: int, kind: int, value: Any) -> Cell:
        if kind == xlrd.XL_CELL_TEXT:
            text = str(value)
            if len(text) > self._limits.cell_length:
                raise Unreadable("cell_length", limit=self._limits.cell_length)
            return text
        if kind in (xlrd.XL_CELL_NUMBER, xlrd.XL_CELL_DATE):
            plain = number(repr(float(value)))
            look = self._look(page, row, place)
            if not look and kind == xlrd.XL_CELL_DATE:
                look = "date"
            return styled(plain, look, bool(self._book.datemode)) if look else plain
        if kind == xlrd.XL_CELL_BOOLEAN:
            return bool(value)
        if kind == xlrd.XL_CELL_ERROR:
            return str(xlrd.error_text_from_code.get(value, "#N/A"))
        return str(value) if isinstance(value, time) else None

    def _look(self, page: Any, row: int, place: int) -> str:
        if not self._book.formatting_info:
            return ""
        try:
            key = self._book.xf_list[page.cell_xf_index(row, place)].format_key
        except (IndexError, KeyError):
            return ""
        if key not in self._styles:
            found = self._book.format_map.get(key)
            self._styles[key] = style(found.format_str if found else None, key)
        return self._styles[key]


def _open(path: Path) -> Any:
    with Path(os.devnull).open("w") as nowhere:
        # Formats tell percentages and header merges; a few old writers' formats xlrd refuses, their cells
        # not.
        for formats in (True, False):
            try:
                return xlrd.open_workbook(
                    str(path), logfile=nowhere, formatting_info=formats, on_demand=False, ragged_rows=True
                )
            except MemoryError:
                raise
            except xlrd.XLRDError as error:
                if "encrypt" in str(error).lower() or "password" in str(error).lower():
                    raise Unreadable("encrypted") from error
                if not formats:
                    raise _which(path) from error
            except Exception as error:
                # xlrd lets struct.error, AssertionError, IndexError … out of damaged files.
                if not formats:
                    raise _which(path) from error
    raise Unreadable("damaged")


def _which(path: Path) -> Unreadable:
    """Why an OLE file holds no workbook."""
    content = path.read_bytes()
    if _ENCRYPTED in content:
        return Unreadable("encrypted")
    if _WORD in content:
        return Unreadable("word")
    return Unreadable("damaged")
