"""``shuke …``: every command, put together. Exit codes: 0 done, 1 refused or failed, 2 wrong use."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from app.commands import bench, check, demo, entities, exporting, importing, seal, server, tour, user
from app.commands.client import run_client
from app.installation import Installation
from services.database import translated_errors
from services.errors import ShukeError
from services.language import LANGUAGES, use_language

application = typer.Typer(
    name="shuke",
    help="Shuke (熟客): customers, sales, goods and money of a small company on one shared PostgreSQL.",
    invoke_without_command=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@application.callback()
def shuke(
    context: typer.Context,
    data: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Folder of the embedded server (else SHUKE_DATA, else the user's)."),
    ] = None,
    url: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Work with this server instead: postgresql://… (else SHUKE_URL)."),
    ] = None,
) -> None:
    """Options that every command shares."""
    context.obj = Installation.chosen(data, url)
    if context.invoked_subcommand is None:
        raise typer.Exit(run_client(context.obj))


# One line per group or command; what a group does lies in its own file under app/commands.
application.add_typer(server.group, name="server")
application.add_typer(user.group, name="user")
application.add_typer(seal.group, name="seal")
application.command("entities")(entities.entities)
application.command("check")(check.check)
application.command("import")(importing.import_file)
application.command("export")(exporting.export_file)
application.command("bench")(bench.bench)
application.command("demo")(demo.demo)
application.command("tour")(tour.tour)


def main(arguments: list[str] | None = None) -> None:
    """Run one command and leave with its exit code."""
    speak = os.environ.get("SHUKE_LANGUAGE", "en")
    use_language(speak if speak in LANGUAGES else "en")
    for stream in (sys.stdout, sys.stderr):
        # a Chinese Windows console may be GBK: a name that it cannot show must not end the command
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        with translated_errors():
            application(arguments, prog_name="shuke")
    except ShukeError as error:
        typer.echo(str(error), err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
