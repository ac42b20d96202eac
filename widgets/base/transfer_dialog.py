"""Giving records to another owner (ORG-13): to whom, and what goes along, counted before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtWidgets import QCheckBox, QComboBox, QDialogButtonBox, QFormLayout, QLabel, QWidget

from services import batch, records
from services.batch import GivePlan
from services.commands import Changes
from services.entity import Entity
from services.language import mark, tr
from services.organisation import commands, queries
from widgets.base.client import Client
from widgets.base.people_picker import PersonCombo, TaskDialog

CUSTOMERS = "customers.customer"
MOST_OWNERS = 5
"""Owners who are named; of the others only the number is told."""
ALONG = (
    ("contacts", mark("Contacts"), True),
    ("records", mark("Follow-up"), False),
    ("tasks", mark("Open tasks"), True),
    ("payments", mark("Payments"), False),
    ("delivery_notes", mark("Delivery notes"), False),
)
"""What may go along with customers, and whether it does unless somebody says otherwise."""


class TransferDialog(TaskDialog):
    """For records ``ids`` of ``entity``; customers take along what is ticked."""

    def __init__(
        self, client: Client, entity: Entity, ids: Sequence[int], parent: QWidget | None = None
    ) -> None:
        super().__init__(client, parent)
        self.entity, self.ids = entity, tuple(ids)
        self._counts: dict[str, int] = {}
        self.to, self.to_label = PersonCombo(client), QLabel()
        self.ticks = {key: QCheckBox() for key, _title, _on in ALONG}
        self.orders, self.orders_label, self.always = QComboBox(), QLabel(), QLabel()
        self.along_label = QLabel()
        self.along_label.setProperty("role", "heading")
        self.always.setProperty("role", "muted")
        self.always.setWordWrap(True)
        lines = QFormLayout()
        lines.setSpacing(8)
        lines.addRow(self.to_label, self.to)
        self.body.addLayout(lines)
        self.note = QLabel()
        self.note.setWordWrap(True)
        self.note.setProperty("role", "muted")
        self.body.addWidget(self.note)
        if entity.key == CUSTOMERS:
            self.body.addWidget(self.along_label)
            for key, _title, on in ALONG:
                self.ticks[key].setChecked(on)
                self.body.addWidget(self.ticks[key])
            more = QFormLayout()
            more.addRow(self.orders_label, self.orders)
            for choice in ("none", "open", "all"):
                self.orders.addItem("", choice)
            self.orders.setCurrentIndex(1)
            self.body.addLayout(more)
            self.body.addWidget(self.always)
        self.body.addStretch(1)
        self.setMinimumWidth(440)
        self._plan: GivePlan | None = None
        self.retranslate()
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(False)
        self.read(self._ask, self._show)

    def _ask(self, session: Any) -> tuple[GivePlan, dict[str, int]]:
        """Which of them can be given away, and what would go along with those."""
        plan = batch.plan_give(session, entity=self.entity, ids=self.ids)
        customers = self.entity.key == CUSTOMERS and plan.give
        return plan, queries.preview_transfer(session, plan.give) if customers else {}

    def _show(self, found: tuple[GivePlan, dict[str, int]]) -> None:
        self._plan, self._counts = found
        self.ids = self._plan.give
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(bool(self.ids))
        self.retranslate()
        self.loaded.emit()

    def _said(self) -> str:
        """Whose they are now, and what is refused and why."""
        if self._plan is None:
            return ""
        names = [
            tr("{value} ({count})", value=self.client.dictionary.user(owner), count=count)
            for owner, count in self._plan.owners[:MOST_OWNERS]
        ]
        rest = sum(count for _, count in self._plan.owners[MOST_OWNERS:])
        if rest:
            names.append(tr("others ({count})", count=rest))
        lines = [tr("From: {owners}", owners=tr(", ").join(names))] if names else []
        lines += [
            tr("{count} are left as they are: {why}", count=f"{count:,}", why=tr(why))
            for why, count in self._plan.refused.items()
        ]
        return "\n".join(lines)

    def do(self) -> None:
        """Give them away."""
        receiver = self.to.user_id()
        if receiver is None:
            self.bar.warning(tr("Choose to whom."))
            self.to.setFocus()
        elif self.entity.key == CUSTOMERS:
            self.write(
                commands.transfer_customers,
                self._done,
                ids=list(self.ids),
                to_user=receiver,
                orders=self.orders.currentData(),
                **{key: tick.isChecked() for key, tick in self.ticks.items()},
            )
        else:
            self.write(records.transfer, self._done, entity=self.entity, ids=list(self.ids), to_user=receiver)

    def _done(self, _changes: Changes) -> None:
        self.client.shell.message(
            tr("{name} owns {count} more records now.", name=self.to.currentText(), count=len(self.ids)),
            "done",
        )
        self.accept()

    def retranslate(self) -> None:
        """Set every text, with the counts that are known."""
        super().retranslate()
        self.setWindowTitle(
            tr("Give {count} records to another owner", count=len(self.ids))
            if len(self.ids) != 1
            else tr("Give this {record} to another owner", record=tr(self.entity.title))
        )
        self.to_label.setText(tr("New owner"))
        self.note.setText(self._said())
        self.note.setVisible(bool(self.note.text()))
        self.along_label.setText(tr("What goes along"))
        for key, title, _on in ALONG:
            count = self._counts.get(key)
            self.ticks[key].setText(tr(title) if count is None else f"{tr(title)} ({count:,})")
        self.orders_label.setText(tr("Contracts and orders"))
        for row, (title, key) in enumerate(
            ((tr("None"), ""), (tr("Open ones"), "open_orders"), (tr("All"), "all_orders"))
        ):
            count = self._counts.get(key)
            self.orders.setItemText(row, title if count is None else f"{title} ({count:,})")
        self.always.setText(
            tr(
                "What a customer owes always follows the customer. Both owners are told; the history keeps it."
            )
        )
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setText(tr("Give away"))
