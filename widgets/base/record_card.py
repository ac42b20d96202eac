"""One record to read: everything its entity's columns say, where there is nothing to type.

For movements, balances and other records that documents make.
"""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from services.changes import Notice
from services.entity import Entity, Query
from services.errors import NotAvailable
from services.language import mark, tr
from services.listing import Listing, Row
from widgets.base.card import Elided
from widgets.base.client import Client
from widgets.base.formatting import value_text
from widgets.base.tasks import Control, TaskSlot
from widgets.base.title_row import TitleRow

COLUMNS = 3


class RecordCard(QWidget):
    """A page of the workspace."""

    title_changed = Signal()

    def __init__(self, client: Client, entity: Entity, record_id: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.client, self.entity, self.record_id = client, entity, record_id
        self.listing = Listing(
            Query(entity.key), user=client.user, dictionary=client.dictionary, entity=entity
        )
        self._row: Row | None = None
        self._name = ""
        self._slot = TaskSlot(self)
        self._heading = Elided()
        self._heading.setProperty("role", "title")
        self.head = TitleRow()
        """The heading; kinds of records that can do something put their buttons behind it."""
        self.head.addWidget(self._heading)
        self.head.begin_actions()
        self._card = QFrame()
        self._card.setProperty("card", True)
        self._grid = QGridLayout(self._card)
        self._grid.setContentsMargins(16, 14, 16, 16)
        self._grid.setHorizontalSpacing(24)
        self._grid.setVerticalSpacing(12)
        self._cells: list[tuple[QLabel, QLabel]] = []
        for at in range(len(self.listing.columns)):
            self._cells.append(self._cell(at))
        for column in range(COLUMNS):
            self._grid.setColumnStretch(column, 1)
        inner = QWidget()
        inner.setProperty("clear", True)
        self.body = QVBoxLayout(inner)
        self.body.setContentsMargins(16, 12, 16, 16)
        self.body.setSpacing(12)
        self.body.addLayout(self.head)
        self.body.addWidget(self._card)
        self.body.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setWidget(inner)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(scroll)
        client.bus.changed.connect(self._hear)
        self.retranslate()
        self.refresh()

    def _cell(self, at: int) -> tuple[QLabel, QLabel]:
        title, value = QLabel(), QLabel()
        title.setProperty("role", "small")
        value.setWordWrap(True)
        value.setTextFormat(Qt.TextFormat.PlainText)
        flags = Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        value.setTextInteractionFlags(flags)
        column = self.listing.columns[at]
        if column.opens is not None or column.opens_entity is not None:
            value.setProperty("tone", "link")
            value.setCursor(Qt.CursorShape.PointingHandCursor)
            value.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
            value.mouseReleaseEvent = lambda _event, at=at: self._open(at)  # type: ignore[method-assign, misc]
        place = QVBoxLayout()
        place.setSpacing(1)
        place.addWidget(title)
        place.addWidget(value)
        place.addStretch(1)
        self._grid.addLayout(place, at // COLUMNS, at % COLUMNS)
        return title, value

    def title(self) -> str:
        """Text of the tab."""
        return self._name

    def refresh(self) -> None:
        """Read again."""

        def work(_control: Control) -> Row:
            with self.client.database.read_session() as session:
                rows = self.listing.rows(session, [self.record_id])
            if not rows:
                raise NotAvailable(mark("That record is not available."))
            return rows[0]

        self._slot.start(work, self._show, self.client.shell.error)

    def _show(self, row: Row) -> None:
        self._row = row
        self.retranslate()
        self.title_changed.emit()

    def open_column(self, key: str) -> None:
        """Open what the column ``key`` leads to."""
        self._open([column.key for column in self.listing.columns].index(key))

    def _open(self, at: int) -> None:
        column = self.listing.columns[at]
        if self._row is None:
            return
        entity = (self._row.entities[at] if self._row.entities else None) or column.opens
        opened = self._row.opens[at] if column.opens_id is not None else self._row.id
        if entity is None or opened is None or (entity, opened) == (self.entity.key, self.record_id):
            return
        self.client.shell.open_record(entity, opened)

    def _hear(self, notice: Notice) -> None:
        own = notice.entity == self.entity.key and (notice.ids is None or self.record_id in notice.ids)
        if own or notice.entity == "*":
            self.refresh()

    def retranslate(self) -> None:
        """Set every text in the language in force."""
        for (title, value), column, raw in zip(
            self._cells, self.listing.columns, self._values(), strict=True
        ):
            title.setText(tr(column.title))
            value.setText(value_text(column, raw, self.client.dictionary) if raw is not None else "—")
        named = [
            value_text(column, raw, self.client.dictionary)
            for column, raw in zip(self.listing.columns, self._values(), strict=True)
            if column.key in ("number", "name", "subject") and raw is not None
        ]
        self._name = " ".join([tr(self.entity.title), *named[:1]])
        self._heading.setText(self._name)

    def _values(self) -> tuple[Any, ...]:
        return self._row.values if self._row is not None else (None,) * len(self._cells)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
