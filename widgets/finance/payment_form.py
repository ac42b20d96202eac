"""A payment: who paid, how much, into which account; the oldest open orders are filled by themselves (FIN-02)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from PySide6.QtWidgets import QWidget

from printing.payment_receipt import payment_receipt
from services.changes import Notice
from services.commands import Changes
from services.errors import Invalid, NotAvailable, Refused
from services.finance.commands import post_payment, reverse_payment, use_advance
from services.finance.entities import PAYMENT_ENTITY, PAYMENT_STATES
from services.finance.queries import (
    AccountRow,
    Debtor,
    PaymentRecord,
    Rates,
    accounts,
    debtor,
    rates,
    read_payment,
)
from services.language import tr
from services.sales.entities import ORDER
from widgets.base.client import Client
from widgets.base.document_page import DocumentPage
from widgets.base.page_paper import PagePaper
from widgets.base.reason_dialog import ReasonDialog
from widgets.base.tasks import TaskSlot
from widgets.finance.payment_fields import REQUIRED, PaymentFields
from widgets.finance.payment_parts import PaymentParts
from widgets.finance.print_data import payment_receipt_data


@dataclass(frozen=True, slots=True)
class Opened:
    """What the page is opened with."""

    accounts: tuple[AccountRow, ...]
    record: PaymentRecord | None
    debtor: Debtor | None
    rates: Rates


class PaymentForm(DocumentPage):
    """One payment. A new one is typed and posted; a posted one is shown, and its advance can be given to orders."""

    def __init__(
        self,
        client: Client,
        payment_id: int | None = None,
        values: Mapping[str, Any] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(client, PAYMENT_ENTITY, payment_id, parent)
        self.record: PaymentRecord | None = None
        self._values = dict(values or {})
        self._debtor: Debtor | None = None
        self._debtor_slot = TaskSlot(self)
        self.dialog: ReasonDialog | None = None
        self.add_button("reverse", "undo-2")
        self.add_button("again", "repeat")
        self.add_button("print", "printer", shortcut="Ctrl+P")
        self.add_button("allocate", "coins", shortcut="F8")
        self.add_button("post", "check", primary=True, shortcut="F9")
        self.fields = PaymentFields(client, self)
        head, layout = self.card()
        layout.addLayout(self.field_grid(*self.fields.rows(), required=REQUIRED))
        self.parts = PaymentParts(client)
        self.grid = self.parts.grid
        self.body.addWidget(head)
        self.body.addWidget(self.parts, 1)
        self.paper = PagePaper(
            self,
            "payment_receipt",
            lambda record, _prices: payment_receipt(payment_receipt_data(record, client.dictionary)),
        )
        self.fields.customer.changed.connect(self._customer_changed)
        self.fields.money_changed.connect(self._share)
        self.parts.typed.connect(lambda: self.set_dirty(True))
        self.grid.left.connect(self.buttons["post"].setFocus)
        client.bus.changed.connect(self._orders_heard)
        self.keep_input()
        self.retranslate()
        self.load()

    # -- reading

    def read(self) -> Opened:
        """Accounts, the payment, and what its customer owes."""
        with self.client.database.read_session() as session:
            record = None if self.record_id is None else read_payment(session, self.record_id)
            customer = self._values.get("customer_id") if record is None else record.customer_id
            owing = debtor(session, customer) if isinstance(customer, int) and self._may_post() else None
            return Opened(accounts(session), record, owing, rates(session))

    def _may_post(self) -> bool:
        return self.client.user.can("finance.payment.post")

    def show_record(self, found: Opened) -> None:
        """Show the payment, or an empty one."""
        self.record, self._debtor = found.record, found.debtor
        if found.record is not None:
            self.fields.show_record(found.record, found.accounts)
            self._show_orders()
            return
        self.fields.begin(found.accounts, found.rates, may_post=self._may_post())
        if found.debtor is not None:
            self.fields.customer.learn({found.debtor.id: found.debtor.name})
            self.fields.customer.set_value(found.debtor.id)
        if isinstance(self._values.get("amount"), Decimal):
            self.fields.amount.set_value(self._values["amount"])
        self._show_orders()

    def may_type(self) -> bool:
        """Until it is posted."""
        return self.record is None and self._may_post()

    def kept(self) -> dict[str, Any]:
        """The fields, and the parts of the orders where somebody typed them himself."""
        parts = [[order, part] for order, part in self.parts.given()] if self.parts.by_hand else None
        return {**super().kept(), "parts": parts}

    def recall(self, values: Mapping[str, Any]) -> Debtor | None:
        """What the customer of a draft owes today; None where he is not to be seen any more."""
        customer = values.get("customer_id")
        if not isinstance(customer, int):
            return None
        with self.client.database.read_session() as session:
            try:
                return debtor(session, customer)
            except NotAvailable:
                return None

    def take_up(self, values: Mapping[str, Any], recalled: Debtor | None) -> None:
        """Show a draft."""
        super().take_up(values, recalled)
        self.fields.lock()
        self._debtor, self.parts.by_hand = recalled, False
        self._show_orders()
        if values["parts"] is not None:
            self.parts.take_up(dict(values["parts"]))

    def on_shown(self) -> None:
        """A new payment begins at the customer."""
        if self.record_id is None and self.fields.customer.value() is None:
            self.fields.customer.setFocus()

    def fields_done(self) -> None:
        """Enter in the last field: the parts, or the button where there are none."""
        if self.grid.lines.rowCount():
            self.grid.begin(0, "part")
        else:
            self.buttons["post"].setFocus()

    def step_on(self, key: str) -> None:
        """After the account everything needed is known: Enter goes to the orders."""
        if key == "account_id":
            self.fields_done()
        else:
            super().step_on(key)

    def _customer_changed(self) -> None:
        customer = self.fields.customer.value()
        self._debtor, self.parts.by_hand = None, False
        self.grid.lines.set_rows([], read_only=True)
        self._debtor_slot.drop()
        if not isinstance(customer, int):
            self._show_orders()
            return
        database = self.client.database

        def work(_control: object) -> Debtor:
            with database.read_session() as session:
                return debtor(session, customer)

        self._debtor_slot.start(work, self._debtor_read, self.failed)

    def _debtor_read(self, found: Debtor) -> None:
        self._debtor = found
        self._show_orders()

    def _orders_heard(self, notice: Notice) -> None:
        """Somebody is paid by the same customer while a payment is typed: what is open follows."""
        if self.record_id is None and self._debtor is not None and not self._busy:
            shown = {order.id for order in self._debtor.orders}
            ours = notice.entity == ORDER.key and (notice.ids is None or not shown.isdisjoint(notice.ids))
            if ours or notice.entity == "*":
                self._read_orders_again()

    def _read_orders_again(self) -> None:
        debtor_before = self._debtor
        assert debtor_before is not None
        database, customer = self.client.database, debtor_before.id

        def work(_control: object) -> Debtor:
            with database.read_session() as session:
                return debtor(session, customer)

        self._debtor_slot.start(work, self._debtor_read_again, self.failed)

    def _debtor_read_again(self, found: Debtor) -> None:
        self._debtor = found
        if self.parts.follow(found):
            self.messages.info(tr("What these orders have open has changed meanwhile: it is filled in anew."))

    def failed(self, error: Exception) -> None:
        """Say so; what was refused may be that somebody else was faster, so the orders are read again."""
        super().failed(error)
        if isinstance(error, Refused) and self.record_id is None and self._debtor is not None:
            self._read_orders_again()

    @property
    def busy(self) -> bool:
        """True while something is read or written."""
        return super().busy or self._debtor_slot.busy

    def _show_orders(self) -> None:
        self.parts.show_orders(self.record, self._debtor, may_post=self._may_post())
        if self.record is None:
            self._share()

    def _share(self) -> None:
        self.parts.share(self.record.advance if self.record is not None else self.fields.credited())

    # -- writing

    def do(self, key: str) -> None:
        """Post, print, use the advance, begin the next one."""
        self.grid.finish_editing()
        if key == "post":
            self._post()
        elif key == "allocate" and self.record is not None:
            self._allocate(self.record)
        elif key == "print":
            self.paper.open()
        elif key == "reverse":
            self._reverse()
        elif key == "again":
            self.client.shell.new_record(PAYMENT_ENTITY.key)

    def _post(self) -> None:
        if self.typed_problem():
            return
        try:
            self.fields.require()
        except Invalid as problem:
            self.failed(problem)
            return
        self.write(
            "post",
            post_payment,
            self._posted,
            orders=tuple(self.parts.given()),
            **self.fields.arguments(),
        )

    def _allocate(self, record: PaymentRecord) -> None:
        if not self.parts.given() and self._debtor is not None:
            self.parts.by_hand = False
            self._share()
            self.messages.info(tr("Filled from the oldest order on. Change it, or press F8 again."))
            return
        orders = tuple(self.parts.given())
        self.write("allocate", use_advance, self._allocated, payment_id=record.id, orders=orders)

    def _reverse(self) -> None:
        dialog = ReasonDialog(
            tr("Reverse"),
            tr("Why is the payment reversed? Its orders are unpaid again, the money leaves the account."),
            self,
            needed=True,
        )
        dialog.accepted.connect(lambda: self._write_reversal(dialog.said.text()))
        self.dialog = dialog
        dialog.open()
        dialog.said.setFocus()

    def _write_reversal(self, reason: str) -> None:
        if self.record is not None:
            self.write("reverse", reverse_payment, self._reversed, payment_id=self.record.id, reason=reason)

    def _reversed(self, changes: Changes) -> None:
        self.set_dirty(False)
        self.messages.done(tr("The payment is reversed by {number}.", number=changes.result["number"]))
        if self.record_id is not None:
            self.saved.emit(self.record_id)
        self.load()

    def _posted(self, changes: Changes) -> None:
        self.record_id = changes.id
        self.set_dirty(False)
        self.messages.done(tr("Payment {number} is posted.", number=changes.result["number"]))
        self.saved.emit(changes.id)
        self.load()

    def _allocated(self, changes: Changes) -> None:
        self.set_dirty(False)
        self.messages.done(tr("The advance was given to the orders."))
        self.load()

    # -- looks

    def refresh_buttons(self) -> None:
        """By state and rights."""
        record = self.record
        self.offer("post", self.record_id is None and self._may_post())
        owes = self._debtor is not None and bool(self._debtor.orders)
        self.offer("allocate", record is not None and record.advance > 0 and self._may_post() and owes)
        self.offer("reverse", record is not None and self.may("reverse"))
        self.offer("print", record is not None and self.may("print"))
        self.offer("again", record is not None and self._may_post())

    def retranslate(self) -> None:
        """Set every text."""
        super().retranslate()
        self.show_state(PAYMENT_STATES)
        self.set_button("post", tr("Post"), "F9")
        self.set_button("again", tr("Next payment"))
