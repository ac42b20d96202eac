"""Imports that were made before: what they brought, and one of them taken back, days later too (PLT-19)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QEvent, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from services.entity import Kind
from services.importing.found import PastImport
from services.language import mark, tr
from widgets.base.formatting import number_text, time_text
from widgets.base.icons import icon
from widgets.base.small_table import Part, SmallTable


def _count(name: str) -> Any:
    return lambda row: number_text(getattr(row, name), Kind.INTEGER)


_TYPED = {"clipboard": mark("Rows from the clipboard"), "grid": mark("Typed into a table")}
"""What came from no file."""


def _file(row: PastImport) -> str:
    return tr(_TYPED[row.file_name]) if row.file_name in _TYPED else row.file_name


def _state(row: PastImport) -> str:
    return tr("undone {when}", when=time_text(row.undone_at)) if row.undone_at is not None else ""


PARTS = (
    Part(mark("Imported at"), lambda row: time_text(row.at), width=140),
    Part(mark("File"), _file, width=260),
    Part(mark("Created"), _count("created"), True, 90),
    Part(mark("Updated"), _count("updated"), True, 90),
    Part(mark("Skipped"), _count("skipped"), True, 90),
    Part(mark("Refused"), _count("rejected"), True, 90),
    Part("", _state, width=160),
)


class EarlierImports(QFrame):
    """The user's own imports of one kind of record; hidden while there are none."""

    open_wanted = Signal(int)
    undo_wanted = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", True)
        self._title = QLabel()
        self._title.setProperty("role", "heading")
        self.table = SmallTable(PARTS, mark("Nothing was imported yet."))
        self.table.setMinimumHeight(160)
        self.open_button, self.undo_button = QPushButton(), QPushButton()
        self.open_button.setIcon(icon("list"))
        self.undo_button.setIcon(icon("undo-2", "bad"))
        self.undo_button.setProperty("danger", True)
        self._sure = False
        head = QHBoxLayout()
        head.addWidget(self._title, 1)
        head.addWidget(self.open_button)
        head.addWidget(self.undo_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 12)
        layout.setSpacing(8)
        layout.addLayout(head)
        layout.addWidget(self.table, 1)
        self.table.selectionModel().selectionChanged.connect(lambda *_: self._chosen())
        self.table.opened.connect(lambda row: self.open_wanted.emit(row.id))
        self.open_button.clicked.connect(self._open)
        self.undo_button.clicked.connect(self._undo)
        self.retranslate()
        self.hide()

    def show_imports(self, imports: Sequence[PastImport]) -> None:
        """Show what was imported, the newest first."""
        self.table.set_rows(imports)
        if imports:
            self.table.selectRow(0)
        self._chosen()

    def chosen(self) -> PastImport | None:
        """The import that is selected."""
        rows, at = self.table.rows(), self.table.currentIndex().row()
        return rows[at] if 0 <= at < len(rows) else None

    def _chosen(self) -> None:
        self._sure = False
        row = self.chosen()
        self.open_button.setEnabled(row is not None)
        self.undo_button.setEnabled(row is not None and row.undone_at is None)
        self.undo_button.setText(tr("Undo this import…"))

    def _open(self) -> None:
        if (row := self.chosen()) is not None:
            self.open_wanted.emit(row.id)

    def _undo(self) -> None:
        row = self.chosen()
        if row is None:
            return
        if not self._sure:
            # asked once more in the same place, as hundreds of records may go
            self._sure = True
            count = number_text(row.created + row.updated, Kind.INTEGER)
            self.undo_button.setText(tr("Really take {count} records back?", count=count))
            return
        self._sure = False
        self.undo_wanted.emit(row.id)

    def retranslate(self) -> None:
        """Set every text in the language in force."""
        self._title.setText(tr("Earlier imports"))
        self.open_button.setText(tr("Show the records"))
        self.table.retranslate()
        self._chosen()

    def changeEvent(self, event: QEvent) -> None:
        """Another language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
