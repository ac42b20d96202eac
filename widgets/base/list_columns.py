"""The columns of a list: which, in what order, how wide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer
from PySide6.QtWidgets import QMenu, QStyle

from services.entity import facets_in
from services.language import tr
from widgets.base.column_widths import GROWING, needed_width, shared_room, usual_width
from widgets.base.formatting import value_text
from widgets.base.list_core import ListCore
from widgets.base.table_view import TICK_WIDTH

FREEZABLE: Final = 5
"""Columns that may stay in sight: with more of them nothing would be left to scroll."""


class ListColumns(QObject):
    """Shows the columns that the user chose, and remembers what he does with them."""

    def __init__(self, page: ListCore) -> None:
        super().__init__(page)
        self._page = page
        self._fitting = False
        self._needs: dict[str, int] = {}
        """Pixels that the texts seen so far need, by column: a column never jumps back from page to page."""
        page.table.viewport().installEventFilter(self)

    def show(self) -> None:
        """Show the columns chosen, in their order and widths."""
        self._page.model.show_columns(
            tuple(c for c in self._page.state_.columns() if c.key not in self._page.without)
        )
        head = self._page.table.head
        head.blockSignals(True)
        for visual in range(self._page.model.columnCount()):
            logical = head.logicalIndex(visual)
            if logical != visual:
                head.moveSection(head.visualIndex(visual), visual)
        head.setSectionResizeMode(0, head.ResizeMode.Fixed)
        self._page.table.setColumnWidth(0, TICK_WIDTH)
        for place, width in enumerate(self._widths().values(), 1):
            self._page.table.setColumnWidth(place, width)
        head.blockSignals(False)
        self._page.frozen.freeze(self._page.state_.frozen)
        self._page.show_asked()

    def _widths(self) -> dict[str, int]:
        """Pixels of every column: what the user chose, else the usual, wider where room is left and texts are cut."""
        page, widths, needs = self._page, {}, {}
        for column in page.model.columns:
            kept = page.state_.width(column)
            widths[column.key] = (
                usual_width(column, page.client.dictionary, page.table.font()) if kept is None else kept
            )
            if kept is None and column.key in self._needs:
                needs[column.key] = self._needs[column.key]
        bar = page.style().pixelMetric(QStyle.PixelMetric.PM_ScrollBarExtent)
        room = page.table.viewport().width() - bar - TICK_WIDTH - sum(widths.values())
        return shared_room(widths, needs, room)

    def measure(self) -> None:
        """Rows came: see what room their texts need."""
        model = self._page.model
        for place, column in enumerate(model.columns):
            if column.kind in GROWING:
                texts = (value_text(column, row.values[place], model.dictionary) for row in model.rows)
                need = needed_width(texts, self._page.table.font())
                self._needs[column.key] = max(self._needs.get(column.key, 0), need)
        self.fit()

    def fit(self) -> None:
        """Columns as wide as they should be for the room, the texts and the language there are now."""
        self._fitting = True
        for place, width in enumerate(self._widths().values(), 1):
            if self._page.table.columnWidth(place) != width:
                self._page.table.setColumnWidth(place, width)
        self._fitting = False

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Another width of the table leaves other room."""
        if event.type() == QEvent.Type.Resize and self._page.model.rowCount():
            self.fit()
        return super().eventFilter(watched, event)

    def follow(self) -> None:
        """Take over what fields of its own the office has by now; conditions and order by one that is gone go too."""
        page = self._page
        entity = page.client.entities.get(page.entity.key, page.entity)
        if entity is page.entity:
            return
        page.entity = entity
        known = {column.key for column in entity.columns} | {"id"}
        page.query = replace(
            page.query,
            facets=tuple(
                part for part in page.query.facets if all(f.column in known for f in facets_in((part,)))
            ),
            order=tuple(key for key in page.query.order if key.lstrip("-") in known),
        )
        page.show_query(page.query)
        page.state_.learn(page.listing.columns)
        self.show()

    def resized(self, section: int, _old: int, new: int) -> None:
        """Remember the width."""
        column = self._page.model.column_at(section)
        if column is not None and new > 0 and not self._fitting:
            self._page.state_.set_width(column.key, new)

    def moved(self, _logical: int, _old: int, _new: int) -> None:
        """Remember the order; columns that this place leaves out keep their place in other lists."""
        page, head = self._page, self._page.table.head
        found = [page.model.column_at(head.logicalIndex(n)) for n in range(page.model.columnCount())]
        keys = [column.key for column in found if column is not None]
        page.state_.set_columns(keys + [c.key for c in page.state_.columns() if c.key not in keys])
        # once the header is done with its move: sections and columns are numbered alike again
        QTimer.singleShot(0, self, self._settle)

    def _settle(self) -> None:
        self.show()
        self._page.load_again()

    def freeze(self, count: int) -> None:
        """Keep the first ``count`` columns in sight while scrolling sideways."""
        self._page.state_.frozen = count
        self._page.frozen.freeze(count)

    def menu(self, place: QPoint | None) -> None:
        """Ask which columns to show, at ``place`` of the head or below the button."""
        menu = QMenu(self._page)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        shown = [column.key for column in self._page.model.columns]
        for column in self._page.listing.columns:
            action = menu.addAction(tr(column.title))
            action.setCheckable(True)
            action.setChecked(column.key in shown)
            action.setData(column.key)
            action.triggered.connect(lambda on, key=column.key: self.turn(key, on))
        menu.addSeparator()
        menu.addAction(tr("Usual columns")).triggered.connect(lambda: self.choose(None))
        self._add_freezing(menu)
        if place is None:
            menu.popup(self._page.columns_button.mapToGlobal(QPoint(0, self._page.columns_button.height())))
        else:
            menu.popup(self._page.table.head.viewport().mapToGlobal(place))

    def _add_freezing(self, menu: QMenu) -> None:
        """One choice for each column that may be the last to stay."""
        inside = menu.addMenu(tr("Freeze columns"))
        titles = [tr("No column")]
        titles += [tr("Up to {column}", column=tr(c.title)) for c in self._page.model.columns[:FREEZABLE]]
        for count, title in enumerate(titles):
            action = inside.addAction(title)
            action.setCheckable(True)
            action.setChecked(count == self._page.frozen.count)
            action.triggered.connect(lambda _on, count=count: self.freeze(count))

    def turn(self, key: str, on: bool) -> None:
        """Show or hide a column; the last one stays."""
        now = [column.key for column in self._page.state_.columns()]
        if on and key not in now:
            now.append(key)
        elif not on and key in now and len(now) > 1:
            now.remove(key)
        self.choose(now)

    def choose(self, keys: Sequence[str] | None) -> None:
        """Show these columns, or the usual ones."""
        self._page.state_.set_columns(keys)
        self.show()
        self._page.load_again()
