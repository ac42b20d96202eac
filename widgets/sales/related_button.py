"""What came of an order behind one button: every notice, issue, note, payment and request opens from here (SAL-09)."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QSize
from PySide6.QtWidgets import QMenu, QPushButton, QWidget

from services.entity import Kind
from services.language import tr
from services.sales.related import RelatedDocument
from widgets.base.client import Client
from widgets.base.formatting import date_text, number_text
from widgets.base.icons import icon


class RelatedButton(QPushButton):
    """Hidden while nothing came of the order yet."""

    def __init__(self, client: Client, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._client = client
        self._documents: tuple[RelatedDocument, ...] = ()
        self.menu_ = QMenu(self)
        self.setMenu(self.menu_)
        self.setIcon(icon("link"))
        self.setIconSize(QSize(16, 16))
        self.retranslate()

    def show_documents(self, documents: Sequence[RelatedDocument]) -> None:
        """Offer these; a kind whose page the user may not open is left out."""
        may_open = self._client.entities
        self._documents = tuple(
            each
            for each in documents
            if each.entity in may_open and self._client.user.can(f"{each.entity}.view")
        )
        self.retranslate()

    def retranslate(self) -> None:
        """Set every text."""
        self.setVisible(bool(self._documents))
        self.setText(tr("Documents {count}", count=len(self._documents)))
        self.setToolTip(tr("What came of this order"))
        self.menu_.clear()
        kind = ""
        for each in self._documents:
            entity = self._client.entities[each.entity]
            if each.entity != kind:
                self.menu_.addSection(tr(entity.plural))
                kind = each.entity
            action = self.menu_.addAction(icon(entity.icon), self._words(each))
            action.triggered.connect(
                lambda _checked=False, each=each: self._client.shell.open_record(each.entity, each.id)
            )

    def _words(self, each: RelatedDocument) -> str:
        labels = next(
            (c.labels for c in self._client.entities[each.entity].columns if c.key == "state"), None
        )
        parts = [
            each.number or tr("Draft"),
            date_text(each.date),
            tr((labels or {}).get(each.state, each.state)),
            "" if each.amount is None else number_text(each.amount, Kind.AMOUNT),
        ]
        return "   ".join(filter(None, parts)).replace("&", "&&")

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
