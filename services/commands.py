"""How something is written.

A command is a keyword-only function ``def reverse_order(work, *, order_id, reason) -> Changes``. It takes ids
and values, never widgets, and never commits. ``Database.write`` runs it under an idempotency key: repeated with
the same key, after a lost answer, it does nothing more and returns what the first run returned.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ParamSpec, Protocol

from sqlalchemy.orm import Session

Arguments = ParamSpec("Arguments")


@dataclass(frozen=True, slots=True)
class Changes:
    """What a command has changed: the ids per entity, and what else it has to say (a number, a version)."""

    ids: Mapping[str, tuple[int, ...]]
    result: Mapping[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> int:
        """The id of the record that a command made: ``id`` of the result, else the only one named.

        ValueError where several kinds changed and none is the one: ask ``ids`` then.
        """
        if "id" in self.result:
            return int(self.result["id"])
        ((found, *_),) = self.ids.values()
        return found

    def as_json(self) -> dict[str, Any]:
        """The form in which the database keeps it beside the request's key."""
        return {"changes": {entity: list(ids) for entity, ids in self.ids.items()}, **self.result}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Changes:
        """The opposite of ``as_json``; also reads what posting functions return."""
        rest = dict(value)
        ids = {entity: tuple(int(i) for i in found) for entity, found in rest.pop("changes", {}).items()}
        return cls(ids, rest)


class Work(Protocol):
    """What a command works with. Use ``session`` and ``part``, or ``post``, not both."""

    @property
    def session(self) -> Session:
        """A transaction in which rows are written under the user's policies."""

    def post(self, function: str, **arguments: Any) -> Changes:
        """Call a posting function of the database: one autocommit call is the whole transaction."""

    def part(self, function: str, **arguments: Any) -> Changes:
        """Call a posting function as one step of the transaction that ``session`` is: for work so long that it has to
        tell how far it is."""

    def step(self, done: int, total: int) -> None:
        """Tell that ``done`` of ``total`` are written, between two statements of long work. Raises Cancelled, and so
        rolls everything back, when the user wants it no longer."""
