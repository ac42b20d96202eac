"""The password in the system's keyring (Windows Credential Manager, Secret Service), only where somebody asks."""

from __future__ import annotations

import contextlib

from services.errors import ShukeError
from services.language import mark

SERVICE = "shuke"


def _entry(server: str, login: str) -> str:
    return f"{login}@{server}"


def kept_password(server: str, login: str) -> str:
    """The password kept for a login at a server; empty if there is none, or no keyring that answers."""
    # imported late: most starts do not need it, and it looks for its back ends
    import keyring

    # back ends are other people's and raise what they like (a locked keyring, a bus without an answer, an error of
    # Windows): whatever it is, work goes on without a kept password
    try:
        return keyring.get_password(SERVICE, _entry(server, login)) or ""
    except Exception:
        return ""


def kept(server: str, login: str, password: str) -> bool:
    """Keep a password; False where this PC has no keyring that takes it."""
    import keyring

    try:
        keyring.set_password(SERVICE, _entry(server, login), password)
    except Exception:
        return False
    return True


def keep_password(server: str, login: str, password: str) -> None:
    """Keep the password of a login at Shuke's server; ShukeError in plain words where this PC has no keyring."""
    if not kept(server, login, password):
        raise ShukeError(
            mark(
                "This PC has no safe place for passwords, so yours was not kept. You are logged in all the same."
            )
        )


def forget_password(server: str, login: str) -> None:
    """Take a kept password away; nothing happens where there is none, or no keyring that answers."""
    import keyring

    with contextlib.suppress(Exception):
        if keyring.get_password(SERVICE, _entry(server, login)) is not None:
            keyring.delete_password(SERVICE, _entry(server, login))
