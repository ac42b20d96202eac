"""Advanced search as somebody uses it: groups in a window, chips, a name for it, the list that opens with it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QDialogButtonBox
from pytestqt.qtbot import QtBot

from services.entity import Facet, Group, Query
from services.language import use_language
from tests.conftest import Company
from tests.services.test_listing import fill
from tests.widgets.base.lists import CUSTOMER, opened, settle
from widgets.base.list_page import ListPage
from widgets.base.search_editor import ConditionGroup, ConditionRow
from widgets.base.tasks import tasks

OK = QDialogButtonBox.StandardButton.Ok


@pytest.fixture(autouse=True)
def _calm(qtbot: QtBot) -> Iterator[None]:
    use_language("en")
    yield
    use_language("zh_CN")
    qtbot.waitUntil(lambda: not tasks()._jobs, timeout=5000)


def choose(row: ConditionRow, column: str, operator: str) -> None:
    row.column_box.setCurrentIndex(row.column_box.findData(column))
    row.operator_box.setCurrentIndex(row.operator_box.findData(operator))


def menu_action(page: ListPage, text: str) -> None:
    page.searches.fill()
    action = next(a for a in page.searches.menu.actions() if a.text().replace("★ ", "") == text)
    action.trigger()


def kept(page: ListPage, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not tasks()._jobs and not page.searches._slot.busy)


@pytest.mark.req("PLT-12")
def test_groups_are_made_searched_kept_opened_and_made_the_default(company: Company, qtbot: QtBot) -> None:
    fill(company.psql(), 200)
    page = opened(company, qtbot)
    everything = page.total or 0
    qtbot.mouseClick(page.facets.advanced_button, Qt.MouseButton.LeftButton)
    editor = page.facets.search_editor
    assert editor is not None
    first = editor.root.parts[0]
    assert isinstance(first, ConditionRow)
    choose(first, "kind", "eq")
    first.input.findChild(QComboBox).setCurrentIndex(0)  # type: ignore[union-attr]
    qtbot.mouseClick(editor.root.group_button, Qt.MouseButton.LeftButton)
    group = editor.root.parts[1]
    assert isinstance(group, ConditionGroup) and group.joint_box.currentData() == "any"
    inner = group.parts[0]
    assert isinstance(inner, ConditionRow)
    choose(inner, "credit_days", "ge")
    qtbot.mouseClick(editor.buttons.button(OK), Qt.MouseButton.LeftButton)
    assert editor.problem.isVisible() and not page.query.facets
    qtbot.keyClicks(inner.input.focusProxy(), "10")  # type: ignore[union-attr]
    deeper = group.add_group()
    for column in ("region", "category"):
        choose(deeper.add(), column, "empty")
    qtbot.mouseClick(editor.buttons.button(OK), Qt.MouseButton.LeftButton)
    settle(page, qtbot)
    wanted = (
        Facet("kind", "eq", "company"),
        Group(
            "any",
            (
                Facet("credit_days", "ge", 10),
                Group("all", (Facet("region", "empty"), Facet("category", "empty"))),
            ),
        ),
    )
    assert page.query.facets == wanted and 0 < (page.total or 0) < everything
    narrowed = page.total
    assert (
        page.facets.chips[1].text().startswith("(Credit days at least 10 or (Region is empty and Category is")
    )
    editor.close()

    menu_action(page, "Keep this search under a name …")
    panel = page.actions_.panel
    panel._widget.line.insert("重点")  # type: ignore[union-attr]
    qtbot.mouseClick(panel.do_button, Qt.MouseButton.LeftButton)
    kept(page, qtbot)
    qtbot.waitUntil(lambda: page.searches.button.text() == "重点")
    qtbot.mouseClick(page.facets.chips[0], Qt.MouseButton.LeftButton)
    settle(page, qtbot)
    assert page.searches.button.text() == "重点 *" and list(page.query.facets) == list(wanted[1:])
    menu_action(page, "重点")
    settle(page, qtbot)
    assert page.query.facets == wanted and page.total == narrowed
    menu_action(page, "Open this list with “重点”")
    qtbot.waitUntil(lambda: not page.state_._timer.isActive() and not page.state_._slot.busy)

    again = opened(company, qtbot)
    qtbot.waitUntil(lambda: again.query.facets == wanted)
    settle(again, qtbot)
    qtbot.waitUntil(lambda: again.total == narrowed)
    elsewhere = opened(company, qtbot, query=Query(CUSTOMER, data_class="individuals"))
    assert not elsewhere.query.facets

    # the window shows what is asked, so that it can be changed
    again.facets.ask_more()
    shown = again.facets.search_editor
    assert shown is not None and shown.root.condition() == Group("all", wanted)
    shown.close()


@pytest.mark.req("PLT-12")
def test_rename_overwrite_delete_and_a_default_that_is_gone(company: Company, qtbot: QtBot) -> None:
    fill(company.psql(), 60)
    page = opened(company, qtbot, query=Query(CUSTOMER, facets=(Facet("credit_days", "ge", 10),)))
    menu_action(page, "Keep this search under a name …")
    page.actions_.panel._widget.line.insert("甲")  # type: ignore[union-attr]
    qtbot.mouseClick(page.actions_.panel.do_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: [one.name for one in page.searches.found] == ["甲"])
    menu_action(page, "Rename …")
    line = page.actions_.panel._widget.line  # type: ignore[union-attr]
    line.selectAll()
    line.insert("乙")
    qtbot.mouseClick(page.actions_.panel.do_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: [one.name for one in page.searches.found] == ["乙"])
    page.change(Query(CUSTOMER, words="长宏"))
    settle(page, qtbot)
    menu_action(page, "Overwrite “乙” with what is shown")
    qtbot.waitUntil(lambda: page.searches.found[0].query["words"] == "长宏")
    qtbot.waitUntil(lambda: page.searches.button.text() == "乙")
    menu_action(page, "Offer to everybody")
    qtbot.waitUntil(lambda: page.searches.found[0].everybody)
    other = opened(company, qtbot, "sales1")
    qtbot.waitUntil(lambda: [one.name for one in other.searches.found] == ["乙"])
    menu_action(other, "乙 (by " + other.client.dictionary.user(page.client.user.id) + ")")
    settle(other, qtbot)
    assert other.query.words == "长宏"
    other.searches.fill()
    assert not any(a.text().startswith("Delete") for a in other.searches.menu.actions())
    menu_action(other, "Open this list with “乙”")
    qtbot.waitUntil(lambda: not other.state_._timer.isActive() and not other.state_._slot.busy)
    menu_action(page, "Delete “乙”")
    qtbot.waitUntil(lambda: page.searches.found == ())
    late = opened(company, qtbot, "sales1")
    qtbot.waitUntil(lambda: bool(late.messages.messages))
    assert "is gone" in late.messages.messages[0].text
    settle(late, qtbot)
    assert late.total and not late.query.words


@pytest.mark.req("PLT-12")
def test_a_broken_search_opens_with_a_clear_word(company: Company, qtbot: QtBot) -> None:
    fill(company.psql(), 30)
    page = opened(
        company, qtbot, query=Query(CUSTOMER, facets=(Facet("category", "eq", "customer_category.vip"),))
    )
    menu_action(page, "Keep this search under a name …")
    page.actions_.panel._widget.line.insert("VIP")  # type: ignore[union-attr]
    qtbot.mouseClick(page.actions_.panel.do_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(page.searches.found))
    company.psql().execute(
        """UPDATE system.saved_search SET query = jsonb_set(query, '{facets}',
           '[["category", "eq", "customer_category.gone"], ["lucky", "eq", 1], ["kind", "eq", "company"]]')"""
    )
    late = opened(company, qtbot)
    qtbot.waitUntil(lambda: bool(late.searches.found))
    menu_action(late, "VIP")
    settle(late, qtbot)
    said = late.messages.messages[0].text
    assert "field lucky" in said and "customer_category.gone of Category" in said
    assert late.query.facets == (Facet("kind", "eq", "company"),)
