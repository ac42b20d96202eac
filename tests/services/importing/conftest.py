"""Who imports."""

from __future__ import annotations

import pytest

from services.language import use_language
from tests.conftest import Company
from tests.services.importing_files import Office


@pytest.fixture(autouse=True)
def _chinese() -> None:
    use_language("zh_CN")


@pytest.fixture
def seller(company: Company) -> Office:
    return Office.of(company, "sales1")


@pytest.fixture
def buyer(company: Company) -> Office:
    return Office.of(company, "buyer")
