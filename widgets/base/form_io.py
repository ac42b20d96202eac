"""What a form does on pool threads: reading. No widget is touched here."""

from __future__ import annotations

from typing import Any

from services import records
from services.database import Database
from services.drafts import Drafts
from services.entity import Entity
from widgets.base.client import Client

_drafts: dict[str, Drafts] = {}


def drafts_of(client: Client) -> Drafts:
    """The drafts of the person of ``client`` at his server; always the same object, which knows which are open."""
    url = client.database.url
    owner = f"{url.host or url.query.get('host', '')}:{url.port or ''}/{url.database}/{client.user.login}"
    return _drafts.setdefault(owner, Drafts(owner))


def read_record(database: Database, entity: Entity, record_id: int) -> dict[str, Any]:
    """All columns of the record; NotAvailable if it is hidden or missing."""
    with database.read_session() as session:
        return records.read(session, entity=entity, record_id=record_id)
