"""What a change of several records needs to know: which fields, with which values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from services.entity import Column, Entity, Field, Kind
from services.language import tr
from widgets.base.client import Client
from widgets.base.editors.reference import ReferenceEditor
from widgets.base.value_input import ValueInput

MOST_FIELDS = 6
"""Fields that are changed at once: more of them is another form, not a batch."""


class RecordInput(QWidget):
    """The record that a field is to refer to: ``value()`` raises ValueError while there is none."""

    def __init__(self, client: Client, entity: Entity) -> None:
        super().__init__()
        self.editor = ReferenceEditor(client, entity, self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.editor)
        self.setFocusProxy(self.editor)
        self.value: Callable[[], Any] = self._picked

    def show_value(self, value: Any) -> None:
        """Put the record with this id in."""
        self.editor.set_value(value)

    def _picked(self) -> Any:
        if self.editor.problem() is not None or self.editor.value() is None:
            raise ValueError
        return self.editor.value()


class FieldsChooser(QWidget):
    """Several fields with their new values. ``asked`` says that something else is wanted now."""

    asked = Signal()

    def __init__(self, client: Client, entity: Entity, fields: Sequence[Field]) -> None:
        super().__init__()
        self._client, self._entity, self._fields = client, entity, fields
        self.rows: list[FieldChooser] = []
        self.add_button = QPushButton(tr("+ Field"))
        self.add_button.setFlat(True)
        self.add_button.clicked.connect(lambda: self.add())
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(6)
        self._layout.addWidget(self.add_button, 0, Qt.AlignmentFlag.AlignLeft)
        self.setFocusProxy(self.add())

    @property
    def field_box(self) -> QComboBox:
        """The first field."""
        return self.rows[0].field_box

    @property
    def input(self) -> ValueInput | RecordInput | None:
        """The value of the first field."""
        return self.rows[0].input

    def add(self) -> FieldChooser:
        """One more field, the first that is not there yet."""
        row = FieldChooser(self._client, self._entity, self._fields)
        taken = {one.key for one in self.rows}
        free = next((field.key for field in self._fields if field.key not in taken), None)
        if free is not None:
            row.field_box.setCurrentIndex(row.field_box.findData(free))
        row.field_chosen.connect(lambda _key: self.asked.emit())
        self.rows.append(row)
        self._layout.insertWidget(self._layout.count() - 1, row)
        self.add_button.setVisible(len(self.rows) < min(MOST_FIELDS, len(self._fields)))
        self.asked.emit()
        return row

    def columns(self) -> dict[str, Column]:
        """The fields as columns, which know how their values read."""
        return {row.key: row.column() for row in self.rows}

    def values(self) -> dict[str, Any]:
        """{field: new value}; ValueError, said in its place, while one is missing or a field stands there twice."""
        found: dict[str, Any] = {}
        for row in self.rows:
            row.complain("")
            try:
                made = row.values()
            except ValueError:
                row.complain(tr("Give a value first."))
                raise
            if row.key in found:
                row.complain(tr("This field stands here twice."))
                raise ValueError(row.key)
            found.update(made)
        return found


class FieldChooser(QWidget):
    """One field and its new value. ``field_chosen`` carries the key of another field."""

    field_chosen = Signal(str)

    def __init__(self, client: Client, entity: Entity, fields: Sequence[Field]) -> None:
        super().__init__()
        self._client, self._entity, self._fields = client, entity, list(fields)
        self.field_box, self.empty_box, self._problem = QComboBox(), QCheckBox(tr("Make it empty")), QLabel()
        self._problem.setProperty("tone", "bad")
        for field in self._fields:
            self.field_box.addItem(tr(field.title), field.key)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.addWidget(self.field_box)
        self._row.addWidget(self.empty_box)
        self._row.addWidget(self._problem)
        self.input: ValueInput | RecordInput | None = None
        self.field_box.currentIndexChanged.connect(self._chosen)
        self.setFocusProxy(self.field_box)
        self._chosen()

    def _field(self) -> Field:
        return self._fields[max(0, self.field_box.currentIndex())]

    def _chosen(self) -> None:
        field = self._field()
        if self.input is not None:
            self._row.removeWidget(self.input)
            self.input.hide()
            self.input.deleteLater()
        if field.kind is Kind.REFERENCE and field.reference is not None:
            self.input = RecordInput(self._client, self._client.entities[field.reference])
        else:
            self.input = ValueInput(self.column(), "eq", self._client.dictionary)
        self._row.insertWidget(1, self.input, 1)
        self.empty_box.setVisible(not field.required)
        self.empty_box.setChecked(False)
        self.field_chosen.emit(field.key)

    @property
    def key(self) -> str:
        """The field chosen."""
        return self._field().key

    def column(self) -> Column:
        """The field as a column, which knows how its values read."""
        field = self._field()
        like = next((c for c in self._entity.columns if c.key == field.key), self._entity.columns[0])
        return replace(
            like,
            key=field.key,
            title=field.title,
            kind=field.kind,
            dictionary=field.dictionary,
            labels=like.labels,
        )

    def values(self) -> dict[str, Any]:
        """The field with its value; ValueError while there is none."""
        field = self._field()
        if self.empty_box.isChecked() and not field.required:
            return {field.key: None}
        assert self.input is not None
        value = self.input.value()
        return {field.key: list(value) if field.kind is Kind.CHOICES else value}

    def complain(self, text: str) -> None:
        """Say what is missing."""
        self._problem.setText(text)
