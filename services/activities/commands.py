"""Writing of contact records and tasks."""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import insert, text

from models.activities import Record, Task
from services.activities.entities import RECORD_ENTITY, TASK_ENTITY
from services.clock import CHINA
from services.commands import Changes, Work
from services.errors import Invalid
from services.language import mark
from services.records import check, create, update_record

MOST_SAID: Final = 2000
"""Characters of a comment."""


def add_record(
    work: Work,
    *,
    customer_id: int | None,
    said: str,
    kind: str = "action_type.call",
    contact_id: int | None = None,
    happened_at: datetime.datetime | None = None,
    result: str = "",
    next_step: str = "",
    next_on: datetime.date | None = None,
    task_for: int | None = None,
) -> Changes:
    """Write down a contact (ACT-03). ``task_for`` makes the next step a task of that user, in the same transaction.

    The task is due at the end of ``next_on``.
    """
    if customer_id is None:
        raise Invalid(mark("Choose the customer."), field="customer_id")
    if not said.strip():
        raise Invalid(mark("Write down what was said."), field="said")
    if task_for is not None and not next_step.strip():
        raise Invalid(mark("Write down the next step that the task is about."), field="next_step")
    values: dict[str, Any] = {
        "customer_id": customer_id,
        "contact_id": contact_id,
        "kind": kind,
        "said": said.strip(),
        "result": result.strip() or None,
        "next_step": next_step.strip() or None,
        "next_on": next_on,
    }
    if happened_at is not None:
        values["happened_at"] = happened_at
    check(RECORD_ENTITY, values, complete=False)
    record_id = work.session.execute(insert(Record).values(**values).returning(Record.id)).scalar_one()
    changed: dict[str, tuple[int, ...]] = {
        "activities.record": (record_id,),
        "customers.customer": (customer_id,),
    }
    if task_for is not None:
        end = None if next_on is None else datetime.datetime.combine(next_on, datetime.time(18), CHINA)
        task_id = work.session.execute(
            insert(Task)
            .values(
                subject=next_step.strip()[:200],
                customer_id=customer_id,
                executor_id=task_for,
                due_at=end,
                priority="task_priority.normal",
                description=said.strip(),
            )
            .returning(Task.id)
        ).scalar_one()
        changed["activities.task"] = (task_id,)
    return Changes(changed, {"id": record_id})


def change_record(work: Work, *, record_id: int, version: int, values: Mapping[str, Any]) -> Changes:
    """Correct what was written down; the history keeps what it was. Conflict where somebody else was faster."""
    if "customer_id" in values and values["customer_id"] is None:
        raise Invalid(mark("Choose the customer."), field="customer_id")
    return update_record(work, entity=RECORD_ENTITY, record_id=record_id, version=version, values=values)


def comment_record(work: Work, *, record_id: int, said: str) -> Changes:
    """Comment on a contact record (批复); its author is told."""
    if len(said) > MOST_SAID or "\x00" in said:
        raise Invalid(mark("At most {length} characters."), field="said", length=MOST_SAID)
    return work.post("activities.comment_record", record_id=record_id, said=said)


def read_comments(work: Work, *, record_id: int) -> Changes:
    """The author has seen the comments on his record."""
    return work.post("activities.read_comments", record_id=record_id)


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One line of a checklist as it is to be; ``id`` None for a new one."""

    said: str
    id: int | None = None


def save_task(
    work: Work,
    *,
    task_id: int | None,
    version: int | None,
    values: Mapping[str, Any],
    checklist: Sequence[CheckLine] | None,
) -> Changes:
    """Create a task, or change one of ``version``; ``checklist`` None leaves the list as it is. All in one
    transaction."""
    if task_id is None:
        made = create(work, entity=TASK_ENTITY, values=values)
    elif values:
        assert version is not None
        made = update_record(work, entity=TASK_ENTITY, record_id=task_id, version=version, values=values)
    else:
        made = Changes({TASK_ENTITY.key: (task_id,)}, {"id": task_id})
    if checklist is not None:
        arguments = {"task_id": made.id, "items": [{"id": line.id, "said": line.said} for line in checklist]}
        work.session.execute(
            text("SELECT activities.write_checklist(CAST(:arguments AS jsonb))"),
            {"arguments": json.dumps(arguments, ensure_ascii=False)},
        )
    return made


def tick_item(work: Work, *, task_id: int, item_id: int, ticked: bool) -> Changes:
    """A line of the checklist is done, or not after all; the progress follows."""
    return work.post("activities.tick_item", task_id=task_id, item_id=item_id, done=ticked)


def step_task(work: Work, *, task_id: int, version: int, to: str, said: str = "") -> Changes:
    """Take a task one legal step on (models.activities.TASK_TRANSITIONS); ``said`` is why, or what came of it.

    Refused to who may not: who does it accepts and completes his part, the creator closes, returns and cancels.
    """
    return work.post("activities.step_task", task_id=task_id, version=version, to=to, said=said)


def hand_over_task(work: Work, *, task_id: int, version: int, to_user: int) -> Changes:
    """Give one's part of a task to somebody else, who has to accept it anew."""
    return work.post("activities.hand_over", task_id=task_id, version=version, to_user=to_user)
