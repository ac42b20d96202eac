"""The list as somebody uses it: types, sorts, turns pages, ticks, deletes and takes it back, exports."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QComboBox, QDialogButtonBox
from pytestqt.qtbot import QtBot

from services import records
from services.entity import Facet, Query
from services.language import use_language
from services.registry import ENTITIES
from tests.conftest import Company
from tests.services.test_listing import fill
from tests.widgets.base.lists import CUSTOMER, names, opened, settle
from tests.widgets.desk import RememberingShell
from widgets.base.list_footer import CONTINUOUS
from widgets.base.list_page import ListPage
from widgets.base.tasks import tasks
from widgets.base.transfer_dialog import TransferDialog


@pytest.fixture(autouse=True)
def _calm(qtbot: QtBot) -> Iterator[None]:
    use_language("en")
    yield
    use_language("zh_CN")
    qtbot.waitUntil(lambda: not tasks()._jobs, timeout=5000)


@pytest.mark.req("PLT-10", "PLT-11", "PLT-14", "PLT-15")
def test_search_classes_pages_and_totals_as_typed(company: Company, qtbot: QtBot) -> None:
    fill(company.psql(), 150)
    page = opened(company, qtbot)
    everything = page.total
    assert everything and page.footer.pages == -(-everything // 30) and page.model.rowCount() == 30
    assert page.title() == f"Customers · {everything}"

    qtbot.keyClick(page.table, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    page.search.setFocus()
    qtbot.keyClicks(page.search, "cqch")
    settle(page, qtbot)
    assert page.query.words == "cqch" and page.total and all("重庆" in name for name in names(page))
    qtbot.keyClick(page.search, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: page.query.words == "")
    settle(page, qtbot)
    assert page.total == everything and page.search.text() == ""

    page.table.setFocus()
    first = names(page)
    qtbot.keyClick(page.table, Qt.Key.Key_PageDown)
    qtbot.waitUntil(lambda: page.footer.page == 2)
    assert not {row.id for row in page.model.rows} & set(first)
    qtbot.keyClick(page.table, Qt.Key.Key_End, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: page.footer.page == page.footer.pages)
    assert page.model.rowCount() == everything - 30 * (page.footer.pages - 1)
    page.footer.ask()
    qtbot.keyClicks(page.footer.number, "3")
    qtbot.keyClick(page.footer.number, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: page.footer.page == 3)

    assert page.totals is not None
    own = sum(page.model.values_of("receivable"), start=Decimal(0))
    assert f"page {own:,.2f}" in page.footer.totals.text()
    assert f"all {page.totals['receivable']:,.2f}" in page.footer.totals.text()

    row = page.classes.keys().index("individuals")
    page.classes.setCurrentRow(row)
    qtbot.waitUntil(lambda: page.query.data_class == "individuals")
    settle(page, qtbot)
    assert page.total == page.classes._counts["individuals"] < everything


def test_header_clicks_sort_and_shift_adds(company: Company, qtbot: QtBot) -> None:
    fill(company.psql(), 60)
    page = opened(company, qtbot)
    head = page.table.head

    def click(key: str, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        section = [column.key for column in page.model.columns].index(key) + 1
        place = head.sectionViewportPosition(section) + head.sectionSize(section) // 2
        qtbot.mouseClick(head.viewport(), Qt.MouseButton.LeftButton, modifier, QPoint(place, 10))
        settle(page, qtbot)

    click("name")
    assert page.query.order == ("-name",)
    click("category")
    assert page.query.order == ("category",)
    click("receivable", Qt.KeyboardModifier.ShiftModifier)
    click("receivable", Qt.KeyboardModifier.ShiftModifier)
    assert page.query.order == ("category", "-receivable")
    shown = [column.key for column in page.model.columns]
    order = list(page.client.dictionary.choices)
    found = [
        (row.values[shown.index("category")], row.values[shown.index("receivable")])
        for row in page.model.rows
    ]
    assert found == sorted(
        found, key=lambda pair: (pair[0] is None, order.index(pair[0]) if pair[0] else 0, -pair[1])
    )
    qtbot.waitUntil(lambda: not page.state_._timer.isActive() and not page.state_._slot.busy)
    again = opened(company, qtbot)
    assert again.query.order == ("category", "-receivable")


def test_columns_widths_and_page_size_are_kept_per_user(company: Company, qtbot: QtBot) -> None:
    fill(company.psql(), 60)
    page = opened(company, qtbot)
    page.columns_.turn("address", True)
    page.columns_.turn("phone", False)
    page.table.setColumnWidth(2, 333)
    page.footer.sizes.setCurrentIndex(page.footer.sizes.findData(10))
    settle(page, qtbot)
    assert page.model.rowCount() == 10
    qtbot.waitUntil(lambda: not page.state_._timer.isActive() and not page.state_._slot.busy, timeout=4000)
    again = opened(company, qtbot)
    keys = [column.key for column in again.model.columns]
    assert "address" in keys and "phone" not in keys and again.table.columnWidth(2) == 333
    assert again.model.rowCount() == 10


@pytest.mark.req("PLT-14")
def test_continuous_scrolling_reads_what_comes_into_sight(company: Company, qtbot: QtBot) -> None:
    fill(company.psql(), 900)
    page = opened(company, qtbot)
    page.footer.sizes.setCurrentIndex(page.footer.sizes.findData(CONTINUOUS))
    settle(page, qtbot)
    qtbot.waitUntil(lambda: page.model.rowCount() == page.total)
    assert page.total is not None and page.total > 600
    qtbot.keyClick(page.table, Qt.Key.Key_End, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: page.model.row_at(page.model.rowCount() - 1) is not None, timeout=5000)
    assert page.model.row_at(0) is None  # what left the window is not kept
    with page.client.database.read_session() as session:
        last = page.listing.page_ids(session, first=page.total - 1, size=1)
    assert page.model.row_at(page.total - 1).id == last[0]  # type: ignore[union-attr]


@pytest.mark.req("PLT-16")
def test_ticks_across_pages_delete_with_preview_and_undo(company: Company, qtbot: QtBot) -> None:
    fill(company.psql(), 80)
    page = opened(company, qtbot, "sales1", Query(CUSTOMER, order=("id",)))
    page.footer.sizes.setCurrentIndex(page.footer.sizes.findData(10))
    settle(page, qtbot)
    total = page.total
    one = page.model.rows[0].id
    page.client.database.write(
        records.create, entity=ENTITIES["customers.contact"], values={"name": "单雄", "customer_id": one}
    )
    page.table.setCurrentIndex(page.model.index(0, 1))
    qtbot.keyClick(page.table, Qt.Key.Key_Space)
    qtbot.keyClick(page.table, Qt.Key.Key_PageDown)
    qtbot.waitUntil(lambda: page.footer.page == 2)
    two = page.model.rows[0].id
    qtbot.keyClick(page.table, Qt.Key.Key_Space)
    assert set(page.selection.chosen) == {one, two} and page.selection.label.text() == "2 chosen"

    qtbot.keyClick(page.table, Qt.Key.Key_Delete)
    qtbot.waitUntil(page.actions_.panel.isVisible)
    assert "Contacts: 1" in page.actions_.panel.text.text()
    qtbot.keyClick(page.actions_.panel.do_button, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(page.messages.messages))
    settle(page, qtbot)
    qtbot.waitUntil(lambda: page.total == (total or 0) - 2)

    message = page.messages.messages[-1]
    undo = next(b for b in message.findChildren(type(page.selection.all_button)) if b.text() == "Undo")
    qtbot.mouseClick(undo, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.total == total, timeout=5000)
    with page.client.database.read_session() as session:
        assert {row.id for row in page.listing.rows(session, [one, two])} == {one, two}


@pytest.mark.req("PLT-16")
def test_batch_edit_transfer_and_choose_all(company: Company, qtbot: QtBot) -> None:
    fill(company.psql(), 80)
    page = opened(company, qtbot, "lead1", Query(CUSTOMER, facets=(Facet("kind", "eq", "company"),)))
    qtbot.keyClick(page.table, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    page.selection.tick_page() if not page.selection.chosen else None
    qtbot.mouseClick(page.selection.all_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(page.selection.chosen) == page.total)
    count = page.total or 0

    page.actions_.edit()
    chooser = page.actions_.panel._widget
    box = chooser.field_box  # type: ignore[union-attr]
    box.setCurrentIndex(box.findData("stage"))
    stages = chooser.input.findChild(QComboBox)  # type: ignore[union-attr]
    stages.setCurrentIndex(2)
    wanted = stages.currentData()
    qtbot.mouseClick(page.actions_.panel.do_button, Qt.MouseButton.LeftButton)
    said = f"Stage: empty ({count}) → {stages.currentText()}"
    qtbot.waitUntil(lambda: said in page.actions_.panel.text.text())
    assert page.actions_.panel.do_button.text() == f"Change {count}"
    qtbot.mouseClick(page.actions_.panel.do_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(page.messages.messages))
    assert page.messages.messages[-1].text == f"{count} records were changed."
    settle(page, qtbot)
    place = [column.key for column in page.model.columns].index("stage")
    assert {row.values[place] for row in page.model.rows} == {wanted}

    # three, on two pages
    page.selection.choose_none()
    page.footer.sizes.setCurrentIndex(page.footer.sizes.findData(10))
    settle(page, qtbot)
    page.table.setCurrentIndex(page.model.index(0, 1))
    qtbot.keyClick(page.table, Qt.Key.Key_Space)
    page.table.setCurrentIndex(page.model.index(1, 1))
    qtbot.keyClick(page.table, Qt.Key.Key_Space)
    qtbot.keyClick(page.table, Qt.Key.Key_PageDown)
    qtbot.waitUntil(lambda: page.footer.page == 2)
    page.table.setCurrentIndex(page.model.index(0, 1))
    qtbot.keyClick(page.table, Qt.Key.Key_Space)
    chosen = list(page.selection.chosen)
    assert len(chosen) == 3
    page.actions_.transfer()
    dialog = page.findChild(TransferDialog)
    assert dialog is not None
    people = dict(company.psql().execute('SELECT login, id FROM organisation."user"').fetchall())
    dialog.to.setCurrentIndex(dialog.to.findData(people["sales4"]))
    qtbot.waitUntil(dialog.buttons.button(QDialogButtonBox.StandardButton.Ok).isEnabled)
    assert "From: " in dialog.note.text()
    with qtbot.waitSignal(dialog.accepted, timeout=5000):
        qtbot.mouseClick(dialog.buttons.button(QDialogButtonBox.StandardButton.Ok), Qt.MouseButton.LeftButton)
    settle(page, qtbot)
    with page.client.database.read_session() as session:
        owners = {row.values[0] for row in page.listing.rows(session, chosen, shown=("owner",))}
    assert owners == {people["sales4"]}
    owned = "SELECT count(*) FROM customers.customer WHERE owner_id = %s AND id = ANY (%s)"
    assert company.psql().execute(owned, (people["sales4"], chosen)).fetchone() == (3,)


@pytest.mark.req("PLT-18")
def test_export_writes_what_is_shown_and_is_logged(company: Company, qtbot: QtBot, tmp_path: Path) -> None:
    fill(company.psql(), 1200)
    page = opened(company, qtbot, "lead1", Query(CUSTOMER, data_class="companies", order=("-receivable",)))
    path = tmp_path / "customers.xlsx"
    page.actions_.export_to(str(path))
    qtbot.waitUntil(lambda: bool(page.messages.messages), timeout=20_000)
    assert path.exists(), page.messages.messages[-1].text
    rows = list(openpyxl.load_workbook(path).active.values)
    shown = [column.title for column in page.model.columns]
    assert list(rows[0]) == shown
    assert len(rows) == (page.total or 0) + 2
    money = shown.index("Receivable")
    assert sum(Decimal(str(row[money])) for row in rows[1:-1]) == page.totals["receivable"]  # type: ignore[index]
    assert Decimal(str(rows[-1][money])) == page.totals["receivable"]  # type: ignore[index]
    logged = (
        company.psql().execute("SELECT login, entity, exported, filter FROM system.export_log").fetchall()
    )
    assert logged[0][:3] == ("lead1", CUSTOMER, page.total) and logged[0][3]["data_class"] == "companies"  # type: ignore[index,call-overload]


@pytest.mark.req("PLT-18")
def test_a_stopped_export_leaves_no_file_and_no_right_no_export(
    company: Company, qtbot: QtBot, tmp_path: Path
) -> None:
    fill(company.psql(), 3000)
    page = opened(company, qtbot, "boss")
    path = tmp_path / "customers.csv"
    task = page.actions_.export_to(str(path))
    task.cancel()
    qtbot.waitUntil(lambda: bool(page.messages.messages), timeout=20_000)
    assert not list(tmp_path.iterdir())
    company.psql().execute(
        "UPDATE organisation.role SET rights = array_remove(rights, 'customers.customer.export') WHERE code = 'sales'"
    )
    other = opened(company, qtbot, "sales1")
    assert "export" not in other.actions_.actions and not other.actions_.export_button.isVisible()


def test_open_new_links_and_empty_states(company: Company, qtbot: QtBot) -> None:
    page = opened(company, qtbot, "sales1")
    shell = page.client.shell
    assert isinstance(shell, RememberingShell)
    assert page.empty.isVisible() and "from Excel" in page.empty.text.text()
    qtbot.mouseClick(page.empty.button, Qt.MouseButton.LeftButton)
    assert shell.made == [(CUSTOMER, None)]
    made = page.client.database.write(
        records.create, entity=ENTITIES[CUSTOMER], values={"name": "重庆长宏"}
    ).id
    page.reload()
    qtbot.waitUntil(lambda: page.model.rowCount() == 1)
    assert not page.empty.isVisible()
    qtbot.keyClick(page.table, Qt.Key.Key_Return)
    assert shell.opened == [(CUSTOMER, made)]
    cell = page.table.visualRect(page.model.index(0, 2))
    qtbot.mouseClick(page.table.viewport(), Qt.MouseButton.LeftButton, pos=cell.topLeft() + QPoint(20, 12))
    assert shell.opened == [(CUSTOMER, made)] * 2
    page.search.setText("zzzz")
    page._search_entered()
    qtbot.waitUntil(page.empty.isVisible)
    assert "answers your search" in page.empty.text.text()
    qtbot.mouseClick(page.empty.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.model.rowCount() == 1)


def test_a_condition_is_made_shown_and_taken_away(company: Company, qtbot: QtBot) -> None:
    fill(company.psql(), 60)
    page = opened(company, qtbot)
    page.facets.ask()
    editor = page.facets.editor
    assert editor is not None
    editor.choose("credit_days", "ge")
    line = editor.input.focusProxy()  # type: ignore[union-attr]
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    assert editor.isVisible()  # no value yet: it says so
    qtbot.keyClicks(line, "10")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    assert page.query.facets == (Facet("credit_days", "ge", 10),)
    settle(page, qtbot)
    assert page.facets.chips[0].text().startswith("Credit days at least 10")
    narrowed = page.total
    qtbot.mouseClick(page.facets.chips[0], Qt.MouseButton.LeftButton)
    settle(page, qtbot)
    qtbot.waitUntil(lambda: (page.total or 0) > (narrowed or 0))
    assert not page.query.facets


@pytest.mark.req("PLT-33")
def test_recycle_bin_restores_and_only_the_boss_purges(company: Company, qtbot: QtBot) -> None:
    sales = company.as_("sales1")
    made = [
        sales.write(records.create, entity=ENTITIES[CUSTOMER], values={"name": n}).id for n in ("甲", "乙")
    ]
    sales.write(records.recycle, entity=ENTITIES[CUSTOMER], ids=made)
    page = opened(company, qtbot, "sales1", Query(CUSTOMER, deleted=True))
    assert page.total == 2 and "purge" not in page.actions_.actions and "delete" not in page.actions_.actions
    page.table.setCurrentIndex(page.model.index(0, 1))
    back = page.model.rows[0].id
    qtbot.keyClick(page.table, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
    page.actions_.restore() if page.total == 2 and not page.actions_._slot.busy else None
    qtbot.waitUntil(lambda: page.total == 1, timeout=4000)
    boss = opened(company, qtbot, "boss", Query(CUSTOMER, deleted=True))
    boss.table.setCurrentIndex(boss.model.index(0, 1))
    boss.actions_.purge()
    qtbot.waitUntil(boss.actions_.panel.isVisible)
    qtbot.mouseClick(boss.actions_.panel.do_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: boss.total == 0, timeout=4000)
    left = company.psql().execute("SELECT array_agg(id) FROM customers.customer").fetchone()
    assert left and left[0] == [back]


@pytest.mark.req("PLT-19")
def test_import_and_grid_are_reached_from_the_list_with_the_right(company: Company, qtbot: QtBot) -> None:
    page = opened(company, qtbot, "sales1")
    shell = page.client.shell
    assert isinstance(shell, RememberingShell)
    page.table.setFocus()
    both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    qtbot.keyClick(page.table, Qt.Key.Key_I, both)
    page.actions_.actions["many"].trigger()
    assert shell.views[-1] == (CUSTOMER, "grid") and (CUSTOMER, "import") in shell.views
    assert page.actions_.actions["import_"] in page.actions_.more_button.menu().actions()
    company.psql().execute(
        "UPDATE organisation.role SET rights = array_remove(rights, 'customers.customer.import') WHERE code = 'sales'"
    )
    other = opened(company, qtbot, "sales2")
    assert "import_" not in other.actions_.actions and "many" not in other.actions_.actions


def sorted_by_name(page: ListPage, qtbot: QtBot) -> list[str]:
    """The names after clicks on their title until they go upward."""
    head = page.table.head
    section = [column.key for column in page.model.columns].index("name") + 1
    place = head.sectionViewportPosition(section) + 20
    for _ in range(2):
        if page.query.order != ("name",):
            qtbot.mouseClick(head.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(place, 10))
            settle(page, qtbot)
    assert page.query.order == ("name",)
    return names(page)


@pytest.mark.req("PLT-05")
def test_names_sort_by_pinyin_companies_as_words_people_by_their_surnames(
    company: Company, qtbot: QtBot
) -> None:
    sales = company.as_("sales1")
    companies = {
        "阿里阀门": "ali",
        "重庆长宏": "chong",
        "单县电缆": "shan",
        "江北五金": "jiang",
        "朱砂五金": "zhu",
    }
    for name in sorted(companies):
        made = sales.write(records.create, entity=ENTITIES[CUSTOMER], values={"name": name}).id
    page = opened(company, qtbot, "sales1", Query(CUSTOMER, order=("-id",)))
    assert sorted_by_name(page, qtbot) == sorted(companies, key=companies.__getitem__)
    people = {"仇英": "qiu", "单雄信": "shan", "尉迟恭": "yu", "曾国": "zeng", "安然": "an", "周正": "zhou"}
    for name in sorted(people):
        sales.write(
            records.create, entity=ENTITIES["customers.contact"], values={"name": name, "customer_id": made}
        )
    contacts = opened(company, qtbot, "sales1", Query("customers.contact", order=("-id",)))
    assert sorted_by_name(contacts, qtbot) == sorted(people, key=people.__getitem__)
