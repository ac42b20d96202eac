"""What the workspace knows of a page: its key, and the few things a page may offer.

A page is any QWidget. Every member of ``Page`` is optional; the workspace uses those that are there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Protocol

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from services.errors import ShukeError
from services.language import tr
from widgets.base.sleeping import Sleeper

HISTORY: Final = "history"
"""View of a page that shows what was changed in a record."""
TABLE: Final = "table"
"""View of a kind whose own page is no list, such as users: its records as a list, with what every list offers."""


@dataclass(frozen=True, slots=True)
class PageKey:
    """What a tab shows: an entity, a view of it (``list``, ``record``, ``new``, HISTORY), a record's id."""

    entity: str
    view: str = "list"
    record: int | None = None

    def as_list(self) -> list[str | int | None]:
        """Its shape in JSON."""
        return [self.entity, self.view, self.record]

    @classmethod
    def from_list(cls, values: object) -> PageKey:
        """The key written as ``values``; ValueError if it is none."""
        match values:
            case [str(entity), str(view), int() | None as record]:
                return cls(entity, view, record)
        raise ValueError(f"not a page key: {values!r}")


class Page(Protocol):
    """What a page may offer. All of it is optional. ``title_changed`` and ``dirty_changed`` are signals
    without arguments."""

    title_changed: Any
    dirty_changed: Any

    def title(self) -> str:
        """Text of the tab."""

    def dirty(self) -> bool:
        """True while typed input is not saved; the tab shows ●."""

    def can_close(self) -> bool:
        """Asked before closing; False keeps the page (it then says why, inside itself)."""

    def given_up(self) -> None:
        """It closes for certain, as do all others that were asked with it: what is unsaved is given up."""

    def on_shown(self) -> None:
        """The tab came to the front."""

    def on_hidden(self) -> None:
        """The tab went behind another."""

    def state(self) -> dict[str, Any]:
        """What to remember of the page across a restart, as JSON."""

    def restore(self, state: dict[str, Any]) -> None:
        """Take up what ``state`` returned before."""


PageFactory = Callable[[PageKey], QWidget]


class Holder(Sleeper):
    """What stands in a tab: makes its page when it is first shown, and carries it from group to group."""

    changed = Signal()

    def __init__(self, key: PageKey, factory: PageFactory, title: str, state: dict[str, Any] | None) -> None:
        super().__init__()
        self.key = key
        self.page: QWidget | None = None
        self._factory = factory
        self._title = title
        self._state = state
        self._error: QWidget | None = None
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)

    def title(self) -> str:
        """The page's own title; before there is a page, the one remembered."""
        return str(self._ask("title", "") or self._title)

    def dirty(self) -> bool:
        """True while the page holds unsaved input."""
        return bool(self._ask("dirty", False))

    def can_close(self) -> bool:
        """Whether the page lets itself be closed."""
        return bool(self._ask("can_close", True))

    def given_up(self) -> None:
        """It closes for certain: what the page holds unsaved is given up."""
        self._tell("given_up")

    def page_state(self) -> dict[str, Any]:
        """What to remember of the page."""
        found = self._ask("state", None) if self.page is not None else self._state
        return found if isinstance(found, dict) else {}

    def make(self) -> None:
        """Make the page now if there is none. A page that cannot be made leaves its reason and a button."""
        if self.page is not None:
            return
        if self._error is not None:
            self._error.deleteLater()
            self._error = None
        try:
            page = self._factory(self.key)
        except Exception as error:
            self._error = _BrokenPage(error, self.make)
            self._layout.addWidget(self._error)
            return
        self.page = page
        # A subclass of QWidget paints the ground of the style sheet only when told to.
        page.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        if page.property("page") is None:
            page.setProperty("page", True)
        self._layout.addWidget(page)
        self.setFocusProxy(page)
        for name in ("title_changed", "dirty_changed"):
            signal = getattr(page, name, None)
            if signal is not None:
                signal.connect(self.changed)
        if self._state:
            self._tell("restore", self._state)
        self.changed.emit()

    def showEvent(self, event: QShowEvent) -> None:
        """First shown: make the page."""
        super().showEvent(event)
        if not event.spontaneous():
            self.make()
            self._tell("on_shown")

    def hideEvent(self, event: QHideEvent) -> None:
        """Behind another tab now."""
        super().hideEvent(event)
        if not event.spontaneous():
            self._tell("on_hidden")

    def _ask(self, name: str, otherwise: object) -> object:
        method = getattr(self.page, name, None) if self.page is not None else None
        return method() if callable(method) else otherwise

    def _tell(self, name: str, *arguments: object) -> None:
        method = getattr(self.page, name, None) if self.page is not None else None
        if callable(method):
            method(*arguments)


class _BrokenPage(QWidget):
    def __init__(self, error: Exception, again: Callable[[], None]) -> None:
        super().__init__()
        self.setProperty("page", True)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._error = error
        self._label = QLabel()
        self._label.setWordWrap(True)
        self._button = QPushButton()
        self._button.clicked.connect(lambda: again())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.addWidget(self._label)
        layout.addWidget(self._button)
        layout.addStretch(1)
        self.retranslate()

    def retranslate(self) -> None:
        text = str(self._error) if isinstance(self._error, ShukeError) else repr(self._error)
        self._label.setText(tr("This page could not be opened: {error}", error=text))
        self._button.setText(tr("Try again"))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
