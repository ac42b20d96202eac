"""Progress of a task: nothing for short work, a bar after half a second, a cancel button after two."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QTimer
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QToolButton, QWidget
from shiboken6 import isValid

from services.language import tr
from widgets.base.icons import icon
from widgets.base.tasks import Task, tasks

SHOW_AFTER = 500
"""Milliseconds of work after which progress is shown."""
CANCEL_AFTER = 2000
"""Milliseconds of work after which it can be cancelled."""


class TaskProgress(QWidget):
    """One line for one task: what runs, how far, cancel. Hidden while nothing has run long enough."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._task: Task | None = None
        self._label = QLabel()
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setFixedWidth(120)
        self._cancel = QToolButton()
        self._cancel.setIcon(icon("circle-stop", "bad"))
        self._cancel.clicked.connect(self._cancel_task)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        for widget in (self._label, self._bar, self._cancel):
            layout.addWidget(widget)
        self._show_timer = _single(self, self._reveal)
        self._cancel_timer = _single(self, self._cancel.show)
        self._others = 0
        self._cancel.hide()
        self.hide()
        self.retranslate()

    @property
    def task(self) -> Task | None:
        """The task that is watched."""
        return self._task

    def watch(self, task: Task | None, *, others: int = 0) -> None:
        """Show ``task`` from now on, or nothing; ``others`` more are counted behind its title."""
        self._others = others
        if task is not self._task:
            self._leave()
            self._task = task
            if task is not None:
                self._bar.setRange(0, 0)
                task.progressed.connect(self._advance)
                self._show_timer.start(SHOW_AFTER)
                self._cancel_timer.start(CANCEL_AFTER)
        self.retranslate()

    def _leave(self) -> None:
        if self._task is not None and isValid(self._task):
            self._task.progressed.disconnect(self._advance)
        self._show_timer.stop()
        self._cancel_timer.stop()
        self._cancel.hide()
        self.hide()

    def _reveal(self) -> None:
        if self._task is not None and isValid(self._task) and not self._task.over:
            self.show()

    def _advance(self, done: int, total: int) -> None:
        self._bar.setRange(0, total)
        self._bar.setValue(done)

    def _cancel_task(self) -> None:
        if self._task is not None and isValid(self._task):
            self._task.cancel()
            self._label.setText(tr("Cancelling…"))
            self._cancel.hide()

    def retranslate(self) -> None:
        """Set every text in the language in force."""
        self._cancel.setToolTip(tr("Cancel"))
        self._cancel.setAccessibleName(tr("Cancel"))
        title = (self._task.title if self._task is not None else "") or tr("Working…")
        self._label.setText(
            tr("{title} and {count} more", title=title, count=self._others) if self._others else title
        )

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)


class RunningTasks(TaskProgress):
    """The oldest of all tasks that run, for the status bar."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        registry = tasks()
        registry.started.connect(self._look)
        registry.ended.connect(self._look)

    def _look(self, _task: object = None) -> None:
        running = [task for task in tasks().running() if not task.over]
        self.watch(running[0] if running else None, others=max(0, len(running) - 1))


def _single(parent: QWidget, call: object) -> QTimer:
    timer = QTimer(parent)
    timer.setSingleShot(True)
    timer.timeout.connect(call)
    return timer
