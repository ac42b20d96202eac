"""A dialog that does one thing: a few inputs, one button, and why it was refused.

What is typed outlives a crash where the dialog calls ``keep_input``; a request that was not answered is repeated as it
was, and the inputs are closed until it is known what became of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from PySide6.QtCore import QEvent, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from services.commands import Changes
from services.drafts import Sent
from services.entity import Entity
from services.errors import Cancelled, ConnectionLost
from services.language import tr
from widgets.base.client import Client
from widgets.base.input_dialog import InputDialog
from widgets.base.keeping import Keeping, MakesNew
from widgets.base.messages import MessageBar
from widgets.base.page_writes import Answer, PageWrites
from widgets.base.tasks import Control, Task

DO: Final = "do"
"""The one write of a dialog (``PageWrites``)."""
Request = tuple[Callable[..., Changes], dict[str, Any]]
"""A command and its arguments."""


class ActionDialog(MakesNew, InputDialog):
    """A dialog that does one thing and says why not. ``made`` carries the Changes."""

    made = Signal(object)

    def __init__(self, client: Client, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.client = self._client = client
        self._writes = PageWrites(client.database)
        self.keeping: Keeping | None = None
        self._untouched: Mapping[str, Any] = {}
        self.messages = MessageBar()
        if (inside := self.messages.layout()) is not None:
            # in line with the inputs
            inside.setContentsMargins(0, 0, 0, 0)
        self.intro = QLabel()
        self.intro.setProperty("role", "muted")
        self.intro.setWordWrap(True)
        self.problem = QLabel()
        self.problem.setProperty("tone", "bad")
        self.problem.setWordWrap(True)
        self.problem.hide()
        self.do = QPushButton()
        self.do.setProperty("primary", True)
        self.set_default(self.do)
        self.cancel = QPushButton()
        self.do.clicked.connect(self.run)
        self.cancel.clicked.connect(self.reject)
        for keys in ("Ctrl+Return", "Ctrl+S"):
            QShortcut(QKeySequence(keys), self).activated.connect(self.run)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.do)
        buttons.addWidget(self.cancel)
        self._inputs = QWidget()
        self._inputs.setProperty("clear", True)
        self.body = QVBoxLayout(self._inputs)
        self.body.setContentsMargins(0, 0, 0, 0)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(12)
        layout.addWidget(self.intro)
        layout.addWidget(self.messages)
        layout.addWidget(self._inputs, 1)
        layout.addWidget(self.problem)
        layout.addLayout(buttons)

    def request(self) -> Request:
        """What is to be done, as it is typed now."""
        raise NotImplementedError

    def check(self) -> str:
        """What is missing, in words; empty if it can be done."""
        return ""

    def run(self) -> None:
        """Do it, unless it is being done already."""
        if not self.do.isEnabled():
            return
        missing = self.check()
        if missing:
            self._complain(missing)
            return
        command, arguments = self.request()
        writes, asked = self._writes, self._writes.begin(DO, arguments, self.kept())
        keep = None if self.keeping is None else self.keeping.before_sending()
        self.do.setEnabled(False)

        def work(_control: Control) -> Answer:
            if keep is not None:
                keep()
            return writes.send(asked, command)

        Task(self, work, self._done, self._failed)

    def _done(self, answer: Answer) -> None:
        self._writes.answered(DO)
        if self.keeping is not None:
            self.keeping.forget()
        self.made.emit(answer.changes)
        self.accept()

    def _failed(self, error: Exception) -> None:
        self.do.setEnabled(True)
        lost = isinstance(error, ConnectionLost)
        # what was sent may have been done: nothing else is asked before that is known
        self._inputs.setEnabled(not (lost and self.begun() is not None))
        if not lost:
            self._writes.answered(DO)
        if self.keeping is not None:
            self.keeping.touched()
        if not isinstance(error, Cancelled):
            self._complain(str(error))

    def reject(self) -> None:
        """Cancel: what was typed is given up, unless nobody knows whether it was done."""
        if self.keeping is not None and self.begun() is None:
            self.keeping.forget()
        super().reject()

    def loses_input(self) -> bool:
        """What is kept says it, where something is; what was typed and not understood is not in it."""
        return super().loses_input() or (self.keeping is not None and self.dirty())

    def can_leave(self) -> bool:
        """Where what is typed outlives a crash, it outlives the dialog."""
        return self.keeping is not None

    def leave(self) -> None:
        """Close; the draft is offered when the dialog is opened again."""
        assert self.keeping is not None
        self.keeping.leave(super().reject)

    # -- what outlives a crash: a KeptPage

    def keep_input(self, entity: Entity, name: str) -> None:
        """What is typed outlives a crash; called once by dialogs whose ``kept`` says all that is typed.

        ``entity``: what the dialog makes; ``name``: what its drafts are called, with the record it stands over.
        """
        self.entity = entity
        self._untouched = self.kept()
        self.keeping = Keeping(self, self, name=name, show=self.show_made)
        self.keeping.find()

    def typed(self) -> None:
        """Something was typed; called by whatever is typed into."""
        if self.keeping is not None:
            self.keeping.touched()

    def kept(self) -> dict[str, Any]:
        """What is typed, as a draft can hold it."""
        return {}

    def take_up(self, values: Mapping[str, Any]) -> None:
        """Show what ``kept`` said once."""

    def dirty(self) -> bool:
        """Whether anything was typed, or sent and not answered."""
        return self.kept() != self._untouched or self.begun() is not None

    def begun(self) -> Sent | None:
        """What was sent and not answered."""
        return self._writes.begun({DO})

    def made_by(self, changes: Changes) -> int:
        """The record that was made, the first of several."""
        return changes.ids[self.entity.key][0] if self.entity.key in changes.ids else changes.id

    def show_made(self, changes: Changes) -> None:
        """Open what was made although its answer was lost."""
        self.client.shell.open_record(self.entity.key, self.made_by(changes))

    def go_on(
        self, record_id: int | None, values: Mapping[str, Any], base: Mapping[str, Any], version: int | None
    ) -> None:
        """Type a draft again."""
        self.take_up(values)
        self.typed()

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
