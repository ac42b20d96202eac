"""The data dictionary page, driven as a person does (PLT-37)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from services import records
from services.language import use_language
from services.registry import ENTITIES
from services.session import Dictionary, read_dictionary
from tests.conftest import Company
from tests.widgets.desk import client_of
from widgets.base.editors.choice import ChoiceEditor
from widgets.base.formatting import chip_of, value_text
from widgets.base.tasks import tasks
from widgets.system.dictionary_page import COLOURS, EN, ZH, DictionaryPage

KIND = "customer_category"


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Titles in English, and nobody's task left over."""
    use_language("en")
    yield
    tasks().wait()
    use_language("zh_CN")


def opened(company: Company, login: str, qtbot: QtBot) -> DictionaryPage:
    """The page with the categories of customers chosen."""
    page = DictionaryPage(client_of(company.as_(login)))
    qtbot.addWidget(page)
    page.resize(1100, 700)
    with qtbot.waitSignal(page.loaded):
        page.show()
    page.show_kind(KIND)
    return page


def dictionary_of(company: Company) -> Dictionary:
    """What every client reads now."""
    with company.as_("sales1").read_session() as session:
        return read_dictionary(session)


def names(page: DictionaryPage) -> list[str]:
    """Chinese names of the choices shown, in order."""
    return [
        item.text(ZH) for n in range(page.tree.topLevelItemCount()) if (item := page.tree.topLevelItem(n))
    ]


@pytest.mark.req("PLT-37")
def test_choices_are_added_named_ordered_coloured_and_switched_off(qtbot: QtBot, company: Company) -> None:
    page = opened(company, "boss", qtbot)
    assert "Category" in page.kind_title.text()
    before = names(page)
    page.new_name.setText("老朋友")
    with qtbot.waitSignal(page.loaded):
        QTest.keyClick(page.new_name, Qt.Key.Key_Return)
    assert names(page) == [*before, "老朋友"]
    last = page.tree.topLevelItem(len(before))
    assert last is not None
    page.tree.setCurrentItem(last)
    for _ in range(2):
        with qtbot.waitSignal(page.loaded):
            QTest.keyClick(page.tree, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert names(page) == [*before[:-2], "老朋友", *before[-2:]]
    item = page.tree.currentItem()
    assert item is not None
    with qtbot.waitSignal(page.loaded):
        item.setText(EN, "Old friend")
    colour = next(iter(COLOURS))
    with qtbot.waitSignal(page.loaded):
        page.set_colour(colour)
    key = next(choice.key for choice in dictionary_of(company).choices.values() if choice.zh == "老朋友")
    choice = dictionary_of(company).choices[key]
    assert (choice.en, choice.colour, choice.active) == ("Old friend", colour, True)
    assert [each.zh for each in dictionary_of(company).of(KIND)] == names(page)

    sales = company.as_("sales1")
    customer = ENTITIES["customers.customer"]
    record = sales.write(records.create, entity=customer, values={"name": "甲公司", "category": key}).id
    with qtbot.waitSignal(page.loaded):
        page.turn.click()
    off = dictionary_of(company)
    assert key not in [each.key for each in off.of(KIND)], "it is offered no more"
    column = customer.column("category")
    assert value_text(column, key, off) == "Old friend", "and stays where it is"
    assert chip_of(column, key, off) is not None
    editor = ChoiceEditor(lambda: off, KIND)
    qtbot.addWidget(editor)
    editor.set_value(key)
    assert editor.words(key) == "Old friend" and editor.value() == key
    with sales.read_session() as session:
        assert records.read(session, entity=customer, record_id=record)["category"] == key

    page.remove_choice()
    qtbot.waitUntil(lambda: bool(page.bar.messages))
    assert "in use" in page.bar.messages[0].text
    with qtbot.waitSignal(page.loaded):
        page.turn.click()
    assert key in [each.key for each in dictionary_of(company).of(KIND)]


@pytest.mark.req("PLT-37")
def test_only_the_right_changes_the_dictionary(qtbot: QtBot, company: Company) -> None:
    page = opened(company, "sales1", qtbot)
    assert names(page), "everybody may look"
    assert not page.add.isVisible() and not page.turn.isVisible() and not page.remove.isVisible()
    first = page.tree.topLevelItem(0)
    assert first is not None and not first.flags() & Qt.ItemFlag.ItemIsEditable
    shell = company.psql("sales1")
    assert shell.execute("UPDATE system.choice SET zh = 'x' RETURNING 1").fetchall() == []
    with pytest.raises(Exception, match="row-level security"):
        shell.execute("INSERT INTO system.choice (key, kind, zh, en) VALUES ('unit.x', 'unit', 'x', 'x')")


def test_a_list_is_found_by_its_name(qtbot: QtBot, company: Company) -> None:
    page = opened(company, "boss", qtbot)
    every = page.kinds.count()
    page.search.setText("industry")
    assert 0 < page.kinds.count() < every
    assert page.kind() == "industry"
    top = page.tree.topLevelItem(0)
    assert top is not None and top.childCount() > 0, "a tree shows what is below what"
