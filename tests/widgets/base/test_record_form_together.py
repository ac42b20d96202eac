"""Two people at the same record: conflicts, changes that arrive, who has it open."""

from __future__ import annotations

import threading
from uuid import uuid4

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from services.changes import Listener
from services.errors import NotAvailable
from services.presence import announce
from tests.conftest import Company
from tests.factories.forms import CUSTOMER, name_of
from tests.widgets.base.forms import Open, keys, make, press, said, stored
from tests.widgets.desk import changed_elsewhere
from widgets.base.client import Client

pytestmark = pytest.mark.usefixtures("english")


def other_writes(company: Company, record_id: int, **values: str) -> None:
    """lead1, above sales1, changes the record on another PC."""
    sets = ", ".join(f"{name} = %s" for name in values)
    company.psql("lead1").execute(
        f"UPDATE customers.customer SET {sets} WHERE id = %s", (*values.values(), record_id)
    )


@pytest.mark.req("PLT-31")
def test_both_changed_the_same_field(open_form: Open, qtbot: QtBot, company: Company) -> None:
    record_id = make(company, name="Changhong", phone="111", address="Old street")
    form = open_form(record_id)
    for key, text in (("phone", "222"), ("remark", "mine")):
        form.fields.editors[key].setFocus()
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        keys(text)
    other_writes(company, record_id, phone="333", address="New street")
    form.save()
    qtbot.waitUntil(lambda: form._meeting.panel is not None)
    panel = form._meeting.panel
    assert panel is not None
    assert [(d.key, d.was, d.mine, d.theirs) for d in panel.fields] == [
        ("address", "Old street", "Old street", "New street"),
        ("phone", "111", "222", "333"),
        ("remark", None, "mine", None),
    ]
    assert panel.choices() == {"address": "New street", "remark": "mine"}
    assert not panel.save_button.isEnabled(), "the clash waits for a choice"
    assert stored(company, record_id, "phone", "address") == ("333", "New street"), "nothing is overwritten"
    panel.choose("phone", mine=True)
    with qtbot.waitSignal(form.saved):
        QTest.mouseClick(panel.save_button, Qt.MouseButton.LeftButton)
    assert stored(company, record_id, "phone", "address", "remark") == ("222", "New street", "mine")
    assert not form.dirty()


@pytest.mark.req("PLT-31")
def test_theirs_is_chosen(open_form: Open, qtbot: QtBot, company: Company) -> None:
    record_id = make(company, name="Changhong", phone="111")
    form = open_form(record_id)
    form.fields.editors["phone"].setFocus()
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    keys("222")
    other_writes(company, record_id, phone="333")
    form.save()
    qtbot.waitUntil(lambda: form._meeting.panel is not None)
    assert form._meeting.panel is not None
    form._meeting.panel.choose("phone", mine=False)
    QTest.mouseClick(form._meeting.panel.save_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not form.dirty())
    assert stored(company, record_id, "phone") == ("333",)
    assert form.fields.editors["phone"].value() == "333"


@pytest.mark.req("PLT-31")
def test_different_fields_are_both_kept_without_asking(
    open_form: Open, qtbot: QtBot, company: Company
) -> None:
    record_id = make(company, name="Changhong", phone="111", address="Old street")
    form = open_form(record_id)
    form.fields.editors["remark"].setFocus()
    keys("mine")
    other_writes(company, record_id, phone="333")
    with qtbot.waitSignal(form.saved):
        form.save()
    assert stored(company, record_id, "phone", "remark", "address") == ("333", "mine", "Old street")
    assert form.fields.editors["phone"].value() == "333"


@pytest.mark.req("PLT-08")
def test_changes_elsewhere_arrive_or_are_offered(
    open_form: Open, qtbot: QtBot, company: Company, request: pytest.FixtureRequest
) -> None:
    record_id = make(company, name="Changhong", phone="111")
    form = open_form(record_id)
    connected = threading.Event()
    listener = Listener(
        form.client.database, form.client.bus.tell, lambda up: connected.set() if up else connected.clear()
    )
    listener.start()
    request.addfinalizer(lambda: (listener.stop(), listener.join(5)))
    assert connected.wait(10)
    other_writes(company, record_id, phone="333")
    qtbot.waitUntil(lambda: form.fields.editors["phone"].value() == "333", timeout=2000)
    form.fields.editors["remark"].setFocus()
    keys("half typ")
    other_writes(company, record_id, phone="444")
    qtbot.waitUntil(lambda: "has just changed Phone" in said(form), timeout=2000)
    assert form.fields.editors["remark"].value() == "half typ"
    assert QApplication.focusWidget() is form.fields.editors["remark"].input()
    press(form, "Compare")
    assert form._meeting.panel is not None
    form._meeting.panel.back.emit()
    assert form._meeting.panel is None and form.changes() == {"remark": "half typ"}


@pytest.mark.req("PLT-31")
def test_who_else_has_it_open(open_form: Open, qtbot: QtBot, company: Company, client: Client) -> None:
    record_id = make(company, name="Changhong")
    form = open_form(record_id)
    assert form._presence is not None
    assert form.others() == []
    qtbot.waitUntil(lambda: company.psql().execute("SELECT count(*) FROM app.presence").fetchone() == (1,))
    lead = company.as_("lead1")
    seen = announce(lead, entity=CUSTOMER.key, record_id=record_id, client=uuid4())
    assert [each.name for each in seen] == [name_of("sales1")]
    with qtbot.waitSignal(form.others_changed):
        changed_elsewhere(client, "app.presence", record_id)
    assert form._presence.text() == f"{name_of('lead1')} also has this open"
    # a crash: the connections end without a word
    lead.close()
    qtbot.waitUntil(lambda: alone(company))
    with qtbot.waitSignal(form.others_changed):
        changed_elsewhere(client, "app.presence", record_id)
    assert form.others() == [] and not form._presence.isVisible()
    form.deleteLater()
    qtbot.waitUntil(lambda: company.psql().execute("SELECT count(*) FROM app.presence").fetchone() == (0,))


def alone(company: Company) -> bool:
    return company.psql().execute(
        "SELECT count(*) FROM pg_stat_activity WHERE usename = 'lead1' AND datname = current_database()"
    ).fetchone() == (0,)


def test_presence_of_hidden_records_is_not_told(company: Company) -> None:
    record_id = make(company, name="Changhong")
    with pytest.raises(NotAvailable):
        announce(company.as_("sales5"), entity=CUSTOMER.key, record_id=record_id, client=uuid4())
