"""The first day of a company: its name, its boss with a login, and the few things that work begins with."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, text

from services import logins
from services.errors import Invalid, Refused
from services.language import mark, tr


@dataclass(frozen=True, slots=True)
class NewCompany:
    """What the first run asks for. ``boss`` is the person's name."""

    name: str
    boss: str
    login: str
    password: str


def has_people(connection: Connection) -> bool:
    """Whether somebody may log in already, so that there is nothing to found."""
    return bool(connection.scalar(text('SELECT EXISTS (SELECT FROM organisation."user")')))


def found(connection: Connection, company: NewCompany) -> None:
    """Make the company's first branch, its boss, one warehouse, cash and bank account, one price level.

    ``connection`` is the administrator's, in a transaction: all of it or nothing. Refused where there are users
    already, Invalid for what is empty or too weak. Names are given in the language in force; the office changes
    them as it likes.
    """
    for field, value in (("name", company.name), ("boss", company.boss), ("login", company.login)):
        if not value.strip():
            raise Invalid(mark("This field must not be empty."), field=field)
    if has_people(connection):
        raise Refused(mark("There is a company on this server already. Log in with a login of it."))
    user = logins.add(
        connection,
        login=company.login.strip(),
        password=company.password,
        name=company.boss.strip(),
        position=tr("Boss"),
        roles=["boss"],
        branch=company.name.strip(),
    )
    branch = connection.scalar(
        text('SELECT branch_id FROM organisation."user" WHERE id = :user'), {"user": user}
    )
    warehouse = connection.scalar(
        text("INSERT INTO stock.warehouse (name, branch_id) VALUES (:name, :branch) RETURNING id"),
        {"name": tr("Main warehouse"), "branch": branch},
    )
    connection.execute(
        text("INSERT INTO stock.keeper (warehouse_id, user_id) VALUES (:warehouse, :user)"),
        {"warehouse": warehouse, "user": user},
    )
    for position, (name, kind) in enumerate(((tr("Cash"), "cash"), (tr("Bank account"), "bank"))):
        connection.execute(
            text(
                "INSERT INTO finance.account (name, kind, branch_id, position)"
                " VALUES (:name, :kind, :branch, :position)"
            ),
            {"name": name, "kind": kind, "branch": branch, "position": position},
        )
    connection.execute(
        text("INSERT INTO products.price_level (name, position) VALUES (:name, 0)"),
        {"name": tr("List price")},
    )
