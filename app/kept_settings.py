"""The user's settings as the window wants them: known at once, written to the database beside the screen."""

from __future__ import annotations

from typing import Any, Protocol

from PySide6.QtCore import QObject

from widgets.base.tasks import Control, Task


class Store(Protocol):
    """What ``services.session.Preferences`` offers."""

    def get(self, key: str, default: Any = None) -> Any:
        """The value of ``key``."""

    def set(self, key: str, value: Any) -> bool:
        """Remember ``value``; True if it has to be stored."""

    def store(self, key: str) -> None:
        """Write it; slow."""


class KeptSettings:
    """Settings of a MainWindow over a Store. What could not be written is tried again with ``flush``."""

    def __init__(self, parent: QObject, store: Store) -> None:
        self._parent = parent
        self._store = store
        self._due: set[str] = set()
        self._writing = False

    def get(self, key: str, default: Any = None) -> Any:
        """The value of ``key``, ``default`` if there is none."""
        return self._store.get(key, default)

    def set(self, key: str, value: Any) -> None:
        """Keep ``value``; it is written as soon as the write before has ended."""
        if self._store.set(key, value):
            self._due.add(key)
            self._write()

    def flush(self) -> None:
        """Write what is still due and wait for it: for the end of the program, when the window is gone.
        Errors of the connection come through."""
        for key in sorted(self._due):
            self._store.store(key)
            self._due.discard(key)

    def _write(self) -> None:
        if self._writing or not self._due:
            return
        self._writing = True
        key = min(self._due)
        # Taken off before: a value set meanwhile makes it due again.
        self._due.discard(key)

        def work(control: Control) -> None:
            self._store.store(key)

        def done(_result: None) -> None:
            self._writing = False
            self._write()

        def failed(_error: Exception) -> None:
            # A lost layout is not worth a message; it is due again with the next change or at the end.
            self._writing = False
            self._due.add(key)

        Task(self._parent, work, done, failed)
