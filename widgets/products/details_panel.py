"""Below a product's form: further codes, pack units, parameters, questions, special prices, price history."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

from PySide6.QtCore import QEvent, Signal
from PySide6.QtWidgets import (
    QLabel,
    QPushButton,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from services.changes import Notice
from services.commands import Changes
from services.drafts import Drafts, Sent
from services.errors import Cancelled, Refused
from services.language import mark, tr
from services.merging import Difference, merged, row_differences
from services.products import commands
from services.products.details import (
    PriceChangeRow,
    ProductDetails,
    SpecialPrice,
    details_of,
    price_history,
    special_prices,
)
from services.products.entities import PRODUCT
from services.products.price_entities import CHANGE_KINDS, PRICE_LEVEL
from services.products.pricing import Places, places
from services.products.queries import products_by_id
from services.typed import number, plain_digits
from widgets.base.client import Client
from widgets.base.conflict import ConflictPanel
from widgets.base.formatting import time_text
from widgets.base.hollow import Sheets
from widgets.base.keeping import Keeping
from widgets.base.messages import MessageBar
from widgets.base.small_table import Part, SmallTable
from widgets.base.tasks import Control, Task, TaskSlot
from widgets.products.product_lists import BETWEEN, LISTS, TITLES, Lists, row_title, rows_of
from widgets.products.special_prices import SpecialPrices
from widgets.products.typed_table import TypedTable

HEIGHT: Final = 232
COMPARING: Final = 360
"""Height while two versions of the lists are compared."""


@dataclass(frozen=True, slots=True)
class _Read:
    state: str
    unit: str
    packs: tuple[str, ...]
    details: ProductDetails
    special: tuple[SpecialPrice, ...]
    history: tuple[PriceChangeRow, ...]
    places: Places


class ProductDetailsPanel(QWidget):
    """Tabs of one product that exists. The typed lists are saved together; special prices one by one."""

    dirty_changed = Signal()
    read = Signal()
    """The product was read anew: ``state`` may be another."""
    entity: Final = replace(PRODUCT, key="products.product.lists")
    """Under which its drafts lie: the form above and the prices beside it keep their own."""

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
        self.product_id = product_id
        self.record_id: int | None = product_id
        self.messages = messages
        self.state = ""
        self._found: _Read | None = None
        self._touched: set[str] = set()
        self._was: dict[str, Sequence[Sequence[str]]] = {}
        """The lists that were typed into, as they were before."""
        self._version = 0
        """Of the product, before anything was typed."""
        self._overtaken = False
        """A save was refused because somebody else was faster: the lists are read again and compared."""
        self._comparison: ConflictPanel | None = None
        self._asked = False
        self._slot = TaskSlot(self)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tables = {key: TypedTable(columns) for key, columns in LISTS.items()}
        self.save = QPushButton()
        self.save.setEnabled(False)
        self.save.clicked.connect(lambda _checked=False: self.save_lists())
        self.problem = QLabel()
        self.problem.setProperty("tone", "bad")
        self.problem.setWordWrap(True)
        self.problem.hide()
        self.special = SpecialPrices(client, product_id)
        self.history = SmallTable(self._history_parts(), mark("No price was changed yet."))
        self._lay_out()
        for key, table in self.tables.items():
            table.edited.connect(lambda key=key: self._edited(key))
        self.special.typed.connect(self._price_typed)
        self.special.said.connect(self._complain)
        self.special.written.connect(self.reload)
        self.special.failed.connect(self._failed)
        client.bus.changed.connect(self._heard)
        self.keeping = Keeping(self, self, drafts)
        self.retranslate()
        self.reload()

    def _history_parts(self) -> tuple[Part, ...]:
        users = self._client.dictionary
        return (
            Part(mark("Time"), lambda row: time_text(row.at), width=140),
            Part(mark("By whom"), lambda row: users.user(row.user_id), width=90),
            Part(
                mark("Price"),
                lambda row: " ".join(
                    filter(None, (row.level or tr(CHANGE_KINDS[row.kind]), row.branch, row.unit))
                ),
                width=170,
            ),
            Part(mark("Old price"), lambda row: _digits(row.old), figure=True, width=90),
            Part(mark("New price"), lambda row: _digits(row.new), figure=True, width=90),
        )

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 0, 16, 12)
        layout.setSpacing(4)
        self._stack = Sheets()
        layout.addWidget(self._stack, 1)
        self._stack.first.addWidget(self.tabs)
        layout.addWidget(self.problem)
        for key in LISTS:
            self.tabs.addTab(self.tables[key], "")
        self.tabs.addTab(self.special, "")
        self.tabs.addTab(self.history, "")
        self.tabs.setCornerWidget(self.save)
        self.tabs.setProperty("cornered", True)
        self.setFixedHeight(HEIGHT)

    # -- what is kept of it (KeptPage)

    @property
    def version(self) -> int | None:
        """Of the product, as it was before anything was typed."""
        if self._touched or self._found is None:
            return self._version
        return self._found.details.version

    @property
    def settled(self) -> bool:
        """The lists stand there."""
        return self._found is not None

    def may_type(self) -> bool:
        """Whether he edits products or sets prices."""
        return self._client.can(PRODUCT, "edit") or self.special.may_set()

    def stood(self) -> Mapping[str, Any]:
        """The lists that were typed into, as they were before."""
        return {key: [list(row) for row in self._was[key]] for key in sorted(self._touched)}

    def kept(self) -> dict[str, Any]:
        """The lists that were typed into, as they stand, and the price that is not set yet."""
        lists = {key: [list(row) for row in self._typed(key)] for key in sorted(self._touched)}
        return {**lists, **self.special.kept()}

    def begun(self) -> Sent | None:
        """None: what a lost answer has saved is met as a change of the same rows, which is none."""
        return None

    def made_by(self, changes: Changes) -> int:
        """The product."""
        return self.product_id

    def go_on(
        self, record_id: int | None, values: Mapping[str, Any], base: Mapping[str, Any], version: int | None
    ) -> None:
        """Show the lists that were typed; what others changed since is compared when they are saved."""
        self.special.take_up(values)
        for key in LISTS:
            if key in values and self._client.can(PRODUCT, "edit"):
                self._was[key] = [tuple(row) for row in base.get(key, ())]
                self.tables[key].show_rows(values[key], read_only=False)
                self._touched.add(key)
        if version is not None:
            self._version = version
        self._asked = False
        self.save.setEnabled(bool(self._touched))
        self.dirty_changed.emit()
        self.keeping.touched()

    # -- reading

    @property
    def busy(self) -> bool:
        """True while something is read."""
        return self._slot.busy

    def dirty(self) -> bool:
        """True while a list or a price was typed and not saved."""
        return bool(self._touched) or self.special.dirty()

    def can_close(self) -> bool:
        """Asks once about what was typed and not saved; closing again gives it up (``given_up``)."""
        if not self.dirty() or self._asked:
            return True
        self._asked = True
        # where it stands, so that nobody looks for it
        typed = [at for at, key in enumerate(LISTS) if key in self._touched]
        self.tabs.setCurrentIndex(typed[0] if typed else len(LISTS))
        self._complain(tr("This is not saved. Save it, or close again to give it up."))
        return False

    def given_up(self) -> None:
        """The page closes, and nothing beside keeps it open: what is typed is not offered again."""
        self.keeping.forget()

    def reload(self) -> None:
        """Read the lists, prices and state."""
        database, product_id = self._client.database, self.product_id

        def work(_control: Control) -> _Read | None:
            with database.read_session() as session:
                hit = products_by_id(session, [product_id]).get(product_id)
                if hit is None:
                    return None
                return _Read(
                    "active" if hit.active else "discontinued",
                    hit.unit,
                    tuple(pack.name for pack in hit.packs),
                    details_of(session, product_id),
                    special_prices(session, product_id),
                    price_history(session, product_id),
                    places(session),
                )

        self._slot.start(work, self._show, self._failed)

    def _show(self, found: _Read | None) -> None:
        if found is None:
            return
        self._found, self.state = found, found.state
        editable = self._client.can(PRODUCT, "edit")
        rows = rows_of(found.details)
        for key, table in self.tables.items():
            if key not in self._touched:
                table.show_rows(rows[key], read_only=not editable)
        self.special.show_prices(found.special, found.places, found.unit, found.packs)
        self.history.set_rows(found.history)
        self.tabs.setTabVisible(len(LISTS) + 1, self._client.user.can("products.price_change.view"))
        self.save.setVisible(editable)
        self.read.emit()
        self.keeping.find()
        if self._overtaken:
            self._overtaken = False
            self._compare(found.details)

    def _heard(self, notice: Notice) -> None:
        ours = notice.ids is None or self.product_id in notice.ids
        if notice.entity in (PRICE_LEVEL.key, "*") or (notice.entity == PRODUCT.key and ours):
            self.reload()

    # -- writing

    def _price_typed(self) -> None:
        self._asked = False
        self.dirty_changed.emit()
        self.keeping.answered()

    def _edited(self, key: str) -> None:
        if self._found is not None and key not in self._touched:
            self._was[key] = rows_of(self._found.details)[key]
            if not self._touched:
                self._version = self._found.details.version
        self._touched.add(key)
        self._asked = False
        self.save.setEnabled(True)
        self.dirty_changed.emit()
        self.keeping.touched()

    def save_lists(self) -> None:
        """Write the lists that were typed."""
        if self._comparison is not None:
            return
        typed = {key: self._typed(key) for key in self._touched}
        product_id, version, lists = self.product_id, self._version, dict[str, list[dict[str, Any]]]()
        for key in self._touched:
            lists[key] = [dict(row) for row in self.tables[key].typed()]
        for row in lists.get("packs", ()):
            try:
                row["factor"] = number(row["factor"])
            except ValueError:
                self._complain(tr("“{text}” is not a number", text=row["factor"]))
                return
        self._write(
            lambda: self._client.database.write(
                commands.save_details, product_id=product_id, version=version, **lists
            ),
            lambda changes: self._lists_saved(changes, typed),
        )

    def _lists_saved(self, changes: Changes, saved: Lists) -> None:
        # what somebody typed on while it was saved stays
        self._touched = {key for key in self._touched if self._typed(key) != saved.get(key)}
        self._was = {key: saved.get(key, self._was[key]) for key in self._touched}
        self._version = int(changes.result["version"])
        self.save.setEnabled(bool(self._touched))
        self.dirty_changed.emit()
        self.keeping.answered()
        self.reload()

    # -- somebody else was faster

    def _compare(self, now: ProductDetails) -> None:
        """Rows that only one of the two changed are kept from both; for the others somebody has to choose."""
        theirs = rows_of(now)
        who = self._client.dictionary.user(now.changed_by) or tr("Somebody else")
        found = [
            Difference(f"{key}{BETWEEN}{each.key}", each.was, each.mine, each.theirs)
            for key in sorted(self._touched)
            for each in row_differences(was=self._was[key], mine=self._typed(key), theirs=theirs[key])
        ]
        if not any(each.clash for each in found):
            lists = [key for key in LISTS if key in self._touched and theirs[key] != self._was[key]]
            self._take(now, {each.key: each.chosen for each in found})
            if lists:
                titles = tr(", ").join(tr(TITLES[key]) for key in lists)
                self._client.shell.message(
                    tr("{who} changed {titles} meanwhile; both changes are kept.", who=who, titles=titles)
                )
            return
        panel = ConflictPanel(found, who=who, title=row_title, words=lambda _key, row: "  ".join(row or ()))
        panel.decided.connect(lambda chosen: self._decided(now, chosen))
        panel.back.connect(self._close_comparison)
        self._comparison = panel
        self._stack.addWidget(panel)
        self._stack.setCurrentWidget(panel)
        self.setFixedHeight(COMPARING)

    def _decided(self, now: ProductDetails, chosen: Mapping[str, Any]) -> None:
        self._close_comparison()
        self._take(now, chosen)

    def _take(self, now: ProductDetails, chosen: Mapping[str, Any]) -> None:
        """Go on from the lists as they are ``now``, with the rows that were chosen, and save them."""
        theirs = rows_of(now)
        for key in self._touched:
            rows = {each.partition(BETWEEN)[2]: row for each, row in chosen.items() if each.startswith(key)}
            merged_rows = merged(was=self._was[key], mine=self._typed(key), theirs=theirs[key], chosen=rows)
            self.tables[key].show_rows(merged_rows, read_only=False)
            self._was[key] = theirs[key]
        self._version = now.version
        self.save_lists()

    def _close_comparison(self) -> None:
        if self._comparison is not None:
            self._stack.setCurrentWidget(self.tabs)
            self._stack.removeWidget(self._comparison)
            self._comparison.deleteLater()
            self._comparison = None
            self.setFixedHeight(HEIGHT)

    def _typed(self, key: str) -> list[tuple[str, ...]]:
        return [tuple(row.values()) for row in self.tables[key].typed()]

    def _write(self, work: Callable[[], Changes], done: Callable[[Changes], None]) -> None:
        self._complain("")
        Task(self, lambda _control: work(), done, self._failed, title=tr("Saving"))

    def _failed(self, error: Exception) -> None:
        if isinstance(error, Refused) and error.template == commands.OVERTAKEN:
            self._overtaken = True
            self.reload()
        elif not isinstance(error, Cancelled):
            self._complain(str(error))
            if isinstance(error, Refused):
                # what stands there now, for who was refused because of it
                self.reload()

    def _complain(self, text: str) -> None:
        self.problem.setText(text)
        self.problem.setVisible(bool(text))

    # -- words

    def retranslate(self) -> None:
        """Set every text."""
        for at, title in enumerate(TITLES.values()):
            self.tabs.setTabText(at, tr(title))
        for table in self.tables.values():
            table.retranslate()
        self.history.retranslate()
        self.save.setText(tr("Save lists"))

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)


def _digits(value: Decimal | None) -> str:
    return "—" if value is None else plain_digits(value, 2)
