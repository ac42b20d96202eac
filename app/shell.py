"""The window as screens see it (``widgets.base.client.Shell``): open by entity key, say something."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from typing import Any

from app.main_window import MainWindow
from services.entity import Query
from widgets.base.pages import HISTORY, PageKey


class WindowShell:
    """Opens lists, records and empty forms in the tabs of a MainWindow.

    What a page needs beyond its key (a query, first values) waits in ``take`` until its factory asks. A list
    that is open already is handed the query through its method ``show_query(query)``, if it has one.
    """

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self._given: dict[PageKey, Any] = {}
        self._numbers = itertools.count(1)

    def take(self, key: PageKey) -> Any:
        """What was given for the page of ``key``: a Query for lists, a mapping for new records, None for
        nothing. Answers once."""
        return self._given.pop(key, None)

    def open_record(self, entity: str, record_id: int) -> None:
        """Open a record in a tab of its own, or bring its tab to the front."""
        self._window.open(PageKey(entity, "record", record_id))

    def open_history(self, entity: str, record_id: int) -> None:
        """Open what was changed in a record, in a tab of its own."""
        self._window.open(PageKey(entity, HISTORY, record_id))

    def new_record(self, entity: str, values: Mapping[str, Any] | None = None) -> None:
        """Open an empty form, with ``values`` filled in. Several may be open at once."""
        key = PageKey(entity, "new", next(self._numbers))
        while key in self._open():  # restored ones have numbers of their own
            key = PageKey(entity, "new", next(self._numbers))
        self._given[key] = dict(values or {})
        self._window.open(key)

    def _open(self) -> list[PageKey]:
        return self._window.workspace.keys()

    def open_view(self, entity: str, view: str) -> None:
        """Open a page about a whole kind of records, such as its import."""
        self._window.open(PageKey(entity, view))

    def open_list(self, query: Query) -> None:
        """Open a list that shows ``query``."""
        key = PageKey(query.entity)
        show = getattr(self._window.workspace.page(key), "show_query", None)
        if callable(show):
            show(query)
        else:
            self._given[key] = query
        self._window.open(key)

    def message(
        self, text: str, kind: str = "info", action: tuple[str, Callable[[], None]] | None = None
    ) -> None:
        """Show a message in the bar: kind is info, done, warning or error; ``action`` a button and its work."""
        bar = self._window.messages_in_front()
        say = {"info": bar.info, "done": bar.done, "warning": bar.warning, "error": bar.error}[kind]
        say(text, *([action] if action is not None else []))

    def error(self, error: BaseException) -> None:
        """Show what went wrong."""
        self._window.messages_in_front().error(error)
