"""Receipts and issues: who posts where, what they change, and what they refuse."""

from __future__ import annotations

import datetime
import json
from decimal import Decimal

import pytest
from psycopg import DatabaseError
from sqlalchemy.orm import Session

from services.checking import check
from services.clock import today
from services.database import Database
from services.delivery.commands import end_dispatch, issue_dispatch, make_dispatch, make_note
from services.entity import Query
from services.errors import Invalid, NotAvailable, Refused
from services.listing import Listing
from services.products.entities import PRODUCT
from services.records import recycle, restore
from services.recycling import purge
from services.recycling import restore as bring_back
from services.session import log_in
from services.stock.commands import (
    ReceiptLineInput,
    allow_negative,
    drop_issue,
    drop_receipt,
    post_issue,
    post_receipt,
    save_receipt,
    set_keepers,
)
from services.stock.entities import RECEIPT_ENTITY, WAREHOUSE_ENTITY
from services.stock.queries import posting_warehouses, read_issue, read_receipt, receiving_warehouses
from tests.conftest import Company
from tests.factories.rights import give, keep
from tests.factories.trade import Trade, open_trade


@pytest.fixture
def trade(company: Company) -> Trade:
    return open_trade(company)


def line(product: int, quantity: str, cost: str | None = None) -> ReceiptLineInput:
    return ReceiptLineInput(product, Decimal(quantity), None if cost is None else Decimal(cost))


def stock(trade: Trade, product: int, column: str = "on_hand") -> Decimal:
    found = trade.one(
        f"SELECT {column} FROM stock.balance WHERE warehouse_id = %s AND product_id = %s",
        trade.warehouse,
        product,
    )
    return Decimal(0) if found is None else Decimal(found)


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
