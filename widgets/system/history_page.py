"""The change history (PLT-34): every change of every record, by kind, person and day."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from PySide6.QtCore import QDate, Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QComboBox,
    QDateEdit,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from services.clock import CHINA, today
from services.language import mark, tr
from services.organisation.rights import entity_title
from services.system import history
from widgets.base.client import Client
from widgets.base.flow_layout import FlowLayout
from widgets.base.simple_page import SimplePage

PAGE = 200
"""Lines read at a time."""


class HistoryPage(SimplePage):
    """Newest first. A line opens to the fields that were changed, before and after; Enter or a double click opens the
    record, Ctrl+Enter its own history."""

    name = mark("Change history")

    def __init__(self, client: Client, parent: QWidget | None = None) -> None:
        super().__init__(client, parent)
        self._lines: list[history.Change] = []
        self._called: dict[tuple[str, int], str] = {}
        self._kinds: list[str] = []
        self.kind, self.person, self.action = QComboBox(), QComboBox(), QComboBox()
        # the company's day, which the PC's may not have reached yet
        day = QDate(today().year, today().month, today().day)
        self.since, self.until = QDateEdit(day.addMonths(-1)), QDateEdit(day)
        for edit in (self.since, self.until):
            edit.setCalendarPopup(True)
            edit.setDisplayFormat("yyyy-MM-dd")
            edit.dateChanged.connect(lambda _day: self.reload())
        self.labels = [QLabel() for _ in range(5)]
        self.person.addItem("", None)
        for user in client.dictionary.users:
            self.person.addItem(client.dictionary.user(user), user)
        self.action.addItem("", None)
        for action in history.ACTIONS:
            self.action.addItem("", action)
        self.kind.addItem("", None)
        for box in (self.kind, self.person, self.action):
            box.activated.connect(lambda _row: self.reload())
            box.setMinimumWidth(130)
        row = FlowLayout(spacing=8)
        whats, whose, which, first, last = self.labels
        # the two days are one condition: they stay on one line
        for parts in (
            (whats, self.kind),
            (whose, self.person),
            (which, self.action),
            (first, self.since, last, self.until),
        ):
            both = QWidget()
            pair = QHBoxLayout(both)
            pair.setContentsMargins(0, 0, 8, 0)
            pair.setSpacing(8)
            for part in parts:
                pair.addWidget(part)
            row.addWidget(both)
        self.tree = QTreeWidget()
        self.tree.setColumnCount(6)
        self.tree.setUniformRowHeights(True)
        self.tree.setProperty("boxed", True)
        for column, width in enumerate((170, 90, 260, 80, 300)):
            self.tree.setColumnWidth(column, width)
        self.tree.itemActivated.connect(lambda _item, _column: self.open_chosen())
        self.tree.itemSelectionChanged.connect(self._enable)
        self.open_button = self.button("external-link", self.open_chosen)
        self.history_button = self.button("history", self.open_history)
        keys = QShortcut(QKeySequence("Ctrl+Return"), self.tree, self.open_history)
        keys.setContext(Qt.ShortcutContext.WidgetShortcut)
        self.more_button = QPushButton()
        self.more_button.clicked.connect(self.more)
        self.empty = QLabel()
        self.empty.setProperty("role", "muted")
        self.body.addLayout(row)
        self.body.addWidget(self.empty)
        self.body.addWidget(self.tree, 1)
        self.body.addWidget(self.more_button, 0, Qt.AlignmentFlag.AlignHCenter)
        self.retranslate()
        self.reload()

    def asked(self, before: int | None = None) -> history.Asked:
        """What the filters say."""
        return history.Asked(
            entity=self.kind.currentData(),
            user_id=self.person.currentData(),
            action=self.action.currentData(),
            since=_midnight(self.since.date()),
            until=_midnight(self.until.date()) + timedelta(days=1),
            before=before,
        )

    def reload(self) -> None:
        """Read the newest lines."""
        asked = self.asked()
        entities = self.client.entities

        def work(session: Any) -> tuple[list[str], list[history.Change], history.Names]:
            lines = history.changes(session, asked, limit=PAGE)
            return history.entities_with_history(session), lines, history.names(session, entities, lines)

        self.read(work, self._take)

    def more(self) -> None:
        """Read the next older lines."""
        asked = self.asked(before=self._lines[-1].id if self._lines else None)
        entities = self.client.entities

        def work(session: Any) -> tuple[list[history.Change], history.Names]:
            lines = history.changes(session, asked, limit=PAGE)
            return lines, history.names(session, entities, lines)

        self.read(work, lambda found: self._append(*found))

    def _take(self, found: Any) -> None:
        self._kinds, lines, called = found
        chosen = self.kind.currentData()
        self.kind.clear()
        self.kind.addItem(tr("All"), None)
        for kind in self._kinds:
            self.kind.addItem(entity_title(kind), kind)
        self.kind.setCurrentIndex(max(0, self.kind.findData(chosen)))
        self._lines, self._called = [], {}
        self.tree.clear()
        self._append(lines, called)

    def _append(self, lines: list[history.Change], called: history.Names) -> None:
        self._lines = [*self._lines, *lines]
        self._called |= called
        for line in lines:
            self.tree.addTopLevelItem(self._item(line))
        self.more_button.setVisible(len(lines) == PAGE)
        self.empty.setVisible(not self._lines)
        self._enable()

    def _item(self, line: history.Change) -> QTreeWidgetItem:
        entity = self.client.entities.get(line.entity)
        words = history.in_words(entity, line, self.client.dictionary, self._called)
        name = self._called.get((line.entity, line.record_id)) or f"#{line.record_id}"
        item = QTreeWidgetItem(
            [
                f"{line.at.astimezone(CHINA):%Y-%m-%d %H:%M:%S}",
                line.who,
                tr("{kind} {name}", kind=entity_title(line.entity, plural=False), name=name),
                tr(history.ACTIONS.get(line.action, line.action)),
                tr(", ").join(title for title, _old, _new in words),
                line.pc,
            ]
        )
        for column in (2, 4, 5):
            item.setToolTip(column, item.text(column))
        for title, old, new in words:
            child = QTreeWidgetItem(item, ["", "", "", title, f"{old} → {new}" if new else old])
            child.setToolTip(4, f"{old}\n→ {new}")
        return item

    def _chosen(self) -> history.Change | None:
        """The line chosen, or to which the chosen field belongs, of a kind that has pages of its own."""
        item = self.tree.currentItem()
        if item is None:
            return None
        row = self.tree.indexOfTopLevelItem(item.parent() or item)
        line = self._lines[row] if row < len(self._lines) else None  # while the tree is cleared
        return line if line is not None and line.entity in self.client.entities else None

    def _enable(self) -> None:
        for button in (self.open_button, self.history_button):
            button.setEnabled(self._chosen() is not None)

    def open_chosen(self) -> None:
        """Open the record of the line chosen."""
        line = self._chosen()
        if line is not None:
            self.client.shell.open_record(line.entity, line.record_id)

    def open_history(self) -> None:
        """Open all that was changed in the record of the line chosen, to see it as it was."""
        line = self._chosen()
        if line is not None:
            self.client.shell.open_history(line.entity, line.record_id)

    def retranslate(self) -> None:
        """Set every text."""
        super().retranslate()
        for label, title in zip(
            self.labels, (tr("Kind"), tr("Person"), tr("What"), tr("From"), tr("Until")), strict=True
        ):
            label.setText(title)
        self.person.setItemText(0, tr("All"))
        self.action.setItemText(0, tr("All"))
        for row, title in enumerate(history.ACTIONS.values(), 1):
            self.action.setItemText(row, tr(title))
        self.tree.setHeaderLabels(
            [tr("Time"), tr("Who"), tr("Record"), tr("What"), tr("Fields"), tr("From which PC")]
        )
        self.more_button.setText(tr("Show older ones"))
        self.empty.setText(tr("Nothing was changed in this time. Choose other days, or fewer conditions."))
        self.open_button.setText(tr("Open"))
        self.history_button.setText(tr("History of this record"))
        self.history_button.setToolTip(tr("All that was changed in it, and what it was (Ctrl+Enter)"))
        lines, self._lines = self._lines, []
        self.tree.clear()
        self._append(lines, {})
        self.kind.setItemText(0, tr("All"))
        for row, kind in enumerate(self._kinds, 1):
            self.kind.setItemText(row, entity_title(kind))


def _midnight(day: QDate) -> datetime:
    return datetime(day.year(), day.month(), day.day(), tzinfo=CHINA)
