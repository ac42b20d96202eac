"""Beside and below the lines: stock, costs, credit, terms of the head, products made while entering."""

from __future__ import annotations

from decimal import Decimal

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from services.products.entities import PRODUCT
from services.records import create
from tests.conftest import Company
from tests.factories.shop import open_shop
from tests.widgets.sales.order_form.clerk import Clerk, Enter, filled, opened
from widgets.base.product_line import ProductLine


@pytest.mark.req("SAL-05")
def test_a_typed_total_is_marked_with_its_difference(office_form: Clerk) -> None:
    clerk, form = office_form, office_form.form
    assert form.totals.total.text() == "¥440.00"
    for editor, text in (
        (form.totals.deduction, "20"),
        (form.totals.freight, "15.5"),
        (form.totals.typed, "430"),
    ):
        editor.setFocus()
        clerk.type(text)
    assert form.totals.total.text() == "¥430.00" and form.totals.difference.text() == "-5.50"
    form.act("save")
    clerk.wait(lambda: not form.busy and not form.dirty())
    assert form.record is not None and form.record.total_typed
    assert (form.record.gross, form.record.discount, form.record.freight) == (430, 20, Decimal("15.50"))
    assert form.totals.difference.isVisible()


@pytest.mark.req("SAL-04")
def test_discount_on_the_whole_freight_and_rounding(office_form: Clerk) -> None:
    clerk, form = office_form, office_form.form
    for editor, text in (
        (form.totals.discount, "95.5"),
        (form.totals.deduction, "0.37"),
        (form.totals.freight, "12"),
    ):
        editor.setFocus()
        clerk.type(text)
    assert form.totals.total.text() == "¥431.83", "440 × 95.5 % − 0.37 + 12"
    form.totals.rounding.set_value("drop_tenths")
    form.totals.rounding.changed.emit()
    assert form.totals.total.text() == "¥431.00"
    form.act("confirm")
    clerk.wait(lambda: form.record is not None and form.record.state == "confirmed" and not form.busy)
    assert form.record is not None
    assert (form.record.gross, form.record.rounding, form.record.discount_rate) == (
        Decimal(431),
        Decimal("-0.83"),
        Decimal("95.5"),
    )
    assert form.totals.rounding.value() == "drop_tenths" and form.head.value("payment_method") is None


@pytest.mark.req("SAL-06")
def test_stock_is_red_when_short_and_prices_beside_the_grid(office_form: Clerk) -> None:
    clerk, form = office_form, office_form.form
    clerk.wait(lambda: any("VIP" in caption for caption, _ in form.panel.prices.texts()))
    prices = dict(form.panel.prices.texts())
    assert next(iter(prices.items())) == ("VIP价", "40.48"), "the customer's level comes first"
    assert prices["Lowest price"] == "40.00"
    assert dict(form.panel.stock.texts())["上饶主仓"] == "1,000"
    assert form.lines.model.tone(0, "stock") == "ink"
    form.lines.view.begin(0, "quantity")
    clerk.type("1001", Enter)
    assert form.lines.model.tone(0, "stock") == "bad"


@pytest.mark.req("SAL-06", "ORG-14")
def test_costs_only_for_those_with_the_right(company: Company, qtbot: QtBot) -> None:
    shop = open_shop(company)
    seen: dict[str, set[str]] = {}
    for login in ("sales1", "lead1"):
        clerk = filled(qtbot, company, login, shop, (0, "10"))
        form = clerk.form
        clerk.wait(lambda form=form: form.panel.prices.texts())
        clerk.wait(lambda form=form: "Lowest price" in dict(form.panel.prices.texts()))
        seen[login] = {caption for caption, _ in form.panel.prices.texts()}
        if login == "lead1":
            assert dict(form.panel.prices.texts())["Cost"] == "20.00"
            assert dict(form.panel.prices.texts())["Margin"] == "48.6 %"
        form.close()
    assert {"Cost", "Margin"} & seen["sales1"] == set()
    assert {"Cost", "Margin"} <= seen["lead1"]


def test_a_low_price_is_refused_at_its_line(company: Company, qtbot: QtBot) -> None:
    shop = open_shop(company)
    clerk = filled(qtbot, company, "sales1", shop, (1, "5"), (0, "10"))
    form = clerk.form
    form.lines.view.begin(1, "tax_price")
    clerk.type("39.99", Enter)
    assert form.lines.model.tone(1, "tax_price") == "waiting"
    form.act("confirm")
    clerk.wait(lambda: not form.busy and clerk.said())
    assert clerk.said() == ["不锈钢球阀 may not be sold below 40. Ask who has the right to."]
    assert clerk.cell() == (1, "tax_price"), "at the line that is meant"
    assert form.record is not None and form.record.state == "draft" and not form.dirty(), "saved all the same"


def test_credit_is_shown_while_entering_and_refused_beyond(company: Company, qtbot: QtBot) -> None:
    shop = open_shop(company)
    clerk = filled(qtbot, company, "sales1", shop, (0, "10"))
    form = clerk.form
    assert form.head.credit.text() == "Limit 5,000, owed 0.00, this order 440.00"
    assert form.head.over_credit() == 0 and form.head.credit.property("tone") != "bad"
    form.lines.view.begin(0, "quantity")
    clerk.type("114", Enter)
    assert form.head.over_credit() == 16 and form.head.credit.property("tone") == "bad"
    form.act("save")
    clerk.wait(lambda: not form.busy and len(clerk.said()) == 2)
    assert "Over the credit limit by 16.00: limit 5,000.00, owed 0.00, this order 5,016.00." in clerk.said()
    form.act("confirm")
    clerk.wait(lambda: not form.busy and "this order adds" in " ".join(clerk.said()))
    assert form.record is not None and form.record.state == "draft"
    manager = filled(qtbot, company, "lead1", shop, (0, "114"))
    manager.form.act("confirm")
    manager.wait(lambda: not manager.form.busy and manager.form.record and manager.form.record.number)
    assert manager.form.record is not None and manager.form.record.state == "confirmed"
    assert manager.form.head.credit.text() == "Limit 5,000, owed 5,016.00"


@pytest.mark.req("SAL-06")
def test_a_product_is_made_while_entering(company: Company, qtbot: QtBot) -> None:
    shop = open_shop(company)
    company.psql().execute(
        "UPDATE organisation.role SET rights = rights || '{products.product.create}' WHERE code = 'sales'"
    )
    company.psql().execute("SELECT app.rebuild_scope()")
    clerk, _database = opened(qtbot, company, "sales1", customer_id=shop.customer)
    form = clerk.form
    form.lines.view.begin(0)
    clerk.type("SuperPipe")
    clerk.wait(lambda: isinstance(clerk.focus(), ProductLine) and clerk.focus().popup.isVisible())
    line = clerk.focus()
    assert isinstance(line, ProductLine)
    assert line.popup.options[-1].label == "+ New product “SuperPipe”"
    clerk.key(Qt.Key.Key_Down)
    clerk.key(Enter)
    clerk.wait(lambda: form.dialog is not None)
    dialog = form.dialog
    assert dialog is not None
    dialog.editors["list_price"].set_value(Decimal("12.50"))  # type: ignore[attr-defined]
    dialog.editors["model"].line.setText("X1")  # type: ignore[attr-defined]
    dialog.save()  # type: ignore[attr-defined]
    clerk.wait(lambda: form.lines.model.line(0).product is not None)
    product = form.lines.model.line(0).product
    assert product is not None and (product.name, product.price) == ("SuperPipe", Decimal("12.5"))
    assert clerk.cell() == (0, "quantity")


def test_without_the_right_no_product_is_made(office_form: Clerk) -> None:
    clerk, form = office_form, office_form.form
    form.lines.view.begin(1)
    clerk.type("nosuchthing", Enter)
    clerk.wait(lambda: clerk.said())
    assert clerk.said() == ["No product answers “nosuchthing”."]
    assert isinstance(clerk.focus(), ProductLine) and clerk.focus().popup.options == ()


def test_a_product_made_elsewhere_is_found_at_once(company: Company, qtbot: QtBot) -> None:
    shop = open_shop(company)
    clerk, _database = opened(qtbot, company, "sales1", customer_id=shop.customer)
    company.as_("buyer").write(create, entity=PRODUCT, values={"name": "长城电表", "list_price": Decimal(99)})
    clerk.form.lines.view.begin(0)
    clerk.row("ccdb", "1")
    product = clerk.form.lines.model.line(0).product
    assert product is not None and product.name == "长城电表", "长城 is CC, not ZC"
