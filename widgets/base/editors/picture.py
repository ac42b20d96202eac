"""A picture of a record: chosen, pasted or dropped, sent at once, the record's own when the form is saved."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final
from uuid import uuid4

from PySide6.QtCore import QMimeData, QSize, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication, QImage, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractButton,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from services.errors import Cancelled, Refused
from services.files.transfer import upload
from services.language import mark, tr
from widgets.base.attachments import copied_picture, dropped_files
from widgets.base.client import Client
from widgets.base.editors.base import Editor
from widgets.base.icons import icon
from widgets.base.images import PICTURE_FILES, PREVIEWED, as_png, read_picture, thumbnail
from widgets.base.picture_view import PictureView
from widgets.base.tasks import Control, TaskSlot

SIDE: Final = 88


class PictureEditor(Editor):
    """Value: the id of the attachment, or None. While a picture is on its way the form cannot be saved."""

    def __init__(
        self,
        client: Client,
        entity: str,
        field: str,
        parent: QWidget | None = None,
        *,
        symbol: str = "image",
        longest: int | None = None,
    ) -> None:
        """``longest``: the picture is kept as a PNG of at most so many pixels a side, whatever was chosen."""
        super().__init__(parent)
        self.client, self._entity, self._field, self._longest = client, entity, field, longest
        self._value: int | None = None
        self._read_only = False
        self._slot = TaskSlot(self)
        self.view = PictureView(client, SIDE, symbol)
        self.note = QLabel()
        self.note.setProperty("role", "small")
        self.note.setWordWrap(True)
        self.choose_button, self.paste_button, self.clear_button = QPushButton(), QToolButton(), QToolButton()
        row = QHBoxLayout()
        row.setSpacing(6)
        buttons: tuple[tuple[QAbstractButton, str, Callable[[], None]], ...] = (
            (self.choose_button, "image", self.choose),
            (self.paste_button, "copy", self.paste),
            (self.clear_button, "x", self.clear),
        )
        for button, symbol_, call in buttons:
            button.setIcon(icon(symbol_))
            button.setIconSize(QSize(14, 14))
            button.setProperty("outlined", isinstance(button, QToolButton))
            button.clicked.connect(lambda _checked=False, call=call: call())
            row.addWidget(button)
        row.addStretch(1)
        side = QVBoxLayout()
        side.setSpacing(4)
        side.addLayout(row)
        side.addWidget(self.note)
        side.addStretch(1)
        body = QWidget()
        layout = QHBoxLayout(body)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        layout.addWidget(self.view, 0, Qt.AlignmentFlag.AlignTop)
        layout.addLayout(side, 1)
        self.take_input(body)
        self.setFocusProxy(self.choose_button)
        self.setAcceptDrops(True)
        self.retranslate()

    @property
    def busy(self) -> bool:
        """Whether a picture is on its way."""
        return self._slot.busy

    def value(self) -> object:
        """The id of the attachment."""
        return self._value

    def set_value(self, value: object) -> None:
        """Show a stored picture; one on its way is given up."""
        self._slot.drop()
        self._value = int(str(value)) if value is not None else None
        self.view.set_attachment(self._value)
        self.retranslate()

    def set_read_only(self, read_only: bool) -> None:
        """Whether another may be chosen."""
        self._read_only = read_only
        self.setAcceptDrops(not read_only)
        self.retranslate()

    def words(self, value: object) -> str:
        """For comparing two versions of a record."""
        return "" if value is None else tr("Picture no. {number}", number=value)

    def problem(self) -> str | None:
        """A picture that is still on its way cannot be saved yet."""
        return tr("The picture is still being sent.") if self._slot.busy else None

    def choose(self) -> None:
        """Ask which file."""
        dialog = QFileDialog(self, tr("Choose a picture"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilter(tr("Pictures ({kinds})", kinds=PICTURE_FILES))
        dialog.fileSelected.connect(lambda path: self.send(Path(path)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def paste(self) -> None:
        """Take the picture that was copied."""
        if not self._take(QGuiApplication.clipboard().mimeData()):
            self.set_error(tr("There is no picture in the clipboard."))

    def _take(self, data: QMimeData | None) -> bool:
        if data is None or self._read_only:
            return False
        paths, image = dropped_files(data), copied_picture(data)
        if paths:
            self.send(paths[0])
        elif image is not None:
            self.send(image)
        return bool(paths) or image is not None

    def clear(self) -> None:
        """No picture."""
        self.set_value(None)
        self.set_error(None)
        self.changed.emit()

    def send(self, source: Path | QImage) -> None:
        """Send a picture; it is the record's own once the form is saved."""
        database, entity, field, key = self.client.database, self._entity, self._field, uuid4()
        longest = self._longest
        name = source.name if isinstance(source, Path) else f"{field.removesuffix('_id')}.png"

        def work(control: Control) -> int:
            data = _bytes_of(source)
            image = read_picture(data, longest=longest or 256)  # says in words why something is no picture
            if longest is not None:
                data = as_png(image)
            return upload(
                database,
                data,
                key=key,
                entity=entity,
                record_id=None,
                field=field,
                name=name,
                thumbnail=thumbnail(data),
                progress=control.progress,
                check=control.check,
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
        self._slot.start(work, done, failed, progress=advance, title=tr("Sending {name}", name=name))
        self.note.setText(tr("The picture is being sent…"))

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

    def retranslate(self) -> None:
        """Set every text in the language in force."""
        self.choose_button.setText(tr("Choose a picture…"))
        for tool, tip in ((self.paste_button, tr("Paste (Ctrl+V)")), (self.clear_button, tr("Take it away"))):
            tool.setToolTip(tip)
            tool.setAccessibleName(tip)
        for button in (self.choose_button, self.paste_button):
            button.setVisible(not self._read_only)
        self.clear_button.setVisible(not self._read_only and self._value is not None)
        self.note.setText("" if self._read_only else tr("Or drop a picture here."))


def _bytes_of(source: Path | QImage) -> bytes:
    if isinstance(source, QImage):
        return as_png(source)
    try:
        if source.stat().st_size > PREVIEWED:
            raise Refused(mark("This picture is too large: 64 MB are the most."))
        return source.read_bytes()
    except OSError as error:
        raise Refused(
            mark("{name} cannot be read: {error}"), name=source.name, error=error.strerror or str(error)
        ) from error
