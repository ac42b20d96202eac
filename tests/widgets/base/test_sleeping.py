"""A new style in turns of the event loop: what is seen first, all of it in the end, nothing painted half and half."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count, islice

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtGui import QColor, QPaintEvent, QPalette
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QGridLayout, QLabel, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from services.language import language, tr
from widgets.base import sleeping
from widgets.base.language import switch_language
from widgets.base.pages import PageKey
from widgets.base.style import (
    apply_style,
    change_style,
    load_tokens,
    style_asked,
    style_notice,
    style_settled,
    text_size,
    tokens,
)
from widgets.base.workspace import Workspace

FRONT, BEHIND = PageKey("a.front"), PageKey("a.behind")


class Page(QWidget):
    """Many labels, one of them hidden; remembers in which colours it was painted."""

    def __init__(self, key: PageKey) -> None:
        super().__init__()
        self.key = key
        self.painted: list[set[str]] = []
        self.told = 0
        layout = QGridLayout(self)
        self.labels = [QLabel(f"重庆长宏 {number}") for number in range(40)]
        for number, label in enumerate(self.labels):
            label.setProperty("role", "muted")  # a colour that the sheet alone gives
            layout.addWidget(label, number // 4, number % 4)
        self.hidden = QLabel("418,260.00", self)
        self.hidden.setProperty("role", "muted")
        self.hidden.hide()
        self.retranslate()

    def colours(self) -> set[str]:
        """Text colours of the labels."""
        return {ink(label).name() for label in self.labels}

    def retranslate(self) -> None:
        self.labels[0].setText(tr("Light"))
        self.told += 1

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        self.painted.append(self.colours())
        super().paintEvent(event)


def ink(widget: QWidget) -> QColor:
    """Colour of the text of ``widget``."""
    return widget.palette().color(QPalette.ColorRole.WindowText)


def app() -> QApplication:
    found = QApplication.instance()
    assert isinstance(found, QApplication)
    return found


@pytest.fixture
def space(qtbot: QtBot) -> Iterator[Workspace]:
    apply_style(app(), "light")
    made = Workspace(Page)
    qtbot.addWidget(made)
    made.resize(700, 500)
    made.show()
    made.open(BEHIND)
    QApplication.processEvents()
    made.open(FRONT)
    QApplication.processEvents()
    yield made
    apply_style(app(), "light")


@pytest.fixture
def one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Turns that are used up by one widget, as if there were thousands."""
    monkeypatch.setattr(sleeping, "TURN", 1e-5)


def page(space: Workspace, key: PageKey) -> Page:
    found = space.page(key)
    assert isinstance(found, Page)
    return found


def turns() -> Iterator[int]:
    """Turns of the event loop until the style is settled."""
    for turn in count():
        QTest.qWait(2)
        if style_settled():
            return
        assert turn < 2000
        yield turn


def show_hidden_once(front: Page) -> None:
    """A widget has a style from when it was first shown."""
    front.hidden.show()
    QApplication.processEvents()
    front.hidden.hide()


@pytest.mark.req("PLT-04")
def test_what_is_seen_takes_the_style_first_and_the_page_behind_when_it_is_shown(space: Workspace) -> None:
    light, dark = load_tokens("light").muted, load_tokens("dark").muted
    front, behind = page(space, FRONT), page(space, BEHIND)
    assert front.colours() == behind.colours() == {light}
    change_style(app(), "dark")
    for _turn in turns():
        if front.colours() == {dark}:
            break
    assert dark not in behind.colours()
    space.show_page(BEHIND)
    assert behind.colours() == {dark}


@pytest.mark.req("PLT-04")
@pytest.mark.usefixtures("one_by_one")
def test_nothing_is_painted_half_in_one_style_and_half_in_the_other(space: Workspace, qtbot: QtBot) -> None:
    front = page(space, FRONT)
    front.painted.clear()
    change_style(app(), "dark")
    halves = 0
    for _turn in turns():
        front.update()  # as a mouse that moves over it would
        halves += len(front.colours()) > 1
    qtbot.waitUntil(lambda: {load_tokens("dark").muted} in front.painted)
    assert halves > 10
    assert all(len(colours) == 1 for colours in front.painted)


@pytest.mark.req("PLT-04")
@pytest.mark.usefixtures("one_by_one")
def test_what_is_shown_before_its_turn_has_the_style_in_force(space: Workspace) -> None:
    front = page(space, FRONT)
    show_hidden_once(front)
    change_style(app(), "dark")
    shown = 0
    for _turn in turns():
        front.hidden.setVisible(front.hidden.isHidden())
        if not front.hidden.isHidden():
            assert ink(front.hidden).name() == tokens().muted
            shown += 1
    assert shown > 2
    assert ink(front.hidden).name() == load_tokens("dark").muted


@pytest.mark.req("PLT-04")
@pytest.mark.usefixtures("one_by_one")
def test_a_tab_is_changed_while_the_style_changes(space: Workspace) -> None:
    change_style(app(), "dark")
    for turn in turns():
        space.show_page((FRONT, BEHIND)[turn // 5 % 2])
    assert turn > 10
    for key in (FRONT, BEHIND):
        space.show_page(key)
        assert page(space, key).colours() == {load_tokens("dark").muted}


@pytest.mark.req("PLT-04")
@pytest.mark.usefixtures("one_by_one")
def test_of_two_changes_in_a_row_the_second_counts(space: Workspace, qtbot: QtBot) -> None:
    seen = []
    style_notice().changed.connect(lambda: seen.append(tokens().name))
    change_style(app(), "dark", 15)
    assert style_asked() == ("dark", 15)
    change_style(app(), "green", 18)
    assert style_asked() == ("green", 18)
    qtbot.waitUntil(style_settled)
    change_style(app(), "dark", 15)
    assert len(list(islice(turns(), 30))) == 30  # in the midst of it, whatever has which style by now
    change_style(app(), "green", 18)
    qtbot.waitUntil(style_settled)
    assert (tokens().name, text_size()) == ("green", 18)
    assert seen[-1] == "green"
    assert page(space, FRONT).colours() == {load_tokens("green").muted}
    assert {label.font().pixelSize() for label in page(space, FRONT).labels} == {18}
    assert page(space, FRONT).updatesEnabled()


@pytest.mark.usefixtures("one_by_one")
def test_a_window_that_goes_away_meanwhile_takes_nothing_along(space: Workspace, qtbot: QtBot) -> None:
    other = QWidget()
    layout = QVBoxLayout(other)
    for number in range(20):
        layout.addWidget(QLabel(str(number)))
    other.show()
    QApplication.processEvents()
    change_style(app(), "dark")
    assert len(list(islice(turns(), 5))) == 5
    other.close()
    other.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    qtbot.waitUntil(style_settled)
    assert page(space, FRONT).colours() == {load_tokens("dark").muted}


@pytest.mark.req("PLT-05")
def test_a_page_behind_speaks_the_new_language_when_it_is_shown_and_is_told_once(space: Workspace) -> None:
    before = language()
    front, behind = page(space, FRONT), page(space, BEHIND)
    try:
        switch_language(app(), "en")
        assert front.labels[0].text() == "Light"
        front.told = behind.told = 0
        switch_language(app(), "zh_CN")
        assert (front.labels[0].text(), front.told) == ("浅色", 1)
        switch_language(app(), "en")
        switch_language(app(), "zh_CN")
        assert behind.told == 0
        space.show_page(BEHIND)
        assert (behind.labels[0].text(), behind.told) == ("浅色", 1)
        space.show_page(FRONT)
        space.show_page(BEHIND)
        assert behind.told == 1
    finally:
        switch_language(app(), before)
