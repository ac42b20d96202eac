"""Beside the grid: prices, stock and history of the current line's product (SAL-06)."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from services.errors import Cancelled
from services.language import tr
from services.money import AMOUNT_PLACES, rounded
from services.sales.draft import DraftLine
from services.sales.queries import ProductFacts, product_facts
from services.typed import plain_digits
from widgets.base.client import Client
from widgets.base.facts import Entry, FactsCard
from widgets.base.tasks import Control, TaskSlot

DELAY = 60
"""Milliseconds on a row before its product is asked for."""
WIDTH, NARROWER = 296, 232


class PricePanel(QScrollArea):
    """Three cards: prices, stock per warehouse, sales to this customer. Costs only for those with the right."""

    def __init__(self, client: Client, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._client = client
        self._line = DraftLine()
        self._where: tuple[int | None, int | None, int | None] = (None, None, None)
        self._facts: ProductFacts | None = None
        self._asked: tuple[int, tuple[int | None, int | None, int | None]] | None = None
        self._slot = TaskSlot(self)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DELAY)
        self._timer.timeout.connect(self._ask)
        self.prices, self.stock, self.history = FactsCard(), FactsCard(), FactsCard()
        inside = QWidget()
        inside.setProperty("clear", True)
        layout = QVBoxLayout(inside)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        for card in (self.prices, self.stock, self.history):
            layout.addWidget(card)
        layout.addStretch(1)
        self.setWidget(inside)
        self.setWidgetResizable(True)
        self.setFixedWidth(WIDTH)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.retranslate()

    def set_narrow(self, narrow: bool) -> None:
        """Take less room."""
        self.setFixedWidth(NARROWER if narrow else WIDTH)

    def show_line(
        self, line: DraftLine, *, customer_id: int | None, level_id: int | None, warehouse_id: int | None
    ) -> None:
        """Show the facts of ``line``'s product; the server is asked only for another one."""
        self._line, self._where = line, (customer_id, level_id, warehouse_id)
        if line.product is None:
            # the product above stays in sight while the next one is typed
            self._timer.stop()
        elif self._asked != (line.product.id, self._where):
            self._timer.start()
        elif self._facts is not None:
            self._show_prices(self._facts)

    def again(self) -> None:
        """Ask once more: stock or prices have changed."""
        self._asked = None
        self._timer.start()

    def _ask(self) -> None:
        product = self._line.product
        if product is None:
            return
        customer_id, level_id, warehouse_id = self._where
        self._asked = (product.id, self._where)
        database = self._client.database

        def work(_control: Control) -> ProductFacts:
            with database.read_session() as session:
                return product_facts(
                    session,
                    product_id=product.id,
                    customer_id=customer_id,
                    level_id=level_id,
                    warehouse_id=warehouse_id,
                )

        self._slot.start(work, self._answered, self._failed)

    def _answered(self, facts: ProductFacts) -> None:
        self._facts = facts
        self.retranslate()

    def _failed(self, error: Exception) -> None:
        if not isinstance(error, Cancelled):
            self._asked = None
            self.prices.show_entries(tr("Prices"), (), empty=str(error))

    def retranslate(self) -> None:
        """Show what is known in the language in force."""
        if self._facts is None:
            hint = tr("Choose a product to see its prices, stock and earlier sales.")
            self.prices.show_entries(tr("Prices"), (), empty=hint)
            self.stock.hide()
            self.history.hide()
            return
        self._show_prices(self._facts)
        self._show_stock(self._facts)
        self._show_history(self._facts)

    def _show_prices(self, facts: ProductFacts) -> None:
        customer_id, level_id, _warehouse = self._where
        entries = []
        for row in sorted(facts.prices, key=lambda row: row.level_id != level_id):
            if row.price is not None:
                mine = row.level_id == level_id
                entries.append(Entry(row.name, plain_digits(row.price, 2), tone="link" if mine else ""))
        if not entries:
            entries.append(Entry(tr("List price"), plain_digits(facts.product.price, 2)))
        if facts.history and customer_id is not None:
            last = facts.history[0]
            entries.append(
                Entry(
                    tr("Last sold to this customer"),
                    plain_digits(rounded(last.price, 4), 2),
                    last.date.strftime("%m-%d"),
                )
            )
        if facts.product.lowest_price is not None:
            tone = "waiting" if self._line.below_lowest else ""
            entries.append(Entry(tr("Lowest price"), plain_digits(facts.product.lowest_price, 2), tone=tone))
        entries += self._cost_entries(facts)
        self.prices.show_entries(facts.product.label, entries)

    def _cost_entries(self, facts: ProductFacts) -> list[Entry]:
        # RLS hands out no cost to those without the right; there is nothing to hide here.
        if facts.cost is None:
            return []
        cost = facts.cost.average if facts.cost.average is not None else facts.cost.cost_price
        entries = [Entry(tr("Cost"), plain_digits(rounded(cost, 4), 2))]
        numbers = self._line.numbers
        net = numbers.amounts.net
        if numbers.quantity and net:
            margin = rounded((net - cost * self._line.pieces) / net * 100, 1)
            entries.append(Entry(tr("Margin"), f"{margin} %", tone="bad" if margin < 0 else ""))
        return entries

    def _show_stock(self, facts: ProductFacts) -> None:
        warehouse_id = self._where[2]
        self.stock.setVisible(facts.product.stocked)
        entries = [
            Entry(
                row.name,
                plain_digits(row.on_hand),
                tr("free {quantity}", quantity=plain_digits(row.free)) if row.free != row.on_hand else "",
                "bad" if row.warehouse_id == warehouse_id and self._line.short else "",
            )
            for row in facts.stock
        ]
        self.stock.show_entries(tr("Stock"), entries, empty=tr("You do not see the stock."))

    def _show_history(self, facts: ProductFacts) -> None:
        self.history.setVisible(self._where[0] is not None)
        entries = [
            Entry(
                row.date.isoformat(),
                plain_digits(rounded(row.price, 4), AMOUNT_PLACES),
                plain_digits(row.quantity),
            )
            for row in facts.history
        ]
        self.history.show_entries(
            tr("Earlier sales"), entries, note=tr("this customer"), empty=tr("Never sold to this customer.")
        )

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
