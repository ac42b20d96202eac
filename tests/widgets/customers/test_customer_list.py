"""New customers from their list: the small window, and the whole form, which says whose a name is."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from services.language import use_language
from tests.conftest import Company
from tests.factories.forms import name_of
from tests.widgets.desk import client_of
from widgets.base.list_page import ListPage
from widgets.customers.customer_form import CustomerForm
from widgets.customers.customer_view import CustomerView
from widgets.customers.quick_create import QuickCreate
from widgets.views import LISTS, RECORDS

CUSTOMER = "customers.customer"


@pytest.mark.req("CUS-05")
def test_the_small_window_opens_from_the_list(qtbot: QtBot, company: Company) -> None:
    page = LISTS[CUSTOMER](client_of(company.as_("sales1")))
    assert isinstance(page, ListPage)
    qtbot.addWidget(page)
    page.show()
    action = page.actions_.actions["quick_create"]
    assert action in page.actions_.more_button.menu().actions()
    assert action.shortcut().toString() == "Ctrl+Alt+N"
    action.trigger()
    (window,) = page.findChildren(QuickCreate)
    assert window.isVisible()
    window.customer.set_values({"name": "重庆长宏机电有限公司"})
    window.contact.set_values({"name": "李强"})
    with qtbot.waitSignal(window.created):
        window.submit(another=True)
    qtbot.waitUntil(lambda: page.model.rowCount() == 1)
    assert window.isVisible() and window.count == 1
    window.close()


@pytest.mark.req("CUS-05")
def test_who_makes_no_customers_has_no_such_window(qtbot: QtBot, company: Company) -> None:
    company.psql().execute(
        "UPDATE organisation.role SET rights = array_remove(rights, 'customers.customer.create') WHERE code = 'sales'"
    )
    page = LISTS[CUSTOMER](client_of(company.as_("sales1")))
    assert isinstance(page, ListPage)
    qtbot.addWidget(page)
    assert "quick_create" not in page.actions_.actions


@pytest.mark.req("CUS-03")
def test_the_whole_form_says_whose_the_name_is(qtbot: QtBot, company: Company) -> None:
    use_language("en")
    company.psql("sales5").execute("INSERT INTO customers.customer (name) VALUES ('重庆长宏机电有限公司')")
    form = RECORDS[CUSTOMER](client_of(company.as_("sales1")), None, None)
    assert isinstance(form, CustomerForm)
    qtbot.addWidget(form)
    form.show()
    qtbot.waitUntil(form.fields.isEnabled)
    # what companies are called by law makes no other name of it
    for typed, found in (
        ("上海汇通阀门", False),
        ("重庆长宏机电（有限公司）", True),
        ("上海某某商贸", False),
    ):
        form.fields.editors["name"].set_value(typed)
        with qtbot.waitSignal(form.taken.told, timeout=5000):
            form.fields.changed.emit("name")
        assert form.taken.isVisibleTo(form) is found, typed
        assert (name_of("sales5") in form.taken.text()) is found, typed
    use_language("zh_CN")


@pytest.mark.req("CUS-03")
def test_another_name_for_a_customer_is_looked_up_as_well(qtbot: QtBot, company: Company) -> None:
    """Also what a colleague has whom one does not see; his own name, however it is written, is nobody else's."""
    use_language("en")
    company.psql("sales5").execute("INSERT INTO customers.customer (name) VALUES ('重庆长宏机电有限公司')")
    own = (
        company.psql("sales1")
        .execute("INSERT INTO customers.customer (name) VALUES ('上海汇通阀门有限公司') RETURNING id")
        .fetchone()
    )
    assert own is not None and isinstance(own[0], int)
    page = RECORDS[CUSTOMER](client_of(company.as_("sales1")), own[0], None)
    assert isinstance(page, CustomerView)
    qtbot.addWidget(page)
    page.show()
    page.open_section("basic")
    form = page.page("basic")
    assert isinstance(form, CustomerForm)
    qtbot.waitUntil(lambda: form.fields.isEnabled() and bool(form._record))

    def rename(name: str) -> None:
        form.fields.editors["name"].set_value(name)
        form.fields.changed.emit("name")
        qtbot.waitUntil(lambda: not form.taken._timer.isActive() and not form.taken._slot.busy)

    for typed, found in (
        ("上海汇通阀门（有限公司）", False),
        ("重庆长宏机电（有限公司）", True),
        ("上海某某商贸", False),
        ("重庆长宏机电", True),
    ):
        rename(typed)
        assert form.taken.isVisibleTo(form) is found, typed
        assert (name_of("sales5") in form.taken.text()) is found, typed
    form.revert()
    assert not form.taken.isVisibleTo(form), "back to his own name"
    rename("重庆长宏机电")
    # told, not forbidden; once it is his name there is nothing left to say
    with qtbot.waitSignal(form.saved):
        form.save()
    assert not form.taken.isVisibleTo(form)
    names = company.psql().execute("SELECT name FROM customers.customer ORDER BY id").fetchall()
    assert names == [("重庆长宏机电有限公司",), ("重庆长宏机电",)]
    use_language("zh_CN")
