"""One search over everything a user may see (PLT-03): records of several entities, documents by number.

Menu commands are added by the shell, which knows them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import Table, text
from sqlalchemy.orm import Session

from services.database import translated_errors
from services.entity import Entity
from services.errors import Cancelled, TookTooLong
from services.lookup import Hit, lookup
from services.records import table_of
from services.search import read_scopes
from services.session import CurrentUser


@dataclass(frozen=True, slots=True)
class Group:
    """Hits of one entity. ``entity`` is its key, ``title`` the English source of its plural."""

    entity: str
    title: str
    icon: str
    hits: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """What a search has found."""

    groups: tuple[Group, ...]
    left: tuple[str, ...] = ()
    """Keys of the entities that were not asked, or not to the end, before the time ran out."""

    @property
    def complete(self) -> bool:
        """Whether all entities were asked."""
        return not self.left


def searched(entities: Sequence[Entity], user: CurrentUser) -> list[Entity]:
    """Those entities that the search box covers for ``user``: searchable ones and those with a number of their own.

    The lines of a ledger carry the number of their document, which is found itself; and without an index it would
    be a walk over millions of them.
    """
    return [
        entity
        for entity in entities
        if user.can(entity.permission("view"))
        and ("search" in table_of(entity).c or _numbered(table_of(entity)))
    ]


def _numbered(table: Table) -> bool:
    return any(index.unique and index.columns.keys()[:1] == ["number"] for index in table.indexes)


def search_everything(
    session: Session,
    entities: Sequence[Entity],
    user: CurrentUser,
    words: str,
    *,
    limit: int = 6,
    budget: float = 0.5,
    cancelled: Callable[[], bool] = lambda: False,
) -> Found:
    """At most ``limit`` records of each entity that ``user`` may view; groups with the best match first.

    ``budget`` in seconds bounds all entities together, the last statement within twice what was left then: the
    server ends it, and what was found until then is the answer. What is ``left`` can be asked later, with more time.
    """
    ends = time.monotonic() + budget
    groups: list[Group] = []
    if not words.strip():
        return Found(())
    asked = searched(entities, user)
    unasked = [entity.key for entity in asked]
    scopes = read_scopes(session, unasked)
    bound = 0.0
    for entity in asked:
        left = ends - time.monotonic()
        if left <= 0 or cancelled():
            break
        if not left <= bound <= 2 * left:
            # a round trip that most answers need only once
            bound = left
            session.execute(
                text("SELECT set_config('statement_timeout', :ms, true)"), {"ms": f"{left * 1000:.0f}"}
            )
        try:
            with translated_errors():
                hits = lookup(session, entity, words, limit=limit, scopes=scopes)
        except (Cancelled, TookTooLong):
            break
        unasked.remove(entity.key)
        if hits:
            groups.append(Group(entity.key, entity.plural, entity.icon, tuple(hits)))
    groups.sort(key=lambda group: group.hits[0].rank)
    return Found(tuple(groups), tuple(unasked))
