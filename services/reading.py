"""A question to the server that can be taken back while it is being answered."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

import psycopg
from sqlalchemy.orm import Session

from services.database import Database, allow_long


class Reading:
    """One read-only transaction that ``cancel``, called from any thread, ends early with Cancelled. ``patient``: it is
    watched, so that its statements may take as long as those of other long work."""

    def __init__(self, database: Database, *, patient: bool = False) -> None:
        self._database = database
        self._patient = patient
        self._lock = threading.Lock()
        self._connection: psycopg.Connection[tuple[object, ...]] | None = None
        self._over = False

    @contextlib.contextmanager
    def session(self) -> Iterator[Session]:
        """The transaction. Raises ShukeError for whatever the server has to say."""
        with self._database.read_session() as session:
            found = session.connection().connection.driver_connection
            with self._lock:
                self._connection = found
            if self._patient:
                allow_long(session)
            try:
                yield session
            finally:
                # from here on the connection may serve somebody else, whom no cancel must meet
                with self._lock:
                    self._connection, self._over = None, True

    def cancel(self) -> None:
        """Ask the server to end the statement that runs now; nothing happens when none does."""
        with self._lock:
            if self._connection is not None and not self._over:
                self._connection.cancel_safe(timeout=2.0)
