"""The form as a person works with it: keyboard, errors at fields, drafts, conflicts, a server that goes away."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from services.database import _Work
from services.drafts import Drafts
from services.errors import ConnectionLost
from services.language import use_language
from tests.conftest import Company
from tests.factories.forms import CUSTOMER, ENTITIES
from tests.widgets.base.forms import Open, all_customers, keys, make, press, said, stored
from tests.widgets.desk import client_of, shell_of
from widgets.base import keeping
from widgets.base.client import Client
from widgets.base.editors.pick import PickEditor
from widgets.base.record_form import RecordForm
from widgets.base.tasks import tasks

pytestmark = pytest.mark.usefixtures("english")


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
    monkeypatch.setattr(keeping, "DELAY", 50)
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
    qtbot.waitUntil(again.dirty)
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
        form.keeping.keep()
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
