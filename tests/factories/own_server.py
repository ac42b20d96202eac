"""A server of a test's own, that may be killed or replaced, with a company and its people."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from sqlalchemy import create_engine

from app.embedded import EmbeddedServer
from services import schema
from services.sample.staff import hire
from tests.conftest import PASSWORD
from tests.databases import server_folder

DATABASE = "trade"
"""Name of the company's database there."""


@contextlib.contextmanager
def own_server() -> Iterator[EmbeddedServer]:
    """Running, with an empty company in ``DATABASE``; stopped at the end if it runs then."""
    with server_folder() as folder:
        server = EmbeddedServer(folder)
        server.start()
        schema.prepare(server.url(database="postgres"), DATABASE)
        schema.upgrade(server.url(database=DATABASE))
        engine = create_engine(server.url(database=DATABASE).set(drivername="postgresql+psycopg"))
        with engine.begin() as connection:
            hire(connection, PASSWORD)
        engine.dispose()
        yield server
        server.stop()
