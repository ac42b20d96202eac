"""What other clients change, as the server tells it: ids only, because everybody hears a notice."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import psycopg

from services.database import Database

log = logging.getLogger(__name__)

CHANNEL = "shuke"
WATCH = 60.0
"""Seconds between two looks whether somebody's statement runs away: the database ends it then."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice. ``ids`` is None when there were too many to name."""

    entity: str
    """Entity key of the table that changed; ``scope`` when somebody's rights did; ``*`` after a reconnect."""
    ids: frozenset[int] | None
    own: bool
    """Whether this client itself made the change."""


def parse(payload: str, own_pids: set[int]) -> Notice | None:
    """Read a payload ``entity:ids:pid``; None for one that is not ours, since anybody may send."""
    entity, _, rest = payload.partition(":")
    ids, _, pid = rest.rpartition(":")
    if not entity or not pid.isdigit():
        return None
    try:
        found = None if ids in {"*", ""} else frozenset(int(i) for i in ids.split(","))
    except ValueError:
        return None
    return Notice(entity, found, int(pid) in own_pids)


def _nobody(_what: object) -> None:
    """Whoever listened has gone."""


class Listener(threading.Thread):
    """Listens on a connection of its own, reconnects by itself, and then says that everything may be stale.

    ``heard`` is called in this thread with every notice; ``connected`` with True and False as the connection
    comes and goes.
    """

    def __init__(
        self, database: Database, heard: Callable[[Notice], None], connected: Callable[[bool], None]
    ) -> None:
        super().__init__(name="shuke-listener", daemon=True)
        self._database = database
        self._heard = heard
        self._connected = connected
        self._stopped = threading.Event()

    def stop(self) -> None:
        """End within half a second; nobody is called any more, and whoever listened is let go here."""
        self._stopped.set()
        self._heard = self._connected = _nobody

    def run(self) -> None:
        """Listen until stopped."""
        wait = 0.2
        first = True
        while not self._stopped.is_set():
            try:
                with self._database.listening_connection() as connection:
                    connection.execute(f"LISTEN {CHANNEL}")
                    wait = 0.2
                    self._connected(True)
                    if not first:
                        self._heard(Notice("*", None, False))
                    first = False
                    watched = time.monotonic()
                    while not self._stopped.is_set():
                        if time.monotonic() - watched >= WATCH:
                            connection.execute("SELECT app.end_runaways()")
                            watched = time.monotonic()
                        for notify in connection.notifies(timeout=0.5):
                            notice = parse(notify.payload, self._database.pids)
                            if notice is not None:
                                self._heard(notice)
            except psycopg.Error as error:
                log.info("listener lost its connection: %s", type(error).__name__)
                if self._stopped.is_set():
                    return
                self._connected(False)
                self._stopped.wait(wait)
                wait = min(wait * 2, 5.0)
