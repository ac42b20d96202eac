"""Two people at the prices of one product: each saves what he typed, and overwrites nothing that he did not see."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from pytestqt.qtbot import QtBot

from tests.conftest import Company
from tests.factories.shop import open_shop
from tests.widgets.desk import client_of
from widgets.products.product_panels import ProductPanels

pytestmark = pytest.mark.usefixtures("english")


def opened(qtbot: QtBot, company: Company, login: str, product: int) -> ProductPanels:
    panel = ProductPanels(client_of(company.as_(login)), product)
    qtbot.addWidget(panel)
    panel.show()
    wait(qtbot, lambda: not panel.busy and panel.levels)
    return panel


def wait(qtbot: QtBot, condition: Callable[[], object]) -> None:
    qtbot.waitUntil(lambda: bool(condition()), timeout=8000)


def type_price(panel: ProductPanels, level: int, price: str) -> None:
    panel.levels[level].set_value(Decimal(price))
    panel.levels[level].changed.emit()


@pytest.mark.req("PRD-05", "PLT-31")
def test_only_what_was_typed_is_saved_and_nothing_unseen_overwritten(company: Company, qtbot: QtBot) -> None:
    shop = open_shop(company)
    product, (one, two, *_) = shop.products[0], shop.levels
    first = opened(qtbot, company, "buyer", product)
    second = opened(qtbot, company, "boss", product)

    everything = company.psql()

    def stored(level: int) -> Decimal:
        row = everything.execute(
            "SELECT price FROM products.level_price WHERE product_id = %s AND level_id = %s", (product, level)
        ).fetchone()
        assert row is not None
        return Decimal(row[0])

    type_price(first, one, "41")
    type_price(second, two, "37")
    first.save_prices()
    wait(qtbot, lambda: stored(one) == 41 and not first._typed and not first.busy)
    second.save_prices()
    wait(qtbot, lambda: stored(two) == 37 and not second._typed and not second.busy)
    assert stored(one) == 41, "the other level is as the first one left it"

    type_price(first, one, "42")
    type_price(second, one, "43")
    first.save_prices()
    wait(qtbot, lambda: stored(one) == 42)
    second.save_prices()
    wait(qtbot, lambda: "it is 42 now" in second.prices.problem.text() and not second.busy)
    assert stored(one) == 42 and second.dirty() and second.levels[one].value() == 43
    second.save_prices()
    wait(qtbot, lambda: stored(one) == 43)
