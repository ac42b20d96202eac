"""Opening a file of rows: Excel of any age, CSV in any usual encoding, and what is only called so.

    with Worker() as worker:
        table = open_table(path, worker=worker)
        for row in table.rows():
            ...

The kind is told by the content, never by the name. Parsing happens in a child process that is ended when it
takes too much time or memory; the file is open only while something is read.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from services.tabular.cells import Cell, Row
from services.tabular.layout import Header
from services.tabular.limits import Limits
from services.tabular.problems import ImportProblem
from services.tabular.process import Worker
from services.tabular.worker import decode

__all__ = [
    "Cell",
    "Header",
    "ImportProblem",
    "Limits",
    "Row",
    "Sheet",
    "Table",
    "Worker",
    "clean",
    "column_name",
    "open_table",
]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of a workbook; text files have one without a name."""

    name: str
    hidden: bool


@dataclass(frozen=True, slots=True)
class Table:
    """One sheet of a file. Holds its first rows only; ``rows`` reads the file again, each time it is
    called."""

    path: Path
    kind: str
    """xlsx, xls, csv, tsv, html or xml."""
    sheets: tuple[Sheet, ...]
    sheet: int
    """Index in ``sheets`` of the one that was opened."""
    header: Header | None
    """None where the first row is data already."""
    sample: tuple[Row, ...]
    """The first filled rows, preamble and header included."""
    encoding: str
    separator: str
    """Both "" for workbooks."""
    limits: Limits
    chosen_encoding: str = ""
    """The one that the user named, if he did."""
    worker: Worker | None = field(default=None, repr=False, compare=False)

    @property
    def titles(self) -> tuple[str, ...]:
        """Titles of the columns; letters as Excel's where the file has none."""
        known = self.header.titles if self.header else ()
        width = max([len(known), *(len(row.cells) for row in self.sample if row.number > self.first - 1)])
        return tuple(known[i] if i < len(known) and known[i] else column_name(i) for i in range(width))

    @property
    def first(self) -> int:
        """Number of the first row that can be data."""
        return self.header.last + 1 if self.header else 1

    def rows(self, cancelled: Callable[[], bool] | None = None) -> Generator[Row, None, None]:
        """The filled rows below the header, in constant memory, each at least as long as the header.

        ``cancelled`` is asked about ten times a second. ImportProblem if the file turns out damaged further
        on, or has changed in such a way since it was opened; Cancelled if asked to end.
        """
        own = None if self.worker is not None else Worker()
        worker = self.worker or own
        assert worker is not None
        request: dict[str, object] = {
            "mode": "rows",
            "sheet": self.sheet,
            "after": self.first - 1,
            "encoding": self.chosen_encoding,
        }
        width = len(self.header.titles) if self.header else 0
        try:
            for frame in worker.ask(self.path, request, self.limits, cancelled):
                for number, cells in frame["rows"]:
                    yield _row(number, cells, width)
        finally:
            if own is not None:
                own.close()


def open_table(
    path: Path | str,
    *,
    sheet: int | str | None = None,
    header: tuple[int, int] | bool | None = True,
    encoding: str = "",
    limits: Limits | None = None,
    worker: Worker | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Table:
    """Look into a file. ImportProblem if it is no table or beyond the limits.

    ``sheet`` is an index or a title; None takes the first shown sheet that holds anything. ``header`` is True
    to find it, (first row, last row) to name it, False or None for a file without one. ``encoding`` names a
    codec for a text file whose own is not found. ``worker`` is a child process to use again, which must then
    outlive the table; else one is started for each call.
    """
    place = Path(path)
    bounds = limits or Limits()
    wanted: object = None if header is True else list(header) if isinstance(header, tuple) else []
    request: dict[str, object] = {"mode": "head", "sheet": sheet, "header": wanted, "encoding": encoding}
    own = None if worker is not None else Worker()
    try:
        (frame,) = (worker or own or Worker()).ask(place, request, bounds, cancelled)
    finally:
        if own is not None:
            own.close()
    return _table(place, frame, bounds, encoding, worker)


def _table(path: Path, frame: dict[str, Any], limits: Limits, encoding: str, worker: Worker | None) -> Table:
    header = frame["header"]
    return Table(
        path=path,
        kind=frame["kind"],
        sheets=tuple(Sheet(str(name), bool(hidden)) for name, hidden in frame["sheets"]),
        sheet=frame["sheet"],
        header=Header(header[0], header[1], tuple(header[2])) if header else None,
        sample=tuple(_row(number, cells, 0) for number, cells in frame["sample"]),
        encoding=frame["encoding"],
        separator=frame["separator"],
        limits=limits,
        chosen_encoding=encoding,
        worker=worker,
    )


def _row(number: int, cells: list[Any], width: int) -> Row:
    decoded = [decode(cell) if type(cell) is list else cell for cell in cells]
    if len(decoded) < width:
        decoded.extend([None] * (width - len(decoded)))
    return Row(number, tuple(decoded))


def clean(text: str) -> str:
    """Text as people mean it: no blanks or invisible characters at its edges, ASCII digits, letters and
    signs.

    Chinese punctuation that carries meaning in names (，。、；「」《》) stays; full-width brackets become
    ASCII only in what is compared, not here.
    """
    out = []
    for character in text:
        if (
            "０" <= character <= "９"
            or "Ａ" <= character <= "Ｚ"
            or "ａ" <= character <= "ｚ"
            or character in "＋－．／＠＿％"
        ):
            character = unicodedata.normalize("NFKC", character)
        elif character in "\u3000\xa0\u2002\u2003\u2009\u202f":
            character = " "
        out.append(character)
    return "".join(out).strip().strip("\ufeff\u200b\u200c\u200d\u2060\u200e\u200f\u202a\u202c\u202d").strip()


def column_name(index: int) -> str:
    """0 is ``A``, 26 is ``AA``."""
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(65 + rest) + name
    return name
