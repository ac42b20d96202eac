"""The form of a customer as a salesperson has it open, in English."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from services.drafts import Drafts
from tests.conftest import Company
from tests.factories.forms import CUSTOMER, ENTITIES
from tests.factories.rights import give
from tests.widgets.base.forms import Open
from tests.widgets.desk import client_of
from widgets.base.client import Client
from widgets.base.record_form import RecordForm
from widgets.base.tasks import tasks


@pytest.fixture
def client(company: Company) -> Client:
    give(company, "sales", "customers.set_credit")
    return client_of(company.as_("sales1"), ENTITIES)


@pytest.fixture
def drafts(tmp_path: Path) -> Drafts:
    return Drafts("test/sales1", tmp_path)


@pytest.fixture
def open_form(qtbot: QtBot, client: Client, drafts: Drafts, english: None) -> Iterator[Open]:
    forms: list[RecordForm] = []

    def opened(record_id: int | None = None, *, of: Client | None = None, **more: Any) -> RecordForm:
        form = RecordForm(of or client, CUSTOMER, record_id, drafts=more.pop("drafts", drafts), **more)
        forms.append(form)
        form.resize(1100, 800)
        with qtbot.waitActive(form):
            form.show()
            form.activateWindow()
        qtbot.waitUntil(lambda: form.fields.isEnabled() and not form.keeping.busy)
        form.fields.focus_first()
        return form

    yield opened
    for form in forms:
        if isValid(form):
            form.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    tasks().wait()
