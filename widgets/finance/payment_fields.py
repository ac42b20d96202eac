"""What is typed of a payment: customer, money, account, currency; in another currency the amount follows its rate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from PySide6.QtCore import QObject, Signal

from services.clock import today
from services.errors import Invalid
from services.finance.queries import AccountRow, PaymentRecord, Rates, rate_on
from services.language import mark, tr
from services.money import ZERO, product
from services.money import amount as cents
from widgets.base.client import Client
from widgets.base.editors.base import Editor
from widgets.base.editors.choice import ChoiceEditor, UserEditor
from widgets.base.editors.date import DateEditor
from widgets.base.editors.named import NamedEditor
from widgets.base.editors.number import NumberEditor
from widgets.base.editors.reference import ReferenceEditor
from widgets.base.editors.text import TextEditor

REQUIRED = ("customer_id", "amount", "account_id")


class PaymentFields(QObject):
    """The editors of one payment; the page lays them out."""

    money_changed = Signal()
    """What can be given to orders is another sum now."""

    def __init__(self, client: Client, parent: QObject) -> None:
        super().__init__(parent)
        self._client = client
        self._rates: Rates = {}
        self._record: PaymentRecord | None = None
        self._may_post = False
        self.customer = ReferenceEditor(client, client.entities["customers.customer"])
        self.amount = NumberEditor(places=2, fixed=True)
        self.account = NamedEditor()
        self.date = DateEditor()
        self.kind = ChoiceEditor(lambda: client.dictionary, "payment_kind")
        self.payer = TextEditor(length=120)
        self.reference = TextEditor(length=60)
        self.remark = TextEditor(length=400)
        self.handled_by = UserEditor(lambda: client.dictionary)
        self.charge = NumberEditor(places=2, fixed=True)
        self.rounding = NumberEditor(places=2, fixed=True)
        self.currency = ChoiceEditor(lambda: client.dictionary, "currency")
        self.currency_amount = NumberEditor(places=2, fixed=True)
        self.rate = NumberEditor(places=6)
        self.difference = NumberEditor(places=2, fixed=True)
        for editor in (self.amount, self.rounding, self.difference):
            editor.changed.connect(self.money_changed)
        for editor in (self.currency_amount, self.rate):
            editor.changed.connect(self._convert)
        for choice in (self.currency, self.date):
            choice.changed.connect(self._take_rate)

    def rows(self) -> tuple[tuple[tuple[str, str, Editor, int], ...], ...]:
        """Key, title, editor and width of every field, row by row."""
        return (
            (
                ("customer_id", mark("Customer"), self.customer, 5),
                ("amount", mark("Amount"), self.amount, 2),
                ("account_id", mark("Account"), self.account, 3),
                ("date", mark("Date"), self.date, 2),
            ),
            (
                ("kind", mark("Kind of payment"), self.kind, 2),
                ("payer", mark("Payer"), self.payer, 3),
                ("reference", mark("Slip number"), self.reference, 2),
                ("handled_by", mark("Handled by"), self.handled_by, 2),
                ("remark", mark("Remark"), self.remark, 3),
            ),
            (
                ("charge", mark("Bank charge"), self.charge, 2),
                ("rounding", mark("Rounding difference"), self.rounding, 2),
                ("currency", mark("Other currency"), self.currency, 2),
                ("currency_amount", mark("Amount in the currency"), self.currency_amount, 2),
                ("rate", mark("CNY for one unit"), self.rate, 2),
                ("exchange_difference", mark("Exchange difference"), self.difference, 2),
            ),
        )

    def editors(self) -> dict[str, Editor]:
        """Every editor by its key."""
        return {key: editor for row in self.rows() for key, _title, editor, _width in row}

    # Showing

    def begin(self, accounts: Sequence[AccountRow], rates: Rates, *, may_post: bool) -> None:
        """An empty payment of today, into the first account."""
        self._record, self._rates, self._may_post = None, rates, may_post
        self._know(accounts)
        for editor in self.editors().values():
            editor.set_read_only(not may_post)
        self.date.set_value(today())
        self.account.set_value(accounts[0].id if accounts else None)
        self.kind.set_value("payment_kind.goods")
        self.handled_by.set_value(self._client.user.id)
        self.lock()

    def show_record(self, record: PaymentRecord, accounts: Sequence[AccountRow]) -> None:
        """A payment that is posted: nothing of it is typed any more."""
        self._record = record
        self._know(accounts)
        for editor in self.editors().values():
            editor.set_read_only(True)
        self.customer.learn({record.customer_id: record.customer})
        self.customer.set_value(record.customer_id)
        self.amount.set_value(record.amount)
        self.account.line.setText(record.account)
        for key, editor in self.editors().items():
            if key not in REQUIRED:
                editor.set_value(getattr(record, key) or None)

    def _know(self, accounts: Sequence[AccountRow]) -> None:
        self.account.set_rows([(a.id, a.name, "") for a in accounts])

    # What follows what

    def _take_rate(self) -> None:
        """The day's rate of the currency; without one there is nothing to convert."""
        if self._record is not None:
            return
        currency, day = self.currency.value(), self.date.value()
        if isinstance(currency, str):
            on = day if isinstance(day, date) else today()
            self.rate.set_value(rate_on(self._rates, currency, on))
        else:
            for editor in (self.rate, self.currency_amount, self.difference):
                editor.set_value(None)
        self.lock()
        self._convert()

    def lock(self) -> None:
        """What follows from other fields is not typed."""
        foreign = self.currency.value() is not None
        self.amount.set_read_only(foreign or not self._may_post)
        for editor in (self.currency_amount, self.rate, self.difference):
            editor.set_read_only(not foreign or not self._may_post)

    def _convert(self) -> None:
        if self._record is None and self.currency.value() is not None:
            worth = cents(product(typed(self.currency_amount), typed(self.rate)))
            self.amount.set_value(worth or None)
        self.money_changed.emit()

    # What was typed

    def credited(self) -> Decimal:
        """By how much the customer will owe less: what orders can take."""
        return sum((typed(editor) for editor in (self.amount, self.rounding, self.difference)), ZERO)

    def require(self) -> None:
        """Invalid where something that a payment needs is not there."""
        for key, editor, problem in (
            ("customer_id", self.customer, tr("Choose the customer.")),
            ("amount", self.amount, tr("Enter the amount that was paid.")),
            ("account_id", self.account, tr("Choose the account.")),
        ):
            if not editor.value():
                raise Invalid(problem, field=key)

    def arguments(self) -> Mapping[str, Any]:
        """What ``post_payment`` takes, without the orders."""
        return {
            **{key: editor.value() for key, editor in self.editors().items()},
            "date": self.date.value() or today(),
            "charge": typed(self.charge),
            "rounding": typed(self.rounding),
            "exchange_difference": typed(self.difference),
        }


def typed(editor: Editor) -> Decimal:
    """The number in ``editor``; 0 where it is empty."""
    value = editor.value()
    return value if isinstance(value, Decimal) else ZERO
