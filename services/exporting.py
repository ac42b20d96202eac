"""A list as a file: Excel or CSV, with types, widths and totals, as it is shown (PLT-18).

Rows stream through a cursor of the server, 500 at a time, so that 100,000 of them need no more memory here than
500 do. The export stands in the log before the file appears under its name. One that was cancelled or failed leaves no
file, and nothing in the log: nothing has left the program then but what its list had shown.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import func, literal, select
from sqlalchemy.dialects.postgresql import JSONB

from services.commands import Changes, Work
from services.database import Database
from services.entity import Column, Condition, Group, Kind, Query
from services.errors import Refused
from services.language import mark, tr
from services.listing import Listing
from services.reading import Reading
from services.requests import plain
from services.tabular.writing import CsvWriter, OutColumn, TableWriter, XlsxWriter
from services.wording import in_words

FORMATS: Final[dict[str, type[TableWriter]]] = {".xlsx": XlsxWriter, ".csv": CsvWriter}
"""By the ending of the file's name."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written."""

    path: Path
    rows: int


def export(
    database: Database,
    listing: Listing,
    path: Path | str,
    *,
    shown: Sequence[str],
    text_of: Callable[[Column, Any], str],
    conditions: str = "",
    progress: Callable[[int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    reading: Reading | None = None,
) -> Exported:
    """Write all rows of ``listing`` with the columns ``shown`` to ``path`` (.xlsx or .csv).

    ``text_of`` gives the words of choices, states, people and regions; ``conditions`` says in the person's own what the
    list is narrowed to, for the log. Refused without the export right or with
    another ending; Cancelled, with no file, when ``cancelled`` answers True. ``reading`` lets another thread end
    a long sort on the server.
    """
    target = Path(path)
    writer_class = FORMATS.get(target.suffix.lower())
    if writer_class is None:
        raise Refused(mark("Only .xlsx and .csv files can be written."))
    if not listing.user.can(listing.entity.permission("export")):
        raise Refused(mark("You do not have the right to export these records."))
    columns = [column for key in shown for column in listing.columns if column.key == key]
    # money has words of its own only in documents: here it stays a number
    words = [in_words(column) for column in columns]
    out = [
        OutColumn(tr(column.title), Kind.TEXT if word else column.kind, column.width, column.total)
        for column, word in zip(columns, words, strict=True)
    ]
    with (
        writer_class(target, out, progress=progress, cancelled=cancelled, totals=tr("Total")) as writer,
        (reading or Reading(database, patient=True)).session() as session,
        closing(listing.stream(session, shown=shown)) as chunks,
    ):
        for chunk in chunks:
            for row in chunk:
                writer.write(
                    [
                        text_of(column, value) if word and value is not None else value
                        for column, value, word in zip(columns, row.values, words, strict=True)
                    ]
                )
        session.rollback()
        database.write(
            log_export,
            entity=listing.entity.key,
            asked=described(listing.query, shown),
            rows=writer.rows,
            form=target.suffix.lower().lstrip("."),
            conditions=conditions,
        )
    return Exported(target, writer.rows)


def described(query: Query, shown: Sequence[str]) -> dict[str, Any]:
    """What was asked for, in JSON types, for the log."""
    return {
        "data_class": query.data_class,
        "words": query.words,
        "facets": [_described(part) for part in query.facets],
        "order": list(query.order),
        "columns": list(shown),
        "deleted": query.deleted,
        "conditions": len(query.conditions),
    }


def _described(part: Condition) -> Any:
    if isinstance(part, Group):
        return {part.joint: [_described(one) for one in part.parts]}
    return [part.column, part.operator, plain(part.value)]


def log_export(
    work: Work, *, entity: str, asked: dict[str, Any], rows: int, form: str, conditions: str
) -> Changes:
    """Note an export (PLT-18): what was asked for by keys, and ``conditions``, the same in words."""
    work.session.execute(select(func.app.log_export(entity, literal(asked, JSONB), rows, form, conditions)))
    return Changes({entity: ()})
