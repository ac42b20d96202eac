"""What the menu of the 360° view offers: sharing, giving away, the pool, why one sees it, sections (CUS-14)."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu, QWidget

from services.entity import Action
from services.language import tr
from widgets.base.client import Client
from widgets.base.command_dialog import CommandDialog
from widgets.base.icons import icon
from widgets.base.share_dialog import ShareDialog
from widgets.base.tasks import Control, TaskSlot
from widgets.base.transfer_dialog import TransferDialog
from widgets.base.why_dialog import WhyDialog
from widgets.customers.section_list import SectionList

ENTITY = "customers.customer"
HIDDEN = "customers.view.hidden"
"""Preference: keys of sections that the user does not want to see."""


class CustomerMenu:
    """The menu of one customer; its dialogs belong to ``page``."""

    def __init__(
        self,
        client: Client,
        customer_id: int,
        page: QWidget,
        sections: SectionList,
        refresh: Callable[[], None],
    ) -> None:
        self.client, self.customer_id = client, customer_id
        self._page, self._sections, self._refresh = page, sections, refresh

    def hidden(self) -> set[str]:
        """Keys of the sections that the user has hidden."""
        return set(self.client.preferences.get(HIDDEN) or ())

    def show(self, button: QWidget) -> None:
        """Open it below ``button``."""
        menu = QMenu(self._page)
        user = self.client.user
        if user.can("organisation.share"):
            menu.addAction(icon("share-2"), tr("Share…"), self.share)
        if user.can("organisation.transfer"):
            menu.addAction(icon("arrow-left-right"), tr("Give to another owner…"), self.transfer)
        entity = self.client.entities[ENTITY]
        for own in entity.actions:
            if own.command is not None and self.client.user.can(own.permission):
                menu.addAction(icon(own.icon), tr(own.title), lambda own=own: self.act(own))
        menu.addAction(icon("circle-help"), tr("Why can I see this?"), self.why)
        shown = menu.addMenu(icon("list"), tr("Sections"))
        hidden = self.hidden()
        for section in self._sections.offered():
            action = shown.addAction(tr(section.title))
            action.setCheckable(True)
            action.setChecked(section.key not in hidden)
            action.triggered.connect(lambda _on=False, key=section.key: self.toggle(key))
        menu.addAction(icon("refresh-cw"), tr("Refresh"), self._refresh)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(button.mapToGlobal(button.rect().bottomLeft()))

    def toggle(self, key: str) -> None:
        """Hide a section, or show it again; kept per user."""
        if self.client.preferences.set(HIDDEN, sorted(self.hidden() ^ {key})):

            def work(_control: Control) -> None:
                self.client.preferences.store(HIDDEN)

            TaskSlot(self._page).start(work, lambda _done: None, self.client.shell.error)
        self._sections.fill(self.hidden())

    def share(self) -> None:
        """Ask with whom to share, and do it."""
        ShareDialog(self.client, self.client.entities[ENTITY], [self.customer_id], self._page).show()

    def act(self, action: Action) -> None:
        """Do one of the customer's own actions: into the pool, out of it."""
        CommandDialog(
            self.client, self.client.entities[ENTITY], action, [self.customer_id], self._page
        ).show()

    def transfer(self) -> None:
        """Ask who is to own the customer, and do it."""
        TransferDialog(self.client, self.client.entities[ENTITY], [self.customer_id], self._page).show()

    def why(self) -> None:
        """Why this customer is seen, and for the boss by whom else."""
        WhyDialog(self.client, self.client.entities[ENTITY], self.customer_id, self._page).show()
