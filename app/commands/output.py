"""How commands speak: results on standard output, problems on standard error, JSON on request."""

from __future__ import annotations

import json
import os
import sys
from typing import Any

import typer

from app.installation import Installation
from services.language import LANGUAGES, SOURCE, use_language
from services.requests import plain


def installation(context: typer.Context) -> Installation:
    """The server that --data and --url of this call mean."""
    found = context.obj
    assert isinstance(found, Installation)
    return found


def speak() -> None:
    """Let commands speak SHUKE_LANGUAGE, English without it: also after the client took up the language of its user."""
    wanted = os.environ.get("SHUKE_LANGUAGE", SOURCE)
    use_language(wanted if wanted in LANGUAGES else SOURCE)


def say(text: str) -> None:
    """A line for people."""
    typer.echo(text)


def report(value: Any) -> None:
    """One JSON document for programs."""
    typer.echo(json.dumps(plain(value), ensure_ascii=False, indent=1))


def password_from_input() -> str:
    """The first line of standard input."""
    return sys.stdin.readline().rstrip("\r\n")
