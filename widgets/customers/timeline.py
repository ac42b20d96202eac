"""The timeline of a customer (CUS-12): everything that happened in one feed, newest first, without end."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from services.customers.timeline import FEEDS, PAGE, Event, timeline
from services.language import mark, tr
from services.registry import ENTITIES
from widgets.base.client import Client
from widgets.base.flow_layout import FlowLayout
from widgets.base.moments import money, short_moment
from widgets.base.row_list import Row, RowList
from widgets.base.style import repolish
from widgets.base.tasks import Control, TaskSlot

FILTERS = {
    "": mark("All"),
    "record": mark("Contact records"),
    "task": mark("Tasks"),
    "order": mark("Orders"),
    "goods": mark("Goods"),
    "payment": mark("Payments"),
    "owner": mark("Owners and shares"),
}
OWNER_STEPS = {
    "transfer": mark("From {giver} to {receiver}"),
    "put": mark("{giver} → customer pool: {words}"),
    "take": mark("{receiver} took the customer from the pool"),
    "assign": mark("From the pool to {receiver}"),
    "share": mark("Shared with {receiver}, to read"),
    "share_to_edit": mark("Shared with {receiver}, to read and edit"),
    "unshare": mark("No longer shared with {receiver}"),
}
"""What became of the owner, by ``Event.subtype``."""
KINDS = {"": tuple(FEEDS), "goods": ("issue", "note")}

ICONS = {
    "record": "phone-call",
    "task": "list-todo",
    "order": "clipboard-list",
    "issue": "upload",
    "note": "truck",
    "payment": "wallet",
    "owner": "users",
}
TONES = {
    "confirmed": "good",
    "posted": "good",
    "shipped": "accent",
    "signed": "good",
    "done": "good",
    "closed": "neutral",
    "draft": "neutral",
    "open": "waiting",
    "accepted": "accent",
    "to_ship": "waiting",
    "reversed": "bad",
    "cancelled": "bad",
}
"""Tone of the chip of each state of a document or task."""


def state_label(entity: str, state: str) -> str:
    """What a state of an entity is called, as its own list calls it."""
    found = ENTITIES.get(entity)
    if found is None or not state:
        return state
    for column in found.columns:
        if column.key == "state" and column.labels:
            return tr(column.labels.get(state, state))
    return state


class Timeline(QWidget):
    """The feed with its filter. More is read as one scrolls near its end."""

    def __init__(self, client: Client, customer_id: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.client, self.customer_id = client, customer_id
        self._events: list[Event] = []
        self._filter, self._complete = "", False
        self._slot = TaskSlot(self)
        self._buttons = {key: QPushButton() for key in FILTERS}
        filters, row = QVBoxLayout(), FlowLayout()
        filters.setContentsMargins(12, 8, 12, 8)
        filters.addLayout(row)
        for key, button in self._buttons.items():
            button.setProperty("chip", "accent" if not key else "neutral")
            button.clicked.connect(lambda _checked=False, key=key: self.use_filter(key))
            row.addWidget(button)
        self.list = RowList()
        self.list.opened.connect(lambda row, _beside: client.shell.open_record(row.entity, row.record_id))
        self.list.wanted_more.connect(self._more)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(filters)
        layout.addWidget(self.list, 1)
        self.retranslate()

    @property
    def busy(self) -> bool:
        """Whether an answer is awaited."""
        return self._slot.busy

    def events(self) -> list[Event]:
        """What is shown."""
        return list(self._events)

    def use_filter(self, key: str) -> None:
        """Show only what ``key`` of FILTERS names."""
        self._filter = key
        for name, button in self._buttons.items():
            button.setProperty("chip", "accent" if name == key else "neutral")
            repolish(button)
        self.refresh()

    def refresh(self) -> None:
        """Read as many entries again as are shown."""
        shown = max(PAGE, len(self._events))
        self._read(None, shown)

    def _more(self) -> None:
        if self._events and not self._complete and not self._slot.busy:
            self._read(self._events[-1], PAGE)

    def _read(self, before: Event | None, limit: int) -> None:
        kinds = KINDS.get(self._filter, (self._filter,))

        def work(_control: Control) -> list[Event]:
            with self.client.database.read_session() as session:
                return timeline(
                    session, customer_id=self.customer_id, kinds=kinds, before=before, limit=limit
                )

        def done(events: list[Event]) -> None:
            self._complete = len(events) < limit
            if before is None:
                self._events = events
                self.list.set_rows(self._rows(events))
            else:
                self._events += events
                self.list.add_rows(self._rows(events))
            self.list.set_empty(tr("Nothing has happened with this customer yet."))

        self._slot.start(work, done, self.client.shell.error)

    def _rows(self, events: Sequence[Event]) -> list[Row]:
        return [self._row(event) for event in events]

    def _row(self, event: Event) -> Row:
        people, choices = self.client.dictionary.user(event.user_id), self.client.dictionary
        words, chip, tone = event.words, "", "neutral"
        if event.kind == "record":
            words = f"{choices.label(event.subtype)} · {event.words}"
        elif event.kind == "owner":
            step = OWNER_STEPS[event.subtype or ""]
            words = tr(step, giver=event.giver, receiver=event.receiver, words=event.words)
            if event.subtype in ("share", "share_to_edit") and event.words:
                words = tr("{step} until {day}", step=words, day=event.words)
        else:
            title = tr(ENTITIES[event.entity].title) if event.entity in ENTITIES else ""
            words = " ".join(part for part in (title, event.number, event.words) if part)
            chip, tone = state_label(event.entity, event.state), TONES.get(event.state, "neutral")
        if event.kind == "payment" and event.state == "posted":
            chip = ""
        return Row(
            words,
            # the customer himself is open already
            "" if event.kind == "owner" else event.entity,
            event.record_id,
            lead=short_moment(event.at, timed=event.timed),
            icon=ICONS[event.kind],
            note=people,
            chip=chip,
            tone=tone,
            value=money(event.amount) if event.amount is not None else "",
            strong=event.kind not in ("record", "owner"),
            key=event,
        )

    def retranslate(self) -> None:
        """Set every text in the language in force."""
        for key, title in FILTERS.items():
            self._buttons[key].setText(tr(title))
        self.list.set_empty(tr("Nothing has happened with this customer yet.") if self._complete else "")
        self.list.set_rows(self._rows(self._events))

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
