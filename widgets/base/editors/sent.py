"""What editors of a file and of a picture share: chosen, pasted or dropped, sent at once, and the record's own when the
form is saved."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication, QImage, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QLabel, QWidget

from services.errors import Cancelled
from services.files.transfer import upload
from services.language import tr
from widgets.base.attachments import copied_picture, dropped_files
from widgets.base.client import Client
from widgets.base.editors.base import Editor
from widgets.base.tasks import Control, TaskSlot

Contents = Callable[[Path | QImage], dict[str, Any]]


class SentEditor(Editor):
    """Value: the id of the attachment, or None. While something is on its way the form cannot be saved.

    Subclasses show it (``retranslate``, ``set_value``) and say what is sent (``_contents``).
    """

    def __init__(self, client: Client, entity: str, field: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.client, self._entity, self._field = client, entity, field
        self._value: int | None = None
        self._read_only = False
        self._sending = TaskSlot(self)
        self.note = QLabel()
        self.note.setProperty("role", "small")
        self.setAcceptDrops(True)

    @property
    def busy(self) -> bool:
        """Whether something is on its way."""
        return self._sending.busy

    def value(self) -> object:
        """The id of the attachment."""
        return self._value

    def set_read_only(self, read_only: bool) -> None:
        """Whether another may be chosen."""
        self._read_only = read_only
        self.setAcceptDrops(not read_only)
        self.retranslate()

    def clear(self) -> None:
        """Nothing there."""
        self.set_value(None)
        self.set_error(None)
        self.changed.emit()

    def send(self, source: Path | QImage) -> None:
        """Send it; it is the record's own once the form is saved."""
        database, entity, field, key = self.client.database, self._entity, self._field, uuid4()
        name = source.name if isinstance(source, Path) else self._name_of_copied()
        contents = self._contents()  # nothing of this widget may live in the thread

        def work(control: Control) -> int:
            return upload(
                database,
                key=key,
                entity=entity,
                record_id=None,
                field=field,
                name=name,
                progress=control.progress,
                check=control.check,
                **contents(source),
            )

        def done(attachment: int) -> None:
            self.set_value(attachment)
            self.changed.emit()

        def failed(error: Exception) -> None:
            self.retranslate()
            if not isinstance(error, Cancelled):
                self.set_error(str(error))

        def advance(sent: int, total: int) -> None:
            self.note.setText(tr("{percent} % sent", percent=sent * 100 // max(total, 1)))

        self.set_error(None)
        self._sending.start(work, done, failed, progress=advance, title=tr("Sending {name}", name=name))
        self.retranslate()

    def _contents(self) -> Contents:
        """What makes of the source the ``source`` (and ``thumbnail``) of the upload, on a pool thread."""
        raise NotImplementedError

    def _name_of_copied(self) -> str:
        """Name of a picture that was copied, not chosen."""
        raise NotImplementedError

    def _nothing_copied(self) -> str:
        """What is said when there is nothing to paste."""
        raise NotImplementedError

    def paste(self) -> None:
        """Take what was copied."""
        if not self._take(QGuiApplication.clipboard().mimeData()):
            self.set_error(self._nothing_copied())

    def _take(self, data: QMimeData | None) -> bool:
        if data is None or self._read_only:
            return False
        paths, image = dropped_files(data), copied_picture(data)
        if paths:
            self.send(paths[0])
        elif image is not None:
            self.send(image)
        return bool(paths) or image is not None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ctrl+V, wherever inside the keyboard is."""
        if event.matches(QKeySequence.StandardKey.Paste):
            self.paste()
        else:
            super().keyPressEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Files and pictures are welcome."""
        if dropped_files(event.mimeData()) or event.mimeData().hasImage():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Take it."""
        if self._take(event.mimeData()):
            event.acceptProposedAction()
