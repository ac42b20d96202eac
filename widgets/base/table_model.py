"""The rows that a list shows now, for Qt: a window of one Page, never more.

What leaves the window is forgotten: scrolling back asks the database again, so that nothing is painted that it
would refuse now.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from services.entity import NUMBERS, Column, Kind
from services.language import tr
from services.listing import Page, Row
from services.session import Dictionary
from widgets.base.formatting import chip_of, value_text

Index = QModelIndex | QPersistentModelIndex
CHIP: Final = Qt.ItemDataRole.UserRole + 1
"""A formatting.Chip, or None."""
LINK: Final = Qt.ItemDataRole.UserRole + 2
"""(entity key, id) that a click opens, or None."""
VALUE: Final = Qt.ItemDataRole.UserRole + 3
"""The value itself: a Decimal stays a Decimal."""
_RIGHT: Final = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_LEFT: Final = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_CENTRE: Final = Qt.AlignmentFlag.AlignCenter


class PageModel(QAbstractTableModel):
    """Column 0 is the tick of the selection; the others are the columns shown, in their order.

    ``rowCount`` is the length of the page, or of the whole result while scrolling continuously; rows outside
    the window are empty until it comes to them.
    """

    def __init__(self, chosen: Mapping[int, int | None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.columns: tuple[Column, ...] = ()
        self.order: tuple[str, ...] = ()
        """Keys the rows are sorted by, for the arrows in the header."""
        self.dictionary = Dictionary()
        self._chosen = chosen
        self._rows: tuple[Row, ...] = ()
        self._start = 0
        self._count = 0

    # -- what is shown ------------------------------------------------------------------------------------

    def show_columns(self, columns: tuple[Column, ...]) -> None:
        """Show other columns; the rows go, because they were read for the old ones."""
        self.beginResetModel()
        self.columns = columns
        self._rows, self._start, self._count = (), 0, 0
        self.endResetModel()

    def show_page(self, page: Page) -> None:
        """Show just this page."""
        self._show(page.rows, 0, len(page.rows))

    def show_window(self, page: Page, total: int) -> None:
        """Show this part of a result of ``total`` rows."""
        self._show(page.rows, page.first, max(total, page.first + len(page.rows)))

    def _show(self, rows: tuple[Row, ...], start: int, count: int) -> None:
        # no reset: scroll position, current cell and a running click stay
        if count < self._count:
            self.beginRemoveRows(QModelIndex(), count, self._count - 1)
            self._rows, self._start, self._count = rows, start, count
            self.endRemoveRows()
        elif count > self._count:
            self.beginInsertRows(QModelIndex(), self._count, count - 1)
            self._rows, self._start, self._count = rows, start, count
            self.endInsertRows()
        else:
            self._rows, self._start = rows, start
        if count and self.columns:
            self.dataChanged.emit(self.index(0, 0), self.index(count - 1, len(self.columns)))

    def clear(self) -> None:
        """Forget every row."""
        self._show((), 0, 0)

    @property
    def rows(self) -> tuple[Row, ...]:
        """The rows in the window."""
        return self._rows

    def row_at(self, row: int) -> Row | None:
        """The row of the table's ``row``; None outside the window."""
        place = row - self._start
        return self._rows[place] if 0 <= place < len(self._rows) else None

    def place_of(self, record_id: int) -> int | None:
        """The table row of a record in the window."""
        for place, row in enumerate(self._rows):
            if row.id == record_id:
                return self._start + place
        return None

    def holds(self, first: int, last: int) -> bool:
        """Whether all rows from ``first`` to ``last`` are in the window."""
        return self._start <= first and min(last, self._count - 1) < self._start + len(self._rows)

    def column_at(self, section: int) -> Column | None:
        """The column of a section; None for the ticks."""
        return self.columns[section - 1] if 1 <= section <= len(self.columns) else None

    def values_of(self, key: str) -> Iterator[Any]:
        """The values of one column in the window, for the page's totals."""
        for place, column in enumerate(self.columns):
            if column.key == key:
                yield from (row.values[place] for row in self._rows)

    def ticks_changed(self) -> None:
        """The selection changed: paint the ticks again."""
        if self._count:
            self.dataChanged.emit(self.index(0, 0), self.index(self._count - 1, 0))

    # -- Qt -----------------------------------------------------------------------------------------------

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Rows of the page or the result."""
        return 0 if parent.isValid() else self._count

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Columns shown, and the ticks."""
        return 0 if parent.isValid() else len(self.columns) + 1

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Everything can be chosen, nothing edited here."""
        base = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        return base | Qt.ItemFlag.ItemIsUserCheckable if index.column() == 0 else base

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """What the view paints."""
        row = self.row_at(index.row())
        if row is None:
            return None
        if index.column() == 0:
            if role == Qt.ItemDataRole.CheckStateRole:
                return Qt.CheckState.Checked if row.id in self._chosen else Qt.CheckState.Unchecked
            return None
        place = index.column() - 1
        column, value = self.columns[place], row.values[place]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return value_text(column, value, self.dictionary)
            case Qt.ItemDataRole.TextAlignmentRole:
                return _alignment(column)
            case Qt.ItemDataRole.ToolTipRole:
                text = value_text(column, value, self.dictionary)
                return text if len(text) > 12 else None
            case _ if role == CHIP:
                return chip_of(column, value, self.dictionary)
            case _ if role == LINK:
                opened = row.opens[place] if row.opens[place] is not None else row.id
                entity = (row.entities[place] if row.entities else None) or column.opens
                if entity is None or (row.opens[place] is None and column.opens_id is not None):
                    return None
                return (entity, opened)
            case _ if role == VALUE:
                return value
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Titles, with an arrow (and the rank, if there are several) on those sorted by."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        column = self.column_at(section)
        if column is None:
            return "" if role == Qt.ItemDataRole.DisplayRole else None
        if role == Qt.ItemDataRole.DisplayRole:
            return tr(column.title) + self._arrow(column.key)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(column)
        return None

    def _arrow(self, key: str) -> str:
        # what ties are broken by in the end (the id) is no column, so it is no rank either
        known = {column.key for column in self.columns}
        order = [name for name in self.order if name.lstrip("-") in known]
        names = [name.lstrip("-") for name in order]
        if key not in names:
            return ""
        place = names.index(key)
        arrow = " ▼" if order[place].startswith("-") else " ▲"
        return f"{arrow}{place + 1}" if len(names) > 1 else arrow


def _alignment(column: Column) -> Qt.AlignmentFlag:
    if column.kind in NUMBERS:
        return _RIGHT
    return _CENTRE if column.kind == Kind.YES_NO else _LEFT
