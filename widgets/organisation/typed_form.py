"""The form beside a list or a diagram: what is typed there outlives the changes of others (PLT-31)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QBoxLayout, QComboBox, QLineEdit, QPushButton, QStackedWidget, QWidget

from services.commands import Changes
from services.drafts import Sent
from services.entity import Entity
from services.errors import ConnectionLost
from services.language import tr
from widgets.base.client import Client
from widgets.base.form_meeting import FormMeeting
from widgets.base.keeping import Keeping
from widgets.base.messages import Message
from widgets.base.page_writes import Answer, PageWrites
from widgets.base.pages import TABLE
from widgets.base.presence_label import PresenceLabel
from widgets.base.simple_page import SimplePage
from widgets.organisation.kept_forms import KeptForms

NEW: Final = "new"
"""Name of the write that makes a record; those of others are called by their ids."""


@dataclass(frozen=True, slots=True)
class TypedField:
    """One field: how its input is read and shown, what it is called, how a value is written in words."""

    title: Callable[[], str]
    read: Callable[[], Any]
    show: Callable[[Any], None]
    in_words: Callable[[Any], str] = lambda value: "" if value is None else str(value)
    stored: Callable[[Any], Any] = lambda value: value
    """A value of the database as ``read`` would give it: NULL and an empty line are one."""
    secret: bool = False
    """Never written to the disk of the PC."""

    def words(self, value: Any) -> str:
        """``value`` as people read it."""
        return self.in_words(value)


def line_field(title: Callable[[], str], edit: QLineEdit, *, secret: bool = False) -> TypedField:
    """A line of text, "" for none."""
    return TypedField(
        title,
        lambda: edit.text().strip(),
        lambda value: edit.setText(value or ""),
        stored=lambda value: value or "",
        secret=secret,
    )


def chosen_field(title: Callable[[], str], box: QComboBox, *, none: int = -1) -> TypedField:
    """What is chosen of a list; ``none`` is the row that is shown where there is no such entry."""

    def show(value: Any) -> None:
        row = box.findData(value)
        box.setCurrentIndex(row if row >= 0 else none)

    def words(value: Any) -> str:
        row = box.findData(value)
        return box.itemText(row) if row >= 0 else ""

    return TypedField(title, box.currentData, show, words)


class TypedFields:
    """The fields of one form by their keys."""

    def __init__(self, editors: Mapping[str, TypedField]) -> None:
        self.editors = dict(editors)

    def values(self) -> dict[str, Any]:
        """What all of them hold."""
        return {key: field.read() for key, field in self.editors.items()}

    def set_values(self, values: Mapping[str, Any], keys: Iterable[str] | None = None) -> None:
        """Show ``values``, of ``keys`` only if given."""
        wanted = set(values) if keys is None else set(keys)
        for key, field in self.editors.items():
            if key in wanted and key in values:
                field.show(values[key])

    def of(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """``record`` with its values as the fields would hold them."""
        return {**record, **{key: field.stored(record.get(key)) for key, field in self.editors.items()}}

    def title_of(self, key: str) -> str:
        """What a field is called in the language in force."""
        return self.editors[key].title()


@dataclass(frozen=True, slots=True)
class _Left:
    """Input that somebody left to look at another record."""

    stored: dict[str, Any]
    version: Any
    values: dict[str, Any]


class FormPage(SimplePage):
    """A page with a form beside its list or diagram. Subclasses build into ``self.beside``, set ``self.typed`` and
    hand it every record that they read or choose; ``send`` writes what is typed.

    ``beside`` makes way for the comparison when two people changed the same field."""

    close_wanted = Signal()
    """The person decided about unsaved input: the tab may be closed now (``can_close`` answers True)."""

    typed: TypedForm

    def __init__(self, client: Client, parent: QWidget | None = None) -> None:
        super().__init__(client, parent)
        self.stack = QStackedWidget()
        self.beside = QWidget()
        self.stack.addWidget(self.beside)
        self.body.addWidget(self.stack, 1)
        self._closing = False
        self._asked: Message | None = None
        self._writes = PageWrites(client.database)
        self._sent: dict[str, dict[UUID, Mapping[str, Any]]] = {}
        """What the tries of a write held that are not answered."""
        self._to_choose: int | None = None
        """The record to show when the page is read next."""
        self.keeping: Keeping | None = None
        self.list_button: QPushButton | None = None

    def offer_list(self, entity: Entity) -> None:
        """A button that opens the records as a list: to search, sort, export and print them (PLT-10, ORG-05)."""

        def show() -> None:
            self.client.shell.open_view(entity.key, TABLE)

        self.list_button = self.button("list", show)

    def retranslate(self) -> None:
        """Set the texts of the heading and of the button of ``offer_list``."""
        super().retranslate()
        if self.list_button is not None:
            self.list_button.setText(tr("As a list"))
            self.list_button.setToolTip(tr("To search, sort, export and print"))

    def keep_input(self, name: str = "") -> None:
        """What is typed outlives a crash; called once, when ``typed`` is there. ``name``: what its drafts are called,
        where another page is about the same kind of record."""
        kept = KeptForms(self, self.typed)
        keeping = Keeping(kept, self, name=name or f"{self.typed.entity.key}.page")
        self.keeping = self.typed.keeping = keeping
        self.loaded.connect(keeping.find)

    def show_kept(self, record_id: int | None, typed: Mapping[str, Any]) -> bool:
        """Show the record (None for a new one) that a draft has input for; False if it is there no more."""
        raise NotImplementedError

    def begun(self) -> Sent | None:
        """The making of a record that was begun and not answered. What changes a record needs no such memory: made
        twice it meets the version that it has written itself."""
        return self._writes.begun({NEW})

    def choose(self, record_id: int) -> None:
        """Show this record when the page is read next."""
        self._to_choose = record_id

    def send(self) -> None:
        """Write what is typed; the page itself says how."""
        raise NotImplementedError

    def save(self) -> None:
        """Write what is typed, or what was chosen where both are compared."""
        panel = self.typed.meeting.panel
        if panel is not None:
            panel.save_button.click()
        else:
            self.send()

    def send_as(
        self,
        command: Callable[..., Changes],
        done: Callable[[Changes], None],
        /,
        *,
        besides: Collection[str] = (),
        **arguments: Any,
    ) -> None:
        """Run ``command``, which writes what is typed now, but for the fields ``besides``. Whoever was faster is met
        when the page has read his change.

        The same arguments after a lost connection keep their key. With others it is asked first whether the earlier
        try had been done; if so, the page goes on from there with what is typed, and nothing is written yet.
        """
        sent = {key: value for key, value in self.typed.fields.values().items() if key not in besides}
        record_id = self.typed.record_id
        name = NEW if record_id is None else str(record_id)
        asked = self._writes.begin(name, arguments, KeptForms(self, self.typed).kept_of(record_id))
        tries = self._sent.setdefault(name, {})
        tries[asked.key] = sent
        keep = self.keeping.before_sending() if self.keeping is not None and self.dirty() else None

        def work() -> Answer:
            if keep is not None:
                keep()
            return self._writes.send(asked, command)

        def written(answer: Answer) -> None:
            self._settled(name)
            if answer.earlier:
                self._done_before(record_id, answer.changes, tries[answer.key])
                return
            self.typed.written(sent)
            done(answer.changes)
            if self._closing:
                self.close_wanted.emit()

        self.run(work, written, failed=lambda error: self._not_written(name, error))

    def make_once(
        self,
        name: str,
        command: Callable[..., Changes],
        done: Callable[[Changes], None],
        /,
        **arguments: Any,
    ) -> None:
        """Run ``command``, which makes something of nothing typed; pressed again after a lost connection it makes no
        second one."""
        asked = self._writes.begin(name, arguments, {})

        def written(answer: Answer) -> None:
            self._settled(name)
            done(answer.changes)

        def failed(error: Exception) -> None:
            if not isinstance(error, ConnectionLost):
                self._settled(name)
            self.failed(error)

        self.run(lambda: self._writes.send(asked, command), written, failed=failed)

    def _settled(self, name: str) -> None:
        self._writes.answered(name)
        self._sent.pop(name, None)

    def _done_before(self, record_id: int | None, changes: Changes, sent: Mapping[str, Any]) -> None:
        """An earlier try, which held ``sent``, had been done although its answer was lost."""
        self._closing = False
        self.bar.warning(tr("This had been saved before the connection was lost: here it is."))
        if record_id is None:
            self.typed.made(changes.id, sent)
            self.choose(changes.id)
        else:
            self.typed.written(sent)

    def _not_written(self, name: str, error: Exception) -> None:
        self._closing = False
        if isinstance(error, ConnectionLost):
            self.failed(error)
            return
        self._settled(name)
        if self.keeping is not None and self.dirty():
            # without the key of what was refused
            self.keeping.touched()
        # was somebody faster? Then the two are put together; else the error is the person's
        self.typed.refused = error
        self.reload()

    def dirty(self) -> bool:
        """Whether there is input that is not saved."""
        return self.typed.dirty() or bool(self.typed.left)

    def can_close(self) -> bool:
        """False while there is unsaved input that nobody has decided about; then the page asks."""
        if self._closing or not self.dirty():
            return True
        if self._asked is not None:
            self._asked.close_message()
        choices: list[tuple[str, Callable[[], None]]] = [(tr("Discard it"), lambda: self._close(save=False))]
        if not self.typed.left:
            choices.insert(0, (tr("Save and close"), lambda: self._close(save=True)))
        asked = self.bar.warning(tr("There is input here that is not saved."), *choices)
        asked.closed.connect(self._answered)
        self._asked = asked
        return False

    def _answered(self) -> None:
        self._asked = None

    def _close(self, *, save: bool) -> None:
        self._closing = True
        if save:
            self.save()
        else:
            self._writes.forget()
            if self.keeping is not None:
                self.keeping.forget()
            self.close_wanted.emit()


class TypedForm:
    """What is typed for one record of ``entity``; ``record_id`` None while a new one is typed.

    Input that somebody leaves to look at another record is kept and shown when he comes back to it, as long as the
    page lives. ``card`` holds the form: the names of others who have the record open stand in it below the head.
    """

    def __init__(self, page: FormPage, entity: Entity, fields: TypedFields, card: QBoxLayout) -> None:
        self.client, self.entity, self.messages = page.client, entity, page.bar
        self.fields = fields
        self.stored: dict[str, Any] = fields.values()
        self.version: Any = None
        """What the record was at when ``stored`` was read; another one means that somebody changed it."""
        self.record_id: int | None = None
        self.refused: Exception | None = None
        """Why the last save failed, until the page has read whether somebody else was faster."""
        self.left: dict[int | None, _Left] = {}
        """Input by the id of the record that it is for."""
        self.presence: PresenceLabel | None = None
        self.keeping: Keeping | None = None
        """Where what is typed here is written to the disk, if it is."""
        self._met: Any = None
        """The version that was read last: the same one read again changes nothing about a comparison."""
        self._page, self._card = page, card
        self._opened = self._was_dirty = False
        self.meeting = FormMeeting(self, page.stack)

    def dirty(self) -> bool:
        """Whether there is input that is not saved."""
        return self.changes() != {}

    def changes(self) -> dict[str, Any]:
        """The fields that differ from what was read."""
        return {key: value for key, value in self.fields.values().items() if value != self.stored.get(key)}

    def measure(self) -> None:
        """Something was typed: the tab shows whether there is input, and it is kept."""
        dirty = self._page.dirty()
        if self.keeping is not None and dirty:
            self.keeping.touched()
        elif self.keeping is not None and self._was_dirty:
            self.keeping.forget()
        if dirty != self._was_dirty:
            self._was_dirty = dirty
            self._page.dirty_changed.emit()

    def all_typed(self) -> list[dict[str, Any]]:
        """Per record with unsaved input its id, version, the values as they were stored, and those typed."""
        forms = dict(self.left)
        if self.dirty():
            forms[self.record_id] = _Left(self.stored, self.version, self.fields.values())
        secret = {key for key, field in self.fields.editors.items() if field.secret}

        def told(values: Mapping[str, Any]) -> dict[str, Any]:
            return {key: value for key, value in values.items() if key not in secret}

        return [
            {"id": key, "version": form.version, "stored": told(form.stored), "typed": told(form.values)}
            for key, form in forms.items()
            if told(form.values) != told(form.stored)
        ]

    def put_back(
        self, record_id: int | None, version: Any, stored: Mapping[str, Any], typed: Mapping[str, Any]
    ) -> None:
        """Input of ``record_id`` from a draft: at once if that is what is shown, else when it is."""
        form = _Left(dict(stored), version, dict(typed))
        if not self._opened or record_id != self.record_id:
            self.left[record_id] = form
            return
        now = {**self.stored, "id": record_id, "version": self.version}
        self._take_up(form)
        self.read_again(now)
        self.measure()

    def _take_up(self, form: _Left) -> None:
        secret = {key: self.stored.get(key) for key, field in self.fields.editors.items() if field.secret}
        self.stored, self.version = {**secret, **form.stored}, form.version
        self.fields.set_values(form.values)

    def offer_anew(self, refill: Callable[[], None]) -> None:
        """``refill`` the lists that values are chosen from; what is chosen stays."""
        held = self.fields.values()
        refill()
        self.fields.set_values(held)

    def open(self, record: Mapping[str, Any], refill: Callable[[], None] = lambda: None) -> None:
        """Show another record, or an empty one without id, after ``refill`` of the lists that its values are chosen
        from; what was typed for the one before is kept."""
        record, record_id = self.fields.of(record), record.get("id")
        if self._opened and record_id == self.record_id:
            self.offer_anew(refill)
            self.read_again(record)
            return
        if self._opened and self.dirty():
            self.left[self.record_id] = _Left(self.stored, self.version, self.fields.values())
        self.meeting.close()
        self.meeting.say_no_more()
        self._opened, self.record_id, self.refused = True, record_id, None
        self._watch()
        refill()
        self.take(record)
        kept = self.left.pop(record_id, None)
        if kept is not None:
            self._take_up(kept)
            self.read_again(record)
        self.measure()

    def start(self, values: Mapping[str, Any]) -> None:
        """Fill a new record with ``values``, which nobody has typed."""
        self.fields.set_values({key: value for key, value in values.items() if key not in self.changes()})
        self.stored.update(values)

    def read_again(self, record: Mapping[str, Any] | None) -> None:
        """The record that is shown was read again, None if it is there no more: what others changed appears, what is
        typed stays."""
        refused, self.refused = self.refused, None
        record = self.fields.of(record) if record is not None else None
        if self.record_id is None or record is None or record.get("version") == self.version:
            if refused is not None:
                self._page.failed(refused)
            elif self.record_id is not None and record is None and self.dirty():
                self.messages.warning(
                    tr(
                        "Somebody else has deleted this record. What you typed is still here, but cannot be saved."
                    )
                )
        elif refused is not None:
            self.meeting.refused(record)
        elif self.meeting.panel is not None:
            if record.get("version") != self._met:
                self.meeting.compare(record)
        else:
            self._hear(record)
        self._met = record.get("version") if record is not None else None
        self.measure()

    def _hear(self, record: Mapping[str, Any]) -> None:
        found = self.meeting.differences(record)
        theirs = [each.key for each in found if each.theirs != each.was]
        if any(each.clash for each in found):
            self.meeting.say(record, theirs)
            return
        typed = self.dirty()
        self.take(record, keep=True)
        self.meeting.say_no_more()
        if typed and theirs and record.get("changed_by") != self.client.user.id:
            who = self.client.dictionary.user(record.get("changed_by")) or tr("Somebody else")
            titles = self.meeting.titles(theirs)
            self.messages.info(
                tr("{who} has just changed {titles}. What you typed is still here.", who=who, titles=titles)
            )

    def written(self, sent: Mapping[str, Any]) -> None:
        """``sent`` is in the database: it is input no more."""
        self.stored = {**self.stored, **sent}
        self.meeting.say_no_more()
        self.measure()

    def made(self, record_id: int, sent: Mapping[str, Any]) -> None:
        """The new record turns out to be ``record_id``, made with ``sent``: what was typed since is input to that."""
        form = _Left({**self.stored, **sent}, None, self.fields.values())
        self.stored = form.values
        if form.values != form.stored:
            self.left[record_id] = form

    def take(self, record: Mapping[str, Any], *, keep: bool = False) -> None:
        """Show ``record`` as it is in the database; ``keep`` leaves what was typed in the fields."""
        typed = set(self.changes()) if keep else set()
        self.version = record.get("version")
        base = {key: record.get(key) for key in self.fields.editors}
        self.fields.set_values(base, [key for key in base if key not in typed])
        shown = self.fields.values()
        # a field may write a value differently from how it is stored (None and ""); that is nobody's input
        self.stored = {key: base[key] if key in typed else shown[key] for key in base}

    def save_again(self) -> None:
        """Save what the fields hold now."""
        self._page.send()

    def retranslate(self) -> None:
        """The comparison came or went: nothing beside it says so, but whether there is input may have changed."""
        self.measure()

    def _watch(self) -> None:
        if self.presence is not None:
            self._card.removeWidget(self.presence)
            self.presence.hide()
            self.presence.deleteLater()
            self.presence = None
        if self.record_id is not None and self.record_id > 0:
            self.presence = PresenceLabel(self.client, self.entity.key, self.record_id)
            self.presence.setWordWrap(True)
            self._card.insertWidget(1, self.presence, 0, Qt.AlignmentFlag.AlignLeft)
