"""Tabs, split groups and windows as a user works with them."""

from __future__ import annotations

import gc
import json
import random
import weakref
from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QPoint, QRect, Qt, Signal
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QSplitter, QToolButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from services.errors import NotAvailable
from services.language import mark
from widgets.base.pages import Holder, PageKey
from widgets.base.style import apply_style
from widgets.base.tab_groups import DIRTY, GroupBar, Side, TabGroup
from widgets.base.workspace import Workspace

LIVE: weakref.WeakSet[QWidget] = weakref.WeakSet()


class DemoPage(QWidget):
    title_changed = Signal()

    def __init__(self, key: PageKey) -> None:
        super().__init__()
        self.key, self.refuses, self.seen = key, False, list[str]()
        self.edit = QLineEdit()
        self.edit.textChanged.connect(lambda _text: self.title_changed.emit())
        QVBoxLayout(self).addWidget(self.edit)
        self.setFocusProxy(self.edit)
        LIVE.add(self)

    def title(self) -> str:
        return f"{self.key.entity} {self.key.record or ''}".strip()

    def dirty(self) -> bool:
        return bool(self.edit.text())

    def can_close(self) -> bool:
        return not self.refuses

    def on_shown(self) -> None:
        self.seen.append("shown")

    def on_hidden(self) -> None:
        self.seen.append("hidden")

    def state(self) -> dict[str, Any]:
        return {"text": self.edit.text()}

    def restore(self, state: dict[str, Any]) -> None:
        self.edit.setText(state["text"])


def key(number: int) -> PageKey:
    return PageKey("客户", "record", number)


def settle() -> None:
    for _ in range(3):
        QApplication.processEvents()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def space(qtbot: QtBot) -> Iterator[Workspace]:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    apply_style(app, "light")
    LIVE.clear()
    space = Workspace(DemoPage)
    space.setGeometry(0, 0, 900, 600)
    qtbot.addWidget(space)
    space.show()
    yield space
    space.close_windows()
    settle()


def groups(space: Workspace) -> list[list[int | None]]:
    return [[holder.key.record for holder in group.holders()] for group in space._groups()]


def page(space: Workspace, number: int) -> DemoPage:
    found = space.page(key(number))
    assert isinstance(found, DemoPage)
    return found


def bar_of(space: Workspace, number: int) -> tuple[GroupBar, QPoint]:
    """The bar in which the tab of ``number`` stands, and a place on that tab."""
    for group in space._groups():
        for index, holder in enumerate(group.holders()):
            if holder.key == key(number):
                return group.bar, group.bar.tabRect(index).center() - QPoint(10, 0)
    raise AssertionError(f"{number} is not open")


def drag(space: Workspace, number: int, to: QPoint, *, drop: bool = True) -> None:
    """Drag the tab of ``number`` to ``to``, in the workspace's coordinates."""
    bar, start = bar_of(space, number)
    end = bar.mapFromGlobal(space.mapToGlobal(to))
    QTest.mousePress(bar, Qt.MouseButton.LeftButton, pos=start)
    _move(bar, start + QPoint(4, 14))
    _move(bar, end)
    if drop:
        QTest.mouseRelease(bar, Qt.MouseButton.LeftButton, pos=end)
        settle()


def _move(bar: GroupBar, to: QPoint) -> None:
    from PySide6.QtCore import QPointF
    from PySide6.QtGui import QMouseEvent

    # QTest.mouseMove sends no buttons, as if nothing were held.
    left = Qt.MouseButton.LeftButton
    event = QMouseEvent(
        QEvent.Type.MouseMove,
        QPointF(to),
        QPointF(bar.mapToGlobal(to)),
        left,
        left,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(bar, event)


@pytest.mark.req("PLT-01")
def test_a_record_opens_once_and_pages_are_made_when_first_shown(space: Workspace) -> None:
    space.open(key(1))
    space.open(key(2), behind=True)
    space.open(key(1))
    assert groups(space) == [[1, 2]]
    assert space.current() == key(1)
    assert space.page(key(2)) is None
    QTest.keyClick(space, Qt.Key.Key_Tab, Qt.KeyboardModifier.ControlModifier)
    assert space.current() == key(2)
    assert page(space, 2).edit.hasFocus()
    assert page(space, 1).seen == ["shown", "hidden"]


@pytest.mark.req("PLT-01")
def test_dragging_a_tab_to_an_edge_shows_the_room_and_splits(space: Workspace) -> None:
    for number in (1, 2, 3):
        space.open(key(number))
    drag(space, 3, QPoint(880, 300), drop=False)
    assert space._indicator.isVisible()
    assert space._indicator.x() > 440
    assert space._ghost.isVisible()
    bar, _ = bar_of(space, 3)
    QTest.mouseRelease(
        bar, Qt.MouseButton.LeftButton, pos=bar.mapFromGlobal(space.mapToGlobal(QPoint(880, 300)))
    )
    settle()
    assert groups(space) == [[1, 2], [3]]
    assert not space._indicator.isVisible()
    assert not space._ghost.isVisible()
    left, right = space._groups()
    assert abs(left.width() - right.width()) < 20
    assert left.mapTo(space, QPoint(0, 0)).x() < right.mapTo(space, QPoint(0, 0)).x()
    drag(space, 2, QPoint(700, 590))
    assert groups(space) == [[1], [3], [2]]
    drag(space, 2, QPoint(200, 12))
    assert groups(space) == [[1, 2], [3]]


@pytest.mark.req("PLT-01")
def test_tabs_change_places_by_dragging(space: Workspace) -> None:
    for number in (1, 2, 3):
        space.open(key(number))
    drag(space, 3, QPoint(12, 14))
    assert groups(space) == [[3, 1, 2]]
    drag(space, 3, QPoint(880, 14))
    assert groups(space) == [[1, 2, 3]]


@pytest.mark.req("PLT-01")
def test_a_tab_dragged_out_gets_a_window_and_comes_back(space: Workspace, qtbot: QtBot) -> None:
    for number in (1, 2):
        space.open(key(number))
    page(space, 2).edit.setText("half typed")
    drag(space, 2, QPoint(1200, 200))
    assert groups(space) == [[1], [2]]
    (window,) = space.windows()
    assert window.isVisible()
    assert page(space, 2).window() is window
    assert window.windowTitle().startswith("客户 2 – ")
    assert page(space, 2).edit.text() == "half typed"
    bar, start = bar_of(space, 2)
    QTest.mousePress(bar, Qt.MouseButton.LeftButton, pos=start)
    window.hide()  # where both overlap, the front one would win
    _move(bar, start + QPoint(4, 14))
    end = bar.mapFromGlobal(space.mapToGlobal(QPoint(450, 300)))
    _move(bar, end)
    QTest.mouseRelease(bar, Qt.MouseButton.LeftButton, pos=end)
    settle()
    assert groups(space) == [[1, 2]]
    assert not space.windows()
    assert page(space, 2).edit.text() == "half typed"


def test_escape_ends_a_drag(space: Workspace) -> None:
    for number in (1, 2):
        space.open(key(number))
    drag(space, 2, QPoint(880, 300), drop=False)
    bar, _ = bar_of(space, 2)
    QTest.keyClick(bar, Qt.Key.Key_Escape)
    assert not space._indicator.isVisible()
    QTest.mouseRelease(bar, Qt.MouseButton.LeftButton, pos=QPoint(880, 300))
    assert groups(space) == [[1, 2]]


@pytest.mark.req("PLT-07")
def test_keys_close_split_tear_off_and_bring_back(space: Workspace) -> None:
    control, shift = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
    for number in (1, 2, 3):
        space.open(key(number))
    QTest.keyClick(page(space, 3).edit, Qt.Key.Key_Tab, control | shift)
    assert space.current() == key(2)
    QTest.keyClick(page(space, 2).edit, Qt.Key.Key_W, control)
    settle()
    assert groups(space) == [[1, 3]]
    space.show_page(key(3))
    QTest.keyClick(page(space, 3).edit, Qt.Key.Key_Backslash, control)
    settle()
    assert groups(space) == [[1], [3]]
    QTest.keyClick(page(space, 3).edit, Qt.Key.Key_N, control | shift)
    settle()
    assert len(space.windows()) == 1
    assert space.current() == key(3)
    QTest.keyClick(page(space, 3).edit, Qt.Key.Key_B, control | shift)
    settle()
    assert not space.windows()
    assert groups(space) == [[1, 3]]


def test_closing_by_middle_click_and_by_the_cross(space: Workspace) -> None:
    for number in (1, 2, 3):
        space.open(key(number))
    bar, place = bar_of(space, 2)
    QTest.mouseClick(bar, Qt.MouseButton.MiddleButton, pos=place)
    settle()
    assert groups(space) == [[1, 3]]
    cross = bar.tabButton(1, GroupBar.ButtonPosition.RightSide)
    assert isinstance(cross, QToolButton)
    QTest.mouseClick(cross, Qt.MouseButton.LeftButton)
    settle()
    assert groups(space) == [[1]]
    assert len([page for page in LIVE if isValid(page)]) == 1


@pytest.mark.req("PLT-01")
def test_unsaved_input_is_marked_and_a_page_may_refuse_to_close(space: Workspace) -> None:
    space.open(key(1))
    QTest.keyClicks(page(space, 1).edit, "abc")
    bar, _ = bar_of(space, 1)
    assert bar.tabText(0) == f"客户 1 {DIRTY}"
    page(space, 1).refuses = True
    assert not space.close_page(key(1))
    assert not space.may_close_all()
    page(space, 1).refuses = False
    assert space.close_page(key(1))
    assert space.current() is None


def test_closing_a_window_closes_its_pages_unless_one_refuses(space: Workspace) -> None:
    for number in (1, 2):
        space.open(key(number))
    space.to_window(key(2))
    settle()
    page(space, 2).refuses = True
    window = space.windows()[0]
    assert not window.close()
    assert groups(space) == [[1], [2]]
    page(space, 2).refuses = False
    assert window.close()
    settle()
    assert groups(space) == [[1]]


def test_the_tab_menu_offers_what_is_possible(space: Workspace) -> None:
    space.open(key(1))
    enabled = {action.text() for action in space.tab_menu(key(1)).actions() if action.isEnabled()}
    for number in (2, 3):
        space.open(key(number))
    more = {action.text() for action in space.tab_menu(key(1)).actions() if action.isEnabled()}
    assert len(more) == len(enabled) + 4
    menu = space.tab_menu(key(1))
    menu.actions()[2].trigger()
    settle()
    assert groups(space) == [[1]]


@pytest.mark.req("PLT-01")
def test_a_layout_comes_back_after_a_restart(space: Workspace, qtbot: QtBot) -> None:
    for number in (1, 2, 3, 4, 5):
        space.open(key(number))
    space.split(key(3), Side.RIGHT)
    space.split(key(4), Side.BELOW)
    space.to_window(key(5), QRect(100, 100, 500, 400))
    settle()
    page(space, 4).edit.setText("draft")
    space.show_page(key(2))
    settle()
    saved = json.loads(json.dumps(space.save()))
    other = Workspace(DemoPage)
    other.setGeometry(0, 0, 900, 600)
    qtbot.addWidget(other)
    other.show()
    other.restore(saved)
    settle()
    assert groups(other) == groups(space)
    assert other.current() == key(2)
    assert page(other, 4).edit.text() == "draft"
    assert other.page(key(1)) is None, "pages behind are not made before they are seen"
    assert other.windows()[0].geometry() == QRect(100, 100, 500, 400)
    assert bar_of(other, 1)[0].tabText(0) == "客户 1", "and still have their titles"
    other.close_windows()


@pytest.mark.parametrize(
    "broken",
    [
        None,
        [],
        {"root": 5},
        {"root": {"tabs": [{"key": ["a"]}, {"no": 1}, 7]}},
        {"root": {"split": "across", "children": [{"tabs": []}, None], "sizes": "x"}},
        {"windows": [{"place": [1, 2], "root": None}, 3], "current": ["x", "y", 1]},
    ],
)
def test_a_broken_layout_keeps_nobody_from_working(space: Workspace, broken: object) -> None:
    space.open(key(1))
    space.restore(broken)
    settle()
    assert groups(space) == [[]]
    space.open(key(2))
    assert groups(space) == [[2]]


def test_windows_on_a_screen_that_is_gone_come_to_one_that_is_there(space: Workspace) -> None:
    space.open(key(1))
    space.to_window(key(1))
    saved = space.save()
    saved["windows"][0]["place"] = [9000, 9000, 500, 400]
    space.restore(saved)
    assert space.windows()[0].geometry().x() < 5000


def test_a_page_that_cannot_be_made_says_why_and_can_be_tried_again(qtbot: QtBot) -> None:
    fails = [True]

    def factory(wanted: PageKey) -> QWidget:
        if fails:
            raise NotAvailable(mark("This record is not available."))
        return DemoPage(wanted)

    space = Workspace(factory)
    qtbot.addWidget(space)
    space.show()
    space.open(key(1))
    from PySide6.QtWidgets import QLabel, QPushButton

    texts = [label.text() for label in space.findChildren(QLabel)]
    assert any("This record is not available." in text or "不" in text for text in texts)
    fails.clear()
    space.findChildren(QPushButton)[0].click()
    assert isinstance(space.page(key(1)), DemoPage)


def test_a_new_record_keeps_its_tab_under_its_id(space: Workspace) -> None:
    space.open(PageKey("客户", "new"))
    shown = space.page(PageKey("客户", "new"))
    space.rename(PageKey("客户", "new"), key(7))
    assert space.page(key(7)) is shown
    space.open(key(7))
    assert groups(space) == [[7]]


def _sound(space: Workspace) -> None:
    """What must hold whatever was done."""
    keys = space.keys()
    assert len(keys) == len(set(keys))
    assert set(keys) == set(space._holders)
    for area in space._areas():
        found = area.groups()
        assert len(found) == 1 or all(group.count() for group in found)
        for splitter in area.findChildren(QSplitter):
            assert splitter.count() >= 2
        assert len(area.findChildren(TabGroup)) == len(found)
    assert space._group in space._groups()
    assert all(group.count() for window in space.windows() for group in window.area.groups())


@pytest.mark.req("PLT-01")
@pytest.mark.parametrize("seed", range(5))
def test_six_hundred_random_operations(space: Workspace, seed: int) -> None:
    chance = random.Random(seed)
    sides = [Side.LEFT, Side.RIGHT, Side.ABOVE, Side.BELOW]

    def some() -> PageKey:
        return chance.choice(space.keys() or [key(0)])

    for number in range(600):
        if not space.keys() or (len(space.keys()) < 12 and chance.random() < 0.3):
            side = chance.choice([*sides, Side.INTO, Side.INTO])
            space.open(key(chance.randrange(40)), side=side, behind=chance.random() < 0.2)
            continue
        match chance.randrange(11):
            case 0:
                space.close_page(some())
            case 1:
                space.split(some(), chance.choice(sides))
            case 2:
                space.to_window(some(), QRect(chance.randrange(300), chance.randrange(300), 500, 400))
            case 3:
                space.to_main(some())
            case 4:
                space.step(chance.choice([-1, 1]))
            case 5 | 6:
                area = chance.choice(space._areas())
                spot = area.mapToGlobal(QPoint(chance.randrange(900), chance.randrange(600)))
                moved = space._holders[some()]
                space._drag(moved, spot)
                space._drop_dragged(moved, spot)
            case 7:
                settle()
                made = dict(space.pages())
                before = json.loads(json.dumps(space.save()))
                space.restore(before)
                settle()
                after = json.loads(json.dumps(space.save()))
                assert [window["root"] is None for window in after["windows"]].count(True) == 0
                assert _shape(after["root"]) == _shape(before["root"])
                torn = [
                    sorted(repr(_shape(each["root"])) for each in saved["windows"])
                    for saved in (before, after)
                ]
                assert torn[0] == torn[1]
                assert dict(space.pages()).items() >= made.items(), "pages that were open are kept"
            case 8:
                windows = space.windows()
                if windows:
                    chance.choice(windows).close()
            case 9:
                if chance.random() < 0.15:
                    space.gather()
            case 10:
                before, after = space.neighbours(some())
                space.close_pages([*before, *after])
        if number % 5 == 0:
            settle()
            _sound(space)
    settle()
    _sound(space)
    space.close_pages(space.keys())
    settle()
    gc.collect()
    assert groups(space) == [[]]
    assert not [page for page in LIVE if isValid(page)]
    assert not [widget for widget in QApplication.allWidgets() if isinstance(widget, Holder)]


def _shape(node: Any) -> Any:
    if node is None or "tabs" in node:
        return [tab["key"] for tab in (node or {"tabs": []})["tabs"]], (node or {}).get("current")
    return node["split"], [_shape(child) for child in node["children"]]
