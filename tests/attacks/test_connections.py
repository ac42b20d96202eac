"""Passwords and what travels on the wire (ORG-21): TLS where offered, demanded, refused in words; SCRAM only."""

from __future__ import annotations

import contextlib
import shutil
import socket
import ssl
import struct
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from sqlalchemy.engine import URL

from services.errors import Refused
from services.opening import open_as
from services.organisation import access
from services.session import log_in
from tests.attacks.reach import answers, seen
from tests.conftest import PASSWORD, Company

TLS_REQUEST = struct.pack("!ii", 8, 80877103)
GSS_REQUEST = struct.pack("!ii", 8, 80877104)


@dataclass
class Front:
    """A door before the server on a port of this PC. With a certificate it offers TLS as PostgreSQL does, without
    one it refuses it; ``seen`` are the bytes that came in from clients as they lay on the wire."""

    socket_path: str
    context: ssl.SSLContext | None
    encrypted: int = 0
    plain: int = 0
    seen: bytearray = field(default_factory=bytearray)

    def __post_init__(self) -> None:
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = self._door.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        """No more guests."""
        # closing alone would leave the waiting thread in accept
        with contextlib.suppress(OSError):
            self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()

    def _serve(self) -> None:
        while True:
            try:
                guest, _ = self._door.accept()
            except OSError:
                return
            threading.Thread(target=self._receive, args=(guest,), daemon=True).start()

    def _receive(self, guest: socket.socket) -> None:
        with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
            stack.callback(guest.close)
            first = guest.recv(8, socket.MSG_WAITALL)
            while first in (TLS_REQUEST, GSS_REQUEST):
                if first == TLS_REQUEST and self.context is not None:
                    guest.sendall(b"S")
                    guest = self.context.wrap_socket(guest, server_side=True)
                    stack.callback(guest.close)
                    self.encrypted += 1
                    first = b""
                    break
                guest.sendall(b"N")
                first = guest.recv(8, socket.MSG_WAITALL)
            else:
                self.plain += bool(first)
            with socket.socket(socket.AF_UNIX) as server:
                server.connect(self.socket_path)
                self.seen += first
                server.sendall(first)
                back = threading.Thread(target=self._pump, args=(server, guest, False), daemon=True)
                back.start()
                self._pump(guest, server, True)
                back.join(5)

    def _pump(self, source: socket.socket, target: socket.socket, keep: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if keep and not isinstance(source, ssl.SSLSocket):
                    self.seen += data
                target.sendall(data)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_RDWR)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    """A server's side of TLS with a certificate that it signed itself."""
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("there is no openssl here to make a certificate with")
    folder = tmp_path_factory.mktemp("certificate")
    key, made = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        [program, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", str(key), "-out", str(made),
         "-days", "2", "-subj", "/CN=office"],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made, key)
    return context


def front_of(company: Company, context: ssl.SSLContext | None) -> Front:
    """A door before the company's server."""
    url = company.url("boss")
    folder, port = url.query["host"], url.port
    return Front(f"{folder}/.s.PGSQL.{port}", context)


@pytest.fixture
def with_tls(office: Company, certificate: ssl.SSLContext) -> Iterator[Front]:
    """A server that offers TLS."""
    front = front_of(office, certificate)
    yield front
    front.close()


@pytest.fixture
def without_tls(office: Company) -> Iterator[Front]:
    """A server that does not."""
    front = front_of(office, None)
    yield front
    front.close()


def address(front: Front, company: Company) -> URL:
    """Address of the door, without a login."""
    return URL.create("postgresql", None, None, "127.0.0.1", front.port, company.name)


@pytest.mark.req("ORG-21")
def test_tls_is_used_where_it_is_offered(office: Company, with_tls: Front) -> None:
    opened = open_as(address(with_tls, office), "sales1", PASSWORD)
    with opened.database.listening_connection() as listening:
        assert listening.pgconn.ssl_in_use
    with opened.database.engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None and driver.pgconn.ssl_in_use
    opened.database.close()
    assert with_tls.encrypted >= 2 and with_tls.plain == 0
    assert bytes(with_tls.seen) == b"", "something went over the wire unencrypted"


@pytest.mark.req("ORG-21")
def test_who_ends_the_encryption_on_the_way_is_refused(office: Company, with_tls: Front) -> None:
    """A door with a certificate of its own that passes everything on could read and write along."""
    with pytest.raises(Refused, match=r"stand between|中间"):
        open_as(address(with_tls, office), "sales1", PASSWORD, encrypted=True)
    known = address(with_tls, office).update_query_dict({"channel_binding": "prefer"})
    open_as(known, "sales1", PASSWORD, encrypted=True).database.close()
    assert with_tls.plain == 0 and bytes(with_tls.seen) == b""


@pytest.mark.req("ORG-21")
def test_tls_that_is_demanded_and_not_offered_is_refused_in_words(
    office: Company, without_tls: Front
) -> None:
    with pytest.raises(Refused, match=r"加密|encrypted"):
        open_as(address(without_tls, office), "sales1", PASSWORD, encrypted=True)
    assert without_tls.plain == 0 and b"sales1" not in without_tls.seen, "not even the login was sent"
    opened = open_as(address(without_tls, office), "sales1", PASSWORD)
    opened.database.close()
    assert without_tls.plain > 0


@pytest.mark.req("ORG-21")
def test_the_password_itself_is_never_sent(office: Company, without_tls: Front) -> None:
    open_as(address(without_tls, office), "sales1", PASSWORD).database.close()
    assert b"SCRAM-SHA-256" in without_tls.seen
    assert PASSWORD.encode() not in without_tls.seen


@pytest.mark.req("ORG-21")
@pytest.mark.parametrize(
    "wish", [struct.pack("!cii", b"R", 8, 3), struct.pack("!cii4s", b"R", 12, 5, b"salt")]
)
def test_an_impostor_is_given_no_password(wish: bytes) -> None:
    """It asks for the password in the clear, or as MD5, which it could try out at home."""
    door = socket.create_server(("127.0.0.1", 0))
    heard = bytearray()

    def pretend() -> None:
        with contextlib.suppress(OSError):
            for _ in range(4):
                guest, _ = door.accept()
                with guest:
                    guest.settimeout(3)
                    first = guest.recv(8, socket.MSG_WAITALL)
                    while first in (TLS_REQUEST, GSS_REQUEST):
                        guest.sendall(b"N")
                        first = guest.recv(8, socket.MSG_WAITALL)
                    guest.recv(65536)
                    guest.sendall(wish)
                    with contextlib.suppress(OSError):
                        heard.extend(guest.recv(65536))

    thread = threading.Thread(target=pretend, daemon=True)
    thread.start()
    try:
        with pytest.raises(Refused, match=r"密码|password"):
            open_as(
                URL.create("postgresql", None, None, "127.0.0.1", door.getsockname()[1], "x"),
                "sales1",
                "geheim-1",
            )
    finally:
        with contextlib.suppress(OSError):
            door.shutdown(socket.SHUT_RDWR)
        door.close()
        thread.join(5)
    assert b"geheim-1" not in heard and not heard.startswith(b"p"), bytes(heard)


@pytest.mark.req("ORG-21")
def test_every_password_is_a_scram_verifier(office: Company) -> None:
    stored = (
        office.psql()
        .execute('SELECT a.rolpassword FROM pg_authid a JOIN organisation."user" u ON u.login = a.rolname')
        .fetchall()
    )
    assert len(stored) > 15
    assert all(str(row[0]).startswith("SCRAM-SHA-256$4096:") for row in stored)
    assert len({str(row[0]) for row in stored}) == len(stored), "each has a salt of its own"
    rules = office.psql().execute("SELECT DISTINCT auth_method FROM pg_hba_file_rules").fetchall()
    assert rules == [("scram-sha-256",)]


@pytest.mark.req("ORG-21")
def test_the_office_demands_tls(company: Company) -> None:
    """The server of the tests has no TLS: a connection from the network is refused, with its line in the log."""
    admin, superuser = company.as_("admin"), company.psql()
    with pytest.raises(Refused, match=r"加密|encryption"):
        admin.write(access.demand_tls, demanded=True)
    with pytest.raises(Refused):
        company.as_("sales1").write(access.demand_tls, demanded=False)
    superuser.execute("INSERT INTO system.setting (key, value) VALUES ('security.tls', 'true')")
    with admin.read_session() as session:
        assert access.tls_demanded(session)
    assert log_in(company.as_("sales1")).login == "sales1", (
        "the socket inside the server cannot be listened to"
    )
    open_before = company.psql("sales2")
    as_from_the_network(company)
    with pytest.raises(Refused, match=r"加密|encrypted"):
        log_in(company.as_("sales2"))
    line = superuser.execute(
        "SELECT login, success, reason FROM organisation.login ORDER BY id DESC LIMIT 1"
    ).fetchone()
    assert line == ("sales2", False, "tls")
    assert open_before.execute("SELECT app.my_user_id()").fetchone() == (None,)
    with pytest.raises(Refused):
        admin.write(access.demand_tls, demanded=False)
    as_from_the_network(company, encrypted=True)
    assert open_before.execute("SELECT app.my_user_id() IS NOT NULL").fetchone() == (True,)
    admin.write(access.demand_tls, demanded=False)
    assert log_in(company.as_("sales2")).login == "sales2"


def as_from_the_network(company: Company, *, encrypted: bool = False) -> None:
    """Every connection is one from the network: the function that knows is told so, over TLS or not."""
    company.psql().execute(
        "CREATE OR REPLACE FUNCTION app.my_connection(OUT address inet, OUT encrypted boolean) LANGUAGE sql STABLE"
        " SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS"
        f" 'SELECT ''192.0.2.7''::inet, {str(encrypted).lower()}'"
    )


@pytest.mark.req("ORG-20", "ORG-21")
@pytest.mark.parametrize("login", ["boss", "sales1", "keeper1"])
def test_without_the_demanded_tls_nothing_is_reached(sample: Company, login: str) -> None:
    """A connection that was open before, by psql: every table is empty, every function refuses."""
    superuser, connection = sample.psql(), sample.psql(login)
    before = seen(sample, connection)
    assert len(before) > 10
    superuser.execute("INSERT INTO system.setting (key, value) VALUES ('security.tls', 'true')")
    assert seen(sample, connection) == before, "the socket inside the server cannot be listened to"
    as_from_the_network(sample)
    assert seen(sample, connection) == set()
    assert set(answers(sample, connection).values()) == {"42501"}
    superuser.execute("DELETE FROM system.setting WHERE key = 'security.tls'")
    assert seen(sample, connection) == before, "from the next statement on"
