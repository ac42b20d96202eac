"""What the pages of documents share: title and state, buttons of the entity's actions, messages, reading, writing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from PySide6.QtCore import QEvent, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from services.changes import Notice
from services.commands import Changes
from services.drafts import Sent
from services.entity import Entity
from services.errors import Cancelled, Conflict, ConnectionLost, Invalid, Refused, ShukeError
from services.language import mark, tr
from services.merging import Lines
from widgets.base.client import Client
from widgets.base.document_fields import DocumentFields
from widgets.base.document_head import DocumentHead
from widgets.base.editors.base import Editor
from widgets.base.keeping import Keeping
from widgets.base.messages import MessageBar
from widgets.base.page_meeting import PageMeeting
from widgets.base.page_writes import Answer, PageWrites
from widgets.base.tasks import Control, Task, TaskSlot

OVERTAKEN: Final = mark("Somebody else has changed this document. Open it again.")
"""How a function of the database refuses a version that is not the newest."""


class DocumentPage(QWidget):
    """One document of ``entity``; without ``record_id`` a new one, with ``values`` filled in.

    Subclasses build below the messages, read in ``read`` (on a pool thread) and show in ``show_record``. A write
    is repeated under its key after a lost connection; where something else was typed since, it is asked first whether
    it had been done: nothing is ever posted twice.
    """

    INPUT = frozenset({"save", "post"})
    """Names of the writes that carry all that is typed, for which a draft holds their keys."""
    title_changed = Signal()
    dirty_changed = Signal()
    close_wanted = Signal()
    """What was typed is kept as a draft: the tab may be closed now."""
    saved = Signal(int)
    """Id of the document that was written."""
    loaded = Signal()
    others_changed = Signal(object)
    """Names of those who have the record open too, for the status bar."""

    compared = Lines({})
    """Which of its values are lists of lines, and what a line of each is known by."""

    def __init__(
        self, client: Client, entity: Entity, record_id: int | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setProperty("page", True)
        self.client, self.entity, self.record_id = client, entity, record_id
        self.record: Any = None
        self.keeping: Keeping | None = None
        self._dirty = self._busy = self._closing = False
        self._writes = PageWrites(client.database)
        self._reading = TaskSlot(self)
        self._head_fields = DocumentFields(entity, self)
        self._head_fields.typed.connect(lambda: self.set_dirty(True))
        self._head_fields.finished.connect(lambda key: self.step_on(key))
        self.editors = self._head_fields.editors
        self.messages = MessageBar()
        self.head = DocumentHead(client, entity.key, self)
        self.head.wanted.connect(lambda key: self.act(key))
        self.buttons = self.head.buttons
        self.presence = self.head.presence
        self.presence.changed.connect(self.others_changed)
        sheet, stack = QWidget(), QStackedWidget()
        stack.addWidget(sheet)
        self.body = QVBoxLayout(sheet)
        self.body.setContentsMargins(0, 0, 0, 0)
        self.body.setSpacing(8)
        self.meeting = PageMeeting(self, stack)
        """Where another's change meets what is typed."""
        self.meeting.comparing.connect(lambda _now: self._set_busy(self._busy))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 10, 14, 10)
        layout.setSpacing(8)
        layout.addLayout(self.head)
        layout.addWidget(self.messages)
        layout.addWidget(stack, 1)
        client.bus.changed.connect(self._heard)

    # -- building

    def add_button(self, key: str, symbol: str, *, primary: bool = False, shortcut: str = "") -> QPushButton:
        """A button of the title row, with its shortcut; what it does is ``act``. See ``DocumentHead``."""
        return self.head.add_button(key, symbol, primary=primary, shortcut=shortcut)

    def card(self) -> tuple[QFrame, QVBoxLayout]:
        """A framed part of the page."""
        frame = QFrame()
        frame.setProperty("card", True)
        layout = QVBoxLayout(frame)
        layout.setContentsMargins(12, 10, 12, 10)
        layout.setSpacing(8)
        return frame, layout

    def field_grid(
        self, *rows: tuple[tuple[str, str, Editor, int], ...], required: tuple[str, ...] = ()
    ) -> QGridLayout:
        """Rows of (key, title, editor, columns of twelve); see ``DocumentFields.grid``."""
        return self._head_fields.grid(*rows, required=required)

    def step_on(self, key: str) -> None:
        """Enter in a field: the next one."""
        if not self._head_fields.step_on(key):
            self.fields_done()

    def fields_done(self) -> None:
        """Enter in the last field; a page with a grid goes on there."""

    # -- the page as the workspace sees it

    def title(self) -> str:
        """Text of the tab."""
        number = getattr(self.record, "number", "")
        if self.record_id is None:
            return tr("New {entity}", entity=tr(self.entity.title))
        return f"{tr(self.entity.title)} {number}".strip()

    def dirty(self) -> bool:
        """True while typed input is not saved."""
        return self._dirty

    def set_dirty(self, dirty: bool) -> None:
        """Say whether something is typed that is not saved."""
        if dirty != self._dirty:
            self._dirty = dirty
            self.dirty_changed.emit()
        if dirty:
            self._closing = False
            if self.keeping is not None:
                self.keeping.touched()

    # -- what outlives a crash: a KeptPage

    def keep_input(self) -> None:
        """What is typed here outlives a crash; called once by pages whose ``kept`` says all that is typed."""
        self.keeping = Keeping(self, self)
        self.loaded.connect(self.keeping.find)

    def base(self) -> Mapping[str, Any]:
        """What ``kept`` said when the record was read; a new one has nothing that anybody else could change."""
        return {} if self.record_id is None else self.meeting.base()

    def kept(self) -> dict[str, Any]:
        """What is typed, as a draft can hold it: texts, whole numbers, decimals, days, moments, yes and no."""
        return {key: editor.value() for key, editor in self.editors.items()}

    def recall(self, values: Mapping[str, Any]) -> Any:
        """On a pool thread: what has to be read before ``values`` can be shown."""

    def take_up(self, values: Mapping[str, Any], recalled: Any) -> None:
        """Show what ``kept`` said once; ``recalled`` is what ``recall`` read."""
        for key, editor in self.editors.items():
            if key in values:
                editor.set_value(values[key])

    def may_type(self) -> bool:
        """Whether the record as it was read can be typed into."""
        return True

    @property
    def version(self) -> int | None:
        """The version of the record that was read."""
        return getattr(self.record, "version", None)

    @property
    def settled(self) -> bool:
        """Whether nothing is being put into the page just now."""
        return not self._reading.busy and self.meeting.settled

    def begun(self) -> Sent | None:
        """The write that was begun last and not answered."""
        return self._writes.begun(self.INPUT)

    def made_by(self, changes: Changes) -> int:
        """The document that a write has made or changed."""
        return int(changes.result["id"]) if "id" in changes.result else changes.ids[self.entity.key][0]

    def go_on(
        self, record_id: int | None, values: Mapping[str, Any], base: Mapping[str, Any], version: int | None
    ) -> None:
        """Be the page of that record, with ``values`` typed over it where it can still be typed into.

        ``base`` is what stood there when they were typed: what is the same in both is left as the record has it.
        """
        self.meeting.put_over(values, base)
        if record_id != self.record_id:
            self.record_id = record_id
            self.load()
        elif not self._reading.busy:
            self.meeting.go_on()

    # -- compared with another's change: a MetPage

    def called(self, key: str, value: Any, recalled: Any) -> str:
        """What a field is called; pages with lines name those too."""
        return tr(self._head_fields.titles[key]) if key in self.editors else ""

    def words(self, key: str, value: Any, recalled: Any) -> str:
        """What stands in a field, for comparing; pages with lines say those too."""
        return self.editors[key].words(value) if key in self.editors else str(value)

    def others(self) -> list[str]:
        """Names of those who have the record open too."""
        return self.presence.names()

    # -- closing

    def can_close(self) -> bool:
        """Not with unsaved input, unless it is decided about in the message that then appears."""
        if not self._dirty or self._closing:
            return True
        self.messages.clear()
        keep = [(tr("Keep as draft"), self._leave)] if self.keeping is not None else []
        self.messages.warning(
            tr("What was typed here is not saved. Discard it, then close again, or go on."),
            *keep,
            (tr("Discard"), self.discard),
        )
        return False

    def _leave(self) -> None:
        """The draft is offered when the page is opened again."""

        def kept() -> None:
            self._closing = True
            self.close_wanted.emit()

        assert self.keeping is not None
        self.keeping.leave(kept)

    def discard(self) -> None:
        """Give up what was typed. A write that was not answered cannot be taken back."""
        self.messages.clear()
        self._writes.forget()
        self.set_dirty(False)
        if self.keeping is not None:
            self.keeping.forget()
        if self.record_id is not None:
            self.load()

    @property
    def busy(self) -> bool:
        """True while something is read or written."""
        reading = self._reading.busy or self.meeting.busy
        return self._busy or reading or (self.keeping is not None and self.keeping.busy)

    # -- reading

    def read(self) -> Any:
        """What the page shows, read on a pool thread: (record or None, lists …)."""
        raise NotImplementedError

    def show_record(self, found: Any) -> None:
        """Show what ``read`` returned."""
        raise NotImplementedError

    def load(self) -> None:
        """Read the page's contents."""
        self._reading.start(
            lambda _control: self.read(), self._loaded, self.failed, title=tr(self.entity.title)
        )

    def _loaded(self, found: Any) -> None:
        self.show_record(found)
        self.set_dirty(False)
        self.retranslate()
        self.title_changed.emit()
        self.meeting.shown()
        self.loaded.emit()

    def _heard(self, notice: Notice) -> None:
        ours = notice.entity == self.entity.key and (notice.ids is None or self.record_id in notice.ids)
        if self.record_id is None or self._busy or notice.own or not (ours or notice.entity == "*"):
            return
        if self._dirty:
            if ours:
                self.messages.warning(
                    tr("Somebody else has changed this document."),
                    (tr("Compare"), lambda: self.meeting.meet(at_once=True)),
                    (tr("Load it again"), self.load_again),
                )
        else:
            self.load()

    def load_again(self) -> None:
        """As somebody else has changed it; what was typed is given up."""
        self.discard()

    # -- writing

    def act(self, key: str) -> None:
        """Do what a button says, if it is offered now."""
        if self.meeting.panel is not None:
            if key == "save":
                self.meeting.panel.save_button.click()
        elif self.head.offered(key) and not self._busy:
            self.do(key)

    def do(self, key: str) -> None:
        """What the button ``key`` does."""
        raise NotImplementedError

    def write(
        self, name: str, command: Callable[..., Changes], done: Callable[[Changes], None], **arguments: Any
    ) -> None:
        """Run ``command`` in a task. The same ``name`` and arguments after a lost connection keep their key.

        With other arguments it is asked first whether the earlier try had been done; if so, the page goes on from
        there with what is typed, and nothing is written yet; nor while somebody has to choose between what is typed
        and what another one wrote.
        """
        if name in self.INPUT and not self.meeting.decided():
            return
        asked, writes = self._writes.begin(name, arguments, self.kept()), self._writes
        keep = self.keeping.before_sending() if self.keeping is not None and self._dirty else None

        def work(_control: Control) -> Answer:
            if keep is not None:
                keep()
            return writes.send(asked, command)

        def finished(answer: Answer) -> None:
            writes.answered(name)
            self._set_busy(False)
            self.messages.clear()
            typed = self.kept() if self.keeping is not None and self._dirty else asked.kept
            if answer.earlier:
                self._done_before(answer.changes)
            else:
                done(answer.changes)
            if self.keeping is not None:
                self.keeping.answered()
                if not answer.earlier and typed != asked.kept and self.record_id is not None:
                    # somebody typed on while it was saved
                    self.meeting.put_over(typed, asked.kept, own=True)
                    if not self._reading.busy:
                        self.meeting.go_on()

        def failed(error: Exception) -> None:
            if not isinstance(error, ConnectionLost):
                writes.answered(name)
            self.failed(error)
            if self.keeping is not None and self._dirty:
                # without the key of what was refused
                self.keeping.touched()

        self._set_busy(True)
        Task(self, work, finished, failed, title=tr("Saving"))

    def _done_before(self, changes: Changes) -> None:
        """An earlier try, with other contents, had been done although its answer was lost."""
        record_id = self.made_by(changes) if self.record_id is None else self.record_id
        self.messages.warning(tr("This had been saved before the connection was lost: here it is."))
        self.record_id = record_id
        if self._dirty and self.keeping is not None:
            self.meeting.put_over(self.kept(), {})
        self.load()

    def _set_busy(self, busy: bool) -> None:
        self._busy = busy
        self.head.enable(not busy and self.meeting.panel is None)
        if not busy:
            self.refresh_buttons()

    def refresh_buttons(self) -> None:
        """Which buttons are offered now."""

    def offer(self, key: str, offered: bool) -> None:
        """Show a button or hide it."""
        self.head.offer(key, offered)

    def may(self, key: str) -> bool:
        """Whether the entity's action ``key`` is offered: the user has the right, the record the state."""
        action = next(action for action in self.entity.actions if action.key == key)
        state = getattr(self.record, "state", None)
        return self.client.user.can(action.permission) and (not action.states or state in action.states)

    def failed(self, error: Exception) -> None:
        """Say what went wrong, at its field where it has one."""
        self._set_busy(False)
        if isinstance(error, Cancelled):
            return
        if isinstance(error, Invalid) and self._head_fields.complain(error.field, str(error)):
            return
        if isinstance(error, Conflict) or (isinstance(error, Refused) and error.template == OVERTAKEN):
            self._overtaken()
        elif isinstance(error, ShukeError):
            self.messages.error(str(error))
        else:
            self.client.shell.error(error)

    def _overtaken(self) -> None:
        """The record is a newer one by now: what is typed is put over that, or it is shown as it is."""
        if self._dirty:
            self.meeting.meet(at_once=True)
        else:
            self.messages.warning(tr("Somebody else has changed this document. Here it is as it is now."))
            self.load()

    def typed_problem(self) -> bool:
        """True, and the cursor there, if a field holds something that is not understood."""
        return self._head_fields.problem()

    # -- looks

    def show_state(self, labels: Mapping[str, str]) -> None:
        """The state as a chip."""
        self.head.show_state(getattr(self.record, "state", None), labels)

    def set_button(self, key: str, text: str, shortcut: str = "") -> None:
        """The words of a button, its shortcut behind them."""
        self.head.set_button(key, text, shortcut)

    def retranslate(self) -> None:
        """Set every text in the language in force; subclasses add their own."""
        self.head.show_record(self.title(), self.record_id)
        self._head_fields.retranslate()
        for action in self.entity.actions:
            if action.key in self.buttons:
                self.set_button(action.key, tr(action.title), self.head.shortcuts[action.key])
        if "save" in self.buttons:
            self.set_button("save", tr("Save"), "Ctrl+S")
        self.refresh_buttons()

    def changeEvent(self, event: QEvent) -> None:
        """Follow a change of language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
