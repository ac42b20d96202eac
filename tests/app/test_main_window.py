"""The window as a user works with it: menus, search box, keys, layout, language, style."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from PySide6.QtCore import QDate, QEvent, QLocale, QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QDialogButtonBox,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot

import services.language
from app.main_window import MainWindow
from app.navigation import ADVANCED, MENUS, QUICK, SHORTCUTS, WORKBENCH, menu
from app.shell import WindowShell
from models.permissions import Permission
from services.entity import Query
from services.errors import NotAvailable, Refused
from services.language import mark
from widgets.base.global_search import Answer, Hit, Reach, _spellings
from widgets.base.icons import icon
from widgets.base.language import switch_language
from widgets.base.pages import PageKey
from widgets.base.shortcuts_page import Keys, ShortcutsPage
from widgets.base.style import STYLES, apply_style, text_size, tokens
from widgets.base.tab_groups import Side

CUSTOMERS = PageKey("customers.customer")
ORDERS = PageKey("sales.order")
CONTROL, SHIFT, ALT = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
)


class Memory:
    """Settings that live as long as the test."""

    def __init__(self) -> None:
        self.kept: dict[str, Any] = {}

    def get(self, key: str, default: Any) -> Any:
        return json.loads(self.kept[key]) if key in self.kept else default

    def set(self, key: str, value: Any) -> None:
        self.kept[key] = json.dumps(value)


class DemoPage(QWidget):
    def __init__(self, key: PageKey) -> None:
        super().__init__()
        self.key, self.refuses = key, False
        self.edit = QLineEdit()
        QVBoxLayout(self).addWidget(self.edit)
        self.setFocusProxy(self.edit)

    def title(self) -> str:
        return f"Number {self.key.record} of many" if self.key.record is not None else self.key.entity

    def can_close(self) -> bool:
        return not self.refuses

    def state(self) -> dict[str, Any]:
        return {"text": self.edit.text()}

    def restore(self, state: dict[str, Any]) -> None:
        self.edit.setText(state["text"])


class SlowProvider:
    """Answers when the test says so."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Answer]] = []

    def search(self, words: str, answer: Answer) -> None:
        self.asked.append((words, answer))


def app() -> QApplication:
    found = QApplication.instance()
    assert isinstance(found, QApplication)
    return found


def settle() -> None:
    for _ in range(3):
        QApplication.processEvents()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture(autouse=True)
def _plain(qtbot: QtBot) -> Iterator[None]:
    """English and light, and Chinese again afterwards."""
    switch_language(app(), "en")
    apply_style(app(), "light")
    yield
    switch_language(app(), "zh_CN")
    apply_style(app(), "light")


Make = Callable[..., MainWindow]


@pytest.fixture
def make(qtbot: QtBot) -> Iterator[Make]:
    made = list[MainWindow]()

    def build(
        settings: Memory | None = None,
        can: Callable[[str], bool] = lambda right: True,
        providers: Sequence[SlowProvider] = (),
        panels: bool = False,
    ) -> MainWindow:
        window = MainWindow(
            DemoPage, can=can, settings=settings or Memory(), user="王经理", providers=providers
        )
        qtbot.addWidget(window)
        if panels:
            window.add_panel("reminders", "Tasks", QLabel("panel"))
        window.start()
        window.show()
        settle()
        made.append(window)
        return window

    yield build
    for window in made:
        window.workspace.close_windows()
    settle()


def titles(window: MainWindow) -> list[str]:
    return [entry.title for entry in window.rail.entries()]


# Menus


@pytest.mark.req("PLT-02")
def test_the_quick_and_the_advanced_menu_are_switched_in_one_click_and_kept(make: Make) -> None:
    settings = Memory()
    window = make(settings)
    quick = titles(window)
    assert quick[:4] == ["Workbench", "Customers", "Contacts", "Follow-up"]
    QTest.mouseClick(window.status.menu_switch, Qt.MouseButton.LeftButton)
    assert len(titles(window)) > len(quick)
    assert "Warehouses" in titles(window)
    assert titles(make(settings)) == titles(window)
    window.activateWindow()
    settle()
    QTest.keyClick(window, Qt.Key.Key_M, CONTROL)
    assert titles(window) == quick


@pytest.mark.req("PLT-02")
def test_what_a_user_has_no_right_to_is_not_shown(make: Make) -> None:
    window = make(can=lambda right: right.startswith("stock."))
    assert "Customers" not in titles(window)
    assert "Stock" in titles(window)
    window.use_menu("advanced")
    groups = [group.title for group in menu("advanced", lambda right: right.startswith("stock."))]
    assert "Company" not in groups
    window.head.search.begin()
    QTest.keyClicks(window.head.search, "customers")
    QTest.qWait(80)
    assert not [hit for hit in window.head.search.results.hits() if hit.key == CUSTOMERS]


def test_every_entry_has_an_icon_and_an_existing_right() -> None:
    later = {"opportunities.opportunity.view"}
    for group in (*QUICK, *ADVANCED):
        for entry in group.entries:
            icon(entry.icon)
            assert not entry.permission or entry.permission in {*map(str, Permission), *later}


def test_the_advanced_menu_has_all_of_the_quick_one() -> None:
    quick, advanced = ({entry.key for group in MENUS[name] for entry in group.entries} for name in MENUS)
    assert quick <= advanced


def test_doors_that_do_not_open_are_not_shown() -> None:
    shown = menu("quick", lambda right: True, lambda key: key == CUSTOMERS)
    assert [entry.key for group in shown for entry in group.entries] == [CUSTOMERS]


@pytest.mark.req("PLT-01")
def test_a_click_in_the_rail_opens_and_with_ctrl_beside(make: Make) -> None:
    window = make()
    assert window.workspace.current() == WORKBENCH
    view, model = window.rail.view, window.rail.view.model()
    row = next(row for row in range(model.rowCount()) if model.index(row, 0).data() == "Customers")
    place = view.visualRect(model.index(row, 0)).center()
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert window.workspace.current() == CUSTOMERS
    orders = next(row for row in range(model.rowCount()) if "orders" in str(model.index(row, 0).data()))
    place = view.visualRect(model.index(orders, 0)).center()
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, CONTROL, place)
    assert window.workspace.current() == ORDERS
    assert len(window.workspace._groups()) == 2
    assert view.currentIndex().row() == orders


@pytest.mark.req("PLT-07")
def test_the_rail_works_with_keys(make: Make) -> None:
    window = make()
    QTest.keyClick(window, Qt.Key.Key_2, ALT)
    assert window.workspace.current() == CUSTOMERS
    QTest.keyClick(window, Qt.Key.Key_0, CONTROL)
    assert window.rail.view.hasFocus()
    QTest.keyClick(window.rail.view, Qt.Key.Key_Down)
    QTest.keyClick(window.rail.view, Qt.Key.Key_Return)
    assert window.workspace.current() == PageKey("customers.contact")
    QTest.keyClick(window, Qt.Key.Key_B, CONTROL)
    assert window.rail.folded
    assert window.rail.width() < 60


def test_counts_are_drawn_red(make: Make) -> None:
    window = make()
    red = tokens().color("badge")

    def reds() -> int:
        image = window.rail.grab().toImage()
        points = ((x, y) for x in range(image.width()) for y in range(0, image.height(), 2))
        return sum(image.pixelColor(x, y) == red for x, y in points)

    assert reds() == 0
    window.rail.set_counts({"activities.record": 5, "stock.balance": 128})
    assert reds() > 60
    window.rail.set_folded(True)
    settle()
    assert reds() > 60


# Search


@pytest.mark.req("PLT-07")
def test_one_box_finds_menu_commands_by_pinyin_with_the_keyboard_alone(make: Make) -> None:
    window = make()
    QTest.keyClick(window, Qt.Key.Key_L, CONTROL | SHIFT)
    box = window.head.search
    for typed, wanted in (("htdd", ORDERS), ("kehu", CUSTOMERS), ("合同", ORDERS)):
        window.workspace.close_pages(window.workspace.keys())
        QTest.keyClick(window, Qt.Key.Key_K, CONTROL)
        assert box.hasFocus()
        if typed.isascii():
            QTest.keyClicks(box, typed)
        else:
            box.setText(typed)
            box.textEdited.emit(typed)
        QTest.keyClick(box, Qt.Key.Key_Return)
        assert window.workspace.current() == wanted
        assert not box.text()
        assert not box.results.isVisible()
    QTest.keyClick(window, Qt.Key.Key_K, CONTROL)
    QTest.keyClicks(box, "sshs")  # 浅色或深色 is qshss: not found
    QTest.qWait(80)
    assert not box.results.hits()
    QTest.keyClick(box, Qt.Key.Key_Escape)
    QTest.keyClick(window, Qt.Key.Key_K, CONTROL)
    QTest.keyClicks(box, "qshss")
    QTest.keyClick(box, Qt.Key.Key_Return)
    assert tokens().dark


def test_results_of_several_providers_stand_in_order_and_late_answers_are_dropped(make: Make) -> None:
    first, second = SlowProvider(), SlowProvider()
    window = make(providers=[first, second])
    box = window.head.search
    box.begin()
    QTest.keyClicks(box, "cq")
    QTest.qWait(80)
    second.asked[-1][1]([Hit("Documents", "XS1")], Reach.WHOLE)
    first.asked[-1][1](
        [Hit("Customers", "重庆长宏", key=CUSTOMERS), Hit("Customers", "重庆重轮")], Reach.WHOLE
    )
    assert [hit.title for hit in box.results.hits()] == ["重庆长宏", "重庆重轮", "XS1"]
    old = first.asked[-1][1]
    QTest.keyClicks(box, "g")
    QTest.qWait(80)
    assert first.asked[-1][0] == "cqg"
    old([Hit("Customers", "too late")], Reach.WHOLE)
    assert not box.results.hits()
    first.asked[-1][1](
        [Hit("Customers", "a"), Hit("Customers", "b", key=PageKey("customers.customer", "record", 7))],
        Reach.WHOLE,
    )
    QTest.keyClick(box, Qt.Key.Key_Down)
    QTest.keyClick(box, Qt.Key.Key_Return, CONTROL)
    assert window.workspace.current() == PageKey("customers.customer", "record", 7)
    assert len(window.workspace._groups()) == 2


def test_results_lie_over_the_page_and_go_when_the_focus_goes(make: Make) -> None:
    slow = SlowProvider()
    window = make(providers=[slow])
    box = window.head.search
    box.begin()
    QTest.keyClicks(box, "x")
    QTest.qWait(80)
    slow.asked[-1][1]([Hit("Customers", "x", key=CUSTOMERS)], Reach.WHOLE)
    results = box.results
    assert results.isVisible()
    assert window.childAt(results.geometry().center()) in {results, *results.findChildren(QWidget)}
    QTest.mouseClick(window, Qt.MouseButton.LeftButton, pos=QPoint(5, 5))
    window.workspace.page(WORKBENCH).setFocus()  # type: ignore[union-attr]
    assert not results.isVisible()


@pytest.mark.req("PLT-03")
def test_a_search_that_goes_on_says_so_and_one_that_was_cut_never_says_nothing_found(make: Make) -> None:
    slow = SlowProvider()
    window = make(providers=[slow])
    box = window.head.search
    box.begin()
    QTest.keyClicks(box, "qzx")
    QTest.qWait(80)
    answer, note = slow.asked[-1][1], box.results._note
    assert note.text() == "Searching…"
    answer([], Reach.GOING_ON)
    assert note.isVisible() and note.text() == "Searching…" and not box.results.hits()
    answer([Hit("Customers", "a")], Reach.GOING_ON)
    assert [hit.title for hit in box.results.hits()] == ["a"]
    assert note.isVisible() and note.text() == "The search goes on…"
    answer([Hit("Customers", "a"), Hit("Documents", "b")], Reach.WHOLE)
    assert [hit.title for hit in box.results.hits()] == ["a", "b"] and not note.isVisible()
    answer([], Reach.CUT)
    assert note.isVisible() and note.text().startswith("Not everything could be searched.")
    answer([], Reach.WHOLE)
    assert note.text() == "Nothing found. Try fewer letters."


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
    assert (tokens().name, settings.get("style", "")) == ("dark", "dark")
    before = window.rail.grab().toImage()
    styles = window._choices[1].menu
    chosen = list[str]()
    for action in styles.actions():
        action.trigger()
        chosen.append(tokens().name)
        assert action.isChecked()
    assert chosen == list(STYLES)
    assert window.rail.grab().toImage() != before
    size = text_size()
    QTest.keyClick(window, Qt.Key.Key_Equal, CONTROL)
    assert text_size() > size
    assert settings.get("text_size", 0) == text_size()
    QTest.keyClick(window, Qt.Key.Key_Minus, CONTROL)
    assert text_size() == size


@pytest.mark.req("PLT-04")
@pytest.mark.parametrize("code", ["en", "zh_CN"])
def test_nothing_is_cut_at_the_smallest_screen_with_the_largest_text(make: Make, code: str) -> None:
    window = make()
    window.set_language(code)
    window.set_style("light", 18)
    window.resize(1366, 768)
    window.head.set_reminder("15:30 拜访 重庆长宏机电", 3)
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
    QTest.keyClicks(page.filter, "Ctrl+W")
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


def test_initials_of_the_menu_are_those_of_pypinyin() -> None:
    from pypinyin import Style, lazy_pinyin

    services.language.use_language("zh_CN")
    for group in (*QUICK, *ADVANCED):
        for entry in group.entries:
            title = services.language.tr(entry.title)
            initials = _spellings(title)[2]
            assert initials == "".join(lazy_pinyin(title, style=Style.FIRST_LETTER))


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
