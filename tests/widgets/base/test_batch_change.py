"""Fields of many records changed at once, where the new value is another record (PLT-16)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from services.entity import FILES, Query
from services.language import use_language
from tests.conftest import Company
from tests.widgets.desk import client_of
from widgets.base.list_batch import edited_together
from widgets.base.list_choosers import FieldsChooser, RecordInput
from widgets.base.list_page import ListPage
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
