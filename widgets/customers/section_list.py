"""The list of sections at the left of the 360° view (CUS-11): those one may see, with their counts."""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget

from models.permissions import Permission
from services.language import tr
from services.organisation.access import SERVICE_RIGHTS
from widgets.base.client import Client
from widgets.base.icons import icon
from widgets.base.style import text_size
from widgets.customers.sections import SECTIONS, Section

LEAST, MOST = 164, 216
"""Width in pixels at normal text size."""
BESIDE = 48
"""Pixels beside the words: the icon and the margins."""


class SectionList(QListWidget):
    """``opened(key)`` when a section is chosen."""

    opened = Signal(str)

    def __init__(self, client: Client, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.client = client
        self._counts: dict[str, int] = {}
        self.setProperty("sections", True)
        self.setIconSize(QSize(15, 15))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.currentItemChanged.connect(self._chosen)

    def offered(self) -> list[Section]:
        """Sections that this user may see."""
        return [
            section
            for section in SECTIONS
            if (not section.right or self.client.user.can(section.right))
            and (not section.entity or section.entity in self.client.entities)
        ]

    def refused(self) -> list[Section]:
        """Sections that the administrator does not show to customer service (ORG-12): named, but closed."""
        if not self.client.user.can(Permission.CUSTOMERS_SERVICE):
            return []
        return [
            section
            for section in SECTIONS
            if section.right in SERVICE_RIGHTS and not self.client.user.can(section.right)
        ]

    def section(self) -> str:
        """Key of the open section."""
        item = self.currentItem()
        return str(item.data(Qt.ItemDataRole.UserRole)) if item is not None else ""

    def open_section(self, key: str) -> None:
        """Open a section; nothing happens if the user does not have it."""
        for at in range(self.count()):
            item = self.item(at)
            if item.data(Qt.ItemDataRole.UserRole) == key and item.flags() & Qt.ItemFlag.ItemIsEnabled:
                self.setCurrentRow(at)

    def fill(self, hidden: Collection[str]) -> None:
        """List what may be seen, without those that the user has hidden."""
        current = self.section()
        self.blockSignals(True)
        self.clear()
        for section in self.offered():
            if section.key not in hidden:
                item = QListWidgetItem(icon(section.icon), "")
                item.setData(Qt.ItemDataRole.UserRole, section.key)
                self.addItem(item)
        for section in self.refused():
            item = QListWidgetItem(icon("lock"), "")
            item.setData(Qt.ItemDataRole.UserRole, section.key)
            item.setFlags(Qt.ItemFlag.NoItemFlags)
            self.addItem(item)
        self.blockSignals(False)
        self.retranslate()
        self.open_section(current or "timeline")

    def set_counts(self, counts: dict[str, int]) -> None:
        """How many records there are, by the section's key."""
        self._counts = {**self._counts, **counts}
        self.retranslate()

    def retranslate(self) -> None:
        """Set every text in the language in force."""
        titles = {section.key: section.title for section in SECTIONS}
        for at in range(self.count()):
            item = self.item(at)
            key = item.data(Qt.ItemDataRole.UserRole)
            count = self._counts.get(key)
            text = tr(titles[key])
            item.setText(f"{text}  {count}" if count else text)
            closed = not item.flags() & Qt.ItemFlag.ItemIsEnabled
            item.setToolTip(
                tr("{section}: your administrator does not show this to customer service.", section=text)
                if closed
                else text
            )
            # items made before the style sheet was applied would keep the height they had then
            item.setSizeHint(QSize(0, round(28 * max(1.0, text_size() / 13))))
        self.fit()

    def fit(self) -> None:
        """As wide as its words need, within bounds: English ones are longer."""
        factor = max(1.0, text_size() / 13)
        texts = (self.item(at).text() for at in range(self.count()))
        widest = max((self.fontMetrics().horizontalAdvance(text) for text in texts), default=0)
        room = min(max(LEAST * factor, widest + BESIDE), MOST * factor)
        if self.width() != round(room):
            self.setFixedWidth(round(room))

    def _chosen(self, item: QListWidgetItem | None, _before: QListWidgetItem | None) -> None:
        if item is not None:
            self.opened.emit(str(item.data(Qt.ItemDataRole.UserRole)))
