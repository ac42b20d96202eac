"""Which orders a payment pays: the oldest first by itself, or as somebody types (FIN-02)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from services.entity import Kind
from services.finance.queries import Debtor, PaymentRecord, share_out
from services.language import mark, tr
from services.money import ZERO
from services.typed import plain_digits
from widgets.base.client import Client
from widgets.base.formatting import number_text, time_text
from widgets.base.line_grid import GridColumn, LineGrid, Row


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
    GridColumn("part", mark("Applied now"), Kind.AMOUNT, 120, editable=True, check=_payable),
    GridColumn("left", mark("Left after it"), Kind.AMOUNT, 110),
)


class PaymentParts(QFrame):
    """The open orders of who pays, with the part that each gets. ``to_share`` is what there is to give."""

    typed = Signal()
    """Somebody typed a part."""

    def __init__(self, client: Client, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", True)
        self._client = client
        self.record: PaymentRecord | None = None
        self.debtor: Debtor | None = None
        self.by_hand = False
        self.to_share = ZERO
        self.facts, self.keys, self.summary = QLabel(), QLabel(), QLabel()
        self.facts.setProperty("role", "muted")
        self.facts.setTextFormat(Qt.TextFormat.PlainText)
        self.keys.setProperty("role", "small")
        self.summary.setProperty("role", "heading")
        self.grid = LineGrid(COLUMNS)
        self.grid.lines.tone = lambda row, key: "muted" if key == "left" and not row.get("left") else ""
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 10, 12, 10)
        layout.setSpacing(8)
        layout.addWidget(self.facts)
        layout.addWidget(self.grid, 1)
        foot = QHBoxLayout()
        foot.addWidget(self.keys)
        foot.addStretch(1)
        foot.addWidget(self.summary)
        layout.addLayout(foot)
        self.grid.lines.edited.connect(self._part_typed)
        self.retranslate()

    def show_orders(self, record: PaymentRecord | None, debtor: Debtor | None, *, may_post: bool) -> None:
        """The orders that can be paid, or those that a payment paid."""
        self.record, self.debtor = record, debtor
        usable = debtor is not None and may_post and (record is None or record.advance > 0)
        if not usable or debtor is None:
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
                for order in debtor.orders
            ]
            self.grid.lines.set_rows(rows, read_only=False)
        for key in ("date", "due_on", "gross", "received", "open", "left"):
            self.grid.show_column(key, usable)
        if record is not None:
            self.to_share = record.advance
        self.retranslate()

    def share(self, amount: Decimal) -> None:
        """There is ``amount`` to give: to the oldest orders first, unless somebody typed parts himself."""
        self.to_share = amount
        if self.debtor is not None and not self.by_hand and not self.grid.lines.read_only:
            parts = share_out(amount, self.debtor.orders)
            for row in self.grid.lines.rows:
                row["part"] = parts.get(row["id"])
                row["left"] = row["open"] - (row["part"] or ZERO)
            self._rows_changed()
        self.retranslate()

    def follow(self, debtor: Debtor) -> bool:
        """Show what the orders have open by now; parts that were typed stay, up to that. False where nothing changed.

        Rows are changed where they stand: somebody may be typing into one.
        """
        self.debtor = debtor
        now = {order.id: order for order in debtor.orders}
        changed = False
        for row in self.grid.lines.rows:
            order = now.get(row["id"])
            left_open = ZERO if order is None else order.open
            changed = changed or left_open != row["open"]
            row["open"], row["received"] = left_open, row["gross"] - left_open
            row["part"] = min(row["part"] or ZERO, left_open) or None
            row["left"] = left_open - (row["part"] or ZERO)
        if changed:
            self._rows_changed()
            self.share(self.to_share)
        return changed

    def _rows_changed(self) -> None:
        lines = self.grid.lines
        if lines.rowCount():
            last = lines.index(lines.rowCount() - 1, len(COLUMNS) - 1)
            lines.dataChanged.emit(lines.index(0, 0), last)

    def take_up(self, parts: Mapping[int, Decimal]) -> None:
        """Show what somebody typed earlier; no order gets more than it is short of today."""
        for at, row in enumerate(self.grid.lines.rows):
            self.grid.lines.change(at, "part", min(parts.get(row["id"], ZERO), row["open"]) or None)

    def given(self) -> list[tuple[int, Decimal]]:
        """Order and part, of those that get one."""
        return [(row["id"], row["part"]) for row in self.grid.lines.rows if row.get("part")]

    def _part_typed(self, at: int, key: str) -> None:
        row = self.grid.lines.rows[at]
        row["left"] = row["open"] - (row["part"] or ZERO)
        self.by_hand = True
        self.retranslate()
        self.typed.emit()

    def retranslate(self) -> None:
        """Set every text: what is given, what is left, who owes how much."""
        self.keys.setText(tr("Enter next cell    F9 post"))
        given = ZERO if self.grid.lines.read_only and self.record else self._sum()
        left = self.to_share - given
        words = tr("To orders {given}    Advance {left}", given=_money(self._sum()), left=_money(left))
        if left < 0:
            words = tr("{excess} more is given to orders than was paid", excess=_money(-left))
        self.summary.setText(words)
        self.summary.setProperty("tone", "bad" if left < 0 else "")
        said = (*self._owed(), *self._told())
        nobody = tr("Choose the customer: what he has not paid yet then stands here.")
        self.facts.setText("    ".join(said) or nobody)
        self.keys.setVisible(not self.grid.lines.read_only)

    def _sum(self) -> Decimal:
        return sum((part for _, part in self.given()), ZERO)

    def _owed(self) -> list[str]:
        owing = self.debtor
        if owing is None:
            return []
        facts = [
            tr("Owes {amount}", amount=_money(owing.receivable)),
            tr("{count} open orders", count=len(owing.orders)),
        ]
        ahead = sum((advance.left for advance in owing.advances), ZERO)
        if ahead and self.record is None:
            facts.append(tr("Has paid {amount} in advance", amount=_money(ahead)))
        return facts

    def _told(self) -> list[str]:
        record = self.record
        if record is None:
            return []
        facts = []
        if record.credited != record.amount:
            facts.append(tr("Owes {amount} less", amount=_money(record.credited)))
        if record.reverses is not None:
            facts.append(tr("Reverses {number}", number=record.reverses[1]))
        if record.print_count:
            facts.append(tr("Printed {count} times", count=record.print_count))
        by = self._client.dictionary.user(record.created_by)
        return [*facts, tr("Posted by {name}, {time}", name=by, time=time_text(record.created_at))]

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)


def _money(amount: Decimal) -> str:
    return number_text(amount, Kind.AMOUNT)
