"""The title row at different widths: buttons are never cut, the title gives way first."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from widgets.base.card import Elided
from widgets.base.title_row import TITLE, TitleRow


class _Page(QWidget):
    """A page with a title of ``letters`` letters, a chip and ``count`` buttons over an empty body."""

    def __init__(self, letters: int, count: int) -> None:
        super().__init__()
        self.row = TitleRow()
        self.title, self.chip = Elided(), QLabel("draft")
        self.title.setText("m" * letters)
        self.row.addWidget(self.title)
        self.row.addWidget(self.chip)
        self.row.begin_actions()
        self.buttons = [QPushButton(f"button number {place}") for place in range(count)]
        for button in self.buttons:
            self.row.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(self.row)
        layout.addStretch(1)


@pytest.mark.parametrize("letters", [8, 120])
@pytest.mark.parametrize("count", [0, 2, 6])
@pytest.mark.parametrize("width", [420, 700, 1000, 2000])
def test_no_button_is_cut_or_covered_at_any_width(letters: int, count: int, width: int, qtbot: QtBot) -> None:
    page = _Page(letters, count)
    qtbot.addWidget(page)
    page.resize(width, 400)
    page.show()
    shown = [page.title, page.chip, *page.buttons]
    for place, one in enumerate(shown):
        assert page.rect().contains(one.geometry()), one
        assert not any(one.geometry().intersects(other.geometry()) for other in shown[place + 1 :])
    for one in (page.chip, *page.buttons):
        assert one.width() >= one.sizeHint().width()
    assert page.title.width() >= min(page.title.sizeHint().width(), TITLE)


def test_buttons_stand_at_the_right_of_a_wide_page_and_below_the_title_of_a_narrow_one(qtbot: QtBot) -> None:
    page = _Page(12, 4)
    qtbot.addWidget(page)
    page.resize(1200, 400)
    page.show()
    last = page.buttons[-1].geometry()
    assert last.right() == page.rect().right() and last.center().y() == page.title.geometry().center().y()
    page.resize(500, 400)
    assert page.buttons[0].geometry().top() > page.title.geometry().bottom()
    page.buttons[0].hide()
    page.buttons[1].hide()
    qtbot.waitUntil(lambda: page.buttons[-1].geometry().center().y() == page.title.geometry().center().y())


def test_a_chip_that_comes_later_stands_with_the_title(qtbot: QtBot) -> None:
    page = _Page(12, 2)
    qtbot.addWidget(page)
    late, early = QLabel("late"), QPushButton("first of all")
    page.row.add_chip(late)
    page.row.insert_action(page.row.first_action, early)
    page.resize(1200, 400)
    page.show()
    assert page.chip.geometry().right() < late.geometry().left() < 400
    assert 600 < early.geometry().left() < page.buttons[0].geometry().left()
