"""Matching what was typed against short lists held in memory: choices, users, regions, small tables.

Chinese is found by its characters, initials, pinyin, or a mixture, with every reading of a character that the
file of readings names. Records in the database are found by ``services/search.py`` instead.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Iterable
from functools import cache, lru_cache
from typing import TypeVar

from resources import FOLDER

Item = TypeVar("Item")
_DROPPED = str.maketrans("", "", " \t()（）·-_/.，,、“”\"'")


@cache
def _readings() -> dict[str, tuple[str, ...]]:
    """Readings of each character, the likeliest first (resources/reference/spellings.json, 7,000 characters)."""
    rows: dict[str, str] = json.loads((FOLDER / "reference" / "spellings.json").read_text("utf-8"))
    return {character: tuple(readings.split()) for character, readings in rows.items()}


@lru_cache(maxsize=8192)
def _spelled(text: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    known = _readings()
    folded = unicodedata.normalize("NFKC", text).lower().translate(_DROPPED)
    return tuple((character, known.get(character, ())) for character in folded)


def rank(typed: str, text: str) -> int | None:
    """How well ``text`` answers ``typed``: 0 the same, 1 begins so, 2 begins so in pinyin or initials,
    3 stands somewhere in it, None not at all. Several words have to match each; blank matches with 3."""
    words = unicodedata.normalize("NFKC", typed).lower().split()
    if not words:
        return 3
    places = [_rank_word(word.translate(_DROPPED), text) for word in words]
    known = [place for place in places if place is not None]
    return max(known) if len(known) == len(places) else None


def _rank_word(word: str, text: str) -> int | None:
    if not word:
        return 3
    spelled = _spelled(text)
    plain = "".join(character for character, _ in spelled)
    if plain == word:
        return 0
    if plain.startswith(word):
        return 1
    if _starts(word, 0, spelled, 0):
        return 2
    if word in plain:
        return 3
    # One letter in the middle of a name means nothing.
    if len(word) > 1 and any(_starts(word, 0, spelled, start) for start in range(1, len(spelled))):
        return 3
    return None


def _starts(word: str, at: int, spelled: tuple[tuple[str, tuple[str, ...]], ...], position: int) -> bool:
    """Whether ``word[at:]`` can be read from ``spelled[position:]`` on."""
    if at == len(word):
        return True
    if position == len(spelled):
        return False
    character, readings = spelled[position]
    if word[at] == character and _starts(word, at + 1, spelled, position + 1):
        return True
    for reading in readings:
        if reading[0] != word[at]:
            continue
        if reading.startswith(word[at:]):
            return True
        if word.startswith(reading, at) and _starts(word, at + len(reading), spelled, position + 1):
            return True
        if _starts(word, at + 1, spelled, position + 1):
            return True
    return False


def best(typed: str, items: Iterable[Item], text: Callable[[Item], str], *, limit: int = 50) -> list[Item]:
    """The ``items`` whose ``text`` answers ``typed``, best first, in their own order within a rank."""
    found = [(place, item) for item in items if (place := rank(typed, text(item))) is not None]
    found.sort(key=lambda pair: pair[0])
    return [item for _, item in found[:limit]]
