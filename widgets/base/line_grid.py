"""A grid of lines for the keyboard: typing begins an entry, Enter walks on, numbers stay Decimal.

The declaration of its columns is all that a document's own grid adds. A column called ``product`` holds a
ProductHit and finds products while typing; ``pack`` of a row is the PackUnit that its quantity was typed in. The
order's grid with its arithmetic is widgets/sales/lines_view.py.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QGuiApplication, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemDelegate,
    QAbstractItemView,
    QLineEdit,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QToolTip,
    QWidget,
)

from services.entity import NUMBERS, Kind
from services.language import tr
from services.products.packs import PackUnit, typed_quantity
from services.products.queries import ProductHit
from services.typed import number, plain_digits
from widgets.base.formatting import date_text, number_text
from widgets.base.product_line import ProductLine, Search
from widgets.base.style import repolish, text_size, tokens

Index = QModelIndex | QPersistentModelIndex
Row = dict[str, Any]
PRODUCT = "product"
LEAST_STRETCHED = 150
"""Pixels that a column which takes the rest keeps in a narrow window."""


@dataclass(frozen=True, slots=True)
class GridColumn:
    """One column. ``check`` says what is wrong with a typed number, None if nothing; it gets the row too."""

    key: str
    title: str
    kind: Kind = Kind.TEXT
    width: int = 90
    editable: bool = False
    stretch: bool = False
    check: Callable[[Decimal, Row], str | None] | None = None


class GridModel(QAbstractTableModel):
    """Rows as dictionaries of values by column. ``growing`` keeps an empty row at the end for the next product."""

    edited = Signal(int, str)
    """Row and column that a person changed."""

    def __init__(
        self, columns: Sequence[GridColumn], *, growing: bool, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.columns = tuple(columns)
        self.growing = growing
        self.rows: list[Row] = []
        self.read_only = False
        self.tone: Callable[[Row, str], str] = lambda _row, _key: ""
        """Token of the colour in which a value is written; "" for the usual one."""

    def place(self, key: str) -> int:
        """Where the column stands."""
        return [column.key for column in self.columns].index(key)

    def entered(self) -> list[Row]:
        """The rows that hold something."""
        return [row for row in self.rows if not self.growing or row.get(PRODUCT) is not None]

    def set_rows(self, rows: Sequence[Row], *, read_only: bool) -> None:
        """Show other rows."""
        self.beginResetModel()
        self.read_only = read_only
        self.rows = [dict(row) for row in rows]
        if self.growing and not read_only:
            self.rows.append({})
        self.endResetModel()

    def change(self, row: int, key: str, value: object) -> None:
        """Put ``value`` into a cell, as a person does."""
        self.rows[row][key] = value
        self.dataChanged.emit(self.index(row, 0), self.index(row, len(self.columns) - 1))
        if self.growing and not self.read_only and self.rows[-1].get(PRODUCT) is not None:
            self.beginInsertRows(QModelIndex(), len(self.rows), len(self.rows))
            self.rows.append({})
            self.endInsertRows()
        self.edited.emit(row, key)

    def add(self, rows: Sequence[Row]) -> None:
        """Put rows behind those that are entered."""
        self.set_rows([*self.entered(), *rows], read_only=self.read_only)
        self.edited.emit(len(self.rows) - 1, PRODUCT)

    def remove(self, row: int) -> None:
        """Take a row away."""
        if self.growing and 0 <= row < len(self.entered()):
            self.beginRemoveRows(QModelIndex(), row, row)
            del self.rows[row]
            self.endRemoveRows()
            self.edited.emit(row, PRODUCT)

    def text(self, row: int, key: str) -> str:
        """What stands in a cell."""
        column = self.columns[self.place(key)]
        value = self.rows[row].get(key)
        if value is None:
            return ""
        if isinstance(value, ProductHit):
            return value.label
        if column.kind in NUMBERS:
            return number_text(value, column.kind)
        return date_text(value) if column.kind == Kind.DATE else str(value)

    def _waits(self, row: int, key: str) -> bool:
        """The cell in which the next product is typed."""
        return key == PRODUCT and self.growing and not self.read_only and not self.rows[row].get(PRODUCT)

    # QAbstractTableModel

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self.columns)

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        column = self.columns[index.column()]
        waiting = self.growing and self.rows[index.row()].get(PRODUCT) is None and column.key != PRODUCT
        if column.editable and not self.read_only and not waiting:
            flags |= Qt.ItemFlag.ItemIsEditable
        return flags

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return tr(self.columns[section].title)
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.TextAlignmentRole:
            return self._alignment(section)
        return None

    def _alignment(self, place: int) -> Qt.AlignmentFlag:
        side = (
            Qt.AlignmentFlag.AlignRight if self.columns[place].kind in NUMBERS else Qt.AlignmentFlag.AlignLeft
        )
        return side | Qt.AlignmentFlag.AlignVCenter

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row, column = index.row(), self.columns[index.column()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            if self._waits(row, column.key):
                return tr("Name, model, number, bar code or pinyin")
            return self.text(row, column.key)
        if role == Qt.ItemDataRole.EditRole:
            value = self.rows[row].get(column.key)
            if isinstance(value, ProductHit):
                return value.name
            return plain_digits(value) if isinstance(value, Decimal) else str(value or "")
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self._alignment(index.column())
        if role == Qt.ItemDataRole.ForegroundRole and self._waits(row, column.key):
            return tokens().color("muted")
        if role == Qt.ItemDataRole.ForegroundRole and (tone := self.tone(self.rows[row], column.key)):
            return tokens().color(tone)
        return None

    def understand(self, row: int, column: GridColumn, text: str) -> object:
        """The value of typed ``text``; ValueError, in the user's words, if there is none."""
        if column.kind not in NUMBERS:
            return text.strip()
        try:
            value = number(text)
        except ValueError:
            product = self.rows[row].get(PRODUCT)
            packed = (
                typed_quantity(text, product.unit, product.packs)
                if column.kind == Kind.QUANTITY and isinstance(product, ProductHit)
                else None
            )
            if packed is None:
                raise ValueError(
                    tr("This is not a number. Type one such as 1,234.50, or a sum such as 12*3.")
                ) from None
            value = packed[0]
        if (
            value is not None
            and column.check is not None
            and (problem := column.check(value, self.rows[row]))
        ):
            raise ValueError(problem)
        return value

    def pack_typed(self, row: int, column: GridColumn, text: str) -> PackUnit | None:
        """The pack that an understood quantity was typed in; for a plain number the one ``agreed`` for its row."""
        product = self.rows[row].get(PRODUCT)
        agreed: PackUnit | None = self.rows[row].get("agreed")
        if column.kind != Kind.QUANTITY or not isinstance(product, ProductHit):
            return None
        try:
            number(text)
        except ValueError:
            found = typed_quantity(text, product.unit, product.packs)
            return None if found is None else found[1]
        return agreed


class _Delegate(QStyledItemDelegate):
    walked = Signal(int, int, int)
    failed = Signal(object)
    nothing_found = Signal(str)

    def __init__(self, model: GridModel, search: Search | None, parent: QWidget) -> None:
        super().__init__(parent)
        self._model, self._search = model, search

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        column = self._model.columns[index.column()]
        if column.key == PRODUCT and self._search is not None:
            product = ProductLine(self._search, False, parent)
            place = QPersistentModelIndex(index)
            product.chosen.connect(partial(self._chosen, product, place))
            product.failed.connect(self.failed)
            product.nothing_found.connect(self.nothing_found)
            return product
        line = QLineEdit(parent)
        if column.kind in NUMBERS:
            line.setAlignment(Qt.AlignmentFlag.AlignRight)
        return line

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        if isinstance(editor, QLineEdit) and not editor.isModified():
            editor.setText(str(index.data(Qt.ItemDataRole.EditRole) or ""))
            editor.selectAll()

    def setModelData(self, editor: QWidget, model: QObject, index: Index) -> None:
        if isinstance(editor, QLineEdit) and not isinstance(editor, ProductLine) and editor.isModified():
            column = self._model.columns[index.column()]
            try:
                value = self._model.understand(index.row(), column, editor.text())
            except ValueError:
                return
            row = self._model.rows[index.row()]
            pack = self._model.pack_typed(index.row(), column, editor.text())
            said_anew = column.kind == Kind.QUANTITY and pack != row.get("pack")
            if value != row.get(column.key) or said_anew:
                if column.kind == Kind.QUANTITY:
                    row["pack"] = pack
                self._model.change(index.row(), column.key, value)

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, index: Index) -> None:
        editor.setGeometry(option.rect)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if (
            event.type() == QEvent.Type.KeyPress
            and isinstance(event, QKeyEvent)
            and isinstance(watched, QLineEdit)
        ):
            key = event.key()
            if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab):
                return self._leave(watched, 1)
            if key == Qt.Key.Key_Backtab:
                return self._leave(watched, -1)
            if isinstance(watched, ProductLine) and key == Qt.Key.Key_F2:
                watched.show_all()
                return True
            if isinstance(watched, ProductLine) and key == Qt.Key.Key_Escape and watched.popup.isVisible():
                watched.popup.hide()
                return True
        return super().eventFilter(watched, event)

    def _leave(self, editor: QLineEdit, step: int) -> bool:
        view = self.parent()
        assert isinstance(view, QTableView)
        index = view.currentIndex()
        if isinstance(editor, ProductLine):
            if not editor.enter():
                return True
        else:
            try:
                self._model.understand(index.row(), self._model.columns[index.column()], editor.text())
            except ValueError as problem:
                self._complain(editor, str(problem))
                return True
        self._close(editor, index.row(), index.column(), step)
        return True

    def _close(self, editor: QLineEdit, row: int, column: int, step: int) -> None:
        self.commitData.emit(editor)
        self.closeEditor.emit(editor, QAbstractItemDelegate.EndEditHint.NoHint)
        # The view is still closing this editor; opening the next one now would fail.
        QTimer.singleShot(0, self, lambda: self.walked.emit(row, column, step))

    def _chosen(self, editor: ProductLine, place: QPersistentModelIndex, hit: ProductHit) -> None:
        if place.isValid():
            row = place.row()
            self._model.change(row, PRODUCT, hit)
            self._close(editor, row, place.column(), 1)

    def _complain(self, editor: QLineEdit, text: str) -> None:
        editor.setProperty("state", "bad")
        editor.setToolTip(text)
        editor.setAccessibleDescription(text)
        repolish(editor)
        editor.selectAll()
        QToolTip.showText(editor.mapToGlobal(editor.rect().bottomLeft()), text, editor)


class LineGrid(QTableView):
    """The grid. ``search`` finds products for a ``product`` column."""

    pasted = Signal(str)
    """Ctrl+V with no cell open: the text of the clipboard."""
    left = Signal()
    """Enter after the last cell, or in the empty row at the end: the lines are done."""
    failed = Signal(object)
    nothing_found = Signal(str)

    def __init__(
        self,
        columns: Sequence[GridColumn],
        *,
        search: Search | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.lines = GridModel(columns, growing=search is not None, parent=self)
        self.setModel(self.lines)
        delegate = _Delegate(self.lines, search, self)
        self.setItemDelegate(delegate)
        delegate.walked.connect(self.walk)
        delegate.failed.connect(self.failed)
        delegate.nothing_found.connect(self.nothing_found)
        triggers = QAbstractItemView.EditTrigger
        self.setEditTriggers(triggers.AnyKeyPressed | triggers.DoubleClicked)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(round(text_size() * 2.4))
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.lines.modelReset.connect(self.fit)
        self.fit()

    def show_column(self, key: str, shown: bool) -> None:
        """Show or hide a column."""
        self.setColumnHidden(self.lines.place(key), not shown)
        self.fit()

    def fit(self) -> None:
        """Every column as wide as declared, or as its title needs; what is left goes to those that stretch.

        Where nothing is left the grid scrolls: a product whose name cannot be read is of no use.
        """
        header, left = self.horizontalHeader(), self.viewport().width()
        widths = {
            place: max(column.width, header.sectionSizeHint(place))
            for place, column in enumerate(self.lines.columns)
            if not self.isColumnHidden(place)
        }
        if sum(widths.values()) > left:
            widths = {place: min(width, self._least(place)) for place, width in widths.items()}
        stretching = [place for place in widths if self.lines.columns[place].stretch]
        spare = max(0, left - sum(widths.values()))
        for at, place in enumerate(stretching):
            part = spare // (len(stretching) - at)
            widths[place] += part
            spare -= part
        for place, width in widths.items():
            self.setColumnWidth(place, width)

    def _least(self, place: int) -> int:
        """Pixels of a column in which nothing but long words is cut."""
        column = self.lines.columns[place]
        if column.stretch:
            return LEAST_STRETCHED
        metrics = self.fontMetrics()
        texts = (self.lines.text(row, column.key) for row in range(self.lines.rowCount()))
        widest = max((metrics.horizontalAdvance(text) for text in texts), default=0) + 24
        return max(self.horizontalHeader().sectionSizeHint(place), widest)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit()

    def begin(self, row: int, key: str) -> None:
        """Go to a cell and begin typing there."""
        index = self.lines.index(row, self.lines.place(key))
        self.setFocus()
        self.setCurrentIndex(index)
        self.scrollTo(index)
        if index.flags() & Qt.ItemFlag.ItemIsEditable and self.state() != self.State.EditingState:
            self.edit(index)

    def finish_editing(self) -> None:
        """Take over what is typed in an open cell."""
        self.setFocus()

    def editing(self) -> bool:
        """True while a cell is open."""
        return self.state() == self.State.EditingState

    def walk(self, row: int, column: int, step: int) -> None:
        """On from a cell to the next (1) or the one before (-1) that can be typed into."""
        stops = [p for p, c in enumerate(self.lines.columns) if c.editable and not self.isColumnHidden(p)]
        if not stops:
            return
        if step > 0:
            if self.lines.growing and self.lines.rows[row].get(PRODUCT) is None:
                self.left.emit()
                return
            after = [place for place in stops if place > column]
            row, place = (row, after[0]) if after else (row + 1, stops[0])
        else:
            before = [place for place in stops if place < column]
            if not before and row == 0:
                # back to the fields above, not on to what comes after the lines
                self.focusNextPrevChild(False)
                return
            row, place = (row, before[-1]) if before else (row - 1, stops[-1])
        if row < self.lines.rowCount():
            self.begin(row, self.lines.columns[place].key)
        else:
            self.left.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, index = event.key(), self.currentIndex()
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if key == Qt.Key.Key_V and control and not self.lines.read_only:
            self.pasted.emit(QGuiApplication.clipboard().text())
        elif key == Qt.Key.Key_Delete and control and not self.lines.read_only:
            self.lines.remove(index.row())
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_F2) and not self.lines.read_only:
            if index.isValid() and index.flags() & Qt.ItemFlag.ItemIsEditable:
                self.edit(index)
            elif self.lines.rowCount():
                self.walk(max(index.row(), 0), -1, 1)
        else:
            super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        """Headers follow the language."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange and hasattr(self, "lines"):
            self.lines.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(self.lines.columns) - 1)
            self.fit()
