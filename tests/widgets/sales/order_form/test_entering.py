"""Lines of an order as a person enters them: real keys, a real server, no mouse."""

from __future__ import annotations

import time
from decimal import Decimal

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from services.sales.draft import DraftLine, with_product
from services.sales.queries import read_order
from tests.conftest import Company
from tests.factories.shop import Shop, open_shop
from tests.widgets.desk import shell_of
from tests.widgets.sales.order_form.clerk import Clerk, Enter, opened
from widgets.base.product_line import ProductLine
from widgets.sales.lines_model import PLACE


@pytest.mark.req("SAL-05", "SAL-06")
def test_an_order_by_keyboard_only(company: Company, qtbot: QtBot) -> None:
    shop = open_shop(company)
    clerk, database = opened(qtbot, company, "sales1")
    form = clerk.form
    form.head.customer.setFocus()
    clerk.type("cqch")
    clerk.wait(lambda: form.head.customer.popup.isVisible())
    clerk.key(Enter)
    clerk.wait(lambda: form.head.value("price_level_id") == shop.levels[2])
    assert form.head.value("consignee") == "单雄" and form.head.value("contact_id") == shop.contact
    assert form.head.value("delivery_address") == "重庆市九龙坡区石坪桥横街69号"
    for _ in range(10):
        if isinstance(clerk.focus(), ProductLine):
            break
        clerk.key(Enter)
    clerk.row("bxgqf", "40")  # initials
    clerk.row("FL-50", "80", "11.50")  # number
    clerk.row("6901234500032", "100")  # bar code, faster than the server
    clerk.row("zhongxing", "1", "", "95")  # 重 is zhong here, not chong
    clerk.row("danxiang", "3")  # 单 is dan here, not shan
    lines = form.lines.model.lines()
    assert [line.product.number for line in lines if line.product] == [
        "GLQF-50",
        "FL-50",
        "DP-50",
        "JZF-16",
        "DXF-12",
    ]
    totals = [str(line.numbers.total) for line in lines]
    assert totals == ["1619.20", "920.00", "110.00", "279.68", "160.08"], "VIP prices, but where typed"
    assert form.totals.total.text() == "¥3,088.96"
    assert form.totals.capitals.text() == "叁仟零捌拾捌元玖角陆分"
    clerk.key(Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    clerk.wait(lambda: form.record is not None and not form.busy)
    assert not form.dirty() and form.record is not None and form.record.state == "draft"
    clerk.key(Qt.Key.Key_F9)
    clerk.wait(lambda: form.record is not None and form.record.state == "confirmed" and not form.busy)
    assert form.title().startswith("Order XS")
    title = form.heading
    assert [chip.text() for chip in (title.state, title.delivery, title.payment)] == [
        "Confirmed",
        "Not shipped",
        "Unpaid",
    ]
    assert form.lines.model.read_only
    assert not title.offered("save") and not title.offered("confirm") and title.offered("issue")
    with database.read_session() as session:
        stored = read_order(session, form.record.id)
    assert [line.gross for line in stored.lines] == [Decimal(total) for total in totals]
    assert stored.gross == Decimal("3088.96")
    assert shell_of(form.client).errors == []


@pytest.mark.req("SAL-05")
@pytest.mark.parametrize(
    ("key", "typed", "expected"),
    [
        ("quantity", "3", {"total": "132.00", "tax_price": "44.00"}),
        ("discount", "95", {"total": "418.00", "tax_price": "44.00"}),
        ("price", "40", {"tax_price": "45.20", "total": "452.00"}),
        ("tax_price", "50", {"price": "44.25", "total": "500.00"}),
        ("total", "100", {"tax_price": "10.00", "quantity": "10"}),
        ("rate", "6", {"tax_price": "44.00", "total": "440.00", "price": "41.51"}),
        ("total", "12*12.5", {"tax_price": "15.00"}),
    ],
)
def test_any_number_of_a_line_may_be_typed(
    office_form: Clerk, key: str, typed: str, expected: dict[str, str]
) -> None:
    clerk, model = office_form, office_form.form.lines.model
    clerk.form.reload()
    clerk.settled()
    clerk.form.lines.view.begin(0, key)
    clerk.type(typed, Enter)
    assert {name: model.text(0, name) for name in expected} == expected


def test_rows_are_inserted_and_deleted_by_keys(office_form: Clerk) -> None:
    clerk, form = office_form, office_form.form
    form.lines.view.begin(1)
    clerk.row("FL-50", "2")
    clerk.key(Qt.Key.Key_Escape)
    form.lines.view.setCurrentIndex(form.lines.model.index(0, PLACE["quantity"]))
    clerk.qtbot.keyClick(form.lines.view, Qt.Key.Key_Insert)
    clerk.row("DXF-12", "1")
    numbers = [line.product.number for line in form.lines.model.lines() if line.product]
    assert numbers == ["DXF-12", "GLQF-50", "FL-50"]
    clerk.key(Qt.Key.Key_Escape)
    form.lines.view.setCurrentIndex(form.lines.model.index(1, PLACE["quantity"]))
    clerk.qtbot.keyClick(form.lines.view, Qt.Key.Key_Delete, Qt.KeyboardModifier.ControlModifier)
    numbers = [line.product.number for line in form.lines.model.lines() if line.product]
    assert numbers == ["DXF-12", "FL-50"] and form.dirty()


def test_what_is_no_number_is_refused_in_its_cell(office_form: Clerk) -> None:
    clerk, form = office_form, office_form.form
    form.lines.view.begin(0, "quantity")
    clerk.type("abc", Enter)
    assert clerk.cell() == (0, "quantity"), "the cell stays open"
    assert "not a number" in clerk.focus().toolTip() and any("not a number" in text for text in clerk.said())
    clerk.type("7", Enter)
    assert form.lines.model.text(0, "quantity") == "7"


def test_rows_are_pasted_from_a_spreadsheet(office_form: Clerk) -> None:
    clerk, form = office_form, office_form.form
    QGuiApplication.clipboard().setText(
        "品名\t型号\t数量\t含税单价\t备注\n"
        "不锈钢球阀\tDN50\t1,200\t43.5\t急\n"
        "单向阀\t\t２\t\t\n"
        "没有的东西\t\t5\t1\t\n"
    )
    clerk.qtbot.keyClick(form.lines.view, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    clerk.wait(lambda: clerk.said())
    assert clerk.said() == ["3 rows pasted, 1 products not recognised."]
    lines = form.lines.model.lines()[1:]
    assert [(line.numbers.quantity, line.numbers.tax_price, line.remark) for line in lines[:2]] == [
        (1200, Decimal("43.50"), "急"),
        (2, Decimal("53.36"), ""),
    ]
    assert lines[2].typed == "没有的东西" and form.lines.model.tone(3, "product") == "bad"
    form.act("save")
    assert clerk.said()[-1] == "No product answers “没有的东西”. Type it again or delete the row."
    assert clerk.cell() == (3, "product")


def test_a_hundred_lines_do_not_freeze(office_form: Clerk, module_company: tuple[Company, Shop]) -> None:
    clerk, form = office_form, office_form.form
    hit = form.lines.model.line(0).product
    assert hit is not None
    row = with_product(DraftLine(), hit, form.lines.model.precision)
    form.lines.model.add_lines([row] * 99)
    form.lines.view.begin(99, "quantity")
    worked = []
    for text in ("3", "4", "5", "6", "7"):
        form.lines.view.begin(99, "quantity")
        clerk.wait(lambda: isinstance(clerk.focus(), QLineEdit))
        began = time.thread_time()  # this thread's own work, whatever else the machine does
        clerk.type(text, Enter)
        QApplication.processEvents()
        worked.append(time.thread_time() - began)
    assert form.lines.model.text(99, "quantity") == "7" and form.totals.sums.text().startswith(
        "1 products, 115 pieces"
    )
    assert min(worked) < 0.25, worked
