"""The tree of positions as a diagram (ORG-02): who stands above whom; boxes are dragged onto one another.

Keyboard: arrows walk the tree, Enter edits, Insert adds below, Ctrl+X and Ctrl+V move a box under another.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import (
    QGraphicsItem,
    QGraphicsPathItem,
    QGraphicsScene,
    QGraphicsSceneMouseEvent,
    QGraphicsView,
    QStyleOptionGraphicsItem,
    QWidget,
)

from services.language import tr
from services.organisation.queries import Place
from widgets.base.style import tokens
from widgets.organisation.tree_layout import lay_out

WIDTH: Final = 140.0
PAD: Final = 10.0
MOST_NAMES: Final = 6
"""Names shown in a box; how many more there are is said."""
ZOOM: Final = (0.3, 2.5)
READABLE: Final = 0.66
"""Scale at which the names in the boxes can still be read; asked for the whole, a person gets it smaller."""


class Box(QGraphicsItem):
    """One position: its name, its department, the people who hold it."""

    def __init__(self, view: PositionTree, place: Place) -> None:
        super().__init__()
        self.view, self.place = view, place
        self.target = False
        """Somebody drags another box over this one."""
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemIsSelectable)
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemIsFocusable)
        if view.may_move:
            self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemIsMovable)
        self.setAcceptHoverEvents(True)
        self._line = QFontMetricsF(view.font()).height() + 3
        self.height = 2 * PAD + self._line * len(self.lines())
        self.setToolTip("\n".join((place.name, place.department, *place.people)).replace("\n\n", "\n"))

    def lines(self) -> list[str]:
        """What stands in the box, line by line; the first is the name."""
        people = list(self.place.people)
        if len(people) > MOST_NAMES:
            people = [
                *people[: MOST_NAMES - 1],
                tr("and {count} more", count=len(people) - MOST_NAMES + 1),
            ]
        held = people or [tr("(nobody)")]
        return [self.place.name, *([self.place.department] if self.place.department else []), *held]

    def boundingRect(self) -> QRectF:
        """The box with the room of its border."""
        return QRectF(-2, -2, WIDTH + 4, self.height + 4)

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Draw in the colours of the style in force."""
        look = tokens()
        chosen = self.isSelected()
        edge = look.accent if chosen or self.target else look.strong_line
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(
            QPen(
                look.color("accent") if edge == look.accent else look.color("strong_line"),
                2 if chosen or self.target else 1,
            )
        )
        painter.setBrush(look.color("selected" if self.target or chosen else "card"))
        painter.drawRoundedRect(QRectF(0, 0, WIDTH, self.height), 8, 8)
        metrics = QFontMetricsF(self.view.font())
        top = PAD
        for number, line in enumerate(self.lines()):
            font = self.view.font()
            font.setBold(number == 0)
            painter.setFont(font)
            muted = (number == 1 and bool(self.place.department)) or line == tr("(nobody)")
            painter.setPen(look.color("muted" if muted else "ink"))
            text = metrics.elidedText(line, Qt.TextElideMode.ElideRight, WIDTH - 2 * PAD)
            painter.drawText(
                QRectF(PAD, top, WIDTH - 2 * PAD, self._line), Qt.AlignmentFlag.AlignVCenter, text
            )
            top += self._line

    def mouseReleaseEvent(self, event: QGraphicsSceneMouseEvent) -> None:
        """Dropped: onto another box it goes below that one, elsewhere back."""
        super().mouseReleaseEvent(event)
        self.view.dropped(self)

    def mouseMoveEvent(self, event: QGraphicsSceneMouseEvent) -> None:
        """Show onto which box it would be dropped."""
        super().mouseMoveEvent(event)
        self.view.dragged(self)

    def mouseDoubleClickEvent(self, event: QGraphicsSceneMouseEvent) -> None:
        """Edit it."""
        self.view.edit_wanted.emit(self.place.id)


class PositionTree(QGraphicsView):
    """The diagram. It changes nothing itself: ``move_wanted`` says what was dragged where."""

    chosen = Signal(object)
    """Id of the chosen position, None for none."""
    edit_wanted = Signal(int)
    add_wanted = Signal(int)
    move_wanted = Signal(int, int)
    """(position, the one under which it should stand)."""

    def __init__(self, *, may_move: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.may_move = may_move
        self.boxes: dict[int, Box] = {}
        self._lines: list[QGraphicsPathItem] = []
        self._places: dict[int, tuple[float, float]] = {}
        self._taken: int | None = None
        self._follows = True
        """Nobody has touched it yet: it is fitted into whatever room it gets."""
        scene = QGraphicsScene(self)
        self.setScene(scene)
        scene.selectionChanged.connect(self._selection)
        self.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.AnchorUnderMouse)
        self.setDragMode(QGraphicsView.DragMode.ScrollHandDrag)
        self.setFrameShape(QGraphicsView.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def show_tree(self, places: Sequence[Place]) -> None:
        """Draw ``places``; what was chosen stays chosen, the zoom stays."""
        kept = self.current()
        scene = self.scene()
        scene.blockSignals(True)
        scene.clear()
        self.boxes, self._lines = {}, []
        known = {place.id for place in places}
        children: dict[int | None, list[int]] = {}
        for place in places:
            children.setdefault(place.parent_id if place.parent_id in known else None, []).append(place.id)
            box = Box(self, place)
            self.boxes[place.id] = box
            scene.addItem(box)
        self._places = lay_out(
            children, {key: box.height for key, box in self.boxes.items()}, width=WIDTH, gap=14, level_gap=36
        )
        for key, (left, top) in self._places.items():
            self.boxes[key].setPos(left, top)
        self._draw_lines()
        scene.setSceneRect(scene.itemsBoundingRect().adjusted(-24, -24, 24, 24))
        scene.blockSignals(False)
        if kept in self.boxes:
            self.boxes[kept].setSelected(True)
        if self._follows:
            self._settle()

    def _draw_lines(self) -> None:
        for key, box in self.boxes.items():
            above = self.boxes.get(box.place.parent_id or 0)
            if above is None or key not in self._places:
                continue
            start = QPointF(above.x() + WIDTH / 2, above.y() + above.height)
            end = QPointF(box.x() + WIDTH / 2, box.y())
            middle = end.y() - 18
            path = QPainterPath(start)
            for point in (QPointF(start.x(), middle), QPointF(end.x(), middle), end):
                path.lineTo(point)
            line = self.scene().addPath(path)
            line.setZValue(-1)
            line.setPen(QPen(tokens().color("muted"), 1))
            self._lines.append(line)

    def current(self) -> int | None:
        """Id of the chosen position."""
        selected = [item for item in self.scene().selectedItems() if isinstance(item, Box)]
        return selected[0].place.id if selected else None

    def choose(self, position_id: int) -> None:
        """Choose a box and bring it into sight."""
        self._follows = False
        self.scene().clearSelection()
        self.boxes[position_id].setSelected(True)
        self.ensureVisible(self.boxes[position_id], 24, 24)

    def fit(self, least: float = ZOOM[0]) -> None:
        """As large as fits, but not larger than life nor smaller than ``least`` of it; then from the top."""
        self._follows = False
        self.resetTransform()
        whole, room = self.scene().sceneRect(), self.viewport().rect()
        if not self.boxes or room.width() < 50:  # an empty sheet says nothing of how the tree will stand
            return
        factor = min(1.0, room.width() / whole.width(), room.height() / whole.height())
        self._scale(max(least, factor))
        # what does not fit begins at its top: the boss in the middle, as many beside him as there is room for
        if factor < least:
            self.centerOn(self._head_middle(), whole.top())
        else:
            self.centerOn(whole.center())

    def _settle(self) -> None:
        """Fit it so that its names can be read, again when its room changes."""
        self.fit(READABLE)
        self._follows = True

    def _head_middle(self) -> float:
        """The middle of the box at the top, of the first where there are several."""
        top = min(self._places, key=lambda key: self._places[key][::-1])
        return self._places[top][0] + WIDTH / 2

    def zoom(self, factor: float) -> None:
        """Larger or smaller, within bounds."""
        self._follows = False
        self._scale(factor)

    def _scale(self, factor: float) -> None:
        now = self.transform().m11()
        wanted = min(ZOOM[1], max(ZOOM[0], now * factor))
        self.scale(wanted / now, wanted / now)

    def box_under(self, moving: Box) -> Box | None:
        """The box onto which ``moving`` would be dropped: the one under its middle."""
        middle = moving.pos() + QPointF(WIDTH / 2, moving.height / 2)
        for box in self.boxes.values():
            if box is not moving and QRectF(box.x(), box.y(), WIDTH, box.height).contains(middle):
                return box
        return None

    def dragged(self, moving: Box) -> None:
        """Mark the target while a box is dragged."""
        target = self.box_under(moving)
        moving.setZValue(2)
        for box in self.boxes.values():
            if box.target != (box is target):
                box.target = box is target
                box.update()

    def dropped(self, moving: Box) -> None:
        """Ask for the move, and put the box back: the page draws anew when it is done."""
        target = self.box_under(moving)
        left, top = self._places[moving.place.id]
        moved = moving.pos() != QPointF(left, top)
        moving.setPos(left, top)
        moving.setZValue(0)
        for box in self.boxes.values():
            box.target = False
            box.update()
        if moved and target is not None and target.place.id != moving.place.parent_id:
            self.move_wanted.emit(moving.place.id, target.place.id)

    def neighbour(self, key: int) -> int | None:
        """The box to which an arrow key leads."""
        here = self.current()
        if here is None:
            return min(self._places, key=lambda k: self._places[k][::-1], default=None)
        place = self.boxes[here].place
        below = [k for k in self._places if self.boxes[k].place.parent_id == here]
        if key == Qt.Key.Key_Up:
            return place.parent_id if place.parent_id in self.boxes else None
        if key == Qt.Key.Key_Down:
            return min(below, key=lambda k: self._places[k][0], default=None)
        level = [k for k in self._places if self._places[k][1] == self._places[here][1]]
        level.sort(key=lambda k: self._places[k][0])
        step = level.index(here) + (1 if key == Qt.Key.Key_Right else -1)
        return level[step] if 0 <= step < len(level) else None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The keyboard's way to everything that the mouse does."""
        self._follows = False
        here, key = self.current(), event.key()
        control = event.modifiers() == Qt.KeyboardModifier.ControlModifier
        doing: Callable[[], None] | None = None
        if key in (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Right):
            found = self.neighbour(key)
            doing = (lambda: self.choose(found)) if found is not None else lambda: None
        elif control and key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            doing = lambda: self.zoom(1.2)  # noqa: E731
        elif control and key == Qt.Key.Key_Minus:
            doing = lambda: self.zoom(1 / 1.2)  # noqa: E731
        elif control and key == Qt.Key.Key_0:
            doing = self.fit
        elif here is not None:
            doing = self._doing(here, key, control)
        if doing is None:
            super().keyPressEvent(event)
        else:
            doing()

    def _doing(self, here: int, key: int, control: bool) -> Callable[[], None] | None:
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_F2):
            return lambda: self.edit_wanted.emit(here)
        if key == Qt.Key.Key_Insert:
            return lambda: self.add_wanted.emit(here)
        if control and key == Qt.Key.Key_X and self.may_move:
            self._taken = here
            return lambda: None
        if control and key == Qt.Key.Key_V and self._taken not in (None, here):
            taken, self._taken = self._taken, None
            return lambda: self.move_wanted.emit(taken, here)
        return None

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Ctrl and wheel zoom; the wheel alone scrolls."""
        self._follows = False
        if event.modifiers() == Qt.KeyboardModifier.ControlModifier:
            self.zoom(1.15 if event.angleDelta().y() > 0 else 1 / 1.15)
        else:
            super().wheelEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A press beside the boxes chooses none and drags the sheet."""
        self._follows = False
        if self.itemAt(event.position().toPoint()) is None:
            self.scene().clearSelection()
        super().mousePressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the tree into its room, until somebody has chosen what of it he looks at."""
        super().resizeEvent(event)
        if self._follows:
            self._settle()

    def drawBackground(self, painter: QPainter, rect: QRectF | Any) -> None:
        """The ground of the style in force."""
        painter.fillRect(rect, tokens().color("ground"))

    def _selection(self) -> None:
        self.chosen.emit(self.current())
