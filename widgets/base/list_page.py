"""The list of any entity: classes, search, conditions, table, pages, totals, selection, actions, live refresh.

``ListCore`` holds the query and the widgets; the parts made here (``ListColumns``, ``ListAnswers``, ``ListTurning``,
``ListActions``, ``ListSearches``) work with it and know nothing of one another. This module ties their signals
together and is what the workspace opens.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from PySide6.QtCore import QEvent, QModelIndex, QPoint, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QWidget,
)

from services.changes import Notice
from services.entity import Kind, Query
from services.errors import ShukeError
from services.language import tr
from services.query_json import query_as_json, query_from_json
from widgets.base.client import Client
from widgets.base.formatting import number_text
from widgets.base.list_actions import ListActions, OwnAction
from widgets.base.list_answers import ListAnswers
from widgets.base.list_columns import ListColumns
from widgets.base.list_core import ListCore
from widgets.base.list_footer import CONTINUOUS
from widgets.base.list_layout import lay_out
from widgets.base.list_searches import ListSearches
from widgets.base.list_turning import ListTurning

PAUSE: Final = 1000
"""Least milliseconds between two refreshes that notices cause: the first notice refreshes at once, those that
come in the pause after it together at its end. What another PC writes is to be seen within 2 s."""


class ListPage(ListCore):
    """A page of the workspace. See ListCore for its arguments."""

    def __init__(
        self,
        client: Client,
        query: Query,
        parent: QWidget | None = None,
        *,
        values: Mapping[str, Any] | None = None,
        without: frozenset[str] = frozenset(),
    ) -> None:
        super().__init__(client, query, parent, values=values, without=without)
        self.columns_ = ListColumns(self)
        self.answers, self.turning = ListAnswers(self), ListTurning(self)
        self.actions_ = ListActions(self, self.own_actions())
        self.searches = ListSearches(self)
        lay_out(self, self.actions_.buttons)
        self._connect()
        self._shortcuts()
        self.columns_.show()
        self.footer.show_size(self.state_.size)
        self.retranslate()

    def own_actions(self) -> Sequence[OwnAction]:
        """What this kind of list offers beside what all do."""
        return ()

    # -- parts --------------------------------------------------------------------------------------------

    def _connect(self) -> None:
        self.typing.timeout.connect(self._search_typed)
        self._notices, self._scrolled = self._pause_of(0), self._pause_of(30)
        self._notices.timeout.connect(self._noticed)
        self._scrolled.timeout.connect(self._fill_window)
        self._pause = self._pause_of(PAUSE)
        self.search.textEdited.connect(lambda _text: self.typing.start())
        self.search.textChanged.connect(lambda text: None if text else self.typing.start(0))
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
        self.table.page_asked.connect(self.turning.turn)
        self.table.verticalScrollBar().valueChanged.connect(lambda _value: self._scrolled.start())
        self.footer.page_asked.connect(self.go_to)
        self.footer.size_asked.connect(self.turning.resize)
        self.selection.all_button.clicked.connect(self.actions_.choose_all)
        self.empty.asked.connect(self._empty_asked)
        self.loader.page_ready.connect(self.answers.show_page)
        self.loader.count_ready.connect(self.answers.show_count)
        self.loader.totals_ready.connect(self.answers.show_totals)
        self.loader.classes_ready.connect(self.answers.show_classes)
        self.loader.failed.connect(self.answers.show_error)
        self.loader.busy_changed.connect(self.answers.show_busy)
        self.asked_shown.connect(self.searches.show)
        self.rows_shown.connect(self.columns_.measure)
        self.chosen_shown.connect(self.actions_.show_targets)
        self.client.bus.changed.connect(self._heard)

    def _shortcuts(self) -> None:
        for keys, call in (
            ("Ctrl+F", lambda: self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)),
            ("Ctrl+Shift+F", self.facets.ask),
            ("Ctrl+Alt+F", self.facets.ask_more),
            ("Ctrl+A", self.selection.tick_page),
            ("Ctrl+G", self.footer.ask),
            ("F5", self.reload),
            ("Alt+Left", lambda: self.turning.turn("previous")),
            ("Alt+Right", lambda: self.turning.turn("next")),
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
        if not self.searches.first_read() and self.stale:
            self.reload()

    def on_hidden(self) -> None:
        """Behind another tab: nobody waits for answers."""
        if self.loader.busy:
            self.stale = True
        self.loader.stop()

    def state(self) -> dict[str, Any]:
        """The query, as JSON."""
        return query_as_json(self.query)

    def restore(self, state: dict[str, Any]) -> None:
        """Take up an earlier state; one that no longer fits is left out as a whole."""
        self.searches.give_up_default()
        try:
            self.show_query(query_from_json(self.query, state))
        except (ShukeError, ValueError):
            self.show_query(Query(self.entity.key, deleted=self.query.deleted))

    def showEvent(self, event: Any) -> None:
        """Shown outside a workspace too."""
        super().showEvent(event)
        self.on_shown()

    def _fill_window(self) -> None:
        """Scrolling through all: read the rows that came into sight."""
        if self.footer.per_page != CONTINUOUS or not self.model.rowCount():
            return
        top, bottom = self.table.rowAt(1), self.table.rowAt(self.table.viewport().height() - 1)
        bottom = self.model.rowCount() - 1 if bottom < 0 else bottom
        if not self.model.holds(max(0, top), bottom):
            self.load(self._window_first())

    def _search_typed(self) -> None:
        words = self.search.text().strip()
        if words != self.query.words:
            self.change(replace(self.query, words=words))

    def _search_entered(self) -> None:
        self.typing.stop()
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

    # -- live ---------------------------------------------------------------------------------------------

    def _heard(self, notice: Notice) -> None:
        if notice.entity not in (self.entity.key, "scope", "*"):
            return
        if notice.entity == "scope":
            self.columns_.follow()
            self.listing.forget()
        self.stale = True
        if self.isVisible() and not self._notices.isActive():
            self._notices.start(max(0, self._pause.remainingTime()))

    def _noticed(self) -> None:
        if not (self.isVisible() and self.stale):
            return
        self._pause.start()
        if self.loader.summing:
            # sums of a large list may take longer than the pause: begun anew each time they would never come
            self._load_rows()
            self._notices.start(PAUSE)
        else:
            self.reload(classes=not self.class_pause.isActive())

    # -- the current row ----------------------------------------------------------------------------------

    def _open(self, index: QModelIndex) -> None:
        row = self.model.row_at(index.row())
        if row is not None and not self.query.deleted:
            self.client.shell.open_record(self.entity.key, row.id)

    # -- what stands around the rows ----------------------------------------------------------------------

    def _turn_classes(self) -> None:
        self.classes.setVisible(not self.classes.isVisible())
        self.state_.classes_shown = self.classes.isVisible()

    def _empty_asked(self, what: str) -> None:
        if what == "create":
            self.actions_.new()
        else:
            self.answers.show_all()

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
            if self.panel.isVisible():
                self.panel.give_up()
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
        sought = tr(", ").join(tr(title) for title in self.listing.sought)
        self.search.setPlaceholderText(tr("Search: {what}", what=sought) if sought else tr("Search"))
        self.search.setToolTip(
            tr("Search (Ctrl+F) in {what}: Chinese, pinyin or its initials, parts of numbers.", what=sought)
            + "\n"
            + tr("Several words narrow it down; Esc shows all.")
        )
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
        self.answers.show_totals(self.totals)
        self.show_chosen()
        self.answers.show_pages()
        self.actions_.retranslate()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
            self.columns_.fit()
            self.title_changed.emit()
        super().changeEvent(event)
