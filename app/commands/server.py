"""``shuke server``: prepares, upgrades and inspects a database."""

from __future__ import annotations

import time
from typing import Annotated, Any

import typer
from sqlalchemy import Connection, create_engine, text

from app import sharing
from app.commands.output import installation, report, say
from app.installation import Installation
from services import schema
from services.errors import Refused
from services.language import mark, tr
from services.nearby import firewall_hint

group = typer.Typer(no_args_is_help=True, help="Prepare, upgrade and inspect the server.")

Json = Annotated[bool, typer.Option("--json", help="Report as JSON.")]


@group.command()
def init(
    context: typer.Context,
    sample: Annotated[
        int | None, typer.Option(metavar="N", help="Fill in the sample company with N customers.")
    ] = None,
    seed: Annotated[
        int, typer.Option(metavar="S", help="Which sample company; the same S, the same data.")
    ] = 1,
    fresh: Annotated[bool, typer.Option(help="Delete the database first, with everything in it.")] = False,
    json: Json = False,
) -> None:
    """Make the database, or complete what is missing in it."""
    here = installation(context)
    started = time.perf_counter()
    here.start()
    if fresh:
        here.drop_database()
    schema.prepare(here.maintenance(), here.database)
    schema.upgrade(here.url())
    result: dict[str, object] = {"database": here.database}
    if sample is not None:
        result |= fill_sample(here, sample, seed, quiet=json)
    result["seconds"] = round(time.perf_counter() - started, 1)
    if json:
        report(result)
        return
    say(tr("The database {database} is ready.", database=here.database))
    if sample is not None:
        say(
            tr(
                "Sample company: log in as boss, manager, lead1, sales1, keeper1, cashier1 or another of its people."
            )
        )
        say(tr("Password of all of them: {password}", password=result["password"]))


def fill_sample(here: Installation, size: int, seed: int, *, quiet: bool) -> dict[str, object]:
    """Make the sample company in an empty database; its password and what was made."""
    # numpy and the generator's words are of no use to the other commands
    from services.sample.by_hand import do_by_hand
    from services.sample.company import build

    password = here.sample_password()

    def progress(phase: str, seconds: float) -> None:
        if not quiet and seconds > 2:
            typer.echo(f"  {phase}: {seconds:.1f} s", err=True)

    filled = build(here.url(), size=size, seed=seed, password=password, progress=progress)
    do_by_hand(here.url(), password)
    here.keep_sample_password(password)
    return {"password": password, "rows": filled.counts, "phases": filled.phases}


@group.command()
def upgrade(context: typer.Context) -> None:
    """Bring the database up to date with this program. Repeatable; all or nothing."""
    here = installation(context)
    here.start()
    if not here.has_database():
        raise Refused(mark("There is no database yet. Run: shuke server init"))
    schema.upgrade(here.url())
    say(tr("The database {database} is up to date.", database=here.database))


@group.command()
def status(context: typer.Context, json: Json = False) -> None:
    """Say what runs, in which version, and whether the database fits this program."""
    here = installation(context)
    found = _status(here)
    if json:
        report(found)
    elif not found["running"]:
        say(tr("The server does not run. Its folder is {folder}.", folder=here.folder))
    else:
        say(tr("The server runs: PostgreSQL {version}.", version=found["version"]))
        for line in found["advice"]:
            say(tr("In postgresql.conf: {lines}", lines=line))
        if not found["database"]:
            say(tr("There is no database yet. Run: shuke server init"))
        elif found["current"]:
            say(tr("The database {database} is up to date.", database=here.database))
        else:
            say(
                tr(
                    "The database {database} is of another version. Run: shuke server upgrade",
                    database=here.database,
                )
            )
    if not (found["running"] and found["database"] and found["current"]):
        raise typer.Exit(1)


def _advice(connection: Connection) -> list[str]:
    """Lines for the configuration of a server that is not ours to configure."""
    # who does not say who he is keeps a place: with PostgreSQL's own minute a flood of such shuts everybody out
    seconds = connection.scalar(
        text("SELECT setting::int FROM pg_settings WHERE name = 'authentication_timeout'")
    )
    return ["authentication_timeout = '5s'"] if seconds is None or seconds > 10 else []


def _status(here: Installation) -> dict[str, Any]:
    found: dict[str, Any] = {
        "folder": str(here.folder) if here.embedded else None,
        "running": not here.embedded or here.server.running(),
        "version": None,
        "database": False,
        "current": False,
        "advice": [],
    }
    if not found["running"]:
        return found
    engine = create_engine(here.maintenance().set(drivername="postgresql+psycopg"))
    with engine.connect() as connection:
        found["version"] = connection.scalar(text("SHOW server_version"))
        found["advice"] = _advice(connection)
    engine.dispose()
    if here.has_database():
        found["database"] = True
        engine = here.engine()
        with engine.connect() as connection:
            if connection.scalar(text("SELECT to_regclass('app.applied') IS NOT NULL")):
                found["current"] = schema.is_current(connection)
                found["users"] = connection.scalar(
                    text('SELECT count(*) FROM organisation."user" WHERE active')
                )
                found["bytes"] = connection.scalar(text("SELECT pg_database_size(current_database())"))
        engine.dispose()
    return found


@group.command()
def start(context: typer.Context) -> None:
    """Start the embedded server, or join the one that runs already."""
    server = installation(context).server
    joined = server.running()
    server.start()
    say(tr("The server was running already.") if joined else tr("The server runs."))


@group.command()
def stop(context: typer.Context) -> None:
    """Stop the embedded server; its data stays."""
    server = installation(context).server
    ran = server.running()
    server.stop()
    say(tr("The server has stopped.") if ran else tr("The server was not running."))


@group.command()
def tls(
    context: typer.Context,
    allow_plain: Annotated[
        bool,
        typer.Option(
            "--allow-plain", help="Demand TLS no longer: where it is lost, nobody could come in to say so."
        ),
    ] = False,
    json: Json = False,
) -> None:
    """Say whether the server offers TLS and demands it, and what its administrator writes to have both."""
    here = installation(context)
    here.start()
    if allow_plain:
        _allow_plain(here)
        say(tr("People may log in without encryption again."))
        return
    engine = create_engine(here.maintenance().set(drivername="postgresql+psycopg"))
    with engine.connect() as connection:
        offered = connection.scalar(text("SHOW ssl")) == "on"
        library = str(connection.scalar(text("SELECT current_setting('ssl_library', true)")) or "")
        plain_lines = [
            f"{row.line_number}: {row.type} {row.address or ''} {row.auth_method}"
            for row in connection.execute(
                text(
                    "SELECT line_number, type, address, auth_method FROM pg_hba_file_rules"
                    " WHERE type IN ('host', 'hostnossl') AND coalesce(address, '') NOT IN ('127.0.0.1', '::1')"
                    " OR auth_method NOT IN ('scram-sha-256', 'reject') AND type <> 'local'"
                )
            )
        ]
    engine.dispose()
    if json:
        report({"offered": offered, "library": library, "without": plain_lines})
    else:
        if not library:
            say(
                tr("This PostgreSQL was built without TLS: what passes through the network is not encrypted.")
            )
        say(tr("The server offers TLS.") if offered else tr("The server offers no TLS."))
        for line in plain_lines:
            say(tr("pg_hba.conf lets people in without TLS or SCRAM: {line}", line=line))
        if not offered or plain_lines:
            say(tr("In postgresql.conf: {lines}", lines="ssl = on, ssl_cert_file = '…', ssl_key_file = '…'"))
            say(tr("In pg_hba.conf: {lines}", lines="hostssl all +shuke_staff all scram-sha-256"))
    if not offered or plain_lines:
        raise typer.Exit(1)


def _allow_plain(here: Installation) -> None:
    """Take back what the page "Logins and access" demands, as the server's administrator."""
    if not here.has_database():
        raise Refused(mark("There is no database yet. Run: shuke server init"))
    engine = here.engine()
    with engine.begin() as connection:
        connection.execute(text("SELECT system.write_setting('security.tls', 'false')"))
    engine.dispose()


@group.command()
def share(
    context: typer.Context,
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="Else 5432, or the next free one.")
    ] = None,
    json: Json = False,
) -> None:
    """Open the embedded server to the office's network, and say how the other PCs find it."""
    opened = sharing.share(installation(context).server, port)
    if json:
        report({"port": opened.port, "addresses": opened.addresses, "codes": opened.codes})
        return
    say(tr("This PC is the server now"))
    for address, code in zip(opened.addresses, opened.codes, strict=True):
        say(tr("Address {address}, pairing code {code}", address=address, code=code))
    say(
        tr(
            "If they cannot come in, let port {port} through this PC's firewall, as administrator:",
            port=opened.port,
        )
    )
    say(firewall_hint(opened.port))


@group.command()
def unshare(context: typer.Context) -> None:
    """Take the embedded server back to this PC alone."""
    sharing.unshare(installation(context).server)
    say(tr("The server is for this PC alone."))


@group.command()
def url(
    context: typer.Context,
    user: Annotated[
        str | None, typer.Option(metavar="LOGIN", help="Whose login the address carries.")
    ] = None,
) -> None:
    """Print a libpq address of the database, without a password."""
    here = installation(context)
    here.start()
    address = here.url(user=user) if user else here.url()
    say(address.set(password=None, drivername="postgresql").render_as_string())
