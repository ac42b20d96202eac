"""The fields of a form: cards of groups, labels above inputs, as many columns as fit, errors at the field."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from services import records
from services.entity import Entity, Field, Kind
from services.errors import Invalid
from services.language import tr
from widgets.base.caption import Caption
from widgets.base.client import Client
from widgets.base.editors import Editor, make_editor
from widgets.base.style import text_size

NARROW: Final = 44
"""Width of one column of fields at least, in heights of body text."""
MOST_COLUMNS: Final = 3
BROAD: Final = 110
"""Width of one column from which on a further one stands beside three, in heights of body text."""
MOST_BROAD: Final = 6


def usable_fields(client: Client, entity: Entity) -> list[Field]:
    """Fields that ``client`` can show: he has their right, and the entity a reference leads to exists here."""
    return [
        field
        for field in entity.fields
        if (field.right is None or client.user.can(field.right))
        and (field.kind is not Kind.REFERENCE or field.reference in client.entities)
    ]


class _Cell(QWidget):
    """A label with its editor below."""

    def __init__(self, field: Field, editor: Editor) -> None:
        super().__init__()
        self.field, self.editor = field, editor
        self.caption = Caption(editor, required=field.required)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self.caption)
        layout.addWidget(editor)
        layout.addStretch(1)
        self.retranslate()

    def retranslate(self) -> None:
        self.caption.set_title(tr(self.field.title))
        if self.field.help:
            self.editor.setToolTip(tr(self.field.help))
            self.editor.set_placeholder(tr(self.field.help))


def _rows(cells: Sequence[_Cell], columns: int) -> list[list[tuple[_Cell, int, int]]]:
    """Cells with column and span: wide ones take two columns at least, and what is left of their row."""
    rows: list[list[tuple[_Cell, int, int]]] = [[]]
    used = 0
    for cell in cells:
        span = 1
        if cell.field.wide or cell.field.kind is Kind.LONG_TEXT:
            span = columns if cell.field.kind is Kind.LONG_TEXT else min(2, columns)
        if used + span > columns:
            rows.append([])
            used = 0
        rows[-1].append((cell, used, span))
        used += span
    for row in rows:
        if row and row[-1][0].field.wide:
            cell, column, _span = row[-1]
            row[-1] = (cell, column, columns - column)
    return rows


def _hold_columns(grid: QGridLayout, row: int, columns: int) -> None:
    """Nothing in every column, below the fields: a layout leaves the gap of an empty column out, and a group of one
    field would not stand under those of the group above."""
    for at in reversed(range(grid.count())):
        item = grid.itemAt(at)
        widget = item.widget() if item is not None else None
        if widget is not None and not isinstance(widget, _Cell):
            grid.removeWidget(widget)
            widget.deleteLater()
    for column in range(columns):
        nothing = QWidget()
        nothing.setFixedHeight(0)
        grid.addWidget(nothing, row, column)


class FormFields(QWidget):
    """All fields of ``entity`` that the user may see, in cards by group."""

    changed = Signal(str)
    """A person changed the field of this key."""
    ended = Signal()
    """Enter in the last field."""

    def __init__(
        self,
        client: Client,
        entity: Entity,
        parent: QWidget | None = None,
        *,
        keys: Sequence[str] | None = None,
        title: str | None = None,
    ) -> None:
        """``keys`` names the fields to show, in their order, all in one card called ``title`` (English source)."""
        super().__init__(parent)
        self.entity = entity
        self._client = client
        self.editors: dict[str, Editor] = {}
        self._cells: list[_Cell] = []
        self._groups: list[tuple[str, QLabel, QGridLayout, list[_Cell]]] = []
        self._columns = 0
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(12)
        usable = {field.key: field for field in usable_fields(client, entity)}
        for key in usable if keys is None else [key for key in keys if key in usable]:
            field = usable[key] if title is None else replace(usable[key], group=title)
            self._add(field, make_editor(client, field, entity))
        self._layout.addStretch(1)
        self._arrange(2)
        self.retranslate()

    def follow(self, entity: Entity) -> None:
        """Show all fields of ``entity`` as it is declared now; editors that stay keep what they hold."""
        held = self.values()
        for _title, label, _grid, _cells in self._groups:
            card = label.parentWidget()
            card = card.parentWidget() if card is not None else None
            if card is not None:
                self._layout.removeWidget(card)
                card.hide()
                card.deleteLater()
        self.entity = entity
        self.editors, self._cells, self._groups = {}, [], []
        columns, self._columns = self._columns, 0
        for field in usable_fields(self._client, entity):
            self._add(field, make_editor(self._client, field, entity))
        self._layout.addStretch(1)
        self._arrange(columns)
        self.set_values(held)
        self.retranslate()

    def _add(self, field: Field, editor: Editor) -> None:
        cell = _Cell(field, editor)
        self.editors[field.key] = editor
        self._cells.append(cell)
        self._group(field.group).append(cell)
        editor.changed.connect(lambda key=field.key: self.changed.emit(key))
        editor.finished.connect(lambda key=field.key: self._move_on(key))

    def _group(self, title: str) -> list[_Cell]:
        for known, _label, _grid, cells in self._groups:
            if known == title:
                return cells
        card = QFrame()
        card.setProperty("card", True)
        outer = QVBoxLayout(card)
        outer.setContentsMargins(1, 1, 1, 1)
        outer.setSpacing(0)
        head = QWidget()
        head.setProperty("card_head", True)
        head.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        label = QLabel()
        label.setProperty("role", "heading")
        row = QHBoxLayout(head)
        row.setContentsMargins(12, 6, 12, 6)
        row.addWidget(label)
        if not title:
            head.hide()
        outer.addWidget(head)
        grid = QGridLayout()
        grid.setContentsMargins(12, 10, 12, 2)  # below the last row stands one more gap, see _hold_columns
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(10)
        outer.addLayout(grid)
        self._layout.addWidget(card)
        fresh: list[_Cell] = []
        self._groups.append((title, label, grid, fresh))
        return fresh

    def resizeEvent(self, event: QResizeEvent) -> None:
        """As many columns as fit."""
        super().resizeEvent(event)
        half = text_size() // 2 or 1
        fitting = max(1, min(MOST_COLUMNS, self.width() // (NARROW * text_size() // 2)))
        self._arrange(max(fitting, min(MOST_BROAD, self.width() // (BROAD * half))))

    def _arrange(self, columns: int) -> None:
        if columns == self._columns:
            return
        for _title, _label, grid, cells in self._groups:
            for column in range(MOST_BROAD):
                grid.setColumnStretch(column, 1 if column < columns else 0)
                grid.setColumnMinimumWidth(column, 0)
            for cell in cells:
                grid.removeWidget(cell)
            rows = _rows(cells, columns)
            for row, placed in enumerate(rows):
                for cell, column, span in placed:
                    grid.addWidget(cell, row, column, 1, span)
            _hold_columns(grid, len(rows), columns)
        self._columns = columns

    # -- values

    def values(self) -> dict[str, Any]:
        """What all fields hold."""
        return {key: editor.value() for key, editor in self.editors.items()}

    def set_values(self, values: Mapping[str, Any], keys: Iterable[str] | None = None) -> None:
        """Show ``values``, of ``keys`` only if given."""
        wanted = set(values) if keys is None else set(keys)
        for key, editor in self.editors.items():
            if key in wanted and key in values:
                editor.set_value(values[key])
                editor.set_error(None)

    def _may_set(self, field: Field) -> bool:
        return field.right_to_set is None or self._client.user.can(field.right_to_set)

    def set_read_only(self, read_only: bool, *, existing: bool = False) -> None:
        """All of them, or those alone that are declared so; ``existing`` those too that are chosen once."""
        for cell in self._cells:
            field = cell.field
            fixed = not field.editable or (existing and field.once) or not self._may_set(field)
            cell.editor.set_read_only(read_only or fixed)

    def problems(self, *, new: bool) -> dict[str, str]:
        """What is wrong with each field, in words: not understood, required, too long, against its rule."""
        found: dict[str, str] = {}
        for cell in self._cells:
            if not cell.field.editable and not new:
                continue
            text = cell.editor.problem()
            if text is None:
                alone = replace(self.entity, fields=(cell.field,))
                try:
                    records.check(alone, {cell.field.key: cell.editor.value()}, complete=new)
                except Invalid as error:
                    text = str(error)
            if text:
                found[cell.field.key] = text
        return found

    def show_errors(self, problems: Mapping[str, str]) -> None:
        """Mark these fields and no others; the first one takes the keyboard."""
        first = True
        for key, editor in self.editors.items():
            editor.set_error(problems.get(key))
            if key in problems and first:
                first = False
                editor.setFocus(Qt.FocusReason.OtherFocusReason)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """The page was given the keyboard: it goes on to where one types."""
        super().focusInEvent(event)
        # later: on a page that is just being made the fields are not shown yet and cannot take it
        QTimer.singleShot(0, self, lambda: self.focus_first() if self.hasFocus() else None)

    def focus_first(self) -> None:
        """The first field that can be typed into."""
        for cell in self._cells:
            if cell.field.editable and not isinstance(cell.editor.value(), bool):
                cell.editor.setFocus(Qt.FocusReason.OtherFocusReason)
                return

    def title_of(self, key: str) -> str:
        """The title of a field in the language in force; of an unknown one its key."""
        return next((tr(cell.field.title) for cell in self._cells if cell.field.key == key), key)

    def _move_on(self, key: str) -> None:
        keys = list(self.editors)
        for following in keys[keys.index(key) + 1 :]:
            if self.entity.field(following).editable:
                self.editors[following].setFocus(Qt.FocusReason.TabFocusReason)
                return
        self.ended.emit()

    def retranslate(self) -> None:
        """Titles of groups and fields."""
        for title, label, _grid, _cells in self._groups:
            label.setText(tr(title))
        for cell in self._cells:
            cell.retranslate()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
