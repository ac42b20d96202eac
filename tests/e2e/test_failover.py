"""The server goes for good, another one takes over at its address (SECURITY 32): people go on, nothing is lost."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import psutil
import psycopg
import pytest

from app.embedded import SERVER_USER, EmbeddedServer, program_folder
from services.commands import Changes, Work
from services.database import Database
from services.errors import ConnectionLost, Refused
from tests.conftest import Company
from tests.databases import server_folder
from tests.e2e.slow_line import SlowLine
from tests.factories.own_server import own_server

pytestmark = pytest.mark.skipif(os.name != "posix", reason="a standby is set up by programs of this system")


def run(program: str, *arguments: str) -> None:
    """One of PostgreSQL's programs as the user who runs servers here."""
    user = SERVER_USER if os.geteuid() == 0 else None
    with tempfile.TemporaryFile() as said:
        done = subprocess.run(
            [str(program_folder() / program), *arguments],
            user=user, stdout=said, stderr=said, cwd="/", timeout=120, check=False,
        )  # fmt: skip
        said.seek(0)
        assert done.returncode == 0, said.read().decode("utf-8", "replace")


@pytest.fixture
def primary() -> Iterator[EmbeddedServer]:
    """A server that says something is done when its standby has it too."""
    with own_server() as server:
        yield server


@pytest.fixture
def standby(primary: EmbeddedServer) -> Iterator[EmbeddedServer]:
    """A copy that follows it, synchronously."""
    with server_folder() as folder:
        server = EmbeddedServer(folder)
        if os.geteuid() == 0:
            server.folder.chmod(0o755)
            shutil.chown(server.folder, SERVER_USER)
        (server.folder / "superuser.secret").write_text(primary.superuser_password(), encoding="utf-8")
        address = primary.url(database="postgres").render_as_string(hide_password=False)
        run(
            "pg_basebackup",
            "-D",
            str(server.data),
            "-d",
            f"{address}&application_name=second",
            "-R",
            "-c",
            "fast",
        )
        options = f"-h '' -k {server.data}"
        log = str(server.data / "server.log")
        # the copy brings the lock of the other one's socket along, which lies in the data folder here
        for lock in server.data.glob(".s.PGSQL.*"):
            lock.unlink()
        run("pg_ctl", "-w", "-o", options, "-l", log, "-D", str(server.data), "start")
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET synchronous_standby_names = 'second'")
            connection.execute("SELECT pg_reload_conf()")
            for _ in range(200):
                row = connection.execute("SELECT sync_state FROM pg_stat_replication").fetchone()
                if row == ("sync",):
                    break
                time.sleep(0.05)
            assert row == ("sync",)
        yield server
        run("pg_ctl", "-w", "-m", "immediate", "-D", str(server.data), "stop")


def add_customer(work: Work, *, name: str) -> Changes:
    """Insert a customer."""
    from sqlalchemy import text

    made = work.session.execute(
        text("INSERT INTO customers.customer (name) VALUES (:name) RETURNING id"), {"name": name}
    ).scalar_one()
    return Changes({"customers.customer": (made,)})


@pytest.mark.req("PLT-30")
def test_another_server_takes_over_at_the_same_address(
    primary: EmbeddedServer, standby: EmbeddedServer
) -> None:
    serving = [primary]

    def connect() -> socket.socket:
        url = serving[0].url(database="trade")
        line = socket.socket(socket.AF_UNIX)
        line.connect(f"{url.query['host']}/.s.PGSQL.{url.port}")
        return line

    line = SlowLine(connect, 0.0)
    told: dict[UUID, Any] = {}
    over, errors = threading.Event(), list[BaseException]()
    address = Company(primary, "trade").url("sales1").set(host="127.0.0.1", port=line.port, query={})
    clerks = [Database(address) for _ in range(3)]

    def work(database: Database, clerk: int) -> None:
        try:
            number = 0
            while not over.is_set():
                key, number = uuid4(), number + 1
                for _attempt in range(100):
                    try:
                        told[key] = database.write_once(key, add_customer, name=f"{clerk}-{number}")
                        break
                    except (ConnectionLost, Refused):
                        time.sleep(0.1)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(one, n)) for n, one in enumerate(clerks)]
    for thread in threads:
        thread.start()
    time.sleep(1.0)
    before = len(told)
    pid = primary.pid()
    assert pid is not None and before > 0
    for process in (psutil.Process(pid), *psutil.Process(pid).children(recursive=True)):
        os.kill(process.pid, signal.SIGKILL)
    line.cut()
    acknowledged = set(told)
    with psycopg.connect(
        standby.url(database="postgres").render_as_string(hide_password=False), autocommit=True
    ) as admin:
        assert admin.execute("SELECT pg_promote(true, 30)").fetchone() == (True,)
    serving[0] = standby
    line.mend()
    for _ in range(300):
        if len(told) > len(acknowledged) + 10:
            break
        time.sleep(0.1)
    over.set()
    for thread in threads:
        thread.join(60)
    line.close()
    for one in clerks:
        one.close()
    assert errors == []
    assert len(told) > len(acknowledged) + 10, "and went on"
    with psycopg.connect(
        standby.url(database="trade").render_as_string(hide_password=False), autocommit=True
    ) as admin:
        keys = {row[0] for row in admin.execute("SELECT key FROM app.request WHERE result IS NOT NULL")}
        names = [row[0] for row in admin.execute("SELECT name FROM customers.customer")]
    assert set(told) <= keys, "what was confirmed is stored"
    assert len(names) == len(set(names)) == len(keys), "once"
