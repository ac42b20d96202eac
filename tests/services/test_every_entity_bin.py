"""Every entity made by form goes into the recycle bin, is found there by name, comes back, and its history says so."""

from __future__ import annotations

from typing import Any

import pytest

from services import records, recycling
from services.entity import Entity, Query
from services.listing import Listing
from services.records import table_of
from services.recycling import Asked
from tests.conftest import Company
from tests.factories.next_entity import ENTITIES
from tests.services.importing.test_every_entity import LOGINS
from tests.widgets.base.test_every_form import BY_FORM, sample
from tests.widgets.desk import client_of
from widgets.base.client import Client

BINNED = [entity for entity in BY_FORM if "deletion_id" in table_of(entity).c]


def remover(company: Company, entity: Entity) -> Client:
    """The first of the people who may make and delete it."""
    for login in LOGINS:
        client = client_of(company.as_(login), ENTITIES)
        if all(client.user.can(entity.permission(verb)) for verb in ("view", "create", "delete")):
            return client
    raise AssertionError(f"nobody may delete {entity.key}")


def listed(client: Client, entity: Entity) -> set[int]:
    """Ids that the list shows."""
    listing = Listing(Query(entity.key), user=client.user, dictionary=client.dictionary, entity=entity)
    with client.database.read_session() as session:
        return {row.id for row in listing.page(session, first=0, size=1000).rows}


@pytest.mark.req("PLT-33")
@pytest.mark.req("PLT-34")
@pytest.mark.parametrize("entity", BINNED, ids=lambda entity: entity.key)
def test_it_goes_into_the_bin_and_comes_back(next_company: Company, entity: Entity) -> None:
    client = remover(next_company, entity)
    values = {f.key: sample(client, f, next_company) for f in entity.fields if f.required}
    record = client.database.write(records.create, entity=entity, values=values).id
    assert record in listed(client, entity)

    deletions = client.database.write(records.recycle, entity=entity, ids=[record]).result["deletions"]
    assert record not in listed(client, entity)
    with client.database.read_session() as session:
        (found,) = [
            one
            for one in recycling.deletions(session, entities=ENTITIES, asked=Asked())
            if one.id in deletions
        ]
    assert (found.entity, found.user_id) == (entity.key, client.user.id)
    assert found.name

    client.database.write(records.restore, entity=entity, deletions=deletions)
    assert record in listed(client, entity)
    rows: list[Any] = (
        next_company.psql()
        .execute(
            "SELECT action FROM app.history WHERE entity = %s AND record_id = %s ORDER BY id",
            (entity.key, record),
        )
        .fetchall()
    )
    actions = [row[0] for row in rows]
    assert actions[0] == "create" and len(actions) >= 3, actions
    assert {"delete", "restore"} <= set(actions), actions
