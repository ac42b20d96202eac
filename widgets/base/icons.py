"""Icons by name, drawn in the colour of a token of the style in force.

The engine reads the token when it paints, so that icons follow a new style without being set again, and
draws the SVG at the pixels asked for, so that they are crisp at every scaling.
"""

from __future__ import annotations

from functools import cache, lru_cache

from PySide6.QtCore import QByteArray, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QIconEngine, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from resources import FOLDER
from widgets.base.style import tokens


def icon(name: str, token: str = "muted") -> QIcon:
    """The icon ``name`` (a file of resources/icons without its suffix) in the colour of ``token``.

    FileNotFoundError for an unknown name. Switched on or selected it takes the link colour; disabled it
    fades.
    """
    return _icon(name, token)


@cache
def _icon(name: str, token: str) -> QIcon:
    _source(name)
    return QIcon(_Engine(name, token))


def app_icon() -> QIcon:
    """The program's own icon, for windows and the task bar."""
    return QIcon(str(FOLDER / "icons" / "shuke.svg"))


def paint_icon(painter: QPainter, rect: QRect | QRectF, name: str, colour: str) -> None:
    """Paint the icon ``name`` in ``colour`` (#rrggbb) into ``rect``."""
    _renderer(name, colour).render(painter, QRectF(rect))


@cache
def _source(name: str) -> str:
    return (FOLDER / "icons" / f"{name}.svg").read_text("utf-8")


@lru_cache(maxsize=400)
def _renderer(name: str, colour: str) -> QSvgRenderer:
    return QSvgRenderer(QByteArray(_source(name).replace("currentColor", colour).encode()))


class _Engine(QIconEngine):
    def __init__(self, name: str, token: str) -> None:
        super().__init__()
        self._name = name
        self._token = token

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        token = self._token
        chosen = mode == QIcon.Mode.Selected or state == QIcon.State.On
        if chosen and token in ("muted", "ink"):
            token = "link"
        side = min(rect.width(), rect.height())
        square = QRect(0, 0, side, side)
        square.moveCenter(rect.center())
        painter.save()
        if mode == QIcon.Mode.Disabled:
            painter.setOpacity(0.45)
            # a disabled button is grey, and white on grey cannot be seen
            token = "muted" if token == "on_accent" else token
        paint_icon(painter, square, self._name, getattr(tokens(), token))
        painter.restore()

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        return self.scaledPixmap(size, mode, state, 1.0)

    def scaledPixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State, scale: float) -> QPixmap:
        pixmap = QPixmap(size * scale)
        pixmap.setDevicePixelRatio(scale)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        self.paint(painter, QRect(QPoint(0, 0), size), mode, state)
        painter.end()
        return pixmap

    def clone(self) -> QIconEngine:
        return _Engine(self._name, self._token)
