"""The office's decimals of prices and quantities: from the settings page to the order and its paper (ADM-20)."""

from __future__ import annotations

from decimal import Decimal

import psycopg
import pytest
from PySide6.QtWidgets import QComboBox
from pytestqt.qtbot import QtBot

from printing.document import written
from printing.order import order_document
from services.errors import Refused
from services.sales.queries import read_order
from services.system.company_settings import save_settings
from tests.conftest import Company
from tests.factories.shop import open_shop
from tests.widgets.desk import client_of
from tests.widgets.sales.order_form.clerk import Clerk, Enter, filled
from widgets.sales.print_data import order_data
from widgets.system.settings_page import SettingsPage


def choose(box: QComboBox, places: int) -> None:
    box.setCurrentIndex(box.findData(places))
    box.activated.emit(box.currentIndex())


def type_line(clerk: Clerk, **cells: str) -> None:
    for key, typed in cells.items():
        clerk.form.lines.view.begin(0, key)
        clerk.type(typed, Enter)


@pytest.mark.req("ADM-20", "SAL-05", "PLT-50")
def test_decimals_from_the_page_to_the_paper(company: Company, qtbot: QtBot) -> None:
    shop = open_shop(company)
    usual = filled(qtbot, company, "sales1", shop, (1, "10"))
    type_line(usual, quantity="2.5678", tax_price="1.23456")
    row = usual.form.lines.model
    assert (row.text(0, "quantity"), row.text(0, "tax_price"), row.text(0, "total")) == (
        "2.57",
        "1.23",
        "3.16",
    )

    page = SettingsPage(client_of(company.as_("boss")))
    qtbot.addWidget(page)
    page.show()
    qtbot.waitUntil(lambda: page.decimals["precision.price"].currentData() == 2)
    choose(page.decimals["precision.price"], 4)
    qtbot.waitUntil(lambda: bool(page.bar.messages))
    choose(page.decimals["precision.quantity"], 3)
    stored = "SELECT value FROM system.setting WHERE key = 'precision.quantity'"
    qtbot.waitUntil(lambda: company.psql().execute(stored).fetchone() == (3,))

    clerk = filled(qtbot, company, "sales1", shop, (1, "10"))
    type_line(clerk, quantity="2.5678", tax_price="1.23456")
    row = clerk.form.lines.model
    cells = {key: row.text(0, key) for key in ("quantity", "tax_price", "price", "total")}
    assert cells == {"quantity": "2.568", "tax_price": "1.2346", "price": "1.0926", "total": "3.17"}
    clerk.form.act("save")
    clerk.wait(lambda: clerk.form.record is not None and not clerk.form.busy and not clerk.form.dirty())
    assert clerk.form.record is not None
    with clerk.form.client.database.read_session() as session:
        record = read_order(session, clerk.form.record.id)
    assert (record.lines[0].quantity, record.lines[0].tax_price) == (Decimal("2.568"), Decimal("1.2346"))
    document = order_document(order_data(record, clerk.form.client.dictionary))
    (printed,) = document.rows
    texts = {written(value, column.kind) for value, column in zip(printed, document.columns, strict=True)}
    assert {"2.568", "1.2346", "3.17"} <= texts


@pytest.mark.req("ADM-20", "ORG-20")
def test_no_client_sets_decimals_that_none_can_show(company: Company) -> None:
    boss = company.as_("boss")
    for key, value in (
        ("precision.price", 1),
        ("precision.price", 7),
        ("precision.price", "4"),
        ("precision.quantity", -1),
        ("precision.quantity", 2.5),
        ("precision.quantity", None),
    ):
        with pytest.raises(Refused):
            boss.write(save_settings, values={key: value})
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        company.psql("sales1").execute("SELECT system.set_setting('precision.price', '4')")
