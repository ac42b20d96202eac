"""Reminders while the program runs (ACT-02): the next task that falls due stands in the head of the window, and pops up
once, at most a minute late."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QObject, QTimer

from services.activities.due import DueTask, tasks_to_remind_of
from services.changes import Notice
from services.entity import Query
from services.language import tr
from services.organisation import reminders
from widgets.base.moments import short_moment
from widgets.base.tasks import Control, TaskSlot

if TYPE_CHECKING:
    from app.kept_settings import KeptSettings
    from app.main_window import MainWindow
    from widgets.base.client import Client

TASK: Final = "activities.task"
EVERY: Final = 60_000
SOON: Final = 800
"""Milliseconds after a change of tasks: a colleague who changes many is answered once."""


class Reminding(QObject):
    """Reads what is due each minute and when tasks change; not while the person has silenced it."""

    def __init__(self, client: Client, window: MainWindow, settings: KeptSettings, parent: QObject) -> None:
        super().__init__(parent)
        self._client, self._window, self._settings = client, window, settings
        self._slot = TaskSlot(self)
        self._due: list[DueTask] = []
        self._told: set[tuple[int, datetime]] | None = None
        """What has popped up or was late already at the login; a task that is put off pops up again."""
        self._timer, self._soon = QTimer(self), QTimer(self)
        self._timer.setInterval(EVERY)
        self._soon.setInterval(SOON)
        self._soon.setSingleShot(True)
        self._timer.timeout.connect(self.read)
        self._soon.timeout.connect(self.read)
        client.bus.changed.connect(self._hear)
        window.head.reminder_clicked.connect(self.open)
        window.installEventFilter(self)

    def start(self) -> None:
        """Read now and every minute."""
        self._timer.start()
        self.read()

    def stop(self) -> None:
        """Nothing is read any more."""
        self._timer.stop()
        self._soon.stop()
        self._slot.drop()
        self._window.removeEventFilter(self)

    def _hear(self, notice: Notice) -> None:
        # what is silenced is told as a change of notices
        if notice.entity in (TASK, "organisation.notice", "*"):
            self._soon.start()

    def read(self) -> None:
        """Ask what is due."""
        silent = reminders.silent(self._settings.get(reminders.PREFERENCE))
        if reminders.DUE in silent or not self._client.user.can(f"{TASK}.view"):
            self._show([])
            return
        database = self._client.database

        def work(_control: Control) -> list[DueTask]:
            with database.read_session() as session:
                return tasks_to_remind_of(session)

        self._slot.start(work, self._show, lambda _error: None)

    def _show(self, due: list[DueTask]) -> None:
        self._due = due
        first = self._told is None
        told = self._told or set()
        news = [task for task in due if (task.id, task.due_at) not in told and not (first and task.late)]
        # what is not due any more is forgotten: done, put off, handed over
        self._told = {(task.id, task.due_at) for task in due}
        self._show_bar()
        for task in news[:1]:
            text = _words(task)
            if len(news) > 1:
                text = tr("{reminder}  ·  {count} more", reminder=text, count=len(news) - 1)
            self._client.shell.message(text, "warning", (tr("Open"), lambda: self._open(news)))

    def _show_bar(self) -> None:
        head = self._window.head
        head.set_reminder(_words(self._due[0]) if self._due else "", max(0, len(self._due) - 1))

    def open(self) -> None:
        """What the bar tells of: the task, or one's own tasks where there are several."""
        self._open(self._due)

    def _open(self, due: list[DueTask]) -> None:
        if len(due) == 1:
            self._client.shell.open_record(TASK, due[0].id)
        elif due:
            self._client.shell.open_list(Query(TASK, "mine", order=("due_at",)))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The words follow the language."""
        if watched is self._window and event.type() == QEvent.Type.LanguageChange:
            self._show_bar()
        return False


def _words(task: DueTask) -> str:
    """When, what and with whom."""
    about = f"{task.subject} · {task.customer}" if task.customer else task.subject
    when = short_moment(task.due_at)
    return tr("Late since {when}: {task}", when=when, task=about) if task.late else f"{when} {about}"
