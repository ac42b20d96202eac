"""What the next entity costs: a memo of a customer, declared from table to screen. CONTRIBUTING.md walks through it."""

from __future__ import annotations

import datetime

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Owned, Searched
from services.entity import Column, DataClass, Entity, Field, Kind
from services.language import mark


class Memo(Owned, Searched, Base):
    """What somebody wants to remember about a customer."""

    __tablename__ = "memo"
    __table_args__ = (CheckConstraint("length(btrim(subject)) > 0", name="subject"), {"schema": "customers"})

    subject: Mapped[str]
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.customer.id"))
    day: Mapped[datetime.date | None]
    text: Mapped[str | None]


_T = Memo.__table__.c

SQL = """
CALL app.guard('customers.memo', shared_through => '{"customer_id": "customers.customer"}');
SELECT app.make_searchable('customers.memo', 'subject', 'name', 'text', 'text');
CALL app.goes_with('customers.memo', 'customer_id', 'customers.customer');
"""

MEMO = Entity(
    key="customers.memo",
    title=mark("Memo"),
    plural=mark("Memos"),
    icon="file-text",
    model=Memo,
    label=_T.subject,
    columns=(
        Column("subject", mark("Subject"), _T.subject, sort=_T.sort_name, opens="customers.memo"),
        Column("day", mark("Date"), _T.day, Kind.DATE),
        Column("text", mark("Text"), _T.text, width=300),
    ),
    fields=(
        Field("subject", mark("Subject"), required=True, length=200, aliases=("标题",)),
        Field("customer_id", mark("Customer"), Kind.REFERENCE, reference="customers.customer", required=True),
        Field("day", mark("Date"), Kind.DATE),
        Field("text", mark("Text"), Kind.LONG_TEXT, wide=True),
    ),
    classes=(
        DataClass("all", mark("All"), lambda _: _T.id > 0),
        DataClass("mine", mark("Mine"), lambda who: _T.owner_id == who.user_id),
    ),
    importable=True,
    unique=("subject",),
)
