"""A short list of rows that each open something: what panels, timelines and side cards are made of.

One model and one delegate paint lead, icon, words, note, chip and value in columns of equal width, so that a
card of forty rows costs one widget. Keyboard: arrows, Enter opens, Space ticks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QFont, QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from widgets.base.icons import paint_icon
from widgets.base.style import style_notice, text_size, tokens

Index = QModelIndex | QPersistentModelIndex

GAP = 8
MARGIN = 12
WIDEST = 1300
"""Pixels of a row at normal text size: on a wider screen the eye would lose the line between words and value."""
LEAST_WORDS = 90
"""Pixels that the words keep before the note beside them goes."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row. ``entity`` and ``record_id`` are what a click opens; empty: nothing."""

    words: str
    entity: str = ""
    record_id: int = 0
    lead: str = ""
    """Short muted text before, such as a day."""
    icon: str = ""
    note: str = ""
    """Muted text after the words."""
    chip: str = ""
    tone: str = "neutral"
    """Of the chip: good, waiting, bad, neutral, accent."""
    value: str = ""
    """Right-aligned figures."""
    ticked: bool | None = None
    """A box to tick; None for no box. A ticked row is struck through."""
    strong: bool = True
    """Words in the colour of links; False for plain ones."""
    key: object = None
    """What the owner of the list needs to know the row again."""


class _Model(QAbstractListModel):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.rows: list[Row] = []

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.UserRole:
            return row
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return " ".join(part for part in (row.lead, row.words, row.note, row.chip, row.value) if part)
        if role == Qt.ItemDataRole.ToolTipRole:
            return "\n".join(part for part in (row.words, row.note) if part)
        return None


class _Delegate(QStyledItemDelegate):
    def __init__(self, view: RowList) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(80, self._view.row_height())

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row = index.data(Qt.ItemDataRole.UserRole)
        look, area = tokens(), QRect(option.rect)
        state = option.state
        painter.save()
        if state & QStyle.StateFlag.State_Selected and self._view.hasFocus():
            painter.fillRect(area, look.color("selected"))
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(area, look.color("hover"))
        painter.setPen(QPen(look.color("line")))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        area.setWidth(min(area.width(), round(WIDEST * text_size() / 13)))
        self._view.paint_row(painter, area.adjusted(MARGIN, 0, -MARGIN, -1), row)
        painter.restore()


class RowList(QListView):
    """The list. ``opened(row, beside)`` when a row is clicked or Enter pressed, ``ticked(row)`` on its box."""

    opened = Signal(object, bool)
    ticked = Signal(object)
    wanted_more = Signal()
    """Scrolled near the end."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = _Model(self)
        self.setModel(self._model)
        self.setItemDelegate(_Delegate(self))
        self.setMouseTracking(True)
        self.setUniformItemSizes(True)
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QListView.Shape.NoFrame)
        self._widths = (0, 0, 0)
        self._empty = ""
        self.verticalScrollBar().valueChanged.connect(self._scrolled)
        style_notice().changed.connect(self._restyle)

    def rows(self) -> list[Row]:
        """What is shown."""
        return list(self._model.rows)

    def set_rows(self, rows: Sequence[Row]) -> None:
        """Show ``rows`` in place of what was there; scroll position and current row stay where they can."""
        place, current = self.verticalScrollBar().value(), self.currentIndex().row()
        self._model.beginResetModel()
        self._model.rows = list(rows)
        self._model.endResetModel()
        self._measure()
        if 0 <= current < len(rows):
            self.setCurrentIndex(self._model.index(current))
        self.verticalScrollBar().setValue(place)

    def add_rows(self, rows: Sequence[Row]) -> None:
        """Append ``rows``."""
        if rows:
            first = len(self._model.rows)
            self._model.beginInsertRows(QModelIndex(), first, first + len(rows) - 1)
            self._model.rows.extend(rows)
            self._model.endInsertRows()
            self._measure()

    def set_empty(self, text: str) -> None:
        """What an empty list says."""
        self._empty = text
        self.viewport().update()

    def row_height(self) -> int:
        """Pixels of one row."""
        return round(30 * max(1.0, text_size() / 13))

    def fitting_height(self, most: int = 8) -> int:
        """Height that shows all rows, ``most`` at most, one at least."""
        return self.row_height() * max(1, min(most, len(self._model.rows))) + 2

    # painting

    def _fonts(self) -> tuple[QFont, QFont]:
        small = QFont(self.font())
        small.setPixelSize(max(10, round(12 * text_size() / 13)))
        return self.font(), small

    def _measure(self) -> None:
        body, small = (QFontMetrics(font) for font in self._fonts())
        rows = self._model.rows
        self._widths = (
            max((small.horizontalAdvance(row.lead) + 2 for row in rows if row.lead), default=0),
            max((small.horizontalAdvance(row.chip) + 16 for row in rows if row.chip), default=0),
            max((body.horizontalAdvance(row.value) + 2 for row in rows if row.value), default=0),
        )
        self.viewport().update()

    def _restyle(self) -> None:
        self._measure()
        self.scheduleDelayedItemsLayout()

    def paint_row(self, painter: QPainter, area: QRect, row: Row) -> None:
        """Paint one row into ``area``; called by the delegate."""
        look = tokens()
        body, small = self._fonts()
        lead, chip, value = self._widths
        left, right = area.left(), area.right()
        if row.ticked is not None:
            self._paint_box(painter, self._box(area), row.ticked)
            left += 15 + GAP
        if lead:
            left = self._text(painter, small, "muted", QRect(left, area.top(), lead, area.height()), row.lead)
            left = left + GAP
        if row.icon:
            side = 15
            box = QRect(left, area.center().y() - side // 2, side, side)
            paint_icon(painter, box, row.icon, look.muted)
            left += side + GAP
        if value:
            box = QRect(right - value, area.top(), value + 1, area.height())
            self._text(painter, body, "ink", box, row.value, Qt.AlignmentFlag.AlignRight)
            right -= value + GAP
        if chip:
            if row.chip:
                self._paint_chip(painter, small, QRect(right - chip, area.top(), chip, area.height()), row)
            right -= chip + GAP
        room = max(0, right - left)
        note = 0
        if row.note:
            note = min(QFontMetrics(small).horizontalAdvance(row.note) + 2, max(room // 3, 60))
        if note and room - note - GAP >= LEAST_WORDS:
            box = QRect(right - note, area.top(), note, area.height())
            self._text(painter, small, "muted", box, row.note, Qt.AlignmentFlag.AlignRight)
            room -= note + GAP
        if row.ticked:
            struck = QFont(body)
            struck.setStrikeOut(True)
            body = struck
        colour = "muted" if row.ticked else "link" if row.entity and row.strong else "ink"
        self._text(painter, body, colour, QRect(left, area.top(), max(0, room), area.height()), row.words)

    def _text(
        self,
        painter: QPainter,
        font: QFont,
        token: str,
        box: QRect,
        text: str,
        align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
    ) -> int:
        painter.setFont(font)
        painter.setPen(tokens().color(token))
        shown = QFontMetrics(font).elidedText(
            text.replace("\n", " "), Qt.TextElideMode.ElideRight, box.width()
        )
        painter.drawText(box, int(align | Qt.AlignmentFlag.AlignVCenter), shown)
        return box.right()

    def _paint_chip(self, painter: QPainter, font: QFont, box: QRect, row: Row) -> None:
        look = tokens()
        metrics = QFontMetrics(font)
        width, height = metrics.horizontalAdvance(row.chip) + 16, metrics.height() + 3
        pill = QRect(box.right() - width + 1, box.center().y() - height // 2 + 1, width, height)
        ground, ink = ("selected", "link") if row.tone == "accent" else (f"{row.tone}_ground", row.tone)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.color(ground))
        painter.drawRoundedRect(pill, height / 2, height / 2)
        painter.setFont(font)
        painter.setPen(look.color(ink))
        painter.drawText(pill, int(Qt.AlignmentFlag.AlignCenter), row.chip)

    def _box(self, area: QRect) -> QRect:
        return QRect(area.left(), area.center().y() - 7, 15, 15)

    def _paint_box(self, painter: QPainter, box: QRect, ticked: bool) -> None:
        look = tokens()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(look.color("accent" if ticked else "muted")))
        painter.setBrush(look.color("accent" if ticked else "card"))
        painter.drawRoundedRect(box.adjusted(0, 0, -1, -1), 3, 3)
        if ticked:
            paint_icon(painter, box.adjusted(1, 1, -1, -1), "check", look.on_accent)

    def paintEvent(self, event: Any) -> None:
        """The rows, or what an empty list says."""
        super().paintEvent(event)
        if not self._model.rows and self._empty:
            painter = QPainter(self.viewport())
            painter.setPen(tokens().color("muted"))
            box = self.viewport().rect().adjusted(MARGIN, MARGIN, -MARGIN, -MARGIN)
            flags = int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap)
            painter.drawText(box, flags, self._empty)
            painter.end()

    # input

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click opens, or ticks."""
        super().mouseReleaseEvent(event)
        if event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            index = self.indexAt(event.position().toPoint())
            if index.isValid():
                self._clicked(index, event)

    def _clicked(self, index: QModelIndex, event: QMouseEvent) -> None:
        row = self._model.rows[index.row()]
        place: QPoint = event.position().toPoint()
        area = self.visualRect(index)
        if row.ticked is not None and place.x() < area.left() + MARGIN + 15 + GAP:
            self.ticked.emit(row)
        else:
            held = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
            self._open(row, held or event.button() == Qt.MouseButton.MiddleButton)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens, Ctrl+Enter beside, Space ticks."""
        index = self.currentIndex()
        row = self._model.rows[index.row()] if index.isValid() else None
        if row is not None and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._open(row, bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier))
        elif row is not None and row.ticked is not None and event.key() == Qt.Key.Key_Space:
            self.ticked.emit(row)
        else:
            super().keyPressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """The hand shows what can be opened."""
        super().mouseMoveEvent(event)
        index = self.indexAt(event.position().toPoint())
        opens = index.isValid() and bool(self._model.rows[index.row()].entity)
        self.viewport().setCursor(Qt.CursorShape.PointingHandCursor if opens else Qt.CursorShape.ArrowCursor)

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is under the pointer."""
        super().leaveEvent(event)
        self.viewport().update()

    def _open(self, row: Row, beside: bool) -> None:
        if row.entity:
            self.opened.emit(row, beside)

    def _scrolled(self, place: int) -> None:
        if place >= self.verticalScrollBar().maximum() - 4 * self.row_height():
            self.wanted_more.emit()
