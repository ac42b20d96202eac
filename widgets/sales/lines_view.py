"""The order grid for the keyboard alone: typing begins an entry, Enter walks on, Ins, Ctrl+Del, F2, Ctrl+V."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QFontMetrics, QGuiApplication, QKeyEvent, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemDelegate,
    QAbstractItemView,
    QApplication,
    QHeaderView,
    QLineEdit,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QToolTip,
    QWidget,
)

from services.errors import Invalid
from services.language import tr
from services.products.queries import ProductHit
from widgets.base.product_line import ProductLine, Search
from widgets.base.style import repolish, text_size, tokens
from widgets.sales.lines_model import COLUMNS, ENTERED, PLACE, LinesModel

Index = QModelIndex | QPersistentModelIndex
_ELIDED = frozenset({"product", "remark"})
"""Words that may be cut; their tool tip or their cell shows them whole."""
_SPARE = ("remark", "rate", "price", "unit")
"""Columns that go first in a narrow window."""
LEAST_PRODUCT = 104
"""Pixels that the product keeps where even then there is too little; the grid scrolls sideways."""
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class LinesDelegate(QStyledItemDelegate):
    """Paints cells in the tones of the model and edits them in place."""

    walked = Signal(int, int, int)
    """Row, column, 1 for Enter, 2 for Tab, -2 for Backtab: the cell was left by a key and its value taken."""
    product_wanted = Signal(int, str)
    """Row and words of a product to be made."""
    failed = Signal(object)
    nothing_found = Signal(str)

    def __init__(self, model: LinesModel, search: Search, parent: QWidget) -> None:
        super().__init__(parent)
        self._model = model
        self._search = search
        self.may_create = False

    # Editing

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        if index.column() != PLACE["product"]:
            line = QLineEdit(parent)
            if COLUMNS[index.column()].field is not None:
                line.setAlignment(Qt.AlignmentFlag.AlignRight)
            return line
        product = ProductLine(self._search, self.may_create, parent)
        place = QPersistentModelIndex(index)
        product.chosen.connect(partial(self._chosen, product, place))
        product.wanted_new.connect(partial(self._wanted, product, place))
        product.failed.connect(self.failed)
        product.nothing_found.connect(self.nothing_found)
        return product

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        assert isinstance(editor, QLineEdit)
        if editor.isModified():
            # stock or prices were read anew while somebody types here
            return
        editor.setText(str(index.data(Qt.ItemDataRole.EditRole) or "").replace(",", ""))

    def setModelData(self, editor: QWidget, model: QObject, index: Index) -> None:
        # A product is put into the model when it is chosen; words that name none are dropped.
        if isinstance(editor, QLineEdit) and not isinstance(editor, ProductLine):
            self._model.setData(index, editor.text())

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, index: Index) -> None:
        editor.setGeometry(option.rect)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if (
            event.type() == QEvent.Type.KeyPress
            and isinstance(event, QKeyEvent)
            and isinstance(watched, QLineEdit)
        ):
            key = Qt.Key(event.key())
            if key in _ENTER:
                return self._leave(watched, 1)
            if key in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
                return self._leave(watched, 2 if key == Qt.Key.Key_Tab else -2)
            if isinstance(watched, ProductLine) and watched.popup.isVisible() and key == Qt.Key.Key_Escape:
                watched.popup.hide()
                return True
            if isinstance(watched, ProductLine) and key == Qt.Key.Key_F2:
                watched.show_all()
                return True
        return super().eventFilter(watched, event)

    def _leave(self, editor: QLineEdit, step: int) -> bool:
        view = self._view()
        index = view.currentIndex()
        if isinstance(editor, ProductLine):
            if not editor.enter():
                return True
        elif COLUMNS[index.column()].field is not None or index.column() == PLACE["unit"]:
            try:
                if index.column() == PLACE["unit"]:
                    self._model.unit_typed(index.row(), editor.text())
                else:
                    self._model.number_typed(index.row(), index.column(), editor.text())
            except Invalid as problem:
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
            scanned = editor.text().strip()
            pack = next((pack for pack in hit.packs if pack.bar_code and pack.bar_code == scanned), None)
            self._model.set_product(row, hit, pack)
            self._close(editor, row, place.column(), 1)

    def _wanted(self, editor: ProductLine, place: QPersistentModelIndex, words: str) -> None:
        if place.isValid():
            row = place.row()
            self.closeEditor.emit(editor, QAbstractItemDelegate.EndEditHint.NoHint)
            QTimer.singleShot(0, self, lambda: self.product_wanted.emit(row, words))

    def _complain(self, editor: QLineEdit, text: str) -> None:
        editor.setProperty("state", "bad")
        editor.setToolTip(text)
        editor.setAccessibleDescription(text)
        repolish(editor)
        editor.selectAll()
        QToolTip.showText(editor.mapToGlobal(editor.rect().bottomLeft()), text, editor)
        index = self._view().currentIndex()
        self._model.refused.emit(index.row(), index.column(), text)

    def _view(self) -> LinesView:
        view = self.parent()
        assert isinstance(view, LinesView)
        return view

    # Painting

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        look = QStyleOptionViewItem(option)
        self.initStyleOption(look, index)
        look.text = ""
        style = look.widget.style() if look.widget is not None else QApplication.style()
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, look, painter, look.widget)
        row, key = index.row(), COLUMNS[index.column()].key
        inner: QRect = option.rect.adjusted(8, 0, -8, 0)
        painter.save()
        painter.setFont(option.font)
        metrics = QFontMetrics(option.font)
        text = self._model.text(row, key)
        painter.setPen(tokens().color(self._model.tone(row, key)))
        alignment = index.data(Qt.ItemDataRole.TextAlignmentRole)
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, inner.width())
        painter.drawText(inner, alignment, shown)
        line = self._model.line(row)
        product = line.product
        if key == "product" and line.blank and not self._model.read_only:
            painter.setPen(tokens().color("muted"))
            hint = tr("Name, model, number, bar code or pinyin")
            painter.drawText(
                inner, alignment, metrics.elidedText(hint, Qt.TextElideMode.ElideRight, inner.width())
            )
        used = metrics.horizontalAdvance(shown) + 8
        if key == "product" and product is not None and product.model and used < inner.width() - 20:
            inner.adjust(used, 0, 0, 0)
            painter.setPen(tokens().color("muted"))
            painter.drawText(
                inner,
                alignment,
                metrics.elidedText(product.model, Qt.TextElideMode.ElideRight, inner.width()),
            )
        painter.restore()


class _Header(QHeaderView):
    """A header that tells how wide a title is in the style in force."""

    def width_of(self, section: int) -> int:
        """What the title of ``section`` needs, in pixels."""
        return self.sectionSizeFromContents(section).width()


class LinesView(QTableView):
    """The grid. Its keys are shown above it by the card that holds it."""

    pasted = Signal(str)
    """Rows were pasted from a spreadsheet."""
    line_changed = Signal(int)
    """Another row is worked on."""
    left = Signal()
    """Enter in the empty row at the end: the lines are done."""

    def __init__(self, model: LinesModel, search: Search, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lines = model
        self.setModel(model)
        self.lines_delegate = LinesDelegate(model, search, self)
        self.setItemDelegate(self.lines_delegate)
        self.lines_delegate.walked.connect(self.walk)
        triggers = QAbstractItemView.EditTrigger
        self.setEditTriggers(triggers.AnyKeyPressed | triggers.DoubleClicked)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(round(text_size() * 2.4))
        header = self.lines_header = _Header(Qt.Orientation.Horizontal, self)
        self.setHorizontalHeader(header)
        header.setHighlightSections(False)
        header.setMinimumSectionSize(30)
        self._hidden = {"delivered", "open"}
        self._fitting = QTimer(self)
        self._fitting.setSingleShot(True)
        self._fitting.timeout.connect(self.fit)
        for signal in (model.dataChanged, model.modelReset, model.rowsInserted, model.headerDataChanged):
            signal.connect(self._fitting.start)
        self.fit()

    def show_delivery(self, shown: bool) -> None:
        """Delivered and open quantities instead of the stock, for a confirmed order."""
        self._hidden = {"stock"} if shown else {"delivered", "open"}
        self.fit()

    def fit(self) -> None:
        """Give every column what its numbers need, so that none is cut, and the product the rest.

        Where that is too little, the columns of least use go, never one at which Enter stops.
        """
        metrics, header, left = self.fontMetrics(), self.lines_header, self.viewport().width()
        widths = {}
        for place, column in enumerate(COLUMNS):
            width = max(column.width, header.width_of(place))
            if column.key not in _ELIDED:
                texts = (self._lines.text(row, column.key) for row in range(self._lines.rowCount()))
                width = max(width, *(metrics.horizontalAdvance(text) + 18 for text in texts), 0)
            widths[column.key] = width
            self.setColumnWidth(place, widths[column.key])
        gone = set(self._hidden)
        # nothing is typed into a confirmed order, so there its discounts may go too
        for key in (*_SPARE, "discount") if self._lines.read_only else _SPARE:
            if left - sum(width for other, width in widths.items() if other not in gone) >= 0:
                break
            gone.add(key)
        for place, column in enumerate(COLUMNS):
            if self.isColumnHidden(place) != (column.key in gone):
                self.setColumnHidden(place, column.key in gone)
        others = sum(width for key, width in widths.items() if key not in gone and key != "product")
        self.setColumnWidth(PLACE["product"], max(LEAST_PRODUCT, left - others))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fitting.start()

    def begin(self, row: int, key: str = "product") -> None:
        """Go to a cell and begin typing there."""
        index = self._lines.index(row, PLACE[key])
        self.setFocus()
        self.setCurrentIndex(index)
        self.scrollTo(index)
        if index.flags() & Qt.ItemFlag.ItemIsEditable and self.state() != self.State.EditingState:
            self.edit(index)

    def walk(self, row: int, column: int, step: int) -> None:
        """Go on from a cell: 1 to the next that Enter stops at, 2 and -2 to the neighbours Tab stops at.

        Where there is no neighbour any more, Tab leaves the grid as it does elsewhere.
        """
        if abs(step) == 2:
            stops = [
                place for place, c in enumerate(COLUMNS) if c.editable and not self.isColumnHidden(place)
            ]
        else:
            stops = list(ENTERED)
        if self._lines.line(row).product is None and step > 0:
            if self._lines.line(row).blank and step == 1:
                self.left.emit()
            elif self._lines.line(row).blank:
                self.focusNextPrevChild(True)
            return
        if step > 0:
            after = [place for place in stops if place > column]
            row, place = (row, after[0]) if after else (row + 1, stops[0])
        else:
            before = [place for place in stops if place < column]
            if not before and row == 0:
                self.focusNextPrevChild(False)
                return
            row, place = (row, before[-1]) if before else (row - 1, stops[-1])
        self.begin(row, COLUMNS[place].key)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, modifiers = Qt.Key(event.key()), event.modifiers()
        index = self.currentIndex()
        row = index.row()
        control = bool(modifiers & Qt.KeyboardModifier.ControlModifier)
        if key == Qt.Key.Key_V and control and not self._lines.read_only:
            self.pasted.emit(QGuiApplication.clipboard().text())
        elif key == Qt.Key.Key_C and control:
            self._copy()
        elif self._lines.read_only:
            super().keyPressEvent(event)
        elif key == Qt.Key.Key_Insert:
            self._lines.insert_row(max(row, 0))
            self.begin(max(row, 0))
        elif key == Qt.Key.Key_Delete and control:
            self.delete_current()
        elif key == Qt.Key.Key_F2:
            self.begin(max(row, 0))
        elif key in _ENTER:
            if index.isValid() and index.flags() & Qt.ItemFlag.ItemIsEditable:
                self.begin(row, COLUMNS[index.column()].key)
            else:
                self.begin(max(row, 0))
        elif key in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab) and index.isValid() and not control:
            self._tab(event, 2 if key == Qt.Key.Key_Tab else -2)
        else:
            super().keyPressEvent(event)

    def _tab(self, event: QKeyEvent, step: int) -> None:
        index = self.currentIndex()
        at_end = self._lines.line(index.row()).blank if step > 0 else index.row() == 0 and index.column() <= 1
        if at_end:
            # Tab leaves the grid where there is nothing more to walk to.
            self.focusNextPrevChild(step > 0)
            return
        self.walk(index.row(), index.column(), step)

    def delete_current(self) -> None:
        """Delete the selected rows; the empty one at the end stays."""
        rows = sorted({index.row() for index in self.selectionModel().selectedIndexes()})
        rows = [
            row for row in rows if not (row == self._lines.rowCount() - 1 and self._lines.line(row).blank)
        ]
        if rows:
            self._lines.delete_rows(rows)
            at = min(rows[0], self._lines.rowCount() - 1)
            self.setCurrentIndex(self._lines.index(at, PLACE["product"]))
            self.line_changed.emit(at)

    def _copy(self) -> None:
        rows = sorted({index.row() for index in self.selectionModel().selectedIndexes()})
        keys = [c.key for place, c in enumerate(COLUMNS) if not self.isColumnHidden(place)]
        text = "\n".join("\t".join(self._cell(row, key) for key in keys) for row in rows)
        QGuiApplication.clipboard().setText(text)

    def _cell(self, row: int, key: str) -> str:
        product = self._lines.line(row).product
        text = product.label if key == "product" and product is not None else self._lines.text(row, key)
        return text.replace("\t", " ")

    def currentChanged(self, current: Index, previous: Index) -> None:
        super().currentChanged(current, previous)
        if current.row() != previous.row():
            self.line_changed.emit(current.row())
