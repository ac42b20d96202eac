"""The preview of one document in a window, with its ways out: printer, PDF, Word, Excel (PLT-50)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QCheckBox, QDialog, QVBoxLayout, QWidget

from printing.document import Document
from printing.paper import A4, PAPERS, Paper
from services.language import tr
from widgets.base.client import Client

if TYPE_CHECKING:
    from printing.preview import DocumentPreview

MakeDocument = Callable[[bool], Document]
"""Makes the document anew, with prices or without, in the language in force."""


class PrintDialog(QDialog):
    """``make`` shown on the paper that the person used last for this kind. Whether prices are printed is asked
    where ``with_prices`` is true, and remembered."""

    printed = Signal()
    """Pages were handed to a printer: the place to count a print (PLT-54)."""

    def __init__(
        self,
        client: Client,
        kind: str,
        make: MakeDocument,
        parent: QWidget,
        *,
        with_prices: bool = False,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._client, self._make = client, make
        self._prices_setting, self._paper_setting = f"printing.{kind}.prices", f"printing.{kind}.paper"
        self.prices = QCheckBox()
        self.prices.setVisible(with_prices)
        self.prices.setChecked(not with_prices or bool(client.preferences.get(self._prices_setting, True)))
        self._document = make(self.prices.isChecked())
        from printing.preview import DocumentPreview  # half a second of libraries, for who prints

        self.preview: DocumentPreview = DocumentPreview(
            self._document, _paper(client.preferences.get(self._paper_setting)), parent=self
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 10, 12, 10)
        layout.addWidget(self.prices)
        layout.addWidget(self.preview, 1)
        self.prices.toggled.connect(self._prices_chosen)
        self.preview.paper_changed.connect(lambda key: self._keep(self._paper_setting, key))
        self.preview.printed.connect(lambda _printer, _pages: self.printed.emit())
        self.resize(980, 760)
        self.retranslate()

    def show_document(self, make: MakeDocument) -> None:
        """Show the document anew, such as with one more print counted."""
        self._make = make
        self._document = make(self.prices.isChecked())
        self.preview.show_documents(self._document)
        self.retranslate()

    def _prices_chosen(self, shown: bool) -> None:
        self._keep(self._prices_setting, shown)
        self.show_document(self._make)

    def _keep(self, key: str, value: object) -> None:
        # written to the server by the shell's store of preferences, never from here
        self._client.preferences.set(key, value)

    def retranslate(self) -> None:
        """Set every text. The document keeps the language it was made in."""
        self.setWindowTitle(tr("Print: {what}", what=f"{self._document.title} {self._document.number}"))
        self.prices.setText(tr("With prices"))

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)


def _paper(key: object) -> Paper:
    return next((paper for paper in PAPERS if paper.key == key), A4)
