"""The manual inside the client: whole in both languages, searched, opened at the chapter of each page."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from pytestqt.qtbot import QtBot

from app.navigation import MANUAL, MENUS
from services.language import LANGUAGES, tr, use_language
from services.manual import BEGINNING, FOLDER_OF_HELP, chapter_of, chapters, find
from services.registry import ENTITIES
from tests.conftest import Company
from tests.e2e.office_day import Colleague
from widgets.base.pages import PageKey
from widgets.system.help_page import HelpPage


@pytest.fixture(autouse=True)
def chinese() -> Iterator[None]:
    yield
    use_language("zh_CN")


def test_both_languages_have_the_same_chapters() -> None:
    found = []
    for code in LANGUAGES:
        use_language(code)
        found.append([(chapter.key, len(chapter.sections)) for chapter in chapters()])
        for chapter in chapters():
            links = re.findall(r"\]\(([^)]+)\)", chapter.text)
            assert all((FOLDER_OF_HELP / code / link).exists() for link in links), chapter.key
            assert chapter.title and all(section.text.strip() for section in chapter.sections)
    assert found[0] == found[1] and len(found[0]) > 10


def test_every_page_has_its_chapter() -> None:
    keys = {chapter.key for chapter in chapters()}
    pages = {
        (entry.key.entity, entry.key.view) for groups in MENUS.values() for g in groups for entry in g.entries
    }
    pages |= {
        (entity, view) for entity in ENTITIES for view in ("list", "record", "new", "history", "import")
    }
    assert {chapter_of(*page) for page in pages} <= keys
    at_the_beginning = {page for page in pages if chapter_of(*page) == BEGINNING}
    assert len(at_the_beginning) < 5, f"their domains have chapters: {at_the_beginning}"
    assert chapter_of("sales.order", "record") == "06-orders"
    assert chapter_of("customers.customer", "history") == "11-history"
    assert chapter_of("system.custom_field", "list") == "12-settings"


@pytest.mark.req("PLT-06")
@pytest.mark.parametrize("code", LANGUAGES)
def test_every_kind_of_record_is_named_in_its_chapter(code: str) -> None:
    use_language(code)
    text = {chapter.key: chapter.text.casefold() for chapter in chapters()}
    unnamed = [
        key
        for key, entity in ENTITIES.items()
        if not any(
            tr(name).casefold() in text[chapter_of(key, "list")] for name in (entity.title, entity.plural)
        )
    ]
    assert unnamed == []


def test_search_finds_sections() -> None:
    assert next((place.chapter.key, place.heading) for place in find("红冲 回款")) == ("08-payments", "红冲")
    assert find("检查清单")[0].chapter.key == "04-follow-up"
    assert find("没有这样的词") == [] and find("  ") == []
    use_language("en")
    assert find("FORMULA")[0].chapter.key == "05-products"


@pytest.mark.req("PLT-06")
def test_from_a_page_to_its_chapter_and_search_there(qtbot: QtBot, company: Company) -> None:
    boss = Colleague(qtbot, company, "boss")
    try:
        window = boss.place.window
        boss.page(PageKey("finance.payment"))
        group = window.workspace._group
        qtbot.mouseClick(group.help, Qt.MouseButton.LeftButton)
        boss.wait(lambda: window.workspace.current() == MANUAL)
        page = boss.current()
        assert isinstance(page, HelpPage)
        assert page.contents.currentItem().text() == "回款"
        assert "手续费" in page.text.toPlainText()
        # the keyboard's way, from another page
        boss.page(PageKey("stock.balance"))
        help_ = next(a for a in window._menus["help"].actions() if a.shortcut() == QKeySequence("Shift+F1"))
        help_.trigger()
        boss.wait(lambda: page.chapter == "07-stock")
        # the search, by keyboard alone
        page.search.setFocus()
        page.search.setText("回收站")
        qtbot.keyClick(page.search, Qt.Key.Key_Return)
        assert page.chapter == "11-history" and page.text.extraSelections()
        qtbot.keyClick(page.search, Qt.Key.Key_Escape)
        assert page.contents.count() == len(chapters())
        page.search.setText("没有这样的词")
        assert page.contents.item(0).text() == "手册中没有相关内容。"
        page.search.clear()
        window.set_language("en")
        assert page.contents.currentItem().text() == "Change history and recycle bin"
        page.show_chapter("01-getting-started")
        from PySide6.QtCore import QUrl

        page.text.anchorClicked.emit(QUrl("13-administrator.md"))
        assert page.chapter == "13-administrator"
    finally:
        boss.leave()
