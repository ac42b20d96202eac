"""What can be done with tabs: by key for the one in front, and in the menu of each."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Protocol

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from services.language import mark, tr
from widgets.base.icons import icon
from widgets.base.pages import PageKey
from widgets.base.tab_groups import Side


class Tabs(Protocol):
    """The workspace as its commands know it."""

    def current(self) -> PageKey | None:
        """Key of the page that is worked on."""

    def step(self, by: int) -> None:
        """Go to the next (1) or previous (-1) tab of the group in use."""

    def close_page(self, key: PageKey) -> bool:
        """Close the page of ``key``; False if it refuses."""

    def close_pages(self, keys: Iterable[PageKey]) -> bool:
        """Close those of ``keys`` that do not refuse."""

    def split(self, key: PageKey, side: Side) -> None:
        """Move the page of ``key`` beside its group."""

    def to_window(self, key: PageKey) -> None:
        """Move the page of ``key`` into a window of its own."""

    def to_main(self, key: PageKey) -> None:
        """Bring the page of ``key`` back into the main window."""

    def neighbours(self, key: PageKey) -> tuple[list[PageKey], list[PageKey]]:
        """Keys of the tabs before and after that of ``key`` in its group."""

    def torn_off(self, key: PageKey) -> bool:
        """Whether the page of ``key`` stands in a window of its own."""


def make_actions(tabs: Tabs, parent: QWidget) -> list[QAction]:
    """The commands with keys. Their object name is their title in English."""

    def current(call: Callable[[PageKey], object]) -> Callable[[], None]:
        def run() -> None:
            key = tabs.current()
            if key is not None:
                call(key)

        return run

    def make(title: str, keys: str, call: Callable[[], object]) -> QAction:
        action = QAction(parent)
        action.setObjectName(title)
        action.setShortcut(QKeySequence(keys))
        action.triggered.connect(lambda _checked=False: call())
        action.setText(tr(title))
        action.setProperty("part", mark("Tabs and windows"))
        return action

    return [
        make(mark("Close tab"), "Ctrl+W", current(tabs.close_page)),
        make(mark("Next tab"), "Ctrl+Tab", partial(tabs.step, 1)),
        make(mark("Previous tab"), "Ctrl+Shift+Tab", partial(tabs.step, -1)),
        make(mark("Split right"), "Ctrl+\\", current(lambda key: tabs.split(key, Side.RIGHT))),
        make(mark("Split down"), "Ctrl+Shift+\\", current(lambda key: tabs.split(key, Side.BELOW))),
        make(mark("Move to a new window"), "Ctrl+Shift+N", current(tabs.to_window)),
        make(mark("Back to the main window"), "Ctrl+Shift+B", current(tabs.to_main)),
    ]


def make_tab_menu(tabs: Tabs, key: PageKey, parent: QWidget) -> QMenu:
    """What can be done with the tab of ``key``."""
    menu = QMenu(parent)
    before, after = tabs.neighbours(key)
    alone = not before and not after

    def add(title: str, name: str, call: Callable[[], object], enabled: bool = True) -> None:
        action = menu.addAction(icon(name), title)
        action.triggered.connect(lambda _checked=False: call())
        action.setEnabled(enabled)

    add(tr("Close tab"), "x", lambda: tabs.close_page(key))
    add(tr("Close other tabs"), "x", lambda: tabs.close_pages([*before, *after]), not alone)
    add(tr("Close tabs to the right"), "x", lambda: tabs.close_pages(after), bool(after))
    menu.addSeparator()
    add(tr("Split right"), "columns-2", lambda: tabs.split(key, Side.RIGHT), not alone)
    add(tr("Split down"), "rows-2", lambda: tabs.split(key, Side.BELOW), not alone)
    menu.addSeparator()
    add(tr("Move to a new window"), "app-window", lambda: tabs.to_window(key))
    if tabs.torn_off(key):
        add(tr("Back to the main window"), "undo-2", lambda: tabs.to_main(key))
    return menu
