"""Rows of a file in a table: as they are, and as a check found them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QBrush, QPainter
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from services.entity import Field
from services.errors import ShukeError
from services.importing.checking import Action, CheckedRow
from services.importing.rejected import sentence
from services.language import mark, tr
from services.tabular.reading import Cell, Row
from widgets.base.style import tokens


class GroundDelegate(QStyledItemDelegate):
    """Paints the model's ground of a cell, which the style sheet's items leave out."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """The ground, then the item as always."""
        brush = index.data(Qt.ItemDataRole.BackgroundRole)
        if isinstance(brush, QBrush):
            painter.fillRect(option.rect, brush)
        super().paint(painter, option, index)


LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
Index = QModelIndex | QPersistentModelIndex

WORDS = {
    Action.CREATE: mark("New"),
    Action.UPDATE: mark("Update"),
    Action.SKIP: mark("Skip"),
    Action.REJECT: mark("Refused"),
}
_LOOK = {Action.CREATE: "good", Action.UPDATE: "link", Action.SKIP: "waiting", Action.REJECT: "bad"}


def shown(cell: Cell) -> str:
    """A cell as one line of text."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return tr("Yes") if cell else tr("No")
    if isinstance(cell, datetime):
        return cell.isoformat(" ", "minutes")
    if isinstance(cell, date):
        return cell.isoformat()
    return " ".join(str(cell)[:200].split())


class PreviewModel(QAbstractTableModel):
    """The first rows of a file, its header marked."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: Sequence[Row] = ()
        self._titles: Sequence[str] = ()
        self._first = 1

    def show_rows(self, rows: Sequence[Row], titles: Sequence[str], first: int) -> None:
        """Show ``rows`` under ``titles``; those before number ``first`` are no data."""
        self.beginResetModel()
        self._rows, self._titles, self._first = rows, titles, first
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Rows."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Columns."""
        return 0 if parent.isValid() else len(self._titles)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Text, and the ground of rows above the data."""
        row = self._rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return shown(row.cells[index.column()]) if index.column() < len(row.cells) else ""
        if role == Qt.ItemDataRole.BackgroundRole and row.number < self._first:
            return QBrush(tokens().color("selected"))
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Titles of the columns, numbers of the rows."""
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        if orientation == Qt.Orientation.Vertical:
            return self._rows[section].number
        return self._titles[section]


class CheckedModel(QAbstractTableModel):
    """Rows with what becomes of them: number, verdict, reasons, then the imported columns."""

    FIXED = 3

    def __init__(self) -> None:
        super().__init__()
        self._all: Sequence[CheckedRow] = ()
        self._rows: Sequence[CheckedRow] = ()
        self._columns: Sequence[tuple[Field, int]] = ()
        self._fields: Sequence[Field] = ()

    def show_rows(
        self, rows: Sequence[CheckedRow], columns: Mapping[str, int], fields: Sequence[Field]
    ) -> None:
        """Show ``rows``; ``columns`` is the place of each field in the file."""
        self.beginResetModel()
        self._fields = fields
        by_key = {field.key: field for field in fields}
        self._columns = sorted(((by_key[k], c) for k, c in columns.items()), key=lambda item: item[1])
        self._all = self._rows = rows
        self.endResetModel()

    def only(self, actions: frozenset[Action]) -> None:
        """Show only rows of ``actions``; all of them for an empty set."""
        self.beginResetModel()
        self._rows = [row for row in self._all if not actions or row.action in actions]
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Rows."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Columns."""
        return 0 if parent.isValid() else self.FIXED + len(self._columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Text, colours, and the reason as a tip."""
        row = self._rows[index.row()]
        place = index.column() - self.FIXED
        problem = row.problems.get(self._columns[place][0].key) if place >= 0 else None
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._text(row, index.column())
            case Qt.ItemDataRole.ToolTipRole:
                return str(problem) if problem is not None else (self.reasons(row) or None)
            case Qt.ItemDataRole.BackgroundRole if problem is not None:
                return QBrush(tokens().color("bad_ground"))
            case Qt.ItemDataRole.ForegroundRole if problem is not None:
                return QBrush(tokens().color("bad"))
            case Qt.ItemDataRole.ForegroundRole if index.column() == 1:
                return QBrush(tokens().color(_LOOK[row.action]))
            case Qt.ItemDataRole.TextAlignmentRole if index.column() == 0:
                return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def reasons(self, row: CheckedRow) -> str:
        """Why a row is refused or skipped, in words."""
        problems: list[ShukeError] = list(row.problems.values())
        if row.reason is not None:
            problems.append(row.reason)
        return tr("; ").join(sentence(problem, self._fields) for problem in problems)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Titles."""
        if role != Qt.ItemDataRole.DisplayRole or orientation != Qt.Orientation.Horizontal:
            return None
        if section < self.FIXED:
            return (tr("Row"), tr("What happens"), tr("Why"))[section]
        return tr(self._columns[section - self.FIXED][0].title)

    def _text(self, row: CheckedRow, column: int) -> str:
        if column == 0:
            return str(row.number)
        if column == 1:
            return tr(WORDS[row.action])
        if column == 2:
            return self.reasons(row)
        place = self._columns[column - self.FIXED][1]
        return shown(row.cells[place]) if place < len(row.cells) else ""
