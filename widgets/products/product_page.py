"""A product: the form of every entity, with its prices, cost and stock beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from services.products.entities import PRODUCT
from widgets.base.client import Client
from widgets.base.record_form import RecordForm
from widgets.products.product_panels import ProductPanels


class ProductPage(QWidget):
    """The page of one product; the panels come as soon as it exists."""

    title_changed = Signal()
    dirty_changed = Signal()
    close_wanted = Signal()
    saved = Signal(int)

    def __init__(
        self,
        client: Client,
        record_id: int | None = None,
        values: Mapping[str, Any] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setProperty("page", True)
        self._client = client
        self.form = RecordForm(client, PRODUCT, record_id, values)
        self.panels: ProductPanels | None = None
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 14, 0)
        self._row.setSpacing(0)
        self._row.addWidget(self.form, 1)
        self.form.title_changed.connect(self.title_changed)
        self.form.dirty_changed.connect(self.dirty_changed)
        self.form.close_wanted.connect(self.close_wanted)
        self.form.saved.connect(self._saved)
        if record_id is not None:
            self._show_panels(record_id)

    def _saved(self, record_id: int) -> None:
        if self.panels is None:
            self._show_panels(record_id)
        self.saved.emit(record_id)

    def _show_panels(self, record_id: int) -> None:
        self.panels = ProductPanels(self._client, record_id)
        self._row.addWidget(self.panels)

    def title(self) -> str:
        """Text of the tab."""
        return self.form.title()

    def dirty(self) -> bool:
        """True while the form holds unsaved input, or a price or the cost was typed and not saved."""
        return self.form.dirty() or (self.panels is not None and self.panels.dirty())

    def can_close(self) -> bool:
        """Whether nothing would be lost."""
        return self.form.can_close() and (self.panels is None or self.panels.can_close())

    def on_shown(self) -> None:
        """The tab came to the front."""
        self.form.on_shown()
