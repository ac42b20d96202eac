"""The menus of the window: which doors stand where, by right, by mouse and by key."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

import services.language
from app.navigation import ADVANCED, MENUS, QUICK, WORKBENCH, menu
from models.permissions import Permission
from tests.app.windows import ALT, CONTROL, CUSTOMERS, ORDERS, Make, Memory, settle, titles
from widgets.base.global_search import _spellings
from widgets.base.icons import icon
from widgets.base.pages import PageKey
from widgets.base.style import tokens

pytestmark = pytest.mark.usefixtures("plain")


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


@pytest.mark.req("PLT-01")
def test_the_rail_marks_the_list_of_a_record_but_no_other_view_of_its_kind(make: Make) -> None:
    window = make()

    def marked() -> str:
        return str(window.rail.view.currentIndex().data() or "")

    window.open(PageKey("customers.customer", "record", 1))
    assert marked() == "Customers"
    window.open(PageKey("organisation.user", "personal"))
    assert marked() == "Personal settings"
    window.open(PageKey("organisation.user"))
    assert marked() == ""


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


def test_initials_of_the_menu_are_those_of_pypinyin() -> None:
    from pypinyin import Style, lazy_pinyin

    services.language.use_language("zh_CN")
    for group in (*QUICK, *ADVANCED):
        for entry in group.entries:
            title = services.language.tr(entry.title)
            initials = _spellings(title)[2]
            assert initials == "".join(lazy_pinyin(title, style=Style.FIRST_LETTER))
