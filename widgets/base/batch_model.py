"""The cells of a grid in which many records are typed or pasted, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QBrush

from services.entity import NUMBERS, Field
from services.importing.grid import MOST, GridCheck, titled
from services.language import tr
from widgets.base.style import tokens

Index = QModelIndex | QPersistentModelIndex
SPARE: Final = 12
"""Empty rows that stand below what is filled."""


class BatchModel(QAbstractTableModel):
    """Text by row and field. A cell that is changed loses what was said about it, as does its row."""

    edited = Signal()

    def __init__(
        self, fields: Sequence[Field], required: frozenset[str], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.fields = tuple(fields)
        self._required = required
        self._cells: list[list[str]] = []
        self._wrong: dict[int, dict[str, str]] = {}
        self._whole: dict[int, str] = {}
        self._grow(0)

    # -- what it holds ------------------------------------------------------------------------------------

    def filled(self) -> int:
        """Number of the last row that holds anything; 0 for an empty grid."""
        return max((n for n, row in enumerate(self._cells, 1) if any(c.strip() for c in row)), default=0)

    def filled_columns(self) -> set[int]:
        """Places of the columns that hold anything."""
        return {place for row in self._cells for place, cell in enumerate(row) if cell.strip()}

    def needs(self, field: Field) -> bool:
        """Whether no row is good without ``field``."""
        return field.key in self._required

    def rows(self) -> list[list[str]]:
        """The rows up to the last that holds anything."""
        return [list(row) for row in self._cells[: self.filled()]]

    def show_rows(self, rows: Sequence[Sequence[str]]) -> None:
        """Hold just these rows."""
        self.beginResetModel()
        width = len(self.fields)
        self._cells = [[str(c) for c in row][:width] + [""] * (width - len(row)) for row in rows[:MOST]]
        self._wrong, self._whole = {}, {}
        self._cells += [[""] * width for _ in range(min(SPARE, MOST - len(self._cells)))]
        self.endResetModel()
        self.edited.emit()

    def _grow(self, rows: int) -> None:
        wanted = min(MOST, rows + SPARE)
        have = len(self._cells)
        if have < wanted:
            self.beginInsertRows(QModelIndex(), have, wanted - 1)
            self._cells += [[""] * len(self.fields) for _ in range(wanted - have)]
            self.endInsertRows()

    def paste(self, row: int, column: int, cells: Sequence[Sequence[str]]) -> int:
        """Put a copied range at a cell, or by its titles if its first row holds them; rows that did not fit."""
        by_title = titled(cells, self.fields)
        if by_title is not None:
            cells = cells[1:]
        fitting = cells[: MOST - row]
        self._grow(row + len(fitting))
        for down, line in enumerate(fitting):
            for across, cell in enumerate(line):
                place = column + across if by_title is None else by_title.get(across, -1)
                if 0 <= place < len(self.fields):
                    self._cells[row + down][place] = " ".join(cell.split())
            self._forget(row + down)
        if fitting:
            self._tell(row, row + len(fitting) - 1)
        return len(cells) - len(fitting)

    def clear_cells(self, indexes: Sequence[Index]) -> None:
        """Empty these cells."""
        for index in indexes:
            self._cells[index.row()][index.column()] = ""
            self._forget(index.row())
        if indexes:
            self._tell(min(i.row() for i in indexes), max(i.row() for i in indexes))

    def remove(self, rows: Sequence[int]) -> None:
        """Take whole rows out; what is below moves up."""
        for row in sorted(set(rows), reverse=True):
            self.beginRemoveRows(QModelIndex(), row, row)
            del self._cells[row]
            self.endRemoveRows()
            self._wrong = {n - (n > row): said for n, said in self._wrong.items() if n != row}
            self._whole = {n - (n > row): said for n, said in self._whole.items() if n != row}
        self._grow(self.filled())
        self.edited.emit()

    # -- what is wrong ------------------------------------------------------------------------------------

    def show_check(self, found: GridCheck) -> None:
        """Mark what is wrong."""
        self._wrong = {row: dict(said) for row, said in found.cells.items()}
        self._whole = dict(found.whole)
        self._paint(0, len(self._cells) - 1)

    def wrong_rows(self) -> list[int]:
        """Rows that something is wrong with."""
        return sorted({*self._wrong, *self._whole})

    def reason(self, index: Index) -> str:
        """What is wrong with a cell or its row; empty for nothing."""
        own = self._wrong.get(index.row(), {}).get(self.fields[index.column()].key, "")
        return own or self._whole.get(index.row(), "")

    def next_wrong(self, after: Index) -> QModelIndex:
        """The next cell that is wrong, from the top again after the last; invalid if there is none."""
        places = [
            (row, column)
            for row in self.wrong_rows()
            for column, field in enumerate(self.fields)
            if field.key in self._wrong.get(row, {}) or (row in self._whole and column == 0)
        ]
        if not places:
            return QModelIndex()
        now = (after.row(), after.column()) if after.isValid() else (-1, -1)
        return self.index(*next((place for place in places if place > now), places[0]))

    def _forget(self, row: int) -> None:
        self._wrong.pop(row, None)
        self._whole.pop(row, None)

    def _tell(self, first: int, last: int) -> None:
        self._paint(first, last)
        self.edited.emit()

    def _paint(self, first: int, last: int) -> None:
        self.dataChanged.emit(self.index(first, 0), self.index(last, len(self.fields) - 1))
        self.headerDataChanged.emit(Qt.Orientation.Vertical, first, last)

    # -- Qt -----------------------------------------------------------------------------------------------

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Rows, the spare ones too."""
        return 0 if parent.isValid() else len(self._cells)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """One for each field."""
        return 0 if parent.isValid() else len(self.fields)

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Every cell is typed into."""
        return super().flags(index) | Qt.ItemFlag.ItemIsEditable

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Text, and the ground of what is wrong."""
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return self._cells[index.row()][index.column()]
        if role == Qt.ItemDataRole.BackgroundRole and self.reason(index):
            own = self.fields[index.column()].key in self._wrong.get(index.row(), {})
            return QBrush(tokens().color("bad_ground" if own else "waiting_ground"))
        if role == Qt.ItemDataRole.ToolTipRole:
            return self.reason(index) or None
        if role == Qt.ItemDataRole.TextAlignmentRole and self.fields[index.column()].kind in NUMBERS:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """What was typed."""
        if role != Qt.ItemDataRole.EditRole:
            return False
        if self._cells[index.row()][index.column()] != str(value):
            self._cells[index.row()][index.column()] = str(value)
            self._forget(index.row())
            self._grow(self.filled())
            self._tell(index.row(), index.row())
        return True

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Titles, a star on those that are needed; numbers of rows, marked where something is wrong."""
        if orientation == Qt.Orientation.Horizontal:
            field = self.fields[section]
            if role == Qt.ItemDataRole.DisplayRole:
                return tr(field.title) + (" *" if field.key in self._required else "")
            if role == Qt.ItemDataRole.ToolTipRole:
                return tr(field.help) if field.help else None
            return None
        wrong = section in self._wrong or section in self._whole
        if role == Qt.ItemDataRole.DisplayRole:
            return f"{section + 1} ●" if wrong else str(section + 1)
        return None


def as_rows(kept: Mapping[str, Any]) -> list[list[str]]:
    """Rows out of the kept state of a page; [] for anything else."""
    rows = kept.get("rows", [])
    return [[str(c) for c in row] for row in rows if isinstance(row, list)] if isinstance(rows, list) else []
