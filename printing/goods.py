"""The table of goods that orders, stock issues and delivery notes share: which columns there are, what fills them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from printing.document import Align, Column, Kind, Value
from services.language import mark, tr

PACKED_UNIT: Final = 12
"""Width of the column of units where packs stand in it."""
WHERE_SAID: Final = ("packs", "bin")
"""Columns that stand on a paper only where a line says something there."""


@dataclass(frozen=True, slots=True)
class GoodsLine:
    """One line. ``amount`` is rounded by whoever made the document; nothing is calculated on paper."""

    product_number: str
    name: str
    quantity: Decimal
    model: str = ""
    unit: str = ""
    price: Decimal | None = None
    """Per unit with tax."""
    amount: Decimal | None = None
    remark: str = ""
    discount: Decimal | None = None
    """What of the price is paid, in %; None is not printed."""
    order_number: str = ""
    counted: Decimal | None = None
    """What the keeper counted; None leaves room to write it."""
    packed: bool = False
    """Quantity and price are of a pack, which ``unit`` names with what it holds."""
    packs: str = ""
    """The quantity in packs (``2箱 5个``), for the papers of the warehouse, which count in the product's own unit."""
    bin: str = ""
    """Where it lies in the warehouse, to which the keeper goes."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """A column: its title, how it is written, and what of a line stands there."""

    title: str
    value: Callable[[GoodsLine], Value]
    kind: Kind = Kind.TEXT
    align: Align | None = None
    total: bool = False


_COLUMNS: Final[Mapping[str, _Kept]] = {
    "position": _Kept(mark("No."), lambda _line: None, Kind.INTEGER, Align.CENTER),
    "bin": _Kept(mark("Bin"), lambda line: line.bin),
    "product_number": _Kept(mark("Product number"), lambda line: line.product_number),
    "name": _Kept(mark("Product name"), lambda line: line.name),
    "model": _Kept(mark("Model / specification"), lambda line: line.model),
    "unit": _Kept(mark("Unit"), lambda line: line.unit, align=Align.CENTER),
    "packs": _Kept(mark("In packs"), lambda line: line.packs, align=Align.RIGHT),
    "order_number": _Kept(mark("Order number"), lambda line: line.order_number),
    "quantity": _Kept(mark("Quantity"), lambda line: line.quantity, Kind.QUANTITY, total=True),
    "counted": _Kept(mark("Counted"), lambda line: line.counted, Kind.QUANTITY, total=True),
    "price": _Kept(mark("Unit price"), lambda line: line.price, Kind.PRICE),
    "discount": _Kept(mark("Discount"), lambda line: line.discount, Kind.PERCENT),
    "amount": _Kept(mark("Amount"), lambda line: line.amount, Kind.AMOUNT, total=True),
    "remark": _Kept(mark("Remark"), lambda line: line.remark),
}


def _goods_columns(widths: Mapping[str, float]) -> tuple[Column, ...]:
    """The columns named by ``widths``, in its order, in the language in force."""
    return tuple(
        Column(key, tr(kept.title), width, kept.kind, kept.align, kept.total)
        for key, width in widths.items()
        for kept in (_COLUMNS[key],)
    )


def _goods_rows(lines: Sequence[GoodsLine], columns: Sequence[Column]) -> tuple[tuple[Value, ...], ...]:
    """The rows of ``lines`` under ``columns``, numbered from 1."""
    return tuple(
        tuple(position if c.key == "position" else _COLUMNS[c.key].value(line) for c in columns)
        for position, line in enumerate(lines, start=1)
    )


@dataclass(frozen=True, slots=True)
class GoodsTable:
    """The table of a paper: what is printed, and the columns of that kind of paper that are left out this time."""

    columns: tuple[Column, ...]
    hidden: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]


def goods_table(
    lines: Sequence[GoodsLine],
    widths: Mapping[str, float],
    *,
    titles: Mapping[str, str] = MappingProxyType({}),
    without: Collection[str] = (),
) -> GoodsTable:
    """The table of ``lines`` with the columns that ``widths`` names, without those named by ``without``.

    ``titles`` are what columns are called on this paper, in the language in force. The columns of packs and of
    bins are left out where no line has any; what nobody has counted yet leaves room to write, hence has no sum.
    """
    everything = tuple(replace(c, title=titles.get(c.key, c.title)) for c in _columns_for(lines, widths))
    left_out = {*without, *(key for key in WHERE_SAID if not any(getattr(line, key) for line in lines))}
    columns = tuple(column for column in everything if column.key not in left_out)
    if all(line.counted is None for line in lines):
        columns = tuple(replace(c, total=False) if c.key == "counted" else c for c in columns)
    hidden = tuple(column for column in everything if column.key in left_out)
    return GoodsTable(columns, hidden, _goods_rows(lines, columns))


def _columns_for(lines: Sequence[GoodsLine], widths: Mapping[str, float]) -> tuple[Column, ...]:
    """The columns of a paper whose lines may be in packs: room for ``箱(12个)``, and no sum of boxes and pieces."""
    if not any(line.packed for line in lines):
        return _goods_columns(widths)
    return tuple(
        replace(column, total=False) if column.key == "quantity" else column
        for column in _goods_columns({**widths, "unit": PACKED_UNIT})
    )
