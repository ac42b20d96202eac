"""One attached file on a page of its own: what is known of it, its small picture, and what can be done with it."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QLabel, QPushButton

from services.files import queries
from services.files.entities import ATTACHMENT_ENTITY
from services.files.queries import File
from services.language import tr
from widgets.base.client import Client
from widgets.base.file_opening import may_open, open_file, save_file
from widgets.base.file_preview import FilePreview, may_preview
from widgets.base.icons import icon
from widgets.base.record_card import RecordCard
from widgets.base.tasks import Control, TaskSlot

_BUTTONS = (("show", "eye"), ("open", "external-link"), ("save", "download"), ("record", "arrow-right"))
"""Key and icon."""


class AttachmentPage(RecordCard):
    """Preview, open, save, and the way to the record that the file belongs to."""

    def __init__(self, client: Client, record_id: int) -> None:
        self.file: File | None = None
        self.buttons = {key: QPushButton() for key, _icon in _BUTTONS}
        self.picture = QLabel()
        super().__init__(client, ATTACHMENT_ENTITY, record_id)
        calls = {"show": self.preview, "open": self.open, "save": self.save, "record": self.open_owner}
        for key, symbol in _BUTTONS:
            button = self.buttons[key]
            button.setIcon(icon(symbol, "muted"))
            button.setIconSize(QSize(16, 16))
            button.clicked.connect(lambda _checked=False, call=calls[key]: call())
            button.hide()
            self.head.addWidget(button)
        self.body.insertWidget(2, self.picture)
        self.picture.hide()
        self._reading = TaskSlot(self)

        def read(_control: Control) -> File:
            with client.database.read_session() as session:
                return queries.file(session, attachment_id=record_id)

        self._reading.start(read, self._show_file, client.shell.error)

    def _show_file(self, file: File) -> None:
        self.file = file
        self.buttons["show"].setVisible(may_preview(file))
        self.buttons["open"].setVisible(may_open(file))
        self.buttons["save"].show()
        self.buttons["record"].show()
        small = QPixmap()
        if file.thumbnail is not None and small.loadFromData(file.thumbnail):
            self.picture.setPixmap(small)
            self.picture.setAccessibleName(file.name)
            self.picture.show()

    def preview(self) -> None:
        """Show the picture or the pages in a window."""
        if self.file is not None:
            FilePreview(self.client, [self.file], 0, self.window()).show()

    def open(self) -> None:
        """Open it with its program."""
        if self.file is not None:
            open_file(self.client, self, self.file)

    def save(self) -> None:
        """Ask where to, and save it there."""
        if self.file is not None:
            save_file(self.client, self, self.file)

    def open_owner(self) -> None:
        """Open the record that the file belongs to."""
        self.open_column("name")

    def retranslate(self) -> None:
        """The buttons too."""
        super().retranslate()
        texts = {"show": tr("Preview"), "open": tr("Open"), "save": tr("Save as"), "record": tr("Its record")}
        for key, button in self.buttons.items():
            button.setText(texts[key])
