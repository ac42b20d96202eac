"""``shuke user``: logins, as the server's administrator makes them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Annotated

import typer
from sqlalchemy import Connection

from app.commands.output import installation, password_from_input, report, say
from services import logins
from services.database import translated_errors
from services.language import tr
from services.passwords import random_password

group = typer.Typer(no_args_is_help=True, help="Add, close and list the people who may log in.")

Login = Annotated[str, typer.Argument(metavar="LOGIN")]
FromInput = Annotated[bool, typer.Option("--password-stdin", help="Read the password from standard input.")]


@contextmanager
def _connected(context: typer.Context) -> Iterator[Connection]:
    here = installation(context)
    here.start()
    engine = here.engine()
    try:
        with translated_errors(), engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


@group.command()
def add(
    context: typer.Context,
    login: Login,
    name: Annotated[str, typer.Option(metavar="N", help="The person's name.")],
    position: Annotated[str, typer.Option(metavar="P", help="Name of the position held.")],
    role: Annotated[
        list[str] | None, typer.Option(metavar="R", help="Code of a role; may be repeated.")
    ] = None,
    branch: Annotated[str | None, typer.Option(metavar="B", help="Name of the branch.")] = None,
    password_stdin: FromInput = False,
) -> None:
    """Add a user; without --password-stdin a random password is made and printed."""
    password = password_from_input() if password_stdin else random_password()
    with _connected(context) as connection:
        logins.add(
            connection,
            login=login,
            password=password,
            name=name,
            position=position,
            roles=role or [],
            branch=branch,
        )
    say(tr("{name} may log in as {login}.", name=name, login=login))
    if not password_stdin:
        say(tr("Password: {password}", password=password))


@group.command()
def close(context: typer.Context, login: Login) -> None:
    """End a user's access at once, on every PC."""
    with _connected(context) as connection:
        logins.close(connection, login)
    with _connected(context) as connection:
        logins.end_sessions(connection, login)
    say(tr("{login} is closed.", login=login))


@group.command()
def reopen(context: typer.Context, login: Login) -> None:
    """Let a closed user in again."""
    with _connected(context) as connection:
        logins.reopen(connection, login)
    say(tr("{login} may log in again.", login=login))


@group.command()
def password(context: typer.Context, login: Login, password_stdin: FromInput = False) -> None:
    """Set a user's password; without --password-stdin a random one is made and printed."""
    chosen = password_from_input() if password_stdin else random_password()
    with _connected(context) as connection:
        logins.set_password(connection, login, chosen)
    say(tr("{login} has a new password.", login=login))
    if not password_stdin:
        say(tr("Password: {password}", password=chosen))


@group.command("list")
def list_(
    context: typer.Context, json: Annotated[bool, typer.Option("--json", help="Report as JSON.")] = False
) -> None:
    """List all users with their positions and roles."""
    with _connected(context) as connection:
        people = logins.listed(connection)
    if json:
        report([asdict(person) for person in people])
        return
    for person in people:
        state = "" if person.active else tr(" (closed)")
        say(f"{person.login:16} {person.name}{state}  {person.position}  {', '.join(person.roles)}")
