"""The company of tomorrow: its program has one entity more, so that what goes over every entity goes over the next too.

``tests/e2e/memo.py`` declares that entity; here is what migration, upgrade, registry and catalogue of words would do
with the declaration. The fixtures ``next_office``, ``next_company`` and ``next_sample`` have its table.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import psycopg
from sqlalchemy import Table, create_engine, text
from sqlalchemy.engine import URL

import models.schema
from models.permissions import Permission
from services import language
from services.entity import Entity
from services.registry import ALL
from tests.e2e.memo import MEMO, RIGHTS, SQL, WORDS, Memo

EVERY: tuple[Entity, ...] = (*ALL, MEMO)
ENTITIES: Mapping[str, Entity] = {entity.key: entity for entity in EVERY}
KNOWN_RIGHTS = {right.value for right in Permission} | {
    f"{MEMO.key}.{verb}" for verbs in RIGHTS.values() for verb in verbs.split()
}
"""Those of the program and those that the memo would bring."""

assert isinstance(Memo.__table__, Table)
TABLE = Memo.__table__
for _key in TABLE.foreign_keys:
    assert _key.column is not None, "found while the metadata still knows the table"
models.schema.METADATA.remove(TABLE)  # what compares metadata and database is about the program alone


def join(address: URL) -> None:
    """Let the memo join the database at ``address`` (the superuser's): table, guard, rights of roles."""
    engine = create_engine(address.set(drivername="postgresql+psycopg"))
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL ROLE shuke_owner"))
        TABLE.create(connection)
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.execute(SQL)
        for role, verbs in RIGHTS.items():
            connection.execute(
                text(
                    "UPDATE organisation.role SET rights = rights || CAST(:rights AS text[]) WHERE code = :role"
                ),
                {"role": role, "rights": [f"{MEMO.key}.{verb}" for verb in verbs.split()]},
            )
    engine.dispose()


def write_some(superuser: psycopg.Connection[tuple[object, ...]]) -> None:
    """A memo of the owner of every other customer, and some of the boss."""
    superuser.execute(
        "INSERT INTO customers.memo (subject, customer_id, owner_id)"
        " SELECT '备忘：' || name, id, owner_id FROM customers.customer WHERE owner_id IS NOT NULL AND id % 2 = 0"
    )
    superuser.execute(
        "INSERT INTO customers.memo (subject, customer_id, owner_id) SELECT '看看' || c.name, c.id, u.id"
        " FROM customers.customer c, organisation.\"user\" u WHERE u.login = 'boss' AND c.id % 7 = 0"
    )


@contextmanager
def spoken() -> Iterator[None]:
    """While this holds, the program knows the memo's words in Chinese."""
    catalogue = language._catalogue("zh_CN")
    assert isinstance(catalogue, dict)
    new = [word for word in WORDS if word not in catalogue]
    catalogue.update({word: WORDS[word] for word in new})
    try:
        yield
    finally:
        for word in new:
            del catalogue[word]
