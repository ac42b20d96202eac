"""Who else has a record open (PLT-31): announced every half minute, gone with the connection."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import text

from services.database import Database, translated_errors

BEAT: Final = 30
"""Seconds between two announcements; the database forgets after three that are missing."""
CLIENT: Final = uuid4()
"""This process."""
ENTITY: Final = "app.presence"
"""The entity of notices that somebody has come or gone; their ids are those of the records."""


@dataclass(frozen=True, slots=True)
class Present:
    """Somebody else who has the record open."""

    user_id: int
    name: str
    since: datetime


def announce(
    database: Database, *, entity: str, record_id: int, client: UUID = CLIENT
) -> tuple[Present, ...]:
    """Say that this client has the record open, and who else has, the longest first. NotAvailable if hidden."""
    with translated_errors(), database.engine.begin() as connection:
        rows = connection.execute(
            text("SELECT user_id, name, since FROM app.open_presence(:client, :entity, :record_id)"),
            {"client": client, "entity": entity, "record_id": record_id},
        ).all()
    return tuple(Present(row.user_id, row.name, row.since) for row in rows)


def leave(database: Database, *, entity: str, record_id: int, client: UUID = CLIENT) -> None:
    """Say that this client has closed the record."""
    with translated_errors(), database.engine.begin() as connection:
        connection.execute(
            text("SELECT app.close_presence(:client, :entity, :record_id)"),
            {"client": client, "entity": entity, "record_id": record_id},
        )
