"""The first columns of a list stay while it is scrolled sideways: a second view of the same rows over the first.

The second view never scrolls by itself. It follows the first one's scroll bar and hands wheel events on to it:
two views that follow each other snap back to the top.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QPoint, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QAbstractItemView, QApplication, QFrame

from widgets.base.table_view import ListTable

MOST: Final = 0.6
"""Share of the width that frozen columns may take: beyond that nothing would be left to scroll."""


class _Overlay(ListTable):
    """Shows the frozen columns. The keyboard stays with the table below."""

    def __init__(self, table: ListTable) -> None:
        super().__init__(table)
        self._table = table
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setProperty("frozen", True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.head.setSectionsMovable(False)
        self.hide()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """The table below scrolls; this one follows."""
        QApplication.sendEvent(self._table.viewport(), event)

    def scrollTo(
        self,
        index: QModelIndex | QPersistentModelIndex,
        hint: QAbstractItemView.ScrollHint = QAbstractItemView.ScrollHint.EnsureVisible,
    ) -> None:
        """Not by itself."""


class FrozenColumns(QObject):
    """Freezes the first ``count`` columns of ``table`` (the ticks come along); 0 for none."""

    def __init__(self, table: ListTable) -> None:
        super().__init__(table)
        self._table = table
        self.view = _Overlay(table)
        self.count = 0
        view = self.view
        view.setModel(table.model())
        view.setSelectionModel(table.selectionModel())
        view.opened.connect(table.opened)
        view.link_clicked.connect(table.link_clicked)
        view.ticked.connect(table.ticked)
        view.pressed.connect(lambda _index: table.setFocus())
        view.customContextMenuRequested.connect(self._menu_asked)
        view.head.sort_asked.connect(table.head.sort_asked)
        view.head.tick_asked.connect(table.head.tick_asked)
        view.head.customContextMenuRequested.connect(table.head.customContextMenuRequested)
        view.head.sectionResized.connect(self._resized_here)
        table.head.sectionResized.connect(self._resized_below)
        table.head.tick_shown.connect(view.head.set_ticked)
        table.verticalScrollBar().valueChanged.connect(view.verticalScrollBar().setValue)
        table.model().rowsInserted.connect(lambda *_: self._place())
        table.model().rowsRemoved.connect(lambda *_: self._place())
        # the viewport, not the table: when the table hears of its new size, the viewport still has the old one
        table.viewport().installEventFilter(self)
        table.head.installEventFilter(self)

    def freeze(self, count: int) -> None:
        """Keep the first ``count`` columns in sight; call it again when the columns are others."""
        view, table = self.view, self._table
        self.count = max(0, min(count, table.model().columnCount() - 2))
        view.head.blockSignals(True)
        for section in range(table.model().columnCount()):
            view.setColumnHidden(section, section > self.count)
            view.setColumnWidth(section, table.columnWidth(section))
        if table.model().columnCount():
            view.head.setSectionResizeMode(0, view.head.ResizeMode.Fixed)
        view.head.blockSignals(False)
        self._place()

    def _width(self) -> int:
        return sum(self._table.columnWidth(section) for section in range(self.count + 1))

    def _place(self) -> None:
        view, table = self.view, self._table
        width = self._width()
        shown = bool(self.count and table.model().rowCount() and width <= table.viewport().width() * MOST)
        view.setVisible(shown)
        table.covered = width if shown else 0
        if not shown:
            return
        view.verticalHeader().setDefaultSectionSize(table.verticalHeader().defaultSectionSize())
        view.head.setFixedHeight(table.head.height())
        frame = table.frameWidth()
        view.setGeometry(frame, frame, width + 1, table.head.height() + table.viewport().height())
        view.verticalScrollBar().setValue(table.verticalScrollBar().value())
        view.raise_()

    def _menu_asked(self, place: QPoint) -> None:
        table = self._table
        table.customContextMenuRequested.emit(
            table.viewport().mapFromGlobal(self.view.viewport().mapToGlobal(place))
        )

    def _resized_here(self, section: int, _old: int, new: int) -> None:
        if self._table.columnWidth(section) != new:
            self._table.setColumnWidth(section, new)

    def _resized_below(self, section: int, _old: int, new: int) -> None:
        if section <= self.count and self.view.columnWidth(section) != new:
            self.view.setColumnWidth(section, new)
        self._place()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the table's size, text size and style."""
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Show, QEvent.Type.LayoutRequest):
            self._place()
        return super().eventFilter(watched, event)
