"""Receipts: what a draft announces, what a posted one holds, what is refused."""

from __future__ import annotations

from decimal import Decimal

import pytest
from psycopg import DatabaseError

from services.errors import Invalid, NotAvailable, Refused
from services.products.entities import PRODUCT
from services.records import recycle, restore
from services.stock.commands import (
    drop_receipt,
    post_receipt,
    save_receipt,
)
from services.stock.entities import RECEIPT_ENTITY
from services.stock.queries import read_receipt
from tests.factories.trade import Trade
from tests.services.stock.papers import line, stock


def test_a_draft_announces_goods_and_a_posted_one_holds_them(trade: Trade) -> None:
    ball, flange = trade.products[:2]
    draft = trade.keeper.write(
        save_receipt, warehouse_id=trade.warehouse, lines=[line(ball, "10", "20"), line(ball, "2", "26")]
    )
    assert stock(trade, ball, "to_come") == 12 and stock(trade, ball) == 0
    changed = trade.keeper.write(
        save_receipt,
        receipt_id=draft.id,
        version=draft.result["version"],
        warehouse_id=trade.warehouse,
        lines=[line(ball, "4", "20"), line(flange, "5", "3")],
    )
    assert (stock(trade, ball, "to_come"), stock(trade, flange, "to_come")) == (4, 5)
    with pytest.raises(Refused):
        trade.keeper.write(
            save_receipt,
            receipt_id=draft.id,
            version=draft.result["version"],
            warehouse_id=trade.warehouse,
            lines=[line(ball, "1")],
        )
    number = trade.keeper.write(post_receipt, receipt_id=changed.id).result["number"]
    assert (stock(trade, ball, "to_come"), stock(trade, ball)) == (0, 4)
    with trade.keeper.read_session() as session:
        found = read_receipt(session, draft.id)
    assert (found.number, found.state, len(found.lines)) == (number, "posted", 2)
    assert found.lines[0].unit_cost is None, "the keeper has no right to see costs"
    with trade.company.as_("boss").read_session() as session:
        assert read_receipt(session, draft.id).lines[0].unit_cost == 20


def test_what_a_keeper_cannot_see_he_does_not_lose(trade: Trade) -> None:
    ball = trade.products[0]
    boss = trade.company.as_("boss")
    draft = boss.write(save_receipt, warehouse_id=trade.warehouse, lines=[line(ball, "10", "20")])
    trade.keeper.write(
        save_receipt,
        receipt_id=draft.id,
        version=draft.result["version"],
        warehouse_id=trade.warehouse,
        lines=[line(ball, "9")],
    )
    trade.keeper.write(post_receipt, receipt_id=draft.id)
    assert trade.one("SELECT value FROM stock.cost WHERE product_id = %s", ball) == Decimal("180.00")


@pytest.mark.parametrize(("quantity", "cost"), [("0", None), ("-3", None), ("1", "-0.01")])
def test_a_receipt_only_adds(trade: Trade, quantity: str, cost: str | None) -> None:
    with pytest.raises(Refused):
        trade.keeper.write(
            save_receipt, warehouse_id=trade.warehouse, lines=[line(trade.products[0], quantity, cost)]
        )
    with pytest.raises(Refused):
        trade.keeper.write(save_receipt, warehouse_id=trade.warehouse, lines=[])
    with pytest.raises(Invalid):
        trade.keeper.write(save_receipt, warehouse_id=None, lines=[line(trade.products[0], "1")])
    assert trade.one("SELECT count(*) FROM stock.receipt") == 0


@pytest.mark.req("PLT-33", "STK-06")
def test_a_draft_in_the_recycle_bin_announces_nothing(trade: Trade) -> None:
    ball = trade.products[0]
    draft = trade.keeper.write(save_receipt, warehouse_id=trade.warehouse, lines=[line(ball, "12", "40")])
    gone = trade.keeper.write(recycle, entity=RECEIPT_ENTITY, ids=[draft.id])
    assert stock(trade, ball, "to_come") == 0
    with pytest.raises(NotAvailable):
        trade.keeper.write(post_receipt, receipt_id=draft.id)
    with pytest.raises(NotAvailable):
        trade.keeper.write(drop_receipt, receipt_id=draft.id)
    trade.keeper.write(
        restore, entity=RECEIPT_ENTITY, deletions=[int(one) for one in gone.result["deletions"]]
    )
    assert stock(trade, ball, "to_come") == 12
    trade.keeper.write(post_receipt, receipt_id=draft.id)
    assert (stock(trade, ball, "to_come"), stock(trade, ball)) == (0, 12)
    with pytest.raises(Refused):
        trade.keeper.write(recycle, entity=RECEIPT_ENTITY, ids=[draft.id])


def test_a_draft_can_be_deleted_a_posted_receipt_not(trade: Trade) -> None:
    ball = trade.products[0]
    draft = trade.keeper.write(save_receipt, warehouse_id=trade.warehouse, lines=[line(ball, "10")])
    trade.keeper.write(drop_receipt, receipt_id=draft.id)
    assert stock(trade, ball, "to_come") == 0
    with trade.keeper.read_session() as session, pytest.raises(NotAvailable):
        read_receipt(session, draft.id)
    posted = trade.receive(3)
    with pytest.raises(Refused):
        trade.keeper.write(drop_receipt, receipt_id=posted.id)


@pytest.mark.req("STK-05")
def test_what_has_no_stock_is_not_received_and_what_has_some_stays_stocked(trade: Trade) -> None:
    sql = trade.company.psql("boss")
    ball = trade.products[0]
    unstock = f"UPDATE products.product SET stocked = false WHERE id = {ball}"
    draft = trade.keeper.write(save_receipt, warehouse_id=trade.warehouse, lines=[line(ball, "3")])
    with pytest.raises(DatabaseError, match="stays stocked"):
        sql.execute(unstock)
    with pytest.raises(Refused):
        trade.company.as_("boss").write(recycle, entity=PRODUCT, ids=[ball])
    trade.keeper.write(drop_receipt, receipt_id=draft.id)
    sql.execute(unstock)
    with pytest.raises(Refused):
        trade.keeper.write(save_receipt, warehouse_id=trade.warehouse, lines=[line(ball, "3")])


@pytest.mark.req("STK-05")
def test_the_keeper_receives_what_he_has_before_him(trade: Trade) -> None:
    ball = trade.products[0]
    draft = trade.keeper.write(save_receipt, warehouse_id=trade.warehouse, lines=[line(ball, "3")])
    seen = draft.result["version"]
    trade.keeper.write(
        save_receipt,
        receipt_id=draft.id,
        version=seen,
        warehouse_id=trade.warehouse,
        lines=[line(ball, "300")],
    )
    with pytest.raises(Refused):
        trade.keeper.write(post_receipt, receipt_id=draft.id, version=seen)
    assert stock(trade, ball) == 0
