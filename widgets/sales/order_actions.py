"""What is started from a confirmed order: a stock issue, a payment, a delivery note (SAL-09)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFormLayout, QFrame, QGridLayout, QLabel, QScrollArea, QWidget

from services.clock import today
from services.commands import Changes
from services.delivery.commands import make_note
from services.finance.commands import post_payment
from services.language import tr
from services.products.queries import NamedRow
from services.sales.queries import LineRecord, OrderRecord, RelatedDocument
from services.stock.commands import make_issue
from services.typed import plain_digits
from widgets.base.action_dialog import ActionDialog
from widgets.base.client import Client
from widgets.base.editors.choice import ChoiceEditor
from widgets.base.editors.date import DateEditor
from widgets.base.editors.named import NamedEditor
from widgets.base.editors.number import NumberEditor
from widgets.base.editors.text import TextEditor


class IssueDialog(ActionDialog):
    """Which goods the warehouse is asked for: lines with open goods, all of them at first."""

    def __init__(
        self, client: Client, order: OrderRecord, warehouses: Sequence[NamedRow], parent: QWidget
    ) -> None:
        super().__init__(client, parent)
        self._order = order
        self.lines = [line for line in order.lines if line.product.stocked and line.open > 0]
        self.warehouse = NamedEditor()
        self.warehouse.set_rows([(row.id, row.name, "") for row in warehouses])
        self.warehouse.set_value(order.head["warehouse_id"])
        self._warehouse_caption = QLabel()
        top = QFormLayout()
        top.addRow(self._warehouse_caption, self.warehouse)
        self.body.addLayout(top)
        inside = QWidget()
        inside.setProperty("clear", True)
        grid = QGridLayout(inside)
        grid.setContentsMargins(0, 0, 8, 0)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(0, 1)
        self._headers = [QLabel() for _ in range(3)]
        for column, header in enumerate(self._headers):
            header.setProperty("role", "small")
            side = Qt.AlignmentFlag.AlignLeft if column == 0 else Qt.AlignmentFlag.AlignRight
            grid.addWidget(header, 0, column, side)
        self.quantities: list[NumberEditor] = []
        for row, line in enumerate(self.lines, 1):
            self._add(grid, row, line)
        scroll = QScrollArea()
        scroll.setWidget(inside)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setMinimumHeight(min(inside.sizeHint().height() + 4, 420))
        self.body.addWidget(scroll, 1)
        self.setMinimumWidth(560)
        self.retranslate()

    def _add(self, grid: QGridLayout, row: int, line: LineRecord) -> None:
        grid.addWidget(QLabel(line.product.label), row, 0)
        grid.addWidget(QLabel(plain_digits(line.open)), row, 1, Qt.AlignmentFlag.AlignRight)
        quantity = NumberEditor(places=6, suffix=line.product.unit)
        quantity.set_value(line.open)
        quantity.setFixedWidth(140)
        quantity.finished.connect(self.run)
        self.quantities.append(quantity)
        grid.addWidget(quantity, row, 2)

    def wanted(self) -> list[tuple[int, Decimal]]:
        """Order line and quantity of everything that is asked for."""
        found = []
        for line, editor in zip(self.lines, self.quantities, strict=True):
            value = editor.value()
            if isinstance(value, Decimal) and value:
                found.append((line.id, value))
        return found

    def check(self) -> str:
        """Goods and a warehouse."""
        if any(editor.problem() for editor in self.quantities):
            return tr("One of the quantities is not a number.")
        for line, editor in zip(self.lines, self.quantities, strict=True):
            value = editor.value()
            if isinstance(value, Decimal) and not 0 <= value <= line.open:
                return tr(
                    "Only {open} of {product} are open.",
                    open=plain_digits(line.open),
                    product=line.product.label,
                )
        if not self.wanted():
            return tr("There is nothing to issue: choose lines with open goods.")
        return "" if self.warehouse.value() else tr("Choose the warehouse from which the goods leave.")

    def work(self) -> Changes:
        """Make the stock issue."""
        warehouse = self.warehouse.value()
        assert isinstance(warehouse, int)
        return self.write(make_issue, warehouse_id=warehouse, lines=self.wanted())

    def retranslate(self) -> None:
        """Set every text."""
        super().retranslate()
        self.setWindowTitle(tr("Stock issue"))
        self.intro.setText(tr("The keeper of the warehouse counts the goods and posts the issue."))
        self._warehouse_caption.setText(tr("Warehouse"))
        for header, text in zip(
            self._headers, (tr("Product and model"), tr("Still open"), tr("Quantity")), strict=True
        ):
            header.setText(text)
        self.do.setText(tr("Ask the warehouse"))


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
