"""Dialogs that work in tasks, and the fields in which they let a person choose colleagues and positions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QCompleter,
    QDialogButtonBox,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from services.commands import Changes
from services.entity import Kind
from services.errors import Cancelled
from services.language import tr
from services.writing import Writing
from widgets.base.client import Client
from widgets.base.formatting import number_text
from widgets.base.input_dialog import InputDialog
from widgets.base.messages import MessageBar
from widgets.base.tasks import Control, Task

_KEY = Qt.ItemDataRole.UserRole


class TaskDialog(InputDialog):
    """Not modal for the program, only for its page: ``open()`` it. OK runs ``do``; errors stand inside, and how far
    long work is. Cancel ends the work while it runs, which leaves everything as it was."""

    loaded = Signal()

    def __init__(self, client: Client, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.client = client
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.bar = MessageBar()
        self.body = QVBoxLayout()
        self.body.setSpacing(8)
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        do = self.buttons.button(QDialogButtonBox.StandardButton.Ok)
        do.setProperty("primary", True)
        self.set_default(do)
        self.buttons.accepted.connect(self.do)
        self.buttons.rejected.connect(self.reject)
        self.far = QLabel()
        self.far.setProperty("role", "muted")
        self.far.hide()
        self._writing: list[Writing] = []
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(12)
        layout.addWidget(self.bar)
        layout.addLayout(self.body, 1)
        layout.addWidget(self.far)
        layout.addWidget(self.buttons)

    def do(self) -> None:
        """What OK does."""
        raise NotImplementedError

    def read(self, work: Callable[[Any], Any], done: Callable[[Any], None]) -> None:
        """Run ``work(session)`` in a task."""
        database = self.client.database

        def reading(_control: object) -> Any:
            with database.read_session() as session:
                return work(session)

        def shown(found: Any) -> None:
            done(found)
            self.grow()

        Task(self, reading, shown, self.failed)

    def showEvent(self, event: QShowEvent) -> None:
        """High enough from the beginning."""
        super().showEvent(event)
        self.grow()

    def grow(self) -> None:
        """As high as its texts need at its width: lines that wrap are counted once only in what Qt proposes."""
        layout = self.layout()
        wanted = layout.totalHeightForWidth(self.width()) if layout is not None else 0
        if wanted > self.height():
            self.resize(self.width(), wanted)

    def write(
        self, command: Callable[..., Changes], done: Callable[[Changes], None], **keywords: Any
    ) -> None:
        """Run a command in a task; OK is off meanwhile."""
        database, button = self.client.database, self.buttons.button(QDialogButtonBox.StandardButton.Ok)
        button.setEnabled(False)
        running: list[Writing] = []

        def work(control: Control) -> Changes:
            running.append(Writing(database, control.progress))
            control.check()
            return running[0].write(command, **keywords)

        def end() -> None:
            for one in running:
                one.cancel()

        def over() -> None:
            self._writing = []
            self.far.hide()
            button.setEnabled(True)

        def finished(changes: Changes) -> None:
            over()
            done(changes)

        def failed(error: Exception) -> None:
            over()
            self.failed(error)

        self._writing = running
        # the status bar shows it after half a second, and after two a way to end it
        Task(
            self,
            work,
            finished,
            failed,
            progress=self._advanced,
            cancel=end,
            title=self.windowTitle(),
            settled=True,
        )

    def _advanced(self, done: int, total: int) -> None:
        self.far.setText(
            tr(
                "{done} of {total} records …",
                done=number_text(done, Kind.INTEGER),
                total=number_text(total, Kind.INTEGER),
            )
        )
        self.far.setVisible(total > 0)

    def reject(self) -> None:
        """End the work that runs, or close."""
        if self._writing:
            for one in self._writing:
                one.cancel()
        else:
            super().reject()

    def loses_input(self) -> bool:
        """Nothing is asked while the work runs: leaving ends that."""
        return not self._writing and super().loses_input()

    def failed(self, error: Exception) -> None:
        """Say what went wrong, inside the dialog; what was chosen stays."""
        if isinstance(error, Cancelled):
            self.bar.info(tr("Stopped. Nothing was changed."))
        else:
            self.bar.error(error)

    def retranslate(self) -> None:
        """Texts that every dialog has."""
        self.buttons.button(QDialogButtonBox.StandardButton.Cancel).setText(tr("Cancel"))

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)


class PersonCombo(QComboBox):
    """One colleague who may log in; typing part of the name finds him."""

    def __init__(self, client: Client, *, without: int | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setEditable(True)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        for user in client.dictionary.active_users:
            if user != without:
                self.addItem(client.dictionary.user(user), user)
        self.setCurrentIndex(-1)
        completer = QCompleter(self.model(), self)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.setCompleter(completer)

    def user_id(self) -> int | None:
        """Who was chosen; None for a name that nobody has."""
        row = self.findText(self.currentText().strip(), Qt.MatchFlag.MatchExactly)
        return int(self.itemData(row)) if row >= 0 else None


class Ticks(QWidget):
    """A list of names to tick with a line that narrows it down."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.search = QLineEdit()
        self.search.setClearButtonEnabled(True)
        self.list = QListWidget()
        self.search.textChanged.connect(self._narrow)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.search)
        layout.addWidget(self.list, 1)

    def offer(self, entries: Sequence[tuple[object, str]]) -> None:
        """What may be ticked: (key, name)."""
        self.list.clear()
        for key, name in entries:
            item = QListWidgetItem(name)
            item.setData(_KEY, key)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Unchecked)
            self.list.addItem(item)

    def chosen(self) -> list[Any]:
        """Keys of what is ticked, hidden by the search or not."""
        items = (self.list.item(row) for row in range(self.list.count()))
        return [item.data(_KEY) for item in items if item.checkState() == Qt.CheckState.Checked]

    def _narrow(self, words: str) -> None:
        for row in range(self.list.count()):
            item = self.list.item(row)
            item.setHidden(words.strip().casefold() not in item.text().casefold())
