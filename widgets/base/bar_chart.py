"""A small bar chart that the first page and every customer carry.

Painted by hand: importing pyqtgraph and numpy costs a third of the time in which the workbench has to stand,
and twenty open customers would carry twenty plot scenes. Larger charts are pyqtgraph's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from services.language import language
from widgets.base.style import style_notice, text_size, tokens


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar. ``line`` is a second figure drawn as a point of a line; ``faint`` a bar not yet complete."""

    label: str
    value: Decimal
    tip: str = ""
    line: Decimal | None = None
    faint: bool = False
    key: object = None


def short_amount(value: float) -> str:
    """A figure of an axis in few characters: 万 and 亿 in Chinese, k and M in English."""
    steps = ((1e8, "亿"), (1e4, "万")) if language() == "zh_CN" else ((1e6, "M"), (1e3, "k"))
    for size, unit in steps:
        if abs(value) >= size:
            return f"{value / size:.1f}".rstrip("0").rstrip(".") + unit
    return f"{value:.0f}"


def axis_steps(highest: float, wanted: int = 4) -> list[float]:
    """Round figures from 0 to at least ``highest``, about ``wanted`` of them above 0."""
    if highest <= 0:
        return [0.0]
    rough = highest / wanted
    size = 10.0 ** len(str(int(rough))) / 10 if rough >= 1 else 1.0
    step = next(size * factor for factor in (1, 2, 2.5, 5, 10) if size * factor >= rough)
    steps = [0.0]
    while steps[-1] < highest:
        steps.append(steps[-1] + step)
    return steps


class BarChart(QWidget):
    """Bars with an axis; ``chosen(key)`` when one is clicked or Enter pressed on it."""

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None, *, axis: bool = True) -> None:
        super().__init__(parent)
        self._bars: list[Bar] = []
        self._axis = axis
        self._current = -1
        self._empty = ""
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(90)
        style_notice().changed.connect(self.update)

    def set_bars(self, bars: Sequence[Bar]) -> None:
        """Show ``bars``, from left to right."""
        self._bars = list(bars)
        self._current = -1
        self.setAccessibleDescription("; ".join(f"{bar.label}: {bar.value}" for bar in bars))
        self.update()

    def set_empty(self, text: str) -> None:
        """What is said in place of bars that are all nothing."""
        self._empty = text
        self.update()

    def bars(self) -> list[Bar]:
        """What is shown."""
        return list(self._bars)

    def sizeHint(self) -> QSize:
        """A card's worth."""
        return QSize(320, 150)

    def _font(self) -> QFont:
        font = QFont(self.font())
        font.setPixelSize(max(10, round(11 * text_size() / 13)))
        return font

    def _plot(self) -> tuple[QRectF, list[float]]:
        highest = max((float(max(bar.value, bar.line or 0)) for bar in self._bars), default=0.0)
        metrics = QFontMetrics(self._font())
        steps = axis_steps(highest, 4 if self.height() > 150 else 2) if self._axis else [0.0, highest or 1.0]
        wide = max((metrics.horizontalAdvance(short_amount(step)) for step in steps), default=0)
        left = 12.0 + (wide + 8 if self._axis else 0)
        area = QRectF(left, 12, self.width() - left - 12, self.height() - 12 - metrics.height() - 10)
        return area, steps

    def _slot(self, area: QRectF, at: int) -> QRectF:
        wide = area.width() / max(1, len(self._bars))
        return QRectF(area.left() + at * wide, area.top(), wide, area.height())

    def bar_rect(self, at: int) -> QRectF:
        """Where bar ``at`` stands, in the widget's coordinates."""
        area, steps = self._plot()
        top = steps[-1] or 1.0
        slot = self._slot(area, at)
        high = area.height() * max(0.0, float(self._bars[at].value)) / top
        wide = max(3.0, min(slot.width() * 0.6, 36.0))
        return QRectF(slot.center().x() - wide / 2, area.bottom() - high, wide, high)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Axis, bars, labels, line."""
        look, painter = tokens(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._font())
        area, steps = self._plot()
        metrics = QFontMetrics(self._font())
        for step in steps if self._axis else ():
            height = area.bottom() - area.height() * step / (steps[-1] or 1.0)
            painter.setPen(QPen(look.color("line")))
            painter.drawLine(QPointF(area.left(), height), QPointF(area.right(), height))
            painter.setPen(look.color("muted"))
            box = QRectF(0, height - 10, area.left() - 8, 20)
            painter.drawText(
                box, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), short_amount(step)
            )
        every = 1
        if self._bars:
            widest = max(metrics.horizontalAdvance(bar.label) for bar in self._bars) + 6
            every = max(1, -(-widest * len(self._bars) // max(1, int(area.width()))))
        for at, bar in enumerate(self._bars):
            self._paint_bar(painter, at, bar)
            if at % every == 0:
                slot = self._slot(area, at)
                painter.setPen(look.color("ink" if at == self._current else "muted"))
                box = QRectF(slot.center().x() - 40, area.bottom() + 4, 80, metrics.height() + 2)
                painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), bar.label)
        if self._empty and self._bars and not any(bar.value or bar.line for bar in self._bars):
            painter.setFont(self.font())
            painter.setPen(look.color("muted"))
            box = QRectF(self.rect()).adjusted(12, 12, -12, -metrics.height() - 12)
            painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap), self._empty)
        else:
            self._paint_line(painter, area, steps[-1] or 1.0)
        painter.end()

    def _paint_bar(self, painter: QPainter, at: int, bar: Bar) -> None:
        look, rect = tokens(), self.bar_rect(at)
        colour = look.chart[0]
        path = QPainterPath()
        radius = min(3.0, rect.height() / 2)
        path.addRoundedRect(rect, radius, radius)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.color("line") if rect.height() < 0.5 else QColor(colour))
        painter.setOpacity(0.55 if bar.faint else 1.0)
        painter.drawPath(path)
        painter.setOpacity(1.0)
        if at == self._current:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(look.color("focus"), 2))
            painter.drawRoundedRect(rect.adjusted(-3, -3, 3, 3), 4, 4)

    def _paint_line(self, painter: QPainter, area: QRectF, top: float) -> None:
        points = [
            QPointF(self._slot(area, at).center().x(), area.bottom() - area.height() * float(bar.line) / top)
            for at, bar in enumerate(self._bars)
            if bar.line is not None
        ]
        if len(points) > 1:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(tokens().chart[1]), 2))
            painter.drawPolyline(points)

    def _at(self, place: QPointF) -> int:
        area, _steps = self._plot()
        if not self._bars or not area.adjusted(0, -8, 0, 24).contains(place):
            return -1
        return min(
            len(self._bars) - 1, int((place.x() - area.left()) * len(self._bars) / max(1.0, area.width()))
        )

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Say what the bar under the pointer stands for."""
        at = self._at(event.position())
        if at != self._current:
            self._current = at
            self.update()
        self.setCursor(Qt.CursorShape.PointingHandCursor if at >= 0 else Qt.CursorShape.ArrowCursor)
        if at >= 0 and self._bars[at].tip:
            QToolTip.showText(event.globalPosition().toPoint(), self._bars[at].tip, self)

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is under the pointer."""
        self._current = -1
        self.update()
        super().leaveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click chooses the bar."""
        at = self._at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and at >= 0:
            self.chosen.emit(self._bars[at].key)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and right walk over the bars, Enter chooses one."""
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is not None and self._bars:
            self._current = max(0, min(len(self._bars) - 1, self._current + step))
            self.update()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and 0 <= self._current < len(self._bars):
            self.chosen.emit(self._bars[self._current].key)
        else:
            super().keyPressEvent(event)
