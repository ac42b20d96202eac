"""An order that is open on one screen follows what others do with its goods on theirs (SAL-09, DLV-02, DLV-03)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest
from pytestqt.qtbot import QtBot

from services.changes import Listener
from services.delivery.commands import end_dispatch, issue_dispatch, make_dispatch, make_note, step_note
from services.purchasing.commands import request_for_order, step_request
from services.recycling import restore as bring_back
from services.stock.commands import drop_issue, make_issue, post_issue
from tests.conftest import Company
from tests.factories.trade import Trade, open_trade
from tests.widgets.desk import client_of
from widgets.base.client import Client
from widgets.base.tasks import tasks
from widgets.delivery.dispatch_form import DispatchForm
from widgets.sales.lines_model import PLACE
from widgets.sales.order_form import OrderForm


@pytest.fixture
def trade(company: Company) -> Iterator[Trade]:
    yield open_trade(company)
    tasks().wait()


@pytest.fixture
def desk(trade: Trade, qtbot: QtBot) -> Iterator[Client]:
    """The boss's client, which hears what the server tells of what others write."""
    client = client_of(trade.company.as_("boss"))
    listener = Listener(client.database, client.bus.tell, client.bus.connected.emit)
    with qtbot.waitSignal(client.bus.connected):
        listener.start()
    yield client
    listener.stop()
    listener.join(3)


def opened(qtbot: QtBot, client: Client, order: int) -> OrderForm:
    form = OrderForm(client, order)
    qtbot.addWidget(form)
    form.show()
    qtbot.waitUntil(lambda: form.record is not None and not form.busy)
    return form


def came_of(form: OrderForm) -> list[tuple[str, str]]:
    """What the order's page says has come of it: kind and state."""
    return [] if form.record is None else [(one.entity, one.state) for one in form.record.related]


def opened_notice(qtbot: QtBot, client: Client, notice: int) -> DispatchForm:
    page = DispatchForm(client, notice)
    qtbot.addWidget(page)
    page.show()
    qtbot.waitUntil(lambda: page.record is not None and not page.busy)
    return page


@pytest.mark.req("SAL-09", "DLV-02", "PLT-33")
def test_an_open_order_hears_of_its_issue_in_the_bin_and_back(
    trade: Trade, desk: Client, qtbot: QtBot
) -> None:
    trade.receive(100)
    order = trade.order(10)
    form = opened(qtbot, desk, order)
    issue = trade.seller.write(
        make_issue, warehouse_id=trade.warehouse, lines=[(trade.lines(order)[0], Decimal(6))]
    ).id
    qtbot.waitUntil(lambda: came_of(form) == [("stock.issue", "draft")])
    trade.seller.write(drop_issue, issue_id=issue)
    qtbot.waitUntil(lambda: came_of(form) == [])
    trade.seller.write(bring_back, deletions=[trade.one("SELECT max(id) FROM app.deletion")])
    qtbot.waitUntil(lambda: came_of(form) == [("stock.issue", "draft")])
    trade.keeper.write(post_issue, issue_id=issue, counted=[])
    qtbot.waitUntil(lambda: came_of(form) == [("stock.issue", "posted")])


@pytest.mark.req("SAL-09", "DLV-03")
def test_an_open_order_hears_of_its_note_and_of_what_is_bought_for_it(
    trade: Trade, desk: Client, qtbot: QtBot
) -> None:
    trade.receive(100)
    order = trade.order(10)
    (line,) = trade.lines(order)
    issue = trade.ask([(line, 6)])
    form = opened(qtbot, desk, order)
    note = trade.keeper.write(make_note, issue_id=issue).id
    waits = [("stock.issue", "draft"), ("delivery.note", "to_issue")]
    qtbot.waitUntil(lambda: came_of(form) == waits)
    trade.keeper.write(post_issue, issue_id=issue, counted=[])
    trade.keeper.write(step_note, note_id=note, to="shipped")
    gone = [("stock.issue", "posted"), ("delivery.note", "shipped")]
    qtbot.waitUntil(lambda: came_of(form) == gone)
    trade.seller.write(request_for_order, order_id=order, lines=[(line, Decimal(4))])
    qtbot.waitUntil(lambda: came_of(form) == [*gone, ("purchasing.request", "open")])
    asked = trade.one("SELECT id FROM purchasing.request")
    trade.company.as_("buyer").write(step_request, request_ids=[asked], to="ordered")
    qtbot.waitUntil(lambda: came_of(form) == [*gone, ("purchasing.request", "ordered")])


@pytest.mark.req("DLV-01", "DLV-02")
def test_order_and_notice_hear_what_the_warehouse_is_asked_for(
    trade: Trade, desk: Client, qtbot: QtBot
) -> None:
    trade.receive(100)
    order = trade.order(10)
    (line,) = trade.lines(order)
    form = opened(qtbot, desk, order)
    notice = trade.seller.write(make_dispatch, warehouse_id=trade.warehouse, lines=[(line, Decimal(8))]).id
    qtbot.waitUntil(lambda: came_of(form) == [("delivery.dispatch", "waiting")])
    page = opened_notice(qtbot, desk, notice)
    (part,) = (i for (i,) in trade.rows("SELECT id FROM delivery.dispatch_line"))
    trade.keeper.write(issue_dispatch, warehouse_id=trade.warehouse, lines=[(part, Decimal(5))])
    qtbot.waitUntil(lambda: page.record is not None and page.record.lines[0].asked == 5)
    trade.keeper.write(drop_issue, issue_id=trade.one("SELECT id FROM stock.issue"))
    qtbot.waitUntil(lambda: page.record is not None and page.record.lines[0].asked == 0)
    trade.seller.write(end_dispatch, dispatch_id=notice)
    qtbot.waitUntil(lambda: came_of(form) == [("delivery.dispatch", "cancelled")])


@pytest.mark.req("SAL-04", "DLV-02", "PLT-08")
def test_the_grid_of_an_open_order_shows_what_has_left_and_what_is_open(trade: Trade, qtbot: QtBot) -> None:
    """The salesperson's page; the keeper posts 4 of 10, then the rest: the cells follow without a touch."""
    trade.receive(100)
    order = trade.order(10)
    (line,) = trade.lines(order)
    client = client_of(trade.seller)
    listener = Listener(client.database, client.bus.tell, client.bus.connected.emit)
    with qtbot.waitSignal(client.bus.connected):
        listener.start()
    form = opened(qtbot, client, order)
    view, model = form.lines.view, form.lines.model

    def cells() -> tuple[str, str]:
        assert not any(view.isColumnHidden(PLACE[key]) for key in ("delivered", "open"))
        delivered, still = (str(model.index(0, PLACE[key]).data()) for key in ("delivered", "open"))
        return delivered, still

    assert cells() == ("0", "10")
    issue = trade.ask([(line, 4)])
    trade.company.as_("keeper1").write(post_issue, issue_id=issue, counted=[])
    qtbot.waitUntil(lambda: cells() == ("4", "6"))
    assert form.record is not None and form.record.delivery_state == "partly"
    rest = trade.ask([(line, 6)])
    trade.company.as_("keeper1").write(post_issue, issue_id=rest, counted=[])
    qtbot.waitUntil(lambda: cells() == ("10", "0"))
    listener.stop()
    listener.join(3)
