"""What somebody may, all his roles taken together, and which of them each right comes from (ORG-05)."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QDialogButtonBox, QLabel, QWidget

from services.language import tr
from services.organisation.queries import RoleRow
from widgets.base.client import Client
from widgets.base.people_picker import TaskDialog
from widgets.organisation.roles_page import RightsTree


class RightsDialog(TaskDialog):
    """The tick list of ``roles`` together, to be read only; whose they are is ``name``."""

    def __init__(
        self, client: Client, name: str, roles: Sequence[RoleRow], parent: QWidget | None = None
    ) -> None:
        super().__init__(client, parent)
        self._name, self._roles = name, tuple(roles)
        self.heading = QLabel()
        self.heading.setWordWrap(True)
        self.tree = RightsTree(client.user.rights)
        self.body.addWidget(self.heading)
        self.body.addWidget(self.tree, 1)
        self.buttons.setStandardButtons(QDialogButtonBox.StandardButton.Close)
        self.resize(940, 640)
        self.retranslate()

    def do(self) -> None:
        """There is nothing to do but to close."""
        self.accept()

    def retranslate(self) -> None:
        """Set every text; roles that are built in are called in the language in force."""
        self.setWindowTitle(tr("Rights of {name}", name=self._name))
        sources = {
            right: [role.title for role in self._roles if right in role.rights]
            for right in self.tree.rights()
            if any(right in role.rights for role in self._roles)
        }
        titles = tr(", ").join(role.title for role in self._roles)
        self.heading.setText(
            tr("All roles together: {roles}. Point at a tick to see which role it comes from.", roles=titles)
            if titles
            else tr("No role: nothing is allowed.")
        )
        self.tree.show_held(sources)
        self.buttons.button(QDialogButtonBox.StandardButton.Close).setText(tr("Close"))

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
