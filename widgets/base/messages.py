"""Messages inside the window: nothing modal, nothing that steals the keyboard."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QEnterEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from services.errors import ShukeError
from services.language import tr
from widgets.base.icons import icon

_LOOK: Final = {
    "info": ("info", "link"),
    "done": ("circle-check", "good"),
    "warning": ("triangle-alert", "waiting"),
    "error": ("circle-x", "bad"),
}
_PASSING: Final = {"info": 6000, "done": 4000}
"""Milliseconds after which a kind of message goes by itself; the pointer on it holds it."""
MOST: Final = 4
"""Messages shown at once; the oldest makes room, one that goes by itself before one that stays."""

Action = tuple[str, Callable[[], None]]
"""Title of a button, what it does. The message goes when it is pressed."""


class Message(QFrame):
    """One message: icon, text, buttons, close."""

    closed = Signal()

    def __init__(
        self, kind: str, text: str, actions: Sequence[Action], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.kind, self.text, self.times = kind, text, 1
        self.setProperty("message", kind)
        name, token = _LOOK[kind]
        picture = QLabel()
        picture.setPixmap(icon(name, token).pixmap(QSize(18, 18), self.devicePixelRatioF()))
        self._label = QLabel()
        self._label.setTextFormat(Qt.TextFormat.PlainText)
        self._label.setWordWrap(True)
        self._label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._close = QToolButton()
        self._close.setIcon(icon("x"))
        self._close.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._close.clicked.connect(self.close_message)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 4, 8, 4)
        layout.setSpacing(8)
        layout.addWidget(picture)
        layout.addWidget(self._label, 1)
        for title, call in actions:
            button = QPushButton(title)
            button.clicked.connect(lambda _checked=False, call=call: self._act(call))
            layout.addWidget(button)
        layout.addWidget(self._close)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.close_message)
        self._start()
        self.retranslate()

    def again(self) -> None:
        """The same message once more: count it rather than stack it."""
        self.times += 1
        self._start()
        self.retranslate()

    def close_message(self) -> None:
        """Take it away."""
        self._timer.stop()
        self.closed.emit()

    def _act(self, call: Callable[[], None]) -> None:
        self.close_message()
        call()

    def _start(self) -> None:
        if self.kind in _PASSING:
            self._timer.start(_PASSING[self.kind])

    def enterEvent(self, event: QEnterEvent) -> None:
        """Somebody reads it: it stays."""
        self._timer.stop()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """Read: it may go."""
        self._start()
        super().leaveEvent(event)

    def retranslate(self) -> None:
        """Set the texts of its own; what was said stays in the language in which it was said."""
        self._label.setText(self.text if self.times == 1 else f"{self.text}  × {self.times}")
        self._close.setToolTip(tr("Close this message"))
        self._close.setAccessibleName(tr("Close this message"))

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)


class MessageBar(QWidget):
    """Stack of messages at the top of a window or page; takes no room while empty."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(8, 8, 8, 4)
        self._layout.setSpacing(4)
        self._shown: list[Message] = []
        self.hide()

    @property
    def messages(self) -> tuple[Message, ...]:
        """What is shown, oldest first."""
        return tuple(self._shown)

    def info(self, text: str, *actions: Action) -> Message:
        """Something to know; goes by itself."""
        return self._add("info", text, actions)

    def done(self, text: str, *actions: Action) -> Message:
        """Something succeeded; goes by itself. The place for 'Undo' and 'Open'."""
        return self._add("done", text, actions)

    def warning(self, text: str, *actions: Action) -> Message:
        """Something to look at; stays until closed."""
        return self._add("warning", text, actions)

    def error(self, error: BaseException | str, *actions: Action) -> Message:
        """Something failed; stays until closed. A ShukeError speaks for itself, any other error is called
        unexpected and shown with its kind, so that it can be reported."""
        if isinstance(error, ShukeError | str):
            text = str(error)
        else:
            text = tr(
                "Something unexpected went wrong: {error}. Please try again; if it happens again, tell your "
                "administrator.",
                error=f"{type(error).__name__}: {error}".removesuffix(": "),
            )
        return self._add("error", text, actions)

    def clear(self) -> None:
        """Take all messages away."""
        for message in self.messages:
            message.close_message()

    def _add(self, kind: str, text: str, actions: Sequence[Action]) -> Message:
        for shown in self._shown:
            if (shown.kind, shown.text) == (kind, text) and not actions:
                shown.again()
                return shown
        while len(self._shown) >= MOST:
            # what goes by itself first; whoever holds one hears that it is gone
            passing = (shown for shown in self._shown if shown.kind in _PASSING)
            next(passing, self._shown[0]).close_message()
        message = Message(kind, text, actions, self)
        message.closed.connect(lambda: self._remove(message))
        self._shown.append(message)
        self._layout.addWidget(message)
        self.show()
        return message

    def _remove(self, message: Message) -> None:
        if message in self._shown:
            self._shown.remove(message)
            self._layout.removeWidget(message)
            message.hide()
            message.deleteLater()
        self.setVisible(bool(self._shown))
