"""Dispatch notices: what may leave, what left, what is taken back; and who may say so."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from decimal import Decimal

import psycopg
import pytest

from services.checking import check
from services.commands import Changes, Work
from services.database import Database
from services.delivery.commands import end_dispatch, issue_dispatch, make_dispatch, make_note
from services.delivery.dispatches import other_notices, read_dispatch
from services.delivery.entities import DISPATCH_ENTITY
from services.entity import Query
from services.errors import NotAvailable, Refused
from services.language import use_language
from services.listing import Listing
from services.sales.queries import open_lines, read_order
from services.session import log_in
from services.stock.commands import drop_issue, make_issue, post_issue
from services.system.company_settings import save_settings
from tests.conftest import Company
from tests.factories.trade import Trade, open_trade


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    use_language("en")
    yield
    use_language("zh_CN")


@pytest.fixture
def trade(company: Company) -> Trade:
    return open_trade(company)


def notify(trade: Trade, *wanted: tuple[int, int | str], warehouse: int | None = None) -> int:
    """A notice of sales1 over order lines; its id."""
    return trade.seller.write(
        make_dispatch,
        warehouse_id=warehouse or trade.warehouse,
        lines=[(line, Decimal(quantity)) for line, quantity in wanted],
    ).id


def ours(trade: Trade, notice: int) -> list[tuple[int, Decimal]]:
    """Every line of a notice with what is open on it."""
    with trade.keeper.read_session() as session:
        return [(line.id, line.open) for line in read_dispatch(session, notice).lines if line.open]


def line_state(trade: Trade, line: int) -> tuple[str, ...]:
    """delivered, asked, notified of an order line."""
    rows = trade.rows(
        "SELECT trim_scale(delivered)::text, trim_scale(asked)::text, trim_scale(notified)::text"
        " FROM sales.order_line WHERE id = %s",
        line,
    )
    return tuple(str(value) for value in rows[0])


def sound(trade: Trade) -> None:
    """Every balance follows from its documents."""
    with trade.company.as_("boss").read_session() as session:
        assert check(session) == []


def queue(database: Database, data_class: str = "queue") -> list[int]:
    """What the list of notices shows."""
    listing = Listing(Query(DISPATCH_ENTITY.key, data_class=data_class), user=log_in(database))
    with database.read_session() as session:
        return list(listing.all_ids(session))


@pytest.mark.req("DLV-01", "DLV-02", "SAL-09")
def test_from_two_orders_over_two_notices_to_one_issue(trade: Trade) -> None:
    trade.receive(100, 100)
    first, second = trade.order(10, 5), trade.order(4)
    (ball, flange), (other,) = trade.lines(first), trade.lines(second)
    one = notify(trade, (ball, 6), (flange, 5))
    two = notify(trade, (ball, 2), (other, 4))
    assert line_state(trade, ball) == ("0", "0", "8")
    with pytest.raises(Refused, match="Only 2 of"):
        notify(trade, (ball, 3))
    with pytest.raises(Refused, match="Only 2 of"):
        trade.ask([(ball, 3)])
    with trade.seller.read_session() as session:
        assert [line.open for line in read_order(session, first).lines] == [2, 0]
        others = open_lines(session, customer_id=trade.customer, except_order=second)
        assert [(each.line.id, each.line.open) for each in others] == [(ball, Decimal(2))]
    assert sorted(queue(trade.keeper)) == [one, two], "the keeper sees the queue"

    with trade.keeper.read_session() as session:
        notice = read_dispatch(session, one)
        assert [line.id for line in other_notices(session, notice)] == [i for i, _ in ours(trade, two)]
    issue = trade.keeper.write(
        issue_dispatch, warehouse_id=trade.warehouse, lines=[*ours(trade, one), *ours(trade, two)]
    ).id
    assert line_state(trade, ball) == ("0", "8", "0") and ours(trade, one) == []
    with pytest.raises(Refused, match="Have it confirmed or deleted first"):
        trade.seller.write(end_dispatch, dispatch_id=one)
    lines = trade.rows(
        "SELECT id, trim_scale(quantity)::text FROM stock.issue_line WHERE issue_id = %s ORDER BY position",
        issue,
    )
    assert [quantity for _, quantity in lines] == ["6", "2", "5", "4"]
    # of the first notice's six only four are found
    counted = [(lines[0][0], Decimal(4)), *((i, Decimal(q)) for i, q in lines[1:])]
    trade.keeper.write(post_issue, issue_id=issue, counted=counted)
    assert line_state(trade, ball) == ("6", "0", "2") and ours(trade, one)[0][1] == 2
    assert trade.rows("SELECT state FROM delivery.dispatch ORDER BY id") == [("partly",), ("done",)]
    assert queue(trade.keeper) == [one]
    gross = trade.rows(
        "SELECT gross::text FROM stock.issue_line WHERE issue_id = %s ORDER BY position", issue
    )
    assert gross == [("176.00",), ("88.00",), ("220.00",), ("176.00",)]
    sound(trade)

    trade.seller.write(end_dispatch, dispatch_id=one)
    assert line_state(trade, ball) == ("6", "0", "0")
    assert trade.one("SELECT state FROM delivery.dispatch WHERE id = %s", one) == "closed"
    with pytest.raises(Refused, match="at its end already"):
        trade.seller.write(end_dispatch, dispatch_id=one)
    with pytest.raises(Refused, match="Only 0 of"):
        line = trade.one("SELECT min(id) FROM delivery.dispatch_line WHERE dispatch_id = %s", one)
        trade.keeper.write(issue_dispatch, warehouse_id=trade.warehouse, lines=[(line, Decimal(1))])
    assert trade.keeper.write(make_note, issue_id=issue).id
    sound(trade)


def test_an_issue_that_is_deleted_gives_its_goods_back_to_the_notice(trade: Trade) -> None:
    trade.receive(10)
    (ball,) = trade.lines(trade.order(10))
    notice = notify(trade, (ball, 7))
    issue = trade.keeper.write(issue_dispatch, warehouse_id=trade.warehouse, lines=ours(trade, notice)).id
    trade.keeper.write(drop_issue, issue_id=issue)
    assert line_state(trade, ball) == ("0", "0", "7") and ours(trade, notice)[0][1] == 7
    assert trade.one("SELECT state FROM delivery.dispatch") == "waiting"
    trade.seller.write(end_dispatch, dispatch_id=notice)
    assert trade.one("SELECT state FROM delivery.dispatch") == "cancelled"
    sound(trade)


@pytest.mark.req("SAL-09")
def test_over_delivery_only_where_the_company_allows_it(trade: Trade) -> None:
    trade.receive(100)
    (ball,) = trade.lines(trade.order(10))
    other = trade.order(20)
    with pytest.raises(Refused):
        trade.seller.write(save_settings, values={"delivery.over_delivery": True})
    trade.company.as_("boss").write(save_settings, values={"delivery.over_delivery": True})
    notice = notify(trade, (ball, 12))
    issue = trade.keeper.write(issue_dispatch, warehouse_id=trade.warehouse, lines=ours(trade, notice)).id
    trade.keeper.write(post_issue, issue_id=issue, counted=[])
    assert line_state(trade, ball) == ("12", "0", "0")
    reserved = trade.one("SELECT trim_scale(reserved)::text FROM stock.balance WHERE on_hand > 0")
    assert reserved == "20", "what the other order reserved stays"
    assert trade.one('SELECT trim_scale(open_quantity)::text FROM sales."order" WHERE id = %s', other) == "20"
    sound(trade)
    trade.company.as_("admin").write(save_settings, values={"delivery.over_delivery": False})
    with pytest.raises(Refused, match="Only 0 of"):
        trade.ask([(ball, 1)])


@pytest.mark.req("DLV-02")
def test_the_company_says_which_way_goods_leave(trade: Trade) -> None:
    trade.receive(100)
    (ball,) = trade.lines(trade.order(10))
    trade.company.as_("boss").write(save_settings, values={"delivery.from_notices": True})
    with pytest.raises(Refused, match="by dispatch notices"):
        trade.ask([(ball, 1)])
    notice = notify(trade, (ball, 10))
    issue = trade.keeper.write(issue_dispatch, warehouse_id=trade.warehouse, lines=ours(trade, notice)).id
    trade.keeper.write(post_issue, issue_id=issue, counted=[])
    assert trade.one("SELECT state FROM delivery.dispatch") == "done"


def test_strangers_and_other_keepers_are_refused(trade: Trade) -> None:
    trade.receive(10)
    (ball,) = trade.lines(trade.order(10))
    notice = notify(trade, (ball, 4))
    wanted = ours(trade, notice)
    stranger = trade.company.as_("sales5")
    with stranger.read_session() as session, pytest.raises(NotAvailable):
        read_dispatch(session, notice)
    for command, arguments in (
        (make_dispatch, {"warehouse_id": trade.warehouse, "lines": [(ball, Decimal(1))]}),
        (issue_dispatch, {"warehouse_id": trade.warehouse, "lines": wanted}),
        (end_dispatch, {"dispatch_id": notice}),
    ):
        with pytest.raises(NotAvailable):
            stranger.write(command, **arguments)  # type: ignore[arg-type]
    with pytest.raises(NotAvailable):
        trade.company.as_("keeper2").write(issue_dispatch, warehouse_id=trade.warehouse, lines=wanted)
    with pytest.raises(Refused):
        trade.keeper.write(make_dispatch, warehouse_id=trade.warehouse, lines=[(ball, Decimal(1))])
    with pytest.raises(Refused):
        trade.keeper.write(end_dispatch, dispatch_id=notice)
    with pytest.raises(Refused, match="another warehouse"):
        trade.company.as_("boss").write(issue_dispatch, warehouse_id=trade.other_warehouse, lines=wanted)
    for quantity in ("-1", "0", "4.5"):
        with pytest.raises(Refused, match="Only 4 of"):
            trade.keeper.write(
                issue_dispatch, warehouse_id=trade.warehouse, lines=[(wanted[0][0], Decimal(quantity))]
            )


def test_a_forged_notice_line_takes_nothing(trade: Trade) -> None:
    """make_issue drops a third value, and the function behind it is offered to nobody."""
    trade.receive(10)
    (ball,) = trade.lines(trade.order(10))
    notice = notify(trade, (ball, 10))
    line = ours(trade, notice)[0][0]

    def forged(work: Work, *, function: str) -> Changes:
        return work.post(function, warehouse_id=trade.warehouse, lines=[[ball, 5, line]])

    with pytest.raises(Refused, match="Only 0 of"):
        trade.seller.write(forged, function="stock.make_issue")
    with trade.company.psql("sales1") as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(
            "SELECT app.post(gen_random_uuid(), 'stock.place_issue', jsonb_build_object('warehouse_id', %s::int,"
            " 'lines', jsonb_build_array(jsonb_build_array(%s::int, 5, %s::int))))",
            (trade.warehouse, ball, line),
        )
    assert line_state(trade, ball) == ("0", "0", "10")


@pytest.mark.req("SAL-09")
def test_notices_and_issues_at_once_never_take_more_than_is_open(trade: Trade) -> None:
    trade.receive(100)
    (ball,) = trade.lines(trade.order(10))
    databases = [trade.company.as_("sales1") for _ in range(2)] + [
        trade.company.as_("boss") for _ in range(2)
    ]
    done: list[int] = []

    def take(database: Database, as_notice: bool) -> None:
        for _ in range(3):
            try:
                database.write(
                    make_dispatch if as_notice else make_issue,
                    warehouse_id=trade.warehouse,
                    lines=[(ball, Decimal(3))],
                )
                done.append(3)
            except Refused:
                return

    threads = [
        threading.Thread(target=take, args=(database, place % 2 == 0))
        for place, database in enumerate(databases)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(done) == 9
    sound(trade)
