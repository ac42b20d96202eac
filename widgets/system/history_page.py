"""The change history (PLT-34): every change of every record, by kind, person and day."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from PySide6.QtCore import QDate, Qt
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
from widgets.base.simple_page import SimplePage

PAGE = 200
"""Lines read at a time."""


class HistoryPage(SimplePage):
    """Newest first. A line opens to the fields that were changed, before and after; double click opens the record."""

    name = mark("Change history")

    def __init__(self, client: Client, parent: QWidget | None = None) -> None:
        super().__init__(client, parent)
        self._lines: list[history.Change] = []
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
        row = QHBoxLayout()
        row.setSpacing(8)
        for label, field in zip(
            self.labels, (self.kind, self.person, self.action, self.since, self.until), strict=True
        ):
            row.addWidget(label)
            row.addWidget(field)
        row.addStretch(1)
        self.tree = QTreeWidget()
        self.tree.setColumnCount(6)
        self.tree.setUniformRowHeights(True)
        self.tree.setProperty("boxed", True)
        for column, width in enumerate((170, 100, 130, 110, 260)):
            self.tree.setColumnWidth(column, width)
        self.tree.itemDoubleClicked.connect(self._open)
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
        self.read(
            lambda session: (
                history.entities_with_history(session),
                history.changes(session, asked, limit=PAGE),
            ),
            self._take,
        )

    def more(self) -> None:
        """Read the next older lines."""
        asked = self.asked(before=self._lines[-1].id if self._lines else None)
        self.read(lambda session: history.changes(session, asked, limit=PAGE), self._append)

    def _take(self, found: Any) -> None:
        self._kinds, lines = found
        chosen = self.kind.currentData()
        self.kind.clear()
        self.kind.addItem(tr("All"), None)
        for kind in self._kinds:
            self.kind.addItem(entity_title(kind), kind)
        self.kind.setCurrentIndex(max(0, self.kind.findData(chosen)))
        self._lines = []
        self.tree.clear()
        self._append(lines)

    def _append(self, lines: list[history.Change]) -> None:
        self._lines = [*self._lines, *lines]
        for line in lines:
            self.tree.addTopLevelItem(self._item(line))
        self.more_button.setVisible(len(lines) == PAGE)
        self.empty.setVisible(not self._lines)

    def _item(self, line: history.Change) -> QTreeWidgetItem:
        entity = self.client.entities.get(line.entity)
        words = history.in_words(entity, line, self.client.dictionary)
        item = QTreeWidgetItem(
            [
                f"{line.at.astimezone(CHINA):%Y-%m-%d %H:%M:%S}",
                line.who,
                f"{entity_title(line.entity, plural=False)} #{line.record_id}",
                tr(history.ACTIONS.get(line.action, line.action)),
                tr(", ").join(title for title, _old, _new in words),
                line.client,
            ]
        )
        for title, old, new in words:
            child = QTreeWidgetItem(item, ["", "", "", title, f"{old} → {new}" if new else old])
            child.setToolTip(4, f"{old}\n→ {new}")
        return item

    def _open(self, item: QTreeWidgetItem, _column: int) -> None:
        row = self.tree.indexOfTopLevelItem(item)
        if row >= 0 and self._lines[row].entity in self.client.entities:
            self.client.shell.open_record(self._lines[row].entity, self._lines[row].record_id)

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
        lines, self._lines = self._lines, []
        self.tree.clear()
        self._append(lines)
        self.kind.setItemText(0, tr("All"))
        for row, kind in enumerate(self._kinds, 1):
            self.kind.setItemText(row, entity_title(kind))


def _midnight(day: QDate) -> datetime:
    return datetime(day.year(), day.month(), day.day(), tzinfo=CHINA)
