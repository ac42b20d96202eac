"""Notices of the server brought to the screens: merged, throttled, with the connection's state."""

from __future__ import annotations

import threading
import time

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from services.changes import Listener, Notice
from services.database import Database
from widgets.base.client import ChangeBus

THROTTLE = 200
"""Least milliseconds between two deliveries: notices of one entity in between become one."""
FIRST = 20
"""Milliseconds until the first notice after a rest is delivered: the others of its transaction come along."""


class Live(QObject):
    """Listens as long as somebody works. Notices of rights (``scope``) go to ``scope`` first, not to the bus:
    who hears them must know the new rights already."""

    scope = Signal()
    lost = Signal()
    back = Signal()
    _woken = Signal()
    _state = Signal(bool)

    def __init__(self, database: Database, bus: ChangeBus, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bus = bus
        self._lock = threading.Lock()
        self._waiting: dict[str, tuple[frozenset[int] | None, bool]] = {}
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.flush)
        self._flushed = -1.0
        self._over = False
        queued = Qt.ConnectionType.QueuedConnection
        self._woken.connect(self._wake, queued)
        self._state.connect(self._changed, queued)
        self.connected = False
        self._listener = Listener(database, self.hear, self._state.emit)

    def start(self) -> None:
        """Begin to listen."""
        self._listener.start()

    def stop(self) -> None:
        """End; the thread goes within half a second, and what it sent already is delivered to nobody: the
        screens may be gone."""
        self._over = True
        self._timer.stop()
        self._listener.stop()

    def wait(self, seconds: float = 2.0) -> None:
        """Wait for the thread's end."""
        if self._listener.is_alive():
            self._listener.join(seconds)

    def hear(self, notice: Notice) -> None:
        """One notice; called in the listener's thread."""
        with self._lock:
            first = not self._waiting
            ids, own = self._waiting.get(notice.entity, (frozenset(), True))
            merged = None if ids is None or notice.ids is None else ids | notice.ids
            self._waiting[notice.entity] = (merged, own and notice.own)
        if first:
            self._woken.emit()

    def _wake(self) -> None:
        if not (self._over or self._timer.isActive()):
            rest = THROTTLE - round((time.monotonic() - self._flushed) * 1000)
            self._timer.start(max(FIRST, rest))

    def flush(self) -> None:
        """Hand over what was heard."""
        self._flushed = time.monotonic()
        with self._lock:
            waiting, self._waiting = self._waiting, {}
        for entity, (ids, own) in waiting.items():
            if entity == "scope":
                self.scope.emit()
            else:
                self._bus.tell(Notice(entity, ids, own))

    def _changed(self, connected: bool) -> None:
        if self._over:
            return
        before, self.connected = self.connected, connected
        self._bus.connected.emit(connected)
        if connected and not before:
            self.back.emit()
        elif not connected:
            self.lost.emit()
