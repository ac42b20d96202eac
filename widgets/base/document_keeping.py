"""What is typed into a document's page is kept on this PC and offered again (PLT-30), like in the generic form."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, Protocol
from uuid import uuid4

from PySide6.QtCore import QObject, QTimer

from services.clock import CHINA
from services.drafts import Draft, Drafts
from services.entity import Entity
from services.errors import Cancelled
from services.language import tr
from widgets.base.client import Client
from widgets.base.form_io import drafts_of
from widgets.base.messages import MessageBar
from widgets.base.tasks import TaskSlot

DELAY: Final = 800
"""Milliseconds without a key until what is typed is written to the disk."""


class KeptPage(Protocol):
    """What is kept of a page, and where it is shown again."""

    client: Client
    entity: Entity
    record_id: int | None
    record: Any
    messages: MessageBar

    def dirty(self) -> bool:
        """Whether typed input is not saved."""

    def set_dirty(self, dirty: bool) -> None:
        """Typed input is saved, or not any more."""

    def kept(self) -> dict[str, Any]:
        """What stands in the page, in JSON types."""

    def take_up(self, values: Mapping[str, Any]) -> None:
        """Show what ``kept`` gave earlier."""


class DocumentKeeping(QObject):
    """The draft of one page: what ``page.kept()`` says, a moment after typing; forgotten when it is saved or given up.

    ``find`` is called when the page has read its record: the first time an older draft of it is offered, which
    ``page.take_up`` shows. ``forget`` when it was saved.
    """

    def __init__(self, page: KeptPage, parent: QObject, drafts: Drafts | None = None) -> None:
        """``parent``: the widget that the page is; the draft is let go with it."""
        super().__init__(parent)
        self._page = page
        self.drafts = drafts or drafts_of(page.client)
        self._slot, self._finding = TaskSlot(self), TaskSlot(self)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DELAY)
        self._timer.timeout.connect(self.keep)
        self._of = page.record_id
        """The record that the draft is of; None also when a new one was saved in the meantime."""
        self._asked = False
        held, store = [uuid4()], self.drafts
        self._held = held
        store.hold(held[0])
        parent.destroyed.connect(lambda _gone=None: store.release(held[0]))

    @property
    def busy(self) -> bool:
        """Whether the disk is awaited."""
        return self._slot.busy or self._finding.busy

    def touched(self) -> None:
        """Something was typed."""
        self._timer.start()

    def keep(self) -> None:
        """Write what is typed to the disk, in the background."""
        self._timer.stop()
        page, drafts = self._page, self.drafts
        if not page.dirty():
            return
        draft = Draft(
            owner=drafts.owner,
            entity=page.entity.key,
            record_id=self._of,
            version=getattr(page.record, "version", None),
            key=self._held[0],
            at=datetime.now(CHINA),
            values=page.kept(),
        )
        self._slot.start(lambda _control: drafts.save(draft), lambda _done: None, self._not_kept)

    def _not_kept(self, error: Exception) -> None:
        if not isinstance(error, Cancelled):
            self._page.messages.warning(tr("What you type cannot be kept on this PC: {error}", error=error))

    def forget(self) -> None:
        """It is saved, or given up; from now on the page is that of its record."""
        self._timer.stop()
        self._delete(self._of)
        self._of = self._page.record_id

    def _delete(self, record_id: int | None) -> None:
        drafts, entity, key = self.drafts, self._page.entity.key, self._held[0]
        self._slot.start(
            lambda _control: drafts.delete(entity=entity, record_id=record_id, key=key),
            lambda _done: None,
            self._not_kept,
        )

    # -- offering it again

    def find(self) -> None:
        """The page stands: offer what was typed into it and not saved."""
        if self._asked:
            return
        self._asked = True
        drafts, entity, record_id = self.drafts, self._page.entity.key, self._of
        self._finding.start(
            lambda _control: drafts.find(entity=entity, record_id=record_id), self._offer, self._not_kept
        )

    def _offer(self, draft: Draft | None) -> None:
        page = self._page
        if draft is None or page.dirty():
            return
        when = draft.at.astimezone(CHINA).strftime("%m-%d %H:%M")
        page.messages.warning(
            tr("On {when} you typed something here that was not saved.", when=when),
            (tr("Continue with it"), lambda: self._continue(draft)),
            (tr("Discard it"), lambda: self._discard(draft)),
        )

    def _hold(self, draft: Draft) -> None:
        self.drafts.release(self._held[0])
        self._held[0] = draft.key
        self.drafts.hold(draft.key)

    def _continue(self, draft: Draft) -> None:
        self._hold(draft)
        if draft.version is not None and draft.version != getattr(self._page.record, "version", None):
            self._page.messages.warning(
                tr("Somebody has changed this since you typed. Compare before you save.")
            )
        self._page.take_up(draft.values)
        self._page.set_dirty(True)

    def _discard(self, draft: Draft) -> None:
        self._hold(draft)
        self._delete(draft.record_id)
