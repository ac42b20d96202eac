"""Pages of the organisation on a small screen: nothing is cut, nothing stands upon another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from services.language import use_language
from tests.conftest import Company
from tests.widgets.organisation.conftest import settle
from widgets.base.client import Client
from widgets.organisation.access_page import AccessPage
from widgets.organisation.roles_page import RolesPage
from widgets.organisation.users_page import UsersPage
from widgets.system.dictionary_page import DictionaryPage
from widgets.system.history_page import HistoryPage

Login = Callable[[str], Client]
Show = Callable[[QWidget], Any]
SMALL = (830, 560)
"""What a window of 1024 × 700 leaves to a page."""


def place(widget: QWidget, page: QWidget) -> QRect:
    """Where ``widget`` stands in ``page``."""
    return QRect(widget.mapTo(page, QPoint(0, 0)), widget.size())


def small(page: QWidget, qtbot: QtBot) -> None:
    page.resize(*SMALL)
    settle(qtbot)


@pytest.fixture(params=["en", "zh_CN"])
def spoken(request: pytest.FixtureRequest) -> str:
    """Both languages; ``in_english`` finds the way back."""
    use_language(request.param)
    return str(request.param)


@pytest.mark.req("ORG-11", "ORG-12")
def test_levels_and_sections(company: Company, client: Login, show: Show, qtbot: QtBot, spoken: str) -> None:
    page: AccessPage = show(AccessPage(client("boss")))
    small(page, qtbot)
    ticks = list(page.sections.values())
    assert len(ticks) > 3 and len(page.levels) > 3
    widgets: list[QWidget] = [
        *page.levels.values(),
        page.save_sharing_button,
        *ticks,
        page.save_sections_button,
        page.tls,
    ]
    area = page.findChild(QScrollArea)
    assert area is not None and area.horizontalScrollBar().maximum() == 0
    at = [place(each, page) for each in widgets]
    for one, (each, here) in enumerate(zip(widgets, at, strict=True)):
        assert here.height() >= each.minimumSizeHint().height() and here.right() <= page.width()
        assert not any(here.intersects(other) for other in at[one + 1 :])
    # the last of them can be scrolled to
    area.ensureWidgetVisible(page.tls)
    assert page.rect().contains(place(page.tls, page))


@pytest.mark.req("PLT-34")
def test_filters_of_the_history(
    company: Company, client: Login, show: Show, qtbot: QtBot, spoken: str
) -> None:
    page: HistoryPage = show(HistoryPage(client("boss")))
    small(page, qtbot)
    fields = (page.kind, page.person, page.action, page.since, page.until)
    at = [place(each, page) for each in fields]
    assert len({here.top() for here in at}) > 1, "they stand in two lines here"
    for one, (each, here) in enumerate(zip(fields, at, strict=True)):
        assert page.rect().contains(here) and here.width() >= each.minimumSizeHint().width()
        assert not any(here.intersects(other) for other in at[one + 1 :])
    assert min(place(page.tree, page).top(), page.height()) > max(here.bottom() for here in at)
    assert page.tree.height() > 250


@pytest.mark.req("ORG-05")
def test_the_tick_list(company: Company, client: Login, show: Show, qtbot: QtBot, spoken: str) -> None:
    page: RolesPage = show(RolesPage(client("boss")))
    small(page, qtbot)
    tree, header = page.tree, page.tree.header()
    for column in range(1, tree.columnCount()):
        title = tree.headerItem().text(column)
        assert header.fontMetrics().horizontalAdvance(title) + 12 <= tree.columnWidth(column), title
    for row in range(tree.topLevelItemCount()):
        top = tree.topLevelItem(row)
        assert top is not None
        for line in (top.child(n) for n in range(top.childCount())):
            assert line is not None
            if not line.isFirstColumnSpanned():
                room = tree.columnWidth(0) - 2 * tree.indentation()
                assert tree.fontMetrics().horizontalAdvance(line.text(0)) + 6 <= room, line.text(0)


@pytest.mark.req("ORG-03")
def test_logins_and_the_name_of_a_choice(
    company: Company, client: Login, show: Show, qtbot: QtBot, spoken: str
) -> None:
    users: UsersPage = show(UsersPage(client("boss")))
    small(users, qtbot)
    rows = range(users.table.rowCount())
    logins = [users.table.item(row, 1).text() for row in rows]
    assert "accountant" in logins
    for login in logins:
        assert users.table.fontMetrics().horizontalAdvance(login) + 22 <= users.table.columnWidth(1), login
    page: DictionaryPage = show(DictionaryPage(client("boss")))
    small(page, qtbot)
    assert page.new_name.width() > 200
    for button in (page.add, *page.buttons):
        assert (
            page.rect().contains(place(button, page)) and button.width() >= button.minimumSizeHint().width()
        )
