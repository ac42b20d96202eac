"""The window: head, rail, workspace, tool panels, status bar. Knows no entity and no database.

What it shows comes from outside: a factory of pages, the user's rights, search providers, a place to keep the
user's settings.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from PySide6.QtCore import QByteArray, QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QCloseEvent, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QApplication, QDockWidget, QHBoxLayout, QMainWindow, QMenu, QVBoxLayout, QWidget

from app.navigation import MANUAL, MENUS, SHORTCUTS, WORKBENCH, menu
from app.panels import Panels
from services.language import LANGUAGES, language, mark, tr
from services.manual import BEGINNING, chapter_of
from widgets.base.choice_menu import Choice
from widgets.base.enter_key import press_by_enter
from widgets.base.global_search import CommandProvider, Hit, SearchProvider
from widgets.base.head import Head
from widgets.base.icons import app_icon, icon
from widgets.base.language import switch_language
from widgets.base.messages import MessageBar
from widgets.base.nav_rail import Entry, NavRail
from widgets.base.pages import PageFactory, PageKey
from widgets.base.shortcuts_page import Keys, ShortcutsPage, collect
from widgets.base.status_line import StatusLine
from widgets.base.style import STYLES, TEXT_SIZES, change_style, load_tokens, style_asked
from widgets.base.tab_groups import Side
from widgets.base.workspace import Workspace

RIGHT = Qt.DockWidgetArea.RightDockWidgetArea
SAVE_AFTER = 1500
"""Milliseconds after the last change of the layout until it is kept."""


class Settings(Protocol):
    """Where a user's settings are kept; values are JSON values."""

    def get(self, key: str, default: Any) -> Any:
        """The value of ``key``, ``default`` if there is none."""

    def set(self, key: str, value: Any) -> None:
        """Keep ``value``."""


class MainWindow(QMainWindow):
    """Shell of the client. See the module's docstring."""

    logged_out = Signal()
    personal_settings_wanted = Signal()

    def __init__(
        self,
        factory: PageFactory,
        *,
        can: Callable[[str], bool],
        settings: Settings,
        user: str,
        exists: Callable[[PageKey], bool] = lambda key: True,
        title_of: Callable[[PageKey], str] | None = None,
        providers: Sequence[SearchProvider] = (),
    ) -> None:
        super().__init__()
        self._factory, self._can, self._exists, self._settings = factory, can, exists, settings
        self._title_of = title_of or self._menu_title
        self._actions: list[tuple[QAction, str]] = []
        self._entry_keys: list[QAction] = []
        self._extra_keys: list[Callable[[], Sequence[Keys]]] = []
        self.setWindowIcon(app_icon())
        self.setMinimumSize(960, 600)
        self.head = Head(user, [CommandProvider(self._command_hits), *providers])
        self.rail = NavRail()
        self.messages = MessageBar()
        self.workspace = Workspace(self._make_page, title_of=self._title_of)
        self.panels = Panels(self.workspace)
        self.status = StatusLine()
        self._lay_out()
        self._menus = self._make_menus()
        self._make_shortcuts()
        self._connect()
        self._taken_up = False
        """Whether the pages of the last time are open: before, a kept layout would lose them."""
        self._save_timer = QTimer(self)
        self._save_timer.setSingleShot(True)
        self._save_timer.setInterval(SAVE_AFTER)
        self._save_timer.timeout.connect(self.save_layout)
        self.use_menu(settings.get("menu", "quick"))
        self.retranslate()

    # For whoever starts it

    def start(self) -> None:
        """Take up what was kept of the last time, and open the workbench if nothing else is open. Call when
        pages, panels and search providers are in place."""
        self.take_up_frame()
        self.take_up_pages()

    def take_up_frame(self) -> None:
        """The window as it was left but for its pages; what cannot be read is left out."""
        self.resize(1440, 900)
        kept = self._kept_layout()
        self.restoreGeometry(_bytes(kept.get("geometry")))
        self.panels.restore(_bytes(kept.get("state")))
        self.rail.set_folded(bool(kept.get("folded", False)))

    def take_up_pages(self) -> None:
        """The pages that were open, and where one begins. The layout is kept from here on."""
        self.workspace.restore(self._kept_layout().get("workspace"))
        wanted = self._settings.get("start_page", "")
        start = next((entry.key for entry in self._entries() if entry.key.entity == wanted), None)
        if start is not None and self._exists(start):
            self.workspace.open(start)
        if not self.workspace.keys() and self._exists(WORKBENCH):
            self.workspace.open(WORKBENCH)
        self._taken_up = True

    def _kept_layout(self) -> dict[str, Any]:
        kept = self._settings.get("layout", {})
        return kept if isinstance(kept, dict) else {}

    def open(self, key: PageKey, *, beside: bool = False) -> None:
        """Show the page of ``key``, beside the one in use if ``beside``."""
        self.workspace.open(key, side=Side.RIGHT if beside else Side.INTO)

    def messages_in_front(self) -> MessageBar:
        """The message bar of the window that is worked in: this one, or one with torn-off pages."""
        front = next((window for window in self.workspace.windows() if window.isActiveWindow()), None)
        return self.messages if front is None else front.messages

    def add_panel(
        self, name: str, title: str, widget: QWidget, area: Qt.DockWidgetArea = RIGHT
    ) -> QDockWidget:
        """Add a tool panel that can be moved, floated, closed and brought back in the View menu.

        ``name`` is its key in the kept layout, ``title`` a source string.
        """
        dock = self.panels.add(name, title, widget, area)
        self._menus["view"].insertAction(self._panel_mark, dock.toggleViewAction())
        return dock

    def help_with(self, key: PageKey | None) -> None:
        """Open the manual at the chapter of the page ``key``."""
        if key == MANUAL or not self._exists(MANUAL):
            return
        self.open(MANUAL)
        show = getattr(self.workspace.page(MANUAL), "show_chapter", None)
        if callable(show):
            show(chapter_of(key.entity, key.view) if key is not None else BEGINNING)

    def add_keys(self, lines: Callable[[], Sequence[Keys]]) -> None:
        """Have ``lines`` listed on the F1 page: keys of grids and forms that are no QAction."""
        self._extra_keys.append(lines)

    def add_command(
        self, title: str, name: str, keys: str, call: Callable[[], object], to: str = "help"
    ) -> QAction:
        """Add a command to the menu ``to`` (view, window, help); it gets into the search box and the F1 page
        too. ``title`` is a source string, ``name`` an icon."""
        action = self._action(title, keys, call, name)
        self._menus[to].addAction(action)
        return action

    def use_menu(self, name: str) -> None:
        """Show the ``quick`` or the ``advanced`` menu, and keep that for the user."""
        self._menu = name if name in MENUS else "quick"
        self.rail.set_menu(menu(self._menu, self._can, self._exists))
        self.rail.set_current(self.workspace.current())
        self.status.set_quick(self._menu == "quick")
        self._name_entry_keys()
        self._settings.set("menu", self._menu)

    def set_style(self, name: str, size: int | None = None) -> None:
        """Give the program another style or text size and keep it for the user."""
        size = size or style_asked()[1]
        change_style(_app(), name, size)
        self._mark_choices()
        self._settings.set("style", name)
        self._settings.set("text_size", size)

    def set_language(self, code: str) -> None:
        """Switch the language and keep it for the user."""
        switch_language(_app(), code)
        self._settings.set("language", code)
        self._mark_choices()

    def save_layout(self) -> None:
        """Keep geometry, panels, rail, tabs and windows for the user."""
        self._save_timer.stop()
        if not self._taken_up:
            return
        self._settings.set(
            "layout",
            {
                "geometry": _text(self.saveGeometry()),
                "state": _text(self.panels.save()),
                "folded": self.rail.folded,
                "workspace": self.workspace.save(),
            },
        )

    def reset_layout(self) -> None:
        """Back to the first layout: all tabs in one group, panels at their places, rail unfolded."""
        self.workspace.gather()
        self.rail.set_folded(False)
        self.panels.reset()
        self.messages.done(tr("The layout was reset."))

    def shortcut_lines(self) -> list[Keys]:
        """All shortcuts in force, part by part."""
        lines = collect(self, self._part_of)
        return [*lines, *(line for extra in self._extra_keys for line in extra() if line not in lines)]

    # Inside

    def _lay_out(self) -> None:
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.messages)
        column.addWidget(self.panels, 1)
        outer = QWidget()
        row = QHBoxLayout(outer)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.rail)
        row.addWidget(body, 1)
        self.setMenuWidget(self.head)
        self.setCentralWidget(outer)
        self.setStatusBar(self.status)

    def _make_menus(self) -> dict[str, QMenu]:
        menus = {name: self.head.menus.addMenu("") for name in ("view", "window", "help")}
        view = menus["view"]
        self._panel_mark = view.addSeparator()
        view.addAction(
            self._action(mark("Fold or unfold the menu"), "Ctrl+B", self._fold_rail, "panel-left-close")
        )
        view.addAction(self._action(mark("Quick or advanced menu"), "Ctrl+M", self._other_menu, "menu"))
        view.addAction(self._action(mark("Light or dark"), "Ctrl+Shift+D", self._other_style, "contrast"))
        view.addAction(self._action(mark("Larger text"), "Ctrl+=", lambda: self._step_size(1), "zoom-in"))
        view.addAction(self._action(mark("Smaller text"), "Ctrl+-", lambda: self._step_size(-1), "zoom-out"))
        view.addSeparator()
        view.addAction(self._action(mark("Reset the layout"), "", self.reset_layout, "layout-grid"))
        menus["window"].addActions(self.workspace.commands)
        menus["help"].addAction(
            self._action(
                mark("Help with this page"),
                "Shift+F1",
                lambda: self.help_with(self.workspace.current()),
                "book-open",
            )
        )
        menus["help"].addAction(
            self._action(mark("Keyboard shortcuts"), "F1", lambda: self.open(SHORTCUTS), "keyboard")
        )
        user = self.head.user_menu
        user.addAction(
            self._action(mark("Personal settings"), "", self.personal_settings_wanted.emit, "user-cog")
        )
        sizes = {str(size): title for size, title in TEXT_SIZES.items()}
        self._choices = [
            Choice(user, mark("Language"), "languages", LANGUAGES, self.set_language),
            Choice(user, mark("Style"), "contrast", STYLES, self.set_style),
            Choice(
                user,
                mark("Text size"),
                "zoom-in",
                sizes,
                lambda size: self.set_style(style_asked()[0], int(size)),
            ),
        ]
        user.addSeparator()
        user.addAction(self._action(mark("Log out"), "Ctrl+Shift+Q", self.log_out, "log-out"))
        return menus

    def _make_shortcuts(self) -> None:
        self.addAction(self._action(mark("Search everything"), "Ctrl+K", self.head.search.begin, "search"))
        self.addAction(
            self._action(mark("Other language"), "Ctrl+Shift+L", self._other_language, "languages")
        )
        self.addAction(self._action(mark("To the menu"), "Ctrl+0", self.rail.view.setFocus, "menu"))
        for number in range(1, 9):
            action = QAction(self)
            action.setShortcut(QKeySequence(f"Alt+{number}"))
            action.triggered.connect(lambda _checked=False, number=number: self._open_entry(number - 1))
            self.addAction(action)
            action.setProperty("part", mark("Menu"))
            self._entry_keys.append(action)

    def _action(self, title: str, keys: str, call: Callable[[], object], name: str) -> QAction:
        action = QAction(icon(name), tr(title), self)
        if keys:
            action.setShortcut(QKeySequence(keys))
        action.triggered.connect(lambda _checked=False: call())
        self._actions.append((action, title))
        return action

    def _connect(self) -> None:
        control = Qt.KeyboardModifier.ControlModifier
        self.rail.chosen.connect(lambda key, held: self.open(key, beside=bool(held & control)))
        self.rail.folded_changed.connect(lambda _folded: self._later())
        self.head.search.chosen.connect(self._take_hit)
        self.workspace.current_changed.connect(self.rail.set_current)
        self.workspace.layout_changed.connect(self._later)
        self.workspace.help_wanted.connect(self.help_with)
        self.panels.changed.connect(self._later)
        self.status.menu_wanted.connect(self._other_menu)
        self.status.language_wanted.connect(self._other_language)
        self.status.style_wanted.connect(self._other_style)

    def _make_page(self, key: PageKey) -> QWidget:
        if key == SHORTCUTS:
            return ShortcutsPage(self.shortcut_lines)
        return self._factory(key)

    def _entries(self) -> list[Entry]:
        entries = {entry.key: entry for name in MENUS for group in MENUS[name] for entry in group.entries}
        return list(entries.values())

    def _menu_title(self, key: PageKey) -> str:
        if key == SHORTCUTS:
            return tr("Keyboard shortcuts")
        entries = self._entries()
        exact = [entry for entry in entries if entry.key == key]
        found = exact or [entry for entry in entries if entry.key.entity == key.entity]
        return tr(found[0].title) if found else key.entity

    def _command_hits(self) -> list[Hit]:
        shown = [entry for group in menu("advanced", self._can, self._exists) for entry in group.entries]
        hits = [Hit(tr("Menu"), tr(entry.title), "", entry.icon, key=entry.key) for entry in shown]
        for action, title in self._actions:
            keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
            hits.append(Hit(tr("Commands"), tr(title), keys, "chevron-right", run=action.trigger))
        return hits

    def _take_hit(self, hit: Hit, beside: bool) -> None:
        if hit.run is not None:
            hit.run()
        elif hit.key is not None:
            self.open(hit.key, beside=beside)

    def _open_entry(self, index: int) -> None:
        entries = self.rail.entries()
        if index < len(entries):
            self.open(entries[index].key)

    def _name_entry_keys(self) -> None:
        """Keys without an entry have no name, so the F1 page leaves them out."""
        titles = [tr(entry.title) for entry in self.rail.entries()]
        for place, action in enumerate(self._entry_keys):
            action.setText(titles[place] if place < len(titles) else "")

    def _part_of(self, widget: QWidget) -> str:
        pages = self.workspace.pages()
        key = next((key for key, page in pages if page is widget or page.isAncestorOf(widget)), None)
        return self._title_of(key) if key is not None else tr("Everywhere")

    def _fold_rail(self) -> None:
        self.rail.set_folded(not self.rail.folded)

    def _other_menu(self) -> None:
        self.use_menu("advanced" if self._menu == "quick" else "quick")

    def _other_language(self) -> None:
        codes = list(LANGUAGES)
        self.set_language(codes[(codes.index(language()) + 1) % len(codes)])

    def _other_style(self) -> None:
        self.set_style("light" if load_tokens(style_asked()[0]).dark else "dark")

    def _step_size(self, by: int) -> None:
        name, size = style_asked()
        sizes = sorted(TEXT_SIZES)
        nearest = min(range(len(sizes)), key=lambda at: abs(sizes[at] - size))
        self.set_style(name, sizes[max(0, min(len(sizes) - 1, nearest + by))])

    def log_out(self) -> None:
        """Keep the layout and leave, unless a page refuses."""
        if self.close():
            self.logged_out.emit()

    def _later(self) -> None:
        self._save_timer.start()

    def _mark_choices(self) -> None:
        name, size = style_asked()
        for choice, now in zip(self._choices, (language(), name, str(size)), strict=True):
            choice.retranslate(now)

    def retranslate(self) -> None:
        """Set every text in the language in force; children do their own."""
        self.setWindowTitle(tr("Shuke"))
        for name, title in (("view", tr("&View")), ("window", tr("&Window")), ("help", tr("&Help"))):
            self._menus[name].setTitle(title)
        for action, title in self._actions:
            keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
            action.setText(tr(title))
            action.setToolTip(f"{tr(title)} ({keys})" if keys else tr(title))
        self._name_entry_keys()
        self.panels.retranslate()
        self.workspace.retranslate()
        self._mark_choices()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter presses the button that has the keyboard."""
        if not press_by_enter(self, event):
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        """The end: pages may refuse, the layout is kept."""
        if not self.workspace.may_close_all():
            event.ignore()
            return
        self.save_layout()
        self.workspace.close_windows()
        event.accept()


def _app() -> QApplication:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    return app


def _text(data: QByteArray) -> str:
    return base64.b64encode(data.data()).decode()


def _bytes(text: object) -> QByteArray:
    try:
        return QByteArray(base64.b64decode(text if isinstance(text, str) else "", validate=True))
    except ValueError:
        return QByteArray()
