"""The order form as a person uses it: real keys, a real server, no mouse."""

from __future__ import annotations

import gettext
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from services import language
from services.database import Database
from services.language import use_language
from services.products.entities import PRODUCT
from services.records import create
from services.sales import commands
from services.sales.draft import DraftLine, with_product
from services.sales.queries import read_order
from tests.conftest import Company, _copy
from tests.factories.shop import Shop, open_shop, run
from tests.widgets.desk import changed_elsewhere, client_of, shell_of
from widgets.base.product_line import ProductLine
from widgets.base.tasks import tasks
from widgets.sales.goods_dialogs import IssueDialog
from widgets.sales.lines_model import COLUMNS, PLACE
from widgets.sales.order_actions import NoteDialog, PaymentDialog
from widgets.sales.order_form import OrderForm

Enter, Tab = Qt.Key.Key_Return, Qt.Key.Key_Tab


class Clerk:
    """Somebody at the keyboard of one form."""

    def __init__(self, qtbot: QtBot, form: OrderForm) -> None:
        self.qtbot, self.form = qtbot, form
        form.resize(1220, 780)
        form.show()
        qtbot.addWidget(form)
        self.wait(lambda: not form.busy)

    def wait(self, condition: Callable[[], object]) -> None:
        self.qtbot.waitUntil(lambda: bool(condition()), timeout=8000)

    def focus(self) -> QWidget:
        found = QApplication.focusWidget()
        assert found is not None
        return found

    def key(self, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        self.qtbot.keyClick(self.focus(), key, modifier)

    def cell(self) -> tuple[int, str]:
        """Where the grid stands, once the next cell is open."""
        view = self.form.lines.view
        self.wait(lambda: isinstance(self.focus(), QLineEdit))
        return view.currentIndex().row(), COLUMNS[view.currentIndex().column()].key

    def type(self, text: str, *keys: Qt.Key) -> None:
        self.wait(lambda: isinstance(self.focus(), QLineEdit))
        self.qtbot.keyClicks(self.focus(), text)
        for key in keys:
            self.key(key)

    def product(self, words: str) -> None:
        """Type into the product cell and take the first hit with Enter, without waiting for the list."""
        self.wait(lambda: isinstance(self.focus(), ProductLine))
        self.type(words, Enter)
        self.wait(lambda: isinstance(self.focus(), QLineEdit) and not isinstance(self.focus(), ProductLine))

    def row(self, words: str, quantity: str, price: str = "", discount: str = "") -> None:
        """One line: product, quantity, tax price, discount, each left with Enter."""
        self.product(words)
        for text, key in ((quantity, "quantity"), (price, "tax_price"), (discount, "discount")):
            self.wait(lambda key=key: self.cell()[1] == key)
            self.type(text, Enter)
        self.wait(lambda: isinstance(self.focus(), ProductLine))

    def said(self) -> list[str]:
        return [message.text for message in self.form.messages.messages]

    def settled(self) -> None:
        self.wait(lambda: not self.form.busy)


@pytest.fixture(autouse=True)
def _english() -> Any:
    use_language("en")
    yield
    use_language("zh_CN")


@pytest.fixture
def company(company: Company) -> Iterator[Company]:
    """The company of the test; work still under way ends before its connections do."""
    yield company
    tasks().wait()


def logged_in(company: Company, login: str) -> Database:
    """One client per person: a login may not have many connections."""
    for database in company.opened:
        if database.url.username == login:
            return database
    return company.as_(login)


def opened(
    qtbot: QtBot, company: Company, login: str, order_id: int | None = None, **values: Any
) -> tuple[Clerk, Database]:
    database = logged_in(company, login)
    form = OrderForm(client_of(database), order_id, values)
    return Clerk(qtbot, form), database


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
    assert shell_of(form._client).errors == []


def filled(qtbot: QtBot, company: Company, login: str, shop: Shop, *lines: tuple[int, str]) -> Clerk:
    """A form of a saved draft with lines (index of the product, quantity)."""
    seller = logged_in(company, login)
    saved = seller.write(
        commands.save_order,
        order={
            "customer_id": shop.customer,
            "warehouse_id": shop.warehouse,
            "price_level_id": shop.levels[2],
            "lines": [
                {
                    "product_id": shop.products[index],
                    "quantity": quantity,
                    "price": "39",
                    "tax_price": "44",
                    "discount": "100",
                    "tax_rate": "13",
                }
                for index, quantity in lines
            ],
        },
    )
    clerk, _database = opened(qtbot, company, login, saved.id)
    return clerk


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


@pytest.fixture(scope="module")
def module_company(server: Any, template: str) -> Any:
    """A shop shared by tests that save nothing."""
    made = Company(server, _copy(server, template))
    yield made, open_shop(made)
    tasks().wait()
    made.close()


@pytest.fixture
def office_form(module_company: tuple[Company, Shop], qtbot: QtBot) -> Iterator[Clerk]:
    made, shop = module_company
    yield filled(qtbot, made, "sales1", shop, (0, "10"))
    tasks().wait()


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


@pytest.mark.req("SAL-06")
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


def test_what_comes_of_an_order(company: Company, qtbot: QtBot) -> None:
    shop = open_shop(company)
    clerk = filled(qtbot, company, "boss", shop, (0, "10"), (1, "5"))
    form, keeper = clerk.form, company.as_("keeper1")
    form.act("confirm")
    clerk.wait(lambda: not form.busy and form.record and form.record.state == "confirmed")
    form.act("issue")
    issue = form.dialog
    assert isinstance(issue, IssueDialog) and [e.value() for e in issue.quantities] == [10, 5]
    issue.quantities[0].set_value(Decimal(11))
    issue.run()
    assert issue.problem.text() == "Only 10 of 不锈钢球阀 DN50 are open."
    issue.quantities[0].set_value(Decimal(8))
    issue.quantities[1].set_value(None)
    issue.run()
    clerk.wait(lambda: not form.busy and form.record and form.record.related)
    assert form.record is not None
    run(keeper, "stock.post_issue", issue_id=form.record.related[0].id)
    changed_elsewhere(form._client, "sales.order", form.record.id)
    clerk.wait(lambda: not form.busy and form.record and form.record.delivery_state == "partly")
    assert form.lines.model.text(0, "delivered") == "8" and form.lines.model.text(0, "open") == "2"
    assert form.heading.delivery.text() == "Partly shipped"
    form.act("note")
    note = form.dialog
    assert isinstance(note, NoteDialog)
    note.run()
    clerk.wait(lambda: shell_of(form._client).opened)
    assert shell_of(form._client).opened[0][0] == "delivery.note"
    clerk.settled()
    form.act("payment")
    clerk.wait(lambda: isinstance(form.dialog, PaymentDialog))
    payment = form.dialog
    assert isinstance(payment, PaymentDialog) and payment.amount.value() == 660
    payment.amount.set_value(Decimal(700))
    payment.run()
    clerk.wait(lambda: not form.busy and form.record and form.record.payment_state == "done")
    assert form.record.received == 660 and form.heading.payment.text() == "Paid"
    assert not form.heading.offered("payment")


def test_typed_input_survives_others_changes(company: Company, qtbot: QtBot) -> None:
    shop = open_shop(company)
    clerk = filled(qtbot, company, "sales1", shop, (0, "10"))
    form = clerk.form
    form.lines.view.begin(0, "quantity")
    clerk.type("12", Enter)
    assert form.record is not None
    changed_elsewhere(form._client, "sales.order", form.record.id)
    assert clerk.said() == ["Somebody else has changed this order."]
    assert form.lines.model.text(0, "quantity") == "12" and not form.can_close()
    form._discard()
    clerk.settled()
    assert form.lines.model.text(0, "quantity") == "10" and form.can_close()


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


class Echo(gettext.NullTranslations):
    """A language in which every word is marked."""

    def gettext(self, message: str) -> str:
        return f"«{message}»"


def test_the_form_speaks_the_language_in_force(office_form: Clerk, monkeypatch: pytest.MonkeyPatch) -> None:
    form = office_form.form
    assert form.lines.title.text() == "Lines"
    monkeypatch.setattr(language, "_catalogue", lambda _code: Echo())
    for widget in (form, *form.findChildren(QWidget)):
        QApplication.sendEvent(widget, QEvent(QEvent.Type.LanguageChange))
    shown = [label for label in form.findChildren(QLabel) if label.text() and not label.isHidden()]
    plain = {label.text() for label in shown if "«" not in label.text()}
    data = {"", "曾建平", "李强", "VIP价", "报价", "成交价", "批发价", "上饶主仓", "重庆分仓", "总店门店仓"}
    words = {text for text in plain if any(c.isalpha() for c in text)} - data - {"不锈钢球阀 DN50"}
    assert {text for text in words if text.isascii()} == set(), "every word of the program follows"
    assert form.heading.state.text() == "«Draft»" and form.title().startswith("«Draft")


def test_a_product_made_elsewhere_is_found_at_once(company: Company, qtbot: QtBot) -> None:
    shop = open_shop(company)
    clerk, _database = opened(qtbot, company, "sales1", customer_id=shop.customer)
    company.as_("buyer").write(create, entity=PRODUCT, values={"name": "长城电表", "list_price": Decimal(99)})
    clerk.form.lines.view.begin(0)
    clerk.row("ccdb", "1")
    product = clerk.form.lines.model.line(0).product
    assert product is not None and product.name == "长城电表", "长城 is CC, not ZC"
