"""The stock list: the ordinary list, per warehouse or in total, now or at the end of a past day (STK-06)."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from PySide6.QtCore import QModelIndex
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QLineEdit

from services.commands import Changes
from services.entity import Facet, Query
from services.language import mark, tr
from services.listing import Listing
from services.products.queries import NamedRow, warehouses
from services.stock import commands
from services.stock.entities import BALANCE_ENTITY
from services.stock.standing import stock_in_total, stock_per_warehouse
from widgets.base.client import Client
from widgets.base.editors.date import DateEditor
from widgets.base.formatting import date_text
from widgets.base.list_actions import OwnAction
from widgets.base.list_page import ListPage
from widgets.base.tasks import Control, TaskSlot

EACH: Final = 0
TOTAL: Final = -1
"""Values of the box of warehouses beside their ids."""
FIRST: Final = "current"
"""The data class that is shown first."""


class StockListPage(ListPage):
    """Enter and a double click open the product. With a past day nothing is reserved or to come."""

    usual_class = FIRST

    def __init__(self, client: Client) -> None:
        self._total = False
        self._day: datetime.date | None = None
        self._places: tuple[NamedRow, ...] = ()
        super().__init__(client, Query(BALANCE_ENTITY.key, data_class=FIRST))
        self.place, self.on_label, self.on = QComboBox(), QLabel(), DateEditor()
        self.place.setMinimumWidth(130)
        self.place.setMaximumWidth(220)
        self.place.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.on.setFixedWidth(150)
        bar = self.layout().itemAt(1).layout()  # type: ignore[union-attr]
        assert isinstance(bar, QHBoxLayout)
        # behind the conditions, of which they are a kind: the head has no room for them in a small window
        for at, widget in enumerate((self.place, self.on_label, self.on)):
            bar.insertWidget(1 + at, widget)
        self.place.currentIndexChanged.connect(lambda _index: self._place_chosen())
        self.on.changed.connect(self._day_chosen)
        self._naming = TaskSlot(self)
        database = client.database

        def names(_control: Control) -> tuple[NamedRow, ...]:
            with database.read_session() as session:
                return warehouses(session)

        self._naming.start(names, self._name_places, self.failed)
        self._retranslate_own()

    # -- what is asked

    def _make_listing(self) -> Listing:
        self.entity = stock_in_total(self._day) if self._total else stock_per_warehouse(self._day)
        return Listing(
            self.query, user=self.client.user, dictionary=self.client.dictionary, entity=self.entity
        )

    def _name_places(self, places: tuple[NamedRow, ...]) -> None:
        self._places = places
        self._fill_places()

    def _fill_places(self) -> None:
        chosen = TOTAL if self._total else self._chosen_place()
        self.place.blockSignals(True)
        self.place.clear()
        self.place.addItem(tr("Each warehouse"), EACH)
        self.place.addItem(tr("All in total"), TOTAL)
        for place in self._places:
            self.place.addItem(place.name, place.id)
        self.place.setCurrentIndex(max(self.place.findData(chosen), 0))
        self.place.blockSignals(False)

    def _chosen_place(self) -> int:
        """Id of the warehouse that the conditions name alone, or EACH."""
        named = [
            f.value
            for f in self.query.facets
            if isinstance(f, Facet) and f.column == "warehouse" and f.operator == "eq"
        ]
        return next((place.id for place in self._places if [place.name] == named), EACH)

    def show_query(self, query: Query) -> None:
        """Show another query; the box says which warehouse it is narrowed to."""
        super().show_query(query)
        if hasattr(self, "place"):
            self._fill_places()

    def _place_chosen(self) -> None:
        chosen = self.place.currentData()
        self._total = chosen == TOTAL
        facets = tuple(f for f in self.query.facets if not (isinstance(f, Facet) and f.column == "warehouse"))
        name = next((place.name for place in self._places if place.id == chosen), None)
        if name is not None:
            facets = (*facets, Facet("warehouse", "eq", name))
        self.selection.choose_none()
        self.change(replace(self.query, facets=facets))

    def _day_chosen(self) -> None:
        day = self.on.value()
        self._day = day if isinstance(day, datetime.date) else None
        self.change(self.query)

    def conditions_text(self) -> str:
        """Whether it is summed up, and the day."""
        parts = [tr("All in total")] if self._total else []
        if self._day is not None:
            parts.append(tr("At the end of {day}", day=date_text(self._day)))
        return tr(", ").join(parts)

    # -- the rows

    def _open(self, index: QModelIndex) -> None:
        product = self._product_at(index.row())
        if product is not None:
            self.client.shell.open_record("products.product", product)

    def _product_at(self, place: int) -> int | None:
        row = self.model.row_at(place)
        if row is None or self._total:
            return None if row is None else row.id
        opens = [
            opened
            for column, opened in zip(self.model.columns, row.opens, strict=True)
            if column.opens == "products.product"
        ]
        return opens[0] if opens else None

    # -- what a keeper does

    def own_actions(self) -> Sequence[OwnAction]:
        """Bins and the clean-up, for those who post receipts."""
        if not self.client.user.can("stock.receipt.post"):
            return ()
        return (
            OwnAction("bins", mark("Set the bin …"), "map-pin", self.set_bins),
            OwnAction(
                "clean_up", mark("Clean up zero rows …"), "recycle", self.clean_up, needs_records=False
            ),
        )

    def set_bins(self) -> None:
        """Ask for the bin of the rows chosen; they must be of one warehouse."""
        ids = list(self.selection.targets())
        if not ids:
            return
        if self._total or self._day is not None:
            self.messages.warning(tr("A bin is set where the list shows each warehouse as it is now."))
            return
        typed = QLineEdit()
        typed.setMaxLength(40)
        typed.setPlaceholderText(tr("such as A-03-2; empty for none"))
        self.panel.ask(
            tr("Where do these {count} rows lie?", count=len(ids)),
            tr("Save"),
            lambda: self.save_bins(ids, typed.text()),
            typed,
            after=self.table,
        )
        typed.setFocus()

    def save_bins(self, ids: Sequence[int], text: str) -> None:
        """Write the bin of these rows."""
        listing, database = self.listing, self.client.database

        def work(_control: Control) -> dict[int, list[int]]:
            with database.read_session() as session:
                rows = listing.rows(session, ids, shown=("product", "warehouse"))
            found: dict[int, list[int]] = {}
            for row in rows:
                product, place = row.opens
                if product is not None and place is not None:
                    found.setdefault(place, []).append(product)
            return found

        def ready(found: dict[int, list[int]]) -> None:
            if len(found) != 1:
                self.messages.warning(tr("Choose rows of one warehouse."))
                return
            place, products = next(iter(found.items()))
            self.actions_.do(
                commands.set_bins,
                lambda _changes: tr("The bin of {count} rows was set.", count=len(products)),
                warehouse_id=place,
                bins=[(product, text.strip()) for product in products],
            )

        self._naming.start(work, ready, self.failed)

    def clean_up(self) -> None:
        """Ask, then leave rows of nothing out of the list."""
        place = self._chosen_place()
        name = next((each.name for each in self._places if each.id == place), tr("all that you keep"))
        self.panel.ask(
            tr(
                "Rows with nothing on hand, reserved or to come are left out of the stock list until something"
                " moves them. Warehouse: {warehouse}.",
                warehouse=name,
            ),
            tr("Clean up"),
            lambda: self.actions_.do(commands.clean_up, _cleaned, warehouse_id=place or None),
            after=self.table,
        )

    # -- words

    def retranslate(self) -> None:
        """Set every text."""
        super().retranslate()
        if hasattr(self, "place"):
            self._retranslate_own()

    def _retranslate_own(self) -> None:
        self.search.setPlaceholderText(tr("Product: name, pinyin, number, bar code"))
        self.on_label.setText(tr("At the end of"))
        self.on.set_placeholder(tr("now"))
        self._fill_places()


def _cleaned(changes: Changes) -> str:
    rows: Any = changes.result.get("rows", 0)
    return tr("{count} rows were cleaned up.", count=int(rows))
