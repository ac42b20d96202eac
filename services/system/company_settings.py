"""The company's settings that a page shows (ADM-05): declared once, read from ``Dictionary.settings``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import text

from services.commands import Changes, Work
from services.language import mark
from services.money import Precision


@dataclass(frozen=True, slots=True)
class Switch:
    """A setting that is on or off; off until somebody sets it. ``key`` is that of system.setting."""

    key: str
    title: str
    meaning: str
    """What changes when it is on, in one sentence."""


@dataclass(frozen=True, slots=True)
class Decimals:
    """How many decimals a kind of number is typed and shown with. The bounds are the database's too."""

    key: str
    title: str
    meaning: str
    least: int
    most: int
    usual: int


SWITCHES: Final = (
    (
        mark("Delivery"),
        (
            Switch(
                "delivery.from_notices",
                mark("Goods leave by dispatch notices"),
                mark(
                    "Sales sends the warehouse a dispatch notice from the order; without it stock issues are "
                    "made straight from orders."
                ),
            ),
            Switch(
                "delivery.over_delivery",
                mark("More than was ordered may leave"),
                mark("Notices and stock issues may go beyond what is open on the order."),
            ),
        ),
    ),
)
"""Groups of switches: title and what stands in it."""

DECIMALS: Final = (
    Decimals(
        "precision.price",
        mark("Decimals of unit prices"),
        mark("Prices that are typed are rounded to them. Amounts always have two."),
        2,
        6,
        Precision().price,
    ),
    Decimals(
        "precision.quantity",
        mark("Decimals of quantities"),
        mark("Quantities that are typed are rounded to them; 0 for whole pieces only."),
        0,
        6,
        Precision().quantity,
    ),
)
"""ADM-20."""


def save_settings(work: Work, *, values: Mapping[str, Any]) -> Changes:
    """Set company settings; Refused without the right to. Every open client reads them again."""
    for key, value in values.items():
        work.session.execute(
            text("SELECT system.set_setting(:key, cast(:value AS jsonb))"),
            {"key": key, "value": json.dumps(value)},
        )
    return Changes({})
