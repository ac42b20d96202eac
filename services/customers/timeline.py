"""What happened with one customer, newest first, from every kind of record (CUS-10), under the viewer's policies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Final

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

PAGE: Final = 40
"""Entries of the timeline that are read at once."""

FEEDS: Final = {
    "record": "activities.record",
    "task": "activities.task",
    "order": "sales.order",
    "issue": "stock.issue",
    "note": "delivery.note",
    "payment": "finance.payment",
    "owner": "customers.customer",
}
"""What the timeline holds: kind of an entry, entity key of its record."""


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of the timeline. What the words mean depends on ``kind``, a key of FEEDS."""

    kind: str
    record_id: int
    at: datetime
    timed: bool
    """False when only the day is known."""
    subtype: str | None
    """A key of the dictionary: action_type of a contact record, delivery_way of a delivery note; of a change of owner
    what it was, see ``models.customers.OwnerEvent``."""
    number: str
    words: str
    amount: Decimal | None
    state: str
    user_id: int | None
    giver: str = ""
    """Of a change of owner: whose the customer was."""
    receiver: str = ""
    """Whose he is now, or who sees him besides."""

    @property
    def entity(self) -> str:
        """Entity key of the record."""
        return FEEDS[self.kind]


_FEED_SQL: Final[Mapping[str, str]] = {
    "record": (
        "SELECT 'record' AS kind, r.id, r.happened_at AS at, true AS timed, r.kind AS subtype, '' AS number,"
        " r.said AS words, NULL::numeric AS amount, '' AS state, r.owner_id AS user_id"
        " FROM activities.record r WHERE r.customer_id = :id AND r.deleted_at IS NULL"
    ),
    "task": (
        "SELECT 'task', t.id, t.created_at, true, NULL, '', t.subject, NULL::numeric, t.state, t.executor_id"
        " FROM activities.task t WHERE t.customer_id = :id AND t.deleted_at IS NULL"
    ),
    "order": (
        "SELECT 'order', o.id, o.date::timestamptz, false, NULL, coalesce(o.number, ''),"
        " coalesce(o.subject, ''), o.gross, o.state, o.owner_id"
        ' FROM sales."order" o WHERE o.customer_id = :id AND o.deleted_at IS NULL'
    ),
    "issue": (
        "SELECT 'issue', i.id, i.date::timestamptz, false, NULL, coalesce(i.number, ''),"
        " coalesce(i.remark, ''), NULL::numeric, i.state, coalesce(i.posted_by, i.created_by)"
        " FROM stock.issue i WHERE i.customer_id = :id AND i.deleted_at IS NULL"
    ),
    "note": (
        "SELECT 'note', n.id, n.date::timestamptz, false, n.way, n.number,"
        " concat_ws(' ', n.carrier, n.tracking_number), NULL::numeric, n.state, n.created_by"
        " FROM delivery.note n WHERE n.customer_id = :id AND n.deleted_at IS NULL"
    ),
    "payment": (
        "SELECT 'payment', p.id, p.date::timestamptz, false, NULL, p.number,"
        " coalesce((SELECT a.name FROM finance.account a WHERE a.id = p.account_id), ''), p.amount, p.state,"
        " p.created_by FROM finance.payment p WHERE p.customer_id = :id AND p.deleted_at IS NULL"
    ),
    "owner": (
        "SELECT 'owner', e.id, e.at, true,"
        " e.action || CASE WHEN e.action = 'share' AND e.can_edit THEN '_to_edit' ELSE '' END, '',"
        " coalesce(e.reason, to_char(e.until, 'YYYY-MM-DD'), ''), NULL::numeric, '', e.user_id"
        " FROM customers.owner_event e WHERE e.customer_id = :id"
    ),
}
_PEOPLE_SQL: Final = text(
    "SELECT e.id, coalesce(f.name, '') AS giver, coalesce(t.name, p.name, e.to_department, '') AS receiver"
    " FROM customers.owner_event e"
    ' LEFT JOIN organisation."user" f ON f.id = e.from_owner LEFT JOIN organisation."user" t ON t.id = e.to_owner'
    " LEFT JOIN organisation.position p ON p.id = e.to_position WHERE e.id = ANY (:ids)"
)


def timeline(
    session: Session,
    *,
    customer_id: int,
    kinds: Sequence[str] = tuple(FEEDS),
    before: Event | None = None,
    limit: int = PAGE,
) -> list[Event]:
    """What happened with the customer, newest first; ``before`` the last entry shown continues the feed.

    Each kind is cut to ``limit`` by itself before all are sorted, so that the cost does not grow with the
    length of the story.
    """
    wanted = [kind for kind in FEEDS if kind in kinds]
    if not wanted:
        return []
    key = "(at, kind, id) < (:at, :kind, :last)" if before is not None else "true"
    parts = [
        f"(SELECT * FROM ({_FEED_SQL[kind]}) AS f (kind, id, at, timed, subtype, number, words, amount,"
        f" state, user_id) WHERE {key} ORDER BY at DESC, id DESC LIMIT :limit)"
        for kind in wanted
    ]
    statement: TextClause = text(
        f"SELECT * FROM ({' UNION ALL '.join(parts)}) AS feed ORDER BY at DESC, kind DESC, id DESC LIMIT :limit"
    )
    values: dict[str, object] = {"id": customer_id, "limit": limit}
    if before is not None:
        values |= {"at": before.at, "kind": before.kind, "last": before.record_id}
    found = [
        Event(
            row.kind,
            row.id,
            row.at,
            row.timed,
            row.subtype,
            row.number,
            row.words,
            row.amount,
            row.state,
            row.user_id,
        )
        for row in session.execute(statement, values)
    ]
    return _with_people(session, found)


def _with_people(session: Session, events: list[Event]) -> list[Event]:
    """``events`` with whose the customer was and became, where that is what they tell."""
    ids = [event.record_id for event in events if event.kind == "owner"]
    if not ids:
        return events
    people = {row.id: (row.giver, row.receiver) for row in session.execute(_PEOPLE_SQL, {"ids": ids})}
    return [
        replace(event, giver=people[event.record_id][0], receiver=people[event.record_id][1])
        if event.kind == "owner" and event.record_id in people
        else event
        for event in events
    ]
