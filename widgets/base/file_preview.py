"""Pictures and PDF files in a window of their own: the next and the one before, pages, zoom, open, save."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QImage, QKeySequence, QPixmap, QResizeEvent, QShortcut
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QScrollArea, QToolButton, QVBoxLayout, QWidget

from services.errors import Cancelled
from services.files.queries import File
from services.files.transfer import fetch
from services.language import tr
from widgets.base.card import Elided
from widgets.base.client import Client
from widgets.base.file_opening import may_open, open_file, save_file
from widgets.base.icons import icon
from widgets.base.images import PREVIEWED, fitted, pdf_page, pdf_pages, read_picture
from widgets.base.progress import TaskProgress
from widgets.base.tasks import Control, TaskSlot

SHARP: Final = 2400
"""Longest side in pixels to which pictures and pages are unpacked: sharp at twice the window."""


def may_preview(file: File) -> bool:
    """Whether ``file`` is of a kind that is shown here."""
    return (file.is_picture or file.is_pdf) and file.size <= PREVIEWED


class FilePreview(QDialog):
    """Begins with ``files[at]``. Not modal: one may look at a contract and type at once."""

    shown = Signal()
    """A page is on screen, or what is wrong with it."""

    def __init__(self, client: Client, files: Sequence[File], at: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowFlag(Qt.WindowType.WindowMaximizeButtonHint)
        self.client, self.files, self.at = client, list(files), at
        self.page, self.pages = 0, 1
        self.image: QImage | None = None
        self._data = b""
        self._whole = False
        self._slot = TaskSlot(self)
        self.name, self.place = Elided(), QLabel()
        self.name.setProperty("role", "heading")
        self.place.setProperty("role", "small")
        self.picture = QLabel()
        self.picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.picture.setWordWrap(True)
        self.picture.setTextFormat(Qt.TextFormat.PlainText)
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setWidget(self.picture)
        self.progress = TaskProgress()
        self.tools: dict[str, QToolButton] = {}
        head = QHBoxLayout()
        head.setSpacing(6)
        head.addWidget(self.name, 1)
        head.addWidget(self.place)
        for key, symbol, call in (
            ("page_back", "chevron-up", lambda: self.turn(-1)),
            ("page_on", "chevron-down", lambda: self.turn(1)),
            ("back", "arrow-left", lambda: self.step(-1)),
            ("on", "arrow-right", lambda: self.step(1)),
            ("zoom", "zoom-in", self.zoom),
            ("open", "external-link", lambda: open_file(client, self, self.file)),
            ("save", "download", lambda: save_file(client, self, self.file)),
        ):
            button = QToolButton()
            button.setIcon(icon(symbol))
            button.setAutoRaise(True)
            button.clicked.connect(lambda _checked=False, call=call: call())
            head.addWidget(button)
            self.tools[key] = button
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 10, 12, 12)
        layout.setSpacing(8)
        layout.addLayout(head)
        layout.addWidget(self.progress)
        layout.addWidget(self.area, 1)
        for keys, step in (
            (Qt.Key.Key_Left, self.tools["back"]),
            (Qt.Key.Key_Right, self.tools["on"]),
            (Qt.Key.Key_PageUp, self.tools["page_back"]),
            (Qt.Key.Key_PageDown, self.tools["page_on"]),
        ):
            QShortcut(QKeySequence(keys), self).activated.connect(step.click)
        self.resize(QSize(900, 680))
        self.retranslate()
        self.load()

    @property
    def file(self) -> File:
        """The file shown."""
        return self.files[self.at]

    def step(self, by: int) -> None:
        """Another file."""
        if 0 <= self.at + by < len(self.files):
            self.at += by
            self.load()

    def turn(self, by: int) -> None:
        """Another page of a PDF."""
        if 0 <= self.page + by < self.pages:
            self.page += by
            self._unpack()

    def zoom(self) -> None:
        """Between the whole page and every point of it."""
        self._whole = not self._whole
        self._fit()
        self.retranslate()

    def load(self) -> None:
        """Fetch the file and show it."""
        self._data, self.image, self.page, self.pages = b"", None, 0, 1
        self.picture.setPixmap(QPixmap())
        self.retranslate()
        database, file = self.client.database, self.file

        def work(control: Control) -> tuple[bytes, int, QImage]:
            data = fetch(database, file.id, most=PREVIEWED, check=control.check)
            return data, pdf_pages(data) if file.is_pdf else 1, _image(data, 0)

        def done(found: tuple[bytes, int, QImage]) -> None:
            self._data, self.pages, image = found
            self._show(image)

        self.progress.watch(
            self._slot.start(work, done, self._failed, title=tr("Fetching {name}", name=file.name))
        )

    def _unpack(self) -> None:
        data, page = self._data, self.page
        self._slot.start(lambda _control: _image(data, page), self._show, self._failed)
        self.retranslate()

    def _show(self, image: QImage) -> None:
        self.progress.watch(None)
        self.image = image
        self._fit()
        self.retranslate()
        self.shown.emit()

    def _failed(self, error: Exception) -> None:
        self.progress.watch(None)
        if not isinstance(error, Cancelled):
            self.image = None
            self.picture.setText(str(error))
            self.shown.emit()

    def _fit(self) -> None:
        if self.image is None:
            return
        pixmap = QPixmap.fromImage(self.image)
        scale = self.devicePixelRatioF()
        if not self._whole:
            size = fitted(self.image.size(), (self.area.viewport().size() - QSize(4, 4)) * scale)
            pixmap = pixmap.scaled(
                size, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
            )
        pixmap.setDevicePixelRatio(scale)
        self.picture.setPixmap(pixmap)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The whole page stays on screen."""
        super().resizeEvent(event)
        self._fit()

    def retranslate(self) -> None:
        """Set every text in the language in force, and what can be pressed."""
        self.setWindowTitle(self.file.name)
        self.name.setText(self.file.name)
        told = [tr("Page {page} of {pages}", page=self.page + 1, pages=self.pages)] if self.pages > 1 else []
        if len(self.files) > 1:
            told.append(tr("File {at} of {count}", at=self.at + 1, count=len(self.files)))
        self.place.setText("   ".join(told))
        tips = {
            "page_back": tr("Page before (Page up)"),
            "page_on": tr("Next page (Page down)"),
            "back": tr("File before (←)"),
            "on": tr("Next file (→)"),
            "zoom": tr("Whole page") if self._whole else tr("Full size"),
            "open": tr("Open with its program"),
            "save": tr("Save as…"),
        }
        for key, button in self.tools.items():
            button.setToolTip(tips[key])
            button.setAccessibleName(tips[key])
        self.tools["zoom"].setIcon(icon("zoom-out" if self._whole else "zoom-in"))
        for key in ("page_back", "page_on"):
            self.tools[key].setVisible(self.pages > 1)
        for key in ("back", "on"):
            self.tools[key].setVisible(len(self.files) > 1)
        self.tools["page_back"].setEnabled(self.page > 0)
        self.tools["page_on"].setEnabled(self.page + 1 < self.pages)
        self.tools["back"].setEnabled(self.at > 0)
        self.tools["on"].setEnabled(self.at + 1 < len(self.files))
        self.tools["open"].setVisible(may_open(self.file))

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)


def _image(data: bytes, page: int) -> QImage:
    if data[:1024].find(b"%PDF-") >= 0:
        return pdf_page(data, page, longest=SHARP)
    return read_picture(data, longest=SHARP * 2)
