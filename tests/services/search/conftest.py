"""A database with the mechanism of search alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, Engine, create_engine, select, text

from app.embedded import EmbeddedServer
from services import search
from tests.services.search.items import ITEM, Find, address, prepare


@pytest.fixture(scope="module")
def engine(server: EmbeddedServer) -> Iterator[Engine]:
    """An empty database with nothing but the mechanism of search and one table."""
    admin = create_engine(address(server), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text("CREATE DATABASE search_alone"))
    engine = create_engine(address(server).set(database="search_alone"))
    prepare(engine)
    yield engine
    engine.dispose()
    with admin.connect() as connection:
        connection.execute(text("DROP DATABASE search_alone WITH (FORCE)"))
    admin.dispose()


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    with engine.connect() as connection, connection.begin() as transaction:
        yield connection
        transaction.rollback()


@pytest.fixture
def find(connection: Connection) -> Find:
    def found(words: str) -> list[str]:
        statement = select(ITEM.c.label).where(search.search_condition(ITEM.c.search, words))
        return [row[0] for row in connection.execute(statement)]

    return found
