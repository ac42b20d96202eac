"""The paper of one document page: its preview, kept as new as the page, and every print counted (PLT-50, PLT-54)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QObject

from printing.document import Document
from services.commands import Changes
from services.language import tr
from services.prints import count_print
from widgets.base.document_page import DocumentPage
from widgets.base.print_dialog import PrintDialog


class PagePaper(QObject):
    """What ``page`` prints. ``make(record, prices)`` makes the document of kind ``kind`` from the page's record."""

    def __init__(
        self,
        page: DocumentPage,
        kind: str,
        make: Callable[[Any, bool], Document],
        *,
        with_prices: bool = False,
    ) -> None:
        super().__init__(page)
        self._page, self._kind, self._make = page, kind, make
        self._with_prices = with_prices
        self.dialog: PrintDialog | None = None
        """The preview while it is open."""
        page.loaded.connect(self._renew)

    def open(self) -> None:
        """Show the preview; where the page saves, what is typed there is saved first."""
        if self._page.dirty() and "save" in self._page.buttons:
            self._page.messages.warning(
                tr("Save first, so that the paper says what is stored."),
                (tr("Save"), lambda: self._page.act("save")),
            )
            return
        dialog = PrintDialog(
            self._page.client, self._kind, self._document, self._page, with_prices=self._with_prices
        )
        dialog.destroyed.connect(self._closed)
        dialog.printed.connect(self._printed)
        self.dialog = dialog
        dialog.show()

    def _document(self, prices: bool) -> Document:
        return self._make(self._page.record, prices)

    def _renew(self) -> None:
        if self.dialog is not None and self.dialog.isVisible() and self._page.record is not None:
            self.dialog.show_document(self._document)

    def _closed(self) -> None:
        self.dialog = None

    def _printed(self) -> None:
        page = self._page
        page.write("count", count_print, self._counted, entity=page.entity.key, record_id=page.record.id)

    def _counted(self, changes: Changes) -> None:
        # nothing else has changed: what is typed on the page stays
        page = self._page
        told = {key: changes.result[key] for key in ("print_count", "version") if hasattr(page.record, key)}
        page.record = replace(page.record, **told)
        page.retranslate()
        self._renew()
