"""What quick search stores, computed beside the database: the same text as ``app.search_text`` and ``app.sort_key``.

Filling a million rows, the functions in ``models/sql/app/20_search.sql`` cost more than all the rest. Here each
character's part is made once, and a row is a walk over its characters. A test compares both for every row of a
sample company and for hostile values.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

import psycopg

from services.search import normalise

APART: Final = 512
"""Positions between the beginnings of two values."""
_NOT_DIGITS: Final = re.compile(r"[^0-9]+")
_BESIDE_NAME: Final = re.compile(r"[\s()（）【】\[\]《》<>·.,，。、''\"“”\-_/]")
_BREAKS: Final = re.compile("[\u0009-\u000d\u0085\u2028\u2029]+")
_INVISIBLE: Final = re.compile(
    "[\u0001-\u001f\u007f-\u009f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]+"
)
_EDGES: Final = " \u00a0\u3000\u200c\u200d"
"""What ``app.tidy`` takes out of a name."""
_LEGAL_FORM: Final = re.compile("股份有限公司|有限责任公司|有限公司")

Pairs = Sequence[tuple[str, str]]
"""Column and kind of each searched value, as the table's trigger has them."""


class Readings(NamedTuple):
    """The office's tables of readings. Characters and phrases → syllables; plain data, so that it can be sent to
    another process."""

    characters: dict[str, tuple[list[str], str, str, str]]
    """Character → readings, initials, tokens, pairs: the columns of ``app.reading``."""
    phrases: dict[str, list[str]]
    surnames: dict[str, list[str]]


def read_readings(connection: psycopg.Connection[Any]) -> Readings:
    """The readings of the database of ``connection``, corrections by the office included."""
    characters = {
        character: (readings, initials or "", tokens or "", pairs or "")
        for character, readings, initials, tokens, pairs in connection.execute(
            "SELECT character, readings, initials, tokens, pairs FROM app.reading"
        )
    }
    phrases: tuple[dict[str, list[str]], dict[str, list[str]]] = ({}, {})
    for phrase, surname, readings in connection.execute(
        "SELECT phrase, surname, readings FROM app.reading_phrase"
    ):
        phrases[bool(surname)][phrase] = readings
    return Readings(characters, *phrases)


def read_pairs(connection: psycopg.Connection[Any], table: str) -> list[tuple[str, str]]:
    """Column and kind of what is searched in ``table`` (quoted); empty if it is not searchable.

    They are the arguments of the table's own trigger, so that there is one truth about it.
    """
    row = connection.execute(
        "SELECT tgargs FROM pg_trigger WHERE tgrelid = %s::regclass AND tgname = 'fill_search'", (table,)
    ).fetchone()
    if row is None:
        return []
    words = bytes(row[0]).decode().split("\0")[:-1]
    return list(zip(words[::2], words[1::2], strict=True))


def name_key(name: str) -> str:
    """What customers.name_key gives."""
    tidy = name if name.isalnum() else _INVISIBLE.sub("", _BREAKS.sub(" ", name)).strip(_EDGES)
    plain = _BESIDE_NAME.sub("", _lower(unicodedata.normalize("NFKC", tidy)))
    return _LEGAL_FORM.sub("", plain)


def _lower(value: str) -> str:
    return value.lower() if value.isascii() else "".join(c.lower() if c < "\x80" else c for c in value)


class Searching:
    """Search texts and sort keys under one state of the readings."""

    def __init__(self, readings: Readings) -> None:
        self._readings = readings
        self._names = lru_cache(maxsize=1 << 16)(self._name)
        self._texts = lru_cache(maxsize=1 << 13)(self._text)
        self._keys = lru_cache(maxsize=1 << 16)(self._sort_key)
        self._parts: dict[tuple[str, str], tuple[str, ...]] = {}

    def sort_key(self, value: str | None, person: bool) -> str:
        """What app.sort_key gives, empty text for None."""
        return self._keys(value, person) if value else ""

    def document(self, values: Sequence[str | None], kinds: Sequence[str]) -> str:
        """The text of a tsvector: what app.search_text gives, its lexemes in another order."""
        found = []
        for place, (value, kind) in enumerate(zip(values, kinds, strict=True)):
            if kind == "whose":
                found.append(f"o{value or 0}")
            if value is None or kind == "whose":
                continue
            start = place * APART
            if kind == "where":
                found.append(f"w{value}")
            elif kind == "several":
                found += [f"o{each}" for each in value.strip("{}").split(",") if each]
            elif kind == "number":
                found.append(_number(normalise(value)[:64], start))
            elif kind == "phone":
                found.append(_grams(_NOT_DIGITS.sub("", normalise(value)[:64]), "p", start))
            elif kind == "text":
                found.append(self._texts(value, start))
            else:
                found.append(self._names(value, start))
        return " ".join(filter(None, found))

    def filler(
        self, columns: Sequence[str], pairs: Pairs
    ) -> Callable[[Sequence[str | int | None]], tuple[str | None, str]]:
        """What gives ``sort_name`` and ``search`` of a row with these columns."""
        places = [columns.index(column) if column in columns else None for column, _ in pairs]
        choices = [_choice(kind, columns) for _, kind in pairs]
        named = next((n for n, (kind, *_) in enumerate(choices) if kind in ("name", "person")), None)

        def fill(row: Sequence[str | int | None]) -> tuple[str | None, str]:
            values = [
                None if place is None or (value := row[place]) is None else str(value) for place in places
            ]
            kinds = [
                kind if place is None or row[place] != value else special
                for kind, special, place, value in choices
            ]
            key = None if named is None else self.sort_key(values[named], kinds[named] == "person")
            return key, self.document(values, kinds)

        return fill

    def _name(self, value: str, start: int) -> str:
        return self._lexemes(normalise(value[:200])[:40], start, read=True)

    def _text(self, value: str, start: int) -> str:
        return self._lexemes(normalise(value[:1000])[:400], start, read=False)

    def _lexemes(self, value: str, start: int, *, read: bool) -> str:
        """Names (``read``: with pinyin) and texts."""
        known: Mapping[str, tuple[list[str], str, str, str]] = self._readings.characters if read else {}
        found: list[str] = []
        last = len(value) - 1
        for n, c in enumerate(value):
            at = f":{start + n + 1}"
            following = value[n + 1] if n < last else ""
            wide = c >= "\x80"
            if wide:
                found.append(f"'h{c}{following}'{at}" if following >= "\x80" else f"'h{c}'{at}")
            elif not (n and value[n - 1] < "\x80" and "\n" < following < "\x80"):
                found.append(f"u{c}{at}")
            _, _, tokens, pairs = (
                known.get(c, _NOTHING) if wide else (None, None, "", f" i{c}*:#" if c >= "0" else "")
            )
            if tokens:
                found.append(tokens.replace(":#", at))
            if pairs:
                if "" < following < "\x80":
                    initials = following if following >= "0" else ""
                else:
                    initials = known.get(following, _NOTHING)[1]
                found += [pairs.replace("*:#", initial + at) for initial in initials[:3]]
            if n == 0 and read:
                found.append(f"b{at}{pairs.replace(' i', ' b').replace('*:#', at)}")
        return " ".join(found)

    def _sort_key(self, value: str, person: bool) -> str:
        characters, phrases, surnames = self._readings
        plain = normalise(value[:200])[:16]
        family: list[str] = []
        if person:
            first = next((plain[:n] for n in (2, 1) if plain[:n] in surnames and len(plain) > n), None)
            family = surnames[first] if first else []
        parts = []
        for n, c in enumerate(plain):
            readings = characters[c][0] if c >= "\x80" and c in characters else None
            if readings is None:
                parts.append(c)
                continue
            reading = readings[0]
            if n < len(family):
                reading = family[n]
            elif len(readings) > 1:
                if (pair := plain[n : n + 2]) in phrases:
                    reading = phrases[pair][0]
                elif n and (pair := plain[n - 1 : n + 1]) in phrases:
                    reading = phrases[pair][1]
            parts.append(f"{reading}{c} ")
        return "".join(parts)


def _choice(kind: str, columns: Sequence[str]) -> tuple[str, str, int | None, str]:
    """``name|person:kind=individual``: name, person, place of the column that decides, its value for person."""
    usual, _, other = kind.partition("|")
    special, _, condition = other.partition(":")
    column, _, value = condition.partition("=")
    return usual, special, columns.index(column) if column in columns else None, value


_NOTHING: Final[tuple[list[str], str, str, str]] = ([], "", "", "")


def _number(value: str, start: int) -> str:
    if not value:
        return ""
    edge = f"'m{value[0]}':{start + 1} 'm{value[:2]}':{start + 1} "
    return edge + _grams(value, "n", start)


def _grams(value: str, mark: str, start: int) -> str:
    return " ".join([f"'{mark}{value[n : n + 4]}':{start + n + 1}" for n in range(len(value))])
