"""``shuke …``: every command, put together. Exit codes: 0 done, 1 refused or failed, 2 wrong use."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from typer.core import TyperGroup

from app.commands.client import run_client
from app.commands.output import speak
from app.installation import Installation
from services.database import translated_errors
from services.errors import ShukeError
from services.language import tr

COMMANDS: Final = {
    "entities": "entities.entities",
    "check": "check.check",
    "import": "importing.import_file",
    "export": "exporting.export_file",
    "bench": "bench.bench",
    "demo": "demo.demo",
    "tour": "tour.tour",
    "server": "server.group",
    "user": "user.group",
    "seal": "seal.group",
}
"""Each command or group: its module under app/commands and what there is it. Modules are imported when a command
is named: the client, started a hundred times as often, does not wait for spreadsheets and the sample company."""


class Commands(TyperGroup):
    """The commands of COMMANDS."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Their names, in the order of the help page."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command ``cmd_name``; None if there is none."""
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name].split(".")
        found = getattr(import_module(f"app.commands.{module}"), name)
        around = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
        if isinstance(found, typer.Typer):
            around.add_typer(found, name=cmd_name)
        else:
            around.command(cmd_name)(found)
        return typer.main.get_group(around).commands[cmd_name]


application = typer.Typer(
    name="shuke",
    cls=Commands,
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


def main(arguments: list[str] | None = None) -> None:
    """Run one command and leave with its exit code."""
    speak()
    for stream in (sys.stdout, sys.stderr):
        # a Chinese Windows console may be GBK: a name that it cannot show must not end the command
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        with translated_errors():
            application(arguments, prog_name="shuke")
    except ShukeError as error:
        speak()
        typer.echo(str(error), err=True)
        sys.exit(1)
    except OSError as error:  # a folder that is a file, a full disk, a place where nobody may write
        speak()
        reason = error.strerror or str(error)
        typer.echo(tr("{file}: {reason}", file=error.filename or "shuke", reason=reason), err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
