"""What a buyer does with products: discontinue, change many prices and undo it, lists of a product."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from services.entity import Query
from services.language import use_language
from services.products.details import details_of
from services.products.queries import find_products
from tests.conftest import Company
from tests.factories.shop import open_shop
from tests.widgets.desk import client_of
from widgets.products.price_history import PriceHistoryPage
from widgets.products.product_list import ProductListPage
from widgets.products.product_page import ProductPage

PICTURES = os.environ.get("GOODS_PICTURES", "")


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    use_language(os.environ.get("GOODS_LANGUAGE", "en"))
    yield
    use_language("zh_CN")


def wait(qtbot: QtBot, condition: Callable[[], object]) -> None:
    qtbot.waitUntil(lambda: bool(condition()), timeout=15000)


def picture(widget: QWidget, name: str) -> None:
    """For whoever wants to look: GOODS_PICTURES=folder."""
    if PICTURES:
        widget.grab().save(str(Path(PICTURES) / f"{name}.png"))


@pytest.mark.req("PRD-01")
def test_products_are_discontinued_from_the_list(company: Company, qtbot: QtBot) -> None:
    open_shop(company)
    buyer = company.as_("buyer")
    page = ProductListPage(client_of(buyer))
    qtbot.addWidget(page)
    page.resize(1200, 560)
    page.show()
    wait(qtbot, lambda: page.total == 7 and page.model.rowCount() == 7)
    ids = [row.id for row in page.model.rows[:2]]
    for id_ in ids:
        page.selection.chosen[id_] = 1
    page.actions_.actions["discontinue"].trigger()
    assert page.actions_.panel.isVisible()
    picture(page, "list")
    page.actions_.panel.do_button.click()
    admin = company.psql()
    states = "SELECT count(*) FROM products.product WHERE state = 'discontinued'"
    wait(qtbot, lambda: admin.execute(states).fetchone() == (2,))
    with buyer.read_session() as session:
        assert not {hit.id for hit in find_products(session, "")} & set(ids)
    wait(qtbot, lambda: not page.loader.busy and not page.selection.chosen)
    page.change(Query("products.product", data_class="discontinued"))
    wait(qtbot, lambda: page.total == 2)
    page.selection.chosen[ids[0]] = None
    page.actions_.actions["reactivate"].trigger()
    page.actions_.panel.do_button.click()
    wait(qtbot, lambda: admin.execute(states).fetchone() == (1,))


@pytest.mark.req("PRD-05")
def test_prices_by_a_formula_are_shown_done_and_undone(company: Company, qtbot: QtBot) -> None:
    shop = open_shop(company)
    admin, client = company.psql(), client_of(company.as_("buyer"))
    page = ProductListPage(client)
    qtbot.addWidget(page)
    page.show()
    prices = "SELECT product_id, price FROM products.level_price WHERE level_id = %s ORDER BY 1"
    before = admin.execute(prices, (shop.levels[0],)).fetchall()
    page.actions_.actions["prices"].trigger()
    dialog = page.repricing
    assert dialog is not None
    wait(qtbot, lambda: dialog.preview is not None and not dialog.busy)
    dialog.factor.set_value(Decimal("1.05"))
    dialog.rounding.setCurrentIndex(dialog.rounding.findData(3))
    dialog._changed()
    assert not dialog.do.isEnabled(), "nothing is done that was not shown"
    wait(qtbot, lambda: dialog.do.isEnabled() and not dialog.busy)
    assert dialog.preview is not None
    assert {row.new % 1 for row in dialog.preview.rows} == {Decimal("0.9")}
    picture(dialog, "repricing")
    shown = {row.product_id: row.new for row in dialog.preview.rows}
    dialog.do.click()
    wait(qtbot, lambda: not dialog.isVisible())
    assert set(admin.execute(prices, (shop.levels[0],)).fetchall()) == set(shown.items())
    history = PriceHistoryPage(client)
    qtbot.addWidget(history)
    history.resize(1200, 500)
    history.show()
    wait(qtbot, lambda: history.model.rowCount() >= len(shown))
    history.table.setCurrentIndex(history.model.index(0, 1))
    history.actions_.actions["undo"].trigger()
    wait(qtbot, lambda: history.actions_.panel.isVisible())
    picture(history, "history")
    history.actions_.panel.do_button.click()
    wait(qtbot, lambda: admin.execute(prices, (shop.levels[0],)).fetchall() == before)
    wait(qtbot, lambda: not history.loader.busy)


@pytest.mark.req("PRD-01", "PRD-05")
def test_the_lists_of_a_product(company: Company, qtbot: QtBot) -> None:
    shop = open_shop(company)
    buyer = company.as_("buyer")
    page = ProductPage(client_of(buyer), shop.products[0])
    qtbot.addWidget(page)
    page.resize(1366, 768)
    page.show()
    details = page.details
    assert details is not None
    wait(qtbot, lambda: details.state == "active" and not details.busy)
    details.tables["parameters"].type(0, 0, "Material")
    details.tables["parameters"].type(0, 1, "304")
    details.tables["parameters"].type(1, 0, "Pressure")
    details.tables["packs"].type(0, 0, "箱")
    details.tables["packs"].type(0, 1, "12")
    assert page.dirty() and not page.can_close()
    details.save.click()
    wait(qtbot, lambda: not page.dirty())
    with buyer.read_session() as session:
        found = details_of(session, shop.products[0])
    assert found.parameters == (("Material", "304"), ("Pressure", ""))
    assert [(pack.name, int(pack.factor)) for pack in found.packs] == [("箱", 12)]
    wait(qtbot, lambda: not details.busy and details.special.unit.findData("箱") > 0)
    picture(page, "product")
    details.special.unit.setCurrentIndex(details.special.unit.findData("箱"))
    details.special.price.set_value(Decimal(480))
    details.special.set_price.click()
    wait(qtbot, lambda: len(details.special.table.rows()) == 1 and not details.busy)
    assert details.history.rows()[0].new == 480
    details.tabs.setCurrentIndex(4)
    picture(page, "special")
    details.special.take_away.click()
    wait(qtbot, lambda: not details.special.table.rows() and not details.busy)
    page.state_button.click()
    wait(qtbot, lambda: details.state == "discontinued")
    assert page.state_button.text() in ("Use again", "恢复使用")
