"""A picture of a record: chosen, pasted or dropped, sent at once, the record's own when the form is saved."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import (
    QAbstractButton,
    QFileDialog,
    QHBoxLayout,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from services.errors import Refused
from services.language import mark, tr
from widgets.base.client import Client
from widgets.base.editors.sent import Contents, SentEditor
from widgets.base.icons import icon
from widgets.base.images import PICTURE_FILES, PREVIEWED, as_png, read_picture, thumbnail
from widgets.base.picture_view import PictureView

SIDE: Final = 88


class PictureEditor(SentEditor):
    """Value: the id of the attachment, or None."""

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
        super().__init__(client, entity, field, parent)
        self._longest = longest
        self.view = PictureView(client, SIDE, symbol)
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
        self.retranslate()

    def set_value(self, value: object) -> None:
        """Show a stored picture; one on its way is given up."""
        self._sending.drop()
        self._value = int(str(value)) if value is not None else None
        self.view.set_attachment(self._value)
        self.retranslate()

    def words(self, value: object) -> str:
        """For comparing two versions of a record."""
        return "" if value is None else tr("Picture no. {number}", number=value)

    def problem(self) -> str | None:
        """A picture that is still on its way cannot be saved yet."""
        return tr("The picture is still being sent.") if self._sending.busy else None

    def choose(self) -> None:
        """Ask which file."""
        dialog = QFileDialog(self, tr("Choose a picture"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilter(tr("Pictures ({kinds})", kinds=PICTURE_FILES))
        dialog.fileSelected.connect(lambda path: self.send(Path(path)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _contents(self) -> Contents:
        longest = self._longest

        def contents(source: Path | QImage) -> dict[str, Any]:
            data = _bytes_of(source)
            image = read_picture(data, longest=longest or 256)  # says in words why something is no picture
            if longest is not None:
                data = as_png(image)
            return {"source": data, "thumbnail": thumbnail(data)}

        return contents

    def _name_of_copied(self) -> str:
        return f"{self._field.removesuffix('_id')}.png"

    def _nothing_copied(self) -> str:
        return tr("There is no picture in the clipboard.")

    def retranslate(self) -> None:
        """Set every text in the language in force."""
        self.choose_button.setText(tr("Choose a picture…"))
        for tool, tip in ((self.paste_button, tr("Paste (Ctrl+V)")), (self.clear_button, tr("Take it away"))):
            tool.setToolTip(tip)
            tool.setAccessibleName(tip)
        for button in (self.choose_button, self.paste_button):
            button.setVisible(not self._read_only)
        self.clear_button.setVisible(not self._read_only and self._value is not None)
        if self._sending.busy:
            self.note.setText(tr("The picture is being sent…"))
        else:
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
