"""The import page as a user works with it."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QGuiApplication
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot

from services.entity import Query
from services.importing.checking import Action
from services.importing.plan import Duplicates, propose
from services.language import use_language
from services.registry import ENTITIES
from services.session import Preferences, log_in, read_dictionary
from services.tabular.reading import open_table
from tests.conftest import Company
from widgets.base.client import ChangeBus, Client
from widgets.base.import_wizard import ImportPage
from widgets.base.language import switch_language
from widgets.base.style import apply_style
from widgets.base.tasks import tasks

TITLES = ("客户名称", "编号", "公司电话", "客户类别", "联系人", "手机")
WAIT = 20_000


class Desk:
    """A shell that only remembers what it was asked."""

    def __init__(self) -> None:
        self.lists: list[Query] = []
        self.errors: list[BaseException] = []

    def open_record(self, entity: str, record_id: int) -> None: ...

    def new_record(self, entity: str, values: Mapping[str, Any] | None = None) -> None: ...

    def open_view(self, entity: str, view: str) -> None:
        """Pages about whole kinds of records are not opened here."""

    def open_list(self, query: Query) -> None:
        self.lists.append(query)

    def message(
        self, text: str, kind: str = "info", action: tuple[str, Callable[[], None]] | None = None
    ) -> None: ...

    def error(self, error: BaseException) -> None:
        self.errors.append(error)


@pytest.fixture
def page(company: Company, qtbot: QtBot, qapp: QApplication) -> Iterator[ImportPage]:
    use_language("zh_CN")
    apply_style(qapp, "light")
    database = company.as_("sales1")
    user = log_in(database)
    with database.read_session() as session:
        dictionary = read_dictionary(session)
    client = Client(database, user, Preferences(database, user), ENTITIES, Desk(), ChangeBus(), dictionary)
    made = ImportPage(client, ENTITIES["customers.customer"])
    qtbot.addWidget(made)
    made.resize(1200, 760)
    made.show()
    qtbot.waitExposed(made)
    yield made
    tasks().wait()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "客户.csv"
    with path.open("w", encoding="gb18030", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(TITLES)
        writer.writerow(("重庆长宏机电有限公司", "A1", "023-68651208", "VIP", "张三", "13800138000"))
        writer.writerow(("杭州西湖阀门厂", "A2", "不详", "大客户", "李四", "1380013800a"))
        writer.writerow(("重庆长宏机电（有限公司）", "", "", "", "王五", "13900139000"))
        writer.writerow(("上饶五金", "A4", "", "大客户", "", ""))
    return path


def idle(page: ImportPage) -> bool:
    return page._task is None


def drop(page: ImportPage, path: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    event = QDropEvent(
        QPointF(20, 20),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    page.file.dropEvent(event)


def picture(page: ImportPage, name: str) -> None:
    if folder := os.environ.get("SHUKE_PICTURES"):
        QApplication.processEvents()
        page.grab().save(f"{folder}/{name}.png")


def keys(qtbot: QtBot, page: ImportPage) -> None:
    """Ctrl+Enter: the next step."""
    qtbot.keyClick(page, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)


@pytest.mark.req("PLT-19")
def test_from_file_to_records_and_back(
    page: ImportPage,
    file: Path,
    qtbot: QtBot,
    company: Company,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert not page.next.isEnabled()
    picture(page, "1_empty")
    template = tmp_path / "template.xlsx"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_a: (str(template), ""))
    qtbot.mouseClick(page.file.template, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: idle(page) and template.exists(), timeout=WAIT)
    titles = open_table(template).titles
    matched = propose(open_table(template), ENTITIES["customers.customer"], page._client.user)
    assert len(titles) > 20 and not matched.columns  # every column of the template finds its field
    drop(page, file)
    qtbot.waitUntil(lambda: idle(page), timeout=WAIT)
    assert page.file.preview.model().rowCount() == 5
    assert page.next.isEnabled()
    picture(page, "1_file")

    keys(qtbot, page)
    columns = page.columns
    assert columns.columns()["name"] == 0 and columns.columns()["contact.mobile"] == 5
    phone = columns.combos[2]
    phone.setCurrentIndex(phone.findData("phone"))
    assert columns.columns()["phone"] == 2
    picture(page, "2_columns")

    keys(qtbot, page)
    qtbot.waitUntil(lambda: page._result is not None and idle(page), timeout=WAIT)
    assert page.check.figures[Action.REJECT].value.text() == "2"
    assert page.check.model.rowCount() == 2  # errors are what is looked at first
    model = page.check.model
    bad = [
        model.data(model.index(0, c), Qt.ItemDataRole.ToolTipRole)
        for c in range(3, model.columnCount())
        if model.data(model.index(0, c), Qt.ItemDataRole.BackgroundRole) is not None
    ]
    assert len(bad) == 3 and any("不详" in str(tip) for tip in bad)
    picture(page, "3_check")
    combo = page.check.mappings["category", "大客户"]
    combo.setCurrentIndex(combo.findData("customer_category.vip"))
    qtbot.mouseClick(page.check.again, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(
        lambda: idle(page) and page.check.figures[Action.REJECT].value.text() == "1", timeout=WAIT
    )
    qtbot.mouseClick(page.check.filters[0], Qt.MouseButton.LeftButton)
    assert page.check.model.rowCount() == 4
    picture(page, "3_checked")

    keys(qtbot, page)
    qtbot.waitUntil(lambda: page._outcome is not None and idle(page), timeout=WAIT)
    outcome = page._outcome
    assert outcome is not None
    assert (outcome.created, outcome.skipped, outcome.rejected, outcome.companions) == (2, 1, 1, 2)
    picture(page, "4_result")
    admin = company.psql()
    assert admin.execute("SELECT name, category FROM customers.customer ORDER BY id").fetchall() == [
        ("重庆长宏机电有限公司", "customer_category.vip"),
        ("上饶五金", "customer_category.vip"),
    ]

    saved = tmp_path / "refused.xlsx"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_a: (str(saved), ""))
    qtbot.mouseClick(page.result.save_rejects, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: idle(page) and saved.exists(), timeout=WAIT)
    assert [row.cells[0] for row in open_table(saved).rows()] == ["杭州西湖阀门厂"]

    qtbot.mouseClick(page.result.open_list, Qt.MouseButton.LeftButton)
    shell = page._client.shell
    assert isinstance(shell, Desk) and shell.lists[0].entity == "customers.customer"

    qtbot.mouseClick(page.result.undo, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: idle(page) and not page.result.undo.isVisible(), timeout=WAIT)
    picture(page, "4_undone")
    row = admin.execute("SELECT count(*) FROM customers.customer WHERE deleted_at IS NULL").fetchone()
    assert row == (0,)

    # the same titles and names are known the next time
    qtbot.mouseClick(page.result.another, Qt.MouseButton.LeftButton)
    drop(page, file)
    qtbot.waitUntil(lambda: idle(page) and page._source is not None, timeout=WAIT)
    assert page.columns.columns()["phone"] == 2
    assert page.plan().choices["category"] == {"大客户": "customer_category.vip"}


@pytest.mark.req("PLT-19")
def test_an_earlier_import_is_taken_back_on_another_day(
    page: ImportPage, qtbot: QtBot, company: Company, file: Path
) -> None:
    assert not page.file.earlier.isVisible()
    QGuiApplication.clipboard().setText("客户名称\t公司地址\n甲公司\t重庆\n乙公司\t杭州\n")
    page.file.paste_clipboard()
    qtbot.waitUntil(lambda: page._source is not None and idle(page))
    page.go_on()
    page.go_on()
    qtbot.waitUntil(lambda: page._result is not None and idle(page), timeout=WAIT)
    page.run_import()
    qtbot.waitUntil(lambda: page._outcome is not None and idle(page), timeout=WAIT)

    later = ImportPage(page._client, page._entity)
    qtbot.addWidget(later)
    later.show()
    earlier = later.file.earlier
    qtbot.waitUntil(earlier.isVisible, timeout=WAIT)
    chosen = earlier.chosen()
    assert chosen is not None and (chosen.file_name, chosen.created) == ("clipboard", 2)
    qtbot.mouseClick(earlier.open_button, Qt.MouseButton.LeftButton)
    shell = page._client.shell
    assert isinstance(shell, Desk) and shell.lists[0].entity == "customers.customer"
    qtbot.mouseClick(earlier.undo_button, Qt.MouseButton.LeftButton)
    assert "2" in earlier.undo_button.text(), "it asks once more"
    alive = "SELECT count(*) FROM customers.customer WHERE deleted_at IS NULL"
    assert company.psql().execute(alive).fetchone() == (2,)
    qtbot.mouseClick(earlier.undo_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: idle(later) and later._steps.currentWidget() is later.result, timeout=WAIT)
    assert company.psql().execute(alive).fetchone() == (0,)
    later.start_over()
    qtbot.waitUntil(lambda: idle(later) and earlier.chosen() is not chosen, timeout=WAIT)
    assert not earlier.undo_button.isEnabled(), "once is enough"


@pytest.mark.req("PLT-19")
@pytest.mark.parametrize("all_or_nothing", [True, False])
def test_one_bad_row_and_all_or_the_good_ones_only(
    page: ImportPage, qtbot: QtBot, company: Company, file: Path, all_or_nothing: bool
) -> None:
    drop(page, file)
    qtbot.waitUntil(lambda: idle(page) and page._source is not None, timeout=WAIT)
    keys(qtbot, page)
    box = page.columns.all_or_nothing
    if box.isChecked() is not all_or_nothing:
        box.click()
    keys(qtbot, page)
    qtbot.waitUntil(lambda: page._result is not None and idle(page), timeout=WAIT)
    bad = int(page.check.figures[Action.REJECT].value.text())
    good = int(page.check.figures[Action.CREATE].value.text())
    assert bad and good
    assert page.next.isEnabled() is not all_or_nothing
    keys(qtbot, page)
    if all_or_nothing:
        qtbot.wait(200)
        assert idle(page) and page._outcome is None
    else:
        qtbot.waitUntil(lambda: page._outcome is not None and idle(page), timeout=WAIT)
    row = company.psql().execute("SELECT count(*) FROM customers.customer").fetchone()
    assert row == (0 if all_or_nothing else good,)


@pytest.mark.req("PLT-19")
def test_paste_and_update(page: ImportPage, qtbot: QtBot, company: Company) -> None:
    company.psql("sales1").execute("INSERT INTO customers.customer (name) VALUES ('甲公司')")
    QGuiApplication.clipboard().setText("客户名称\t公司地址\n甲公司\t重庆\n乙公司\t杭州\n")
    page.file.choose.setFocus()
    qtbot.keyClick(page.file.choose, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    keys(qtbot, page)
    page.columns.duplicates[Duplicates.UPDATE].click()
    keys(qtbot, page)
    qtbot.waitUntil(lambda: page._result is not None and idle(page), timeout=WAIT)
    keys(qtbot, page)
    qtbot.waitUntil(lambda: page._outcome is not None and idle(page), timeout=WAIT)
    found = company.psql().execute("SELECT name, address FROM customers.customer ORDER BY id").fetchall()
    assert found == [("甲公司", "重庆"), ("乙公司", "杭州")]


@pytest.mark.req("PLT-19")
def test_an_excel_file_made_in_full_and_its_refused_rows_mended(
    page: ImportPage, qtbot: QtBot, company: Company, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Duplicates may be made too; what was refused is corrected in its own file and imported from there."""
    company.psql("sales1").execute("INSERT INTO customers.customer (name) VALUES ('甲公司')")
    path, saved = tmp_path / "客户.xlsx", tmp_path / "refused.xlsx"
    book = Workbook()
    sheet = book.worksheets[0]
    for row in (("客户名称", "公司电话"), ("甲公司", ""), ("乙公司", "不详"), ("㛃𬭎商行", "023-68651208")):
        sheet.append(row)
    book.save(path)

    def imported(file: Path, duplicates: Duplicates) -> tuple[int, int]:
        drop(page, file)
        qtbot.waitUntil(lambda: idle(page) and page._source is not None, timeout=WAIT)
        keys(qtbot, page)
        phone = page.columns.combos[1]
        phone.setCurrentIndex(phone.findData("phone"))
        assert page.columns.columns() == {"name": 0, "phone": 1}
        page.columns.duplicates[duplicates].click()
        keys(qtbot, page)
        qtbot.waitUntil(lambda: page._result is not None and idle(page), timeout=WAIT)
        keys(qtbot, page)
        qtbot.waitUntil(lambda: page._outcome is not None and idle(page), timeout=WAIT)
        assert page._outcome is not None
        return page._outcome.created, page._outcome.rejected

    assert imported(path, Duplicates.CREATE) == (2, 1)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_a: (str(saved), ""))
    qtbot.mouseClick(page.result.save_rejects, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: idle(page) and saved.exists(), timeout=WAIT)
    mended = load_workbook(saved)
    assert "不详" in str(mended.worksheets[0].cell(2, 4).value), "the reason stands beside the row"
    mended.worksheets[0].cell(2, 2, "0793-8020169")
    mended.save(saved)
    qtbot.mouseClick(page.result.another, Qt.MouseButton.LeftButton)
    assert imported(saved, Duplicates.SKIP) == (1, 0)
    rows = company.psql().execute("SELECT name, phone FROM customers.customer ORDER BY id").fetchall()
    assert rows == [
        ("甲公司", None),
        ("甲公司", None),
        ("㛃𬭎商行", "023-68651208"),
        ("乙公司", "0793-8020169"),
    ]


@pytest.mark.req("PLT-19")
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_text_in_the_encodings_of_an_office(
    page: ImportPage, qtbot: QtBot, company: Company, tmp_path: Path, encoding: str
) -> None:
    path = tmp_path / "客户.csv"
    path.write_text("客户名称,公司地址\n重庆㛃𬭎商行,渝中区解放碑\n上饶五金,信州区\n", encoding)
    drop(page, path)
    qtbot.waitUntil(lambda: idle(page) and page._source is not None, timeout=WAIT)
    keys(qtbot, page)
    keys(qtbot, page)
    qtbot.waitUntil(lambda: page._result is not None and idle(page), timeout=WAIT)
    keys(qtbot, page)
    qtbot.waitUntil(lambda: page._outcome is not None and idle(page), timeout=WAIT)
    found = company.psql().execute("SELECT name, address FROM customers.customer ORDER BY id").fetchall()
    assert found == [("重庆㛃𬭎商行", "渝中区解放碑"), ("上饶五金", "信州区")]


def test_what_is_no_table_is_said_in_words(page: ImportPage, qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "picture.xlsx"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(200))
    drop(page, path)
    qtbot.waitUntil(lambda: idle(page) and bool(page.messages.messages), timeout=WAIT)
    assert "picture.xlsx" in page.messages.messages[0].text
    assert not page.next.isEnabled()


def test_cancel_in_the_middle(page: ImportPage, qtbot: QtBot, company: Company, tmp_path: Path) -> None:
    path = tmp_path / "many.csv"
    path.write_text("客户名称\n" + "".join(f"公司{i}\n" for i in range(20_000)), "utf-8-sig")
    drop(page, path)
    qtbot.waitUntil(lambda: idle(page) and page._source is not None, timeout=WAIT)
    keys(qtbot, page)
    keys(qtbot, page)
    qtbot.waitUntil(lambda: page._result is not None and idle(page), timeout=60_000)
    keys(qtbot, page)
    qtbot.waitUntil(lambda: page.result.bar.value() >= 1_000, timeout=60_000)
    picture(page, "4_running")
    assert page.dirty() and not page.can_close()
    qtbot.mouseClick(page.result.cancel, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: idle(page), timeout=60_000)
    row = company.psql().execute("SELECT count(*) FROM customers.customer").fetchone()
    assert row == (0,)
    assert page.can_close()


def test_follows_the_language(page: ImportPage, qtbot: QtBot, file: Path, qapp: QApplication) -> None:
    drop(page, file)
    qtbot.waitUntil(lambda: idle(page) and page._source is not None, timeout=WAIT)
    chosen = page.columns.columns()
    switch_language(qapp, "en")
    assert page.title() == "Import Customers"
    assert page.columns.columns() == chosen
    picture(page, "en_1")
    keys(qtbot, page)
    picture(page, "en_2")
    switch_language(qapp, "zh_CN")
