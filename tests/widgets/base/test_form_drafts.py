"""The draft of an ordinary form holds the key of a save that was not answered, and leaves nothing behind (PLT-30)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from services.database import Database
from services.drafts import Drafts
from services.errors import ConnectionLost, Refused
from services.records import create
from tests.conftest import Company
from tests.factories.rights import give
from tests.widgets.desk import client_of, shell_of
from widgets.base.client import Client
from widgets.base.record_form import RecordForm

pytestmark = pytest.mark.usefixtures("english")


@pytest.fixture
def client(company: Company) -> Client:
    give(company, "sales", "customers.set_credit")
    return client_of(company.as_("sales1"))


def opened(qtbot: QtBot, client: Client, folder: Path) -> RecordForm:
    """A new customer as after a start of the program: nothing but the disk knows of earlier ones."""
    form = RecordForm(
        client, client.entities["customers.customer"], drafts=Drafts("server/db/sales1", folder)
    )
    form.show()
    qtbot.waitUntil(lambda: form.fields.isEnabled() and not form.keeping.busy)
    return form


def type_name(form: RecordForm, name: str) -> None:
    form.fields.set_values({"name": name})
    form._typed("name")


def kill(form: RecordForm) -> None:
    form.keeping._timer.stop()
    form.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def press(form: RecordForm, title: str) -> None:
    next(b for b in form.messages.findChildren(QPushButton) if b.text() == title).click()


def customers(company: Company) -> list[Any]:
    return company.psql().execute("SELECT name FROM customers.customer ORDER BY id").fetchall()


def lost(
    qtbot: QtBot, client: Client, folder: Path, monkeypatch: pytest.MonkeyPatch, *, done: bool = True
) -> RecordForm:
    """A new customer was saved, and the answer lost; ``done``: after the server had done it."""
    form = opened(qtbot, client, folder)
    type_name(form, "Changhong")
    honest = Database.write_once

    def without_answer(self: Database, key: Any, command: Any, **arguments: Any) -> Any:
        assert list(folder.glob("*.json")), "the draft lies on the disk before anything is sent"
        if done:
            honest(self, key, command, **arguments)
        raise ConnectionLost("gone")

    monkeypatch.setattr(Database, "write_once", without_answer)
    form.save()
    qtbot.waitUntil(lambda: bool(form.messages.messages) and not form._saving)
    monkeypatch.setattr(Database, "write_once", honest)
    return form


@pytest.mark.req("PLT-30")
def test_a_new_record_whose_answer_was_lost_is_told_and_not_offered(
    qtbot: QtBot, client: Client, company: Company, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kill(lost(qtbot, client, tmp_path, monkeypatch))
    assert customers(company) == [("Changhong",)]
    again = opened(qtbot, client, tmp_path)
    qtbot.waitUntil(lambda: bool(again.messages.messages))
    assert "was saved; only the answer was lost" in again.messages.messages[0].text and not again.dirty()
    press(again, "Open it")
    ((entity, _record),) = shell_of(client).opened
    assert entity == "customers.customer"
    qtbot.waitUntil(lambda: not list(tmp_path.glob("*.json")))
    assert not opened(qtbot, client, tmp_path).messages.messages, "it is said once"
    kill(again)


@pytest.mark.req("PLT-30")
def test_more_was_typed_after_the_answer_was_lost(
    qtbot: QtBot, client: Client, company: Company, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed after typing on: the draft goes on as the record that was made."""
    form = lost(qtbot, client, tmp_path, monkeypatch)
    form.fields.set_values({"name": "Changhong Electric", "phone": "0791-1"})
    form._typed("name")
    form.keeping.keep()
    qtbot.waitUntil(lambda: not form.keeping.busy)
    kill(form)
    again = opened(qtbot, client, tmp_path)
    qtbot.waitUntil(lambda: bool(again.messages.messages))
    press(again, "Continue with it")
    qtbot.waitUntil(lambda: again.record_id is not None and again.dirty())
    assert again.changes() == {"name": "Changhong Electric", "phone": "0791-1"}
    with qtbot.waitSignal(again.saved):
        again.save()
    assert customers(company) == [("Changhong Electric",)]
    qtbot.waitUntil(lambda: not list(tmp_path.glob("*.json")))
    kill(again)


@pytest.mark.req("PLT-30")
def test_a_save_that_never_arrived_is_typed_again_and_cannot_arrive_later(
    qtbot: QtBot, client: Client, company: Company, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = lost(qtbot, client, tmp_path, monkeypatch, done=False)
    begun = form.begun()
    assert begun is not None
    kill(form)
    again = opened(qtbot, client, tmp_path)
    qtbot.waitUntil(lambda: bool(again.messages.messages))
    press(again, "Continue with it")
    qtbot.waitUntil(again.dirty)
    with pytest.raises(Refused):
        client.database.write_once(
            begun.keys[-1], create, entity=client.entities["customers.customer"], values={"name": "Late"}
        )
    with qtbot.waitSignal(again.saved):
        again.save()
    assert customers(company) == [("Changhong",)]
    kill(again)


@pytest.mark.req("PLT-30")
def test_the_same_form_tries_again_with_something_else(
    qtbot: QtBot, client: Client, company: Company, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = lost(qtbot, client, tmp_path, monkeypatch)
    form.fields.set_values({"name": "Changhong Electric"})
    form._typed("name")
    with qtbot.waitSignal(form.saved):
        form.save()
    assert "had been saved before" in form.messages.messages[0].text and form.record_id is not None
    qtbot.waitUntil(lambda: form.settled)
    assert form.changes() == {"name": "Changhong Electric"}
    with qtbot.waitSignal(form.saved):
        form.save()
    assert customers(company) == [("Changhong Electric",)]
    kill(form)


@pytest.mark.req("PLT-30")
def test_a_refused_save_leaves_one_draft_and_none_when_it_is_done(
    qtbot: QtBot, client: Client, company: Company, tmp_path: Path
) -> None:
    form = opened(qtbot, client, tmp_path)
    type_name(form, "Changhong")
    form.fields.set_values({"credit_limit": -5})
    form._typed("credit_limit")
    form.save()
    qtbot.waitUntil(lambda: bool(form.fields.editors["credit_limit"].error()))
    form.keeping.keep()
    qtbot.waitUntil(lambda: not form.keeping.busy)
    assert len(list(tmp_path.glob("*.json"))) == 1
    form.fields.set_values({"credit_limit": 5})
    form._typed("credit_limit")
    with qtbot.waitSignal(form.saved):
        form.save()
    qtbot.waitUntil(lambda: not list(tmp_path.glob("*.json")))
    assert not opened(qtbot, client, tmp_path).messages.messages, "nothing is offered again"
    assert customers(company) == [("Changhong",)]
    kill(form)
