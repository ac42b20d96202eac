"""A field over a short list that the screen holds: warehouses, price levels, contacts of one customer."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from services.spelling import best
from widgets.base.editors.pick import PickEditor
from widgets.base.editors.popup import Option


class NamedEditor(PickEditor):
    """The id of one of ``rows``, found by name, pinyin and initials."""

    def __init__(self, parent: QWidget | None = None) -> None:
        self._rows: dict[int, tuple[str, str]] = {}
        super().__init__(parent)

    def set_rows(self, rows: Sequence[tuple[int, str, str]]) -> None:
        """Offer ``rows``: id, name, words behind it."""
        self._rows = {row_id: (name, detail) for row_id, name, detail in rows}
        # they may be read again in the middle of typing
        if self.value() is not None and not self._open and not self.popup.isVisible():
            self.set_value(self.value())

    def options(self, words: str) -> Sequence[Option]:
        """All that answer."""
        found = best(words, self._rows, self.label_of)
        return [Option(row_id, self._rows[row_id][0], self._rows[row_id][1]) for row_id in found]

    def label_of(self, value: object) -> str:
        """Its name; nothing until the list was read."""
        return self._rows.get(value, ("", ""))[0] if isinstance(value, int) else ""
