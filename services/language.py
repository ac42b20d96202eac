"""Translation without Qt: the same words for screens, documents, error messages and the agent.

Source strings are English. ``tr`` looks one up in the gettext catalogue of the language in force,
``mark`` only marks a string that is translated later (titles in entity declarations, error templates).
One catalogue without contexts: lupdate ties a string to the class that holds it, which services and SQL
do not have, and loses it when a subclass speaks.
"""

from __future__ import annotations

import gettext
from functools import cache
from io import BytesIO
from typing import Final

import polib

from resources import FOLDER

LANGUAGES: Final = {"zh_CN": "中文", "en": "English"}
SOURCE: Final = "en"

_state = {"language": "zh_CN"}


def language() -> str:
    """Code of the language in force, a key of LANGUAGES."""
    return _state["language"]


def use_language(code: str) -> None:
    """Make ``code`` the language in force for this process; ValueError if it is not one of LANGUAGES."""
    if code not in LANGUAGES:
        raise ValueError(f"unknown language {code!r}")
    _state["language"] = code


def mark(source: str) -> str:
    """Mark ``source`` as a string to be translated where it is shown, and return it unchanged."""
    return source


def tr(source: str, /, **values: object) -> str:
    """``source`` in the language in force, with ``{name}`` placeholders filled from ``values``."""
    text = _catalogue(language()).gettext(source) if source else ""
    return text.format(**values) if values else text


def in_every_language(source: str) -> tuple[str, ...]:
    """``source`` in each of LANGUAGES: what foreign files may call it. The language in force stays."""
    return tuple(_catalogue(code).gettext(source) if source else "" for code in LANGUAGES)


@cache
def _catalogue(code: str) -> gettext.NullTranslations:
    if code == SOURCE:
        return gettext.NullTranslations()
    compiled = FOLDER / "translations" / f"{code}.mo"
    source = FOLDER / "translations" / f"{code}.po"
    if compiled.exists() and (not source.exists() or compiled.stat().st_mtime >= source.stat().st_mtime):
        return gettext.GNUTranslations(BytesIO(compiled.read_bytes()))
    return gettext.GNUTranslations(BytesIO(polib.pofile(str(source)).to_binary()))
