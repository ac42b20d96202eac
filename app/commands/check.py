"""``shuke check``: whether everything still adds up."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer
from sqlalchemy.orm import Session

from app.commands.output import installation, report, say
from services.checking import check as find_differences
from services.language import tr


def check(
    context: typer.Context, json: Annotated[bool, typer.Option("--json", help="Report as JSON.")] = False
) -> None:
    """Recompute every balance from its ledger, and other invariants; print the differences."""
    here = installation(context)
    here.start()
    engine = here.engine()
    try:
        with Session(engine) as session, Session(engine) as beside:
            differences = find_differences(session, beside=beside)
    finally:
        engine.dispose()
    if json:
        report([asdict(difference) for difference in differences])
    else:
        for difference in differences:
            say(str(difference))
        say(
            tr("{count} differences.", count=len(differences))
            if differences
            else tr("Everything adds up: no differences.")
        )
    if differences:
        raise typer.Exit(1)
