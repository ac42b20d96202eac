"""What the server answered, put into a list: rows, count, totals, classes, errors, and why it is empty."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QModelIndex, QObject, Qt

from services.entity import Kind, Query
from services.errors import Cancelled
from services.language import tr
from services.listing import Page, Row
from widgets.base.formatting import number_text
from widgets.base.list_core import ListCore
from widgets.base.list_footer import CONTINUOUS


class ListAnswers(QObject):
    """Shows the answers of one list's loader."""

    def __init__(self, page: ListCore) -> None:
        super().__init__(page)
        self._page = page

    def show_page(self, page: Page) -> None:
        """Rows came: show them where the cursor and the scroll bars are."""
        if not page.rows and page.first > 0 and self._page.footer.per_page != CONTINUOUS:
            # the last page went while it was asked for
            self._page.total = None
            self._page.load(max(0, page.first - self._page.footer.per_page))
            return
        current = self._page.current_row()
        index = self._page.table.currentIndex()
        self._page.first = page.first
        self._page.model.order = self._page.query.order or self._page.entity.order
        if self._page.footer.per_page == CONTINUOUS:
            self._page.model.show_window(page, self._page.total or 0)
        else:
            self._page.model.show_page(page)
            self.show_pages()
        self._after_rows(current, index)

    def _after_rows(self, current: Row | None, index: QModelIndex) -> None:
        here = self._page
        for row in here.model.rows:
            if row.id in here.selection.chosen:
                here.selection.chosen[row.id] = row.version
        here.rows_shown.emit()
        here.model.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, max(0, here.model.columnCount() - 1))
        row_ = here.focus_row
        here.focus_row = None
        place = here.model.place_of(current.id) if current is not None and row_ is None else None
        if row_ is not None and here.model.rowCount():
            place = 0 if row_ == 0 else here.model.rowCount() - 1
        elif place is None and index.isValid() and here.model.rowCount():
            place = min(index.row(), here.model.rowCount() - 1)
        if place is None and here.model.rowCount():
            place = 0
        if place is not None and here.footer.per_page != CONTINUOUS:
            column = index.column() if index.isValid() and index.column() > 0 else 1
            scroll = (
                here.table.verticalScrollBar().value(),
                here.table.horizontalScrollBar().value(),
            )
            here.table.setCurrentIndex(here.model.index(place, min(column, here.model.columnCount() - 1)))
            if row_ is None:
                here.table.verticalScrollBar().setValue(scroll[0])
            here.table.horizontalScrollBar().setValue(scroll[1])
        self._show_empty()
        self.show_totals(here.totals)
        here.show_chosen()

    def show_pages(self) -> None:
        """Say which page this is."""
        size = self._page.footer.per_page
        if size != CONTINUOUS:
            self._page.footer.show_page(
                self._page.first // size + 1, self._page.pages, known=self._page.total is not None
            )

    def show_count(self, total: int) -> None:
        """How many there are is known now."""
        self._page.total = total
        self._page.counted.setText(number_text(total, Kind.INTEGER))
        self._page.title_changed.emit()
        if self._page.footer.per_page == CONTINUOUS:
            if self._page.model.rowCount() != total:
                self._page.model.show_window(Page(self._page.first, self._page.model.rows), total)
        else:
            self.show_pages()
        self._page.show_chosen()

    def show_totals(self, totals: dict[str, Any] | None) -> None:
        """Sums of the page, and of the whole result once they are there."""
        self._page.totals = totals
        parts = []
        for column in self._page.model.columns:
            if column.total:
                own = sum((v for v in self._page.model.values_of(column.key) if v is not None), start=0)
                whole = None if totals is None else number_text(totals.get(column.key, 0), column.kind)
                parts.append((tr(column.title), number_text(own, column.kind), whole))
        self._page.footer.show_totals(parts)

    def show_classes(self, counts: dict[str, int]) -> None:
        """How many records each data class has."""
        self._page.class_pause.start()
        self._page.classes.show_counts(counts, self._page.client.dictionary)

    def show_error(self, error: Exception) -> None:
        """Say what went wrong; what is shown stays."""
        if isinstance(error, Cancelled):
            return
        for message in self._page.messages.messages:
            if message.kind == "error":
                message.close_message()
        self._page.messages.error(error, (tr("Try again"), self._page.reload))

    def show_busy(self, busy: bool) -> None:
        """A line while rows are awaited."""
        self._page.busy.setProperty("line", busy)
        self._page.busy.setVisible(True)
        self._page.setCursor(Qt.CursorShape.BusyCursor if busy else Qt.CursorShape.ArrowCursor)

    def _show_empty(self) -> None:
        here = self._page
        narrowed = bool(
            here.query.words
            or here.query.facets
            or here.query.data_class not in ("", "all", here.usual_class)
        )
        may = here.entity.create_by_form and here.client.can(here.entity, "create") and not here.query.deleted
        here.empty.show_for(
            here.entity,
            rows=here.model.rowCount(),
            narrowed=narrowed,
            may_create=may,
            deleted=here.query.deleted,
        )

    def show_all(self) -> None:
        """Give up all that narrows the list down."""
        page = self._page
        page.search.clear()
        page.change(
            Query(
                page.entity.key,
                order=page.query.order,
                conditions=page.query.conditions,
                deleted=page.query.deleted,
            )
        )
