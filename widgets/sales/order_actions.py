"""What is started from a confirmed order besides its goods: a payment, a delivery note (SAL-09)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from PySide6.QtWidgets import QFormLayout, QLabel, QWidget

from services.clock import today
from services.delivery.commands import make_note
from services.finance.commands import post_payment
from services.finance.entities import PAYMENT_ENTITY
from services.language import mark, tr
from services.products.queries import NamedRow
from services.sales.queries import OrderRecord
from services.sales.related import RelatedDocument
from services.typed import plain_digits
from widgets.base.action_dialog import ActionDialog, Request
from widgets.base.caption import Caption
from widgets.base.client import Client
from widgets.base.editors.base import Editor
from widgets.base.editors.choice import ChoiceEditor, UserEditor
from widgets.base.editors.date import DateEditor
from widgets.base.editors.named import NamedEditor
from widgets.base.editors.number import NumberEditor
from widgets.base.editors.text import TextEditor

TITLES: Final = {
    "amount": mark("Amount"),
    "account_id": mark("Account"),
    "date": mark("Date"),
    "kind": mark("Kind of payment"),
    "payer": mark("Payer"),
    "reference": mark("Slip number"),
    "handled_by": mark("Handled by"),
    "remark": mark("Remark"),
}
REQUIRED: Final = ("amount", "account_id")


class PaymentDialog(ActionDialog):
    """Money received for one order: what the payment's page asks, but for other currencies and charges."""

    def __init__(
        self, client: Client, order: OrderRecord, accounts: Sequence[NamedRow], parent: QWidget
    ) -> None:
        super().__init__(client, parent)
        self._order = order
        self._open = order.gross - order.received
        self.amount, self.account, self.date = NumberEditor(places=2, fixed=True), NamedEditor(), DateEditor()
        self.handled_by = UserEditor(lambda: client.dictionary)
        self.editors: dict[str, Editor] = {
            "amount": self.amount,
            "account_id": self.account,
            "date": self.date,
            "kind": ChoiceEditor(lambda: client.dictionary, "payment_kind"),
            "payer": TextEditor(length=120),
            "reference": TextEditor(length=60),
            "handled_by": self.handled_by,
            "remark": TextEditor(length=400),
        }
        self.amount.set_value(self._open if self._open > 0 else None)
        self.account.set_rows([(row.id, row.name, "") for row in accounts])
        if accounts:
            self.account.set_value(accounts[0].id)
        self.date.set_value(today())
        self.editors["kind"].set_value("payment_kind.goods")
        self.handled_by.set_value(client.user.id)
        form = QFormLayout()
        form.setHorizontalSpacing(12)
        form.setVerticalSpacing(8)
        self._captions = {
            key: Caption(editor, required=key in REQUIRED) for key, editor in self.editors.items()
        }
        for key, editor in self.editors.items():
            form.addRow(self._captions[key], editor)
            editor.finished.connect(self.run)
            editor.changed.connect(self.typed)
        self.body.addLayout(form)
        self.setMinimumWidth(420)
        self.retranslate()
        self.keep_input(PAYMENT_ENTITY, f"{PAYMENT_ENTITY.key}/order {order.id}")

    def kept(self) -> dict[str, Any]:
        """All fields."""
        return {key: editor.value() for key, editor in self.editors.items()}

    def take_up(self, values: Mapping[str, Any]) -> None:
        """Show a draft."""
        for key, editor in self.editors.items():
            editor.set_value(values[key])

    def check(self) -> str:
        """An amount and an account."""
        if any(editor.problem() for editor in self.editors.values()):
            return tr("One of the fields is not understood.")
        value = self.amount.value()
        if not isinstance(value, Decimal) or value <= 0:
            return tr("Enter the amount that was paid.")
        return "" if self.account.value() else tr("Choose the account that the money went into.")

    def request(self) -> Request:
        """Post the payment; what is beyond the order's open amount is the customer's advance."""
        given = {key: editor.value() for key, editor in self.editors.items()}
        amount = given["amount"]
        assert isinstance(amount, Decimal)
        return post_payment, {
            **given,
            "customer_id": int(self._order.head["customer_id"]),
            "orders": [(self._order.id, min(amount, self._open))] if self._open > 0 else [],
            "date": given["date"] or today(),
        }

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
        for key, caption in self._captions.items():
            caption.set_title(tr(TITLES[key]))
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

    def request(self) -> Request:
        """Make the note."""
        issue, way = self.issue.value(), self.way.value()
        assert isinstance(issue, int)
        return make_note, {"issue_id": issue, "way": str(way) if way else None}

    def retranslate(self) -> None:
        """Set every text."""
        super().retranslate()
        self.setWindowTitle(tr("Delivery note"))
        self.intro.setText(tr("The note lists what the keeper counted, and travels with the goods."))
        self._captions[0].setText(tr("Stock issue"))
        self._captions[1].setText(tr("Way of delivery"))
        self.do.setText(tr("Make delivery note"))
