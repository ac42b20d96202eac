"""Contact records with comments and next steps; tasks and who may take which step."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from psycopg import errors

from models.activities import TASK_TRANSITIONS
from services.activities.commands import (
    CheckLine,
    add_record,
    comment_record,
    hand_over_task,
    read_comments,
    save_task,
    step_task,
    tick_item,
)
from services.activities.entities import RECORD_ENTITY, TASK_ENTITY
from services.activities.queries import TaskView, read_record, read_task
from services.clock import CHINA
from services.customers.commands import link_contact
from services.database import Database
from services.entity import Query
from services.errors import Invalid, NotAvailable, Refused
from services.listing import Listing
from services.organisation.queries import notices
from services.organisation.reminders import unread
from services.records import create, recycle, restore
from services.session import log_in
from tests.conftest import Company
from tests.factories.trade import Trade, open_trade


@pytest.fixture
def trade(company: Company) -> Trade:
    return open_trade(company)


def people(trade: Trade) -> dict[str, int]:
    return dict(trade.rows('SELECT login, id FROM organisation."user"'))


def shown(database: Database, entity: str, data_class: str) -> list[int]:
    listing = Listing(Query(entity, data_class), user=log_in(database))
    with database.read_session() as session:
        return [row.id for row in listing.page(session, first=0, size=50).rows]


@pytest.mark.req("ACT-03")
def test_a_record_whose_next_step_becomes_a_task(trade: Trade) -> None:
    who, day = people(trade), datetime.date.today() + datetime.timedelta(days=3)
    made = trade.seller.write(
        add_record,
        customer_id=trade.customer,
        said="要 DN50 球阀 400 只，月底前到",
        kind="action_type.visit",
        result="已报价",
        next_step="寄样品",
        next_on=day,
        task_for=who["sales1"],
    )
    with trade.seller.read_session() as session:
        record = read_record(session, made.ids["activities.record"][0])
        task = read_task(session, made.ids["activities.task"][0])
    assert (record.customer, record.next_on, record.kind) == (
        "重庆长宏机电有限公司",
        day,
        "action_type.visit",
    )
    assert (task.subject, task.customer_id, task.executor_id, task.state) == (
        "寄样品",
        trade.customer,
        who["sales1"],
        "open",
    )
    assert task.due_at is not None and task.due_at.astimezone().date() == day
    assert (
        trade.one("SELECT last_contact_on FROM customers.customer WHERE id = %s", trade.customer) is not None
    )
    for wrong in ({"said": " "}, {"customer_id": None}, {"task_for": who["sales1"], "next_step": ""}):
        with pytest.raises(Invalid):
            trade.seller.write(add_record, **{"customer_id": trade.customer, "said": "x", **wrong})  # type: ignore[arg-type]


@pytest.mark.req("ACT-03")
def test_a_superior_comments_and_the_author_is_told(trade: Trade) -> None:
    record = trade.seller.write(add_record, customer_id=trade.customer, said="电话联系").id
    lead = trade.company.as_("lead1")
    with pytest.raises(Refused):
        lead.write(comment_record, record_id=record, said="  ")
    with pytest.raises(NotAvailable):
        trade.company.as_("lead2").write(comment_record, record_id=record, said="不关你事")
    assert shown(trade.seller, "activities.record", "commented") == []
    lead.write(comment_record, record_id=record, said="报价再低两个点")
    assert shown(trade.seller, "activities.record", "commented") == [record]
    with trade.seller.read_session() as session:
        (told,) = notices(session)
        assert unread(session) == 1 and unread(session, ("comments",)) == 0
    assert (told.entity, told.record_id) == ("activities.record", record)
    assert told.details["customer"] == "重庆长宏机电有限公司"
    lead.write(read_comments, record_id=record)  # only the author's reading counts
    assert shown(trade.seller, "activities.record", "commented") == [record]
    trade.seller.write(read_comments, record_id=record)
    assert shown(trade.seller, "activities.record", "commented") == []
    with trade.seller.read_session() as session:
        (comment,) = read_record(session, record).comments
    assert (comment.said, comment.said_by, comment.read) == ("报价再低两个点", people(trade)["lead1"], True)


def new_task(database: Database, executor: int, **values: object) -> int:
    return database.write(
        create, entity=TASK_ENTITY, values={"subject": "盘点门店仓", "executor_id": executor, **values}
    ).id


def version_of(trade: Trade, task: int) -> int:
    return int(trade.one("SELECT version FROM activities.task WHERE id = %s", task))


@pytest.mark.req("ACT-02")
def test_a_task_from_hand_to_hand(trade: Trade) -> None:
    who = people(trade)
    lead, doer, other = trade.company.as_("lead1"), trade.company.as_("sales1"), trade.company.as_("sales2")
    task = new_task(lead, who["sales1"], due_at=datetime.datetime.now(datetime.UTC))
    assert shown(doer, "activities.task", "handed") == [task] == shown(lead, "activities.task", "created")

    def step(database: Database, to: str) -> None:
        database.write(step_task, task_id=task, version=version_of(trade, task), to=to)

    step(doer, "accepted")
    doer.write(hand_over_task, task_id=task, version=version_of(trade, task), to_user=who["sales2"])
    assert shown(doer, "activities.task", "all") == [] and shown(other, "activities.task", "mine") == [task]
    step(other, "accepted")
    step(other, "done")
    with pytest.raises(Refused):
        step(other, "closed")
    with pytest.raises(Refused):
        step(other, "accepted")
    step(lead, "accepted")  # returned: not good enough yet
    step(other, "done")
    step(lead, "closed")
    with pytest.raises(Refused):
        step(lead, "open")
    with trade.company.as_("boss").read_session() as session:
        assert (read_task(session, task).state, read_task(session, task).progress) == ("closed", 100)
    states = [
        c["state"][1]
        for (c,) in trade.rows(
            "SELECT changes FROM app.history WHERE entity = 'activities.task' AND changes ? 'state' ORDER BY id"
        )
    ]
    assert states == ["accepted", "open", "accepted", "done", "accepted", "done", "closed"]


@pytest.mark.req("ACT-02")
def test_several_people_each_complete_their_part(trade: Trade) -> None:
    who = people(trade)
    lead, first, second = (trade.company.as_(login) for login in ("lead1", "sales1", "sales2"))
    task = lead.write(
        save_task,
        task_id=None,
        version=None,
        values={"subject": "盘点", "executor_id": who["sales1"], "others": [who["sales2"], who["sales1"]]},
        checklist=[CheckLine("货架一"), CheckLine("货架二")],
    ).id

    def step(database: Database, to: str) -> str:
        with database.read_session() as session:
            version = read_task(session, task).version
        return str(database.write(step_task, task_id=task, version=version, to=to, said="").result["state"])

    def read(database: Database) -> TaskView:
        with database.read_session() as session:
            return read_task(session, task)

    assert read(second).doers == (who["sales1"], who["sales2"])  # nobody twice
    assert shown(second, "activities.task", "handed") == [task] == shown(second, "activities.task", "mine")
    assert step(second, "done") == "accepted"  # only his part
    assert shown(second, "activities.task", "mine") == [] and shown(first, "activities.task", "mine") == [
        task
    ]
    with pytest.raises(Refused):
        step(first, "done")
    one, two = read(first).checklist
    assert (one.said, two.said) == ("货架一", "货架二")
    first.write(tick_item, task_id=task, item_id=one.id, ticked=True)
    assert read(lead).progress == 50
    second.write(tick_item, task_id=task, item_id=two.id, ticked=True)
    assert step(first, "done") == "done" and read(lead).progress == 100
    with lead.read_session() as session:
        told = [str(notice.details) for notice in notices(session)]
    assert any("盘点" in text for text in told)
    assert step(lead, "accepted") == "accepted" and read(first).done_by == frozenset()
    trail = [(s.verb, s.by) for s in read(lead).steps]
    assert trail == [("part_done", who["sales2"]), ("done", who["sales1"]), ("returned", who["lead1"])]


@pytest.mark.req("ACT-02")
def test_who_does_a_task_is_said_by_its_creator(trade: Trade) -> None:
    who = people(trade)
    lead, doer = trade.company.as_("lead1"), trade.company.as_("sales1")
    task = new_task(lead, who["sales1"])
    with pytest.raises(Refused):
        doer.write(save_task, task_id=task, version=1, values={"others": [who["sales2"]]}, checklist=None)
    with pytest.raises(Refused):
        doer.write(save_task, task_id=task, version=1, values={}, checklist=[CheckLine("x")] * 101)
    lead.write(save_task, task_id=task, version=1, values={"others": [who["sales2"]]}, checklist=None)
    assert shown(trade.company.as_("sales2"), "activities.task", "handed") == [task]
    assert trade.rows("SELECT verb, about FROM activities.step ORDER BY id") == [("joined", who["sales2"])]
    # nobody writes the state past the functions
    with trade.company.psql("sales1") as connection, pytest.raises(errors.InsufficientPrivilege):
        connection.execute("UPDATE activities.task SET state = 'done'")


@pytest.mark.req("ADM-32")
def test_a_task_of_the_sample_company_stays_what_it_is_when_it_is_edited(sample: Company) -> None:
    admin = sample.psql()
    for state in ("accepted", "done"):
        row = admin.execute("SELECT min(id) FROM activities.task WHERE state = %s", (state,)).fetchone()
        assert row is not None and row[0] is not None
        admin.execute("UPDATE activities.task SET description = '补充' WHERE id = %s", row)
        after = admin.execute("SELECT state FROM activities.task WHERE id = %s", row).fetchone()
        assert after == (state,)


def test_every_step_stands_in_the_transitions() -> None:
    steps = {
        "accept": "accepted",
        "complete": "done",
        "close": "closed",
        "return": "accepted",
        "cancel": "cancelled",
    }
    for action in TASK_ENTITY.actions:
        for state in action.states:
            assert (state, steps[action.key]) in TASK_TRANSITIONS


@pytest.mark.req("ACT-06")
def test_data_classes_of_tasks(trade: Trade) -> None:
    who = people(trade)
    now = datetime.datetime.now(datetime.UTC)
    late = new_task(trade.seller, who["sales1"], due_at=now - datetime.timedelta(minutes=1))
    far = new_task(trade.seller, who["sales1"], due_at=now + datetime.timedelta(days=30))
    done = new_task(trade.seller, who["sales1"])
    trade.seller.write(step_task, task_id=done, version=1, to="done")
    assert shown(trade.seller, "activities.task", "overdue") == [late]
    assert set(shown(trade.seller, "activities.task", "mine")) == {late, far}
    assert shown(trade.seller, "activities.task", "done") == [done]
    assert late in shown(trade.seller, "activities.task", "week") and far not in shown(
        trade.seller, "activities.task", "week"
    )
    assert set(shown(trade.company.as_("lead1"), "activities.task", "below")) == {late, far, done}
    assert shown(trade.company.as_("sales5"), "activities.task", "all") == []
    assert {c.key for c in RECORD_ENTITY.classes} >= {"all", "mine", "below", "today", "commented"}


@pytest.mark.req("ACT-03")
def test_the_last_contact_follows_what_becomes_of_the_records(trade: Trade) -> None:
    """Corrected, given to another customer, deleted and brought back: the customer's day is always the newest's."""
    seller = trade.company.psql("sales1")
    other = seller.execute(
        "INSERT INTO customers.customer (name) VALUES ('单县大众五金店') RETURNING id"
    ).fetchone()
    assert other is not None

    def last() -> list[str | None]:
        rows = trade.rows(
            "SELECT last_contact_on::text FROM customers.customer WHERE id IN (%s, %s) ORDER BY id",
            trade.customer,
            other[0],
        )
        return [row[0] for row in rows]

    ids = [
        trade.seller.write(
            add_record,
            customer_id=trade.customer,
            said=day,
            happened_at=datetime.datetime.fromisoformat(f"{day}T10:00+08:00"),
        ).id
        for day in ("2026-03-01", "2026-05-20")
    ]
    assert last() == ["2026-05-20", None]
    seller.execute(
        "UPDATE activities.record SET happened_at = '2026-02-01 10:00+08' WHERE id = %s", (ids[1],)
    )
    assert last() == ["2026-03-01", None]
    seller.execute("UPDATE activities.record SET customer_id = %s WHERE id = %s", (other[0], ids[1]))
    assert last() == ["2026-03-01", "2026-02-01"]
    deletion = trade.seller.write(recycle, entity=RECORD_ENTITY, ids=[ids[0]]).result["deletions"]
    assert last() == [None, "2026-02-01"]
    trade.seller.write(restore, entity=RECORD_ENTITY, deletions=deletion)
    assert last() == ["2026-03-01", "2026-02-01"]


@pytest.mark.req("ACT-03")
def test_a_record_is_of_the_customers_own_people_and_of_what_has_happened(trade: Trade) -> None:
    seller = trade.company.psql("sales1")
    other = seller.execute(
        "INSERT INTO customers.customer (name) VALUES ('单县大众五金店') RETURNING id"
    ).fetchone()
    assert other is not None
    theirs = seller.execute(
        "INSERT INTO customers.contact (customer_id, name) VALUES (%s, '单雄') RETURNING id", other
    ).fetchone()
    assert theirs is not None
    spoken: dict[str, Any] = {"customer_id": trade.customer, "said": "报价", "contact_id": theirs[0]}
    with pytest.raises(Refused, match=r"another customer|另一"):
        trade.seller.write(add_record, **spoken)
    trade.seller.write(link_contact, contact_id=theirs[0], customer_id=trade.customer, role="顾问")
    trade.seller.write(add_record, **spoken)
    tomorrow = datetime.datetime.now(CHINA) + datetime.timedelta(days=1)
    with pytest.raises(Refused):
        trade.seller.write(add_record, customer_id=trade.customer, said="明天再去", happened_at=tomorrow)
    for key, value in (("said", "x" * 8001), ("result", "x" * 401), ("said", "a\x00b")):
        with pytest.raises(Invalid) as wrong:
            told: dict[str, Any] = {"customer_id": trade.customer, "said": "好", key: value}
            trade.seller.write(add_record, **told)
        assert wrong.value.field == key
    assert trade.one("SELECT count(*) FROM activities.record") == 1


@pytest.mark.req("ACT-02")
def test_the_checklist_of_a_finished_task_stays(trade: Trade) -> None:
    made = trade.seller.write(
        save_task,
        task_id=None,
        version=None,
        values={"subject": "寄样品", "executor_id": people(trade)["sales1"]},
        checklist=[],
    )
    with trade.seller.read_session() as session:
        version = read_task(session, made.id).version
    trade.seller.write(step_task, task_id=made.id, version=version, to="done")
    with pytest.raises(Refused):
        trade.seller.write(
            save_task, task_id=made.id, version=None, values={}, checklist=[CheckLine("再寄一次")]
        )
