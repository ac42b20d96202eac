"""The table of a list: chips, links, ticks, sorting by header, everything by keyboard."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionButton,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from widgets.base.style import text_size, tokens
from widgets.base.table_model import CHIP, LINK

TICK_WIDTH: Final = 36
_MARGIN: Final = 11
"""Where the style sheet puts the text of a plain cell."""


class CellDelegate(QStyledItemDelegate):
    """Paints chips and links; the rest is the style's."""

    def initStyleOption(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Links in their colour."""
        super().initStyleOption(option, index)
        if index.data(LINK) is not None:
            for role in (option.palette.ColorRole.Text, option.palette.ColorRole.HighlightedText):
                option.palette.setColor(role, tokens().color("link"))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """A chip, a link, or what the style paints."""
        chip = index.data(CHIP)
        link = index.data(LINK)
        if chip is None and link is None:
            super().paint(painter, option, index)
            return
        full = QStyleOptionViewItem(option)
        self.initStyleOption(full, index)
        text, full.text = full.text, ""
        full.widget.style().drawControl(QStyle.ControlElement.CE_ItemViewItem, full, painter, full.widget)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = option.rect.adjusted(_MARGIN, 0, -_MARGIN, 0)
        if chip is not None:
            _paint_chip(painter, area, text, chip.ink, chip.ground)
        else:
            painter.setPen(tokens().color("link"))
            painter.setFont(option.font)
            shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, area.width())
            painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)
        painter.restore()


def _paint_chip(painter: QPainter, area: QRect, text: str, ink: str, ground: str) -> None:
    font = painter.font()
    font.setPixelSize(max(10, text_size() - 1))
    painter.setFont(font)
    metrics = painter.fontMetrics()
    shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, max(0, area.width() - 2))
    height = min(area.height() - 6, metrics.height() + 4)
    box = QRect(area.left() - 6, 0, metrics.horizontalAdvance(shown) + 14, height)
    box.moveTop(area.center().y() - height // 2)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(ground))
    painter.drawRoundedRect(box, height / 2, height / 2)
    painter.setPen(QPen(QColor(ink)))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, shown)


class ListHeader(QHeaderView):
    """Clicks sort, Shift adds a column to the order; the first section ticks the whole page."""

    sort_asked = Signal(int, bool)
    """Section, and whether Shift was held."""
    tick_asked = Signal()
    tick_shown = Signal(object)
    """How much of the page is chosen, a Qt.CheckState."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.ticked = Qt.CheckState.Unchecked
        self._pressed: tuple[int, int] | None = None
        self.setSectionsMovable(True)
        self.setFirstSectionMovable(False)
        self.setSectionsClickable(True)
        self.setHighlightSections(False)
        self.setMinimumSectionSize(TICK_WIDTH)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Remember where, to tell a click from a drag."""
        place = int(event.position().x())
        self._pressed = (
            (self.logicalIndexAt(place), place) if event.button() == Qt.MouseButton.LeftButton else None
        )
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click sorts; the end of a drag or of resizing does not."""
        pressed, self._pressed = self._pressed, None
        resizing = self.cursor().shape() == Qt.CursorShape.SplitHCursor
        super().mouseReleaseEvent(event)
        place = int(event.position().x())
        if pressed is None or resizing or abs(place - pressed[1]) > 4:
            return
        section = self.logicalIndexAt(place)
        if section != pressed[0] or section < 0:
            return
        if section == 0:
            self.tick_asked.emit()
        else:
            self.sort_asked.emit(section, bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))

    def set_ticked(self, state: Qt.CheckState) -> None:
        """How much of the page is chosen."""
        if state != self.ticked:
            self.ticked = state
            self.viewport().update()
            self.tick_shown.emit(state)

    def paintSection(self, painter: QPainter, rect: QRect, logicalIndex: int) -> None:  # noqa: N803
        """The tick of the first section."""
        painter.save()
        super().paintSection(painter, rect, logicalIndex)
        painter.restore()
        if logicalIndex != 0:
            return
        option = QStyleOptionButton()
        side = 16
        option.rect = QRect(rect.center().x() - side // 2, rect.center().y() - side // 2, side, side)
        state = QStyle.StateFlag
        option.state = (
            state.State_Enabled
            | {
                Qt.CheckState.Checked: state.State_On,
                Qt.CheckState.PartiallyChecked: state.State_NoChange,
                Qt.CheckState.Unchecked: state.State_Off,
            }[self.ticked]
        )
        view = self.parent()
        self.style().drawPrimitive(
            QStyle.PrimitiveElement.PE_IndicatorItemViewItemCheck,
            option,
            painter,
            view if isinstance(view, QWidget) else self,
        )


class ListTable(QTableView):
    """The table. Enter and double click open, Space ticks, PgUp and PgDn ask for other pages."""

    opened = Signal(QModelIndex)
    link_clicked = Signal(str, int)
    ticked = Signal(int)
    """The table row whose tick was turned."""
    page_asked = Signal(str)
    """previous, next, first or last."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.covered = 0
        """Pixels at the left that frozen columns lie upon."""
        self.head = ListHeader(self)
        self.setHorizontalHeader(self.head)
        self.setItemDelegate(CellDelegate(self))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setMouseTracking(True)
        self.setCornerButtonEnabled(False)
        self.verticalHeader().hide()
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.fit_rows()

    def fit_rows(self) -> None:
        """Height of rows for the text size in force."""
        self.verticalHeader().setDefaultSectionSize(round(31 * text_size() / 13))
        self.verticalHeader().setMinimumSectionSize(20)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """The whole cell of a tick turns it."""
        index = self.indexAt(event.position().toPoint())
        if index.isValid() and index.column() == 0 and event.button() == Qt.MouseButton.LeftButton:
            self.setCurrentIndex(index.siblingAtColumn(max(1, self.currentIndex().column())))
            self.ticked.emit(index.row())
            return
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """A hand over links."""
        over = self._link_at(event) is not None
        self.viewport().setCursor(Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.ArrowCursor)
        super().mouseMoveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click on a link opens it."""
        super().mouseReleaseEvent(event)
        if event.button() == Qt.MouseButton.LeftButton and not event.modifiers():
            link = self._link_at(event)
            if link is not None:
                self.link_clicked.emit(*link)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Opens the record, unless the first click of it did."""
        index = self.indexAt(event.position().toPoint())
        if index.isValid() and index.column() > 0 and self._link_at(event) is None:
            self.opened.emit(index)

    def _link_at(self, event: QMouseEvent) -> tuple[str, int] | None:
        place = event.position().toPoint()
        index = self.indexAt(place)
        link: tuple[str, int] | None = index.data(LINK) if index.isValid() else None
        if link is None:
            return None
        cell = self.visualRect(index).adjusted(_MARGIN, 0, -_MARGIN, 0)
        width = self.fontMetrics().horizontalAdvance(str(index.data() or ""))
        return (
            link
            if QRect(cell.topLeft(), QSize(min(width, cell.width()), cell.height())).contains(place)
            else None
        )

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The keys of a list; what is left goes to Qt."""
        key, control = event.key(), bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        index = self.currentIndex()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and index.isValid():
            self.opened.emit(index)
        elif key == Qt.Key.Key_Space and index.isValid():
            self.ticked.emit(index.row())
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down) and shift and index.isValid():
            self.ticked.emit(index.row())
            row = index.row() + (1 if key == Qt.Key.Key_Down else -1)
            if 0 <= row < self.model().rowCount():
                self.setCurrentIndex(index.siblingAtRow(row))
        elif key == Qt.Key.Key_PageUp:
            self.page_asked.emit("previous")
        elif key == Qt.Key.Key_PageDown:
            self.page_asked.emit("next")
        elif key == Qt.Key.Key_Home and control:
            self.page_asked.emit("first")
        elif key == Qt.Key.Key_End and control:
            self.page_asked.emit("last")
        else:
            super().keyPressEvent(event)
            return
        event.accept()

    def scrollTo(
        self,
        index: QModelIndex | QPersistentModelIndex,
        hint: QAbstractItemView.ScrollHint = QAbstractItemView.ScrollHint.EnsureVisible,
    ) -> None:
        """Into sight, and not under the frozen columns."""
        super().scrollTo(index, hint)
        left = self.visualRect(index).left()
        if left < self.covered:
            start = sum(self.columnWidth(section) for section in range(index.column()))
            if start >= self.covered:
                bar = self.horizontalScrollBar()
                bar.setValue(bar.value() - (self.covered - left))

    def changeEvent(self, event: QEvent) -> None:
        """Another text size needs other rows."""
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self.fit_rows()
        super().changeEvent(event)
