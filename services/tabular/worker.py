"""The child process that parses foreign files: ``python -m services.tabular.worker``.

Reads requests from standard input, one JSON object per line; answers with frames on standard output: four
bytes of length (big-endian) and JSON. A request is {path, mode: "head" | "rows", sheet, header | after,
encoding, limits}. The last frame of an answer has ``end`` or ``problem``. JSON and not pickle: what was
parsed may have been made by an enemy.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from services.tabular import layout
from services.tabular.cells import Cell, Row
from services.tabular.limits import Limits, Unreadable

FRAME_CELLS = 4_000
FRAME_CHARACTERS = 200_000
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_FOREIGN = {
    b"%PDF": "pdf",
    b"\x89PNG": "picture",
    b"\xff\xd8\xff": "picture",
    b"GIF8": "picture",
    b"BM": "",
    b"Rar!": "archive",
    b"7z\xbc\xaf": "archive",
    b"\x1f\x8b": "archive",
    b"{\\rtf": "word",
}


class Source(Protocol):
    """What each parser offers."""

    sheets: list[tuple[str, bool]]

    def rows(self, sheet: int) -> Iterator[Row]: ...
    def close(self) -> None: ...
    def merges(self, sheet: int, below: int) -> list[tuple[int, int, int, int]]: ...


def open_source(path: Path, limits: Limits, encoding: str = "") -> tuple[str, Source]:
    """The kind of a file by its content, and its parser."""
    size = path.stat().st_size
    if size == 0:
        raise Unreadable("empty")
    if size > limits.file_bytes:
        raise Unreadable("file_bytes", limit=limits.file_bytes >> 20)
    with path.open("rb") as stream:
        head = stream.read(4096)
    if head.startswith(b"PK"):
        from services.tabular import ooxml

        return "xlsx", ooxml.Workbook(path.open("rb"), limits)
    if head.startswith(_OLE) or (
        head[:1] == b"\x09" and head[1:2] in b"\x00\x02\x04\x08" and head[3:4] == b"\x00"
    ):
        from services.tabular import biff

        return "xls", biff.Workbook(path, limits)
    for magic, kind in _FOREIGN.items():
        if kind and head.startswith(magic):
            raise Unreadable(kind)
    return _open_text(path, head, limits, encoding)


def _open_text(path: Path, head: bytes, limits: Limits, encoding: str) -> tuple[str, Source]:
    from services.tabular import delimited, markup

    start = head.replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    if (
        start.startswith((b"<?xml", b"<workbook"))
        and b"urn:schemas-microsoft-com:office:spreadsheet" in start
    ):
        return "xml", markup.XmlSpreadsheet(path, limits)
    if start.startswith((b"<html", b"<table", b"<!doctype html", b"<meta", b"<head", b"<style", b"<div")) or (
        start.startswith(b"<") and (b"<html" in start or b"<table" in start)
    ):
        return "html", markup.HtmlFile(path, limits)
    if start.startswith((b"mime-version", b"<?xml", b"<!doctype")):
        raise Unreadable("not_a_table")
    text = delimited.TextFile(path, limits, encoding)
    return ("tsv" if text.separator == "\t" else "csv"), text


def encode(cell: Cell) -> object:
    """A cell as JSON: Decimal as [text], date and datetime as [kind, text]."""
    if cell is None or isinstance(cell, str | bool | int):
        return cell
    if isinstance(cell, Decimal):
        return [str(cell)]
    if isinstance(cell, datetime):
        return ["t", cell.isoformat()]
    return ["d", cell.isoformat()]


def decode(value: Any) -> Cell:
    """The cell that ``encode`` wrote."""
    if type(value) is not list:
        return value  # type: ignore[no-any-return]
    if len(value) == 1:
        return Decimal(value[0])
    return datetime.fromisoformat(value[1]) if value[0] == "t" else date.fromisoformat(value[1])


class Answers:
    """Writes frames."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def send(self, message: dict[str, object]) -> None:
        """One frame."""
        data = json.dumps(message, separators=(",", ":")).encode()
        self._stream.write(len(data).to_bytes(4, "big") + data)
        self._stream.flush()


def choose_sheet(source: Source, wanted: object) -> tuple[int, list[Row]]:
    """Index and first rows of the wanted sheet; without a wish, of the first shown one that holds
    anything."""
    names = [name for name, _ in source.sheets]
    if wanted is not None:
        if isinstance(wanted, str) and wanted in names:
            index = names.index(wanted)
        elif isinstance(wanted, int) and 0 <= wanted < len(names):
            index = wanted
        else:
            raise Unreadable("no_such_sheet", sheet=str(wanted))
        return index, list(islice(source.rows(index), layout.LOOK + 40))
    shown = [i for i, (_, hidden) in enumerate(source.sheets) if not hidden] or list(range(len(names)))
    for index in shown[:50]:
        rows = list(islice(source.rows(index), layout.LOOK + 40))
        if rows:
            return index, rows
    raise Unreadable("no_rows")


def answer(request: dict[str, Any], answers: Answers) -> None:
    """Serve one request."""
    limits = Limits(**request["limits"])
    kind, source = open_source(Path(request["path"]), limits, str(request["encoding"]))
    try:
        if request["mode"] == "rows":
            send_rows(source.rows(int(request["sheet"])), int(request["after"]), answers)
        else:
            send_head(request, kind, source, answers)
    finally:
        source.close()


def send_head(request: dict[str, Any], kind: str, source: Source, answers: Answers) -> None:
    """Sheets, header and first rows."""
    index, rows = choose_sheet(source, request["sheet"])
    merges = source.merges(index, rows[min(len(rows), layout.LOOK) - 1].number) if rows else []
    chosen = request["header"]
    if chosen is None:
        header = layout.guess(rows, merges)
    else:
        header = layout.titled(rows, merges, chosen[0], chosen[1]) if chosen else None
    answers.send(
        {
            "kind": kind,
            "sheets": source.sheets,
            "sheet": index,
            "header": [header.first, header.last, header.titles] if header else None,
            "sample": [[row.number, [encode(cell) for cell in row.cells]] for row in rows],
            "encoding": getattr(source, "encoding", ""),
            "separator": getattr(source, "separator", ""),
        }
    )
    answers.send({"end": True})


def send_rows(rows: Iterator[Row], after: int, answers: Answers) -> None:
    """The rows below row ``after`` in frames of bounded size."""
    batch: list[list[object]] = []
    cells = characters = 0
    for row in rows:
        if row.number <= after:
            continue
        batch.append([row.number, [encode(cell) for cell in row.cells]])
        cells += len(row.cells)
        characters += sum(len(cell) for cell in row.cells if isinstance(cell, str))
        if cells >= FRAME_CELLS or characters >= FRAME_CHARACTERS:
            answers.send({"rows": batch})
            batch, cells, characters = [], 0, 0
    if batch:
        answers.send({"rows": batch})
    answers.send({"end": True})


def restrict(memory: int, seconds: float) -> None:
    """Bound this process where the system can; elsewhere the parent watches its memory."""
    try:
        import resource
    except ImportError:
        return
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    with suppress(ValueError, OSError):
        used = resource.getrusage(resource.RUSAGE_SELF)
        bound = int(used.ru_utime + used.ru_stime + seconds + 10)
        resource.setrlimit(resource.RLIMIT_CPU, (bound, resource.getrlimit(resource.RLIMIT_CPU)[1]))
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> None:
    """Serve requests until standard input ends."""
    answers = Answers(sys.stdout.buffer)
    sys.stdout = sys.stderr  # what a parser prints must not get between the frames
    for line in sys.stdin.buffer:
        request = json.loads(line)
        restrict(request["limits"]["memory_bytes"], request["limits"]["seconds"])
        try:
            answer(request, answers)
        except Unreadable as problem:
            answers.send({"problem": problem.key, "values": problem.values})
        except BrokenPipeError:
            return
        except MemoryError:
            answers.send({"problem": "memory", "values": {}})
        except FileNotFoundError:
            answers.send({"problem": "missing", "values": {}})
        except PermissionError:
            answers.send({"problem": "denied", "values": {}})
        except Exception as error:
            # Parsers of foreign formats fail in every way there is; the user's file is what is wrong.
            detail = f"{type(error).__name__}: {error}"[:500]
            answers.send({"problem": "damaged", "values": {}, "detail": detail})


if __name__ == "__main__":
    main()
