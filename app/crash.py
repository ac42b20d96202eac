"""What happens when the program itself errs: it is written down without data, said, and work goes on.

A report holds versions, the kind of error and the lines of code that led to it: neither messages of exceptions
(they may carry values) nor local variables.
"""

from __future__ import annotations

import logging
import platform
import sys
import threading
import traceback
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import (
    QMessageLogContext,
    QObject,
    Qt,
    QtMsgType,
    Signal,
    qInstallMessageHandler,
    qVersion,
)

from app.logs import log_folder

log = logging.getLogger("shuke.crash")
KEPT = 20
"""Reports kept; the oldest go."""


class _Courier(QObject):
    """Brings an error from whichever thread to the UI thread."""

    crashed = Signal(str, str)


def report_of(kind: type[BaseException], trace: TracebackType | None, where: str) -> str:
    """The text of a report: no values, no data."""
    # reads mail headers, and so half of the mail package: not at every start
    from importlib.metadata import PackageNotFoundError, version

    try:
        own = version("shuke")
    except PackageNotFoundError:
        own = "?"
    lines = [
        f"Shuke {own}, Python {platform.python_version()}, Qt {qVersion()}, {platform.platform()}",
        f"{datetime.now().astimezone():%Y-%m-%d %H:%M:%S %z}  {where}",
        "",
        f"{kind.__module__}.{kind.__qualname__}",
    ]
    for frame in traceback.extract_tb(trace):
        path = Path(frame.filename)
        short = "/".join(path.parts[-3:])
        lines.append(f"  {short}:{frame.lineno} in {frame.name}")
        if frame.line:
            lines.append(f"    {frame.line}")
    return "\n".join(lines) + "\n"


def write_report(text: str, folder: Path | None = None) -> Path | None:
    """Write a report; its path, None if that failed too."""
    target = (folder or log_folder()) / "crashes"
    try:
        target.mkdir(parents=True, exist_ok=True)
        path = target / f"{datetime.now():%Y%m%d-%H%M%S-%f}.txt"
        path.write_text(text, "utf-8")
        for old in sorted(target.glob("*.txt"))[:-KEPT]:
            old.unlink(missing_ok=True)
    except OSError:
        return None
    return path


class CrashGuard:
    """Catches what nobody else caught. ``tell(kind, path)`` is called on the UI thread once it is set.

    The same error at the same place is said once per run, so that a timer cannot flood the screen.
    """

    def __init__(self) -> None:
        self.tell: Callable[[str, str], None] | None = None
        self._seen: set[tuple[str, str]] = set()
        self._courier = _Courier()
        self._courier.crashed.connect(self._say, Qt.ConnectionType.QueuedConnection)

    def install(self) -> None:
        """From now on."""
        sys.excepthook = self._hook
        threading.excepthook = self._thread_hook
        qInstallMessageHandler(_qt_message)

    def uninstall(self) -> None:
        """As Python and Qt do by themselves."""
        sys.excepthook = sys.__excepthook__
        threading.excepthook = threading.__excepthook__
        qInstallMessageHandler(None)

    def _hook(
        self,
        kind: type[BaseException],
        error: BaseException,
        trace: TracebackType | None,
        where: str = "main",
    ) -> None:
        if issubclass(kind, KeyboardInterrupt | SystemExit):
            sys.__excepthook__(kind, error, trace)
            return
        text = report_of(kind, trace, where)
        log.error("%s", text)
        last = traceback.extract_tb(trace)[-1:] if trace is not None else []
        place = (kind.__name__, f"{last[0].filename}:{last[0].lineno}" if last else "")
        if place in self._seen:
            return
        self._seen.add(place)
        path = write_report(text)
        self._courier.crashed.emit(kind.__name__, str(path or ""))

    def _thread_hook(self, arguments: threading.ExceptHookArgs) -> None:
        error = arguments.exc_value or arguments.exc_type()
        name = arguments.thread.name if arguments.thread is not None else "thread"
        self._hook(arguments.exc_type, error, arguments.exc_traceback, name)

    def _say(self, kind: str, path: str) -> None:
        if self.tell is not None:
            self.tell(kind, path)


def _qt_message(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
    level = {
        QtMsgType.QtDebugMsg: logging.DEBUG,
        QtMsgType.QtInfoMsg: logging.INFO,
        QtMsgType.QtWarningMsg: logging.WARNING,
    }.get(kind, logging.ERROR)
    logging.getLogger("qt").log(level, "%s", text)
