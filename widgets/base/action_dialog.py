"""A dialog that does one thing: a few inputs, one button, and why it was refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

from PySide6.QtCore import QEvent, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from services.commands import Changes
from services.errors import Cancelled, ConnectionLost
from services.language import tr
from widgets.base.client import Client
from widgets.base.tasks import Task


class ActionDialog(QDialog):
    """A dialog that does one thing and says why not. ``made`` carries the Changes."""

    made = Signal(object)

    def __init__(self, client: Client, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._client = client
        self._asked: tuple[UUID, Callable[..., Changes], dict[str, Any]] | None = None
        self.intro = QLabel()
        self.intro.setProperty("role", "muted")
        self.intro.setWordWrap(True)
        self.problem = QLabel()
        self.problem.setProperty("tone", "bad")
        self.problem.setWordWrap(True)
        self.problem.hide()
        self.do = QPushButton()
        self.do.setProperty("primary", True)
        self.do.setDefault(True)
        self.cancel = QPushButton()
        self.do.clicked.connect(self.run)
        self.cancel.clicked.connect(self.reject)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.do)
        buttons.addWidget(self.cancel)
        self.body = QVBoxLayout()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(12)
        layout.addWidget(self.intro)
        layout.addLayout(self.body)
        layout.addWidget(self.problem)
        layout.addLayout(buttons)

    def work(self) -> Changes:
        """On a pool thread: do it."""
        raise NotImplementedError

    def write(self, command: Callable[..., Changes], **arguments: Any) -> Changes:
        """Run ``command`` from ``work``. The same asked again after a lost connection keeps its key, so that
        nothing is posted twice."""
        if self._asked is None or self._asked[1:] != (command, arguments):
            self._asked = (uuid4(), command, arguments)
        return self._client.database.write_once(self._asked[0], command, **arguments)

    def check(self) -> str:
        """What is missing, in words; empty if it can be done."""
        return ""

    def run(self) -> None:
        """Do it."""
        missing = self.check()
        if missing:
            self._complain(missing)
            return
        self.do.setEnabled(False)
        Task(self, lambda _control: self.work(), self._done, self._failed)

    def _done(self, changes: Changes) -> None:
        self.made.emit(changes)
        self.accept()

    def _failed(self, error: Exception) -> None:
        self.do.setEnabled(True)
        if not isinstance(error, ConnectionLost):
            self._asked = None
        if not isinstance(error, Cancelled):
            self._complain(str(error))

    def _complain(self, text: str) -> None:
        self.problem.setText(text)
        self.problem.show()

    def retranslate(self) -> None:
        """Set every text."""
        self.cancel.setText(tr("Cancel"))

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
