"""A client as screens are handed it, logged in as one person, with a shell that only remembers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from services.changes import Notice
from services.database import Database
from services.entity import Entity, Query
from services.registry import ENTITIES
from services.session import Preferences, log_in, read_dictionary
from widgets.base.client import ChangeBus, Client


@dataclass
class RememberingShell:
    """Remembers what it was asked."""

    opened: list[tuple[str, int]] = field(default_factory=list)
    histories: list[tuple[str, int]] = field(default_factory=list)
    made: list[tuple[str, Mapping[str, Any] | None]] = field(default_factory=list)
    lists: list[Query] = field(default_factory=list)
    views: list[tuple[str, str]] = field(default_factory=list)
    said: list[tuple[str, str]] = field(default_factory=list)
    actions: list[tuple[str, Callable[[], None]]] = field(default_factory=list)
    errors: list[BaseException] = field(default_factory=list)

    def open_record(self, entity: str, record_id: int) -> None:
        self.opened.append((entity, record_id))

    def open_history(self, entity: str, record_id: int) -> None:
        self.histories.append((entity, record_id))

    def new_record(self, entity: str, values: Mapping[str, Any] | None = None) -> None:
        self.made.append((entity, values))

    def open_view(self, entity: str, view: str) -> None:
        self.views.append((entity, view))

    def open_list(self, query: Query) -> None:
        self.lists.append(query)

    def message(
        self, text: str, kind: str = "info", action: tuple[str, Callable[[], None]] | None = None
    ) -> None:
        self.said.append((kind, text))
        if action is not None:
            self.actions.append(action)

    def error(self, error: BaseException) -> None:
        self.errors.append(error)


def client_of(database: Database, entities: Mapping[str, Entity] = ENTITIES) -> Client:
    """The client of whom ``database`` is logged in as."""
    user = log_in(database)
    with database.read_session() as session:
        dictionary = read_dictionary(session)
    return Client(
        database=database,
        user=user,
        preferences=Preferences(database, user),
        entities=entities,
        shell=RememberingShell(),
        bus=ChangeBus(),
        dictionary=dictionary,
    )


def shell_of(client: Client) -> RememberingShell:
    """The shell that remembers."""
    assert isinstance(client.shell, RememberingShell)
    return client.shell


def changed_elsewhere(client: Client, entity: str, record_id: int) -> None:
    """What the listener would say after another PC's change."""
    client.bus.tell(Notice(entity, frozenset({record_id}), False))
