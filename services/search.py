"""Quick search: words as people type them into a question that PostgreSQL answers from an index.

What is stored is built by ``models/sql/app/20_search.sql``, which lists the classes of lexemes; this module
asks for the same ones. Blanks separate words; all of them have to match, anywhere in the fields that the
table's trigger names. One word may be meant as Chinese characters, initials, pinyin (the last syllable may be
unfinished), both mixed, part of a number, part of a phone: all meanings are asked for at once.

Lists: ``search_condition`` in WHERE, an indexed order, LIMIT: for a common word (公司) PostgreSQL walks along
the order's index, for a rare one it sorts the few hits. Completers and Ctrl+K: ``candidates`` takes a limited
set first and ``rank_expression`` ranks those; ranking every hit of a common word would read them all, and so
does counting them: a list says 'more than n' from a count over a LIMIT.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from math import prod
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Integer,
    Select,
    String,
    and_,
    bindparam,
    case,
    cast,
    false,
    func,
    literal,
    or_,
    text,
    true,
)
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.orm import Session

from services.pinyin import completions, syllables

MAX_WORDS = 8
MAX_LENGTH = 40
"""Characters of a word that count; names store no more."""
MAX_WAYS = 8
"""Ways of cutting letters into syllables that are asked for: xian is xian and xi an."""
MAX_PARTS = 16
"""Questions that one is taken apart into, so that the index answers each from its rarest lexeme."""
CANDIDATES = 200

_DROPPED = (
    "\u0080\u0085\u00ab\u00ad\u00b7\u00bb\u2010\u2013\u2014\u2018\u2019\u201c\u201d\u2022\u200b\u200c\u200d"
    "\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2060\u3001\u3002\u3008\u3009\u300a\u300b\u300c"
    "\u300d\u300e\u300f\u3010\u3011\u3014\u3015\u3016\u3017\u30fb\ufeff"
)
"""Beyond ASCII, the same characters as in app.search_normalise."""
_TABLE = {
    **{code: None for code in range(128) if not chr(code).isalnum()},
    **{code: code + 32 for code in range(ord("A"), ord("Z") + 1)},
    **{ord(character): None for character in _DROPPED},
    **dict.fromkeys(range(0xD800, 0xE000)),  # a lone surrogate cannot be sent at all
}
_RUNS = re.compile(r"[a-z0-9]+|[^a-z0-9]+")
_ORDINARY = re.compile(r"[a-z0-9]")


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """What was typed, understood.

    ``words`` are the normalised words. ``parts`` are texts of tsqueries of which one must be answered, none if
    nothing that can be searched was typed. ``anchored`` is the same question, answered only by values that begin so.
    ``blank`` is True where nothing but blanks was typed: then everything is meant.
    """

    words: tuple[str, ...]
    parts: tuple[str, ...]
    anchored: str | None
    blank: bool

    @property
    def tsquery(self) -> str | None:
        """The whole question as one tsquery, or None."""
        return _either(self.parts) if self.parts else None


def normalise(text: str) -> str:
    """NFKC, lower case, without blanks and punctuation: what app.search_normalise makes in the database."""
    return unicodedata.normalize("NFKC", text).translate(_TABLE)


@lru_cache(maxsize=256)
def parse(words: str) -> SearchQuery:
    """Understands what was typed into a search box. Never fails: what means nothing is left out."""
    typed = unicodedata.normalize("NFKC", words).split()
    cleaned = tuple(dict.fromkeys(filter(None, (normalise(word)[:MAX_LENGTH] for word in typed))))[:MAX_WORDS]
    asked = [meanings for meanings in map(_meanings, cleaned) if meanings]
    first = _anchored(cleaned[0]) if cleaned else None
    return SearchQuery(
        words=cleaned,
        parts=_parts(asked),
        anchored=first,
        blank=not typed,
    )


# -- one word ------------------------------------------------------------------------------------------


def _lexeme(text: str) -> str:
    """``text`` quoted for a tsquery."""
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def _either(meanings: Sequence[str]) -> str:
    unique = list(dict.fromkeys(meanings))
    return unique[0] if len(unique) == 1 else "(" + " | ".join(unique) + ")"


def _phrase(parts: Sequence[tuple[int, str]]) -> str:
    """Parts (offset, question), in order of their offsets, at exactly these distances."""
    text, last = parts[0][1], parts[0][0]
    for offset, part in parts[1:]:
        text, last = f"{text} <{offset - last}> {part}", offset
    return f"({text})" if len(parts) > 1 else text


def _meanings(word: str) -> list[str]:
    """Every meaning of a normalised word."""
    return list(dict.fromkeys([*_text(word), *_number(word), *_phone(word)]))


def _parts(asked: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """One meaning of each word in every combination, each of which the index answers from its rarest lexeme. A single
    question with them all inside is answered from most of its lexemes: for chongqing (54,720 of 1,000,000 rows) that
    took four times as long."""
    if prod(map(len, asked)) > MAX_PARTS:
        asked = [[_either(meanings)] for meanings in asked]
    return tuple(" & ".join(f"({meaning})" for meaning in way) for way in product(*asked) if way)


def _anchored(word: str) -> str | None:
    meanings = [f"('b' <0> {meaning})" for meaning in _text(word)]
    if _ORDINARY.match(word):
        meanings += [f"({_lexeme('m' + word[:2])} <0> {meaning})" for meaning in _number(word)]
    return _either(meanings) if meanings else None


def _text(word: str) -> list[str]:
    """``word`` as part of a name or text: runs of Chinese and of letters and digits, one after the other."""
    if _ORDINARY.fullmatch(word):
        # One letter: names that begin with it, or it stands alone. Anything more would be half of them all.
        return [_lexeme("b" + word), _lexeme("u" + word)] if word.isalpha() else [_lexeme("u" + word)]
    combined: list[list[tuple[int, str]]] = [[]]
    offset = 0
    for run in _RUNS.findall(word):
        ends = offset + len(run) == len(word)
        ways = _letters(run, alone=run == word, ends=ends) if _ORDINARY.match(run) else [_characters(run)]
        # The number of characters that letters stand for depends on how they are cut, hence the widths.
        combined = [[*before, (width, phrase)] for before in combined for phrase, width in ways][:MAX_WAYS]
        offset += len(run)
    return [phrase for way in combined if (phrase := _joined(way))]


def _joined(way: list[tuple[int, str]]) -> str | None:
    parts = []
    offset = 0
    for width, phrase in way:
        if phrase:
            parts.append((offset, phrase))
        offset += width
    return _spread(parts) if parts else None


def _spread(parts: list[tuple[int, str]]) -> str:
    """Like ``_phrase`` for parts that are phrases themselves.

    ``a <n> (b <-> c)`` compares where b stands, so distances count from the beginnings; but the match of
    ``(a <-> b) <n> c`` counts from b, hence nesting to the right.
    """
    text = parts[-1][1]
    for index in range(len(parts) - 2, -1, -1):
        offset, part = parts[index]
        text = f"({_left(part, parts[index + 1][0] - offset)} {text})"
    return text


def _left(part: str, distance: int) -> str:
    """``part`` with an operator to what follows ``distance`` positions after its beginning."""
    inner = sum(int(found) for found in re.findall(r"<(\d+)>", part)) if part.startswith("(") else 0
    return f"{part} <{distance - inner}>"


def _characters(run: str) -> tuple[str, int]:
    """A run of Chinese characters as neighbouring pairs; one character also begins a pair."""
    if len(run) == 1:
        return f"{_lexeme('h' + run)}:*", 1
    pairs = [(n, _lexeme("h" + run[n : n + 2])) for n in range(len(run) - 1)]
    return _phrase(pairs), len(run)


def _letters(run: str, *, alone: bool, ends: bool) -> list[tuple[str, int]]:
    """Letters and digits as initials, syllables or both, or as they are: phrases and their widths."""
    if len(run) == 1:
        if not run.isalpha():
            return [(_lexeme("u" + run), 1)]
        if ends:
            # Behind Chinese, the first letter of what is still being typed: nothing to ask for yet.
            return [("", 1)]
        return [(f"({_lexeme('u' + run)} | {_lexeme('s' + run)}:*)", 1)]
    found = []
    for pieces in _cuts(run, ends=ends):
        phrase = _pieces(pieces, ends=ends)
        if phrase:
            found.append((phrase, len(pieces)))
    return found or [("", len(run))]


# -- letters -------------------------------------------------------------------------------------------


@lru_cache(maxsize=1024)
def _cuts(run: str, *, ends: bool) -> tuple[tuple[str, ...], ...]:
    """Ways to cut letters into syllables and initials, the likeliest first.

    First every letter for itself, then those with the fewest pieces that are no whole syllable, or one more:
    but where there is a way without such pieces, chongqing is never c-hong-qing. ``zh``,
    ``ch`` and ``sh`` may be initials. ``ends``: the last piece may be the beginning of a syllable.
    """
    limit = MAX_WAYS * 2
    best: list[list[tuple[int, int, tuple[str, ...]]]] = [[] for _ in range(len(run) + 1)]
    best[0] = [(0, 0, ())]
    for start in range(len(run)):
        kept = sorted(best[start])[:limit]
        for loose, count, pieces in kept:
            for length in range(1, min(6, len(run) - start) + 1):
                piece = run[start : start + length]
                last = ends and start + length == len(run)
                if length == 1 and piece not in "iuv":
                    cost = 1
                elif piece in syllables() or piece in ("zh", "ch", "sh"):
                    cost = 0 if piece in syllables() else 1
                elif last and completions(piece):
                    cost = 1
                else:
                    continue
                best[start + length].append((loose + cost, count + 1, (*pieces, piece)))
    ways = [tuple(run)]
    found = sorted(best[len(run)])
    least = found[0][0] if found else 0
    ways += [
        pieces
        for loose, _, pieces in found
        # Behind whole syllables the last letter may begin another one: quzhang is also qu-zhan-g.
        if loose <= least + (1 if least or len(pieces[-1]) == 1 else 0)
    ]
    return tuple(dict.fromkeys(ways))[:MAX_WAYS]


def _pieces(pieces: tuple[str, ...], *, ends: bool) -> str | None:
    """One way of cutting as a phrase.

    A whole syllable is asked for itself; a bare initial only by the pair it makes with its neighbour,
    because single initials stand in half of all names; what is in between (zh, an unfinished syllable)
    by both.
    """
    parts: list[tuple[int, str]] = []
    bare = [len(piece) == 1 for piece in pieces]
    vague = [len(piece) == 1 or piece not in syllables() for piece in pieces]
    vague[-1] = vague[-1] or (ends and len(completions(pieces[-1])) > 1)
    for n, piece in enumerate(pieces):
        here = []
        if not bare[n]:
            here.append(_syllable(piece, open_=ends and n == len(pieces) - 1))
        if n + 1 < len(pieces) and (vague[n] or vague[n + 1]):
            here.append(_lexeme("i" + piece[0] + pieces[n + 1][0]))
        if here:
            parts.append((n, here[0] if len(here) == 1 else f"({here[0]} <0> {here[1]})"))
    return _phrase(parts) if parts else None


def _syllable(piece: str, *, open_: bool) -> str:
    if piece in ("zh", "ch", "sh"):
        return _lexeme("s" + piece)
    # Whole lexemes instead of a prefix: GIN skips through them, a prefix it has to collect first.
    meant = completions(piece) if open_ else (piece,)
    return _either([_lexeme("s" + syllable) for syllable in meant])


# -- numbers -------------------------------------------------------------------------------------------


def _grams(word: str, mark: str) -> str:
    """``word``, at least three characters, as part of a number: as few grams of four as cover it."""
    if len(word) == 3:
        return f"{_lexeme(mark + word)}:*"
    starts = [*range(0, len(word) - 3, 4)]
    if starts[-1] != len(word) - 4:
        starts.append(len(word) - 4)
    return _phrase([(start, _lexeme(mark + word[start : start + 4])) for start in starts])


def _number(word: str) -> list[str]:
    if not word.isascii() and not any(c in "0123456789" for c in word):
        return []
    if len(word) < 3:
        # Its beginning or its end; the middle of a number is asked for with three characters.
        return [_lexeme("m" + word), _lexeme("n" + word)]
    return [_grams(word, "n")]


def _phone(word: str) -> list[str]:
    digits = word[2:] if word.startswith("86") and len(word) == 13 else word
    return [_grams(digits, "p")] if digits.isdecimal() and digits.isascii() and len(digits) >= 3 else []


# -- SQL -----------------------------------------------------------------------------------------------


def _tsquery(text: str) -> ColumnElement[Any]:
    # In the statement's text, not a parameter: a plan made for any word would not know the common ones.
    return cast(bindparam(None, text, type_=String(), literal_execute=True), TSQUERY)


@dataclass(frozen=True, slots=True)
class Scope:
    """What narrows a search to rows that the user may see, for the index; the policies decide all the same."""

    lexemes: tuple[str, ...]
    """A row that is his has one of them in its ``search``."""
    shared: Mapping[str, tuple[int, ...]]
    """{column: values}: rows that are shared with him, whoever has them."""


def read_scopes(session: Session, entities: Sequence[str]) -> dict[str, Scope]:
    """Of the ``entities`` those whose search is narrowed for the user, as the database knows it at this moment: what he
    sees may have changed since he logged in. One statement, some 2 ms."""
    rows = session.execute(
        text("SELECT entity, lexemes, shared FROM app.search_scopes(:entities)"), {"entities": list(entities)}
    )
    return {
        str(row.entity): Scope(
            tuple(row.lexemes), {column: tuple(map(int, ids)) for column, ids in row.shared.items()}
        )
        for row in rows
    }


def scope_condition(column: ColumnElement[Any], scope: Scope) -> ColumnElement[bool]:
    """The rows in ``scope`` but for those that are shared, by the index of ``column``: whatever would be typed."""
    whose = _either([_lexeme(lexeme) for lexeme in scope.lexemes])
    return column.bool_op("OPERATOR(app.@@@)")(_tsquery(whose))


def search_condition(
    column: ColumnElement[Any], words: str, scope: Scope | None = None
) -> ColumnElement[bool]:
    """The rows whose ``column`` (``search`` of a searchable table) answers ``words``; of those that nobody sees in
    ``scope`` some or none.

    Nothing but blanks is true; words without anything searchable in them (``---``) are false.
    """
    query = parse(words)
    if query.blank:
        return true()
    answered = column.bool_op("OPERATOR(app.@@@)")
    if scope is None:
        return or_(false(), *(answered(_tsquery(part)) for part in query.parts))
    whose = _either([_lexeme(lexeme) for lexeme in scope.lexemes])
    own = [answered(_tsquery(f"{whose} & {part}")) for part in query.parts]
    assert isinstance(column, Column)  # what is shared is asked of the columns beside it
    shared = [column.table.c[name].in_(ids) for name, ids in scope.shared.items()]
    beside = [and_(or_(*shared), or_(*(answered(_tsquery(part)) for part in query.parts)))] if shared else []
    return or_(false(), *own, *beside)


def rank_expression(
    column: ColumnElement[Any],
    words: str,
    *,
    exact: Sequence[ColumnElement[Any]] = (),
    name: ColumnElement[Any] | None = None,
) -> ColumnElement[int]:
    """How well a row that matches ``words`` does so, 0 best: for ORDER BY over at most ``CANDIDATES`` rows.

    0: one of ``exact`` (number, short name) or ``name`` is just what was typed. 1: one of them begins so.
    2: a value begins with it in pinyin or initials. 3: it stands somewhere else.
    """
    query = parse(words)
    if not query.words:
        return literal(0, Integer)
    whole = "".join(query.words)
    compared = [func.app.search_normalise(c) for c in (*exact, *(() if name is None else (name,)))]
    steps: list[tuple[ColumnElement[bool], Any]] = []
    if compared:
        # What is equal begins so: most candidates do neither, and are normalised once for both questions.
        equal = case((or_(*(c == whole for c in compared)), 0), else_=1)
        steps.append((or_(*(c.bool_op("^@")(whole) for c in compared)), equal))
    if query.anchored:
        steps.append((column.bool_op("OPERATOR(app.@@@)")(_tsquery(query.anchored)), 2))
    return case(*steps, else_=3) if steps else literal(3, Integer)


def candidates(
    statement: Select[Any], column: ColumnElement[Any], words: str, scope: Scope | None = None
) -> Select[Any]:
    """``statement`` with the rows that answer ``words``, at most ``CANDIDATES`` of them, in no order.

    Rank and sort outside of it: ``candidates(...).subquery()``. The limit comes first so that a word in
    every second name costs no more than a rare one.
    """
    return statement.where(search_condition(column, words, scope)).limit(CANDIDATES)
