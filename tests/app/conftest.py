"""A window in English and light, shown; the whole workplace of the boss over the sample company."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from app.main_window import MainWindow
from app.tour import NotKept
from app.tour import settle as wait_for_tasks
from app.workplace import Workplace
from services.opening import Opened
from services.session import log_in, read_dictionary
from tests.app.windows import DemoPage, Make, Memory, SlowProvider, app, settle
from tests.conftest import Company
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


@pytest.fixture
def place(sample_office: Company, qtbot: QtBot) -> Iterator[Workplace]:
    database = sample_office.as_("boss")
    user = log_in(database)
    with database.read_session() as session:
        dictionary = read_dictionary(session)
    opened = Opened(database, user, NotKept(Opened(database, user, None, dictionary)), dictionary)  # type: ignore[arg-type]
    made = Workplace(opened, "test")
    made.start()
    made.window.resize(1280, 800)
    made.window.show()
    made.window.activateWindow()
    wait_for_tasks()
    yield made
    made.end("")
    made.take_down()
