"""The password in the system's keyring (Windows Credential Manager, Secret Service), only where somebody asks."""

from __future__ import annotations

from services.errors import ShukeError
from services.language import mark

SERVICE = "shuke"


def _entry(server: str, login: str) -> str:
    return f"{login}@{server}"


def kept_password(server: str, login: str) -> str:
    """The password kept for a login at a server; empty if there is none or no keyring."""
    # imported late: most starts do not need it, and it looks for its back ends
    import keyring
    from keyring.errors import KeyringError

    try:
        return keyring.get_password(SERVICE, _entry(server, login)) or ""
    except KeyringError:
        return ""


def kept(server: str, login: str, password: str) -> bool:
    """Keep a password; False where this PC has no keyring."""
    import keyring
    from keyring.errors import KeyringError

    try:
        keyring.set_password(SERVICE, _entry(server, login), password)
    except KeyringError:
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
    """Take a kept password away; nothing happens where there is none."""
    import keyring
    from keyring.errors import KeyringError

    try:
        if keyring.get_password(SERVICE, _entry(server, login)) is not None:
            keyring.delete_password(SERVICE, _entry(server, login))
    except KeyringError:
        return
