"""Two buyers at the lists of one product: nothing of either is overwritten unseen (PRD-01, PLT-31)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pytestqt.qtbot import QtBot

from services.errors import Refused
from services.products import commands
from services.products.details import ProductDetails, details_of
from tests.conftest import Company
from tests.factories.shop import open_shop, save_lists
from tests.widgets.desk import client_of, shell_of
from widgets.base.messages import MessageBar
from widgets.products.details_panel import ProductDetailsPanel

pytestmark = pytest.mark.usefixtures("english")


def opened(qtbot: QtBot, company: Company, login: str, product: int) -> ProductDetailsPanel:
    panel = ProductDetailsPanel(client_of(company.as_(login)), product, MessageBar())
    qtbot.addWidget(panel)
    panel.resize(1000, 232)
    panel.show()
    wait(qtbot, lambda: not panel.busy and panel.state)
    return panel


def wait(qtbot: QtBot, condition: Callable[[], object]) -> None:
    qtbot.waitUntil(lambda: bool(condition()), timeout=8000)


def stored(company: Company, product: int) -> ProductDetails:
    with company.as_("boss").read_session() as session:
        return details_of(session, product)


def start(company: Company, qtbot: QtBot) -> tuple[int, ProductDetailsPanel, ProductDetailsPanel]:
    """Two windows that show the same two parameters."""
    product = open_shop(company).products[0]
    save_lists(
        company.as_("buyer"),
        product_id=product,
        parameters=[{"name": "Material", "value": "304"}, {"name": "Pressure", "value": "PN16"}],
        packs=[{"name": "箱", "factor": 12}],
    )
    return product, opened(qtbot, company, "buyer", product), opened(qtbot, company, "boss", product)


@pytest.mark.req("PRD-01", "PLT-31")
def test_different_rows_are_kept_from_both(company: Company, qtbot: QtBot) -> None:
    product, first, second = start(company, qtbot)
    first.tables["parameters"].type(0, 1, "316")
    first.tables["parameters"].type(2, 0, "Size")
    second.tables["parameters"].type(1, 1, "PN25")
    second.tables["packs"].type(0, 1, "24")
    first.save.click()
    wait(qtbot, lambda: not first.dirty())
    second.save.click()
    wait(qtbot, lambda: not second.dirty())
    found = stored(company, product)
    assert found.parameters == (("Material", "316"), ("Pressure", "PN25"), ("Size", ""))
    assert [pack.factor for pack in found.packs] == [24]
    ((_kind, said),) = shell_of(second._client).said
    name = first._client.user.name
    assert said == f"{name} changed Parameters meanwhile; both changes are kept."


@pytest.mark.req("PRD-01", "PLT-31")
def test_the_same_row_is_asked_about(company: Company, qtbot: QtBot) -> None:
    product, first, second = start(company, qtbot)
    first.tables["parameters"].type(0, 1, "316")
    first.tables["packs"].removeRow(0)
    first.tables["packs"].edited.emit()
    second.tables["parameters"].type(0, 1, "316L")
    second.tables["packs"].type(0, 1, "24")
    first.save.click()
    wait(qtbot, lambda: not first.dirty())
    second.save.click()
    wait(qtbot, lambda: second._comparison is not None)
    panel = second._comparison
    assert panel is not None and second.isVisible()
    assert [(each.key, each.clash) for each in panel.fields] == [
        ("packs\n箱", True),
        ("parameters\nMaterial", True),
    ]
    assert stored(company, product).parameters[0] == ("Material", "316"), "nothing is overwritten yet"
    # back, type on, save again: asked again
    panel.back.emit()
    assert second.tables["parameters"].typed()[0]["value"] == "316L" and second.dirty()
    second.tables["parameters"].type(1, 1, "PN40")
    second.save.click()
    wait(qtbot, lambda: second._comparison is not None)
    panel = second._comparison
    assert panel is not None and not panel.save_button.isEnabled()
    panel.choose("packs\n箱", mine=False)
    panel.choose("parameters\nMaterial", mine=True)
    panel.save_button.click()
    wait(qtbot, lambda: not second.dirty())
    found = stored(company, product)
    assert found.parameters == (("Material", "316L"), ("Pressure", "PN40")) and not found.packs


@pytest.mark.req("PRD-01")
def test_no_list_is_saved_without_the_version_that_was_seen(company: Company) -> None:
    product = open_shop(company).products[0]
    seen = stored(company, product).version
    buyer = company.as_("buyer")
    buyer.write(commands.save_details, product_id=product, version=seen, parameters=[{"name": "a"}])
    with pytest.raises(Refused, match="Somebody else"):
        buyer.write(commands.save_details, product_id=product, version=seen, parameters=[])
    with company.psql("buyer") as connection, pytest.raises(Exception, match="Somebody else"):
        connection.execute(
            "SELECT app.post(gen_random_uuid(), 'products.save_details', jsonb_build_object('product_id', %s, "
            "'parameters', jsonb_build_array()))",
            (product,),
        )
    assert stored(company, product).parameters == (("a", ""),)
