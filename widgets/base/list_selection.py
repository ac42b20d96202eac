"""Which records of a list are chosen, on whatever page they stand, and the line that says so."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QLabel, QPushButton

from services.entity import Kind
from services.language import tr
from services.listing import Row
from widgets.base.formatting import number_text


class ListSelection(QObject):
    """The selection of one list. ``label``, ``all_button`` and ``none_button`` are laid out by the page.

    ``rows``: those on the screen; ``row_at``: the one at a place of the table; ``current``: the one under the cursor.
    """

    changed = Signal()

    def __init__(
        self,
        *,
        rows: Callable[[], Sequence[Row]],
        row_at: Callable[[int], Row | None],
        current: Callable[[], Row | None],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._rows, self._row_at, self._current = rows, row_at, current
        self.chosen: dict[int, int | None] = {}
        """Id and version of every record ticked."""
        self.label, self.all_button, self.none_button = QLabel(), QPushButton(), QPushButton()
        for button in (self.all_button, self.none_button):
            button.setFlat(True)
        self.none_button.clicked.connect(self.choose_none)

    def targets(self) -> dict[int, int | None]:
        """What an action is about: the records ticked, or else the current one."""
        if self.chosen:
            return dict(self.chosen)
        row = self._current()
        return {row.id: row.version} if row is not None else {}

    def tick(self, place: int) -> None:
        """Turn the tick of one row of the table."""
        row = self._row_at(place)
        if row is None:
            return
        if row.id in self.chosen:
            del self.chosen[row.id]
        else:
            self.chosen[row.id] = row.version
        self.changed.emit()

    def tick_page(self) -> None:
        """Choose every row of the page, or none of them if all were."""
        rows = self._rows()
        if rows and all(row.id in self.chosen for row in rows):
            for row in rows:
                self.chosen.pop(row.id, None)
        else:
            self.chosen.update({row.id: row.version for row in rows})
        self.changed.emit()

    def choose(self, ids: dict[int, int | None]) -> None:
        """Choose just these records."""
        self.chosen.clear()
        self.chosen.update(ids)
        self.changed.emit()

    def choose_none(self) -> None:
        """Give up the selection."""
        self.choose({})

    def show(self, total: int | None) -> None:
        """Say how many are chosen of the ``total`` of the result, where that is known."""
        count = len(self.chosen)
        self.label.setVisible(bool(count))
        self.none_button.setVisible(bool(count))
        self.all_button.setVisible(bool(count) and total is not None and count < total)
        self.label.setText(tr("{count} chosen", count=number_text(count, Kind.INTEGER)))
        self.all_button.setText(tr("Choose all {count}", count=number_text(total or 0, Kind.INTEGER)))
        self.none_button.setText(tr("Choose none"))
