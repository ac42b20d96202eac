"""The line under a table: page n of m with a jump, page size, totals of the page and of the whole result."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QEvent, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QLineEdit, QToolButton, QWidget

from services.entity import Kind
from services.language import tr
from widgets.base.card import Elided
from widgets.base.formatting import number_text
from widgets.base.icons import icon

SIZES: Final = (10, 20, 30, 50, 100)
CONTINUOUS: Final = 0
"""The page size that stands for scrolling through all."""


class ListFooter(QWidget):
    """Emits what is asked; the list says what is so."""

    page_asked = Signal(int)
    """Number of a page, from 1."""
    size_asked = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.page, self.pages, self.per_page = 1, 1, 30
        self._known = False
        self.back, self.on = QToolButton(), QToolButton()
        self.back.setIcon(icon("chevron-left"))
        self.on.setIcon(icon("chevron-right"))
        self.number = QLineEdit("1")
        self.number.setFixedWidth(64)
        self.number.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._of, self._each, self.totals = QLabel(), QLabel(), Elided()
        self._sums: tuple[str, str] = ("", "")
        """The totals in full, and those of the whole result alone for where there is less room."""
        for label in (self._of, self._each, self.totals):
            label.setProperty("role", "muted")
        self.sizes = QComboBox()
        for size in (*SIZES, CONTINUOUS):
            self.sizes.addItem("", size)
        self.back.clicked.connect(lambda: self.page_asked.emit(self.page - 1))
        self.on.clicked.connect(lambda: self.page_asked.emit(self.page + 1))
        self.number.returnPressed.connect(self._jump)
        self.sizes.currentIndexChanged.connect(lambda: self.size_asked.emit(self.sizes.currentData()))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 4, 12, 6)
        layout.setSpacing(6)
        for widget in (self.back, self.number, self._of, self.on):
            layout.addWidget(widget)
        layout.addSpacing(10)
        layout.addWidget(self._each)
        layout.addWidget(self.sizes)
        layout.addStretch(1)
        layout.addWidget(self.totals)
        self.totals.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.retranslate()

    def show_page(self, page: int, pages: int, *, known: bool) -> None:
        """Page ``page`` of ``pages``; ``known`` is False while they are still being counted."""
        self.page, self.pages, self._known = page, max(1, pages), known
        if not self.number.hasFocus() or self.number.text() == "":
            self.number.setText(str(page))
        of = number_text(self.pages, Kind.INTEGER) if known else "…"
        self._of.setText(tr("of {pages} pages", pages=of))
        self.back.setEnabled(page > 1)
        self.on.setEnabled(not known or page < self.pages)

    def show_size(self, size: int) -> None:
        """The page size in force; CONTINUOUS hides the pages."""
        self.per_page = size
        with QSignalBlocker(self.sizes):
            self.sizes.setCurrentIndex(self.sizes.findData(size))
        for widget in (self.back, self.number, self._of, self.on):
            widget.setVisible(size != CONTINUOUS)

    def show_totals(self, parts: Sequence[tuple[str, str, str | None]]) -> None:
        """Title, sum of the page and sum of the result (None while it is counted) of each column."""
        texts = [
            tr("{title}: page {page} · all {all}", title=title, page=page, all=whole or "…")
            for title, page, whole in parts
        ]
        short = [
            tr("{title}: all {all}", title=title, all=whole or "…") if whole else texts[at]
            for at, (title, _page, whole) in enumerate(parts)
        ]
        self._sums = ("      ".join(texts), "      ".join(short))
        self._fit()

    def _fit(self) -> None:
        whole, short = self._sums
        before = (self.back, self.number, self._of, self.on, self._each, self.sizes)
        taken = sum(each.sizeHint().width() + 6 for each in before if not each.isHidden()) + 40
        fits = self.totals.fontMetrics().horizontalAdvance(whole) <= self.width() - taken
        self.totals.setText(whole if fits else short)
        self.totals.setToolTip(whole)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width: more or less of the totals fits."""
        super().resizeEvent(event)
        self._fit()

    def ask(self) -> None:
        """The keyboard into the number of the page."""
        self.number.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.number.selectAll()

    def _jump(self) -> None:
        text = self.number.text().strip().replace(",", "")
        if text.isdecimal() and text.isascii() and int(text) >= 1:
            self.page_asked.emit(min(int(text), self.pages) if self._known else int(text))
        self.number.setText(str(self.page))
        self.number.selectAll()

    def retranslate(self) -> None:
        """Set every text."""
        self.back.setToolTip(tr("Previous page (PgUp)"))
        self.on.setToolTip(tr("Next page (PgDn)"))
        self.back.setAccessibleName(tr("Previous page"))
        self.on.setAccessibleName(tr("Next page"))
        self.number.setToolTip(tr("Go to a page: type its number and press Enter (Ctrl+G)"))
        self._each.setText(tr("Per page"))
        self.sizes.setAccessibleName(tr("Rows per page"))
        for place in range(self.sizes.count()):
            size = self.sizes.itemData(place)
            self.sizes.setItemText(place, tr("Continuous") if size == CONTINUOUS else str(size))
        self.show_page(self.page, self.pages, known=self._known)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
