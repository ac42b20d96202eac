"""Of which tasks a person is reminded while the program runs (ACT-02): those that fall due soon or are late."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

LEAD_MINUTES: Final = 15
"""So long before a task falls due its people are reminded."""
LATE_DAYS: Final = 30
"""Days after which a task that nobody did is left to the lists."""
MOST: Final = 50


@dataclass(frozen=True, slots=True)
class DueTask:
    """An open task of the viewer's own that falls due within ``LEAD_MINUTES``, or is late."""

    id: int
    subject: str
    customer: str
    due_at: datetime
    late: bool


def tasks_to_remind_of(session: Session) -> list[DueTask]:
    """At most ``MOST``: what falls due next first, then what is late, the latest first.

    Only tasks in which the viewer has a part that is not done. Cost: his open tasks by index.
    """
    rows = session.execute(
        text(
            "SELECT t.id, t.subject, coalesce(c.short_name, c.name, '') AS customer, t.due_at,"
            " t.due_at < now() AS late"
            " FROM activities.task t LEFT JOIN customers.customer c ON c.id = t.customer_id"
            " WHERE (t.executor_id = (SELECT app.my_user_id())"
            "  OR (t.others <> '{}' AND t.others @> ARRAY[(SELECT app.my_user_id())]))"
            " AND t.state IN ('open', 'accepted') AND t.deleted_at IS NULL"
            " AND (SELECT app.my_user_id()) <> ALL (t.done_by)"
            " AND t.due_at > now() - make_interval(days => :days)"
            " AND t.due_at < now() + make_interval(mins => :minutes)"
            " ORDER BY late, CASE WHEN t.due_at < now() THEN now() - t.due_at ELSE t.due_at - now() END, t.id"
            " LIMIT :most"
        ),
        {"days": LATE_DAYS, "minutes": LEAD_MINUTES, "most": MOST},
    )
    return [DueTask(row.id, row.subject, row.customer, row.due_at, row.late) for row in rows]
