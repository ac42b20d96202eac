"""The embedded server: first start, joining, kill -9, deep folders, both versions that the wheel brings."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from app.embedded import EmbeddedServer
from services import schema
from tests.databases import server_folder


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short folder: a socket's path may have about 100 bytes."""
    with server_folder() as made:
        yield made


def connect(server: EmbeddedServer, database: str = "postgres") -> psycopg.Connection[tuple[object, ...]]:
    """As superuser."""
    return psycopg.connect(
        server.url(database=database).render_as_string(hide_password=False), autocommit=True
    )


@pytest.mark.req("ADM-02")
def test_data_stays_between_runs_and_a_second_start_joins(folder: Path) -> None:
    server = EmbeddedServer(folder)
    server.start()
    with connect(server) as connection:
        connection.execute("CREATE TABLE kept (x int)")
    first = server.pid()
    EmbeddedServer(folder).start()
    assert server.pid() == first
    server.stop()
    assert not server.running()
    server.start()
    with connect(server) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)
    server.stop()


def test_it_comes_back_after_kill_9(folder: Path) -> None:
    server = EmbeddedServer(folder)
    server.start()
    with connect(server) as connection:
        connection.execute("CREATE TABLE kept (x int)")
        connection.execute("INSERT INTO kept VALUES (1)")
    pid = server.pid()
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    server.start()
    with connect(server) as connection:
        assert connection.execute("SELECT x FROM kept").fetchone() == (1,)
    server.stop()


def test_a_killed_client_leaves_the_server_to_others(folder: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path; from app.embedded import EmbeddedServer;"
        "EmbeddedServer(Path(sys.argv[1])).start(); print('up', flush=True); time.sleep(60)"
    )
    root = Path(__file__).parents[2]
    client = subprocess.Popen([sys.executable, "-c", script, str(folder)], stdout=subprocess.PIPE, cwd=root)
    assert client.stdout is not None
    assert client.stdout.readline().strip() == b"up"
    client.kill()
    client.wait()
    client.stdout.close()
    server = EmbeddedServer(folder)
    assert server.running()
    with connect(server) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    server.stop()


def test_a_deep_folder_gets_a_short_socket(folder: Path) -> None:
    server = EmbeddedServer(folder / ("deep" * 20) / "data")
    server.start()
    with connect(server) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    address = server.url()
    server.stop()
    server.start()
    assert server.url() == address, "open clients go on after a restart"
    server.stop()


def test_the_password_is_asked_for(folder: Path) -> None:
    server = EmbeddedServer(folder)
    server.start()
    address = server.url(password="wrong", database="postgres").render_as_string(hide_password=False)
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(address)
    if os.name == "posix":
        assert (folder / "superuser.secret").stat().st_mode & 0o077 == 0
    server.stop()


@pytest.mark.parametrize("version", [16, 18])
def test_the_schema_applies_to_both_versions_and_again(folder: Path, version: int) -> None:
    server = EmbeddedServer(folder, version)
    server.start()
    schema.prepare(server.url(database="postgres"), "shuke")
    admin = server.url()
    schema.upgrade(admin)
    with connect(server, "shuke") as connection:
        connection.execute("UPDATE app.applied SET checksum = 'old'")
    schema.prepare(server.url(database="postgres"), "shuke")
    schema.upgrade(admin)
    with connect(server, "shuke") as connection:
        assert connection.execute("SELECT count(*) FROM app.applied").fetchone() == (2,)
    server.stop()


def test_a_copied_folder_is_a_backup(folder: Path) -> None:
    """As the manual says: stop, copy the folder, start the copy elsewhere; logins and passwords are in it."""
    server = EmbeddedServer(folder / "office")
    server.start()
    with connect(server) as connection:
        connection.execute("CREATE ROLE clerk LOGIN PASSWORD 'clerk-2026'")
        connection.execute("CREATE TABLE kept (x int)")
        connection.execute("INSERT INTO kept VALUES (1)")
        connection.execute("GRANT SELECT ON kept TO clerk")
    server.stop()
    shutil.copytree(
        server.folder, folder / "copy", ignore=shutil.ignore_patterns("server.lock", "socket.txt")
    )
    if os.name == "posix":
        # as many a program copies: readable by all, and by root as root's
        (folder / "copy" / "postgresql").chmod(0o755)
    server.start()
    with connect(server) as connection:
        connection.execute("DELETE FROM kept")
    copy = EmbeddedServer(folder / "copy")
    copy.start()
    address = copy.url(user="clerk", password="clerk-2026", database="postgres")
    with psycopg.connect(address.render_as_string(hide_password=False)) as connection:
        assert connection.execute("SELECT x FROM kept").fetchone() == (1,)
    assert copy.pid() != server.pid() and server.running(), "beside the one that it was copied from"
    copy.stop()
    server.stop()
