"""A card: a head with title, note and buttons, and a body below."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from widgets.base.icons import icon


class Card(QFrame):
    """Set texts with ``set_title`` and ``set_note``; the owner retranslates."""

    def __init__(self, body: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", True)
        self.body = body
        self.head = QWidget()
        self.head.setProperty("card_head", True)
        self.head.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._title, self._note = QLabel(), QLabel()
        self._title.setProperty("role", "heading")
        self._note.setProperty("role", "small")
        self._row = QHBoxLayout(self.head)
        self._row.setContentsMargins(12, 6, 8, 6)
        self._row.setSpacing(8)
        self._row.addWidget(self._title)
        self._row.addStretch(1)
        self._row.addWidget(self._note)
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
        self._row.addWidget(button)
        return button
