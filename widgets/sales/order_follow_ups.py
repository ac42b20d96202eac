"""What comes of an order: its paper, goods that leave or are bought, payment, delivery note (SAL-09, PLT-50)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QDialog, QWidget

from printing.order import order_document
from services.commands import Changes
from services.language import tr
from services.prints import count_print
from services.products.queries import NamedRow
from services.sales.queries import OrderRecord, accounts
from widgets.base.client import Client
from widgets.base.messages import MessageBar
from widgets.base.print_dialog import MakeDocument, PrintDialog
from widgets.base.tasks import Control, Task
from widgets.sales.goods_dialogs import DispatchDialog, IssueDialog, RequestDialog
from widgets.sales.order_actions import NoteDialog, PaymentDialog
from widgets.sales.print_data import order_data


class Followed(Protocol):
    """What the dialogs need to know of the form that they stand over."""

    messages: MessageBar

    @property
    def record(self) -> OrderRecord | None:
        """The order as it was read last."""

    def dirty(self) -> bool:
        """Whether typed input is not saved."""

    def act(self, key: str) -> None:
        """Do one of the actions of the title row."""

    def reload(self) -> None:
        """Read the order again."""

    def failed(self, error: Exception) -> None:
        """Say why something was not done."""


class FollowUps(QObject):
    """The dialogs of one order form."""

    def __init__(self, form: Followed, client: Client, over: QWidget) -> None:
        """``over``: the widget over which dialogs open, which is the form."""
        super().__init__(over)
        self._form, self._client, self._over = form, client, over
        self.warehouses: tuple[NamedRow, ...] = ()
        self.dialog: QWidget | None = None
        self._paper: PrintDialog | None = None

    def start(self, key: str) -> None:
        """Begin the action ``key`` of the order that is shown."""
        record = self._form.record
        starts: dict[str, Callable[[OrderRecord], None]] = {
            "dispatch": self._dispatch,
            "issue": self._issue,
            "request": self._request,
            "payment": self._payment,
            "note": self._note,
            "print": self._print,
        }
        if record is not None:
            starts[key](record)

    def open(self, dialog: QDialog) -> None:
        """Show a dialog over the form; the keyboard comes back afterwards."""
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.dialog = dialog
        # not every platform gives the keyboard back to the window below by itself
        dialog.finished.connect(lambda _result: self._over.window().activateWindow())
        dialog.open()

    def show_record(self, record: OrderRecord) -> None:
        """The order was read again: the open preview follows, with one more print counted."""
        if self._paper is not None:
            self._paper.show_document(self._make(record))

    # Goods

    def _issue(self, record: OrderRecord) -> None:
        dialog = IssueDialog(self._client, record, self.warehouses, self._over)
        dialog.made.connect(
            lambda _changes: self._after(
                tr("The warehouse is asked for the goods. Its keeper posts the issue.")
            )
        )
        self.open(dialog)

    def _dispatch(self, record: OrderRecord) -> None:
        dialog = DispatchDialog(self._client, record, self.warehouses, self._over)
        dialog.made.connect(
            lambda changes: self._after(
                tr(
                    "Dispatch notice {number} stands in the queue of the warehouse.",
                    number=changes.result["number"],
                )
            )
        )
        self.open(dialog)

    def _request(self, record: OrderRecord) -> None:
        dialog = RequestDialog(self._client, record, self._over)
        dialog.made.connect(
            lambda changes: self._after(
                tr("{count} purchase requests are written.", count=changes.result["requests"])
            )
        )
        self.open(dialog)

    # Money and paper

    def _payment(self, record: OrderRecord) -> None:
        database = self._client.database

        def work(_control: Control) -> tuple[NamedRow, ...]:
            with database.read_session() as session:
                return accounts(session)

        def done(found: tuple[NamedRow, ...]) -> None:
            dialog = PaymentDialog(self._client, record, found, self._over)
            dialog.made.connect(
                lambda changes: self._after(
                    tr("Payment {number} is posted.", number=changes.result["number"])
                )
            )
            self.open(dialog)

        Task(self, work, done, self._form.failed)

    def _note(self, record: OrderRecord) -> None:
        issues = [
            d for d in record.related if d.entity == "stock.issue" and d.state == "posted" and not d.noted
        ]
        if not issues:
            self._form.messages.info(
                tr(
                    "There is no posted stock issue without a delivery note. The keeper posts the issue first."
                )
            )
            return
        dialog = NoteDialog(self._client, issues, self._over)
        dialog.made.connect(self._noted)
        self.open(dialog)

    def _noted(self, changes: Changes) -> None:
        self._after(tr("Delivery note {number} is made.", number=changes.result["number"]))
        note_id = changes.ids["delivery.note"][0]
        self._client.shell.open_record("delivery.note", note_id)

    def _print(self, record: OrderRecord) -> None:
        if self._form.dirty():
            self._form.messages.warning(
                tr("Save first, so that the paper says what is stored."),
                (tr("Save"), lambda: self._form.act("save")),
            )
            return
        dialog = PrintDialog(self._client, "order", self._make(record), self._over)
        dialog.destroyed.connect(self._print_closed)
        dialog.printed.connect(lambda: self._count(record.id))
        self.dialog = self._paper = dialog
        dialog.show()

    def _make(self, record: OrderRecord) -> MakeDocument:
        dictionary = self._client.dictionary
        return lambda _prices: order_document(order_data(record, dictionary))

    def _print_closed(self) -> None:
        self._paper = None

    def _count(self, order_id: int) -> None:
        database = self._client.database

        def work(_control: Control) -> Any:
            return database.write(count_print, entity="sales.order", record_id=order_id)

        Task(self, work, lambda _done: self._form.reload(), self._form.failed)

    def _after(self, text: str) -> None:
        self._form.messages.done(text)
        self._form.reload()
