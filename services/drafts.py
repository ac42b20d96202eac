"""What was typed and not saved yet, on this PC's disk: it outlives a crash, a closed tab, a lost server (PLT-30).

One JSON file per form below the platform's folder for program state, readable by the person alone. Values are
those of the form's fields; no form has passwords among its fields, which are set by functions of their own.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import json
import logging
import os
import tempfile
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from platformdirs import user_state_path

log = logging.getLogger(__name__)
KEPT: Final = timedelta(days=60)
"""Drafts that nobody came back to are forgotten after that."""


_turns = itertools.count(1)


def turn() -> int:
    """A moment among the drafts of this process: later is more."""
    return next(_turns)


@dataclass(frozen=True, slots=True)
class Sent:
    """A save that was begun and not answered: whether it was done is to be asked before anything is saved again."""

    keys: tuple[UUID, ...]
    """The idempotency keys that were tried, oldest first."""
    values: Mapping[str, Any]
    """What was sent under the last of them, in the words of the form."""


@dataclass(frozen=True, slots=True)
class Draft:
    """One form as it stood. ``key`` is the form's own.

    ``record_id`` is None for a new record, ``version`` the one that was read. ``base`` holds what the changed
    fields were when the form was filled.
    """

    owner: str
    """Server, database and login it belongs to."""
    entity: str
    record_id: int | None
    version: int | None
    key: UUID
    at: datetime
    values: Mapping[str, Any]
    base: Mapping[str, Any] = field(default_factory=dict)
    sent: Sent | None = None
    turn: int = field(default_factory=turn, compare=False)
    """Which of this process's drafts it is: an older one never takes the place of a newer one, whichever thread
    comes first to the disk."""


class Drafts:
    """The drafts of one person at one server. Thread-safe; a damaged file is no draft and hurts nobody."""

    def __init__(self, owner: str, folder: Path | None = None) -> None:
        self.owner = owner
        self.folder = folder or user_state_path("shuke", appauthor=False) / "drafts"
        self._lock = threading.Lock()
        self._open: set[UUID] = set()
        self._turns: dict[Path, int] = {}

    def save(self, draft: Draft) -> None:
        """Write ``draft`` in place of its older self, all or nothing. OSError if the disk refuses."""
        text = json.dumps(_to_json(draft), ensure_ascii=False)
        target = self._file(draft.entity, draft.record_id, draft.key)
        with self._lock:
            if not self._in_turn(target, draft.turn):
                return
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle, name = tempfile.mkstemp(dir=self.folder, suffix=".part")
            try:
                with os.fdopen(handle, "w", encoding="utf-8") as file:
                    file.write(text)
                    file.flush()
                    os.fsync(file.fileno())
                Path(name).replace(target)
            except BaseException:
                Path(name).unlink(missing_ok=True)
                raise

    def delete(self, *, entity: str, record_id: int | None, key: UUID, turn: int | None = None) -> None:
        """Forget the draft of that form, also one that is still on its way to the disk.

        ``turn``: when that was decided (``drafts.turn``); what was typed after it stays.
        """
        target = self._file(entity, record_id, key)
        with self._lock, contextlib.suppress(OSError):
            if self._in_turn(target, next(_turns) if turn is None else turn):
                target.unlink(missing_ok=True)

    def _in_turn(self, target: Path, turn: int) -> bool:
        if turn < self._turns.get(target, 0):
            return False
        self._turns[target] = turn
        return True

    def find(self, *, entity: str, record_id: int | None) -> Draft | None:
        """The draft of a record; for a new one the newest that no open form of this process holds."""
        found = [
            draft
            for draft in self.all()
            if draft.entity == entity and draft.record_id == record_id and draft.key not in self._open
        ]
        return found[0] if found else None

    def all(self) -> list[Draft]:
        """All drafts of this person, newest first."""
        found: list[Draft] = []
        with self._lock, contextlib.suppress(OSError):
            for file in sorted(self.folder.glob("*.json")):
                draft = _read(file)
                if draft is None or draft.owner != self.owner:
                    continue
                if datetime.now().astimezone() - draft.at > KEPT:
                    file.unlink(missing_ok=True)
                else:
                    found.append(draft)
        return sorted(found, key=lambda draft: draft.at, reverse=True)

    def hold(self, key: UUID) -> None:
        """A form of this process holds the draft ``key``: it is offered to no other."""
        self._open.add(key)

    def release(self, key: UUID) -> None:
        """The form is gone."""
        self._open.discard(key)

    def _file(self, entity: str, record_id: int | None, key: UUID) -> Path:
        what = str(key) if record_id is None else str(record_id)
        name = hashlib.sha256(f"{self.owner}|{entity}|{what}".encode()).hexdigest()[:40]
        return self.folder / f"{name}.json"


def _read(file: Path) -> Draft | None:
    try:
        return _from_json(json.loads(file.read_text("utf-8")))
    except (OSError, ValueError, KeyError, TypeError, ArithmeticError, AttributeError):
        log.info("a draft could not be read and is passed over")
        return None


def _to_json(draft: Draft) -> dict[str, Any]:
    return {
        "owner": draft.owner,
        "entity": draft.entity,
        "record_id": draft.record_id,
        "version": draft.version,
        "key": str(draft.key),
        "at": draft.at.isoformat(),
        "values": _pack(draft.values),
        "base": _pack(draft.base),
        "sent": None
        if draft.sent is None
        else {"keys": [str(key) for key in draft.sent.keys], "values": _pack(draft.sent.values)},
    }


def _from_json(read: Mapping[str, Any]) -> Draft:
    sent = read["sent"]
    return Draft(
        str(read["owner"]),
        str(read["entity"]),
        None if read["record_id"] is None else int(read["record_id"]),
        None if read["version"] is None else int(read["version"]),
        UUID(read["key"]),
        datetime.fromisoformat(read["at"]),
        _unpack(read["values"]),
        _unpack(read["base"]),
        None if sent is None else Sent(tuple(UUID(key) for key in sent["keys"]), _unpack(sent["values"])),
    )


def _pack(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _packed(key, value) for key, value in values.items()}


def _packed(key: str, value: Any) -> Any:
    """JSON has no decimals or days: those are written as a pair of type and text, and lists so that none is taken for
    such a pair. A mapping is a line of a document."""
    if isinstance(value, Decimal):
        return ["decimal", str(value)]
    if isinstance(value, datetime):
        return ["datetime", value.isoformat()]
    if isinstance(value, date):
        return ["date", value.isoformat()]
    if isinstance(value, list):
        return ["list", [_packed(key, each) for each in value]]
    if isinstance(value, Mapping):
        return ["line", _pack(value)]
    if value is None or isinstance(value, str | int | bool):
        return value
    raise TypeError(f"{key} holds a {type(value).__name__}, which no draft can keep")


_UNPACKED: Final[dict[str, Callable[[Any], Any]]] = {
    "decimal": Decimal,
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "list": lambda values: [_unpacked(each) for each in values],
    "line": lambda values: _unpack(values),
}


def _unpack(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _unpacked(value) for key, value in values.items()}


def _unpacked(value: Any) -> Any:
    return _UNPACKED[value[0]](value[1]) if isinstance(value, list) else value
