"""Pages of the organisation on a wide screen and on a small one: forms stay readable, the boss stays in sight."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from services.entity import Query
from services.language import use_language
from services.organisation.entities import ROLE_ENTITY
from services.wording import in_words
from tests.conftest import Company
from tests.services.organisation.test_people import place_of
from tests.widgets.desk import shell_of
from tests.widgets.organisation.conftest import settle
from tests.widgets.organisation.test_narrow import place, small
from widgets.base.client import Client
from widgets.base.formatting import value_text
from widgets.base.list_page import ListPage
from widgets.base.pages import TABLE, PageKey
from widgets.organisation.branches_page import BranchesPage
from widgets.organisation.positions_page import PositionsPage
from widgets.organisation.roles_page import RolesPage
from widgets.organisation.users_page import UsersPage
from widgets.system.history_page import HistoryPage
from widgets.views import PAGES

Login = Callable[[str], Client]
Show = Callable[[QWidget], Any]
WIDE = (5000, 1200)
READABLE = 900
"""Pixels beyond which nobody finds the end of a line of input."""


@pytest.mark.req("ORG-01", "ORG-03", "ORG-05")
def test_forms_on_a_wide_screen(company: Company, client: Login, show: Show, qtbot: QtBot) -> None:
    boss = client("boss")
    users: UsersPage = show(UsersPage(boss))
    branches: BranchesPage = show(BranchesPage(boss))
    roles: RolesPage = show(RolesPage(boss))
    for page in (users, branches, roles):
        page.resize(*WIDE)
    settle(qtbot)
    assert users.form.name.width() < READABLE and users.table.width() > 3 * READABLE
    assert branches.fields["address"].width() < READABLE
    assert roles.tree.columnWidth(0) < READABLE, "a tick stands near the name of what it allows"


@pytest.mark.req("ORG-02")
def test_the_boss_is_in_sight_on_a_small_screen(
    company: Company, client: Login, show: Show, qtbot: QtBot
) -> None:
    page: PositionsPage = show(PositionsPage(client("boss")))
    small(page, qtbot)
    diagram = page.diagram
    box = diagram.boxes[place_of(company, "boss").id]
    at = diagram.mapFromScene(box.sceneBoundingRect()).boundingRect()
    assert diagram.viewport().rect().contains(at)
    assert diagram.transform().m11() >= 0.6, "its names can be read"
    # whoever has chosen what he looks at keeps it
    diagram.zoom(1.2)
    kept = diagram.transform().m11()
    page.resize(1300, 900)
    settle(qtbot)
    assert diagram.transform().m11() == kept


@pytest.mark.req("PLT-34")
def test_both_days_of_the_history_stand_on_one_line(
    company: Company, client: Login, show: Show, qtbot: QtBot
) -> None:
    page: HistoryPage = show(HistoryPage(client("boss")))
    for width in (830, 1000, 1130, 1400):
        page.resize(width, 700)
        settle(qtbot)
        assert place(page.since, page).top() == place(page.until, page).top()


@pytest.mark.req("ORG-05")
@pytest.mark.parametrize(
    ("page", "entity"),
    [
        (UsersPage, "organisation.user"),
        (RolesPage, "organisation.role"),
        (PositionsPage, "organisation.position"),
        (BranchesPage, "organisation.branch"),
    ],
)
def test_what_has_a_page_of_its_own_is_a_list_too(
    company: Company, client: Login, show: Show, qtbot: QtBot, page: type[Any], entity: str
) -> None:
    """The ticks "export" and "print" of these kinds allow something: where a person looks for it."""
    boss = client("boss")
    made = show(page(boss))
    made.list_button.click()
    assert shell_of(boss).views == [(entity, TABLE)]
    listed = show(PAGES[PageKey(entity, TABLE)].make(boss))
    assert isinstance(listed, ListPage) and listed.query == Query(entity)
    qtbot.waitUntil(lambda: bool(listed.model.rows), timeout=8000)
    assert {"export", "print_", "history", "why"} <= set(listed.actions_.actions)


@pytest.mark.req("ORG-05", "PLT-05")
def test_built_in_roles_are_called_in_the_language_in_force_in_their_list_and_its_files(
    client: Login,
) -> None:
    words = client("boss").dictionary
    name = ROLE_ENTITY.column("name")
    assert in_words(name), "so a file holds what the list shows"
    use_language("zh_CN")
    try:
        assert value_text(name, "Boss", words) == "老板"
        assert value_text(name, "夜班店员", words) == "夜班店员", "what the office calls its own stays"
    finally:
        use_language("en")
