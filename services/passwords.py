"""Passwords: random ones, and the SCRAM verifiers that go to the server instead of them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import unicodedata
from typing import Final

from services.errors import Invalid
from services.language import mark

ITERATIONS: Final = 4096
SHORTEST: Final = 8
_ALPHABET: Final = "abcdefghjkmnpqrstuvwxyz23456789"


def random_password(length: int = 12) -> str:
    """A random password without letters that look alike."""
    while True:
        made = "".join(secrets.choice(_ALPHABET) for _ in range(length))
        # letters alone would not pass check_strength
        if made.strip("0123456789") and not made.isalpha():
            return made


def check_strength(password: str, *, login: str = "") -> None:
    """Raise Invalid for a password that is too weak: short, one kind of character, or the login itself."""
    kinds = sum(
        (
            any(c.islower() for c in password),
            any(c.isupper() for c in password),
            any(c.isdigit() for c in password),
            any(not c.isalnum() for c in password),
        )
    )
    if len(password) < SHORTEST or kinds < 2 or (login and login.lower() in password.lower()):
        raise Invalid(
            mark("Choose a password of at least {length} characters, letters and digits, without the login."),
            field="password",
            length=SHORTEST,
        )


def scram_verifier(password: str) -> str:
    """What PostgreSQL stores for ``password`` (RFC 5803), so that the password itself never leaves this PC."""
    salt = secrets.token_bytes(16)
    salted = hashlib.pbkdf2_hmac("sha256", _saslprep(password).encode(), salt, ITERATIONS)
    client = hmac.digest(salted, b"Client Key", "sha256")
    stored = hashlib.sha256(client).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    parts = (base64.b64encode(part).decode() for part in (salt, stored, server))
    return "SCRAM-SHA-256${}:{}${}:{}".format(ITERATIONS, *parts)


def _saslprep(password: str) -> str:
    return unicodedata.normalize("NFKC", password)
