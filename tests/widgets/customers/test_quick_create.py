"""Company and first contact in one window, with the keyboard."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from services.language import use_language
from tests.conftest import Company
from tests.factories.forms import name_of
from tests.widgets.desk import client_of, shell_of
from widgets.base.tasks import tasks
from widgets.customers.quick_create import QuickCreate

CARD = "重庆长宏机电有限公司\n李强 销售经理\n手机：13807930001\n传真：023-68651209\n地址：重庆市渝中区中山三路131号"
Make = Callable[[], QuickCreate]


@pytest.fixture
def window(qtbot: QtBot, company: Company) -> Iterator[Make]:
    use_language("en")

    def made() -> QuickCreate:
        found = QuickCreate(client_of(company.as_("sales1")))
        qtbot.addWidget(found)
        with qtbot.waitActive(found):
            found.show()
            found.activateWindow()
        found.customer.focus_first()
        return found

    yield made
    tasks().wait()
    use_language("zh_CN")


def keys(text: str, *after: Qt.Key) -> None:
    target = QApplication.focusWidget()
    assert target is not None
    QTest.keyClicks(target, text)
    for key in after:
        QTest.keyClick(target, key)


def row(company: Company, statement: str, *values: Any) -> tuple[Any, ...] | None:
    return company.psql().execute(statement, values).fetchone()  # type: ignore[call-overload,no-any-return]


@pytest.mark.req("CUS-05")
def test_company_and_contact_with_the_keyboard(window: Make, qtbot: QtBot, company: Company) -> None:
    made = window()
    enter = Qt.Key.Key_Return
    keys("Changhong Electric Co., Ltd.", enter)
    for text in ("Changhong", "vip", "023-68651208", "cq yz", "131 Zhongshan Road"):
        keys(text, enter)
    for text in ("Li Qiang", "Buyer", "13807930001", "li@example.com", "liqiang", "Purchasing"):
        keys(text, enter)
    assert QApplication.focusWidget() is made.create_button
    with qtbot.waitSignal(made.created) as signal:
        QTest.keyClick(made.create_button, Qt.Key.Key_Space)
    customer_id = signal.args[0]  # type: ignore[index]
    assert row(company, "SELECT name, category, region FROM customers.customer") == (
        "Changhong Electric Co., Ltd.",
        "customer_category.vip",
        "500103",
    )
    assert row(company, "SELECT customer_id, name, title, mobile, main FROM customers.contact") == (
        customer_id,
        "Li Qiang",
        "Buyer",
        "13807930001",
        True,
    )
    assert shell_of(made.client).opened == [("customers.customer", customer_id)]


@pytest.mark.req("CUS-05")
def test_a_taken_name_is_said_while_typing(window: Make, qtbot: QtBot, company: Company) -> None:
    # sales5 is in another branch of the tree: sales1 does not see this customer
    company.psql("sales5").execute("INSERT INTO customers.customer (name) VALUES ('Changhong (Chongqing)')")
    made = window()
    keys("chang hong chongqing")
    qtbot.waitUntil(lambda: "exists already" in made.taken.text())
    assert made.taken.text() == f"“Changhong (Chongqing)” exists already, owner: {name_of('sales5')}"
    made.submit()
    qtbot.waitUntil(lambda: made.create_button.text() == "Create all the same")
    assert row(company, "SELECT count(*) FROM customers.customer") == (1,)
    with qtbot.waitSignal(made.created):
        made.submit()
    assert row(company, "SELECT count(*) FROM customers.customer") == (2,)


@pytest.mark.req("CUS-05")
def test_from_a_business_card(window: Make, qtbot: QtBot, company: Company) -> None:
    made = window()
    made.card_button.click()
    made.card_text.setPlainText(CARD)
    made.take_button.click()
    assert made.customer.editors["name"].value() == "重庆长宏机电有限公司"
    assert made.contact.editors["name"].value() == "李强"
    with qtbot.waitSignal(made.created):
        made.submit()
    assert row(company, "SELECT name, region, address, fax FROM customers.customer") == (
        "重庆长宏机电有限公司",
        "500103",
        "中山三路131号",
        "023-68651209",
    )
    assert row(company, "SELECT name, title, mobile FROM customers.contact") == (
        "李强",
        "销售经理",
        "13807930001",
    )


@pytest.mark.req("CUS-05")
def test_one_after_the_other(window: Make, qtbot: QtBot, company: Company) -> None:
    made = window()
    for name in ("One", "Two", "Three"):
        keys(name)
        with qtbot.waitSignal(made.created):
            QTest.keyClick(
                QApplication.focusWidget(),
                Qt.Key.Key_S,
                Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier,
            )
    assert made.count == 3 and made.counter.text() == "3 created"
    assert row(company, "SELECT count(*), count(DISTINCT name) FROM customers.customer") == (3, 3)
    assert row(company, "SELECT count(*) FROM customers.contact") == (0,)


def test_what_is_wrong_stands_at_the_field(window: Make, company: Company) -> None:
    made = window()
    made.contact.editors["mobile"].setFocus()
    keys("none")
    made.submit()
    assert made.customer.editors["name"].error() == "This field must not be empty."
    assert made.contact.editors["name"].error() == "This field must not be empty."
    assert "digits" in made.contact.editors["mobile"].error()
    assert row(company, "SELECT count(*) FROM customers.customer") == (0,)
