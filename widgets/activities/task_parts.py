"""Parts of a task's page: its checklist, and the trail of what happened to it (ACT-02)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from services.activities.commands import CheckLine
from services.activities.queries import CheckRow, TaskView
from services.language import mark, tr
from services.session import Dictionary
from widgets.base.moments import short_moment
from widgets.base.row_list import Row, RowList

_ID = Qt.ItemDataRole.UserRole
_DONE = Qt.ItemDataRole.UserRole + 1

STEPS: Final = {
    "given": mark("{by} gave it to {about}"),
    "joined": mark("{by} added {about}"),
    "left": mark("{about} does it no more"),
    "accepted": mark("{by} accepted it"),
    "part_done": mark("{by} completed his part"),
    "done": mark("{by} completed it"),
    "returned": mark("{by} returned it"),
    "closed": mark("{by} confirmed the end"),
    "cancelled": mark("{by} cancelled it"),
}
"""How a step of models.activities.Step reads."""


class Checklist(QWidget):
    """Lines to tick. A double click or F2 edits a line, Delete removes it, dragging moves it.

    ``ticked(item id, done)`` is sent for saved lines only; a new one is saved with the task first.
    """

    changed = Signal()
    """A line was added, edited, moved or removed."""
    ticked = Signal(int, bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = QLabel()
        self.title.setProperty("role", "heading")
        self.list = QListWidget()
        self.list.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.list.setEditTriggers(
            QAbstractItemView.EditTrigger.DoubleClicked | QAbstractItemView.EditTrigger.EditKeyPressed
        )
        self.list.setFrameShape(QListWidget.Shape.NoFrame)
        self.list.itemChanged.connect(self._changed)
        self.list.model().rowsMoved.connect(lambda *_: self._touched())
        self.list.installEventFilter(self)
        self.add = QLineEdit()
        self.add.setMaxLength(400)
        self.add.returnPressed.connect(self._add)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(self.title)
        layout.addWidget(self.list, 1)
        layout.addWidget(self.add)
        self._shown: tuple[CheckLine, ...] = ()
        self._editable = True
        self._filling = False
        self.retranslate()

    def lines(self) -> list[CheckLine]:
        """The list as it is to be; lines emptied by editing are left out."""
        items = (self.list.item(row) for row in range(self.list.count()))
        return [CheckLine(item.text().strip(), item.data(_ID)) for item in items if item.text().strip()]

    def edited(self) -> bool:
        """Whether it differs from what was shown."""
        return tuple(self.lines()) != self._shown

    def show_items(self, items: Sequence[CheckRow], names: Dictionary, *, editable: bool) -> None:
        """Show saved lines."""
        self._filling = True
        self._editable = editable
        self.list.clear()
        for line in items:
            item = self._item(line.said, line.id)
            item.setCheckState(Qt.CheckState.Checked if line.done_at is not None else Qt.CheckState.Unchecked)
            item.setData(_DONE, line.done_at is not None)
            if line.done_at is not None and line.done_by is not None:
                item.setToolTip(f"{names.user(line.done_by)} {short_moment(line.done_at)}")
        self.add.setVisible(editable)
        self._shown = tuple(self.lines())
        self._filling = False
        self.retranslate()

    def take_up(self, lines: Sequence[CheckLine]) -> None:
        """Show a draft: saved lines keep their tick, others are new."""
        self._filling = True
        saved = {}
        while self.list.count():
            item = self.list.takeItem(0)
            saved[item.data(_ID)] = item
        for line in lines:
            if line.id in saved and line.id is not None:
                saved[line.id].setText(line.said)
                self.list.addItem(saved[line.id])
            else:
                self._item(line.said, None)
        self._filling = False
        self._touched()

    def _item(self, said: str, item_id: int | None) -> QListWidgetItem:
        item = QListWidgetItem(said)
        item.setData(_ID, item_id)
        flags = Qt.ItemFlag.ItemIsSelectable
        if self._editable:
            flags |= Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsEditable | Qt.ItemFlag.ItemIsDragEnabled
            if item_id is not None:
                flags |= Qt.ItemFlag.ItemIsUserCheckable
        else:
            flags |= Qt.ItemFlag.ItemIsEnabled
        item.setFlags(flags)
        self.list.addItem(item)
        return item

    def finish(self) -> None:
        """A line that is typed, but not ended with Enter, belongs to the list."""
        self._add()

    def _add(self) -> None:
        said = self.add.text().strip()
        if said:
            self._filling = True
            self.list.scrollToItem(self._item(said, None))
            self._filling = False
            self.add.clear()
            self._touched()

    def _changed(self, item: QListWidgetItem) -> None:
        if self._filling:
            return
        done = item.checkState() == Qt.CheckState.Checked
        if item.data(_ID) is not None and done != bool(item.data(_DONE)):
            item_id = int(item.data(_ID))
            self._filling = True
            item.setData(_DONE, done)
            self._filling = False
            self.retranslate()
            # the list is shown anew when the answer comes: not from within its own signal
            QTimer.singleShot(0, self, lambda: self.ticked.emit(item_id, done))
        else:
            self._touched()

    def _touched(self) -> None:
        self.retranslate()
        self.changed.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Delete removes the line."""
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.KeyPress
            and event.key() == Qt.Key.Key_Delete
            and self._editable
            and self.list.currentRow() >= 0
        ):
            self.list.takeItem(self.list.currentRow())
            self._touched()
            return True
        return super().eventFilter(watched, event)

    def retranslate(self) -> None:
        """Set every text in the language in force."""
        count = self.list.count()
        done = sum(bool(self.list.item(row).data(_DONE)) for row in range(count))
        self.title.setText(
            tr("Checklist  {done} of {count}", done=done, count=count) if count else tr("Checklist")
        )
        self.add.setPlaceholderText(tr("Add an item, Enter"))
        self.list.setToolTip(
            tr("Tick what is done; double click edits, Delete removes, dragging moves.") if count else ""
        )


class Trail(QWidget):
    """What happened to a task, the newest first, and how far each of its people is."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = QLabel()
        self.title.setProperty("role", "heading")
        self.list = RowList()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(self.title)
        layout.addWidget(self.list, 1)

    def show_task(self, task: TaskView, names: Dictionary) -> None:
        """Show the trail of ``task``."""
        self.title.setText(tr("Course of the task"))
        rows = [self._part(task, user, names) for user in task.doers] if len(task.doers) > 1 else []
        for step in reversed(task.steps):
            said = tr(
                STEPS[step.verb],
                by=names.user(step.by) if step.by is not None else "–",
                about=names.user(step.about) if step.about is not None else "–",
            )
            rows.append(
                Row(
                    f"{said}: {step.said}" if step.said else said,
                    lead=short_moment(step.at),
                    strong=False,
                )
            )
        created = tr("{by} created it", by=names.user(task.owner_id))
        rows.append(Row(created, lead=short_moment(task.created_at), strong=False))
        self.list.set_rows(rows)

    @staticmethod
    def _part(task: TaskView, user: int, names: Dictionary) -> Row:
        if user in task.done_by:
            chip, tone = tr("Part completed"), "good"
        elif user in task.accepted_by:
            chip, tone = tr("In progress"), "accent"
        else:
            chip, tone = tr("Not accepted yet"), "waiting"
        return Row(names.user(user), icon="user", chip=chip, tone=tone, strong=False)
