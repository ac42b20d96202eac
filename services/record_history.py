"""The change history of one record (数据日志), as the database's triggers wrote it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

PAGE: Final = 200


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one record. ``changes`` is {column: (old, new)} as JSON values."""

    id: int
    at: datetime
    user_id: int | None
    login: str
    client: str
    action: str
    """create, change, delete, restore or purge."""
    changes: Mapping[str, tuple[Any, Any]]


def record_history(session: Session, *, entity: str, record_id: int, limit: int = PAGE) -> list[Change]:
    """The latest changes of one record, newest first; nothing without the right to read the history."""
    rows = session.execute(
        text(
            "SELECT h.id, h.at, h.user_id, h.login, h.client, h.action, h.changes FROM app.history h"
            " WHERE h.entity = :entity AND h.record_id = :record ORDER BY h.id DESC LIMIT :limit"
        ),
        {"entity": entity, "record": record_id, "limit": limit},
    )
    return [
        Change(
            row.id,
            row.at,
            row.user_id,
            row.login,
            row.client or "",
            row.action,
            {
                column: (pair[0], pair[1])
                for column, pair in (row.changes or {}).items()
                if isinstance(pair, list) and len(pair) == 2
            },
        )
        for row in rows
    ]
