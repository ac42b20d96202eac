"""Files of rows for people: Excel and CSV, written row by row into place.

    with XlsxWriter(path, columns) as writer:
        for row in rows:
            writer.write(row)

The file appears under its name only when the ``with`` block ends without an exception: before, it is a hidden
temporary file in the same folder, which goes when the work is cancelled or fails.

Safe against formula injection (a customer called ``=cmd|…``): texts are stored as texts. In .xlsx that is a
matter of the cell's type; a CSV has none, so there a text that a spreadsheet would compute gets an apostrophe
in front. Numbers stay numbers.
"""

from __future__ import annotations

import csv
import os
import re
import tempfile
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from services.clock import CHINA
from services.entity import NUMBERS, Column, Kind
from services.errors import Cancelled, Refused
from services.language import mark, tr
from services.typed import plain_digits

MAX_ROWS: Final = 1_048_575
"""Rows below the header that a sheet of Excel holds, one kept for the totals."""
MAX_TEXT: Final = 32_767
PROGRESS_EVERY: Final = 500
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_LOOKS_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_DANGEROUS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
FORMATS: Final = {
    Kind.INTEGER: "0",
    Kind.QUANTITY: "#,##0.######",
    Kind.PRICE: "#,##0.00####",
    Kind.AMOUNT: "#,##0.00",
    Kind.PERCENT: "0.00##",
    Kind.DATE: "yyyy-mm-dd",
    Kind.TIME: "yyyy-mm-dd hh:mm:ss",
}
_DIGITS: Final = 15
"""Significant digits that Excel keeps of a number."""


@dataclass(frozen=True, slots=True)
class OutColumn:
    """One column of a file. ``title`` is in the reader's language already; ``width`` is in pixels as on
    screen."""

    title: str
    kind: Kind = Kind.TEXT
    width: int = 120
    total: bool = False

    @classmethod
    def of(cls, column: Column) -> OutColumn:
        """The column of a list."""
        return cls(tr(column.title), column.kind, column.width, column.total)


class TableWriter:
    """What both writers share: rows counted, progress, cancelling, totals, and the file put in place at the
    end.

    ``progress`` gets the number of rows written, every PROGRESS_EVERY rows; ``cancelled`` is asked as often.
    ``totals`` is the word in front of the totals row ("" for none); sums are of the columns with ``total``.
    """

    def __init__(
        self,
        path: Path | str,
        columns: Sequence[OutColumn],
        *,
        progress: Callable[[int], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
        totals: str = "",
    ) -> None:
        self.path = Path(path)
        self.columns = tuple(columns)
        self.rows = 0
        self._progress, self._cancelled, self._totals = progress, cancelled, totals
        self._sums: dict[int, Decimal] = {i: Decimal(0) for i, c in enumerate(columns) if c.total}
        self._temporary: Path | None = None

    def __enter__(self) -> Self:
        try:
            handle, name = tempfile.mkstemp(prefix=".", suffix=".part", dir=self.path.absolute().parent)
        except OSError as error:
            raise _cannot_write(self.path) from error
        os.close(handle)
        self._temporary = Path(name)
        try:
            self._open(self._temporary)
        except BaseException:
            self._discard()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self._discard()
            if isinstance(error, OSError):
                raise _cannot_write(self.path) from error
            return
        try:
            if self._totals and self._sums:
                self._write(self._totals_row())
            self._check()
            self._finish()
            assert self._temporary is not None
            _as_usual(self._temporary)
            self._temporary.replace(self.path)
            self._temporary = None
        except OSError as failure:
            raise _cannot_write(self.path) from failure
        finally:
            self._discard()
        if self._progress is not None:
            self._progress(self.rows)

    def write(self, values: Sequence[object]) -> None:
        """One row, a value for each column. Cancelled if asked to end."""
        if self.rows % PROGRESS_EVERY == 0:
            self._check()
            if self._progress is not None and self.rows:
                self._progress(self.rows)
        self._write(values)
        self.rows += 1
        for index in self._sums:
            value = values[index]
            if isinstance(value, Decimal | int):
                self._sums[index] += value

    def write_all(self, rows: Iterable[Sequence[object]]) -> None:
        """All rows of an iterator."""
        for row in rows:
            self.write(row)

    def _check(self) -> None:
        if self._cancelled is not None and self._cancelled():
            raise Cancelled(mark("The export was cancelled. No file was written."))

    def _totals_row(self) -> list[object]:
        row: list[object] = [self._sums.get(i) for i in range(len(self.columns))]
        place = next((i for i in range(len(row)) if i not in self._sums), None)
        if place is not None:
            row[place] = self._totals
        return row

    def _discard(self) -> None:
        with suppress(Exception):
            self._abandon()
        if self._temporary is not None:
            with suppress(OSError):
                self._temporary.unlink(missing_ok=True)
            self._temporary = None

    def _open(self, path: Path) -> None:
        raise NotImplementedError

    def _write(self, values: Sequence[object]) -> None:
        raise NotImplementedError

    def _finish(self) -> None:
        raise NotImplementedError

    def _abandon(self) -> None:
        raise NotImplementedError


class XlsxWriter(TableWriter):
    """An Excel workbook with one sheet: frozen bold header, filter, widths, formats by kind, totals row."""

    def __init__(
        self,
        path: Path | str,
        columns: Sequence[OutColumn],
        *,
        sheet: str = "",
        progress: Callable[[int], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
        totals: str = "",
    ) -> None:
        super().__init__(path, columns, progress=progress, cancelled=cancelled, totals=totals)
        self._title = sheet_title(sheet)

    def _open(self, path: Path) -> None:
        # here, because half a second of every start would be openpyxl's
        from openpyxl import Workbook
        from openpyxl.cell import WriteOnlyCell
        from openpyxl.utils import get_column_letter

        self._new_cell: Any = WriteOnlyCell
        self._letter = get_column_letter
        self._book: Any = Workbook(write_only=True)
        self._sheet: Any = self._book.create_sheet(self._title)
        self._sheet.freeze_panes = "A2"
        # Setting a style by name costs more than writing the cell; its array is taken once and shared.
        self._styles = [self._style(column.kind) for column in self.columns]
        self._moment = self._style(Kind.TIME)
        for index, column in enumerate(self.columns, 1):
            # A pixel at 96 dpi is about a seventh of the width of a digit in Excel's standard font.
            width = min(max(column.width / 7, 6), 80)
            self._sheet.column_dimensions[get_column_letter(index)].width = width
        self._sheet.append([heading(self._sheet, column.title) for column in self.columns])

    def _style(self, kind: Kind) -> Any:
        from openpyxl.styles import Alignment, NamedStyle

        name = f"shuke {kind}"
        if name not in self._book.named_styles:
            right = kind in NUMBERS
            self._book.add_named_style(
                NamedStyle(
                    name=name,
                    number_format=FORMATS.get(kind, "@" if kind in _TEXTS else "General"),
                    alignment=Alignment(horizontal="right" if right else None, vertical="top"),
                )
            )
        sample: Any = self._new_cell(self._sheet)
        sample.style = name
        return sample._style

    def _write(self, values: Sequence[object]) -> None:
        if self.rows >= MAX_ROWS - 1:
            raise Refused(
                mark("An Excel sheet holds {limit} rows. Export less, or export CSV."), limit=MAX_ROWS - 1
            )
        cells: list[object] = []
        for value, column, style in zip(values, self.columns, self._styles, strict=True):
            cells.append(None if value is None or value == "" else self._cell(value, column.kind, style))
        self._sheet.append(cells)

    def _cell(self, value: object, kind: Kind, style: Any) -> Any:
        stored = excel_value(value, kind)
        cell: Any = self._new_cell(self._sheet)
        if isinstance(stored, str):
            put_text(cell, stored)
        else:
            cell.value = stored
        cell._style = self._moment if isinstance(stored, datetime) else style
        return cell

    def _finish(self) -> None:
        if self.columns:
            last = self._letter(len(self.columns))
            self._sheet.auto_filter.ref = f"A1:{last}{max(self.rows, 1) + 1}"
        self._book.save(self._temporary)

    def _abandon(self) -> None:
        # openpyxl streams the sheet into a temporary file of its own, which only its writer removes.
        writer = getattr(getattr(self, "_sheet", None), "_writer", None)
        if writer is not None and Path(writer.out).exists():
            with suppress(Exception):
                self._sheet.close()
            writer.cleanup()


_TEXTS: Final = frozenset(
    {Kind.TEXT, Kind.LONG_TEXT, Kind.PHONE, Kind.EMAIL, Kind.URL, Kind.CHOICE, Kind.STATE}
)


class CsvWriter(TableWriter):
    """A CSV in UTF-8 with the mark by which Excel knows it, Windows line ends, commas."""

    def _open(self, path: Path) -> None:
        self._stream = path.open("w", encoding="utf-8-sig", newline="", errors="replace")
        self._writer = csv.writer(self._stream, lineterminator="\r\n")
        self._writer.writerow([csv_text(column.title) for column in self.columns])

    def _write(self, values: Sequence[object]) -> None:
        self._writer.writerow([csv_value(v, c.kind) for v, c in zip(values, self.columns, strict=True)])

    def _finish(self) -> None:
        self._stream.flush()
        os.fsync(self._stream.fileno())
        self._stream.close()

    def _abandon(self) -> None:
        stream = getattr(self, "_stream", None)
        if stream is not None:
            stream.close()


class RejectedWriter:
    """The rows that an import refused, as they stood in the file, with their row numbers and reasons.

    Made so that it can be corrected and imported again: the file's own titles, reasons at the end.
    """

    def __init__(self, path: Path | str, titles: Sequence[str]) -> None:
        columns = [OutColumn(title) for title in titles]
        columns += [
            OutColumn(tr("Row in the file"), Kind.INTEGER, 90),
            OutColumn(tr("Why it was refused"), width=480),
        ]
        self._width = len(titles)
        self._writer = XlsxWriter(path, columns, sheet=tr("Refused rows"))

    def __enter__(self) -> Self:
        self._writer.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.__exit__(kind, error, trace)

    def write(self, number: int, cells: Sequence[object], reasons: Sequence[str]) -> None:
        """One refused row."""
        kept = [*cells[: self._width], *[None] * (self._width - len(cells))]
        self._writer.write([*kept, number, tr("; ").join(reasons)])


def excel_value(value: object, kind: Kind) -> object:
    """What a cell holds: exact numbers of up to 15 digits, local times, texts; all else as text."""
    if isinstance(value, bool):
        return tr("Yes") if value else tr("No")
    if isinstance(value, int | Decimal):
        if kind not in NUMBERS and isinstance(value, int):
            return value if len(str(abs(value))) < 12 else str(value)
        exact = Decimal(value).normalize()
        if not exact.is_finite() or len(exact.as_tuple().digits) > _DIGITS:
            return format(Decimal(value), "f")
        return int(exact) if exact == exact.to_integral_value() else exact
    if isinstance(value, datetime):
        # Excel knows no zones: what is written is the time on the wall.
        local = value.astimezone(CHINA).replace(tzinfo=None) if value.tzinfo else value
        return local.replace(microsecond=0) if local.year >= 1901 else local.isoformat(" ", "seconds")
    if isinstance(value, date):
        return value if value.year >= 1901 else value.isoformat()
    return excel_text(str(value))


def excel_text(text: str) -> str:
    """Text as a cell can hold it: XML knows no control characters, Excel no more than 32,767 characters."""
    return _ILLEGAL.sub("�", text)[:MAX_TEXT]


def put_text(cell: Any, text: str) -> None:
    """Store ``text`` as text, whatever it begins with, and readable again: _x000D_ typed by a person
    stays."""
    text = _LOOKS_ESCAPED.sub("_x005F_", text) if "_x" in text else text
    cell.value = text.replace("\r", "_x000D_") if "\r" in text else text
    cell.data_type = "s"


def heading(sheet: Any, title: str) -> Any:
    """A cell of the header."""
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment, Font, PatternFill

    cell: Any = WriteOnlyCell(sheet)
    put_text(cell, excel_text(title))
    cell.font = Font(bold=True)
    cell.fill = PatternFill("solid", fgColor="FFE8EEF4")
    cell.alignment = Alignment(vertical="center", wrap_text=True)
    return cell


def csv_value(value: object, kind: Kind) -> str:
    """A field of a CSV. Long numbers stay whole for everyone but Excel, which shows them in short form."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return tr("Yes") if value else tr("No")
    if isinstance(value, Decimal):
        # without the zeros that a column of six decimals has behind a quantity
        return plain_digits(value, 2 if kind in (Kind.AMOUNT, Kind.PRICE) else 0).replace(",", "")
    if isinstance(value, int):
        return str(value)
    if isinstance(value, datetime):
        local = value.astimezone(CHINA).replace(tzinfo=None) if value.tzinfo else value
        return local.isoformat(" ", "seconds")
    if isinstance(value, date):
        return value.isoformat()
    return csv_text(str(value))


def csv_text(text: str) -> str:
    """A text that no spreadsheet takes for a formula: with an apostrophe in front where one might."""
    text = text.replace("\x00", "�")
    # Apostrophes that were there already get one more, so that reading can take exactly one away.
    bare = text.lstrip("'").lstrip(" \u3000\xa0\ufeff\u200b")
    return "'" + text if bare.startswith(_DANGEROUS) else text


def sheet_title(title: str) -> str:
    """A title as Excel allows it: 31 characters, none of ``[]:*?/\\``."""
    return excel_text(re.sub(r"[\[\]:*?/\\]", " ", title)).strip().strip("'")[:31] or tr("Data")


def _as_usual(path: Path) -> None:
    """Temporary files are readable by their maker only; a result is like any other file of his."""
    if os.name == "posix":
        mask = os.umask(0)
        os.umask(mask)
        path.chmod(0o666 & ~mask)


def _cannot_write(path: Path) -> Refused:
    return Refused(
        mark("“{file}” cannot be written. If it is open in Excel, close it there; or choose another folder."),
        file=path.name,
    )
