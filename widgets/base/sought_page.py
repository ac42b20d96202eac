"""A page over which a line to search stands: its title at the left, the line at the right, what is found below."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget


class SoughtPage(QWidget):
    """Subclasses build into ``self.body``, call ``retranslate`` at their end, and give ``title`` and ``fill``."""

    title_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("page", True)
        self._title = QLabel()
        self._title.setProperty("role", "title")
        self.search = QLineEdit()
        self.search.setClearButtonEnabled(True)
        self.search.setMaximumWidth(280)
        self.search.textChanged.connect(lambda _text: self.fill())
        self.setFocusProxy(self.search)
        head = QHBoxLayout()
        head.addWidget(self._title)
        head.addStretch(1)
        head.addWidget(self.search, 1)
        self.body = QVBoxLayout()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 12)
        layout.setSpacing(12)
        layout.addLayout(head)
        layout.addLayout(self.body, 1)

    def title(self) -> str:
        """Text of the tab."""
        raise NotImplementedError

    def fill(self) -> None:
        """Show what answers the search, all of it where nothing is typed."""
        raise NotImplementedError

    def retranslate(self) -> None:
        """Set every text in the language in force."""
        self._title.setText(self.title())
        self.fill()
        self.title_changed.emit()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
