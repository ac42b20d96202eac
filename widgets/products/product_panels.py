"""Beside a product's form: its price at every level, its cost (with the right), its stock per warehouse."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from typing import Any, Final

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from services.changes import Notice
from services.commands import Changes
from services.database import Database
from services.drafts import Drafts, Sent
from services.errors import Cancelled, Refused
from services.language import tr
from services.money import rounded
from services.products import commands
from services.products.entities import PRODUCT
from services.products.price_entities import PRICE_LEVEL
from services.products.queries import (
    PURCHASES,
    LevelPriceRow,
    ProductCost,
    WarehouseStock,
    cost_of,
    level_prices,
    stock_by_warehouse,
)
from services.typed import plain_digits
from widgets.base.card import Elided
from widgets.base.client import Client
from widgets.base.editors.make import precision
from widgets.base.editors.number import NumberEditor
from widgets.base.facts import Entry, FactsCard
from widgets.base.keeping import Keeping
from widgets.base.messages import MessageBar
from widgets.base.tasks import Control, Task, TaskSlot


@dataclass(frozen=True, slots=True)
class _Read:
    prices: tuple[LevelPriceRow, ...]
    cost: ProductCost | None
    stock: tuple[WarehouseStock, ...]


def _kept(value: object) -> str:
    return str(value) if isinstance(value, Decimal) else ""


def _figure(text: object) -> Decimal | None:
    return Decimal(str(text)) if text else None


class _EditCard(QFrame):
    """A titled card with inputs, a button that saves them and a place for what is wrong."""

    def __init__(self, save: Callable[[], None]) -> None:
        super().__init__()
        self.setProperty("card", True)
        self.title = QLabel()
        self.title.setProperty("role", "heading")
        self.save = QPushButton()
        self.save.clicked.connect(lambda _checked=False: save())
        head = QWidget()
        head.setProperty("card_head", True)
        top = QHBoxLayout(head)
        top.setContentsMargins(12, 5, 8, 5)
        top.addWidget(self.title, 1)
        top.addWidget(self.save)
        self.problem = QLabel()
        self.problem.setProperty("tone", "bad")
        self.problem.setWordWrap(True)
        self.problem.setContentsMargins(12, 0, 12, 8)
        self.problem.hide()
        self.grid = QGridLayout()
        self.grid.setContentsMargins(12, 8, 12, 10)
        self.grid.setVerticalSpacing(6)
        self.grid.setColumnStretch(0, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(1, 1, 1, 1)
        layout.setSpacing(0)
        layout.addWidget(head)
        layout.addLayout(self.grid)
        layout.addWidget(self.problem)

    def complain(self, text: str) -> None:
        """Show what is wrong; nothing hides it."""
        self.problem.setText(text)
        self.problem.setVisible(bool(text))


class ProductPanels(QScrollArea):
    """Cards of one product that exists. Prices and cost are saved by their own buttons."""

    entity: Final = replace(PRODUCT, key="products.product.prices")
    """Under which its drafts lie: the form beside it keeps its own under the product's."""

    def __init__(
        self,
        client: Client,
        product_id: int,
        messages: MessageBar,
        parent: QWidget | None = None,
        *,
        drafts: Drafts | None = None,
    ) -> None:
        super().__init__(parent)
        self.client = self._client = client
        self.record_id: int | None = product_id
        self.messages = messages
        self._product_id = product_id
        self._places = precision(client.dictionary).price
        self._read: _Read | None = None
        self._asked = False
        self._slot = TaskSlot(self)
        self.levels: dict[int, NumberEditor] = {}
        self._captions: dict[int, Elided] = {}
        self._typed: dict[int, Decimal | None] = {}
        """Levels whose price somebody typed and that is not saved yet, with the price that he saw there."""
        self._refused = False
        """Another price stood there: it is seen as soon as it is read."""
        self.prices = _EditCard(self.save_prices)
        self.cost = _EditCard(self.save_cost)
        self.cost_price = NumberEditor(places=self._places, fixed=True)
        self._cost_captions = [QLabel() for _ in range(5)]
        self._cost_values = [QLabel() for _ in range(4)]
        self.cost_price.changed.connect(self._cost_typed)
        self.stock = FactsCard()
        inside = QWidget()
        inside.setProperty("clear", True)
        layout = QVBoxLayout(inside)
        layout.setContentsMargins(0, 12, 0, 12)
        layout.setSpacing(8)
        for card in (self.prices, self.cost, self.stock):
            layout.addWidget(card)
        layout.addStretch(1)
        self._lay_out_cost()
        self.setWidget(inside)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFixedWidth(300)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        for card in (self.prices, self.cost):
            card.save.setEnabled(False)
        # the database hands out no cost without the right; a box that is always empty would only puzzle
        self.cost.setVisible(client.user.can("products.see_cost"))
        client.bus.changed.connect(self._heard)
        self.keeping = Keeping(self, self, drafts)
        self.retranslate()
        self.reload()

    # -- what is kept of it (KeptPage)

    @property
    def version(self) -> int | None:
        """None: a price that was typed is compared with the one that was seen when it is saved."""
        return None

    @property
    def settled(self) -> bool:
        """Prices and cost stand there."""
        return self._read is not None

    def may_type(self) -> bool:
        """Whether he sets prices or the cost."""
        return self._client.user.can("products.change_price") or self._may_set_cost()

    def stood(self) -> Mapping[str, Any]:
        """Nothing: the prices seen are kept with those typed."""
        return {}

    def kept(self) -> dict[str, Any]:
        """The prices typed, with those that stood there, and the cost."""
        values: dict[str, Any] = {}
        for level_id, seen in self._typed.items():
            values[f"price.{level_id}"] = _kept(self._price(level_id))
            values[f"seen.{level_id}"] = _kept(seen)
        if self.cost.save.isEnabled():
            values["cost"] = _kept(self.cost_price.value())
        return values

    def begun(self) -> Sent | None:
        """None: a price or cost set twice is the same one."""
        return None

    def made_by(self, changes: Changes) -> int:
        """The product."""
        return self._product_id

    def go_on(
        self, record_id: int | None, values: Mapping[str, Any], base: Mapping[str, Any], version: int | None
    ) -> None:
        """Show what was typed. A level that is gone is left out."""
        for key, typed in values.items():
            what, _, level = key.partition(".")
            if what == "cost" and self._may_set_cost():
                self.cost_price.set_value(_figure(typed))
                self._cost_typed()
            elif what == "price" and (editor := self.levels.get(int(level))) is not None:
                editor.set_value(_figure(typed))
                self._typed[int(level)] = _figure(values[f"seen.{level}"])
                self.prices.save.setEnabled(True)
        self.keeping.touched()

    @property
    def busy(self) -> bool:
        """True while something is read."""
        return self._slot.busy

    def dirty(self) -> bool:
        """True while a price or the cost was typed and not saved."""
        return self.prices.save.isEnabled() or self.cost.save.isEnabled()

    def can_close(self) -> bool:
        """Asks once about prices that were typed and not saved; closing again gives them up (``given_up``)."""
        if not self.dirty() or self._asked:
            return True
        self._asked = True
        card = self.prices if self.prices.save.isEnabled() else self.cost
        card.complain(tr("This is not saved. Save it, or close again to give it up."))
        return False

    def given_up(self) -> None:
        """The page closes, and nothing beside keeps it open: what is typed is not offered again."""
        self.keeping.forget()

    def _lay_out_cost(self) -> None:
        right = Qt.AlignmentFlag.AlignRight
        for row, caption in enumerate(self._cost_captions):
            caption.setProperty("role", "muted")
            self.cost.grid.addWidget(caption, row, 0)
        self.cost_price.setFixedWidth(120)
        self.cost.grid.addWidget(self.cost_price, 0, 1)
        for row, value in enumerate(self._cost_values, 1):
            self.cost.grid.addWidget(value, row, 1, right)

    def _may_set_cost(self) -> bool:
        return self._client.can(PRODUCT, "edit") and self._client.user.can("products.see_cost")

    # Reading

    def reload(self) -> None:
        """Read prices, cost and stock."""
        database, product_id = self._client.database, self._product_id

        def work(_control: Control) -> _Read:
            with database.read_session() as session:
                return _Read(
                    level_prices(session, product_id),
                    cost_of(session, product_id),
                    stock_by_warehouse(session, product_id),
                )

        self._slot.start(work, self._show, self._failed_reading)

    def _show(self, read: _Read) -> None:
        self._read = read
        if self._refused:
            self._refused = False
            now = {level.level_id: level.price for level in read.prices}
            self._typed = {level_id: now.get(level_id) for level_id in self._typed}
        editable = self._client.user.can("products.change_price")
        # what is typed in the one card stays while the other is saved
        typed_cost = self.cost.save.isEnabled()
        self._place_levels(read.prices)
        for level in read.prices:
            editor = self.levels[level.level_id]
            if level.level_id not in self._typed:
                editor.set_value(level.price)
            editor.set_read_only(not editable)
        self.prices.save.setVisible(editable)
        self.cost.save.setVisible(self._may_set_cost())
        if not typed_cost:
            self.cost_price.set_value(read.cost.cost_price if read.cost else None)
        self.cost_price.set_read_only(not self._may_set_cost())
        self.retranslate()
        self.keeping.find()

    def _place_levels(self, prices: Sequence[LevelPriceRow]) -> None:
        """A row for each level there is now, in the office's order: levels come, go and get other names (PRD-05)."""
        for gone in self.levels.keys() - {level.level_id for level in prices}:
            for part in (self.levels.pop(gone), self._captions.pop(gone)):
                self.prices.grid.removeWidget(part)
                part.hide()
                part.deleteLater()
            self._typed.pop(gone, None)
            self.prices.save.setEnabled(bool(self._typed))
        before: QWidget | None = None
        for row, level in enumerate(prices):
            editor = self.levels.get(level.level_id) or self._make_level(level.level_id)
            caption = self._captions[level.level_id]
            caption.setText(level.name)
            self.prices.grid.addWidget(caption, row, 0)
            self.prices.grid.addWidget(editor, row, 1)
            if before is not None:
                QWidget.setTabOrder(before, editor)
            before = editor

    def _make_level(self, level_id: int) -> NumberEditor:
        caption, editor = Elided(), NumberEditor(places=self._places, fixed=True)
        caption.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        caption.setProperty("role", "muted")
        editor.setFixedWidth(120)
        editor.changed.connect(partial(self._price_typed, level_id))
        editor.finished.connect(self.save_prices)
        self._captions[level_id], self.levels[level_id] = caption, editor
        return editor

    def _heard(self, notice: Notice) -> None:
        ours = notice.ids is None or self._product_id in notice.ids
        touched = notice.entity in ("stock.balance", "*") or (notice.entity == PRODUCT.key and ours)
        # what is typed stays while the levels are read
        if notice.entity == PRICE_LEVEL.key or (touched and not self.dirty()):
            self.reload()

    # Writing

    def _price_typed(self, level_id: int) -> None:
        seen = {level.level_id: level.price for level in self._read.prices} if self._read else {}
        self._typed.setdefault(level_id, seen.get(level_id))
        self._asked = False
        self.prices.save.setEnabled(True)
        self.keeping.touched()

    def _cost_typed(self) -> None:
        self.cost.save.setEnabled(self._may_set_cost())
        self._asked = False
        self.keeping.touched()

    def _price(self, level_id: int) -> Decimal | None:
        value = self.levels[level_id].value()
        return value if isinstance(value, Decimal) else None

    def save_prices(self) -> None:
        """Write the prices that were typed, each in place of the one that stood there: another is asked about first."""
        if not self.prices.save.isEnabled() or any(e.problem() for e in self.levels.values()):
            return
        typed = {level_id: self._price(level_id) for level_id in sorted(self._typed)}
        prices = [(level_id, price, None, None, self._typed[level_id]) for level_id, price in typed.items()]
        product_id = self._product_id

        def done() -> None:
            # what was typed on while these were saved is still to be saved
            self._typed = {
                key: typed.get(key, seen)
                for key, seen in self._typed.items()
                if key not in typed or self._price(key) != typed[key]
            }
            self.prices.save.setEnabled(bool(self._typed))

        self._write(
            self.prices,
            lambda db: db.write(commands.set_prices, product_id=product_id, prices=prices),
            done,
        )

    def save_cost(self) -> None:
        """Write the cost price."""
        value = self.cost_price.value()
        if not isinstance(value, Decimal) or self.cost_price.problem():
            return
        product_id = self._product_id
        self._write(
            self.cost, lambda db: db.write(commands.set_cost, product_id=product_id, cost_price=value)
        )

    def _write(
        self,
        card: _EditCard,
        write: Callable[[Database], Changes],
        written: Callable[[], None] = lambda: None,
    ) -> None:
        database = self._client.database
        card.save.setEnabled(False)
        card.complain("")

        def done(_changes: Changes) -> None:
            written()
            self.keeping.answered()
            self.reload()

        def failed(error: Exception) -> None:
            card.save.setEnabled(True)
            card.complain(str(error))
            self._refused = isinstance(error, Refused)
            self.reload()

        Task(self, lambda _control: write(database), done, failed, title=tr("Saving"))

    def _failed_reading(self, error: Exception) -> None:
        if not isinstance(error, Cancelled):
            self.prices.complain(str(error))

    # Looks

    def retranslate(self) -> None:
        """Set every text."""
        self.prices.title.setText(tr("Prices with tax"))
        self.cost.title.setText(tr("Cost"))
        for card in (self.prices, self.cost):
            card.save.setText(tr("Save"))
        for caption, text in zip(
            self._cost_captions,
            (
                tr("Cost price"),
                tr("Moving average"),
                tr("Last purchase price"),
                tr("Average of {count} purchases", count=PURCHASES),
                tr("Lowest purchase price"),
            ),
            strict=True,
        ):
            caption.setText(text)
        cost = self._read.cost if self._read else None
        references = (
            (cost.average, cost.last_purchase, cost.average_purchase, cost.lowest_purchase)
            if cost
            else (None,) * 4
        )
        self.cost.complain(
            tr("Bought at another price since: the cost needs adjusting.")
            if cost is not None and cost.needs_adjusting
            else ""
        )
        for label, value in zip(self._cost_values, references, strict=True):
            label.setText("—" if value is None else plain_digits(rounded(value, 4), 2))
        rows = self._read.stock if self._read else ()
        self.stock.show_entries(
            tr("Stock"),
            [
                Entry(
                    row.name,
                    plain_digits(row.on_hand),
                    tr("free {quantity}", quantity=plain_digits(row.free)) if row.free != row.on_hand else "",
                )
                for row in rows
            ],
            empty=tr("You do not see the stock."),
        )

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
