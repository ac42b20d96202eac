"""Giving records to another owner (ORG-13): to whom, and what goes along, counted before."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QCheckBox, QComboBox, QDialogButtonBox, QFormLayout, QLabel, QWidget

from services import records
from services.commands import Changes
from services.entity import Entity
from services.language import mark, tr
from services.organisation import commands, queries
from widgets.base.client import Client
from widgets.base.people_picker import PersonCombo, TaskDialog

CUSTOMERS = "customers.customer"
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
            self.read(lambda session: queries.preview_transfer(session, self.ids), self._show)
        self.body.addStretch(1)
        self.setMinimumWidth(440)
        self.retranslate()

    def _show(self, counts: dict[str, int]) -> None:
        self._counts = counts
        self.retranslate()
        self.loaded.emit()

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
