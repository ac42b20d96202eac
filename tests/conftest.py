"""Fixtures: one real PostgreSQL per test process, a template database, a fresh copy per test.

``company`` gives a database of its own with the sample company's people and a little of everything; whoever
only reads uses ``office``, which is shared. Both hand out ``Database`` objects that are logged in as a person.
"""

from __future__ import annotations

import gc
import os
import weakref
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import psycopg
import pytest
from pytestqt.qtbot import QtBot
from sqlalchemy import create_engine
from sqlalchemy.engine import URL

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from app.embedded import EmbeddedServer
from services import schema
from services.database import Database
from services.sample.company import build
from services.sample.staff import hire
from tests.databases import Copies, server_folder, settle
from widgets.base.garbage import garbage

PASSWORD = "shuke-2026"


class PatientBot(QtBot):
    """pytest-qt's robot with patience: a machine under load is no error."""

    def waitUntil(self, callback: Any, *, timeout: int = 30_000) -> None:
        """As QtBot's, but 30 s."""
        super().waitUntil(callback, timeout=timeout)

    def waitSignal(self, signal: Any, *, timeout: int = 30_000, **options: Any) -> Any:
        """As QtBot's, but 30 s."""
        return super().waitSignal(signal, timeout=timeout, **options)


@pytest.fixture
def qtbot(qapp: object, request: pytest.FixtureRequest) -> QtBot:
    """The robot that every widget test is handed."""
    garbage()
    return PatientBot(request)


@pytest.fixture(autouse=True)
def _swept() -> Iterator[None]:
    """Once a test has had an application, Python collects nothing by itself: see ``widgets.base.garbage``."""
    yield
    if not gc.isenabled():
        garbage().sweep()


@dataclass(eq=False)
class Company:
    """One database. ``as_`` logs in as one of its people; ``psql`` is his bare connection."""

    there: ClassVar[weakref.WeakSet[Company]] = weakref.WeakSet()
    """Every one that this process still knows."""

    server: EmbeddedServer
    name: str
    opened: list[Database] = field(default_factory=list)
    connections: list[psycopg.Connection[tuple[object, ...]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.there.add(self)

    def url(self, login: str = "postgres") -> URL:
        """Address with password; the superuser's without a login."""
        if login == "postgres":
            return self.server.url(database=self.name)
        return self.server.url(user=login, password=PASSWORD, database=self.name)

    def as_(self, login: str, **options: object) -> Database:
        """A Database logged in as ``login``, closed at the end of the test."""
        database = Database(self.url(login), **options)  # type: ignore[arg-type]
        self.opened.append(database)
        return database

    def psql(self, login: str = "postgres") -> psycopg.Connection[tuple[object, ...]]:
        """What somebody with psql and this login would have: an autocommit connection."""
        connection = psycopg.connect(self.url(login).render_as_string(hide_password=False), autocommit=True)
        self.connections.append(connection)
        return connection

    def close(self, since: tuple[int, int] = (0, 0)) -> None:
        """Close whatever the test opened, or what was opened since there were so many of both kinds."""
        for database in self.opened[since[0] :]:
            database.close()
        for connection in self.connections[since[1] :]:
            connection.close()
        del self.opened[since[0] :], self.connections[since[1] :]


@pytest.fixture(autouse=True, scope="module")
def _left_by_modules() -> Iterator[None]:
    """What fixtures of a module have opened in companies that outlive it ends with the module."""
    yield
    for company in list(Company.there):
        company.close()


@pytest.fixture(autouse=True)
def _left_by_tests() -> Iterator[None]:
    """What a test has opened in companies that outlive it ends with the test: a server admits so many in all and
    twelve per login, whatever their databases."""
    before = {company: (len(company.opened), len(company.connections)) for company in Company.there}
    yield
    for company in list(Company.there):
        company.close(before.get(company, (0, 0)))


@pytest.fixture(scope="session")
def server() -> Iterator[EmbeddedServer]:
    """The embedded server of this test process."""
    with server_folder() as folder:
        embedded = EmbeddedServer(folder)
        embedded.start()
        settle(embedded)
        yield embedded
        Copies.end(embedded)
        embedded.stop()


@pytest.fixture(scope="session")
def template(server: EmbeddedServer) -> str:
    """Name of a migrated database with the sample company's people, that is only copied."""
    schema.prepare(server.url(database="postgres"), "template_shuke")
    admin = server.url(database="template_shuke")
    schema.upgrade(admin)
    engine = create_engine(admin.set(drivername="postgresql+psycopg"))
    with engine.begin() as connection:
        hire(connection, PASSWORD)
    engine.dispose()
    return "template_shuke"


def _for_one_test(server: EmbeddedServer, template: str) -> Iterator[Company]:
    """A copy that goes with the test."""
    made = Company(server, Copies.on(server).copy(template))
    yield made
    made.close()
    Copies.on(server).drop(made.name)


def _for_many_tests(server: EmbeddedServer, template: str) -> Iterator[Company]:
    """A copy that goes with the server."""
    made = Company(server, Copies.on(server).copy(template))
    yield made
    made.close()


@pytest.fixture
def company(server: EmbeddedServer, template: str) -> Iterator[Company]:
    """A company of its own for one test."""
    yield from _for_one_test(server, template)


@pytest.fixture(scope="session")
def office(server: EmbeddedServer, template: str) -> Iterator[Company]:
    """A company that tests share and only read."""
    yield from _for_many_tests(server, template)


@pytest.fixture(scope="session")
def sample_template(server: EmbeddedServer, template: str) -> str:
    """Name of a database with the sample company of 100 customers and two years of work, that is only copied."""
    name = Copies.on(server).plain_copy(template, "template_sample")
    build(server.url(database=name), size=100, seed=1, password=PASSWORD)
    return name


@pytest.fixture
def sample(server: EmbeddedServer, sample_template: str) -> Iterator[Company]:
    """The sample company of 100 customers (seed 1, told up to today), of its own for one test."""
    yield from _for_one_test(server, sample_template)


@pytest.fixture(scope="session")
def sample_office(server: EmbeddedServer, sample_template: str) -> Iterator[Company]:
    """The sample company of 100 customers that tests share and only read."""
    yield from _for_many_tests(server, sample_template)


def _with_next_entity(server: EmbeddedServer, template: str) -> str:
    from tests.factories.next_entity import join

    name = Copies.on(server).plain_copy(template, f"{template}_next")
    join(server.url(database=name))
    return name


@pytest.fixture(scope="session")
def next_template(server: EmbeddedServer, template: str) -> str:
    """As ``template``, of a program that has one entity more: ``tests/e2e/memo.py``."""
    return _with_next_entity(server, template)


@pytest.fixture(scope="session")
def next_office(server: EmbeddedServer, next_template: str) -> Iterator[Company]:
    """As ``office``, with the next entity: for tests that go over every entity and only read."""
    yield from _for_many_tests(server, next_template)


@pytest.fixture
def next_company(server: EmbeddedServer, next_template: str) -> Iterator[Company]:
    """As ``company``, with the next entity: for tests that go over every entity."""
    yield from _for_one_test(server, next_template)


@pytest.fixture(scope="session")
def next_sample_template(server: EmbeddedServer, sample_template: str) -> str:
    """As ``sample_template``, with the next entity."""
    return _with_next_entity(server, sample_template)


@pytest.fixture
def next_sample(server: EmbeddedServer, next_sample_template: str) -> Iterator[Company]:
    """As ``sample``, with the next entity, of which every salesperson has written some."""
    from tests.factories.next_entity import write_some

    for made in _for_one_test(server, next_sample_template):
        write_some(made.psql())
        yield made


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder of real data, beside the project; tests that need it are skipped where it is absent."""
    folder = Path(__file__).parents[1].parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the folder ../shared/data with real data is not here")
    return folder
