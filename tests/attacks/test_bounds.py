"""What holds up the office (SECURITY 22 to 24, 33, 36): locks, floods, runaways, cut cables, servers too old."""

from __future__ import annotations

import ctypes
import socket
import struct
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from sqlalchemy import text

from app.embedded import EmbeddedServer
from services import changes, schema
from services.commands import Changes, Work
from services.database import Database
from services.errors import ConnectionLost, Refused
from services.organisation import queries
from services.writing import Writing
from tests.attacks.reach import state
from tests.conftest import PASSWORD, Company
from tests.databases import server_folder, settle
from tests.services.test_visibility import customer_of

# -- 22: locks


@pytest.mark.req("ORG-20")
@pytest.mark.parametrize("strength", ["UPDATE", "NO KEY UPDATE", "SHARE", "KEY SHARE"])
def test_who_may_only_read_locks_nothing(company: Company, strength: str) -> None:
    customer = customer_of(company, "sales1")
    reader, owner = company.psql("service1"), company.psql("sales1")
    question = "SELECT id FROM customers.customer"
    assert reader.execute(question).fetchall() == [(customer,)]
    reader.execute("BEGIN")
    assert reader.execute(f"{question} FOR {strength}").fetchall() == [], "no row that he may not edit"  # type: ignore[call-overload]
    owner.execute("SET lock_timeout = '2s'")
    owner.execute("UPDATE customers.customer SET remark = 'x'")
    reader.execute("ROLLBACK")
    for table in ('sales."order"', "finance.payment", "stock.balance", "app.history", "organisation.role"):
        assert state(reader, f"SELECT 1 FROM {table} FOR {strength}") == "42501", table


# -- 24: runaways


def _sleeping(
    company: Company, login: str
) -> tuple[psycopg.Connection[Any], threading.Thread, list[str | None]]:
    """A connection of somebody who lifted his own bounds and lets a statement run away."""
    connection = company.psql(login)
    connection.execute("SET statement_timeout = 0")
    said: list[str | None] = []
    thread = threading.Thread(
        target=lambda: said.append(state(connection, "SELECT pg_sleep(60)")), daemon=True
    )
    thread.start()
    return connection, thread, said


@pytest.mark.req("ORG-20")
def test_every_login_has_its_bounds(company: Company) -> None:
    connection = company.psql("sales1")
    bounds = {
        name: str(connection.execute(f"SHOW {name}").fetchone())  # type: ignore[call-overload]
        for name in ("statement_timeout", "idle_in_transaction_session_timeout", "temp_file_limit")
    }
    assert "2min" in bounds["statement_timeout"] and "1min" in bounds["idle_in_transaction_session_timeout"]
    assert "-1" not in bounds["temp_file_limit"]
    assert state(connection, "SET temp_file_limit = -1") == "42501"
    for statement in ("SELECT app.bound_login('boss')", "SELECT app.end_overdue('0', '0')"):
        assert state(connection, statement) == "42501"


@pytest.mark.req("ORG-20")
def test_a_runaway_is_ended_although_its_owner_lifted_the_bounds(company: Company) -> None:
    connection, thread, said = _sleeping(company, "sales1")
    connection2 = company.psql("sales2")
    connection2.execute("SET idle_in_transaction_session_timeout = 0")
    connection2.execute("BEGIN")
    connection2.execute("SELECT 1")
    superuser = company.psql()
    time.sleep(0.5)
    assert company.psql("lead1").execute("SELECT app.end_runaways()").fetchone() == (0,), "not yet"
    assert superuser.execute("SELECT app.end_overdue('300 ms', '1 hour')").fetchone() == (1,)
    thread.join(10)
    assert said == ["57014"]
    assert connection.execute("SELECT 1").fetchone() == (1,), "the statement, not the person"
    assert superuser.execute("SELECT app.end_overdue('1 hour', '300 ms')").fetchone() == (1,)
    with pytest.raises(psycopg.OperationalError):
        connection2.execute("SELECT 1")


@pytest.mark.req("ORG-07")
def test_the_administrator_sees_and_ends_a_runaway(company: Company) -> None:
    _, thread, said = _sleeping(company, "sales1")
    boss = company.as_("admin")
    found: list[queries.OpenSession] = []
    for _ in range(100):
        with boss.read_session() as session:
            found = [
                one for one in queries.open_sessions(session) if one.login == "sales1" and one.busy_since
            ]
        if found:
            break
        time.sleep(0.05)
    assert found and found[0].state == "active"
    company.psql("admin").execute(
        "SELECT app.post(gen_random_uuid(), 'organisation.end_session', jsonb_build_object('pid', %s::int))",
        (found[0].pid,),
    )
    thread.join(10)
    assert said == ["57P01"]


@pytest.mark.req("ORG-20")
def test_every_client_is_the_watchdog(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes, "WATCH", 0.2)
    company.psql().execute(
        "CREATE OR REPLACE FUNCTION app.end_runaways() RETURNS bigint LANGUAGE sql SECURITY DEFINER"
        " SET search_path = pg_catalog, pg_temp AS $$ SELECT pg_notify('shuke', 'watched::1'); SELECT 0::bigint $$"
    )
    heard: list[changes.Notice] = []
    listener = changes.Listener(company.as_("sales1"), heard.append, lambda _connected: None)
    listener.start()
    for _ in range(200):
        if any(notice.entity == "watched" for notice in heard):
            break
        time.sleep(0.05)
    listener.stop()
    listener.join(5)
    assert any(notice.entity == "watched" for notice in heard)


def _slow(work: Work) -> Changes:
    work.session.execute(text("SELECT pg_sleep(0.4)"))
    return Changes({})


@pytest.mark.req("PLT-16")
def test_long_work_has_more_time_and_a_click_is_told_in_words(company: Company) -> None:
    company.psql().execute("ALTER ROLE sales1 SET statement_timeout = '200ms'")
    try:
        database = company.as_("sales1")
        with pytest.raises(Refused, match=r"too long|过长"), database.read_session() as session:
            session.execute(text("SELECT pg_sleep(5)"))
        with pytest.raises(Refused):
            database.write(_slow)
        Writing(database).write(_slow)
        with database.read_session() as session:
            assert session.scalar(text("SHOW statement_timeout")) == "200ms", "given back as it was"
    finally:
        company.psql().execute("SELECT app.bound_login('sales1')")


# -- 36: servers too old


@pytest.mark.req("ORG-20")
@pytest.mark.parametrize("number", [160013, 170009, 180003, 150018, 90600])
def test_a_server_that_is_too_old_is_refused_in_words(
    company: Company, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    with pytest.raises(Refused, match=r"16\.14") as refused:
        schema.check_version(number)
    assert f"{number // 10000}.{number % 10000}" in str(refused.value)
    # the client asks what the connection says of its server before it asks anything else
    from services.session import log_in

    monkeypatch.setattr(psycopg.ConnectionInfo, "server_version", property(lambda _info: number))
    with pytest.raises(Refused, match=r"16\.14"):
        log_in(company.as_("sales1"))
    assert company.psql().execute("SELECT count(*) FROM organisation.login").fetchone() == (0,)


@pytest.mark.parametrize("number", [160014, 170010, 180004, 190001])
def test_a_server_that_is_new_enough(number: int) -> None:
    schema.check_version(number)


# -- 23, 33: the network


@pytest.fixture(scope="module")
def networked(server: EmbeddedServer) -> Iterator[EmbeddedServer]:
    """A server of its own that listens at a port; its database is made from nothing."""
    with server_folder() as folder:
        embedded = EmbeddedServer(folder)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            embedded.share_at(free.getsockname()[1])
        embedded.start()
        try:
            settle(embedded)
            yield embedded
        finally:
            embedded.stop()


@pytest.fixture(scope="module")
def branch_office(networked: EmbeddedServer) -> Iterator[Company]:
    """A company that is reached through the network."""
    from sqlalchemy import create_engine

    from services.sample.staff import hire

    schema.prepare(networked.url(database="postgres"), "remote")
    schema.upgrade(networked.url(database="remote"))
    engine = create_engine(networked.url(database="remote").set(drivername="postgresql+psycopg"))
    with engine.begin() as connection:
        hire(connection, PASSWORD)
    engine.dispose()
    made = Company(networked, "remote")
    yield made
    made.close()


def address(company: Company, login: str) -> str:
    """As from another PC."""
    port = company.server.shared_port
    return f"postgresql://{login}:{PASSWORD}@127.0.0.1:{port}/{company.name}"


def cut(connection: psycopg.Connection[Any]) -> None:
    """Nothing that the server sends arrives any more, not even that a packet has arrived: for the server the cable is
    cut. A filter that drops every packet of this socket, which needs no rights."""

    class Instruction(ctypes.Structure):
        _fields_ = (
            ("code", ctypes.c_ushort),
            ("true", ctypes.c_ubyte),
            ("false", ctypes.c_ubyte),
            ("k", ctypes.c_uint32),
        )

    drop = Instruction(0x06, 0, 0, 0)
    so_attach_filter = 26
    wire = socket.socket(fileno=connection.pgconn.socket)
    try:
        wire.setsockopt(socket.SOL_SOCKET, so_attach_filter, struct.pack("HP", 1, ctypes.addressof(drop)))
    finally:
        wire.detach()


needs_filters = pytest.mark.skipif(sys.platform != "linux", reason="sockets are filtered on Linux only")


def _freed_after(company: Company, customer: int, sending: bool) -> float:
    """Seconds until somebody else may write what sales1 had locked when his cable was cut, waiting for him or while
    an answer was on its way to him."""
    holder = psycopg.connect(address(company, "sales1"))
    # the network's bounds alone shall do it
    holder.execute("SET idle_in_transaction_session_timeout = 0")
    holder.execute("UPDATE customers.customer SET remark = 'x' WHERE id = %s", (customer,))
    cut(holder)
    if sending:
        holder.pgconn.send_query(b"SELECT repeat('x', 100000)")
        holder.pgconn.flush()
    began = time.monotonic()
    with psycopg.connect(address(company, "lead1"), autocommit=True) as other:
        other.execute("SET statement_timeout = '60s'")
        changed = other.execute("UPDATE customers.customer SET remark = 'mine' WHERE id = %s", (customer,))
        assert changed.rowcount == 1
    freed = time.monotonic() - began
    holder.close()
    return freed


def _told_after(company: Company) -> float:
    """Seconds until a client at the other end of the cut cable says so."""
    database = Database(address(company, "sales2"))
    try:
        with pytest.raises(ConnectionLost), database.read_session() as session:
            driver = session.connection().connection.driver_connection
            assert driver is not None
            cut(driver)
            began = time.monotonic()
            session.execute(text("SELECT 1"))
        return time.monotonic() - began
    finally:
        database.close()


@pytest.fixture(scope="module")
def cables(branch_office: Company) -> Iterator[dict[str, Future[float]]]:
    """Three cables that are cut at once, and how long it takes until somebody notices: all of it is waiting."""
    waited, sent = (customer_of(branch_office, "sales1", name) for name in ("长宏机电", "万州五金"))
    with ThreadPoolExecutor(3) as pool:
        yield {
            "waiting": pool.submit(_freed_after, branch_office, waited, False),
            "sending": pool.submit(_freed_after, branch_office, sent, True),
            "client": pool.submit(_told_after, branch_office),
        }


@needs_filters
@pytest.mark.req("ORG-20")
@pytest.mark.parametrize("what", ["waiting", "sending"])
def test_what_a_cut_off_pc_had_locked_is_free_again(cables: dict[str, Future[float]], what: str) -> None:
    """The server waits for him, or it has sent an answer that nobody received: 15 s at most."""
    assert cables[what].result() < 15


@needs_filters
@pytest.mark.req("ORG-20")
def test_a_cut_off_client_is_told_so(cables: dict[str, Future[float]]) -> None:
    """Its own side of the cable: an error within 15 s, not a window that waits for ever."""
    assert cables["client"].result() < 16


@pytest.mark.req("ORG-20")
def test_a_flood_of_half_open_connections_is_over_within_ten_seconds(branch_office: Company) -> None:
    """Whoever reaches the port needs no password for it; the server lets go of who does not say who he is."""
    superuser = branch_office.psql()
    (most,) = superuser.execute("SELECT current_setting('max_connections')::int").fetchone() or (0,)
    port = branch_office.server.shared_port
    assert port is not None
    flood: list[socket.socket] = []
    try:
        refused = False
        for _ in range(3 * int(str(most))):
            one = socket.create_connection(("127.0.0.1", port), timeout=5)
            flood.append(one)
        try:
            psycopg.connect(address(branch_office, "sales1"), connect_timeout=3).close()
        except psycopg.OperationalError:
            refused = True
        assert refused, "a flood that nobody notices proves nothing"
        assert superuser.execute("SELECT 1").fetchone() == (1,), "who is inside goes on working"
        began = time.monotonic()
        while True:
            try:
                psycopg.connect(address(branch_office, "sales1"), connect_timeout=3).close()
                break
            except psycopg.OperationalError:
                assert time.monotonic() - began < 10
                time.sleep(0.2)
    finally:
        for one in flood:
            one.close()
