"""Many records in a grid as somebody makes them: typed, pasted from Excel, corrected, saved together."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from services import records
from services.language import use_language
from services.registry import ENTITIES
from tests.conftest import Company
from tests.widgets.desk import RememberingShell, client_of
from widgets.base.batch_grid import BatchGridPage
from widgets.base.entity_pages import VIEWS
from widgets.base.tasks import tasks

CUSTOMER = ENTITIES["customers.customer"]


@pytest.fixture(autouse=True)
def _calm(qtbot: QtBot) -> Iterator[None]:
    use_language("en")
    yield
    use_language("zh_CN")
    qtbot.waitUntil(lambda: not tasks()._jobs, timeout=5000)


def opened(company: Company, qtbot: QtBot, login: str = "sales1") -> BatchGridPage:
    page = VIEWS["grid"].make(client_of(company.as_(login)), CUSTOMER)
    assert isinstance(page, BatchGridPage)
    qtbot.addWidget(page)
    page.resize(1200, 600)
    page.show()
    page.table.setFocus()
    return page


def paste(page: BatchGridPage, qtbot: QtBot, text: str) -> None:
    QGuiApplication.clipboard().setText(text)
    qtbot.keyClick(page.table, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)


def cell(page: BatchGridPage, row: int, key: str) -> str:
    place = [field.key for field in page.model.fields].index(key)
    return str(page.model.index(row, place).data())


def type_in(page: BatchGridPage, qtbot: QtBot, text: str) -> None:
    """Over what stands in the current cell: the first key opens the editor, Enter leaves it."""
    qtbot.keyClick(page.table, text[0])
    editor = page.table.viewport().findChild(QLineEdit)
    assert editor is not None and editor.text() == text[0]
    editor.insert(text[1:])
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not page.table.viewport().findChildren(QLineEdit))


def save(page: BatchGridPage, qtbot: QtBot) -> None:
    qtbot.keyClick(page.table, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    if not page._slot.busy:
        page.save()
    qtbot.waitUntil(lambda: not page._slot.busy, timeout=10_000)


@pytest.mark.req("PLT-17", "CUS-05")
def test_paste_from_excel_every_row_checked_before_any_is_saved(company: Company, qtbot: QtBot) -> None:
    admin = company.psql()
    page = opened(company, qtbot)
    paste(
        page,
        qtbot,
        "客户名称\t信用天数\t电话\t联系人\r\n重庆长宏五金\t30\t02368651208\t单雄\r\n"
        "江北阀门\tmany\t02368651209\t\r\n\t15\t\t\r\n",
    )
    assert cell(page, 0, "name") == "重庆长宏五金" and cell(page, 1, "credit_days") == "many"
    assert page.dirty() and not page.can_close()
    save(page, qtbot)
    assert admin.execute("SELECT count(*) FROM customers.customer").fetchone() == (0,)
    assert page.model.wrong_rows() == [1, 2]
    wrong = page.table.currentIndex()
    assert page.model.fields[wrong.column()].key == "credit_days" and wrong.row() == 1
    assert page.said.text().startswith("Row 2, Credit days: ")
    assert wrong.data(Qt.ItemDataRole.BackgroundRole) is not None

    # the cell is corrected where the cursor stands, the next error is one key away
    type_in(page, qtbot, "20")
    qtbot.waitUntil(lambda: cell(page, 1, "credit_days") == "20")
    qtbot.keyClick(page.table, Qt.Key.Key_F8)
    page.go_to_wrong() if page.table.currentIndex().row() != 2 else None
    now = page.table.currentIndex()
    assert (now.row(), page.model.fields[now.column()].key) == (2, "name")
    type_in(page, qtbot, "zj水泵")
    qtbot.waitUntil(lambda: cell(page, 2, "name") == "zj水泵")
    save(page, qtbot)
    made = admin.execute("SELECT name, credit_days FROM customers.customer ORDER BY id").fetchall()
    assert made == [("重庆长宏五金", 30), ("江北阀门", 20), ("zj水泵", 15)]
    assert admin.execute("SELECT name FROM customers.contact").fetchall() == [("单雄",)]
    assert not page.dirty() and page.can_close()
    message = page.messages.messages[-1]
    assert message.text == "3 records were made."
    shell = page.client.shell
    assert isinstance(shell, RememberingShell)
    show = next(b for b in message.findChildren(type(page.save_button)) if b.text() == "Show them")
    qtbot.mouseClick(show, Qt.MouseButton.LeftButton)
    assert shell.lists and shell.lists[0].entity == CUSTOMER.key


@pytest.mark.req("CUS-05")
def test_what_exists_already_is_said_and_made_only_if_wanted(company: Company, qtbot: QtBot) -> None:
    page = opened(company, qtbot)
    page.client.database.write(records.create, entity=CUSTOMER, values={"name": "重庆长宏五金有限公司"})
    paste(page, qtbot, "重庆长宏五金有限公司\n万俟电缆")
    assert cell(page, 1, "name") == "万俟电缆"  # no titles: at the cursor
    save(page, qtbot)
    assert page.model.wrong_rows() == [0] and page.again_box.isVisible()
    assert "exists already" in page.said.text()
    page.again_box.setChecked(True)
    save(page, qtbot)
    found = company.psql().execute("SELECT count(*) FROM customers.customer").fetchone()
    assert found == (3,) and not page.again_box.isVisible()


def test_rows_are_removed_cleared_kept_and_limited(company: Company, qtbot: QtBot) -> None:
    page = opened(company, qtbot)
    paste(page, qtbot, "甲公司\n乙公司\n丙公司")
    page.table.show_cell(page.model.index(1, 0))
    page.remove_rows()
    assert [row[0] for row in page.model.rows()] == ["甲公司", "丙公司"]
    qtbot.keyClick(page.table, Qt.Key.Key_Delete)
    assert [row[0] for row in page.model.rows()] == ["甲公司"]
    again = opened(company, qtbot, "sales2")
    again.restore(page.state())
    assert cell(again, 0, "name") == "甲公司" and again.dirty()
    again.can_close()
    discard = next(
        b
        for b in again.messages.messages[-1].findChildren(type(page.save_button))
        if b.text() == "Discard them"
    )
    qtbot.mouseClick(discard, Qt.MouseButton.LeftButton)
    assert again.can_close() and not again.dirty()
    again.table.setCurrentIndex(again.model.index(0, 0))
    paste(again, qtbot, "\n".join(f"客户{n}" for n in range(510)))
    assert len(again.model.rows()) == 500 and "10 rows did not fit" in again.messages.messages[-1].text


def test_offered_only_with_the_import_right(company: Company, qtbot: QtBot) -> None:
    client = client_of(company.as_("sales1"))
    assert VIEWS["grid"].offered(client, CUSTOMER) and VIEWS["import"].offered(client, CUSTOMER)
    assert not VIEWS["import"].offered(client, ENTITIES["organisation.branch"])
    keeper = client_of(company.as_("keeper1"))
    assert not VIEWS["import"].offered(keeper, CUSTOMER)
