"""The place where pages stand: tabs, split groups, windows on a second screen, all remembered.

QMainWindow's docks hold tool panels; records stand here, in nested QSplitters of QTabWidgets, because a
docking library that survives random use was not to be had (QtAds crashes).
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable
from typing import Any

from PySide6.QtCore import QPoint, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QGuiApplication
from PySide6.QtWidgets import QApplication, QMenu, QVBoxLayout, QWidget
from shiboken6 import isValid

from services.language import tr
from widgets.base.pages import Holder, PageFactory, PageKey
from widgets.base.tab_commands import make_actions, make_tab_menu
from widgets.base.tab_drag import DropIndicator, Ghost, Target, find_target
from widgets.base.tab_groups import Area, FloatingWindow, Side, TabGroup
from widgets.base.workspace_layout import on_screen, read, written


class Workspace(QWidget):
    """Opens, splits, tears off, closes and remembers pages. One page per key."""

    current_changed = Signal(object)
    """The PageKey that is worked on now, or None."""
    layout_changed = Signal()
    """Something that ``save`` remembers changed."""
    page_closed = Signal(object)
    """PageKey of a page that is gone."""

    help_wanted = Signal(object)
    """PageKey of a page whose question mark was pressed, or None."""

    def __init__(
        self,
        factory: PageFactory,
        parent: QWidget | None = None,
        *,
        title_of: Callable[[PageKey], str] = lambda key: key.entity,
    ) -> None:
        super().__init__(parent)
        self._factory = factory
        self._title_of = title_of
        self._holders: dict[PageKey, Holder] = {}
        self._windows: list[FloatingWindow] = []
        self._main = Area(self)
        self._main.set_root(self._new_group())
        self._group = self._main.groups()[0]
        self._told: PageKey | None = None
        self._quiet = False
        self._indicator = DropIndicator()
        self._ghost = Ghost()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._main)
        self.commands = make_actions(self, self)
        self.addActions(self.commands)
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.focusChanged.connect(self._follow_focus)

    # What is open

    def keys(self) -> list[PageKey]:
        """Keys of all pages, group by group, those of other windows last."""
        return [holder.key for group in self._groups() for holder in group.holders()]

    def current(self) -> PageKey | None:
        """Key of the page that is worked on."""
        holder = self._current_holder()
        return holder.key if holder is not None else None

    def page(self, key: PageKey) -> QWidget | None:
        """The page of ``key`` if it is open and was shown already."""
        holder = self._holders.get(key)
        return holder.page if holder is not None else None

    def pages(self) -> list[tuple[PageKey, QWidget]]:
        """All pages that were made."""
        return [(key, holder.page) for key, holder in self._holders.items() if holder.page is not None]

    def windows(self) -> list[FloatingWindow]:
        """Windows of torn-off pages, the one in front first."""
        return list(self._windows)

    # Opening and closing

    def open(
        self,
        key: PageKey,
        *,
        side: Side = Side.INTO,
        behind: bool = False,
        state: dict[str, Any] | None = None,
    ) -> None:
        """Show the page of ``key``, where it is open already or in the group in use.

        ``side`` opens a new page beside that group; ``behind`` opens it without showing it.
        """
        holder = self._holders.get(key)
        if holder is None:
            holder = self._new_holder(key, self._title_of(key), state)
            group = self._group
            if side is not Side.INTO and group.count():
                group = self._split_off(group, side)
            group.put(holder)
            if not behind:
                group.setCurrentWidget(holder)
                self._group = group
        if not behind:
            self.show_page(key)
        self._tell()

    def show_page(self, key: PageKey) -> None:
        """Bring the page of ``key`` to the front and give it the keyboard; KeyError if it is not open."""
        holder = self._holders[key]
        group = self._group_of(holder)
        group.setCurrentWidget(holder)
        self._group = group
        window = group.window()
        if window.isVisible() and not window.isActiveWindow():
            window.raise_()
            window.activateWindow()
        held = window.focusWidget()
        if held is None or not holder.isAncestorOf(held) or held is holder.page:
            # where the cursor stands in the page already it stays, and where the page has put it
            (holder.page or holder).setFocus(Qt.FocusReason.OtherFocusReason)
        self._tell()

    def rename(self, old: PageKey, new: PageKey) -> None:
        """The page of ``old`` shows ``new`` from now on, such as after a new record was saved."""
        if new != old and new in self._holders:
            self._drop(self._holders[new])
        holder = self._holders.pop(old)
        holder.key = new
        self._holders[new] = holder
        holder.changed.emit()
        self._tell()

    def close_page(self, key: PageKey, *, force: bool = False) -> bool:
        """Close the page of ``key``; False if it refuses. ``force`` does not ask it."""
        holder = self._holders.get(key)
        if holder is None:
            return True
        if not force and not holder.can_close():
            self.show_page(key)
            return False
        if not force:
            holder.given_up()
        self._drop(holder)
        self._tell()
        return True

    def close_pages(self, keys: Iterable[PageKey]) -> bool:
        """Close those of ``keys`` that do not refuse; True if all did."""
        closed = [self.close_page(key) for key in list(keys)]
        return all(closed)

    def may_close_all(self) -> bool:
        """Ask every page whether it can be closed, before the program ends; shows the first that refuses."""
        for key, holder in list(self._holders.items()):
            if not holder.can_close():
                self.show_page(key)
                return False
        for holder in self._holders.values():
            holder.given_up()
        return True

    def close_windows(self) -> None:
        """Take down all windows of torn-off pages with what they hold, for the end of the program."""
        for window in self.windows():
            for group in window.area.groups():
                for holder in group.holders():
                    self._holders.pop(holder.key, None)
            self._windows.remove(window)
            window.hide()
            window.deleteLater()
        self._ghost.hide()

    # Moving

    def split(self, key: PageKey, side: Side) -> None:
        """Move the page of ``key`` beside its group."""
        holder = self._holders[key]
        group = self._group_of(holder)
        if group.count() > 1:
            self._move(holder, self._split_off(group, side))

    def to_window(self, key: PageKey, geometry: QRect | None = None) -> None:
        """Move the page of ``key`` into a window of its own."""
        holder = self._holders[key]
        group = self._group_of(holder)
        window = group.window()
        if isinstance(window, FloatingWindow) and len(window.area.groups()) == 1 and group.count() == 1:
            if geometry is not None:
                window.move(geometry.topLeft())
            return
        window = self._new_window(geometry or self._window_place())
        target = window.area.groups()[0]
        self._move(holder, target)
        window.show()
        self.show_page(key)

    def to_main(self, key: PageKey) -> None:
        """Bring the page of ``key`` back into the main window."""
        holder = self._holders[key]
        if self.torn_off(key):
            self._move(holder, self._main.groups()[0])
            self.show_page(key)

    def drop(self, key: PageKey, target: Target) -> None:
        """Move the page of ``key`` to ``target``."""
        holder = self._holders[key]
        group = self._group_of(holder)
        if target.side is Side.INTO:
            index = target.index
            if target.group is group:
                if index is None:
                    return
                index -= group.indexOf(holder) < index
            self._move(holder, target.group, index)
        elif target.group is not group or group.count() > 1:
            self._move(holder, self._split_off(target.group, target.side))

    def gather(self) -> None:
        """Bring all pages back into one group of the main window."""
        first = self._main.groups()[0]
        for key in self.keys():
            holder = self._holders[key]
            if self._group_of(holder) is not first:
                self._move(holder, first)

    def step(self, by: int) -> None:
        """Go to the next (1) or previous (-1) tab of the group in use."""
        if self._group.count():
            self._group.setCurrentIndex((self._group.currentIndex() + by) % self._group.count())
            holder = self._current_holder()
            if holder is not None:
                self.show_page(holder.key)

    # Remembering

    def save(self) -> dict[str, Any]:
        """Layout, open pages and their states as JSON values."""
        current = self.current()
        return {
            "version": 1,
            "root": written(self._main.root),
            "windows": [
                {"place": list(window.geometry().getRect()), "root": written(window.area.root)}  # type: ignore[call-overload]
                for window in self._windows
            ],
            "current": current.as_list() if current is not None else None,
        }

    def restore(self, layout: object) -> None:
        """Take up what ``save`` returned. Pages that are open in it and now are kept as they are, others are
        closed without asking. What cannot be read is left out: a layout never keeps anybody from working."""
        saved = layout if isinstance(layout, dict) else {}
        self._quiet = True
        spare = dict(self._holders)
        for group in self._groups():
            for holder in group.holders():
                group.take(holder)
        self._holders.clear()
        for window in self.windows():
            self._windows.remove(window)
            window.hide()
            window.deleteLater()
        old = self._main.set_root(self._read(saved, spare) or self._new_group())
        if old is not None:
            old.deleteLater()
        self._group = self._main.groups()[0]
        self._restore_windows(saved.get("windows"), spare)
        for holder in spare.values():
            holder.deleteLater()
        self._quiet = False
        self._restore_current(saved.get("current"))
        self._tell()
        if self._windows:
            # Each new window takes the keyboard when the system has shown it, which is after this.
            QTimer.singleShot(0, self, lambda: self._restore_current(saved.get("current")))

    def _restore_windows(self, windows: object, spare: dict[PageKey, Holder]) -> None:
        for saved in windows if isinstance(windows, list) else []:
            if not isinstance(saved, dict):
                continue
            root = self._read(saved, spare)
            if root is not None:
                window = self._new_window(on_screen(saved.get("place")) or self._window_place())
                empty = window.area.set_root(root)
                if empty is not None:
                    empty.deleteLater()
                window.show()

    def _restore_current(self, current: object) -> None:
        with contextlib.suppress(ValueError):
            key = PageKey.from_list(current)
            if key in self._holders:
                self.show_page(key)

    def _read(self, saved: dict[str, Any], spare: dict[PageKey, Holder]) -> QWidget | None:
        def take(key: PageKey, title: str, state: dict[str, Any] | None) -> Holder | None:
            if key in self._holders:
                return None
            holder = spare.pop(key, None)
            if holder is None:
                return self._new_holder(key, title or self._title_of(key), state)
            self._holders[key] = holder
            return holder

        return read(saved.get("root"), self._new_group, take)

    # Parts

    def _new_holder(self, key: PageKey, title: str, state: dict[str, Any] | None) -> Holder:
        holder = Holder(key, self._factory, title, state)
        holder.changed.connect(self._name_windows)
        self._holders[key] = holder
        return holder

    def _new_group(self) -> TabGroup:
        group = TabGroup()
        group.currentChanged.connect(self._tell)
        group.bar.tabBarClicked.connect(lambda _index: self._use(group))
        group.bar.close_wanted.connect(lambda holder: self.close_page(holder.key))
        group.bar.menu_wanted.connect(self._show_menu)
        group.help.clicked.connect(lambda: self._ask_help(group))
        group.bar.drag_moved.connect(self._drag)
        group.bar.drag_dropped.connect(self._drop_dragged)
        group.bar.drag_cancelled.connect(self._end_drag)
        return group

    def _ask_help(self, group: TabGroup) -> None:
        holder = group.holder(group.currentIndex())
        self.help_wanted.emit(holder.key if holder is not None else None)

    def _new_window(self, place: QRect) -> FloatingWindow:
        area = Area()
        area.set_root(self._new_group())
        window = FloatingWindow(area)
        window.setGeometry(place)
        window.addActions(self.commands)
        window.closing.connect(self._window_closes)
        window.activated.connect(self._window_in_front)
        self._windows.insert(0, window)
        return window

    def retranslate(self) -> None:
        """Set the texts of the actions; the pages follow by themselves."""
        for action in self.commands:
            action.setText(tr(action.objectName()))
        for holder in self._holders.values():
            holder.changed.emit()

    def _areas(self) -> list[Area]:
        return [*(window.area for window in self._windows), self._main]

    def _groups(self) -> list[TabGroup]:
        areas = [self._main, *(window.area for window in self._windows)]
        return [group for area in areas for group in area.groups()]

    def _group_of(self, holder: Holder) -> TabGroup:
        return next(group for group in self._groups() if group.indexOf(holder) >= 0)

    def _area_of(self, group: TabGroup) -> Area:
        return next(area for area in self._areas() if group in area.groups())

    def _current_holder(self) -> Holder | None:
        return self._group.holder(self._group.currentIndex())

    def _split_off(self, group: TabGroup, side: Side) -> TabGroup:
        new = self._new_group()
        self._area_of(group).split(group, new, side)
        return new

    def _move(self, holder: Holder, target: TabGroup, index: int | None = None) -> None:
        source = self._group_of(holder)
        source.take(holder)
        target.put(holder, index)
        target.setCurrentWidget(holder)
        self._group = target
        if source is not target:
            self._tidy(source)
        self._tell()

    def _drop(self, holder: Holder) -> None:
        group = self._group_of(holder)
        self._holders.pop(holder.key, None)
        group.take(holder)
        holder.hide()
        holder.deleteLater()
        self.page_closed.emit(holder.key)
        self._tidy(group)

    def _tidy(self, group: TabGroup) -> None:
        """Take ``group`` away if it is empty, and its window if nothing else is there."""
        if group.count():
            return
        area = self._area_of(group)
        window = next((window for window in self._windows if window.area is area), None)
        if len(area.groups()) > 1:
            area.remove(group)
        elif window is not None:
            self._windows.remove(window)
            window.hide()
            window.deleteLater()
        if self._group is group:
            left = area.groups() if window is None or window in self._windows else []
            self._group = next(iter(left), None) or self._main.groups()[0]

    def _use(self, group: TabGroup) -> None:
        self._group = group
        self._tell()

    def _tell(self, _index: int = 0) -> None:
        if self._quiet:
            return
        key = self.current()
        self._name_windows()
        if key != self._told:
            self._told = key
            self.current_changed.emit(key)
        self.layout_changed.emit()

    def _name_windows(self) -> None:
        for window in self._windows:
            for group in window.area.groups()[:1]:
                holder = group.holder(group.currentIndex())
                if holder is not None:
                    window.setWindowTitle(f"{holder.title()} – {tr('Shuke')}")

    def _follow_focus(self, _old: QWidget | None, new: QWidget | None) -> None:
        widget = new
        while widget is not None and isValid(widget):
            if isinstance(widget, TabGroup):
                if widget is not self._group and widget in self._groups():
                    self._use(widget)
                return
            widget = widget.parentWidget()

    def _window_closes(self, window: FloatingWindow, event: QCloseEvent) -> None:
        keys = [holder.key for group in window.area.groups() for holder in group.holders()]
        event.setAccepted(self.close_pages(keys))

    def _window_in_front(self, window: FloatingWindow) -> None:
        if window in self._windows:
            self._windows.remove(window)
            self._windows.insert(0, window)

    def _window_place(self) -> QRect:
        """On the second screen if there is one, else a little beside this window."""
        here = self.window().screen()
        for screen in QGuiApplication.screens():
            if screen is not here:
                return screen.availableGeometry().adjusted(40, 60, -40, -60)
        corner = self.mapToGlobal(QPoint(60, 60))
        return QRect(corner.x(), corner.y(), max(640, self.width() - 160), max(420, self.height() - 120))

    def _drag(self, holder: Holder, where: QPoint) -> None:
        self._indicator.show_target(find_target(self._areas(), where))
        self._ghost.follow(holder.title(), where)

    def _drop_dragged(self, holder: Holder, where: QPoint) -> None:
        target = find_target(self._areas(), where)
        self._end_drag()
        if target is not None:
            self.drop(holder.key, target)
        else:
            size = self.size() * 0.7
            self.to_window(holder.key, QRect(where - QPoint(60, 20), size))

    def _end_drag(self) -> None:
        self._ghost.hide()
        self._indicator.hide()
        # Its area may go away with the tab that was dropped.
        self._indicator.setParent(None)

    def _show_menu(self, holder: Holder, where: QPoint) -> None:
        menu = self.tab_menu(holder.key)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(where)

    def tab_menu(self, key: PageKey) -> QMenu:
        """What can be done with the tab of ``key``."""
        return make_tab_menu(self, key, self)

    def neighbours(self, key: PageKey) -> tuple[list[PageKey], list[PageKey]]:
        """Keys of the tabs before and after that of ``key`` in its group."""
        holder = self._holders[key]
        keys = [each.key for each in self._group_of(holder).holders()]
        at = keys.index(key)
        return keys[:at], keys[at + 1 :]

    def torn_off(self, key: PageKey) -> bool:
        """Whether the page of ``key`` stands in a window of its own."""
        return self._group_of(self._holders[key]).window() is not self.window()
