"""A question inside a page: what Enter and Esc do to it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from widgets.base.action_panel import ActionPanel


@pytest.mark.req("PLT-07")
@pytest.mark.parametrize("for_ever", [False, True])
def test_enter_does_what_can_be_taken_back_and_leaves_what_cannot(qtbot: QtBot, for_ever: bool) -> None:
    page = QWidget()
    layout = QVBoxLayout(page)
    panel, after = ActionPanel(), QLineEdit()
    layout.addWidget(panel)
    layout.addWidget(after)
    qtbot.addWidget(page)
    page.show()
    page.activateWindow()
    QApplication.processEvents()
    done: list[bool] = []

    def press(key: Qt.Key) -> None:
        focus = QApplication.focusWidget()
        assert focus is not None and panel.isAncestorOf(focus)
        QTest.keyClick(focus, key)

    panel.ask("Delete it?", "Delete", lambda: done.append(True), after=after, for_ever=for_ever)
    press(Qt.Key.Key_Return)
    assert done == ([] if for_ever else [True])
    panel.ask("Delete it?", "Delete", lambda: done.append(True), after=after, for_ever=for_ever)
    panel.leave_button.setFocus()
    before = len(done)
    press(Qt.Key.Key_Return)
    assert len(done) == before and not panel.isVisible() and after.hasFocus(), "Enter on Cancel cancels"
    panel.ask("Delete it?", "Delete", lambda: done.append(True), after=after, for_ever=for_ever)
    panel.do_button.setFocus()
    press(Qt.Key.Key_Enter)
    assert len(done) == before + 1
