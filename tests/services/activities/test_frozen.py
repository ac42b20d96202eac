"""What nobody changes any more: tasks that are done or closed, and what others wrote down (ACT-02, ACT-03)."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from services import batch, records
from services.activities.commands import add_record, change_record, save_task, step_task
from services.activities.entities import RECORD_ENTITY, TASK_ENTITY
from services.database import Database
from services.errors import Refused
from tests.conftest import Company
from tests.factories.trade import Trade, open_trade

TASK_REFUSAL = (
    "A task that is done or closed cannot be changed. Who created it can return it while it is done."
)
RECORD_REFUSAL = "Only who wrote a contact record can change it. Comment on it instead."


@pytest.fixture
def trade(company: Company) -> Trade:
    return open_trade(company)


def person(trade: Trade, login: str) -> int:
    return int(trade.one('SELECT id FROM organisation."user" WHERE login = %s', login))


def task(trade: Trade, to: str, *states: str, by: Database | None = None) -> int:
    """A task by lead1 for sales1 that went through ``states``."""
    lead, doer = by or trade.company.as_("lead1"), trade.company.as_(to)
    made = lead.write(
        save_task,
        task_id=None,
        version=None,
        values={"subject": "送样品", "executor_id": person(trade, to)},
        checklist=None,
    ).id
    for state in states:
        version = int(trade.one("SELECT version FROM activities.task WHERE id = %s", made))
        (doer if state in ("accepted", "done") else lead).write(
            step_task, task_id=made, version=version, to=state
        )
    return made


def refused(psql: psycopg.Connection[Any], statement: str) -> str:
    with pytest.raises(psycopg.Error) as caught:
        psql.execute(statement)
    assert caught.value.sqlstate == "SK001"
    return caught.value.diag.message_primary or ""


@pytest.mark.req("ACT-02")
@pytest.mark.parametrize("states", [("accepted", "done"), ("done", "closed"), ("cancelled",)])
def test_a_task_at_its_end_is_frozen(trade: Trade, states: tuple[str, ...]) -> None:
    one = task(trade, "sales1", *states)
    version = int(trade.one("SELECT version FROM activities.task WHERE id = %s", one))
    for login in ("lead1", "sales1", "boss"):
        psql = trade.company.psql(login)
        for change in (
            "subject = 'x'",
            "progress = 0",
            "priority = NULL",
            "due_at = now()",
            "description = 'x'",
        ):
            assert refused(psql, f"UPDATE activities.task SET {change} WHERE id = {one}") == TASK_REFUSAL
        # neither the form's nor the list's way round it
        with pytest.raises(Refused) as told:
            trade.company.as_(login).write(
                records.update_record,
                entity=TASK_ENTITY,
                record_id=one,
                version=version,
                values={"subject": "x"},
            )
        assert told.value.template == TASK_REFUSAL
    assert trade.one("SELECT subject FROM activities.task WHERE id = %s", one) == "送样品"


@pytest.mark.req("ACT-02")
def test_a_returned_task_is_open_again(trade: Trade) -> None:
    one = task(trade, "sales1", "accepted", "done")
    version = int(trade.one("SELECT version FROM activities.task WHERE id = %s", one))
    lead = trade.company.as_("lead1")
    with pytest.raises(Refused):
        trade.seller.write(step_task, task_id=one, version=version, to="accepted")
    back = lead.write(step_task, task_id=one, version=version, to="accepted", said="还差合格证")
    lead.write(
        records.update_record,
        entity=TASK_ENTITY,
        record_id=one,
        version=int(back.result["version"]),
        values={"subject": "送样品和合格证"},
    )
    assert trade.one("SELECT subject FROM activities.task WHERE id = %s", one) == "送样品和合格证"


@pytest.mark.req("ACT-02", "PLT-16")
def test_a_change_of_many_tasks_leaves_finished_ones_out_and_says_so(trade: Trade) -> None:
    lead = trade.company.as_("lead1")
    open_ones = [task(trade, "sales1"), task(trade, "sales2", "accepted")]
    over = [
        task(trade, "sales1", "done", "closed"),
        task(trade, "sales2", "cancelled"),
        task(trade, "sales1", "done"),
    ]
    with lead.read_session() as session:
        plan = batch.plan_edit(
            session, entity=TASK_ENTITY, ids=[*open_ones, *over], values={"priority": "task_priority.high"}
        )
    assert set(plan.versions) == set(open_ones)
    assert plan.refused == {TASK_REFUSAL: 3}
    lead.write(
        records.update_many,
        entity=TASK_ENTITY,
        versions=plan.versions,
        values={"priority": "task_priority.high"},
    )
    high = trade.rows("SELECT id FROM activities.task WHERE priority = 'task_priority.high' ORDER BY id")
    assert [row[0] for row in high] == sorted(open_ones)


@pytest.mark.req("ACT-03")
def test_only_the_author_changes_his_contact_record(trade: Trade) -> None:
    made = trade.seller.write(
        add_record, customer_id=trade.customer, said="价格谈妥了", kind="action_type.call"
    ).id
    for login in ("lead1", "manager", "boss"):
        psql, database = trade.company.psql(login), trade.company.as_(login)
        for change in ("said = '没有谈妥'", "result = 'x'", "next_on = NULL", "kind = 'action_type.visit'"):
            assert refused(psql, f"UPDATE activities.record SET {change} WHERE id = {made}") == RECORD_REFUSAL
        with pytest.raises(Refused) as told:
            database.write(change_record, record_id=made, version=1, values={"said": "没有谈妥"})
        assert told.value.template == RECORD_REFUSAL
        with database.read_session() as session:
            plan = batch.plan_edit(session, entity=RECORD_ENTITY, ids=[made], values={"result": "好"})
        assert (dict(plan.versions), plan.refused) == ({}, {RECORD_REFUSAL: 1})
    assert trade.rows("SELECT said, result, version FROM activities.record") == [("价格谈妥了", None, 1)]
    trade.seller.write(change_record, record_id=made, version=1, values={"said": "价格谈妥了，88 元"})
    assert trade.one("SELECT said FROM activities.record") == "价格谈妥了，88 元"


@pytest.mark.req("ACT-03")
def test_a_record_shared_to_edit_is_still_its_authors(trade: Trade) -> None:
    made = trade.seller.write(
        add_record, customer_id=trade.customer, said="约好周三", kind="action_type.call"
    ).id
    trade.superuser.execute(
        "INSERT INTO organisation.share (entity, record_id, user_id, can_edit, shared_by)"
        " VALUES ('activities.record', %s, %s, true, %s)",
        (made, person(trade, "sales2"), person(trade, "sales1")),
    )
    psql = trade.company.psql("sales2")
    assert psql.execute("SELECT said FROM activities.record").fetchall() == [("约好周三",)]
    assert refused(psql, "UPDATE activities.record SET said = 'x'") == RECORD_REFUSAL
