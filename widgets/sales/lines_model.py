"""The rows of the order grid as Qt sees them: Decimal from the keyboard to the database, never a float."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from services.errors import Invalid
from services.language import mark, tr
from services.money import AMOUNT_PLACES, Precision
from services.products.packs import PackUnit, in_packs, packing, said_in, typed_quantity, with_pack
from services.products.queries import ProductHit
from services.sales.arithmetic import TAX_PRICE_PLACES, LineAmounts, LineField
from services.sales.draft import DraftLine, in_pack, in_unit, with_number, with_product
from services.typed import number, plain_digits

Index = QModelIndex | QPersistentModelIndex
NOTHING: Final = "—"


@dataclass(frozen=True, slots=True)
class GridColumn:
    """One column: ``field`` is what the arithmetic calls it, ``entered`` whether Enter stops there.

    ``width`` is its least; words and numbers that need more get it.
    """

    key: str
    title: str
    width: int
    field: LineField | None = None
    entered: bool = False
    editable: bool = False


COLUMNS: Final = (
    GridColumn("position", "#", 34),
    GridColumn("product", mark("Product and model"), 170, entered=True, editable=True),
    GridColumn("unit", mark("Unit"), 40, editable=True),
    GridColumn("quantity", mark("Quantity"), 60, "quantity", entered=True, editable=True),
    GridColumn("price", mark("Net price"), 66, "price", editable=True),
    GridColumn("tax_price", mark("Tax price"), 66, "tax_price", entered=True, editable=True),
    GridColumn("discount", mark("Discount %"), 50, "discount", entered=True, editable=True),
    GridColumn("rate", mark("Tax %"), 44, "rate", editable=True),
    GridColumn("total", mark("Total"), 84, "total", editable=True),
    GridColumn("stock", mark("Free stock"), 66),
    GridColumn("delivered", mark("Delivered"), 60),
    GridColumn("open", mark("Still open"), 60),
    GridColumn("remark", mark("Remark"), 64, editable=True),
)
PLACE: Final = {column.key: place for place, column in enumerate(COLUMNS)}
ENTERED: Final = tuple(place for place, column in enumerate(COLUMNS) if column.entered)
_LEFT: Final = frozenset({"product", "unit", "remark"})


class LinesModel(QAbstractTableModel):
    """Rows of DraftLine with an empty one at the end while the order can be edited."""

    edited = Signal()
    """A person changed something."""
    refused = Signal(int, int, str)
    """Row, column and why a value was not taken, in words."""

    def __init__(self, precision: Precision, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.precision = precision
        self._rows: list[DraftLine] = [DraftLine()]
        self._read_only = False

    # What it holds

    def lines(self) -> tuple[DraftLine, ...]:
        """The rows that something was entered into."""
        return tuple(row for row in self._rows if not row.blank)

    def rows(self) -> Iterator[tuple[int, DraftLine]]:
        """Place in the grid and row, of the rows that something was entered into."""
        return ((row, line) for row, line in enumerate(self._rows) if not line.blank)

    def line(self, row: int) -> DraftLine:
        """The row at ``row``; an empty one beyond the end."""
        return self._rows[row] if 0 <= row < len(self._rows) else DraftLine()

    def amounts(self) -> list[LineAmounts]:
        """Amounts of all rows with a product."""
        return [row.numbers.amounts for row in self._rows if row.product is not None]

    @property
    def read_only(self) -> bool:
        """True once the order is confirmed."""
        return self._read_only

    def set_lines(self, lines: Iterable[DraftLine], *, read_only: bool = False) -> None:
        """Show other rows."""
        self.beginResetModel()
        self._read_only = read_only
        self._rows = list(lines)
        self._keep_blank_row()
        self.endResetModel()

    def refresh(self, products: Mapping[int, ProductHit]) -> None:
        """Newer stock of products; numbers that were entered stay."""
        for row, line in enumerate(self._rows):
            if line.product is not None and line.product.id in products:
                self._rows[row] = replace(line, product=products[line.product.id])
        if self._rows:
            self._tell(0, len(self._rows) - 1)

    def use_prices(self, products: Mapping[int, ProductHit]) -> None:
        """Prices of another price level for every row; quantities and discounts stay."""
        for row, line in enumerate(self._rows):
            if line.product is not None and line.product.id in products:
                self._rows[row] = with_product(line, products[line.product.id], self.precision)
        self._tell(0, len(self._rows) - 1)
        self.edited.emit()

    def set_product(self, row: int, product: ProductHit, pack: PackUnit | None = None) -> None:
        """Put a product into a row, with its price and tax rate; in the pack whose bar code was scanned."""
        line = with_product(self._rows[row], product, self.precision)
        self._rows[row] = line if pack is None else in_unit(line, pack, self.precision)
        self._tell(row, row)
        self._grow()
        self.edited.emit()

    def number_typed(self, row: int, column: int, text: str) -> DraftLine:
        """The row as it would be after ``text`` was typed; Invalid, in the user's words, if that cannot be."""
        field = COLUMNS[column].field
        assert field is not None
        row_now = self._rows[row]
        product = row_now.product
        try:
            value = number(text)
        except ValueError:
            packed = (
                typed_quantity(text, product.unit, with_pack(product.packs, row_now.pack))
                if field == "quantity" and product is not None
                else None
            )
            if packed is not None:
                return in_pack(row_now, *packed, self.precision)
            raise Invalid(
                mark("This is not a number. Type one such as 1,234.50, or a sum such as 12*3."), field=field
            ) from None
        if value is None:
            return self._rows[row]
        return with_number(self._rows[row], field, value, self.precision)

    def unit_typed(self, row: int, text: str) -> DraftLine:
        """The row as it would be taken in the unit called ``text``; Invalid, naming those there are, for another."""
        line = self._rows[row]
        product, name = line.product, text.strip()
        if product is None or not name or name == packing(product.unit, line.pack):
            return line
        if name.casefold() == product.unit.casefold():
            return in_unit(line, None, self.precision)
        packs = with_pack(product.packs, line.pack)
        pack = next((each for each in packs if each.name.casefold() == name.casefold()), None)
        if pack is None:
            units = tr(", ").join((product.unit, *(packing(product.unit, each) for each in packs)))
            raise Invalid(
                mark("{product} comes in {units}."), field="unit", product=product.label, units=units
            )
        return in_unit(line, pack, self.precision)

    def insert_row(self, row: int) -> None:
        """An empty row before ``row``."""
        self.beginInsertRows(QModelIndex(), row, row)
        self._rows.insert(row, DraftLine())
        self.endInsertRows()

    def delete_rows(self, rows: Sequence[int]) -> None:
        """Take rows away."""
        for row in sorted(rows, reverse=True):
            self.beginRemoveRows(QModelIndex(), row, row)
            del self._rows[row]
            self.endRemoveRows()
        self._grow()
        self.edited.emit()

    def add_lines(self, lines: Sequence[DraftLine]) -> None:
        """Put rows behind those that are entered, as pasting does."""
        kept = len(self._rows) - (1 if self._rows and self._rows[-1].blank else 0)
        if kept < len(self._rows):
            self.beginRemoveRows(QModelIndex(), kept, kept)
            del self._rows[kept:]
            self.endRemoveRows()
        if lines:
            self.beginInsertRows(QModelIndex(), kept, kept + len(lines) - 1)
            self._rows.extend(lines)
            self.endInsertRows()
        self._grow()
        self.edited.emit()

    # QAbstractTableModel

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(COLUMNS)

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        column = COLUMNS[index.column()]
        has_product = self._rows[index.row()].product is not None
        if not self._read_only and column.editable and (has_product or column.key == "product"):
            flags |= Qt.ItemFlag.ItemIsEditable
        return flags

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        column = COLUMNS[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return tr(column.title)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(column.key)
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        line, key = self._rows[index.row()], COLUMNS[index.column()].key
        if role == Qt.ItemDataRole.DisplayRole:
            return self.text(index.row(), key)
        if role == Qt.ItemDataRole.EditRole:
            return self._edit_text(line, key)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(key)
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._tip(line, key)
        return None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if role != Qt.ItemDataRole.EditRole or self._read_only:
            return False
        row, column = index.row(), index.column()
        before = self._rows[row]
        if isinstance(value, ProductHit):
            self.set_product(row, value)
            return True
        try:
            if COLUMNS[column].field is not None:
                after = self.number_typed(row, column, str(value))
            elif COLUMNS[column].key == "unit":
                after = self.unit_typed(row, str(value))
            elif COLUMNS[column].key == "remark":
                after = replace(before, remark=str(value).strip())
            else:
                return False
        except Invalid as problem:
            self.refused.emit(row, column, str(problem))
            return False
        if after != before:
            self._rows[row] = after
            self._tell(row, row)
            self.edited.emit()
        return True

    def text(self, row: int, key: str) -> str:
        """What a cell shows."""
        line = self._rows[row]
        if key == "position":
            return "" if line.blank and row == len(self._rows) - 1 and row > 0 else str(row + 1)
        if key == "product":
            return line.product.name if line.product else line.typed
        if key == "remark":
            return line.remark
        if line.product is None:
            return NOTHING if not line.blank or key not in ("unit", "delivered", "open") else ""
        return _TEXTS[key](line)

    def tone(self, row: int, key: str) -> str:
        """Token of the colour in which a cell is written."""
        line = self._rows[row]
        if line.product is None:
            return "bad" if key == "product" else "muted"
        if key == "stock" and line.short and not self._read_only:
            return "bad"
        if key in ("tax_price", "price") and line.below_lowest and not self._read_only:
            return "waiting"
        return "muted" if key in ("position", "unit") else "ink"

    # Inside

    def _edit_text(self, line: DraftLine, key: str) -> str:
        if key == "product":
            return line.product.label if line.product else line.typed
        if key == "remark":
            return line.remark
        if key == "unit":
            return line.unit
        return "" if line.product is None or key not in _TEXTS else _TEXTS[key](line)

    def _tip(self, line: DraftLine, key: str) -> str | None:
        product = line.product
        if product is None:
            return (
                tr("No product answers “{text}”. Type it again or delete the row.", text=line.typed)
                if line.typed
                else None
            )
        if key in ("quantity", "unit") and product.packs:
            said = in_packs(line.pieces, product.unit, product.packs)
            held = tr(", ").join(
                f"1{pack.name} = {plain_digits(pack.factor)}{product.unit}" for pack in product.packs
            )
            return " · ".join(filter(None, (said, held)))
        if key == "stock" and line.short and product.free is not None:
            return tr("Only {free} are free in this warehouse.", free=_stock(line))
        if key in ("tax_price", "price") and line.below_lowest and product.lowest_price is not None:
            return tr(
                "The lowest price is {price}.", price=plain_digits(product.lowest_price * line.factor, 2)
            )
        if key == "product":
            return " · ".join(filter(None, (product.label, product.specification, product.number)))
        return None

    def _tell(self, first: int, last: int) -> None:
        self.dataChanged.emit(self.index(first, 0), self.index(last, len(COLUMNS) - 1))

    def _grow(self) -> None:
        if not self._read_only and (not self._rows or not self._rows[-1].blank):
            end = len(self._rows)
            self.beginInsertRows(QModelIndex(), end, end)
            self._rows.append(DraftLine())
            self.endInsertRows()

    def _keep_blank_row(self) -> None:
        if not self._read_only and (not self._rows or not self._rows[-1].blank):
            self._rows.append(DraftLine())


def _alignment(key: str) -> int:
    side = Qt.AlignmentFlag.AlignLeft if key in _LEFT else Qt.AlignmentFlag.AlignRight
    if key == "position":
        side = Qt.AlignmentFlag.AlignHCenter
    return (side | Qt.AlignmentFlag.AlignVCenter).value


def _stock(line: DraftLine) -> str:
    product = line.product
    if product is None or product.free is None:
        return NOTHING
    return said_in(product.free, product.unit, line.pack)


def _unit(line: DraftLine) -> str:
    """The unit it is taken in, with what a pack holds."""
    return "" if line.product is None else packing(line.product.unit, line.pack)


def _moved(line: DraftLine, quantity: Decimal) -> str:
    """What was delivered or is open, as the line says quantities."""
    return said_in(quantity, line.product.unit if line.product else "", line.pack)


def _price(value: Decimal) -> str:
    return plain_digits(round(value, TAX_PRICE_PLACES), AMOUNT_PLACES)


_TEXTS: Final[Mapping[str, Callable[[DraftLine], str]]] = {
    "unit": _unit,
    "quantity": lambda line: plain_digits(line.numbers.quantity),
    "price": lambda line: _price(line.numbers.price),
    "tax_price": lambda line: _price(line.numbers.tax_price),
    "discount": lambda line: plain_digits(line.numbers.discount),
    "rate": lambda line: plain_digits(line.numbers.rate),
    "total": lambda line: plain_digits(line.numbers.total, AMOUNT_PLACES),
    "stock": _stock,
    "delivered": lambda line: _moved(line, line.delivered),
    "open": lambda line: _moved(line, max(line.pieces - line.delivered, Decimal(0))),
}
