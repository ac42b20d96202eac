"""What is typed into an order and not saved: offered again after a crash, saved once after a lost answer (PLT-30)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from services.database import Database
from services.drafts import Drafts
from services.errors import ConnectionLost
from services.sales import commands
from tests.conftest import Company
from tests.factories.shop import Shop, open_shop
from tests.widgets.desk import client_of, shell_of
from widgets.base.client import Client
from widgets.base.tasks import tasks
from widgets.sales.lines_model import PLACE
from widgets.sales.order_form import OrderForm

pytestmark = pytest.mark.usefixtures("english")


_OPEN: list[OrderForm] = []


@pytest.fixture
def company(company: Company) -> Iterator[Company]:
    """The company of the test; forms and work still under way end before its connections do."""
    yield company
    tasks().wait()
    for form in _OPEN:
        crash(form)


@pytest.fixture
def shop(company: Company) -> Shop:
    return open_shop(company)


@pytest.fixture
def client(company: Company, shop: Shop) -> Client:
    return client_of(company.as_("sales1"))


def opened(
    qtbot: QtBot, client: Client, folder: Path, order_id: int | None = None, **values: Any
) -> OrderForm:
    """A form as after a new start of the program: nothing but the disk knows of earlier ones."""
    form = OrderForm(client, order_id, values, drafts=Drafts("server/db/sales1", folder))
    form.resize(1220, 780)
    form.show()
    _OPEN.append(form)
    qtbot.waitUntil(lambda: not form.busy)
    return form


def typed(qtbot: QtBot, form: OrderForm, shop: Shop, quantity: str = "7") -> None:
    """One product, a quantity, a remark, a discount on the whole."""
    form.lines.take_product(0, shop.products[0])
    qtbot.waitUntil(lambda: form.lines.model.line(0).product is not None)
    model = form.lines.model
    for key, text in (("quantity", quantity), ("remark", "急")):
        assert model.setData(model.index(0, PLACE[key]), text)
    form.head.editors["subject"].set_value("二期备件")
    form.totals.discount.set_value(Decimal("98"))
    form.totals.discount.changed.emit()


def crash(form: OrderForm) -> None:
    """The program ends without asking anybody."""
    if isValid(form):
        form.deleteLater()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def press(form: OrderForm, text: str) -> None:
    """The button of a message."""
    for message in form.messages.messages:
        for button in message.findChildren(QPushButton):
            if button.text() == text:
                button.click()
                return
    raise AssertionError(f"nothing offers {text}")


@pytest.mark.req("PLT-30")
def test_a_new_order_is_offered_again_after_a_crash(
    qtbot: QtBot, client: Client, shop: Shop, tmp_path: Path
) -> None:
    form = opened(qtbot, client, tmp_path, customer_id=shop.customer)
    qtbot.waitUntil(lambda: form.head.value("consignee") == "单雄")
    typed(qtbot, form, shop)
    total = form.totals.total.text()
    form.keeping.keep()
    qtbot.waitUntil(lambda: bool(list(tmp_path.glob("*.json"))))
    crash(form)

    again = opened(qtbot, client, tmp_path)
    press(again, "Continue with it")
    qtbot.waitUntil(lambda: again.dirty())
    line = again.lines.model.line(0)
    assert line.product is not None and line.product.id == shop.products[0]
    assert (line.numbers.quantity, line.remark) == (7, "急")
    assert again.head.value("subject") == "二期备件" and again.head.value("customer_id") == shop.customer
    assert again.totals.total.text() == total and again.totals.terms().discount == 98
    again.act("save")
    qtbot.waitUntil(lambda: again.record is not None and not again.busy)
    qtbot.waitUntil(lambda: not list(tmp_path.glob("*.json")))
    assert again.record is not None and again.record.head["subject"] == "二期备件"


@pytest.mark.req("PLT-30")
@pytest.mark.parametrize("typed_on", [False, True])
def test_a_save_that_was_not_answered_is_not_done_twice_by_the_next_start(
    qtbot: QtBot,
    client: Client,
    shop: Shop,
    company: Company,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    typed_on: bool,
) -> None:
    form = opened(qtbot, client, tmp_path, customer_id=shop.customer)
    qtbot.waitUntil(lambda: form.head.value("consignee") == "单雄")
    typed(qtbot, form, shop)
    honest = Database.write_once

    def without_answer(self: Database, key: Any, command: Any, **arguments: Any) -> Any:
        honest(self, key, command, **arguments)
        raise ConnectionLost("gone")

    monkeypatch.setattr(Database, "write_once", without_answer)
    form.act("save")
    qtbot.waitUntil(lambda: not form.busy and bool(form.messages.messages))
    monkeypatch.setattr(Database, "write_once", honest)
    if typed_on:
        form.head.editors["subject"].set_value("改过的主题")
        form.head.edited.emit()
        form.keeping.keep()
        qtbot.waitUntil(lambda: not form.busy)
    crash(form)

    again = opened(qtbot, client, tmp_path)
    if typed_on:
        press(again, "Continue with it")
        qtbot.waitUntil(lambda: again.dirty())
        assert again.record is not None, "it goes on as the order that was made"
        again.act("save")
        qtbot.waitUntil(lambda: not again.dirty() and not again.busy)
    else:
        press(again, "Open it")
        (opened_one,) = shell_of(client).opened
        assert opened_one[0] == "sales.order" and not again.dirty()
    rows = company.psql().execute('SELECT subject, state FROM sales."order"').fetchall()
    assert rows == [("改过的主题" if typed_on else "二期备件", "draft")]
    qtbot.waitUntil(lambda: not list(tmp_path.glob("*.json")))


def test_a_stored_draft_keeps_what_was_typed_and_gives_it_up_when_told(
    qtbot: QtBot, client: Client, shop: Shop, tmp_path: Path
) -> None:
    saved = client.database.write(
        commands.save_order,
        order={"customer_id": shop.customer, "warehouse_id": shop.warehouse, "subject": "原来", "lines": []},
    )
    form = opened(qtbot, client, tmp_path, saved.id)
    typed(qtbot, form, shop)
    assert not form.can_close()
    qtbot.waitUntil(lambda: bool(list(tmp_path.glob("*.json"))))
    with qtbot.waitSignal(form.close_wanted):
        press(form, "Keep as draft")
    assert form.can_close()
    crash(form)
    again = opened(qtbot, client, tmp_path, saved.id)
    assert again.head.value("subject") == "原来", "nothing is put in unasked"
    press(again, "Continue with it")
    qtbot.waitUntil(lambda: again.head.value("subject") == "二期备件")
    assert not again.can_close()
    press(again, "Discard")
    qtbot.waitUntil(lambda: not list(tmp_path.glob("*.json")))
    crash(again)
    assert not opened(qtbot, client, tmp_path, saved.id).messages.messages
