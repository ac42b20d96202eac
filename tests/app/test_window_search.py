"""The search box of the window: commands and records by keyboard, late answers, what was cut."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from app.navigation import WORKBENCH
from tests.app.windows import CONTROL, CUSTOMERS, ORDERS, SHIFT, Make, SlowProvider
from widgets.base.global_search import Hit, Reach
from widgets.base.pages import PageKey
from widgets.base.style import tokens

pytestmark = pytest.mark.usefixtures("plain")


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
