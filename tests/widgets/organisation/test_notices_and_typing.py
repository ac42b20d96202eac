"""What is being typed into a page of settings stays when a colleague's change arrives (PLT-08, PLT-31)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from services.changes import Notice
from services.organisation import access
from services.system import dictionary, numbering
from tests.conftest import Company
from tests.widgets.organisation.conftest import settle
from widgets.base.client import Client
from widgets.organisation.access_page import AccessPage
from widgets.organisation.personal_page import PersonalPage
from widgets.system.dictionary_page import DictionaryPage
from widgets.system.numbering_page import NumberingPage

Login = Callable[[str], Client]
Show = Callable[[QWidget], Any]


def told(page: Any, entity: str, qtbot: QtBot) -> None:
    """What the listener says after another PC's change."""
    page.client.bus.tell(Notice(entity, None, False))
    settle(qtbot)


@pytest.mark.req("PLT-36", "PLT-31")
def test_a_pattern_of_numbers(client: Login, show: Show, qtbot: QtBot) -> None:
    page, other = show(NumberingPage(client("admin"))), client("boss").database
    before = page.pattern
    page.prefix.setText("ht")
    other.write(numbering.set_numbering, pattern=replace(before, digits=6))
    told(page, "app.numbering", qtbot)
    assert (page.prefix.text(), page.digits.value()) == ("HT", 6), "both changes stand in the form"
    assert page.dirty() and not page.bar.messages
    page.table.setCurrentCell(1, 0)
    assert page.pattern.entity == before.entity and page.prefix.text() == "HT", (
        "nothing is thrown away unasked"
    )
    assert not page.can_close()
    page.bar.clear()
    page.save()
    settle(qtbot)
    assert not page.dirty() and page.can_close()
    with page.client.database.read_session() as session:
        stored = next(each for each in numbering.patterns(session) if each.entity == before.entity)
    assert (stored.prefix, stored.digits) == ("HT", 6)
    page.prefix.setText("hu")
    other.write(numbering.set_numbering, pattern=replace(stored, prefix="HV"))
    told(page, "app.numbering", qtbot)
    assert page.prefix.text() == "HU" and "HV" in page.bar.messages[0].text
    page.bar.messages[0].findChildren(QPushButton)[0].click()
    assert page.prefix.text() == "HV" and not page.dirty()


def test_levels_of_sharing(client: Login, show: Show, qtbot: QtBot) -> None:
    page = show(AccessPage(client("admin")))
    mine, theirs = list(page.levels)[:2]
    page.levels[mine].setCurrentIndex(page.levels[mine].findData("read"))
    section = next(iter(page.sections))
    page.sections[section].toggle()
    ticked = page.sections[section].isChecked()
    client("boss").database.write(access.set_sharing, levels={theirs: "read"})
    told(page, "app.sharing", qtbot)
    assert page.levels[mine].currentData() == "read" and page.sections[section].isChecked() == ticked
    assert page.levels[theirs].currentData() == "read" and set(page.changed_levels()) == {mine}


def test_ones_own_phone(company: Company, client: Login, show: Show, qtbot: QtBot) -> None:
    page = show(PersonalPage(client("sales1")))
    page.phone.setText("0791-88")
    company.psql().execute("UPDATE organisation.\"user\" SET email = 'a@b.cn' WHERE login = 'sales1'")
    told(page, "organisation.user", qtbot)
    assert (page.phone.text(), page.email.text()) == ("0791-88", "a@b.cn")


def test_the_name_of_a_choice(client: Login, show: Show, qtbot: QtBot) -> None:
    page = show(DictionaryPage(client("admin")))
    page.tree.setFocus()
    item = page.tree.topLevelItem(0)
    assert item is not None
    page.tree.setCurrentItem(item)
    page.tree.editItem(item, 1)
    editor = page.tree.findChild(QLineEdit)
    assert editor is not None
    editor.setText("Half typ")
    kind = page.kind()
    client("boss").database.write(dictionary.add_choice, kind=kind, zh="新的", en="Fresh")
    told(page, "system.choice", qtbot)
    assert page.tree.findChild(QLineEdit) is editor and editor.text() == "Half typ"
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    settle(qtbot)
    names = [page.tree.topLevelItem(at).text(1) for at in range(page.tree.topLevelItemCount())]
    assert "Fresh" in names and "Half typ" in names, "it is shown when the name is typed"
