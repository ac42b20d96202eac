"""The form as a person works with it: keyboard, errors at fields, drafts, conflicts, a server that goes away."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from services.changes import Listener
from services.database import _Work
from services.drafts import Drafts
from services.errors import ConnectionLost, NotAvailable
from services.language import use_language
from services.presence import announce
from tests.conftest import Company
from tests.factories.forms import CUSTOMER, ENTITIES, name_of
from tests.widgets.desk import changed_elsewhere, client_of, shell_of
from widgets.base import record_form
from widgets.base.client import Client
from widgets.base.editors.pick import PickEditor
from widgets.base.record_form import RecordForm
from widgets.base.tasks import tasks

Open = Callable[..., RecordForm]


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    use_language("en")
    yield
    use_language("zh_CN")


@pytest.fixture
def client(company: Company) -> Client:
    return client_of(company.as_("sales1"), ENTITIES)


@pytest.fixture
def drafts(tmp_path: Path) -> Drafts:
    return Drafts("test/sales1", tmp_path)


@pytest.fixture
def open_form(qtbot: QtBot, client: Client, drafts: Drafts) -> Iterator[Open]:
    forms: list[RecordForm] = []

    def opened(record_id: int | None = None, *, of: Client | None = None, **more: Any) -> RecordForm:
        form = RecordForm(of or client, CUSTOMER, record_id, drafts=more.pop("drafts", drafts), **more)
        forms.append(form)
        form.resize(1100, 800)
        with qtbot.waitActive(form):
            form.show()
            form.activateWindow()
        qtbot.waitUntil(form.fields.isEnabled)
        form.fields.focus_first()
        return form

    yield opened
    for form in forms:
        if isValid(form):
            form.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    tasks().wait()


def keys(text: str, *after: Qt.Key) -> None:
    """Type into whatever has the keyboard."""
    target = QApplication.focusWidget()
    assert target is not None
    QTest.keyClicks(target, text)
    for key in after:
        QTest.keyClick(target, key)


def press(form: RecordForm, title: str) -> None:
    """Click the button of a message."""
    button = next(b for b in form.messages.findChildren(QPushButton) if b.text() == title)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def said(form: RecordForm) -> str:
    return " ".join(message.text for message in form.messages.messages)


def make(company: Company, login: str = "sales1", **values: Any) -> int:
    names = ", ".join(values)
    marks = ", ".join("%s" for _ in values)
    row = (
        company.psql(login)
        .execute(
            f"INSERT INTO customers.customer ({names}) VALUES ({marks}) RETURNING id", tuple(values.values())
        )
        .fetchone()
    )
    assert row is not None and isinstance(row[0], int)
    return row[0]


def stored(company: Company, record_id: int, *columns: str) -> tuple[Any, ...]:
    row = (
        company.psql()
        .execute(f"SELECT {', '.join(columns)} FROM customers.customer WHERE id = %s", (record_id,))
        .fetchone()
    )
    assert row is not None
    return row


def all_customers(company: Company) -> int:
    row = company.psql().execute("SELECT count(*) FROM customers.customer").fetchone()
    assert row is not None and isinstance(row[0], int)
    return row[0]


def test_a_customer_with_the_keyboard_alone(open_form: Open, qtbot: QtBot, company: Company) -> None:
    parent = make(company, name="Changhong Holding")
    form = open_form()
    enter = Qt.Key.Key_Return
    keys("Changhong Electric", enter)
    keys("Changhong", enter)
    keys("vip", enter)
    keys("bjgj", enter)  # 报价跟进
    keys("holding")
    parent_editor = form.fields.editors["parent_id"]
    assert isinstance(parent_editor, PickEditor)
    qtbot.waitUntil(parent_editor.popup.isVisible)
    keys("", enter)
    keys("cq yz", enter)
    keys("131 Zhongshan Road", enter)
    keys("023-68651208", enter)
    keys("office@example.com", enter)
    keys("www.example.com", enter)
    keys("50,000", enter)
    keys("3*10", enter)
    keys("Calls only after ten")
    with qtbot.waitSignal(form.saved):
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    assert form.record_id is not None
    assert stored(
        company, form.record_id, "name", "short_name", "category", "stage", "parent_id", "region",
        "credit_limit", "credit_days", "remark",
    ) == (
        "Changhong Electric", "Changhong", "customer_category.vip", "customer_stage.quoted", parent, "500103",
        Decimal("50000.00"), 30, "Calls only after ten",
    )  # fmt: skip
    assert not form.dirty()
    qtbot.waitUntil(lambda: form.title() == "Changhong")
    assert shell_of(form.client).said[-1] == ("done", "Saved")


@pytest.mark.req("PLT-30")
def test_errors_stand_at_the_fields_before_saving(open_form: Open, qtbot: QtBot, company: Company) -> None:
    form = open_form()
    form.fields.editors["email"].setFocus()
    keys("li at example")
    form.fields.editors["credit_days"].setFocus()
    keys("soon")
    before = all_customers(company)
    form.save()
    editors = form.fields.editors
    assert editors["name"].error() == "This field must not be empty."
    assert "name@company.com" in editors["email"].error()
    assert editors["credit_days"].error() == "This is not a whole number."
    assert editors["phone"].error() == ""
    assert "Please check: Name, E-mail, Days of credit" in said(form)
    assert editors["name"].input() is QApplication.focusWidget(), "the first one has the keyboard"
    assert all_customers(company) == before
    keys("Changhong")
    assert editors["name"].error() == ""


def test_what_the_server_refuses_stands_at_the_field(open_form: Open, qtbot: QtBot, company: Company) -> None:
    form = open_form()
    keys("Changhong")
    form.fields.editors["credit_limit"].setFocus()
    keys("-5")
    form.save()
    qtbot.waitUntil(lambda: bool(form.fields.editors["credit_limit"].error()))
    assert form.fields.editors["credit_limit"].error() == "This value is not possible here."
    assert form.fields.editors["name"].value() == "Changhong"
    form.fields.editors["credit_limit"].setFocus()
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    keys("5")
    with qtbot.waitSignal(form.saved):
        form.save()


@pytest.mark.req("PLT-30")
def test_a_killed_form_leaves_a_draft(
    open_form: Open, qtbot: QtBot, drafts: Drafts, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record_form, "DRAFT_DELAY", 50)
    form = open_form()
    keys("Changhong")
    form.fields.editors["region"].setFocus()
    keys("cq yz", Qt.Key.Key_Return)
    form.fields.editors["credit_limit"].setFocus()
    keys("12.30")
    qtbot.waitUntil(lambda: bool(drafts.all()) and len(drafts.all()[0].values) == 3)
    form.deleteLater()
    qtbot.waitUntil(lambda: not isValid(form))
    # another process: nothing of the first one's memory is left
    again = open_form(drafts=Drafts(drafts.owner, drafts.folder))
    assert "typed something here that was not saved" in said(again)
    press(again, "Continue with it")
    assert again.dirty()
    assert again.changes() == {
        "name": "Changhong", "region": "500103", "credit_limit": Decimal("12.30")
    }  # fmt: skip
    with qtbot.waitSignal(again.saved):
        again.save()
    qtbot.waitUntil(lambda: not drafts.all())


def test_two_new_forms_keep_two_drafts(open_form: Open, qtbot: QtBot, drafts: Drafts) -> None:
    first, second = open_form(), open_form()
    first.fields.editors["name"].setFocus()
    for form, name in ((first, "One"), (second, "Two")):
        form.fields.set_values({"name": name})
        form._measure()
        form.keep_draft()
    qtbot.waitUntil(lambda: len(drafts.all()) == 2)
    assert said(open_form()) == "", "drafts of open forms are not offered"


def test_closing_asks_and_keeps(open_form: Open, qtbot: QtBot, drafts: Drafts, company: Company) -> None:
    record_id = make(company, name="Changhong")
    form = open_form(record_id)
    assert form.can_close()
    keys("x")
    assert not form.can_close()
    assert "not saved" in said(form)
    with qtbot.waitSignal(form.close_wanted):
        press(form, "Keep as draft")
    assert form.can_close()
    qtbot.waitUntil(lambda: len(drafts.all()) == 1)
    again = open_form(record_id)
    press(again, "Discard it")
    qtbot.waitUntil(lambda: not drafts.all())
    assert stored(company, record_id, "name") == ("Changhong",)


def test_save_and_close(open_form: Open, qtbot: QtBot, company: Company) -> None:
    record_id = make(company, name="Changhong")
    form = open_form(record_id)
    keys("X")
    assert not form.can_close()
    with qtbot.waitSignal(form.close_wanted):
        press(form, "Save and close")
    assert stored(company, record_id, "name") in (("XChanghong",), ("ChanghongX",), ("X",))


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
    qtbot.waitUntil(lambda: form._panel is not None)
    panel = form._panel
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
    qtbot.waitUntil(lambda: form._panel is not None)
    assert form._panel is not None
    form._panel.choose("phone", mine=False)
    QTest.mouseClick(form._panel.save_button, Qt.MouseButton.LeftButton)
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
    assert form._panel is not None
    form._panel.back.emit()
    assert form._panel is None and form.changes() == {"remark": "half typ"}


@pytest.mark.req("PLT-30")
def test_the_connection_is_lost_while_saving(
    open_form: Open, qtbot: QtBot, company: Company, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.database.ATTEMPTS", 1)
    form = open_form()
    keys("Changhong")
    before = all_customers(company)
    cut = Cut(company, client)
    monkeypatch.setattr(_Work, "finish", cut.after_commit)
    form.save()
    qtbot.waitUntil(lambda: form.head.save.text() == "Save again", timeout=20_000)
    assert "cannot be reached" in said(form)
    assert form.fields.editors["name"].value() == "Changhong" and form.dirty()
    assert all_customers(company) == before + 1, "the work was done, the answer was lost"
    monkeypatch.undo()
    with qtbot.waitSignal(form.saved, timeout=20_000):
        form.save()
    assert all_customers(company) == before + 1, "repeated under the same key it is done once"
    assert not form.dirty() and form.record_id is not None


class Cut:
    """Ends the client's connections between the commit and the answer."""

    def __init__(self, company: Company, client: Client) -> None:
        self._finish = _Work.finish
        self._company, self._client = company, client

    @property
    def after_commit(self) -> Callable[..., None]:
        finish, company, client = self._finish, self._company, self._client

        def finished(work: Any, changes: Any) -> None:
            finish(work, changes)
            connection = company.psql()
            for pid in client.database.pids:
                connection.execute("SELECT pg_terminate_backend(%s)", (pid,))
            with client.database.engine.connect() as one:
                # the pooled connection notices at its next use, as it would while waiting for the answer
                one.exec_driver_sql("SELECT 1")
            raise ConnectionLost("The server cannot be reached. What you typed is kept; try again.")

        return finished


@pytest.mark.req("PLT-30")
def test_backends_die_before_the_save(
    open_form: Open, qtbot: QtBot, company: Company, client: Client
) -> None:
    form = open_form()
    keys("Changhong")
    before = all_customers(company)
    admin = company.psql()
    for pid in client.database.pids:
        admin.execute("SELECT pg_terminate_backend(%s)", (pid,))
    with qtbot.waitSignal(form.saved, timeout=20_000):
        form.save()
    assert all_customers(company) == before + 1


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


def test_save_and_new_and_revert(open_form: Open, qtbot: QtBot, company: Company) -> None:
    form = open_form()
    keys("One")
    with qtbot.waitSignal(form.saved):
        QTest.keyClick(
            QApplication.focusWidget(),
            Qt.Key.Key_S,
            Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier,
        )
    assert form.record_id is None and form.fields.editors["name"].value() is None
    form.fields.focus_first()
    keys("Two")
    form.revert()
    assert form.fields.editors["name"].value() is None and not form.dirty()
    assert all_customers(company) == 1


def test_without_the_right_to_edit(open_form: Open, qtbot: QtBot, company: Company) -> None:
    record_id = make(company, name="Changhong")
    boss_like = client_of(company.as_("accountant"), ENTITIES)
    assert boss_like.can(CUSTOMER, "view")
    form = open_form(record_id, of=boss_like)
    assert form.head.save.isVisible() == boss_like.can(CUSTOMER, "edit")


def test_a_hidden_record_says_so(qtbot: QtBot, company: Company, drafts: Drafts) -> None:
    record_id = make(company, name="Changhong")
    form = RecordForm(client_of(company.as_("sales5"), ENTITIES), CUSTOMER, record_id, drafts=drafts)
    qtbot.addWidget(form)
    form.show()
    qtbot.waitUntil(lambda: "not available" in said(form))
    assert not form.fields.isEnabled()
    tasks().wait()


def test_columns_follow_the_width(open_form: Open) -> None:
    form = open_form()
    form.resize(1300, 700)
    QApplication.processEvents()
    wide = form.fields._columns
    form.resize(420, 700)
    QApplication.processEvents()
    assert (wide, form.fields._columns) == (3, 1)


def test_language_changes_while_typing(open_form: Open) -> None:
    form = open_form()
    keys("Changhong")
    use_language("zh_CN")
    form.retranslate()
    form.fields.retranslate()
    assert form.fields.editors["name"].value() == "Changhong"
