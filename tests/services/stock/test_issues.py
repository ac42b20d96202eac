"""Issues: orders and notices ask, the keeper counts; what they change, and what they refuse."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from services.checking import check
from services.clock import today
from services.delivery.commands import end_dispatch, issue_dispatch, make_dispatch, make_note
from services.errors import NotAvailable, Refused
from services.recycling import purge
from services.recycling import restore as bring_back
from services.stock.commands import (
    drop_issue,
    post_issue,
)
from services.stock.queries import read_issue
from tests.factories.rights import keep
from tests.factories.trade import Trade


@pytest.mark.req("DLV-02")
def test_several_orders_in_one_issue_and_several_issues_of_one_order(trade: Trade) -> None:
    trade.receive(100, 100)
    one, two = trade.order(10, 5), trade.order(7)
    a, b = trade.lines(one)
    (c,) = trade.lines(two)
    both = trade.ask([(a, 6), (c, 7)])
    with trade.keeper.read_session() as session:
        found = read_issue(session, both)
    assert len({row.order_number for row in found.lines}) == 2 and found.customer == "重庆长宏机电有限公司"
    first, second = trade.issue_lines(both)
    trade.keeper.write(post_issue, issue_id=both, counted=[(first, Decimal(5)), (second, Decimal(7))])
    # one piece was short: it is open again, with the four that nobody asked for
    with pytest.raises(Refused) as refused:
        trade.ask([(a, 6)])
    assert refused.value.values == {"open": "5", "product": "不锈钢球阀"}
    rest = trade.ask([(a, 5), (b, 5)])
    trade.keeper.write(post_issue, issue_id=rest, counted=[])
    assert trade.rows('SELECT open_quantity FROM sales."order" ORDER BY id') == [(0,), (0,)]
    assert trade.rows("SELECT quantity - delivered, asked FROM sales.order_line") == [(0, 0)] * 3
    assert trade.one("SELECT sum(reserved) FROM stock.balance") == 0
    assert trade.rows("SELECT on_hand FROM stock.balance ORDER BY product_id") == [(83,), (95,)]


def test_goods_of_two_customers_are_two_issues(trade: Trade) -> None:
    other = trade.order(1, customer=trade.add_customer("上饶新力"))
    with pytest.raises(Refused):
        trade.ask([(trade.lines(trade.order(1))[0], 1), (trade.lines(other)[0], 1)])


@pytest.mark.parametrize("counted", ["-1", "10.000001"])
def test_the_count_lies_between_nothing_and_what_was_asked(trade: Trade, counted: str) -> None:
    trade.receive(100)
    issue = trade.ask([(trade.lines(trade.order(10))[0], 10)])
    with pytest.raises(Refused):
        trade.keeper.write(
            post_issue, issue_id=issue, counted=[(trade.issue_lines(issue)[0], Decimal(counted))]
        )
    with pytest.raises(Refused):
        trade.keeper.write(post_issue, issue_id=issue, counted=[(trade.issue_lines(issue)[0], Decimal(0))])
    assert trade.one("SELECT on_hand FROM stock.balance") == 100


def test_a_deleted_issue_gives_its_goods_back_and_cancels_its_note(trade: Trade) -> None:
    trade.receive(100)
    (order_line,) = trade.lines(trade.order(10))
    issue = trade.ask([(order_line, 10)])
    note = trade.keeper.write(make_note, issue_id=issue).id
    trade.seller.write(drop_issue, issue_id=issue)
    assert trade.one("SELECT asked FROM sales.order_line WHERE id = %s", order_line) == 0
    assert trade.rows("SELECT state, issue_id FROM delivery.note WHERE id = %s", note) == [
        ("cancelled", None)
    ]
    with pytest.raises(NotAvailable):
        trade.keeper.write(post_issue, issue_id=issue, counted=[])
    with pytest.raises(NotAvailable):
        trade.keeper.write(make_note, issue_id=issue)
    again = trade.ask([(order_line, 10)])
    trade.keeper.write(post_issue, issue_id=again, counted=[])
    with pytest.raises(Refused):
        trade.seller.write(drop_issue, issue_id=again)


@pytest.mark.req("PLT-33", "DLV-02")
def test_an_issue_comes_back_from_the_bin_as_long_as_its_goods_are_open(trade: Trade) -> None:
    trade.receive(100)
    (order_line,) = trade.lines(trade.order(10))
    issue = trade.ask([(order_line, 6)])
    asked = "SELECT asked, notified FROM sales.order_line WHERE id = %s"
    trade.seller.write(drop_issue, issue_id=issue)
    gone = trade.one("SELECT max(id) FROM app.deletion")
    trade.seller.write(bring_back, deletions=[gone])
    assert trade.rows(asked, order_line) == [(6, 0)] and sound(trade)
    with trade.keeper.read_session() as session:
        assert [line.quantity for line in read_issue(session, issue).lines] == [6]
    # taken by another issue meanwhile
    trade.seller.write(drop_issue, issue_id=issue)
    gone = trade.one("SELECT max(id) FROM app.deletion")
    other = trade.ask([(order_line, 5)])
    assert sound(trade)
    with pytest.raises(Refused) as refused:
        trade.seller.write(bring_back, deletions=[gone])
    assert refused.value.values["open"] == "5" and trade.rows(asked, order_line) == [(5, 0)]
    trade.seller.write(drop_issue, issue_id=other)
    trade.seller.write(bring_back, deletions=[gone])
    trade.keeper.write(post_issue, issue_id=issue, counted=[])
    assert trade.one("SELECT on_hand FROM stock.balance") == 94 and sound(trade)
    # for ever: the boss, with its lines
    boss = trade.company.as_("boss")
    boss.write(purge, deletions=[trade.one("SELECT max(id) FROM app.deletion")])
    assert trade.one("SELECT count(*) FROM stock.issue_line WHERE issue_id = %s", other) == 0


@pytest.mark.req("PLT-33", "DLV-01")
def test_goods_of_a_notice_go_back_to_it_and_are_asked_for_again(trade: Trade) -> None:
    trade.receive(100)
    (order_line,) = trade.lines(trade.order(10))
    notice = trade.seller.write(
        make_dispatch, warehouse_id=trade.warehouse, lines=[(order_line, Decimal(8))]
    ).id
    (line_,) = (i for (i,) in trade.rows("SELECT id FROM delivery.dispatch_line"))
    issue = trade.keeper.write(issue_dispatch, warehouse_id=trade.warehouse, lines=[(line_, Decimal(8))]).id
    state = "SELECT o.asked, o.notified, d.asked FROM sales.order_line o, delivery.dispatch_line d WHERE o.id = %s"
    assert trade.rows(state, order_line) == [(8, 0, 8)]
    trade.keeper.write(drop_issue, issue_id=issue)
    assert trade.rows(state, order_line) == [(0, 8, 0)] and sound(trade)
    gone = trade.one("SELECT max(id) FROM app.deletion")
    trade.keeper.write(bring_back, deletions=[gone])
    assert trade.rows(state, order_line) == [(8, 0, 8)] and sound(trade)
    trade.keeper.write(drop_issue, issue_id=issue)
    gone = trade.one("SELECT max(id) FROM app.deletion")
    trade.seller.write(end_dispatch, dispatch_id=notice)
    with pytest.raises(Refused):
        trade.keeper.write(bring_back, deletions=[gone])
    assert trade.rows(state, order_line) == [(0, 0, 0)] and sound(trade)


def sound(trade: Trade) -> bool:
    """``shuke check`` finds nothing."""
    with Session(trade.company.as_("postgres").engine) as session:
        return check(session) == []


@pytest.mark.req("DLV-02")
def test_the_warehouse_chosen_at_confirming_must_hold_the_goods(trade: Trade) -> None:
    trade.receive(10)
    keep(trade.company, "keeper1", trade.other_warehouse)
    issue = trade.ask([(trade.lines(trade.order(3))[0], 3)])
    with pytest.raises(Refused) as refused:
        trade.keeper.write(post_issue, issue_id=issue, counted=[], warehouse_id=trade.other_warehouse)
    assert refused.value.values["on_hand"] == "0"
    tomorrow = today() + datetime.timedelta(1)
    with pytest.raises(Refused) as refused:
        trade.keeper.write(post_issue, issue_id=issue, counted=[], date=tomorrow)
    assert refused.value.values["date"] == tomorrow.isoformat()
    with pytest.raises(NotAvailable):
        trade.keeper.write(post_issue, issue_id=issue, counted=[], warehouse_id=99999)
    number = trade.keeper.write(post_issue, issue_id=issue, counted=[]).result["number"]
    assert f"{today():%Y%m%d}" in number or f"{today():%y%m}" in number
    assert sound(trade)


def test_a_sale_at_the_counter_leaves_the_reservations_of_others(trade: Trade) -> None:
    """A sale that takes goods at once once took them off what other orders had reserved."""
    trade.receive(20)
    trade.order(10)
    keep(trade.company, "boss", trade.warehouse)
    trade.company.as_("boss").write(
        lambda work: work.post(
            "sales.sell",
            order={
                "customer_id": trade.customer,
                "warehouse_id": trade.warehouse,
                "lines": [{"product_id": trade.products[0], "quantity": 3, "tax_price": 44}],
            },
            account_id=1,
        )
    )
    assert trade.rows("SELECT on_hand, reserved FROM stock.balance") == [(17, 10)]


@pytest.mark.req("FIN-02")
def test_parts_of_a_line_add_up_to_it(trade: Trade) -> None:
    """100.00 over three pieces, in three issues: 33.33 three times would leave 0.01 for ever."""
    trade.receive(3)
    order = trade.order(3, price="33.333333333333")
    (only,) = trade.lines(order)
    for _ in range(3):
        issue = trade.ask([(only, 1)])
        trade.keeper.write(post_issue, issue_id=issue, counted=[])
        trade.keeper.write(make_note, issue_id=issue)
    assert trade.one('SELECT issued_amount FROM sales."order"') == Decimal("100.00")
    assert trade.one("SELECT sum(gross) FROM delivery.note_line") == Decimal("100.00")
    assert trade.one("SELECT issued FROM customers.balance") == Decimal("100.00")
