"""Complaint: a form saved itself without being asked, or was empty after its window had been resized."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from services.drafts import Drafts
from tests.conftest import Company
from tests.factories.forms import CUSTOMER
from tests.widgets.base.forms import all_customers, keys, make, stored
from widgets.base import keeping
from widgets.base.client import Client
from widgets.base.pages import PageKey
from widgets.base.record_form import RecordForm
from widgets.base.tab_groups import Side
from widgets.base.tasks import tasks
from widgets.base.workspace import Workspace


def settle() -> None:
    for _ in range(5):
        QApplication.processEvents()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def space(qtbot: QtBot, client: Client, drafts: Drafts, english: None) -> Iterator[Workspace]:
    """A workspace whose pages are forms of customers."""
    made = Workspace(lambda key: RecordForm(client, CUSTOMER, key.record, drafts=drafts))
    qtbot.addWidget(made)
    made.resize(1100, 700)
    made.show()
    made.activateWindow()
    yield made
    made.close_windows()
    settle()
    tasks().wait()


def form_of(space: Workspace, key: PageKey) -> RecordForm:
    page = space.page(key)
    assert isinstance(page, RecordForm)
    return page


@pytest.mark.req("PLT-01", "PLT-30")
@pytest.mark.parametrize("stored_record", [True, False])
def test_what_is_typed_stays_while_its_window_changes_and_is_saved_by_nobody_else(
    space: Workspace, qtbot: QtBot, company: Company, monkeypatch: pytest.MonkeyPatch, stored_record: bool
) -> None:
    monkeypatch.setattr(keeping, "DELAY", 20)
    record_id = make(company, name="Changhong") if stored_record else None
    other = make(company, name="Hongtai")
    key, beside = PageKey(CUSTOMER.key, "record", record_id), PageKey(CUSTOMER.key, "record", other)
    space.open(beside)
    space.open(key)
    form = form_of(space, key)
    qtbot.waitUntil(lambda: form.fields.isEnabled() and not form.keeping.busy)
    remark, short = form.fields.editors["remark"], form.fields.editors["short_name"]
    remark.setFocus()
    keys("calls after ten")
    short.setFocus()
    keys("half ty")
    customers = all_customers(company)
    typed = {"remark": "calls after ten", "short_name": "half ty"}

    def whole() -> None:
        settle()
        assert form is form_of(space, key) and form.changes() == typed and form.dirty()
        assert all_customers(company) == customers
        if record_id is not None:
            assert stored(company, record_id, "short_name", "remark") == (None, None)

    whole()
    for width, height in ((420, 300), (2400, 1300), (1024, 700)):
        space.resize(width, height)
        whole()
    line = short.input()
    assert line is not None and line.hasFocus(), "the cursor stays where somebody types"
    space.split(key, Side.RIGHT)
    whole()
    space.to_window(key)
    whole()
    (window,) = space.windows()
    window.resize(500, 400)
    whole()
    window.showMinimized()
    window.showNormal()
    whole()
    space.show_page(beside)
    whole()
    # kept on this PC, for a crash, and nowhere else
    qtbot.waitUntil(lambda: len(form.keeping.drafts.all()) == 1)
    space.show_page(key)
    short.setFocus()
    QTest.keyClicks(line, "ped")
    typed["short_name"] += "ped"
    whole()
