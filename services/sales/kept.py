"""An order as it is being typed: kept on this PC's disk until it is saved (PLT-30), and compared line by line with
what somebody else has made of it meanwhile (PLT-31).

Head, terms and lines are values as ``services.drafts`` keeps and ``services.merging`` compares them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

from services.merging import Lines
from services.money import Precision
from services.products.packs import PackUnit, with_pack
from services.products.queries import ProductHit
from services.sales.arithmetic import Terms, line
from services.sales.draft import DraftLine

LINES: Final = Lines({"lines": "product_id"})
"""A line of an order is known again by its product."""
TERM: Final = "terms."
"""What the terms of the whole order begin with among the values of the head."""


def keep(head: Mapping[str, Any], lines: Sequence[DraftLine], terms: Terms) -> dict[str, Any]:
    """The values of an order: the fields of its head, its terms, its lines."""
    said = asdict(terms)
    rounding = [said.pop("rounding_unit"), said.pop("round_down")]
    return {
        **head,
        **{f"{TERM}{key}": value for key, value in said.items()},
        f"{TERM}rounding": rounding,
        "lines": [
            {
                "product_id": None if row.product is None else row.product.id,
                "typed": row.typed,
                "quantity": row.numbers.quantity,
                "tax_price": row.numbers.tax_price,
                "discount": row.numbers.discount,
                "rate": row.numbers.rate,
                "remark": row.remark,
                "pack": None if row.pack is None else [row.pack.name, row.pack.factor],
            }
            for row in lines
        ],
    }


def kept_terms(values: Mapping[str, Any]) -> Terms:
    """The terms among the values of an order."""
    unit, down = values[f"{TERM}rounding"]
    said = {key: values[f"{TERM}{key}"] for key in ("discount", "deduction", "freight", "typed_total")}
    return Terms(rounding_unit=unit, round_down=down, **said)


def kept_lines(
    values: Mapping[str, Any],
    products: Mapping[int, ProductHit],
    precision: Precision,
    stored: Iterable[tuple[int, int]] = (),
) -> list[DraftLine]:
    """The rows of the grid; a product that is gone leaves its row without one. ``stored``: product and id of the
    lines that the order has in the database, which stay the same lines."""
    ids = LINES.spread({"lines": [{"product_id": product, "id": id_} for product, id_ in stored]})
    rows = []
    for name, row in LINES.spread({"lines": values["lines"]}).items():
        product = products.get(row["product_id"])
        numbers = line(
            quantity=row["quantity"],
            tax_price=row["tax_price"],
            discount=row["discount"],
            rate=row["rate"],
            precision=precision,
        )
        typed = row["typed"] or ("?" if product is None else "")
        pack = None if row["pack"] is None else PackUnit(*row["pack"])
        if pack is not None and product is not None:
            pack = with_pack(product.packs, pack)[0]
        id_ = ids[name]["id"] if name in ids else None
        rows.append(DraftLine(product, numbers, typed, row["remark"], id_, pack=pack))
    return rows


def product_ids(values: Mapping[str, Any]) -> list[int]:
    """The products of its lines."""
    return sorted({row["product_id"] for row in values["lines"] if row["product_id"] is not None})
