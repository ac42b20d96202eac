"""A command that can be watched and ended while it writes: batch work over many records (PLT-16)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Concatenate
from uuid import uuid4

import psycopg

from services.commands import Arguments, Changes, Work
from services.database import Database
from services.errors import Cancelled
from services.language import mark


class Writing:
    """One command, one transaction. ``cancel``, called from any thread, rolls all of it back, also in the middle of a
    statement; once it is being committed it can only be undone. ``progress`` hears how many are written, on the thread
    that writes."""

    def __init__(self, database: Database, progress: Callable[[int, int], None] | None = None) -> None:
        self._database = database
        self._progress = progress
        self._lock = threading.Lock()
        self._connection: psycopg.Connection[Any] | None = None
        self._ended = False

    def write(
        self,
        command: Callable[Concatenate[Work, Arguments], Changes],
        /,
        *arguments: Arguments.args,
        **keywords: Arguments.kwargs,
    ) -> Changes:
        """Run ``command`` and commit, as Database.write does; Cancelled, with nothing written, after ``cancel``."""
        return self._database.write_watched(self, uuid4(), command, *arguments, **keywords)

    def cancel(self) -> None:
        """End it: the statement that runs now, or what would follow it."""
        with self._lock:
            self._ended = True
            if self._connection is not None:
                self._connection.cancel_safe(timeout=2.0)

    # -- what the work calls

    def hold(self, connection: psycopg.Connection[Any]) -> None:
        """This connection does the work from now on."""
        with self._lock:
            self._check()
            self._connection = connection

    def step(self, done: int, total: int) -> None:
        """So much is written."""
        if self._ended:
            self._check()
        if self._progress is not None:
            self._progress(done, total)

    def settle(self) -> None:
        """From here on it is committed: a cancel that came before still counts, none after."""
        with self._lock:
            self._check()
            self._connection = None

    def release(self) -> None:
        """The connection may serve somebody else, whom no cancel must meet."""
        with self._lock:
            self._connection = None

    def _check(self) -> None:
        if self._ended:
            raise Cancelled(mark("The work was cancelled."))
