"""Somebody at the keyboard of one document page."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from widgets.base.document_page import DocumentPage


class Hand:
    """Keys go where the keyboard is; nothing is clicked."""

    def __init__(self, qtbot: QtBot, page: DocumentPage) -> None:
        self.qtbot, self.page = qtbot, page
        qtbot.addWidget(page)
        page.resize(1220, 760)
        page.show()
        page.activateWindow()
        qtbot.waitExposed(page)
        self.settle()
        on_shown = getattr(page, "on_shown", None)
        if callable(on_shown):
            on_shown()

    def wait(self, condition: Callable[[], object]) -> None:
        """Until it holds."""
        self.qtbot.waitUntil(lambda: bool(condition()), timeout=8000)

    def settle(self) -> None:
        """Until nothing is read or written any more."""
        self.wait(lambda: not self.page.busy)

    def focus(self) -> QWidget:
        """Who has the keyboard."""
        found = QApplication.focusWidget()
        assert found is not None
        return found

    def type(self, text: str) -> None:
        """Type into it; Chinese comes from an input method, as at a PC."""
        if text.isascii():
            self.qtbot.keyClicks(self.focus(), text)
            return
        event = QInputMethodEvent()
        event.setCommitString(text)
        QApplication.sendEvent(self.focus(), event)

    def key(self, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """Press one key."""
        self.qtbot.keyClick(self.focus(), key, modifier)

    def enter(self) -> None:
        """Press Enter and let queued steps happen."""
        self.key(Qt.Key.Key_Return)
        QApplication.processEvents()

    def f9(self) -> None:
        """Press F9 and wait for the answer."""
        self.qtbot.keyClick(self.page, Qt.Key.Key_F9)
        self.settle()

    def said(self) -> str:
        """What the messages say now."""
        return "\n".join(message.text for message in self.page.messages.messages)
