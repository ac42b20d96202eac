"""A question inside the page instead of a window over it: what will happen, what it needs, do it or leave it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from services.language import tr


class ActionPanel(QFrame):
    """One question at a time. Enter does it, Esc leaves it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("message", "info")
        self.text = QLabel()
        self.text.setWordWrap(True)
        self.do_button, self.leave_button = QPushButton(), QPushButton()
        self.do_button.setProperty("primary", True)
        self.do_button.clicked.connect(self._do)
        self.leave_button.clicked.connect(self.give_up)
        self._inside = QHBoxLayout()
        self._widget: QWidget | None = None
        self._call: Callable[[], None] | None = None
        self._after: QWidget | None = None
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.do_button)
        buttons.addWidget(self.leave_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 8)
        layout.setSpacing(8)
        layout.addWidget(self.text)
        layout.addLayout(self._inside)
        layout.addLayout(buttons)
        self.hide()
        self.retranslate()

    def ask(
        self,
        text: str,
        button: str,
        call: Callable[[], None],
        widget: QWidget | None = None,
        *,
        after: QWidget,
        for_ever: bool = False,
    ) -> None:
        """Ask; ``call`` does it, ``widget`` holds what it needs, the keyboard goes back to ``after``.

        ``for_ever``: nobody can take it back, so Enter leaves it as long as the button was not chosen.
        """
        self._drop()
        self._call, self._widget, self._after = call, widget, after
        self.text.setText(text)
        self.do_button.setText(button)
        if widget is not None:
            self._inside.addWidget(widget)
        self.show()
        (widget or (self.leave_button if for_ever else self.do_button)).setFocus(
            Qt.FocusReason.OtherFocusReason
        )

    def give_up(self) -> None:
        """Leave it."""
        self._drop()
        self.hide()
        if self._after is not None:
            self._after.setFocus()

    def done(self) -> None:
        """It was done: go."""
        self.give_up()

    def _do(self) -> None:
        if self._call is not None:
            self._call()

    def _drop(self) -> None:
        if self._widget is not None:
            self._inside.removeWidget(self._widget)
            self._widget.hide()
            self._widget.deleteLater()
        self._widget = self._call = None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter and Esc."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if self.leave_button.hasFocus():
                self.give_up()
            else:
                self._do()
        elif event.key() == Qt.Key.Key_Escape:
            self.give_up()
        else:
            super().keyPressEvent(event)

    def retranslate(self) -> None:
        """Set the texts of its own; a question stays in the language in which it was asked."""
        self.leave_button.setText(tr("Cancel"))

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
