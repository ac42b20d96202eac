"""The people of the sample company: branches, the tree of positions, users with their roles, keepers.

Names and who stands above whom come from ``resources/reference/sample/company.json``; here is what the
program's rights need beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, text

from services.passwords import scram_verifier
from services.sample.vocabulary import words

COMPANY: Final[dict[str, Any]] = words("company")
BRANCHES: Final[tuple[str, ...]] = tuple(branch["code"] for branch in COMPANY["branches"])
"""Codes of the branches; the first is the company itself."""
WAREHOUSES: Final[tuple[str, ...]] = tuple(warehouse["code"] for warehouse in COMPANY["warehouses"])
ACCOUNTS: Final[tuple[str, ...]] = tuple(account["code"] for account in COMPANY["accounts"])
PRICE_LEVELS: Final = {"list": "报价", "deal": "成交价", "vip": "VIP价", "wholesale": "批发价"}
KEEPERS: Final = {
    "main": ("keeper1",),
    "chongqing": ("keeper2",),
    "shop": ("keeper1", "cashier1"),
    "returns": ("keeper1",),
}
"""Who keeps which warehouse; the first posts the sample company's documents."""
ROLES: Final = {
    "boss": "boss",
    "manager": "sales_manager",
    "lead": "sales_manager",
    "sales": "sales",
    "keeper": "keeper",
    "cashier": "cashier",
    "buyer": "buyer",
    "service": "service",
    "accountant": "accountant",
    "admin": "administrator",
}
"""Role of the logins that begin so."""


DEPARTMENTS: Final = {
    "manager": "销售部",
    "lead1": "销售一部",
    "lead2": "销售二部",
    "keeper1": "仓储部",
    "cashier1": "门店",
    "buyer": "采购部",
    "service1": "客服部",
    "accountant": "财务部",
}
"""Department of the position that a login holds first; who stands below belongs to it too."""


@dataclass(frozen=True, slots=True)
class Person:
    """One login. ``superior`` is the login of who stands above, ``branch`` a code of BRANCHES."""

    login: str
    name: str
    title: str
    branch: str
    superior: str | None

    @property
    def role(self) -> str:
        """Code of the built-in role."""
        return ROLES[self.login.rstrip("0123456789")]


PEOPLE: Final = tuple(Person(*row) for row in COMPANY["people"])
"""``lead1`` stands above ``sales1`` to ``sales4``, ``lead2`` above the others; superiors come first."""


def hire(connection: Connection, password: str) -> dict[str, int]:
    """Make branches, positions, logins, warehouses, accounts and price levels; the ids of the users by login.

    ``connection`` is the superuser's. All logins get ``password``.
    """
    branches = _open_branches(connection)
    positions: dict[tuple[str, int | None], int] = {}
    held: dict[str, int] = {}
    users: dict[str, int] = {}
    for number, person in enumerate(PEOPLE, 1):
        above = held[person.superior] if person.superior else None
        # colleagues with one title and one superior hold one position
        key = (person.title, above)
        if key not in positions:
            positions[key] = connection.execute(
                text(
                    "INSERT INTO organisation.position (name, parent_id, department)"
                    " VALUES (:name, :above, :department) RETURNING id"
                ),
                {"name": person.title, "above": above, "department": DEPARTMENTS.get(person.login)},
            ).scalar_one()
        held[person.login] = positions[key]
        connection.execute(
            text("SELECT app.make_login(:login, :verifier)"),
            {"login": person.login, "verifier": scram_verifier(password)},
        )
        users[person.login] = connection.execute(
            text(
                'INSERT INTO organisation."user" (login, name, position_id, branch_id, phone)'
                " VALUES (:login, :name, :position, :branch, :phone) RETURNING id"
            ),
            {
                "login": person.login,
                "name": person.name,
                "position": positions[key],
                "branch": branches[person.branch],
                "phone": f"139{'0831' if person.branch == 'chongqing' else '0793'}{number:04d}",
            },
        ).scalar_one()
    connection.execute(
        text(
            "INSERT INTO organisation.user_role (user_id, role_id)"
            " SELECT u.id, r.id FROM unnest(CAST(:logins AS text[]), CAST(:roles AS text[])) x(login, role)"
            ' JOIN organisation."user" u ON u.login = x.login JOIN organisation.role r ON r.code = x.role'
        ),
        {"logins": [person.login for person in PEOPLE], "roles": [person.role for person in PEOPLE]},
    )
    _furnish(connection, branches, users)
    return users


def _open_branches(connection: Connection) -> dict[str, int]:
    branches: dict[str, int] = {}
    for branch in COMPANY["branches"]:
        first = not branches
        branches[branch["code"]] = connection.execute(
            text(
                "INSERT INTO organisation.branch"
                " (name, short_name, address, phone, tax_number, bank_account, website, parent_id) VALUES"
                " (:name, :short, :address, :phone, :tax_number, :bank_account, :website, :parent) RETURNING id"
            ),
            {
                "name": COMPANY["name"] if first else branch["name"],
                "short": branch["name"],
                "address": branch["address"],
                **{
                    key: COMPANY[key] if first else None
                    for key in ("phone", "tax_number", "bank_account", "website")
                },
                "parent": branches.get(BRANCHES[0]),
            },
        ).scalar_one()
    return branches


def _furnish(connection: Connection, branches: dict[str, int], users: dict[str, int]) -> None:
    for warehouse in COMPANY["warehouses"]:
        made = connection.execute(
            text(
                "INSERT INTO stock.warehouse (name, branch_id, negative_allowed)"
                " VALUES (:name, :branch, :negative) RETURNING id"
            ),
            {
                "name": warehouse["name"],
                "branch": branches[warehouse["branch"]],
                "negative": warehouse["negative"],
            },
        ).scalar_one()
        connection.execute(
            text("INSERT INTO stock.keeper (warehouse_id, user_id) VALUES (:warehouse, :user)"),
            [{"warehouse": made, "user": users[login]} for login in KEEPERS[warehouse["code"]]],
        )
    for position, account in enumerate(COMPANY["accounts"]):
        connection.execute(
            text(
                "INSERT INTO finance.account (name, kind, branch_id, position)"
                " VALUES (:name, :kind, :branch, :position)"
            ),
            {
                "name": account["name"],
                "kind": account["kind"],
                "branch": branches[account["branch"]],
                "position": position,
            },
        )
    for position, name in enumerate(PRICE_LEVELS.values()):
        connection.execute(
            text("INSERT INTO products.price_level (name, position) VALUES (:name, :position)"),
            {"name": name, "position": position},
        )
