"""A product made while lines are entered: the few fields that a line needs."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from PySide6.QtCore import QEvent, Signal
from PySide6.QtWidgets import (
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from services.custom_fields import own_fields
from services.errors import ConnectionLost, Invalid
from services.language import tr
from services.products.entities import PRODUCT
from services.records import create
from widgets.base.client import Client
from widgets.base.editors.base import Editor
from widgets.base.editors.make import make_editor
from widgets.base.input_dialog import InputDialog
from widgets.base.page_writes import Answer, PageWrites
from widgets.base.tasks import Control, Task

FIELDS = ("name", "model", "specification", "unit", "list_price", "tax_rate", "stocked")


class NewProductDialog(InputDialog):
    """Name, model, unit, price; the rest is filled in on the product's own page. ``made`` carries its id."""

    made = Signal(int)

    def __init__(self, client: Client, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._client = client
        self._name = name
        self._writes = PageWrites(client.database)
        self.editors: dict[str, Editor] = {}
        self._captions: dict[str, QLabel] = {}
        form = QFormLayout()
        form.setHorizontalSpacing(12)
        form.setVerticalSpacing(8)
        self._entity = client.entities[PRODUCT.key]
        asked = [field.key for field in own_fields(self._entity) if field.required]
        for key in (*FIELDS, *asked):
            field = self._entity.field(key)
            editor = make_editor(client, field, self._entity)
            if field.default is not None:
                editor.set_value(field.default())
            caption = QLabel()
            self.editors[key], self._captions[key] = editor, caption
            form.addRow(caption, editor)
            editor.finished.connect(self.save)
        self.editors["name"].set_value(name)
        self.problem = QLabel()
        self.problem.setProperty("tone", "bad")
        self.problem.setWordWrap(True)
        self.problem.hide()
        self.buttons = QDialogButtonBox()
        self._save = QPushButton()
        self._save.setProperty("primary", True)
        self.set_default(self._save)
        self._cancel = QPushButton()
        self.buttons.addButton(self._save, QDialogButtonBox.ButtonRole.ActionRole)
        self.buttons.addButton(self._cancel, QDialogButtonBox.ButtonRole.RejectRole)
        self._save.clicked.connect(self.save)
        self.buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(12)
        layout.addLayout(form)
        layout.addWidget(self.problem)
        layout.addWidget(self.buttons)
        self.setMinimumWidth(420)
        self.retranslate()

    def save(self) -> None:
        """Make the product; what is wrong is said at its field."""
        values: dict[str, Any] = {}
        for key, editor in self.editors.items():
            editor.left()
            if editor.problem() is not None:
                editor.setFocus()
                return
            values[key] = editor.value()
        values["list_price"] = values["list_price"] or Decimal(0)
        if values["tax_rate"] is None:
            values["tax_rate"] = Decimal(0)
        # the same again after a lost connection keeps its key: it is made once
        writes = self._writes
        asked = writes.begin("save", {"entity": self._entity, "values": values}, values)

        def work(_control: Control) -> Answer:
            return writes.send(asked, create)

        self._save.setEnabled(False)
        Task(self, work, self._done, self._failed)

    def _done(self, answer: Answer) -> None:
        self.made.emit(answer.changes.id)
        self.accept()

    def _failed(self, error: Exception) -> None:
        self._save.setEnabled(True)
        if not isinstance(error, ConnectionLost):
            self._writes.answered("save")
        if isinstance(error, Invalid) and error.field in self.editors:
            self.editors[error.field].set_error(str(error))
            self.editors[error.field].setFocus()
            return
        text = str(error)
        if isinstance(error, Invalid):
            text = tr("There is a product of this name and model already.")
        self.problem.setText(text)
        self.problem.show()

    def retranslate(self) -> None:
        """Set every text."""
        self.setWindowTitle(tr("New product"))
        for key, caption in self._captions.items():
            field = self._entity.field(key)
            caption.setText(tr(field.title) + (" *" if field.required else ""))
        self._save.setText(tr("Save"))
        self._cancel.setText(tr("Cancel"))

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
