"""Of what the bell reminds a person (ORG-09): kinds of notices, which he may silence for himself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.organisation import Notice
from services.language import mark

PREFERENCE: Final = "reminders.silent"

TASKS: Final = (
    "{by} gave you the task “{subject}”.",
    "{by} completed the task “{subject}”.",
    "{by} returned the task “{subject}”.",
)
COMMENTS: Final = ("{by} commented on your contact record with {customer}.",)
SHARES: Final = (
    "{by} shared {count} records with you: {what}",
    "{by} shared {count} records with you, to read and edit: {what}",
)
OWNERS: Final = (
    "{by} gave {count} of your records to {to}: {what}",
    "{by} gave you {count} records of {from}: {what}",
    "{by} gave you the work of {from}.",
    "{by} gave your work to {to}.",
    "{by} took back the hand-over from {from} to {to}.",
    "{by} gave you {count} customers from the pool.",
    "{by} put {count} of your customers into the pool: {reason}",
)
RULES: Final = (
    "{by} made {kind} private again.",
    "{by} opened {kind} to everybody for reading.",
    "{by} opened {kind} to everybody for reading and editing.",
    "{by} changed what customer service sees of customers.",
)
DUE: Final = "due"
KINDS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    DUE: (mark("Tasks of mine that fall due"), ()),
    "tasks": (mark("Tasks given, returned and completed"), TASKS),
    "comments": (mark("Comments on my contact records"), COMMENTS),
    "shares": (mark("Records shared with me"), SHARES),
    "owners": (mark("Customers and work that change hands"), OWNERS),
    "rules": (mark("Who may see what was changed for all"), RULES),
}
"""{key: (title, templates of its notices)}. Notices of no kind, such as wrong passwords, cannot be silenced.
``DUE`` has no notices: the client asks itself what falls due."""


def silent(kept: Any) -> tuple[str, ...]:
    """Keys of KINDS that were silenced, by what was ``kept`` under PREFERENCE."""
    return tuple(key for key in KINDS if isinstance(kept, list) and key in kept)


def unread(session: Session, without: tuple[str, ...] = ()) -> int:
    """How many notices the user has not read, those of the kinds ``without`` not counted."""
    query = select(func.count()).select_from(Notice).where(Notice.read_at.is_(None))
    quiet = [template for key in without for template in KINDS[key][1]]
    return session.scalar(query.where(Notice.template.not_in(quiet)) if quiet else query) or 0
