"""The history of one record (PLT-34, PLT-35): what was changed when, as it was, single fields brought back."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSplitter,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from services import records
from services.changes import Notice
from services.clock import CHINA
from services.commands import Changes
from services.entity import Entity
from services.errors import Cancelled
from services.language import tr
from services.system import history
from widgets.base.client import Client
from widgets.base.messages import MessageBar
from widgets.base.tasks import Task, TaskSlot

_DATA = Qt.ItemDataRole.UserRole


class RecordHistory(QWidget):
    """A tab of a record's page. Choosing a line shows below what the record was just after it."""

    loaded = Signal()

    def __init__(self, client: Client, entity: Entity, record_id: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.client, self.entity, self.record_id = client, entity, record_id
        self._lines: list[history.Change] = []
        self._read = False
        self._then: tuple[dict[str, Any], dict[str, Any]] | None = None
        self._reading, self._looking = TaskSlot(self), TaskSlot(self)
        self.bar = MessageBar()
        self.lines, self.then = QTreeWidget(), QTreeWidget()
        self.lines.setColumnCount(4)
        self.then.setColumnCount(3)
        for tree, widths in ((self.lines, (170, 110, 110)), (self.then, (180, 260))):
            tree.setUniformRowHeights(True)
            for column, width in enumerate(widths):
                tree.setColumnWidth(column, width)
        self.then.setRootIsDecorated(False)
        self.empty = QLabel()
        self.empty.setProperty("role", "muted")
        self.empty.setWordWrap(True)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setContentsMargins(12, 24, 12, 24)
        self.empty.hide()
        self.then_label = QLabel()
        self.then_label.setProperty("role", "heading")
        self.restore_button = QPushButton()
        self.restore_button.clicked.connect(self.restore)
        self.lines.currentItemChanged.connect(lambda *_items: self._look())
        self.then.itemChanged.connect(lambda *_item: self._enable())
        lower = QWidget()
        below = QVBoxLayout(lower)
        below.setContentsMargins(0, 8, 0, 0)
        row = QHBoxLayout()
        row.setContentsMargins(12, 0, 12, 0)
        row.addWidget(self.then_label)
        row.addStretch(1)
        row.addWidget(self.restore_button)
        below.addLayout(row)
        below.addWidget(self.then)
        self.split = split = QSplitter(Qt.Orientation.Vertical)
        split.addWidget(self.lines)
        split.addWidget(lower)
        split.setChildrenCollapsible(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.bar)
        layout.addWidget(self.empty)
        layout.addWidget(split)
        client.bus.changed.connect(self._heard)
        self.retranslate()
        self.reload()

    def title(self) -> str:
        """Text of the tab."""
        return tr("{entity}: change history", entity=tr(self.entity.title))

    def reload(self) -> None:
        """Read the history of the record."""
        database = self.client.database
        asked = history.Asked(entity=self.entity.key, record_id=self.record_id)

        def reading(_control: object) -> list[history.Change]:
            with database.read_session() as session:
                return history.changes(session, asked, limit=1000)

        self._reading.start(reading, self._take, self._failed)

    def _take(self, lines: list[history.Change]) -> None:
        self._lines, self._read = lines, True
        self._fill()
        self.loaded.emit()

    def _fill(self) -> None:
        kept = self.lines.currentItem()
        chosen = self.lines.indexOfTopLevelItem(kept) if kept is not None else 0
        self.lines.blockSignals(True)
        self.lines.clear()
        for line in self._lines:
            words = history.in_words(self.entity, line, self.client.dictionary)
            item = QTreeWidgetItem(
                [
                    f"{line.at.astimezone(CHINA):%Y-%m-%d %H:%M:%S}",
                    line.who,
                    tr(history.ACTIONS.get(line.action, line.action)),
                    tr(", ").join(title for title, _old, _new in words),
                ]
            )
            for title, old, new in words:
                QTreeWidgetItem(item, ["", "", title, f"{old} → {new}"])
            self.lines.addTopLevelItem(item)
        self.lines.blockSignals(False)
        self.empty.setVisible(self._read and not self._lines)
        self.split.setVisible(not self.empty.isVisibleTo(self))
        if self._lines:
            again = self.lines.topLevelItem(max(0, min(chosen, len(self._lines) - 1)))
            if again is not None:
                self.lines.setCurrentItem(again)

    def _look(self) -> None:
        item = self.lines.currentItem()
        if item is None:
            return
        row = self.lines.indexOfTopLevelItem(item.parent() or item)
        database, entity, record_id = self.client.database, self.entity, self.record_id
        at: datetime = self._lines[row].at + timedelta(microseconds=1)

        def looking(_control: object) -> tuple[dict[str, Any], dict[str, Any]]:
            with database.read_session() as session:
                return (
                    history.as_it_was(session, entity=entity, record_id=record_id, at=at),
                    records.read(session, entity=entity, record_id=record_id),
                )

        self._looking.start(looking, self._show_then, self._failed)

    def _show_then(self, found: tuple[dict[str, Any], dict[str, Any]]) -> None:
        self._then = found
        then, now = found
        self.then.blockSignals(True)
        self.then.clear()
        for column, (old, new) in history.differences(then, now).items():
            item = QTreeWidgetItem(
                [
                    history.column_title(self.entity, column),
                    history.shown(self.entity, column, old, self.client.dictionary),
                    history.shown(self.entity, column, new, self.client.dictionary),
                ]
            )
            item.setData(0, _DATA, column)
            if self._restorable(column):
                item.setCheckState(0, Qt.CheckState.Unchecked)
            self.then.addTopLevelItem(item)
        self.then.blockSignals(False)
        self._enable()

    def _restorable(self, column: str) -> bool:
        fields = {field.key for field in self.entity.fields if field.editable}
        return column in fields and self.entity.create_by_form and self.client.can(self.entity, "edit")

    def ticked(self) -> list[str]:
        """Columns that are ticked to be brought back."""
        items = (self.then.topLevelItem(row) for row in range(self.then.topLevelItemCount()))
        return [
            str(item.data(0, _DATA)) for item in items if item and item.checkState(0) == Qt.CheckState.Checked
        ]

    def restore(self) -> None:
        """Write the ticked fields as they were, as a change like any other."""
        if self._then is None:
            return
        then, now = self._then
        values = {column: history.typed(self.entity, column, then[column]) for column in self.ticked()}
        database, entity, record_id = self.client.database, self.entity, self.record_id

        def done(changes: Changes) -> None:
            self.client.shell.message(tr("{count} fields were brought back.", count=len(values)), "done")
            self.client.bus.tell(Notice(entity.key, frozenset(changes.ids[entity.key]), True))

        Task(
            self,
            lambda _control: database.write(
                records.update_record,
                entity=entity,
                record_id=record_id,
                version=now["version"],
                values=values,
            ),
            done,
            self._failed,
        )

    def _enable(self) -> None:
        self.restore_button.setEnabled(bool(self.ticked()))

    def _heard(self, notice: Notice) -> None:
        if notice.entity == self.entity.key and (notice.ids is None or self.record_id in notice.ids):
            self.reload()

    def _failed(self, error: Exception) -> None:
        if not isinstance(error, Cancelled):
            self.bar.error(error)

    def retranslate(self) -> None:
        """Set every text."""
        self.lines.setHeaderLabels([tr("Time"), tr("Who"), tr("What"), tr("Fields")])
        self.then.setHeaderLabels([tr("Field"), tr("Then"), tr("Now")])
        self.then_label.setText(tr("What was different then"))
        self.restore_button.setText(tr("Bring the ticked fields back"))
        self.empty.setText(tr("Nothing has been changed here yet. Every later change will stand here."))
        self._fill()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
