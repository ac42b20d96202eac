"""Tasks: right thread, right order, nothing after the end of the parent, no stalled screen."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator
from functools import partial

import pytest
from PySide6.QtCore import QObject, Qt, QThread, QTimer
from PySide6.QtWidgets import QApplication, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from services.errors import Cancelled
from widgets.base.progress import RunningTasks, TaskProgress
from widgets.base.tasks import Control, Task, TaskSlot, tasks


@pytest.fixture(autouse=True)
def _nothing_left(qtbot: QtBot) -> Iterator[None]:
    yield
    qtbot.waitUntil(lambda: not tasks()._jobs, timeout=5000)


def _same(number: int, control: Control) -> int:
    return number


def _never(_: object) -> None:
    raise AssertionError("must not be called")


def test_work_runs_beside_and_the_answer_comes_home(qtbot: QtBot) -> None:
    parent, got = QObject(), list[tuple[bool, bool]]()
    home = QThread.currentThread()

    def work(control: Control) -> bool:
        return QThread.currentThread() is not home

    Task(parent, work, lambda away: got.append((away, QThread.currentThread() is home)), _never)
    qtbot.waitUntil(lambda: bool(got))
    assert got == [(True, True)]


def test_an_error_comes_home_too(qtbot: QtBot) -> None:
    parent, got = QObject(), list[Exception]()

    def work(control: Control) -> None:
        raise ValueError("no")

    Task(parent, work, _never, got.append)
    qtbot.waitUntil(lambda: bool(got))
    assert str(got[0]) == "no"
    assert not tasks().running()


def test_a_dead_parent_hears_nothing_and_the_work_is_told(qtbot: QtBot) -> None:
    parent = QWidget()
    begun, told, ended = threading.Event(), threading.Event(), threading.Event()

    def work(control: Control) -> int:
        begun.set()
        while not control.cancelled:
            time.sleep(0.005)
        ended.set()
        return 1

    Task(parent, work, _never, _never, cancel=told.set)
    assert begun.wait(3)
    parent.deleteLater()
    qtbot.waitUntil(ended.is_set)
    assert told.wait(3)
    qtbot.wait(30)


def test_parents_may_die_at_any_moment(qtbot: QtBot) -> None:
    alive = QWidget()
    got = list[int]()
    for round_ in range(300):
        parent = QWidget()
        Task(parent, lambda control: time.sleep(0.0005), lambda _: None, _never)
        Task(alive, partial(_same, round_), got.append, _never)
        if round_ % 3 == 0:
            QApplication.processEvents()
        parent.deleteLater()
    qtbot.waitUntil(lambda: len(got) == 300, timeout=10_000)
    assert sorted(got) == list(range(300))


def test_cancelling_is_heard_as_cancelled(qtbot: QtBot) -> None:
    parent, got, told = QObject(), list[Exception](), threading.Event()

    def work(control: Control) -> None:
        while True:
            control.check()
            time.sleep(0.005)

    task = Task(parent, work, _never, got.append, cancel=told.set)
    task.cancel()
    qtbot.waitUntil(lambda: bool(got))
    assert isinstance(got[0], Cancelled)
    assert told.wait(3)


def test_the_newest_wins_and_the_older_is_stopped(qtbot: QtBot) -> None:
    parent, got, stopped = QObject(), list[int](), list[int]()
    slot = TaskSlot(parent)

    def work(number: int, control: Control) -> int:
        if number < 9:
            while not control.cancelled:
                time.sleep(0.002)
        return number

    for number in range(10):
        slot.start(
            partial(work, number),
            got.append,
            _never,
            cancel=partial(stopped.append, number),
        )
        QApplication.processEvents()
    qtbot.waitUntil(lambda: got == [9])
    qtbot.waitUntil(lambda: sorted(stopped) == list(range(9)))
    assert slot.generation == 10
    assert not slot.busy


def test_an_answer_on_its_way_is_dropped_when_a_newer_question_starts(qtbot: QtBot) -> None:
    parent, got, worked = QObject(), list[str](), threading.Event()
    slot = TaskSlot(parent)

    def old(control: Control) -> str:
        worked.set()
        return "old"

    slot.start(old, got.append, _never)
    assert worked.wait(3)
    time.sleep(0.05)  # the answer now waits in the event queue
    slot.start(lambda control: "new", got.append, _never)
    qtbot.waitUntil(lambda: bool(got))
    qtbot.wait(30)
    assert got == ["new"]


def test_the_event_loop_runs_while_work_runs(qtbot: QtBot) -> None:
    parent, got, ticks = QObject(), list[int](), [time.monotonic()]
    timer = QTimer()
    timer.setTimerType(Qt.TimerType.PreciseTimer)
    timer.timeout.connect(lambda: ticks.append(time.monotonic()))
    timer.start(5)

    def work(control: Control) -> int:
        for step in range(400):
            time.sleep(0.002)
            control.progress(step, 400)
        return 1

    Task(parent, work, got.append, _never)
    qtbot.waitUntil(lambda: bool(got), timeout=10_000)
    timer.stop()
    gaps = sorted(after - before for before, after in itertools.pairwise(ticks))
    assert len(gaps) > 40
    # The median speaks of the program, single gaps of whatever else the machine does.
    assert gaps[len(gaps) * 9 // 10] < 0.05


def test_progress_is_heard_in_order_and_not_too_often(qtbot: QtBot) -> None:
    parent, steps, got = QObject(), list[tuple[int, int]](), list[int]()

    def work(control: Control) -> int:
        for step in range(1, 10_001):
            control.progress(step, 10_000)
        return 1

    Task(parent, work, got.append, _never, progress=lambda done, total: steps.append((done, total)))
    qtbot.waitUntil(lambda: bool(got))
    assert steps == sorted(steps)
    assert steps[-1] == (10_000, 10_000)
    assert len(steps) < 100


def test_progress_shows_after_half_a_second_and_cancel_after_two(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.show()
    line = TaskProgress(window)
    got = list[Exception]()

    def work(control: Control) -> None:
        while True:
            control.check()
            control.progress(3, 10)
            time.sleep(0.01)

    line.watch(Task(window, work, _never, got.append, title="导出"))
    button = line.findChild(QToolButton)
    assert isinstance(button, QToolButton)
    qtbot.wait(250)
    assert not line.isVisible()
    qtbot.waitUntil(line.isVisible, timeout=1500)
    assert not button.isVisible()
    qtbot.waitUntil(button.isVisible, timeout=3000)
    button.click()
    qtbot.waitUntil(lambda: bool(got))
    assert isinstance(got[0], Cancelled)


def test_the_status_bar_shows_only_what_takes_long(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.show()
    line, go, got = RunningTasks(window), threading.Event(), list[object]()
    Task(window, lambda control: None, got.append, _never)
    qtbot.waitUntil(lambda: len(got) == 1)
    assert line.task is None
    Task(window, lambda control: go.wait(5), got.append, _never, title="对账")
    qtbot.waitUntil(line.isVisible, timeout=2000)
    go.set()
    qtbot.waitUntil(lambda: len(got) == 2)
    assert not line.isVisible()
