"""Transfers and job changes of many records, of everything that hangs on them, and by two at once (ORG-04, ORG-13)."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from services import batch, records
from services.errors import Cancelled, NotAvailable, Refused
from services.organisation import commands, moving
from services.registry import ENTITIES
from services.writing import Writing
from tests.conftest import Company
from tests.models.test_posting import draft, goods, run
from tests.services.organisation.blocked import wait_until_blocked
from tests.services.organisation.test_sharing import told
from tests.services.test_visibility import sees, user_id

__all__ = ["goods"]
CUSTOMER = ENTITIES["customers.customer"]


def customers(company: Company, login: str, number: int) -> list[int]:
    """So many customers of one login, each with a contact."""
    owner = user_id(company, login)
    admin = company.psql()
    made = admin.execute(
        "INSERT INTO customers.customer (name, owner_id)"
        " SELECT '客户' || n, %s FROM generate_series(1, %s) n RETURNING id",
        (owner, number),
    ).fetchall()
    ids = [int(row[0]) for row in made]
    admin.execute(
        "INSERT INTO customers.contact (customer_id, name, owner_id)"
        " SELECT c, '联系人', %s FROM unnest(%s::bigint[]) c",
        (owner, ids),
    )
    return ids


def owners(company: Company, table: str = "customers.customer") -> dict[str, int]:
    """{login: how many rows of a table are his}."""
    rows = company.psql().execute(
        f'SELECT u.login, count(*) FROM {table} t JOIN organisation."user" u ON u.id = t.owner_id GROUP BY 1'  # type: ignore[call-overload]
    )
    return dict(rows.fetchall())


@pytest.mark.req("ORG-13")
def test_dispatch_notices_and_purchase_requests_go_along(company: Company, goods: dict[str, Any]) -> None:
    seller, customer = company.as_("sales1"), goods["customer"]
    order = draft(seller, goods, 2, 3)
    run(seller, "sales.confirm_order", order_id=order.id)
    admin, giver = company.psql(), user_id(company, "sales1")
    states = (("waiting", 1), ("done", 2))
    for state, number in states:
        admin.execute(
            "INSERT INTO delivery.dispatch (number, warehouse_id, customer_id, customer_name, owner_id, state)"
            " SELECT %s, min(w.id), %s, 'x', %s, %s FROM stock.warehouse w",
            (f"D{number}", customer, giver, state),
        )
    for state in ("open", "closed"):
        admin.execute(
            "INSERT INTO purchasing.request (number, product_id, product_name, quantity, order_id, owner_id, state)"
            " SELECT 'x', l.product_id, 'x', 1, l.order_id, %s, %s"
            " FROM sales.order_line l WHERE l.order_id = %s LIMIT 1",
            (giver, state, order.id),
        )
    lead, heir = company.as_("lead1"), user_id(company, "sales2")
    with lead.read_session() as session:
        counts = moving.preview_transfer(session, entity=CUSTOMER.key, ids=[customer])
    assert counts["delivery.dispatch"] == counts["purchasing.request"] == {"open": 1, "all": 2}
    moved = lead.write(moving.transfer, entity=CUSTOMER, ids=[customer], to_user=heir).result["moved"]
    assert moved["delivery.dispatch"] == moved["purchasing.request"] == 1
    for table in ("delivery.dispatch", "purchasing.request"):
        assert owners(company, table) == {"sales1": 1, "sales2": 1}, table
    # an order alone takes its requests along too
    lead.write(
        moving.transfer,
        entity=ENTITIES["sales.order"],
        ids=[order.id],
        to_user=user_id(company, "sales3"),
        along={"purchasing.request": "all"},
    )
    assert owners(company, "purchasing.request") == {"sales1": 1, "sales3": 1}, "the closed one is another's"


@pytest.mark.req("ORG-13")
def test_two_bosses_give_the_same_customers_away_at_once(company: Company) -> None:
    ids = customers(company, "sales1", 300)
    people = {"lead1": "sales2", "manager": "sales5"}
    answers: dict[str, str] = {}
    start = threading.Barrier(2)

    def give(boss: str, heir: str) -> None:
        database = company.as_(boss)
        with database.read_session() as session:
            plan = batch.plan_give(session, entity=CUSTOMER, ids=ids)
        assert len(plan.give) == len(plan.whose) == 300
        start.wait()
        try:
            database.write(
                moving.transfer,
                entity=CUSTOMER,
                ids=plan.give,
                owners=plan.whose,
                to_user=user_id(company, heir),
            )
            answers[heir] = "done"
        except (Refused, NotAvailable) as error:
            answers[heir] = type(error).__name__

    both = [threading.Thread(target=give, args=pair) for pair in people.items()]
    for one in both:
        one.start()
    for one in both:
        one.join()
    (winner,) = [heir for heir, answer in answers.items() if answer == "done"]
    assert len(answers) == 2
    assert owners(company) == {winner: 300} and owners(company, "customers.contact") == {winner: 300}
    assert len(told(company.as_("sales1"))) == 1, "the owner is told of what happened, once"
    loser = next(heir for heir in answers if heir != winner)
    assert told(company.as_(loser)) == []


@pytest.mark.req("ORG-13")
def test_what_changed_hands_after_the_preview_is_not_given_away(company: Company) -> None:
    ids = customers(company, "sales1", 3)
    boss = company.as_("boss")
    with boss.read_session() as session:
        plan = batch.plan_give(session, entity=CUSTOMER, ids=ids)
    company.as_("lead1").write(
        moving.transfer, entity=CUSTOMER, ids=ids[:1], to_user=user_id(company, "sales3")
    )
    with pytest.raises(Refused):
        boss.write(
            moving.transfer, entity=CUSTOMER, ids=ids, owners=plan.whose, to_user=user_id(company, "sales5")
        )
    assert owners(company) == {"sales1": 2, "sales3": 1}
    assert owners(company, "customers.contact") == {"sales1": 2, "sales3": 1}


@pytest.mark.req("ORG-13")
def test_thousands_are_one_transaction_that_tells_once_and_can_be_ended(company: Company) -> None:
    ids = customers(company, "sales1", 2500)
    boss, heir = company.as_("boss"), user_id(company, "sales2")
    steps: list[tuple[int, int]] = []
    ended = Writing(boss, lambda done, total: (steps.append((done, total)), ended.cancel())[0])
    with pytest.raises(Cancelled):
        ended.write(moving.transfer, entity=CUSTOMER, ids=ids, to_user=heir)
    assert steps == [(2000, 2500)] and owners(company) == {"sales1": 2500}
    done = boss.write(moving.transfer, entity=CUSTOMER, ids=ids, to_user=heir)
    assert done.result["moved"] == {"customers.customer": 2500, "customers.contact": 2500}
    assert owners(company) == owners(company, "customers.contact") == {"sales2": 2500}
    for login in ("sales1", "sales2"):
        (said,) = told(company.as_(login))
        assert "2500" in said and said.endswith("Customers")


def test_a_transfer_waits_for_who_writes_and_his_next_write_is_refused(company: Company) -> None:
    (customer,) = customers(company, "sales1", 1)
    seller = company.psql("sales1")
    seller.autocommit = False
    seller.execute("UPDATE customers.customer SET phone = '110' WHERE id = %s", (customer,))
    boss, heir = company.as_("boss"), user_id(company, "sales2")
    giving = threading.Thread(
        target=lambda: boss.write(moving.transfer, entity=CUSTOMER, ids=[customer], to_user=heir)
    )
    giving.start()
    wait_until_blocked(company, "boss")
    seller.commit()
    giving.join(10)
    assert owners(company) == {"sales2": 1}
    with company.as_("boss").read_session() as session:
        now = records.read(session, entity=CUSTOMER, record_id=customer)
    assert now["phone"] == "110"
    with pytest.raises(NotAvailable):
        company.as_("sales1").write(
            records.update_record,
            entity=CUSTOMER,
            record_id=customer,
            version=now["version"],
            values={"phone": "112"},
        )


@pytest.mark.req("ORG-04")
def test_tasks_that_the_leaver_does_go_too_and_come_back(company: Company) -> None:
    leaver, heir, other = (user_id(company, login) for login in ("sales1", "sales2", "sales3"))
    lead = company.psql("lead1")
    for subject, doer, others in (
        ("做", leaver, []),
        ("一起", other, [leaver]),
        ("都有", leaver, [heir]),
        ("别人", other, []),
    ):
        lead.execute(
            "INSERT INTO activities.task (subject, executor_id, others) VALUES (%s, %s, %s)",
            (subject, doer, others),
        )
    boss = company.as_("boss")
    with boss.read_session() as session:
        assert moving.preview_hand_over(session, leaver) == {"activities.task": {"all": 3, "open": 3}}
    done = boss.write(moving.hand_over, from_user=leaver, to_user=heir, kinds={"activities.task": "open"})
    assert done.result["moved"] == {"activities.task": 3}

    def people() -> dict[str, tuple[int, list[int]]]:
        rows = company.psql().execute("SELECT subject, executor_id, others FROM activities.task").fetchall()
        return {row[0]: (row[1], row[2]) for row in rows}

    assert people() == {"做": (heir, []), "一起": (other, [heir]), "都有": (heir, []), "别人": (other, [])}
    assert sees(company.psql("sales1"), "activities.task") == 0
    back = boss.write(moving.undo_hand_over, hand_over_id=done.result["hand_over"])
    assert back.result["left"] == 0
    assert people() == {
        "做": (leaver, []),
        "一起": (other, [leaver]),
        "都有": (leaver, []),
        "别人": (other, []),
    }


@pytest.mark.req("ORG-04")
def test_an_undo_leaves_what_others_have_done_since(company: Company) -> None:
    ids = customers(company, "sales1", 4)
    giver, heir = user_id(company, "sales1"), user_id(company, "sales2")
    boss = company.as_("boss")
    done = boss.write(
        moving.hand_over,
        from_user=giver,
        to_user=heir,
        kinds={"customers.customer": "all", "customers.contact": "all"},
    )
    # one goes on to a third, one is changed by its new owner, one is deleted, while its giver is shown out
    company.as_("lead1").write(
        moving.transfer, entity=CUSTOMER, ids=ids[:1], to_user=user_id(company, "sales3")
    )
    heirs = company.as_("sales2")
    with heirs.read_session() as session:
        version = records.read(session, entity=CUSTOMER, record_id=ids[1])["version"]
    heirs.write(
        records.update_record, entity=CUSTOMER, record_id=ids[1], version=version, values={"phone": "023-9"}
    )
    heirs.write(records.recycle, entity=CUSTOMER, ids=ids[2:3])
    commands.put_out(boss, user_id=giver)
    back = boss.write(moving.undo_hand_over, hand_over_id=done.result["hand_over"])
    assert back.result == {"moved": 6, "left": 2}
    assert owners(company) == {"sales1": 3, "sales3": 1}
    row = company.psql().execute("SELECT phone FROM customers.customer WHERE id = %s", (ids[1],)).fetchone()
    assert row == ("023-9",)
    boss.write(commands.reopen_user, user_id=giver)


@pytest.mark.req("ORG-04")
def test_searches_of_ones_own_hinder_no_job_change(company: Company) -> None:
    leaver, heir = user_id(company, "sales1"), user_id(company, "sales2")
    for login in ("sales1", "sales2"):
        company.psql(login).execute(
            "INSERT INTO system.saved_search (entity, name, query) VALUES ('customers.customer', '我的', '{}')"
        )
    customers(company, "sales1", 1)
    boss = company.as_("boss")
    with boss.read_session() as session:
        counts = moving.preview_hand_over(session, leaver)
    assert set(counts) == {"customers.customer", "customers.contact"}
    boss.write(moving.hand_over, from_user=leaver, to_user=heir, kinds=dict.fromkeys(counts, "all"))
    with boss.read_session() as session:
        assert moving.preview_hand_over(session, leaver) == {}


@pytest.mark.req("ORG-04")
def test_a_job_change_is_ended_in_the_middle(company: Company) -> None:
    customers(company, "sales1", 2100)
    boss = company.as_("boss")
    steps: list[int] = []
    ended = Writing(boss, lambda done, _total: (steps.append(done), ended.cancel())[0])
    with pytest.raises(Cancelled):
        ended.write(
            moving.hand_over,
            from_user=user_id(company, "sales1"),
            to_user=user_id(company, "sales2"),
            kinds={"customers.customer": "all"},
        )
    assert steps == [2000] and owners(company) == {"sales1": 2100}
    assert company.psql().execute("SELECT count(*) FROM organisation.hand_over").fetchone() == (0,)
    assert told(company.as_("sales2")) == []
