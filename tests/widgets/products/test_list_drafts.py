"""Lists of a product that were typed and not saved when the program ended are offered again (PLT-30, PRD-01)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from services.drafts import Drafts
from services.language import use_language
from services.products.details import ProductDetails, details_of
from tests.conftest import Company
from tests.factories.shop import open_shop, save_lists
from tests.widgets.desk import client_of
from widgets.base.client import Client
from widgets.base.messages import MessageBar
from widgets.base.tasks import tasks
from widgets.products.details_panel import ProductDetailsPanel


@pytest.fixture
def company(company: Company) -> Iterator[Company]:
    use_language("en")
    yield company
    tasks().wait()
    use_language("zh_CN")


def wait(qtbot: QtBot, condition: Callable[[], object]) -> None:
    qtbot.waitUntil(lambda: bool(condition()), timeout=8000)


def opened(qtbot: QtBot, client: Client, product: int, folder: Path) -> ProductDetailsPanel:
    panel = ProductDetailsPanel(client, product, MessageBar(), drafts=Drafts("server/db/buyer", folder))
    panel.resize(1000, 232)
    panel.show()
    wait(qtbot, lambda: not panel.busy and panel.state and not panel.keeping.busy)
    return panel


def crash(panel: ProductDetailsPanel) -> None:
    panel.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def press(panel: ProductDetailsPanel, text: str) -> None:
    (message,) = panel.messages.messages
    next(b for b in message.findChildren(QPushButton) if b.text() == text).click()


def stored(company: Company, product: int) -> ProductDetails:
    with company.as_("boss").read_session() as session:
        return details_of(session, product)


@pytest.mark.req("PLT-30", "PRD-01")
def test_typed_lists_outlive_a_crash(company: Company, qtbot: QtBot, tmp_path: Path) -> None:
    product = open_shop(company).products[0]
    save_lists(
        company.as_("buyer"),
        product_id=product,
        parameters=[{"name": "Material", "value": "304"}, {"name": "Pressure", "value": "PN16"}],
    )
    client = client_of(company.as_("buyer"))
    panel = opened(qtbot, client, product, tmp_path)
    panel.tables["questions"].type(0, 0, "Food grade?")
    panel.tables["questions"].type(0, 1, "Yes.")
    panel.tables["parameters"].type(0, 1, "316")
    panel.tables["packs"].type(0, 0, "箱")
    panel.tables["packs"].type(0, 1, "12")
    wait(qtbot, lambda: list(tmp_path.glob("*.json")))
    wait(qtbot, lambda: not panel.keeping.busy)
    panel.keeping.keep()
    wait(qtbot, lambda: not panel.keeping.busy)
    crash(panel)
    # a colleague is at another row meanwhile
    save_lists(
        company.as_("boss"),
        product_id=product,
        parameters=[{"name": "Material", "value": "304"}, {"name": "Pressure", "value": "PN25"}],
    )

    again = opened(qtbot, client, product, tmp_path)
    assert not again.dirty()
    press(again, "Continue with it")
    wait(qtbot, again.dirty)
    assert again.tables["questions"].typed() == [{"question": "Food grade?", "answer": "Yes."}]
    again.save.click()
    wait(qtbot, lambda: not again.dirty())
    found = stored(company, product)
    assert found.parameters == (("Material", "316"), ("Pressure", "PN25"))
    assert found.questions == (("Food grade?", "Yes."),)
    assert [(pack.name, pack.factor) for pack in found.packs] == [("箱", 12)]
    wait(qtbot, lambda: not list(tmp_path.glob("*.json")) and not again.busy)

    # what is given up is forgotten
    again.tables["bar_codes"].type(0, 0, "690077")
    wait(qtbot, lambda: list(tmp_path.glob("*.json")))
    assert not again.can_close() and again.tabs.currentWidget() is again.tables["bar_codes"]
    assert again.can_close()
    again.given_up()
    wait(qtbot, lambda: not list(tmp_path.glob("*.json")))
    crash(again)


@pytest.mark.req("PLT-30", "PRD-01")
def test_lists_that_were_saved_although_the_answer_was_lost(
    company: Company, qtbot: QtBot, tmp_path: Path
) -> None:
    product = open_shop(company).products[0]
    client = client_of(company.as_("buyer"))
    panel = opened(qtbot, client, product, tmp_path)
    panel.tables["bar_codes"].type(0, 0, "690078")
    wait(qtbot, lambda: list(tmp_path.glob("*.json")))
    wait(qtbot, lambda: not panel.keeping.busy)
    crash(panel)
    save_lists(company.as_("buyer"), product_id=product, bar_codes=[{"code": "690078"}])
    again = opened(qtbot, client, product, tmp_path)
    press(again, "Continue with it")
    wait(qtbot, again.dirty)
    again.save.click()
    wait(qtbot, lambda: not again.dirty())
    assert stored(company, product).bar_codes == (("690078", ""),)
    crash(again)
