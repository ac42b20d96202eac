"""Contact records and tasks."""

from __future__ import annotations

import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Owned, Searched, choice

SCHEMA = "activities"

TASK_TRANSITIONS = frozenset(
    {
        ("open", "accepted"),
        ("open", "done"),
        ("accepted", "done"),
        ("done", "closed"),
        ("done", "accepted"),
        ("accepted", "open"),
        ("open", "cancelled"),
        ("accepted", "cancelled"),
    }
)
"""Legal steps of a task: the executor accepts and completes, the creator closes or returns it.
Handed over to another, it is open again."""


class Record(Owned, Searched, Base):
    """A contact record (联系记录): what was said with a customer, and what comes next."""

    __tablename__ = "record"
    __table_args__ = (
        Index("ix_record_customer", "customer_id", "happened_at"),
        Index("ix_record_owner", "owner_id", "happened_at"),
        Index("ix_record_happened", "happened_at", "id", postgresql_where=text("deleted_at IS NULL")),
        CheckConstraint("length(btrim(said)) > 0", name="said"),
        {"schema": SCHEMA},
    )

    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.customer.id"))
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("customers.contact.id"))
    kind: Mapped[str] = choice("action_type", name="kind", default="action_type.call")
    happened_at: Mapped[datetime.datetime] = mapped_column(server_default=text("now()"))
    said: Mapped[str]
    result: Mapped[str | None]
    next_step: Mapped[str | None]
    next_on: Mapped[datetime.date | None]


class Comment(Base):
    """A superior's comment (批复) on a contact record."""

    __tablename__ = "comment"
    __table_args__ = (Index("ix_comment_record", "record_id"), {"schema": SCHEMA})

    record_id: Mapped[int] = mapped_column(ForeignKey("activities.record.id", ondelete="CASCADE"))
    said: Mapped[str]
    said_by: Mapped[int] = mapped_column(ForeignKey("organisation.user.id"))
    said_at: Mapped[datetime.datetime] = mapped_column(server_default=text("now()"))
    read_at: Mapped[datetime.datetime | None]
    """When the author of the record saw it."""


class Task(Owned, Searched, Base):
    """A task (待办任务). The owner is who created it, the executor who does it, ``others`` do it with him.

    Each of them accepts and completes his own part; ``state`` follows: accepted when one has accepted, done when
    all are done. With a checklist ``progress`` is the share of its ticked items.
    """

    __tablename__ = "task"
    __table_args__ = (
        Index("ix_task_executor", "executor_id", "due_at"),
        Index("ix_task_owner", "owner_id", "due_at"),
        Index("ix_task_others", "others", postgresql_using="gin", postgresql_where=text("others <> '{}'")),
        Index("ix_task_customer", "customer_id"),
        Index("ix_task_due", "due_at", "id", postgresql_where=text("deleted_at IS NULL")),
        CheckConstraint("length(btrim(subject)) > 0", name="subject"),
        CheckConstraint("progress BETWEEN 0 AND 100", name="progress"),
        CheckConstraint("state IN ('open', 'accepted', 'done', 'closed', 'cancelled')", name="state"),
        {"schema": SCHEMA},
    )

    subject: Mapped[str]
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customers.customer.id"))
    executor_id: Mapped[int] = mapped_column(ForeignKey("organisation.user.id"))
    others: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), server_default=text("'{}'"))
    accepted_by: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), server_default=text("'{}'"))
    done_by: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), server_default=text("'{}'"))
    due_at: Mapped[datetime.datetime | None]
    priority: Mapped[str | None] = choice("task_priority", name="priority")
    progress: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    state: Mapped[str] = mapped_column(server_default=text("'open'"))
    description: Mapped[str | None]


class CheckItem(Base):
    """One line of a task's checklist."""

    __tablename__ = "check_item"
    __table_args__ = (
        Index("ix_check_item_task", "task_id", "position"),
        CheckConstraint("length(btrim(said)) > 0", name="said"),
        {"schema": SCHEMA},
    )

    task_id: Mapped[int] = mapped_column(ForeignKey("activities.task.id", ondelete="CASCADE"))
    position: Mapped[int] = mapped_column(Integer)
    said: Mapped[str]
    done_by: Mapped[int | None] = mapped_column(ForeignKey("organisation.user.id"))
    done_at: Mapped[datetime.datetime | None]


class Step(Base):
    """What happened to a task, in the order in which it did: the trail that all who see the task may read."""

    __tablename__ = "step"
    __table_args__ = (
        Index("ix_step_task", "task_id", "id"),
        CheckConstraint(
            "verb IN ('given', 'joined', 'left', 'accepted', 'part_done', 'done', 'returned', 'closed', 'cancelled')",
            name="verb",
        ),
        {"schema": SCHEMA},
    )

    task_id: Mapped[int] = mapped_column(ForeignKey("activities.task.id", ondelete="CASCADE"))
    at: Mapped[datetime.datetime] = mapped_column(server_default=text("clock_timestamp()"))
    by_user: Mapped[int | None] = mapped_column(ForeignKey("organisation.user.id"))
    verb: Mapped[str]
    about: Mapped[int | None] = mapped_column(ForeignKey("organisation.user.id"))
    """Whom it was given to, who joined or left."""
    said: Mapped[str | None]
    """Why it was returned, or what its end came to."""
