"""The embedded server for the whole office: opened to the LAN, closed again, and what the other PCs are told.

People come in by SCRAM only, into the one database, from the networks that this PC itself is in; the superuser stays
on this PC. The embedded PostgreSQL is built without TLS: what is read and written crosses the LAN unencrypted
(passwords do not, SCRAM shows none). Who needs encryption sets up a PostgreSQL with TLS and names it by its address.
"""

from __future__ import annotations

import contextlib
import socket
from typing import Final

from app.embedded import DATABASE, SUPERUSER, EmbeddedServer
from services.errors import Refused
from services.language import mark
from services.nearby import Answering, Shared, own_addresses, pairing_code

PREFERRED: Final = (5432, 5433, 5434, 5435, 15432)
MARK: Final = "# what Shuke lets in from the office's network"
RULES: Final = (
    MARK,
    f"host all {SUPERUSER} all reject",
    f"host {DATABASE} all samenet scram-sha-256",
)


def share(server: EmbeddedServer, port: int | None = None) -> Shared:
    """Open ``server`` to the LAN and restart it where that is new; everybody connected is cut off then.

    Repeatable. ``port`` None: the one of the last time, else the first free usual one. Refused where it is taken.
    """
    known = server.shared_port
    chosen = port or known or _free()
    if chosen != known and not _is_free(chosen):
        raise Refused(mark("Port {port} is in use by another program on this PC."), port=chosen)
    server.start()
    rules = server.data / "pg_hba.conf"
    said = rules.read_text("utf-8")
    if chosen != known or MARK not in said:
        if MARK not in said:
            rules.write_text(said.rstrip() + "\n\n" + "\n".join(RULES) + "\n", "utf-8")
        server.share_at(chosen)
        server.stop()
        server.start()
    return shared(server)


def unshare(server: EmbeddedServer) -> None:
    """Take ``server`` back to this PC alone; everybody connected is cut off. Nothing to do where it is."""
    if server.shared_port is None:
        return
    server.share_at(None)
    rules = server.data / "pg_hba.conf"
    if rules.exists():
        kept = [line for line in rules.read_text("utf-8").splitlines() if line not in RULES]
        rules.write_text("\n".join(kept).rstrip() + "\n", "utf-8")
    if server.running():
        server.stop()
        server.start()


def shared(server: EmbeddedServer) -> Shared:
    """How the other PCs find ``server``; Refused where it is not open to them."""
    port = server.shared_port
    if port is None:
        raise Refused(mark("This server is for this PC alone. Run: shuke server share"))
    hosts = own_addresses()
    return Shared(
        socket.gethostname(),
        port,
        tuple(host if port == 5432 else f"{host}:{port}" for host in hosts),
        tuple(pairing_code(host, port) for host in hosts),
    )


def answering_calls(server: EmbeddedServer) -> Answering | None:
    """Let the other PCs find ``server`` by themselves; None where it is not shared or somebody does already."""
    port = server.shared_port
    if port is None:
        return None
    with contextlib.suppress(OSError):
        return Answering(socket.gethostname(), port)
    return None


def _free() -> int:
    for port in PREFERRED:
        if _is_free(port):
            return port
    with socket.socket() as probe:
        probe.bind(("", 0))
        return int(probe.getsockname()[1])


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("", port))
        except OSError:
            return False
        return True
