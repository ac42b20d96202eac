"""Goods that leave by dispatch notices, on the screens: setting, order, the keeper's issue, what is short."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest
from pytestqt.qtbot import QtBot

from services.language import use_language
from services.sales.queries import read_order
from tests.conftest import Company
from tests.factories.trade import Trade, open_trade
from tests.widgets.desk import RememberingShell, client_of
from tests.widgets.paper_trail import Hand
from widgets.base.tasks import tasks
from widgets.delivery.dispatch_form import DispatchForm
from widgets.purchasing.request_page import RequestPage
from widgets.sales.goods_dialogs import DispatchDialog, IssueDialog, RequestDialog
from widgets.sales.order_form import OrderForm
from widgets.stock.issue_form import IssueForm
from widgets.system.settings_page import SettingsPage


@pytest.fixture
def trade(company: Company) -> Iterator[Trade]:
    use_language("en")
    made = open_trade(company)
    yield made
    tasks().wait()
    use_language("zh_CN")


@pytest.mark.req("DLV-01", "DLV-02", "SAL-09")
def test_from_the_setting_to_the_goods_that_left(trade: Trade, qtbot: QtBot) -> None:
    trade.receive(8, 100)
    order = trade.order(10, 5)
    settings = SettingsPage(client_of(trade.company.as_("admin")))
    qtbot.addWidget(settings)
    settings.show()
    qtbot.waitUntil(lambda: not settings.boxes["delivery.from_notices"].isChecked())
    settings.boxes["delivery.from_notices"].click()
    qtbot.waitUntil(lambda: trade.one("SELECT value::text FROM system.setting") == "true")

    form = OrderForm(client_of(trade.seller), order)
    qtbot.addWidget(form)
    form.show()
    qtbot.waitUntil(lambda: form.record is not None and not form.busy)
    assert form.heading.offered("dispatch") and not form.heading.offered("issue")
    form.act("dispatch")
    dialog = form.dialog
    assert isinstance(dialog, DispatchDialog)
    assert [editor.value() for editor in dialog.quantities] == [10, 5]
    dialog.quantities[0].set_value(Decimal(11))
    dialog.run()
    assert dialog.problem.text().startswith("Only 10 of")
    dialog.quantities[0].set_value(Decimal(10))
    dialog.quantities[1].set_value(None)
    dialog.run()
    qtbot.waitUntil(lambda: any("FT" in message.text for message in form.messages.messages))
    notice = trade.one("SELECT id FROM delivery.dispatch")
    trade.seller.close()

    desk = client_of(trade.keeper)
    page = DispatchForm(desk, notice)
    hand = Hand(qtbot, page)
    assert page.grid.lines.rows[0]["on_hand"] == 8 and not page.buttons["end"].isVisibleTo(page)
    hand.f9()
    assert page.dialog is not None
    page.dialog.run()
    assert isinstance(desk.shell, RememberingShell)
    hand.wait(lambda: desk.shell.opened)  # type: ignore[attr-defined]
    ((entity, issue),) = desk.shell.opened
    assert entity == "stock.issue"
    keeper = IssueForm(desk, issue)
    counting = Hand(qtbot, keeper)
    keeper.grid.lines.change(0, "counted", Decimal(8))
    keeper.act("request")
    counting.settle()
    assert "1 purchase request is written." in counting.said()
    counting.f9()
    assert keeper.record is not None and keeper.record.state == "posted"
    hand.wait(lambda: page.record is not None and not page.busy)
    page.load()
    hand.wait(lambda: page.record is not None and page.record.state == "partly" and not page.busy)
    with trade.company.as_("boss").read_session() as session:
        assert [(line.delivered, line.open) for line in read_order(session, order).lines] == [(8, 0), (0, 5)]

    buyer = client_of(trade.company.as_("buyer"))
    request = RequestPage(buyer, trade.one("SELECT id FROM purchasing.request"))
    buying = Hand(qtbot, request)
    assert request.record is not None and request.record.values["quantity"] == 2
    buying.f9()
    buying.wait(lambda: request.record is not None and request.record.state == "ordered" and not request.busy)


@pytest.mark.req("SAL-09")
def test_two_orders_in_one_issue_and_what_is_short_from_the_order(trade: Trade, qtbot: QtBot) -> None:
    trade.receive(4)
    first, second = trade.order(10), trade.order(3)
    form = OrderForm(client_of(trade.seller), first)
    qtbot.addWidget(form)
    form.show()
    qtbot.waitUntil(lambda: form.record is not None and not form.busy)
    form.act("issue")
    dialog = form.dialog
    assert isinstance(dialog, IssueDialog)
    dialog.others.click()
    qtbot.waitUntil(lambda: len(dialog.rows) == 2)
    dialog.quantities[0].set_value(Decimal(2))
    dialog.quantities[1].set_value(Decimal(1))
    dialog.run()
    qtbot.waitUntil(lambda: trade.one("SELECT count(*) FROM stock.issue_line") == 2)
    qtbot.waitUntil(lambda: not form.busy)

    form.act("request")
    asking = form.dialog
    assert isinstance(asking, RequestDialog)
    assert [editor.value() for editor in asking.quantities] == [9], "13 are promised and 4 lie there"
    asking.run()
    qtbot.waitUntil(lambda: trade.one("SELECT count(*) FROM purchasing.request") == 1)
    assert trade.rows("SELECT order_id, trim_scale(quantity)::text FROM purchasing.request") == [(first, "9")]
    orders = {order for (order,) in trade.rows("SELECT order_id FROM stock.issue_line")}
    assert orders == {first, second}
    qtbot.waitUntil(lambda: not form.busy)
