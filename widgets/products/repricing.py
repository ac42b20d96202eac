"""Many prices changed by a formula: what it would do is shown while it is typed, and done in one step (PRD-05)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QComboBox, QGridLayout, QHBoxLayout, QLabel, QWidget

from services.commands import Changes
from services.entity import Query
from services.errors import Cancelled
from services.language import mark, tr
from services.products import commands
from services.products.price_entities import PRICE_CHANGE
from services.products.pricing import (
    ROUNDINGS,
    SHOWN,
    Formula,
    Place,
    Places,
    Preview,
    PriceRow,
    places,
    preview,
)
from services.typed import plain_digits
from widgets.base.action_dialog import ActionDialog, Request
from widgets.base.client import Client
from widgets.base.editors.number import NumberEditor
from widgets.base.small_table import Part, SmallTable
from widgets.base.tasks import Control, TaskSlot

DELAY: Final = 250
"""Milliseconds after the last change until the preview is read."""
_LIST: Final = -1
"""In the boxes of levels: the list price."""
_LOWEST: Final = -2
"""There: the lowest price."""
_ALL: Final = 0
"""No branch, no category: all of them."""
_CHOSEN: Final = -1
"""In the box of categories: the products that were ticked."""


def _difference(row: PriceRow) -> str:
    if row.old is None:
        return tr("new")
    change = row.new - row.old
    return ("+" if change > 0 else "") + plain_digits(change, 2) if change else "="


def _place(chosen: int) -> Place:
    return None if chosen == _LIST else "lowest" if chosen == _LOWEST else chosen


PARTS: Final = (
    Part(mark("Product number"), lambda row: row.number, width=132),
    Part(mark("Product"), lambda row: f"{row.name} / {row.unit}" if row.unit else row.name, width=212),
    Part(mark("Base price"), lambda row: plain_digits(row.source, 2), figure=True, width=84),
    Part(
        mark("Old price"),
        lambda row: "" if row.old is None else plain_digits(row.old, 2),
        figure=True,
        width=84,
    ),
    Part(mark("New price"), lambda row: plain_digits(row.new, 2), figure=True, width=84),
    Part(mark("Difference"), _difference, figure=True, width=84),
)


class RepricingDialog(ActionDialog):
    """New price = old price × factor + amount, rounded. ``product_ids`` None offers categories instead."""

    def __init__(
        self, client: Client, product_ids: Sequence[int] | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(client, parent)
        self._chosen = list(product_ids) if product_ids is not None else None
        self._places: Places | None = None
        self.preview: Preview | None = None
        self._previewed: Formula | None = None
        self._reading = TaskSlot(self)
        self.source, self.target, self.branch = QComboBox(), QComboBox(), QComboBox()
        self.scope, self.rounding, self.unit = QComboBox(), QComboBox(), QComboBox()
        self.factor, self.added = NumberEditor(places=6), NumberEditor(places=6)
        self.factor.set_value(Decimal(1))
        self._captions = [QLabel() for _ in range(8)]
        self.table = SmallTable(PARTS, mark("None of these products has a price there."))
        self.table.setMinimumHeight(300)
        self.summary = QLabel()
        self.summary.setProperty("role", "heading")
        self.resize(760, 620)
        self._lay_out()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DELAY)
        self._timer.timeout.connect(self.look)
        for box in (self.source, self.target, self.branch, self.scope, self.rounding, self.unit):
            box.currentIndexChanged.connect(lambda _index: self._changed())
        for editor in (self.factor, self.added):
            editor.changed.connect(self._changed)
        self.do.setEnabled(False)
        self.factor.setFocus()
        self.retranslate()
        self._read_places()

    def _lay_out(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(4)
        for at, widget in enumerate((self.scope, self.source, self.target, self.branch)):
            grid.addWidget(self._captions[at], 0, at)
            grid.addWidget(widget, 1, at)
            grid.setColumnStretch(at, 1)
        numbers: tuple[QWidget, ...] = (self.factor, self.added, self.rounding, self.unit)
        for at, editor in enumerate(numbers):
            grid.addWidget(self._captions[4 + at], 2, at)
            grid.addWidget(editor, 3, at)
        for caption in self._captions:
            caption.setProperty("role", "muted")
        self.body.addLayout(grid)
        self.body.addWidget(self.table, 1)
        foot = QHBoxLayout()
        foot.addWidget(self.summary)
        foot.addStretch(1)
        self.body.addLayout(foot)

    def loses_input(self) -> bool:
        """Another factor than 1, or an amount added."""
        return self.factor.value() != 1 or bool(self.added.value())

    @property
    def busy(self) -> bool:
        """True while the preview is read or about to be."""
        return self._reading.busy or self._timer.isActive()

    # -- reading

    def _read_places(self) -> None:
        database = self._client.database

        def work(_control: Control) -> Places:
            with database.read_session() as session:
                return places(session)

        self._reading.start(work, self._fill, self._wrong)

    def _fill(self, found: Places) -> None:
        self._places = found
        self._fill_boxes()
        if found.levels:
            self.source.setCurrentIndex(1)
            self.target.setCurrentIndex(1)
        self._changed()
        # what is typed can be told from what stands there by itself only now
        self.keep_input(PRICE_CHANGE, "products.repricing")

    def _fill_boxes(self) -> None:
        found = self._places or Places((), (), ())
        scope = [(_ALL, tr("All products in use"))]
        if self._chosen is not None:
            scope.insert(0, (_CHOSEN, tr("The {count} products chosen", count=len(self._chosen))))
        for box, rows in (
            (self.scope, [*scope, *found.categories]),
            (self.source, [(_LIST, tr("List price")), *found.levels, (_LOWEST, tr("Lowest price"))]),
            (self.target, [(_LIST, tr("List price")), *found.levels, (_LOWEST, tr("Lowest price"))]),
            (self.unit, [(False, tr("per unit")), (True, tr("per pack unit"))]),
            (self.branch, [(_ALL, tr("All branches")), *found.branches]),
            (self.rounding, [(n, tr(each.title)) for n, each in enumerate(ROUNDINGS)]),
        ):
            chosen = box.currentData()
            box.blockSignals(True)
            box.clear()
            for value, text in rows:
                box.addItem(text, value)
            box.setCurrentIndex(max(box.findData(chosen), 0))
            box.blockSignals(False)

    # -- what is typed

    def _boxes(self) -> dict[str, QComboBox]:
        return {
            "scope": self.scope,
            "source": self.source,
            "target": self.target,
            "branch": self.branch,
            "rounding": self.rounding,
            "unit": self.unit,
        }

    def kept(self) -> dict[str, Any]:
        """The formula. Which products are ticked is the list's: a draft is for those ticked when it is taken up."""
        chosen = {key: box.currentData() for key, box in self._boxes().items()}
        return {**chosen, "factor": self.factor.value(), "added": self.added.value()}

    def take_up(self, values: Mapping[str, Any]) -> None:
        """Show a draft; what is offered no more stays as it is. Nothing is done before it was previewed again."""
        for key, box in self._boxes().items():
            box.setCurrentIndex(at if (at := box.findData(values[key])) >= 0 else box.currentIndex())
        self.factor.set_value(values["factor"])
        self.added.set_value(values["added"])
        self._changed()

    def show_made(self, changes: Changes) -> None:
        """The prices that were changed stand in the price history."""
        self.client.shell.open_list(Query(PRICE_CHANGE.key, data_class="formula"))

    def _changed(self) -> None:
        self.typed()
        self.do.setEnabled(False)
        # those two are columns of the product: one price for all branches, per its own unit
        for box in (self.branch, self.unit):
            box.setEnabled(self._at_level())
        self._timer.start()

    def _at_level(self) -> bool:
        return self.target.currentData() not in (_LIST, _LOWEST)

    def formula(self) -> Formula | None:
        """What is chosen; None while a number is missing."""
        factor, added = self.factor.value(), self.added.value()
        if not isinstance(factor, Decimal) or self.factor.problem() or self.added.problem():
            return None
        branch = self.branch.currentData() if self._at_level() else _ALL
        return Formula(
            _place(self.source.currentData()),
            _place(self.target.currentData()),
            factor,
            added if isinstance(added, Decimal) else Decimal(0),
            ROUNDINGS[self.rounding.currentData() or 0],
            branch or None,
            self._at_level() and bool(self.unit.currentData()),
        )

    def look(self) -> None:
        """Read what the formula would do."""
        formula, database = self.formula(), self._client.database
        if formula is None or self._places is None:
            return
        scope = self.scope.currentData()
        ids = self._chosen if scope == _CHOSEN else None
        category = scope if isinstance(scope, int) and scope > 0 else None

        def work(_control: Control) -> Preview:
            with database.read_session() as session:
                return preview(session, formula, product_ids=ids, category_id=category)

        def done(found: Preview) -> None:
            self.preview, self._previewed = found, formula
            self.problem.hide()
            self.table.set_rows(found.rows)
            self.do.setEnabled(bool(found.count))
            self.retranslate()

        self._reading.start(work, done, self._wrong)

    def _wrong(self, error: Exception) -> None:
        if not isinstance(error, Cancelled):
            self._complain(str(error))

    # -- writing

    def check(self) -> str:
        """Nothing is done that was not shown."""
        return (
            "" if self.preview is not None and self._previewed == self.formula() else tr("Look at it first.")
        )

    def request(self) -> Request:
        """Change the prices."""
        seen, formula = self.preview, self._previewed
        assert seen is not None and formula is not None
        return commands.reprice, {
            "formula": formula,
            "product_ids": seen.product_ids,
            "count": seen.count,
            "total": seen.total,
        }

    # -- words

    def retranslate(self) -> None:
        """Set every text."""
        super().retranslate()
        self.setWindowTitle(tr("Change prices by a formula"))
        self.intro.setText(
            tr("New price = price × factor + amount, rounded. Every price is kept in the price history.")
        )
        texts: Sequence[str] = (
            tr("Products"),
            tr("From the price"),
            tr("Sets the price"),
            tr("Branch"),
            tr("Factor"),
            tr("Plus amount"),
            tr("Rounded"),
            tr("Price per"),
        )
        for caption, text in zip(self._captions, texts, strict=True):
            caption.setText(text)
        self._fill_boxes()
        self.table.retranslate()
        seen = self.preview
        self.do.setText(tr("Change {count} prices", count=seen.count if seen else 0))
        if seen is None:
            self.summary.setText("")
            return
        parts = [
            tr(
                "{count} prices: {raised} rise, {lowered} fall",
                count=seen.count,
                raised=seen.raised,
                lowered=seen.lowered,
            )
        ]
        if seen.count > len(seen.rows):
            parts.append(tr("the first {count} are shown", count=SHOWN))
        self.summary.setText(" · ".join(parts))
