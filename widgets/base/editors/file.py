"""One file in a field of a record: chosen, pasted or dropped, sent at once, the record's own when the form is saved."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSize
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFileDialog, QPushButton, QSizePolicy, QToolButton, QWidget

from services.files import queries
from services.files.queries import File
from services.language import tr
from widgets.base.client import Client
from widgets.base.editors.sent import Contents, SentEditor
from widgets.base.file_opening import may_open, open_file, save_file
from widgets.base.icons import icon
from widgets.base.images import as_png
from widgets.base.tasks import Control, TaskSlot


class FileEditor(SentEditor):
    """Value: the id of the attachment, or None."""

    def __init__(self, client: Client, entity: str, field: str, parent: QWidget | None = None) -> None:
        super().__init__(client, entity, field, parent)
        self.file: File | None = None
        """The file that is shown, once it was read."""
        self._reading = TaskSlot(self)
        self.name_button, self.choose_button, self.clear_button = QPushButton(), QPushButton(), QToolButton()
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
        self.retranslate()

    @property
    def busy(self) -> bool:
        """Whether a file is on its way, or the name of the stored one."""
        return self._sending.busy or self._reading.busy

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

    def _contents(self) -> Contents:
        return lambda source: {"source": as_png(source) if isinstance(source, QImage) else source}

    def _name_of_copied(self) -> str:
        return f"{tr('Screenshot')}.png"

    def _nothing_copied(self) -> str:
        return tr("There is no file in the clipboard.")

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
