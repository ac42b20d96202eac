"""Which records of a list are chosen, on whatever page they stand, and the line that says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QLabel, QPushButton

from services.entity import Kind
from services.language import tr
from widgets.base.formatting import number_text

if TYPE_CHECKING:
    from widgets.base.list_page import ListPage


class ListSelection(QObject):
    """The selection of one page. ``label``, ``all_button`` and ``none_button`` are laid out by the page."""

    def __init__(self, page: ListPage) -> None:
        super().__init__(page)
        self._page = page
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
        row = self._page.current_row()
        return {row.id: row.version} if row is not None else {}

    def tick(self, place: int) -> None:
        """Turn the tick of one row of the table."""
        row = self._page.model.row_at(place)
        if row is None:
            return
        if row.id in self.chosen:
            del self.chosen[row.id]
        else:
            self.chosen[row.id] = row.version
        self.show()

    def tick_page(self) -> None:
        """Choose every row of the page, or none of them if all were."""
        rows = self._page.model.rows
        if rows and all(row.id in self.chosen for row in rows):
            for row in rows:
                self.chosen.pop(row.id, None)
        else:
            self.chosen.update({row.id: row.version for row in rows})
        self.show()

    def choose(self, ids: dict[int, int | None]) -> None:
        """Choose just these records."""
        self.chosen.clear()
        self.chosen.update(ids)
        self.show()

    def choose_none(self) -> None:
        """Give up the selection."""
        self.choose({})

    def show(self) -> None:
        """Say what is chosen: ticks, label, buttons, actions."""
        page = self._page
        count = len(self.chosen)
        on_page = sum(row.id in self.chosen for row in page.model.rows)
        state = Qt.CheckState
        page.table.head.set_ticked(
            state.Unchecked
            if not on_page
            else state.Checked
            if on_page == len(page.model.rows)
            else state.PartiallyChecked
        )
        page.model.ticks_changed()
        self.label.setVisible(bool(count))
        self.none_button.setVisible(bool(count))
        self.all_button.setVisible(bool(count) and page.total is not None and count < page.total)
        self.label.setText(tr("{count} chosen", count=number_text(count, Kind.INTEGER)))
        self.all_button.setText(tr("Choose all {count}", count=number_text(page.total or 0, Kind.INTEGER)))
        self.none_button.setText(tr("Choose none"))
        page.actions_.show_targets()
