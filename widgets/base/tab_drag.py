"""Dragging a tab: where it would go, what is shown meanwhile.

Drawn by hand instead of with QDrag: no nested event loop, the same on every platform, and a test can do it
with a mouse. Esc cancels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QLabel, QWidget

from widgets.base.style import tokens
from widgets.base.tab_groups import Area, Side, TabGroup

EDGE = 0.25
"""Share of a group's width or height that counts as its edge."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a tab goes: into ``group`` at ``index``, or beside it."""

    area: Area
    group: TabGroup
    side: Side
    index: int | None = None


def find_target(areas: Sequence[Area], where: QPoint) -> Target | None:
    """What lies under ``where`` (on the screen), the frontmost of ``areas`` first; None outside all."""
    for area in areas:
        if not area.isVisible() or not area.rect().contains(area.mapFromGlobal(where)):
            continue
        for group in area.groups():
            here = group.mapFromGlobal(where)
            if group.rect().contains(here):
                return _in_group(area, group, here)
    return None


def _in_group(area: Area, group: TabGroup, here: QPoint) -> Target:
    if here.y() < group.bar.height() or not group.count():
        return Target(area, group, Side.INTO, group.bar.place(group.bar.mapFrom(group, here)))
    across = here.x() / max(1, group.width())
    down = here.y() / max(1, group.height())
    nearest = min((across, Side.LEFT), (1 - across, Side.RIGHT), (down, Side.ABOVE), (1 - down, Side.BELOW))
    return Target(area, group, nearest[1] if nearest[0] < EDGE else Side.INTO)


class DropIndicator(QWidget):
    """Shows the room that a dropped tab would take."""

    def __init__(self) -> None:
        super().__init__()
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def show_target(self, target: Target | None) -> None:
        """Stand over what ``target`` names; None hides."""
        if target is None:
            self.hide()
            return
        if self.parentWidget() is not target.area:
            self.setParent(target.area)
        corner = target.group.mapTo(target.area, QPoint(0, 0))
        self.setGeometry(_room(target).translated(corner))
        self.raise_()
        self.show()

    def paintEvent(self, event: QPaintEvent) -> None:
        """A veil of the accent colour with a border."""
        painter = QPainter(self)
        colour = tokens().color("accent")
        if self.width() > 8:
            colour.setAlpha(52)
            painter.fillRect(self.rect(), colour)
            colour.setAlpha(255)
            painter.setPen(QPen(colour, 2))
            painter.drawRect(self.rect().adjusted(1, 1, -1, -1))
        else:
            painter.fillRect(self.rect(), colour)


def _room(target: Target) -> QRect:
    group = target.group
    top = group.bar.height() if group.count() else 0
    page = QRect(0, top, group.width(), group.height() - top)
    half = page.size() / 2
    match target.side:
        case Side.LEFT:
            return QRect(page.left(), page.top(), half.width(), page.height())
        case Side.RIGHT:
            return QRect(page.right() - half.width() + 1, page.top(), half.width(), page.height())
        case Side.ABOVE:
            return QRect(page.left(), page.top(), page.width(), half.height())
        case Side.BELOW:
            return QRect(page.left(), page.bottom() - half.height() + 1, page.width(), half.height())
    if target.index is None or not group.count():
        return page
    bar = group.bar
    last = target.index >= bar.count()
    tab = bar.tabRect(bar.count() - 1 if last else target.index)
    edge = bar.mapTo(group, tab.topRight() if last else tab.topLeft())
    return QRect(edge.x() - 2, edge.y() + 4, 4, tab.height() - 4)


class Ghost(QLabel):
    """The title that follows the pointer."""

    def __init__(self) -> None:
        super().__init__(None, Qt.WindowType.ToolTip | Qt.WindowType.WindowTransparentForInput)
        self.setProperty("card", True)
        self.setMargin(6)
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)

    def follow(self, title: str, where: QPoint) -> None:
        """Show ``title`` beside the pointer at ``where``."""
        self.setText(title)
        self.adjustSize()
        self.move(where + QPoint(14, 18))
        self.show()
