"""Servers and databases for tests, made quickly: folders in memory, and copies of a template.

Half of the suite's tests have a company of their own. Making and dropping it is nearly all files: on a disk it costs
several times what the test does with it, and the more the busier the disk is.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar, Final

import psutil
import psycopg
from psycopg import sql
from sqlalchemy import NullPool, create_engine, text

from app.embedded import EmbeddedServer
from services import schema

MEMORY: Final = Path("/dev/shm")
"""A file system in memory, where the system has one."""
ROOM: Final = 2 << 30
"""Bytes that must be free there, and in memory, for every process that tests: a server takes a quarter of it."""
PREFIX: Final = "shuke-tests-"
SETTINGS: Final = {
    # tests lose nothing that matters when the machine stops, and gain half their time
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    # where the folder lies in memory, so do these files
    "max_wal_size": "256MB",
}


def in_memory() -> Path | None:
    """Where servers of tests keep their files: in memory where there is room, else None for the system's choice."""
    processes = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    try:
        room = min(shutil.disk_usage(MEMORY).free, psutil.virtual_memory().available)
    except OSError:
        return None
    return MEMORY if room > ROOM * processes and os.access(MEMORY, os.W_OK | os.X_OK) else None


@contextlib.contextmanager
def server_folder() -> Iterator[Path]:
    """A folder for a server of its own, gone afterwards.

    Not in pytest's own folder: the next run of pytest takes that away from other users of the system, and the
    server is one of them where the tests run as root. The test stops its server itself.
    """
    place = in_memory()
    if place is not None:
        _clear(place)
    prefix = f"{PREFIX}{os.getpid()}-"
    with tempfile.TemporaryDirectory(prefix=prefix, dir=place, ignore_cleanup_errors=True) as made:
        yield Path(made)


def _clear(place: Path) -> None:
    """End what a killed run has left in memory: its server goes on, and nobody empties such a folder."""
    for folder in place.glob(f"{PREFIX}*-*"):
        owner = folder.name.removeprefix(PREFIX).partition("-")[0]
        if owner.isdecimal() and not psutil.pid_exists(int(owner)):
            with contextlib.suppress(Exception):  # another process may be at it, or it is somebody else's
                EmbeddedServer(folder).stop()
            shutil.rmtree(folder, ignore_errors=True)


def settle(server: EmbeddedServer) -> None:
    """Settings that only tests may have."""
    with _administrator(server) as connection:
        for name, value in SETTINGS.items():
            connection.execute(
                sql.SQL("ALTER SYSTEM SET {} = {}").format(sql.Identifier(name), sql.Literal(value))
            )
        connection.execute("SELECT pg_reload_conf()")


def _administrator(server: EmbeddedServer, database: str = "postgres") -> psycopg.Connection[Any]:
    address = server.url(database=database).render_as_string(hide_password=False)
    return psycopg.connect(address, autocommit=True)


class Copies:
    """Makes and drops the databases of one server. One connection does it all: ``Copies.on(server)``."""

    known: ClassVar[dict[Path, Copies]] = {}
    _numbers: ClassVar[Iterator[int]] = itertools.count(1)

    def __init__(self, server: EmbeddedServer) -> None:
        self.server = server
        self._connection = _administrator(server)
        self._left: list[str] = []
        self._newest = ""
        # one for all copies: what SQLAlchemy asks a server before its first statement, it asks once
        self._engine = create_engine(
            "postgresql+psycopg://",
            creator=lambda: _within(server, self._newest),
            poolclass=NullPool,
            use_native_hstore=False,
        )

    @classmethod
    def on(cls, server: EmbeddedServer) -> Copies:
        """Those of this server."""
        if server.folder not in cls.known:
            cls.known[server.folder] = cls(server)
        return cls.known[server.folder]

    @classmethod
    def end(cls, server: EmbeddedServer) -> None:
        """Let go of a server that is about to stop."""
        found = cls.known.pop(server.folder, None)
        if found is not None:
            found._connection.close()
            found._engine.dispose()

    def copy(self, template: str, name: str = "") -> str:
        """A copy of ``template`` in which everybody may work; its name."""
        name = self.plain_copy(template, name or f"test_{next(self._numbers)}")
        self._newest = name
        with self._engine.begin() as connection:
            schema.open_to_staff(connection)
            # memberships and logins belong to the server, not to the database: an earlier test may have changed them
            connection.execute(text("SELECT app.sync_scope_roles()"))
            connection.execute(
                text(
                    'SELECT app.allow_login(u.login, u.active) FROM organisation."user" u'
                    " LEFT JOIN pg_roles r ON r.rolname = u.login WHERE r.rolcanlogin IS DISTINCT FROM u.active"
                )
            )
        return name

    def plain_copy(self, template: str, name: str) -> str:
        """A copy of ``template`` as it is, to be a template itself; its name."""
        self._drop_left()
        # file by file: through the log everything would be written twice
        self._run("CREATE DATABASE {} TEMPLATE {} OWNER shuke_owner STRATEGY file_copy", name, template)
        return name

    def drop(self, name: str) -> None:
        """Drop a database before the next one is made: by then its connections, just closed, have ended, for which the
        server would wait a tenth of a second."""
        self._left.append(name)

    def _drop_left(self) -> None:
        while self._left:
            self._run("DROP DATABASE IF EXISTS {} WITH (FORCE)", self._left.pop())

    def _run(self, statement: str, *names: str) -> None:
        composed = sql.SQL(statement).format(*(sql.Identifier(name) for name in names))
        if self._connection.closed:
            self._connection = _administrator(self.server)
        try:
            self._connection.execute(composed)
        except psycopg.OperationalError:
            if not self._connection.closed:
                raise
            # a test has ended every connection there is
            self._connection = _administrator(self.server)
            self._connection.execute(composed)


def _within(server: EmbeddedServer, name: str) -> psycopg.Connection[Any]:
    return psycopg.connect(server.url(database=name).render_as_string(hide_password=False))
