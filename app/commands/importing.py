"""``shuke import ENTITY FILE``: a file of rows into the database, as a user and under his rights."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from app.commands.output import installation, report, say
from services.custom_fields import with_custom
from services.database import Database
from services.entity import Entity, Field
from services.errors import Refused, ShukeError
from services.importing.checking import Action, check
from services.importing.plan import Duplicates, Plan, Source, importable_fields, propose
from services.importing.rejected import sentence, write_rejected
from services.importing.running import Importer
from services.language import mark, tr
from services.registry import ENTITIES
from services.session import log_in, read_dictionary
from services.tabular.matching import normal
from services.tabular.reading import Worker, open_table

SAID = 20
"""Refused rows that are named on the screen; all of them with --json or --rejected."""


def import_file(
    context: typer.Context,
    entity: Annotated[str, typer.Argument(metavar="ENTITY", help="Such as customers.customer.")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Excel or CSV.")],
    columns: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="FIELD=HEADER", help="This column is this field; FIELD= for none."),
    ] = None,
    duplicates: Annotated[Duplicates, typer.Option(help="Rows that exist already.")] = Duplicates.SKIP,
    all_or_nothing: Annotated[
        bool, typer.Option("--all-or-nothing", help="One error, and nothing is imported.")
    ] = False,
    create_missing: Annotated[
        list[str] | None,
        typer.Option("--create-missing", metavar="FIELD", help="Create what a reference field names."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check only; change nothing.")] = False,
    rejected: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the refused rows with reasons here (.xlsx).")
    ] = None,
    user: Annotated[str, typer.Option(metavar="LOGIN", help="As whom.")] = "boss",
    json: Annotated[bool, typer.Option("--json", help="Report as JSON.")] = False,
) -> None:
    """Import a file. The password is taken from SHUKE_PASSWORD."""
    if entity not in ENTITIES:
        raise typer.BadParameter(tr("There is no kind of record called {entity}.", entity=entity))
    place = installation(context)
    place.start()
    database = Database(place.url(user=user, password=os.environ.get("SHUKE_PASSWORD", "")))
    try:
        with Worker() as worker:  # one child reads the head of the file, its rows and those that were refused
            answer, fine = _import(
                database,
                ENTITIES[entity],
                file,
                columns or [],
                frozenset(create_missing or ()),
                duplicates,
                all_or_nothing=all_or_nothing,
                dry_run=dry_run,
                rejected=rejected,
                worker=worker,
            )
    finally:
        database.close()
    if json:
        report(answer)
    else:
        _say(answer)
    if not fine:
        raise typer.Exit(1)


def _import(
    database: Database,
    entity: Entity,
    file: Path,
    columns: Sequence[str],
    create_missing: frozenset[str],
    duplicates: Duplicates,
    *,
    all_or_nothing: bool,
    dry_run: bool,
    rejected: Path | None,
    worker: Worker,
) -> tuple[dict[str, Any], bool]:
    user = log_in(database)
    with database.read_session() as session:
        dictionary = read_dictionary(session)
    entity = with_custom(entity, dictionary.custom)
    source = open_table(file, worker=worker)
    fields = importable_fields(entity, user)
    plan = Plan(
        entity,
        _columns(source, propose(source, entity, user).by_field(), columns, fields),
        duplicates=duplicates,
        all_or_nothing=all_or_nothing,
        create_missing=create_missing,
    )
    answer: dict[str, Any] = {
        "entity": entity.key,
        "file": file.name,
        "columns": {key: source.titles[column] for key, column in plan.columns.items()},
        "dry_run": dry_run,
    }
    rejects: Mapping[int, Sequence[ShukeError]]
    if dry_run:
        result = check(database, source, plan, user, dictionary)
        counts = {str(action): count for action, count in result.counts.items()}
        rejects = result.rejects
        fine = not (all_or_nothing and result.counts[Action.REJECT])
    else:
        outcome = Importer(database, source, plan, user, dictionary).run()
        counts = {
            "create": outcome.created,
            "update": outcome.updated,
            "skip": outcome.skipped,
            "reject": outcome.rejected,
        }
        answer |= {"import": outcome.import_id, "companions": outcome.companions, "made": outcome.made}
        rejects, fine = outcome.rejects, True
    answer["counts"] = counts
    answer["rejects"] = {
        row: [sentence(problem, fields) for problem in problems] for row, problems in rejects.items()
    }
    if rejected is not None and rejects:
        write_rejected(rejected, source, rejects, fields)
        answer["rejected_file"] = rejected.name
    return answer, fine


def _columns(
    source: Source, proposed: dict[str, int], chosen: Sequence[str], fields: Sequence[Field]
) -> dict[str, int]:
    """What was proposed, with ``FIELD=HEADER`` of the command line before it."""
    columns = dict(proposed)
    known = {field.key for field in fields}
    shapes = [normal(title) for title in source.titles]
    for pair in chosen:
        key, equals, title = pair.partition("=")
        if not equals or key not in known:
            raise Refused(mark("There is no field “{field}” to import into."), field=key)
        columns.pop(key, None)
        if not title:
            continue
        if normal(title) not in shapes:
            raise Refused(mark("The file has no column “{title}”."), title=title)
        place = shapes.index(normal(title))
        columns = {other: column for other, column in columns.items() if column != place}
        columns[key] = place
    return columns


def _say(answer: Mapping[str, Any]) -> None:
    counts = answer["counts"]
    say(
        tr(
            "{created} created, {updated} updated, {skipped} skipped, {rejected} refused.",
            created=counts["create"],
            updated=counts["update"],
            skipped=counts["skip"],
            rejected=counts["reject"],
        )
    )
    if answer["dry_run"]:
        say(tr("Nothing was changed: this was a check only."))
    for row, reasons in list(answer["rejects"].items())[:SAID]:
        say(tr("Row {row}: {reason}", row=row, reason=tr("; ").join(reasons)))
