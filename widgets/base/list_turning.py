"""From page to page of a list, or through all of it."""

from __future__ import annotations

from PySide6.QtCore import QObject

from widgets.base.list_core import ListCore
from widgets.base.list_footer import CONTINUOUS


class ListTurning(QObject):
    """Turns the pages of one list."""

    def __init__(self, page: ListCore) -> None:
        super().__init__(page)
        self._page = page

    def turn(self, which: str) -> None:
        """Previous, next, first or last page; the row under the cursor follows."""
        here = self._page
        if here.footer.per_page == CONTINUOUS:
            self._turn_window(which)
            return
        pages = here.pages
        number = {
            "previous": here.footer.page - 1,
            "next": here.footer.page + 1,
            "first": 1,
            "last": pages,
        }[which]
        if number >= 1 and (here.total is None or number <= pages) and number != here.footer.page:
            here.focus_row = -1 if which in ("previous", "last") else 0
            here.go_to(number)
        elif here.model.rowCount():
            row = 0 if which in ("previous", "first") else here.model.rowCount() - 1
            here.table.setCurrentIndex(here.model.index(row, max(1, here.table.currentIndex().column())))

    def _turn_window(self, which: str) -> None:
        count, now = self._page.model.rowCount(), max(0, self._page.table.currentIndex().row())
        step = max(1, self._page.table.viewport().height() // max(1, self._page.table.rowHeight(0)) - 1)
        row = {"previous": now - step, "next": now + step, "first": 0, "last": count - 1}[which]
        if count:
            self._page.table.setCurrentIndex(self._page.model.index(min(max(row, 0), count - 1), 1))

    def resize(self, size: int) -> None:
        """Another number of rows per page."""
        self._page.state_.size = size
        self._page.footer.show_size(size)
        self._page.first = 0
        self._page.model.clear()
        self._page.load(0)
