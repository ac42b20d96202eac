"""What the pages of documents share: title and state, buttons of the entity's actions, messages, reading, writing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import pairwise
from typing import Any, Final

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from services.changes import Notice
from services.commands import Changes
from services.drafts import Sent
from services.entity import Entity
from services.errors import Cancelled, Conflict, ConnectionLost, Invalid, Refused, ShukeError
from services.language import mark, tr
from services.merging import Difference, differences
from widgets.base.caption import Caption
from widgets.base.card import Elided
from widgets.base.client import Client
from widgets.base.editors.base import Editor
from widgets.base.files_button import FilesButton
from widgets.base.formatting import STATE_TONES
from widgets.base.icons import icon
from widgets.base.keeping import Keeping
from widgets.base.messages import MessageBar
from widgets.base.page_writes import Answer, PageWrites
from widgets.base.style import repolish
from widgets.base.tasks import Control, Task, TaskSlot
from widgets.base.title_row import TitleRow

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
        self._base: Mapping[str, Any] = {}
        self._over: tuple[Mapping[str, Any], Mapping[str, Any]] | None = None
        """What is to be typed over the record as soon as that is read, and what stood there when it was typed."""
        self._reading, self._recalling = TaskSlot(self), TaskSlot(self)
        self.editors: dict[str, Editor] = {}
        self._captions: dict[Caption, str] = {}
        self._titles: dict[str, str] = {}
        self.text = Elided()
        self.text.setProperty("role", "title")
        self.state_chip = QLabel()
        # from the beginning: a label polished without the property keeps the measures it had then
        self.state_chip.setProperty("chip", "neutral")
        self.state_chip.hide()
        self.messages = MessageBar()
        self.buttons: dict[str, QPushButton] = {}
        self._shortcuts: dict[str, str] = {}
        self._symbols: dict[str, str] = {}
        self._next: list[str] = []
        self.head = TitleRow()
        self.head.addWidget(self.text)
        self.head.addWidget(self.state_chip)
        self.head.begin_actions()
        self.files = FilesButton(client, entity.key)
        self.head.addWidget(self.files)
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(14, 10, 14, 10)
        self.body.setSpacing(8)
        self.body.addLayout(self.head)
        self.body.addWidget(self.messages)
        client.bus.changed.connect(self._heard)

    # -- building

    def add_button(self, key: str, symbol: str, *, primary: bool = False, shortcut: str = "") -> QPushButton:
        """A button of the title row, with its shortcut; what it does is ``act``.

        ``primary`` is what comes next for the document: of those the first that is offered stands out, else Save.
        They stand before the others, the files last.
        """
        button = QPushButton()
        button.setIcon(icon(symbol, "muted"))
        button.setIconSize(QSize(16, 16))
        button.setProperty("primary", False)
        self._symbols[key] = symbol
        self._shortcuts[key] = shortcut
        button.clicked.connect(lambda: self.act(key))
        if primary:
            place = self.head.first_action + len(self._next)
            self._next.append(key)
        else:
            place = self.head.indexOf(self.files)
        self.head.insert_action(place, button)
        self.buttons[key] = button
        row = (self.head.itemAt(at) for at in range(self.head.count()))
        for one, following in pairwise(item.widget() for item in row if item is not None):
            if one is not None and following is not None:
                QWidget.setTabOrder(one, following)
        self._stand_out()
        if shortcut:
            keys = QShortcut(QKeySequence(shortcut), self)
            keys.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            keys.activated.connect(partial(self.act, key))
        return button

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
        """Rows of (key, title, editor, columns of twelve): the caption above its editor; Enter walks through them.

        A star stands beside the fields that the entity says are required, and those in ``required``.
        """
        needed = {field.key for field in self.entity.fields if field.required}.union(required)
        grid = QGridLayout()
        grid.setHorizontalSpacing(14)
        grid.setVerticalSpacing(2)
        for column in range(12):
            grid.setColumnStretch(column, 1)
        line = 0
        for row in rows:
            at = 0
            for key, title, editor, span in row:
                caption = Caption(editor, required=key in needed)
                self._captions[caption] = self._titles[key] = title
                grid.addWidget(caption, line, at, 1, span)
                grid.addWidget(editor, line + 1, at, 1, span, Qt.AlignmentFlag.AlignTop)
                self.editors[key] = editor
                editor.changed.connect(partial(self._typed, editor))
                editor.finished.connect(partial(self.step_on, key))
                at += span
            grid.setRowMinimumHeight(line + 2, 4)
            line += 3
        return grid

    def step_on(self, key: str) -> None:
        """Enter in a field: the next one."""
        keys = list(self.editors)
        for following in keys[keys.index(key) + 1 :]:
            if self.editors[following].isVisible() and self.editors[following].isEnabled():
                self.editors[following].setFocus()
                return
        self.fields_done()

    def fields_done(self) -> None:
        """Enter in the last field; a page with a grid goes on there."""

    def _typed(self, editor: Editor) -> None:
        editor.set_error(None)
        self.set_dirty(True)

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
        return {} if self.record_id is None else self._base

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
        return not self._reading.busy and self._over is None

    def begun(self) -> Sent | None:
        """The write that was begun last and not answered."""
        return self._writes.begun(self.INPUT)

    def made_by(self, changes: Changes) -> int:
        """The document that a write has made or changed."""
        return int(changes.result["id"]) if "id" in changes.result else changes.ids[self.entity.key][0]

    def go_on(self, record_id: int | None, values: Mapping[str, Any], base: Mapping[str, Any]) -> None:
        """Be the page of that record, with ``values`` typed over it where it can still be typed into.

        ``base`` is what stood there when they were typed: what is the same in both is left as the record has it.
        """
        self._over = (values, base)
        if record_id != self.record_id:
            self.record_id = record_id
            self.load()
        elif not self._reading.busy:
            self._put_over()

    def load_below(self) -> None:
        """As somebody else has changed it, with what is typed over it."""
        self._over = (self.kept(), self._base)
        self.load()

    def _put_over(self) -> None:
        if self._over is None:
            return
        values, base = self._over
        if not self.may_type():
            self._over = None
            self.messages.warning(
                tr("What you typed since then is not in it, and it cannot be changed any more.")
            )
            return
        found = differences(values, was=base, mine=values, theirs=self._base) if base else []
        merged = {**values, **{each.key: each.theirs for each in found if each.mine == each.was}}

        def put(recalled: Any) -> None:
            self._over = None
            self.take_up(merged, recalled)
            self.set_dirty(True)
            self._say_clashes([each for each in found if each.clash])

        def failed(error: Exception) -> None:
            if not isinstance(error, Cancelled):
                # what is to be put in stays: nothing is kept in its place until it stands here
                self.messages.error(error, (tr("Try again"), self._put_over))

        self._recalling.start(lambda _control: self.recall(merged), put, failed)

    def _say_clashes(self, found: Sequence[Difference]) -> None:
        """Both changed these fields: what is typed here stands, what the other one wrote is told."""
        told = [
            f"{tr(self._titles[each.key])}: {self.editors[each.key].words(each.theirs) or tr('(empty)')}"
            for each in found
            if each.key in self._titles
        ]
        if told:
            self.messages.warning(
                tr(
                    "Somebody else changed this too. What you typed stands here; there it says: {values}",
                    values="; ".join(told),
                )
            )
        if len(told) < len(found):
            self.messages.warning(
                tr("Somebody else changed the lines too. Yours stand here: saving puts them in their place.")
            )

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
        self.keeping.keep(kept)

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
        reading = self._reading.busy or self._recalling.busy
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
        self._base = self.kept()
        self._put_over()
        self.loaded.emit()

    def _heard(self, notice: Notice) -> None:
        ours = notice.entity == self.entity.key and (notice.ids is None or self.record_id in notice.ids)
        if self.record_id is None or self._busy or notice.own or not (ours or notice.entity == "*"):
            return
        if self._dirty:
            if ours:
                self.messages.warning(
                    tr("Somebody else has changed this document."),
                    (tr("Show it with what I typed"), self.load_below),
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
        button = self.buttons.get(key)
        if button is not None and button.isVisibleTo(self) and button.isEnabled() and not self._busy:
            self.do(key)

    def do(self, key: str) -> None:
        """What the button ``key`` does."""
        raise NotImplementedError

    def write(
        self, name: str, command: Callable[..., Changes], done: Callable[[Changes], None], **arguments: Any
    ) -> None:
        """Run ``command`` in a task. The same ``name`` and arguments after a lost connection keep their key.

        With other arguments it is asked first whether the earlier try had been done; if so, the page goes on from
        there with what is typed, and nothing is written yet.
        """
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
                    self.go_on(self.record_id, typed, asked.kept)

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
            self._over = (self.kept(), {})
        self.load()

    def _set_busy(self, busy: bool) -> None:
        self._busy = busy
        for button in self.buttons.values():
            button.setEnabled(not busy)
        if not busy:
            self.refresh_buttons()

    def refresh_buttons(self) -> None:
        """Which buttons are offered now."""

    def offer(self, key: str, offered: bool) -> None:
        """Show a button or hide it."""
        self.buttons[key].setVisible(offered)
        self._stand_out()

    def _stand_out(self) -> None:
        """Of all that could be done one button stands out: what comes next."""
        keys = (key for key in (*self._next, "save") if key in self.buttons)
        chosen = next((key for key in keys if not self.buttons[key].isHidden()), None)
        for key, button in self.buttons.items():
            if button.property("primary") != (key == chosen):
                button.setProperty("primary", key == chosen)
                button.setIcon(icon(self._symbols[key], "on_accent" if key == chosen else "muted"))
                repolish(button)

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
        if isinstance(error, Invalid) and error.field in self.editors:
            self.editors[error.field].set_error(str(error))
            self.editors[error.field].setFocus()
        elif isinstance(error, Conflict) or (isinstance(error, Refused) and error.template == OVERTAKEN):
            self.messages.error(
                str(error),
                (tr("Show it with what I typed"), self.load_below),
                (tr("Load it again"), self.load_again),
            )
        elif isinstance(error, ShukeError):
            self.messages.error(str(error))
        else:
            self.client.shell.error(error)

    def typed_problem(self) -> bool:
        """True, and the cursor there, if a field holds something that is not understood."""
        for editor in self.editors.values():
            problem = editor.problem()
            if problem is not None:
                editor.set_error(problem)
                editor.setFocus()
                return True
        return False

    # -- looks

    def show_state(self, labels: Any) -> None:
        """The state as a chip."""
        state = getattr(self.record, "state", None)
        self.state_chip.setVisible(state is not None)
        if state is not None:
            tone = STATE_TONES.get(state, "neutral")
            self.state_chip.setText(tr(labels.get(state, state)))
            self.state_chip.setProperty("chip", tone)
            repolish(self.state_chip)

    def set_button(self, key: str, text: str, shortcut: str = "") -> None:
        """The words of a button, its shortcut behind them."""
        self.buttons[key].setText(f"{text}  {shortcut}" if shortcut else text)
        self.buttons[key].setToolTip(f"{text} ({shortcut})" if shortcut else text)

    def retranslate(self) -> None:
        """Set every text in the language in force; subclasses add their own."""
        self.text.setText(self.title())
        self.files.set_record(self.record_id)
        for caption, title in self._captions.items():
            caption.set_title(tr(title))
        for action in self.entity.actions:
            if action.key in self.buttons:
                self.set_button(action.key, tr(action.title), self._shortcuts[action.key])
        if "save" in self.buttons:
            self.set_button("save", tr("Save"), "Ctrl+S")
        self.refresh_buttons()

    def changeEvent(self, event: QEvent) -> None:
        """Follow a change of language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
