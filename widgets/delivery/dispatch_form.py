"""A dispatch notice (发货通知单): what may leave, what has left; the keeper makes the stock issue from it (DLV-01)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QLabel, QWidget

from printing.dispatch_notice import dispatch_notice
from services.commands import Changes
from services.delivery.commands import end_dispatch, issue_dispatch
from services.delivery.dispatches import (
    DispatchLineRecord,
    DispatchRecord,
    other_notices,
    read_dispatch,
)
from services.delivery.entities import DISPATCH_ENTITY, DISPATCH_STATES
from services.entity import Kind
from services.language import mark, tr
from services.products.packs import said_in
from services.stock.entities import ISSUE_ENTITY
from widgets.base.action_dialog import Request
from widgets.base.client import Client
from widgets.base.document_page import DocumentPage
from widgets.base.formatting import date_text
from widgets.base.goods_dialog import GoodsDialog, GoodsRow
from widgets.base.line_grid import GridColumn, LineGrid, Row
from widgets.base.page_paper import PagePaper
from widgets.base.tasks import Control, TaskSlot
from widgets.delivery.print_data import dispatch_notice_data

COLUMNS: Final = (
    GridColumn("product", mark("Product and model"), width=240, stretch=True),
    GridColumn("order", mark("Order number"), width=150),
    GridColumn("unit", mark("Unit"), width=60),
    GridColumn("on_hand", mark("On hand"), Kind.QUANTITY, 100),
    GridColumn("packs", mark("In packs"), width=90),
    GridColumn("quantity", mark("May leave"), Kind.QUANTITY, 100),
    GridColumn("asked", mark("On open issues"), Kind.QUANTITY, 110),
    GridColumn("issued", mark("Has left"), Kind.QUANTITY, 100),
    GridColumn("open", mark("Still open"), Kind.QUANTITY, 100),
    GridColumn("remark", mark("Remark"), width=140),
)


class NoticeIssueDialog(GoodsDialog):
    """The stock issue of a notice: all that is open, of other notices for this customer too if wished (DLV-02)."""

    def __init__(self, client: Client, notice: DispatchRecord, parent: QWidget) -> None:
        super().__init__(client, parent)
        self._notice = notice
        for line in notice.lines:
            if line.open > 0:
                self.add_row(_row(line), line.open)
        self.others: QCheckBox = QCheckBox()
        self.others.toggled.connect(self._show_others)
        self.body.addWidget(self.others)
        self._slot = TaskSlot(self)
        self.retranslate()
        self.keep_input(ISSUE_ENTITY, f"{ISSUE_ENTITY.key}/notice {notice.id}")

    def _show_others(self, _shown: bool) -> None:
        # rows that are there stay: unticking would throw typed quantities away
        self.others.setEnabled(False)
        database, notice = self._client.database, self._notice

        def work(_control: Control) -> tuple[DispatchLineRecord, ...]:
            with database.read_session() as session:
                return other_notices(session, notice)

        self._slot.start(work, self._add_others, self._failed)

    def _add_others(self, found: tuple[DispatchLineRecord, ...]) -> None:
        for line in found:
            self.add_row(_row(line, line.dispatch_number), line.open)
        if not found:
            self.others.setText(tr("No other notice for this customer waits here."))

    def request(self) -> Request:
        """Make the stock issue."""
        return issue_dispatch, {
            "warehouse_id": self._notice.warehouse_id,
            "lines": self.wanted(),
            "packs": self.typed_in(),
        }

    def retranslate(self) -> None:
        """Set every text."""
        super().retranslate()
        self.setWindowTitle(tr("Stock issue"))
        self.intro.setText(tr("The stock issue is opened next: count the goods there and confirm it."))
        self.others.setText(tr("Also goods of other notices for this customer"))
        self.do.setText(tr("Make the stock issue"))


def _row(line: DispatchLineRecord, notice: str = "") -> GoodsRow:
    label = "  ".join(filter(None, (notice, line.order_number, line.product)))
    return GoodsRow(line.id, label, line.unit, line.open, line.pack, line.packs)


class DispatchForm(DocumentPage):
    """One dispatch notice."""

    def __init__(
        self,
        client: Client,
        dispatch_id: int | None = None,
        values: Mapping[str, Any] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(client, DISPATCH_ENTITY, dispatch_id, parent)
        self.record: DispatchRecord | None = None
        self.dialog: NoticeIssueDialog | None = None
        self.add_button("end", "ban")
        self.add_button("open", "external-link")
        self.add_button("print", "printer", shortcut="Ctrl+P")
        self.add_button("issue", "upload", primary=True, shortcut="F9")
        frame, layout = self.card()
        self.facts = QLabel()
        self.facts.setProperty("role", "muted")
        self.facts.setTextFormat(Qt.TextFormat.PlainText)
        self.facts.setWordWrap(True)
        self.grid = LineGrid(COLUMNS)
        self.grid.lines.tone = _tone
        layout.addWidget(self.facts)
        layout.addWidget(self.grid, 1)
        self.body.addWidget(frame, 1)
        self.paper = PagePaper(
            self,
            "dispatch_notice",
            lambda record, _prices: dispatch_notice(dispatch_notice_data(record, client.dictionary)),
        )
        self.retranslate()
        self.load()

    def read(self) -> DispatchRecord:
        """The notice."""
        assert self.record_id is not None
        with self.client.database.read_session() as session:
            return read_dispatch(session, self.record_id)

    def show_record(self, found: DispatchRecord) -> None:
        """Show the notice; it is never typed into."""
        self.record = found
        self.grid.lines.set_rows(
            [
                {
                    "product": line.product,
                    "order": line.order_number,
                    "unit": line.unit,
                    "packs": said_in(line.quantity, line.unit, line.pack) if line.pack else "",
                    "on_hand": line.on_hand,
                    "quantity": line.quantity,
                    "asked": line.asked or None,
                    "issued": line.issued or None,
                    "open": line.open or None,
                    "remark": line.remark,
                }
                for line in found.lines
            ],
            read_only=True,
        )
        self.grid.show_column("packs", any(line.pack for line in found.lines))

    def do(self, key: str) -> None:
        """Make the stock issue, open the newest one, take the rest back."""
        record = self.record
        assert record is not None
        if key == "issue":
            dialog = NoticeIssueDialog(self.client, record, self)
            dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            dialog.made.connect(self._issued)
            self.dialog = dialog
            dialog.open()
        elif key == "open" and record.issues:
            self.client.shell.open_record("stock.issue", record.issues[-1][0])
        elif key == "print":
            self.paper.open()
        elif key == "end":
            self.write("end", end_dispatch, self._ended, dispatch_id=record.id)

    def _issued(self, changes: Changes) -> None:
        self.load()
        self.client.shell.open_record("stock.issue", changes.id)

    def _ended(self, changes: Changes) -> None:
        self.messages.done(tr("What has not left is open on the order again."))
        self.saved.emit(changes.id)
        self.load()

    def refresh_buttons(self) -> None:
        """By state and rights."""
        record = self.record
        there = record is not None
        open_goods = any(line.open > 0 for line in record.lines) if record is not None else False
        self.offer("issue", there and open_goods and self.may("issue"))
        self.offer("end", there and self.may("end"))
        self.offer("print", there and self.may("print"))
        has_issue = bool(record and record.issues)
        self.offer("open", has_issue and self.client.user.can("stock.issue.view"))

    def retranslate(self) -> None:
        """Set every text."""
        super().retranslate()
        self.show_state(DISPATCH_STATES)
        self.set_button("open", tr("Open the stock issue"))
        record = self.record
        if record is None:
            return
        facts = [
            record.customer,
            record.warehouse,
            f"{tr('Orders')} {record.order_numbers}" if record.order_numbers else "",
            f"{tr('Wanted on')} {date_text(record.wanted_on)}" if record.wanted_on else "",
            f"{tr('Sent by')} {self.client.dictionary.user(record.owner_id)}, {date_text(record.date)}",
            "  ".join(filter(None, (record.consignee, record.phone, record.address))),
            tr("Printed {count} times", count=record.print_count) if record.print_count else "",
            record.remark,
        ]
        self.facts.setText("    ".join(filter(None, facts)))


def _tone(row: Row, key: str) -> str:
    short = row.get("on_hand") is not None and row["on_hand"] < (row.get("open") or Decimal(0))
    return "bad" if key == "on_hand" and short else ""
