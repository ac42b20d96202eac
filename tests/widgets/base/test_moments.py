"""Amounts as people say them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from widgets.base.moments import money


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        ("7.70", "7.70"),
        ("999.50", "999.50"),
        ("8.00", "8"),
        ("0", "0"),
        ("1000.40", "1,000"),
        ("-7.7", "-7.70"),
        ("2509256.33", "2,509,256"),
    ],
)
def test_cents_are_left_out_only_where_they_say_little(amount: str, said: str) -> None:
    assert money(Decimal(amount), cents=False) == said


def test_cents() -> None:
    assert (money(Decimal("1000.4")), money(None)) == ("1,000.40", "—")
