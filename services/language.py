"""Translation without Qt: the same words for screens, documents, error messages and the agent.

Source strings are English. ``tr`` looks one up in the gettext catalogue of the language in force,
``mark`` only marks a string that is translated later (titles in entity declarations, error templates).
One catalogue without contexts: lupdate ties a string to the class that holds it, which services and SQL
do not have, and loses it when a subclass speaks.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Final

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
    text = (_catalogue(language()).get(source) or source) if source else ""
    if not values:
        return text
    if language() == SOURCE and (one := _for_one().get(source)) is not None:
        counted = next(name for name in _PLACEHOLDER.findall(source) if name in COUNTED)
        text = one if str(values.get(counted)) == "1" else text
    return text.format(**values)


def in_every_language(source: str) -> tuple[str, ...]:
    """``source`` in each of LANGUAGES: what foreign files may call it. The language in force stays."""
    return tuple((_catalogue(code).get(source) or source) if source else "" for code in LANGUAGES)


COUNTED: Final = frozenset({"count", "days", "pages", "rows", "total"})
"""Placeholders that hold a number of things. The first of them in a source string decides between one and many."""
_PLACEHOLDER: Final = re.compile(r"\{(\w+)")
_ENTRY: Final = re.compile(r'^msgid ((?:".*"\n)+)msgstr ((?:".*"(?:\n|\Z))+)', re.MULTILINE)
_ESCAPED: Final = re.compile(r"\\(.)")
_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r"}


@cache
def _catalogue(code: str) -> Mapping[str, str]:
    """Every source string of the program with its translation.

    Read by hand: a general parser of gettext files takes a tenth of a second, before the login is seen.
    """
    return {} if code == SOURCE else _read(code)


@cache
def _for_one() -> Mapping[str, str]:
    """What source strings with a count say of one thing ("1 row"). Chinese has one form, so its catalogue is enough."""
    return {source: one for source, one in _read(SOURCE).items() if source}


def _read(code: str) -> Mapping[str, str]:
    text = (FOLDER / "translations" / f"{code}.po").read_text("utf-8")
    return {_words(source): _words(translated) for source, translated in _ENTRY.findall(text)}


def _words(lines: str) -> str:
    joined = "".join(line[1:-1] for line in lines.splitlines())
    return _ESCAPED.sub(lambda found: _ESCAPES.get(found[1], found[1]), joined)
