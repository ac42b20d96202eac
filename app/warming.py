"""Loads the modules of pages and printing before somebody clicks on them: one small piece at a time.

A page that imports its modules when it is opened makes the first click wait a third of a second. Modules with
Qt classes are loaded on the UI thread, one per turn of the event loop, because classes of Qt objects are only
made safely where Qt runs; the large libraries behind PDF, Word and Excel on a pool thread, after them.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules
from typing import Final

from PySide6.QtCore import QObject, QTimer

import widgets
from printing.loading import load_makers
from widgets.base.garbage import garbage
from widgets.base.tasks import Task

EVERY: Final = 15
"""Milliseconds between two modules: what somebody types meanwhile comes in between."""
FIRST: Final = ("base", "activities", "customers", "sales")
"""Packages of the pages that everybody opens."""
LAST: Final = ("printing.preview", "widgets.delivery.note_form")
"""Modules that need the makers of documents."""


def page_modules() -> Iterator[str]:
    """Names of all modules under ``widgets``, those needed first at the front."""
    packages = [found.name for found in iter_modules(widgets.__path__)]
    for package in sorted(packages, key=lambda name: (name not in FIRST, name)):
        yield from _inside(f"widgets.{package}")


def _inside(name: str) -> Iterator[str]:
    module = import_module(name)
    yield name
    for found in iter_modules(getattr(module, "__path__", [])):
        yield from _inside(f"{name}.{found.name}") if found.ispkg else iter((f"{name}.{found.name}",))


class Warming(QObject):
    """Loads them all, once. ``hold`` while the program has better things to do."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._names: Iterator[str] = (name for name in page_modules() if name not in LAST)
        self._makers_asked = False
        self._timer = QTimer(self)
        self._timer.setInterval(EVERY)
        self._timer.timeout.connect(self._next)
        self.done = False
        """Whether everything is loaded."""

    def start(self) -> None:
        """Begin, or go on."""
        if not self.done:
            self._timer.start()

    def hold(self) -> None:
        """Stop until ``start`` is called again."""
        self._timer.stop()

    def _next(self) -> None:
        name = next((name for name in self._names if name not in sys.modules), None)
        if name is not None:
            import_module(name)
            return
        self._timer.stop()
        if not self._makers_asked:
            self._makers_asked, self._names = True, iter(LAST)
            Task(self, lambda _control: load_makers(), lambda _none: self.start(), self._failed)
            return
        self.done = True
        garbage().set_apart()

    def _failed(self, error: Exception) -> None:
        raise error
