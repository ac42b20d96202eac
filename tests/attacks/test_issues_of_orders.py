"""Who took an order sees the stock issue that ships it, whoever made that, and nobody else for it (DLV-02, ORG-10)."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import pytest
from psycopg import errors

from services.checking import check
from services.customers import view
from services.delivery.commands import issue_dispatch, make_dispatch
from services.entity import Query
from services.errors import NotAvailable, Refused
from services.global_search import search_everything
from services.listing import Listing
from services.lookup import labels
from services.organisation.moving import transfer
from services.organisation.sharing import Receivers, share_records
from services.registry import ENTITIES
from services.session import log_in
from services.stock.commands import make_issue, post_issue
from services.stock.queries import read_issue
from tests.conftest import Company
from tests.factories.trade import Trade, open_trade
from tests.oracle import Oracle

ISSUE, ORDER, CUSTOMER = ENTITIES["stock.issue"], ENTITIES["sales.order"], ENTITIES["customers.customer"]
PEOPLE = ("boss", "manager", "lead1", "lead2", "sales1", "sales2", "sales5", "keeper1", "keeper2", "cashier1")


@pytest.fixture
def trade(company: Company) -> Iterator[Trade]:
    yield open_trade(company)


def user_id(trade: Trade, login: str) -> int:
    return int(trade.one('SELECT id FROM organisation."user" WHERE login = %s', login))


def shipped(trade: Trade, *orders: int) -> int:
    """A stock issue that keeper1 makes and posts of dispatch notices, one for each order; its id."""
    lines = []
    for order in orders:
        notice = trade.company.as_("manager").write(
            make_dispatch, warehouse_id=trade.warehouse, lines=[(trade.lines(order)[0], Decimal(2))]
        )
        lines.append(
            (trade.one("SELECT id FROM delivery.dispatch_line WHERE dispatch_id = %s", notice.id), Decimal(2))
        )
    issue = trade.keeper.write(issue_dispatch, warehouse_id=trade.warehouse, lines=lines).id
    trade.keeper.write(post_issue, issue_id=issue, counted=[])
    return issue


def by_all_doors(trade: Trade, login: str, number: str) -> Mapping[str, set[int]]:
    """The issues that ``login`` is shown: psql, list, quick search, Ctrl+K, the section of the customer's view."""
    database, psql = trade.company.as_(login), trade.company.psql(login)
    user = log_in(database)
    found: dict[str, set[int]] = {
        "psql": {i for (i,) in psql.execute("SELECT id FROM stock.issue").fetchall()},  # type: ignore[misc]
        "lines": {i for (i,) in psql.execute("SELECT issue_id FROM stock.issue_line").fetchall()},  # type: ignore[misc]
    }
    with database.read_session() as session:
        asked = {
            "list": Query(ISSUE.key),
            "quick search": Query(ISSUE.key, words=number),
            "section": Query(ISSUE.key, conditions=(view.OfCustomer(ISSUE.key, trade.customer),)),
        }
        for door, query in asked.items():
            try:
                rows = Listing(query, user=user, entity=ISSUE).page(session, first=0, size=50).rows
            except Refused:
                rows = ()
            found[door] = {row.id for row in rows}
        groups = search_everything(session, [ISSUE], user, number, limit=50, budget=20).groups
        found["Ctrl+K"] = {hit.id for group in groups for hit in group.hits}
        counted = view.counts(session, customer_id=trade.customer, entities=[ISSUE.key])
        assert counted[ISSUE.key] == len(found["psql"]), login
    database.close()
    psql.close()
    return found


def seen_by(trade: Trade, issue: int) -> set[str]:
    """Who is shown the issue: by every door the same, and as the oracle says."""
    number = str(trade.one("SELECT number FROM stock.issue WHERE id = %s", issue))
    oracle = Oracle(trade.superuser)
    found = set()
    for login in PEOPLE:
        doors = by_all_doors(trade, login, number)
        expected = oracle.visible(login, ISSUE.key)
        for door, ids in doors.items():
            # what is typed is the number of this one
            wanted = expected & {issue} if door in ("quick search", "Ctrl+K") else expected
            assert ids == wanted, (login, door, expected, doors)
        found |= {login} if issue in expected else set()
    return found


ABOVE = {"boss", "manager"}
"""See everything that is sold, or stand above everybody who sells."""


@pytest.mark.req("DLV-02", "ORG-10", "CUS-10")
def test_who_took_the_order_sees_what_the_keeper_ships(trade: Trade) -> None:
    trade.receive(50, cost="12.34")
    issue = shipped(trade, trade.order(5))
    assert trade.one("SELECT created_by FROM stock.issue WHERE id = %s", issue) == user_id(trade, "keeper1")
    assert seen_by(trade, issue) == {"sales1", "lead1", "keeper1", *ABOVE}
    with trade.seller.read_session() as session:
        paper = read_issue(session, issue)
        assert labels(session, ISSUE, [issue]) == {issue: paper.number}
    assert [line.counted for line in paper.lines] == [2]
    with trade.company.as_("sales2").read_session() as session, pytest.raises(NotAvailable):
        read_issue(session, issue)
    # what it cost is shown to nobody for that
    seller = trade.company.psql("sales1")
    for table in ("stock.ledger_cost", "stock.cost", "stock.receipt_line_cost"):
        assert seller.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,), table  # type: ignore[call-overload]
    # seeing is no posting
    with pytest.raises(Refused):
        trade.seller.write(post_issue, issue_id=trade.ask([(trade.lines(trade.order(3))[0], 1)]), counted=[])


@pytest.mark.req("DLV-02", "ORG-15")
def test_why_he_sees_it(trade: Trade) -> None:
    trade.receive(50)
    issue = shipped(trade, trade.order(5))

    def why(login: str) -> list[str]:
        found = trade.company.psql(login).execute("SELECT app.why_visible('stock.issue', %s)", (issue,))
        row: Any = found.fetchone()
        return [one["reason"] for one in row[0]]

    assert why("sales1") == ["asker"] and why("lead1") == ["superior"] and why("keeper1") == ["keeper"]


@pytest.mark.req("DLV-02", "ORG-10")
def test_an_issue_of_two_peoples_orders_is_seen_by_both(trade: Trade) -> None:
    trade.receive(50)
    first, second = trade.order(5), trade.order(5)
    trade.superuser.execute(
        'UPDATE sales."order" SET owner_id = %s WHERE id = %s', (user_id(trade, "sales5"), second)
    )
    issue = shipped(trade, first, second)
    assert seen_by(trade, issue) == {"sales1", "lead1", "sales5", "lead2", "keeper1", *ABOVE}
    # one of the two orders goes to somebody else: the owner of the other one stays
    trade.company.as_("lead1").write(transfer, entity=ORDER, ids=[first], to_user=user_id(trade, "sales2"))
    assert seen_by(trade, issue) == {"sales2", "lead1", "sales5", "lead2", "keeper1", *ABOVE}


@pytest.mark.req("ORG-13", "DLV-02")
def test_issues_follow_their_orders_to_another_owner(trade: Trade) -> None:
    """The customer goes with what is open: an order that has partly left takes its issues along, one that is done with
    stays with who sold it."""
    trade.receive(50)
    open_one, done = trade.order(5), trade.order(2)
    part, whole = shipped(trade, open_one), shipped(trade, done)
    trade.superuser.execute('UPDATE sales."order" SET received = gross WHERE id = %s', (done,))
    before = {"sales1", "lead1", "keeper1", *ABOVE}
    assert seen_by(trade, part) == before == seen_by(trade, whole)
    manager = trade.company.as_("manager")
    manager.write(transfer, entity=CUSTOMER, ids=[trade.customer], to_user=user_id(trade, "sales5"))
    assert seen_by(trade, part) == {"sales5", "lead2", "keeper1", *ABOVE}
    assert seen_by(trade, whole) == before
    # and what the salesperson asked for himself goes the same way
    order = trade.order(4, customer=trade.add_customer("万州五金"))
    own = trade.ask([(trade.lines(order)[0], 1)])
    trade.keeper.write(post_issue, issue_id=own, counted=[])
    manager.write(transfer, entity=ORDER, ids=[order], to_user=user_id(trade, "sales5"))
    doors = by_all_doors(trade, "sales1", trade.one("SELECT number FROM stock.issue WHERE id = %s", own))
    assert own not in doors["psql"] and own not in doors["Ctrl+K"]
    with trade.company.as_("postgres").read_session() as session:
        assert [one for one in check(session) if one.rule != "sales.order.received"] == []


@pytest.mark.req("DLV-02", "ORG-10")
def test_who_was_shown_an_order_sees_what_he_asks_for_himself(trade: Trade) -> None:
    trade.receive(50)
    order, friend = trade.order(5), trade.company.as_("sales5")
    to = Receivers((user_id(trade, "sales5"),))
    trade.seller.write(share_records, entity=ORDER.key, ids=[order], to=to, can_edit=True)
    keepers = shipped(trade, order)
    own = friend.write(
        make_issue, warehouse_id=trade.warehouse, lines=[(trade.lines(order)[0], Decimal(1))]
    ).id
    psql = trade.company.psql("sales5")
    assert psql.execute("SELECT array_agg(id) FROM stock.issue").fetchone() == ([own],), keepers
    mine = trade.company.psql("sales1").execute("SELECT array_agg(id ORDER BY id) FROM stock.issue")
    assert mine.fetchone() == (sorted([keepers, own]),)


@pytest.mark.req("ORG-11", "ORG-20")
def test_nobody_writes_whose_goods_they_are(trade: Trade) -> None:
    trade.receive(50)
    issue = shipped(trade, trade.order(5))
    other = user_id(trade, "sales2")
    for login in ("sales2", "keeper1", "boss", "admin"):
        psql = trade.company.psql(login)
        with pytest.raises(errors.InsufficientPrivilege), psql.transaction():
            psql.execute("UPDATE stock.issue SET asked_by = ARRAY[%s::bigint] WHERE id = %s", (other, issue))
    # no argument of a function says it either
    made = trade.seller.write(
        lambda work: work.post(
            "stock.make_issue",
            warehouse_id=trade.warehouse,
            lines=[[trade.lines(trade.order(3))[0], "1"]],
            asked_by=[other],
        )
    )
    assert trade.one("SELECT asked_by FROM stock.issue WHERE id = %s", made.id) == [user_id(trade, "sales1")]


@pytest.mark.req("DLV-02", "PLT-06")
def test_a_salespersons_list_of_issues_reads_no_others(sample: Company) -> None:
    """At any size: he keeps no warehouse, so his rows are found by whose they are, in no pass over the table."""
    admin: Any = sample.psql()
    # a company of some years, as far as rows go; triggers would take minutes
    admin.execute("SET session_replication_role = replica")
    admin.execute(
        "INSERT INTO stock.issue (number, state, posted_at, warehouse_id, kind, customer_name, asked_by, search)"
        " SELECT 'X' || n, 'posted', now(), 1, 'sale', 'x', ARRAY[10000 + n % 300],"
        " ('o' || 10000 + n % 300 || ' w1')::tsvector FROM generate_series(1, 60000) n"
    )
    admin.execute("SET session_replication_role = origin")
    admin.execute("VACUUM ANALYZE stock.issue")
    expected = Oracle(sample.psql()).visible("sales1", ISSUE.key)
    assert expected

    def passes() -> tuple[int, int]:
        found = admin.execute(
            "SELECT seq_scan, coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) FROM pg_stat_all_tables"
            " WHERE relid = 'stock.issue'::regclass"
        )
        return tuple(found.fetchone())  # type: ignore[return-value]

    before = passes()
    database = sample.as_("sales1")
    user = log_in(database)
    with database.read_session() as session:
        listing = Listing(Query(ISSUE.key), user=user, entity=ISSUE)
        assert listing.count(session) == len(expected)
        assert {row.id for row in listing.page(session, first=0, size=1000).rows} == expected
        assert listing.class_counts(session)["all"] == len(expected)
        assert set(listing.all_ids(session)) == expected
    # what a session has read is counted when it ends
    database.close()
    deadline = time.monotonic() + 20
    while passes()[1] == before[1] and time.monotonic() < deadline:
        time.sleep(0.1)
    scans, rows = (after - was for after, was in zip(passes(), before, strict=True))
    assert scans == 0 and 0 < rows < 20_000, (scans, rows)
    # who keeps a warehouse sees thousands, and sees them all
    keeper = sample.as_("keeper1")
    with keeper.read_session() as session:
        assert Listing(Query(ISSUE.key), user=log_in(keeper), entity=ISSUE).count(session) == len(
            Oracle(sample.psql()).visible("keeper1", ISSUE.key)
        )
