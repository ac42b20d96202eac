"""Job change (ORG-04): what somebody owns, to whom it goes, and the way back."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialogButtonBox, QLabel, QListWidget, QListWidgetItem, QWidget

from services.commands import Changes
from services.language import tr
from services.organisation import commands, queries
from services.organisation.rights import entity_title
from widgets.base.client import Client
from widgets.base.people_picker import PersonCombo, TaskDialog


class HandOverDialog(TaskDialog):
    """Counts first, moves then; the message afterwards offers to undo."""

    def __init__(self, client: Client, from_user: int, name: str, parent: QWidget | None = None) -> None:
        super().__init__(client, parent)
        self._from, self._name = from_user, name
        self.intro, self.to_label = QLabel(), QLabel()
        self.intro.setWordWrap(True)
        self.kinds = QListWidget()
        self.to = PersonCombo(client, without=from_user)
        for widget in (self.intro, self.kinds, self.to_label, self.to):
            self.body.addWidget(widget)
        self.retranslate()
        self.read(lambda session: queries.preview_hand_over(session, from_user), self._show)

    def _show(self, counts: dict[str, int]) -> None:
        for kind, count in counts.items():
            item = QListWidgetItem(f"{entity_title(kind)}: {count:,}")
            item.setData(Qt.ItemDataRole.UserRole, kind)
            item.setCheckState(Qt.CheckState.Checked)
            self.kinds.addItem(item)
        if not counts:
            self.intro.setText(tr("{name} owns nothing that could be handed over.", name=self._name))
            self.buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(False)
        self.loaded.emit()

    def do(self) -> None:
        """Hand over what is ticked."""
        items = (self.kinds.item(row) for row in range(self.kinds.count()))
        kinds = [
            item.data(Qt.ItemDataRole.UserRole)
            for item in items
            if item.checkState() == Qt.CheckState.Checked
        ]
        receiver = self.to.user_id()
        if not kinds or receiver is None:
            self.bar.warning(tr("Tick what goes, and choose to whom."))
            return
        self.write(commands.hand_over, self._done, from_user=self._from, to_user=receiver, kinds=kinds)

    def _done(self, changes: Changes) -> None:
        client, made = self.client, int(changes.result["hand_over"])
        count = sum(len(ids) for ids in changes.ids.values())
        client.shell.message(
            tr("{count} records of {name} were handed over.", count=count, name=self._name),
            "done",
            (tr("Undo"), lambda: self.undo(made)),
        )
        self.accept()

    def undo(self, made: int) -> None:
        """Give everything back."""
        client = self.client
        self.write(
            commands.undo_hand_over,
            lambda _changes: client.shell.message(tr("Given back."), "done"),
            hand_over_id=made,
        )

    def retranslate(self) -> None:
        """Set every text."""
        super().retranslate()
        self.setWindowTitle(tr("Hand over the work of {name}", name=self._name))
        self.intro.setText(
            tr("What {name} owns. Ticked kinds go to the new owner, all at once.", name=self._name)
        )
        self.to_label.setText(tr("New owner"))
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setText(tr("Hand over"))
