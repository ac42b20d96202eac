"""Another style in turns of the event loop: what is seen takes it at once, the rest soon after or when it is shown.

Qt gives a new style sheet to every widget there is, and some of it many times over; with a dozen tabs open the
window would stand still for a fifth of a second. Here all widgets let go of the old style, what is hidden first, which
makes the change itself cheap; then those on the screen take the new one. Should they be so many that the turn is used
up, the windows keep their old picture until the last of them has it: nothing is ever painted half in one style and half
in the other.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Final

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid

TURN: Final = 0.015
"""Seconds for which one turn of the event loop gives widgets the new style."""
NEXT_TURN: Final = 1
"""Milliseconds: with 0 the event loop would do it in the same turn."""
_POLISHED: Final = Qt.WidgetAttribute.WA_WState_Polished
"""Qt gives a new style only to widgets that have it."""
_OWN_STYLE: Final = Qt.WidgetAttribute.WA_SetStyle
"""Qt tells widgets that have it nothing of a new style."""


class Sleeper(QWidget):
    """What is left out while it is hidden when style or language change, and follows when it is shown: the pages of
    tabs, which together are nearly all widgets there are."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._missed_language = False

    def event(self, event: QEvent) -> bool:
        """Hold back a new language while nobody sees it."""
        if event.type() == QEvent.Type.LanguageChange and not self.isVisible():
            self._missed_language = True
            return True
        return super().event(event)

    def showEvent(self, event: QShowEvent) -> None:
        """Awake again."""
        for widget in (self, *self.findChildren(QWidget)):
            _wake(widget)
        if self._missed_language:
            self._missed_language = False
            QApplication.sendEvent(self, QEvent(QEvent.Type.LanguageChange))
        super().showEvent(event)


class Change(QObject):
    """Changes of the style, one at a time: a second one takes the place of a first that has not been put on yet."""

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self._app = app
        self._put_on: Callable[[], None] | None = None
        self._tell: Callable[[], None] | None = None
        self._to_sleep: list[QWidget] = []
        self._seen: dict[QWidget, None] = {}
        self._unseen: dict[QWidget, None] = {}
        self._frozen: list[QWidget] = []
        self._timer = QTimer(self)
        self._timer.setInterval(NEXT_TURN)
        self._timer.timeout.connect(self._turn)

    @property
    def running(self) -> bool:
        """Whether widgets other than those of sleeping pages still wait for a style."""
        return bool(self._put_on or self._seen or self._frozen or self._unseen)

    def begin(self, put_on: Callable[[], None], tell: Callable[[], None]) -> None:
        """Have ``put_on`` give the program its new style in this turn or one of the next, and give it to the widgets;
        ``tell`` is called when the first of them have it."""
        self._put_on, self._tell = put_on, tell
        self._to_sleep = [
            widget
            for widget in self._app.allWidgets()
            if widget.testAttribute(_POLISHED) and not widget.isVisible()
        ]
        self._app.installEventFilter(self)
        self._turn()

    def finish(self) -> None:
        """Do at once what would come in later turns."""
        while self.running:
            self._turn()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """What is shown before its turn takes the style in force first."""
        if event.type() == QEvent.Type.Show and isinstance(watched, QWidget):
            for waiting in (self._seen, self._unseen):
                if watched in waiting:
                    del waiting[watched]
                    _wake(watched)
        return False

    def _turn(self) -> None:
        ends = time.perf_counter() + TURN
        if self._put_on is not None and self._hidden_sleep(ends):
            self._exchange(self._put_on)
        if self._put_on is None:
            self._wake_some(ends)
        if self.running:
            self._timer.start()
        else:
            self._timer.stop()
            self._app.removeEventFilter(self)

    def _hidden_sleep(self, ends: float) -> bool:
        """Have what is not seen let go of the style in force until ``ends`` (perf_counter); whether all of it has."""
        while self._to_sleep and time.perf_counter() < ends:
            widget = self._to_sleep.pop()
            if isValid(widget) and not widget.isVisible() and _sleep(widget):
                self._unseen[widget] = None
        return not self._to_sleep

    def _exchange(self, put_on: Callable[[], None]) -> None:
        """One style for the other, which costs next to nothing while no widget has one and none is told."""
        widgets = self._app.allWidgets()
        waiting = {*self._seen, *self._unseen}
        waiting.update(widget for widget in widgets if _sleep(widget))
        untold = [widget for widget in widgets if not widget.testAttribute(_OWN_STYLE)]
        for widget in untold:
            widget.setAttribute(_OWN_STYLE)
        self._put_on = None
        put_on()
        for widget in untold:
            widget.setAttribute(_OWN_STYLE, False)
        windows = [window for window in self._app.topLevelWidgets() if window.parentWidget() is None]
        windows.sort(key=lambda window: not window.isActiveWindow())
        wake = [widget for window in windows for widget in _awake(window) if widget in waiting]
        self._seen = dict.fromkeys(widget for widget in wake if widget.isVisible())
        self._unseen = dict.fromkeys(widget for widget in wake if not widget.isVisible())

    def _wake_some(self, ends: float) -> None:
        if self._frozen and not self._seen:
            self._thaw()
            return
        _wake_until(self._seen, ends)
        if self._tell is not None:
            tell, self._tell = self._tell, None
            tell()
        if self._seen:
            self._freeze()
        elif not self._frozen:
            _wake_until(self._unseen, ends)

    def _freeze(self) -> None:
        if not self._frozen:
            self._frozen = [window for window in self._app.topLevelWidgets() if window.isVisible()]
            for window in self._frozen:
                window.setUpdatesEnabled(False)

    def _thaw(self) -> None:
        frozen, self._frozen = self._frozen, []
        for window in frozen:
            if isValid(window):
                window.setUpdatesEnabled(True)
                # Qt has thrown away a request to paint that came meanwhile, and sends no second one for the same widget
                if (handle := window.windowHandle()) is not None:
                    handle.requestUpdate()


def _awake(widget: QWidget) -> Iterator[QWidget]:
    """``widget`` and all in it, parents first, without the pages that sleep."""
    if isinstance(widget, Sleeper) and not widget.isVisible():
        return
    yield widget
    for child in widget.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly):
        yield from _awake(child)


def _wake_until(waiting: dict[QWidget, None], ends: float) -> None:
    """Wake what waits and take it off, until ``ends`` (perf_counter)."""
    while waiting and time.perf_counter() < ends:
        widget = next(iter(waiting))
        del waiting[widget]
        if isValid(widget):
            _wake(widget)


def _wake(widget: QWidget) -> None:
    if not widget.testAttribute(_POLISHED):
        widget.style().polish(widget)
        widget.setAttribute(_POLISHED)
        QApplication.sendEvent(widget, QEvent(QEvent.Type.StyleChange))


def _sleep(widget: QWidget) -> bool:
    """Have ``widget`` let go of the style in force; whether it had it."""
    if not widget.testAttribute(_POLISHED):
        return False
    widget.style().unpolish(widget)
    widget.setAttribute(_POLISHED, False)
    return True
