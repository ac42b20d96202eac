"""Who posts where, how far stock falls, what the journal says, and which warehouse may be closed."""

from __future__ import annotations

import datetime
import json
from decimal import Decimal

import pytest
from psycopg import DatabaseError

from services.database import Database
from services.entity import Query
from services.errors import NotAvailable, Refused
from services.listing import Listing
from services.records import recycle
from services.session import log_in
from services.stock.commands import (
    allow_negative,
    drop_receipt,
    post_issue,
    post_receipt,
    save_receipt,
    set_keepers,
)
from services.stock.entities import WAREHOUSE_ENTITY
from services.stock.queries import posting_warehouses, receiving_warehouses
from tests.factories.rights import give, keep
from tests.factories.trade import Trade
from tests.services.stock.papers import line


@pytest.mark.req("STK-01")
def test_only_keepers_post_in_a_warehouse(trade: Trade) -> None:
    ball = trade.products[0]
    name = trade.one("SELECT name FROM stock.warehouse WHERE id = %s", trade.warehouse)
    stranger = trade.company.as_("keeper2")
    assert name in _places(trade.keeper) and name not in _places(stranger)
    announced = stranger.write(save_receipt, warehouse_id=trade.warehouse, lines=[line(ball, "1")])
    with pytest.raises(Refused) as refused:
        stranger.write(post_receipt, receipt_id=announced.id)
    assert refused.value.values["warehouse"] == name
    draft = trade.keeper.write(save_receipt, warehouse_id=trade.warehouse, lines=[line(ball, "10", "2")])
    # drafts of another warehouse are not even there for him
    with pytest.raises(NotAvailable):
        stranger.write(post_receipt, receipt_id=draft.id)
    with pytest.raises((Refused, NotAvailable)):
        stranger.write(drop_receipt, receipt_id=draft.id)
    trade.keeper.write(post_receipt, receipt_id=draft.id)
    issue = trade.ask([(trade.lines(trade.order(1))[0], 1)])
    with pytest.raises(NotAvailable):
        stranger.write(post_issue, issue_id=issue, counted=[])
    # whoever becomes its keeper may, and whoever is none any more may not
    people = dict(trade.rows('SELECT login, id FROM organisation."user"'))
    trade.company.as_("boss").write(
        set_keepers, warehouse_id=trade.warehouse, added=[people["keeper2"]], removed=[people["keeper1"]]
    )
    assert name in _places(stranger) and name not in _places(trade.keeper)
    stranger.write(post_issue, issue_id=issue, counted=[])
    with pytest.raises(NotAvailable):
        trade.keeper.write(post_receipt, receipt_id=announced.id)
    with pytest.raises(Refused):
        trade.keeper.write(set_keepers, warehouse_id=trade.warehouse, added=[people["keeper1"]])


def _places(database: Database) -> list[str]:
    with database.read_session() as session:
        return [place.name for place in posting_warehouses(session)]


@pytest.mark.req("STK-01")
def test_eighty_warehouses_per_branch(trade: Trade) -> None:
    boss = trade.company.psql("boss")
    branch = trade.one("SELECT max(id) FROM organisation.branch")
    for n in range(80):
        boss.execute("INSERT INTO stock.warehouse (name, branch_id) VALUES (%s, %s)", (f"分仓{n:02}", branch))
    assert trade.one("SELECT count(*) FROM stock.warehouse WHERE branch_id = %s", branch) >= 80
    with trade.company.as_("boss").read_session() as session:
        assert len(receiving_warehouses(session)) >= 80
        assert posting_warehouses(session) == (), "the boss sees them all and keeps none"
    keep(trade.company, "keeper1")
    assert len(_places(trade.keeper)) >= 80


@pytest.mark.req("STK-01", "ORG-06")
@pytest.mark.parametrize("login", ["boss", "buyer", "accountant", "keeper2"])
def test_who_sees_all_stock_keeps_none_for_that(trade: Trade, login: str) -> None:
    """By the commands and by psql: the right to see every warehouse posts in none."""
    for right in ("stock.see_all", "stock.receipt.post", "stock.issue.post", "stock.issue.view"):
        for role in ("buyer", "accountant", "keeper"):
            give(trade.company, role, right)
    trade.receive(10)
    draft = trade.keeper.write(
        save_receipt, warehouse_id=trade.warehouse, lines=[line(trade.products[0], "5", "2")]
    ).id
    issue = trade.ask([(trade.lines(trade.order(3))[0], 3)])
    there = trade.one("SELECT id FROM stock.issue_line WHERE issue_id = %s", issue)
    person, shell = trade.company.as_(login), trade.company.psql(login)
    for name, arguments in (
        ("stock.post_receipt", {"receipt_id": draft}),
        ("stock.post_issue", {"issue_id": issue, "counted": [[there, 3]]}),
        ("stock.set_bins", {"warehouse_id": trade.warehouse, "bins": [[trade.products[0], "A"]]}),
        ("stock.clean_up", {"warehouse_id": trade.warehouse}),
    ):
        with pytest.raises(Refused) as refused:
            person.write(lambda work, name=name, arguments=arguments: work.post(name, **arguments))
        assert "keeper" in refused.value.template, name
        with pytest.raises(DatabaseError):
            shell.execute("SELECT app.post(gen_random_uuid(), %s, %s::jsonb)", (name, json.dumps(arguments)))
    # nor by letting the goods of a warehouse of one's own leave another's
    if login == "keeper2":
        own = trade.ask([(trade.lines(trade.order(1))[0], 1)], warehouse=trade.other_warehouse)
        with pytest.raises(Refused):
            person.write(post_issue, issue_id=own, counted=[], warehouse_id=trade.warehouse)
        with pytest.raises(Refused):
            person.write(post_issue, issue_id=issue, counted=[], warehouse_id=trade.other_warehouse)
    assert trade.rows("SELECT on_hand, to_come FROM stock.balance WHERE on_hand > 0") == [(10, 5)]
    assert trade.one("SELECT count(*) FROM stock.ledger") == 1


@pytest.mark.req("STK-05")
def test_below_zero_only_where_the_warehouse_allows_it(trade: Trade) -> None:
    trade.receive(3, cost="10")
    issue = trade.ask([(trade.lines(trade.order(5))[0], 5)])
    with pytest.raises(Refused) as refused:
        trade.keeper.write(post_issue, issue_id=issue, counted=[])
    assert str(refused.value) and refused.value.values["on_hand"] == "3"
    boss = trade.company.as_("boss")
    with pytest.raises(Refused):
        trade.keeper.write(allow_negative, warehouse_id=trade.warehouse, allowed=True)
    boss.write(allow_negative, warehouse_id=trade.warehouse, allowed=True)
    trade.keeper.write(post_issue, issue_id=issue, counted=[])
    assert trade.one("SELECT on_hand FROM stock.balance") == -2
    with pytest.raises(Refused):
        boss.write(allow_negative, warehouse_id=trade.warehouse, allowed=False)
    trade.receive(2)
    boss.write(allow_negative, warehouse_id=trade.warehouse, allowed=False)


@pytest.mark.req("STK-05")
def test_the_journal_shows_before_and_after_and_nobody_changes_it(trade: Trade) -> None:
    trade.receive(10, cost="2")
    trade.receive(10, cost="3")
    issue = trade.ask([(trade.lines(trade.order(4))[0], 4)])
    trade.keeper.write(post_issue, issue_id=issue, counted=[], date=datetime.date.today())
    moves = trade.rows(
        "SELECT l.document, l.balance_after - l.delta, l.delta, l.balance_after, c.value, c.average_after"
        " FROM stock.ledger l JOIN stock.ledger_cost c USING (id) ORDER BY l.id"
    )
    assert moves == [
        ("stock.receipt", 0, 10, 10, Decimal("20.00"), Decimal("2")),
        ("stock.receipt", 10, 10, 20, Decimal("30.00"), Decimal("2.5")),
        ("stock.issue", 20, -4, 16, Decimal("-10.00"), Decimal("2.5")),
    ]
    for login in ("boss", "keeper1", "postgres"):
        connection = trade.company.psql(login)
        for attempt in (
            "UPDATE stock.ledger SET delta = 1",
            "DELETE FROM stock.ledger",
            "TRUNCATE stock.ledger CASCADE",
            "UPDATE stock.balance SET on_hand = 1000",
            "UPDATE stock.ledger_cost SET value = 0",
        ):
            with pytest.raises(Exception, match=r"permission denied|stays as it is|through the journal"):
                connection.execute(attempt)
    assert trade.one("SELECT on_hand FROM stock.balance") == 16


@pytest.mark.req("STK-05")
def test_a_movement_opens_its_document(trade: Trade) -> None:
    receipt = trade.receive(10).id
    issue = trade.ask([(trade.lines(trade.order(4))[0], 4)])
    trade.keeper.write(post_issue, issue_id=issue, counted=[])
    listing = Listing(Query("stock.ledger", words="bxgqf"), user=log_in(trade.keeper))
    place = [column.key for column in listing.columns].index("number")
    with trade.keeper.read_session() as session:
        rows = listing.page(session, first=0, size=10).rows
    assert [(row.entities[place], row.opens[place]) for row in rows] == [
        ("stock.issue", issue),
        ("stock.receipt", receipt),
    ]


@pytest.mark.req("STK-01")
def test_a_warehouse_with_goods_is_neither_closed_nor_deleted(trade: Trade) -> None:
    boss = trade.company.as_("boss")
    sql = trade.company.psql("boss")
    close = f"UPDATE stock.warehouse SET active = false WHERE id = {trade.warehouse}"
    draft = trade.keeper.write(
        save_receipt, warehouse_id=trade.warehouse, lines=[line(trade.products[0], "3")]
    )
    with pytest.raises(Refused):
        boss.write(recycle, entity=WAREHOUSE_ENTITY, ids=[trade.warehouse])
    with pytest.raises(DatabaseError, match="still lie"):
        sql.execute(close)
    trade.keeper.write(drop_receipt, receipt_id=draft.id)
    sql.execute(close)
    with pytest.raises(Refused):
        trade.keeper.write(save_receipt, warehouse_id=trade.warehouse, lines=[line(trade.products[0], "3")])
    with trade.keeper.read_session() as session:
        assert trade.warehouse not in {place.id for place in posting_warehouses(session)}
    boss.write(recycle, entity=WAREHOUSE_ENTITY, ids=[trade.warehouse])
    name = trade.one("SELECT name FROM stock.warehouse WHERE id = %s", trade.warehouse)
    sql.execute("INSERT INTO stock.warehouse (name) VALUES (%s)", (name,))
