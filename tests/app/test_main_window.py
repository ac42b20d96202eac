"""The window as a user works with it: layout, language, style, keys, what screens ask of it."""

from __future__ import annotations

from collections import Counter

import pytest
from PySide6.QtCore import QDate, QLocale, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialogButtonBox, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from app.main_window import MainWindow
from app.navigation import SHORTCUTS, WORKBENCH
from app.shell import WindowShell
from services.entity import Query
from services.errors import NotAvailable, Refused
from services.language import mark
from tests.app.windows import CONTROL, CUSTOMERS, ORDERS, SHIFT, DemoPage, Make, Memory, settle
from widgets.base.pages import PageKey
from widgets.base.shortcuts_page import Keys, ShortcutsPage
from widgets.base.style import STYLES, TEXT_SIZES, text_size, tokens
from widgets.base.tab_groups import Side

pytestmark = pytest.mark.usefixtures("plain")


# Layout


@pytest.mark.req("PLT-01")
def test_tabs_panels_and_windows_come_back_for_the_same_user(make: Make) -> None:
    settings = Memory()
    window = make(settings, panels=True)
    for number in (1, 2, 3):
        window.open(PageKey("customers.customer", "record", number))
    window.workspace.split(PageKey("customers.customer", "record", 2), Side.RIGHT)
    window.workspace.to_window(PageKey("customers.customer", "record", 3))
    page = window.workspace.page(PageKey("customers.customer", "record", 2))
    assert isinstance(page, DemoPage)
    page.edit.setText("typed")
    window.panels.panels()[0].close()
    window.rail.set_folded(True)
    keys = window.workspace.keys()
    assert window.close()
    settle()
    again = make(settings, panels=True)
    assert again.workspace.keys() == keys
    assert len(again.workspace._groups()) == 3
    assert len(again.workspace.windows()) == 1
    assert _folded_and_shown(again) == (True, False)
    again.reset_layout()
    settle()
    assert len(again.workspace._groups()) == 1
    assert sorted(map(str, again.workspace.keys())) == sorted(map(str, keys))
    assert _folded_and_shown(again) == (False, True)
    assert make(Memory()).workspace.keys() == [WORKBENCH]


def _folded_and_shown(window: MainWindow) -> tuple[bool, bool]:
    return window.rail.folded, window.panels.panels()[0].isVisible()


def test_many_tabs_fill_the_bar_from_the_last_one(make: Make, qtbot: QtBot) -> None:
    window = make()
    window.resize(1366, 768)
    for number in range(16):
        window.open(PageKey("customers.customer", "record", number))
    window.workspace.split(PageKey("customers.customer", "record", 15), Side.RIGHT)
    window.workspace.split(PageKey("customers.customer", "record", 14), Side.BELOW)
    settle()
    bar = window.workspace._groups()[0].bar
    qtbot.waitUntil(lambda: bar.width() - bar.tabRect(bar.count() - 1).right() < 80, timeout=1000)
    assert bar.tabRect(0).left() < 0
    assert bar.tabRect(bar.currentIndex()).right() <= bar.width()


@pytest.mark.req("PLT-01")
def test_panels_are_closed_floated_and_brought_back_in_the_view_menu(make: Make) -> None:
    window = make(panels=True)
    (dock,) = window.panels.panels()
    toggle = dock.toggleViewAction()
    assert toggle in window._menus["view"].actions()
    dock.close()
    assert not dock.isVisible()
    toggle.trigger()
    assert dock.isVisible()
    dock.setFloating(True)
    assert dock.isWindow()
    window.panels.addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, dock)
    dock.setFloating(False)
    assert window.panels.dockWidgetArea(dock) == Qt.DockWidgetArea.BottomDockWidgetArea


@pytest.mark.req("PLT-01")
def test_the_layout_is_kept_without_closing_too(make: Make, qtbot: QtBot) -> None:
    settings = Memory()
    window = make(settings)
    window._save_timer.setInterval(20)
    window.open(CUSTOMERS)
    qtbot.waitUntil(lambda: "customers.customer" in settings.kept.get("layout", ""))


def test_a_page_may_keep_the_window_open(make: Make, qtbot: QtBot) -> None:
    window = make()
    window.open(CUSTOMERS)
    page = window.workspace.page(CUSTOMERS)
    assert isinstance(page, DemoPage)
    page.refuses = True
    window.open(ORDERS)
    window.log_out()
    assert window.isVisible()
    assert window.workspace.current() == CUSTOMERS
    page.refuses = False
    with qtbot.waitSignal(window.logged_out):
        window.log_out()
    assert not window.isVisible()


def test_a_kept_layout_that_makes_no_sense_is_left_out(make: Make) -> None:
    settings = Memory()
    settings.set("layout", {"geometry": "no", "state": 5, "workspace": "?", "folded": None})
    assert make(settings).workspace.keys() == [WORKBENCH]


# Language, style, keys


@pytest.mark.req("PLT-05")
def test_the_language_is_switched_at_run_time_everywhere_and_kept(make: Make) -> None:
    settings = Memory()
    window = make(settings)
    window.open(SHORTCUTS)
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel, window)
    assert _texts(window).isascii()
    QTest.mouseClick(window.status.language_switch, Qt.MouseButton.LeftButton)
    settle()
    left = [text for text in _texts(window).split("\n") if text.isascii() and len(text.split("+")[-1]) > 3]
    allowed = {"Ctrl+Tab", "Ctrl+Shift+Tab", "中文 / EN", "English"}
    assert [text for text in left if text not in allowed] == []
    assert window.windowTitle() == "熟客"
    assert "客户" in [window.rail.view.model().index(row, 0).data() for row in range(20)]
    assert window.workspace._group.tabText(1) == "键盘快捷键"
    assert buttons.button(QDialogButtonBox.StandardButton.Cancel).text() == "取消"
    assert QLocale().toString(QDate(2026, 11, 21), QLocale.FormatType.LongFormat).startswith("2026年11月21日")
    assert settings.get("language", "") == "zh_CN"
    QTest.keyClick(window, Qt.Key.Key_L, CONTROL | SHIFT)
    settle()
    assert window.windowTitle() == "Shuke"
    assert buttons.button(QDialogButtonBox.StandardButton.Cancel).text() == "Cancel"


def _texts(window: MainWindow) -> str:
    """Every text on the window that is its own."""
    labels = [label.text() for label in window.findChildren(QLabel)]
    buttons = [button.text() for button in window.findChildren(QPushButton)]
    actions = [action.text() for action in window.findChildren(QAction)]
    model = window.rail.view.model()
    rail = [str(model.index(row, 0).data()) for row in range(model.rowCount())]
    own = [window.windowTitle(), window.head.search.placeholderText()]
    texts = [*labels, *buttons, *actions, *rail, *own]
    kept = [text for text in texts if text not in ("", "中文", " 王经理 ▾", " 中文 / EN")]
    return "\n".join(text.replace("…", "...").replace("↑ ↓", "") for text in kept)


@pytest.mark.req("PLT-04")
def test_style_and_text_size_are_changed_by_key_and_menu_and_kept(make: Make) -> None:
    settings = Memory()
    window = make(settings)
    QTest.mouseClick(window.status.style_switch, Qt.MouseButton.LeftButton)
    settle()
    assert (tokens().name, settings.get("style", "")) == ("dark", "dark")
    before = window.rail.grab().toImage()
    styles = window._choices[1].menu
    chosen = list[str]()
    for action in styles.actions():
        action.trigger()
        settle()
        chosen.append(tokens().name)
        assert action.isChecked()
    assert chosen == list(STYLES)
    assert window.rail.grab().toImage() != before
    size = text_size()
    QTest.keyClick(window, Qt.Key.Key_Equal, CONTROL)
    QTest.keyClick(window, Qt.Key.Key_Equal, CONTROL)
    settle()
    assert text_size() == sorted(TEXT_SIZES)[sorted(TEXT_SIZES).index(size) + 2]
    assert settings.get("text_size", 0) == text_size()
    for _twice in range(2):
        QTest.keyClick(window, Qt.Key.Key_Minus, CONTROL)
    settle()
    assert text_size() == size


@pytest.mark.req("PLT-04")
@pytest.mark.parametrize("code", ["en", "zh_CN"])
def test_nothing_is_cut_at_the_smallest_screen_with_the_largest_text(make: Make, code: str) -> None:
    window = make()
    window.set_language(code)
    window.set_style("light", 18)
    window.resize(1366, 768)
    window.head.set_reminder("15:30 拜访 重庆长宏机电" * 8, 3)
    settle()
    assert window.width() == 1366
    for label in window.status.findChildren(QLabel):
        assert not label.isVisible() or label.width() >= label.sizeHint().width()
    for button in (window.head.reminder, window.head.user, window.status.menu_switch):
        assert button.width() >= button.sizeHint().width()
    assert window.head.search.width() > 150
    assert window.head.user.geometry().right() <= window.head.width()


@pytest.mark.req("PLT-07")
def test_f1_lists_every_shortcut_and_finds_one(make: Make) -> None:
    window = make()
    window.add_keys(lambda: [Keys("Lists", "Ins", "New line")])
    QTest.keyClick(window, Qt.Key.Key_F1)
    page = window.workspace.page(SHORTCUTS)
    assert isinstance(page, ShortcutsPage)
    page.on_shown()
    lines = page.shown()
    own = {action.shortcut().toString() for action in window.findChildren(QAction) if action.text()} - {""}
    assert own <= {line.keys for line in lines}
    assert len(own) > 15
    assert Keys("Lists", "Ins", "New line") in lines
    assert [keys for keys, count in Counter(line.keys for line in lines).items() if count > 1] == []
    QTest.keyClicks(page.search, "Ctrl+W")
    assert [line.title for line in page.shown()] == ["Close tab"]
    shown = {label.text() for label in page.findChildren(QLabel) if label.isVisibleTo(page)}
    assert {"Close tab", "Ctrl+W"} <= shown


@pytest.mark.req("PLT-07")
def test_actions_show_their_key_in_the_tool_tip(make: Make) -> None:
    window = make()
    for action, _title in window._actions:
        if not action.shortcut().isEmpty():
            assert action.shortcut().toString() in action.toolTip()
    model = window.rail.view.model()
    assert model.index(1, 0).data(Qt.ItemDataRole.ToolTipRole) == "Customers (Alt+2)"


def test_the_status_bar_says_how_the_connection_is(make: Make) -> None:
    window = make()
    status = window.status
    status.set_connection("good", "office-server", 8)
    assert status.connection.text() == "office-server · 8 ms"
    status.set_connection("bad", "office-server", 8)
    assert status.connection.text() == "office-server · not connected"
    status.set_others(["李强", "赵琳"])
    assert status.others.text() == "李强, 赵琳 also has this record open"
    status.set_others([])
    assert not status.others.isVisible()
    window.head.set_reminder("15:30 visit", 3)
    assert window.head.reminder.isVisible()
    assert "3 more" in window.head.reminder.text()
    window.head.set_reminder("")
    assert not window.head.reminder.isVisible()


# What screens ask of it


def test_screens_open_records_lists_and_new_forms_through_the_shell(make: Make) -> None:
    window = make()
    shell = WindowShell(window)
    shell.open_record("customers.customer", 7)
    shell.open_record("customers.customer", 7)
    assert window.workspace.current() == PageKey("customers.customer", "record", 7)
    shell.new_record("sales.order", {"customer_id": 7})
    first = window.workspace.current()
    shell.new_record("sales.order")
    second = window.workspace.current()
    assert first is not None
    assert second is not None
    assert first != second
    assert shell.take(first) == {"customer_id": 7}
    assert shell.take(first) is None
    query = Query("customers.customer", words="cq")
    shell.open_list(query)
    assert window.workspace.current() == CUSTOMERS
    assert shell.take(CUSTOMERS) is query
    page = window.workspace.page(CUSTOMERS)
    assert isinstance(page, DemoPage)
    shown = list[Query]()
    page.show_query = shown.append  # type: ignore[attr-defined]
    shell.open_record("customers.customer", 7)
    shell.open_list(query)
    assert shown == [query]
    assert window.workspace.current() == CUSTOMERS


def test_screens_speak_through_the_bar_of_the_window(make: Make) -> None:
    window = make()
    shell = WindowShell(window)
    pressed = list[bool]()
    shell.message("Saved", "done", ("Open", lambda: pressed.append(True)))
    shell.error(NotAvailable(mark("This record is not available.")))
    assert [(message.kind, message.text) for message in window.messages.messages] == [
        ("done", "Saved"),
        ("error", "This record is not available."),
    ]
    button = window.messages.messages[0].findChild(QPushButton)
    assert isinstance(button, QPushButton)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert pressed == [True]


def test_a_torn_off_window_says_it_itself(make: Make) -> None:
    window = make(Memory())
    key = PageKey("customers.customer", "record", 3)
    window.open(key)
    window.workspace.to_window(key)
    (torn,) = window.workspace.windows()
    torn.activateWindow()
    settle()
    shell = WindowShell(window)
    shell.message("Saved.", "done")
    assert [message.text for message in torn.messages.messages] == ["Saved."]
    window.activateWindow()
    settle()
    shell.error(Refused("It is closed."))
    assert [message.kind for message in window.messages.messages] == ["error"]
    assert len(torn.messages.messages) == 1
