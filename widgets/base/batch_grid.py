"""Creation of many records in a grid: typed or pasted from Excel, every row checked before any is saved (PLT-17)."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from PySide6.QtCore import QEvent, QItemSelectionModel, QModelIndex, QPersistentModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemDelegate,
    QAbstractItemView,
    QCheckBox,
    QCompleter,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from services.entity import Entity, Field, Kind
from services.errors import Cancelled, ConnectionLost, ShukeError
from services.importing.found import imported_query
from services.importing.grid import MOST, GridCheck, plan_of, save_grid
from services.importing.plan import importable_fields, required
from services.importing.running import Outcome
from services.language import tr
from services.tabular.clipboard import paste_table
from widgets.base.batch_model import BatchModel, as_rows
from widgets.base.client import Client
from widgets.base.import_wizard.rows_model import GroundDelegate
from widgets.base.messages import MessageBar
from widgets.base.tasks import Control, TaskSlot

WIDTHS = {
    Kind.TEXT: 130,
    Kind.LONG_TEXT: 200,
    Kind.PHONE: 120,
    Kind.EMAIL: 160,
    Kind.REGION: 140,
    Kind.URL: 150,
}


def usual_columns(entity: Entity) -> frozenset[str]:
    """Keys of the fields that stand in a grid at first: those of the list, and who else is made with a row."""
    usual = {column.key for column in entity.columns if column.shown}
    companion = entity.companion
    if companion is not None:
        usual |= {companion.name} | {f"{companion.prefix}.{key}" for key in companion.unique}
    return frozenset(usual)


class _Delegate(GroundDelegate):
    """Editors that know the choices of their field."""

    def __init__(self, client: Client, entity: Entity, model: BatchModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._client, self._entity, self._model = client, entity, model

    def createEditor(
        self, parent: QWidget, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QWidget:
        """A line with the names of the choices to complete."""
        line = QLineEdit(parent)
        names = self._names(self._model.fields[index.column()])
        if names:
            completer = QCompleter(names, line)
            completer.setFilterMode(Qt.MatchFlag.MatchContains)
            completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
            line.setCompleter(completer)
        return line

    def _names(self, field: Field) -> list[str]:
        dictionary = self._client.dictionary
        if field.kind is Kind.CHOICE:
            return [choice.label for choice in dictionary.of(field.dictionary or "")]
        if field.kind is Kind.USER:
            return [dictionary.user(user) for user in dictionary.active_users]
        if field.kind is Kind.YES_NO:
            return [tr("Yes"), tr("No")]
        column = next((c for c in self._entity.columns if c.key == field.key), None)
        return [tr(title) for title in ((column.labels if column else None) or {}).values()]


class _GridTable(QTableView):
    """Typing goes right with Enter, to the next row after the last column."""

    pasted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setEditTriggers(
            QAbstractItemView.EditTrigger.AnyKeyPressed
            | QAbstractItemView.EditTrigger.DoubleClicked
            | QAbstractItemView.EditTrigger.EditKeyPressed
        )
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setWordWrap(False)
        self.horizontalHeader().setDefaultAlignment(
            Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        )

    def closeEditor(self, editor: QWidget, hint: QAbstractItemDelegate.EndEditHint) -> None:
        """Enter goes on to the next cell once the editor is gone."""
        super().closeEditor(editor, hint)
        if hint == QAbstractItemDelegate.EndEditHint.SubmitModelCache:
            QTimer.singleShot(0, self, self.go_on)

    def show_cell(self, index: QModelIndex) -> None:
        """Go to one cell, whatever keys are held."""
        self.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)

    def go_on(self) -> None:
        """The next cell."""
        now = self.currentIndex()
        row, column = now.row(), now.column() + 1
        while column < self.model().columnCount() and self.isColumnHidden(column):
            column += 1
        if column >= self.model().columnCount():
            row, column = row + 1, 0
        if row < self.model().rowCount():
            self.show_cell(self.model().index(row, column))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Paste, clear, go on."""
        if event.matches(QKeySequence.StandardKey.Paste):
            self.pasted.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            self.go_on()
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            model = self.model()
            assert isinstance(model, BatchModel)
            model.clear_cells(self.selectionModel().selectedIndexes())
        else:
            super().keyPressEvent(event)
            return
        event.accept()


class BatchGridPage(QWidget):
    """A page of the workspace. What is typed survives a restart; nothing is saved until every row is good."""

    title_changed = Signal()
    dirty_changed = Signal()

    def __init__(self, client: Client, entity: Entity, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("page", "plain")
        self.client, self.entity = client, entity
        self._key: UUID = uuid4()
        self._was_dirty = False
        fields = importable_fields(entity, client.user)
        self._usual = usual_columns(entity)
        needed = frozenset(field.key for field in required(entity, fields))
        ordered = sorted(fields, key=lambda field: field.key not in needed)
        self.model = BatchModel(ordered, needed, self)
        self.table = _GridTable()
        self.table.setModel(self.model)
        self.table.setItemDelegate(_Delegate(client, entity, self.model, self.table))
        for place, field in enumerate(ordered):
            self.table.setColumnWidth(place, 190 if field.key in needed else WIDTHS.get(field.kind, 110))
        self.heading, self.hint, self.said = QLabel(), QLabel(), QLabel()
        self.heading.setProperty("role", "title")
        self.hint.setProperty("role", "muted")
        self.said.setWordWrap(True)
        self.all_box, self.again_box = QCheckBox(), QCheckBox()
        self.again_box.hide()
        self.next_button, self.remove_button, self.save_button = QPushButton(), QPushButton(), QPushButton()
        self.save_button.setProperty("primary", True)
        self.messages = MessageBar()
        self._slot = TaskSlot(self)
        self._lay_out()
        self._connect()
        self._show_columns()
        self.retranslate()
        self.setFocusProxy(self.table)
        self.table.show_cell(self.model.index(0, 0))

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(12, 8, 12, 4)
        head.setSpacing(8)
        head.addWidget(self.heading)
        head.addWidget(self.hint, 1)
        head.addWidget(self.all_box)
        head.addWidget(self.remove_button)
        head.addWidget(self.save_button)
        foot = QHBoxLayout()
        foot.setContentsMargins(12, 6, 12, 6)
        foot.addWidget(self.said, 1)
        foot.addWidget(self.again_box)
        foot.addWidget(self.next_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addWidget(self.messages)
        layout.addWidget(self.table, 1)
        layout.addLayout(foot)

    def _connect(self) -> None:
        self.model.edited.connect(self._edited)
        self.table.pasted.connect(self.paste)
        self.table.selectionModel().currentChanged.connect(lambda *_: self._say())
        self.all_box.toggled.connect(self._show_columns)
        self.save_button.clicked.connect(self.save)
        self.remove_button.clicked.connect(self.remove_rows)
        self.next_button.clicked.connect(self.go_to_wrong)
        for keys, call in (("Ctrl+S", self.save), ("F8", self.go_to_wrong), ("Ctrl+Del", self.remove_rows)):
            shortcut = QShortcut(
                QKeySequence(keys), self, context=Qt.ShortcutContext.WidgetWithChildrenShortcut
            )
            shortcut.activated.connect(call)

    # -- the workspace ------------------------------------------------------------------------------------

    def title(self) -> str:
        """Text of the tab."""
        return tr("New in a grid: {name}", name=tr(self.entity.plural))

    def dirty(self) -> bool:
        """Whether anything is typed."""
        return self.model.filled() > 0

    def can_close(self) -> bool:
        """Asks about what is typed."""
        if not self.dirty():
            return True
        self.messages.clear()
        self.messages.warning(
            tr("There are {count} rows here that are not saved.", count=self.model.filled()),
            (tr("Discard them"), self.discard),
        )
        return False

    def discard(self) -> None:
        """Give up what is typed."""
        self.model.show_rows([])

    def state(self) -> dict[str, Any]:
        """What is typed."""
        return {"rows": self.model.rows()}

    def restore(self, state: dict[str, Any]) -> None:
        """What was typed before."""
        self.model.show_rows(as_rows(state))

    # -- what is done -------------------------------------------------------------------------------------

    def paste(self) -> None:
        """The clipboard at the current cell; its titles, if it has any, say where the columns belong."""
        try:
            cells = paste_table(QGuiApplication.clipboard().text())
        except ShukeError as error:
            self.messages.error(error)
            return
        now = self.table.currentIndex()
        left = self.model.paste(max(0, now.row()), max(0, now.column()), cells) if cells else 0
        if left:
            self.messages.warning(
                tr(
                    "{count} rows did not fit: a grid holds {most}. Import larger tables as a file.",
                    count=left,
                    most=MOST,
                )
            )

    def remove_rows(self) -> None:
        """Take the chosen rows out."""
        now = self.table.currentIndex()
        row, column = now.row(), now.column()
        self.model.remove([index.row() for index in self.table.selectionModel().selectedIndexes()])
        if row >= 0:
            self.table.show_cell(self.model.index(min(row, self.model.rowCount() - 1), column))

    def go_to_wrong(self) -> None:
        """The next cell that is wrong."""
        index = self.model.next_wrong(self.table.currentIndex())
        if index.isValid():
            self.table.show_cell(index)
            self.table.setFocus()

    def save(self) -> None:
        """Check every row; save them all if all are good."""
        self.table.setFocus()  # an open editor commits
        rows = self.model.rows()
        if not rows or self._slot.busy:
            return
        client = self.client
        source, plan = plan_of(self.entity, self.model.fields, rows, again=self.again_box.isChecked())
        key = self._key

        def work(control: Control) -> GridCheck | Outcome:
            return save_grid(
                client.database,
                source,
                plan,
                client.user,
                client.dictionary,
                key,
                cancelled=lambda: control.cancelled,
            )

        self.save_button.setEnabled(False)
        self.said.setText(tr("Every row is being checked …"))
        self._slot.start(work, self._saved, self._failed, title=self.title())

    def _saved(self, answer: GridCheck | Outcome) -> None:
        self.save_button.setEnabled(True)
        if isinstance(answer, GridCheck):
            self._key = uuid4()
            self.again_box.setVisible(answer.duplicates)
            self.model.show_check(answer)
            self.table.show_cell(self.model.index(0, 0))
            if not self.model.reason(self.table.currentIndex()):
                self.go_to_wrong()
            self._say()
            return
        query = imported_query(self.entity, answer.import_id)
        self._key = uuid4()
        self.again_box.setChecked(False)
        self.again_box.hide()
        self.model.show_rows([])
        self.table.show_cell(self.model.index(0, 0))
        self.messages.clear()
        self.messages.done(
            tr("{count} records were made.", count=answer.created),
            (tr("Show them"), lambda: self.client.shell.open_list(query)),
        )

    def _failed(self, error: Exception) -> None:
        self.save_button.setEnabled(True)
        if not isinstance(error, ConnectionLost):
            self._key = uuid4()
        self._say()
        if not isinstance(error, Cancelled):
            self.messages.error(error)

    def _show_columns(self) -> None:
        """Those that are needed, usual or filled; all of them where that is wanted."""
        filled, everything = self.model.filled_columns(), self.all_box.isChecked()
        for place, field in enumerate(self.model.fields):
            shown = everything or field.key in self._usual or self.model.needs(field) or place in filled
            self.table.setColumnHidden(place, not shown)

    # -- what is said -------------------------------------------------------------------------------------

    def _edited(self) -> None:
        if self.dirty() != self._was_dirty:
            self._was_dirty = self.dirty()
            self.dirty_changed.emit()
        self._key = uuid4()
        self._show_columns()
        self._say()

    def _say(self) -> None:
        filled, wrong = self.model.filled(), len(self.model.wrong_rows())
        index = self.table.currentIndex()
        reason = self.model.reason(index) if index.isValid() else ""
        if reason:
            field = self.model.fields[index.column()]
            text = tr(
                "Row {row}, {field}: {reason}", row=index.row() + 1, field=tr(field.title), reason=reason
            )
        elif wrong:
            text = tr(
                "{wrong} of {count} rows have to be corrected; nothing was saved.", wrong=wrong, count=filled
            )
        else:
            text = tr("{count} rows", count=filled) if filled else ""
        self.said.setProperty("tone", "bad" if wrong else "")
        self.said.style().polish(self.said)
        self.said.setText(text)
        self.next_button.setVisible(bool(wrong))
        self.save_button.setEnabled(bool(filled) and not self._slot.busy)

    def retranslate(self) -> None:
        """Set every text."""
        self.heading.setText(self.title())
        self.hint.setText(tr("Type, or paste a range copied from Excel, with or without its titles."))
        self.save_button.setText(tr("Check and save all"))
        self.save_button.setToolTip(tr("Checks every row; saves all of them or none (Ctrl+S)"))
        self.all_box.setText(tr("All columns"))
        self.remove_button.setText(tr("Remove rows"))
        self.remove_button.setToolTip(tr("Take the chosen rows out (Ctrl+Del)"))
        self.next_button.setText(tr("Next error"))
        self.next_button.setToolTip(tr("The next cell that has to be corrected (F8)"))
        self.again_box.setText(tr("Make them although they exist already"))
        self.table.setAccessibleName(self.title())
        self.model.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, self.model.columnCount() - 1)
        self._say()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
            self.title_changed.emit()
        super().changeEvent(event)
