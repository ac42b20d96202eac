"""Sharing, transfer, job change, and why somebody sees a record (ORG-04, 10, 13, 15)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from services.clock import today
from services.customers.pool import put_into_pool
from services.database import Database
from services.errors import NotAvailable, Refused
from services.organisation import commands, moving, queries, sharing
from services.organisation.sharing import Receivers
from services.registry import ENTITIES
from tests.conftest import Company
from tests.models.test_posting import draft, goods, run
from tests.services.test_visibility import customer_of, sees, user_id

__all__ = ["goods"]
CUSTOMER = "customers.customer"
PEOPLE = (
    "boss",
    "manager",
    "lead1",
    "lead2",
    "sales1",
    "sales2",
    "sales5",
    "keeper1",
    "cashier1",
    "admin",
    "service1",
)


def position_of(company: Company, login: str) -> int:
    """Id of the position of a login."""
    row = (
        company.psql()
        .execute('SELECT position_id FROM organisation."user" WHERE login = %s', (login,))
        .fetchone()
    )
    assert row is not None
    return int(str(row[0]))


def told(database: Database) -> list[str]:
    """The unread notices of somebody, in English."""
    from services.language import language, use_language

    before = language()
    use_language("en")
    try:
        with database.read_session() as session:
            return [notice.text for notice in queries.notices(session)]
    finally:
        use_language(before)


@pytest.mark.req("ORG-10")
def test_sharing_several_records_with_several_people(company: Company) -> None:
    mine = [customer_of(company, "sales1", name) for name in ("甲阀门", "乙五金", "丙机电")]
    owner = company.as_("sales1")
    friend, place = user_id(company, "sales5"), position_of(company, "cashier1")
    owner.write(
        sharing.share_records,
        entity=CUSTOMER,
        ids=mine[:2],
        to=Receivers((friend,), (place,)),
        can_edit=True,
        until=today() + timedelta(days=30),
    )
    assert sees(company.psql("sales5")) == 2
    assert told(company.as_("sales5")) and "2" in told(company.as_("sales5"))[0]
    with owner.read_session() as session:
        shares = sharing.shared_with(session, entity=CUSTOMER, ids=mine)
    assert [(share.can_edit, share.records, share.mine) for share in shares] == [(True, 2, 2)] * 2
    assert [share.to for share in shares] == [Receivers((friend,)), Receivers((), (place,))]
    # somebody else's share of a record that he may only see
    company.psql().execute("UPDATE organisation.share SET can_edit = false WHERE user_id = %s", (friend,))
    assert company.as_("sales5").write(
        sharing.take_back, entity=CUSTOMER, ids=mine, to=Receivers((), (place,))
    ).result == {"shares": 0}
    taken = owner.write(sharing.take_back, entity=CUSTOMER, ids=mine[:1], to=Receivers((friend,)))
    assert taken.result == {"shares": 1} and taken.ids == {CUSTOMER: (mine[0],)}
    assert sees(company.psql("sales5")) == 1
    stranger = company.as_("sales6").write(
        sharing.take_back, entity=CUSTOMER, ids=mine, to=Receivers((friend,), (place,))
    )
    assert stranger.result == {"shares": 0}
    with pytest.raises(NotAvailable):
        company.as_("sales5").write(
            sharing.share_records, entity=CUSTOMER, ids=[mine[2]], to=Receivers((friend,))
        )
    with pytest.raises(Refused):
        owner.write(
            sharing.share_records,
            entity=CUSTOMER,
            ids=mine,
            to=Receivers((friend,)),
            until=today() - timedelta(days=1),
        )
    with pytest.raises(Refused):
        owner.write(sharing.share_records, entity=CUSTOMER, ids=mine, to=Receivers())
    with pytest.raises(Refused):
        owner.write(sharing.share_records, entity=CUSTOMER, ids=mine, to=Receivers((), (10**9,)))


def sold(company: Company, goods: dict[str, Any]) -> int:
    """An order of the customer of ``goods``, confirmed and partly paid."""
    seller = company.as_("sales1")
    order = draft(seller, goods, 2, 3)
    run(seller, "sales.confirm_order", order_id=order.id)
    account = company.psql().execute("SELECT min(id) FROM finance.account").fetchone()
    assert account is not None
    run(
        company.as_("cashier1"),
        "finance.post_payment",
        customer_id=goods["customer"],
        amount="50.00",
        account_id=account[0],
        orders=[[order.id, "50.00"]],
    )
    return order.id


@pytest.mark.req("ORG-13")
def test_a_transfer_takes_along_what_was_chosen(company: Company, goods: dict[str, Any]) -> None:
    sold(company, goods)
    seller = company.psql("sales1")
    customer = goods["customer"]
    seller.execute("INSERT INTO customers.contact (customer_id, name) VALUES (%s, '单雄')", (customer,))
    seller.execute("INSERT INTO activities.record (customer_id, said) VALUES (%s, '好')", (customer,))
    seller.execute(
        "INSERT INTO activities.task (customer_id, subject, executor_id) VALUES (%s, '回访', %s)",
        (customer, user_id(company, "sales1")),
    )
    lead, heir = company.as_("lead1"), user_id(company, "sales2")
    with lead.read_session() as session:
        found = moving.preview_transfer(session, entity=CUSTOMER, ids=[customer])
    assert {key: counts for key, counts in found.items() if any(counts.values())} == {
        "customers.contact": {"all": 1},
        "activities.record": {"all": 1},
        "activities.task": {"open": 1},
        "sales.order": {"open": 1, "all": 1},
        "finance.payment": {"all": 1},
    }
    owed_before = company.psql().execute("SELECT sum(delta), count(*) FROM finance.ledger").fetchone()
    lead.write(
        moving.transfer,
        entity=ENTITIES[CUSTOMER],
        ids=[customer],
        to_user=heir,
        along={
            "customers.contact": "all",
            "sales.order": "open",
            "finance.payment": "all",
            "activities.task": "open",
        },
    )
    new = company.psql("sales2")
    for table, rows in {
        "customers.customer": 1,
        "customers.contact": 1,
        "activities.record": 0,
        "activities.task": 1,
        'sales."order"': 1,
        "sales.order_line": 2,
        "finance.payment": 1,
        "finance.allocation": 1,
        "finance.ledger": 2,
        "customers.balance": 1,
    }.items():
        assert sees(new, table) == rows, table
        assert sees(seller, table) == (1 if table == "activities.record" else 0), table
    assert company.psql().execute("SELECT sum(delta), count(*) FROM finance.ledger").fetchone() == owed_before
    balance = new.execute("SELECT receivable FROM customers.balance").fetchone()
    assert balance == (owed_before[0] if owed_before else Decimal(0),)
    assert told(company.as_("sales1"))[0].endswith("Customers")
    assert told(company.as_("sales2"))[0].endswith("Customers")
    with company.as_("sales2").read_session() as session:
        (change,) = queries.owners_before(session, entity=CUSTOMER, record_id=customer)
        assert (change["from"], change["to"]) == tuple(
            company.psql()
            .execute(
                "SELECT (SELECT name FROM organisation.\"user\" WHERE login = 'sales1'),"
                " (SELECT name FROM organisation.\"user\" WHERE login = 'sales2')"
            )
            .fetchone()
            or ()
        )


@pytest.mark.req("ORG-13")
def test_a_transfer_leaves_what_was_not_chosen(company: Company, goods: dict[str, Any]) -> None:
    sold(company, goods)
    company.as_("lead1").write(
        moving.transfer,
        entity=ENTITIES[CUSTOMER],
        ids=[goods["customer"]],
        to_user=user_id(company, "sales2"),
        along={},
    )
    assert sees(company.psql("sales2"), 'sales."order"') == 0
    assert sees(company.psql("sales1"), "sales.order_line") == 2
    # what the customer owes is the customer's, whoever wrote the orders
    assert sees(company.psql("sales2"), "finance.ledger") == 2
    assert sees(company.psql("sales1"), "customers.balance") == 0


def test_who_may_not_transfer(company: Company) -> None:
    customer = customer_of(company, "sales1")
    heir = user_id(company, "sales2")
    for login, kind in (("sales1", Refused), ("lead2", NotAvailable), ("keeper1", Refused)):
        with pytest.raises(kind):
            company.as_(login).write(moving.transfer, entity=ENTITIES[CUSTOMER], ids=[customer], to_user=heir)
        with pytest.raises(kind), company.as_(login).read_session() as session:
            moving.preview_transfer(session, entity=CUSTOMER, ids=[customer])
    # a share to edit makes nobody the owner's superior
    company.as_("sales1").write(
        sharing.share_records,
        entity=CUSTOMER,
        ids=[customer],
        to=Receivers((user_id(company, "lead2"),)),
        can_edit=True,
    )
    with pytest.raises(Refused):
        company.as_("lead2").write(moving.transfer, entity=ENTITIES[CUSTOMER], ids=[customer], to_user=heir)
    boss = company.as_("boss")
    commands.put_out(boss, user_id=heir)
    with pytest.raises(Refused):
        company.as_("lead1").write(moving.transfer, entity=ENTITIES[CUSTOMER], ids=[customer], to_user=heir)
    boss.write(commands.reopen_user, user_id=heir)


@pytest.mark.req("ORG-04")
def test_a_job_change_and_back(company: Company, goods: dict[str, Any]) -> None:
    sold(company, goods)
    for name in ("甲", "乙"):
        customer_of(company, "sales1", name)
    giver, heir = user_id(company, "sales1"), user_id(company, "sales2")
    boss = company.as_("boss")
    with boss.read_session() as session:
        counts = moving.preview_hand_over(session, giver)
    assert counts == {
        CUSTOMER: {"all": 3},
        "sales.order": {"all": 1, "open": 1},
        "finance.payment": {"all": 1},
    }
    kinds = {CUSTOMER: "all", "sales.order": "open", "finance.payment": "all"}
    done = boss.write(moving.hand_over, from_user=giver, to_user=heir, kinds=kinds)
    assert done.result["moved"] == {CUSTOMER: 3, "sales.order": 1, "finance.payment": 1}
    assert sees(company.psql("sales1")) == 0
    assert (sees(company.psql("sales2")), sees(company.psql("sales2"), "sales.order_line")) == (3, 2)
    assert len(told(company.as_("sales1"))) == len(told(company.as_("sales2"))) == 1
    with boss.read_session() as session:
        (kept,) = moving.hand_overs(session, giver)
    assert kept.id == done.result["hand_over"] and kept.moved == done.result["moved"]
    back = boss.write(moving.undo_hand_over, hand_over_id=kept.id)
    assert back.result == {"moved": 5, "left": 0}
    with boss.read_session() as session:
        assert moving.preview_hand_over(session, giver) == counts
        assert moving.preview_hand_over(session, heir) == {}
        (again,) = moving.hand_overs(session, giver)
    assert again.undone_at is not None and (again.id, again.moved) == (kept.id, kept.moved), (
        "it stays on record"
    )
    with pytest.raises(NotAvailable):
        boss.write(moving.undo_hand_over, hand_over_id=kept.id)
    with pytest.raises(Refused):
        company.as_("lead2").write(moving.hand_over, from_user=giver, to_user=heir, kinds={CUSTOMER: "all"})
    with pytest.raises(Refused):
        company.as_("sales2").write(moving.hand_over, from_user=giver, to_user=heir, kinds={CUSTOMER: "all"})


@pytest.mark.req("ORG-15")
def test_the_reasons_agree_with_what_is_seen(company: Company, goods: dict[str, Any]) -> None:
    """For every kind of record, every record and many people: reasons are told exactly when the policy shows it."""
    sold(company, goods)
    customer = customer_of(company, "sales5", "万州五金")
    seller = company.psql("sales5")
    seller.execute("INSERT INTO customers.contact (customer_id, name) VALUES (%s, '单雄')", (customer,))
    seller.execute(
        "INSERT INTO activities.task (customer_id, subject, executor_id) VALUES (%s, '回访', %s)",
        (customer, user_id(company, "sales2")),
    )
    company.as_("sales5").write(
        sharing.share_records,
        entity=CUSTOMER,
        ids=[customer],
        to=Receivers((user_id(company, "sales2"),), (position_of(company, "lead1"),)),
    )
    pooled = customer_of(company, "sales1", "没人要五金")
    company.as_("boss").write(put_into_pool, ids=[pooled], reason="太久没有联系")
    admin = company.psql()
    kinds = [
        str(row[0]) for row in admin.execute("SELECT entity FROM app.guarded ORDER BY entity").fetchall()
    ]
    compared = 0
    for login in PEOPLE:
        connection = company.psql(login)
        person = user_id(company, login)
        for kind in kinds:
            schema, _, name = kind.partition(".")
            table = f'{schema}."{name}"'
            seen = {row[0] for row in connection.execute(f"SELECT id FROM {table}").fetchall()}  # type: ignore[call-overload]
            for (record,) in admin.execute(f"SELECT id FROM {table} LIMIT 40").fetchall():  # type: ignore[call-overload]
                told = admin.execute("SELECT app.reasons(%s, %s, %s)", (kind, record, person)).fetchone()
                assert told is not None
                assert bool(told[0]) == (record in seen), (login, kind, record, told)
                compared += 1
        connection.close()
    assert compared > 1000


@pytest.mark.req("ORG-15")
def test_why_can_i_see_this(company: Company) -> None:
    from services.language import language, use_language

    customer = customer_of(company, "sales1")
    company.as_("sales1").write(
        sharing.share_records,
        entity=CUSTOMER,
        ids=[customer],
        to=Receivers((user_id(company, "sales5"),)),
        until=date(2099, 12, 31),
    )
    before = language()
    use_language("en")
    try:
        said = {}
        for login in ("sales1", "lead1", "sales5", "service1", "boss"):
            with company.as_(login).read_session() as session:
                said[login] = " / ".join(queries.why_visible(session, entity=CUSTOMER, record_id=customer))
        assert said["sales1"] == "It is yours."
        assert said["lead1"].startswith("You stand above") and "→" in said["lead1"]
        assert "Shared by" in said["sales5"] and "until 2099-12-31" in said["sales5"]
        assert "Customer service" in said["service1"]
        with pytest.raises(NotAvailable), company.as_("sales6").read_session() as session:
            queries.why_visible(session, entity=CUSTOMER, record_id=customer)
        with company.as_("boss").read_session() as session:
            who = dict(queries.who_sees(session, entity=CUSTOMER, record_id=customer))
        assert len(who) >= 8
        with pytest.raises(Refused), company.as_("lead1").read_session() as session:
            queries.who_sees(session, entity=CUSTOMER, record_id=customer)
    finally:
        use_language(before)


def test_notices_are_ones_own_and_read_once(company: Company) -> None:
    customer = customer_of(company, "sales1")
    company.as_("sales1").write(
        sharing.share_records, entity=CUSTOMER, ids=[customer], to=Receivers((user_id(company, "sales5"),))
    )
    receiver = company.as_("sales5")
    with receiver.read_session() as session:
        (notice,) = queries.notices(session)
    company.as_("sales6").write(commands.read_notices, ids=[notice.id])
    assert told(receiver)
    receiver.write(commands.read_notices, ids=[notice.id])
    assert told(receiver) == []
