"""Loads the modules of pages and printing before somebody clicks on them: one small piece at a time.

A page that imports its modules when it is opened makes the first click wait a third of a second. Modules with
Qt classes are loaded on the UI thread, one per turn of the event loop, because classes of Qt objects are only
made safely where Qt runs; the large libraries behind PDF, Word and Excel on a pool thread, after them.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module
from importlib.machinery import FileFinder
from pathlib import Path
from pkgutil import ModuleInfo, iter_modules
from typing import Final

from PySide6.QtCore import QObject, QTimer

import widgets
from printing.loading import load_makers
from widgets.base.garbage import garbage
from widgets.base.tasks import Task

EVERY: Final = 15
"""Milliseconds between two modules: what somebody types meanwhile comes in between."""
FIRST: Final = ("base", "activities", "customers", "sales")
"""Packages of the pages that everybody opens, after the one that all others are made of: a module that brings
twenty others with it would be one long step."""
START: Final = (
    "tomlkit",
    "widgets.base.card",
    "widgets.base.bar_chart",
    "widgets.base.row_list",
    "widgets.activities.panel",
    "widgets.activities.figure_panels",
    "widgets.activities.list_panels",
    "widgets.activities.workbench",
)
"""What the end of a login needs, in small steps: loaded while the password is typed and the server asked."""
LAST: Final = ("printing.preview", "widgets.base.import_wizard", "widgets.base.batch_")
"""Beginnings of the names of modules that need the libraries of printing, import and spreadsheets: half a second on
the UI thread for the first of them, were they not loaded by the pool thread before."""
HEAVY: Final = frozenset({"openpyxl", "numpy", "reportlab", "pypdfium2", "docx", "rapidfuzz"})
"""Those libraries."""


def page_modules() -> list[str]:
    """Names of all modules under ``widgets``, those needed first at the front, and of the preview; some twice."""
    there = sorted(iter_modules(widgets.__path__), key=lambda found: found.name)
    packages = sorted(there, key=lambda found: FIRST.index(found.name) if found.name in FIRST else len(FIRST))
    names = [*START, *(name for found in packages for name in _inside(f"widgets.{found.name}", found))]
    return [name for name in names if not name.startswith(LAST)] + [
        name for name in ("printing.preview", *names) if name.startswith(LAST)
    ]


def _inside(name: str, found: ModuleInfo) -> Iterator[str]:
    yield name
    if found.ispkg and isinstance(found.module_finder, FileFinder):
        folder = Path(found.module_finder.path) / found.name
        for inner in iter_modules([str(folder)]):
            yield from _inside(f"{name}.{inner.name}", inner)


def load_libraries() -> None:
    """What is behind printing and import, without Qt; for a pool thread."""
    load_makers()
    import_module("services.importing.grid")


class Warming(QObject):
    """Loads them all, once. ``hold`` while the program has better things to do."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._names = page_modules()
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
        while self._names and self._names[0] in sys.modules:
            self._names.pop(0)
        if not self._names:
            self._timer.stop()
            self.done = True
            garbage().set_apart()
        elif self._names[0].startswith(LAST) and not self._makers_asked:
            self._makers_asked = True
            self._timer.stop()
            Task(self, lambda _control: load_libraries(), lambda _none: self.start(), self._failed)
        else:
            import_module(self._names[0])

    def _failed(self, error: Exception) -> None:
        raise error
