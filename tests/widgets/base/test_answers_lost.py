"""A save whose answer was lost, and then the client as well: what the draft brings back is saved once (PLT-30)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from services.database import Database
from services.delivery.commands import make_note
from services.errors import ConnectionLost, Refused
from services.purchasing.entities import REQUEST
from services.records import create
from services.stock.commands import post_issue
from tests.conftest import Company
from tests.factories.trade import Trade, open_trade
from tests.widgets.desk import client_of, shell_of
from tests.widgets.paper_trail import Hand
from widgets.activities.record_page import RecordPage
from widgets.activities.task_page import TaskPage
from widgets.base.client import Client
from widgets.base.document_page import DocumentPage
from widgets.delivery.note_form import NoteForm
from widgets.finance.payment_form import PaymentForm
from widgets.purchasing.request_page import RequestPage
from widgets.stock.issue_form import IssueForm
from widgets.stock.receipt_form import ReceiptForm
from widgets.stock.warehouse_form import WarehouseForm

pytestmark = pytest.mark.usefixtures("english")


@pytest.fixture
def trade(company: Company) -> Trade:
    return open_trade(company)


class Line:
    """The way to the server, whose answers can be lost after what was asked is done, or its questions before."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.cut = ""
        honest = Database.write_once

        def write_once(database: Database, key: Any, command: Any, **arguments: Any) -> Any:
            if self.cut != "before":
                changes = honest(database, key, command, **arguments)
            if self.cut:
                raise ConnectionLost("The server cannot be reached. What you typed is kept; try again.")
            return changes

        monkeypatch.setattr(Database, "write_once", write_once)


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> Line:
    return Line(monkeypatch)


def kill(page: DocumentPage) -> None:
    """The client is gone; only what lies on the disk is left."""
    assert page.keeping is not None
    page.keeping._timer.stop()
    page.keeping.drafts.release(page.keeping._held[0])
    page.hide()


def press(page: DocumentPage, text: str) -> None:
    for message in page.messages.messages:
        for button in message.findChildren(QPushButton):
            if button.text() == text:
                button.click()
                return
    raise AssertionError(f"nothing offers {text}")


@dataclass(frozen=True)
class Case:
    """A page, what is typed into it, then typed more, the button that saves, and what is counted."""

    who: str
    page: Callable[[Client, Trade], DocumentPage]
    type: Callable[[Any, Trade], object]
    more: Callable[[Any], object]
    counted: str
    seen: str
    """What says that more was typed; nothing where it cannot be changed any more."""
    button: str = "save"


def _lines(page: ReceiptForm, trade: Trade) -> None:
    page.paste("不锈钢球阀 DN50\t12\t\t破箱\n")


def _task(page: TaskPage, trade: Trade) -> None:
    page.editors["subject"].set_value("寄样品")
    page.set_dirty(True)


def _set(key: str, value: Any) -> Callable[[DocumentPage], None]:
    def set_(page: DocumentPage) -> None:
        page.editors[key].set_value(value)
        page.set_dirty(True)

    return set_


def _request(page: RequestPage, trade: Trade) -> None:
    page.editors["product_id"].set_value(trade.products[0])
    _set("quantity", Decimal(5))(page)


def _keeper(page: WarehouseForm, trade: Trade) -> None:
    page.editors["name"].set_value("新仓")
    page.negative.set_value(True)
    page.keepers.item(0).setCheckState(Qt.CheckState.Checked)


def _issue(trade: Trade) -> int:
    trade.receive(100, 100)
    return trade.ask(list(zip(trade.lines(trade.order(10, 5)), (10, 5), strict=True)))


def _note(trade: Trade) -> int:
    issue = _issue(trade)
    trade.keeper.write(post_issue, issue_id=issue, counted=[])
    return trade.keeper.write(make_note, issue_id=issue).id


def _paid(client: Client, trade: Trade) -> PaymentForm:
    trade.order(10)
    return PaymentForm(client, None, {"customer_id": trade.customer})


CASES = {
    "contact record": Case(
        "sales1",
        lambda client, trade: RecordPage(client, None, {"customer_id": trade.customer}),
        lambda page, _trade: _set("said", "要球阀 400 只")(page),
        _set("result", "周三回话"),
        "SELECT count(*) FROM activities.record",
        "SELECT result FROM activities.record",
    ),
    "task": Case(
        "sales1",
        lambda client, _trade: TaskPage(client),
        _task,
        _set("description", "周三回话"),
        "SELECT count(*) FROM activities.task",
        "SELECT description FROM activities.task",
    ),
    "stock receipt": Case(
        "keeper1",
        lambda client, _trade: ReceiptForm(client),
        _lines,
        _set("remark", "周三回话"),
        "SELECT count(*) FROM stock.receipt",
        "SELECT remark FROM stock.receipt",
    ),
    "purchase request": Case(
        "buyer",
        lambda client, _trade: RequestPage(client),
        _request,
        _set("remark", "周三回话"),
        "SELECT count(*) FROM purchasing.request",
        "SELECT remark FROM purchasing.request",
    ),
    "payment": Case(
        "cashier1",
        _paid,
        lambda page, _trade: _set("amount", Decimal(100))(page),
        _set("remark", "周三回话"),
        "SELECT count(*) FROM finance.payment",
        "",
        "post",
    ),
    "delivery note": Case(
        "keeper1",
        lambda client, trade: NoteForm(client, _note(trade)),
        lambda page, _trade: _set("carrier", "德邦物流")(page),
        _set("remark", "周三回话"),
        "SELECT count(*) FROM app.history WHERE entity = 'delivery.note' AND changes ? 'carrier' AND action = 'change'",
        "SELECT remark FROM delivery.note",
    ),
    "stock issue": Case(
        "keeper1",
        lambda client, trade: IssueForm(client, _issue(trade)),
        lambda page, _trade: page.grid.lines.change(0, "counted", Decimal(7)),
        lambda page: page.grid.lines.change(0, "counted", Decimal(8)),
        "SELECT count(*) FROM stock.ledger WHERE delta < 0 AND product_id = 1",
        "",
        "post",
    ),
    "warehouse": Case(
        "boss",
        lambda client, _trade: WarehouseForm(client),
        _keeper,
        _set("remark", "周三回话"),
        "SELECT count(*) FROM stock.warehouse w WHERE name = '新仓' AND negative_allowed "
        "AND EXISTS (SELECT FROM stock.keeper k WHERE k.warehouse_id = w.id)",
        "SELECT remark FROM stock.warehouse WHERE name = '新仓'",
    ),
}
EACH = pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())


def _same(client: Client, page: DocumentPage, trade: Trade) -> DocumentPage:
    """The page as it is opened after the next start."""
    if isinstance(page, RecordPage | TaskPage | ReceiptForm | RequestPage | PaymentForm | WarehouseForm):
        return type(page)(client)
    assert isinstance(page, NoteForm | IssueForm)
    return type(page)(client, page.record_id)


def _lost(case: Case, trade: Trade, line: Line, qtbot: QtBot, cut: str) -> tuple[Client, DocumentPage, Hand]:
    """Something was typed and saved, and the connection was cut."""
    client = client_of(trade.company.as_(case.who))
    page = case.page(client, trade)
    hand = Hand(qtbot, page)
    case.type(page, trade)
    hand.settle()
    assert page.dirty()
    line.cut = cut
    page.act(case.button)
    hand.settle()
    line.cut = ""
    assert "cannot be reached" in hand.said() and page.dirty()
    return client, page, hand


@pytest.mark.req("PLT-30")
@EACH
def test_it_was_done_and_the_client_was_killed(case: Case, trade: Trade, qtbot: QtBot, line: Line) -> None:
    client, page, _hand = _lost(case, trade, line, qtbot, "after")
    assert trade.one(case.counted) == 1
    kill(page)
    again = _same(client, page, trade)
    hand = Hand(qtbot, again)
    if page.record_id is None:
        assert "was saved; only the answer was lost" in hand.said()
        press(again, "Open it")
        (opened,) = shell_of(client).opened
        assert opened[0] == page.entity.key
    else:
        assert "not saved" not in hand.said()
    hand.settle()
    assert not again.dirty() and trade.one(case.counted) == 1
    assert "saved" not in Hand(qtbot, _same(client, page, trade)).said(), "it is said once"


@pytest.mark.req("PLT-30")
@EACH
def test_it_was_not_done_and_the_client_was_killed(
    case: Case, trade: Trade, qtbot: QtBot, line: Line
) -> None:
    client, page, _hand = _lost(case, trade, line, qtbot, "before")
    assert trade.one(case.counted) == 0
    kill(page)
    again = _same(client, page, trade)
    hand = Hand(qtbot, again)
    press(again, "Continue with it")
    hand.settle()
    assert again.dirty()
    again.act(case.button)
    hand.settle()
    assert not again.dirty(), hand.said()
    assert trade.one(case.counted) == 1


@pytest.mark.req("PLT-30")
@EACH
def test_it_was_done_and_more_was_typed(case: Case, trade: Trade, qtbot: QtBot, line: Line) -> None:
    """Killed after typing on: the draft goes on as that very record."""
    client, page, hand = _lost(case, trade, line, qtbot, "after")
    case.more(page)
    assert page.keeping is not None
    page.keeping.keep()
    hand.settle()
    kill(page)
    again = _same(client, page, trade)
    hand = Hand(qtbot, again)
    if not case.seen and page.record_id is not None:
        assert not again.messages.messages, "it is posted: nothing to go on with"
        return
    press(again, "Continue with it")
    hand.settle()
    assert again.record_id is not None
    if not case.seen:
        assert "cannot be changed any more" in hand.said() and not again.dirty()
    else:
        again.act(case.button)
        hand.settle()
        assert not again.dirty(), hand.said()
        assert trade.one(case.seen) == "周三回话"
    assert trade.one(case.counted) == 1


@pytest.mark.req("PLT-30")
@EACH
def test_the_same_page_tries_again_with_something_else(
    case: Case, trade: Trade, qtbot: QtBot, line: Line
) -> None:
    """The client lives: changed input is no reason to save it twice."""
    _client, page, hand = _lost(case, trade, line, qtbot, "after")
    case.more(page)
    page.act(case.button)
    hand.settle()
    assert "had been saved before" in hand.said() and page.record_id is not None
    if case.seen:
        page.act(case.button)
        hand.settle()
        assert trade.one(case.seen) == "周三回话", hand.said()
    assert not page.dirty() and trade.one(case.counted) == 1


def test_a_key_that_was_settled_does_nothing_however_late(trade: Trade) -> None:
    key, values = uuid4(), {"product_id": trade.products[0], "quantity": Decimal(3)}
    buyer = trade.company.as_("buyer")
    assert buyer.settle(key) is None and buyer.settle(key) is None and buyer.done(key) is None
    with pytest.raises(Refused):
        buyer.write_once(key, create, entity=REQUEST, values=values)
    assert trade.one("SELECT count(*) FROM purchasing.request") == 0
    key = uuid4()
    made = buyer.write_once(key, create, entity=REQUEST, values=values)
    assert buyer.settle(key) == buyer.done(key) == made
    assert trade.seller.settle(key) is None and trade.seller.done(key) is None, "nobody else's"
