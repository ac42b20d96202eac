"""The form of every entity: from its declaration, for new and existing records.

Nothing typed is lost: errors stand at the fields, a save that was not answered is repeated under the same key,
what is typed is kept on disk two seconds later, and a colleague's change is merged or compared.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from services.changes import Notice
from services.clock import CHINA
from services.commands import Changes
from services.custom_fields import own_fields
from services.drafts import Draft, Drafts, Sent, turn
from services.entity import Entity
from services.errors import Cancelled, Conflict, ConnectionLost, Invalid, NotAvailable
from services.language import tr
from widgets.base.client import Client
from widgets.base.form_body import FormBody
from widgets.base.form_fields import FormFields
from widgets.base.form_head import FormHead
from widgets.base.form_io import drafts_of, read_record, write_record
from widgets.base.form_meeting import FormMeeting
from widgets.base.messages import Message, MessageBar
from widgets.base.presence_label import PresenceLabel
from widgets.base.tasks import Control, Task, TaskSlot

DRAFT_DELAY: Final = 2000
"""Milliseconds after the last key until what was typed is on the disk."""


class RecordForm(QWidget):
    """One record of ``entity``; without ``record_id`` a new one, with ``values`` filled in.

    A page of the workspace (title, dirty, can_close, on_shown). After a new record was saved the form goes on
    as the form of that record.
    """

    gives_way: Final = True
    """Once a new record is saved, the page that its kind has of its own takes the tab (``views.RECORDS``)."""

    title_changed = Signal()
    dirty_changed = Signal()
    saved = Signal(int)
    """Carries the id; of a new record, from now on the form's own."""
    close_wanted = Signal()
    """The person decided about unsaved input: the tab may be closed now (``can_close`` answers True)."""
    others_changed = Signal(object)
    """Names of those who have the record open too, for the status bar."""

    def __init__(
        self,
        client: Client,
        entity: Entity,
        record_id: int | None = None,
        values: Mapping[str, Any] | None = None,
        *,
        drafts: Drafts | None = None,
        with_files: bool = True,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.client, self.entity, self.record_id = client, entity, record_id
        self.drafts = drafts or drafts_of(client)
        self._given, self._with_files = dict(values or {}), with_files
        self.version: int | None = None
        self.base: dict[str, Any] = {}
        """What the fields were when they were read: what is different now was typed."""
        self._key = uuid4()
        """The draft's own."""
        self._request = uuid4()
        """The idempotency key of the next save."""
        self._sent: dict[str, Any] | None = None
        """Values whose save was not answered."""
        self._record: dict[str, Any] = {}
        self._saving = self._dirty = self._closing = self._stale = False
        self._after: str = ""
        self._presence: PresenceLabel | None = None
        self._closing_bar: Message | None = None
        self._loading = TaskSlot(self)
        self._draft_slot = TaskSlot(self)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DRAFT_DELAY)
        self._timer.timeout.connect(self.keep_draft)
        self._build()
        self._connect()
        self.drafts.hold(self._key)
        self._start()
        self.retranslate()

    # -- building

    def _build(self) -> None:
        self.head = FormHead()
        self.messages = MessageBar()
        self.messages.layout().setContentsMargins(0, 0, 0, 0)  # type: ignore[union-attr]
        self.fields = FormFields(self.client, self.entity)
        self.fields.setEnabled(False)
        area = QScrollArea()
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.body = FormBody(self.client, self.entity.key, self.fields, with_files=self._with_files)
        area.setWidget(self.body)
        self._stack = QStackedWidget()
        self._stack.addWidget(area)
        self._meeting = FormMeeting(self, self._stack)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(16, 12, 16, 12)
        self._layout.setSpacing(12)
        self._layout.addWidget(self.head)
        self._layout.addWidget(self.messages)
        self._layout.addWidget(self._stack, 1)
        self.setFocusProxy(self.fields)

    def _connect(self) -> None:
        self.fields.changed.connect(self._typed)
        self.fields.ended.connect(self.head.save.setFocus)
        self.head.save.clicked.connect(lambda: self.save())
        self.head.save_and_new.clicked.connect(lambda: self.save(after="new"))
        self.head.revert.clicked.connect(self.revert)
        for keys, call in (("Ctrl+S", self.save), ("Ctrl+Shift+S", lambda: self.save(after="new"))):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(call)
        self.client.bus.changed.connect(self._heard)
        held, drafts = [self._key], self.drafts
        self._held = held
        self.destroyed.connect(lambda _gone=None: drafts.release(held[0]))

    def _start(self) -> None:
        if self.record_id is not None:
            self._watch_presence()
        database, entity, record_id, drafts = self.client.database, self.entity, self.record_id, self.drafts

        def work(_control: Control) -> tuple[dict[str, Any] | None, Draft | None]:
            record = None if record_id is None else read_record(database, entity, record_id)
            return record, drafts.find(entity=entity.key, record_id=record_id)

        self._loading.start(work, self._loaded, self._not_loaded)

    def _loaded(self, found: tuple[dict[str, Any] | None, Draft | None]) -> None:
        record, draft = found
        if record is None:
            self._begin_new()
        else:
            self.take(record)
        may = self.client.can(self.entity, "create" if record is None else "edit")
        self.fields.setEnabled(True)
        self.fields.set_read_only(not may, existing=record is not None)
        for button in self.head.buttons:
            button.setVisible(may)
        if self.isVisible():
            self.fields.focus_first()
        if draft is not None and may:
            self._offer(draft)

    def _not_loaded(self, error: Exception) -> None:
        if isinstance(error, Cancelled):
            return
        self.fields.setEnabled(False)
        self.messages.error(error, (tr("Try again"), self._start))

    def _begin_new(self) -> None:
        fresh = {field.key: field.default() for field in self.entity.fields if field.default is not None}
        self.fields.set_values(dict.fromkeys(self.fields.editors))
        self.fields.set_values(fresh)
        self.version = None
        self.base = self.fields.values()
        # what somebody else filled in is typed input: it is to be saved
        self.fields.set_values(self._given)
        self._measure()

    def take(self, record: Mapping[str, Any], *, keep: bool = False) -> None:
        """Show ``record`` as it is in the database; ``keep`` leaves what was typed in the fields."""
        typed = set(self.changes()) if keep else set()
        self._record = dict(record)
        self.version = record.get("version")
        base = {key: record.get(key) for key in self.fields.editors}
        self.fields.set_values(base, [key for key in base if key not in typed])
        shown = self.fields.values()
        # an editor may write a value differently from how it is stored (None and no); that is nobody's input
        self.base = {key: base[key] if key in typed else shown[key] for key in base}
        self._measure()
        self.retranslate()

    # -- what was typed

    def changes(self) -> dict[str, Any]:
        """The fields that differ from what was read: {key: value}."""
        return {key: value for key, value in self.fields.values().items() if value != self.base.get(key)}

    def dirty(self) -> bool:
        """True while there is input that is not saved."""
        return self._dirty

    def _typed(self, _key: str) -> None:
        self._closing = False
        self._measure()
        self._timer.start()

    def _measure(self) -> None:
        unread = any(editor.problem() for editor in self.fields.editors.values())
        dirty = bool(self.changes()) or unread or self._sent is not None
        if dirty != self._dirty:
            self._dirty = dirty
            self.dirty_changed.emit()
            self.retranslate()

    def revert(self) -> None:
        """Back to what was read; the draft goes too. A save that was not answered cannot be taken back."""
        if self._saving:
            return
        self._sent, self._request = None, uuid4()
        self.fields.set_values(self.base)
        self.fields.show_errors({})
        self._forget_draft()
        self._meeting.close()
        self._measure()
        if self._stale:
            self._reload()

    # -- saving

    def save(self, *, after: str = "") -> None:
        """Check, then write in the background; ``after`` "new" goes on with an empty form, "close" closes."""
        if self._meeting.panel is not None:
            self._meeting.panel.save_button.click()
            return
        if self._saving or not self.head.save.isVisibleTo(self):
            return
        if self._sent is None:
            problems = self.fields.problems(new=self.record_id is None)
            self.fields.show_errors(problems)
            if problems:
                self.messages.error(
                    tr("Not saved yet. Please check: {titles}", titles=self._meeting.titles(problems))
                )
                return
            values = self._values_to_send()
            if not values and self.record_id is not None:
                self._finish(after)
                return
            self._sent = values
        self._after = after
        self._send(self._sent)

    def save_again(self) -> None:
        """Save as it was asked for last, with what the fields hold now."""
        self._measure()
        self.save(after=self._after)

    def _values_to_send(self) -> dict[str, Any]:
        if self.record_id is not None:
            return self.changes()
        return {key: value for key, value in self.fields.values().items() if value is not None}

    def _send(self, values: dict[str, Any]) -> None:
        database, entity, key = self.client.database, self.entity, self._request
        record_id, version = self.record_id, self.version
        self._saving = True
        self.messages.clear()
        self._timer.stop()
        draft, drafts = self._draft(), self.drafts
        self.retranslate()

        def work(_control: Control) -> Changes:
            with contextlib.suppress(OSError):
                # first: a power cut in the middle of the save must neither lose the input nor save it twice
                drafts.save(draft)
            return write_record(database, key, entity, record_id, version, values)

        Task(self, work, self._written, self._not_written, title=tr("Saving"))

    def _written(self, changes: Changes) -> None:
        sent, self._sent, self._saving = self._sent or {}, None, False
        self._forget_draft()
        new = self.record_id is None
        self.base.update(sent)
        if new:
            self.record_id = changes.id
            self.fields.set_read_only(False, existing=True)
            self._watch_presence()
        version = changes.result.get("version")
        self.version = int(version) if version is not None else (1 if new else self.version)
        self._request = uuid4()
        self._measure()
        self.client.shell.message(tr("Saved"), "done")
        self.saved.emit(self.record_id)
        self.title_changed.emit()
        self._finish(self._after)

    def _finish(self, after: str) -> None:
        if after == "new":
            if self._given or self._record:
                self.client.shell.new_record(self.entity.key, None)
            else:
                self._another()
            return
        if after == "close":
            self._closing = True
            self.close_wanted.emit()
            return
        self._reload()

    def _another(self) -> None:
        """An empty form again, for entering one record after the other."""
        self._presence = None
        self.head.set_presence(None)
        self.record_id = None
        self.fields.set_read_only(False)
        self._begin_new()
        self.retranslate()
        self.title_changed.emit()
        self.fields.focus_first()

    def _not_written(self, error: Exception) -> None:
        self._saving = False
        if isinstance(error, ConnectionLost):
            # Whether it was done is not known: the key and the values stay, and are sent again as they are.
            self.messages.error(error, (tr("Try again"), self.save))
            self.retranslate()
            return
        self._sent, self._request = None, uuid4()
        if isinstance(error, Conflict):
            self._meeting.refused(error.current)
        elif isinstance(error, Invalid) and error.field in self.fields.editors:
            self.fields.show_errors({error.field: str(error)})
            self.messages.error(
                tr("{titles}: {error}", titles=self.fields.title_of(error.field), error=error)
            )
        else:
            self.messages.error(error)
        self._measure()
        self.retranslate()
        self.keep_draft()

    # -- somebody else's changes

    def _follow(self) -> None:
        """The office's own fields as they are now; not while something is typed that is not understood."""
        entity = self.client.entities.get(self.entity.key, self.entity)
        unread = any(editor.problem() for editor in self.fields.editors.values())
        if (
            own_fields(entity) == own_fields(self.entity)
            or self._saving
            or unread
            or self._meeting.panel is not None
        ):
            return
        before = set(self.fields.editors)
        self.entity = entity
        self.fields.follow(entity)
        fresh = [field for field in entity.fields if field.key not in before]
        self.fields.set_values({field.key: field.default() if field.default else None for field in fresh})
        self.base = {key: self.base.get(key, value) for key, value in self.fields.values().items()}
        may = self.client.can(entity, "create" if self.record_id is None else "edit")
        self.fields.set_read_only(not may, existing=self.record_id is not None)
        self._stale = self.record_id is not None

    def _heard(self, notice: Notice) -> None:
        if notice.entity == "scope":
            self._follow()
            if self._stale and self.isVisible():
                self._reload()
        if self.record_id is None or notice.entity not in (self.entity.key, "*"):
            return
        if notice.ids is not None and self.record_id not in notice.ids:
            return
        self._stale = True
        if self.isVisible():
            self._reload()

    def _reload(self) -> None:
        if self.record_id is None or self._saving:
            return
        self._stale = False
        database, entity, record_id = self.client.database, self.entity, self.record_id
        self._loading.start(
            lambda _control: read_record(database, entity, record_id), self._reread, self._not_reread
        )

    def _reread(self, record: dict[str, Any]) -> None:
        if self._saving:
            self._stale = True
            return
        if not self._dirty:
            self.take(record)
        elif record.get("version") == self.version:
            # our own save, and somebody typed on: what the database filled in is taken over
            self.take(record, keep=True)
        elif self._meeting.panel is None:
            self._say_changed(record)

    def _say_changed(self, record: Mapping[str, Any]) -> None:
        theirs = [each.key for each in self._meeting.differences(record) if each.theirs != each.was]
        if theirs:
            self._meeting.say(record, theirs)
        else:
            self.version = record.get("version")

    def _not_reread(self, error: Exception) -> None:
        if isinstance(error, NotAvailable):
            self.messages.warning(
                tr("This record was deleted, or is no longer shared with you. What you typed is still here.")
            )
        elif isinstance(error, ConnectionLost):
            self._stale = True
        elif not isinstance(error, Cancelled):
            self.messages.error(error)

    # -- drafts

    def keep_draft(self) -> None:
        """Write what is typed to the disk, in the background."""
        self._timer.stop()
        if not self._dirty:
            return
        draft, drafts = self._draft(), self.drafts
        self._draft_slot.start(lambda _control: drafts.save(draft), lambda _done: None, self._draft_failed)

    def _draft(self) -> Draft:
        changes = self.changes()
        return Draft(
            owner=self.drafts.owner,
            entity=self.entity.key,
            record_id=self.record_id,
            version=self.version,
            key=self._key,
            at=datetime.now(CHINA),
            values=changes,
            base={key: self.base.get(key) for key in changes},
            sent=Sent((self._request,), dict(self._sent)) if self._sent is not None else None,
        )

    def _draft_failed(self, error: Exception) -> None:
        if not isinstance(error, Cancelled):
            self.messages.warning(tr("What you type cannot be kept on this PC: {error}", error=error))

    def _forget_draft(self) -> None:
        self._timer.stop()
        drafts, entity, record_id, key = self.drafts, self.entity.key, self.record_id, self._key
        now = turn()
        self._draft_slot.start(
            lambda _control: drafts.delete(entity=entity, record_id=record_id, key=key, turn=now),
            lambda _done: None,
            lambda _error: None,
        )

    def _offer(self, draft: Draft) -> None:
        when = draft.at.astimezone(CHINA).strftime("%m-%d %H:%M")
        self.messages.warning(
            tr("On {when} you typed something here that was not saved.", when=when),
            (tr("Continue with it"), lambda: self._continue(draft)),
            (tr("Discard it"), lambda: self._discard(draft)),
        )

    def _continue(self, draft: Draft) -> None:
        self.drafts.release(self._key)
        self._key = draft.key
        self._held[0] = self._key
        self.drafts.hold(self._key)
        if draft.version is not None and draft.version != self.version:
            # on the version it was typed on: saving finds the conflict and lets the person decide
            self.version = draft.version
            self.base.update(draft.base)
        self.fields.set_values(draft.values)
        if draft.sent is not None:
            self._sent, self._request = dict(draft.sent.values), draft.sent.keys[-1]
        self._measure()
        self.retranslate()

    def _discard(self, draft: Draft) -> None:
        drafts = self.drafts
        self._draft_slot.start(
            lambda _control: drafts.delete(entity=draft.entity, record_id=draft.record_id, key=draft.key),
            lambda _done: None,
            self._draft_failed,
        )

    # -- a page of the workspace

    def title(self) -> str:
        """Text of the tab: what the record is called."""
        for key in ("short_name", "name", "subject", "number", "title"):
            if self._record.get(key):
                return str(self._record[key])
        title = tr(self.entity.title)
        return tr("New {entity}", entity=title) if self.record_id is None else title

    def can_close(self) -> bool:
        """False while there is unsaved input that nobody has decided about; then the form asks."""
        if not self._dirty or self._closing:
            return True
        if self._closing_bar is not None:
            self._closing_bar.close_message()
        self._closing_bar = self.messages.warning(
            tr("There is input here that is not saved."),
            (tr("Save and close"), lambda: self.save(after="close")),
            (tr("Keep as draft"), lambda: self._close(keep=True)),
            (tr("Discard it"), lambda: self._close(keep=False)),
        )
        self._closing_bar.closed.connect(self._closing_answered)
        return False

    def _closing_answered(self) -> None:
        self._closing_bar = None

    def _close(self, *, keep: bool) -> None:
        if not keep:
            self._forget_draft()
            self._leave()
            return
        draft, drafts = self._draft(), self.drafts
        self._timer.stop()
        self._draft_slot.start(
            lambda _control: drafts.save(draft), lambda _done: self._leave(), self._draft_failed
        )

    def _leave(self) -> None:
        self.drafts.release(self._key)
        self._closing = True
        self.close_wanted.emit()

    def on_shown(self) -> None:
        """What changed while the tab was hidden is read now."""
        if self._stale:
            self._reload()

    def showEvent(self, event: QShowEvent) -> None:
        """Also without a workspace."""
        super().showEvent(event)
        self.on_shown()

    def others(self) -> list[str]:
        """Names of those who have the record open too."""
        return self._presence.names() if self._presence is not None else []

    def _watch_presence(self) -> None:
        if self._presence is None and self.record_id is not None:
            self._presence = PresenceLabel(self.client, self.entity.key, self.record_id)
            self._presence.changed.connect(self.others_changed)
            self.head.set_presence(self._presence)

    def retranslate(self) -> None:
        """Every text in the language in force."""
        self.body.set_record(self.record_id)
        self.head.show_state(
            self.title(),
            dirty=self._dirty,
            saving=self._saving,
            unanswered=self._sent is not None,
            comparing=self._meeting.panel is not None,
        )

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
