"""What a printed list needs: its rows, in full, and whose paper it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select

from models.organisation import Branch
from services.database import Database
from services.errors import Cancelled, Refused
from services.exporting import described, log_export
from services.language import mark
from services.listing import Listing
from services.reading import Reading

MOST: Final = 3_000
"""Rows of a printed list, some 90 pages: nobody reads more on paper, and files are for more."""


@dataclass(frozen=True, slots=True)
class PrintedRows:
    """Values by the columns asked for, and the company's name, address and phone."""

    rows: tuple[tuple[Any, ...], ...]
    company: str
    address: str
    phone: str


def rows_to_print(
    database: Database,
    listing: Listing,
    *,
    shown: Sequence[str],
    conditions: str = "",
    reading: Reading | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> PrintedRows:
    """All rows of ``listing`` with the columns ``shown``, noted in the export log as a print.

    ``conditions``: what it is narrowed to, in words.

    Refused without the rights to print and to export (a preview can be kept as a file), or with more than MOST rows.
    """
    for verb in ("print", "export"):
        if not listing.user.can(listing.entity.permission(verb)):
            raise Refused(mark("You do not have the right to print these records."))
    found: list[tuple[Any, ...]] = []
    with (reading or Reading(database, patient=True)).session() as session:
        branch = Branch.__table__.c
        own = session.execute(
            select(branch.name, branch.address, branch.phone).where(branch.parent_id.is_(None)).limit(1)
        ).first()
        with closing(listing.stream(session, shown=shown)) as chunks:
            for chunk in chunks:
                if cancelled is not None and cancelled():
                    raise Cancelled(mark("The work was cancelled."))
                found += [row.values for row in chunk]
                if len(found) > MOST:
                    raise Refused(
                        mark("At most {count} rows can be printed. Narrow the search, or export a file."),
                        count=MOST,
                    )
    database.write(
        log_export,
        entity=listing.entity.key,
        asked=described(listing.query, shown),
        rows=len(found),
        form="print",
        conditions=conditions,
    )
    company, address, phone = (own[0] or "", own[1] or "", own[2] or "") if own is not None else ("", "", "")
    return PrintedRows(tuple(found), company, address, phone)
