"""Purchase requests: from the order, from the keeper, by hand; their steps and who may take them."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import psycopg
import pytest

from services.checking import check
from services.errors import NotAvailable, Refused
from services.language import use_language
from services.purchasing.commands import request_for_issue, request_for_order, step_request
from services.purchasing.entities import REQUEST
from services.records import create, read, recycle, update_record
from services.recycling import purge
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


def stored(trade: Trade) -> list[tuple[object, ...]]:
    """Every request: number, product, quantity, order, state."""
    return trade.rows(
        "SELECT starts_with(r.number, 'QG'), r.product_name, trim_scale(r.quantity)::text, r.order_id, r.state,"
        " r.wanted_on::text FROM purchasing.request r ORDER BY id"
    )


@pytest.mark.req("DLV-02", "SAL-09")
def test_what_is_short_is_asked_for_from_the_order_and_by_the_keeper(trade: Trade) -> None:
    trade.receive(4)
    order = trade.order(10, 5, required_on="2026-12-24")
    ball, flange = trade.lines(order)
    made = trade.seller.write(
        request_for_order, order_id=order, lines=[(ball, Decimal(6)), (flange, Decimal(5))]
    )
    assert made.result["requests"] == 2 and len(made.ids["purchasing.request"]) == 2
    issue = trade.ask([(ball, 10)])
    (line,) = trade.issue_lines(issue)
    trade.keeper.write(request_for_issue, issue_id=issue, lines=[(line, Decimal(6))], remark="盘点只有4个")
    assert stored(trade) == [
        (True, "不锈钢球阀 DN50", "6", order, "open", "2026-12-24"),
        (True, "法兰 DN50 PN16", "5", order, "open", "2026-12-24"),
        (True, "不锈钢球阀 DN50", "6", order, "open", "2026-12-24"),
    ]
    buyer = trade.company.as_("buyer")
    ids = made.ids["purchasing.request"]
    buyer.write(step_request, request_ids=ids, to="ordered")
    buyer.write(step_request, request_ids=ids[:1], to="closed")
    assert [row[4] for row in stored(trade)] == ["closed", "ordered", "open"]
    with pytest.raises(Refused):
        trade.seller.write(step_request, request_ids=ids, to="closed")
    stranger = trade.company.as_("sales5")
    with stranger.read_session() as session, pytest.raises(NotAvailable):
        read(session, entity=REQUEST, record_id=ids[0])
    with pytest.raises(NotAvailable):
        stranger.write(request_for_order, order_id=order, lines=[(ball, Decimal(1))])
    with pytest.raises(NotAvailable):
        trade.company.as_("keeper2").write(request_for_issue, issue_id=issue, lines=[(line, Decimal(1))])


def test_nothing_is_asked_for_what_is_not_there(trade: Trade) -> None:
    order, other = trade.order(10), trade.order(2)
    (ball,), (foreign,) = trade.lines(order), trade.lines(other)
    for lines in ([], [(ball, Decimal(0))], [(ball, Decimal(-2))], [(foreign, Decimal(1))]):
        with pytest.raises(Refused, match="Choose what is to be bought"):
            trade.seller.write(request_for_order, order_id=order, lines=lines)
    assert stored(trade) == []


def test_by_hand_and_what_staff_may_not_write(trade: Trade) -> None:
    keeper = trade.keeper
    made = keeper.write(
        create,
        entity=REQUEST,
        values={"product_id": trade.products[0], "quantity": Decimal(3), "warehouse_id": trade.warehouse},
    )
    with keeper.read_session() as session:
        found = read(session, entity=REQUEST, record_id=made.id)
    assert found["number"].startswith("QG") and found["unit"] == "个" and found["state"] == "open"
    keeper.write(
        update_record,
        entity=REQUEST,
        record_id=made.id,
        version=found["version"],
        values={"product_id": trade.products[1]},
    )
    assert stored(trade)[0][1] == "法兰 DN50 PN16"
    with trade.company.psql("keeper1") as connection:
        for column, value in (
            ("state", "ordered"),
            ("number", "QG1"),
            ("order_id", "1"),
            ("product_name", "x"),
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(f"UPDATE purchasing.request SET {column} = %s", (value,))
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("DELETE FROM purchasing.request")
    trade.company.as_("buyer").write(step_request, request_ids=[made.id], to="closed")
    with keeper.read_session() as session:
        version = read(session, entity=REQUEST, record_id=made.id)["version"]
    with pytest.raises(Refused):
        keeper.write(
            update_record, entity=REQUEST, record_id=made.id, version=version, values={"quantity": Decimal(9)}
        )


def test_a_request_goes_to_the_recycle_bin_but_its_number_stays(trade: Trade) -> None:
    boss = trade.company.as_("boss")
    made = boss.write(
        create, entity=REQUEST, values={"product_id": trade.products[0], "quantity": Decimal(3)}
    )
    gone = boss.write(recycle, entity=REQUEST, ids=[made.id])
    with pytest.raises(Refused, match="keeps its number"):
        boss.write(purge, deletions=[int(one) for one in gone.result["deletions"]])
    with boss.read_session() as session:
        assert check(session) == []
