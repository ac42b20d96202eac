"""A contact: the form of every entity, and beside it the other customers he belongs to as well (CON-01)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from services.changes import Notice
from services.commands import Changes
from services.customers import commands, view
from services.customers.contact_entity import CONTACT_ENTITY
from services.language import tr
from widgets.base.card import Card, Elided
from widgets.base.client import Client
from widgets.base.editors import ReferenceEditor
from widgets.base.editors.text import TextEditor
from widgets.base.file_rows import tool
from widgets.base.record_form import RecordForm
from widgets.base.style import text_size
from widgets.base.tasks import Control, Task, TaskSlot

CUSTOMER: Final = "customers.customer"
SIDE: Final = 270


class LinkedCustomers(QWidget):
    """The customers to whom the contact ``contact_id`` belongs besides his own."""

    def __init__(self, client: Client, contact_id: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.client, self.contact_id = client, contact_id
        self.links: list[view.Link] = []
        self._slot = TaskSlot(self)
        self._may = client.can(CONTACT_ENTITY, "edit")
        self.customer = ReferenceEditor(client, client.entities[CUSTOMER])
        self.role = TextEditor(length=60)
        self.add_button = QPushButton()
        self.add_button.clicked.connect(lambda _checked=False: self.add())
        self.role.finished.connect(self.add)
        self.customer.finished.connect(self.role.setFocus)
        self.error, self.empty = QLabel(), QLabel()
        self.error.setProperty("tone", "bad")
        self.error.setProperty("role", "small")
        self.error.setWordWrap(True)
        self.error.hide()
        self.empty.setProperty("role", "muted")
        self.empty.setWordWrap(True)
        self._list = QVBoxLayout()
        self._list.setSpacing(2)
        self._rows: list[QWidget] = []
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 10, 12, 12)
        layout.setSpacing(8)
        layout.addLayout(self._list)
        layout.addWidget(self.empty)
        for widget in (self.customer, self.role, self.add_button):
            layout.addWidget(widget)
            widget.setVisible(self._may)
        layout.addWidget(self.error)
        layout.addStretch(1)
        client.bus.changed.connect(self._heard)
        self.retranslate()
        self.refresh()

    @property
    def busy(self) -> bool:
        """Whether the list is awaited."""
        return self._slot.busy

    def refresh(self) -> None:
        """Read again."""
        database, contact_id = self.client.database, self.contact_id

        def work(_control: Control) -> list[view.Link]:
            with database.read_session() as session:
                return view.linked_customers(session, contact_id=contact_id)

        self._slot.start(work, self._show, self.client.shell.error)

    def _show(self, links: list[view.Link]) -> None:
        self.links = links
        for row in self._rows:
            self._list.removeWidget(row)
            row.hide()
            row.deleteLater()
        self._rows = [self._row(link) for link in links]
        for row in self._rows:
            self._list.addWidget(row)
        self.empty.setVisible(not links)

    def _row(self, link: view.Link) -> QWidget:
        row = QWidget()
        name, role, remove = Elided(), QLabel(link.role), tool("x")
        name.setText(link.customer)
        name.setProperty("tone", "link")
        name.setCursor(Qt.CursorShape.PointingHandCursor)
        name.mouseReleaseEvent = lambda _event: self.client.shell.open_record(CUSTOMER, link.customer_id)  # type: ignore[method-assign]
        role.setProperty("role", "small")
        role.setTextFormat(Qt.TextFormat.PlainText)
        remove.setToolTip(tr("He does not belong there any more"))
        remove.setAccessibleName(tr("He does not belong there any more"))
        if not self._may:
            remove.hide()
        remove.clicked.connect(lambda _checked=False: self.remove(link.customer_id))
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(8)
        line.addWidget(name, 1000)
        line.addWidget(role)
        line.addStretch(1)
        line.addWidget(remove)
        return row

    def add(self) -> None:
        """He belongs to the chosen customer too."""
        customer_id = self.customer.value()
        if not isinstance(customer_id, int):
            self.customer.setFocus()
            return
        database, contact_id, role = self.client.database, self.contact_id, self.role.value()

        def done(_changes: Changes) -> None:
            self.customer.set_value(None)
            self.role.set_value(None)
            self._say("")
            self.refresh()

        Task(
            self,
            lambda _control: database.write(
                commands.link_contact, contact_id=contact_id, customer_id=customer_id, role=str(role or "")
            ),
            done,
            lambda error: self._say(str(error)),
        )

    def remove(self, customer_id: int) -> None:
        """He belongs there no more."""
        database, contact_id = self.client.database, self.contact_id
        Task(
            self,
            lambda _control: database.write(
                commands.unlink_contact, contact_id=contact_id, customer_id=customer_id
            ),
            lambda _changes: self.refresh(),
            lambda error: self._say(str(error)),
        )

    def _say(self, text: str) -> None:
        self.error.setText(text)
        self.error.setVisible(bool(text))

    def _heard(self, notice: Notice) -> None:
        if notice.entity in ("customers.contact_link", "*"):
            self.refresh()

    def retranslate(self) -> None:
        """Set every text in the language in force."""
        self.customer.set_placeholder(tr("Another customer"))
        self.role.set_placeholder(tr("What he is there"))
        self.add_button.setText(tr("He belongs there too"))
        self.empty.setText(tr("He belongs to his own customer only."))

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)


class ContactPage(QWidget):
    """The page of one contact; the card beside the form comes as soon as he exists."""

    title_changed = Signal()
    dirty_changed = Signal()
    close_wanted = Signal()
    saved = Signal(int)
    others_changed = Signal(object)

    def __init__(
        self,
        client: Client,
        record_id: int | None = None,
        values: Mapping[str, Any] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setProperty("page", True)
        self._client = client
        self.form = RecordForm(client, CONTACT_ENTITY, record_id, values, parent=self)
        self.setFocusProxy(self.form)
        self.links: LinkedCustomers | None = None
        self._card: Card | None = None
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 14, 0)
        self._row.setSpacing(0)
        self._row.addWidget(self.form, 1)
        self._side = QVBoxLayout()
        # level with the first card of the form
        self._side.setContentsMargins(0, 54, 0, 12)
        self._row.addLayout(self._side)
        for mine, its in (
            (self.title_changed, self.form.title_changed),
            (self.dirty_changed, self.form.dirty_changed),
            (self.close_wanted, self.form.close_wanted),
            (self.others_changed, self.form.others_changed),
        ):
            its.connect(mine)
        self.form.saved.connect(self._saved)
        self.form.title_changed.connect(self._follow)
        self._follow()

    def _saved(self, record_id: int) -> None:
        self._follow()
        self.saved.emit(record_id)

    def _follow(self) -> None:
        """The card is that of the contact in the form, which may have gone on to another."""
        shown = self.links.contact_id if self.links is not None else None
        if shown == self.form.record_id:
            return
        if self._card is not None:
            self._side.removeWidget(self._card)
            self._card.hide()
            self._card.deleteLater()
            self._card = self.links = None
        if self.form.record_id is not None:
            self.links = LinkedCustomers(self._client, self.form.record_id)
            self._card = Card(self.links)
            self._card.setFixedWidth(round(SIDE * max(1.0, text_size() / 13)))
            self._side.addWidget(self._card, 0, Qt.AlignmentFlag.AlignTop)
            self.retranslate()

    def title(self) -> str:
        """Text of the tab."""
        return self.form.title()

    def dirty(self) -> bool:
        """True while the form holds unsaved input."""
        return self.form.dirty()

    def can_close(self) -> bool:
        """Whether nothing would be lost."""
        return self.form.can_close()

    def others(self) -> list[str]:
        """Names of those who have the contact open too."""
        return self.form.others()

    def on_shown(self) -> None:
        """The tab came to the front."""
        self.form.on_shown()

    def retranslate(self) -> None:
        """Set every text in the language in force."""
        if self._card is not None:
            self._card.set_title(tr("Also belongs to"))

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
