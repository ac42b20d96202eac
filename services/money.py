"""Every rounding of money, prices and quantities: half away from zero, as PostgreSQL's ``round(numeric, n)``.

Calculation is exact (Decimal with 80 digits) until the one rounding at the end, because Python's usual
28 digits are fewer than quantity × price × discount may have.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Final

EXACT: Final = Context(prec=80, rounding=ROUND_HALF_UP)
"""Context for products and quotients that are rounded afterwards."""

AMOUNT_PLACES: Final = 2
"""Decimals of every amount in CNY."""

ZERO: Final = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class Precision:
    """Decimals set by the office (ADM-20): of unit prices 2 to 6, of quantities 0 to 6."""

    price: int = 2
    quantity: int = 2

    def __post_init__(self) -> None:
        if not 2 <= self.price <= 6:
            raise ValueError(f"decimals of prices are 2 to 6, not {self.price}")
        if not 0 <= self.quantity <= 6:
            raise ValueError(f"decimals of quantities are 0 to 6, not {self.quantity}")


def rounded(value: Decimal, places: int) -> Decimal:
    """``value`` with exactly ``places`` decimals, halves away from zero (2.5 → 3, -2.5 → -3)."""
    result = value.quantize(Decimal(1).scaleb(-places), context=EXACT)
    # Minus zero would be printed as "-0.00".
    return result if result else abs(result)


def amount(value: Decimal) -> Decimal:
    """``value`` as an amount of money: two decimals."""
    return rounded(value, AMOUNT_PLACES)


def product(*factors: Decimal) -> Decimal:
    """The exact product of ``factors``, not rounded (up to 80 digits)."""
    result = Decimal(1)
    for factor in factors:
        result = EXACT.multiply(result, factor)
    return result


def quotient(dividend: Decimal, divisor: Decimal) -> Decimal:
    """``dividend / divisor`` to 80 digits: enough that rounding it again to cents is right."""
    return EXACT.divide(dividend, divisor)


def percent_of(value: Decimal, percent: Decimal) -> Decimal:
    """``percent`` % of ``value``, exact."""
    return product(value, percent).scaleb(-2, context=EXACT)


def total(values: Sequence[Decimal]) -> Decimal:
    """The sum of amounts, 0.00 for none."""
    result = ZERO
    for value in values:
        result = EXACT.add(result, value)
    return result


def apportioned(whole: Decimal, weights: Sequence[Decimal]) -> tuple[Decimal, ...]:
    """Split an amount by ``weights`` to the cent so that the parts add up to ``whole`` exactly.

    Each part is the difference of two rounded running totals, so none is more than a cent from its exact
    share and the order of lines decides ties. All weights 0: by equal parts. No weights: ``whole`` must be 0.
    ValueError when a weight is negative or the amount has more than two decimals.
    """
    if amount(whole) != whole:
        raise ValueError(f"{whole} is not an amount of two decimals")
    if any(weight < 0 for weight in weights):
        raise ValueError("weights must not be negative")
    if not weights:
        if whole:
            raise ValueError("nothing to apportion to")
        return ()
    sizes = list(weights) if any(weights) else [Decimal(1)] * len(weights)
    everything = total(sizes)
    parts: list[Decimal] = []
    running, given = Decimal(0), ZERO
    for size in sizes:
        running = EXACT.add(running, size)
        up_to_here = amount(quotient(product(whole, running), everything))
        parts.append(EXACT.subtract(up_to_here, given))
        given = up_to_here
    return tuple(parts)
