"""An order form on a company of its own, or on one that the tests of a file share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from tests.conftest import Company
from tests.databases import Copies
from tests.factories.shop import Shop, open_shop
from tests.widgets.sales.order_form.clerk import Clerk, filled
from widgets.base.tasks import tasks


@pytest.fixture(autouse=True)
def _english(english: None) -> None:
    """All tests of the folder read the English words."""


@pytest.fixture(scope="module")
def module_company(server: Any, template: str) -> Any:
    """A shop shared by tests that save nothing."""
    made = Company(server, Copies.on(server).copy(template))
    yield made, open_shop(made)
    tasks().wait()
    made.close()


@pytest.fixture
def office_form(module_company: tuple[Company, Shop], qtbot: QtBot) -> Iterator[Clerk]:
    made, shop = module_company
    yield filled(qtbot, made, "sales1", shop, (0, "10"))
    tasks().wait()
