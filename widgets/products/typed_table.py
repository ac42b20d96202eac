"""A table of texts that a person types row by row."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from services.language import tr


class TypedTable(QTableWidget):
    """Rows of text that are typed; an empty one stands at the end. Ctrl+Del deletes a row."""

    edited = Signal()

    def __init__(self, columns: Sequence[tuple[str, str]], parent: QWidget | None = None) -> None:
        super().__init__(0, len(columns), parent)
        self._keys = [key for key, _title in columns]
        self._titles = [title for _key, title in columns]
        self._filling = False
        self._read_only = False
        self.setShowGrid(True)
        self.verticalHeader().hide()
        self.setFrameShape(QTableWidget.Shape.NoFrame)
        header = self.horizontalHeader()
        for at in range(len(columns) - 1):
            header.setSectionResizeMode(at, QHeaderView.ResizeMode.Interactive)
            self.setColumnWidth(at, 240)
        header.setStretchLastSection(True)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.itemChanged.connect(self._item_changed)

    def show_rows(self, rows: Sequence[Sequence[str]], *, read_only: bool) -> None:
        """Show other rows."""
        self._filling, self._read_only = True, read_only
        self.setEditTriggers(
            QAbstractItemView.EditTrigger.NoEditTriggers
            if read_only
            else QAbstractItemView.EditTrigger.AllEditTriggers
        )
        self.setRowCount(0)
        for row in rows:
            self._append(row)
        if not read_only:
            self._append([""] * len(self._keys))
        self._filling = False

    def _append(self, row: Sequence[str]) -> None:
        at = self.rowCount()
        self.insertRow(at)
        for column, text in enumerate(row):
            self.setItem(at, column, QTableWidgetItem(text))

    def type(self, row: int, column: int, text: str) -> None:
        """Put ``text`` into a cell, as a person does."""
        item = self.item(row, column)
        assert item is not None
        item.setText(text)

    def typed(self) -> list[dict[str, str]]:
        """The rows that hold something."""
        rows = []
        for at in range(self.rowCount()):
            items = [self.item(at, column) for column in range(self.columnCount())]
            texts = ["" if item is None else item.text().strip() for item in items]
            if any(texts):
                rows.append(dict(zip(self._keys, texts, strict=True)))
        return rows

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ctrl+Del takes the row away."""
        control = event.modifiers() & Qt.KeyboardModifier.ControlModifier
        if event.key() == Qt.Key.Key_Delete and control and not self._read_only:
            if 0 <= self.currentRow() < self.rowCount() - 1:
                self.removeRow(self.currentRow())
                self.edited.emit()
            return
        super().keyPressEvent(event)

    def _item_changed(self, item: QTableWidgetItem) -> None:
        if self._filling:
            return
        if item.row() == self.rowCount() - 1 and item.text().strip():
            self._filling = True
            self._append([""] * len(self._keys))
            self._filling = False
        self.edited.emit()

    def retranslate(self) -> None:
        """Titles in the language in force."""
        self.setHorizontalHeaderLabels([tr(title) for title in self._titles])
