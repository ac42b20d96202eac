"""One line per file: what it is and what can be done with it; and one per file that is still on its way."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QImage, QMouseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QToolButton, QVBoxLayout, QWidget

from services.clock import CHINA
from services.files.queries import File
from services.language import tr
from widgets.base.card import Elided
from widgets.base.client import Client
from widgets.base.file_opening import may_open
from widgets.base.file_preview import may_preview
from widgets.base.icons import icon
from widgets.base.images import read_picture
from widgets.base.picture_view import PictureView

SYMBOLS = (
    ("image/", "image"),
    ("application/pdf", "file-text"),
    ("text/", "file-text"),
    ("application/x-executable", "triangle-alert"),
)
SHEETS = (".xls", ".xlsx", ".csv", ".et", ".ods")


def symbol_of(file: File) -> str:
    """Name of the icon that stands for a file without a thumbnail."""
    if file.name.casefold().endswith(SHEETS):
        return "file-spreadsheet"
    return next((name for start, name in SYMBOLS if file.type.startswith(start)), "paperclip")


def size_text(size: int) -> str:
    """A number of bytes as people say it."""
    if size < 1024:
        return tr("{size} B", size=size)
    for unit, bytes_ in (("GB", 1024**3), ("MB", 1024**2)):
        if size >= bytes_:
            return f"{size / bytes_:.1f} {unit}"
    return f"{max(1, round(size / 1024))} KB"


def tool(symbol: str, token: str = "muted") -> QToolButton:
    """A small button with an icon."""
    button = QToolButton()
    button.setIcon(icon(symbol, token))
    button.setIconSize(QSize(16, 16))
    button.setAutoRaise(True)
    return button


class FileRow(QFrame):
    """A file that is there."""

    wanted = Signal(str)
    """What its buttons ask for: show, open, save or delete."""

    def __init__(
        self, client: Client, file: File, *, may_change: bool, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.client, self.file = client, file
        self.small = PictureView(client, 40, symbol_of(file))
        if file.thumbnail:
            self.small.show_image(_safe(file.thumbnail))
        self.small.clicked.connect(self._main)
        self.name, self.note = Elided(), QLabel()
        self.note.setProperty("role", "small")
        self.buttons = {
            "show": tool("eye"),
            "open": tool("external-link"),
            "save": tool("download"),
            "delete": tool("trash-2", "bad"),
        }
        offered = {"show": may_preview(file), "open": may_open(file), "delete": may_change}
        for key, able in offered.items():
            if not able:
                self.buttons[key].hide()
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self.name)
        words.addWidget(self.note)
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 3, 4, 3)
        row.setSpacing(10)
        row.addWidget(self.small)
        row.addLayout(words, 1)
        for key, button in self.buttons.items():
            button.clicked.connect(lambda _checked=False, key=key: self.wanted.emit(key))
            row.addWidget(button)
        self.retranslate()

    def _main(self) -> None:
        self.wanted.emit("show" if may_preview(self.file) else "open" if may_open(self.file) else "save")

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """What one most likely wants."""
        self._main()

    def retranslate(self) -> None:
        """Set every text in the language in force."""
        file = self.file
        self.name.setText(file.name)
        told = (
            size_text(file.size),
            self.client.dictionary.user(file.created_by),
            f"{file.created_at.astimezone(CHINA):%Y-%m-%d %H:%M}",
        )
        self.note.setText(" · ".join(part for part in told if part))
        for key, tip in (
            ("show", tr("Preview")),
            ("open", tr("Open with its program")),
            ("save", tr("Save as…")),
            ("delete", tr("Delete")),
        ):
            self.buttons[key].setToolTip(tip)
            self.buttons[key].setAccessibleName(f"{tip}: {file.name}")

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)


def _safe(data: bytes) -> QImage | None:
    try:
        return read_picture(data, longest=256)
    except Exception:  # a thumbnail that somebody made by hand: the icon stands there instead
        return None


class SendingRow(QFrame):
    """A file on its way. ``source`` is its path, or its bytes, or a picture from the clipboard."""

    cancelled = Signal()
    again = Signal()

    def __init__(self, source: Path | bytes | QImage, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.source, self.file_name, self.key = source, name, uuid4()
        """The key under which it is attached, however often it is tried."""
        self.error = ""
        self.name, self.note, self.bar = Elided(), QLabel(), QProgressBar()
        self.note.setProperty("role", "small")
        self.note.setWordWrap(True)
        self.note.setTextFormat(Qt.TextFormat.PlainText)
        self.bar.setTextVisible(False)
        self.bar.setFixedWidth(160)
        self.bar.setRange(0, 0)
        self.stop, self.retry = tool("x"), tool("refresh-cw")
        self.stop.clicked.connect(self.cancelled)
        self.retry.clicked.connect(self.again)
        self.retry.hide()
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self.name)
        words.addWidget(self.note)
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 3, 4, 3)
        row.setSpacing(10)
        row.addLayout(words, 1)
        row.addWidget(self.bar)
        row.addWidget(self.retry)
        row.addWidget(self.stop)
        self._done = self._total = 0
        self.retranslate()

    def advance(self, done: int, total: int) -> None:
        """So many bytes of so many are sent."""
        self._done, self._total = done, total
        # a progress bar counts in 32 bits
        self.bar.setRange(0, 1000 if total else 0)
        self.bar.setValue(done * 1000 // total if total else 0)
        self.retranslate()

    def show_error(self, text: str) -> None:
        """What went wrong; it may be tried again."""
        self.error = text
        self.bar.setVisible(not text)
        self.retry.setVisible(bool(text))
        self.note.setProperty("tone", "bad" if text else "")
        self.retranslate()

    def retranslate(self) -> None:
        """Set every text in the language in force."""
        self.name.setText(self.file_name)
        if self.error:
            self.note.setText(self.error)
        elif self._total:
            self.note.setText(
                tr("{done} of {total} sent", done=size_text(self._done), total=size_text(self._total))
            )
        else:
            self.note.setText(tr("Waits to be sent"))
        self.stop.setToolTip(tr("Cancel"))
        self.stop.setAccessibleName(tr("Cancel"))
        self.retry.setToolTip(tr("Try again"))
        self.retry.setAccessibleName(tr("Try again"))

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
