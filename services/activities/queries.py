"""What the screens of contact records and tasks ask."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.activities import CheckItem, Comment, Record, Step, Task
from models.customers import Contact, Customer
from services.errors import NotAvailable
from services.language import mark


@dataclass(frozen=True, slots=True)
class CommentRow:
    """A comment on a contact record."""

    said: str
    said_by: int
    said_at: datetime.datetime
    read: bool
    """The author of the record has seen it."""


@dataclass(frozen=True, slots=True)
class RecordView:
    """A contact record as it is stored."""

    id: int
    version: int
    owner_id: int
    customer_id: int
    customer: str
    contact_id: int | None
    contact: str
    kind: str
    happened_at: datetime.datetime
    said: str
    result: str
    next_step: str
    next_on: datetime.date | None
    comments: tuple[CommentRow, ...]


@dataclass(frozen=True, slots=True)
class CheckRow:
    """A line of a task's checklist."""

    id: int
    said: str
    done_by: int | None
    done_at: datetime.datetime | None


@dataclass(frozen=True, slots=True)
class StepRow:
    """One step of a task's trail; see models.activities.Step."""

    at: datetime.datetime
    by: int | None
    verb: str
    about: int | None
    said: str


@dataclass(frozen=True, slots=True)
class TaskView:
    """A task as it is stored."""

    id: int
    version: int
    owner_id: int
    executor_id: int
    others: tuple[int, ...]
    accepted_by: frozenset[int]
    done_by: frozenset[int]
    created_at: datetime.datetime
    customer_id: int | None
    customer: str
    subject: str
    due_at: datetime.datetime | None
    priority: str | None
    progress: int
    state: str
    description: str
    checklist: tuple[CheckRow, ...]
    steps: tuple[StepRow, ...]

    @property
    def doers(self) -> tuple[int, ...]:
        """All who do it, the first one first."""
        return (self.executor_id, *self.others)


def read_record(session: Session, record_id: int) -> RecordView:
    """One contact record with its comments, oldest first; NotAvailable where the user sees none."""
    row = session.execute(
        select(Record, Customer.name.label("customer"), Contact.name.label("contact"))
        .outerjoin(Customer, Customer.id == Record.customer_id)
        .outerjoin(Contact, Contact.id == Record.contact_id)
        .where(Record.id == record_id, Record.deleted_at.is_(None))
    ).first()
    if row is None:
        raise NotAvailable(mark("That record is not available."))
    found: Record = row.Record
    comments = session.scalars(
        select(Comment).where(Comment.record_id == record_id).order_by(Comment.said_at, Comment.id)
    )
    return RecordView(
        id=found.id,
        version=found.version,
        owner_id=found.owner_id,
        customer_id=found.customer_id,
        customer=row.customer or "",
        contact_id=found.contact_id,
        contact=row.contact or "",
        kind=found.kind,
        happened_at=found.happened_at,
        said=found.said,
        result=found.result or "",
        next_step=found.next_step or "",
        next_on=found.next_on,
        comments=tuple(CommentRow(c.said, c.said_by, c.said_at, c.read_at is not None) for c in comments),
    )


def read_task(session: Session, task_id: int) -> TaskView:
    """One task with its checklist and its trail, oldest first; NotAvailable where the user sees none."""
    row = session.execute(
        select(Task, Customer.name.label("customer"))
        .outerjoin(Customer, Customer.id == Task.customer_id)
        .where(Task.id == task_id, Task.deleted_at.is_(None))
    ).first()
    if row is None:
        raise NotAvailable(mark("That record is not available."))
    task: Task = row.Task
    items = session.scalars(
        select(CheckItem).where(CheckItem.task_id == task_id).order_by(CheckItem.position, CheckItem.id)
    )
    steps = session.scalars(select(Step).where(Step.task_id == task_id).order_by(Step.id))
    return TaskView(
        id=task.id,
        version=task.version,
        owner_id=task.owner_id,
        executor_id=task.executor_id,
        others=tuple(task.others),
        accepted_by=frozenset(task.accepted_by),
        done_by=frozenset(task.done_by),
        created_at=task.created_at,
        customer_id=task.customer_id,
        customer=row.customer or "",
        subject=task.subject,
        due_at=task.due_at,
        priority=task.priority,
        progress=task.progress,
        state=task.state,
        description=task.description or "",
        checklist=tuple(CheckRow(item.id, item.said, item.done_by, item.done_at) for item in items),
        steps=tuple(StepRow(step.at, step.by_user, step.verb, step.about, step.said or "") for step in steps),
    )
