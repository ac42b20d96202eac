"""A price level that the office adds, renames or takes away stands on open products and orders at once (PRD-05)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from services.changes import Listener
from services.products.price_entities import PRICE_LEVEL
from services.records import recycle
from tests.conftest import Company
from tests.factories.shop import Shop, open_shop
from tests.widgets.desk import client_of
from tests.widgets.sales.order_form.clerk import filled
from widgets.base.client import Client
from widgets.base.editors.named import NamedEditor
from widgets.base.record_form import RecordForm
from widgets.base.tasks import tasks
from widgets.products.product_page import ProductPage
from widgets.sales.order_form import OrderForm

pytestmark = pytest.mark.usefixtures("english")


@pytest.fixture
def shop(company: Company) -> Iterator[Shop]:
    yield open_shop(company)
    tasks().wait()


@pytest.fixture
def desk(company: Company, shop: Shop, qtbot: QtBot) -> Iterator[Client]:
    """The boss's client, which hears what the server tells of what the office writes."""
    client = client_of(company.as_("boss"))
    listener = Listener(client.database, client.bus.tell, client.bus.connected.emit)
    with qtbot.waitSignal(client.bus.connected):
        listener.start()
    yield client
    listener.stop()
    listener.join(3)


def level_page(client: Client, qtbot: QtBot, level: int | None = None) -> RecordForm:
    """The page of a price level, as the list of them opens it."""
    form = RecordForm(client, client.entities[PRICE_LEVEL.key], level)
    qtbot.addWidget(form)
    form.show()
    qtbot.waitUntil(lambda: form.fields.isEnabled() and (level is None or bool(form._record)))
    return form


def saved(form: RecordForm, qtbot: QtBot, **values: object) -> int:
    form.fields.set_values(values)
    form._measure()
    with qtbot.waitSignal(form.saved):
        form.save()
    assert form.record_id is not None
    return form.record_id


def on_product(page: ProductPage) -> list[str]:
    """The levels beside the form, from top to bottom."""
    panels = page.panels
    assert panels is not None
    grid = panels.prices.grid
    items = [grid.itemAtPosition(row, 0) for row in range(grid.rowCount())]
    captions = [item.widget() for item in items if item is not None]
    return [caption.text() for caption in captions if isinstance(caption, QLabel)]


def offered(order: OrderForm) -> list[str]:
    """The levels that the order's head offers."""
    editor = order.head.editors["price_level_id"]
    assert isinstance(editor, NamedEditor)
    return [option.label for option in editor.options("")]


@pytest.mark.req("PRD-05", "SAL-06")
def test_a_new_level_and_another_name_are_heard(
    company: Company, shop: Shop, desk: Client, qtbot: QtBot
) -> None:
    office = client_of(company.as_("buyer"))
    page = ProductPage(desk, shop.products[0])
    qtbot.addWidget(page)
    page.resize(1366, 768)
    page.show()
    details, panels = page.details, page.panels
    assert details is not None and panels is not None
    order = OrderForm(desk, filled(qtbot, company, "boss", shop, (0, "10")).form.record_id)
    qtbot.addWidget(order)
    order.show()
    qtbot.waitUntil(lambda: order.record is not None and not order.busy)
    qtbot.waitUntil(lambda: not panels.busy and not details.busy and bool(panels.levels))
    before = on_product(page)
    assert len(before) == len(shop.levels) and before == offered(order)
    # somebody is typing a price and a level meanwhile
    line = panels.levels[shop.levels[1]].line
    line.setText("41.5")
    line.textEdited.emit("41.5")

    made = saved(level_page(office, qtbot), qtbot, name="会员价", position=1)
    qtbot.waitUntil(lambda: "会员价" in on_product(page) and "会员价" in offered(order))
    assert sorted([*before, "会员价"]) == sorted(on_product(page)) and on_product(page) == offered(order)
    assert panels.levels[shop.levels[1]].value() == Decimal("41.5") and page.dirty()
    qtbot.waitUntil(lambda: details.special.level.findData(made) >= 0)

    # the level has a price there, and an order takes it
    panels.levels[made].line.setText("39.9")
    panels.levels[made].line.textEdited.emit("39.9")
    panels.save_prices()
    price = "SELECT price FROM products.level_price WHERE product_id = %s AND level_id = %s"
    psql = company.psql()
    qtbot.waitUntil(lambda: psql.execute(price, (shop.products[0], made)).fetchone() == (Decimal("39.9"),))
    qtbot.waitUntil(lambda: not page.dirty() and not panels.busy)
    editor = order.head.editors["price_level_id"]
    assert isinstance(editor, NamedEditor)
    editor.line.clear()
    editor.line.insert("会员")
    editor.line.textEdited.emit(editor.line.text())
    qtbot.waitUntil(lambda: bool(editor.popup.options))
    qtbot.keyClick(editor.line, Qt.Key.Key_Return)
    assert order.head.value("price_level_id") == made
    qtbot.waitUntil(lambda: order.lines.model.lines()[0].numbers.tax_price == Decimal("39.9"))

    saved(level_page(office, qtbot, made), qtbot, name="贵宾价")
    qtbot.waitUntil(lambda: "贵宾价" in on_product(page) and editor.line.text() == "贵宾价")
    assert "会员价" not in on_product(page) and "会员价" not in offered(order)
    qtbot.waitUntil(lambda: details.special.level.findText("贵宾价") >= 0)
    assert order.head.value("price_level_id") == made, "what was chosen stays"


@pytest.mark.req("PRD-05")
def test_a_level_that_is_taken_away_leaves_its_place(
    company: Company, shop: Shop, desk: Client, qtbot: QtBot
) -> None:
    office = client_of(company.as_("buyer"))
    made = saved(level_page(office, qtbot), qtbot, name="临时价", position=1)
    page = ProductPage(desk, shop.products[0])
    qtbot.addWidget(page)
    page.show()
    panels = page.panels
    assert panels is not None
    qtbot.waitUntil(lambda: "临时价" in on_product(page))
    line = panels.levels[made].line
    line.setText("5")
    line.textEdited.emit("5")
    assert page.dirty()
    office.database.write(recycle, entity=PRICE_LEVEL, ids=[made])
    qtbot.waitUntil(lambda: "临时价" not in on_product(page))
    assert len(on_product(page)) == len(shop.levels) and made not in panels.levels
    assert not page.dirty(), "there is nothing left to set that price for"
