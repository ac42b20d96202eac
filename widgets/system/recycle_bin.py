"""The recycle bin of every kind of record, one list at a time (PLT-33)."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QStackedLayout, QVBoxLayout, QWidget

from services.entity import Entity, Query
from services.language import tr
from services.records import table_of
from widgets.base.client import Client
from widgets.base.list_page import ListPage


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
    """A page of the workspace: choose the kind of record, restore what was deleted by mistake."""

    title_changed = Signal()

    def __init__(self, client: Client, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.client = client
        self.setProperty("page", "plain")
        self.entities = recyclable(client)
        self.kinds, self._label, self._nothing = QComboBox(), QLabel(), QLabel()
        self._label.setProperty("role", "muted")
        self._nothing.setProperty("role", "muted")
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        for entity in self.entities:
            self.kinds.addItem("", entity.key)
        self._pages: dict[str, ListPage] = {}
        self._stack = QStackedLayout()
        self._nothing.setParent(self)  # the stack shows it at once
        self._stack.addWidget(self._nothing)
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
        """The list shown now; None where the user may delete nothing at all."""
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

    def _show(self) -> None:
        key = self.kinds.currentData()
        if key is None:
            return
        if key not in self._pages:
            self._pages[key] = ListPage(self.client, Query(key, deleted=True, order=("-deleted_at",)))
            self._stack.addWidget(self._pages[key])
        self._stack.setCurrentWidget(self._pages[key])
        self.setFocusProxy(self._pages[key])

    def retranslate(self) -> None:
        """Set every text."""
        self._label.setText(tr("Records of"))
        self._nothing.setText(tr("There is nothing here that you may see."))
        for place in range(self.kinds.count()):
            self.kinds.setItemText(place, tr(self.client.entities[self.kinds.itemData(place)].plural))

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
            self.title_changed.emit()
        super().changeEvent(event)
