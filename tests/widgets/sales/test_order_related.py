"""What came of an order opens from it, and only what the person may see (SAL-09)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest
from pytestqt.qtbot import QtBot

from services.clock import today
from services.delivery.commands import issue_dispatch, make_dispatch, make_note
from services.delivery.dispatches import read_dispatch
from services.finance.commands import post_payment, use_advance
from services.language import use_language
from services.purchasing.commands import request_for_order
from services.stock.commands import post_issue
from tests.conftest import Company
from tests.factories.trade import Trade, open_trade
from tests.widgets.desk import RememberingShell, client_of
from widgets.base.client import Client
from widgets.base.tasks import tasks
from widgets.sales.order_form import OrderForm


@pytest.fixture
def trade(company: Company) -> Iterator[Trade]:
    use_language("en")
    made = open_trade(company)
    yield made
    tasks().wait()
    use_language("zh_CN")


def opened(desk: Client, order: int, qtbot: QtBot) -> OrderForm:
    form = OrderForm(desk, order)
    qtbot.addWidget(form)
    form.show()
    qtbot.waitUntil(lambda: form.record is not None and not form.busy)
    return form


def listed(form: OrderForm) -> list[str]:
    """Kinds and documents as the menu says them."""
    return [action.text() for action in form.heading.related.menu_.actions()]


@pytest.mark.req("SAL-09")
def test_everything_that_came_of_an_order_opens_from_it(trade: Trade, qtbot: QtBot) -> None:
    trade.receive(10)
    order = trade.order(10)
    boss = trade.company.as_("boss")
    desk = client_of(boss)
    assert opened(desk, order, qtbot).heading.related.isHidden(), "nothing came of it yet"
    (line,) = trade.lines(order)
    notice = trade.seller.write(make_dispatch, warehouse_id=trade.warehouse, lines=[(line, Decimal(4))])
    with trade.keeper.read_session() as session:
        (part,) = read_dispatch(session, notice.id).lines
    issue = trade.keeper.write(issue_dispatch, warehouse_id=trade.warehouse, lines=[(part.id, Decimal(4))]).id
    posted = trade.keeper.write(post_issue, issue_id=issue, counted=[])
    waiting = trade.ask([(line, 2)])
    note = trade.keeper.write(make_note, issue_id=issue)
    paid = trade.cashier.write(
        post_payment, customer_id=trade.customer, account_id=1, amount=Decimal(100), date=today(),
        orders=[(order, Decimal(60))],
    )  # fmt: skip
    trade.cashier.write(use_advance, payment_id=paid.id, orders=[(order, Decimal(15))])
    trade.seller.write(request_for_order, order_id=order, lines=[(line, Decimal(3))])
    request = trade.one("SELECT number FROM purchasing.request")

    form = opened(desk, order, qtbot)
    menu = "\n".join(listed(form))
    assert "Documents 6" in form.heading.related.text()
    for words in (
        notice.result["number"], posted.result["number"], note.result["number"], request, "75.00", "Draft",
    ):  # fmt: skip
        assert words in menu, words
    draft = next(a for a in form.heading.related.menu_.actions() if a.text().startswith("Draft"))
    draft.trigger()
    assert isinstance(desk.shell, RememberingShell) and desk.shell.opened[-1] == ("stock.issue", waiting)
    theirs = "\n".join(listed(opened(client_of(trade.company.as_("cashier1")), order, qtbot)))
    assert paid.result["number"] in theirs
    assert request not in theirs, "who may not see purchase requests is told of none"
