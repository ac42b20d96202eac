"""The cell in which a product is typed: by name, model, number, bar code or pinyin, with what is found below it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from services.errors import Cancelled
from services.language import tr
from services.products.queries import ProductHit
from services.typed import plain_digits
from widgets.base.editors.popup import Option, PickPopup
from widgets.base.tasks import Control, TaskSlot

DELAY = 40
"""Milliseconds without a key before the server is asked."""
WIDTH = 460
Search = Callable[[str], Sequence[ProductHit]]
"""Finds products; called on a pool thread."""


class ProductLine(QLineEdit):
    """One line of text that finds products while typing.

    ``chosen`` carries the ProductHit, ``wanted_new`` the words for which "+ New product" was picked. Enter before
    the answer is there (a scanner is faster than the server) takes the first hit when it comes.
    """

    chosen = Signal(object)
    wanted_new = Signal(str)
    failed = Signal(object)
    nothing_found = Signal(str)

    def __init__(self, search: Search, may_create: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._search = search
        self._may_create = may_create
        self._slot = TaskSlot(self)
        self._waiting = False
        self._hits: Sequence[ProductHit] = ()
        self._words: str | None = None
        self.popup = PickPopup(self)
        self.popup.chosen.connect(self._take)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DELAY)
        self._timer.timeout.connect(self._ask)
        self.textEdited.connect(self._typed)

    @property
    def untouched(self) -> bool:
        """Nothing was typed since it was opened."""
        return self._words is None

    def enter(self) -> bool:
        """Take what is marked; True if the cell is to be left at once, False if an answer is awaited or taken."""
        if self.untouched or not self.text().strip():
            return True
        option = self.popup.current()
        if self._timer.isActive() or self._slot.busy or option is None:
            self._waiting = True
            if not self._slot.busy:
                self._ask()
        else:
            self.popup.hide()
            self._take(option)
        return False

    def show_all(self) -> None:
        """Offer the first products by name (F2 in an empty cell)."""
        self._words = self.text()
        self._ask()

    def _typed(self, text: str) -> None:
        self._words = text
        self._waiting = False
        if text.strip():
            self._timer.start()
        else:
            self._timer.stop()
            self._slot.drop()
            self.popup.hide()

    def _ask(self) -> None:
        self._timer.stop()
        words, search = self.text().strip(), self._search

        def work(_control: Control) -> Sequence[ProductHit]:
            return search(words)

        self._slot.start(work, lambda hits: self._found(words, hits), self._failed)

    def _found(self, words: str, hits: Sequence[ProductHit]) -> None:
        self._hits = hits
        if self._waiting and hits:
            self._waiting = False
            self.popup.hide()
            self.chosen.emit(hits[0])
            return
        if self._waiting:
            self._waiting = False
            self.nothing_found.emit(words)
        options = [self._option(hit) for hit in hits]
        if self._may_create and words:
            options.append(Option(None, tr("+ New product “{name}”", name=words), action=True))
        self.popup.offer(options, select=0 if hits else -1, width=max(self.width(), WIDTH))

    def _option(self, hit: ProductHit) -> Option:
        stock = "" if hit.free is None else tr("Stock {quantity}", quantity=plain_digits(hit.free))
        price = plain_digits(hit.price, 2)
        number = hit.number if hit.active else f"{hit.number} · {tr('Discontinued')}"
        return Option(hit, hit.label, number, f"{stock}    {price}".strip())

    def _take(self, option: Any) -> None:
        assert isinstance(option, Option)
        if option.action:
            self.wanted_new.emit(self.text().strip())
        else:
            self.chosen.emit(option.value)

    def _failed(self, error: Exception) -> None:
        if not isinstance(error, Cancelled):
            self._waiting = False
            self.failed.emit(error)
