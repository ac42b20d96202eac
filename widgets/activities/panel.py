"""A panel of the workbench: a card that reads its own data beside the screen and keeps itself fresh."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QEvent, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QMouseEvent, QShowEvent
from PySide6.QtWidgets import QMenu, QWidget

from services.changes import Notice
from services.errors import ShukeError
from services.language import tr
from widgets.base.card import Card
from widgets.base.client import Client
from widgets.base.icons import icon
from widgets.base.tasks import Control, TaskSlot

SETTLE = 400
"""Milliseconds after a notice until the panel reads again: one posting changes several tables."""


@dataclass(frozen=True, slots=True)
class PanelKind:
    """One panel that there is. ``title`` is a source string; ``right`` who may see it, empty for everybody."""

    key: str
    title: str
    right: str
    entities: frozenset[str]
    """Entity keys after whose change it reads again."""
    make: Callable[[Client, PanelKind], Panel]
    read: Callable[[Any], Any]
    """What it shows, as plain frozen data, from a session; see services.analysis.workbench."""
    width: int = 2
    """In sixths of the page."""
    weight: int = 2
    """Share of the height."""


class Panel(Card):
    """Base of all panels. Subclasses give ``show_data`` and ``retranslate_body``."""

    close_wanted = Signal(object)
    """Carries the panel."""
    move_wanted = Signal(object, int)
    dropped = Signal(object, object)
    """The panel and the global QPoint where it was let go."""

    def __init__(self, client: Client, kind: PanelKind, body: QWidget) -> None:
        super().__init__(body)
        self.client, self.kind = client, kind
        self.failed: Exception | None = None
        self._slot = TaskSlot(self)
        self._stale, self._loaded = True, False
        self._grip: QPoint | None = None
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(SETTLE)
        self._settle.timeout.connect(self._freshen)
        self._more = self.add_button("ellipsis", self._show_menu)
        self.head.installEventFilter(self)
        self.head.setCursor(Qt.CursorShape.OpenHandCursor)
        client.bus.changed.connect(self._hear)

    def show_data(self, data: Any) -> None:
        """Show what ``read`` returned."""
        raise NotImplementedError

    def retranslate_body(self) -> None:
        """Set the texts of the body again."""

    @property
    def loaded(self) -> bool:
        """Whether data is shown."""
        return self._loaded and not self._slot.busy

    def refresh(self) -> None:
        """Read again, beside the screen."""
        self._stale = False
        self._slot.start(self._work, self._done, self._fail)

    def _work(self, _control: Control) -> Any:
        with self.client.database.read_session() as session:
            return self.kind.read(session)

    def _done(self, data: Any) -> None:
        self.failed, self._loaded = None, True
        self.show_data(data)
        self._show_failure()

    def _fail(self, error: Exception) -> None:
        self.failed = error
        self._stale = True
        self._show_failure()

    def _show_failure(self) -> None:
        text = ""
        if self.failed is not None:
            text = str(self.failed) if isinstance(self.failed, ShukeError) else type(self.failed).__name__
        self.setToolTip(text)
        if text:
            self.set_note(tr("Could not be read"))

    def _hear(self, notice: Notice) -> None:
        if notice.entity in ("*", "scope") or notice.entity in self.kind.entities:
            self._stale = True
            if self.isVisible():
                self._settle.start()

    def _freshen(self) -> None:
        if self._stale and self.isVisible():
            self.refresh()

    def showEvent(self, event: QShowEvent) -> None:
        """Read when first shown, or what changed while hidden."""
        super().showEvent(event)
        if self._stale:
            self.refresh()

    def _show_menu(self) -> None:
        menu = QMenu(self)
        menu.addAction(icon("refresh-cw"), tr("Refresh"), self.refresh)
        menu.addAction(icon("arrow-left"), tr("Move forward"), lambda: self.move_wanted.emit(self, -1))
        menu.addAction(icon("arrow-right"), tr("Move back"), lambda: self.move_wanted.emit(self, 1))
        menu.addSeparator()
        menu.addAction(icon("x"), tr("Close this panel"), lambda: self.close_wanted.emit(self))
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self._more.mapToGlobal(self._more.rect().bottomLeft()))

    def eventFilter(self, watched: Any, event: QEvent) -> bool:
        """The head is the handle by which a panel is dragged to another place."""
        if watched is self.head and isinstance(event, QMouseEvent):
            if event.type() == QEvent.Type.MouseButtonPress and event.button() == Qt.MouseButton.LeftButton:
                self._grip = event.globalPosition().toPoint()
                self.head.setCursor(Qt.CursorShape.ClosedHandCursor)
            elif event.type() == QEvent.Type.MouseButtonRelease and self._grip is not None:
                place = event.globalPosition().toPoint()
                moved = (place - self._grip).manhattanLength()
                self._grip = None
                self.head.setCursor(Qt.CursorShape.OpenHandCursor)
                if moved > 20:
                    self.dropped.emit(self, place)
        return super().eventFilter(watched, event)

    def retranslate(self) -> None:
        """Set every text in the language in force."""
        self.set_title(tr(self.kind.title))
        self._more.setToolTip(tr("Refresh, move or close this panel"))
        self._more.setAccessibleName(tr("Refresh, move or close this panel"))
        self.retranslate_body()
        self._show_failure()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
