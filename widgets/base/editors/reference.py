"""A record of another entity, found while typing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QWidget

from services.entity import Entity
from services.errors import Cancelled
from services.language import tr
from services.lookup import Hit, labels, lookup
from widgets.base.client import Client
from widgets.base.editors.pick import PickEditor
from widgets.base.editors.popup import Option
from widgets.base.tasks import TaskSlot

DELAY = 40
"""Milliseconds without a key before the server is asked."""
_NEW = object()

NewRecord = Callable[[str, Mapping[str, Any], Callable[[int, str], None]], None]
"""Makes a record of an entity (its key) with values filled in, then calls with its id and label."""


class ReferenceEditor(PickEditor):
    """The id of a record of ``entity``: by name, pinyin, number or phone; the newest question counts.

    F4 or Ctrl+click opens the record. "+ New …" asks ``new_record``; without it the shell opens an empty form
    with the typed name. ``conditions`` restrict what is found; it is asked at every search (contacts of the
    customer that was picked above). ``hit`` is the last one picked.
    """

    def __init__(
        self,
        client: Client,
        entity: Entity,
        parent: QWidget | None = None,
        *,
        conditions: Callable[[], Sequence[Any]] = tuple,
        new_record: NewRecord | None = None,
    ) -> None:
        self._client = client
        self._entity = entity
        self._conditions = conditions
        self._new_record = new_record
        self._labels: dict[int, str] = {}
        self.hit: Hit | None = None
        self._hits: dict[int, Hit] = {}
        super().__init__(parent)
        self.open_button = self.inside(self.line, "external-link", self.open_record)
        self._slot = TaskSlot(self)
        self._label_slot = TaskSlot(self)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DELAY)
        self._timer.timeout.connect(self._ask)
        self._words = ""
        self._name_button()
        self._show_open()

    @property
    def entity(self) -> Entity:
        """What kind of record it refers to."""
        return self._entity

    # -- searching

    def show_list(self, words: str) -> None:
        """Ask the server, soon."""
        if not self.line.isReadOnly():
            self._words = words
            self._timer.start()

    def _ask(self) -> None:
        words, entity, database = self._words, self._entity, self._client.database
        conditions = tuple(self._conditions())

        def work(control: Any) -> list[Hit]:
            with database.read_session() as session:
                return lookup(session, entity, words, conditions=conditions)

        self._slot.start(work, lambda hits: self._found(words, hits), self._failed)

    def _found(self, words: str, hits: Sequence[Hit]) -> None:
        if not self.line.hasFocus():
            return
        self._hits = {hit.id: hit for hit in hits}
        options = [Option(hit.id, hit.label, hit.detail, hit.number) for hit in hits]
        if self._may_create():
            typed = words.strip()
            title = tr(self._entity.title)
            text = tr("+ New {entity} “{name}”", entity=title, name=typed) if typed else ""
            options.append(Option(_NEW, text or tr("+ New {entity}", entity=title), action=True))
        self.popup.offer(options, select=0 if hits else -1)

    def _failed(self, error: Exception) -> None:
        if not isinstance(error, Cancelled):
            self.set_error(str(error))

    def _may_create(self) -> bool:
        return self._entity.create_by_form and self._client.can(self._entity, "create")

    # -- the value

    def set_value(self, value: object) -> None:
        """Show the record with the id ``value``; its name is read from the server if it is not known yet."""
        self.hit = self._hits.get(value) if isinstance(value, int) else None
        if self.hit is not None:
            self._labels[self.hit.id] = self.hit.label
        super().set_value(value)
        if isinstance(value, int) and value not in self._labels:
            self._read_label(value)
        self._show_open()

    def learn(self, names: Mapping[int, str]) -> None:
        """Names of records that were read elsewhere."""
        self._labels.update(names)

    def set_labelled(self, value: int, label: str) -> None:
        """Show a record whose name is known."""
        self._labels[value] = label
        self.set_value(value)

    def label_of(self, value: object) -> str:
        """Its name; nothing until the server has told it."""
        return self._labels.get(value, "") if isinstance(value, int) else ""

    def _read_label(self, value: int) -> None:
        entity, database = self._entity, self._client.database

        def work(control: Any) -> dict[int, str]:
            with database.read_session() as session:
                return labels(session, entity, [value])

        def done(found: dict[int, str]) -> None:
            # hidden and missing look alike
            self._labels[value] = found.get(value, tr("(not available)"))
            if self._value == value and not self._open:
                self.line.setText(self.label_of(value))
                self.line.setCursorPosition(0)

        self._label_slot.start(work, done, self._failed)

    def _chosen(self, option: Option) -> None:
        if option.value is _NEW:
            self._create()
        else:
            super()._chosen(option)

    def left(self) -> None:
        """The question that is still on its way is dropped."""
        self._timer.stop()
        self._slot.drop()
        super().left()

    # -- opening and making records

    def _create(self) -> None:
        typed = self.line.text().strip() if self._open else ""
        values: dict[str, Any] = {"name": typed} if typed else {}
        if self._new_record is None:
            self._client.shell.new_record(self._entity.key, values)
        else:
            self._new_record(self._entity.key, values, self._made)

    def _made(self, record_id: int, label: str) -> None:
        self.set_error(None)
        self.set_labelled(record_id, label)
        self.changed.emit()

    def open_record(self) -> None:
        """Open the record in a tab of its own."""
        if isinstance(self._value, int):
            self._client.shell.open_record(self._entity.key, self._value)

    def key_pressed(self, event: QKeyEvent) -> bool:
        """F4 opens the record."""
        if event.key() == Qt.Key.Key_F4 and not event.modifiers():
            self.open_record()
            return True
        return super().key_pressed(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Ctrl+click opens the record."""
        if (
            watched is self._marked
            and isinstance(event, QMouseEvent)
            and event.type() == QEvent.Type.MouseButtonPress
            and event.modifiers() & Qt.KeyboardModifier.ControlModifier
        ):
            self.open_record()
            return True
        return super().eventFilter(watched, event)

    def retranslate(self) -> None:
        """Name the buttons."""
        super().retranslate()
        if hasattr(self, "open_button"):  # the base class translates before there is one
            self._name_button()

    def _name_button(self) -> None:
        self.open_button.setText(tr("Open (F4)"))
        self.open_button.setToolTip(tr("Open (F4)"))

    def _typed(self, text: str) -> None:
        super()._typed(text)
        self._show_open()

    def _show_open(self) -> None:
        self.open_button.setVisible(isinstance(self._value, int) and self._client.can(self._entity, "view"))
