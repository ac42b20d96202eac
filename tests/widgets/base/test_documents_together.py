"""Two people at one document: each sees that the other is there, and neither overwrites the other unseen (PLT-31)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from services.clock import today
from services.delivery.commands import make_note
from services.finance.commands import post_payment
from services.presence import announce
from services.purchasing.entities import REQUEST
from services.records import create
from services.sales.commands import save_order
from services.stock.commands import ReceiptLineInput, post_issue, save_receipt
from tests.conftest import Company
from tests.factories.trade import Trade, open_trade
from tests.widgets.desk import changed_elsewhere, client_of
from tests.widgets.paper_trail import Hand
from widgets.base.client import Client
from widgets.base.conflict import ConflictPanel
from widgets.base.page_meeting import PageMeeting
from widgets.base.tasks import tasks
from widgets.delivery.note_form import NoteForm
from widgets.finance.payment_form import PaymentForm
from widgets.purchasing.request_page import RequestPage
from widgets.sales.lines_model import PLACE
from widgets.sales.order_form import OrderForm
from widgets.stock.issue_form import IssueForm
from widgets.stock.receipt_form import ReceiptForm

pytestmark = pytest.mark.usefixtures("english")


@pytest.fixture
def trade(company: Company) -> Iterator[Trade]:
    yield open_trade(company)
    tasks().wait()


def pair(qtbot: QtBot, trade: Trade, make: Callable[[Client], Any], *who: str) -> list[tuple[Any, Hand]]:
    """The same document on the screens of two people."""
    pages = [make(client_of(trade.company.as_(one))) for one in who]
    return [(page, Hand(qtbot, page)) for page in pages]


def save(page: Any, hand: Hand) -> None:
    page.act("save")
    hand.settle()


def panel_of(page: Any) -> ConflictPanel:
    meeting = page.meeting
    assert isinstance(meeting, PageMeeting) and meeting.panel is not None
    return meeting.panel


def press(page: Any, text: str) -> None:
    buttons = [b for m in page.messages.messages for b in m.findChildren(QPushButton)]
    next(button for button in buttons if button.text() == text).click()


def draft_order(trade: Trade) -> int:
    same = {"price": "44", "tax_price": "44", "discount": 100, "tax_rate": 0}
    return trade.seller.write(
        save_order,
        order={
            "customer_id": trade.customer,
            "warehouse_id": trade.warehouse,
            "subject": "一期",
            "lines": [{"product_id": product, "quantity": 10, **same} for product in trade.products[:2]],
        },
    ).id


def draft_receipt(trade: Trade) -> int:
    return trade.keeper.write(
        save_receipt,
        warehouse_id=trade.warehouse,
        kind="purchase",
        lines=[ReceiptLineInput(product, Decimal(10)) for product in trade.products[:3]],
    ).id


def issue_of(trade: Trade) -> int:
    trade.receive(100, 100)
    return trade.ask(list(zip(trade.lines(trade.order(10, 5)), (10, 5), strict=True)))


def note_of(trade: Trade) -> int:
    issue = issue_of(trade)
    trade.keeper.write(post_issue, issue_id=issue, counted=[])
    return trade.keeper.write(make_note, issue_id=issue).id


def request_of(trade: Trade) -> int:
    values = {"product_id": trade.products[0], "quantity": Decimal(5)}
    return trade.company.as_("buyer").write(create, entity=REQUEST, values=values).id


def payment_of(trade: Trade) -> int:
    account = trade.one("SELECT min(id) FROM finance.account")
    return trade.cashier.write(
        post_payment,
        customer_id=trade.customer,
        account_id=account,
        amount=Decimal(50),
        date=today(),
        orders=(),
    ).id


def type_into_order(form: OrderForm, row: int, subject: str = "", **cells: str) -> None:
    model = form.lines.model
    for key, text in cells.items():
        assert model.setData(model.index(row, PLACE[key]), text)
    if subject:
        form.head.editors["subject"].set_value(subject)
        form.head.edited.emit()


@pytest.mark.req("PLT-31", "SAL-02")
def test_an_order_keeps_the_lines_of_both(trade: Trade, qtbot: QtBot) -> None:
    order = draft_order(trade)
    pages = pair(qtbot, trade, lambda client: OrderForm(client, order), "sales1", "lead1")
    (first, his), (second, hers) = pages
    type_into_order(first, 0, "二期", quantity="12")
    type_into_order(second, 0, "三期", tax_price="40")
    second.lines.take_product(2, trade.products[2])
    hers.wait(lambda: len(second.lines.model.lines()) == 3)
    type_into_order(second, 2, quantity="7")
    first.lines.model.delete_rows([1])
    save(first, his)
    assert not first.dirty(), his.said()

    save(second, hers)
    panel = panel_of(second)
    clashing = [each.key for each in panel.fields if each.clash]
    assert clashing == ["subject"] and not panel.save_button.isEnabled()
    assert trade.one('SELECT subject FROM sales."order"') == "二期", "nothing is overwritten unseen"
    panel.choose("subject", mine=True)
    panel.save_button.click()
    hers.settle()
    save(second, hers)
    assert not second.dirty(), hers.said()
    assert trade.one('SELECT subject FROM sales."order"') == "三期"
    lines = trade.rows("SELECT product_id, quantity, tax_price FROM sales.order_line ORDER BY position")
    ball, _flange, seal = trade.products[:3]
    assert [(product, quantity) for product, quantity, _price in lines] == [(ball, 12), (seal, 7)]
    assert lines[0][2] == 40, "his quantity and her price stand in one line"


@pytest.mark.req("PLT-31", "PLT-30")
def test_what_is_typed_while_the_order_is_saved_stays(trade: Trade, qtbot: QtBot) -> None:
    form = OrderForm(client_of(trade.seller), draft_order(trade))
    hand = Hand(qtbot, form)
    type_into_order(form, 0, quantity="12")
    form.act("save")
    assert form.busy
    type_into_order(form, 1, "赶时间", quantity="3")
    hand.settle()
    assert form.dirty() and form.meeting.decided()
    assert form.head.value("subject") == "赶时间"
    save(form, hand)
    assert trade.rows("SELECT quantity FROM sales.order_line ORDER BY position") == [(12,), (3,)]
    assert trade.one('SELECT subject FROM sales."order"') == "赶时间"


@pytest.mark.req("PLT-31", "STK-04")
def test_a_receipt_asks_for_what_both_counted(trade: Trade, qtbot: QtBot) -> None:
    receipt = draft_receipt(trade)
    pages = pair(qtbot, trade, lambda client: ReceiptForm(client, receipt), "keeper1", "boss")
    (first, his), (second, hers) = pages
    first.grid.lines.change(0, "quantity", Decimal(11))
    first.grid.lines.change(1, "remark", "破箱")
    second.grid.lines.change(0, "quantity", Decimal(9))
    second.grid.lines.change(2, "quantity", Decimal(8))
    save(first, his)
    save(second, hers)
    panel = panel_of(second)
    product = trade.products[0]
    assert [each.key for each in panel.fields if each.clash] == [f"lines/{product}"]
    name, was, mine, theirs = panel._rows[f"lines/{product}"]
    assert "不锈钢球阀" in name.text()
    assert [side.text().split()[0] for side in (was, mine, theirs)] == ["10", "9", "11"]
    # back to look at it: saving asks again, and nothing goes over his figure unseen
    qtbot.keyClick(panel, Qt.Key.Key_Escape)
    assert second.meeting.panel is None and second.grid.lines.rows[1]["remark"] == "破箱"
    save(second, hers)
    second.meeting.close()
    qtbot.keyClick(second, Qt.Key.Key_F5)
    hers.settle()
    panel = panel_of(second)
    panel.choose(f"lines/{product}", mine=False)
    second.act("save")
    hers.settle()
    assert second.meeting.panel is None, "Ctrl+S takes what is chosen"
    save(second, hers)
    rows = trade.rows("SELECT quantity, coalesce(remark, '') FROM stock.receipt_line ORDER BY position")
    assert rows == [(11, ""), (10, "破箱"), (8, "")]


@pytest.mark.req("PLT-31", "DLV-03")
def test_a_delivery_note_is_compared_field_by_field(trade: Trade, qtbot: QtBot) -> None:
    note = note_of(trade)
    pages = pair(qtbot, trade, lambda client: NoteForm(client, note), "keeper1", "boss")
    (first, his), (second, hers) = pages
    for page, values in (
        (first, {"carrier": "德邦物流", "parcels": 3}),
        (second, {"carrier": "顺丰速运", "remark": "轻放"}),
    ):
        for key, value in values.items():
            page.editors[key].set_value(value)
        page.set_dirty(True)
    save(first, his)
    changed_elsewhere(second.client, "delivery.note", note)
    assert "Somebody else has changed this document" in hers.said()
    press(second, "Compare")
    hers.settle()
    panel = panel_of(second)
    assert {each.key for each in panel.fields} == {"carrier", "remark"}
    assert second.editors["parcels"].value() == 3 and "changed Parcels meanwhile" in hers.said()
    assert panel._rows["carrier"][0].text() == "Carrier" and panel._rows["carrier"][3].text() == "德邦物流"
    panel.choose("carrier", mine=True)
    panel.save_button.click()
    hers.settle()
    save(second, hers)
    assert trade.rows("SELECT carrier, parcels, remark FROM delivery.note") == [("顺丰速运", 3, "轻放")]


@pytest.mark.req("PLT-31")
def test_what_only_one_changed_is_kept_from_both_without_asking(trade: Trade, qtbot: QtBot) -> None:
    request = request_of(trade)
    pages = pair(qtbot, trade, lambda client: RequestPage(client, request), "buyer", "boss")
    (first, his), (second, hers) = pages
    for page, key, value in ((first, "quantity", Decimal(6)), (second, "wanted_on", today())):
        page.editors[key].set_value(value)
        page.set_dirty(True)
    save(first, his)
    save(second, hers)
    assert "changed Quantity meanwhile; both changes are kept" in hers.said() and second.dirty()
    assert trade.one("SELECT wanted_on FROM purchasing.request") is None, "looked at before it is saved"
    save(second, hers)
    assert trade.rows("SELECT quantity, wanted_on FROM purchasing.request") == [(6, today())]


@pytest.mark.req("PLT-30", "PLT-31")
def test_a_draft_meets_what_was_saved_since(trade: Trade, qtbot: QtBot) -> None:
    """Typed before a crash; meanwhile a colleague has saved another figure: the draft does not go over it unseen."""
    receipt = draft_receipt(trade)
    client = client_of(trade.keeper)
    page = ReceiptForm(client, receipt)
    hand = Hand(qtbot, page)
    page.grid.lines.change(0, "quantity", Decimal(9))
    assert page.keeping is not None
    page.keeping.keep()
    hand.settle()
    page.keeping.drafts.release(page.keeping._held[0])
    page.hide()
    ((other, hers),) = pair(qtbot, trade, lambda client: ReceiptForm(client, receipt), "boss")
    other.grid.lines.change(0, "quantity", Decimal(11))
    save(other, hers)

    again = ReceiptForm(client, receipt)
    hand = Hand(qtbot, again)
    press(again, "Continue with it")
    hand.settle()
    assert "until you choose" in hand.said() and again.grid.lines.rows[0]["quantity"] == 9
    save(again, hand)
    assert panel_of(again).fields[0].theirs["quantity"] == 11
    assert trade.one("SELECT max(quantity) FROM stock.receipt_line") == 11


PAGES: dict[str, tuple[str, str, Callable[[Trade], int], Callable[[Client, int], Any]]] = {
    "sales.order": ("sales1", "lead1", draft_order, OrderForm),
    "stock.receipt": ("keeper1", "boss", draft_receipt, ReceiptForm),
    "stock.issue": ("keeper1", "boss", issue_of, IssueForm),
    "delivery.note": ("keeper1", "boss", note_of, NoteForm),
    "finance.payment": ("cashier1", "boss", payment_of, PaymentForm),
    "purchasing.request": ("buyer", "boss", request_of, RequestPage),
}


@pytest.mark.req("PLT-31")
@pytest.mark.parametrize("entity", PAGES)
def test_every_document_shows_who_has_it_open(entity: str, trade: Trade, qtbot: QtBot) -> None:
    who, other, make, page_of = PAGES[entity]
    record = make(trade)
    client = client_of(trade.company.as_(who))
    page = page_of(client, record)
    Hand(qtbot, page).settle()
    there = "SELECT count(*) FROM app.presence WHERE entity = %s AND record_id = %s"
    qtbot.waitUntil(lambda: trade.one(there, entity, record) == 1)
    assert page.others() == []
    (seen,) = announce(trade.company.as_(other), entity=entity, record_id=record, client=uuid4())
    assert seen.name == client.user.name
    with qtbot.waitSignal(page.others_changed):
        changed_elsewhere(client, "app.presence", record)
    (name,) = page.others()
    label = page.heading.presence if isinstance(page, OrderForm) else page.presence
    assert label.isVisible() and label.text() == f"{name} also has this open"
