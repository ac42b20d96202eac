"""The login window keeps the password where somebody asks for it, in the PC's keyring alone (ORG-03, ORG-21)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends.fail import Keyring as Missing
from keyring.errors import KeyringLocked
from pytestqt.qtbot import QtBot

from services.settings import PcSettings, Server, read_settings
from tests.conftest import PASSWORD, Company
from tests.widgets.organisation.conftest import Safe, settle
from widgets.organisation.login import LoginDialog

KEPT = ("shuke", "sales1@office-server")


class Locked(KeyringBackend):
    """A keyring that nobody has unlocked."""

    priority = 1  # type: ignore[assignment]

    def get_password(self, service: str, username: str) -> str | None:
        raise KeyringLocked("locked")

    set_password = delete_password = get_password  # type: ignore[assignment]


class Broken(KeyringBackend):
    """A back end that raises what is no error of keyrings, as those of Windows and of a dead bus do."""

    priority = 1  # type: ignore[assignment]

    def get_password(self, service: str, username: str) -> str | None:
        raise OSError(1312, "No such logon session")

    def set_password(self, service: str, username: str, password: str) -> None:
        raise OSError(1312, "No such logon session")

    def delete_password(self, service: str, username: str) -> None:
        raise OSError(1312, "No such logon session")


class Pc:
    """One PC: its settings and its login window."""

    def __init__(self, qtbot: QtBot, company: Company, folder: Path) -> None:
        self._qtbot, self._company, self.path = qtbot, company, folder / "shuke.toml"
        settings = PcSettings(self.path, language="en")
        address = company.url("nobody").set(username=None, password=None).render_as_string()
        settings.add(Server("office-server", address))
        settings.save()

    def window(self) -> LoginDialog:
        """The window as the program opens it next time."""
        dialog = LoginDialog(read_settings(self.path))
        self._qtbot.addWidget(dialog)
        dialog.show()
        settle(self._qtbot)
        return dialog

    def log_in(self, *, keep: bool, login: str = "sales1") -> LoginDialog:
        """Type, tick or not, and enter."""
        dialog = self.window()
        dialog.login.setText(login)
        dialog.password.setText(PASSWORD)
        dialog.remember.setChecked(keep)
        dialog.enter.click()
        self._qtbot.waitUntil(lambda: dialog.opened is not None)
        assert dialog.opened is not None
        self._company.opened.append(dialog.opened.database)
        settle(self._qtbot)
        return dialog


@pytest.fixture
def pc(qtbot: QtBot, company: Company, tmp_path: Path) -> Pc:
    return Pc(qtbot, company, tmp_path)


@pytest.fixture(params=[Missing, Locked, Broken])
def no_safe(request: pytest.FixtureRequest) -> Iterator[None]:
    """A PC whose keyring is of no use."""
    before = keyring.get_keyring()
    keyring.set_keyring(request.param())
    yield
    keyring.set_keyring(before)


@pytest.mark.req("ORG-03", "ORG-21")
def test_a_kept_password_is_there_next_time(pc: Pc, safe: Safe) -> None:
    assert pc.log_in(keep=True).warning is None
    assert safe.held == {KEPT: PASSWORD}
    assert PASSWORD not in pc.path.read_text("utf-8"), "in the keyring alone"
    again = pc.window()
    assert again.remember.isChecked()
    assert (again.login.text(), again.password.text()) == ("sales1", PASSWORD)
    # another login has another password
    again.password.clear()
    again.login.setText("sales2")
    again.login.editingFinished.emit()
    assert again.password.text() == ""


@pytest.mark.req("ORG-21")
def test_without_the_tick_nothing_is_kept(pc: Pc, safe: Safe) -> None:
    pc.log_in(keep=False)
    assert safe.held == {}
    again = pc.window()
    assert not again.remember.isChecked() and again.password.text() == ""


@pytest.mark.req("ORG-21")
def test_taking_the_tick_away_forgets(pc: Pc, safe: Safe) -> None:
    pc.log_in(keep=True)
    pc.log_in(keep=False)
    assert safe.held == {}
    assert pc.window().password.text() == ""


@pytest.mark.req("ORG-21")
def test_a_tick_of_two_people_is_forgotten_for_each(pc: Pc, safe: Safe) -> None:
    pc.log_in(keep=True)
    pc.log_in(keep=False, login="sales2")
    assert safe.held == {KEPT: PASSWORD}, "his colleague's choice is none of his"
    pc.log_in(keep=False)
    assert safe.held == {}


@pytest.mark.req("ORG-21")
@pytest.mark.usefixtures("no_safe")
def test_without_a_keyring_one_logs_in_all_the_same(pc: Pc) -> None:
    dialog = pc.log_in(keep=True)
    assert "no safe place" in str(dialog.warning)
    assert PASSWORD not in pc.path.read_text("utf-8")
    again = pc.window()
    assert again.password.text() == "" and not again.remember.isChecked()
    assert pc.log_in(keep=False).warning is None
