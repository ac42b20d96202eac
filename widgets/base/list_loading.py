"""Reading a list beside the screen: the page first, then count, totals and class counts, one after another."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import QObject, Signal

from services.listing import Listing, Page
from services.reading import Reading
from widgets.base.client import Client
from widgets.base.tasks import TaskSlot


class ListLoader(QObject):
    """Asks for the parts of one Listing. A newer question ends the older one, on the server too."""

    page_ready = Signal(object)
    count_ready = Signal(int)
    totals_ready = Signal(object)
    classes_ready = Signal(object)
    failed = Signal(object)
    busy_changed = Signal(bool)

    def __init__(self, client: Client, parent: QObject) -> None:
        super().__init__(parent)
        self._client = client
        self._pages = TaskSlot(self)
        self._summary = TaskSlot(self)

    @property
    def busy(self) -> bool:
        """Whether a page is awaited."""
        return self._pages.busy

    @property
    def summing(self) -> bool:
        """Whether count, totals or class counts are awaited."""
        return self._summary.busy

    def load(
        self, listing: Listing, *, first: int, size: int, total: int | None, shown: Sequence[str]
    ) -> None:
        """Read one page."""
        self._ask(
            self._pages,
            lambda session: listing.page(session, first=first, size=size, total=total, shown=shown),
            self._page_came,
        )
        self.busy_changed.emit(True)

    def summarise(self, listing: Listing, *, classes: bool, days: Mapping[str, int]) -> None:
        """Read count, then totals, then (if asked) the counts of the data classes, which count ``days``."""

        def counted(count: int) -> None:
            self.count_ready.emit(count)
            self._ask(self._summary, listing.totals, summed)

        def summed(totals: dict[str, Any]) -> None:
            self.totals_ready.emit(totals)
            if classes:
                self._ask(
                    self._summary,
                    lambda session: listing.class_counts(session, days),
                    self.classes_ready.emit,
                )

        self._ask(self._summary, listing.count, counted)

    def stop(self) -> None:
        """Nobody waits any more."""
        self._pages.drop()
        self._summary.drop()
        self.busy_changed.emit(False)

    def _ask(self, slot: TaskSlot, question: Callable[[Any], Any], done: Callable[[Any], None]) -> None:
        reading = Reading(self._client.database)

        def work(_control: object) -> Any:
            with reading.session() as session:
                return question(session)

        slot.start(work, done, self._wrong, cancel=reading.cancel)

    def _page_came(self, page: Page) -> None:
        self.busy_changed.emit(False)
        self.page_ready.emit(page)

    def _wrong(self, error: Exception) -> None:
        self.busy_changed.emit(False)
        self.failed.emit(error)
