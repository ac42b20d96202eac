"""What every new company starts with: built-in roles, numbering, the dictionary, its first branch and boss."""

from __future__ import annotations

import json
from typing import Final

from sqlalchemy import Connection, text

from models.permissions import Permission
from resources import FOLDER
from services.language import mark

NUMBERING: Final = {
    "sales.order": "XS",
    "finance.payment": "HK",
    "stock.receipt": "RK",
    "stock.issue": "CK",
    "delivery.note": "FH",
    "delivery.dispatch": "FT",
    "purchasing.request": "QG",
}
"""Prefix of each kind of document; the office changes them in app.numbering."""


def _of(*entities: str, verbs: str = "view create edit delete export import print") -> list[str]:
    wanted = [f"{entity}.{verb}" for entity in entities for verb in verbs.split()]
    return [right for right in wanted if right in set(Permission)]


_EVERYBODY = [
    *_of(
        "organisation.branch", "organisation.position", "organisation.user", "organisation.role", verbs="view"
    ),
    *_of("system.choice", verbs="view"),
    *_of("system.attachment", verbs="view create edit delete"),
    *_of("system.saved_search", verbs="view create edit delete"),
]
_SALES = [
    *_EVERYBODY,
    *_of("customers.customer", "customers.contact", "activities.record", "activities.task"),
    *_of("products.product", "products.category", "products.price_level", verbs="view export print"),
    *_of("products.level_price", verbs="view"),
    *_of("stock.warehouse", "stock.balance", verbs="view"),
    *_of("stock.issue", verbs="view create delete print"),
    *_of("sales.order"),
    *_of("delivery.note", verbs="view print"),
    *_of("delivery.dispatch", "purchasing.request"),
    *_of("finance.payment", verbs="view export print"),
    *_of("finance.account", "finance.ledger", verbs="view"),
    "sales.order.confirm",
    "organisation.share",
    "customers.pool.view",
    "customers.pool.put",
    "customers.pool.take",
]
_KEEPER = [
    *_EVERYBODY,
    *_of("products.product", "products.category", "products.price_level", verbs="view export print"),
    *_of("products.level_price", verbs="view"),
    *_of("stock.warehouse", "stock.balance", "stock.ledger", verbs="view export print"),
    *_of("stock.receipt", "stock.issue"),
    *_of("delivery.note"),
    *_of("delivery.dispatch", verbs="view export print"),
    *_of("purchasing.request"),
    *_of("activities.task", verbs="view create edit"),
    "stock.receipt.post",
    "stock.issue.post",
    "delivery.note.ship",
]
_BUYER = [
    *_EVERYBODY,
    *_of("products.product", "products.category", "products.price_level"),
    *_of("products.level_price", "products.price_change", verbs="view export print"),
    "products.change_price",
    *_of("stock.warehouse", "stock.balance", "stock.ledger", verbs="view export print"),
    *_of("stock.receipt", verbs="view create edit delete print"),
    *_of("purchasing.request"),
    *_of("activities.task"),
    "purchasing.see_all",
    "purchasing.request.step",
    "stock.see_all",
    "products.see_cost",
]
_MONEY = [
    *_EVERYBODY,
    *_of("customers.customer", "customers.contact", verbs="view create"),
    *_of(
        "products.product", "products.category", "products.price_level", "products.level_price", verbs="view"
    ),
    *_of("stock.warehouse", "stock.balance", verbs="view"),
    *_of("sales.order", verbs="view create edit print"),
    *_of("finance.payment"),
    *_of("finance.account", "finance.ledger", "finance.rate", verbs="view"),
    *_of("activities.task", verbs="view create edit"),
    "customers.see_all",
    "sales.see_all",
    "finance.see_all",
    "finance.payment.post",
]
_CASHIER = [*_MONEY, "sales.counter.sell"]
_ACCOUNTANT = [
    *_MONEY,
    *_of("finance.account", "finance.ledger", "finance.rate"),
    *_of("sales.order", "customers.customer", verbs="view export print"),
    *_of("delivery.note", "delivery.dispatch", verbs="view export print"),
    *_of("stock.receipt", "stock.issue", "stock.ledger", "stock.balance", verbs="view export print"),
    "finance.payment.reverse",
    "products.see_cost",
    "stock.see_all",
    "delivery.see_all",
]
_SERVICE = [
    *_EVERYBODY,
    *_of("activities.record", "activities.task"),
    *_of(
        "products.product", "products.category", "products.price_level", "products.level_price", verbs="view"
    ),
    "customers.service",
]
_MANAGER = [
    *_SALES,
    *_of("finance.payment", verbs="create"),
    "organisation.transfer",
    "system.saved_search.share",
    "customers.pool.administer",
    "sales.price_below_limit",
    *_of("products.price_change", verbs="view"),
    "customers.set_credit",
    "sales.over_credit",
    "finance.payment.post",
    "products.see_cost",
]
_ADMINISTRATOR = [
    *_EVERYBODY,
    *_of(
        "organisation.branch",
        "organisation.position",
        "organisation.user",
        "organisation.role",
        "system.choice",
        "system.custom_field",
    ),
    *_of("stock.warehouse", "finance.account"),
    *_of("customers.customer", verbs="view"),
    *_of(
        "products.product", "products.category", "products.price_level", "products.level_price", verbs="view"
    ),
    "organisation.user.password",
    "organisation.session.end",
    *_of("organisation.login"),
    "system.settings",
    "system.saved_search.share",
]

ROLES: Final = (
    ("boss", mark("Boss"), [right.value for right in Permission]),
    ("administrator", mark("Administrator"), _ADMINISTRATOR),
    ("sales_manager", mark("Sales manager"), _MANAGER),
    ("sales", mark("Salesperson"), _SALES),
    ("keeper", mark("Warehouse keeper"), _KEEPER),
    ("buyer", mark("Buyer"), _BUYER),
    ("cashier", mark("Cashier"), _CASHIER),
    ("service", mark("Customer service"), _SERVICE),
    ("accountant", mark("Accountant"), _ACCOUNTANT),
)
"""Built-in roles: code, title, rights. New roles are copies of these."""


def seed_company(connection: Connection) -> None:
    """Fill in what is missing of roles, numbering and dictionary; what the office changed stays.

    Run at the end of every upgrade, as the owner of the tables. Rights that are new with this version, which the
    boss's role has not had so far, come to every built-in role that is meant to have them; rights that the office
    took from a role stay taken. Rights that are no more leave every role.
    """
    every = [right.value for right in Permission]
    known = connection.scalar(text("SELECT rights FROM organisation.role WHERE code = 'boss'"))
    for code, name, rights in ROLES:
        connection.execute(
            text(
                "INSERT INTO organisation.role AS r (code, name, rights, built_in) VALUES (:code, :name, :rights, true)"
                " ON CONFLICT ON CONSTRAINT uq_role_code DO UPDATE"
                " SET rights = ARRAY(SELECT unnest(r.rights) UNION SELECT unnest(CAST(:fresh AS text[])) ORDER BY 1)"
                " WHERE NOT r.rights @> CAST(:fresh AS text[])"
            ),
            {
                "code": code,
                "name": name,
                "rights": sorted(set(rights)),
                "fresh": sorted(set(rights) - set(known or every)),
            },
        )
    connection.execute(
        text(
            "UPDATE organisation.role"
            " SET rights = ARRAY(SELECT x FROM unnest(rights) x WHERE x = ANY (:every) ORDER BY 1)"
            " WHERE NOT rights <@ CAST(:every AS text[])"
        ),
        {"every": every},
    )
    for entity, prefix in NUMBERING.items():
        connection.execute(
            text(
                "INSERT INTO app.numbering (entity, prefix) VALUES (:entity, :prefix) ON CONFLICT DO NOTHING"
            ),
            {"entity": entity, "prefix": prefix},
        )
    _seed_choices(connection)
    connection.execute(text("SELECT app.rebuild_scope()"))


def _seed_choices(connection: Connection) -> None:
    kinds = json.loads((FOLDER / "reference" / "choices.json").read_text(encoding="utf-8"))
    rows = [
        {
            "key": f"{kind}.{choice['code']}",
            "kind": kind,
            "parent": f"{kind}.{choice['parent']}" if choice.get("parent") else None,
            "zh": choice["zh"],
            "en": choice["en"],
            "colour": choice.get("colour"),
            "position": position,
        }
        for kind, choices in kinds.items()
        for position, choice in enumerate(choices, 1)
    ]
    connection.execute(
        text(
            "INSERT INTO system.choice (key, kind, parent_key, zh, en, colour, position)"
            " VALUES (:key, :kind, :parent, :zh, :en, :colour, :position) ON CONFLICT DO NOTHING"
        ),
        rows,
    )
