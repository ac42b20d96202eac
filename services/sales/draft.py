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

from services.money import Precision, amount, product, quotient
from services.products.packs import PackUnit
from services.products.queries import ProductHit
from services.sales.arithmetic import HUNDRED, Line, LineAmounts, LineField, edited, line
from services.sales.queries import LineRecord
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
    typed: str = ""
    """What was pasted and not recognised as a product."""
    remark: str = ""
    id: int | None = None
    """Of the stored line."""
    delivered: Decimal = ZERO
    asked: Decimal = ZERO

    @property
    def blank(self) -> bool:
        """Nothing was entered."""
        return self.product is None and not self.typed

    @property
    def short(self) -> bool:
        """More is sold than lies free in the warehouse."""
        product = self.product
        return product is not None and product.free is not None and self.numbers.quantity > product.free

    @property
    def below_lowest(self) -> bool:
        """Sold below the product's lowest price."""
        product = self.product
        if product is None or product.lowest_price is None:
            return False
        return self.numbers.tax_price * self.numbers.discount / HUNDRED < product.lowest_price


def with_product(row: DraftLine, product: ProductHit, precision: Precision) -> DraftLine:
    """``row`` with another product at its price and tax rate; quantity (1 for a new row) and discount stay."""
    quantity = row.numbers.quantity if not row.blank and row.numbers.quantity else Decimal(1)
    numbers = line(
        quantity=quantity,
        tax_price=product.price,
        discount=row.numbers.discount,
        rate=product.tax_rate,
        precision=precision,
    )
    return replace(row, product=product, numbers=numbers, typed="")


def with_number(row: DraftLine, field: LineField, value: Decimal, precision: Precision) -> DraftLine:
    """``row`` after ``value`` was typed into ``field``; the others follow by the arithmetic. Raises Invalid."""
    return replace(row, numbers=edited(row.numbers, field, value, precision))


def in_pack(row: DraftLine, quantity: Decimal, pack: PackUnit | None, precision: Precision) -> DraftLine:
    """``row`` after a quantity in packs was typed; at the price of the pack where it has one of its own."""
    changed = with_number(row, "quantity", quantity, precision)
    if pack is None or pack.price is None:
        return changed
    # as a total, so that three boxes cost three times the box to the cent, whatever the price per piece comes to
    total = quotient(product(pack.price, quantity, changed.numbers.discount), pack.factor * HUNDRED)
    return with_number(changed, "total", amount(total), precision)


def from_record(record: LineRecord, precision: Precision) -> DraftLine:
    """The row of a stored line."""
    numbers = line(
        quantity=record.quantity,
        tax_price=record.tax_price,
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
    )


def as_arguments(
    head: Mapping[str, Any],
    rows: Sequence[DraftLine],
    *,
    deduction: Decimal,
    freight: Decimal,
    typed_total: Decimal | None,
    stored: tuple[int, int] | None = None,
) -> dict[str, Any]:
    """What sales.save_order takes. ``stored`` is id and version of the draft that is changed."""
    arguments = dict(head)
    if stored is not None:
        arguments["id"], arguments["version"] = stored
    arguments["discount"], arguments["freight"] = deduction, freight
    if typed_total is not None:
        arguments["total"] = typed_total
    arguments["lines"] = [
        {
            "id": row.id,
            "product_id": row.product.id,
            "quantity": row.numbers.quantity,
            "price": row.numbers.price,
            "tax_price": row.numbers.tax_price,
            "discount": row.numbers.discount,
            "tax_rate": row.numbers.rate,
            "remark": row.remark or None,
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
    """quantity, tax_price, price, discount, total, remark as they were written."""


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
