"""A window in English and light, shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from app.main_window import MainWindow
from tests.app.windows import DemoPage, Make, Memory, SlowProvider, app, settle
from widgets.base.language import switch_language
from widgets.base.style import apply_style


@pytest.fixture
def plain(qtbot: QtBot) -> Iterator[None]:
    """English and light, and Chinese again afterwards."""
    switch_language(app(), "en")
    apply_style(app(), "light")
    yield
    switch_language(app(), "zh_CN")
    apply_style(app(), "light")


@pytest.fixture
def make(qtbot: QtBot) -> Iterator[Make]:
    made = list[MainWindow]()

    def build(
        settings: Memory | None = None,
        can: Callable[[str], bool] = lambda right: True,
        providers: Sequence[SlowProvider] = (),
        panels: bool = False,
    ) -> MainWindow:
        window = MainWindow(
            DemoPage, can=can, settings=settings or Memory(), user="王经理", providers=providers
        )
        qtbot.addWidget(window)
        if panels:
            window.add_panel("reminders", "Tasks", QLabel("panel"))
        window.start()
        window.show()
        settle()
        made.append(window)
        return window

    yield build
    for window in made:
        window.workspace.close_windows()
    settle()
