"""What is typed into a page is kept on this PC and offered again (PLT-30), and nothing is saved twice.

A save that was begun stands in the draft with its key before it leaves this PC. Whoever takes the draft up asks the
server what became of it first: it may have been done although nobody heard the answer.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final, Protocol
from uuid import UUID, uuid4

from PySide6.QtCore import QObject, QTimer

from services.clock import CHINA
from services.commands import Changes
from services.drafts import Draft, Drafts, Sent, turn
from services.entity import Entity
from services.errors import Cancelled
from services.language import tr
from widgets.base.client import Client
from widgets.base.form_io import drafts_of
from widgets.base.messages import MessageBar
from widgets.base.tasks import Control, Task, TaskSlot

DELAY: Final = 800
"""Milliseconds without a key until what is typed is written to the disk."""


class KeptPage(Protocol):
    """What is kept of a page, and where it is shown again."""

    @property
    def client(self) -> Client:
        """Whose page it is."""

    @property
    def entity(self) -> Entity:
        """What kind of record it shows."""

    @property
    def record_id(self) -> int | None:
        """Which record; None while it is new."""

    @property
    def version(self) -> int | None:
        """The version of the record that was read."""

    @property
    def messages(self) -> MessageBar:
        """Where the page speaks."""

    @property
    def settled(self) -> bool:
        """Whether nothing is being put into the page just now, so that what stands there is what is meant."""

    def dirty(self) -> bool:
        """Whether typed input is not saved."""

    def may_type(self) -> bool:
        """Whether the record as it was read can be typed into."""

    def stood(self) -> Mapping[str, Any]:
        """What ``kept`` said when the record was read; empty where nobody compares."""

    def kept(self) -> dict[str, Any]:
        """What is typed, as a draft can hold it: texts, whole numbers, decimals, days, moments, yes and no."""

    def begun(self) -> Sent | None:
        """The save that was begun and not answered."""

    def made_by(self, changes: Changes) -> int:
        """The record that a save has made or changed."""

    def go_on(
        self, record_id: int | None, values: Mapping[str, Any], base: Mapping[str, Any], version: int | None
    ) -> None:
        """Be the page of that record, with ``values`` typed over it where it can still be typed into. ``base``: what
        stood there when they were typed, in that ``version``."""


@dataclass(frozen=True, slots=True)
class Found:
    """A draft, and what its save has done that was begun and not answered."""

    draft: Draft
    done: Changes | None = None
    saved: Mapping[str, Any] | None = None
    """What of the typed input is saved for certain."""

    @property
    def whole(self) -> bool:
        """All that is typed in it is saved."""
        return self.saved is not None and dict(self.saved) == dict(self.draft.values)


def outcome(draft: Draft, ask: Callable[[UUID], Changes | None]) -> Found:
    """On a pool thread: what became of the save that ``draft`` holds. ``ask``: Database.done or .settle."""
    if draft.sent is None:
        return Found(draft)
    answers = [ask(key) for key in draft.sent.keys]
    done = next((each for each in reversed(answers) if each is not None), None)
    return Found(draft, done, draft.sent.values if answers[-1] is not None else None)


class MakesNew:
    """The answers of a KeptPage that makes something new every time, and changes nothing that is there."""

    @property
    def record_id(self) -> int | None:
        """What it makes is always new."""
        return None

    @property
    def version(self) -> int | None:
        """What is new has none."""
        return None

    @property
    def settled(self) -> bool:
        """Nothing is put in by itself."""
        return True

    def may_type(self) -> bool:
        """Who may not is never shown it."""
        return True

    def stood(self) -> Mapping[str, Any]:
        """Nobody else could change it."""
        return {}


class Keeping(QObject):
    """The draft of one page: what ``page.kept()`` says, a moment after typing; forgotten when it is saved or given up.

    ``find`` is called when the page has read its record: the first time an older draft of it is offered.
    ``answered`` when a save was answered, ``forget`` when what was typed is given up.
    """

    def __init__(
        self,
        page: KeptPage,
        parent: QObject,
        drafts: Drafts | None = None,
        *,
        name: str = "",
        show: Callable[[Changes], None] | None = None,
    ) -> None:
        """``parent``: the widget that the page is; the draft is let go with it. ``name``: what its drafts are called,
        where they are not those of the page of its entity. ``show`` opens what a save has made, where that is no
        record of the page's entity."""
        super().__init__(parent)
        self._page = page
        self._show = show or self._open_made
        self._name = name or page.entity.key
        self.drafts = drafts or drafts_of(page.client)
        self._slot, self._finding = TaskSlot(self), TaskSlot(self)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DELAY)
        self._timer.timeout.connect(self.keep)
        self._of = page.record_id
        """The record under which the draft lies; None also when a new one was saved in the meantime."""
        self._seen: Mapping[str, Any] | None = None
        """What stood in the page when a draft of it was looked for."""
        self._deleting = 0
        held, store = [uuid4()], self.drafts
        self._held = held
        store.hold(held[0])
        parent.destroyed.connect(lambda _gone=None: store.release(held[0]))

    @property
    def busy(self) -> bool:
        """Whether the disk is awaited."""
        return self._slot.busy or self._finding.busy or self._deleting > 0

    # -- keeping

    def touched(self) -> None:
        """Something was typed."""
        self._timer.start()

    def draft(self) -> Draft:
        """The page as it stands."""
        page = self._page
        return Draft(
            owner=self.drafts.owner,
            entity=self._name,
            record_id=page.record_id,
            version=page.version,
            key=self._held[0],
            at=datetime.now(CHINA),
            values=page.kept(),
            base=page.stood(),
            sent=page.begun(),
        )

    def keep(self, then: Callable[[], None] | None = None) -> None:
        """Write what is typed to the disk, in the background; ``then`` when it lies there."""
        self._timer.stop()
        if not self._page.dirty():
            return
        if not self._page.settled:
            QTimer.singleShot(DELAY, self, lambda: self.keep(then))
            return
        write = self.writer()
        self._slot.start(lambda _control: write(), lambda _done: then() if then else None, self._not_kept)

    def leave(self, then: Callable[[], None]) -> None:
        """Keep what is typed for whoever opens the page next, then close it."""

        def kept() -> None:
            self.drafts.release(self._held[0])
            then()

        self.keep(kept)

    def writer(self) -> Callable[[], None]:
        """What writes the page as it stands now to the disk, on a pool thread."""
        draft, drafts, before = self.draft(), self.drafts, self._of
        self._of = draft.record_id

        def write() -> None:
            drafts.save(draft)
            if before != draft.record_id:
                drafts.delete(entity=draft.entity, record_id=before, key=draft.key, turn=draft.turn)

        return write

    def before_sending(self) -> Callable[[], None]:
        """What a save does first on its pool thread: a power cut in the middle must neither lose the input nor save
        it twice. A disk that refuses holds no save up."""
        self._timer.stop()
        write = self.writer()

        def quietly() -> None:
            with contextlib.suppress(OSError):
                write()

        return quietly

    def _not_kept(self, error: Exception) -> None:
        if not isinstance(error, Cancelled):
            self._page.messages.warning(tr("What you type cannot be kept on this PC: {error}", error=error))

    def answered(self) -> None:
        """A save was answered: what is left of the typed input, if any, is that of the page's record now."""
        if self._page.dirty():
            self.touched()
        else:
            self.forget()

    def forget(self) -> None:
        """It is saved, or given up; from now on the page is that of its record."""
        self._timer.stop()
        self._slot.drop()
        for record_id in {self._of, self._page.record_id}:
            self._delete(record_id, self._held[0])
        self._of = self._page.record_id

    def _delete(self, record_id: int | None, key: UUID) -> None:
        drafts, entity, now = self.drafts, self._name, turn()
        self._deleting += 1

        def done(_done: None) -> None:
            self._deleting -= 1

        def failed(error: Exception) -> None:
            self._deleting -= 1
            self._not_kept(error)

        # not in the slot: what is typed next may not stop it, because that may lie under another record
        Task(
            self,
            lambda _control: drafts.delete(entity=entity, record_id=record_id, key=key, turn=now),
            done,
            failed,
        )

    # -- offering it again

    def find(self) -> None:
        """The page stands: offer what was typed into it and not saved."""
        if self._seen is None:
            self._seen = self._page.kept()
            self._look()

    def _look(self) -> None:
        drafts, entity, record_id = self.drafts, self._name, self._of
        ask = self._page.client.database.done

        def work(_control: Control) -> Found | None:
            draft = drafts.find(entity=entity, record_id=record_id)
            return None if draft is None else outcome(draft, ask)

        self._finding.start(work, self._offer, self._not_found)

    def _not_found(self, error: Exception) -> None:
        if not isinstance(error, Cancelled):
            self._page.messages.warning(str(error), (tr("Try again"), self._look))

    def _offer(self, found: Found | None) -> None:
        page = self._page
        if found is None or page.kept() != self._seen:
            # nothing there, or somebody has begun to type
            return
        when = found.draft.at.astimezone(CHINA).strftime("%m-%d %H:%M")
        if found.whole:
            self._say_saved(found, when)
        elif page.may_type():
            page.messages.warning(
                tr("On {when} you typed something here that was not saved.", when=when),
                (tr("Continue with it"), lambda: self._continue(found.draft)),
                (tr("Discard it"), lambda: self._delete(found.draft.record_id, found.draft.key)),
            )

    def _say_saved(self, found: Found, when: str) -> None:
        page, done = self._page, found.done
        self._delete(found.draft.record_id, found.draft.key)
        if found.draft.record_id is None and done is not None:
            page.messages.warning(
                tr("What you typed here on {when} was saved; only the answer was lost.", when=when),
                (tr("Open it"), partial(self._show, done)),
            )

    def _open_made(self, done: Changes) -> None:
        self._page.client.shell.open_record(self._page.entity.key, self._page.made_by(done))

    def _continue(self, draft: Draft) -> None:
        """Ask for good what became of its save, then go on with it."""
        page, ask = self._page, self._page.client.database.settle

        def failed(error: Exception) -> None:
            if not isinstance(error, Cancelled):
                page.messages.error(error, (tr("Try again"), partial(self._continue, draft)))

        self._finding.start(lambda _control: outcome(draft, ask), self._go_on, failed)

    def _go_on(self, found: Found) -> None:
        page, draft, done = self._page, found.draft, found.done
        if found.whole:
            self._say_saved(found, draft.at.astimezone(CHINA).strftime("%m-%d %H:%M"))
            return
        self.drafts.release(self._held[0])
        self._held[0], self._of = draft.key, draft.record_id
        self.drafts.hold(draft.key)
        base, version = draft.base, draft.version
        if done is not None:
            base, version = found.saved or {}, done.result.get("version", page.version)
        if draft.record_id is not None and version is not None and version != page.version:
            page.messages.warning(tr("Somebody has changed this since you typed. Compare before you save."))
        record_id = draft.record_id
        if done is not None and record_id is None:
            record_id = page.made_by(done)
        page.go_on(record_id, draft.values, base, version)
