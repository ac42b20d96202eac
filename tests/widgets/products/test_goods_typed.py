"""What a buyer types into a product: codes, questions, a branch price, the office's own field, a code that is taken."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QTableWidget
from pytestqt.qtbot import QtBot

from services import records
from services.language import use_language
from services.products.details import details_of
from services.registry import ENTITIES
from services.session import read_dictionary
from tests.conftest import Company
from tests.factories.shop import PRODUCTS, Shop, open_shop
from tests.widgets.desk import client_of
from widgets.base.client import Client
from widgets.base.tasks import tasks
from widgets.products.product_page import ProductPage


@pytest.fixture
def company(company: Company) -> Iterator[Company]:
    use_language("en")
    yield company
    tasks().wait()
    use_language("zh_CN")


@pytest.fixture
def shop(company: Company) -> Shop:
    return open_shop(company)


def opened(qtbot: QtBot, client: Client, product: int) -> ProductPage:
    page = ProductPage(client, product)
    qtbot.addWidget(page)
    page.resize(1366, 768)
    page.show()
    details = page.details
    assert details is not None
    qtbot.waitUntil(lambda: bool(details.state) and not details.busy and page.form.fields.isEnabled())
    return page


def keyed(qtbot: QtBot, table: QTableWidget, row: int, column: int, text: str) -> None:
    """A cell by the keyboard: F2, the words, Enter."""
    table.setFocus()
    table.setCurrentCell(row, column)
    qtbot.keyClick(table, Qt.Key.Key_F2)
    editor = table.indexWidget(table.currentIndex())
    assert isinstance(editor, QLineEdit)
    editor.selectAll()
    qtbot.keyClicks(editor, text)
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: table.item(row, column).text() == text)  # type: ignore[union-attr]


@pytest.mark.req("PRD-01", "PRD-05")
def test_codes_questions_and_a_branch_price_by_hand(company: Company, qtbot: QtBot, shop: Shop) -> None:
    product = shop.products[0]
    page = opened(qtbot, client_of(company.as_("buyer")), product)
    details = page.details
    assert details is not None
    for key, cells in (
        ("bar_codes", ("6901028099999", "old print")),
        ("questions", ("For steam?", "Up to 120 degrees.")),
    ):
        details.tabs.setCurrentWidget(details.tables[key])
        for column, text in enumerate(cells):
            keyed(qtbot, details.tables[key], 0, column, text)
    assert page.dirty()
    details.save.click()
    qtbot.waitUntil(lambda: not page.dirty() and not details.busy)
    with page.form.client.database.read_session() as session:
        stored = details_of(session, product)
    assert stored.bar_codes == (("6901028099999", "old print"),)
    assert stored.questions == (("For steam?", "Up to 120 degrees."),)

    # one that belongs to another product
    keyed(qtbot, details.tables["bar_codes"], 1, 0, PRODUCTS[1][4])
    details.save.click()
    qtbot.waitUntil(lambda: not details.problem.isHidden() and not details.busy)
    assert "belongs to 法兰 DN50 PN16" in details.problem.text() and page.dirty()

    branch = company.psql().execute("SELECT max(id) FROM organisation.branch").fetchall()[0][0]
    details.special.branch.setCurrentIndex(details.special.branch.findData(branch))
    details.special.level.setCurrentIndex(details.special.level.findData(shop.levels[0]))
    details.special.price.set_value(Decimal("45.5"))
    details.special.set_price.click()
    qtbot.waitUntil(lambda: len(details.special.table.rows()) == 1 and not details.busy)
    prices = "SELECT level_id, branch_id, unit, price FROM products.level_price WHERE branch_id IS NOT NULL"
    assert company.psql().execute(prices).fetchall() == [(shop.levels[0], branch, None, Decimal("45.5"))]


@pytest.mark.req("PRD-01")
def test_a_taken_bar_code_is_said_at_its_field(company: Company, qtbot: QtBot, shop: Shop) -> None:
    page = opened(qtbot, client_of(company.as_("buyer")), shop.products[0])
    box = page.form.fields.editors["bar_code"]
    box.set_value(PRODUCTS[1][4])
    page.form.fields.changed.emit("bar_code")
    page.form.save()
    qtbot.waitUntil(lambda: bool(box.error()))
    assert box.error() == f"The bar code {PRODUCTS[1][4]} belongs to 法兰 DN50 PN16."
    box.set_value("6901234599999")
    page.form.fields.changed.emit("bar_code")
    with qtbot.waitSignal(page.form.saved):
        page.form.save()


@pytest.mark.req("PRD-01", "PLT-38")
def test_an_own_field_of_products(company: Company, qtbot: QtBot, shop: Shop) -> None:
    boss = company.as_("boss")
    definition = {"entity": "products.product", "title": "产地", "kind": "text"}
    boss.write(records.create, entity=ENTITIES["system.custom_field"], values=definition)
    client = client_of(company.as_("buyer"))
    with client.database.read_session() as session:
        client.learn(read_dictionary(session))
    page = opened(qtbot, client, shop.products[0])
    own = page.form.fields.editors["custom_1"]
    own.set_value("永嘉")
    page.form.fields.changed.emit("custom_1")
    with qtbot.waitSignal(page.form.saved):
        page.form.save()
    again = opened(qtbot, client, shop.products[0])
    qtbot.waitUntil(lambda: again.form.fields.editors["custom_1"].value() == "永嘉")
    stored = company.psql().execute(
        "SELECT custom_1 FROM products.product WHERE id = %s", (shop.products[0],)
    )
    assert stored.fetchone() == ("永嘉",)
