"""Contact records and tasks as lists and forms show them (ACT-02, ACT-03, ACT-06)."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    and_,
    func,
    literal,
    literal_column,
    not_,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY

from models.activities import Comment, Record, Task
from models.customers import Contact, Customer
from models.organisation import User
from models.permissions import Permission
from services.data_classes import below, everything, mine
from services.entity import Action, Along, Column, Context, DataClass, Entity, Field, Kind
from services.language import mark

TASK_STATES: Final = {
    "open": mark("Not accepted yet"),
    "accepted": mark("In progress"),
    "done": mark("Done, to be confirmed"),
    "closed": mark("Closed"),
    "cancelled": mark("Cancelled"),
}
_OPEN = ("open", "accepted")

_R = Record.__table__.c
_T = Task.__table__.c
_customer = Customer.__table__.alias("activity_customer")
_contact = Contact.__table__.alias("activity_contact")


def _customer_column(id_: ColumnElement[Any]) -> Column:
    return Column(
        "customer",
        mark("Customer"),
        _customer.c.name,
        width=200,
        sort=_customer.c.sort_name,
        opens="customers.customer",
        opens_id=id_,
    )


# -- contact records --------------------------------------------------------------------------------------


def _records() -> FromClause:
    return Record.__table__.outerjoin(_customer, _customer.c.id == _R.customer_id).outerjoin(
        _contact, _contact.c.id == _R.contact_id
    )


def _comments() -> ColumnElement[Any]:
    return (
        select(func.count())
        .select_from(Comment.__table__)
        .where(Comment.record_id == _R.id)
        .correlate(Record.__table__)
        .scalar_subquery()
    )


def _unread(context: Context) -> ColumnElement[bool]:
    unread = select(Comment.id).where(Comment.record_id == _R.id, Comment.read_at.is_(None))
    return and_(_R.owner_id == context.user_id, unread.correlate(Record.__table__).exists())


_WHAT = mark("What happened")
_NEXT = mark("What comes next")

RECORD_ENTITY: Final = Entity(
    key="activities.record",
    title=mark("Contact record"),
    plural=mark("Contact records"),
    icon="phone-call",
    model=Record,
    label=func.left(_R.said, 40),
    along=(Along("customers.customer"),),
    detail=_customer.c.name,
    source=_records,
    sought=(
        mark("What was said"),
        mark("Result"),
        mark("Next step"),
    ),
    columns=(
        Column("happened_at", mark("When"), _R.happened_at, Kind.TIME, 135),
        _customer_column(_R.customer_id),
        Column("kind", mark("Kind of contact"), _R.kind, Kind.CHOICE, 90, dictionary="action_type"),
        Column("said", mark("What was said"), _R.said, Kind.LONG_TEXT, 320, opens="activities.record"),
        Column("result", mark("Result"), _R.result, width=180),
        Column("next_step", mark("Next step"), _R.next_step, width=180),
        Column("next_on", mark("Next on"), _R.next_on, Kind.DATE, 100),
        Column(
            "contact",
            mark("Contact"),
            _contact.c.name,
            width=90,
            opens="customers.contact",
            opens_id=_R.contact_id,
        ),
        Column("comments", mark("Comments"), _comments(), Kind.INTEGER, 70, sortable=False),
        Column("owner", mark("By whom"), _R.owner_id, Kind.USER, 90),
    ),
    fields=(
        Field(
            "customer_id",
            mark("Customer"),
            Kind.REFERENCE,
            _WHAT,
            required=True,
            reference="customers.customer",
            aliases=("客户名称", "单位"),
        ),
        Field("contact_id", mark("Contact"), Kind.REFERENCE, _WHAT, reference="customers.contact"),
        Field(
            "kind",
            mark("Kind of contact"),
            Kind.CHOICE,
            _WHAT,
            required=True,
            dictionary="action_type",
            default=lambda: "action_type.call",
            aliases=("联系方式", "行动类型"),
        ),
        Field("happened_at", mark("When"), Kind.TIME, _WHAT, aliases=("联系时间", "时间")),
        Field(
            "said",
            mark("What was said"),
            Kind.LONG_TEXT,
            _WHAT,
            required=True,
            length=8000,
            wide=True,
            aliases=("联系内容", "内容", "跟进内容"),
        ),
        Field("result", mark("Result"), group=_WHAT, length=400, wide=True, aliases=("结果", "联系结果")),
        Field("next_step", mark("Next step"), group=_NEXT, length=400, aliases=("下一步", "下步计划")),
        Field("next_on", mark("Next on"), Kind.DATE, _NEXT, aliases=("下次联系日期",)),
    ),
    classes=(
        everything(),
        mine(_R.owner_id),
        below(_R.owner_id),
        DataClass("today", mark("Today"), lambda _context: _R.happened_at >= func.current_date()),
        DataClass(
            "week",
            mark("This week"),
            lambda _context: _R.happened_at >= func.date_trunc("week", func.now()),
        ),
        DataClass("commented", mark("New comments"), _unread),
        DataClass("next", mark("Next step due"), lambda _context: _R.next_on <= func.current_date()),
    ),
    class_columns=("kind",),
    order=("-happened_at", "-id"),
    importable=True,
)

# -- tasks ------------------------------------------------------------------------------------------------


def _tasks() -> FromClause:
    return Task.__table__.outerjoin(_customer, _customer.c.id == _T.customer_id)


# in the words of ix_task_others: arrays are compared behind the policies only, which no index does
_SHARED: Final = _T.others != literal_column("'{}'::bigint[]")


def _overdue(_context: Context) -> ColumnElement[bool]:
    return and_(_T.state.in_(_OPEN), _T.due_at < func.now())


def _this_week(_context: Context) -> ColumnElement[bool]:
    monday = func.date_trunc("week", func.now())
    return and_(_T.state.in_(_OPEN), _T.due_at >= monday, _T.due_at < monday + func.make_interval(0, 0, 1))


def _all_below(context: Context) -> ColumnElement[bool]:
    below = literal(list(context.below), ARRAY(BigInteger))
    others = and_(_SHARED, _T.others.overlap(below))
    return or_(_T.owner_id == func.any(below), _T.executor_id == func.any(below), others)


def _does(context: Context) -> ColumnElement[bool]:
    me = literal([context.user_id], ARRAY(BigInteger))
    return or_(_T.executor_id == context.user_id, and_(_SHARED, _T.others.contains(me)))


def _still_does(context: Context) -> ColumnElement[bool]:
    me = literal([context.user_id], ARRAY(BigInteger))
    return and_(_does(context), _T.state.in_(_OPEN), not_(_T.done_by.contains(me)))


def _names_of_others() -> ColumnElement[Any]:
    """Names of who does the task with the first one; asked per row shown, by primary key."""
    return (
        select(func.string_agg(User.name, ", "))
        .where(User.id == func.any(_T.others))
        .correlate(Task.__table__)
        .scalar_subquery()
    )


def _percent(value: int) -> str | None:
    return None if 0 <= value <= 100 else mark("Progress lies between 0 and 100.")


_TASK = mark("Task")

TASK_ENTITY: Final = Entity(
    key="activities.task",
    title=mark("Task"),
    plural=mark("Tasks"),
    icon="list-todo",
    model=Task,
    label=_T.subject,
    along=(Along("customers.customer", ("open",), "open"),),
    detail=_customer.c.name,
    source=_tasks,
    sought=(
        mark("Subject"),
        mark("Description"),
    ),
    columns=(
        Column("subject", mark("Subject"), _T.subject, width=280, sort=_T.sort_name, opens="activities.task"),
        Column("state", mark("State"), _T.state, Kind.STATE, 110, labels=TASK_STATES),
        Column("due_at", mark("Due at"), _T.due_at, Kind.TIME, 135),
        Column("priority", mark("Priority"), _T.priority, Kind.CHOICE, 80, dictionary="task_priority"),
        Column("executor", mark("Who does it"), _T.executor_id, Kind.USER, 90),
        Column("others", mark("Together with"), _names_of_others(), width=120, sortable=False),
        Column("owner", mark("Created by"), _T.owner_id, Kind.USER, 90),
        _customer_column(_T.customer_id),
        Column("progress", mark("Progress %"), _T.progress, Kind.INTEGER, 80),
        Column(
            "description",
            mark("Description"),
            _T.description,
            Kind.LONG_TEXT,
            220,
            sortable=False,
            shown=False,
        ),
        Column("created_at", mark("Entered at"), _T.created_at, Kind.TIME, 135, shown=False),
    ),
    fields=(
        Field(
            "subject",
            mark("Subject"),
            group=_TASK,
            required=True,
            length=200,
            wide=True,
            aliases=("任务", "主题"),
        ),
        Field(
            "executor_id",
            mark("Who does it"),
            Kind.USER,
            _TASK,
            required=True,
            aliases=("执行人", "负责人"),
        ),
        Field("due_at", mark("Due at"), Kind.TIME, _TASK, aliases=("截止时间", "到期时间")),
        Field(
            "priority",
            mark("Priority"),
            Kind.CHOICE,
            _TASK,
            dictionary="task_priority",
            default=lambda: "task_priority.normal",
            aliases=("优先级",),
        ),
        Field(
            "customer_id",
            mark("Customer"),
            Kind.REFERENCE,
            _TASK,
            reference="customers.customer",
            aliases=("客户名称",),
        ),
        Field("progress", mark("Progress %"), Kind.INTEGER, _TASK, default=lambda: 0, check=_percent),
        Field(
            "description",
            mark("Description"),
            Kind.LONG_TEXT,
            _TASK,
            length=8000,
            wide=True,
            aliases=("说明", "描述"),
        ),
    ),
    classes=(
        DataClass(
            "mine",
            mark("My tasks"),
            _still_does,
        ),
        DataClass(
            "handed",
            mark("Handed to me"),
            lambda context: and_(_does(context), _T.owner_id != context.user_id),
        ),
        DataClass("created", mark("Created by me"), lambda context: _T.owner_id == context.user_id),
        DataClass("overdue", mark("Overdue"), _overdue),
        DataClass("week", mark("Due this week"), _this_week),
        DataClass("done", mark("Done"), lambda _context: _T.state.in_(("done", "closed"))),
        DataClass("below", mark("Mine and below"), _all_below),
        everything(),
    ),
    actions=(
        Action("accept", mark("Accept"), Permission.ACTIVITIES_TASK_EDIT, frozenset({"open"}), icon="check"),
        Action(
            "complete",
            mark("Complete"),
            Permission.ACTIVITIES_TASK_EDIT,
            frozenset({"open", "accepted"}),
            "F9",
            "circle-check",
        ),
        Action(
            "close",
            mark("Confirm the end"),
            Permission.ACTIVITIES_TASK_EDIT,
            frozenset({"done"}),
            icon="lock",
        ),
        Action(
            "return", mark("Return it"), Permission.ACTIVITIES_TASK_EDIT, frozenset({"done"}), icon="undo-2"
        ),
        Action(
            "cancel",
            mark("Cancel the task"),
            Permission.ACTIVITIES_TASK_EDIT,
            frozenset({"open", "accepted"}),
            icon="ban",
        ),
    ),
    order=("due_at", "-id"),
)


ALL: tuple[Entity, ...] = (RECORD_ENTITY, TASK_ENTITY)
