"""Containers that are filled in place.

Qt dresses at once whatever is put into a stack or a scroll area, and again whenever a widget above it gets a parent:
a form would be dressed three times before anybody sees it, a tenth of a second of the window's own work. What is put
into the layouts here is dressed once, when its page is shown.
"""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QScrollArea, QStackedWidget, QVBoxLayout, QWidget


class Sheets(QStackedWidget):
    """A stack; ``first`` is the layout of its first sheet."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        sheet = QWidget()
        self.first = bare_layout(sheet)
        self.addWidget(sheet)


class Scroller(QScrollArea):
    """A scroll area without a frame, as wide as its contents may be; ``inside`` is the layout of these."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        inner = QWidget()
        self.inside = bare_layout(inner)
        self.setWidget(inner)


def bare_layout(widget: QWidget) -> QVBoxLayout:
    """A column in ``widget`` that takes all of it."""
    layout = QVBoxLayout(widget)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(0)
    return layout
