"""What a page has asked the server to write and has no answer to yet, so that nothing is ever written twice."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from services.commands import Changes
from services.database import Database
from services.drafts import Sent


@dataclass(frozen=True, slots=True)
class Asked:
    """A write that was begun: under which key, with which arguments, what stood in the page."""

    key: UUID
    arguments: Mapping[str, Any]
    kept: Mapping[str, Any]
    before: tuple[UUID, ...] = ()
    """Keys of earlier tries with other arguments, of which nobody knows whether they were done."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What was written."""

    changes: Changes
    key: UUID
    """Of the try that has written it."""
    earlier: bool = False
    """By an earlier try whose answer was lost, with other contents; what was asked now is not written."""


class PageWrites:
    """The writes of one page by their names. The same name and arguments keep their key until an answer came."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._asked: dict[str, Asked] = {}

    def begin(self, name: str, arguments: Mapping[str, Any], kept: Mapping[str, Any]) -> Asked:
        """Something is to be written; ``kept`` is what stands in the page."""
        asked = self._asked.pop(name, None)
        if asked is None or asked.arguments != arguments:
            before = () if asked is None else (*asked.before, asked.key)
            asked = Asked(uuid4(), arguments, kept, before)
        self._asked[name] = asked
        return asked

    def send(self, asked: Asked, command: Callable[..., Changes]) -> Answer:
        """On a pool thread: write it, unless an earlier try with other contents turns out to have been done."""
        for key in asked.before:
            earlier = self._database.settle(key)
            if earlier is not None:
                return Answer(earlier, key, earlier=True)
        return Answer(self._database.write_once(asked.key, command, **asked.arguments), asked.key)

    def answered(self, name: str) -> None:
        """An answer came, whichever: the next try is a new one."""
        self._asked.pop(name, None)

    def forget(self) -> None:
        """What was typed is given up."""
        self._asked.clear()

    def begun(self, names: Collection[str]) -> Sent | None:
        """The write of one of ``names`` that was begun last and not answered."""
        found = [asked for name, asked in self._asked.items() if name in names]
        return Sent((*found[-1].before, found[-1].key), found[-1].kept) if found else None
