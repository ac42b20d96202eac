"""Pack units (箱, 盒 …): quantities typed in them, and quantities said in them.

What is stored is always in the product's own unit, so that stock, orders and deliveries add up; a pack is how
people say it: with 12 to the 箱, ``3箱`` is 36 and ``2箱 5个`` is 29.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from services.typed import number, plain_digits

_PART: Final = re.compile(r"\s*([^\s\d.,+*/()×÷-][^\d.,]*?)\s*(?=[\d.(]|$)")


@dataclass(frozen=True, slots=True)
class PackUnit:
    """One pack unit of a product."""

    name: str
    factor: Decimal
    """How many of the product's own unit it holds."""
    price: Decimal | None = None
    """With tax per pack at the price level asked for; None where it has none of its own."""
    bar_code: str = ""


def typed_quantity(text: str, unit: str, packs: Sequence[PackUnit]) -> tuple[Decimal, PackUnit | None] | None:
    """The quantity in the product's own unit that ``3箱`` or ``2箱5个`` means, and the pack where it is only one.

    None where the text names a unit that there is not, or no number before one.
    """
    known = {pack.name.casefold(): pack for pack in packs}
    total, used, at = Decimal(0), set[str](), 0
    text = text.strip()
    while at < len(text):
        digits = re.compile(r"[\d.,+*/()×÷\s-]+").match(text, at)
        if digits is None:
            return None
        named = _PART.match(text, digits.end())
        name = named[1].strip().casefold() if named else unit.casefold()
        try:
            value = number(digits[0])
        except ValueError:
            return None
        if value is None or (name != unit.casefold() and name not in known):
            return None
        total += value * (known[name].factor if name in known else 1)
        used.add(name)
        at = named.end() if named else digits.end()
    if not used:
        return None
    return total, known.get(next(iter(used))) if len(used) == 1 else None


Quantities = Sequence[tuple[int, Decimal]]
"""Pairs of the id of a line and a quantity in its product's own unit."""


def said_with(lines: Quantities, packs: Mapping[int, PackUnit | None]) -> list[tuple[Any, ...]]:
    """``lines`` as posting functions take them: [id, quantity, pack_unit, pack_factor], the last two where ``packs``
    knows, by id, in which pack the quantity was typed; no name for the product's own unit."""
    known = {line: ("", None) if pack is None else (pack.name, pack.factor) for line, pack in packs.items()}
    return [(line, quantity, *known.get(line, ())) for line, quantity in lines]


def pack_of(name: str | None, factor: Decimal | None) -> PackUnit | None:
    """The pack that a stored line was taken in; None for one in the product's own unit."""
    return None if name is None or factor is None else PackUnit(name, factor)


def with_pack(packs: Sequence[PackUnit], pack: PackUnit | None) -> tuple[PackUnit, ...]:
    """``packs`` as a line taken in ``pack`` knows them: that one as it was agreed, the others as they are now."""
    if pack is None:
        return tuple(packs)
    same = next((each for each in packs if (each.name, each.factor) == (pack.name, pack.factor)), pack)
    return same, *(each for each in packs if each.name != pack.name)


def said_in(quantity: Decimal, unit: str, pack: PackUnit | None) -> str:
    """``quantity`` as a line taken in ``pack`` says it: ``2箱 5个``; a plain number without pack."""
    if pack is None:
        return plain_digits(quantity)
    return in_packs(quantity, unit, (pack,)) or (f"{plain_digits(quantity)}{unit}" if quantity else "0")


def packing(unit: str, pack: PackUnit | None) -> str:
    """The unit of a line on paper: ``箱(12个)``, or the product's own."""
    return unit if pack is None else f"{pack.name}({plain_digits(pack.factor)}{unit})"


def in_packs(quantity: Decimal, unit: str, packs: Sequence[PackUnit]) -> str:
    """``quantity`` said in the largest packs, such as ``2箱 5个``; empty where not one pack is full."""
    left, parts = abs(quantity), list[str]()
    for pack in sorted(packs, key=lambda pack: -pack.factor):
        if pack.factor > 1 and left >= pack.factor:
            whole = left // pack.factor
            left -= whole * pack.factor
            parts.append(f"{plain_digits(whole)}{pack.name}")
    if not parts:
        return ""
    if left:
        parts.append(f"{plain_digits(left)}{unit}")
    return ("-" if quantity < 0 else "") + " ".join(parts)
