"""What is typed into an order stands there when it is opened again; what was sold before stands beside it."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest
from pytestqt.qtbot import QtBot

from services.clock import today
from services.sales import commands
from tests.conftest import Company
from tests.factories.shop import open_shop
from tests.widgets.sales.order_form.clerk import Enter, filled, logged_in, opened
from widgets.sales.goods_dialogs import IssueDialog


@pytest.mark.req("SAL-04", "SAL-05")
def test_head_remark_and_charges_are_read_back(company: Company, qtbot: QtBot) -> None:
    shop = open_shop(company)
    clerk = filled(qtbot, company, "sales1", shop, (0, "10"), (1, "3"))
    form = clerk.form
    form.lines.view.begin(1, "remark")
    clerk.wait(lambda: clerk.cell() == (1, "remark"))
    editor = clerk.focus()
    editor.insert("货到付款")  # type: ignore[attr-defined]
    editor.textEdited.emit("货到付款")  # type: ignore[attr-defined]
    clerk.key(Enter)
    wanted = {
        "payment_method": "payment_method.transfer",
        "required_on": today() + datetime.timedelta(9),
        "subject": "二期备件",
        "consignee": "单雄",
        "delivery_address": "重庆市九龙坡区石坪桥横街69号",
        "remark": "先到先发",
    }
    methods = form.client.dictionary.choices
    wanted["payment_method"] = next(key for key in methods if key.startswith("payment_method."))
    for key, value in wanted.items():
        form.head.editors[key].set_value(value)
        form.head.editors[key].changed.emit()
    for box, text in ((form.totals.deduction, "0.37"), (form.totals.freight, "12")):
        box.setFocus()
        clerk.type(text)
    form.totals.rounding.set_value("drop_tenths")
    form.totals.rounding.changed.emit()
    total = form.totals.total.text()
    form.act("save")
    clerk.wait(lambda: not form.busy and not form.dirty())
    assert form.record is not None
    again, _database = opened(qtbot, company, "sales1", form.record.id)
    shown = again.form
    assert {key: shown.head.value(key) for key in wanted} == wanted
    assert [shown.lines.model.text(row, "remark") for row in (0, 1)] == ["", "货到付款"]
    assert (shown.totals.deduction.value(), shown.totals.freight.value()) == (Decimal("0.37"), Decimal(12))
    assert shown.totals.rounding.value() == "drop_tenths" and shown.totals.total.text() == total
    assert total == "¥583.00", "440 + 3 × 44 − 0.37 + 12, the tenths dropped"


@pytest.mark.req("SAL-06")
def test_the_last_price_of_this_customer_and_those_before_it(company: Company, qtbot: QtBot) -> None:
    shop = open_shop(company)
    seller = logged_in(company, "sales1")
    for customer, day, price in (
        (shop.customer, "2026-05-17", "44"),
        (shop.customer, "2026-08-02", "42.5"),
        (shop.other, "2026-09-01", "41"),
    ):
        line = {"product_id": shop.products[0], "quantity": "2", "tax_price": price}
        head = {"customer_id": customer, "warehouse_id": shop.warehouse, "date": day, "lines": [line]}
        seller.write(commands.confirm_order, order_id=seller.write(commands.save_order, order=head).id)
    clerk = filled(qtbot, company, "sales1", shop, (0, "1"))
    panel = clerk.form.panel
    clerk.wait(lambda: "Last sold to this customer" in dict(panel.prices.texts()))
    assert dict(panel.prices.texts())["Last sold to this customer"] == "42.50"
    assert panel.history.texts() == [("2026-08-02", "42.50"), ("2026-05-17", "44.00")], "nobody else's"


@pytest.mark.req("SAL-09", "STK-03")
def test_a_service_is_left_out_of_the_stock_issue(company: Company, qtbot: QtBot) -> None:
    shop = open_shop(company)
    seller = logged_in(company, "boss")
    lines = [
        {"product_id": product, "quantity": "2", "tax_price": "44"}
        for product in (shop.service, shop.products[0])
    ]
    head = {"customer_id": shop.customer, "warehouse_id": shop.warehouse, "lines": lines}
    saved = seller.write(commands.save_order, order=head)
    seller.write(commands.confirm_order, order_id=saved.id)
    clerk, _database = opened(qtbot, company, "boss", saved.id)
    clerk.form.act("issue")
    dialog = clerk.form.dialog
    assert isinstance(dialog, IssueDialog) and [box.value() for box in dialog.quantities] == [2]
    dialog.run()
    clerk.wait(lambda: not clerk.form.busy and clerk.form.record and clerk.form.record.related)
    issued = company.psql().execute("SELECT product_id, quantity FROM stock.issue_line").fetchall()
    assert issued == [(shop.products[0], 2)]
