"""The form of every entity: from its declaration, for new and existing records.

Nothing typed is lost: errors stand at the fields, a save that was not answered is repeated under the same key,
what is typed is kept on disk two seconds later, and a colleague's change is merged or compared.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from services import records
from services.commands import Changes
from services.drafts import Drafts, Sent
from services.entity import Entity
from services.errors import Cancelled, Conflict, ConnectionLost, Invalid
from services.language import tr
from widgets.base.client import Client
from widgets.base.form_body import FormBody
from widgets.base.form_fields import FormFields
from widgets.base.form_following import FormFollowing
from widgets.base.form_head import FormHead
from widgets.base.form_io import read_record
from widgets.base.form_meeting import FormMeeting
from widgets.base.hollow import Scroller, Sheets
from widgets.base.keeping import Keeping
from widgets.base.messages import Message, MessageBar
from widgets.base.page_writes import Answer, PageWrites
from widgets.base.presence_label import PresenceLabel
from widgets.base.tasks import Control, Task, TaskSlot

SAVE: Final = frozenset({"save"})
"""The one write of a form (``PageWrites``)."""


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
        self._given, self._with_files = dict(values or {}), with_files
        self.version: int | None = None
        self.stored: dict[str, Any] = {}
        """What the fields were when they were read: what is different now was typed."""
        self._record: dict[str, Any] = {}
        self._over: tuple[Mapping[str, Any], Mapping[str, Any]] | None = None
        """What is to be typed over the record as soon as that is read, and what of it is stored already."""
        self._writes = PageWrites(client.database)
        self._saving = self._dirty = self._closing = False
        self._may = True
        self._after: str = ""
        self._presence = PresenceLabel(client, entity.key, record_id)
        self._closing_bar: Message | None = None
        self._loading = TaskSlot(self)
        self._build()
        self._connect()
        self.keeping = Keeping(self, self, drafts)
        self._start()
        self.retranslate()

    # -- building

    def _build(self) -> None:
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(16, 12, 16, 12)
        self._layout.setSpacing(12)
        self.head = FormHead()
        self.head.set_presence(self._presence)
        self.messages = MessageBar()
        self.messages.layout().setContentsMargins(0, 0, 0, 0)  # type: ignore[union-attr]
        self._stack = Sheets()
        for widget in (self.head, self.messages):
            self._layout.addWidget(widget)
        self._layout.addWidget(self._stack, 1)
        area = Scroller()
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._stack.first.addWidget(area)
        self.fields = FormFields(self.client, self.entity, area.widget())
        self.fields.setEnabled(False)
        self.body = FormBody(self.client, self.entity.key, self.fields, with_files=self._with_files)
        area.inside.addWidget(self.body)
        self._meeting = FormMeeting(self, self._stack)
        self._following = FormFollowing(self, self._meeting)
        self.setFocusProxy(self.fields)

    def _connect(self) -> None:
        self.fields.changed.connect(self._typed)
        self.fields.ended.connect(self.head.save.setFocus)
        self.head.save.clicked.connect(lambda: self.save())
        self.head.save_and_new.clicked.connect(lambda: self.save(after="new"))
        self.head.revert.clicked.connect(self.revert)
        for keys, call in (
            ("Ctrl+S", self.save),
            ("Ctrl+Shift+S", lambda: self.save(after="new")),
            ("F5", self._following.reload),
        ):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(call)
        self._presence.changed.connect(self.others_changed)

    def _start(self) -> None:
        database, entity, record_id = self.client.database, self.entity, self.record_id

        def work(_control: Control) -> dict[str, Any] | None:
            return None if record_id is None else read_record(database, entity, record_id)

        self._loading.start(work, self._loaded, self._not_loaded)

    def _loaded(self, record: dict[str, Any] | None) -> None:
        if record is None:
            self._begin_new()
        else:
            self.take(record)
        self._may = self.client.can(self.entity, "create" if record is None else "edit")
        self.fields.setEnabled(True)
        self.fields.set_read_only(not self._may, existing=record is not None)
        for button in self.head.buttons:
            button.setVisible(self._may)
        if self.isVisible():
            self.fields.focus_first()
        self._type_over()
        self.keeping.find()

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
        self.stored = self.fields.values()
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
        self.stored = {key: base[key] if key in typed else shown[key] for key in base}
        self._measure()
        self.retranslate()

    # -- what was typed

    def changes(self) -> dict[str, Any]:
        """The fields that differ from what was read: {key: value}."""
        return {key: value for key, value in self.fields.values().items() if value != self.stored.get(key)}

    def dirty(self) -> bool:
        """True while there is input that is not saved."""
        return self._dirty

    def _typed(self, _key: str) -> None:
        self._closing = False
        self._measure()
        self.keeping.touched()

    def _measure(self) -> None:
        unread = any(editor.problem() for editor in self.fields.editors.values())
        dirty = bool(self.changes()) or unread or self.begun() is not None
        if dirty != self._dirty:
            self._dirty = dirty
            self.dirty_changed.emit()
            self.retranslate()

    @property
    def saving(self) -> bool:
        """Whether a save is under way."""
        return self._saving

    def revert(self) -> None:
        """Back to what was read; the draft goes too. A save that was not answered cannot be taken back."""
        if self._saving:
            return
        self._writes.forget()
        self.fields.set_values(self.stored)
        self.fields.show_errors({})
        self.keeping.forget()
        self._meeting.close()
        self._measure()
        self._following.seen()

    # -- saving

    def save(self, *, after: str = "") -> None:
        """Check, then write in the background; ``after`` "new" goes on with an empty form, "close" closes."""
        if self._meeting.panel is not None:
            self._meeting.panel.save_button.click()
            return
        if self._saving or not self.head.save.isVisibleTo(self):
            return
        problems = self.fields.problems(new=self.record_id is None)
        self.fields.show_errors(problems)
        if problems:
            self.messages.error(
                tr("Not saved yet. Please check: {titles}", titles=self._meeting.titles(problems))
            )
            return
        values = self._values_to_send()
        self._after = after
        if values or self.record_id is None:
            self._send(values)
        elif (begun := self.begun()) is None:
            self._finish(after)
        else:
            # what was sent and not answered is taken back in the fields: what became of it is asked first
            self._send(dict(begun.values))

    def save_again(self) -> None:
        """Save as it was asked for last, with what the fields hold now."""
        self._measure()
        self.save(after=self._after)

    def _values_to_send(self) -> dict[str, Any]:
        if self.record_id is not None:
            return self.changes()
        return {key: value for key, value in self.fields.values().items() if value is not None}

    def _send(self, values: dict[str, Any]) -> None:
        writes = self._writes
        arguments: dict[str, Any] = {"entity": self.entity, "values": values}
        command: Callable[..., Changes] = records.create
        if self.record_id is not None:
            if self.version is None:
                self.messages.error(tr("This record cannot be edited."))
                return
            command = records.update_record
            arguments |= {"record_id": self.record_id, "version": self.version}
        asked = writes.begin("save", arguments, self.kept())
        self._saving = True
        self.messages.clear()
        # first: a power cut in the middle of the save must neither lose the input nor save it twice
        keep = self.keeping.before_sending()
        self.retranslate()

        def work(_control: Control) -> Answer:
            keep()
            return writes.send(asked, command)

        Task(self, work, lambda answer: self._written(answer, values), self._not_written, title=tr("Saving"))

    def _written(self, answer: Answer, sent: Mapping[str, Any]) -> None:
        self._saving = False
        self._writes.answered("save")
        changes, new = answer.changes, self.record_id is None
        if not answer.earlier:
            self.stored.update(sent)
        if new:
            self._become(changes.id)
        version = changes.result.get("version")
        self.version = int(version) if version is not None else (1 if new else self.version)
        self._measure()
        self.keeping.answered()
        self.saved.emit(self.record_id)
        self.title_changed.emit()
        if answer.earlier:
            self.messages.warning(tr("This had been saved before the connection was lost: here it is."))
            self._following.reload()
            return
        self.client.shell.message(tr("Saved"), "done")
        self._finish(self._after)

    def _become(self, record_id: int) -> None:
        """The new record exists: from now on the form is that record's."""
        self.record_id = record_id
        self.fields.set_read_only(False, existing=True)
        self._presence.set_record(record_id)

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
        self._following.reload()

    def _another(self) -> None:
        """An empty form again, for entering one record after the other."""
        self.record_id = None
        self._presence.set_record(None)
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
        self._writes.answered("save")
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
        if self._dirty:
            # without the key of what was refused
            self.keeping.touched()

    def take_entity(self, entity: Entity) -> None:
        """Have the office's own fields as ``entity`` has them now."""
        before = set(self.fields.editors)
        self.entity = entity
        self.fields.follow(entity)
        fresh = [field for field in entity.fields if field.key not in before]
        self.fields.set_values({field.key: field.default() if field.default else None for field in fresh})
        self.stored = {key: self.stored.get(key, value) for key, value in self.fields.values().items()}
        may = self.client.can(entity, "create" if self.record_id is None else "edit")
        self.fields.set_read_only(not may, existing=self.record_id is not None)

    # -- what outlives a crash: a KeptPage

    @property
    def settled(self) -> bool:
        """Whether nothing is being put into the form just now."""
        return self._over is None and not self._loading.busy and not self._following.busy

    def may_type(self) -> bool:
        """By rights."""
        return self._may

    def kept(self) -> dict[str, Any]:
        """What is typed."""
        return self.changes()

    def stood(self) -> Mapping[str, Any]:
        """What the fields were that are typed into."""
        return {key: self.stored.get(key) for key in self.changes()}

    def begun(self) -> Sent | None:
        """The save that was begun and not answered."""
        return self._writes.begun(SAVE)

    def made_by(self, changes: Changes) -> int:
        """The record that a save has made or changed."""
        return changes.id

    def go_on(
        self, record_id: int | None, values: Mapping[str, Any], base: Mapping[str, Any], version: int | None
    ) -> None:
        """Be the form of that record with a draft typed into it; ``base`` is what of it was stored meanwhile, or what
        the fields were when it was typed."""
        self._over = (values, base)
        if record_id != self.record_id and record_id is not None:
            self._become(record_id)
            self._start()
            return
        if version is not None and version != self.version:
            # on the version it was typed on: saving finds the conflict and lets the person decide
            self.version = version
            self.stored.update(base)
        self._type_over()

    def _type_over(self) -> None:
        if self._over is None:
            return
        values, base = self._over
        self._over = None
        same = {key for key in base if key in values and values[key] == base[key]}
        taken_back = {key: None for key in base if key not in values}
        self.fields.set_values({**taken_back, **{key: values[key] for key in values if key not in same}})
        self._measure()
        self.retranslate()

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
        if keep:
            self.keeping.leave(self._leave)
        else:
            self.keeping.forget()
            self._leave()

    def _leave(self) -> None:
        self._closing = True
        self.close_wanted.emit()

    def on_shown(self) -> None:
        """What changed while the tab was hidden is read now."""
        self._following.seen()

    def showEvent(self, event: QShowEvent) -> None:
        """Also without a workspace."""
        super().showEvent(event)
        self.on_shown()

    def others(self) -> list[str]:
        """Names of those who have the record open too."""
        return self._presence.names()

    def retranslate(self) -> None:
        """Every text in the language in force."""
        self.body.set_record(self.record_id)
        self.head.show_state(
            self.title(),
            dirty=self._dirty,
            saving=self._saving,
            unanswered=self.begun() is not None,
            comparing=self._meeting.panel is not None,
        )

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
