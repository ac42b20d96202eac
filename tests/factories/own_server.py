"""A server of a test's own, that may be killed or replaced, with a company and its people."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import create_engine

from app.embedded import EmbeddedServer
from services import schema
from services.sample.staff import hire
from tests.conftest import PASSWORD

DATABASE = "trade"
"""Name of the company's database there."""


@contextlib.contextmanager
def own_server() -> Iterator[EmbeddedServer]:
    """Running, with an empty company in ``DATABASE``; stopped at the end if it runs then. Not in pytest's folder, whose
    path is too long for a socket."""
    with tempfile.TemporaryDirectory(prefix="shuke-", ignore_cleanup_errors=True) as folder:
        server = EmbeddedServer(Path(folder))
        server.start()
        schema.prepare(server.url(database="postgres"), DATABASE)
        schema.upgrade(server.url(database=DATABASE))
        engine = create_engine(server.url(database=DATABASE).set(drivername="postgresql+psycopg"))
        with engine.begin() as connection:
            hire(connection, PASSWORD)
        engine.dispose()
        yield server
        server.stop()
