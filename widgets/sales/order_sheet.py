"""What is typed of an order: head, lines, terms, with the facts beside them and what it all adds up to."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from services.entity import Kind
from services.errors import Cancelled, Invalid
from services.language import tr
from services.sales.arithmetic import HUNDRED, order_totals
from services.sales.draft import as_arguments, from_record, head_terms
from services.sales.entities import ROUNDING_TERMS, ROUNDINGS
from services.sales.kept import TERM, keep, kept_lines, kept_terms
from services.sales.queries import CustomerTerms, OrderRecord
from services.typed import plain_digits
from widgets.base.client import Client
from widgets.base.editors.make import precision
from widgets.base.formatting import number_text
from widgets.base.tasks import TaskSlot
from widgets.sales.order_head import OrderHead
from widgets.sales.order_lines import OrderLines, Terms
from widgets.sales.order_work import Opened, Recalled, terms_of
from widgets.sales.price_panel import PricePanel
from widgets.sales.totals_bar import TotalsBar

NARROW: Final = 872
"""Width in pixels below which the facts beside the lines take less room."""


class OrderSheet(QWidget):
    """The parts of an order form that hold its contents. It speaks by signals and knows nothing of saving."""

    edited = Signal()
    said = Signal(str, str)
    """Kind of message (warning, info, done) and its text."""
    failed = Signal(object)
    """Something could not be read."""

    def __init__(self, client: Client, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._client = client
        self._record: OrderRecord | None = None
        self._precision = precision(client.dictionary)
        self.head = OrderHead(client)
        self.lines = OrderLines(client, self._precision)
        self.panel = PricePanel(client)
        self.totals = TotalsBar()
        self._customer_slot = TaskSlot(self)
        middle = QHBoxLayout()
        middle.setSpacing(10)
        middle.addWidget(self.lines, 1)
        middle.addWidget(self.panel)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.head)
        layout.addLayout(middle, 1)
        layout.addWidget(self.totals)
        self._connect()
        self.head.set_owner(client.user.name)

    def _connect(self) -> None:
        self.head.edited.connect(self._edited)
        self.head.customer_chosen.connect(self._customer_chosen)
        self.head.terms_changed.connect(self._terms_changed)
        self.head.done.connect(lambda: self.lines.view.begin(max(self.lines.model.rowCount() - 1, 0)))
        self.lines.edited.connect(self._edited)
        self.lines.line_changed.connect(self._show_facts)
        self.lines.said.connect(self.said)
        self.lines.failed.connect(self.failed)
        self.lines.left.connect(lambda: self.totals.discount.setFocus())
        self.totals.edited.connect(self._edited)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a small window the lines need the room more than the facts beside them."""
        super().resizeEvent(event)
        self.panel.set_narrow(self.width() < NARROW)

    # Showing

    def begin(self, opened: Opened, values: Mapping[str, Any]) -> None:
        """A new order, with ``values`` filled in."""
        first = opened.lists.warehouses[0].id if opened.lists.warehouses else None
        self.head.set_values({"warehouse_id": first, **values})
        if opened.terms is not None:
            self._take_terms(opened.terms)
        self._terms_changed(False)

    def show_record(self, record: OrderRecord, *, read_only: bool) -> None:
        """A stored order; the cursor stays in the row where it was."""
        self._record = record
        self.head.set_terms(record.terms, defaults=False)
        self.head.set_values({**record.head, **record.own})
        self.head.set_owner(self._client.dictionary.user(record.owner_id))
        self.head.set_read_only(read_only)
        self.lines.terms = self._terms()
        current = self.lines.view.currentIndex()
        row, column = current.row(), current.column()
        self.lines.show_lines(
            [from_record(line, self._precision) for line in record.lines], read_only=read_only
        )
        if row >= 0:
            at = self.lines.model.index(min(row, self.lines.model.rowCount() - 1), max(column, 0))
            self.lines.view.setCurrentIndex(at)
        self.totals.set_terms(head_terms(record))
        self.totals.set_read_only(read_only)

    def follow_stock(self) -> None:
        """What lies in stock, or a product, has changed elsewhere."""
        self.lines.use_terms(self._terms(), prices=False)
        self.panel.again()

    # What is typed, for drafts and for comparing

    def kept(self) -> dict[str, Any]:
        """Head, terms and lines as they stand (``services.sales.kept``)."""
        return keep(self.head.kept(), self.lines.model.lines(), self.totals.terms())

    def take_up(self, values: Mapping[str, Any], recalled: Recalled) -> None:
        """Show what ``kept`` said once."""
        if recalled.terms is not None:
            self.head.set_terms(recalled.terms, defaults=False)
        self.head.set_values(values)
        self.lines.terms = self._terms()
        stored = () if self._record is None else [(line.product.id, line.id) for line in self._record.lines]
        self.lines.show_lines(kept_lines(values, recalled.products, self._precision, stored), read_only=False)
        self.totals.set_terms(kept_terms(values))
        self._edited()

    def called(self, key: str, value: Any, recalled: Recalled) -> str:
        """What a field of the head or a term is called, or the product of a line."""
        if key.startswith("lines/"):
            product = recalled.products.get(value["product_id"])
            return product.label if product is not None else str(value["typed"] or "?")
        return self.totals.called(key.removeprefix(TERM)) if key.startswith(TERM) else self.head.called(key)

    def words(self, key: str, value: Any, recalled: Recalled) -> str:
        """What stands there, for comparing."""
        if key.startswith("lines/"):
            return self._line_words(value, recalled)
        if key == f"{TERM}rounding":
            found = (name for name, rounding in ROUNDING_TERMS.items() if list(rounding) == list(value))
            return tr(ROUNDINGS[next(found, "none")])
        if key.startswith(TERM):
            return "" if value is None else plain_digits(value, 2)
        return self.head.editors[key].words(value)

    def _line_words(self, line: Mapping[str, Any], recalled: Recalled) -> str:
        product = recalled.products.get(line["product_id"])
        unit = line["pack"][0] if line["pack"] else product.unit if product is not None else ""
        parts = [
            f"{plain_digits(line['quantity'])} {unit}".strip(),
            "¥" + number_text(line["tax_price"], Kind.PRICE),
            ""
            if line["discount"] == HUNDRED
            else tr("discount {rate}%", rate=plain_digits(line["discount"])),
            tr("tax {rate}%", rate=plain_digits(line["rate"])),
            line["remark"],
        ]
        return "  ".join(filter(None, parts))

    # Editing

    def _terms(self) -> Terms:
        return Terms(self.head.value("price_level_id"), self.head.value("warehouse_id"))

    def _edited(self) -> None:
        self.edited.emit()
        self.recalculate()

    def recalculate(self) -> None:
        """Show what the lines and terms add up to."""
        try:
            totals = order_totals(self.lines.model.amounts(), self.totals.terms())
        except Invalid as problem:
            self.said.emit("warning", str(problem))
            return
        lines = [line for line in self.lines.model.lines() if line.product is not None]
        kinds = len({line.product.id for line in lines if line.product is not None})
        pieces = sum((line.pieces for line in lines), Decimal(0))
        self.totals.show_totals(totals, kinds, pieces)
        self.lines.count.setText(tr("{count} rows", count=len(lines)) if lines else "")
        counted = self._record is not None and self._record.state == "confirmed"
        self.head.set_order_total(totals.total, counted=counted)

    def _customer_chosen(self, customer_id: int) -> None:
        database = self._client.database
        self._customer_slot.start(
            lambda _control: terms_of(database, customer_id), self._take_terms, self._not_read
        )

    def _not_read(self, error: Exception) -> None:
        if not isinstance(error, Cancelled):
            self.failed.emit(error)

    def _take_terms(self, terms: CustomerTerms) -> None:
        before = self.head.value("price_level_id")
        self.head.set_terms(terms, defaults=True)
        self._terms_changed(self.head.value("price_level_id") != before)
        self.recalculate()

    def _terms_changed(self, prices: bool) -> None:
        self.lines.use_terms(self._terms(), prices=prices)
        self._show_facts()

    def _show_facts(self) -> None:
        self.panel.show_line(
            self.lines.current(),
            customer_id=self.head.value("customer_id"),
            level_id=self.head.value("price_level_id"),
            warehouse_id=self.head.value("warehouse_id"),
        )

    # What is to be saved

    def wrong(self, *, confirm: bool) -> str:
        """Why it cannot be saved as it stands, with the cursor there; empty if it can."""
        if self.head.value("customer_id") is None:
            self.head.customer.setFocus()
            return tr("Choose the customer.")
        for row, line in self.lines.model.rows():
            if line.product is None:
                self.lines.view.begin(row)
                return tr("No product answers “{text}”. Type it again or delete the row.", text=line.typed)
            if line.numbers.quantity <= 0:
                self.lines.view.begin(row, "quantity")
                return tr("Enter the quantity of {product}.", product=line.product.label)
        if confirm and not self.lines.model.lines():
            self.lines.view.begin(0)
            return tr("Enter at least one line.")
        return ""

    def arguments(self) -> dict[str, Any]:
        """What sales.save_order takes."""
        record = self._record
        return as_arguments(
            self.head.values(),
            self.lines.model.lines(),
            terms=self.totals.terms(),
            stored=None if record is None else (record.id, record.version),
        )

    def go_to_cheap(self, product: object) -> None:
        """The cursor into the first row of ``product`` (its name) that is sold below its lowest price."""
        for row, line in self.lines.model.rows():
            if line.product is not None and line.product.name == product and line.below_lowest:
                self.lines.view.begin(row, "tax_price")
                return
