"""The lines of a stock receipt: their columns, and a row of the grid as a draft, a person and the database take it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from services.entity import Kind
from services.language import mark, tr
from services.products.packs import PackUnit, pack_of, said_in
from services.products.queries import ProductHit
from services.stock.commands import ReceiptLineInput
from services.stock.opening import LARGEST
from services.stock.queries import with_agreed
from widgets.base.formatting import number_text
from widgets.base.line_grid import GridColumn, Row


def _positive(value: Decimal, _row: Row) -> str | None:
    return _too_large(value) if value > 0 else tr("Enter a quantity above zero.")


def _not_negative(value: Decimal, _row: Row) -> str | None:
    return _too_large(value) if value >= 0 else tr("This must not be below zero.")


def _too_large(value: Decimal) -> str | None:
    return None if value <= LARGEST else tr("the number is larger than any that can be stored")


COLUMNS: Final = (
    GridColumn("product", mark("Product and model"), width=240, editable=True, stretch=True),
    GridColumn("number", mark("Product number"), width=120),
    GridColumn("unit", mark("Unit"), width=60),
    GridColumn("quantity", mark("Quantity"), Kind.QUANTITY, 110, editable=True, check=_positive),
    GridColumn("packs", mark("In packs"), width=90),
    GridColumn("unit_cost", mark("Unit cost"), Kind.PRICE, 110, editable=True, check=_not_negative),
    GridColumn("value", mark("Value of goods"), Kind.AMOUNT, 120),
    GridColumn("remark", mark("Remark"), width=160, editable=True),
)


def receipt_row(
    product: ProductHit,
    quantity: Decimal | None,
    cost: Decimal | None,
    remark: str,
    line: int | None = None,
    pack: PackUnit | None = None,
) -> Row:
    """A row of the grid; ``line`` is the id of the stored line, None for one that is not stored yet."""
    value = None if quantity is None or cost is None else quantity * cost
    return {
        "id": line,
        "product": product,
        "number": product.number,
        "unit": product.unit,
        "quantity": quantity,
        "pack": pack,
        "packs": "" if quantity is None or pack is None else said_in(quantity, product.unit, pack),
        "unit_cost": cost,
        "value": value,
        "remark": remark,
    }


def typed_row(row: Row) -> Row:
    """``row``, into which something was typed, with what follows from its product and figures."""
    product, pack = row["product"], row.get("pack")
    if pack is not None and (pack.name, pack.factor) not in {(p.name, p.factor) for p in product.packs}:
        pack = None  # another product does not come in it
    return receipt_row(
        product, row.get("quantity"), row.get("unit_cost"), row.get("remark") or "", row.get("id"), pack
    )


def kept_line(row: Row) -> dict[str, Any]:
    """``row`` as a draft holds it."""
    pack = row.get("pack")
    return {
        "product": row["product"].id,
        "quantity": row.get("quantity"),
        "unit_cost": row.get("unit_cost"),
        "remark": row.get("remark") or "",
        "line": row.get("id"),
        "pack": None if pack is None else pack.name,
        "factor": None if pack is None else pack.factor,
    }


def recalled_row(line: Mapping[str, Any], product: ProductHit) -> Row:
    """The row of a ``kept_line``, with its product as it is today."""
    pack = pack_of(line["pack"], line["factor"])
    return receipt_row(
        with_agreed(product, pack), line["quantity"], line["unit_cost"], line["remark"], line["line"], pack
    )


def line_words(line: Mapping[str, Any]) -> str:
    """Quantity, cost and remark of a ``kept_line``, for comparing."""
    cost = line["unit_cost"]
    said = (
        "" if line["quantity"] is None else number_text(line["quantity"], Kind.QUANTITY),
        "" if cost is None else "¥" + number_text(cost, Kind.PRICE),
        line["remark"],
    )
    return "  ".join(filter(None, said))


def line_input(row: Row) -> ReceiptLineInput:
    """``row`` as it is saved."""
    return ReceiptLineInput(
        row["product"].id,
        row["quantity"],
        row.get("unit_cost"),
        row.get("remark") or "",
        row.get("pack"),
        row.get("id"),
    )
