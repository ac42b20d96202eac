"""The figures and short lists of the workbench (WB-01), each one statement under the viewer's policies.

Days and months are those of the company (``services.clock``), whose time zone its sessions have. Amounts are in CNY.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, TypeVar

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from services.clock import today as company_day
from services.language import mark

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

ROWS: Final = 30
"""Rows that a panel reads at most; it scrolls, the full list is one click away."""
Shown = TypeVar("Shown", bound="DataclassInstance")
"""One row of a panel; the columns of its statement are called as its fields."""


def _first(session: Session, sql: str, **values: Any) -> list[Row[Any]]:
    return list(session.execute(text(f"{sql} LIMIT :rows"), {"rows": ROWS, **values}))


def _shown(shown: type[Shown], rows: list[Row[Any]]) -> list[Shown]:
    names = [field.name for field in fields(shown)]
    return [shown(**{name: getattr(row, name) for name in names}) for row in rows]


def _counted(session: Session, shown: type[Shown], sql: str) -> tuple[int, list[Shown]]:
    """How many rows there are in all, which the column ``total`` says, and the first of them."""
    rows = _first(session, sql)
    return (int(rows[0].total) if rows else 0, _shown(shown, rows))


@dataclass(frozen=True, slots=True)
class Month:
    """Figures of one month, up to a day of it."""

    signed: Decimal
    """Confirmed orders by their date; reversed ones do not count."""
    orders: int
    received: Decimal
    """Payments by their date, reversals taken off."""
    customers: int
    """Customers entered."""

    def __add__(self, other: Month) -> Month:
        """Both together."""
        return Month(
            self.signed + other.signed,
            self.orders + other.orders,
            self.received + other.received,
            self.customers + other.customers,
        )


_NOTHING: Final = Month(Decimal(0), 0, Decimal(0), 0)


@dataclass(frozen=True, slots=True)
class Months:
    """This month so far, and the last one: up to the same day, for a fair comparison, and whole."""

    now: Month
    then: Month
    """Last month up to the same day of the month."""
    last: Month
    """The whole last month."""


@dataclass(frozen=True, slots=True)
class Performance(Months):
    """The months in total, and of every branch (ORG-01)."""

    branches: Mapping[str, Months]
    """By the name of the branch, "" for what belongs to none; empty where there is one branch only."""


_MONTHS_SQL: Final = """
WITH span (key, first, ends) AS (VALUES
  (0, CAST(:first AS date), CAST(:ends AS date)), (1, CAST(:before AS date), CAST(:same_day AS date)),
  (2, CAST(:before AS date), CAST(:first AS date))
), found (day, branch_id, signed, orders, received, customers) AS (
  SELECT o.date, o.branch_id, sum(o.gross), count(*), 0, 0 FROM sales."order" o
  WHERE o.state = 'confirmed' AND o.deleted_at IS NULL AND o.date >= :before AND o.date < :ends GROUP BY 1, 2
  UNION ALL SELECT p.date, p.branch_id, 0, 0, sum(p.amount), 0 FROM finance.payment p
  WHERE p.date >= :before AND p.date < :ends GROUP BY 1, 2
  UNION ALL SELECT c.created_at::date, c.branch_id, 0, 0, 0, count(*) FROM customers.customer c
  WHERE c.deleted_at IS NULL AND (c.owner_id IS NOT NULL OR (SELECT app.can('customers.see_all')))
    AND c.created_at >= CAST(CAST(:before AS date) AS timestamptz)
    AND c.created_at < CAST(CAST(:ends AS date) AS timestamptz) GROUP BY 1, 2
)
SELECT s.key, f.branch_id, sum(f.signed) AS signed, sum(f.orders) AS orders, sum(f.received) AS received,
  sum(f.customers) AS customers
FROM found f JOIN span s ON f.day >= s.first AND f.day < s.ends GROUP BY 1, 2
"""
"""Both months by one pass over each table, whose indexes of days hold all that is asked. A moment is compared with a
moment: no index is used for its comparison with a day under row security, because that one is not leakproof."""


def month_before(day: date) -> tuple[date, date]:
    """The first of the month before that of ``day``, and the day after the same day of it: its end, where that month
    is shorter."""
    first = day.replace(day=1)
    before = (first - timedelta(days=1)).replace(day=1)
    return before, min(before + timedelta(days=day.day), first)


def performance(session: Session) -> Performance:
    """Signed, received and new customers of this month and the last, of all that the viewer sees."""
    day = company_day()
    first, (before, same_day) = day.replace(day=1), month_before(day)
    found: list[dict[int | None, Month]] = [{}, {}, {}]
    days = {"first": first, "ends": day + timedelta(days=1), "before": before, "same_day": same_day}
    for row in session.execute(text(_MONTHS_SQL), days):
        found[row.key][row.branch_id] = Month(
            Decimal(row.signed), int(row.orders), Decimal(row.received), int(row.customers)
        )
    names = {int(row.id): str(row.name) for row in session.execute(text(_BRANCHES_SQL))}
    branches: dict[str, Months] = {}
    if len(names) > 1:
        ids = [*names, *([None] if any(None in each for each in found) else [])]
        for key in ids:
            now, then, last = (each.get(key, _NOTHING) for each in found)
            branches[names.get(key or 0, "")] = Months(now, then, last)
    now, then, last = (sum(each.values(), _NOTHING) for each in found)
    return Performance(now, then, last, branches)


_BRANCHES_SQL: Final = """
SELECT b.id, coalesce(b.short_name, b.name) AS name FROM organisation.branch b WHERE b.deleted_at IS NULL
ORDER BY b.parent_id IS NOT NULL, b.id
"""


_YEARS_SQL: Final = """
WITH sold AS MATERIALIZED (
  SELECT date_trunc('month', o.date::timestamp) AS month, sum(o.gross) AS gross FROM sales."order" o
  WHERE o.state = 'confirmed' AND o.deleted_at IS NULL
    AND o.date >= (date_trunc('year', current_date::timestamp) - interval '1 year')::date GROUP BY 1
), month AS (
  SELECT date_trunc('year', current_date::timestamp) + n * interval '1 month' AS month FROM generate_series(0, 11) n
)
SELECT m.month::date AS month, coalesce(n.gross, 0) AS gross, coalesce(b.gross, 0) AS before FROM month m
LEFT JOIN sold n ON n.month = m.month LEFT JOIN sold b ON b.month = m.month - interval '1 year' ORDER BY 1
"""


@dataclass(frozen=True, slots=True)
class Sold:
    """Confirmed orders of one month of this year and of the same month a year ago."""

    month: date
    gross: Decimal
    year_before: Decimal


def sales_of_year(session: Session) -> list[Sold]:
    """Twelve months of this year; those to come are zero."""
    rows = session.execute(text(_YEARS_SQL))
    return [Sold(row.month, row.gross, row.before) for row in rows]


@dataclass(frozen=True, slots=True)
class Due:
    """A task of the viewer's."""

    id: int
    subject: str
    customer_id: int | None
    customer: str
    due_at: datetime | None
    overdue: bool
    state: str
    version: int
    priority: str | None


def tasks_due(session: Session) -> list[Due]:
    """Open tasks that the viewer himself is to do by the end of today, or whenever; those done today last."""
    return _shown(
        Due,
        _first(
            session,
            "SELECT t.id, t.subject, t.customer_id, coalesce(c.short_name, c.name, '') AS customer, t.due_at,"
            " mine.state, t.version, t.priority,"
            " mine.state <> 'done' AND coalesce(t.due_at < now(), false) AS overdue"
            " FROM activities.task t LEFT JOIN customers.customer c ON c.id = t.customer_id"
            " CROSS JOIN LATERAL (SELECT CASE WHEN (SELECT app.my_user_id()) = ANY (t.done_by) THEN 'done'"
            "  ELSE t.state END AS state) mine"
            " WHERE (t.executor_id = (SELECT app.my_user_id())"
            "  OR (t.others <> '{}' AND t.others @> ARRAY[(SELECT app.my_user_id())]))"
            " AND t.deleted_at IS NULL"
            " AND ((t.state IN ('open', 'accepted') AND (t.due_at IS NULL OR t.due_at < current_date + 1))"
            "  OR (t.state = 'done' AND t.changed_at >= current_date))"
            " ORDER BY t.state = 'done', t.due_at NULLS LAST, t.id",
        ),
    )


@dataclass(frozen=True, slots=True)
class Waiting:
    """An order of which goods are still to leave."""

    id: int
    number: str
    customer: str
    required_on: date | None
    partly: bool
    """Some of it has left already."""
    asked: bool
    """A stock issue for it waits for the keeper."""
    open_quantity: Decimal


def to_ship(session: Session) -> tuple[int, list[Waiting]]:
    """How many confirmed orders wait for goods, and the most urgent of them."""
    # whether some of it is asked for is looked up for the rows that are shown, not for all that are counted
    return _counted(
        session,
        Waiting,
        "SELECT w.*, EXISTS (SELECT FROM sales.order_line l WHERE l.order_id = w.id AND l.asked > 0) AS asked"
        " FROM (SELECT o.id, coalesce(o.number, '') AS number, o.customer_name AS customer, o.required_on, o.date,"
        " o.open_quantity, o.open_quantity < o.quantity AS partly, count(*) OVER () AS total"
        " FROM sales.\"order\" o WHERE o.state = 'confirmed' AND o.open_quantity > 0"
        f" AND o.deleted_at IS NULL ORDER BY o.required_on NULLS LAST, o.date, o.id LIMIT {ROWS}) w"
        " ORDER BY w.required_on NULLS LAST, w.date, w.id",
    )


@dataclass(frozen=True, slots=True)
class Document:
    """What waits for the warehouse: a receipt or issue to confirm, a dispatch notice to issue, a note to ship."""

    entity: str
    id: int
    number: str
    customer: str
    """The supplier of a receipt."""
    warehouse: str
    date: date
    state: str


def warehouse_work(session: Session) -> tuple[int, list[Document]]:
    """The queues of the warehouse (待入库, 待出库): receipts and issues to be counted and confirmed, dispatch notices
    with goods on no issue yet, delivery notes to be shipped; how many, and the oldest."""
    return _counted(
        session,
        Document,
        "SELECT x.*, w.name AS warehouse, count(*) OVER () AS total FROM ("
        " SELECT 'stock.issue' AS entity, i.id, coalesce(i.number, '') AS number,"
        "  coalesce(i.customer_name, '') AS customer, i.warehouse_id, i.date, i.state FROM stock.issue i"
        "  WHERE i.state = 'draft' AND i.deleted_at IS NULL"
        " UNION ALL"
        " SELECT 'stock.receipt', r.id, '', coalesce(c.short_name, c.name, ''), r.warehouse_id, r.date, r.state"
        "  FROM stock.receipt r LEFT JOIN customers.customer c ON c.id = r.supplier_id"
        "  WHERE r.state = 'draft' AND r.deleted_at IS NULL"
        " UNION ALL"
        " SELECT 'delivery.dispatch', d.id, d.number, d.customer_name, d.warehouse_id, coalesce(d.wanted_on, d.date),"
        "  d.state FROM delivery.dispatch d WHERE d.state IN ('waiting', 'partly') AND d.deleted_at IS NULL"
        "  AND EXISTS (SELECT FROM delivery.dispatch_line l WHERE l.dispatch_id = d.id"
        "   AND l.quantity > l.issued + l.asked)"
        " UNION ALL"
        " SELECT 'delivery.note', n.id, n.number, n.customer_name, n.warehouse_id, n.date, n.state"
        "  FROM delivery.note n WHERE n.state = 'to_ship' AND n.deleted_at IS NULL"
        ") x JOIN stock.warehouse w ON w.id = x.warehouse_id ORDER BY x.date, x.entity DESC, x.id",
    )


@dataclass(frozen=True, slots=True)
class Receivable:
    """An order whose money is due."""

    id: int
    number: str
    customer_id: int
    customer: str
    due_on: date
    days: int
    """Days until it is due; negative when overdue."""
    unpaid: Decimal


@dataclass(frozen=True, slots=True)
class Receivables:
    """Money to be reminded of: all that is overdue, and what falls due within 30 days."""

    overdue_count: int
    overdue: Decimal
    soon_count: int
    soon: Decimal
    rows: tuple[Receivable, ...]


DUE_WITHIN: Final = 30
"""Days ahead."""


def receivables(session: Session) -> Receivables:
    """Unpaid parts of confirmed orders that are overdue or due within 30 days, the oldest first."""
    sums = session.execute(
        text(
            "SELECT count(*) FILTER (WHERE o.due_on < current_date) AS overdue_count,"
            " coalesce(sum(o.gross - o.received) FILTER (WHERE o.due_on < current_date), 0) AS overdue,"
            " count(*) FILTER (WHERE o.due_on >= current_date) AS soon_count,"
            " coalesce(sum(o.gross - o.received) FILTER (WHERE o.due_on >= current_date), 0) AS soon"
            " FROM sales.\"order\" o WHERE o.state = 'confirmed' AND o.received < o.gross"
            " AND o.deleted_at IS NULL AND o.due_on <= current_date + CAST(:within AS integer)"
        ),
        {"within": DUE_WITHIN},
    ).one()
    rows = _first(
        session,
        "SELECT o.id, coalesce(o.number, '') AS number, o.customer_id, o.customer_name AS customer, o.due_on,"
        ' o.due_on - current_date AS days, o.gross - o.received AS unpaid FROM sales."order" o'
        " WHERE o.state = 'confirmed' AND o.received < o.gross AND o.deleted_at IS NULL"
        " AND o.due_on <= current_date + CAST(:within AS integer) ORDER BY o.due_on, o.id",
        within=DUE_WITHIN,
    )
    return Receivables(
        int(sums.overdue_count),
        sums.overdue,
        int(sums.soon_count),
        sums.soon,
        tuple(_shown(Receivable, rows)),
    )


@dataclass(frozen=True, slots=True)
class Spoken:
    """A contact record."""

    id: int
    customer_id: int
    customer: str
    kind: str
    said: str
    at: datetime
    user_id: int


def latest_records(session: Session) -> list[Spoken]:
    """The newest contact records of the viewer and those below him."""
    return _shown(
        Spoken,
        _first(
            session,
            "SELECT r.id, r.customer_id, coalesce(c.short_name, c.name, '') AS customer, r.kind, r.said,"
            " r.happened_at AS at, r.owner_id AS user_id FROM activities.record r"
            " LEFT JOIN customers.customer c ON c.id = r.customer_id"
            " WHERE r.deleted_at IS NULL ORDER BY r.happened_at DESC, r.id DESC",
        ),
    )


@dataclass(frozen=True, slots=True)
class Short:
    """A product of which less is there than its lower limit."""

    product_id: int
    number: str
    name: str
    unit: str
    on_hand: Decimal
    lower_limit: Decimal


def short_stock(session: Session) -> tuple[int, list[Short]]:
    """Products below their lower limit over all warehouses that the viewer sees; how many, the worst first."""
    return _counted(
        session,
        Short,
        "SELECT p.id AS product_id, coalesce(p.number, '') AS number, p.name, coalesce(p.unit, '') AS unit,"
        " p.lower_limit, coalesce(b.on_hand, 0) AS on_hand,"
        " count(*) OVER () AS total FROM products.product p"
        " LEFT JOIN (SELECT product_id, sum(on_hand) AS on_hand FROM stock.balance GROUP BY 1) b"
        "  ON b.product_id = p.id"
        " WHERE p.stocked AND p.deleted_at IS NULL AND p.state = 'active' AND p.lower_limit > 0"
        " AND coalesce(b.on_hand, 0) < p.lower_limit"
        " ORDER BY coalesce(b.on_hand, 0) / p.lower_limit, p.id",
    )


@dataclass(frozen=True, slots=True)
class Today:
    """What the status bar says of today."""

    signed: Decimal
    received: Decimal


@dataclass(frozen=True, slots=True)
class TodayFigure:
    """One of them: seen by who may view its kind, read anew when a record of it changed."""

    kind: str
    """Entity key of what it sums."""
    title: str
    amount: Callable[[Today], Decimal]


TODAY: Final = (
    TodayFigure("sales.order", mark("Signed today ¥{amount}"), lambda today: today.signed),
    TodayFigure("finance.payment", mark("Received today ¥{amount}"), lambda today: today.received),
)


def today(session: Session) -> Today:
    """Orders confirmed for today and payments of today, as far as the viewer sees them."""
    row = session.execute(
        text(
            "SELECT coalesce((SELECT sum(o.gross) FROM sales.\"order\" o WHERE o.state = 'confirmed'"
            "  AND o.deleted_at IS NULL AND o.date = current_date), 0) AS signed,"
            " coalesce((SELECT sum(p.amount) FROM finance.payment p WHERE p.date = current_date), 0) AS received"
        )
    ).one()
    return Today(row.signed, row.received)
