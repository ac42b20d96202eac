"""What scrolls in a form: its fields, and below them the files of the record."""

from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from services.files.entities import ATTACHED_TO
from services.language import tr
from widgets.base.attachments import FILE, AttachmentsPanel
from widgets.base.card import Card
from widgets.base.client import Client
from widgets.base.form_fields import FormFields


class FormBody(QWidget):
    """``fields``, and the card of files where records of ``entity`` have some; it appears with the record."""

    def __init__(self, client: Client, entity: str, fields: FormFields, *, with_files: bool = True) -> None:
        super().__init__()
        self.files: AttachmentsPanel | None = None
        self._card: Card | None = None
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        layout.addWidget(fields)
        if with_files and entity in ATTACHED_TO and client.user.can(f"{FILE}.view"):
            self.files = AttachmentsPanel(client, entity, None)
            self._card = Card(self.files)
            self._card.hide()
            self.files.counted.connect(self._count)
            layout.addWidget(self._card)
        layout.addStretch(1)
        self.retranslate()

    def set_record(self, record_id: int | None) -> None:
        """Whose files."""
        if self.files is not None and self._card is not None:
            self.files.set_record(record_id)
            self._card.setVisible(record_id is not None)

    def _count(self, count: int) -> None:
        if self._card is not None:
            self._card.set_note(str(count) if count else "")

    def retranslate(self) -> None:
        """Set every text in the language in force."""
        if self._card is not None:
            self._card.set_title(tr("Files"))

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
