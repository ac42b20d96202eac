"""The category tree by drag and keys; prices, cost and stock beside a product."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from services.entity import Facet, Query
from services.products import commands
from services.products.queries import category_tree, level_prices
from tests.conftest import Company
from tests.factories.shop import open_shop
from tests.widgets.desk import client_of
from widgets.products.category_page import CategoryPage, MergeDialog
from widgets.products.product_page import ProductPage
from widgets.products.product_panels import ProductPanels

pytestmark = pytest.mark.usefixtures("english")


def wait(qtbot: QtBot, condition: Callable[[], object]) -> None:
    qtbot.waitUntil(lambda: bool(condition()), timeout=8000)


@pytest.mark.req("PRD-02")
def test_the_category_tree_by_keys_and_drag(
    company: Company, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = open_shop(company)
    buyer = company.as_("buyer")
    page = CategoryPage(client_of(buyer))
    qtbot.addWidget(page)
    page.resize(800, 500)
    page.show()
    wait(qtbot, lambda: not page.busy)

    def tree() -> dict[str, str | None]:
        with buyer.read_session() as session:
            nodes = category_tree(session)
        names = {node.id: node.name for node in nodes}
        return {node.name: names.get(node.parent_id) if node.parent_id else None for node in nodes}

    def found(name: str) -> int:
        return next(node.id for node in page._nodes.values() if node.name == name)

    def add(name: str, button: str) -> None:
        page.buttons[button].click()
        editor = page.tree.findChild(QLineEdit)
        assert editor is not None
        editor.setText(name)
        qtbot.keyClick(editor, Qt.Key.Key_Return)
        wait(qtbot, lambda: not page.busy and any(n.name == name for n in page._nodes.values()))

    add("Valves", "add")
    add("Fittings", "add")
    add("Elbows", "below")
    add("Tees", "add")
    assert tree() == {"Valves": None, "Fittings": None, "Elbows": "Fittings", "Tees": "Fittings"}
    company.psql().execute(
        "UPDATE products.product SET category_id = %s WHERE id = %s", (found("Tees"), shop.products[0])
    )

    def drag(name: str, onto: str) -> None:
        source, target = page.item(found(name)), page.item(found(onto))
        assert source is not None and target is not None
        page.tree.setCurrentItem(source)
        point = page.tree.visualItemRect(target).center()
        where = page.tree.DropIndicatorPosition.OnItem
        monkeypatch.setattr(page.tree, "dropIndicatorPosition", lambda: where)
        buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        page.tree.dropEvent(
            QDropEvent(QPointF(QPoint(point)), Qt.DropAction.MoveAction, QMimeData(), buttons, keys)
        )

    drag("Elbows", "Valves")
    wait(qtbot, lambda: not page.busy and tree()["Elbows"] == "Valves")
    drag("Valves", "Elbows")
    wait(qtbot, lambda: page.messages.messages)
    assert page.messages.messages[0].text == "A record cannot stand below itself."
    assert tree()["Valves"] is None
    wait(qtbot, lambda: not page.busy)

    page.tree.setCurrentItem(page.item(found("Tees")))
    qtbot.keyClick(page.tree, Qt.Key.Key_F2)
    editor = page.tree.findChild(QLineEdit)
    assert editor is not None
    editor.setText("Tee pieces")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    wait(qtbot, lambda: "Tee pieces" in tree())
    wait(qtbot, lambda: any(node.name == "Tee pieces" for node in page._nodes.values()) and not page.busy)
    assert page.current_id() == found("Tee pieces")
    page.messages.clear()
    page.reload()
    wait(qtbot, lambda: not page.busy)
    qtbot.keyClick(page.tree, Qt.Key.Key_Delete)
    assert page.messages.messages[0].text.startswith("Tee pieces is not empty.")

    page.buttons["merge"].click()
    dialog = page.dialog
    assert isinstance(dialog, MergeDialog)
    dialog.into.set_value(found("Elbows"))
    dialog.run()
    wait(qtbot, lambda: "Tee pieces" not in tree())
    wait(qtbot, lambda: not page.busy and page._nodes[found("Elbows")].products == 1)
    page.tree.setCurrentItem(page.item(found("Fittings")))
    qtbot.keyClick(page.tree, Qt.Key.Key_Delete)
    wait(qtbot, lambda: tree() == {"Valves": None, "Elbows": "Valves"})


def test_a_salesperson_only_looks_at_categories(company: Company, qtbot: QtBot) -> None:
    company.as_("buyer").write(commands.add_category, name="Valves", parent_id=None)
    client = client_of(company.as_("sales1"))
    asked: list[Query] = []
    client.shell.open_list = asked.append  # type: ignore[method-assign]
    page = CategoryPage(client)
    qtbot.addWidget(page)
    page.show()
    wait(qtbot, lambda: not page.busy)
    assert [key for key, button in page.buttons.items() if not button.isHidden()] == ["products"]
    page.tree.setCurrentItem(page.tree.topLevelItem(0))
    page.buttons["products"].click()
    assert asked == [Query("products.product", facets=(Facet("category_path", "starts", "Valves ›"),))]


def test_prices_and_cost_beside_a_product(company: Company, qtbot: QtBot) -> None:
    shop = open_shop(company)
    buyer = company.as_("buyer")
    panels = ProductPanels(client_of(buyer), shop.products[0])
    qtbot.addWidget(panels)
    panels.show()
    wait(qtbot, lambda: not panels.busy and panels.levels)
    assert [editor.value() for editor in panels.levels.values()] == [
        Decimal(price) for price in ("44", "41.8", "40.48", "37.4")
    ]
    assert panels.cost_price.value() == 20 and dict(panels.stock.texts())["上饶主仓"] == "1,000"
    editor = panels.levels[shop.levels[1]]
    editor.line.setFocus()
    editor.line.selectAll()
    qtbot.keyClicks(editor.line, "42.5")
    qtbot.keyClick(editor.line, Qt.Key.Key_Return)
    panels.cost_price.line.selectAll()
    qtbot.keyClicks(panels.cost_price.line, "21")

    def stored() -> list[Decimal | None]:
        with buyer.read_session() as session:
            return [row.price for row in level_prices(session, shop.products[0])]

    wait(qtbot, lambda: stored()[1] == Decimal("42.5"))
    wait(qtbot, lambda: not panels.busy)
    qtbot.wait(50)
    assert panels.cost_price.value() == 21 and panels.cost.save.isEnabled(), "typed beside it, and kept"
    panels.cost.save.click()
    cost = company.psql()
    wait(
        qtbot,
        lambda: (
            cost.execute("SELECT cost_price FROM products.cost WHERE id = %s", (shop.products[0],)).fetchone()
            == (21,)
        ),
    )


def test_a_product_is_made_and_its_prices_appear(company: Company, qtbot: QtBot) -> None:
    open_shop(company)
    buyer = company.as_("buyer")
    page = ProductPage(client_of(buyer))
    qtbot.addWidget(page)
    page.resize(1200, 800)
    page.show()
    wait(qtbot, lambda: page.form.fields.isEnabled())
    assert page.panels is None
    for key, value in (("name", "闸阀"), ("model", "Z41H"), ("unit", "台"), ("list_price", Decimal("99.5"))):
        editor = page.form.fields.editors[key]
        editor.set_value(value)
        editor.changed.emit()
    assert page.dirty() and not page.can_close()
    page.form.save()
    wait(qtbot, lambda: page.panels is not None and page.panels.levels and not page.panels.busy)
    row = (
        company.psql()
        .execute(
            "SELECT number, unit, list_price, tax_rate, stocked, state FROM products.product WHERE name = '闸阀'"
        )
        .fetchone()
    )
    assert row is not None and str(row[0]).startswith("P-")
    assert row[1:] == ("台", Decimal("99.5"), Decimal(13), True, "active")
    qtbot.waitUntil(lambda: page.title() == "闸阀" and not page.dirty())


def test_no_cost_and_no_save_for_a_salesperson(company: Company, qtbot: QtBot) -> None:
    shop = open_shop(company)
    panels = ProductPanels(client_of(company.as_("sales1")), shop.products[0])
    qtbot.addWidget(panels)
    panels.show()
    wait(qtbot, lambda: not panels.busy and panels.levels)
    assert panels.cost.isHidden() and panels.cost_price.value() is None
    assert panels.prices.save.isHidden()
    assert all(editor.line.isReadOnly() for editor in panels.levels.values())
