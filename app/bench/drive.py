"""The process in which the client is measured: ``python -m app.bench.drive``, orders on standard input (JSON).

It logs in through the login dialog, as a person would, and prints its figures as JSON. See ``app.bench.client``.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from app.bench.client import MEMORY, START, TABS, Figures

if TYPE_CHECKING:
    from app.workplace import Workplace

QUIET: Final = 0.3
"""Seconds without work beside the screen after which a page is there."""
PATIENCE: Final = 60.0
LISTS: Final = ("customers.customer", "sales.order", "products.product", "stock.issue", "finance.payment")


class Drive:
    """Uses the client as a person would, and watches its event loop. Once in a process."""

    def __init__(self, url: str, folder: Path) -> None:
        from PySide6.QtCore import QTimer
        from sqlalchemy import make_url

        import app.cli  # noqa: F401 -- what a start of the program loads
        from app.main import ClientProgram, make_application
        from services.settings import PcSettings, Server

        settings = PcSettings(folder / "shuke.toml")
        self.login = make_url(url)
        address = self.login.set(username=None, password=None).render_as_string()
        settings.add(Server("bench", address))
        self.app = make_application(settings)
        self.program = ClientProgram(settings, lambda server: server.url)
        self.gap = self.own = 0.0
        """Longest time between two ticks, and most of the UI thread's own work between two, in seconds."""
        self._last, self._worked = time.perf_counter(), time.thread_time()
        self._timer = QTimer()
        self._timer.timeout.connect(self._tick)
        self._timer.start(1)

    def _tick(self) -> None:
        now, worked = time.perf_counter(), time.thread_time()
        self.gap, self.own = max(self.gap, now - self._last), max(self.own, worked - self._worked)
        self._last, self._worked = now, worked

    def log_in(self) -> Workplace:
        """From the login dialog to the workbench."""
        from shiboken6 import isValid

        self.program.begin()
        dialog = self.program.dialog
        assert dialog is not None
        self.settle(0.02)
        dialog.login.setText(self.login.username or "")
        dialog.password.setText(str(self.login.password or ""))
        dialog.log_in()

        # the dialog is gone as soon as the login has succeeded, some turns before the window stands
        def refused() -> str:
            return dialog.error.text() if isValid(dialog) else ""

        self.settle(0.0, lambda: self.program.workplace is not None or bool(refused()))
        if self.program.workplace is None:
            raise RuntimeError(refused())
        return self.program.workplace

    def settle(self, quiet: float = QUIET, also: Callable[[], bool] = lambda: True) -> float:
        """Let the program run until nothing loads any more; the moment when that began (perf_counter)."""
        from widgets.base.tasks import tasks

        ends, since = time.perf_counter() + PATIENCE, time.perf_counter()
        while time.perf_counter() < ends:
            self.turn(0.01)
            if tasks().running() or not also():
                since = time.perf_counter()
            elif time.perf_counter() - since >= quiet:
                return since
        raise RuntimeError("the client does not come to rest")

    def turn(self, seconds: float) -> None:
        """Let the event loop run."""
        from PySide6.QtCore import QEventLoop, QTimer

        loop = QEventLoop()
        QTimer.singleShot(int(seconds * 1000), loop.quit)
        loop.exec()

    def begin(self) -> None:
        """Measure from here."""
        self._tick()
        self.gap = self.own = 0.0

    def stall(self, work: Callable[[], object]) -> tuple[float, float]:
        """The longest time in ms that the loop stands still from ``work`` until all is loaded, and the UI
        thread's own share of it."""
        self.begin()
        work()
        self._tick()
        self.settle()
        return self.gap * 1000, self.own * 1000


def _steady(url: str, began: float, folder: Path) -> Figures:
    """Start and stalls, in ms."""
    from widgets.base.pages import PageKey

    drive = Drive(url, folder)
    drive.begin()
    place = drive.log_in()
    window = place.window
    ready = drive.settle(also=lambda: window.workspace.current() is not None)
    took = (time.time() - (time.perf_counter() - ready) - began) * 1000
    found: Figures = {START: (took, 0.0)}
    found["longest stall, start"] = (drive.gap * 1000, drive.own * 1000)
    drive.settle(also=lambda: drive.program.warming.done)  # somebody looks at the workbench before he clicks
    for entity in LISTS:
        found[f"longest stall, list of {entity}"] = drive.stall(partial(window.open, PageKey(entity)))
    record = _records(place, 1)[0]
    found["longest stall, record of a customer"] = drive.stall(
        lambda: place.shell.open_record("customers.customer", record)
    )
    found["longest stall, new order"] = drive.stall(lambda: place.shell.new_record("sales.order"))
    found["longest stall, another style"] = drive.stall(lambda: window.set_style("dark"))
    _leave(drive)
    return found


def _memory(url: str, folder: Path) -> Figures:
    """Memory in MB with many customers open."""
    import psutil

    drive = Drive(url, folder)
    place = drive.log_in()
    drive.settle()
    for record in _records(place, TABS):
        place.shell.open_record("customers.customer", record)
        drive.settle()
    assert len(place.window.workspace.keys()) >= TABS
    found: Figures = {MEMORY: (psutil.Process().memory_info().rss / 1e6, 0.0)}
    _leave(drive)
    return found


def _records(place: Workplace, count: int) -> list[int]:
    """Customers that something has happened with."""
    from sqlalchemy import text

    with place.database.read_session() as session:
        rows = session.scalars(
            text("SELECT id FROM customers.balance ORDER BY ordered DESC, id LIMIT :count"), {"count": count}
        )
        return [int(row) for row in rows]


def _leave(drive: Drive) -> None:
    place = drive.program.workplace
    assert place is not None
    place.ended.disconnect()
    place.end("")
    place.take_down()


def _main() -> None:
    orders: dict[str, Any] = json.load(sys.stdin)
    with tempfile.TemporaryDirectory() as folder:
        if orders["what"] == "memory":
            found = _memory(orders["url"], Path(folder))
        else:
            found = _steady(orders["url"], orders["began"], Path(folder))
    print(json.dumps(found))


if __name__ == "__main__":
    _main()
