"""What the 360° view of one customer shows beside its lists (CUS-10 to CUS-12), under the viewer's policies.

Every function is one or two short statements over indexes that begin with the customer. Its timeline:
``services/customers/timeline.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from sqlalchemy import ColumnElement, func, or_, select, text
from sqlalchemy.orm import Session

from models.activities import Record, Task
from models.customers import Contact, ContactLink, Customer
from models.delivery import Note
from models.finance import Ledger, Payment
from models.sales import Order
from models.stock import Issue
from services.entity import Context, Query
from services.errors import NotAvailable
from services.language import mark
from services.money import amount
from services.session import CurrentUser

MARGIN_RIGHTS: Final = ("products.see_cost", "stock.issue.view", "stock.ledger.view", "sales.order.view")
"""Without one of them a part of the sum would be missing, so that none is shown."""


@dataclass(frozen=True, slots=True)
class Header:
    """The head of the view. Amounts in CNY; None where the viewer has no right to know."""

    id: int
    number: str
    name: str
    short_name: str
    category: str | None
    stage: str | None
    level: str | None
    owner_id: int | None
    """None: in the customer pool."""
    phone: str
    deleted: bool
    shared_with: int
    """How many people or positions it is shared with."""
    ordered: Decimal | None
    received: Decimal | None
    delivered: Decimal | None
    """Value of the goods that left the warehouse."""
    receivable: Decimal | None
    overdue: Decimal | None
    """Unpaid part of orders whose due day has passed."""
    last_contact_on: date | None
    next_step: str
    next_on: date | None
    picture_id: int | None = None
    """The attachment that is his picture or card."""
    hot_level: str | None = None
    """None also when the mark's last day has passed."""
    hot_reason: str = ""
    hot_until: date | None = None
    margin: Decimal | None = None
    """Net value of the goods that left less what they cost; None without the right to see costs."""


def header(session: Session, *, customer_id: int, user: CurrentUser) -> Header:
    """The head of one customer; NotAvailable when it is missing or hidden. Two statements,
    three with the right to see costs."""
    row = session.execute(
        text(
            "SELECT c.id, c.number, c.name, c.short_name, c.category, c.stage, c.level, c.owner_id, c.phone,"
            " c.picture_id, c.deleted_at IS NOT NULL AS deleted, c.last_contact_on, c.hot_reason, c.hot_until,"
            " CASE WHEN c.hot_until IS NULL OR c.hot_until >= current_date THEN c.hot_level END AS hot_level,"
            " b.ordered, b.paid, b.issued, b.receivable"
            " FROM customers.customer c LEFT JOIN customers.balance b ON b.id = c.id WHERE c.id = :id"
        ),
        {"id": customer_id},
    ).first()
    if row is None:
        raise NotAvailable(mark("That record is not available."))
    more = session.execute(
        text(
            'SELECT (SELECT coalesce(sum(o.gross - o.received), 0) FROM sales."order" o'
            "  WHERE o.customer_id = :id AND o.state = 'confirmed' AND o.received < o.gross"
            "  AND o.due_on < current_date AND o.deleted_at IS NULL) AS overdue,"
            " (SELECT count(*) FROM organisation.share s WHERE s.entity = 'customers.customer'"
            "  AND s.record_id = :id AND (s.until IS NULL OR s.until >= current_date)) AS shared_with,"
            " n.next_step, n.next_on FROM (SELECT 1) one LEFT JOIN LATERAL (SELECT r.next_step, r.next_on"
            "  FROM activities.record r WHERE r.customer_id = :id AND r.deleted_at IS NULL"
            # an agreed step counts until a later contact record was written
            "  ORDER BY r.happened_at DESC LIMIT 1) n ON true"
        ),
        {"id": customer_id},
    ).one()
    money = user.can("finance.ledger.view") or user.can("sales.order.view")
    return Header(
        id=row.id,
        number=row.number or "",
        name=row.name,
        short_name=row.short_name or "",
        category=row.category,
        stage=row.stage,
        level=row.level,
        owner_id=row.owner_id,
        phone=row.phone or "",
        deleted=row.deleted,
        shared_with=int(more.shared_with),
        ordered=row.ordered if money else None,
        received=row.paid if money else None,
        delivered=row.issued if money else None,
        receivable=row.receivable if money else None,
        overdue=more.overdue if user.can("sales.order.view") else None,
        last_contact_on=row.last_contact_on,
        next_step=more.next_step or "",
        next_on=more.next_on,
        picture_id=row.picture_id,
        hot_level=row.hot_level,
        hot_reason=row.hot_reason or "",
        hot_until=row.hot_until,
        margin=_margin(session, customer_id) if all(map(user.can, MARGIN_RIGHTS)) else None,
    )


def _margin(session: Session, customer_id: int) -> Decimal:
    """Net value of the goods that left for the customer less their moving cost, in CNY to the cent.

    Cost: his stock issues by index, with their lines and their rows of the journal.
    """
    return amount(
        session.execute(
            text(
                "SELECT coalesce((SELECT sum(l.gross * o.net / nullif(o.gross, 0)) FROM stock.issue i"
                "  JOIN stock.issue_line l ON l.issue_id = i.id JOIN sales.order_line o ON o.id = l.order_line_id"
                "  WHERE i.customer_id = :id AND i.state = 'posted'), 0)"
                " + coalesce((SELECT sum(c.value) FROM stock.issue i"
                "  JOIN stock.ledger j ON j.document = 'stock.issue' AND j.document_id = i.id"
                "  JOIN stock.ledger_cost c ON c.id = j.id"
                "  WHERE i.customer_id = :id AND i.state = 'posted'), 0)"
            ),
            {"id": customer_id},
        ).scalar_one()
    )


_COUNTED: Final = {
    "customers.contact": ("customers.contact", "customer_id", True),
    "customers.customer": ("customers.customer", "parent_id", True),
    "activities.record": ("activities.record", "customer_id", True),
    "activities.task": ("activities.task", "customer_id", True),
    "sales.order": ('sales."order"', "customer_id", True),
    "stock.issue": ("stock.issue", "customer_id", True),
    "delivery.note": ("delivery.note", "customer_id", True),
    "finance.payment": ("finance.payment", "customer_id", True),
    "finance.ledger": ("finance.ledger", "customer_id", False),
}


def counts(session: Session, *, customer_id: int, entities: Sequence[str]) -> dict[str, int]:
    """How many records of each of ``entities`` the customer has, as far as the viewer sees them."""
    wanted = [entity for entity in entities if entity in _COUNTED]
    if not wanted:
        return {}
    parts = []
    for entity in wanted:
        table, column, recycled = _COUNTED[entity]
        alive = " AND t.deleted_at IS NULL" if recycled else ""
        part = f"(SELECT count(*) FROM {table} t WHERE t.{column} = :id{alive})"
        if entity == "customers.contact":
            part += (
                " + (SELECT count(*) FROM customers.contact_link l JOIN customers.contact t ON t.id = l.contact_id"
                " WHERE l.customer_id = :id AND t.deleted_at IS NULL)"
            )
        parts.append(part)
    row = session.execute(text("SELECT " + ", ".join(parts)), {"id": customer_id}).one()
    return dict(zip(wanted, (int(count) for count in row), strict=True))


@dataclass(frozen=True, slots=True)
class Person:
    """A contact as the side of the view shows it."""

    id: int
    name: str
    title: str
    phone: str
    email: str
    main: bool


def people(session: Session, *, customer_id: int, limit: int = 6) -> list[Person]:
    """Contacts of the customer, the main one first."""
    rows = session.execute(
        text(
            "SELECT k.id, k.name, coalesce(k.title, '') AS title, coalesce(k.mobile, k.phone, '') AS phone,"
            " coalesce(k.email, '') AS email, k.main FROM customers.contact k"
            " WHERE k.customer_id = :id AND k.deleted_at IS NULL ORDER BY k.main DESC, k.id LIMIT :limit"
        ),
        {"id": customer_id, "limit": limit},
    )
    return [Person(row.id, row.name, row.title, row.phone, row.email, row.main) for row in rows]


@dataclass(frozen=True, slots=True)
class Step:
    """Something that is still to be done with the customer: an open task or a next step agreed."""

    entity: str
    record_id: int
    words: str
    due: date | None
    user_id: int | None


def next_steps(session: Session, *, customer_id: int, limit: int = 5) -> list[Step]:
    """Open tasks and agreed next steps, the most urgent first.

    An agreed step counts until a later contact record was written.
    """
    rows = session.execute(
        text(
            "SELECT * FROM ("
            " (SELECT 'activities.task' AS entity, t.id, t.subject AS words, t.due_at::date AS due,"
            "  t.executor_id AS user_id FROM activities.task t WHERE t.customer_id = :id"
            "  AND t.deleted_at IS NULL AND t.state IN ('open', 'accepted'))"
            " UNION ALL"
            " (SELECT 'activities.record', r.id, r.next_step, r.next_on, r.owner_id FROM ("
            "   SELECT * FROM activities.record x WHERE x.customer_id = :id AND x.deleted_at IS NULL"
            "   ORDER BY x.happened_at DESC LIMIT 1) r WHERE r.next_step IS NOT NULL)"
            ") s ORDER BY due NULLS LAST, id LIMIT :limit"
        ),
        {"id": customer_id, "limit": limit},
    )
    return [Step(row.entity, row.id, row.words, row.due, row.user_id) for row in rows]


def sold_by_month(session: Session, *, customer_id: int, months: int = 12) -> list[tuple[date, Decimal]]:
    """Confirmed orders in CNY of the last ``months`` months, this one included; first day of each month."""
    rows = session.execute(
        text(
            "SELECT m.month::date AS month, coalesce(sum(o.gross), 0) AS gross"
            " FROM generate_series(date_trunc('month', current_date) - make_interval(months => :back),"
            "  date_trunc('month', current_date), interval '1 month') AS m (month)"
            " LEFT JOIN sales.\"order\" o ON o.customer_id = :id AND o.state = 'confirmed'"
            "  AND o.deleted_at IS NULL AND o.date >= m.month::date"
            "  AND o.date < (m.month + interval '1 month')::date"
            " GROUP BY 1 ORDER BY 1"
        ),
        {"id": customer_id, "back": months - 1},
    )
    return [(row.month, row.gross) for row in rows]


@dataclass(frozen=True, slots=True)
class Bought:
    """One product that the customer bought, over all confirmed orders."""

    product_id: int
    name: str
    model: str
    unit: str
    quantity: Decimal
    gross: Decimal
    times: int
    last_price: Decimal
    """With tax after discount, per unit, of the newest order."""
    last_on: date


def products_bought(session: Session, *, customer_id: int, limit: int = 500) -> list[Bought]:
    """Products bought, the latest first."""
    rows = session.execute(
        text(
            "SELECT l.product_id, max(l.product_name) AS name, coalesce(max(l.model), '') AS model,"
            " coalesce(max(l.unit), '') AS unit, sum(l.quantity) AS quantity, sum(l.gross) AS gross,"
            " count(DISTINCT l.order_id) AS times,"
            " (array_agg(l.tax_price * l.discount / 100 ORDER BY o.date DESC, o.id DESC))[1] AS last_price,"
            " max(o.date) AS last_on"
            ' FROM sales."order" o JOIN sales.order_line l ON l.order_id = o.id'
            " WHERE o.customer_id = :id AND o.state = 'confirmed' AND o.deleted_at IS NULL"
            " GROUP BY l.product_id ORDER BY last_on DESC, gross DESC LIMIT :limit"
        ),
        {"id": customer_id, "limit": limit},
    )
    return [
        Bought(
            row.product_id,
            row.name,
            row.model,
            row.unit,
            row.quantity,
            row.gross,
            row.times,
            row.last_price,
            row.last_on,
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class Shared:
    """One share of the customer."""

    user_id: int | None
    position_id: int | None
    receiver: str
    can_edit: bool
    until: date | None
    shared_by: int | None
    shared_at: datetime


def shares(session: Session, *, customer_id: int) -> list[Shared]:
    """With whom the customer is shared, expired shares included."""
    rows = session.execute(
        text(
            "SELECT s.user_id, s.position_id, coalesce(u.name, p.name, s.department, '') AS receiver,"
            " s.can_edit, s.until,"
            " s.shared_by, s.shared_at FROM organisation.share s"
            ' LEFT JOIN organisation."user" u ON u.id = s.user_id'
            " LEFT JOIN organisation.position p ON p.id = s.position_id"
            " WHERE s.entity = 'customers.customer' AND s.record_id = :id ORDER BY s.shared_at DESC"
        ),
        {"id": customer_id},
    )
    return [
        Shared(
            row.user_id, row.position_id, row.receiver, row.can_edit, row.until, row.shared_by, row.shared_at
        )
        for row in rows
    ]


_OWN: Final = {
    "customers.contact": Contact.customer_id,
    "customers.customer": Customer.parent_id,
    "activities.record": Record.customer_id,
    "activities.task": Task.customer_id,
    "sales.order": Order.customer_id,
    "stock.issue": Issue.customer_id,
    "delivery.note": Note.customer_id,
    "finance.payment": Payment.customer_id,
    "finance.ledger": Ledger.customer_id,
}
"""Column of each entity that says whose customer it is."""


@dataclass(frozen=True, slots=True)
class OfCustomer:
    """Condition of a list that shows one customer's records. Equal ones compare equal, as Query needs."""

    entity: str
    customer_id: int

    def __call__(self, _context: Context) -> ColumnElement[bool]:
        own = _OWN[self.entity] == self.customer_id
        if self.entity != "customers.contact":
            return own
        # those of other customers who belong here too; an array, so that both halves use their index
        linked = select(ContactLink.contact_id).where(ContactLink.customer_id == self.customer_id)
        return or_(own, Contact.id == func.any(func.array(linked.scalar_subquery())))


@dataclass(frozen=True, slots=True)
class Link:
    """A customer to whom a contact belongs besides his own."""

    customer_id: int
    customer: str
    role: str


def linked_customers(session: Session, *, contact_id: int) -> list[Link]:
    """The other customers of a contact that the viewer sees, by name."""
    rows = session.execute(
        select(Customer.id, Customer.name, ContactLink.role)
        .join(ContactLink, ContactLink.customer_id == Customer.id)
        .where(ContactLink.contact_id == contact_id, Customer.deleted_at.is_(None))
        .order_by(Customer.sort_name, Customer.id)
    )
    return [Link(row.id, row.name, row.role or "") for row in rows]


def section_query(entity: str, customer_id: int) -> Query:
    """The list of one customer's records of ``entity``, a key of those that have a section."""
    return Query(entity, conditions=(OfCustomer(entity, customer_id),))
