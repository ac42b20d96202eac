"""Says while a name is typed whether somebody has that customer already (CUS-03): two salespeople do not collide."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtWidgets import QLabel, QWidget

from services.customers.queries import Taken, name_taken
from services.language import tr
from widgets.base.client import Client
from widgets.base.style import repolish
from widgets.base.tasks import Control, TaskSlot

DELAY: Final = 250
"""Milliseconds without a key until the name is looked up."""


class TakenLabel(QLabel):
    """Who has a customer of this name, across all customers, also those one may not see: his owner's name only."""

    told = Signal()
    """Something else stands there."""

    def __init__(
        self,
        client: Client,
        name: Callable[[], str],
        parent: QWidget | None = None,
        *,
        besides: Callable[[], int | None] = lambda: None,
    ) -> None:
        """``name`` reads what is typed, "" while nobody is to be asked about; ``besides`` whose name it is to be."""
        super().__init__(parent)
        self._client, self._name, self._besides = client, name, besides
        self.found: list[Taken] = []
        """Customers of the name that was asked for last."""
        self._asked = ""
        self._slot = TaskSlot(self)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DELAY)
        self._timer.timeout.connect(self.ask)
        self.setProperty("role", "small")
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)

    @property
    def taken(self) -> bool:
        """Whether somebody has what is typed now, as far as it was asked."""
        return bool(self.found) and self._asked == self._name()

    def typed(self) -> None:
        """A key was typed into the name."""
        self._timer.start()

    def ask(self) -> None:
        """Look the name up."""
        name, besides, database = self._name(), self._besides(), self._client.database

        def work(_control: Control) -> list[Taken]:
            with database.read_session() as session:
                return name_taken(session, name=name, besides=besides)

        self._slot.start(work, lambda found: self.show_found(name, found), lambda _error: None)

    def show_found(self, name: str, found: list[Taken]) -> None:
        """``found`` is what there is of ``name``."""
        self._asked, self.found = name, found
        self.retranslate()

    def retranslate(self) -> None:
        """Set the text."""
        if self.taken:
            lines = [
                tr("“{name}” exists already, owner: {owner}", name=each.name, owner=each.owner)
                for each in self.found
            ]
            tone, text = "bad", "\n".join(lines)
        elif self._asked and self._asked == self._name():
            tone, text = "good", tr("No customer of this name yet")
        else:
            tone, text = "", ""
        self.setText(text)
        self.setProperty("tone", tone)
        repolish(self)
        self.told.emit()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
