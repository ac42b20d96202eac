"""What a form does on pool threads: reading, writing, names of references. No widget is touched here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from services import records
from services.commands import Changes
from services.database import Database
from services.drafts import Drafts
from services.entity import Entity, Kind
from services.errors import Refused
from services.language import mark
from services.lookup import labels
from services.merging import Difference
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


def write_record(
    database: Database,
    key: UUID,
    entity: Entity,
    record_id: int | None,
    version: int | None,
    values: Mapping[str, Any],
) -> Changes:
    """Create or update under ``key``; ShukeError says what happened."""
    if record_id is None:
        return database.write_once(key, records.create, entity=entity, values=values)
    if version is None:
        raise Refused(mark("This record cannot be edited."))
    return database.write_once(
        key, records.update_record, entity=entity, record_id=record_id, version=version, values=values
    )


def referred(entity: Entity, found: Iterable[Difference]) -> dict[str, set[int]]:
    """The ids that reference fields of ``found`` hold, by field key."""
    wanted: dict[str, set[int]] = {}
    for each in found:
        if entity.field(each.key).kind is Kind.REFERENCE:
            ids = {value for value in (each.was, each.mine, each.theirs) if isinstance(value, int)}
            wanted[each.key] = ids
    return wanted


def names(
    database: Database, entities: Mapping[str, Entity], entity: Entity, wanted: Mapping[str, set[int]]
) -> dict[str, dict[int, str]]:
    """What the records of ``referred`` are called."""
    with database.read_session() as session:
        return {
            key: labels(session, entities[entity.field(key).reference or ""], ids)
            for key, ids in wanted.items()
        }
