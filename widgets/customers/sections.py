"""The sections of the 360° view (CUS-11): what there is, who sees it, and the page of each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from services.changes import Notice
from services.clock import CHINA
from services.customers import view
from services.language import mark, tr
from widgets.base.client import Client
from widgets.base.moments import money, number
from widgets.base.small_table import Part, SmallTable
from widgets.base.tasks import Control, TaskSlot


@dataclass(frozen=True, slots=True)
class Section:
    """One section. ``entity`` is set where it is a list of records; ``link`` is the field of a new record that
    names the customer; ``right`` who sees it."""

    key: str
    title: str
    icon: str
    right: str = ""
    entity: str = ""
    link: str = ""


def _list(entity: str, title: str, icon: str, link: str = "customer_id") -> Section:
    return Section(entity, title, icon, f"{entity}.view", entity, link)


SECTIONS: Final = (
    Section("timeline", mark("Timeline"), "clock"),
    Section("basic", mark("Basic data"), "building-2"),
    _list("customers.contact", mark("Contacts"), "contact"),
    _list("customers.customer", mark("Subordinate customers"), "network", "parent_id"),
    _list("activities.record", mark("Contact records"), "phone-call"),
    _list("activities.task", mark("Tasks"), "list-todo"),
    _list("sales.order", mark("Orders"), "clipboard-list"),
    Section("bought", mark("Products bought"), "package", "sales.order.view"),
    _list("stock.issue", mark("Stock issues"), "upload", ""),
    _list("delivery.note", mark("Delivery notes"), "truck", ""),
    _list("finance.payment", mark("Payments"), "wallet"),
    _list("finance.ledger", mark("Receivables ledger"), "receipt", ""),
    Section("files", mark("Files"), "paperclip", "system.attachment.view"),
    Section("shares", mark("Shares"), "share-2"),
    Section("history", mark("Change history"), "history", "system.history"),
)


class _TableSection(QWidget):
    """A section that is a small table of its own."""

    def __init__(
        self,
        client: Client,
        table: SmallTable,
        read: Callable[[Any], list[Any]],
        entities: frozenset[str],
    ) -> None:
        super().__init__()
        self.client, self.table = client, table
        self._read, self._entities = read, entities
        self._slot = TaskSlot(self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(table)
        client.bus.changed.connect(self._hear)
        self.refresh()

    @property
    def busy(self) -> bool:
        """Whether an answer is awaited."""
        return self._slot.busy

    def refresh(self) -> None:
        """Read again."""

        def work(_control: Control) -> list[Any]:
            with self.client.database.read_session() as session:
                return self._read(session)

        self._slot.start(work, self.table.set_rows, self.client.shell.error)

    def _hear(self, notice: Notice) -> None:
        if notice.entity == "*" or notice.entity in self._entities:
            self.refresh()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.table.retranslate()
        super().changeEvent(event)


def bought(client: Client, customer_id: int) -> QWidget:
    """Products that the customer bought, with the last price."""
    table = SmallTable(
        (
            Part(mark("Product"), lambda row: row.name, width=220, link=True),
            Part(mark("Model"), lambda row: row.model, width=110),
            Part(mark("Quantity"), lambda row: number(row.quantity), True, 90),
            Part(mark("Unit"), lambda row: row.unit, width=60),
            Part(mark("Last price"), lambda row: money(row.last_price), True, 100),
            Part(mark("Amount"), lambda row: money(row.gross), True, 120),
            Part(mark("Orders"), lambda row: str(row.times), True, 70),
            Part(mark("Last bought"), lambda row: row.last_on.isoformat(), width=110),
        ),
        mark("Nothing was bought yet."),
    )
    table.opened.connect(lambda row: client.shell.open_record("products.product", row.product_id))
    return _TableSection(
        client,
        table,
        lambda session: view.products_bought(session, customer_id=customer_id),
        frozenset({"sales.order"}),
    )


def shares(client: Client, customer_id: int) -> QWidget:
    """With whom the customer is shared."""
    table = SmallTable(
        (
            Part(mark("Shared with"), lambda row: row.receiver, width=160),
            Part(mark("May"), lambda row: tr("see and edit") if row.can_edit else tr("see"), width=120),
            Part(
                mark("Until"), lambda row: row.until.isoformat() if row.until else tr("for good"), width=110
            ),
            Part(mark("Shared by"), lambda row: client.dictionary.user(row.shared_by), width=110),
            Part(
                mark("Shared at"), lambda row: f"{row.shared_at.astimezone(CHINA):%Y-%m-%d %H:%M}", width=150
            ),
        ),
        mark("This customer is shared with nobody. His owner and those above him see him."),
    )
    return _TableSection(
        client,
        table,
        lambda session: view.shares(session, customer_id=customer_id),
        frozenset({"scope", "organisation.share"}),
    )
