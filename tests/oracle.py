"""Who may see what, calculated a second time in plain Python from the tree, the shares and the rights (ORG-10).

A record is visible to its owner, those it is shared with, everyone above the owner in the position tree, and
roles with 'see all' of its module; some kinds are open to everybody with the right to view them, by nature or
because the administrator opened them (ORG-11), and documents of a warehouse also to its keepers. Customer service
sees the sections that are shown to it whole (ORG-12). Nothing here asks the database's policies: it reads the
tables as superuser.
"""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import psycopg

OPEN = {
    "products.product", "products.category", "products.price_level", "stock.warehouse", "stock.balance",
    "stock.ledger", "finance.account", "organisation.branch", "organisation.position", "organisation.user",
    "organisation.role", "system.choice", "system.custom_field", "finance.rate", "products.level_price",
    "products.price_change", "system.export_log",
}  # fmt: skip
"""Kinds that everybody with the right to view them sees whole."""
WITH_CUSTOMER = {
    "customers.contact", "activities.record", "finance.payment", "finance.ledger", "customers.memo",
}  # fmt: skip
"""Kinds that a share of their customer shows too."""
TODAY = "SELECT (now() AT TIME ZONE 'Asia/Shanghai')::date"

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Person:
    """What a person is, as far as it decides what he sees."""

    id: int
    position: int
    rights: frozenset[str]
    mine: frozenset[int]
    """Himself and everybody below him."""
    warehouses: frozenset[int]
    departments: frozenset[str]
    reads_all: frozenset[str]
    """Kinds whose every record customer service reads (ORG-12)."""


class Oracle:
    """Reads people, tree, roles, shares and keepers once; ``visible`` says which records somebody sees."""

    def __init__(self, superuser: psycopg.Connection[tuple[Any, ...]]) -> None:
        self._superuser = superuser
        self._tables: dict[str, list[dict[str, Any]]] = {}
        self.people = self._read_people()
        today: datetime.date = self._rows(TODAY)[0]["timezone"]
        self._opened = {
            entity
            for row in self._rows("SELECT * FROM app.sharing")
            if row["level"] != "private"
            for entity in row["entities"]
        }
        self._shares = [
            share
            for share in self._rows("SELECT * FROM organisation.share")
            if share["until"] is None or share["until"] >= today
        ]

    def _rows(self, statement: str) -> list[dict[str, Any]]:
        cursor = self._superuser.execute(statement)  # type: ignore[call-overload]
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor]

    def _read_people(self) -> dict[str, Person]:
        users = self._rows('SELECT * FROM organisation."user" WHERE active AND deleted_at IS NULL')
        parent = {row["id"]: row["parent_id"] for row in self._rows("SELECT * FROM organisation.position")}
        roles = {
            row["id"]: set(row["rights"])
            for row in self._rows("SELECT * FROM organisation.role WHERE deleted_at IS NULL")
        }
        sections = [row for row in self._rows("SELECT * FROM app.section") if row["shown"]]
        rights: dict[int, set[str]] = defaultdict(set)
        for row in self._rows("SELECT * FROM organisation.user_role"):
            rights[row["user_id"]] |= roles.get(row["role_id"], set())
        kept: dict[int, set[int]] = defaultdict(set)
        for row in self._rows("SELECT * FROM stock.keeper"):
            kept[row["user_id"]].add(row["warehouse_id"])

        for held in rights.values():
            if "customers.service" in held:
                held.update(right for section in sections for right in section["rights"])
        shown = frozenset(entity for section in sections for entity in section["entities"])
        named = {row["id"]: row["department"] for row in self._rows("SELECT * FROM organisation.position")}

        def departments(at: int | None) -> frozenset[str]:
            while at is not None and not named[at]:
                at = parent[at]
            return frozenset() if at is None else frozenset({named[at]})

        def stands_above(upper: int, lower: int | None) -> bool:
            at = parent.get(lower) if lower is not None else None
            while at is not None:
                if at == upper:
                    return True
                at = parent.get(at)
            return False

        everybody = self._rows('SELECT * FROM organisation."user"')
        return {
            user["login"]: Person(
                user["id"],
                user["position_id"],
                frozenset(rights[user["id"]]),
                frozenset(
                    {user["id"]}
                    | {
                        one["id"]
                        for one in everybody
                        if stands_above(user["position_id"], one["position_id"])
                    }
                ),
                frozenset(kept[user["id"]]),
                departments(user["position_id"]),
                shown if "customers.service" in rights[user["id"]] else frozenset(),
            )
            for user in users
        }

    def shared(self, person: Person, entity: str) -> set[int]:
        """Ids of ``entity`` shared with a person or his position, today."""
        return {
            share["record_id"]
            for share in self._shares
            if share["entity"] == entity
            and (
                share["user_id"] == person.id
                or share["position_id"] == person.position
                or share["department"] in person.departments
            )
        }

    def alive(self, entity: str) -> list[dict[str, Any]]:
        """Every record that is not in the recycle bin."""
        return [row for row in self._all(entity) if row.get("deleted_at") is None]

    def binned(self, entity: str) -> list[dict[str, Any]]:
        """Every record that is in the recycle bin."""
        return [row for row in self._all(entity) if row.get("deleted_at") is not None]

    def _all(self, entity: str) -> list[dict[str, Any]]:
        if entity not in self._tables:
            domain, noun = entity.split(".")
            self._tables[entity] = self._rows(f'SELECT * FROM {domain}."{noun}"')
        return self._tables[entity]

    def visible_in_bin(self, login: str, entity: str) -> set[int]:
        """Ids in the recycle bin that ``login`` sees: who sees a record sees it there too."""
        return self._visible(login, entity, self.binned(entity))

    def visible(self, login: str, entity: str) -> set[int]:
        """Ids that ``login`` sees; KeyError for a kind whose rule is not written here."""
        return self._visible(login, entity, self.alive(entity))

    def _visible(self, login: str, entity: str, rows: list[dict[str, Any]]) -> set[int]:
        person = self.people[login]
        if f"{entity}.view" not in person.rights:
            return set()
        whole = f"{entity.partition('.')[0]}.see_all" in person.rights or entity in person.reads_all
        if whole or entity in OPEN or entity in self._opened:
            return {row["id"] for row in rows}
        if entity == "system.attachment":
            return {
                row["id"]
                for row in rows
                if row["record_id"] in self.visible(login, row["entity"])
                or (row["record_id"] is None and row["created_by"] == person.id)
            }
        rule = self._rule(person, entity)
        return {row["id"] for row in rows if rule(row)}

    def _owners_of_orders(self) -> dict[int, set[int]]:
        """Whose orders the goods of each stock issue belong to, by the issue's id."""
        owner = {row["id"]: row["owner_id"] for row in self._all("sales.order")}
        found: dict[int, set[int]] = defaultdict(set)
        for line in self._all("stock.issue_line"):
            if line["order_id"] is not None:
                found[line["issue_id"]].add(owner[line["order_id"]])
        return found

    def _rule(self, person: Person, entity: str) -> Callable[[Row], bool]:
        mine, kept = person.mine, person.warehouses
        shared = self.shared(person, entity)
        customers = self.shared(person, "customers.customer") if entity in WITH_CUSTOMER else set()

        orders = self._owners_of_orders() if entity == "stock.issue" else {}

        def owned(row: Row) -> bool:
            return row["owner_id"] in mine or row["id"] in shared or row.get("customer_id") in customers

        rules: dict[str, Callable[[Row], bool]] = {
            # nobody owns a customer in the pool: whoever has the right to look into it sees him
            "customers.customer": lambda row: (
                owned(row) or (row["owner_id"] is None and "customers.pool.view" in person.rights)
            ),
            "activities.task": lambda row: (
                row["owner_id"] in mine or row["executor_id"] in mine or not mine.isdisjoint(row["others"])
            ),
            "stock.receipt": lambda row: row["warehouse_id"] in kept or row["created_by"] == person.id,
            "stock.issue": lambda row: (
                row["warehouse_id"] in kept
                # goods that leave for no order are those of who entered the issue
                or not mine.isdisjoint(orders.get(row["id"]) or {row["created_by"]})
            ),
            **dict.fromkeys(
                ("delivery.note", "delivery.dispatch", "purchasing.request"),
                lambda row: owned(row) or row["warehouse_id"] in kept,
            ),
            "system.saved_search": lambda row: (
                (row["owner_id"] == person.id or row["everybody"] or row["id"] in shared)
                and f"{row['entity']}.view" in person.rights
            ),
            **dict.fromkeys(("sales.order", *WITH_CUSTOMER), owned),
        }
        return rules[entity]
