"""Values of which each means one record, such as bar codes: whose they are is said before anything is written."""

from __future__ import annotations

from collections.abc import Sequence
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
        self._changed: set[int] = set()
        """Records that get another value by this file: what they had is free."""

    def refused(self, session: Session, batch: Sequence[Claim]) -> dict[int, Invalid]:
        """{row: why it cannot have the value}; the values of the others are taken from now on."""
        rows = session.execute(
            text(
                f"SELECT place, key, holder, own, reason, arguments FROM {self._field.claimed}"
                "(CAST(:values AS text[]), CAST(:records AS bigint[]))"
            ),
            {"values": [c.value for c in batch], "records": [c.record_id for c in batch]},
        ).all()
        self._changed |= {c.record_id for c in batch if c.record_id is not None and c.value is not None}
        found: dict[int, Invalid] = {}
        for row in sorted(rows, key=lambda each: each.place):
            claim = batch[row.place]
            error = self._in_file(claim, row.key) or self._in_database(row)
            if error is None:
                self._said.setdefault(row.key, claim)
            else:
                found[claim.row] = error
                if claim.record_id is not None:
                    self._changed.discard(claim.record_id)
        return found

    def forget(self, row: int) -> None:
        """``row`` was refused after all."""
        for key in [key for key, claim in self._said.items() if claim.row == row]:
            del self._said[key]

    def _in_file(self, claim: Claim, key: str) -> Invalid | None:
        first = self._said.get(key)
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

    def _in_database(self, row: Any) -> Invalid | None:
        if row.reason is None or (row.own and row.holder in self._changed):
            return None
        return Invalid(row.reason, field=self._field.key, **row.arguments)
