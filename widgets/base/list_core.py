"""What the parts of a list work with: the query, its rows, the widgets that show them, and reading them anew.

The parts (``ListColumns``, ``ListActions``, ``ListSearches`` …) know ``ListCore`` and not one another; ``ListPage``
is the core with its parts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QLabel, QLineEdit, QToolButton, QWidget

from services.entity import Entity, Query
from services.errors import Cancelled, ShukeError
from services.listing import Listing, Row
from widgets.base.action_panel import ActionPanel
from widgets.base.class_list import ClassList
from widgets.base.client import Client
from widgets.base.facet_bar import FacetBar
from widgets.base.frozen_columns import FrozenColumns
from widgets.base.icons import icon
from widgets.base.list_empty import EmptyState
from widgets.base.list_footer import CONTINUOUS, ListFooter
from widgets.base.list_loading import ListLoader
from widgets.base.list_selection import ListSelection
from widgets.base.list_state import ListState
from widgets.base.messages import MessageBar
from widgets.base.table_model import PageModel
from widgets.base.table_view import ListTable

if TYPE_CHECKING:
    from printing.preview import DocumentPreview

TYPING: Final = 150
"""Milliseconds without a key before a search starts."""
CLASSES_EVERY: Final = 20_000
"""Milliseconds between two counts of the data classes that notices cause: each is a pass over the table."""
WINDOW: Final = 150
"""Rows read at once while scrolling through all."""


class ListCore(QWidget):
    """``query`` says what is shown first; Refused is raised without the right to view."""

    usual_class = "all"
    """The data class that is shown at first, and narrows nothing down."""

    title_changed = Signal()
    asked_shown = Signal()
    """What is asked has been shown: order, conditions, data class."""
    rows_shown = Signal()
    """Rows came and are shown."""
    chosen_shown = Signal()
    """Which records are chosen has been shown."""

    def __init__(
        self,
        client: Client,
        query: Query,
        parent: QWidget | None = None,
        *,
        values: Mapping[str, Any] | None = None,
        without: frozenset[str] = frozenset(),
    ) -> None:
        super().__init__(parent)
        self.client = client
        self.values: Mapping[str, Any] = dict(values or {})
        """What a new record made here starts with, such as the customer of the section it stands in."""
        self.without = without
        """Keys of columns that say the same in every row here."""
        self.entity: Entity = client.entities[query.entity]
        self.query = query
        self.listing = self._make_listing()
        self.state_ = ListState(client, self._state_key(), self.listing.columns, self)
        if not query.order and self.state_.order:
            self.query = replace(query, order=self.state_.order)
            self.listing = self._make_listing()
        self.preview: DocumentPreview | None = None
        """The window in which the list was last laid out for print, while it is open."""
        self.first = 0
        self.total: int | None = None
        self._wanted_first = 0
        self.stale = True
        """What is shown is not, or no more, what is asked."""
        self.totals: dict[str, Any] | None = None
        self.focus_row: int | None = None
        """Row of the next page that the cursor goes to: 0 the first, -1 the last, None where it is now."""
        self.typing = self._pause_of(TYPING)
        """Runs out when somebody has typed a search."""
        self.class_pause = self._pause_of(CLASSES_EVERY)
        """Runs while notices shall not cause another count of the data classes."""
        self._build()

    def _pause_of(self, milliseconds: int) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(milliseconds)
        return timer

    def _state_key(self) -> str:
        return f"{self.entity.key}.bin" if self.query.deleted else self.entity.key

    def _make_listing(self) -> Listing:
        return Listing(
            self.query, user=self.client.user, dictionary=self.client.dictionary, entity=self.entity
        )

    def conditions_text(self) -> str:
        """What the list is narrowed to beside class, words and conditions, for its print; empty for nothing."""
        return ""

    def _build(self) -> None:
        self.setProperty("page", "plain")
        self.heading, self.counted = QLabel(), QLabel()
        self.heading.setProperty("role", "title")
        self.counted.setProperty("role", "muted")
        self.search = QLineEdit()
        self.search.setClearButtonEnabled(True)
        self.search.setText(self.query.words)
        self.search.setMinimumWidth(110)
        self.search.setMaximumWidth(320)
        self.search.addAction(icon("search"), QLineEdit.ActionPosition.LeadingPosition)
        self.classes_button, self.columns_button = QToolButton(), QToolButton()
        self.classes_button.setIcon(icon("panel-left-close"))
        self.columns_button.setIcon(icon("columns-2"))
        self.messages = MessageBar()
        self.facets = FacetBar()
        self.classes = ClassList(self.entity)
        for key in tuple(self.classes.days):
            self.classes.show_days(key, self.state_.class_days(key) or self.classes.days[key])
        self.classes.days_chosen.connect(self.state_.set_class_days)
        if self.query.deleted or not self.state_.classes_shown:
            self.classes.hide()
        self.selection = ListSelection(
            rows=lambda: self.model.rows,
            row_at=lambda place: self.model.row_at(place),
            current=self.current_row,
            parent=self,
        )
        self.model = PageModel(self.selection.chosen, self)
        self.model.dictionary = self.client.dictionary
        self.table = ListTable()
        self.table.setModel(self.model)
        self.frozen = FrozenColumns(self.table)
        self.empty = EmptyState(self.table)
        self.footer = ListFooter()
        self.loader = ListLoader(self.client, self)
        self.panel = ActionPanel(self)
        self.busy = QFrame()
        self.busy.setFixedHeight(2)
        self.selection.changed.connect(self.show_chosen)

    # -- what is asked ------------------------------------------------------------------------------------

    def show_query(self, query: Query) -> None:
        """Show another query over the same entity from its first page; Refused leaves what is shown."""
        before = self.query
        self.query = query
        try:
            self.listing = self._make_listing()
        except ShukeError:
            self.query = before
            raise
        if self.search.text().strip() != query.words:
            self.search.setText(query.words)
            self.typing.stop()
        self.total, self.totals = None, None
        self.first = self._wanted_first = 0
        self.show_asked()
        if self.isVisible():
            self.reload()
        else:
            self.stale = True

    def change(self, query: Query) -> None:
        """Show another query; what is impossible is said."""
        try:
            self.show_query(query)
        except ShukeError as error:
            self.messages.error(error)

    def reload(self, *, classes: bool = True) -> None:
        """Read the page, count and totals anew; what is shown stays until the answer is there."""
        self.stale = False
        self.listing.forget()
        self._load_rows()
        self.loader.summarise(
            self.listing, classes=classes and not self.query.deleted, days=dict(self.classes.days)
        )

    def go_to(self, number: int) -> None:
        """Show page ``number``, from 1."""
        if number >= 1:
            self.load((number - 1) * self.footer.per_page)

    def _load_rows(self) -> None:
        self.load(self.first if self.footer.per_page != CONTINUOUS else self._window_first())

    def load_again(self) -> None:
        """Read the same place again, for other columns."""
        self.load(self._wanted_first)

    def load(self, first: int) -> None:
        """Read the page that begins at place ``first``."""
        self._wanted_first = first
        self.loader.load(
            self.listing,
            first=first,
            size=self.footer.per_page or WINDOW,
            total=self.total,
            shown=[column.key for column in self.model.columns],
        )

    def _window_first(self) -> int:
        top = self.table.rowAt(1)
        return max(0, top - WINDOW // 3) if top > 0 else 0

    def current_row(self) -> Row | None:
        """The row under the cursor, if it is read."""
        index = self.table.currentIndex()
        return self.model.row_at(index.row()) if index.isValid() else None

    @property
    def needs_reading(self) -> bool:
        """Whether what is shown is not what is asked."""
        return self.stale and self.isVisible()

    @property
    def pages(self) -> int:
        """Number of pages as far as is known."""
        size = self.footer.per_page
        return 1 if size == CONTINUOUS or not self.total else -(-self.total // size)

    # -- what is shown ------------------------------------------------------------------------------------

    def show_asked(self) -> None:
        """Show what is asked: order in the head, conditions, data class."""
        self.model.order = self.query.order or self.entity.order
        self.model.dictionary = self.client.dictionary
        self.facets.show_facets(self.query.facets, self.listing.columns, self.client.dictionary)
        self.classes.show_current(self.query.data_class or "all")
        self.asked_shown.emit()

    def show_chosen(self) -> None:
        """Say which records are chosen: ticks, label, buttons."""
        rows, state = self.model.rows, Qt.CheckState
        on_page = sum(row.id in self.selection.chosen for row in rows)
        some = state.Checked if on_page == len(rows) else state.PartiallyChecked
        self.table.head.set_ticked(some if on_page else state.Unchecked)
        self.model.ticks_changed()
        self.selection.show(self.total)
        self.chosen_shown.emit()

    def finished(self, text: str) -> None:
        """It was done with what was chosen: say so, choose nothing, read again."""
        self.selection.choose_none()
        self.said(text)

    def said(self, text: str) -> None:
        """It was done: say so and read again."""
        self.messages.done(text)
        self.reload()

    def failed(self, error: Exception) -> None:
        """Say why something was not done."""
        self.panel.do_button.setEnabled(True)
        self.panel.give_up()
        if isinstance(error, Cancelled):
            self.messages.info(str(error))
        else:
            self.messages.error(error)
