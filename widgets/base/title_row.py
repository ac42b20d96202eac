"""The title row of a page: what it is called at the left, what can be done at the right.

Where both do not fit side by side, the buttons stand below, in as many lines as they need: a button is never cut.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QMargins, QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QWidget

TITLE: Final = 240
"""Pixels of the title that have to be seen before the buttons go below; beyond them it is cut with dots."""


class TitleRow(QLayout):
    """Add the title first, then its chips; what follows ``begin_actions`` stands at the right."""

    def __init__(self, parent: QWidget | None = None, spacing: int = 8) -> None:
        super().__init__(parent)
        self._items: list[QLayoutItem] = []
        self._first_action: int | None = None
        self.setSpacing(spacing)
        self.setContentsMargins(QMargins(0, 0, 0, 0))

    # -- what stands in it

    def begin_actions(self) -> None:
        """What is added from now on stands at the right."""
        self._first_action = len(self._items)

    @property
    def first_action(self) -> int:
        """Place of the first widget at the right."""
        return len(self._items) if self._first_action is None else self._first_action

    def add_chip(self, widget: QWidget) -> None:
        """Add ``widget`` at the end of the left side."""
        place = self.first_action
        self.insert_action(place, widget)
        self._first_action = place + 1

    def insert_action(self, place: int, widget: QWidget) -> None:
        """Add ``widget`` at the right, before what stands at ``place``."""
        self.addWidget(widget)
        self._items.insert(place, self._items.pop())
        self.invalidate()

    def addItem(self, item: QLayoutItem) -> None:
        """Add at the end."""
        self._items.append(item)

    def count(self) -> int:
        """Number of widgets."""
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        """The item at a place."""
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        """Take an item out."""
        if not 0 <= index < len(self._items):
            return None
        if self._first_action is not None and index < self._first_action:
            self._first_action -= 1
        return self._items.pop(index)

    # -- how large it is

    def expandingDirections(self) -> Qt.Orientation:
        """As wide as the page."""
        return Qt.Orientation.Horizontal

    def hasHeightForWidth(self) -> bool:
        """The narrower, the more lines."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Height of all lines."""
        return self._lay(QRect(0, 0, width, 0), move=False)

    def sizeHint(self) -> QSize:
        """One line."""
        shown = [item.sizeHint() for item in self._shown(self._items)]
        gaps = self.spacing() * max(0, len(shown) - 1)
        return QSize(
            sum(size.width() for size in shown) + gaps, max((size.height() for size in shown), default=0)
        )

    def minimumSize(self) -> QSize:
        """The widest widget, where the title is cut."""
        size = QSize(0, 0)
        for item in self._shown(self._items):
            size = size.expandedTo(item.minimumSize())
        return size

    def setGeometry(self, rect: QRect) -> None:
        """Place the widgets."""
        super().setGeometry(rect)
        self._lay(rect, move=True)

    @staticmethod
    def _shown(items: list[QLayoutItem]) -> list[QLayoutItem]:
        return [item for item in items if not item.isEmpty()]

    def _width(self, items: list[QLayoutItem]) -> int:
        return sum(item.sizeHint().width() + self.spacing() for item in items)

    def _lay(self, rect: QRect, *, move: bool) -> int:
        """Place both sides into ``rect``; returns the height that it takes."""
        at = self.first_action
        left, right = self._shown(self._items[:at]), self._shown(self._items[at:])
        title = left[0].sizeHint().width() if left else 0
        others = self._width(left[1:]) + self._width(right)
        room = rect.width() - others
        if room >= min(title, TITLE) or not right:
            return self._line(rect, left, right, min(title, max(0, room)), move=move)
        height = self._line(rect, left, [], min(title, rect.width() - self._width(left[1:])), move=move)
        y = rect.y() + height + self.spacing()
        line: list[QLayoutItem] = []
        for item in right:
            if line and self._width([*line, item]) - self.spacing() > rect.width():
                y += self._line(QRect(rect.x(), y, rect.width(), 0), line, [], 0, move=move) + self.spacing()
                line = []
            line.append(item)
        y += self._line(QRect(rect.x(), y, rect.width(), 0), line, [], 0, move=move)
        return y - rect.y()

    def _line(
        self, rect: QRect, left: list[QLayoutItem], right: list[QLayoutItem], title: int, *, move: bool
    ) -> int:
        """One line; ``title`` is the width of its first item, 0 for what that wants."""
        height = max((item.sizeHint().height() for item in (*left, *right)), default=0)
        if not move:
            return height
        x = rect.x()
        for place, item in enumerate(left):
            width = title if place == 0 and title else item.sizeHint().width()
            self._put(item, QPoint(x, rect.y()), width, height)
            x += width + self.spacing()
        x = rect.x() + rect.width() - self._width(right) + self.spacing()
        for item in right:
            width = item.sizeHint().width()
            self._put(item, QPoint(x, rect.y()), width, height)
            x += width + self.spacing()
        return height

    @staticmethod
    def _put(item: QLayoutItem, place: QPoint, width: int, height: int) -> None:
        own = min(height, item.sizeHint().height())
        item.setGeometry(QRect(place.x(), place.y() + (height - own) // 2, width, own))
