"""TLS with a server that has it (ORG-21): PostgreSQL of the system, because those of the wheels are built without.

Any version serves: what is tried is the client's side of the line and the lines of pg_hba.conf, not Shuke's tables.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.engine import URL

from app.embedded import SERVER_USER, EmbeddedServer
from services.database import Database, translated_errors
from services.errors import Refused
from services.opening import _demanding
from services.reaching import reach

PASSWORD = "Schacht-7"


@dataclass(frozen=True)
class Encrypted:
    """A server that lets nobody in but over TLS, as `shuke server tls` says."""

    port: int
    certificate: Path
    other: Path
    """A root of somebody else."""

    def url(self, host: str = "localhost", **query: str) -> URL:
        """Its address with a login."""
        return URL.create("postgresql", "sales1", PASSWORD, host, self.port, "postgres", query)


def programs() -> Path | None:
    """Folder of a PostgreSQL that is built with TLS."""
    found = shutil.which("postgres")
    places = [Path(found).resolve().parent] if found else []
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for place in places:
        if (place / "initdb").exists() and (place / "pg_ctl").exists():
            return place
    return None


def certify(folder: Path, name: str) -> tuple[Path, Path]:
    """A certificate for ``localhost`` that is its own root, and its key."""
    made, key = folder / f"{name}.pem", folder / f"{name}.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", str(key), "-out", str(made),
         "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
        check=True, capture_output=True,
    )  # fmt: skip
    return made, key


@pytest.fixture(scope="module")
def encrypted(server: EmbeddedServer) -> Iterator[Encrypted]:
    """The server with its certificate, on a port of this PC; the embedded one has made the user that runs it."""
    place = programs()
    if place is None or shutil.which("openssl") is None:
        pytest.skip("there is no PostgreSQL with TLS here")
    with tempfile.TemporaryDirectory(prefix="shuke-tls-", ignore_cleanup_errors=True) as made:
        folder, data = Path(made), Path(made) / "data"
        certificate, key = certify(folder, "office")
        other, _ = certify(folder, "other")
        (folder / "password").write_text(PASSWORD, encoding="utf-8")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        user = SERVER_USER if os.name == "posix" and os.geteuid() == 0 else None
        if user:
            folder.chmod(0o755)
            shutil.chown(folder, user)
            for file in (key, folder / "password"):
                shutil.chown(file, user)
        key.chmod(0o600)

        def run(program: str, *arguments: str) -> bool:
            command = [str(place / program), "-D", str(data), *arguments]
            with (folder / "said").open("ab") as said:
                done = subprocess.run(
                    command, user=user, stdout=said, stderr=said, cwd="/", timeout=120, check=False
                )
            return done.returncode == 0

        pwfile = f"--pwfile={folder / 'password'}"
        assert run("initdb", "-U", "postgres", "--auth=scram-sha-256", pwfile, "--no-locale", "-E", "UTF8")
        with (data / "postgresql.conf").open("a", encoding="utf-8") as settings:
            settings.write(
                f"port = {port}\nlisten_addresses = 'localhost'\nunix_socket_directories = ''\nfsync = off\n"
                f"lc_messages = 'C'\nssl = on\nssl_cert_file = '{certificate}'\nssl_key_file = '{key}'\n"
            )
        (data / "pg_hba.conf").write_text("hostssl all all all scram-sha-256\n", encoding="utf-8")
        if not run("pg_ctl", "-w", "-l", str(data / "log"), "start"):
            pytest.skip("the PostgreSQL of this system starts with no TLS")
        try:
            told = f"host=localhost port={port} user=postgres password={PASSWORD} dbname=postgres"
            with psycopg.connect(told, autocommit=True) as admin:
                admin.execute(f"CREATE ROLE sales1 LOGIN PASSWORD '{PASSWORD}'")
            yield Encrypted(port, certificate, other)
        finally:
            run("pg_ctl", "-w", "-m", "immediate", "stop")


def let_in(url: URL) -> bool:
    """Whether the client's own connection came about, encrypted; Refused in words if not."""
    database = Database(url)
    try:
        with translated_errors(), database.engine.connect() as connection:
            row = connection.execute(text("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")).one()
            return bool(row.ssl)
    finally:
        database.close()


@pytest.mark.req("ORG-21")
def test_a_server_that_demands_tls(encrypted: Encrypted) -> None:
    assert let_in(encrypted.url()), "taken where it is offered"
    with pytest.raises(Refused, match=r"encrypted connection only|加密"):
        let_in(encrypted.url(sslmode="disable"))
    assert reach(encrypted.url()).encrypts


@pytest.mark.req("ORG-21")
def test_a_login_that_is_bound_to_the_certificate(encrypted: Encrypted) -> None:
    """What the box "encrypted connections only" asks for is what a real server gives."""
    wanted = _demanding(encrypted.url())
    assert wanted.query == {"sslmode": "require", "channel_binding": "require"}
    assert let_in(wanted)
    assert let_in(_demanding(encrypted.url(sslmode="verify-full", sslrootcert=str(encrypted.certificate))))


@pytest.mark.req("ORG-21")
def test_another_certificate_and_another_name_are_refused_in_words(encrypted: Encrypted) -> None:
    known = str(encrypted.certificate)
    assert let_in(encrypted.url(sslmode="verify-full", sslrootcert=known))
    for url in (
        encrypted.url(sslmode="verify-full", sslrootcert=str(encrypted.other)),
        encrypted.url(sslmode="verify-ca", sslrootcert=str(encrypted.other)),
        encrypted.url("127.0.0.1", sslmode="verify-full", sslrootcert=known),
        encrypted.url(sslmode="verify-full", sslrootcert=known + ".missing"),
    ):
        with pytest.raises(Refused, match=r"certificate|证书"):
            let_in(url)
        with contextlib.suppress(Refused):
            reach(url)
            pytest.fail("the page that tries the address says nothing of the certificate")
