"""Qt objects die on the UI thread, whatever the pool threads do meanwhile; and nothing stays for ever."""

from __future__ import annotations

import gc
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QObject, QTimer
from pytestqt.qtbot import QtBot

from widgets.base.garbage import garbage
from widgets.base.tasks import Control, Task, tasks


class _Page(QObject):
    """As pages are: in a ring of references with its own slots, a timer running, seen when it dies."""

    def __init__(self, died: Callable[[bool], None]) -> None:
        super().__init__()
        self.timer = QTimer(self)
        self.timer.timeout.connect(self.tick)
        self.timer.start(1)
        self.ring = self
        home = threading.main_thread()
        weakref.finalize(self, lambda: died(threading.current_thread() is home))

    def tick(self) -> None:
        self.timer.interval()


def test_a_busy_pool_thread_collects_nothing(qtbot: QtBot) -> None:
    at_home: list[bool] = []

    def work(_control: Control) -> int:
        """Makes so much cyclic garbage that Python by itself would collect hundreds of times."""
        for _ in range(200_000):
            ring: list[object] = []
            ring.append(ring)
        return gc.isenabled()

    parent, answers = QObject(), list[int]()
    for _ in range(20):
        _Page(at_home.append)
    Task(parent, work, answers.append, lambda error: answers.append(-1))
    qtbot.waitUntil(lambda: bool(answers))
    assert answers == [False]
    gc.collect()
    assert at_home == [True] * 20


def test_young_garbage_goes_by_itself(qtbot: QtBot) -> None:
    gone: list[bool] = []
    garbage()
    _Page(gone.append)
    for _ in range(2000):
        ring: list[object] = []
        ring.append(ring)
    qtbot.waitUntil(lambda: gone == [True], timeout=5000)


class _Lingering:
    """A signal whose thread goes on a while after it was sent: the UI thread is done with the answer by then."""

    def __init__(self, signal: Any) -> None:
        self._signal = signal

    def emit(self, number: int) -> None:
        self._signal.emit(number)
        time.sleep(0.05)


def test_what_a_task_held_is_dropped_on_the_ui_thread(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    """A closed page that only the work of its last task still knows."""
    dropped: list[bool] = []
    home = threading.main_thread()
    monkeypatch.setattr(tasks(), "_ready", _Lingering(tasks()._ready))
    for fails in (False, True) * 5:
        held = _Held(lambda: dropped.append(threading.current_thread() is home))

        def work(_control: Control, held: _Held = held, fails: bool = fails) -> int:
            if fails:
                raise ValueError
            return id(held)

        parent = QObject()
        Task(parent, work, lambda _id: None, lambda _error: None)
        parent.deleteLater()
        del held, work, parent
    qtbot.waitUntil(lambda: not tasks()._jobs)
    gc.collect()
    assert len(dropped) == 10 and all(dropped)


class _Held:
    def __init__(self, dropped: Callable[[], None]) -> None:
        self._dropped = dropped

    def __del__(self) -> None:
        self._dropped()


STORM = """
import gc, sys, threading
from PySide6.QtCore import QCoreApplication, QObject, QTimer
from widgets.base.tasks import Task
app = QCoreApplication(sys.argv)

class Page(QObject):
    def __init__(self):
        super().__init__()
        self.timer = QTimer(self)
        self.timer.timeout.connect(self.tick)
        self.timer.start(1)
        self.ring = self

    def tick(self):
        self.timer.interval()

def read(control):
    rings = []
    for number in range(5000):
        rings.append([number]); rings[-1].append(rings)
    return number

root, left = QObject(), [200]

def again(_answer=None):
    for _ in range(5):
        Page()
    left[0] -= 1
    if left[0] > 0:
        Task(root, read, again, again)
    else:
        app.quit()

again()
QTimer.singleShot(60000, app.quit)
app.exec()
sys.exit(0 if left[0] <= 0 else 3)
"""


def test_pages_closed_while_pool_threads_read_do_not_crash_the_loop() -> None:
    """The storm that ended in a segmentation fault within a second while pool threads collected."""
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-c", STORM],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr[-2000:]
