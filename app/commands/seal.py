"""``shuke seal``: seal the change history, or check that nobody altered it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer
from sqlalchemy.orm import Session

from app.commands.output import installation, report, say
from services.language import tr
from services.system import seals

group = typer.Typer(help="Seal the change history, and check its seals.", no_args_is_help=True)


@group.command("make")
def make(
    context: typer.Context, json: Annotated[bool, typer.Option("--json", help="Report as JSON.")] = False
) -> None:
    """Seal every finished line; prints the value to keep outside the server."""
    here = installation(context)
    here.start()
    engine = here.engine()
    try:
        with Session(engine) as session, session.begin():
            done = seals.seal(session)
    finally:
        engine.dispose()
    if json:
        report(asdict(done))
    else:
        say(tr("{count} lines of the history were sealed.", count=done.rows))
        say(done.head)


@group.command("verify")
def verify(
    context: typer.Context,
    head: Annotated[str | None, typer.Option(metavar="VALUE", help="A value that was kept outside.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Report as JSON.")] = False,
) -> None:
    """Check every seal; prints what is broken. 0 only if nothing is."""
    here = installation(context)
    here.start()
    engine = here.engine()
    try:
        with Session(engine) as session:
            faults = seals.verify(session, expected_head=head)
    finally:
        engine.dispose()
    if json:
        report([asdict(fault) for fault in faults])
    elif faults:
        for fault in faults:
            say(str(fault))
    else:
        say(tr("Every seal is as it was: nobody altered a sealed line."))
    if faults:
        raise typer.Exit(1)
