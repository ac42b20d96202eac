"""A dialog that is typed into: Esc and the cross of its window do not throw away what was typed without asking."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QCloseEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QBoxLayout,
    QComboBox,
    QDialog,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QTextEdit,
    QToolButton,
    QWidget,
)

from services.language import tr
from widgets.base.messages import Message, MessageBar

DEFAULT: Final = "pressed_by_enter"
"""Property of the button that Enter presses."""


class InputDialog(QDialog):
    """Esc closes it, and asks first where something was typed. Cancel is a decision: it closes without asking."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._question: Message | None = None
        self._asking: MessageBar | None = None
        self._typed_at = -1
        """Which of ``_inputs_shown`` had the keyboard when it was asked; none is held, they may go meanwhile."""

    def set_default(self, button: QPushButton) -> None:
        """Enter presses ``button``, also where it has to wait for something first: Qt would choose another one then."""
        # marked, not remembered: a box of buttons deletes those that take the place of others
        for other in self.findChildren(QPushButton):
            other.setProperty(DEFAULT, None)
        button.setProperty(DEFAULT, True)

    def showEvent(self, event: QShowEvent) -> None:
        """The keyboard is in the first thing to be typed or chosen, not on a button at the foot."""
        for button in self.findChildren(QPushButton):
            if button.property(DEFAULT):
                # not before it stands in the dialog: Qt forgets it
                button.setDefault(True)
        super().showEvent(event)
        focus = self.focusWidget()
        if not event.spontaneous() and (focus is None or isinstance(focus, QPushButton)):
            inputs = self._inputs_shown()
            if inputs:
                inputs[0].setFocus(Qt.FocusReason.TabFocusReason)

    def _inputs_shown(self) -> list[QWidget]:
        """What can be typed into or chosen from, as it is read: from top to bottom, from left to right."""
        found = [
            widget
            for widget in self.findChildren(QWidget)
            if widget.focusPolicy() & Qt.FocusPolicy.TabFocus
            and widget.focusProxy() is None
            and widget.isVisibleTo(self)
            and widget.isEnabled()
            and not isinstance(widget, QPushButton | QToolButton | QScrollArea)
        ]
        places = {widget: widget.mapTo(self, QPoint(0, 0)) for widget in found}
        return sorted(found, key=lambda widget: (places[widget].y(), places[widget].x()))

    def loses_input(self) -> bool:
        """Whether closing would lose something that a person typed.

        Any line counts that was typed into and not emptied again, a choice does not; subclasses that know better
        say so.
        """
        lines = any(
            line.isModified()
            and line.text()
            and not line.isReadOnly()
            and not isinstance(line.parentWidget(), QComboBox | QAbstractSpinBox)
            for line in self.findChildren(QLineEdit)
        )
        texts = [*self.findChildren(QPlainTextEdit), *self.findChildren(QTextEdit)]
        return lines or any(
            text.document().isModified() and not text.document().isEmpty()
            for text in texts
            if isinstance(text, QPlainTextEdit | QTextEdit) and not text.isReadOnly()
        )

    def can_leave(self) -> bool:
        """Whether what was typed can be kept as a draft instead of being given up."""
        return False

    def leave(self) -> None:
        """Close; what was typed stays as a draft. For dialogs that ``can_leave``."""
        raise NotImplementedError

    def ask_to_leave(self) -> bool:
        """Ask what is to become of what was typed; False if nothing was, or if it is being asked already."""
        if self._question is not None or not self.loses_input():
            return False
        if self._asking is None:
            self._asking = MessageBar()
            layout = self.layout()
            assert isinstance(layout, QBoxLayout)
            layout.insertWidget(0, self._asking)
        focus = QApplication.focusWidget()
        self._typed_at = next((at for at, one in enumerate(self._inputs_shown()) if one is focus), -1)
        ways = [(tr("Go on typing"), self._go_on)]
        if self.can_leave():
            ways.append((tr("Keep as draft"), self.leave))
        self._question = self._asking.warning(
            tr("What was typed here is not saved."), *ways, (tr("Discard"), self.reject)
        )
        self._question.closed.connect(self._answered)
        # the way that loses nothing has the keyboard
        self._question.findChildren(QPushButton)[0].setFocus(Qt.FocusReason.OtherFocusReason)
        return True

    def _answered(self) -> None:
        self._question = None

    def _go_on(self) -> None:
        inputs = self._inputs_shown()
        if 0 <= self._typed_at < len(inputs):
            inputs[self._typed_at].setFocus(Qt.FocusReason.OtherFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc asks, then closes; while it is asked, Esc goes on typing."""
        if event.key() == Qt.Key.Key_Escape:
            if self._question is not None:
                self._question.close_message()
                self._go_on()
                return
            if self.ask_to_leave():
                return
        super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        """The cross of the window is no decision either."""
        if self.isVisible() and (self._question is not None or self.ask_to_leave()):
            event.ignore()
            return
        super().closeEvent(event)
