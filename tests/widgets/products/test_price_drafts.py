"""Prices and cost that were typed beside a product and not saved when the program ended are offered again (PLT-30)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from services.drafts import Drafts
from services.language import use_language
from tests.conftest import Company
from tests.factories.shop import open_shop
from tests.widgets.desk import client_of
from widgets.base.client import Client
from widgets.base.messages import MessageBar
from widgets.base.tasks import tasks
from widgets.products.product_panels import ProductPanels


@pytest.fixture
def company(company: Company) -> Iterator[Company]:
    use_language("en")
    yield company
    tasks().wait()
    use_language("zh_CN")


def opened(qtbot: QtBot, client: Client, product: int, folder: Path) -> ProductPanels:
    panels = ProductPanels(client, product, MessageBar(), drafts=Drafts("server/db/buyer", folder))
    panels.show()
    qtbot.waitUntil(lambda: not panels.busy and bool(panels.levels) and not panels.keeping.busy)
    return panels


def type_into(editor: object, text: str) -> None:
    editor.line.setText(text)  # type: ignore[attr-defined]
    editor.line.textEdited.emit(text)  # type: ignore[attr-defined]


def crash(panels: ProductPanels) -> None:
    panels.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.mark.req("PLT-30", "PRD-05")
def test_typed_prices_outlive_a_crash(company: Company, qtbot: QtBot, tmp_path: Path) -> None:
    shop = open_shop(company)
    client, product = client_of(company.as_("buyer")), shop.products[0]
    panels = opened(qtbot, client, product, tmp_path)
    type_into(panels.levels[shop.levels[1]], "42.5")
    type_into(panels.levels[shop.levels[2]], "")
    type_into(panels.cost_price, "21")
    assert panels.dirty()
    qtbot.waitUntil(lambda: bool(list(tmp_path.glob("*.json"))))
    crash(panels)

    again = opened(qtbot, client, product, tmp_path)
    (message,) = again.messages.messages
    assert not again.dirty()
    next(b for b in message.findChildren(QPushButton) if b.text() == "Continue with it").click()
    qtbot.waitUntil(again.dirty)
    assert again.levels[shop.levels[1]].value() == Decimal("42.5")
    again.save_prices()
    again.save_cost()
    stored = "SELECT level_id, price FROM products.level_price WHERE product_id = %s ORDER BY 1"
    psql = company.psql()
    qtbot.waitUntil(
        lambda: (
            dict(psql.execute(stored, (product,)).fetchall())
            == {shop.levels[0]: 44, shop.levels[1]: Decimal("42.5"), shop.levels[3]: Decimal("37.4")}
        )
    )
    qtbot.waitUntil(lambda: not list(tmp_path.glob("*.json")) and not again.busy)
    assert psql.execute("SELECT cost_price FROM products.cost WHERE id = %s", (product,)).fetchone() == (21,)

    # what is given up is forgotten
    type_into(again.cost_price, "22")
    qtbot.waitUntil(lambda: bool(list(tmp_path.glob("*.json"))))
    assert not again.can_close() and again.can_close()
    again.given_up()
    qtbot.waitUntil(lambda: not list(tmp_path.glob("*.json")))
    crash(again)
