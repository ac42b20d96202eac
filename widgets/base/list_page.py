"""The list of any entity: classes, search, conditions, table, pages, totals, selection, actions, live refresh.

The page is made of parts that know nothing of one another: ``ClassList``, ``FacetBar``, ``ListTable`` with
``PageModel``, ``ListFooter``, ``ListLoader`` (reads beside the screen), ``ListState`` (remembers per user),
``ListSelection``, ``ListColumns``, ``ListActions`` (deletes, transfers, exports). This module ties them to one
``Query``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QEvent, QModelIndex, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QLineEdit,
    QToolButton,
    QWidget,
)

from services.changes import Notice
from services.entity import Entity, Kind, Query
from services.errors import Cancelled, ShukeError
from services.language import tr
from services.listing import Listing, Page, Row
from services.query_json import query_as_json, query_from_json
from widgets.base.class_list import ClassList
from widgets.base.client import Client
from widgets.base.facet_bar import FacetBar
from widgets.base.formatting import number_text
from widgets.base.frozen_columns import FrozenColumns
from widgets.base.icons import icon
from widgets.base.list_actions import ListActions, OwnAction
from widgets.base.list_columns import ListColumns
from widgets.base.list_empty import EmptyState
from widgets.base.list_footer import CONTINUOUS, ListFooter
from widgets.base.list_layout import lay_out
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
PAUSE: Final = 1000
"""Least milliseconds between two refreshes that notices cause: the first notice refreshes at once, those that
come in the pause after it together at its end. What another PC writes is to be seen within 2 s."""
CLASSES_EVERY: Final = 20_000
"""Milliseconds between two counts of the data classes that notices cause: each is a pass over the table."""
WINDOW: Final = 150
"""Rows read at once while scrolling through all."""


class ListPage(QWidget):
    """A page of the workspace. ``query`` says what it shows first; Refused is raised without the right to view."""

    title_changed = Signal()

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
        self.selection = ListSelection(self)
        self.columns_ = ListColumns(self)
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
        self._stale = True
        self._fresh_classes = False
        self._totals: dict[str, Any] | None = None
        self._keep: tuple[int, int] | None = None
        self._focus_row: int | None = None
        self._build()
        self._connect()
        self._shortcuts()
        self.columns_.show()
        self.footer.show_size(self.state_.size)
        self.retranslate()

    def _state_key(self) -> str:
        return f"{self.entity.key}.bin" if self.query.deleted else self.entity.key

    def _make_listing(self) -> Listing:
        return Listing(
            self.query, user=self.client.user, dictionary=self.client.dictionary, entity=self.entity
        )

    def own_actions(self) -> Sequence[OwnAction]:
        """What this kind of list offers beside what all do."""
        return ()

    def conditions_text(self) -> str:
        """What the list is narrowed to beside class, words and conditions, for its print; empty for nothing."""
        return ""

    # -- parts --------------------------------------------------------------------------------------------

    def _build(self) -> None:
        self.setProperty("page", "plain")
        self.heading, self.counted = QLabel(), QLabel()
        self.heading.setProperty("role", "title")
        self.counted.setProperty("role", "muted")
        self.search = QLineEdit()
        self.search.setClearButtonEnabled(True)
        self.search.setText(self.query.words)
        self.search.setMinimumWidth(180)
        self.search.setMaximumWidth(320)
        self.search.addAction(icon("search"), QLineEdit.ActionPosition.LeadingPosition)
        self.classes_button, self.columns_button = QToolButton(), QToolButton()
        self.classes_button.setIcon(icon("panel-left-close"))
        self.columns_button.setIcon(icon("columns-2"))
        self.messages = MessageBar()
        self.facets = FacetBar()
        self.classes = ClassList(self.entity)
        self.classes.setVisible(self.state_.classes_shown and not self.query.deleted)
        self.model = PageModel(self.selection.chosen, self)
        self.model.dictionary = self.client.dictionary
        self.table = ListTable()
        self.table.setModel(self.model)
        self.frozen = FrozenColumns(self.table)
        self.empty = EmptyState(self.table)
        self.footer = ListFooter()
        self.loader = ListLoader(self.client, self)
        self.actions_ = ListActions(self)
        self.busy = QFrame()
        self.busy.setFixedHeight(2)
        lay_out(self)

    def _connect(self) -> None:
        self._typing = self._timer(TYPING, self._search_typed)
        self._notices = self._timer(0, self._noticed)
        self._scrolled = self._timer(30, self._fill_window)
        self._class_pause = self._timer(CLASSES_EVERY, lambda: None)
        self._pause = self._timer(PAUSE, lambda: None)
        self.search.textEdited.connect(lambda _text: self._typing.start())
        self.search.textChanged.connect(lambda text: None if text else self._typing.start(0))
        self.search.returnPressed.connect(self._search_entered)
        self.classes_button.clicked.connect(self._turn_classes)
        self.columns_button.clicked.connect(lambda: self.columns_.menu(None))
        self.classes.chosen.connect(lambda key: self.change(replace(self.query, data_class=key)))
        self.facets.changed.connect(lambda facets: self.change(replace(self.query, facets=facets)))
        self.table.head.sort_asked.connect(self._sort)
        self.table.head.tick_asked.connect(self.selection.tick_page)
        self.table.head.sectionResized.connect(self.columns_.resized)
        self.table.head.sectionMoved.connect(self.columns_.moved)
        self.table.head.customContextMenuRequested.connect(self.columns_.menu)
        self.table.customContextMenuRequested.connect(self._row_menu)
        self.table.opened.connect(self._open)
        self.table.link_clicked.connect(self.client.shell.open_record)
        self.table.ticked.connect(self.selection.tick)
        self.table.page_asked.connect(self._turn_page)
        self.table.verticalScrollBar().valueChanged.connect(lambda _value: self._scrolled.start())
        self.footer.page_asked.connect(self.go_to)
        self.footer.size_asked.connect(self._resize_page)
        self.selection.all_button.clicked.connect(self.actions_.choose_all)
        self.empty.asked.connect(self._empty_asked)
        self.loader.page_ready.connect(self._show_page)
        self.loader.count_ready.connect(self._show_count)
        self.loader.totals_ready.connect(self._show_totals)
        self.loader.classes_ready.connect(self._show_classes)
        self.loader.failed.connect(self._show_error)
        self.loader.busy_changed.connect(self._show_busy)
        self.client.bus.changed.connect(self._heard)

    def _timer(self, milliseconds: int, call: Callable[[], None]) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(milliseconds)
        timer.timeout.connect(call)
        return timer

    def _shortcuts(self) -> None:
        for keys, call in (
            ("Ctrl+F", lambda: self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)),
            ("Ctrl+Shift+F", self.facets.ask),
            ("Ctrl+A", self.selection.tick_page),
            ("Ctrl+G", self.footer.ask),
            ("F5", self.reload),
            ("Alt+Left", lambda: self._turn_page("previous")),
            ("Alt+Right", lambda: self._turn_page("next")),
        ):
            shortcut = QShortcut(
                QKeySequence(keys), self, context=Qt.ShortcutContext.WidgetWithChildrenShortcut
            )
            shortcut.activated.connect(call)

    # -- the workspace ------------------------------------------------------------------------------------

    def title(self) -> str:
        """Text of the tab: the entity, and how many there are."""
        name = (
            tr("Recycle bin: {name}", name=tr(self.entity.plural))
            if self.query.deleted
            else tr(self.entity.plural)
        )
        return name if self.total is None else f"{name} · {number_text(self.total, Kind.INTEGER)}"

    def on_shown(self) -> None:
        """To the front: read what is missing or stale."""
        if self._stale:
            self.reload()

    def on_hidden(self) -> None:
        """Behind another tab: nobody waits for answers."""
        if self.loader.busy:
            self._stale = True
        self.loader.stop()

    def state(self) -> dict[str, Any]:
        """The query, as JSON."""
        return query_as_json(self.query)

    def restore(self, state: dict[str, Any]) -> None:
        """Take up an earlier state; one that no longer fits is left out as a whole."""
        try:
            self.show_query(query_from_json(self.query, state))
        except (ShukeError, ValueError):
            self.show_query(Query(self.entity.key, deleted=self.query.deleted))

    def showEvent(self, event: Any) -> None:
        """Shown outside a workspace too."""
        super().showEvent(event)
        self.on_shown()

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
            self._typing.stop()
        self.total, self._totals = None, None
        self.first = self._wanted_first = 0
        self.show_asked()
        if self.isVisible():
            self.reload()
        else:
            self._stale = True

    def change(self, query: Query) -> None:
        """Show another query; what is impossible is said."""
        try:
            self.show_query(query)
        except ShukeError as error:
            self.messages.error(error)

    def reload(self, *, classes: bool = True) -> None:
        """Read the page, count and totals anew; what is shown stays until the answer is there."""
        self._stale = False
        self.listing.forget()
        self._load_rows()
        self.loader.summarise(self.listing, classes=classes and not self.query.deleted)

    def go_to(self, number: int) -> None:
        """Show page ``number``, from 1."""
        if number >= 1:
            self._load((number - 1) * self.footer.per_page)

    def _load_rows(self) -> None:
        self._load(self.first if self.footer.per_page != CONTINUOUS else self._window_first())

    def load_again(self) -> None:
        """Read the same place again, for other columns."""
        self._load(self._wanted_first)

    def _load(self, first: int) -> None:
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

    def _fill_window(self) -> None:
        """Scrolling through all: read the rows that came into sight."""
        if self.footer.per_page != CONTINUOUS or not self.model.rowCount():
            return
        top, bottom = self.table.rowAt(1), self.table.rowAt(self.table.viewport().height() - 1)
        bottom = self.model.rowCount() - 1 if bottom < 0 else bottom
        if not self.model.holds(max(0, top), bottom):
            self._load(self._window_first())

    def _search_typed(self) -> None:
        words = self.search.text().strip()
        if words != self.query.words:
            self.change(replace(self.query, words=words))

    def _search_entered(self) -> None:
        self._typing.stop()
        self._search_typed()
        self.table.setFocus()

    def _sort(self, section: int, more: bool) -> None:
        column = self.model.column_at(section)
        if column is None or not column.sortable:
            return
        now = list(self.query.order or self.entity.order)
        key, turned = column.key, f"-{column.key}"
        if more:
            if key in now:
                now[now.index(key)] = turned
            elif turned in now:
                now.remove(turned)
            else:
                now.append(key)
        else:
            now = [turned] if now and now[0] == key else [key]
        order = tuple(now) or self.entity.order
        self.state_.order = order
        self.change(replace(self.query, order=order))

    def _turn_page(self, which: str) -> None:
        if self.footer.per_page == CONTINUOUS:
            self._turn_window(which)
            return
        pages = self._pages()
        number = {
            "previous": self.footer.page - 1,
            "next": self.footer.page + 1,
            "first": 1,
            "last": pages,
        }[which]
        if number >= 1 and (self.total is None or number <= pages) and number != self.footer.page:
            self._focus_row = -1 if which in ("previous", "last") else 0
            self.go_to(number)
        elif self.model.rowCount():
            row = 0 if which in ("previous", "first") else self.model.rowCount() - 1
            self.table.setCurrentIndex(self.model.index(row, max(1, self.table.currentIndex().column())))

    def _turn_window(self, which: str) -> None:
        count, now = self.model.rowCount(), max(0, self.table.currentIndex().row())
        step = max(1, self.table.viewport().height() // max(1, self.table.rowHeight(0)) - 1)
        row = {"previous": now - step, "next": now + step, "first": 0, "last": count - 1}[which]
        if count:
            self.table.setCurrentIndex(self.model.index(min(max(row, 0), count - 1), 1))

    def _resize_page(self, size: int) -> None:
        self.state_.size = size
        self.footer.show_size(size)
        self.first = 0
        self.model.clear()
        self._load(0)

    # -- answers ------------------------------------------------------------------------------------------

    def _show_page(self, page: Page) -> None:
        if not page.rows and page.first > 0 and self.footer.per_page != CONTINUOUS:
            # the last page went while it was asked for
            self.total = None
            self._load(max(0, page.first - self.footer.per_page))
            return
        current = self.current_row()
        index = self.table.currentIndex()
        self.first = page.first
        self.model.order = self.query.order or self.entity.order
        if self.footer.per_page == CONTINUOUS:
            self.model.show_window(page, self.total or 0)
        else:
            self.model.show_page(page)
            self._show_pages()
        self._after_rows(current, index)

    def _after_rows(self, current: Row | None, index: QModelIndex) -> None:
        for row in self.model.rows:
            if row.id in self.selection.chosen:
                self.selection.chosen[row.id] = row.version
        self.model.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, max(0, self.model.columnCount() - 1))
        row_ = self._focus_row
        self._focus_row = None
        place = self.model.place_of(current.id) if current is not None and row_ is None else None
        if row_ is not None and self.model.rowCount():
            place = 0 if row_ == 0 else self.model.rowCount() - 1
        elif place is None and index.isValid() and self.model.rowCount():
            place = min(index.row(), self.model.rowCount() - 1)
        if place is None and self.model.rowCount():
            place = 0
        if place is not None and self.footer.per_page != CONTINUOUS:
            column = index.column() if index.isValid() and index.column() > 0 else 1
            scroll = self.table.verticalScrollBar().value(), self.table.horizontalScrollBar().value()
            self.table.setCurrentIndex(self.model.index(place, min(column, self.model.columnCount() - 1)))
            if row_ is None:
                self.table.verticalScrollBar().setValue(scroll[0])
            self.table.horizontalScrollBar().setValue(scroll[1])
        self._show_empty()
        self._show_totals(self._totals)
        self.selection.show()

    def _pages(self) -> int:
        size = self.footer.per_page
        return 1 if size == CONTINUOUS or not self.total else -(-self.total // size)

    def _show_pages(self) -> None:
        size = self.footer.per_page
        if size != CONTINUOUS:
            self.footer.show_page(self.first // size + 1, self._pages(), known=self.total is not None)

    def _show_count(self, total: int) -> None:
        self.total = total
        self.counted.setText(number_text(total, Kind.INTEGER))
        self.title_changed.emit()
        if self.footer.per_page == CONTINUOUS:
            if self.model.rowCount() != total:
                self.model.show_window(Page(self.first, self.model.rows), total)
        else:
            self._show_pages()
        self.selection.show()

    def _show_totals(self, totals: dict[str, Any] | None) -> None:
        self._totals = totals
        parts = []
        for column in self.model.columns:
            if column.total:
                own = sum((v for v in self.model.values_of(column.key) if v is not None), start=0)
                whole = None if totals is None else number_text(totals.get(column.key, 0), column.kind)
                parts.append((tr(column.title), number_text(own, column.kind), whole))
        self.footer.show_totals(parts)

    def _show_classes(self, counts: dict[str, int]) -> None:
        self._class_pause.start()
        self.classes.show_counts(counts, self.client.dictionary)

    def _show_error(self, error: Exception) -> None:
        if isinstance(error, Cancelled):
            return
        for message in self.messages.messages:
            if message.kind == "error":
                message.close_message()
        self.messages.error(error, (tr("Try again"), self.reload))

    def _show_busy(self, busy: bool) -> None:
        self.busy.setProperty("line", busy)
        self.busy.setVisible(True)
        self.setCursor(Qt.CursorShape.BusyCursor if busy else Qt.CursorShape.ArrowCursor)

    def _show_empty(self) -> None:
        narrowed = bool(self.query.words or self.query.facets or self.query.data_class not in ("", "all"))
        may = self.entity.create_by_form and self.client.can(self.entity, "create") and not self.query.deleted
        self.empty.show_for(
            self.entity,
            rows=self.model.rowCount(),
            narrowed=narrowed,
            may_create=may,
            deleted=self.query.deleted,
        )

    def _empty_asked(self, what: str) -> None:
        if what == "create":
            self.actions_.new()
        else:
            self.search.clear()
            self.change(
                Query(
                    self.entity.key,
                    order=self.query.order,
                    conditions=self.query.conditions,
                    deleted=self.query.deleted,
                )
            )

    # -- live ---------------------------------------------------------------------------------------------

    def _heard(self, notice: Notice) -> None:
        if notice.entity not in (self.entity.key, "scope", "*"):
            return
        if notice.entity == "scope":
            self.columns_.follow()
            self.listing.forget()
        self._stale = True
        if self.isVisible() and not self._notices.isActive():
            self._notices.start(max(0, self._pause.remainingTime()))

    def _noticed(self) -> None:
        if not (self.isVisible() and self._stale):
            return
        self._pause.start()
        if self.loader.summing:
            # sums of a large list may take longer than the pause: begun anew each time they would never come
            self._load_rows()
            self._notices.start(PAUSE)
        else:
            self.reload(classes=not self._class_pause.isActive())

    # -- the current row ----------------------------------------------------------------------------------

    def current_row(self) -> Row | None:
        """The row under the cursor, if it is read."""
        index = self.table.currentIndex()
        return self.model.row_at(index.row()) if index.isValid() else None

    def _open(self, index: QModelIndex) -> None:
        row = self.model.row_at(index.row())
        if row is not None and not self.query.deleted:
            self.client.shell.open_record(self.entity.key, row.id)

    # -- what stands around the rows ----------------------------------------------------------------------

    def show_asked(self) -> None:
        """Show what is asked: order in the head, conditions, data class."""
        self.model.order = self.query.order or self.entity.order
        self.model.dictionary = self.client.dictionary
        self.facets.show_facets(self.query.facets, self.listing.columns, self.client.dictionary)
        self.classes.show_current(self.query.data_class or "all")

    def _turn_classes(self) -> None:
        self.classes.setVisible(not self.classes.isVisible())
        self.state_.classes_shown = self.classes.isVisible()

    def _row_menu(self, place: QPoint) -> None:
        index = self.table.indexAt(place)
        if index.isValid():
            self.table.setCurrentIndex(index)
        menu = self.actions_.menu(self)
        menu.popup(self.table.viewport().mapToGlobal(place))

    # -- words --------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc gives up the search, then the selection."""
        if event.key() == Qt.Key.Key_Escape:
            if self.actions_.panel.isVisible():
                self.actions_.panel.give_up()
            elif self.search.text() or self.query.words:
                self.search.clear()
            elif self.selection.chosen:
                self.selection.choose_none()
            self.table.setFocus()
            return
        super().keyPressEvent(event)

    def retranslate(self) -> None:
        """Set every text."""
        title = tr(self.entity.plural)
        self.heading.setText(tr("Recycle bin: {name}", name=title) if self.query.deleted else title)
        self.search.setPlaceholderText(tr("Search: name, pinyin, number, phone"))
        self.search.setToolTip(tr("Search (Ctrl+F). Several words narrow it down; Esc shows all."))
        self.search.setAccessibleName(tr("Search"))
        self.classes_button.setToolTip(tr("Data classes"))
        self.classes_button.setAccessibleName(tr("Data classes"))
        self.columns_button.setToolTip(tr("Columns"))
        self.columns_button.setAccessibleName(tr("Columns"))
        self.table.setAccessibleName(title)
        self.facets.show_facets(self.query.facets, self.listing.columns, self.client.dictionary)
        self.model.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, max(0, self.model.columnCount() - 1))
        if self.model.rowCount():
            self.model.dataChanged.emit(
                self.model.index(0, 0),
                self.model.index(self.model.rowCount() - 1, self.model.columnCount() - 1),
            )
        self._show_totals(self._totals)
        self.selection.show()
        self._show_pages()
        self.actions_.retranslate()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
            self.title_changed.emit()
        super().changeEvent(event)
