"""Fields of many records changed at once, where the new value is another record (PLT-16)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QDialogButtonBox
from pytestqt.qtbot import QtBot

from services import records
from services.entity import FILES, Query
from services.language import use_language
from tests.conftest import Company
from tests.factories.forms import name_of
from tests.services.test_listing import fill
from tests.widgets.base.lists import opened
from tests.widgets.desk import client_of
from widgets.base.list_batch import edited_together
from widgets.base.list_choosers import FieldsChooser, RecordInput
from widgets.base.list_page import ListPage
from widgets.base.share_dialog import ShareDialog
from widgets.base.tasks import tasks


@pytest.fixture(autouse=True)
def english(qtbot: QtBot) -> Iterator[None]:
    use_language("en")
    yield
    tasks().wait()
    use_language("zh_CN")


@pytest.mark.req("PLT-16")
def test_products_are_put_into_another_category(company: Company, qtbot: QtBot) -> None:
    psql = company.psql()
    psql.execute("INSERT INTO products.category (name) VALUES ('阀门'), ('法兰')")
    valves, flanges = (row[0] for row in psql.execute("SELECT id FROM products.category ORDER BY id"))
    psql.execute(
        "INSERT INTO products.product (name, category_id) VALUES ('球阀', %s), ('蝶阀', %s), ('螺栓', NULL)",
        (valves, valves),
    )
    page = ListPage(client_of(company.as_("boss")), Query("products.product"))
    qtbot.addWidget(page)
    page.resize(1200, 700)
    page.show()
    qtbot.waitUntil(lambda: page.total == 3 and page.model.rowCount() == 3)
    page.selection.tick_page()
    actions = page.actions_
    assert not {field.key for field in edited_together(page.client, page.entity) if field.kind in FILES}
    actions.edit()
    chooser = actions.panel._widget
    assert isinstance(chooser, FieldsChooser)
    chooser.field_box.setCurrentIndex(chooser.field_box.findData("category_id"))
    assert isinstance(chooser.input, RecordInput)
    qtbot.mouseClick(actions.panel.do_button, Qt.MouseButton.LeftButton)
    assert actions.batch.plan is None, "nothing is asked before a record is chosen"
    chooser.input.show_value(flanges)
    qtbot.mouseClick(actions.panel.do_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: actions.batch.plan is not None)
    assert "Category: 阀门 (2), empty (1) → 法兰" in actions.panel.text.text()
    qtbot.mouseClick(actions.panel.do_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(page.messages.messages))
    assert page.messages.messages[-1].text == "3 records were changed."
    assert psql.execute("SELECT DISTINCT category_id FROM products.product").fetchall() == [(flanges,)]


@pytest.mark.req("PLT-16")
def test_a_long_change_says_how_far_it_is_and_is_stopped_from_the_screen(
    company: Company, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin = company.psql()
    fill(admin, 300)
    # a server that takes 15 ms for a record
    admin.execute(
        "CREATE FUNCTION public.slow() RETURNS trigger LANGUAGE plpgsql AS"
        " 'BEGIN PERFORM pg_sleep(0.015); RETURN NEW; END'"
    )
    admin.execute("GRANT EXECUTE ON FUNCTION public.slow() TO PUBLIC")
    admin.execute(
        "CREATE TRIGGER slow BEFORE UPDATE ON customers.customer FOR EACH ROW EXECUTE FUNCTION public.slow()"
    )
    monkeypatch.setattr(records, "CHUNK", 10)
    page = opened(company, qtbot, "lead1", Query("customers.customer"))
    page.selection.tick_page()
    qtbot.mouseClick(page.selection.all_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(page.selection.chosen) == page.total)
    count = page.total or 0
    assert count > 200
    page.actions_.edit()
    panel = page.actions_.panel
    chooser = panel._widget
    assert isinstance(chooser, FieldsChooser)
    chooser.field_box.setCurrentIndex(chooser.field_box.findData("stage"))
    stages = chooser.input.findChild(QComboBox)
    assert stages is not None
    stages.setCurrentIndex(2)
    qtbot.mouseClick(panel.do_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: panel.do_button.text() == f"Change {count}")
    qtbot.mouseClick(panel.do_button, Qt.MouseButton.LeftButton)
    # after half a second it is seen, after two it can be ended
    qtbot.waitUntil(lambda: panel.do_button.text() == "Stop")
    assert not panel.do_button.isEnabled()
    qtbot.waitUntil(lambda: panel.text.text().endswith(f"of {count} records …"))
    seen = int(panel.text.text().split()[0])
    assert 0 < seen < count
    qtbot.waitUntil(panel.do_button.isEnabled)
    assert panel.isVisible() and int(panel.text.text().split()[0]) > seen
    qtbot.mouseClick(panel.do_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(page.messages.messages))
    assert page.messages.messages[-1].text == "The work was cancelled."
    assert not panel.isVisible()
    assert admin.execute("SELECT count(*) FROM customers.customer WHERE stage IS NOT NULL").fetchone() == (0,)


@pytest.mark.req("PLT-16", "ORG-10")
def test_what_is_chosen_in_the_list_is_shared_from_it(company: Company, qtbot: QtBot) -> None:
    fill(company.psql(), 30)
    page = opened(company, qtbot, "sales1", Query("customers.customer"))
    total = page.total or 0
    assert total > 2
    page.selection.tick_page()
    page.actions_.actions["share"].trigger()
    (dialog,) = page.findChildren(ShareDialog)
    dialog.people.search.setText(name_of("sales5"))
    shown = [dialog.people.list.item(row) for row in range(dialog.people.list.count())]
    (one,) = [item for item in shown if not item.isHidden()]
    one.setCheckState(Qt.CheckState.Checked)
    qtbot.mouseClick(dialog.buttons.button(QDialogButtonBox.StandardButton.Ok), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not page.findChildren(ShareDialog))
    shares = company.psql().execute(
        'SELECT count(DISTINCT record_id), min(u.login) FROM organisation.share s JOIN organisation."user" u'
        " ON u.id = s.user_id WHERE s.entity = 'customers.customer'"
    )
    assert shares.fetchone() == (total, "sales5")
