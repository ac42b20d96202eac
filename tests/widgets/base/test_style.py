"""Styles: readable, applied at once, and followed by icons and fonts."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QIcon
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from installer.make_icons import NAMES
from resources import FOLDER
from widgets.base.formatting import _tinted
from widgets.base.icons import app_icon, icon
from widgets.base.pages import PageKey
from widgets.base.style import (
    HIGH_RATIO,
    PAIRS,
    STYLES,
    TEXT_SIZES,
    apply_style,
    contrast,
    load_tokens,
    style_notice,
    tokens,
)
from widgets.base.workspace import Workspace


def _app() -> QApplication:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    return app


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.req("PLT-04")
@pytest.mark.parametrize("name", STYLES)
def test_every_text_is_readable_on_its_background(name: str) -> None:
    chosen = load_tokens(name)
    poor = [
        (ink, ground, round(contrast(getattr(chosen, ink), getattr(chosen, ground)), 2))
        for ink, ground in PAIRS
        if contrast(getattr(chosen, ink), getattr(chosen, ground)) < chosen.ratio
    ]
    assert not poor
    assert (chosen.ratio == HIGH_RATIO) == (name == "high_contrast")


@pytest.mark.req("PLT-04")
@pytest.mark.parametrize("name", STYLES)
@pytest.mark.parametrize(
    "colour", ["#ff0000", "#0000ff", "#1a62d6", "#0891b2", "#ffe100", "#000000", "#ffffff", "#777777"]
)
def test_a_choice_of_any_colour_is_readable(name: str, colour: str) -> None:
    chosen = load_tokens(name)
    chip = _tinted(colour, chosen.card, chosen.dark, chosen.ratio)
    assert contrast(chip.ink, chip.ground) >= chosen.ratio


@pytest.mark.req("PLT-04")
def test_a_style_and_a_text_size_show_at_once(qtbot: QtBot) -> None:
    page = QWidget()
    page.setProperty("page", True)
    layout = QVBoxLayout(page)
    label, button = QLabel("重庆长宏 418,260.00"), QPushButton("确认")
    button.setProperty("primary", True)
    layout.addWidget(label)
    layout.addWidget(button)
    qtbot.addWidget(page)
    page.show()
    heights = {}
    for name in STYLES:
        for size in TEXT_SIZES:
            with qtbot.waitSignal(style_notice().changed):
                apply_style(_app(), name, size)
            QApplication.processEvents()
            image = page.grab().toImage()
            assert image.pixelColor(2, 2) == tokens().color("ground")
            assert image.pixelColor(button.x() + 8, button.geometry().center().y()) == tokens().color(
                "accent"
            )
            assert label.font().pixelSize() == size
            heights[size] = button.sizeHint().height()
    assert list(heights.values()) == sorted(set(heights.values()))
    apply_style(_app(), "light")


@pytest.mark.req("PLT-04")
def test_a_page_behind_another_takes_the_style_when_it_is_seen(qtbot: QtBot) -> None:
    """It is not polished while it is hidden; what it looks like then must be as if it had been seen all the time."""

    class Counting(QLabel):
        styled = 0

        def changeEvent(self, event: QEvent) -> None:
            self.styled += event.type() == QEvent.Type.StyleChange
            super().changeEvent(event)

    def page(_key: PageKey) -> QWidget:
        made = QWidget()
        layout = QVBoxLayout(made)
        for role in ("muted", "title", "small", ""):
            label = Counting("重庆长宏 418,260.00")
            label.setProperty("role", role)
            layout.addWidget(label)
        layout.addWidget(QLineEdit("418"))
        return made

    def unfocused() -> None:
        QApplication.processEvents()
        if focus := QApplication.focusWidget():
            focus.clearFocus()

    apply_style(_app(), "light")
    space = Workspace(page)
    qtbot.addWidget(space)
    space.resize(600, 400)
    space.show()
    behind, front = PageKey("a.behind"), PageKey("a.front")
    space.open(behind)
    space.open(front)
    QApplication.processEvents()
    hidden = space.page(behind)
    shown = space.page(front)
    assert hidden is not None and shown is not None
    for label in space.findChildren(Counting):
        label.styled = 0
    apply_style(_app(), "dark", 18)
    assert {label.styled for label in shown.findChildren(Counting)} == {1}, "once, not once per ancestor"
    assert not hidden.testAttribute(Qt.WidgetAttribute.WA_WState_Polished)
    for _turn in range(2):
        apply_style(_app(), "green", 15)
        space.show_page(front)
        unfocused()
        seen = shown.grab().toImage()
        space.show_page(behind)
        unfocused()
        assert hidden.grab().toImage() == seen
    apply_style(_app(), "light")


def test_digits_are_as_wide_as_one_another(qtbot: QtBot) -> None:
    apply_style(_app(), "light")
    metrics = QFontMetrics(_app().font())
    assert len({metrics.horizontalAdvance(digit * 10) for digit in "0123456789"}) == 1


def test_unknown_style_or_size_is_refused(qtbot: QtBot) -> None:
    with pytest.raises(ValueError, match="unknown style"):
        apply_style(_app(), "pink")
    with pytest.raises(ValueError, match="text size"):
        apply_style(_app(), "light", 40)


@pytest.mark.parametrize("name", [*NAMES, "diamond"])
def test_every_icon_draws_something_in_the_tokens_colour(qtbot: QtBot, name: str) -> None:
    apply_style(_app(), "light")
    image = icon(name, "bad").pixmap(QSize(24, 24), 2.0).toImage()
    assert (image.width(), image.height()) == (48, 48)
    solid = {
        image.pixelColor(x, y).name()
        for x in range(48)
        for y in range(48)
        if image.pixelColor(x, y).alpha() == 255
    }
    assert solid
    assert all(_near(QColor(colour), tokens().color("bad")) for colour in solid)


def _near(one: QColor, other: QColor) -> bool:
    return all(abs(a - b) <= 2 for a, b in zip(one.getRgb(), other.getRgb(), strict=True))  # type: ignore[call-overload]


def test_icons_follow_the_style_and_the_state(qtbot: QtBot) -> None:
    apply_style(_app(), "light")
    same = icon("square-check", "ink")
    light = same.pixmap(QSize(32, 32), 1.0).toImage()
    apply_style(_app(), "dark")
    assert same.pixmap(QSize(32, 32), 1.0).toImage() != light
    apply_style(_app(), "light")
    assert same.pixmap(QSize(32, 32), 1.0).toImage() == light
    chosen = same.pixmap(QSize(32, 32), 1.0, QIcon.Mode.Normal, QIcon.State.On).toImage()
    assert chosen != light
    assert same.pixmap(QSize(32, 32), 1.0, QIcon.Mode.Disabled).toImage() != light


def test_an_unknown_icon_is_an_error_where_it_is_named(qtbot: QtBot) -> None:
    with pytest.raises(FileNotFoundError):
        icon("no-such-icon")


def test_the_programs_own_icon(qtbot: QtBot) -> None:
    image = app_icon().pixmap(QSize(64, 64), 1.0).toImage()
    assert image.pixelColor(6, 32).name() == "#1a62d6"
    assert (FOLDER / "icons" / "LICENSE-lucide.txt").read_text("utf-8").startswith("ISC License")
