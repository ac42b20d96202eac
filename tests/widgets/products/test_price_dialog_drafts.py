"""A formula and a price for one branch or pack that were typed outlive a crash (PLT-30, PRD-05)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from services.database import Database
from services.drafts import Drafts
from services.errors import ConnectionLost
from tests.conftest import Company
from tests.factories.shop import Shop, open_shop, save_lists
from tests.widgets.desk import client_of, shell_of
from widgets.base.client import Client
from widgets.base.tasks import tasks
from widgets.products.product_page import ProductPage
from widgets.products.repricing import RepricingDialog

pytestmark = pytest.mark.usefixtures("english")


@pytest.fixture
def shop(company: Company) -> Iterator[Shop]:
    yield open_shop(company)
    tasks().wait()


def wait(qtbot: QtBot, condition: Callable[[], object]) -> None:
    qtbot.waitUntil(lambda: bool(condition()), timeout=15000)


def type_into(editor: Any, text: str) -> None:
    editor.line.setText(text)
    editor.line.textEdited.emit(text)


def press(part: Any, text: str) -> None:
    buttons = [b for m in part.messages.messages for b in m.findChildren(QPushButton)]
    next(button for button in buttons if button.text() == text).click()


def said(part: Any) -> str:
    return "\n".join(message.text for message in part.messages.messages)


def kill(qtbot: QtBot, part: Any) -> None:
    """The client is gone; only what lies on the disk is left."""
    part.keeping.keep()
    wait(qtbot, lambda: not part.keeping.busy)
    part.keeping._timer.stop()
    part.keeping.drafts.release(part.keeping._held[0])


def formula(qtbot: QtBot, client: Client, parent: QWidget, ids: list[int] | None = None) -> RepricingDialog:
    dialog = RepricingDialog(client, ids, parent)
    dialog.show()
    wait(qtbot, lambda: dialog.preview is not None and not dialog.busy)
    keeping = dialog.keeping
    assert keeping is not None
    wait(qtbot, lambda: not keeping.busy)
    return dialog


@pytest.mark.req("PLT-30", "PRD-05")
def test_a_formula_that_was_being_typed(company: Company, shop: Shop, qtbot: QtBot) -> None:
    client, parent = client_of(company.as_("buyer")), QWidget()
    qtbot.addWidget(parent)
    dialog = formula(qtbot, client, parent)
    assert not dialog.dirty(), "what stands there by itself is nobody's"
    type_into(dialog.factor, "1.05")
    dialog.rounding.setCurrentIndex(dialog.rounding.findData(3))
    dialog.target.setCurrentIndex(dialog.target.findData(shop.levels[2]))
    kill(qtbot, dialog)
    dialog.hide()

    again = formula(qtbot, client, parent, [shop.products[0], shop.products[1]])
    press(again, "Continue with it")
    wait(qtbot, lambda: again.factor.value() == Decimal("1.05"))
    assert again.target.currentData() == shop.levels[2] and again.rounding.currentData() == 3
    assert not again.do.isEnabled(), "it is previewed before anything is done"
    wait(qtbot, lambda: again.do.isEnabled() and not again.busy)
    again.do.click()
    wait(qtbot, lambda: not again.isVisible())
    keeping = again.keeping
    assert keeping is not None
    wait(qtbot, lambda: not keeping.busy)
    third = formula(qtbot, client, parent)
    assert said(third) == "", "what is done is kept no more"
    type_into(third.factor, "2")
    third.reject()
    wait(qtbot, lambda: third.keeping is not None and not third.keeping.busy)
    assert said(formula(qtbot, client, parent)) == "", "Cancel gives it up"


@pytest.mark.req("PLT-30", "PRD-05")
def test_prices_are_not_raised_twice_because_an_answer_was_lost(
    company: Company, shop: Shop, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, parent = client_of(company.as_("buyer")), QWidget()
    qtbot.addWidget(parent)
    dialog = formula(qtbot, client, parent)
    type_into(dialog.factor, "2")
    wait(qtbot, lambda: dialog.do.isEnabled() and not dialog.busy)
    honest = Database.write_once

    def lost(database: Database, key: Any, command: Any, **arguments: Any) -> Any:
        honest(database, key, command, **arguments)
        raise ConnectionLost("The server cannot be reached. What you typed is kept; try again.")

    with monkeypatch.context() as cut:
        cut.setattr(Database, "write_once", lost)
        dialog.do.click()
        wait(qtbot, lambda: "cannot be reached" in dialog.problem.text())
    kill(qtbot, dialog)
    dialog.hide()
    again = formula(qtbot, client, parent)
    assert "was saved; only the answer was lost" in said(again)
    press(again, "Open it")
    assert shell_of(client).lists[-1].entity == "products.price_change"
    assert company.psql().execute("SELECT count(*) FROM products.repricing").fetchone() == (1,)


def opened(qtbot: QtBot, client: Client, product: int) -> ProductPage:
    page = ProductPage(client, product)
    qtbot.addWidget(page)
    page.resize(1366, 768)
    page.show()
    details, panels = page.details, page.panels
    assert details is not None and panels is not None
    wait(qtbot, lambda: details.state and not details.busy and panels.levels and not panels.busy)
    wait(qtbot, lambda: not details.keeping.busy and not panels.keeping.busy)
    return page


@pytest.mark.req("PLT-30", "PRD-05")
def test_a_price_for_a_pack_that_was_being_typed(company: Company, shop: Shop, qtbot: QtBot) -> None:
    product = shop.products[0]
    save_lists(company.as_("buyer"), product_id=product, packs=[{"name": "箱", "factor": "12"}])
    client = client_of(company.as_("buyer"))
    page = opened(qtbot, client, product)
    details = page.details
    assert details is not None
    special = details.special
    special.level.setCurrentIndex(special.level.findData(shop.levels[2]))
    special.unit.setCurrentIndex(special.unit.findData("箱"))
    assert not page.dirty(), "choosing alone is no input"
    type_into(special.price, "480")
    assert page.dirty() and not page.can_close()
    assert details.tabs.currentWidget() is special, "it is shown where it stands"
    kill(qtbot, details)

    again = opened(qtbot, client, product)
    lists = again.details
    assert lists is not None
    press(lists, "Continue with it")
    wait(qtbot, lists.dirty)
    assert lists.special.unit.currentData() == "箱" and lists.special.price.value() == Decimal(480)
    lists.special.set_price.click()
    wait(qtbot, lambda: not again.dirty() and not lists.busy)
    assert [(row.unit, row.price) for row in lists.special.table.rows()] == [("箱", Decimal(480))]
    wait(qtbot, lambda: not lists.keeping.busy)
    assert said(opened(qtbot, client, product).form) == ""


@pytest.mark.req("PLT-30", "PRD-05")
def test_prices_are_kept_while_the_lists_beside_keep_the_page(
    company: Company, shop: Shop, qtbot: QtBot
) -> None:
    """Closing asks both; until the page closes for certain nothing is forgotten."""
    client = client_of(company.as_("buyer"))
    page = opened(qtbot, client, shop.products[0])
    panels, details = page.panels, page.details
    assert panels is not None and details is not None
    type_into(panels.levels[shop.levels[1]], "42.5")
    wait(qtbot, lambda: not panels.keeping._timer.isActive() and not panels.keeping.busy)
    assert not page.can_close()
    # a list is typed before the page is closed once more: that one keeps it open
    details.tables["bar_codes"].type(0, 0, "690077")
    assert not page.can_close()
    wait(qtbot, lambda: not panels.keeping.busy)
    # as another process finds it, to which nothing is open here
    kept = Drafts(panels.keeping.drafts.owner).find(entity=panels.entity.key, record_id=shop.products[0])
    assert kept is not None and kept.values[f"price.{shop.levels[1]}"] == "42.50"
    kill(qtbot, panels)
    again = opened(qtbot, client, shop.products[0])
    prices = again.panels
    assert prices is not None
    press(prices, "Continue with it")
    wait(qtbot, prices.dirty)
    assert prices.levels[shop.levels[1]].value() == Decimal("42.5")
    assert not again.can_close() and again.can_close()
    again.given_up()
    wait(qtbot, lambda: not prices.keeping.busy)
    assert "typed something here" not in said(opened(qtbot, client, shop.products[0]).form)
