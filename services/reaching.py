"""Whether a server's address leads anywhere, before anybody has typed a password; and if not, what is wrong.

PostgreSQL tells a stranger nothing of its databases, so this goes as far as the door: name, port, whether a
PostgreSQL listens there, whether it lets this PC as far as the password, whether it encrypts as the address asks.
Whether the database is Shuke's and of the right version is asked by the login (``services.session.log_in``).
"""

from __future__ import annotations

import contextlib
import socket
import struct
from dataclasses import dataclass
from typing import Final

import psycopg
from sqlalchemy.engine import URL, make_url

from services.errors import ConnectionLost, Refused, ShukeError
from services.language import mark

PORT: Final = 5432
SSL_REQUEST: Final = struct.pack("!ii", 8, 80877103)
"""The first message of the protocol: may I have TLS? Every PostgreSQL answers S or N, nothing else does."""
ENCRYPTED: Final = ("require", "verify-ca", "verify-full")
STRANGER: Final = "shuke_who_is_there"


@dataclass(frozen=True, slots=True)
class Reached:
    """A PostgreSQL that lets this PC log in. ``encrypts``: whether it offers TLS."""

    host: str
    port: int
    encrypts: bool


def reach(address: str | URL, *, seconds: float = 5.0) -> Reached:
    """Walk to the door of the server at ``address``. Refused or ConnectionLost say what is in the way.

    Takes up to twice ``seconds`` where nothing answers: call it from a task.
    """
    url = make_url(address)
    host, port = url.host or "127.0.0.1", url.port or PORT
    if isinstance(url.query.get("host"), str) and url.host is None:
        # a socket's folder: on this very PC
        return _asked(url, Reached(str(url.query["host"]), port, False), seconds)
    places = _places(host, port)
    reached = Reached(host, port, _knock(host, port, places, seconds))
    wanted = url.query.get("sslmode")
    if wanted in ENCRYPTED and not reached.encrypts:
        raise Refused(
            mark(
                "{host} does not encrypt (TLS), but the address asks for it ({wanted}). Turn TLS on at the server, "
                "or leave sslmode out of the address."
            ),
            host=host,
            wanted=wanted,
        )
    return _asked(url, reached, seconds)


def why_lost(address: str | URL, error: ConnectionLost) -> ShukeError:
    """What ``error`` at connecting to ``address`` was about, as plainly as can be found out."""
    try:
        reach(address)
    except ShukeError as found:
        return found
    return error


def _places(host: str, port: int) -> list[tuple[int, tuple[str | int | bytes, ...]]]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Refused(
            mark(
                "No computer is called {host} in this network. Check the spelling, or ask your administrator for "
                "the number of the server, such as 192.168.1.10."
            ),
            host=host,
        ) from error
    return [(int(family), place) for family, _kind, _protocol, _name, place in found]


def _knock(
    host: str, port: int, places: list[tuple[int, tuple[str | int | bytes, ...]]], seconds: float
) -> bool:
    """Whether the PostgreSQL there offers TLS."""
    trouble: OSError | None = None
    for family, place in places:
        try:
            with socket.socket(family, socket.SOCK_STREAM) as line:
                line.settimeout(seconds)
                line.connect(place)
                return _offers_tls(line, host, port)
        except OSError as error:
            trouble = error
    if isinstance(trouble, ConnectionRefusedError):
        raise Refused(
            mark(
                "{host} is there, but no server answers at port {port}. The server may be stopped, or use another "
                "port (type it as {host}:port)."
            ),
            host=host,
            port=port,
        )
    raise ConnectionLost(
        mark(
            "{host} does not answer. It may be switched off, in another network, or its firewall does not let this "
            "PC in (port {port})."
        ),
        host=host,
        port=port,
    )


def _offers_tls(line: socket.socket, host: str, port: int) -> bool:
    answer = b""
    # who accepts and then hangs up or says nothing is no database either
    with contextlib.suppress(OSError):
        line.sendall(SSL_REQUEST)
        answer = line.recv(1)
    if answer not in (b"S", b"N"):
        raise Refused(
            mark("What answers at {host}, port {port}, is no PostgreSQL server. Check the port."),
            host=host,
            port=port,
        )
    return answer == b"S"


def _asked(url: URL, reached: Reached, seconds: float) -> Reached:
    """Ask for a login that nobody has: the server's words tell whether this PC gets as far as the password."""
    asked = url.set(drivername="postgresql", username=STRANGER, password="-")
    try:
        psycopg.connect(
            asked.render_as_string(hide_password=False),
            connect_timeout=max(2, round(seconds)),
            application_name="shuke",
        ).close()
    except psycopg.Error as error:
        _judge(str(error), reached)
    return reached


def _judge(said: str, reached: Reached) -> None:
    """Raise for words of libpq or of the server (English by lc_messages C) that no password would help."""
    values = {"host": reached.host, "port": reached.port}
    if "password authentication failed" in said:
        # as far as the password; libpq tries without encryption as well then, and is told that nobody comes in so
        return
    if "no pg_hba.conf entry" in said or "pg_hba.conf rejects" in said:
        if "no encryption" in said and reached.encrypts:
            raise Refused(
                mark("{host} lets nobody in without encryption, and encryption did not come about."), **values
            )
        # of a stranger that is the usual answer where only Shuke's people may come: nothing is wrong with that
        return
    if "certificate" in said:
        raise Refused(
            mark(
                "The certificate of {host} is not the expected one. Ask your administrator for the right "
                "certificate file (sslrootcert) or the right name of the server."
            ),
            **values,
        )
    if "SSL" in said and "password" not in said:
        raise Refused(mark("The encryption (TLS) with {host} did not come about."), **values)
    if "too many clients" in said or "remaining connection slots" in said:
        raise ConnectionLost(
            mark("{host} is full: too many people are connected. Try again later."), **values
        )
    if "starting up" in said or "shutting down" in said or "recovery mode" in said:
        raise ConnectionLost(mark("The server {host} is just starting. Try again in a minute."), **values)
