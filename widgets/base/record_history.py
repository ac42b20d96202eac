"""The history of one record (PLT-34, PLT-35): what was changed when, as it was, single fields brought back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from PySide6.QtCore import QDate, QEvent, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDateEdit,
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
from services.clock import CHINA, today
from services.commands import Changes
from services.entity import Entity
from services.errors import Cancelled
from services.language import tr
from services.system import history
from widgets.base.client import Client
from widgets.base.messages import MessageBar
from widgets.base.tasks import Task, TaskSlot

_DATA = Qt.ItemDataRole.UserRole


@dataclass(frozen=True, slots=True)
class _Then:
    """A record at a moment and now, all columns of both."""

    at: datetime
    then: dict[str, Any]
    now: dict[str, Any]
    restorable: frozenset[str]
    called: history.Names


class RecordHistory(QWidget):
    """A tab of a record's page. Below stands what the record was just after the line that is chosen, or at the end of
    a day: what was different then, or all of it."""

    loaded = Signal()
    title_changed = Signal()

    def __init__(self, client: Client, entity: Entity, record_id: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.client, self.entity, self.record_id = client, entity, record_id
        self._lines: list[history.Change] = []
        self._read = False
        self._then: _Then | None = None
        self._called: history.Names = {}
        self._reading, self._looking = TaskSlot(self), TaskSlot(self)
        self.bar = MessageBar()
        self.lines, self.then = QTreeWidget(), QTreeWidget()
        self.lines.setColumnCount(5)
        self.then.setColumnCount(3)
        for tree, widths in ((self.lines, (170, 110, 110, 360)), (self.then, (180, 260))):
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
        self.day_label, self.all_fields, self.same = QLabel(), QCheckBox(), QLabel()
        self.all_fields.toggled.connect(lambda _on: self._fill_then())
        self.same.setProperty("role", "muted")
        self.same.hide()
        day = today()
        self.day = QDateEdit(QDate(day.year, day.month, day.day))
        self.day.setCalendarPopup(True)
        self.day.setDisplayFormat("yyyy-MM-dd")
        self.day.setMaximumDate(self.day.date())
        self.day.dateChanged.connect(lambda _day: self._look_at_day())
        self.lines.currentItemChanged.connect(lambda *_items: self._look())
        self.then.itemChanged.connect(lambda *_item: self._enable())
        lower = QWidget()
        below = QVBoxLayout(lower)
        below.setContentsMargins(0, 8, 0, 0)
        row = QHBoxLayout()
        row.setContentsMargins(12, 0, 12, 0)
        row.setSpacing(8)
        row.addWidget(self.then_label)
        row.addWidget(self.same)
        row.addStretch(1)
        for widget in (self.day_label, self.day, self.all_fields, self.restore_button):
            row.addWidget(widget)
        below.addLayout(row)
        below.addWidget(self.then, 1)
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
        name = self._called.get((self.entity.key, self.record_id)) or tr(self.entity.title)
        return tr("{entity}: change history", entity=name)

    def reload(self) -> None:
        """Read the history of the record."""
        database, entities = self.client.database, self.client.entities
        asked = history.Asked(entity=self.entity.key, record_id=self.record_id)

        def reading(_control: object) -> tuple[list[history.Change], history.Names]:
            with database.read_session() as session:
                lines = history.changes(session, asked, limit=1000)
                return lines, history.names(session, entities, lines)

        self._reading.start(reading, self._take, self._failed)

    def _take(self, found: tuple[list[history.Change], history.Names]) -> None:
        self._lines, self._called = found
        self._read = True
        self._fill()
        self.title_changed.emit()
        self.loaded.emit()

    def _fill(self) -> None:
        kept = self.lines.currentItem()
        chosen = self.lines.indexOfTopLevelItem(kept) if kept is not None else 0
        self.lines.blockSignals(True)
        self.lines.clear()
        for line in self._lines:
            words = history.in_words(self.entity, line, self.client.dictionary, self._called)
            item = QTreeWidgetItem(
                [
                    f"{line.at.astimezone(CHINA):%Y-%m-%d %H:%M:%S}",
                    line.who,
                    tr(history.ACTIONS.get(line.action, line.action)),
                    tr(", ").join(title for title, _old, _new in words),
                    line.pc,
                ]
            )
            for column in (3, 4):
                item.setToolTip(column, item.text(column))
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
        line = self._lines[self.lines.indexOfTopLevelItem(item.parent() or item)]
        day = line.at.astimezone(CHINA)
        self.day.blockSignals(True)
        self.day.setDate(QDate(day.year, day.month, day.day))
        self.day.blockSignals(False)
        self._look_at(line.at + timedelta(microseconds=1))

    def _look_at_day(self) -> None:
        """What it was at the end of the day that was picked."""
        day = self.day.date()
        self._look_at(datetime(day.year(), day.month(), day.day(), tzinfo=CHINA) + timedelta(days=1))

    def _look_at(self, at: datetime) -> None:
        client, entity, record_id = self.client, self.entity, self.record_id

        def looking(_control: object) -> _Then:
            with client.database.read_session() as session:
                then = history.as_it_was(session, entity=entity, record_id=record_id, at=at)
                now = records.read(session, entity=entity, record_id=record_id)
                called = history.names_in(session, client.entities, entity.key, then, now)
                return _Then(at, then, now, history.restorable(session, entity), called)

        self._looking.start(looking, self._show_then, self._failed)

    def _show_then(self, found: _Then) -> None:
        self.bar.clear()
        self._then = found
        self._fill_then()

    def _fill_then(self) -> None:
        if self._then is None:
            return
        then, now = self._then.then, self._then.now
        different = history.differences(then, now)
        shown = (
            history.in_form(self.entity, then, different) if self.all_fields.isChecked() else list(different)
        )
        self.then.blockSignals(True)
        self.then.clear()
        for column in shown:
            item = QTreeWidgetItem([history.column_title(self.entity, column), *self._both(column)])
            item.setData(0, _DATA, column)
            for place in (1, 2):
                item.setToolTip(place, item.text(place))
            if column in different:
                font = item.font(1)
                font.setBold(self.all_fields.isChecked())
                item.setFont(1, font)
                if self._restorable(column):
                    item.setCheckState(0, Qt.CheckState.Unchecked)
            self.then.addTopLevelItem(item)
        self.then.blockSignals(False)
        self.same.setVisible(not different)
        self._name_then()
        self._enable()

    def _both(self, column: str) -> list[str]:
        """The value of a column then and now, in words."""
        assert self._then is not None
        return [
            history.shown(self.entity, column, values.get(column), self.client.dictionary, self._then.called)
            for values in (self._then.then, self._then.now)
        ]

    def _name_then(self) -> None:
        at = self._then.at.astimezone(CHINA) if self._then is not None else None
        self.then_label.setText(tr("As it was on {moment}", moment=f"{at:%Y-%m-%d %H:%M:%S}") if at else "")

    def _restorable(self, column: str) -> bool:
        assert self._then is not None
        if column not in self._then.restorable or not self.client.can(self.entity, "edit"):
            return False
        right = self.entity.field(column).right
        return right is None or self.client.user.can(right)

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
        then, now = self._then.then, self._then.now
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
        self.lines.setHeaderLabels([tr("Time"), tr("Who"), tr("What"), tr("Fields"), tr("From which PC")])
        self.then.setHeaderLabels([tr("Field"), tr("Then"), tr("Now")])
        self.day_label.setText(tr("At the end of"))
        self.all_fields.setText(tr("All fields"))
        self.same.setText(tr("Nothing was different then."))
        self.restore_button.setText(tr("Bring the ticked fields back"))
        self.empty.setText(tr("Nothing has been changed here yet. Every later change will stand here."))
        self._fill()
        self._fill_then()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
