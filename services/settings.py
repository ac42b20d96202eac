"""What this PC remembers before anybody has logged in: servers, the last login, language and style.

One TOML file in the platform's settings folder (``SHUKE_SETTINGS`` names another). Never a password.
"""

from __future__ import annotations

import contextlib
import math
import os
import re
import tempfile
import tomllib
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import platformdirs

from services.language import LANGUAGES

_LOGIN: Final = re.compile(r"[a-z][a-z0-9_.-]{0,30}")
"""What a login looks like."""


@dataclass(frozen=True, slots=True)
class Server:
    """A server this PC knows. ``url`` is a libpq address without login and password, of an embedded one its folder
    (empty: the usual one)."""

    title: str
    url: str
    embedded: bool = False
    """Started by this program where it does not run."""
    encrypted: bool = False
    """Whether a connection without TLS is refused; otherwise TLS is used where the server offers it (ORG-21)."""


@dataclass
class PcSettings:
    """See the module's docstring. Change the attributes, then ``save``."""

    path: Path
    servers: list[Server] = field(default_factory=list)
    server: str = ""
    """Title of the one used last."""
    login: str = ""
    language: str = "zh_CN"
    style: str = "light"
    text_size: int = 13
    refused: list[str] = field(default_factory=list)
    """When logins were refused on this PC, at which server, with which login, and why."""
    remember: bool = False
    """Whether the password is kept in the system's keyring."""

    @property
    def current(self) -> Server | None:
        """The server used last, the first one if that is gone."""
        found = [server for server in self.servers if server.title == self.server]
        return next(iter(found or self.servers), None)

    def add(self, server: Server) -> None:
        """Know ``server`` too; one of the same title is replaced."""
        self.servers = [known for known in self.servers if known.title != server.title] + [server]

    def note_failure(self, server: str, login: str, reason: str = "password") -> None:
        """Remember that a login was refused here, for the login log after the next one that succeeds, whosever it is
        (ORG-07). ``reason``: ``password`` or ``closed``. What cannot be a login is not written down: it may be a
        password in the wrong field."""
        shown = login if _LOGIN.fullmatch(login) else "?"
        self.refused = [*self.refused, f"{datetime.now(UTC).isoformat()} {server}\t{shown}\t{reason}"][-20:]
        with contextlib.suppress(OSError):
            self.save()

    def failures(self, server: str) -> list[tuple[datetime, str, str]]:
        """When, with which login, and the key of why, of the refused attempts at ``server``."""
        found = []
        for line in self.refused:
            at, _, rest = line.partition(" ")
            place, _, tried = rest.partition("\t")
            login, _, reason = tried.partition("\t")
            with contextlib.suppress(ValueError):
                if place == server:
                    found.append((datetime.fromisoformat(at), login, reason or "password"))
        return found

    def pause(self, server: str, login: str) -> int:
        """Minutes to wait before the next try with ``login``; 0 for none. From the fifth wrong password within a
        quarter of an hour on: this PC's own lock, since PostgreSQL counts no failed logins."""
        since = datetime.now(UTC) - timedelta(minutes=15)
        tried = [(at, name) for at, name, reason in self.failures(server) if reason == "password"]
        late = [at for at, name in tried if at > since and name == login]
        if len(late) < 5:
            return 0
        return max(0, math.ceil((late[-5] - since).total_seconds() / 60))

    def forget_failures(self, server: str) -> None:
        """They stand in the login log now."""
        self.refused = [line for line in self.refused if line.partition(" ")[2].partition("\t")[0] != server]

    def save(self) -> None:
        """Write the file; whole or not at all."""
        import tomlkit  # read by tomllib, which Python has anyway

        values = {item.name: getattr(self, item.name) for item in fields(self) if item.name != "path"}
        values["servers"] = [asdict(server) for server in self.servers]
        self.path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self.path.parent, suffix=".toml")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(tomlkit.dumps(values))
        Path(name).replace(self.path)


def settings_path() -> Path:
    """Where the settings of this PC lie."""
    given = os.environ.get("SHUKE_SETTINGS")
    return Path(given) if given else platformdirs.user_config_path("shuke", appauthor=False) / "shuke.toml"


def read_settings(path: Path | None = None) -> PcSettings:
    """The settings of this PC; what is missing or spoilt is as in a new installation."""
    target = path or settings_path()
    try:
        values: dict[str, Any] = tomllib.loads(target.read_text("utf-8"))
    except (OSError, ValueError):
        values = {}
    settings = PcSettings(target)
    for name in ("server", "login", "style"):
        if isinstance(values.get(name), str):
            setattr(settings, name, values[name])
    if values.get("language") in LANGUAGES:
        settings.language = values["language"]
    if isinstance(values.get("text_size"), int) and 10 <= values["text_size"] <= 24:
        settings.text_size = values["text_size"]
    settings.remember = values.get("remember") is True
    refused = values.get("refused")
    settings.refused = (
        [line for line in refused if isinstance(line, str)] if isinstance(refused, list) else []
    )
    for entry in values.get("servers", []) if isinstance(values.get("servers"), list) else []:
        if (
            isinstance(entry, dict)
            and isinstance(entry.get("title"), str)
            and isinstance(entry.get("url"), str)
        ):
            settings.servers.append(
                Server(
                    entry["title"],
                    entry["url"],
                    entry.get("embedded") is True,
                    entry.get("encrypted") is True,
                )
            )
    return settings
