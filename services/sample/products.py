"""The goods of the sample company: valves, fittings, tools, shop goods and a few services."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final, NamedTuple

import numpy as np

from services.sample.seeds import block_rng
from services.sample.vocabulary import choices, words

BRAND_FACTORS: Final = (1.0, 0.94, 1.08, 0.9, 1.15)
"""Prices of a family's first, second … brand against its base price."""
LEVEL_FACTORS: Final = {"list": 1.0, "deal": 0.92, "vip": 0.87, "wholesale": 0.82}
PACKS: Final = {"item": ("box", 50), "piece": ("carton", 12), "roll": ("carton", 100), "branch": ("box", 20),
                "bottle": ("carton", 24), "pairs": ("bag", 12), "sheet": ("box", 100)}  # fmt: skip
"""Pack unit and how many of the unit it holds."""


class Product(NamedTuple):
    """One product. Prices with tax in CNY with two decimals."""

    ordinal: int
    """Position in the list, from 0."""
    number: str
    name: str
    model: str
    """Together with ``name`` unique."""
    specification: str
    category: str
    """Path of the category tree, parts joined by ``/``."""
    brand: str
    """Key of ``product_brand`` or empty."""
    unit: str
    pack_unit: str
    """Key of ``unit`` or empty; a pack holds ``pack_factor`` units."""
    pack_factor: int
    prices: dict[str, Decimal]
    """Price level key → price."""
    cost: Decimal
    """Cost price without tax."""
    barcode: str
    tax_rate: Decimal
    weight: Decimal
    """Kilograms of one unit."""
    stocked: bool
    """False for services and what is only ordered when sold."""
    lower_limit: int
    upper_limit: int
    stock: int
    """What the sample company has of it in all its warehouses."""
    supplier: int
    """Index among SUPPLIERS of companies.suppliers."""
    discontinued: bool


SUPPLIERS: Final = 36


def ean13(twelve: str) -> str:
    """The EAN-13 bar code of its first twelve digits (check digit: Σ odd + 3·Σ even is a multiple of 10)."""
    total = sum(int(digit) * (3 if position % 2 else 1) for position, digit in enumerate(twelve))
    return twelve + str(-total % 10)


def categories() -> list[str]:
    """All paths of the category tree, parents before children, in the order of the families."""
    paths: dict[str, None] = {}
    for family in words("products")["families"]:
        parts = family["category"].split("/")
        for depth in range(1, len(parts) + 1):
            paths.setdefault("/".join(parts[:depth]))
    return list(paths)


def products(seed: int) -> list[Product]:
    """All products; the same ones for every seed, with other prices, codes and stock."""
    brands = {each["code"]: each["zh"] for each in choices()["product_brand"]}
    made: list[Product] = []
    for number, family in enumerate(words("products")["families"]):
        rng = block_rng(seed, "products", number)
        supplier = number * 7 % SUPPLIERS
        for place, brand in enumerate(family["brands"] or [""]):
            for step, size in enumerate(family["sizes"]):
                name = f"{brands[brand]} {family['name']}" if brand else family["name"]
                chosen = (supplier + place) % SUPPLIERS
                made.append(_product(rng, len(made), number, family, brand, name, size, place, step, chosen))
    return made


def _product(
    rng: np.random.Generator, index: int, number: int, family: dict[str, Any], brand: str, name: str,
    size: str, place: int, step: int, supplier: int,
) -> Product:  # fmt: skip
    base = float(family["price"]) * family["growth"] ** step * BRAND_FACTORS[place] * rng.uniform(0.96, 1.04)
    service, unit = not family["stocked"], family["unit"]
    prices = {
        f"price_level.{level}": _tidy(base * (1 if service else factor))
        for level, factor in LEVEL_FACTORS.items()
    }
    cost = _cents(base * rng.uniform(0.56, 0.68) / 1.13)
    prefix = "20" if rng.random() < 0.12 else "69" + str(rng.integers(0, 10))
    # a code means one product: its last digits are the product's place
    drawn = str(rng.integers(0, 10 ** (12 - len(prefix)))).zfill(12 - len(prefix))
    barcode = f"{prefix}{drawn[:-4]}{index:04d}"
    stocked = not service and rng.random() < 0.94
    typical = max(4, int(3000 / max(base, 3)))
    stock = int(typical * rng.choice([0.0, 0.15, 0.8, 1.2, 2.1, 3.8], p=[0.03, 0.09, 0.32, 0.33, 0.18, 0.05]))
    pack = PACKS.get(unit, ("", 1)) if base < 60 else ("", 1)
    return Product(
        ordinal=index,
        number=f"{number + 101}{place + 1}{step + 1:02d}",
        name=name,
        model=f"{family['model']} {size}",
        specification=family["specification"].replace("{s}", size),
        category=family["category"],
        brand=f"product_brand.{brand}" if brand else "",
        unit=f"unit.{unit}",
        pack_unit=f"unit.{pack[0]}" if pack[0] else "",
        pack_factor=pack[1],
        prices=prices,
        cost=Decimal("0.00") if service else cost,
        barcode="" if service else ean13(barcode),
        tax_rate=Decimal(6) if service else Decimal(13),
        weight=Decimal(round(family["weight"] * 1.25**step * 1000)) / 1000,
        stocked=stocked,
        lower_limit=max(1, typical // 4) if stocked else 0,
        upper_limit=typical * 3 if stocked else 0,
        stock=stock if stocked else 0,
        supplier=supplier,
        discontinued=bool(rng.random() < 0.02),
    )


def _cents(value: float) -> Decimal:
    return Decimal(round(value * 100)).scaleb(-2)


def _tidy(value: float) -> Decimal:
    """A price as people set it: steps of 0.05 below 10, 0.5 below 100, 1 below 1,000, 5 above."""
    step = 5 if value < 10 else 50 if value < 100 else 100 if value < 1000 else 500
    return Decimal(max(step, round(value * 100 / step) * step)).scaleb(-2)
