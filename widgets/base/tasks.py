"""Work beside the screen: the event loop never waits for the database.

    Task(self, lambda control: fetch(query, control), self._show, self._fail, title=tr("Customers"))

``work`` runs on a pool thread and touches no widget; ``done`` and ``failed`` run on the UI thread, and only
while ``parent`` lives. What it returns must be plain frozen data (no ORM objects).

Qt objects may die on the UI thread only, and what ``work`` holds (a page, by way of ``self``) holds Qt objects. So
a pool thread never drops the last reference to anything: the dispatcher's job keeps work and answer, the thread
lets go of both before it tells that it is ready, and the UI thread drops them. Cyclic garbage: see ``garbage``.
"""

from __future__ import annotations

import itertools
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from PySide6.QtCore import QCoreApplication, QObject, Qt, QThreadPool, Signal
from shiboken6 import isValid

from services.errors import Cancelled
from services.language import mark
from widgets.base.garbage import garbage

Result = TypeVar("Result")

THREADS = 4
"""Tasks that run at once; more wait in line. The connection pool is smaller than that on purpose: work that
needs no connection, such as reading a file, must not wait behind two slow queries."""

SWITCH = 0.0005
"""Seconds after which a thread that reads rows lets the screen go on. Each time the UI thread comes back from Qt it
waits that long at most, tenfold with Python's own 5 ms: a turn of the loop with ten such moments beside a reading
thread took 88 ms, and takes 12."""

PROGRESS_EVERY = 0.05
"""Seconds between two progress messages of one task."""


class Control:
    """What the work sees of the world: whether to go on, and where to tell how far it is."""

    def __init__(self, tell: Callable[[int, int], None]) -> None:
        self._tell = tell
        self._ended = threading.Event()
        self._told = 0.0

    @property
    def cancelled(self) -> bool:
        """True once nobody wants the result any more."""
        return self._ended.is_set()

    def check(self) -> None:
        """Raise Cancelled if nobody wants the result any more."""
        if self.cancelled:
            raise Cancelled(mark("The work was cancelled."))

    def progress(self, done: int, total: int = 0) -> None:
        """Tell that ``done`` of ``total`` steps are done (``total`` 0: not known). Cheap: call it often."""
        now = time.monotonic()
        if now - self._told >= PROGRESS_EVERY or (total and done >= total):
            self._told = now
            self._tell(done, total)

    def _end(self) -> None:
        self._ended.set()


@dataclass(slots=True)
class _Job:
    """One task on its way; lives in the dispatcher until its answer was handed over."""

    number: int
    work: Callable[[Control], Any]
    done: Callable[[Any], None] | None
    failed: Callable[[Exception], None] | None
    progress: Callable[[int, int], None] | None
    cancel: Callable[[], None] | None
    parent: QObject
    task: Task
    control: Control = field(init=False)
    wanted: bool = True
    fine: bool = False
    answer: Any = None
    """What ``work`` returned or raised, once its thread has told."""
    settled: bool = False

    def forget(self) -> None:
        """Nobody is left to hear the answer: stop the work, let go of everything that the callbacks hold.
        ``work`` stays: its thread may be in it."""
        self.wanted = False
        self.control._end()
        self.done = self.failed = self.progress = None


class Tasks(QObject):
    """All tasks that run. One per application: ``tasks()``."""

    started = Signal(object)
    """A Task that has begun (or waits for a thread)."""
    ended = Signal(object)
    """A Task that is over, whichever way."""
    _ready = Signal(int)
    _told = Signal(int, int, int)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        garbage()
        sys.setswitchinterval(SWITCH)
        self._jobs: dict[int, _Job] = {}
        self._numbers = itertools.count(1)
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(THREADS)
        queued = Qt.ConnectionType.QueuedConnection
        self._ready.connect(self._hand_over, queued)
        self._told.connect(self._pass_on, queued)

    def running(self) -> list[Task]:
        """Tasks that run or wait for a thread, oldest first."""
        return [job.task for job in self._jobs.values() if job.wanted and isValid(job.task)]

    def wait(self, milliseconds: int = 10_000) -> bool:
        """Cancel everything and wait for the threads; False if some still run. For the end of the program."""
        for job in list(self._jobs.values()):
            job.forget()
            _call_beside(job.cancel)
        return self._pool.waitForDone(milliseconds)

    def _start(self, job: _Job) -> None:
        self._jobs[job.number] = job
        job.control = Control(partial(self._told.emit, job.number))
        job.task.destroyed.connect(partial(self._gone, job.number))
        self._pool.start(partial(self._run, job.number))
        self.started.emit(job.task)

    def _run(self, number: int) -> None:
        """On the pool thread."""
        self._work(self._jobs[number])
        self._ready.emit(number)

    @staticmethod
    def _work(job: _Job) -> None:
        """A function of its own: when it has returned, its thread holds nothing of the job any more."""
        try:
            job.control.check()
            job.answer = job.work(job.control)
            job.fine = True
        except Exception as error:
            job.answer = error

    def _gone(self, number: int, _destroyed: object = None) -> None:
        job = self._jobs.get(number)
        if job is not None:
            job.forget()
            _call_beside(job.cancel)

    def _hand_over(self, number: int) -> None:
        job = self._jobs.pop(number)
        answer, job.answer = job.answer, None  # an error's traceback knows the job: no ring of references
        alive = isValid(job.task) and isValid(job.parent)
        if alive:
            job.task._over = True
            self.ended.emit(job.task)
        if not (job.wanted and alive):
            return
        done, failed = job.done, job.failed
        job.task.deleteLater()
        if job.fine and (job.settled or not job.control.cancelled):
            if done is not None:
                done(answer)
        elif failed is not None:
            failed(Cancelled(mark("The work was cancelled.")) if job.fine else answer)

    def _pass_on(self, number: int, done: int, total: int) -> None:
        job = self._jobs.get(number)
        if job is not None and job.wanted and isValid(job.task):
            job.task.progressed.emit(done, total)
            if job.progress is not None:
                job.progress(done, total)


def tasks() -> Tasks:
    """The tasks of this application; RuntimeError without a QCoreApplication."""
    app = QCoreApplication.instance()
    if app is None:
        raise RuntimeError("no application")
    found = _known.get(id(app))
    if found is None or not isValid(found):
        found = _known[id(app)] = Tasks(app)
    return found


_known: dict[int, Tasks] = {}


def _call_beside(cancel: Callable[[], None] | None) -> None:
    """Ending a query on the server opens a connection, so it may not run on the UI thread either."""
    if cancel is not None:
        threading.Thread(target=_quietly, args=(cancel,), daemon=True).start()


def _quietly(cancel: Callable[[], None]) -> None:
    try:
        cancel()
    except Exception:
        # The connection may just have ended by itself; the work's own answer says whether it did.
        return


class Task(QObject):
    """One piece of work for ``parent``, begun at once.

    ``work(control)`` runs on a pool thread; ``done(result)`` or ``failed(error)`` on the UI thread while
    ``parent`` lives. ``progress(done, total)`` hears ``control.progress``. ``cancel()``, called from another
    thread, makes the work end early, such as ``connection.cancel_safe``. ``title`` names it in the status
    bar. ``settled``: what was done is done, so an answer in spite of a cancel goes to ``done``, as for writing.
    """

    progressed = Signal(int, int)

    def __init__(
        self,
        parent: QObject,
        work: Callable[[Control], Result],
        done: Callable[[Result], None],
        failed: Callable[[Exception], None],
        *,
        progress: Callable[[int, int], None] | None = None,
        cancel: Callable[[], None] | None = None,
        title: str = "",
        settled: bool = False,
    ) -> None:
        super().__init__(parent)
        self.title = title
        self.began = time.monotonic()
        self._over = False
        self._registry = tasks()
        self._number = next(self._registry._numbers)
        job = _Job(
            number=self._number,
            work=work,
            done=done,
            failed=failed,
            progress=progress,
            cancel=cancel,
            parent=parent,
            task=self,
            settled=settled,
        )
        self._registry._start(job)

    @property
    def over(self) -> bool:
        """True once the answer was handed over or dropped."""
        return self._over

    def cancel(self) -> None:
        """The user wants it no longer: the work is told to stop, then ``failed`` hears ``Cancelled``."""
        job = self._registry._jobs.get(self._number)
        if job is not None and not job.control.cancelled:
            job.control._end()
            _call_beside(job.cancel)

    def drop(self) -> None:
        """A newer question replaced it: the work is told to stop, neither callback is called."""
        job = self._registry._jobs.get(self._number)
        if job is not None and job.wanted:
            job.forget()
            _call_beside(job.cancel)


class TaskSlot:
    """Place for one task of which only the newest counts, such as a search while typing.

    ``start`` drops the older task; its answer never arrives, even if it is on its way already.
    """

    def __init__(self, parent: QObject) -> None:
        self._parent = parent
        self._task: Task | None = None
        self.generation = 0
        """How many tasks were started here."""

    @property
    def busy(self) -> bool:
        """True while an answer is awaited."""
        return self._task is not None and isValid(self._task) and not self._task.over

    def start(
        self,
        work: Callable[[Control], Result],
        done: Callable[[Result], None],
        failed: Callable[[Exception], None],
        *,
        progress: Callable[[int, int], None] | None = None,
        cancel: Callable[[], None] | None = None,
        title: str = "",
    ) -> Task:
        """Begin ``work`` in place of what runs here; the arguments are those of Task."""
        self.drop()
        self.generation += 1
        self._task = Task(self._parent, work, done, failed, progress=progress, cancel=cancel, title=title)
        return self._task

    def drop(self) -> None:
        """End what runs here without an answer."""
        if self._task is not None and isValid(self._task):
            self._task.drop()
        self._task = None
