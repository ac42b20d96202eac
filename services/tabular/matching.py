"""Which column of a file is which field."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from rapidfuzz import fuzz

from services.entity import Field
from services.language import in_every_language

PROPOSED_FROM: Final = 75.0
"""Similarity, 0 to 100, from which a field is proposed."""
_LONGEST: Final = 200
"""Characters of a title that are looked at: a cell may hold 32,767, made to keep patterns busy."""


class How(StrEnum):
    """Why a column was matched, the surest first."""

    REMEMBERED = "remembered"
    TITLE = "title"
    ALIAS = "alias"
    SIMILAR = "similar"


@dataclass(frozen=True, slots=True)
class Match:
    """A column and its field. ``confidence`` is 0 to 1; below 1 somebody should look at it."""

    column: int
    field: str
    how: How
    confidence: float


@dataclass(frozen=True, slots=True)
class Matching:
    """What a file's header says."""

    matches: tuple[Match, ...]
    columns: tuple[int, ...]
    """Columns without a field."""
    fields: tuple[str, ...]
    """Keys of the fields without a column."""
    required: tuple[str, ...]
    """Those of ``fields`` that an import needs."""

    def by_field(self) -> dict[str, int]:
        """{key of the field: column}."""
        return {match.field: match.column for match in self.matches}


def match_headers(
    titles: Sequence[str], fields: Sequence[Field], remembered: Mapping[str, str] | None = None
) -> Matching:
    """Tie the titles of a file to fields: each column to one field at most and the other way round.

    ``remembered`` maps ``normal(title)`` to the key of a field as somebody chose it before ("" for none); it
    wins. Then come equal titles in either language, keys and aliases, then, as proposals, similar ones.
    """
    names = _names(fields)
    known = {field.key for field in fields}
    taken: dict[int, Match] = {}
    used: set[str] = set()
    refused: set[int] = set()
    forms = [normal(title) for title in titles]
    for column, shape in enumerate(forms):
        key = (remembered or {}).get(shape)
        if key == "":
            refused.add(column)
        elif key in known and key not in used and shape:
            taken[column] = Match(column, key, How.REMEMBERED, 1.0)
            used.add(key)
    for how in (How.TITLE, How.ALIAS):
        for column, shape in enumerate(forms):
            candidates = {key for key, kind, name in names if kind is how and name == shape} - used
            if shape and column not in taken and column not in refused and len(candidates) == 1:
                key = candidates.pop()
                taken[column] = Match(column, key, how, 1.0)
                used.add(key)
    for score, column, key in _similar(forms, names):
        if column not in taken and column not in refused and key not in used:
            taken[column] = Match(column, key, How.SIMILAR, round(score / 100, 2))
            used.add(key)
    left = tuple(field.key for field in fields if field.key not in used)
    return Matching(
        matches=tuple(taken[column] for column in sorted(taken)),
        columns=tuple(column for column in range(len(titles)) if column not in taken),
        fields=left,
        required=tuple(field.key for field in fields if field.required and field.key in left),
    )


def normal(title: str) -> str:
    """A title without what differs between files: width, case, blanks, stars and remarks in brackets."""
    text = unicodedata.normalize("NFKC", title[:_LONGEST]).casefold()
    bare = re.sub(r"\(.*?\)|\[.*?\]|【.*?】", "", text)
    return re.sub(r"[\W_]+", "", bare) or re.sub(r"[\W_]+", "", text)


def _names(fields: Sequence[Field]) -> list[tuple[str, How, str]]:
    """(key, how, normal name) of every name of every field."""
    names = [
        (field.key, How.TITLE, normal(title)) for field in fields for title in in_every_language(field.title)
    ]
    for field in fields:
        names += [(field.key, How.ALIAS, normal(name)) for name in (*field.aliases, field.key)]
    return [name for name in dict.fromkeys(names) if name[2]]


def _similar(forms: Sequence[str], names: Sequence[tuple[str, How, str]]) -> list[tuple[float, int, str]]:
    """(score, column, key), best first. Of two fields that fit a column alike, neither is proposed."""
    best = []
    for column, shape in enumerate(forms):
        scores: dict[str, float] = {}
        for key, _, name in names:
            # One name inside the other (电话 in 联系电话) is likelier than letters in common.
            score = fuzz.ratio(shape, name)
            if len(name) >= 2 and len(shape) >= 2 and (name in shape or shape in name):
                score = max(score, 80.0 + fuzz.ratio(shape, name) / 10)
            scores[key] = max(scores.get(key, 0.0), score)
        ranked = sorted(scores.items(), key=lambda item: -item[1])
        if shape and ranked and ranked[0][1] >= PROPOSED_FROM:
            clear = len(ranked) == 1 or ranked[0][1] - ranked[1][1] >= 3
            if clear:
                best.append((min(ranked[0][1], 99.0), column, ranked[0][0]))
    return sorted(best, key=lambda item: (-item[0], item[1]))
