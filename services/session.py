"""Who works at this client: logging in, rights, the dictionary and the user's own settings."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from models.permissions import Permission
from services.custom_fields import CustomField, read_custom_fields
from services.database import Database, translated_errors
from services.entity import Context
from services.errors import Refused
from services.language import language, mark, tr
from services.schema import check_server, is_current, is_ours


@dataclass(frozen=True, slots=True)
class CurrentUser:
    """The person logged in. What he may is decided by the database; ``can`` only saves him useless clicks."""

    id: int
    login: str
    name: str
    branch: str
    rights: frozenset[str]
    below: tuple[int, ...]
    """Ids of himself and everybody below him."""

    def can(self, permission: Permission | str) -> bool:
        """Whether he has a right."""
        return str(permission) in self.rights

    @property
    def context(self) -> Context:
        """What conditions of data classes need to know about him."""
        return Context(self.id, self.below)


def log_in(database: Database) -> CurrentUser:
    """Connect as the person whose login ``database`` carries, note it in the login log, say who he is.

    Refused with a plain reason when the login is wrong or closed, or the database does not fit this program.
    """
    with translated_errors(), database.engine.begin() as connection:
        # a server may have been set back to an older one since the database was made
        check_server(connection)
        if not is_ours(connection):
            raise Refused(
                mark("The database is not one of Shuke. Check the address, or ask your administrator.")
            )
        if not is_current(connection):
            raise Refused(
                mark(
                    "The database and this program are of different versions. Ask your administrator to upgrade."
                )
            )
        answer: Mapping[str, Any] = connection.scalar(
            text("SELECT organisation.log_in(:computer)"), {"computer": socket.gethostname()}
        )
    if "refused" in answer:
        # outside the limits of ORG-08; the attempt stands in the login log, so it was committed
        raise Refused(str(answer["refused"]))
    return CurrentUser(
        int(answer["user_id"]),
        str(answer["login"]),
        str(answer["name"]),
        str(answer["branch"] or ""),
        frozenset(answer["rights"]),
        tuple(answer["below"]),
    )


@dataclass(frozen=True, slots=True)
class Choice:
    """One choice of the dictionary."""

    key: str
    kind: str
    zh: str
    en: str
    colour: str | None
    active: bool
    parent_key: str | None

    @property
    def label(self) -> str:
        """Its name in the language in force."""
        return self.en if language() == "en" else self.zh


@dataclass(frozen=True)
class Dictionary:
    """The data dictionary, people and other small lists as they were read last; cheap to ask, no SQL."""

    choices: Mapping[str, Choice] = field(default_factory=dict)
    users: Mapping[int, str] = field(default_factory=dict)
    """Names of all users, closed ones too."""
    active_users: tuple[int, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    """The company's settings (ADM-05)."""
    custom: tuple[CustomField, ...] = ()
    """The office's own fields, those switched off too (PLT-38)."""

    def of(self, kind: str) -> list[Choice]:
        """The choices of one kind that may be chosen, in order."""
        return [choice for choice in self.choices.values() if choice.kind == kind and choice.active]

    def ever(self, kind: str) -> list[Choice]:
        """All choices of one kind, those switched off last: what records may hold."""
        found = [choice for choice in self.choices.values() if choice.kind == kind]
        return sorted(found, key=lambda choice: not choice.active)

    def tree(self, choices: Sequence[Choice]) -> list[tuple[Choice, int]]:
        """``choices`` with those of a tree below what they belong to, such as industries, and how deep each stands (0
        for the top): otherwise in their own order. Whose parent is not among them stands at the top."""
        there = {choice.key for choice in choices}
        below: dict[str | None, list[Choice]] = {}
        for choice in choices:
            below.setdefault(choice.parent_key if choice.parent_key in there else None, []).append(choice)
        found: list[tuple[Choice, int]] = []

        def add(parent: str | None, depth: int) -> None:
            for choice in below.pop(parent, ()):
                found.append((choice, depth))
                add(choice.key, depth + 1)

        add(None, 0)
        # a circle has no top
        return found + [(choice, 0) for circle in below.values() for choice in circle]

    def with_below(self, keys: Iterable[str]) -> tuple[str, ...]:
        """``keys`` and all that stand below them in their tree, switched off ones too: what is meant by them."""
        found = dict.fromkeys(keys)
        if any(choice.parent_key for choice in self.choices.values()):
            under: dict[str, list[str]] = {}
            for choice in self.choices.values():
                if choice.parent_key:
                    under.setdefault(choice.parent_key, []).append(choice.key)
            waiting = list(found)
            while waiting:
                fresh = [key for key in under.get(waiting.pop(), ()) if key not in found]
                found.update(dict.fromkeys(fresh))
                waiting += fresh
        return tuple(found)

    def with_above(self, key: str) -> tuple[str, ...]:
        """``key`` and what it stands below, up to the top of its tree."""
        found = {key: None}
        while (choice := self.choices.get(key)) and choice.parent_key and choice.parent_key not in found:
            key = choice.parent_key
            found[key] = None
        return tuple(found)

    def label(self, key: str | None) -> str:
        """What a key is called; the key itself if it is unknown."""
        if key is None:
            return ""
        choice = self.choices.get(key)
        return choice.label if choice else key

    def labels(self, keys: Sequence[str] | str) -> str:
        """What several choices are called, in the dictionary's order."""
        wanted = {keys} if isinstance(keys, str) else set(keys)
        known = [key for key in self.choices if key in wanted]
        return tr(", ").join(self.label(key) for key in [*known, *sorted(wanted - set(known))])

    def user(self, user_id: int | None) -> str:
        """A user's name."""
        return self.users.get(user_id, "") if user_id is not None else ""


DICTIONARY_KINDS: Final = frozenset({"system.choice", "system.custom_field", "organisation.user"})
"""Entity keys of what a Dictionary is read from: one that changed makes it old."""


def read_dictionary(session: Session) -> Dictionary:
    """Read the small lists that every screen needs. Cost: five reads of a few hundred rows."""
    choices = {
        row.key: Choice(row.key, row.kind, row.zh, row.en, row.colour, row.active, row.parent_key)
        for row in session.execute(
            text(
                "SELECT key, kind, zh, en, colour, active, parent_key FROM system.choice"
                " WHERE deleted_at IS NULL ORDER BY kind, position, id"
            )
        )
    }
    people = session.execute(
        text('SELECT id, name, active FROM organisation."user" ORDER BY sort_name')
    ).all()
    settings = {row.key: row.value for row in session.execute(text("SELECT key, value FROM system.setting"))}
    return Dictionary(
        choices,
        {row.id: row.name for row in people},
        tuple(row.id for row in people if row.active),
        settings,
        read_custom_fields(session),
    )


class Preferences:
    """The settings of one user (layout, widths, style, language), read once and written through."""

    def __init__(self, database: Database, user: CurrentUser) -> None:
        self._database = database
        self._user = user
        self._lock = threading.Lock()
        with database.read_session() as session:
            self._values = {
                row.key: row.value
                for row in session.execute(text("SELECT key, value FROM system.preference"))
            }

    def get(self, key: str, default: Any = None) -> Any:
        """The value stored under ``key``, or ``default``."""
        with self._lock:
            return self._values.get(key, default)

    def set(self, key: str, value: Any) -> bool:
        """Remember ``value`` (JSON types) here; True if it is new and has to be stored by ``store``."""
        with self._lock:
            if self._values.get(key) == value:
                return False
            self._values[key] = value
            return True

    def store(self, key: str) -> None:
        """Write one value to the database; called from a task, never from the UI thread."""
        with translated_errors(), self._database.engine.begin() as connection:
            connection.execute(
                text(
                    "INSERT INTO system.preference (user_id, key, value) VALUES (:user, :key, CAST(:value AS jsonb))"
                    " ON CONFLICT ON CONSTRAINT uq_preference_user_id_key DO UPDATE SET value = excluded.value"
                ),
                {"user": self._user.id, "key": key, "value": json.dumps(self.get(key), ensure_ascii=False)},
            )
