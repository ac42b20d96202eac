"""An order while it is entered: lines with their numbers, what is sent to the database, rows pasted from Excel.

Pure data; the grid shows it and the tests compare it with the database.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

from services.money import EXACT, Precision, product, quotient
from services.products.packs import PackUnit
from services.products.queries import ProductHit
from services.sales.arithmetic import (
    HUNDRED,
    Line,
    LineAmounts,
    LineField,
    Terms,
    edited,
    line,
    shortest_price,
)
from services.sales.queries import LineRecord, OrderRecord
from services.search import normalise

ZERO: Final = Decimal(0)
EMPTY: Final = Line(
    quantity=ZERO,
    price=ZERO,
    tax_price=ZERO,
    discount=HUNDRED,
    rate=ZERO,
    amounts=LineAmounts(ZERO, ZERO, ZERO),
)


@dataclass(frozen=True, slots=True)
class DraftLine:
    """One row of the grid. A row without product and text is the empty one at the end."""

    product: ProductHit | None = None
    numbers: Line = EMPTY
    """Quantity and prices are of ``pack`` where there is one."""
    typed: str = ""
    """What was pasted and not recognised as a product."""
    remark: str = ""
    id: int | None = None
    """Of the stored line."""
    delivered: Decimal = ZERO
    """In the product's own unit, as ``asked`` is."""
    asked: Decimal = ZERO
    pack: PackUnit | None = None
    """The unit it is taken in; None for the product's own."""

    @property
    def factor(self) -> Decimal:
        """How many of the product's own unit one of the line's unit holds."""
        return Decimal(1) if self.pack is None else self.pack.factor

    @property
    def pieces(self) -> Decimal:
        """The quantity in the product's own unit."""
        return EXACT.multiply(self.numbers.quantity, self.factor)

    @property
    def unit(self) -> str:
        """Name of the unit it is taken in."""
        if self.pack is not None:
            return self.pack.name
        return self.product.unit if self.product is not None else ""

    @property
    def blank(self) -> bool:
        """Nothing was entered."""
        return self.product is None and not self.typed

    @property
    def short(self) -> bool:
        """More is sold than lies free in the warehouse."""
        product = self.product
        return product is not None and product.free is not None and self.pieces > product.free

    @property
    def below_lowest(self) -> bool:
        """Sold below the product's lowest price."""
        product = self.product
        if product is None or product.lowest_price is None:
            return False
        paid = self.numbers.tax_price * self.numbers.discount / HUNDRED
        return paid < product.lowest_price * self.factor


def with_product(row: DraftLine, product: ProductHit, precision: Precision) -> DraftLine:
    """``row`` with another product at its price and tax rate; quantity (1 for a new row) and discount stay, and so
    does a pack that this product has too."""
    quantity = row.numbers.quantity if not row.blank and row.numbers.quantity else Decimal(1)
    pack = next((each for each in product.packs if row.pack is not None and each.name == row.pack.name), None)
    if pack is None and row.pack is not None and row.product is not None and row.product.id == product.id:
        pack = row.pack  # what it holds has changed since, which the server will say
    numbers = line(
        quantity=quantity,
        tax_price=_own_price(product, pack, precision),
        discount=row.numbers.discount,
        rate=product.tax_rate,
        precision=precision,
    )
    return replace(row, product=product, numbers=numbers, typed="", pack=pack)


def _own_price(product_: ProductHit, pack: PackUnit | None, precision: Precision) -> Decimal:
    """The price with tax of one pack, or of one unit: the price level's own, or what its units cost."""
    if pack is None:
        return product_.price
    if pack.price is not None:
        return pack.price
    return shortest_price(product(product_.price, pack.factor), precision.price)


def with_number(row: DraftLine, field: LineField, value: Decimal, precision: Precision) -> DraftLine:
    """``row`` after ``value`` was typed into ``field``; the others follow by the arithmetic. Raises Invalid."""
    return replace(row, numbers=edited(row.numbers, field, value, precision))


def in_unit(row: DraftLine, pack: PackUnit | None, precision: Precision) -> DraftLine:
    """``row`` taken in ``pack`` (None: the product's own unit) with the same number of them.

    The price becomes that of the new unit; one that was agreed otherwise is carried over by what the units hold.
    """
    before = row.product
    if before is None or (pack and (pack.name, pack.factor)) == (
        row.pack and (row.pack.name, row.pack.factor)
    ):
        return row
    if row.numbers.tax_price == _own_price(before, row.pack, precision):
        price = _own_price(before, pack, precision)
    else:
        factor = Decimal(1) if pack is None else pack.factor
        price = shortest_price(quotient(product(row.numbers.tax_price, factor), row.factor), precision.price)
    numbers = line(
        quantity=row.numbers.quantity,
        tax_price=price,
        discount=row.numbers.discount,
        rate=row.numbers.rate,
        precision=precision,
    )
    return replace(row, numbers=numbers, pack=pack)


def in_pack(row: DraftLine, pieces: Decimal, pack: PackUnit | None, precision: Precision) -> DraftLine:
    """``row`` after a quantity was typed with its unit: so many ``pieces``, which fill packs of one kind, or None."""
    changed = in_unit(row, pack, precision)
    return with_number(changed, "quantity", quotient(pieces, changed.factor), precision)


def from_record(record: LineRecord, precision: Precision) -> DraftLine:
    """The row of a stored line."""
    numbers = line(
        quantity=record.in_unit,
        tax_price=record.unit_price,
        discount=record.discount,
        rate=record.tax_rate,
        precision=precision,
    )
    return DraftLine(
        product=record.product,
        numbers=numbers,
        remark=record.remark,
        id=record.id,
        delivered=record.delivered,
        asked=record.asked,
        pack=record.pack,
    )


def head_terms(record: OrderRecord) -> Terms:
    """What the head of a stored order does to the sum of its lines."""
    return Terms(
        discount=record.discount_rate,
        deduction=record.discount,
        freight=record.freight,
        rounding_unit=record.rounding_unit,
        round_down=record.round_down,
        typed_total=record.gross if record.total_typed else None,
    )


def as_arguments(
    head: Mapping[str, Any],
    rows: Sequence[DraftLine],
    *,
    terms: Terms,
    stored: tuple[int, int] | None = None,
) -> dict[str, Any]:
    """What sales.save_order takes. ``stored`` is id and version of the draft that is changed."""
    arguments = dict(head)
    if stored is not None:
        arguments["id"], arguments["version"] = stored
    arguments["discount_rate"], arguments["discount"] = terms.discount, terms.deduction
    arguments["freight"] = terms.freight
    arguments["rounding_unit"], arguments["round_down"] = terms.rounding_unit, terms.round_down
    if terms.typed_total is not None:
        arguments["total"] = terms.typed_total
    arguments["lines"] = [
        {
            "id": row.id,
            "product_id": row.product.id,
            "quantity": row.numbers.quantity,
            "tax_price": row.numbers.tax_price,
            "discount": row.numbers.discount,
            "tax_rate": row.numbers.rate,
            "remark": row.remark or None,
            **({"pack_unit": row.pack.name, "pack_factor": row.pack.factor} if row.pack else {}),
        }
        for row in rows
        if row.product is not None
    ]
    return arguments


@dataclass(frozen=True, slots=True)
class PastedRow:
    """One row of a spreadsheet: the words that should name a product, and the cells of the other columns."""

    products: tuple[str, ...]
    """Texts to try, the surest first."""
    cells: Mapping[str, str]
    """unit, quantity, tax_price, price, discount, total, remark as they were written."""


HEADERS: Final[Mapping[str, tuple[str, ...]]] = {
    "number": ("货号", "编号", "商品编号", "商品编码", "产品编号", "编码", "sku", "number", "productnumber"),
    "bar_code": ("条码", "条形码", "商品条码", "69码", "barcode"),
    "name": (
        "品名",
        "名称",
        "商品名称",
        "商品",
        "产品名称",
        "产品",
        "货品名称",
        "name",
        "product",
        "productname",
    ),
    "model": ("型号", "规格型号", "规格", "model"),
    "unit": ("单位", "计量单位", "unit", "uom"),
    "quantity": ("数量", "数目", "件数", "订货数量", "quantity", "qty"),
    "tax_price": ("含税价", "含税单价", "单价", "价格", "售价", "taxprice", "pricewithtax", "unitprice"),
    "price": ("不含税单价", "未税单价", "不含税价", "净价", "price", "netprice"),
    "discount": ("折扣", "折扣率", "discount"),
    "total": ("金额", "合计", "总价", "价税合计", "total", "amount"),
    "remark": ("备注", "说明", "remark", "note"),
}
"""Headers of pasted rows, as search_normalise leaves them."""
_WITHOUT_HEADER: Final = ("name", "quantity", "tax_price", "discount", "remark")
PRODUCT_COLUMNS: Final = ("number", "bar_code", "name", "model")


def pasted_rows(text: str) -> tuple[PastedRow, ...]:
    """Rows copied from a spreadsheet. Without a header: product, quantity, price with tax, discount, remark."""
    table = [
        row for row in csv.reader(io.StringIO(text), delimiter="\t") if any(cell.strip() for cell in row)
    ]
    if not table:
        return ()
    columns = [_column(cell) for cell in table[0]]
    if any(column in PRODUCT_COLUMNS for column in columns):
        table = table[1:]
    else:
        columns = list(_WITHOUT_HEADER)
    rows = []
    for row in table:
        cells = {
            column: cell.strip()
            for column, cell in zip(columns, row, strict=False)
            if column is not None and cell.strip()
        }
        rows.append(PastedRow(_names(cells), {k: v for k, v in cells.items() if k not in PRODUCT_COLUMNS}))
    return tuple(row for row in rows if row.products)


def _column(header: str) -> str | None:
    key = normalise(header)
    return next((column for column, known in HEADERS.items() if key in known), None)


def _names(cells: Mapping[str, str]) -> tuple[str, ...]:
    name, model = cells.get("name", ""), cells.get("model", "")
    texts = (cells.get("number", ""), cells.get("bar_code", ""), f"{name} {model}".strip(), name)
    return tuple(dict.fromkeys(text for text in texts if text))
