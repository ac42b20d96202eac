"""The recycle bin of every kind of record."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from services import records
from services.language import language, use_language
from services.registry import ENTITIES
from tests.conftest import Company
from tests.services.test_recycling import found, tree_of
from tests.services.test_visibility import user_id
from tests.widgets.desk import client_of
from tests.widgets.organisation.conftest import settle
from widgets.base.language import switch_language
from widgets.base.tasks import tasks
from widgets.system.deletions import Deletions
from widgets.system.recycle_bin import RecycleBin


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    """Texts are compared in English."""
    before = language()
    use_language("en")
    yield
    use_language(before)


def shown(company: Company, login: str, qtbot: QtBot) -> RecycleBin:
    """The bin of ``login``, all kinds together, read."""
    page = RecycleBin(client_of(company.as_(login)))
    qtbot.addWidget(page)
    page.resize(1100, 600)
    page.show()
    settle(qtbot)
    return page


def names(page: Deletions) -> list[str]:
    """What the lines are called."""
    items = (page.tree.topLevelItem(row) for row in range(page.tree.topLevelItemCount()))
    return [item.text(0) for item in items if item is not None]


@pytest.mark.req("PLT-33")
def test_what_was_deleted_is_there_by_kind_and_comes_back_with_what_hung_on_it(
    company: Company, qtbot: QtBot
) -> None:
    client = client_of(company.as_("sales1"))
    entity = ENTITIES["customers.customer"]
    made = client.database.write(records.create, entity=entity, values={"name": "重庆长宏"}).id
    client.database.write(
        records.create, entity=ENTITIES["customers.contact"], values={"name": "单雄", "customer_id": made}
    )
    client.database.write(records.recycle, entity=entity, ids=[made])
    page = RecycleBin(client)
    qtbot.addWidget(page)
    page.resize(1000, 600)
    page.show()
    assert "organisation.user" not in [page.kinds.itemData(n) for n in range(page.kinds.count())]
    page.kinds.setCurrentIndex(page.kinds.findData("customers.contact"))
    contacts = page.page()
    assert contacts is not None
    qtbot.waitUntil(lambda: contacts.total == 1 and contacts.model.rowCount() == 1)
    with_what = next(at for at, one in enumerate(contacts.model.columns) if one.key == "went_with")
    assert contacts.model.rows[0].values[with_what] == "customers.customer"
    page.kinds.setCurrentIndex(page.kinds.findData("customers.customer"))
    customers = page.page()
    assert customers is not None
    qtbot.waitUntil(lambda: customers.total == 1 and customers.model.rowCount() == 1)
    assert not [b for b in (customers.actions_.new_button,) if b.isVisible()]
    customers.table.setFocus()
    customers.table.setCurrentIndex(customers.model.index(0, 1))
    customers.actions_.actions["restore"].trigger()
    qtbot.waitUntil(lambda: customers.total == 0)
    left = (
        company.psql()
        .execute(
            "SELECT (SELECT count(*) FROM customers.customer WHERE deleted_at IS NULL),"
            " (SELECT count(*) FROM customers.contact WHERE deleted_at IS NULL)"
        )
        .fetchone()
    )
    assert left == (1, 1)
    qtbot.waitUntil(lambda: not tasks()._jobs, timeout=5000)


@pytest.mark.req("PLT-33")
def test_a_whole_tree_is_one_line_that_opens_and_comes_back_by_keys(company: Company, qtbot: QtBot) -> None:
    for name in ("长宏机电", "嘉陵食品"):
        tree_of(company, "sales1", name)
    whole = shown(company, "sales1", qtbot)
    page = whole.everything
    assert names(page) == ["嘉陵食品", "长宏机电"]
    assert page.purge_button.isHidden() and page.empty_button.isHidden() and "purge" not in page.actions_
    top = page.tree.topLevelItem(0)
    assert top is not None and top.text(2) == "Contacts: 2, Contact records: 1"
    assert top.text(3) == page.client.dictionary.user(user_id(company, "sales1"))
    page.tree.setFocus()
    page.tree.setCurrentItem(top)
    qtbot.keyClick(page.tree, Qt.Key.Key_Right)
    settle(qtbot)
    assert [top.child(row).text(0) for row in range(top.childCount())] == [
        "回访", "单雄嘉陵食品", "曾国嘉陵食品"
    ]  # fmt: skip
    # a line below the tree's top stands for the whole
    qtbot.keyClick(page.tree, Qt.Key.Key_Down)
    qtbot.keyClick(page.tree, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
    settle(qtbot)
    assert page.bar.messages[-1].text.startswith("Back again: ")
    assert names(page) == ["长宏机电"]
    alive = company.psql().execute("SELECT count(*) FROM customers.contact WHERE deleted_at IS NULL")
    assert alive.fetchone() == (2,)


@pytest.mark.req("PLT-33")
def test_the_bin_is_searched_and_follows_language_and_others(company: Company, qtbot: QtBot) -> None:
    tree_of(company, "sales1", "长宏机电")
    whole = shown(company, "boss", qtbot)
    page = whole.everything
    page.search.insert("曾国")
    qtbot.waitUntil(lambda: not page._typing.isActive())
    settle(qtbot)
    assert names(page) == ["长宏机电"], "found by the contact who went along"
    page.search.setText("none such")
    qtbot.waitUntil(lambda: not page._typing.isActive())
    settle(qtbot)
    assert names(page) == [] and page.nothing.text() == "Nothing here answers your search."
    page.search.clear()
    qtbot.waitUntil(lambda: not page._typing.isActive())
    settle(qtbot)
    first = page.tree.topLevelItem(0)
    assert first is not None
    first.setExpanded(True)
    settle(qtbot)
    tree_of(company, "lead1", "嘉陵食品")
    page.reload()
    settle(qtbot)
    assert names(page) == ["嘉陵食品", "长宏机电"]
    again = page.tree.topLevelItem(1)
    assert again is not None and again.isExpanded() and again.childCount() == 3
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    switch_language(application, "zh_CN")
    try:
        assert page.restore_button.text() == "恢复" and names(page) == ["嘉陵食品", "长宏机电"]
        assert page.tree.topLevelItem(0).text(2).startswith("联系人")  # type: ignore[union-attr]
    finally:
        switch_language(application, "en")


@pytest.mark.req("PLT-33")
def test_the_boss_deletes_one_for_ever_and_then_everything(company: Company, qtbot: QtBot) -> None:
    for name in ("长宏机电", "嘉陵食品", "万州物流"):
        tree_of(company, "sales1", name)
    whole = shown(company, "boss", qtbot)
    page = whole.everything
    page.tree.setFocus()
    qtbot.keyClick(page.tree, Qt.Key.Key_Delete, Qt.KeyboardModifier.ShiftModifier)
    assert page.panel.isVisible() and "with 3 that went along" in page.panel.text.text()
    qtbot.keyClick(page.panel.do_button, Qt.Key.Key_Escape)
    assert not page.panel.isVisible() and len(names(page)) == 3
    qtbot.keyClick(page.tree, Qt.Key.Key_Delete, Qt.KeyboardModifier.ShiftModifier)
    qtbot.mouseClick(page.panel.do_button, Qt.MouseButton.LeftButton)
    settle(qtbot)
    assert names(page) == ["嘉陵食品", "长宏机电"]
    qtbot.mouseClick(page.empty_button, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(page.panel.do_button, Qt.MouseButton.LeftButton)
    settle(qtbot)
    assert names(page) == [] and page.nothing.text() == "The recycle bin is empty."
    assert page.bar.messages[-1].text == "2 deletions are gone for ever."
    assert found(company, "boss") == []
    left = company.psql().execute("SELECT count(*) FROM customers.customer").fetchone()
    assert left == (0,)
