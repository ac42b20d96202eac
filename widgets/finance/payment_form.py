"""A payment: who paid, how much, into which account; the oldest open orders are filled by themselves (FIN-02)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QWidget

from services.clock import today
from services.commands import Changes
from services.entity import Kind
from services.errors import Invalid
from services.finance.commands import post_payment, reverse_payment, use_advance
from services.finance.entities import PAYMENT_ENTITY, PAYMENT_STATES
from services.finance.queries import (
    AccountRow,
    Debtor,
    PaymentRecord,
    accounts,
    debtor,
    latest_rates,
    read_payment,
    share_out,
)
from services.language import mark, tr
from services.money import ZERO, product
from services.money import amount as cents
from services.typed import plain_digits
from widgets.base.client import Client
from widgets.base.document_page import DocumentPage
from widgets.base.editors.base import Editor
from widgets.base.editors.choice import ChoiceEditor
from widgets.base.editors.date import DateEditor
from widgets.base.editors.named import NamedEditor
from widgets.base.editors.number import NumberEditor
from widgets.base.editors.reference import ReferenceEditor
from widgets.base.editors.text import TextEditor
from widgets.base.formatting import number_text, time_text
from widgets.base.line_grid import GridColumn, LineGrid, Row
from widgets.base.reason_dialog import ReasonDialog
from widgets.base.tasks import TaskSlot


def _payable(value: Decimal, row: Row) -> str | None:
    if value != value.quantize(Decimal("0.01")):
        return tr("Amounts have two decimals.")
    if value < 0 or value > row["open"]:
        return tr("Only {open} of this order are unpaid.", open=plain_digits(row["open"], 2))
    return None


COLUMNS: Final = (
    GridColumn("number", mark("Order number"), width=150),
    GridColumn("date", mark("Date"), Kind.DATE, 100),
    GridColumn("due_on", mark("Due on"), Kind.DATE, 100),
    GridColumn("subject", mark("Subject"), width=140, stretch=True),
    GridColumn("gross", mark("Amount"), Kind.AMOUNT, 110),
    GridColumn("received", mark("Received"), Kind.AMOUNT, 110),
    GridColumn("open", mark("Unpaid amount"), Kind.AMOUNT, 125),
    GridColumn("part", mark("Paid now"), Kind.AMOUNT, 120, editable=True, check=_payable),
    GridColumn("left", mark("Left after it"), Kind.AMOUNT, 110),
)


@dataclass(frozen=True, slots=True)
class Opened:
    """What the page is opened with."""

    accounts: tuple[AccountRow, ...]
    record: PaymentRecord | None
    debtor: Debtor | None
    rates: Mapping[str, Decimal]
    """The newest rate of every other currency."""


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
        self._by_hand = False
        self._debtor_slot = TaskSlot(self)
        self.customer = ReferenceEditor(client, client.entities["customers.customer"])
        self.amount = NumberEditor(places=2, fixed=True)
        self.account = NamedEditor()
        self.date = DateEditor()
        self.kind = ChoiceEditor(lambda: client.dictionary, "payment_kind")
        self.payer = TextEditor(length=120)
        self.reference = TextEditor(length=60)
        self.remark = TextEditor(length=400)
        self.charge = NumberEditor(places=2, fixed=True)
        self.rounding = NumberEditor(places=2, fixed=True)
        self.currency = ChoiceEditor(lambda: client.dictionary, "currency")
        self.currency_amount = NumberEditor(places=2, fixed=True)
        self.rate = NumberEditor(places=6)
        self.difference = NumberEditor(places=2, fixed=True)
        self._rates: Mapping[str, Decimal] = {}
        self.dialog: ReasonDialog | None = None
        self.add_button("reverse", "undo-2")
        self.add_button("again", "repeat")
        self.add_button("allocate", "coins", shortcut="F8")
        self.add_button("post", "check", primary=True, shortcut="F9")
        head, layout = self.card()
        layout.addLayout(self._fields())
        self.facts, self.keys, self.summary = QLabel(), QLabel(), QLabel()
        self.facts.setProperty("role", "muted")
        self.facts.setTextFormat(Qt.TextFormat.PlainText)
        self.keys.setProperty("role", "small")
        self.summary.setProperty("role", "heading")
        self.grid = LineGrid(COLUMNS)
        self.grid.lines.tone = lambda row, key: "muted" if key == "left" and not row.get("left") else ""
        lines, below = self.card()
        below.addWidget(self.facts)
        below.addWidget(self.grid, 1)
        foot = QHBoxLayout()
        foot.addWidget(self.keys)
        foot.addStretch(1)
        foot.addWidget(self.summary)
        below.addLayout(foot)
        self.body.addWidget(head)
        self.body.addWidget(lines, 1)
        self.customer.changed.connect(self._customer_changed)
        for editor in (self.amount, self.rounding, self.difference):
            editor.changed.connect(self.fill)
        self.currency.changed.connect(self._currency_changed)
        for editor in (self.currency_amount, self.rate):
            editor.changed.connect(self._convert)
        self.grid.lines.edited.connect(self._part_typed)
        self.grid.left.connect(self.buttons["post"].setFocus)
        self.retranslate()
        self.load()

    def _fields(self) -> QGridLayout:
        return self.field_grid(
            (
                ("customer_id", mark("Customer"), self.customer, 5),
                ("amount", mark("Amount"), self.amount, 2),
                ("account_id", mark("Account"), self.account, 3),
                ("date", mark("Date"), self.date, 2),
            ),
            (
                ("kind", mark("Kind of payment"), self.kind, 2),
                ("payer", mark("Payer"), self.payer, 3),
                ("reference", mark("Slip number"), self.reference, 3),
                ("remark", mark("Remark"), self.remark, 4),
            ),
            (
                ("charge", mark("Bank charge"), self.charge, 2),
                ("rounding", mark("Rounding difference"), self.rounding, 2),
                ("currency", mark("Other currency"), self.currency, 2),
                ("currency_amount", mark("Amount in the currency"), self.currency_amount, 2),
                ("rate", mark("CNY for one unit"), self.rate, 2),
                ("exchange_difference", mark("Exchange difference"), self.difference, 2),
            ),
            required=("customer_id", "amount", "account_id"),
        )

    # -- reading

    def read(self) -> Opened:
        """Accounts, the payment, and what its customer owes."""
        with self.client.database.read_session() as session:
            record = None if self.record_id is None else read_payment(session, self.record_id)
            customer = self._values.get("customer_id") if record is None else record.customer_id
            owing = debtor(session, customer) if isinstance(customer, int) and self._may_post() else None
            return Opened(accounts(session), record, owing, latest_rates(session))

    def _may_post(self) -> bool:
        return self.client.user.can("finance.payment.post")

    def show_record(self, found: Opened) -> None:
        """Show the payment, or an empty one."""
        self.record, self._debtor, self._rates = found.record, found.debtor, found.rates
        self.account.set_rows([(a.id, a.name, "") for a in found.accounts])
        record = found.record
        for editor in self.editors.values():
            editor.set_read_only(record is not None or not self._may_post())
        if record is None:
            self.date.set_value(today())
            self.account.set_value(found.accounts[0].id if found.accounts else None)
            self.kind.set_value("payment_kind.goods")
            if found.debtor is not None:
                self.customer.learn({found.debtor.id: found.debtor.name})
                self.customer.set_value(found.debtor.id)
            if isinstance(self._values.get("amount"), Decimal):
                self.amount.set_value(self._values["amount"])
            self._show_currency()
            self._show_orders()
            return
        self.customer.learn({record.customer_id: record.customer})
        self.customer.set_value(record.customer_id)
        self.amount.set_value(record.amount)
        self.account.line.setText(record.account)
        for key in (
            *("date", "kind", "payer", "reference", "remark", "charge", "rounding"),
            *("currency", "currency_amount", "rate", "exchange_difference"),
        ):
            self.editors[key].set_value(getattr(record, key) or None)
        self._show_orders()

    def on_shown(self) -> None:
        """A new payment begins at the customer."""
        if self.record_id is None and self.customer.value() is None:
            self.customer.setFocus()

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
        customer = self.customer.value()
        self._debtor, self._by_hand = None, False
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

    @property
    def busy(self) -> bool:
        """True while something is read or written."""
        return super().busy or self._debtor_slot.busy

    # -- the parts

    def _to_share(self) -> Decimal:
        """What can be given to orders: the amount typed, or what is left of the payment."""
        if self.record is not None:
            return self.record.advance
        return sum((_typed(editor) for editor in (self.amount, self.rounding, self.difference)), ZERO)

    def _currency_changed(self) -> None:
        currency = self.currency.value()
        self.rate.set_value(self._rates.get(currency) if isinstance(currency, str) else None)
        if currency is None:
            self.currency_amount.set_value(None)
            self.difference.set_value(None)
        self._show_currency()
        self._convert()

    def _show_currency(self) -> None:
        """In another currency the amount follows; without one there is nothing to convert."""
        foreign = self.currency.value() is not None
        self.amount.set_read_only(foreign or self.record is not None or not self._may_post())
        for editor in (self.currency_amount, self.rate, self.difference):
            editor.set_read_only(not foreign or self.record is not None)

    def _convert(self) -> None:
        if self.record is None and self.currency.value() is not None:
            worth = cents(product(_typed(self.currency_amount), _typed(self.rate)))
            self.amount.set_value(worth or None)
        self.fill()

    def _show_orders(self) -> None:
        record, owing = self.record, self._debtor
        usable = owing is not None and self._may_post() and (record is None or record.advance > 0)
        if not usable or owing is None:
            parts = () if record is None else record.allocations
            rows = [{"id": p.order_id, "number": p.number, "part": p.amount} for p in parts]
            self.grid.lines.set_rows(rows, read_only=True)
        else:
            rows = [
                {
                    "id": order.id,
                    "number": order.number,
                    "date": order.date,
                    "due_on": order.due_on,
                    "subject": order.subject,
                    "gross": order.gross,
                    "received": order.received,
                    "open": order.open,
                    "part": None,
                    "left": order.open,
                }
                for order in owing.orders
            ]
            self.grid.lines.set_rows(rows, read_only=False)
        for key in ("date", "due_on", "gross", "received", "open", "left"):
            self.grid.show_column(key, usable)
        if record is None:
            self.fill()
        self._sum_up()

    def fill(self) -> None:
        """Give the amount to the oldest orders first, unless somebody typed parts himself."""
        if self._debtor is not None and not self._by_hand and not self.grid.lines.read_only:
            parts = share_out(self._to_share(), self._debtor.orders)
            for row in self.grid.lines.rows:
                row["part"] = parts.get(row["id"])
                row["left"] = row["open"] - (row["part"] or ZERO)
            self._repaint()
        self._sum_up()

    def _repaint(self) -> None:
        lines = self.grid.lines
        if lines.rowCount():
            lines.dataChanged.emit(lines.index(0, 0), lines.index(lines.rowCount() - 1, len(COLUMNS) - 1))

    def _part_typed(self, at: int, key: str) -> None:
        row = self.grid.lines.rows[at]
        row["left"] = row["open"] - (row["part"] or ZERO)
        self._by_hand = True
        self.set_dirty(True)
        self._sum_up()

    def _parts(self) -> list[tuple[int, Decimal]]:
        return [(row["id"], row["part"]) for row in self.grid.lines.rows if row.get("part")]

    def _sum_up(self) -> None:
        given = sum((part for _, part in self._parts()), ZERO)
        if self.record is not None:
            left = self.record.advance - (given if not self.grid.lines.read_only else ZERO)
        else:
            left = self._to_share() - given
        words = tr("To orders {given}    Advance {left}", given=_money(given), left=_money(left))
        if left < 0:
            words = tr("{excess} more is given to orders than was paid", excess=_money(-left))
        self.summary.setText(words)
        self.summary.setProperty("tone", "bad" if left < 0 else "")
        owing = self._debtor
        facts = []
        if owing is not None:
            facts.append(tr("Owes {amount}", amount=_money(owing.receivable)))
            facts.append(tr("{count} open orders", count=len(owing.orders)))
            ahead = sum((advance.left for advance in owing.advances), ZERO)
            if ahead and self.record is None:
                facts.append(tr("Has paid {amount} in advance", amount=_money(ahead)))
        record = self.record
        if record is not None:
            by = self.client.dictionary.user(record.created_by)
            if record.credited != record.amount:
                facts.append(tr("Owes {amount} less", amount=_money(record.credited)))
            if record.reverses is not None:
                facts.append(tr("Reverses {number}", number=record.reverses[1]))
            facts.append(tr("Handled by {name}, {time}", name=by, time=time_text(record.created_at)))
        self.facts.setText("    ".join(facts))

    # -- writing

    def do(self, key: str) -> None:
        """Post, use the advance, begin the next one."""
        self.grid.finish_editing()
        if key == "post":
            self._post()
        elif key == "allocate" and self.record is not None:
            if not self._parts() and self._debtor is not None:
                self._by_hand = False
                self.fill()
                self.messages.info(tr("Filled from the oldest order on. Change it, or press F8 again."))
                return
            self.write(
                "allocate",
                use_advance,
                self._allocated,
                payment_id=self.record.id,
                orders=tuple(self._parts()),
            )
        elif key == "reverse":
            self._reverse()
        elif key == "again":
            self.client.shell.new_record(PAYMENT_ENTITY.key)

    def _post(self) -> None:
        if self.typed_problem():
            return
        customer, amount, account = self.customer.value(), self.amount.value(), self.account.value()
        for field, value, problem in (
            ("customer_id", customer, tr("Choose the customer.")),
            ("amount", amount, tr("Enter the amount that was paid.")),
            ("account_id", account, tr("Choose the account.")),
        ):
            if not value:
                self.failed(Invalid(problem, field=field))
                return
        self.write(
            "post",
            post_payment,
            self._posted,
            customer_id=customer,
            account_id=account,
            amount=amount,
            date=self.date.value() or today(),
            orders=tuple(self._parts()),
            kind=self.kind.value(),
            payer=self.payer.value(),
            reference=self.reference.value(),
            remark=self.remark.value(),
            charge=_typed(self.charge),
            rounding=_typed(self.rounding),
            currency=self.currency.value(),
            currency_amount=self.currency_amount.value(),
            rate=self.rate.value(),
            exchange_difference=_typed(self.difference),
        )

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
        self.offer("again", record is not None and self._may_post())

    def retranslate(self) -> None:
        """Set every text."""
        super().retranslate()
        self.show_state(PAYMENT_STATES)
        self.set_button("post", tr("Post"), "F9")
        self.set_button("again", tr("Next payment"))
        self.keys.setText(tr("Enter next cell    F9 post"))
        if hasattr(self, "summary"):
            self._sum_up()


def _typed(editor: Editor) -> Decimal:
    value = editor.value()
    return value if isinstance(value, Decimal) else ZERO


def _money(amount: Decimal) -> str:
    return number_text(amount, Kind.AMOUNT)
