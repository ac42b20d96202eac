"""A dialog that is typed into: what Esc and the window's cross do, and what Cancel does."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from widgets.base.enter_key import press_by_enter
from widgets.base.reason_dialog import ReasonDialog

pytestmark = pytest.mark.usefixtures("english")


def opened(qtbot: QtBot) -> tuple[QWidget, ReasonDialog]:
    window = QWidget()
    qtbot.addWidget(window)
    dialog = ReasonDialog("Return", "Why?", window)
    dialog.show()
    dialog.activateWindow()
    QApplication.processEvents()
    dialog.said.setFocus()
    return window, dialog


def test_what_is_put_in_by_the_program_is_nobodys_input(qtbot: QtBot) -> None:
    _window, dialog = opened(qtbot)
    dialog.said.setText("as it was")
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()


def test_what_was_typed_and_taken_away_again_is_no_loss(qtbot: QtBot) -> None:
    _window, dialog = opened(qtbot)
    QTest.keyClicks(dialog.said, "no")
    QTest.keyClick(dialog.said, Qt.Key.Key_Backspace)
    QTest.keyClick(dialog.said, Qt.Key.Key_Backspace)
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()


def test_the_question_has_the_keyboard_on_the_way_that_loses_nothing(qtbot: QtBot) -> None:
    _window, dialog = opened(qtbot)
    QTest.keyClicks(dialog.said, "late")
    QTest.keyClick(dialog.said, Qt.Key.Key_Escape)
    focus = QApplication.focusWidget()
    assert dialog.isVisible() and isinstance(focus, QPushButton) and focus.text() == "Go on typing"
    QTest.keyClick(focus, Qt.Key.Key_Return)
    assert dialog.isVisible() and dialog.said.text() == "late" and dialog.said.hasFocus()
    QTest.keyClick(dialog.said, Qt.Key.Key_Escape)
    discard = next(button for button in dialog.findChildren(QPushButton) if button.text() == "Discard")
    discard.setFocus()
    QTest.keyClick(discard, Qt.Key.Key_Return)
    assert not dialog.isVisible()


def test_cancel_is_a_decision(qtbot: QtBot) -> None:
    _window, dialog = opened(qtbot)
    QTest.keyClicks(dialog.said, "late")
    dialog.buttons.button(dialog.buttons.StandardButton.Cancel).click()
    assert not dialog.isVisible()


def test_a_choice_is_no_text(qtbot: QtBot) -> None:
    _window, dialog = opened(qtbot)
    box = QComboBox(dialog)
    box.setEditable(True)
    line = box.lineEdit()
    assert isinstance(line, QLineEdit)
    QTest.keyClicks(line, "x")
    assert not dialog.loses_input()


class _Page(QWidget):
    """A window with one button, as the main window handles Enter."""

    def keyPressEvent(self, event: object) -> None:
        press_by_enter(self, event)  # type: ignore[arg-type]


def test_enter_presses_the_button_that_has_the_keyboard_and_nothing_else(qtbot: QtBot) -> None:
    page = _Page()
    qtbot.addWidget(page)
    button, line = QPushButton("Save", page), QLineEdit(page)
    pressed: list[bool] = []
    button.clicked.connect(lambda: pressed.append(True))
    page.show()
    page.activateWindow()
    QApplication.processEvents()
    line.setFocus()
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert pressed == []
    button.setFocus()
    QTest.keyClick(button, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert pressed == []
    QTest.keyClick(button, Qt.Key.Key_Enter)
    button.setEnabled(False)
    QTest.keyClick(button, Qt.Key.Key_Return)
    assert pressed == [True]
