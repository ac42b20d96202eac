"""Goods to receive from a table: pasted from Excel, or an Excel or CSV file (STK-02)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from sqlalchemy.orm import Session

from services.errors import Invalid, Refused, ShukeError
from services.language import mark
from services.products.queries import ProductHit, recognise
from services.search import normalise
from services.tabular.clipboard import paste_table
from services.tabular.reading import open_table
from services.typed import number

HEADERS: Final[Mapping[str, tuple[str, ...]]] = {
    "number": (
        "编号",
        "货号",
        "商品编号",
        "商品编码",
        "产品编号",
        "编码",
        "产品编码",
        "number",
        "productnumber",
        "sku",
    ),
    "bar_code": ("条码", "条形码", "商品条码", "69码", "barcode"),
    "name": ("名称", "品名", "商品", "产品", "商品名称", "产品名称", "货品", "货品名称", "name", "product"),
    "model": ("型号", "规格型号", "规格", "model", "specification"),
    "quantity": ("数量", "期初数量", "库存", "库存数量", "结存数量", "入库数量", "quantity", "qty", "onhand"),
    "unit_cost": (
        "成本",
        "成本价",
        "单位成本",
        "期初成本",
        "进价",
        "采购价",
        "成本单价",
        "单价",
        "cost",
        "unitcost",
    ),
    "remark": ("备注", "说明", "remark", "note"),
}
WITHOUT_HEADER: Final = ("name", "quantity", "unit_cost", "remark")
MOST: Final = 20_000
LARGEST: Final = Decimal(999_999_999_999)
"""Quantities and prices have twelve digits before the point."""


@dataclass(frozen=True, slots=True)
class StockLine:
    """One row that was understood."""

    product: ProductHit
    quantity: Decimal
    unit_cost: Decimal | None
    remark: str


@dataclass(frozen=True, slots=True)
class RowProblem:
    """One row that was not, and why."""

    row: int
    reason: ShukeError


@dataclass(frozen=True, slots=True)
class StockTable:
    """A table as it was understood."""

    lines: tuple[StockLine, ...]
    problems: tuple[RowProblem, ...]
    cost_column: str = ""
    """What the column of costs is called, where the table has one with something in it."""


def read_stock_text(text: str) -> list[list[str]]:
    """The cells of rows copied from a spreadsheet."""
    return paste_table(text)


def read_stock_file(path: Path) -> list[list[str]]:
    """The cells of the first sheet of a file, its header first. Raises ShukeError where it cannot be read."""
    table = open_table(path)
    rows = [list(table.titles)] if table.header is not None else []
    for row in table.rows():
        if len(rows) > MOST:
            raise Refused(mark("At most {count} rows can be taken over at once."), count=MOST)
        rows.append(["" if cell is None else str(cell) for cell in row.cells])
    return rows


def recognise_stock(
    session: Session, table: Sequence[Sequence[str]], *, discontinued: bool = False
) -> StockTable:
    """Products, quantities and costs of ``table``; rows that are not clear become problems, never guesses.

    The first row may be a header in Chinese or English; without one the columns are product, quantity, cost, remark.
    ``discontinued``: products that are not sold any more are meant too.
    """
    rows = [(place, row) for place, row in enumerate(table, 1) if any(cell.strip() for cell in row)]
    if not rows:
        raise Invalid(mark("There are no rows in it."), field="")
    columns = [_column(cell) for cell in rows[0][1]]
    titles = [cell.strip() for cell in rows[0][1]]
    if {"number", "bar_code", "name", "model"} & set(columns) and "quantity" in columns:
        rows = rows[1:]
    else:
        columns = list(WITHOUT_HEADER)
        titles = [str(place) for place, _ in enumerate(columns, 1)]
    cells = [
        (place, {c: v.strip() for c, v in zip(columns, row, strict=False) if c is not None and v.strip()})
        for place, row in rows
    ]
    products = _products(session, [row for _, row in cells], discontinued)
    lines: list[StockLine] = []
    problems: list[RowProblem] = []
    for (place, row), product in zip(cells, products, strict=True):
        try:
            lines.append(_line(row, product))
        except ShukeError as problem:
            problems.append(RowProblem(place, problem))
    costs = any(row.get("unit_cost") for _, row in cells)
    return StockTable(tuple(lines), tuple(problems), titles[columns.index("unit_cost")] if costs else "")


def _column(header: str) -> str | None:
    key = normalise(header)
    return next((column for column, known in HEADERS.items() if key in known), None)


def _products(
    session: Session, rows: Sequence[Mapping[str, str]], discontinued: bool
) -> list[ProductHit | None]:
    """By number, bar code, name and model, name: the surest that is given and known."""
    found: list[ProductHit | None] = [None] * len(rows)
    ways: tuple[Any, ...] = (
        lambda row: row.get("number", ""),
        lambda row: row.get("bar_code", ""),
        lambda row: f"{row.get('name', '')}{row.get('model', '')}",
        lambda row: row.get("name", ""),
    )
    for way in ways:
        texts = [way(row) if hit is None else "" for row, hit in zip(rows, found, strict=True)]
        answers = recognise(session, texts, discontinued=discontinued)
        found = [old or new for old, new in zip(found, answers, strict=True)]
    return found


def _line(row: Mapping[str, str], product: ProductHit | None) -> StockLine:
    if product is None:
        words = " ".join(row.get(key, "") for key in ("number", "bar_code", "name", "model")).strip()
        raise Refused(mark("no product, or more than one, answers “{text}”"), text=" ".join(words.split()))
    quantity, cost = _number(row.get("quantity", "")), _number(row.get("unit_cost", ""))
    if quantity is None or quantity <= 0:
        raise Refused(mark("the quantity must be a number above zero"))
    if cost is not None and cost < 0:
        raise Refused(mark("the cost must not be below zero"))
    if quantity > LARGEST or (cost is not None and cost > LARGEST):
        raise Refused(mark("the number is larger than any that can be stored"))
    return StockLine(product, quantity, cost, row.get("remark", ""))


def _number(text: str) -> Decimal | None:
    try:
        return number(text.replace("¥", "").replace("￥", ""))
    except ValueError:
        raise Refused(mark("“{text}” is not a number"), text=text) from None
