"""Prices of a product for one branch or pack unit alone, set one by one (PRD-05)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from PySide6.QtCore import QEvent, Signal
from PySide6.QtWidgets import QComboBox, QPushButton, QVBoxLayout, QWidget

from services.language import mark, tr
from services.products import commands
from services.products.details import SpecialPrice
from services.products.pricing import Places
from services.typed import plain_digits
from widgets.base.client import Client
from widgets.base.editors.make import precision
from widgets.base.editors.number import NumberEditor
from widgets.base.flow_layout import FlowLayout
from widgets.base.small_table import Part, SmallTable
from widgets.base.tasks import Task

PRICE: Final = "price.value"
"""What the price is called in a draft."""


class SpecialPrices(QWidget):
    """The table of them, and a price that is typed for a level, branch and unit. Part of the panel that reads them."""

    typed = Signal()
    """A price was typed, or what was typed is set or nobody's any more."""
    said = Signal(str)
    """What is missing, in words; empty when it is being written."""
    written = Signal()
    """A price was set or taken away."""
    failed = Signal(object)
    """Why it was not."""

    def __init__(self, client: Client, product_id: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._client, self._product_id = client, product_id
        self._typed = False
        self._unit = ""
        self._packs: Sequence[str] = ()
        self._places: Places | None = None
        self._rows: Sequence[SpecialPrice] = ()
        self.level, self.branch, self.unit = QComboBox(), QComboBox(), QComboBox()
        self.price = NumberEditor(places=precision(client.dictionary).price, fixed=True)
        self.set_price, self.take_away = QPushButton(), QPushButton()
        self.table = SmallTable(
            (
                Part(mark("Price level"), lambda row: row.level, width=130),
                Part(mark("Branch"), lambda row: row.branch or tr("All branches"), width=130),
                Part(mark("Per"), lambda row: row.unit or self._unit, width=70),
                Part(mark("Price with tax"), lambda row: plain_digits(row.price, 2), figure=True, width=110),
            ),
            mark("No prices for one branch or pack unit alone: the prices beside hold everywhere."),
        )
        self._lay_out()
        self.price.changed.connect(self._price_typed)
        self.set_price.clicked.connect(lambda _checked=False: self.write_price(take_away=False))
        self.take_away.clicked.connect(lambda _checked=False: self.write_price(take_away=True))
        self.table.opened.connect(self._choose)
        self.retranslate()

    def _lay_out(self) -> None:
        self.bar = QWidget()
        # on a narrow window the buttons stand in a second row
        bar = FlowLayout(self.bar)
        bar.setContentsMargins(6, 6, 6, 6)
        for widget in (self.level, self.branch, self.unit, self.price, self.set_price, self.take_away):
            bar.addWidget(widget)
        for box in (self.level, self.branch):
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
            box.setMinimumWidth(130)
        if not self.may_set():
            self.bar.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.bar)
        layout.addWidget(self.table, 1)

    def may_set(self) -> bool:
        """Whether he sets prices."""
        return self._client.user.can("products.change_price")

    def show_prices(
        self, rows: Sequence[SpecialPrice], places: Places, unit: str, packs: Sequence[str]
    ) -> None:
        """Those there are, and what a price can be for; what is typed stays."""
        self._rows, self._places, self._unit, self._packs = rows, places, unit, packs
        self.table.set_rows(rows)
        self._fill_boxes()

    def _fill_boxes(self) -> None:
        places = self._places
        if places is None:
            return
        for box, choices in (
            (self.level, list(places.levels)),
            (self.branch, [(None, tr("All branches")), *places.branches]),
            (self.unit, [(None, self._unit or tr("Unit")), *((name, name) for name in self._packs)]),
        ):
            chosen = box.currentData()
            box.clear()
            for value, text in choices:
                box.addItem(text, value)
            box.setCurrentIndex(max(box.findData(chosen), 0))

    # -- what is typed

    def dirty(self) -> bool:
        """Whether a price was typed and not set yet."""
        return self._typed

    def kept(self) -> dict[str, Any]:
        """The price that is not set yet and what it is for, for the panel's draft."""
        if not self._typed:
            return {}
        return {**{key: box.currentData() for key, box in self._boxes().items()}, PRICE: self.price.value()}

    def take_up(self, values: Mapping[str, Any]) -> None:
        """Show what ``kept`` said once. A price whose level, branch or unit is gone is left out."""
        if PRICE not in values or not self.may_set():
            return
        places = {key: box.findData(values[key]) for key, box in self._boxes().items()}
        if min(places.values()) < 0:
            return
        for key, box in self._boxes().items():
            box.setCurrentIndex(places[key])
        self.price.set_value(values[PRICE])
        self._typed = True

    def _boxes(self) -> dict[str, QComboBox]:
        return {"price.level": self.level, "price.branch": self.branch, "price.unit": self.unit}

    def _price_typed(self) -> None:
        self._typed = True
        self.typed.emit()

    def _price_done(self) -> None:
        if self._typed:
            self._typed = False
            self.typed.emit()

    def _choose(self, row: Any) -> None:
        for box, value in (
            (self.level, row.level_id),
            (self.branch, row.branch_id),
            (self.unit, row.unit or None),
        ):
            box.setCurrentIndex(max(box.findData(value), 0))
        self.price.set_value(row.price)
        self._price_done()

    # -- writing

    def write_price(self, *, take_away: bool) -> None:
        """Set the price that is typed for level, branch and unit, or take it away."""
        level, branch, unit = (box.currentData() for box in (self.level, self.branch, self.unit))
        value = self.price.value()
        if branch is None and unit is None:
            self.said.emit(tr("Choose a branch or a pack unit; the price for all stands beside."))
            return
        if level is None or (not take_away and not isinstance(value, Decimal)):
            self.said.emit(tr("Give a value first."))
            return
        price = value if isinstance(value, Decimal) and not take_away else None
        product_id, database, place = self._product_id, self._client.database, (level, branch, unit)
        seen = next(
            (row.price for row in self._rows if (row.level_id, row.branch_id, row.unit or None) == place),
            None,
        )
        prices = [(level, price, branch, unit, seen)]

        def done(_changes: object) -> None:
            # what somebody typed on while it was set stays
            if self.price.value() == value:
                self._price_done()
            self.written.emit()

        self.said.emit("")
        Task(
            self,
            lambda _control: database.write(commands.set_prices, product_id=product_id, prices=prices),
            done,
            self.failed.emit,
            title=tr("Saving"),
        )

    # -- words

    def retranslate(self) -> None:
        """Set every text."""
        self.table.retranslate()
        self.set_price.setText(tr("Set the price"))
        self.take_away.setText(tr("Take this price away"))
        self._fill_boxes()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
