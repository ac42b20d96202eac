"""The card with the grid: title, its keys, and what it needs the server for (products, pasted rows)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from services.errors import Cancelled, Invalid
from services.language import tr
from services.money import Precision
from services.products.entities import PRODUCT
from services.products.queries import ProductHit, find_products, products_by_id, recognise
from services.sales.arithmetic import LineField
from services.sales.draft import DraftLine, PastedRow, in_unit, pasted_rows, with_number, with_product
from services.typed import number
from widgets.base.client import Client
from widgets.base.tasks import Control, Task, TaskSlot
from widgets.sales.lines_model import LinesModel
from widgets.sales.lines_view import LinesView

_CELLS: tuple[LineField, ...] = ("quantity", "discount", "price", "tax_price", "total")


@dataclass(frozen=True, slots=True)
class Terms:
    """What prices and stock depend on: the price level and the warehouse of the head."""

    level_id: int | None = None
    warehouse_id: int | None = None


class OrderLines(QFrame):
    """The lines of an order. ``terms`` is set by the head; ``current`` is the row that is worked on."""

    edited = Signal()
    line_changed = Signal()
    """Another row, or another product or number in it."""
    product_wanted = Signal(int, str)
    said = Signal(str, str)
    """Kind of message and its text."""
    failed = Signal(object)
    left = Signal()

    def __init__(self, client: Client, precision: Precision, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", True)
        self._client = client
        self._precision = precision
        self.terms = Terms()
        self.model = LinesModel(precision, self)
        self.view = LinesView(self.model, self._search, self)
        self.view.lines_delegate.may_create = client.can(PRODUCT, "create")
        self.title = QLabel()
        self.title.setProperty("role", "heading")
        self.count = QLabel()
        self.count.setProperty("role", "small")
        self.keys = QLabel()
        self.keys.setProperty("role", "small")
        head = QWidget()
        head.setProperty("card_head", True)
        row = QHBoxLayout(head)
        row.setContentsMargins(12, 6, 12, 6)
        row.addWidget(self.title)
        row.addWidget(self.count)
        row.addStretch(1)
        row.addWidget(self.keys)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(1, 1, 1, 1)
        layout.setSpacing(0)
        layout.addWidget(head)
        layout.addWidget(self.view, 1)
        self._refreshing = TaskSlot(self)
        self._pasting = TaskSlot(self)
        self._connect()
        self.retranslate()

    def _connect(self) -> None:
        self.model.edited.connect(self.edited)
        self.model.edited.connect(self.line_changed)
        self.model.refused.connect(lambda _row, _column, text: self.said.emit("warning", text))
        self.view.line_changed.connect(lambda _row: self.line_changed.emit())
        self.view.pasted.connect(self.paste)
        self.view.left.connect(self.left)
        delegate = self.view.lines_delegate
        delegate.product_wanted.connect(self.product_wanted)
        delegate.failed.connect(self.failed)
        delegate.nothing_found.connect(
            lambda words: self.said.emit("warning", tr("No product answers “{text}”.", text=words))
        )

    def current(self) -> DraftLine:
        """The row that is worked on."""
        return self.model.line(self.view.currentIndex().row())

    def show_lines(self, lines: Sequence[DraftLine], *, read_only: bool) -> None:
        """Show the lines of an order."""
        self.model.set_lines(lines, read_only=read_only)
        self.view.show_delivery(read_only)
        self.view.setCurrentIndex(self.model.index(0, 1))
        self.keys.setVisible(not read_only)
        self.line_changed.emit()

    def editing(self) -> bool:
        """True while a cell is open."""
        return self.view.state() == LinesView.State.EditingState

    def finish_editing(self) -> None:
        """Take over what is typed in an open cell."""
        self.view.setFocus()

    def use_terms(self, terms: Terms, *, prices: bool) -> None:
        """Read stock for another warehouse; with ``prices`` also take the prices of another level."""
        self.terms = terms
        ids = list({line.product.id for line in self.model.lines() if line.product is not None})
        if not ids:
            return
        database = self._client.database

        def work(_control: Control) -> Mapping[int, ProductHit]:
            with database.read_session() as session:
                return products_by_id(session, ids, level_id=terms.level_id, warehouse_id=terms.warehouse_id)

        self._refreshing.start(work, self.model.use_prices if prices else self.model.refresh, self._fail)

    def take_product(self, row: int, product_id: int) -> None:
        """Put a product that was just made into ``row`` and go on with its quantity."""
        database, terms = self._client.database, self.terms

        def work(_control: Control) -> ProductHit:
            with database.read_session() as session:
                found = products_by_id(
                    session, [product_id], level_id=terms.level_id, warehouse_id=terms.warehouse_id
                )
            return found[product_id]

        def done(hit: ProductHit) -> None:
            self.model.set_product(row, hit)
            self.view.begin(row, "quantity")

        Task(self, work, done, self._fail)

    # Pasting

    def paste(self, text: str) -> None:
        """Add rows copied from a spreadsheet; those whose product is not clear are added in red."""
        rows = pasted_rows(text)
        if not rows:
            self.said.emit("info", tr("There is nothing to paste: copy rows with products and quantities."))
            return
        database, terms = self._client.database, self.terms
        most = max(len(row.products) for row in rows)

        def work(_control: Control) -> list[ProductHit | None]:
            found: list[ProductHit | None] = [None] * len(rows)
            with database.read_session() as session:
                for attempt in range(most):
                    texts = [
                        row.products[attempt] if hit is None and attempt < len(row.products) else ""
                        for row, hit in zip(rows, found, strict=True)
                    ]
                    answers = recognise(
                        session, texts, level_id=terms.level_id, warehouse_id=terms.warehouse_id
                    )
                    found = [old or new for old, new in zip(found, answers, strict=True)]
            return found

        self._pasting.start(
            work, lambda found: self._pasted(rows, found), self._fail, title=tr("Pasting rows")
        )

    def _pasted(self, rows: Sequence[PastedRow], found: Sequence[ProductHit | None]) -> None:
        wrong: list[str] = []
        lines = [self._pasted_line(row, hit, wrong) for row, hit in zip(rows, found, strict=True)]
        self.model.add_lines(lines)
        unknown = sum(hit is None for hit in found)
        if unknown or wrong:
            text = tr(
                "{count} rows pasted, {unknown} products not recognised.", count=len(rows), unknown=unknown
            )
            if wrong:
                text += " " + tr("Not understood: {cells}", cells=", ".join(wrong[:5]))
            self.said.emit("warning", text)
        else:
            self.said.emit("done", tr("{count} rows pasted.", count=len(rows)))

    def _pasted_line(self, row: PastedRow, hit: ProductHit | None, wrong: list[str]) -> DraftLine:
        if hit is None:
            return DraftLine(typed=row.products[0])
        line = with_product(DraftLine(), hit, self._precision)
        if unit := row.cells.get("unit"):
            pack = next((each for each in hit.packs if each.name.casefold() == unit.casefold()), None)
            if pack is None and unit.casefold() != hit.unit.casefold():
                wrong.append(unit)
            line = in_unit(line, pack, self._precision)
        for field in _CELLS:
            text = row.cells.get(field)
            if not text:
                continue
            try:
                value = number(text)
                if value is not None:
                    line = with_number(line, field, value, self._precision)
            except (ValueError, Invalid):
                wrong.append(text)
        return replace(line, remark=row.cells.get("remark", ""))

    # Inside

    def _search(self, words: str) -> Sequence[ProductHit]:
        """On a pool thread."""
        terms = self.terms
        with self._client.database.read_session() as session:
            return find_products(session, words, level_id=terms.level_id, warehouse_id=terms.warehouse_id)

    def _fail(self, error: Exception) -> None:
        if not isinstance(error, Cancelled):
            self.failed.emit(error)

    def retranslate(self) -> None:
        """Set every text."""
        self.title.setText(tr("Lines"))
        self.keys.setText(
            tr(
                "Enter next cell    F2 product    Ins insert row    Ctrl+Del delete row    Ctrl+V paste from Excel"
            )
        )
        self.model.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, self.model.columnCount() - 1)
        self.view.viewport().update()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
