"""Users as the server's administrator makes them, from outside: the first of a company, or from a script.

As superuser, who has no row in app.user_scope; somebody with a login of his own goes through the functions of
``organisation`` and their rights instead (``add`` and its like choose by themselves).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

from services.errors import NotAvailable, Refused
from services.language import mark
from services.passwords import check_strength, scram_verifier


@dataclass(frozen=True, slots=True)
class Login:
    """One user as ``shuke user list`` shows him."""

    login: str
    name: str
    position: str
    branch: str | None
    roles: tuple[str, ...]
    active: bool


def add(
    connection: Connection,
    *,
    login: str,
    password: str,
    name: str,
    position: str,
    roles: Sequence[str] = (),
    branch: str | None = None,
) -> int:
    """Make a user with a login role; his id. A position or branch is made where the company has none at all."""
    check_strength(password, login=login)
    values = {
        "login": login,
        "verifier": scram_verifier(password),
        "name": name,
        "position": _named(connection, "position", position),
        "branch": _named(connection, "branch", branch) if branch else _first_branch(connection),
        "roles": list(roles),
    }
    if _is_staff(connection):
        added = connection.scalar(
            text("SELECT organisation.add_user(:login, :verifier, :name, :position, :branch, :roles)"), values
        )
        return int(added or 0)
    missing = set(roles) - set(connection.scalars(text("SELECT code FROM organisation.role")))
    if missing:
        raise Refused(mark("There is no role {role}."), role=sorted(missing)[0])
    if connection.scalar(text('SELECT true FROM organisation."user" WHERE login = :login'), {"login": login}):
        raise Refused(mark("The login {login} is taken."), login=login)
    connection.execute(text("SELECT app.make_login(:login, :verifier)"), values)
    added = connection.execute(
        text(
            'INSERT INTO organisation."user" (login, name, position_id, branch_id)'
            " VALUES (:login, :name, :position, :branch) RETURNING id"
        ),
        values,
    ).scalar_one()
    connection.execute(
        text(
            "INSERT INTO organisation.user_role (user_id, role_id)"
            " SELECT :user, id FROM organisation.role WHERE code = ANY (:roles)"
        ),
        {"user": added, "roles": list(roles)},
    )
    return int(added)


def _named(connection: Connection, noun: str, name: str) -> int:
    found = connection.scalar(
        text(
            f"SELECT id FROM organisation.{noun} WHERE name = :name AND deleted_at IS NULL ORDER BY id LIMIT 1"
        ),
        {"name": name},
    )
    if found is None and not connection.scalar(text(f"SELECT EXISTS (SELECT FROM organisation.{noun})")):
        found = connection.scalar(
            text(f"INSERT INTO organisation.{noun} (name) VALUES (:name) RETURNING id"), {"name": name}
        )
    if found is None:
        if noun == "branch":
            raise Refused(mark("There is no branch {name}."), name=name)
        raise Refused(mark("There is no position {name}."), name=name)
    return int(found)


def _first_branch(connection: Connection) -> int | None:
    found = connection.scalar(
        text("SELECT id FROM organisation.branch WHERE parent_id IS NULL ORDER BY id LIMIT 1")
    )
    return int(found) if found is not None else None


def _is_staff(connection: Connection) -> bool:
    return connection.scalar(text("SELECT app.my_user_id()")) is not None


def _id_of(connection: Connection, login: str) -> int:
    found = connection.scalar(
        text('SELECT id FROM organisation."user" WHERE login = :login'), {"login": login}
    )
    if found is None:
        raise NotAvailable(mark("There is no user {login}."), login=login)
    return int(found)


def close(connection: Connection, login: str) -> None:
    """End a user's access. After the commit call ``end_sessions``."""
    user = _id_of(connection, login)
    if _is_staff(connection):
        connection.execute(text("SELECT organisation.close_user(:user)"), {"user": user})
        return
    connection.execute(text('UPDATE organisation."user" SET active = false WHERE id = :user'), {"user": user})
    connection.execute(text("SELECT app.allow_login(:login, false)"), {"login": login})


def end_sessions(connection: Connection, login: str) -> None:
    """End a closed user's connections on every PC."""
    user = _id_of(connection, login)
    statement, values = (
        ("SELECT organisation.end_sessions(:user)", {"user": user})
        if _is_staff(connection)
        else ("SELECT app.end_connections(:login)", {"login": login})
    )
    # one that was just being made may appear after the first call; a closed login cannot make another
    for _ in range(20):
        if not connection.scalar(text(statement), values):
            return


def reopen(connection: Connection, login: str) -> None:
    """Let a closed user in again, with his old password."""
    user = _id_of(connection, login)
    if _is_staff(connection):
        connection.execute(text("SELECT organisation.reopen_user(:user)"), {"user": user})
        return
    connection.execute(text('UPDATE organisation."user" SET active = true WHERE id = :user'), {"user": user})
    connection.execute(text("SELECT app.allow_login(:login, true)"), {"login": login})


def set_password(connection: Connection, login: str, password: str) -> None:
    """Give an active user a new password."""
    check_strength(password, login=login)
    user = _id_of(connection, login)
    values: dict[str, Any] = {"login": login, "verifier": scram_verifier(password)}
    if _is_staff(connection):
        connection.execute(text("SELECT organisation.set_password(:login, :verifier)"), values)
        return
    if not connection.scalar(text('SELECT active FROM organisation."user" WHERE id = :user'), {"user": user}):
        raise Refused(mark("The user {login} is closed. Reopen him first."), login=login)
    connection.execute(text("SELECT app.make_login(:login, :verifier)"), values)


def listed(connection: Connection) -> list[Login]:
    """All users, closed ones too, by login."""
    rows = connection.execute(
        text(
            "SELECT u.login, u.name, p.name AS position, b.name AS branch, u.active,"
            " ARRAY(SELECT r.code FROM organisation.user_role ur JOIN organisation.role r ON r.id = ur.role_id"
            " WHERE ur.user_id = u.id ORDER BY 1) AS roles"
            ' FROM organisation."user" u JOIN organisation.position p ON p.id = u.position_id'
            " LEFT JOIN organisation.branch b ON b.id = u.branch_id WHERE u.deleted_at IS NULL ORDER BY u.login"
        )
    )
    return [Login(r.login, r.name, r.position, r.branch, tuple(r.roles), r.active) for r in rows]
