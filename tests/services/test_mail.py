"""One's own mail account against a mail server that speaks SMTP (ORG-09)."""

from __future__ import annotations

import base64
import socket
import socketserver
import threading
from collections.abc import Iterator
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message

import pytest

from services import mail
from services.errors import Invalid, Refused
from services.language import use_language
from services.mail import MailAccount

PASSWORD = "ma1l-geheim"


class MailServer(socketserver.ThreadingTCPServer):
    """Takes mail of who logs in as li@example.com; ``taken`` is what it took. Without ``offers_login`` of anybody."""

    allow_reuse_address = daemon_threads = True

    def __init__(self, *, offers_login: bool = True) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.offers_login = offers_login
        self.taken: list[Message] = []

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])


class _Conversation(socketserver.StreamRequestHandler):
    server: MailServer

    def say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())

    def handle(self) -> None:
        self.say("220 mail.example.com")
        known = not self.server.offers_login
        while line := self.rfile.readline().decode().strip():
            verb = line.upper()
            if verb.startswith("EHLO"):
                self.say("250-mail.example.com")
                self.say("250 AUTH PLAIN" if self.server.offers_login else "250 SIZE 1000000")
            elif verb.startswith("AUTH PLAIN"):
                _, login, password = base64.b64decode(line.split()[2]).decode().split("\0")
                known = (login, password) == ("li@example.com", PASSWORD)
                self.say("235 come in" if known else "535 authentication failed")
            elif verb.startswith("MAIL") and not known:
                self.say("530 log in first")
            elif verb == "DATA":
                self.say("354 go on")
                body = b"".join(iter(self.rfile.readline, b".\r\n"))
                self.server.taken.append(message_from_bytes(body))
                self.say("250 taken")
            elif verb == "QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 fine")


@pytest.fixture
def server() -> Iterator[MailServer]:
    """A mail server of this PC."""
    with MailServer() as running:
        threading.Thread(target=running.serve_forever, args=(0.05,), daemon=True).start()
        yield running
        running.shutdown()


@pytest.fixture(autouse=True)
def _english() -> None:
    use_language("en")


def account_at(at: MailServer, /, **changes: object) -> MailAccount:
    """An account there."""
    given = {
        "name": "李明",
        "address": "li@example.com",
        "server": "127.0.0.1",
        "port": at.port,
        "way": "plain",
    }
    return MailAccount(**{**given, **changes})  # type: ignore[arg-type]


@pytest.mark.req("ORG-09")
def test_a_mail_to_oneself_arrives(server: MailServer) -> None:
    use_language("zh_CN")
    mail.try_out(account_at(server), PASSWORD)
    (taken,) = server.taken
    assert str(make_header(decode_header(taken["From"]))) == "李明 <li@example.com>"
    assert taken["To"] == "li@example.com" and taken["Message-ID"].endswith("@example.com>")
    assert "熟客" in str(make_header(decode_header(taken["Subject"])))
    assert "测试邮件" in taken.get_payload(decode=True).decode()  # type: ignore[union-attr]


@pytest.mark.req("ORG-09", "ORG-22")
def test_what_is_wrong_is_said_and_never_with_the_password(server: MailServer) -> None:
    with pytest.raises(Refused, match="does not accept the login li@") as refused:
        mail.try_out(account_at(server), PASSWORD + "x")
    assert PASSWORD not in str(refused.value) and refused.value.__cause__ is None
    with pytest.raises(Refused, match="without a login of that mailbox"):
        mail.try_out(account_at(server), "")
    with pytest.raises(Refused, match="does not offer this way"):
        mail.try_out(account_at(server, way="starttls"), PASSWORD)
    with pytest.raises(Refused, match="does not answer in this way at port"):
        mail.try_out(account_at(server, way="tls"), PASSWORD)
    with pytest.raises(Refused, match="There is no server"):
        mail.try_out(account_at(server, server="mail.invalid"), PASSWORD)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        with pytest.raises(Refused, match="cannot be reached at port"):
            mail.try_out(account_at(server, port=free.getsockname()[1]), PASSWORD)
    assert server.taken == []


def test_who_needs_no_login_sends_without() -> None:
    with MailServer(offers_login=False) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        mail.try_out(account_at(server), "")
        assert len(server.taken) == 1
        server.shutdown()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"address": "li"}, "address"),
        ({"address": "li@example.com\nBcc: x@example.com"}, "address"),
        ({"server": "smtp example"}, "server"),
        ({"server": ""}, "server"),
        ({"port": 0}, "port"),
        ({"name": "Li\nBcc: x@example.com"}, "name"),
    ],
)
def test_an_account_that_cannot_be_is_refused_at_its_field(
    server: MailServer, changes: dict[str, object], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        mail.try_out(account_at(server, **changes), PASSWORD)
    assert refused.value.field == field


def test_what_was_kept_is_read_back_and_rubbish_is_an_empty_account() -> None:
    account = MailAccount("李明", "li@qq.com", "smtp.qq.com", 465, "tls", "")
    assert MailAccount.from_json(account.as_json()) == account
    for rubbish in (None, [], {"port": "465", "way": 3, "address": None}, {"way": "telnet"}):
        assert MailAccount.from_json(rubbish) == MailAccount()
    assert mail.likely("Li@QQ.com") == ("smtp.qq.com", "tls") and mail.likely("li@example.com") is None
