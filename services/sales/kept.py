"""An order as it is being typed, kept on this PC's disk until it is saved (PLT-30): to text and back.

Head, lines and terms go into one text, because a draft's values are plain.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from services.money import Precision
from services.products.packs import PackUnit, with_pack
from services.products.queries import ProductHit
from services.requests import plain
from services.sales.arithmetic import HUNDRED, Terms, line
from services.sales.draft import DraftLine

_DATES: Final = ("date", "required_on")


@dataclass(frozen=True, slots=True)
class KeptLine:
    """A line without what the database says of its product."""

    product_id: int | None
    typed: str
    quantity: Decimal
    tax_price: Decimal
    discount: Decimal
    rate: Decimal
    remark: str
    id: int | None
    pack: PackUnit | None = None


@dataclass(frozen=True, slots=True)
class KeptOrder:
    """What was typed of an order."""

    head: Mapping[str, Any]
    lines: tuple[KeptLine, ...]
    terms: Terms

    @property
    def product_ids(self) -> list[int]:
        """What the database is to be asked for."""
        return sorted({each.product_id for each in self.lines if each.product_id is not None})

    def draft_lines(self, products: Mapping[int, ProductHit], precision: Precision) -> list[DraftLine]:
        """The rows of the grid; a product that is gone leaves its row without one."""
        rows = []
        for each in self.lines:
            product = None if each.product_id is None else products.get(each.product_id)
            numbers = line(
                quantity=each.quantity,
                tax_price=each.tax_price,
                discount=each.discount,
                rate=each.rate,
                precision=precision,
            )
            typed = each.typed or ("?" if product is None else "")
            pack = each.pack
            if pack is not None and product is not None:
                pack = with_pack(product.packs, pack)[0]
            rows.append(DraftLine(product, numbers, typed, each.remark, each.id, pack=pack))
        return rows


def keep(
    head: Mapping[str, Any],
    lines: Sequence[DraftLine],
    terms: Terms,
) -> dict[str, str]:
    """The values of a draft."""
    rows = [
        {
            "product_id": None if row.product is None else row.product.id,
            "typed": row.typed,
            "quantity": row.numbers.quantity,
            "tax_price": row.numbers.tax_price,
            "discount": row.numbers.discount,
            "rate": row.numbers.rate,
            "remark": row.remark,
            "id": row.id,
            "pack": None if row.pack is None else [row.pack.name, row.pack.factor],
        }
        for row in lines
    ]
    return {"order": json.dumps(plain({"head": head, "lines": rows, "terms": terms}), ensure_ascii=False)}


def kept(values: Mapping[str, Any]) -> KeptOrder:
    """What ``keep`` made of an order; ValueError, KeyError or ArithmeticError where it is damaged."""
    found = json.loads(str(values["order"]))
    head = dict(found["head"])
    for key in _DATES:
        if head.get(key):
            head[key] = datetime.date.fromisoformat(head[key])
    rows = tuple(
        KeptLine(
            row["product_id"],
            str(row["typed"]),
            Decimal(row["quantity"]),
            Decimal(row["tax_price"]),
            Decimal(row["discount"]),
            Decimal(row["rate"]),
            str(row["remark"]),
            row["id"],
            PackUnit(str(row["pack"][0]), Decimal(row["pack"][1])) if row.get("pack") else None,
        )
        for row in found["lines"]
    )
    terms = found["terms"]
    typed = terms.get("typed_total")
    return KeptOrder(
        head,
        rows,
        Terms(
            discount=Decimal(terms.get("discount", HUNDRED)),
            deduction=Decimal(terms["deduction"]),
            freight=Decimal(terms["freight"]),
            rounding_unit=Decimal(terms["rounding_unit"]),
            round_down=bool(terms["round_down"]),
            typed_total=None if typed is None else Decimal(typed),
        ),
    )
