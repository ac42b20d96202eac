"""A person's own mail account (ORG-09): checked, tried, and mail sent through it by SMTP.

The account is a setting of the user, kept in the database; its password never is: it lies in the PC's keyring.
"""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from email.message import EmailMessage
from email.utils import formataddr, formatdate, make_msgid
from typing import Any, Final

from services.errors import Invalid, Refused
from services.language import mark, tr

PREFERENCE: Final = "mail.account"
PATIENCE: Final = 15.0
"""Seconds that a mail server may take for each answer."""
ADDRESS: Final = re.compile(r"[^@\s<>,;\"]+@[^@\s<>,;\"]+\.[^@\s<>,;\"]+")
WAYS: Final = {
    "tls": mark("Encrypted (TLS)"),
    "starttls": mark("Encrypted after greeting (STARTTLS)"),
    "plain": mark("Not encrypted: only inside the office"),
}
"""How the connection to the server is protected."""
PORTS: Final = {"tls": 465, "starttls": 587, "plain": 25}
KNOWN: Final = {
    "qq.com": ("smtp.qq.com", "tls"),
    "foxmail.com": ("smtp.qq.com", "tls"),
    "163.com": ("smtp.163.com", "tls"),
    "126.com": ("smtp.126.com", "tls"),
    "yeah.net": ("smtp.yeah.net", "tls"),
    "aliyun.com": ("smtp.aliyun.com", "tls"),
    "sina.com": ("smtp.sina.com", "tls"),
    "sohu.com": ("smtp.sohu.com", "tls"),
    "139.com": ("smtp.139.com", "tls"),
    "outlook.com": ("smtp-mail.outlook.com", "starttls"),
}
"""Server and protection of the providers that most small companies use, by the domain of the address."""


@dataclass(frozen=True, slots=True)
class MailAccount:
    """Where mail goes out, and in whose name."""

    name: str = ""
    """Who the reader sees as the sender."""
    address: str = ""
    server: str = ""
    port: int = PORTS["tls"]
    way: str = "tls"
    """A key of WAYS."""
    login: str = ""
    """Empty: the address."""

    @property
    def who(self) -> str:
        """What the server is told as the login."""
        return self.login or self.address

    def as_json(self) -> dict[str, Any]:
        """The form in which it is kept as a setting of the user."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Any) -> MailAccount:
        """The opposite; whatever does not fit is as in an empty account."""
        if not isinstance(value, Mapping):
            return cls()
        empty = cls()
        found = {
            one.name: value[one.name]
            for one in fields(cls)
            if type(value.get(one.name)) is type(getattr(empty, one.name))
        }
        return cls(**{**found, "way": found["way"] if found.get("way") in WAYS else "tls"})


def likely(address: str) -> tuple[str, str] | None:
    """Server and way of the provider of ``address``, where it is a known one."""
    return KNOWN.get(address.rpartition("@")[2].strip().lower())


def check(account: MailAccount) -> None:
    """Raise Invalid for the first field with which nothing could be sent."""
    if not ADDRESS.fullmatch(account.address):
        raise Invalid(mark("Type a whole mail address, such as li@example.com."), field="address")
    if not account.server or re.search(r"[\s/@]", account.server):
        raise Invalid(mark("Type the mail server's name, such as smtp.example.com."), field="server")
    if not 0 < account.port < 65536:
        raise Invalid(mark("The port is a number from 1 to 65535."), field="port")
    if any(not part.isprintable() for part in (account.name, account.login)):
        raise Invalid(mark("This value contains a character that cannot be stored."), field="name")


def send(account: MailAccount, password: str, *, to: str, subject: str, text: str) -> None:
    """Send one mail and wait until the server has taken it: call it from a task.

    Refused in plain words with what the server did not like; the password is in no message.
    """
    check(account)
    if not ADDRESS.fullmatch(to):
        raise Invalid(mark("Type a whole mail address, such as li@example.com."), field="to")
    message = EmailMessage()
    message["From"] = formataddr((account.name, account.address))
    message["To"] = to
    message["Subject"] = subject
    message["Date"] = formatdate(localtime=True)
    message["Message-ID"] = make_msgid(domain=account.address.rpartition("@")[2])
    message.set_content(text)
    try:
        with _connected(account) as server:
            if password:
                server.login(account.who, password)
            server.send_message(message)
    except (smtplib.SMTPException, OSError, UnicodeError) as error:
        raise _explained(error, account) from None


def _connected(account: MailAccount) -> smtplib.SMTP:
    if account.way == "tls":
        return smtplib.SMTP_SSL(
            account.server, account.port, timeout=PATIENCE, context=ssl.create_default_context()
        )
    server = smtplib.SMTP(account.server, account.port, timeout=PATIENCE)
    if account.way == "starttls":
        try:
            server.starttls(context=ssl.create_default_context())
        except BaseException:
            server.close()
            raise
    return server


def _explained(error: Exception, account: MailAccount) -> Refused:
    """What went wrong, as whoever filled in the account can mend it."""
    server = account.server
    match error:
        case smtplib.SMTPAuthenticationError():
            return Refused(
                mark(
                    "{server} does not accept the login {login} with this password. Many providers (QQ, 163) want an"
                    " authorisation code in place of the password; it is made in the mailbox's own settings."
                ),
                server=server,
                login=account.who,
            )
        case smtplib.SMTPSenderRefused() | smtplib.SMTPRecipientsRefused():
            return Refused(
                mark("{server} does not send for {address} without a login of that mailbox."),
                server=server,
                address=account.address,
            )
        case smtplib.SMTPNotSupportedError():
            return Refused(
                mark("{server} does not offer this way of encryption or login. Try another one."),
                server=server,
            )
        case ssl.SSLCertVerificationError():
            return Refused(
                mark("The certificate of {server} is not valid, so no password was sent."), server=server
            )
        case socket.gaierror() | UnicodeError():
            return Refused(mark("There is no server {server}. Check its name."), server=server)
        case ssl.SSLError() | smtplib.SMTPServerDisconnected():
            return Refused(
                mark("{server} does not answer in this way at port {port}. Try another way or port."),
                server=server,
                port=account.port,
            )
        case OSError():
            return Refused(
                mark("{server} cannot be reached at port {port}. Check server, port and network."),
                server=server,
                port=account.port,
            )
    return Refused(mark("{server} did not take the mail."), server=server)


def try_out(account: MailAccount, password: str) -> None:
    """Log in and send one mail to the account's own address."""
    send(
        account,
        password,
        to=account.address,
        subject=tr("Shuke: your mail account works"),
        text=tr("This mail was sent by Shuke to test the mail account in your personal settings."),
    )
