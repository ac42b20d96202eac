"""A card: a head with title, note and buttons, and a body below; and text that gives way."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from widgets.base.icons import icon


class Elided(QLabel):
    """Plain text that is cut with dots where there is no room, whole in its tool tip."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._whole = ""
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)

    def setText(self, text: str) -> None:
        """The whole text."""
        self._whole = text
        super().setText(text)
        self.setToolTip(text)

    def minimumSizeHint(self) -> QSize:
        """It may shrink to a few characters."""
        whole = super().minimumSizeHint()
        return QSize(min(whole.width(), 48), whole.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """The text, cut to the room there is."""
        painter = QPainter(self)
        text = self.fontMetrics().elidedText(self._whole, Qt.TextElideMode.ElideRight, self.width())
        flags = int(self.alignment() | Qt.AlignmentFlag.AlignVCenter)
        self.style().drawItemText(
            painter, self.rect(), flags, self.palette(), self.isEnabled(), text, self.foregroundRole()
        )
        painter.end()


class Card(QFrame):
    """Set texts with ``set_title`` and ``set_note``; the owner retranslates."""

    def __init__(self, body: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", True)
        self.body = body
        self.head = QWidget()
        self.head.setProperty("card_head", True)
        self.head.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        # else it takes the room of a body that is about to get its height
        self.head.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._title, self._note = QLabel(), Elided()
        self._title.setProperty("role", "heading")
        self._note.setProperty("role", "small")
        self._row = QHBoxLayout(self.head)
        self._row.setContentsMargins(12, 6, 8, 6)
        self._row.setSpacing(8)
        self._row.addWidget(self._title)
        self._row.addStretch(1)
        self._row.addWidget(self._note, 1000)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(1, 1, 1, 1)
        layout.setSpacing(0)
        layout.addWidget(self.head)
        layout.addWidget(body, 1)

    def set_title(self, text: str) -> None:
        """The heading."""
        self._title.setText(text)
        self.setAccessibleName(text)

    def title(self) -> str:
        """The heading."""
        return self._title.text()

    def set_note(self, text: str) -> None:
        """Muted text at the right of the head."""
        self._note.setText(text)

    def note(self) -> str:
        """Muted text at the right of the head."""
        return self._note.text()

    def add_button(self, name: str, call: Callable[[], object]) -> QToolButton:
        """A small button with an icon at the right end of the head; the owner sets its tool tip."""
        button = QToolButton()
        button.setIcon(icon(name))
        button.setIconSize(QSize(14, 14))
        button.setAutoRaise(True)
        button.clicked.connect(lambda _checked=False: call())
        self._row.insertWidget(3, button)
        return button
