"""The list below a line of text: what completers, choices, regions and order lines share.

It never takes the keyboard. The line keeps it; Up, Down, PageUp, PageDown, Enter, Tab and Esc are read on their
way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFontMetrics, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QFrame,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from widgets.base.style import text_size, tokens

MOST_SHOWN = 10
"""Rows seen at once; the others are scrolled to."""
_Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class Option:
    """One row: its value, what it is called, grey words behind, figures at the right, a dot of a colour.

    ``action`` makes it something to do ("+ New …") rather than a value.
    """

    value: object
    label: str
    detail: str = ""
    number: str = ""
    colour: str | None = None
    action: bool = False
    depth: int = 0
    """Of a tree: how far below the top it stands."""


class _Options(QAbstractListModel):
    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.rows: Sequence[Option] = ()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return row.label
        if role == Qt.ItemDataRole.UserRole:
            return row
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return " ".join(part for part in (row.label, row.detail, row.number) if part)
        return None

    def replace(self, rows: Sequence[Option]) -> None:
        self.beginResetModel()
        self.rows = tuple(rows)
        self.endResetModel()


class _Painted(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(120, round(text_size() * 2.3))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        row: Option = index.data(Qt.ItemDataRole.UserRole)
        look = tokens()
        rect: QRect = option.rect
        state = option.state
        painter.save()
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, look.color("selected"))
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, look.color("hover"))
        if row.action and index.row():
            painter.setPen(look.color("line"))
            painter.drawLine(rect.topLeft(), rect.topRight())
        inner = rect.adjusted(10 + 18 * row.depth, 0, -10, 0)
        if row.colour:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(row.colour))
            painter.drawEllipse(QPoint(inner.left() + 4, inner.center().y() + 1), 4, 4)
            inner.adjust(16, 0, 0, 0)
        metrics = QFontMetrics(painter.font())
        middle = Qt.AlignmentFlag.AlignVCenter
        if row.number:
            painter.setPen(look.color("muted"))
            painter.drawText(inner, middle | Qt.AlignmentFlag.AlignRight, row.number)
            inner.adjust(0, 0, -metrics.horizontalAdvance(row.number) - 12, 0)
        painter.setPen(look.color("link" if row.action else "ink"))
        label = metrics.elidedText(row.label, Qt.TextElideMode.ElideRight, inner.width())
        painter.drawText(inner, middle, label)
        used = metrics.horizontalAdvance(label) + 14
        if row.detail and used < inner.width() - 30:
            inner.adjust(used, 0, 0, 0)
            painter.setPen(look.color("muted"))
            painter.drawText(
                inner, middle, metrics.elidedText(row.detail, Qt.TextElideMode.ElideRight, inner.width())
            )
        painter.restore()


class PickPopup(QFrame):
    """The list of options below ``line``. ``chosen`` carries the Option."""

    chosen = Signal(object)

    def __init__(self, line: QLineEdit) -> None:
        # A tool tip window is the one kind that never takes the keyboard on any platform.
        super().__init__(line, Qt.WindowType.ToolTip)
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self.setObjectName("search_results")
        self.line = line
        self._model = _Options(self)
        self.list = QListView()
        self.list.setModel(self._model)
        self.list.setItemDelegate(_Painted(self.list))
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setMouseTracking(True)
        self.list.setUniformItemSizes(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.clicked.connect(lambda index: self._choose(index.row()))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(1, 4, 1, 4)
        layout.addWidget(self.list)
        line.installEventFilter(self)
        self.hide()

    @property
    def options(self) -> tuple[Option, ...]:
        """What is offered."""
        return tuple(self._model.rows)

    def offer(self, options: Sequence[Option], *, select: int = 0, width: int | None = None) -> None:
        """Show ``options`` with one of them marked (-1: none); nothing to show hides the list."""
        self._model.replace(options)
        if not options or not self.line.isVisible():
            self.hide()
            return
        if 0 <= select < len(options):
            self.list.setCurrentIndex(self._model.index(select))
        rows = min(len(options), MOST_SHOWN)
        self.setFixedHeight(rows * round(text_size() * 2.3) + 10)
        self.setFixedWidth(width or max(self.line.width(), 300))
        self._place()
        self.show()
        self.raise_()

    def current(self) -> Option | None:
        """The marked option."""
        index = self.list.currentIndex()
        return self._model.rows[index.row()] if index.isValid() and self.isVisible() else None

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keys of the line, while the list is shown."""
        kind = event.type()
        if watched is self.line and self.isVisible():
            if kind == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
                return self._key(event)
            if kind in (QEvent.Type.FocusOut, QEvent.Type.Hide, QEvent.Type.Move):
                self.hide()
        return super().eventFilter(watched, event)

    def _key(self, event: QKeyEvent) -> bool:
        key = event.key()
        steps = {
            Qt.Key.Key_Up: -1,
            Qt.Key.Key_Down: 1,
            Qt.Key.Key_PageUp: -MOST_SHOWN,
            Qt.Key.Key_PageDown: MOST_SHOWN,
        }
        if key in steps and not event.modifiers() & Qt.KeyboardModifier.AltModifier:
            self._move(steps[Qt.Key(key)])
            return True
        if key == Qt.Key.Key_Escape:
            self.hide()
            return True
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab):
            option = self.current()
            if option is None or (option.action and key == Qt.Key.Key_Tab):
                self.hide()
                return False
            self.hide()
            self.chosen.emit(option)
            # The key goes on: Enter and Tab choose and move to the next field in one press. It is used up where
            # something was done, or where the next list has opened (the cities of a province).
            return option.action or (self.isVisible() and key != Qt.Key.Key_Tab)
        return False

    def _move(self, step: int) -> None:
        count = len(self._model.rows)
        now = self.list.currentIndex().row()
        if abs(step) == 1:
            row = (now + step) % count if now >= 0 else (0 if step > 0 else count - 1)
        else:
            row = max(0, min(count - 1, now + step))
        self.list.setCurrentIndex(self._model.index(row))

    def _choose(self, row: int) -> None:
        option = self._model.rows[row]
        self.hide()
        self.chosen.emit(option)

    def _place(self) -> None:
        below = self.line.mapToGlobal(QPoint(0, self.line.height() + 2))
        screen = self.line.screen().availableGeometry()
        x = min(below.x(), screen.right() - self.width())
        if below.y() + self.height() > screen.bottom():
            below = self.line.mapToGlobal(QPoint(0, -self.height() - 2))
        self.move(max(x, screen.left()), below.y())


def option_line(parent: QWidget | None = None) -> QLineEdit:
    """A line with a small arrow, as fields to choose from have it."""
    line = QLineEdit(parent)
    line.setProperty("choice", True)
    return line
