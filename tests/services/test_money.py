"""Rounding and apportioning of money."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.money import Precision, amount, apportioned, rounded

amounts = st.decimals(min_value=-(10**12), max_value=10**12, places=2)


@pytest.mark.parametrize(
    ("value", "places", "expected"),
    [
        ("2.345", 2, "2.35"),
        ("-2.345", 2, "-2.35"),
        ("2.5", 0, "3"),
        ("0.004999", 2, "0.00"),
        ("-0.001", 2, "0.00"),
        ("12345678901234567890123456789.005", 2, "12345678901234567890123456789.01"),
    ],
)
def test_halves_go_away_from_zero(value: str, places: int, expected: str) -> None:
    assert str(rounded(Decimal(value), places)) == expected


@pytest.mark.req("ADM-20")
@pytest.mark.parametrize(("price", "quantity"), [(1, 2), (7, 2), (2, -1), (2, 7)])
def test_precision_outside_its_range_is_refused(price: int, quantity: int) -> None:
    with pytest.raises(ValueError, match="decimals"):
        Precision(price=price, quantity=quantity)


@given(amounts, st.lists(st.decimals(min_value=0, max_value=10**9, places=2), min_size=1, max_size=30))
def test_parts_add_up_and_lie_within_a_cent_of_their_share(whole: Decimal, weights: list[Decimal]) -> None:
    parts = apportioned(whole, weights)
    assert sum(parts) == whole
    everything = Fraction(sum(weights))
    for part, weight in zip(parts, weights, strict=True):
        share = Fraction(weight) / everything if everything else Fraction(1, len(weights))
        assert abs(Fraction(part) - Fraction(whole) * share) <= Fraction(1, 100)


def test_apportioning_refuses_what_it_cannot_do_exactly() -> None:
    with pytest.raises(ValueError, match="two decimals"):
        apportioned(Decimal("1.001"), [Decimal(1)])
    with pytest.raises(ValueError, match="negative"):
        apportioned(Decimal(1), [Decimal(-1)])
    with pytest.raises(ValueError, match="nothing"):
        apportioned(Decimal(1), [])
    assert apportioned(amount(Decimal(0)), []) == ()
