"""The trade of tests of stock."""

from __future__ import annotations

import pytest

from tests.conftest import Company
from tests.factories.trade import Trade, open_trade


@pytest.fixture
def trade(company: Company) -> Trade:
    return open_trade(company)
