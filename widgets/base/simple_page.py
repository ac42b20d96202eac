"""What simple pages share: a heading, buttons, messages inside the page, reading and writing in tasks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from services.changes import Notice
from services.commands import Changes
from services.errors import Cancelled
from services.language import tr
from widgets.base.client import Client
from widgets.base.icons import icon
from widgets.base.messages import MessageBar
from widgets.base.tasks import Task, TaskSlot

RECORD: Final = Qt.ItemDataRole.UserRole
"""Role under which a row of a table keeps what it stands for."""
FIGURES: Final = "figures"
"""Property of a table: its columns of figures, which stand at the right."""


class SimplePage(QWidget):
    """A page of the workspace. Subclasses build into ``self.body``, set texts in ``retranslate`` and read in
    ``reload``; ``watched`` are the entities whose notices make it read again."""

    title_changed = Signal()
    dirty_changed = Signal()
    loaded = Signal()
    """What the page shows is there."""

    name = ""
    """Source string of its title."""
    watched: frozenset[str] = frozenset()

    def __init__(self, client: Client, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.client = client
        self.setProperty("page", True)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.heading = QLabel()
        self.heading.setProperty("role", "title")
        self.bar = MessageBar()
        self.tools = QHBoxLayout()
        self.tools.setSpacing(8)
        self.tools.addWidget(self.heading)
        self.tools.addStretch(1)
        self.body = QVBoxLayout()
        self.body.setSpacing(12)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 16)
        layout.setSpacing(12)
        layout.addLayout(self.tools)
        layout.addWidget(self.bar)
        layout.addLayout(self.body, 1)
        self._reading = TaskSlot(self)
        self._stale = False
        self._saves: tuple[QPushButton, ...] = ()
        client.bus.changed.connect(self._heard)

    # -- for the workspace

    def title(self) -> str:
        """Text of the tab."""
        return tr(self.name)

    def on_shown(self) -> None:
        """Read again what changed while the page was hidden."""
        if self._stale:
            self.reload()

    # -- for subclasses

    def reload(self) -> None:
        """Read what the page shows."""
        raise NotImplementedError

    def retranslate(self) -> None:
        """Set every text."""
        self.heading.setText(tr(self.name))

    def button(self, icon_name: str, call: Callable[[], None], *, primary: bool = False) -> QPushButton:
        """A button at the right of the heading; the primary one stands first."""
        made = make_button(icon_name, call, primary=primary)
        there = (self.tools.itemAt(at) for at in range(self.tools.count()))
        widgets = (item.widget() for item in there if item is not None)
        first = next((one for one in widgets if isinstance(one, QPushButton)), None)
        if primary and first is not None:
            self.tools.insertWidget(self.tools.indexOf(first), made)
            QWidget.setTabOrder(made, first)
        else:
            self.tools.addWidget(made)
        return made

    def saved_by(self, *buttons: QPushButton) -> None:
        """Ctrl+S presses one of ``buttons``: of several the one that stands nearest to the input."""
        self._saves = buttons
        for button in buttons:
            button.setToolTip("Ctrl+S")
        keys = QShortcut(QKeySequence("Ctrl+S"), self)
        keys.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        keys.activated.connect(self._save_by_keys)

    def _save_by_keys(self) -> None:
        around = QApplication.focusWidget()
        while around is not None:
            near = [
                button
                for button in self._saves
                if button.isVisibleTo(self) and (around is self or around.isAncestorOf(button))
            ]
            if near or around is self:
                break
            around = around.parentWidget()
        else:
            return
        if len(near) == 1:
            near[0].click()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """F5 reads again. No QShortcut: a list inside the page has its own F5, and two would be ambiguous."""
        if event.key() == Qt.Key.Key_F5 and not event.modifiers():
            self.reload()
        else:
            super().keyPressEvent(event)

    def read(self, work: Callable[[Any], Any], done: Callable[[Any], None]) -> None:
        """Run ``work(session)`` in a task and hand its rows to ``done``; a newer one replaces it."""
        database = self.client.database
        self._stale = False

        def reading(_control: object) -> Any:
            with database.read_session() as session:
                return work(session)

        self._reading.start(reading, lambda rows: self._show(done, rows), self.failed, title=tr(self.name))

    def write(
        self, command: Callable[..., Changes], done: Callable[[Changes], None] | None = None, **keywords: Any
    ) -> None:
        """Run a command in a task; afterwards ``done(changes)`` and the page reads again."""
        database = self.client.database
        self.run(lambda: database.write(command, **keywords), done)

    def run(
        self,
        work: Callable[[], Any],
        done: Callable[[Any], None] | None = None,
        *,
        failed: Callable[[Exception], None] | None = None,
    ) -> None:
        """Run ``work`` in a task; afterwards ``done`` with its result and the page reads again. ``failed`` is told
        what went wrong in place of the page."""

        before = self.bar.messages

        def finished(result: Any) -> None:
            for message in before:
                message.close_message()
            if done is not None:
                done(result)
            self.reload()

        Task(self, lambda _control: work(), finished, failed or self.failed, title=tr(self.name))

    def failed(self, error: Exception) -> None:
        """Say what went wrong, inside the page."""
        if not isinstance(error, Cancelled):
            self.bar.error(error)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
            self.title_changed.emit()
        super().changeEvent(event)

    def _show(self, done: Callable[[Any], None], rows: Any) -> None:
        done(rows)
        self.loaded.emit()

    def _heard(self, notice: Notice) -> None:
        if notice.entity in self.watched or notice.entity in ("scope", "*"):
            if self.isVisible():
                self.reload()
            else:
                self._stale = True


def make_button(icon_name: str, call: Callable[[], None], *, primary: bool = False) -> QPushButton:
    """A button with an icon; its text is set by ``retranslate`` of whoever owns it."""
    made = QPushButton()
    made.setProperty("primary", primary)
    made.setIcon(icon(icon_name, "on_accent" if primary else "muted"))
    made.setIconSize(QSize(16, 16))
    made.clicked.connect(lambda _checked=False: call())
    return made


def make_table(columns: int, widths: Sequence[int] = (), figures: Sequence[int] = ()) -> QTableWidget:
    """A read-only table of whole rows, in the look of the lists. ``figures`` are the columns that stand at the right;
    where the last is one of them, the first takes what room is left."""
    table = QTableWidget(0, columns)
    table.setProperty("boxed", True)
    table.setProperty(FIGURES, list(figures))
    for column in figures:
        title = QTableWidgetItem()
        title.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        table.setHorizontalHeaderItem(column, title)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setTabKeyNavigation(False)  # Tab leaves the table, arrows walk in it
    table.setShowGrid(False)
    table.setWordWrap(False)
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(30)
    header = table.horizontalHeader()
    header.setHighlightSections(False)
    header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
    header.setStretchLastSection(columns - 1 not in figures)
    for column, width in enumerate(widths):
        table.setColumnWidth(column, width)
    if columns - 1 in figures:
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
    return table


def fill_table(table: QTableWidget, rows: Iterable[tuple[Any, Sequence[str]]]) -> None:
    """Put ``rows`` of (what the row stands for, texts) into ``table``; the selection stays where its record is."""
    chosen = current(table)
    key = getattr(chosen, "id", getattr(chosen, "pid", None))
    given = list(rows)
    figures = table.property(FIGURES) or ()
    table.blockSignals(True)
    table.setRowCount(len(given))
    for row, (record, texts) in enumerate(given):
        for column, text in enumerate(texts):
            item = QTableWidgetItem(text)
            item.setToolTip(text)
            item.setData(RECORD, record)
            if column in figures:
                item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            table.setItem(row, column, item)
    table.blockSignals(False)
    for row, (record, _texts) in enumerate(given):
        if key is not None and getattr(record, "id", getattr(record, "pid", None)) == key:
            table.setCurrentCell(row, 0)
            return


def current(table: QTableWidget) -> Any:
    """What the current row stands for; None for none."""
    item = table.item(table.currentRow(), 0)
    return item.data(RECORD) if item is not None else None
