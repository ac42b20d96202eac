"""An order: entered as a draft by the keyboard alone, confirmed, then shown with what comes of it.

Writing goes through posting functions in tasks; the grid is never locked for longer than that takes.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from services.changes import Notice
from services.commands import Changes
from services.drafts import Drafts, Sent
from services.entity import Entity
from services.errors import Cancelled, Invalid, ShukeError
from services.language import tr
from services.sales.arithmetic import order_totals
from services.sales.draft import as_arguments, from_record, head_terms
from services.sales.entities import ORDER
from services.sales.kept import keep
from services.sales.queries import CustomerTerms, OrderRecord
from widgets.base.client import Client
from widgets.base.editors.make import precision
from widgets.base.keeping import Keeping
from widgets.base.messages import MessageBar
from widgets.base.tasks import Control, Task, TaskSlot
from widgets.sales.new_product import NewProductDialog
from widgets.sales.order_follow_ups import FollowUps
from widgets.sales.order_head import OrderHead
from widgets.sales.order_lines import OrderLines, Terms
from widgets.sales.order_title import OrderTitle
from widgets.sales.order_work import (
    Opened,
    Recalled,
    Requests,
    Written,
    open_order,
    read_again,
    recall,
    save,
    terms_of,
)
from widgets.sales.price_panel import PricePanel
from widgets.sales.totals_bar import TotalsBar

NARROW = 900
"""Width in pixels of the page below which the facts beside the lines take less room."""


class OrderForm(QWidget):
    """The page of one order. ``order_id`` None begins a new one, with ``values`` (customer_id) filled in."""

    title_changed = Signal()
    dirty_changed = Signal()
    close_wanted = Signal()
    """What was typed is given up: the tab may be closed now."""
    saved = Signal(int)
    """Id of the order that was written."""
    loaded = Signal()
    """The lists and the order are there."""

    def __init__(
        self,
        client: Client,
        order_id: int | None = None,
        values: Mapping[str, Any] | None = None,
        parent: QWidget | None = None,
        *,
        drafts: Drafts | None = None,
    ) -> None:
        super().__init__(parent)
        self.setProperty("page", True)
        self.client = client
        self._order_id = order_id
        self._values = dict(values or {})
        self._record: OrderRecord | None = None
        self._dirty = False
        self._busy = False
        self._requests = Requests()
        self._sent: dict[str, str] = {}
        """What stood in the form when it was saved last."""
        self._over: Mapping[str, Any] | None = None
        """What is to be typed over the order as soon as that is read."""
        self._precision = precision(client.dictionary)
        self.heading = OrderTitle(client)
        self.messages = MessageBar()
        self.head = OrderHead(client)
        self.lines = OrderLines(client, self._precision)
        self.panel = PricePanel(client)
        self.totals = TotalsBar()
        self.follow_ups = FollowUps(self, client, self)
        self.keeping = Keeping(self, self, drafts)
        self._closing = False
        self._reading, self._recalling = TaskSlot(self), TaskSlot(self)
        self._customer_slot = TaskSlot(self)
        self._lay_out()
        self._connect()
        self.head.set_owner(client.user.name)
        self._recalculate()
        self._load()

    def _lay_out(self) -> None:
        middle = QHBoxLayout()
        middle.setSpacing(10)
        middle.addWidget(self.lines, 1)
        middle.addWidget(self.panel)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 10, 14, 10)
        layout.setSpacing(8)
        layout.addWidget(self.heading)
        inside = self.messages.layout()
        if inside is not None:
            # in line with the cards
            inside.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.messages)
        layout.addWidget(self.head)
        layout.addLayout(middle, 1)
        layout.addWidget(self.totals)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a small window the lines need the room more than the facts beside them."""
        super().resizeEvent(event)
        self.panel.set_narrow(self.width() < NARROW)

    def _connect(self) -> None:
        self.heading.wanted.connect(self.act)
        self.head.edited.connect(self._edited)
        self.head.customer_chosen.connect(self._customer_chosen)
        self.head.terms_changed.connect(self._terms_changed)
        self.head.done.connect(lambda: self.lines.view.begin(max(self.lines.model.rowCount() - 1, 0)))
        self.lines.edited.connect(self._edited)
        self.lines.line_changed.connect(self._show_facts)
        self.lines.said.connect(self._say)
        self.lines.failed.connect(self.failed)
        self.lines.product_wanted.connect(self._new_product)
        self.lines.left.connect(lambda: self.totals.discount.setFocus())
        self.totals.edited.connect(self._edited)
        self.client.bus.changed.connect(self._heard)
        for keys, key in (("Ctrl+S", "save"), ("F9", "confirm"), ("Ctrl+P", "print")):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(lambda key=key: self.act(key))

    # The page as the workspace sees it

    def title(self) -> str:
        """Text of the tab."""
        return self.heading.title()

    def dirty(self) -> bool:
        """True while typed input is not saved."""
        return self._dirty

    def can_close(self) -> bool:
        """Not with unsaved input, unless it is given up in the message that then appears."""
        if not self._dirty or self._closing:
            return True
        self.messages.warning(
            tr("This order is not saved. Save it, or discard what was typed."),
            (tr("Save"), lambda: self.act("save")),
            (tr("Keep as draft"), self._leave),
            (tr("Discard"), self._discard),
        )
        return False

    def _leave(self) -> None:
        """The draft is offered when the order is opened again."""

        def kept() -> None:
            self._closing = True
            self.close_wanted.emit()

        self.keeping.keep(kept)

    def on_shown(self) -> None:
        """A new order begins at its customer."""
        if self._record is None and self.head.value("customer_id") is None:
            self.head.customer.setFocus()

    @property
    def record(self) -> OrderRecord | None:
        """The order as it was read last; None while it is new."""
        return self._record

    # The form as its draft sees it: a KeptPage

    entity: Entity = ORDER

    @property
    def record_id(self) -> int | None:
        """The order that was saved or opened here."""
        return self._order_id

    @property
    def version(self) -> int | None:
        """The version that was read last."""
        return None if self._record is None else self._record.version

    @property
    def settled(self) -> bool:
        """Whether nothing is being put into the form just now."""
        return not self._reading.busy and self._over is None

    def may_type(self) -> bool:
        """Only a draft is typed into."""
        return not self.lines.model.read_only

    def kept(self) -> dict[str, Any]:
        """Head, lines and terms as they stand."""
        return dict(keep(self.head.values(), self.lines.model.lines(), self.totals.terms()))

    def begun(self) -> Sent | None:
        """The save that was begun and not answered."""
        key = self._requests.key_of("save")
        return None if key is None else Sent((key,), self._sent)

    def made_by(self, changes: Changes) -> int:
        """The order that a save has made or changed."""
        return changes.id

    def base(self) -> Mapping[str, Any]:
        """Nobody compares orders line by line."""
        return {}

    def go_on(self, record_id: int | None, values: Mapping[str, Any], base: Mapping[str, Any]) -> None:
        """Be the form of that order, with a draft typed over it."""
        self._over = values
        if record_id != self._order_id:
            self._order_id = record_id
            self.reload()
        elif not self._reading.busy:
            self._put_over()

    def _put_over(self) -> None:
        values, database = self._over, self.client.database
        if values is None:
            return
        if not self.may_type():
            self._over = None
            self.messages.warning(
                tr("What you typed since then is not in it, and it cannot be changed any more.")
            )
            return

        def failed(error: Exception) -> None:
            if not isinstance(error, Cancelled):
                # what is to be put in stays: nothing is kept in its place until it stands here
                self.messages.error(error, (tr("Try again"), self._put_over))

        self._recalling.start(lambda _control: recall(database, values), self._put, failed)

    def _put(self, kept: Recalled) -> None:
        self._over = None
        if kept.terms is not None:
            self.head.set_terms(kept.terms, defaults=False)
        self.head.set_values(kept.order.head)
        self.lines.terms = self._terms()
        self.lines.show_lines(kept.order.draft_lines(kept.products, self._precision), read_only=False)
        self.totals.set_terms(kept.order.terms)
        self._edited()

    @property
    def dialog(self) -> QWidget | None:
        """The dialog that was opened last."""
        return self.follow_ups.dialog

    @property
    def busy(self) -> bool:
        """True while something is read or written."""
        return self._busy or self._reading.busy or self._recalling.busy or self.keeping.busy

    # Reading

    def _load(self) -> None:
        database, order_id = self.client.database, self._order_id
        customer = self._values.get("customer_id")

        self._reading.start(
            lambda _control: open_order(database, order_id, customer),
            self._opened,
            self.failed,
            title=tr(ORDER.title),
        )

    def _opened(self, opened: Opened) -> None:
        self.head.set_lists(opened.lists)
        self.follow_ups.warehouses = opened.lists.warehouses
        if opened.record is not None:
            self._show(opened.record)
        else:
            first = opened.lists.warehouses[0].id if opened.lists.warehouses else None
            values = {key: value for key, value in self._values.items() if key != "customer_id"}
            self.head.set_values({"warehouse_id": first, **values})
            if opened.terms is not None:
                self._take_terms(opened.terms)
            self._terms_changed(False, edited=False)
        self.keeping.find()
        self.loaded.emit()

    def _show(self, record: OrderRecord) -> None:
        self._record, self._order_id = record, record.id
        read_only = record.state != "draft" or not self.client.can(ORDER, "edit")
        self.head.set_terms(record.terms, defaults=False)
        self.head.set_values({**record.head, **record.own})
        self.head.set_owner(self.client.dictionary.user(record.owner_id))
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
        self.heading.show_record(record)
        self.follow_ups.show_record(record)
        self._set_dirty(False)
        self._recalculate()
        self.title_changed.emit()
        self._put_over()

    def reload(self) -> None:
        """Read the order again."""
        if self._order_id is None:
            return
        database, order_id = self.client.database, self._order_id
        self._reading.start(lambda _control: read_again(database, order_id), self._show, self.failed)

    def _heard(self, notice: Notice) -> None:
        """Somebody changed something: visible figures follow, typed input is never thrown away."""
        if notice.entity in ("stock.balance", "products.product", "*") and self.may_type():
            self.lines.use_terms(self._terms(), prices=False)
            self.panel.again()
        if self._order_id is None or self._busy:
            return
        ours = notice.entity == "*" or (
            notice.entity == ORDER.key and (notice.ids is None or self._order_id in notice.ids)
        )
        if not ours or (notice.own and self.may_type()):
            # what this form has written itself it has read again already
            return
        if not self._dirty and not self.lines.editing():
            self.reload()
        elif notice.entity == ORDER.key:
            self.messages.warning(
                tr("Somebody else has changed this order."), (tr("Load it again"), self.reload)
            )

    # Editing

    def _terms(self) -> Terms:
        return Terms(self.head.value("price_level_id"), self.head.value("warehouse_id"))

    def _edited(self) -> None:
        self._set_dirty(True)
        self._closing = False
        self.keeping.touched()
        self._recalculate()

    def _set_dirty(self, dirty: bool) -> None:
        if dirty != self._dirty:
            self._dirty = dirty
            self.dirty_changed.emit()

    def _discard(self) -> None:
        self._requests.done("save", "confirm")
        self._set_dirty(False)
        self.keeping.forget()
        self.close_wanted.emit()
        if self._order_id is not None:
            self.reload()

    def _recalculate(self) -> None:
        try:
            totals = order_totals(self.lines.model.amounts(), self.totals.terms())
        except Invalid as problem:
            self.messages.warning(str(problem))
            return
        lines = [line for line in self.lines.model.lines() if line.product is not None]
        kinds = len({line.product.id for line in lines if line.product is not None})
        pieces = sum((line.pieces for line in lines), Decimal(0))
        self.totals.show_totals(totals, kinds, pieces)
        self.lines.count.setText(tr("{count} rows", count=len(lines)) if lines else "")
        counted = self._record is not None and self._record.state == "confirmed"
        self.head.set_order_total(totals.total, counted=counted)

    def _customer_chosen(self, customer_id: int) -> None:
        database = self.client.database
        self._customer_slot.start(
            lambda _control: terms_of(database, customer_id), self._take_terms, self.failed
        )

    def _take_terms(self, terms: CustomerTerms) -> None:
        before = self.head.value("price_level_id")
        self.head.set_terms(terms, defaults=True)
        self._terms_changed(self.head.value("price_level_id") != before, edited=False)
        self._recalculate()

    def _terms_changed(self, prices: bool, edited: bool = True) -> None:
        self.lines.use_terms(self._terms(), prices=prices)
        self._show_facts()

    def _show_facts(self) -> None:
        self.panel.show_line(
            self.lines.current(),
            customer_id=self.head.value("customer_id"),
            level_id=self.head.value("price_level_id"),
            warehouse_id=self.head.value("warehouse_id"),
        )

    def _new_product(self, row: int, words: str) -> None:
        dialog = NewProductDialog(self.client, words, self)
        dialog.made.connect(lambda product_id: self.lines.take_product(row, product_id))
        dialog.rejected.connect(lambda: self.lines.view.begin(row))
        self.follow_ups.open(dialog)
        dialog.editors["model" if words else "name"].setFocus()

    # Writing

    def act(self, key: str) -> None:
        """Do one of the actions of the title row, if it is offered now."""
        if not self.heading.offered(key):
            return
        if key in ("save", "confirm"):
            self._write(confirm=key == "confirm")
        else:
            self.follow_ups.start(key)

    def _write(self, *, confirm: bool) -> None:
        self.lines.finish_editing()
        if self.head.problem(new=self._record is None) is not None:
            return
        wrong = self._wrong(confirm)
        if wrong:
            self.messages.warning(wrong)
            return
        if not confirm and self._record is not None and not self._dirty:
            return
        arguments = self._arguments() if self._dirty or self._record is None else None
        database, requests, order_id = self.client.database, self._requests, self._order_id

        before = None
        if arguments is not None:
            if requests.pending("save") is None:
                requests.key("save", arguments)
                self._sent = self.kept()
            before = self.keeping.before_sending()

        def work(_control: Control) -> Written:
            if before is not None:
                before()
            return save(database, requests, arguments, order_id, confirm=confirm)

        self._set_busy(True)
        Task(self, work, lambda done: self._written(done, confirm), self.failed, title=tr("Saving"))

    def _wrong(self, confirm: bool) -> str:
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

    def _arguments(self) -> dict[str, Any]:
        return as_arguments(
            self.head.values(),
            self.lines.model.lines(),
            terms=self.totals.terms(),
            stored=None if self._record is None else (self._record.id, self._record.version),
        )

    def _set_busy(self, busy: bool) -> None:
        self._busy = busy
        self.heading.set_busy(busy)

    def _written(self, written: Written, confirm: bool) -> None:
        self._set_busy(False)
        for message in self.messages.messages:
            message.close_message()
        self._show(written.record)
        self.keeping.answered()
        self.saved.emit(written.record.id)
        if written.refusal is not None:
            self._refused(written.refusal)
        elif confirm:
            self.messages.done(tr("Order {number} is confirmed.", number=written.record.number))
        else:
            self.messages.done(tr("Saved as a draft."))
        if not confirm:
            self.head_warning()

    def head_warning(self) -> None:
        """Say so when the order takes the customer beyond his credit."""
        warning = self.head.credit_warning()
        if warning:
            self.messages.warning(warning)

    def _refused(self, error: ShukeError) -> None:
        """Say why, and go to the row that is meant."""
        self.messages.error(str(error))
        product = error.values.get("product")
        for row, line in self.lines.model.rows():
            if line.product is not None and line.product.name == product and line.below_lowest:
                self.lines.view.begin(row, "tax_price")
                return

    def failed(self, error: Exception) -> None:
        """Say what went wrong, at its field where it has one."""
        self._set_busy(False)
        if isinstance(error, Cancelled):
            return
        if self._dirty:
            self.keeping.touched()
        if isinstance(error, Invalid) and error.field in self.head.editors:
            self.head.editors[error.field].set_error(str(error))
            self.head.editors[error.field].setFocus()
        elif isinstance(error, ShukeError):
            self.messages.error(str(error))
        else:
            self.client.shell.error(error)

    def _say(self, kind: str, text: str) -> None:
        {"info": self.messages.info, "done": self.messages.done}.get(kind, self.messages.warning)(text)

    def retranslate(self) -> None:
        """Set the texts that are its own."""
        self._recalculate()
        self.title_changed.emit()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
