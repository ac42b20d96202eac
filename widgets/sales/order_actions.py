"""What is started from a confirmed order besides its goods: a payment, a delivery note (SAL-09)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from PySide6.QtWidgets import QFormLayout, QLabel, QWidget

from services.clock import today
from services.commands import Changes
from services.delivery.commands import make_note
from services.finance.commands import post_payment
from services.language import tr
from services.products.queries import NamedRow
from services.sales.queries import OrderRecord
from services.sales.related import RelatedDocument
from services.typed import plain_digits
from widgets.base.action_dialog import ActionDialog
from widgets.base.client import Client
from widgets.base.editors.choice import ChoiceEditor
from widgets.base.editors.date import DateEditor
from widgets.base.editors.named import NamedEditor
from widgets.base.editors.number import NumberEditor
from widgets.base.editors.text import TextEditor


class PaymentDialog(ActionDialog):
    """Money received for one order."""

    def __init__(
        self, client: Client, order: OrderRecord, accounts: Sequence[NamedRow], parent: QWidget
    ) -> None:
        super().__init__(client, parent)
        self._order = order
        self._open = order.gross - order.received
        self.amount = NumberEditor(fixed=True)
        self.amount.set_value(self._open)
        self.account = NamedEditor()
        self.account.set_rows([(row.id, row.name, "") for row in accounts])
        if accounts:
            self.account.set_value(accounts[0].id)
        self.date = DateEditor()
        self.date.set_value(today())
        self.kind = ChoiceEditor(lambda: client.dictionary, "payment_kind")
        self.reference = TextEditor(length=80)
        form = QFormLayout()
        form.setHorizontalSpacing(12)
        form.setVerticalSpacing(8)
        self._captions: list[QLabel] = []
        for editor in (self.amount, self.account, self.date, self.kind, self.reference):
            caption = QLabel()
            self._captions.append(caption)
            form.addRow(caption, editor)
            editor.finished.connect(self.run)
        self.body.addLayout(form)
        self.setMinimumWidth(420)
        self.retranslate()

    def check(self) -> str:
        """An amount and an account."""
        if any(e.problem() for e in (self.amount, self.account, self.date, self.kind)):
            return tr("One of the fields is not understood.")
        value = self.amount.value()
        if not isinstance(value, Decimal) or value <= 0:
            return tr("Enter the amount that was paid.")
        return "" if self.account.value() else tr("Choose the account that the money went into.")

    def work(self) -> Changes:
        """Post the payment; what is beyond the order's open amount is the customer's advance."""
        amount, account, day, kind = (e.value() for e in (self.amount, self.account, self.date, self.kind))
        assert isinstance(amount, Decimal) and isinstance(account, int)
        return self.write(
            post_payment,
            customer_id=int(self._order.head["customer_id"]),
            account_id=account,
            amount=amount,
            date=day if isinstance(day, date) else today(),
            orders=[(self._order.id, min(amount, self._open))] if self._open > 0 else [],
            kind=str(kind) if kind else None,
            reference=str(self.reference.value()) if self.reference.value() else None,
        )

    def retranslate(self) -> None:
        """Set every text."""
        super().retranslate()
        self.setWindowTitle(tr("Payment"))
        self.intro.setText(
            tr(
                "{open} of {gross} are unpaid. What is paid beyond it is kept as the customer's advance.",
                open=plain_digits(self._open, 2),
                gross=plain_digits(self._order.gross, 2),
            )
        )
        texts = (tr("Amount"), tr("Account"), tr("Date"), tr("Kind of payment"), tr("Slip number"))
        for caption, text in zip(self._captions, texts, strict=True):
            caption.setText(text)
        self.do.setText(tr("Post payment"))


class NoteDialog(ActionDialog):
    """The delivery note of one of the order's posted stock issues."""

    def __init__(self, client: Client, issues: Sequence[RelatedDocument], parent: QWidget) -> None:
        super().__init__(client, parent)
        self.issue = NamedEditor()
        self.issue.set_rows([(issue.id, issue.number, issue.date.isoformat()) for issue in issues])
        self.issue.set_value(issues[0].id)
        self.way = ChoiceEditor(lambda: client.dictionary, "delivery_way")
        self._captions = [QLabel(), QLabel()]
        form = QFormLayout()
        form.addRow(self._captions[0], self.issue)
        form.addRow(self._captions[1], self.way)
        self.body.addLayout(form)
        self.setMinimumWidth(420)
        self.retranslate()

    def check(self) -> str:
        """A stock issue."""
        return "" if self.issue.value() else tr("Choose the stock issue whose goods travel.")

    def work(self) -> Changes:
        """Make the note."""
        issue, way = self.issue.value(), self.way.value()
        assert isinstance(issue, int)
        return self.write(make_note, issue_id=issue, way=str(way) if way else None)

    def retranslate(self) -> None:
        """Set every text."""
        super().retranslate()
        self.setWindowTitle(tr("Delivery note"))
        self.intro.setText(tr("The note lists what the keeper counted, and travels with the goods."))
        self._captions[0].setText(tr("Stock issue"))
        self._captions[1].setText(tr("Way of delivery"))
        self.do.setText(tr("Make delivery note"))
