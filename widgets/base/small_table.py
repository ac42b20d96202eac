"""A read-only table of rows that are all there already: a few hundred at most."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from services.language import tr
from widgets.base.style import style_notice, text_size, tokens

Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class Part:
    """One column: its title (a source string), how a row's value reads, whether it is a figure, its width."""

    title: str
    text: Callable[[Any], str]
    figure: bool = False
    width: int = 110
    link: bool = False


class _Model(QAbstractTableModel):
    def __init__(self, parts: Sequence[Part], parent: QWidget) -> None:
        super().__init__(parent)
        self.parts = list(parts)
        self.rows: list[Any] = []

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.parts)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        part = self.parts[index.column()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return part.text(self.rows[index.row()])
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if part.figure else Qt.AlignmentFlag.AlignLeft
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        if role == Qt.ItemDataRole.ForegroundRole and part.link:
            return tokens().color("link")
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return tr(self.parts[section].title)
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if self.parts[section].figure else Qt.AlignmentFlag.AlignLeft
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        return None


class SmallTable(QTableView):
    """The table; ``opened(row)`` on a double click, on Enter, and on a click on a link."""

    opened = Signal(object)

    def __init__(self, parts: Sequence[Part], empty: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model, self._empty = _Model(parts, self), empty
        self.setModel(self._model)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.verticalHeader().hide()
        self.setFrameShape(QTableView.Shape.NoFrame)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        for at, part in enumerate(parts):
            self.setColumnWidth(at, part.width)
        header.setStretchLastSection(True)
        self.activated.connect(self._open)
        self.clicked.connect(
            lambda index: self._open(index) if self._model.parts[index.column()].link else None
        )
        style_notice().changed.connect(self._restyle)
        self._restyle()

    def set_rows(self, rows: Sequence[Any]) -> None:
        """Show ``rows``."""
        self._model.beginResetModel()
        self._model.rows = list(rows)
        self._model.endResetModel()
        self.viewport().update()

    def rows(self) -> list[Any]:
        """What is shown."""
        return list(self._model.rows)

    def retranslate(self) -> None:
        """Titles and values in the language in force."""
        self._model.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(self._model.parts) - 1)
        if self._model.rows:
            corner = self._model.index(len(self._model.rows) - 1, len(self._model.parts) - 1)
            self._model.dataChanged.emit(self._model.index(0, 0), corner)
        self.viewport().update()

    def _restyle(self) -> None:
        self.verticalHeader().setDefaultSectionSize(round(30 * max(1.0, text_size() / 13)))

    def _open(self, index: QModelIndex) -> None:
        if index.isValid():
            self.opened.emit(self._model.rows[index.row()])

    def paintEvent(self, event: QPaintEvent) -> None:
        """The rows, or what an empty table says."""
        super().paintEvent(event)
        if not self._model.rows:
            painter = QPainter(self.viewport())
            painter.setPen(tokens().color("muted"))
            box = self.viewport().rect().adjusted(12, 14, -12, -12)
            flags = int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap)
            painter.drawText(box, flags, tr(self._empty))
            painter.end()
