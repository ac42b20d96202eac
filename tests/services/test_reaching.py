"""What is said of an address before anybody logs in, against real sockets and a real server."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from services import reaching
from services.errors import ConnectionLost, Refused, ShukeError
from services.language import use_language
from services.nearby import Answering, Nearby, call, paired_address, pairing_code
from services.opening import address_of, open_as
from tests.conftest import PASSWORD, Company


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    use_language("en")
    yield
    use_language("zh_CN")


@contextmanager
def somebody_at(answer: bytes) -> Iterator[int]:
    """A port at which something answers ``answer`` to whatever comes."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        door.settimeout(5)

        def serve() -> None:
            try:
                while True:
                    line, _ = door.accept()
                    with line:
                        line.recv(100)
                        line.sendall(answer)
            except OSError:
                pass

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield door.getsockname()[1]


def said(address: str) -> str:
    with pytest.raises(ShukeError) as caught:
        reaching.reach(address_of(address), seconds=1)
    return str(caught.value)


@pytest.mark.req("ADM-01")
def test_what_is_wrong_is_said_plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    assert said("no-such-computer.invalid").startswith("No computer is called no-such-computer.invalid")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    assert said(f"127.0.0.1:{port}").startswith("127.0.0.1 is there, but no server answers at port")
    with somebody_at(b"HTTP/1.1 400 Bad Request\r\n\r\n") as port:
        assert f"port {port}, is no PostgreSQL server" in said(f"127.0.0.1:{port}")
    with somebody_at(b"N") as port:
        asking = f"postgresql://127.0.0.1:{port}/shuke?sslmode=require"
        assert "does not encrypt (TLS), but the address asks for it (require)" in said(asking)

    def silence(*_arguments: object) -> None:
        raise TimeoutError

    monkeypatch.setattr(socket.socket, "connect", silence)
    with pytest.raises(ConnectionLost, match="does not answer"):
        reaching.reach("postgresql://192.0.2.1/shuke")


def test_a_server_that_lets_us_to_the_password_is_reached(company: Company) -> None:
    reached = reaching.reach(company.url("nobody").set(username=None, password=None))
    assert not reached.encrypts


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("certificate verify failed: self-signed certificate", "The certificate of"),
        ('server certificate for "a" does not match host name "b"', "The certificate of"),
        ("SSL error: tlsv1 alert protocol version", "The encryption (TLS) with"),
        ("FATAL:  sorry, too many clients already", "is full"),
        ("FATAL:  the database system is starting up", "is just starting"),
    ],
)
def test_words_of_the_server(words: str, expected: str) -> None:
    with pytest.raises(ShukeError) as caught:
        reaching._judge(words, reaching.Reached("office", 5432, True))
    assert expected in str(caught.value)
    reaching._judge('password authentication failed for user "x"', reaching.Reached("office", 5432, True))


@pytest.mark.req("ADM-01")
def test_a_database_that_is_not_shukes_is_told(company: Company) -> None:
    """Another database of the same server, whatever let the login into it."""
    psql = company.psql()
    psql.execute(f"CREATE DATABASE {company.name}_other TEMPLATE template0")
    try:
        with pytest.raises(Refused, match="not one of Shuke"):
            open_as(company.url("boss").set(database=f"{company.name}_other"), "boss", PASSWORD)
    finally:
        psql.execute(f"DROP DATABASE {company.name}_other WITH (FORCE)")


def test_a_false_server_gets_no_password() -> None:
    """One that asks for the password in clear (code 3) is left, not answered."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as door:
        door.settimeout(5)

        def serve() -> None:
            try:
                while True:
                    line, _ = door.accept()
                    with line:
                        line.settimeout(3)
                        data = line.recv(500)
                        if data[4:8] == b"\x04\xd2\x16\x2f":
                            line.sendall(b"N")
                            data = line.recv(500)
                        line.sendall(b"R\x00\x00\x00\x08\x00\x00\x00\x03")
                        heard.append(line.recv(500))
            except OSError:
                pass

        threading.Thread(target=serve, daemon=True).start()
        with pytest.raises(ShukeError):
            open_as(f"postgresql://127.0.0.1:{door.getsockname()[1]}/shuke", "boss", "geheim-123")
    assert not any(b"geheim" in data for data in heard)


@pytest.mark.req("ADM-01")
def test_pairing_codes() -> None:
    for host, port in (("192.168.1.10", 5432), ("10.0.0.1", 65535), ("172.31.255.254", 5433)):
        code = pairing_code(host, port)
        assert len(code) == 14 and not set(code) & set("IO01")
        assert paired_address(code) == paired_address(code.lower().replace("-", " ")) == f"{host}:{port}"
        wrong = code[:-1] + ("A" if code[-1] != "A" else "B")
        assert paired_address(wrong) is None
    assert paired_address("192.168.1.10") is None and paired_address("office-server") is None


@pytest.mark.req("ADM-01")
def test_a_server_is_found_by_calling() -> None:
    answering = Answering("前台电脑", 5433, call_port=0, host="127.0.0.1")
    try:
        found = call(0.4, port=answering.call_port, places=["127.0.0.1"])
        assert found == [Nearby("前台电脑", "127.0.0.1", 5433)]
        assert found[0].address == "127.0.0.1:5433"
    finally:
        answering.stop()
    assert call(0.2, port=answering.call_port, places=["127.0.0.1"]) == []
