"""'Why can I see this?' (ORG-15): the reasons in words, who owned it, and for the boss who else can see it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialogButtonBox, QLabel, QTreeWidget, QTreeWidgetItem, QWidget

from models.permissions import Permission
from services.entity import Entity
from services.language import tr
from services.organisation import queries
from widgets.base.client import Client
from widgets.base.people_picker import TaskDialog


class WhyDialog(TaskDialog):
    """For one record of ``entity``."""

    def __init__(self, client: Client, entity: Entity, record_id: int, parent: QWidget | None = None) -> None:
        super().__init__(client, parent)
        self.entity, self.record_id = entity, record_id
        self._found: tuple[list[str], list[Any], list[tuple[str, list[str]]]] = ([], [], [])
        self.reasons, self.owners, self.who_label = QLabel(), QLabel(), QLabel()
        self.who_label.setProperty("role", "heading")
        for label in (self.reasons, self.owners):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.owners.setProperty("role", "muted")
        self.who = QTreeWidget()
        self.who.setProperty("boxed", True)
        self.who.setColumnCount(2)
        self.who.setRootIsDecorated(False)
        self.body.addWidget(self.reasons)
        self.body.addWidget(self.owners)
        self._all = client.user.can(Permission.SYSTEM_HISTORY)
        if self._all:
            self.body.addWidget(self.who_label)
            self.body.addWidget(self.who, 1)
        self.buttons.setStandardButtons(QDialogButtonBox.StandardButton.Cancel)
        self.set_default(self.buttons.button(QDialogButtonBox.StandardButton.Cancel))
        self.resize(560, 480 if self._all else 200)
        self.retranslate()
        key, everybody = entity.key, self._all
        self.read(
            lambda session: (
                queries.why_visible(session, entity=key, record_id=record_id),
                queries.owners_before(session, entity=key, record_id=record_id),
                queries.who_sees(session, entity=key, record_id=record_id) if everybody else [],
            ),
            self._show,
        )

    def _show(self, found: Any) -> None:
        self._found = found
        self.retranslate()
        self.loaded.emit()

    def do(self) -> None:
        """There is nothing to do but to close."""
        self.accept()

    def retranslate(self) -> None:
        """Set every text; what the reasons say stays in the language in which they were read."""
        self.setWindowTitle(tr("Why can I see this?"))
        reasons, owners, who = self._found
        self.reasons.setText("\n".join(f"• {reason}" for reason in reasons))
        self.owners.setText(
            "\n".join(
                tr(
                    "{day}: {by} gave it from {old} to {new}.",
                    day=f"{datetime.fromisoformat(one['at']):%Y-%m-%d}",
                    by=one["by"] or tr("the system"),
                    old=one["from"],
                    new=one["to"],
                )
                for one in owners
            )
        )
        self.owners.setVisible(bool(owners))
        self.who_label.setText(tr("Who can see it: {count}", count=len(who)))
        self.who.setHeaderLabels([tr("Full name"), tr("Why")])
        self.who.clear()
        for name, why in who:
            item = QTreeWidgetItem([name, "\n".join(why)])
            for column in range(2):
                item.setTextAlignment(column, Qt.AlignmentFlag.AlignTop)
            item.setToolTip(1, "\n".join(why))
            self.who.addTopLevelItem(item)
        self.who.resizeColumnToContents(0)
        self.buttons.button(QDialogButtonBox.StandardButton.Cancel).setText(tr("Close"))
