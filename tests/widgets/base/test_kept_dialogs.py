"""What is typed into dialogs outlives a crash, and an answer that was lost posts nothing twice (PLT-30)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from services.database import Database
from services.errors import ConnectionLost
from services.products.queries import NamedRow
from services.sales.queries import accounts, read_order
from tests.conftest import Company
from tests.factories.trade import Trade, open_trade
from tests.widgets.desk import client_of, shell_of
from widgets.base.client import Client
from widgets.base.tasks import tasks
from widgets.customers.quick_create import QuickCreate
from widgets.sales.goods_dialogs import IssueDialog
from widgets.sales.order_actions import PaymentDialog

pytestmark = pytest.mark.usefixtures("english")
Cut = Callable[[bool], None]


@pytest.fixture
def trade(company: Company) -> Iterator[Trade]:
    yield open_trade(company)
    tasks().wait()


@pytest.fixture
def cut(monkeypatch: pytest.MonkeyPatch) -> Cut:
    """Answers are lost from now on, or come again."""
    honest = Database.write_once
    lost = [False]

    def write_once(database: Database, key: Any, command: Any, **arguments: Any) -> Any:
        changes = honest(database, key, command, **arguments)
        if lost[0]:
            raise ConnectionLost("The server cannot be reached. What you typed is kept; try again.")
        return changes

    monkeypatch.setattr(Database, "write_once", write_once)
    return lambda now: lost.__setitem__(0, now)


def shown(qtbot: QtBot, dialog: Any) -> Any:
    if dialog.parentWidget() is None:
        qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitUntil(lambda: not dialog.keeping.busy)
    return dialog


def kill(qtbot: QtBot, dialog: Any) -> None:
    """The client is gone; only what lies on the disk is left."""
    dialog.keeping.keep()
    qtbot.waitUntil(lambda: not dialog.keeping.busy)
    dialog.keeping._timer.stop()
    dialog.keeping.drafts.release(dialog.keeping._held[0])
    dialog.hide()


def said(dialog: Any) -> str:
    return "\n".join(message.text for message in dialog.messages.messages)


def press(dialog: Any, text: str) -> None:
    buttons = [b for m in dialog.messages.messages for b in m.findChildren(QPushButton)]
    next(button for button in buttons if button.text() == text).click()


def payment_of(client: Client, trade: Trade, order: int, parent: QWidget) -> PaymentDialog:
    with client.database.read_session() as session:
        return PaymentDialog(client, read_order(session, order), accounts(session), parent)


def issue_of(client: Client, trade: Trade, order: int, parent: QWidget) -> IssueDialog:
    with client.database.read_session() as session:
        return IssueDialog(client, read_order(session, order), [NamedRow(trade.warehouse, "主仓")], parent)


@pytest.mark.req("PLT-30", "CUS-05")
def test_a_card_that_was_being_typed(trade: Trade, qtbot: QtBot) -> None:
    client = client_of(trade.seller)
    window = shown(qtbot, QuickCreate(client))
    window.customer.set_values({"name": "长宏"})
    window.contact.set_values({"name": "单雄", "mobile": "13800000000"})
    window.customer.changed.emit("name")
    kill(qtbot, window)
    again = shown(qtbot, QuickCreate(client))
    press(again, "Continue with it")
    qtbot.waitUntil(again.dirty)
    assert again.contact.values()["mobile"] == "13800000000"
    with qtbot.waitSignal(again.created):
        again.submit()
    assert trade.rows("SELECT name, mobile FROM customers.contact WHERE mobile IS NOT NULL") == [
        ("单雄", "13800000000")
    ]
    qtbot.waitUntil(lambda: not again.keeping.busy)
    third = shown(qtbot, QuickCreate(client))
    assert said(third) == ""
    third.customer.set_values({"name": "作废"})
    third.keeping.keep()
    third.reject()
    qtbot.waitUntil(lambda: not third.keeping.busy)
    assert said(shown(qtbot, QuickCreate(client))) == "", "Cancel gives it up"


@pytest.mark.req("PLT-30", "CUS-05")
def test_a_customer_whose_answer_was_lost_is_made_once(trade: Trade, qtbot: QtBot, cut: Cut) -> None:
    client = client_of(trade.seller)
    window = shown(qtbot, QuickCreate(client))
    window.customer.set_values({"name": "长宏"})
    cut(True)
    window.submit()
    qtbot.waitUntil(lambda: "cannot be reached" in said(window))
    cut(False)
    kill(qtbot, window)
    again = shown(qtbot, QuickCreate(client))
    assert "was saved; only the answer was lost" in said(again)
    press(again, "Open it")
    assert shell_of(client).opened[0][0] == "customers.customer"
    # and the window that lives: changed since, it is not made a second time either
    window.customer.set_values({"short_name": "长"})
    window.show()
    with qtbot.waitSignal(window.created):
        window.submit()
    assert "What you changed since is not in it" in shell_of(client).said[-1][1]
    assert trade.one("SELECT count(*) FROM customers.customer WHERE name = '长宏'") == 1


@pytest.mark.req("PLT-30", "SAL-09")
def test_a_payment_that_was_being_typed(trade: Trade, qtbot: QtBot, cut: Cut) -> None:
    client, parent = client_of(trade.company.as_("boss")), QWidget()
    qtbot.addWidget(parent)
    order, other = trade.order(10), trade.order(5)
    dialog = shown(qtbot, payment_of(client, trade, order, parent))
    dialog.amount.set_value(Decimal("123.45"))
    dialog.editors["payer"].set_value("单雄")
    kill(qtbot, dialog)
    assert said(shown(qtbot, payment_of(client, trade, other, parent))) == "", "it is of another order"
    again = shown(qtbot, payment_of(client, trade, order, parent))
    press(again, "Continue with it")
    qtbot.waitUntil(lambda: again.amount.value() == Decimal("123.45"))
    cut(True)
    again.run()
    qtbot.waitUntil(lambda: "cannot be reached" in again.problem.text())
    cut(False)
    assert not again.amount.isEnabled(), "nothing else is asked before it is known what became of it"
    kill(qtbot, again)
    third = shown(qtbot, payment_of(client, trade, order, parent))
    assert "was saved; only the answer was lost" in said(third)
    with qtbot.waitSignal(again.made):
        again.run()
    assert trade.rows("SELECT amount, payer FROM finance.payment") == [(Decimal("123.45"), "单雄")]


@pytest.mark.req("PLT-30", "SAL-09")
def test_goods_that_were_being_chosen(trade: Trade, qtbot: QtBot) -> None:
    """Also those of other orders, whose rows are read again first."""
    trade.receive(100, 100)
    client, parent = client_of(trade.seller), QWidget()
    qtbot.addWidget(parent)
    order, other = trade.order(10, 20), trade.order(30)
    dialog = shown(qtbot, issue_of(client, trade, order, parent))
    dialog.others.setChecked(True)
    qtbot.waitUntil(lambda: len(dialog.rows) == 3)
    for editor, quantity in zip(dialog.quantities, (4, None, 6), strict=True):
        editor.set_value(None if quantity is None else Decimal(quantity))
    kill(qtbot, dialog)
    again = shown(qtbot, issue_of(client, trade, order, parent))
    press(again, "Continue with it")
    qtbot.waitUntil(lambda: len(again.rows) == 3)
    first, third = trade.lines(order)[0], trade.lines(other)[0]
    assert again.wanted() == [(first, Decimal(4)), (third, Decimal(6))]
    with qtbot.waitSignal(again.made):
        again.run()
    assert trade.one("SELECT sum(quantity) FROM stock.issue_line") == 10
