"""From the key of a page to its widget: generic lists and forms, custom screens, pages of their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtWidgets import QWidget

from app.navigation import MENUS, SHORTCUTS
from app.shell import WindowShell
from models.permissions import Permission
from services.entity import Entity, Query
from services.errors import NotAvailable
from services.language import mark, tr
from widgets.base.client import Client
from widgets.base.entity_pages import VIEWS
from widgets.base.pages import HISTORY, TABLE, PageKey
from widgets.views import LISTS, PAGES, RECORDS


class PageSource:
    """Makes the pages of one window. ``client`` and ``shell`` are asked late: the window comes first."""

    def __init__(
        self,
        entities: Mapping[str, Entity],
        can: Callable[[str], bool],
        client: Callable[[], Client],
        shell: Callable[[], WindowShell],
    ) -> None:
        self._entities, self._can = entities, can
        self._client, self._shell = client, shell

    def exists(self, key: PageKey) -> bool:
        """Whether the program has such a page; rights are asked apart."""
        if key == SHORTCUTS or key in PAGES:
            return True
        entity = self._entities.get(key.entity)
        if entity is not None and key.view in VIEWS:
            return entity.importable
        return entity is not None and key.view in ("list", "record", "new", HISTORY)

    def may(self, key: PageKey) -> bool:
        """Whether the user has the right to open it."""
        own = PAGES.get(key)
        if own is not None:
            return not own.right or self._can(own.right)
        entity = self._entities.get(key.entity)
        if entity is not None and key.view in VIEWS:
            return VIEWS[key.view].offered(self._client(), entity)
        if key.view == HISTORY and not self._can(Permission.SYSTEM_HISTORY):
            return False
        verb = "create" if key.view == "new" else "view"
        return entity is None or self._can(f"{entity.key}.{verb}")

    def make(self, key: PageKey) -> QWidget:
        """The widget of ``key``; NotAvailable for a page that there is not or that the user may not see."""
        client = self._client()
        if not self.exists(key) or not self.may(key):
            raise NotAvailable(mark("You do not have the right to see this page."))
        given = self._shell().take(key)
        own = PAGES.get(key)
        if own is not None:
            return own.make(client)
        entity = client.entities[key.entity]
        if key.view in VIEWS:
            return VIEWS[key.view].make(client, entity)
        if key.view == "list":
            if key.entity in LISTS:
                page = LISTS[key.entity](client)
                show = getattr(page, "show_query", None)
                if show is not None and isinstance(given, Query):
                    show(given)
                return page
            from widgets.base.list_page import ListPage

            return ListPage(client, given if isinstance(given, Query) else Query(entity.key))
        if key.view == HISTORY and key.record is not None:
            from widgets.base.record_history import RecordHistory

            return RecordHistory(client, entity, key.record)
        return self._record(client, entity, key, given)

    def _record(self, client: Client, entity: Entity, key: PageKey, given: Any) -> QWidget:
        record = key.record if key.view == "record" else None
        values = given if isinstance(given, dict) else None
        custom = RECORDS.get(entity.key)
        if custom is not None:
            return custom(client, record, values)
        if not entity.fields and record is not None:
            from widgets.base.record_card import RecordCard

            return RecordCard(client, entity, record)
        from widgets.base.record_form import RecordForm

        return RecordForm(client, entity, record, values)

    def title(self, key: PageKey) -> str:
        """What a page is called before it was made."""
        for groups in MENUS.values():
            for group in groups:
                for entry in group.entries:
                    if entry.key == key:
                        return tr(entry.title)
        entity = self._entities.get(key.entity)
        if entity is None:
            return key.entity
        if key.view in ("list", TABLE):
            return tr(entity.plural)
        if key.view in VIEWS:
            return tr(VIEWS[key.view].title, name=tr(entity.plural))
        return tr("New {entity}", entity=tr(entity.title)) if key.view == "new" else tr(entity.title)

    def icon(self, key: PageKey) -> str:
        """Name of the icon of a page."""
        entity = self._entities.get(key.entity)
        return entity.icon if entity is not None else "app-window"
