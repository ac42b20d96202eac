"""Sharing a customer and giving it to another owner, asked inside the 360° view (CUS-14)."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QDate
from PySide6.QtWidgets import QCheckBox, QComboBox, QDateEdit, QHBoxLayout, QWidget

from services import records
from services.language import tr
from widgets.base.action_panel import ActionPanel
from widgets.base.client import Client
from widgets.base.tasks import Task

ENTITY = "customers.customer"


class ShareChooser(QWidget):
    """With whom, to edit or not, until when."""

    def __init__(self, client: Client) -> None:
        super().__init__()
        self.users = people_box(client)
        self.edit = QCheckBox(tr("May edit too"))
        self.limited = QCheckBox(tr("Until"))
        self.until = QDateEdit(QDate.currentDate().addMonths(1))
        self.until.setCalendarPopup(True)
        self.until.setDisplayFormat("yyyy-MM-dd")
        self.until.setEnabled(False)
        self.limited.toggled.connect(self.until.setEnabled)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        for widget in (self.users, self.edit, self.limited, self.until):
            row.addWidget(widget)
        row.addStretch(1)
        self.setFocusProxy(self.users)

    def values(self) -> dict[str, Any]:
        """Arguments of services.records.share."""
        until = self.until.date().toPython() if self.limited.isChecked() else None
        return {"to_user": self.users.currentData(), "can_edit": self.edit.isChecked(), "until": until}


def people_box(client: Client) -> QComboBox:
    """Everybody who works here but the user himself."""
    box = QComboBox()
    for user in client.dictionary.active_users:
        if user != client.user.id:
            box.addItem(client.dictionary.user(user), user)
    return box


def ask_share(client: Client, panel: ActionPanel, customer_id: int, name: str, after: QWidget) -> None:
    """Ask with whom to share one customer, and do it."""
    chooser = ShareChooser(client)

    def share() -> None:
        who, values = chooser.users.currentText(), chooser.values()
        _write(
            client,
            panel,
            records.share,
            tr("{customer} is shared with {name}.", customer=name, name=who),
            ids=[customer_id],
            **values,
        )

    panel.ask(tr("Share {customer} with:", customer=name), tr("Share"), share, chooser, after=after)


def ask_transfer(client: Client, panel: ActionPanel, customer_id: int, name: str, after: QWidget) -> None:
    """Ask who is to own one customer, and do it."""
    box = people_box(client)

    def transfer() -> None:
        _write(
            client,
            panel,
            records.transfer,
            tr("{customer} now belongs to {name}.", customer=name, name=box.currentText()),
            ids=[customer_id],
            to_user=box.currentData(),
        )

    panel.ask(
        tr("Give {customer} to another owner:", customer=name), tr("Transfer"), transfer, box, after=after
    )


def _write(client: Client, panel: ActionPanel, command: Any, said: str, **values: Any) -> None:
    def done(_changes: object) -> None:
        client.shell.message(said, "done")

    panel.done()
    Task(
        panel,
        lambda _control: client.database.write(command, entity=client.entities[ENTITY], **values),
        done,
        client.shell.error,
    )
