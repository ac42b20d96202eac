"""What the order form asks of the server, as plain functions for pool threads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID, uuid4

from services.commands import Changes
from services.database import Database
from services.errors import ConnectionLost, NotAvailable, ShukeError
from services.products.queries import ProductHit, products_by_id
from services.sales import commands
from services.sales.kept import product_ids
from services.sales.queries import (
    CustomerTerms,
    OrderLists,
    OrderRecord,
    customer_terms,
    order_lists,
    read_order,
)

LISTED: Final = frozenset({"stock.warehouse", "products.price_level", "*"})
"""Notices after which warehouses and price levels are read again."""
FOLLOWED: Final = frozenset({"stock.balance", "products.product", "products.price_level", "*"})
"""Notices after which stock and prices of the lines are read again."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What a form begins with."""

    lists: OrderLists
    record: OrderRecord | None = None
    terms: CustomerTerms | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """What came of saving and confirming. ``refusal`` says why it was saved but not confirmed, or why only an
    ``earlier`` try was saved, whose contents were others."""

    record: OrderRecord
    refusal: ShukeError | None = None
    earlier: bool = False


@dataclass
class Requests:
    """Keys under which the same is asked again after a lost connection, so that it is done once.

    A key is kept until the whole job is over, reading included: whatever of it is repeated gives the first answer.
    """

    _asked: dict[str, tuple[Any, Any, UUID]] = field(default_factory=dict)

    def key(self, command: str, contents: Any) -> UUID:
        """The key of an earlier try with these contents, or a new one."""
        if command not in self._asked or self._asked[command][0] != contents:
            self._asked[command] = (contents, contents, uuid4())
        return self._asked[command][2]

    def replace(self, command: str, contents: Any, sent: Any) -> None:
        """Ask ``contents`` anew, as ``sent`` to the server."""
        self._asked[command] = (contents, sent, uuid4())

    def pending(self, command: str) -> tuple[Any, Any] | None:
        """What was asked last, and what was sent for it, if no answer ended it."""
        found = self._asked.get(command)
        return None if found is None else found[:2]

    def key_of(self, command: str) -> UUID | None:
        """The key under which it was asked last, if no answer ended it."""
        found = self._asked.get(command)
        return None if found is None else found[2]

    def done(self, *commands: str) -> None:
        """An answer came, whichever: the next try is a new request."""
        for command in commands:
            self._asked.pop(command, None)


def open_order(database: Database, order_id: int | None, customer_id: int | None) -> Opened:
    """Lists, and the order or the customer that a new one begins with."""
    with database.read_session() as session:
        lists = order_lists(session)
        if order_id is not None:
            return Opened(lists, read_order(session, order_id))
        return Opened(lists, None, customer_terms(session, customer_id) if customer_id else None)


def lists_of(database: Database) -> OrderLists:
    """Warehouses and price levels as they are now."""
    with database.read_session() as session:
        return order_lists(session)


def read_again(database: Database, order_id: int) -> OrderRecord:
    """The order as it is now."""
    with database.read_session() as session:
        return read_order(session, order_id)


def terms_of(database: Database, customer_id: int) -> CustomerTerms:
    """What an order takes over from a customer."""
    with database.read_session() as session:
        return customer_terms(session, customer_id)


@dataclass(frozen=True, slots=True)
class Recalled:
    """What the database says today of the products and the customer of an order that was typed earlier."""

    products: Mapping[int, ProductHit]
    terms: CustomerTerms | None


def recall(database: Database, values: Mapping[str, Any]) -> Recalled:
    """Read what is needed to show ``services.sales.kept`` values."""
    customer = values.get("customer_id")
    with database.read_session() as session:
        products = products_by_id(
            session,
            product_ids(values),
            level_id=values.get("price_level_id"),
            warehouse_id=values.get("warehouse_id"),
        )
        try:
            terms = None if customer is None else customer_terms(session, customer)
        except NotAvailable:
            terms = None
    return Recalled(products, terms)


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
    refusal: ShukeError | None = None
    if arguments is not None:
        order_id, refusal = _save_draft(database, requests, arguments)
    earlier = refusal is not None
    assert order_id is not None
    if confirm and refusal is None:
        try:
            _once(database, requests, "confirm", order_id)
        except ConnectionLost:
            raise
        except ShukeError as error:
            refusal = error
    written = Written(read_again(database, order_id), refusal, earlier)
    requests.done("save", "confirm")
    return written


def _save_draft(
    database: Database, requests: Requests, arguments: Mapping[str, Any]
) -> tuple[int, ShukeError | None]:
    """Save; the order's id. A draft whose answer was lost is found by its key before changed input is saved, so
    that this becomes its next version and not a second order; the reason where that version is refused."""
    pending = requests.pending("save")
    if pending is None or pending[0] == arguments:
        return _once(database, requests, "save", arguments).id, None
    earlier = _once(database, requests, "save", pending[0])
    sent = {**arguments, "id": earlier.id}
    if arguments.get("id") is None:
        sent["version"] = earlier.result["version"]
    requests.replace("save", arguments, sent)
    try:
        return _once(database, requests, "save", arguments).id, None
    except ConnectionLost:
        raise
    except ShukeError as error:
        # such as an order that was confirmed although the answer was lost: it is shown as it is
        return earlier.id, error


def _once(database: Database, requests: Requests, command: str, contents: Any) -> Changes:
    key = requests.key(command, contents)
    pending = requests.pending(command)
    assert pending is not None
    try:
        if command == "save":
            return database.write_once(key, commands.save_order, order=pending[1])
        return database.write_once(key, commands.confirm_order, order_id=contents)
    except ConnectionLost:
        raise
    except ShukeError:
        requests.done(command)
        raise
