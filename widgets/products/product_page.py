"""A product: the form of every entity, with its prices, cost and stock beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QEvent, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from services.commands import Changes
from services.language import tr
from services.products.commands import set_state
from services.products.entities import PRODUCT
from widgets.base.client import Client
from widgets.base.icons import icon
from widgets.base.record_form import RecordForm
from widgets.base.tasks import Task
from widgets.products.details_panel import ProductDetailsPanel
from widgets.products.product_lists import TITLES
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
        self.form = RecordForm(client, client.entities[PRODUCT.key], record_id, values, parent=self)
        self.setFocusProxy(self.form)
        self.panels: ProductPanels | None = None
        self.details: ProductDetailsPanel | None = None
        self.state_button = QPushButton()
        self.state_button.hide()
        self.state_button.clicked.connect(lambda _checked=False: self.turn_state())
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 14, 0)
        self._row.setSpacing(0)
        left = QVBoxLayout()
        left.setSpacing(0)
        left.addWidget(self.form, 1)
        self._left = left
        self._row.addLayout(left, 1)
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
        self.panels = ProductPanels(self._client, record_id, self.form.messages, self)
        self._row.addWidget(self.panels)
        self.details = ProductDetailsPanel(self._client, record_id, self.form.messages, self)
        self.details.dirty_changed.connect(self.dirty_changed)
        self._left.addWidget(self.details)
        # among the buttons of the form, where a person looks for what can be done with the product
        self.form.head.add_button(self.state_button)
        self.details.read.connect(self._show_state)
        self._show_state()

    def _show_state(self) -> None:
        state = self.details.state if self.details is not None else ""
        active = state == "active"
        self.state_button.setVisible(bool(state) and self._client.can(PRODUCT, "edit"))
        self.state_button.setIcon(icon("ban" if active else "undo-2"))
        self.state_button.setText(tr("Discontinue") if active else tr("Use again"))
        self.state_button.setToolTip(
            tr("It stays in lists and documents, but is not offered any more.") if active else ""
        )

    def turn_state(self) -> None:
        """Discontinue the product, or use it again."""
        details, database = self.details, self._client.database
        if details is None:
            return
        wanted = "discontinued" if details.state == "active" else "active"
        product_id = details.product_id
        self.state_button.setEnabled(False)

        def done(_changes: Changes) -> None:
            self.state_button.setEnabled(True)
            details.reload()

        def failed(error: Exception) -> None:
            self.state_button.setEnabled(True)
            self.form.messages.error(error)

        Task(
            self,
            lambda _control: database.write(set_state, ids=[product_id], state=wanted),
            done,
            failed,
            title=tr("Saving"),
        )

    def open_section(self, key: str) -> None:
        """Bring up a tab below the form: ``product.`` and a key of product_lists.TITLES."""
        if self.details is not None:
            self.details.tabs.setCurrentIndex(list(TITLES).index(key.removeprefix("product.")))

    def title(self) -> str:
        """Text of the tab."""
        return self.form.title()

    def dirty(self) -> bool:
        """True while the form holds unsaved input, or a price or the cost was typed and not saved."""
        lists = self.details is not None and self.details.dirty()
        return self.form.dirty() or lists or (self.panels is not None and self.panels.dirty())

    def can_close(self) -> bool:
        """Whether nothing would be lost. The form is asked last: what is decided there closes the page."""
        beside = [part.can_close() for part in (self.panels, self.details) if part is not None]
        return all(beside) and self.form.can_close()

    def given_up(self) -> None:
        """It closes: what stands beside the form and was asked about is not offered again."""
        for part in (self.panels, self.details):
            if part is not None:
                part.given_up()

    def on_shown(self) -> None:
        """The tab came to the front."""
        self.form.on_shown()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self._show_state()
        super().changeEvent(event)
