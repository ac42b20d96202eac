"""A file in its own program: fetched into a folder of this run, which goes with it."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Final

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QWidget

from services.errors import Cancelled
from services.files.queries import EXECUTABLE, File
from services.files.transfer import download, safe_name
from services.language import tr
from widgets.base.client import Client
from widgets.base.tasks import Control, Task

OPENED: Final = frozenset(
    (
        *("pdf", "ofd", "txt", "csv", "md", "log", "eml", "msg"),
        *("png", "jpg", "jpeg", "gif", "bmp", "webp", "tif", "tiff", "heic", "svg", "dwg", "dxf"),
        *("doc", "docx", "dot", "dotx", "rtf", "odt", "wps", "vsd", "vsdx"),
        *("xls", "xlsx", "et", "ods", "ppt", "pptx", "dps", "odp"),
        *("zip", "rar", "7z", "mp3", "wav", "m4a", "mp4", "mov", "avi", "mkv"),
    )
)
"""Endings of files that are opened with their program. Others, programs and scripts above all, are only saved: a
double click on a file from a colleague must not run anything."""


def may_open(file: File) -> bool:
    """Whether ``file`` is opened with its program."""
    ending = file.name.rpartition(".")[2].casefold()
    return "." in file.name and ending in OPENED and file.type != EXECUTABLE


@cache
def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="shuke-files-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def open_file(client: Client, parent: QWidget, file: File) -> None:
    """Fetch ``file`` and hand it to its program."""
    place = _folder() / str(file.id)

    def show(path: Path) -> None:
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(path))):
            client.shell.message(tr("This PC has no program for {name}.", name=file.name), "warning")

    _fetch(client, parent, file, place / safe_name(file.name), show)


def save_file(client: Client, parent: QWidget, file: File) -> None:
    """Ask where to, and fetch ``file`` there."""
    dialog = QFileDialog(parent, tr("Save as"))
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.selectFile(safe_name(file.name))
    dialog.fileSelected.connect(lambda path: save_to(client, parent, file, Path(path)))
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()


def save_to(client: Client, parent: QWidget, file: File, target: Path) -> None:
    """Fetch ``file`` to ``target``."""
    _fetch(
        client,
        parent,
        file,
        target,
        lambda path: client.shell.message(tr("Saved: {path}", path=path), "done"),
    )


def _fetch(client: Client, parent: QWidget, file: File, target: Path, done: Callable[[Path], None]) -> None:
    database = client.database

    def work(control: Control) -> Path:
        target.parent.mkdir(parents=True, exist_ok=True)
        return download(
            database,
            file.id,
            target,
            size=file.size,
            digest=file.digest,
            progress=control.progress,
            check=control.check,
        )

    def failed(error: Exception) -> None:
        if not isinstance(error, Cancelled):
            client.shell.error(error)

    Task(parent, work, done, failed, title=tr("Fetching {name}", name=file.name))
