"""One file in a field of a record: chosen, pasted or dropped, sent at once, the record's own when the form is saved."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

from PySide6.QtCore import QMimeData, QSize
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication, QImage, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QFileDialog, QLabel, QPushButton, QSizePolicy, QToolButton, QWidget

from services.errors import Cancelled
from services.files import queries
from services.files.queries import File
from services.files.transfer import upload
from services.language import tr
from widgets.base.attachments import copied_picture, dropped_files
from widgets.base.client import Client
from widgets.base.editors.base import Editor
from widgets.base.file_opening import may_open, open_file, save_file
from widgets.base.icons import icon
from widgets.base.images import as_png
from widgets.base.tasks import Control, TaskSlot


class FileEditor(Editor):
    """Value: the id of the attachment, or None. While a file is on its way the form cannot be saved."""

    def __init__(self, client: Client, entity: str, field: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.client, self._entity, self._field = client, entity, field
        self._value: int | None = None
        self._read_only = False
        self.file: File | None = None
        """The file that is shown, once it was read."""
        self._sending, self._reading = TaskSlot(self), TaskSlot(self)
        self.name_button, self.choose_button, self.clear_button = QPushButton(), QPushButton(), QToolButton()
        self.note = QLabel()
        self.note.setProperty("role", "small")
        self.name_button.setFlat(True)
        self.name_button.setProperty("file", True)
        self.name_button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.name_button.clicked.connect(lambda: self.open())
        self.choose_button.clicked.connect(lambda: self.choose())
        self.clear_button.clicked.connect(lambda: self.clear())
        for button, symbol in ((self.choose_button, "paperclip"), (self.clear_button, "x")):
            button.setIcon(icon(symbol))
            button.setIconSize(QSize(14, 14))
        self.clear_button.setProperty("outlined", True)
        self.take_input(self.name_button, self.note, self.choose_button, self.clear_button)
        self.setFocusProxy(self.choose_button)
        self.setAcceptDrops(True)
        self.retranslate()

    @property
    def busy(self) -> bool:
        """Whether a file is on its way, or the name of the stored one."""
        return self._sending.busy or self._reading.busy

    def value(self) -> object:
        """The id of the attachment."""
        return self._value

    def set_value(self, value: object) -> None:
        """Show a stored file; one on its way is given up."""
        self._sending.drop()
        self._reading.drop()
        self._value = int(str(value)) if value is not None else None
        self.file = None
        self.retranslate()
        if self._value is None:
            return
        database, wanted = self.client.database, self._value

        def work(_control: Control) -> File:
            with database.read_session() as session:
                return queries.file(session, attachment_id=wanted)

        def show(file: File) -> None:
            self.file = file
            self.retranslate()

        self._reading.start(work, show, lambda _error: self.retranslate())

    def set_read_only(self, read_only: bool) -> None:
        """Whether another may be chosen."""
        self._read_only = read_only
        self.setAcceptDrops(not read_only)
        self.retranslate()

    def words(self, value: object) -> str:
        """For comparing two versions of a record."""
        if self.file is not None and value == self.file.id:
            return self.file.name
        return "" if value is None else tr("File no. {number}", number=value)

    def problem(self) -> str | None:
        """A file that is still on its way cannot be saved yet."""
        return tr("The file is still being sent.") if self._sending.busy else None

    def open(self) -> None:
        """Show the file in its program; one that might run something is only saved."""
        if self.file is None:
            return
        (open_file if may_open(self.file) else save_file)(self.client, self.window(), self.file)

    def choose(self) -> None:
        """Ask which file."""
        dialog = QFileDialog(self, tr("Choose a file"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(lambda path: self.send(Path(path)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def clear(self) -> None:
        """No file."""
        self.set_value(None)
        self.set_error(None)
        self.changed.emit()

    def send(self, source: Path | QImage) -> None:
        """Send a file; it is the record's own once the form is saved."""
        database, entity, field, key = self.client.database, self._entity, self._field, uuid4()
        name = source.name if isinstance(source, Path) else f"{tr('Screenshot')}.png"

        def work(control: Control) -> int:
            return upload(
                database,
                as_png(source) if isinstance(source, QImage) else source,
                key=key,
                entity=entity,
                record_id=None,
                field=field,
                name=name,
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
        self._sending.start(work, done, failed, progress=advance, title=tr("Sending {name}", name=name))
        self.retranslate()

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
        """Ctrl+V takes the file or screenshot that was copied."""
        if event.matches(QKeySequence.StandardKey.Paste):
            if not self._take(QGuiApplication.clipboard().mimeData()):
                self.set_error(tr("There is no file in the clipboard."))
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
        name = "" if self._value is None else self.words(self._value)
        self.name_button.setText(name)
        self.name_button.setVisible(bool(name))
        self.name_button.setToolTip(tr("Open {name}", name=name) if name else "")
        self.choose_button.setText(tr("Choose a file…"))
        self.choose_button.setVisible(not self._read_only)
        self.clear_button.setToolTip(tr("Take it away"))
        self.clear_button.setAccessibleName(tr("Take it away"))
        self.clear_button.setVisible(not self._read_only and self._value is not None)
        if self._sending.busy:
            self.note.setText(tr("The file is being sent…"))
        else:
            self.note.setText("" if self._read_only or name else tr("Or drop a file here."))
        self.note.setVisible(bool(self.note.text()))
