"""Enter on a button: Qt presses a button by Enter in dialogs alone, outside of them by the space bar only."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QPushButton, QToolButton, QWidget


def press_by_enter(window: QWidget, event: QKeyEvent) -> bool:
    """Press the button of ``window`` that has the keyboard, if ``event`` is an Enter that nothing wanted.

    False if there was nothing to press. Whoever moves through a form by Enter ends on its button and goes on with it.
    """
    held = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
    if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter) or event.modifiers() & held:
        return False
    button = window.focusWidget()
    if not isinstance(button, QPushButton | QToolButton) or event.isAutoRepeat():
        return False
    button.click()
    return True
