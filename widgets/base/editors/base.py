"""What every field of a form can do: hold a value, say that it changed, show what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QAction, QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from services.language import tr
from widgets.base.icons import icon
from widgets.base.style import repolish


class Editor(QWidget):
    """One input with the line below it that says what is wrong.

    ``value()`` is what was typed, as the database wants it (Decimal, date, key, id …; None for empty). What was
    typed and not understood is no value: then ``problem()`` says so in words, and ``value()`` is the last that
    was. ``changed`` is sent for what a person changes, never for ``set_value``.
    """

    changed = Signal()
    finished = Signal()
    """Enter was pressed: the form moves on."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(0, 0, 0, 0)
        self.body.setSpacing(2)
        self._row = QHBoxLayout()
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(4)
        self.body.addLayout(self._row)
        self._error = QLabel()
        self._error.setProperty("tone", "bad")
        self._error.setProperty("role", "small")
        self._error.setTextFormat(Qt.TextFormat.PlainText)
        self._error.setWordWrap(True)
        self._error.hide()
        self.body.addWidget(self._error)
        self._marked: QWidget | None = None

    def value(self) -> object:
        """What the field holds."""
        raise NotImplementedError

    def set_value(self, value: object) -> None:
        """Show ``value``; no signal."""
        raise NotImplementedError

    def set_read_only(self, read_only: bool) -> None:
        """Whether a person may change it."""
        raise NotImplementedError

    def words(self, value: object) -> str:
        """``value`` as a person reads it, for comparing."""
        return "" if value is None else str(value)

    def problem(self) -> str | None:
        """What is wrong with the typed text itself, in words; None if it is understood."""
        return None

    def set_error(self, text: str | None) -> None:
        """Show ``text`` at the field, or take the mark away."""
        self._error.setText(text or "")
        self._error.setVisible(bool(text))
        if self._marked is not None:
            self._marked.setProperty("state", "bad" if text else "")
            self._marked.setAccessibleDescription(text or "")
            repolish(self._marked)

    def error(self) -> str:
        """What is shown at the field."""
        return "" if self._error.isHidden() else self._error.text()

    def input(self) -> QWidget | None:
        """The widget that has the keyboard."""
        return self._marked

    def set_placeholder(self, text: str) -> None:
        """Grey words in an empty field."""
        if isinstance(self._marked, QLineEdit):
            self._marked.setPlaceholderText(text)

    def take_input(self, widget: QWidget, *beside: QWidget) -> None:
        """Put ``widget`` into the row as what is typed into, with small buttons ``beside`` it."""
        self._marked = widget
        self._row.addWidget(widget, 1)
        for other in beside:
            self._row.addWidget(other)
        self.setFocusProxy(widget)
        widget.installEventFilter(self)

    def inside(self, line: QLineEdit, name: str, call: Callable[[], object]) -> QAction:
        """A small button at the right end of ``line``, which does not take the keyboard."""
        action = QAction(icon(name), "", self)
        action.triggered.connect(lambda _checked=False: call())
        line.addAction(action, QLineEdit.ActionPosition.TrailingPosition)
        return action

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Enter moves on."""
        if (
            event.type() == QEvent.Type.KeyPress
            and isinstance(event, QKeyEvent)
            and watched is self._marked
            and self.key_pressed(event)
        ):
            return True
        if (
            event.type() == QEvent.Type.FocusOut
            and isinstance(event, QFocusEvent)
            and watched is self._marked
        ):
            self.left()
        return super().eventFilter(watched, event)

    def key_pressed(self, event: QKeyEvent) -> bool:
        """A key in the input; True if it is used up."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers() & (
            Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
        ):
            self.left()
            self.finished.emit()
            return True
        return False

    def left(self) -> None:
        """The keyboard went elsewhere: the place to write what was typed in its full form."""

    def retranslate(self) -> None:
        """Set every text of its own in the language in force."""

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)


class LineEditor(Editor):
    """An editor around one line of text. Subclasses turn text into a value and back."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.line = QLineEdit()
        self.line.textEdited.connect(self._edited)
        self._value: object = None
        self._problem: str | None = None

    def understand(self, text: str) -> object:
        """The value meant by ``text``; ValueError if there is none."""
        raise NotImplementedError

    def show_as(self, value: object) -> str:
        """How ``value`` is written, not None."""
        return str(value)

    def words(self, value: object) -> str:
        """As the field writes it."""
        return "" if value is None else self.show_as(value)

    def complaint(self) -> str:
        """What to say when the text is not understood."""
        return tr("This is not understood.")

    def value(self) -> object:
        """What was understood last."""
        return self._value

    def set_value(self, value: object) -> None:
        """Show ``value``."""
        self._value = value
        self._problem = None
        self.line.setText("" if value is None else self.show_as(value))
        self.line.setCursorPosition(0)

    def set_read_only(self, read_only: bool) -> None:
        """Read-only text can still be marked and copied."""
        self.line.setReadOnly(read_only)

    def problem(self) -> str | None:
        """Set while the text is not understood."""
        return self._problem

    def left(self) -> None:
        """Write the value in full."""
        if self._problem is not None:
            self.set_error(self._problem)
        elif self._value is not None and not self.line.isReadOnly():
            full = self.show_as(self._value)
            if full != self.line.text():
                typed = self.line.isModified()
                self.line.setText(full)
                self.line.setModified(typed)  # still a person's, see InputDialog

    def _edited(self, text: str) -> None:
        try:
            self._value = self.understand(text)
            self._problem = None
        except (ValueError, OverflowError):
            self._problem = self.complaint()
        self.set_error(None)
        self.changed.emit()
