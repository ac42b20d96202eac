"""``shuke export ENTITY FILE``: a list as a file, as a user and under his rights; it stands in the log as his."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any

import typer

from app.commands.output import installation, report, say
from services.asking import list_columns
from services.clock import today
from services.custom_fields import with_custom
from services.database import Database
from services.entity import Column, Entity, Query
from services.errors import Refused
from services.exporting import export
from services.language import mark, tr
from services.listing import Listing
from services.registry import ENTITIES
from services.session import log_in, read_dictionary
from services.wording import words
from services.written_conditions import facet_of


def export_file(
    context: typer.Context,
    entity: Annotated[str, typer.Argument(metavar="ENTITY", help="Such as customers.customer.")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="To be written: .xlsx or .csv.")],
    conditions: Annotated[
        list[str] | None,
        typer.Option(
            "--filter",
            metavar="CONDITION",
            help="COLUMN=VALUE, also != < <= > >= ~ (contains) ^ (begins with); may be given several times.",
        ),
    ] = None,
    columns: Annotated[
        str,
        typer.Option(
            metavar="KEY,KEY", help="Columns in this order; else those shown at first, “all” for all."
        ),
    ] = "",
    search: Annotated[str, typer.Option(metavar="WORDS", help="As in the search box.")] = "",
    data_class: Annotated[str, typer.Option("--class", metavar="KEY", help="Data class.")] = "all",
    order: Annotated[
        str, typer.Option(metavar="KEY,-KEY", help="Sort by these columns, - for descending.")
    ] = "",
    user: Annotated[str, typer.Option(metavar="LOGIN", help="As whom.")] = "boss",
    json: Annotated[bool, typer.Option("--json", help="Report as JSON.")] = False,
) -> None:
    """Write a list to a file. The password is taken from SHUKE_PASSWORD."""
    if entity not in ENTITIES:
        raise typer.BadParameter(tr("There is no kind of record called {entity}.", entity=entity))
    place = installation(context)
    place.start()
    database = Database(place.url(user=user, password=os.environ.get("SHUKE_PASSWORD", "")))
    try:
        answer = _export(
            database, ENTITIES[entity], file, conditions or [], columns, search, data_class, order
        )
    finally:
        database.close()
    if json:
        report(answer)
    else:
        say(tr("{count} rows were written to {path}.", count=answer["rows"], path=answer["file"]))


def _export(
    database: Database,
    entity: Entity,
    file: Path,
    conditions: list[str],
    columns: str,
    search: str,
    data_class: str,
    order: str,
) -> dict[str, Any]:
    user = log_in(database)
    with database.read_session() as session:
        dictionary = read_dictionary(session)
    entity = with_custom(entity, dictionary.custom)
    seen = list_columns(entity, user)
    shown = _shown(columns, seen)
    query = Query(
        entity.key,
        data_class=data_class,
        words=search,
        facets=tuple(facet_of(one, seen, dictionary, today()) for one in conditions),
        order=tuple(part.strip() for part in order.split(",") if part.strip()),
    )
    listing = Listing(query, user=user, dictionary=dictionary, entity=entity)
    narrowed = [f"--class {data_class}"] if data_class != "all" else []
    narrowed += [tr("“{words}”", words=search.strip())] if search.strip() else []
    done = export(
        database,
        listing,
        file,
        shown=shown,
        conditions=tr(", ").join([*narrowed, *conditions]) or tr("All"),
        text_of=lambda column, value: words(column, value, dictionary),
    )
    return {"entity": entity.key, "file": str(done.path), "rows": done.rows, "columns": shown}


def _shown(columns: str, seen: tuple[Column, ...]) -> list[str]:
    if not columns:
        return [column.key for column in seen if column.shown]
    if columns == "all":
        return [column.key for column in seen]
    chosen = [part.strip() for part in columns.split(",") if part.strip()]
    known = {column.key for column in seen}
    for key in chosen:
        if key not in known:
            raise Refused(mark("There is no column “{column}” here."), column=key)
    return chosen
