"""Who else has this record open, in the head of its form; says so to the others at the same time."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QCoreApplication, QEvent, QTimer, Signal
from PySide6.QtWidgets import QLabel, QWidget

from services.changes import Notice
from services.database import Database
from services.language import tr
from services.presence import BEAT, ENTITY, Present, announce, leave
from widgets.base.client import Client
from widgets.base.tasks import Task, TaskSlot


class PresenceLabel(QLabel):
    """A chip with names, hidden while nobody else is there. The record is announced until another one is set or the
    label dies; a new one (None) is nobody's yet."""

    changed = Signal(object)
    """Carries the names, for the status bar."""

    def __init__(
        self, client: Client, entity: str, record_id: int | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._client, self._entity = client, entity
        self._announced: list[int] = []
        """The record that is announced, if any: a list, because it is asked for after the label's end."""
        self.present: tuple[Present, ...] = ()
        self.setProperty("chip", "waiting")
        self.hide()
        self._slot = TaskSlot(self)
        self._timer = QTimer(self)
        self._timer.setInterval(BEAT * 1000)
        self._timer.timeout.connect(self.ask)
        self._timer.start()
        client.bus.changed.connect(self._heard)
        self.destroyed.connect(partial(_leave, client.database, entity, self._announced))
        self.set_record(record_id)

    def set_record(self, record_id: int | None) -> None:
        """Another record is shown, or a new one."""
        if [record_id] == self._announced or (record_id is None and not self._announced):
            return
        _leave(self._client.database, self._entity, self._announced)
        self._slot.drop()
        self._announced[:] = [] if record_id is None else [record_id]
        self._show(())
        self.ask()

    def names(self) -> list[str]:
        """Who else has it open, the longest first."""
        return [each.name for each in self.present]

    def ask(self) -> None:
        """Announce ourselves, hear who is there."""
        if not self._announced:
            return
        database, entity, record_id = self._client.database, self._entity, self._announced[0]
        self._slot.start(
            lambda _control: announce(database, entity=entity, record_id=record_id),
            self._show,
            # presence is a courtesy: while the server is away the form has better things to say
            lambda _error: None,
        )

    def _heard(self, notice: Notice) -> None:
        if notice.entity == "*" or (
            notice.entity == ENTITY
            and not notice.own
            and (notice.ids is None or bool(notice.ids.intersection(self._announced)))
        ):
            self.ask()

    def _show(self, present: tuple[Present, ...]) -> None:
        if present != self.present:
            self.present = present
            self.retranslate()
            self.changed.emit(self.names())

    def retranslate(self) -> None:
        """Set the text in the language in force."""
        names = self.names()
        self.setVisible(bool(names))
        self.setText(tr("{names} also has this open", names=tr(", ").join(names)) if names else "")

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)


def _leave(database: Database, entity: str, announced: list[int], _gone: object = None) -> None:
    app = QCoreApplication.instance()
    if announced and app is not None and not QCoreApplication.closingDown():
        record_id = announced[0]
        Task(
            app,
            lambda _control: leave(database, entity=entity, record_id=record_id),
            lambda _done: None,
            lambda _error: None,
        )
