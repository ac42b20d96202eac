"""Messages stand in the window, stack, go by themselves, and say what the user can understand."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QEnterEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from services.errors import Refused
from services.language import mark
from widgets.base import messages
from widgets.base.messages import MOST, MessageBar


@pytest.fixture
def bar(qtbot: QtBot) -> MessageBar:
    window = QWidget()
    window.resize(600, 300)
    layout = QVBoxLayout(window)
    bar = MessageBar()
    layout.addWidget(bar)
    layout.addWidget(QLabel("page"), 1)
    qtbot.addWidget(window)
    window.show()
    bar._window = window  # type: ignore[attr-defined]
    return bar


def test_an_empty_bar_takes_no_room(bar: MessageBar) -> None:
    assert not bar.isVisible()
    bar.warning("Stock is low").close_message()
    assert not bar.isVisible()


def test_an_error_of_ours_speaks_for_itself(bar: MessageBar) -> None:
    message = bar.error(Refused(mark("{number} is posted."), number="XS1"))
    assert message.text == "XS1 is posted."
    assert message.isVisible()


def test_any_other_error_is_called_unexpected_and_named(bar: MessageBar) -> None:
    assert "ZeroDivisionError" in bar.error(ZeroDivisionError("by zero")).text
    assert "by zero" in bar.messages[0].text


def test_information_goes_by_itself_but_errors_stay(
    bar: MessageBar, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(messages._PASSING, "info", 60)
    bar.info("Saved as draft")
    bar.error("No connection")
    qtbot.waitUntil(lambda: len(bar.messages) == 1)
    qtbot.wait(120)
    assert [message.kind for message in bar.messages] == ["error"]


def test_the_pointer_holds_a_message(bar: MessageBar, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(messages._PASSING, "info", 300)
    message = bar.info("Read me")
    middle = QPointF(message.rect().center())
    QApplication.sendEvent(message, QEnterEvent(middle, middle, middle))
    qtbot.wait(700)
    assert bar.messages
    QApplication.sendEvent(message, QEvent(QEvent.Type.Leave))
    qtbot.waitUntil(lambda: not bar.messages)


def test_a_button_does_its_work_once_and_the_message_goes(bar: MessageBar, qtbot: QtBot) -> None:
    undone = list[bool]()
    message = bar.done("Deleted", ("Undo", lambda: undone.append(True)))
    button = message.findChild(QPushButton)
    assert isinstance(button, QPushButton)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert undone == [True]
    assert not bar.messages


def test_the_same_message_is_counted_and_many_do_not_fill_the_window(bar: MessageBar) -> None:
    for _ in range(5):
        bar.warning("Printer is offline")
    assert [message.times for message in bar.messages] == [5]
    for number in range(10):
        bar.warning(f"Warning {number}")
    assert [message.text for message in bar.messages] == [
        f"Warning {number}" for number in range(10 - MOST, 10)
    ]


def test_what_goes_by_itself_makes_room_first_and_who_is_pushed_out_says_so(bar: MessageBar) -> None:
    asked = bar.warning("There is input here that is not saved.")
    gone: list[str] = []
    asked.closed.connect(lambda: gone.append("asked"))
    bar.done("Saved")
    for number in range(MOST - 1):
        bar.warning(f"Warning {number}")
    assert bar.messages[0] is asked and not gone
    bar.warning("one too many")
    assert gone == ["asked"] and asked not in bar.messages and len(bar.messages) == MOST
