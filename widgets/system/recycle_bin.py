"""The recycle bin (PLT-33): all deletions with what each took along, or one kind of record as a list."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QStackedLayout, QVBoxLayout, QWidget

from services.entity import Entity, Query
from services.language import tr
from services.records import table_of
from widgets.base.client import Client
from widgets.base.list_page import ListPage
from widgets.system.deletions import Deletions

EVERYTHING = ""
"""In place of an entity key: all kinds together."""


def recyclable(client: Client) -> list[Entity]:
    """Entities whose deleted records the user may see."""
    return [
        entity
        for entity in client.entities.values()
        if client.can(entity, "view")
        and client.can(entity, "delete")
        and "deleted_at" in table_of(entity).columns
    ]


class RecycleBin(QWidget):
    """A page of the workspace: everything, or the kind of record chosen; what was deleted by mistake comes back."""

    title_changed = Signal()

    def __init__(self, client: Client, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.client = client
        self.setProperty("page", "plain")
        self.entities = recyclable(client)
        self.kinds, self._label = QComboBox(), QLabel()
        self._label.setProperty("role", "muted")
        self.kinds.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.kinds.addItem("", EVERYTHING)
        for entity in self.entities:
            self.kinds.addItem("", entity.key)
        self.everything = Deletions(client)
        self._pages: dict[str, QWidget] = {EVERYTHING: self.everything}
        self._stack = QStackedLayout()
        self.everything.setParent(self)  # the stack shows it at once
        self._stack.addWidget(self.everything)
        head = QHBoxLayout()
        head.setContentsMargins(12, 8, 12, 0)
        head.setSpacing(8)
        head.addWidget(self._label)
        head.addWidget(self.kinds)
        head.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addLayout(self._stack, 1)
        self.kinds.currentIndexChanged.connect(self._show)
        self.retranslate()
        self._show()

    def title(self) -> str:
        """Text of the tab."""
        return tr("Recycle bin")

    def page(self) -> ListPage | None:
        """The list of the kind chosen; None while everything is shown."""
        found = self._stack.currentWidget()
        return found if isinstance(found, ListPage) else None

    def state(self) -> dict[str, Any]:
        """The kind shown."""
        return {"entity": self.kinds.currentData()}

    def restore(self, state: dict[str, Any]) -> None:
        """Show that kind again."""
        place = self.kinds.findData(state.get("entity"))
        if place >= 0:
            self.kinds.setCurrentIndex(place)

    def on_shown(self) -> None:
        """Read again what changed while the page was hidden."""
        self.everything.on_shown()

    def _show(self) -> None:
        key = self.kinds.currentData()
        if key not in self._pages:
            self._pages[key] = ListPage(self.client, Query(key, deleted=True, order=("-deleted_at",)))
            self._stack.addWidget(self._pages[key])
        self._stack.setCurrentWidget(self._pages[key])
        if key == EVERYTHING:
            self.everything.on_shown()
        self.setFocusProxy(self._pages[key])

    def retranslate(self) -> None:
        """Set every text."""
        self._label.setText(tr("Show"))
        self.kinds.setItemText(0, tr("Everything that was deleted"))
        for place in range(1, self.kinds.count()):
            self.kinds.setItemText(place, tr(self.client.entities[self.kinds.itemData(place)].plural))

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
            self.title_changed.emit()
        super().changeEvent(event)
