"""The files of a record: several at once, by choosing, dropping or pasting; preview, open, save, delete (PLT-32)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from PySide6.QtCore import QEvent, QMimeData, QSize, Qt, Signal
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QGuiApplication,
    QImage,
    QKeyEvent,
    QKeySequence,
    QShowEvent,
)
from PySide6.QtWidgets import QFileDialog, QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from services.changes import Notice
from services.clock import CHINA
from services.commands import Changes
from services.errors import Cancelled
from services.files import commands, queries
from services.files.queries import File
from services.files.transfer import upload
from services.language import tr
from widgets.base.client import Client
from widgets.base.file_opening import open_file, save_file
from widgets.base.file_preview import FilePreview, may_preview
from widgets.base.file_rows import FileRow, SendingRow
from widgets.base.icons import icon
from widgets.base.images import as_png, thumbnail
from widgets.base.style import repolish
from widgets.base.tasks import Control, Task, TaskSlot

FILE: Final = "system.attachment"


def dropped_files(data: QMimeData) -> list[Path]:
    """Files of this PC that were dropped or copied in the file manager."""
    return [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]


def copied_picture(data: QMimeData) -> QImage | None:
    """A picture that was copied, such as a screenshot."""
    if not data.hasImage():
        return None
    image = data.imageData()
    return image if isinstance(image, QImage) and not image.isNull() else None


class AttachmentsPanel(QWidget):
    """The files of the record ``record_id`` of the entity called ``entity``."""

    counted = Signal(int)
    """How many files there are, after every reading."""

    def __init__(
        self, client: Client, entity: str, record_id: int | None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.client, self.entity, self.record_id = client, entity, record_id
        self.files: list[File] = []
        self.rows: list[FileRow] = []
        self.sending: list[SendingRow] = []
        self._task: Task | None = None
        self._slot = TaskSlot(self)
        self._stale = True
        can = client.user.can
        self.may_change = can(f"{entity}.edit") and can(f"{FILE}.create")
        self.may_delete = can(f"{entity}.edit") and can(f"{FILE}.delete")
        self.setAcceptDrops(self.may_change)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setProperty("clear", True)
        self._build()
        client.bus.changed.connect(self._heard)
        self.retranslate()

    def _build(self) -> None:
        self.add_button, self.paste_button, self.hint = QPushButton(), QPushButton(), QLabel()
        for button, symbol, call in (
            (self.add_button, "paperclip", self.choose),
            (self.paste_button, "copy", self.paste),
        ):
            button.setIcon(icon(symbol))
            button.setIconSize(QSize(16, 16))
            if not self.may_change:
                button.hide()
            button.clicked.connect(lambda _checked=False, call=call: call())
        self.hint.setProperty("role", "small")
        self.hint.setWordWrap(True)
        tools = QHBoxLayout()
        tools.setSpacing(8)
        tools.addWidget(self.add_button)
        tools.addWidget(self.paste_button)
        tools.addWidget(self.hint, 1)
        self.empty = QLabel()
        self.empty.setProperty("role", "muted")
        self.empty.hide()
        self._list = QVBoxLayout()
        self._list.setSpacing(2)
        self.frame = QFrame()
        inner = QVBoxLayout(self.frame)
        inner.setContentsMargins(12, 10, 12, 12)
        inner.setSpacing(8)
        inner.addLayout(tools)
        inner.addLayout(self._list)
        inner.addWidget(self.empty)
        inner.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.frame)

    # -- reading

    @property
    def busy(self) -> bool:
        """Whether something is read or sent."""
        return self._slot.busy or self._task is not None

    def set_record(self, record_id: int | None) -> None:
        """Show the files of another record."""
        if record_id != self.record_id:
            self.record_id, self._stale = record_id, True
            if self.isVisible():
                self.refresh()

    def refresh(self) -> None:
        """Read again."""
        self._stale = False
        database, entity, record_id = self.client.database, self.entity, self.record_id
        if record_id is None:
            self._show([])
            return

        def work(_control: Control) -> list[File]:
            with database.read_session() as session:
                return queries.files_of(session, entity=entity, record_id=record_id)

        self._slot.start(work, self._show, self.client.shell.error)

    def showEvent(self, event: QShowEvent) -> None:
        """Files are read when somebody looks at them."""
        super().showEvent(event)
        if self._stale:
            self.refresh()

    def _heard(self, notice: Notice) -> None:
        if notice.entity in (FILE, "*"):
            self._stale = True
            if self.isVisible():
                self.refresh()

    def _show(self, files: list[File]) -> None:
        if [(row.file.id, row.file.name) for row in self.rows] != [(file.id, file.name) for file in files]:
            for row in self.rows:
                self._list.removeWidget(row)
                row.hide()
                row.deleteLater()
            self.rows = [FileRow(self.client, file, may_change=self.may_delete) for file in files]
            for row in self.rows:
                row.wanted.connect(lambda what, file=row.file: self.do(what, file))
                self._list.addWidget(row)
        self.files = files
        self.empty.setVisible(not files and not self.sending)
        self.counted.emit(len(files))

    # -- what is done with a file

    def do(self, what: str, file: File) -> None:
        """Show, open, save or delete a file."""
        if what == "show":
            shown = [one for one in self.files if may_preview(one)]
            FilePreview(self.client, shown, shown.index(file), self.window()).show()
        elif what == "open":
            open_file(self.client, self, file)
        elif what == "save":
            save_file(self.client, self, file)
        elif what == "delete":
            self.delete(file)

    def delete(self, file: File) -> None:
        """Into the recycle bin; the message brings it back."""
        database = self.client.database

        def done(changes: Changes) -> None:
            deletions = list(changes.result["deletions"])
            self.refresh()
            self.client.shell.message(
                tr("{name} lies in the recycle bin.", name=file.name),
                "done",
                (tr("Undo"), lambda: back(deletions)),
            )

        def back(deletions: list[int]) -> None:
            Task(
                self,
                lambda _control: database.write(commands.restore, deletions=deletions),
                lambda _changes: self.refresh(),
                self.client.shell.error,
            )

        Task(
            self,
            lambda _control: database.write(commands.recycle, ids=[file.id]),
            done,
            self.client.shell.error,
            title=tr("Deleting {name}", name=file.name),
        )

    # -- adding

    def choose(self) -> None:
        """Ask which files."""
        dialog = QFileDialog(self, tr("Attach files"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.filesSelected.connect(lambda paths: self.add_files([Path(path) for path in paths]))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def paste(self) -> None:
        """Attach what was copied: files, or a picture such as a screenshot."""
        if not self.may_change or self.record_id is None:
            return
        data = QGuiApplication.clipboard().mimeData()
        if not self._take(data):
            self.client.shell.message(tr("There is no picture and no file in the clipboard."))

    def _take(self, data: QMimeData | None) -> bool:
        if data is None:
            return False
        paths = dropped_files(data)
        image = copied_picture(data) if not paths else None
        if paths:
            self.add_files(paths)
        elif image is not None:
            self.add_picture(image)
        return bool(paths) or image is not None

    def add_files(self, paths: Sequence[Path]) -> None:
        """Send files of this PC, one after the other."""
        for path in paths:
            self._add(SendingRow(path, path.name))

    def add_picture(self, image: QImage) -> None:
        """Send a picture that is no file yet."""
        now = datetime.now(CHINA)
        self._add(SendingRow(image, tr("Screenshot {when}.png", when=f"{now:%Y-%m-%d %H.%M.%S}")))

    def _add(self, row: SendingRow) -> None:
        self.sending.append(row)
        self._list.insertWidget(len(self.sending) - 1, row)
        self.empty.hide()
        row.cancelled.connect(lambda: self._cancel(row))
        row.again.connect(lambda: self._again(row))
        self._next()

    def _cancel(self, row: SendingRow) -> None:
        if self._task is not None and self._sent is row:
            self._task.cancel()
        else:
            self._remove(row)

    def _again(self, row: SendingRow) -> None:
        row.show_error("")
        self._next()

    def _remove(self, row: SendingRow) -> None:
        if row in self.sending:
            self.sending.remove(row)
            self._list.removeWidget(row)
            row.hide()
            row.deleteLater()
        self.empty.setVisible(not self.files and not self.sending)

    def _next(self) -> None:
        """Send the next one that waits; one at a time, as a client has two connections in all."""
        waiting = next((row for row in self.sending if not row.error), None)
        if self._task is not None or waiting is None or self.record_id is None:
            return
        self._sent = row = waiting
        database, entity, record_id = self.client.database, self.entity, self.record_id
        source, name, key = row.source, row.file_name, row.key

        def work(control: Control) -> int:
            bytes_or_path = as_png(source) if isinstance(source, QImage) else source
            return upload(
                database,
                bytes_or_path,
                key=key,
                entity=entity,
                record_id=record_id,
                name=name,
                thumbnail=thumbnail(bytes_or_path),
                progress=control.progress,
                check=control.check,
            )

        def done(_id: int) -> None:
            self._task = None
            self._remove(row)
            self.refresh()
            self._next()

        def failed(error: Exception) -> None:
            self._task = None
            if isinstance(error, Cancelled):
                self._remove(row)
            else:
                row.show_error(str(error))
            self._next()

        self._task = Task(
            self, work, done, failed, progress=row.advance, title=tr("Sending {name}", name=name)
        )

    # -- keyboard, drag and drop

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ctrl+V, wherever inside the keyboard is."""
        if event.matches(QKeySequence.StandardKey.Paste):
            self.paste()
        else:
            super().keyPressEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Files and pictures are welcome."""
        if self.record_id is not None and (dropped_files(event.mimeData()) or event.mimeData().hasImage()):
            event.acceptProposedAction()
            self._mark(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """They went elsewhere."""
        self._mark(False)

    def dropEvent(self, event: QDropEvent) -> None:
        """Attach them."""
        self._mark(False)
        if self._take(event.mimeData()):
            event.acceptProposedAction()

    def _mark(self, above: bool) -> None:
        self.frame.setObjectName("drop" if above else "")
        repolish(self.frame)

    def retranslate(self) -> None:
        """Set every text in the language in force."""
        self.add_button.setText(tr("Attach files…"))
        self.paste_button.setText(tr("Paste"))
        self.paste_button.setToolTip(tr("Attach the picture or the files that were copied (Ctrl+V)"))
        self.hint.setText(tr("Or drop files here; Ctrl+V pastes a screenshot.") if self.may_change else "")
        self.empty.setText(tr("No files yet."))

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
