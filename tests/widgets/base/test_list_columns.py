"""Columns of a list as somebody arranges them: order, width, frozen, kept for the next time."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from services.language import use_language
from tests.conftest import Company
from tests.services.test_listing import fill
from tests.widgets.base.lists import opened, settle
from widgets.base.list_page import ListPage
from widgets.base.tasks import tasks


@pytest.fixture(autouse=True)
def _calm(qtbot: QtBot) -> Iterator[None]:
    use_language("en")
    yield
    use_language("zh_CN")
    qtbot.waitUntil(lambda: not tasks()._jobs, timeout=5000)


def wide(page: ListPage, qtbot: QtBot) -> None:
    """All columns, each wide enough that the table scrolls sideways."""
    page.columns_.choose([column.key for column in page.listing.columns])
    settle(page, qtbot)
    qtbot.waitUntil(lambda: page.model.rowCount() > 0)
    assert page.table.horizontalScrollBar().maximum() > 500


@pytest.mark.req("PLT-13")
def test_columns_are_frozen_from_the_menu_and_stay_while_scrolling(company: Company, qtbot: QtBot) -> None:
    fill(company.psql(), 60)
    page = opened(company, qtbot)
    wide(page, qtbot)
    page.columns_.menu(None)
    menus = page.findChildren(QMenu)
    inside = next(m for m in menus if m.title() == "Freeze columns")
    second = page.model.columns[1].title
    action = next(a for a in inside.actions() if a.text() == f"Up to {second}")
    action.trigger()
    for menu in menus:
        menu.close()
    overlay = page.frozen.view
    assert overlay.isVisible() and page.frozen.count == 2

    page.table.horizontalScrollBar().setValue(page.table.horizontalScrollBar().maximum())
    first = page.model.index(0, 1)
    assert page.table.visualRect(first).right() < 0  # scrolled away below
    assert overlay.visualRect(first).left() >= 0 and overlay.viewport().rect().intersects(
        overlay.visualRect(first)
    )
    page.actions_.edit()  # the question takes room from the table; its scroll bar stays free
    qtbot.waitUntil(lambda: overlay.height() == page.table.head.height() + page.table.viewport().height())
    page.actions_.panel.give_up()
    qtbot.waitUntil(lambda: overlay.height() == page.table.head.height() + page.table.viewport().height())
    # rows stand side by side, also after scrolling down with the wheel over the frozen columns
    place = QPointF(overlay.visualRect(first).center())
    wheel = QWheelEvent(
        place,
        QPointF(overlay.viewport().mapToGlobal(place.toPoint())),
        QPoint(),
        QPoint(0, -360),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(overlay.viewport(), wheel)
    moved = page.table.verticalScrollBar().value()
    assert moved > 0 and overlay.verticalScrollBar().value() == moved
    QApplication.processEvents()
    assert page.table.verticalScrollBar().value() == moved  # and does not snap back
    last = page.model.index(20, page.model.columnCount() - 1)
    frozen_y = overlay.viewport().mapToGlobal(overlay.visualRect(page.model.index(20, 1)).topLeft()).y()
    assert page.table.viewport().mapToGlobal(page.table.visualRect(last).topLeft()).y() == frozen_y


def test_the_cursor_never_hides_under_frozen_columns_and_they_take_clicks(
    company: Company, qtbot: QtBot
) -> None:
    fill(company.psql(), 40)
    page = opened(company, qtbot)
    wide(page, qtbot)
    page.columns_.freeze(2)
    overlay = page.frozen.view
    page.table.setCurrentIndex(page.model.index(0, page.model.columnCount() - 1))
    for _ in range(page.model.columnCount() - 4):
        qtbot.keyClick(page.table, Qt.Key.Key_Left)
    index = page.table.currentIndex()
    assert index.column() == 3 and page.table.visualRect(index).left() >= overlay.width() - 2

    tick = overlay.visualRect(page.model.index(4, 0)).center()
    qtbot.mouseClick(overlay.viewport(), Qt.MouseButton.LeftButton, pos=tick)
    assert set(page.selection.chosen) == {page.model.rows[4].id}
    head = overlay.head
    place = head.sectionViewportPosition(1) + 20
    before = page.query.order
    qtbot.mouseClick(head.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(place, 10))
    settle(page, qtbot)
    assert page.query.order != before and page.query.order[0].lstrip("-") == page.model.columns[0].key


@pytest.mark.req("PLT-13")
def test_order_width_and_freezing_are_kept_for_the_next_time(company: Company, qtbot: QtBot) -> None:
    fill(company.psql(), 30)
    page = opened(company, qtbot)
    before = [column.key for column in page.model.columns]
    page.table.head.moveSection(3, 1)  # what dragging a title does
    moved = [before[2], *before[:2], *before[3:]]
    qtbot.waitUntil(lambda: [column.key for column in page.model.columns] == moved)
    settle(page, qtbot)
    assert [page.table.head.visualIndex(n) for n in range(4)] == [0, 1, 2, 3]
    page.columns_.freeze(1)
    page.frozen.view.head.resizeSection(1, 222)  # dragging the edge of a frozen title
    assert page.table.columnWidth(1) == 222
    qtbot.waitUntil(lambda: not page.state_._timer.isActive() and not page.state_._slot.busy, timeout=4000)

    again = opened(company, qtbot)
    assert [column.key for column in again.model.columns] == moved
    assert again.frozen.count == 1 and again.table.columnWidth(1) == 222
