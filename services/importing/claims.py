"""Values of which each means one record, such as bar codes: whose they are is said before anything is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from services.entity import Field
from services.errors import Invalid
from services.language import mark


@dataclass(frozen=True, slots=True)
class Claim:
    """A row that gives its record the value: ``value`` None where it says nothing."""

    row: int
    value: str | None
    record_id: int | None
    """The record that it is already; None: a new one, or one that this file makes."""
    above: int | None
    """The row further up that is the same record."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What becomes of the claims of one batch."""

    refused: Mapping[int, Invalid]
    """{row: why it cannot have the value}"""
    taken_from: Mapping[int, int]
    """{row: the record that has its value still and gets another one by a row of the same batch}"""


class Claims:
    """Whose the values of one field are: in the database, and further up in the same file.

    ``Field.claimed`` is a function of two arrays, values and the ids of their records (NULL: a new one). For every
    value it says ``place``, the ``key`` by which values are compared, who is its ``holder`` already, whether it stands
    in the holder's ``own`` column, and ``reason`` with ``arguments``: the refusal, NULL where the record may have it.
    """

    def __init__(self, field: Field) -> None:
        self._field = field
        self._said: dict[str, Claim] = {}
        """By key: the row that was the first to say it."""
        self._keys: dict[int, str] = {}
        """By row: the key that it was the first to say."""
        self._moved: dict[int, int] = {}
        """By row: the record that gets another value by it, so that what it had is free."""

    def judge(self, session: Session, batch: Sequence[Claim]) -> Answer:
        """Who of ``batch`` may have its value; the values of these are taken from now on.

        Records of the batch may exchange values, also in a circle: what one of them gives away another may have. Once
        it is refused another value it gives nothing away, so that is gone through until nobody more is refused.
        """
        rows = session.execute(
            text(
                f"SELECT place, key, holder, own, reason, arguments FROM {self._field.claimed}"
                "(CAST(:values AS text[]), CAST(:records AS bigint[]))"
            ),
            {"values": [c.value for c in batch], "records": [c.record_id for c in batch]},
        ).all()
        asked = [(row, batch[row.place]) for row in sorted(rows, key=lambda each: each.place)]
        # who keeps the value he has gives nothing away
        giving = {c.record_id for row, c in asked if c.record_id is not None and c.record_id != row.holder}
        while True:
            fresh: dict[str, Claim] = {}
            refused = self._refused(asked, giving, fresh)
            still = self._still_giving(asked, giving, refused)
            if still == giving:
                break
            giving = still
        self._said |= fresh
        self._keys |= {claim.row: key for key, claim in fresh.items()}
        taken = {c.row: row.holder for row, c in asked if row.holder in giving and row.holder != c.record_id}
        self._moved |= {c.row: c.record_id for _, c in asked if c.record_id in giving}
        return Answer(refused, {row: giver for row, giver in taken.items() if row not in refused})

    def _still_giving(
        self, asked: Sequence[tuple[Any, Claim]], giving: set[int], refused: Mapping[int, Invalid]
    ) -> set[int]:
        """Without those that are refused, and without whoever waits for one of them, and so on: a column that slipped
        by one row is a chain as long as the file."""
        free = set(self._moved.values())
        waiting: dict[int, list[int]] = {}
        for row, claim in asked:
            if claim.record_id is not None and row.holder in giving and row.holder not in free:
                waiting.setdefault(row.holder, []).append(claim.record_id)
        still = set(giving)
        lost = [c.record_id for _, c in asked if c.row in refused and c.record_id is not None]
        while lost:
            record = lost.pop()
            if record in still:
                still.discard(record)
                lost += waiting.get(record, ())
        return still

    def _refused(
        self, asked: Sequence[tuple[Any, Claim]], giving: set[int], fresh: dict[str, Claim]
    ) -> dict[int, Invalid]:
        free = giving | set(self._moved.values())
        found: dict[int, Invalid] = {}
        for row, claim in asked:
            first = self._said.get(row.key) or fresh.get(row.key)
            error = self._in_file(claim, first) or self._in_database(row, free)
            if error is not None:
                found[claim.row] = error
            elif first is None:
                fresh[row.key] = claim
        return found

    def forget(self, row: int) -> None:
        """``row`` was refused after all."""
        self._moved.pop(row, None)
        key = self._keys.pop(row, None)
        if key is not None:
            del self._said[key]

    def _in_file(self, claim: Claim, first: Claim | None) -> Invalid | None:
        if first is None or claim.above == first.row:
            return None
        if claim.record_id is not None and claim.record_id == first.record_id:
            return None
        return Invalid(
            mark("{value} stands in row {row} of the file already."),
            field=self._field.key,
            value=claim.value,
            row=first.row,
        )

    def _in_database(self, row: Any, free: set[int]) -> Invalid | None:
        if row.reason is None or (row.own and row.holder in free):
            return None
        return Invalid(row.reason, field=self._field.key, **row.arguments)


def in_turn(records: Sequence[int | None], taken_from: Sequence[int | None]) -> list[list[int]]:
    """The places of ``records`` in an order in which they can be written one after the other.

    At each place of ``taken_from`` stands the record whose value it takes: that one comes first. Those that exchange
    theirs in a circle stand together: only one statement can write them.
    """
    at: dict[int, int] = {}
    for place, record in enumerate(records):
        if record is not None:
            at.setdefault(record, place)
    turns: list[list[int]] = []
    done: set[int] = set()
    for place in range(len(records)):
        way: dict[int, None] = {}
        here: int | None = place
        while here is not None and here not in done and here not in way:
            way[here] = None
            giver = taken_from[here]
            here = None if giver is None else at.get(giver)
        before = list(way)
        if here is not None and here in way:
            start = before.index(here)
            turns.append(before[start:])
            before = before[:start]
        turns += ([each] for each in reversed(before))
        done.update(way)
    return turns
