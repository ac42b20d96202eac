"""Pages of people and rights, logged in as somebody, loaded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import PasswordDeleteError
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
    qtbot.waitUntil(lambda: not tasks().running())
    qtbot.wait(20)


class Safe(KeyringBackend):
    """The system's keyring, in memory."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()
        self.held: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.held.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.held[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if self.held.pop((service, username), None) is None:
            raise PasswordDeleteError


@pytest.fixture
def safe() -> Iterator[Safe]:
    """A PC with a keyring."""
    before, made = keyring.get_keyring(), Safe()
    keyring.set_keyring(made)
    yield made
    keyring.set_keyring(before)
