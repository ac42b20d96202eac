"""Pages of people and rights, logged in as somebody, loaded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from services.language import language, use_language
from tests.conftest import Company
from tests.widgets.desk import client_of
from widgets.base.client import Client
from widgets.base.tasks import tasks


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    """Texts are compared in English; a test that switches finds its way back."""
    before = language()
    use_language("en")
    yield
    use_language(before)


@pytest.fixture
def client(company: Company) -> Callable[[str], Client]:
    """A client of ``login`` with all entities."""
    return lambda login: client_of(company.as_(login))


@pytest.fixture
def show(qtbot: QtBot) -> Callable[[QWidget], Any]:
    """Show a widget and wait until what it reads is there."""

    def showing(widget: QWidget) -> QWidget:
        qtbot.addWidget(widget)
        widget.resize(1200, 800)
        widget.show()
        settle(qtbot)
        return widget

    return showing


def settle(qtbot: QtBot) -> None:
    """Wait until no task runs."""
    qtbot.wait(20)
    qtbot.waitUntil(lambda: not tasks().running(), timeout=10_000)
    qtbot.wait(20)
