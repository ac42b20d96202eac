"""An action of an entity's own over one or several records: what it needs to know, then done in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtWidgets import QDialogButtonBox, QFormLayout, QLabel, QLineEdit, QWidget

from services.commands import Changes
from services.entity import Action, Ask, Entity, Kind
from services.language import tr
from widgets.base.client import Client
from widgets.base.people_picker import PersonCombo, TaskDialog


class CommandDialog(TaskDialog):
    """For records ``ids`` of ``entity``."""

    def __init__(
        self,
        client: Client,
        entity: Entity,
        action: Action,
        ids: Sequence[int],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(client, parent)
        self.entity, self.action, self.ids = entity, action, tuple(ids)
        self.inputs: dict[str, QLineEdit | PersonCombo] = {}
        self._labels: dict[str, QLabel] = {}
        self._asks: tuple[Ask, ...] = tuple(
            ask for ask in action.asks if ask.right is None or client.user.can(ask.right)
        )
        self.about = QLabel()
        self.body.addWidget(self.about)
        lines = QFormLayout()
        lines.setSpacing(8)
        for ask in self._asks:
            made: QLineEdit | PersonCombo = PersonCombo(client) if ask.kind == Kind.USER else QLineEdit()
            if isinstance(made, PersonCombo):
                made.setCurrentIndex(made.findData(client.user.id))
            else:
                made.setMaxLength(200)
            self.inputs[ask.argument], self._labels[ask.argument] = made, QLabel()
            lines.addRow(self._labels[ask.argument], made)
        self.body.addLayout(lines)
        self.body.addStretch(1)
        self.setMinimumWidth(420)
        self.retranslate()

    def do(self) -> None:
        """Do it, once what it needs is there."""
        asked: dict[str, Any] = {}
        for ask in self._asks:
            made = self.inputs[ask.argument]
            value: Any = made.user_id() if isinstance(made, PersonCombo) else made.text().strip()
            if ask.required and value in (None, ""):
                self.bar.warning(tr("Fill in first: {field}", field=tr(ask.title)))
                made.setFocus()
                return
            asked[ask.argument] = value
        assert self.action.command is not None
        self.write(self.action.command, self._done, ids=list(self.ids), **asked)

    def _done(self, _changes: Changes) -> None:
        done = tr("{action} {count} records: done.", action=self.windowTitle(), count=len(self.ids))
        self.client.shell.message(done, "done")
        self.accept()

    def retranslate(self) -> None:
        """Set every text."""
        super().retranslate()
        title = tr(self.action.title).rstrip(" …")
        self.setWindowTitle(title)
        self.about.setText(tr("{count} records", count=len(self.ids)))
        for ask in self._asks:
            self._labels[ask.argument].setText(tr(ask.title))
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setText(title)
