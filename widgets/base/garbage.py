"""Python's collector of cyclic garbage runs on the UI thread only, in small pieces, between events.

Python collects in whichever thread happens to allocate. A pool thread that reads rows would so destroy the Qt
objects of a page closed long ago: its timers stay behind in the UI thread's event loop, pointing at freed memory,
and the next tick is a segmentation fault. So from the first task on nothing is collected by itself any more; a
timer of the UI thread does it.

A pass over everything that lives would stop the loop for a quarter of a second. What was loaded at the start
(modules, classes, mapped tables) never becomes garbage and is set apart by ``set_apart``.
"""

from __future__ import annotations

import gc
from typing import Final

from PySide6.QtCore import QCoreApplication, QObject, QTimer
from shiboken6 import isValid

EVERY: Final = 250
"""Milliseconds between two looks: young garbage is at most that old."""
WHOLE: Final = 40
"""Passes over the middle generation after which everything is looked at: Python's own rule, 10, also asks
whether a quarter of what lives is new."""


class Garbage(QObject):
    """The collector of this application. One per application: ``garbage()``."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._young, self._middle, _old = gc.get_threshold()
        gc.disable()
        self._timer = QTimer(self)
        self._timer.setInterval(EVERY)
        self._timer.timeout.connect(self.sweep)
        self._timer.start()

    def sweep(self) -> None:
        """Collect as far as Python itself would by now. UI thread only."""
        young, middle, old = gc.get_count()
        if young <= self._young:
            return
        if middle < self._middle:
            gc.collect(0)
        elif old < WHOLE:
            gc.collect(1)
        else:
            gc.collect(2)

    def set_apart(self) -> None:
        """What lives now stays for ever: no pass looks at it again. For the moment after modules were loaded."""
        gc.freeze()


def garbage() -> Garbage:
    """The collector of this application; RuntimeError without a QCoreApplication."""
    app = QCoreApplication.instance()
    if app is None:
        raise RuntimeError("no application")
    found = _known.get(id(app))
    if found is None or not isValid(found):
        found = _known[id(app)] = Garbage(app)
    return found


_known: dict[int, Garbage] = {}
