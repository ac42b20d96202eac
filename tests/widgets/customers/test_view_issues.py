"""The 360° view shows a salesperson the stock issues that ship his orders, whoever made them, and no others."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest
from pytestqt.qtbot import QtBot

from services.changes import Listener
from services.delivery.commands import issue_dispatch, make_dispatch
from services.organisation.moving import transfer
from services.registry import ENTITIES
from services.stock.commands import post_issue
from tests.conftest import Company
from tests.factories.trade import Trade, open_trade
from tests.widgets.desk import client_of
from widgets.base.list_page import ListPage
from widgets.base.tasks import tasks
from widgets.customers.customer_view import CustomerView

pytestmark = pytest.mark.usefixtures("english")


@pytest.fixture
def trade(company: Company) -> Iterator[Trade]:
    yield open_trade(company)
    tasks().wait()


def opened(trade: Trade, qtbot: QtBot, login: str) -> tuple[CustomerView, ListPage, Listener]:
    """The customer's view with the section of stock issues open, on a client that hears of changes."""
    client = client_of(trade.company.as_(login))
    listener = Listener(client.database, client.bus.tell, client.bus.connected.emit)
    with qtbot.waitSignal(client.bus.connected):
        listener.start()
    page = CustomerView(client, trade.customer)
    qtbot.addWidget(page)
    page.resize(1240, 800)
    page.show()
    qtbot.waitUntil(lambda: not page.busy)
    page.open_section("stock.issue")
    section = page.page("stock.issue")
    assert isinstance(section, ListPage)
    qtbot.waitUntil(lambda: section.total is not None)
    return page, section, listener


def shown(section: ListPage) -> list[str]:
    """Numbers in the section."""
    place = [column.key for column in section.model.columns].index("number")
    rows = [section.model.row_at(row) for row in range(section.model.rowCount())]
    return [str(row.values[place]) for row in rows if row is not None]


@pytest.mark.req("DLV-02", "CUS-10", "CUS-11", "ORG-10")
def test_the_section_shows_what_the_keeper_ships_of_ones_own_orders(trade: Trade, qtbot: QtBot) -> None:
    trade.receive(50)
    mine, others = trade.order(5), trade.order(5)
    trade.superuser.execute(
        'UPDATE sales."order" SET owner_id = (SELECT id FROM organisation."user" WHERE login = \'sales2\')'
        " WHERE id = %s",
        (others,),
    )
    page, section, listener = opened(trade, qtbot, "sales1")
    assert section.total == 0
    numbers = {}
    for order in (mine, others):
        notice = trade.company.as_("manager").write(
            make_dispatch, warehouse_id=trade.warehouse, lines=[(trade.lines(order)[0], Decimal(3))]
        )
        line = trade.one("SELECT id FROM delivery.dispatch_line WHERE dispatch_id = %s", notice.id)
        issue = trade.keeper.write(
            issue_dispatch, warehouse_id=trade.warehouse, lines=[(line, Decimal(3))]
        ).id
        numbers[order] = trade.keeper.write(post_issue, issue_id=issue, counted=[]).result["number"]
    # live, while the section is open: the one that ships his order, not his colleague's
    qtbot.waitUntil(lambda: section.total == 1 and shown(section) == [numbers[mine]])
    qtbot.waitUntil(lambda: page.sections.currentItem().text() == "Stock issues  1")
    trade.company.as_("lead1").write(
        transfer,
        entity=ENTITIES["sales.order"],
        ids=[mine],
        to_user=trade.one("SELECT id FROM organisation.\"user\" WHERE login = 'sales3'"),
    )
    qtbot.waitUntil(lambda: section.total == 0)
    listener.stop()
    listener.join(3)
