"""What the order form asks of the server, as plain functions for pool threads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from services.commands import Changes
from services.database import Database
from services.errors import ConnectionLost, ShukeError
from services.sales import commands
from services.sales.queries import (
    CustomerTerms,
    OrderLists,
    OrderRecord,
    customer_terms,
    order_lists,
    read_order,
)


@dataclass(frozen=True, slots=True)
class Opened:
    """What a form begins with."""

    lists: OrderLists
    record: OrderRecord | None = None
    terms: CustomerTerms | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """What came of saving and confirming. ``refusal`` says why it was saved but not confirmed."""

    record: OrderRecord
    refusal: ShukeError | None = None


@dataclass
class Requests:
    """Keys under which the same contents are sent again after a lost connection, so that they are done once."""

    _contents: dict[str, Any] = field(default_factory=dict)
    _keys: dict[str, UUID] = field(default_factory=dict)

    def key(self, command: str, contents: Any) -> UUID:
        """The key of an earlier try with these contents, or a new one."""
        if command not in self._keys or self._contents[command] != contents:
            self._contents[command], self._keys[command] = contents, uuid4()
        return self._keys[command]

    def done(self, command: str) -> None:
        """An answer came, whichever: the next try is a new request."""
        self._keys.pop(command, None)
        self._contents.pop(command, None)


def open_order(database: Database, order_id: int | None, customer_id: int | None) -> Opened:
    """Lists, and the order or the customer that a new one begins with."""
    with database.read_session() as session:
        lists = order_lists(session)
        if order_id is not None:
            return Opened(lists, read_order(session, order_id))
        return Opened(lists, None, customer_terms(session, customer_id) if customer_id else None)


def read_again(database: Database, order_id: int) -> OrderRecord:
    """The order as it is now."""
    with database.read_session() as session:
        return read_order(session, order_id)


def terms_of(database: Database, customer_id: int) -> CustomerTerms:
    """What an order takes over from a customer."""
    with database.read_session() as session:
        return customer_terms(session, customer_id)


def save(
    database: Database,
    requests: Requests,
    arguments: Mapping[str, Any] | None,
    order_id: int | None,
    *,
    confirm: bool,
) -> Written:
    """Save the draft if there is something to save, then confirm it if wished, and read it again.

    A refused confirmation leaves the draft saved; it is handed back with the reason.
    """
    if arguments is not None:
        saved = _once(database, requests, "save", arguments)
        order_id = saved.id
    assert order_id is not None
    refusal: ShukeError | None = None
    if confirm:
        try:
            _once(database, requests, "confirm", order_id)
        except ConnectionLost:
            raise
        except ShukeError as error:
            refusal = error
    return Written(read_again(database, order_id), refusal)


def _once(database: Database, requests: Requests, command: str, contents: Any) -> Changes:
    key = requests.key(command, contents)
    try:
        if command == "save":
            changes = database.write_once(key, commands.save_order, order=contents)
        else:
            changes = database.write_once(key, commands.confirm_order, order_id=contents)
    except ConnectionLost:
        raise
    except ShukeError:
        requests.done(command)
        raise
    requests.done(command)
    return changes
