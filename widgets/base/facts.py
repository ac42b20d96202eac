"""Small titled cards of captions and values, as panels beside a form show them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from widgets.base.card import Elided


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of a card: caption, value, muted words before the value, the value's tone."""

    caption: str
    value: str
    beside: str = ""
    tone: str = ""


class FactsCard(QFrame):
    """A titled card of caption and value rows."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", True)
        self.title = QLabel()
        self.title.setProperty("role", "heading")
        self.title.setWordWrap(True)
        self.note = QLabel()
        self.note.setProperty("role", "small")
        head = QWidget()
        head.setProperty("card_head", True)
        top = QGridLayout(head)
        top.setContentsMargins(12, 6, 12, 6)
        top.addWidget(self.title, 0, 0)
        top.addWidget(self.note, 0, 1, Qt.AlignmentFlag.AlignRight)
        top.setColumnStretch(0, 1)
        self._body = QWidget()
        self._rows = QGridLayout(self._body)
        self._rows.setContentsMargins(12, 6, 12, 8)
        self._rows.setVerticalSpacing(5)
        self._rows.setHorizontalSpacing(8)
        self._rows.setColumnStretch(0, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(1, 1, 1, 1)
        layout.setSpacing(0)
        layout.addWidget(head)
        layout.addWidget(self._body)

    def show_entries(self, title: str, entries: Iterable[Entry], *, note: str = "", empty: str = "") -> None:
        """Show ``entries`` below ``title``; ``empty`` where there are none."""
        while (item := self._rows.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self.title.setText(title)
        self.note.setText(note)
        row = 0
        for entry in entries:
            self._add(row, entry)
            row += 1
        if not row:
            nothing = QLabel(empty)
            nothing.setProperty("role", "small")
            nothing.setWordWrap(True)
            self._rows.addWidget(nothing, 0, 0, 1, 3)

    def texts(self) -> list[tuple[str, str]]:
        """Caption and value of every row, as shown."""
        found = []
        for row in range(self._rows.rowCount()):
            caption, value = self._text(row, 0), self._text(row, 2)
            if caption or value:
                found.append((caption, value))
        return found

    def _text(self, row: int, column: int) -> str:
        item = self._rows.itemAtPosition(row, column)
        widget = item.widget() if item is not None else None
        return widget.text() if isinstance(widget, QLabel) else ""

    def _add(self, row: int, entry: Entry) -> None:
        # the words give way, the figures never
        caption, beside, value = Elided(), QLabel(entry.beside), QLabel(entry.value)
        caption.setText(entry.caption)
        caption.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        caption.setProperty("role", "muted")
        beside.setProperty("role", "small")
        if entry.tone:
            value.setProperty("tone", entry.tone)
        right = Qt.AlignmentFlag.AlignRight
        self._rows.addWidget(caption, row, 0)
        self._rows.addWidget(beside, row, 1, right)
        self._rows.addWidget(value, row, 2, right)
