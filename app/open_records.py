"""Tabs of records that their reader may not see any more: given away, not shared any longer, deleted, or of rights that
were taken. What is only read is closed; what somebody typed is kept, with a word about it."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QWidget

from services import records
from services.changes import Notice
from services.language import tr
from widgets.base.client import Client
from widgets.base.pages import PageKey
from widgets.base.tasks import Control, TaskSlot
from widgets.base.workspace import Workspace

SETTLE: Final = 100
"""Milliseconds in which notices of one change are waited for."""


class OpenRecords(QObject):
    """Asks again, whenever rights or an open record change, which of the open records the user still sees."""

    def __init__(self, client: Client, workspace: Workspace, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._client, self._workspace = client, workspace
        self._asked: set[PageKey] = set()
        self._warned: set[PageKey] = set()
        self._slot = TaskSlot(self)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SETTLE)
        self._timer.timeout.connect(self._ask)
        client.bus.changed.connect(self._hear)

    def stop(self) -> None:
        """The window goes: ask no more."""
        self._client.bus.changed.disconnect(self._hear)
        self._timer.stop()
        self._slot.drop()

    def ask_all(self) -> None:
        """Rights have changed: every open record is asked for."""
        self._hear(Notice("scope", None, False))

    def _hear(self, notice: Notice) -> None:
        everything = notice.entity in ("scope", "*")
        found = {
            key
            for key in self._keys()
            if key.view == "record"
            and key.record is not None
            and key.entity in self._client.entities
            and (
                everything
                or (key.entity == notice.entity and (notice.ids is None or key.record in notice.ids))
            )
        }
        if found:
            self._asked |= found
            if not self._timer.isActive():
                self._timer.start()

    def _ask(self) -> None:
        if self._slot.busy:
            # the answer that is awaited may be older than what was heard since
            self._timer.start()
            return
        asked, self._asked = frozenset(self._asked), set()
        client = self._client

        def work(_control: Control) -> frozenset[PageKey]:
            seen: set[PageKey] = set()
            with client.database.read_session() as session:
                for entity in {key.entity for key in asked}:
                    ids = [key.record for key in asked if key.entity == entity and key.record is not None]
                    there = records.still_seen(session, entity=client.entities[entity], ids=ids)
                    seen |= {PageKey(entity, "record", one) for one in there}
            return asked - seen

        def failed(_error: Exception) -> None:
            # a connection that is lost comes back with a notice that asks for everything
            return

        self._slot.start(work, lambda gone: self._hide(asked, gone), failed)

    def _keys(self) -> frozenset[PageKey]:
        return frozenset(self._workspace.keys())

    def _hide(self, asked: frozenset[PageKey], gone: frozenset[PageKey]) -> None:
        self._warned -= asked - gone
        for key in gone & self._keys():
            page = self._workspace.page(key)
            if page is not None and _dirty(page):
                self._warn(key, page)
            else:
                title = _title(page)
                self._workspace.close_page(key, force=True)
                self._client.shell.message(
                    tr(
                        "“{title}” was deleted or is not shown to you any more; its tab was closed.",
                        title=title,
                    )
                    if title
                    else tr("A record was deleted or is not shown to you any more; its tab was closed."),
                    "warning",
                )

    def _warn(self, key: PageKey, page: QWidget) -> None:
        if key not in self._warned:
            self._warned.add(key)
            self._client.shell.message(
                tr(
                    "“{title}” was deleted or is not shown to you any more. What you typed is still here.",
                    title=_title(page),
                ),
                "warning",
            )


def _dirty(page: QWidget) -> bool:
    asked = getattr(page, "dirty", None)
    return bool(asked()) if callable(asked) else False


def _title(page: QWidget | None) -> str:
    asked = getattr(page, "title", None)
    return str(asked()) if callable(asked) else ""
