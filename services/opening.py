"""Beginning to work: from an address, a login and a password to everything a client needs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from sqlalchemy import text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from models.permissions import Permission
from services.database import Database
from services.errors import Invalid, Refused
from services.language import mark
from services.session import CurrentUser, Dictionary, Preferences, log_in, read_dictionary

DATABASE: Final = "shuke"
_ADDRESS: Final = re.compile(
    r"(?P<host>\[[0-9a-fA-F:]+\]|[^\s:/@]+)(?::(?P<port>\d{1,5}))?(?:/(?P<database>[\w.-]+))?"
)


@dataclass(frozen=True)
class Opened:
    """A person at work: his connection, who he is, his settings, the small lists."""

    database: Database
    user: CurrentUser
    preferences: Preferences
    dictionary: Dictionary


def open_as(
    url: str | URL, login: str, password: str, *, client: str | None = None, encrypted: bool = False
) -> Opened:
    """Log in at ``url``, over TLS with the server itself or not at all if ``encrypted``; read what every screen needs.

    Takes some 0.2 s: call it from a task.

    Refused with a plain reason for a wrong password or a closed login, ConnectionLost without a server; nothing
    stays open then.
    """
    if not login.strip():
        raise Invalid(mark("Type your login."), field="login")
    if not password:
        raise Invalid(mark("Type your password."), field="password")
    address = make_url(url).set(username=login.strip(), password=password)
    if encrypted:
        address = _demanding(address)
    database = Database(address, client=client)
    try:
        user = log_in(database)
        with database.read_session() as session:
            dictionary = read_dictionary(session)
        return Opened(database, user, Preferences(database, user), dictionary)
    except BaseException:
        database.close()
        raise


def _demanding(address: URL) -> URL:
    """TLS or nothing, and TLS with the server itself: who stands between with a certificate of his own does not get the
    login through, because its proof is bound to the certificate that this PC has seen (SCRAM-SHA-256-PLUS)."""
    if str(address.query.get("sslmode", "")) not in ("require", "verify-ca", "verify-full"):
        address = address.update_query_dict({"sslmode": "require"})
    if "channel_binding" not in address.query:
        address = address.update_query_dict({"channel_binding": "require"})
    return address


def address_of(typed: str) -> str:
    """The address that somebody typed: ``host``, ``host:port``, ``host:port/database`` or a postgresql:// URL.

    Invalid if it is none; login and password in it are dropped.
    """
    typed = typed.strip()
    wrong = Invalid(
        mark("This is no address of a server. Example: 192.168.1.10 or office-server:5432"), field="server"
    )
    if "://" in typed:
        try:
            url = make_url(typed)
        except ArgumentError:
            raise wrong from None
        if not url.drivername.startswith("postgres"):
            raise wrong
        return URL.create(
            "postgresql", host=url.host, port=url.port, database=url.database or DATABASE, query=url.query
        ).render_as_string()
    found = _ADDRESS.fullmatch(typed)
    if found is None or int(found["port"] or 1) > 65535:
        raise wrong
    return URL.create(
        "postgresql",
        host=found["host"].strip("[]"),
        port=int(found["port"]) if found["port"] else None,
        database=found["database"] or DATABASE,
    ).render_as_string()


def rights_now(database: Database, user: CurrentUser) -> CurrentUser:
    """``user`` with the rights he has by now; Refused when his login was closed meanwhile. One statement."""
    with database.read_session() as session:
        row = session.execute(
            text(
                "SELECT app.my_user_id() AS id, app.my_owner_ids() AS below,"
                " ARRAY(SELECT r FROM unnest(CAST(:rights AS text[])) r WHERE app.can(r)) AS rights"
            ),
            {"rights": [right.value for right in Permission]},
        ).one()
    if row.id is None:
        raise Refused(mark("This login is closed. Ask your administrator."))
    return CurrentUser(
        user.id, user.login, user.name, user.branch, frozenset(row.rights), tuple(row.below or (user.id,))
    )
