"""Every special right has its effect (ORG-06): who has all others is refused for lack of this one alone."""

from __future__ import annotations

import json
from typing import Any

import psycopg
import pytest

from models.permissions import BOSS_ONLY, Permission
from services.organisation.rights import SPECIAL
from tests.conftest import Company
from tests.services.test_visibility import customer_of, user_id

VERIFIER = "SCRAM-SHA-256$4096:c2FsdA==$c3RvcmVk:c2VydmVy"
POSTED: dict[str, tuple[str, dict[str, Any]]] = {
    "customers.pool.put": ("customers.put_into_pool", {"ids": [], "reason": "x"}),
    "customers.pool.take": ("customers.take_from_pool", {"ids": []}),
    "customers.pool.administer": ("customers.take_from_pool", {"ids": [], "to_user": 1}),
    "products.change_price": ("products.set_prices", {"prices": []}),
    "sales.order.confirm": ("sales.confirm_order", {"order_id": 0}),
    "sales.counter.sell": ("sales.sell", {"order": {}, "paid": 0}),
    "delivery.note.ship": ("delivery.step_note", {"note_id": 0, "state": "shipped"}),
    "purchasing.request.step": ("purchasing.step_request", {"ids": [0], "state": "ordered"}),
    "stock.receipt.post": ("stock.post_receipt", {"receipt_id": 0}),
    "stock.issue.post": ("stock.post_issue", {"issue_id": 0}),
    "finance.payment.post": ("finance.post_payment", {}),
    "finance.payment.reverse": ("finance.reverse_payment", {"payment_id": 0}),
    "organisation.share": (
        "organisation.share_records",
        {"entity": "customers.customer", "ids": [0], "users": [1]},
    ),
    "organisation.transfer": (
        "organisation.transfer",
        {"entity": "customers.customer", "ids": [0], "to_user": 1},
    ),
    "organisation.session.end": ("organisation.end_session", {"pid": 0}),
    "system.saved_search.share": ("system.offer_search", {"id": 0, "everybody": True}),
}
"""{right: the function that asks for it, and arguments that reach the question}."""
ASKED = {
    "customers.set_credit": "UPDATE customers.customer SET credit_limit = 5",
    "organisation.user.password": f"SELECT organisation.set_password('sales2', '{VERIFIER}')",
    "system.settings": "SELECT system.set_setting('probe', '1')",
}
"""{right: a statement that asks for it}."""
COUNTED = {
    "customers.see_all": "customers.customer",
    "customers.service": "customers.customer",
    "activities.see_all": "activities.record",
    "products.see_cost": "products.cost",
    "sales.see_all": 'sales."order"',
    "delivery.see_all": "delivery.note",
    "purchasing.see_all": "purchasing.request",
    "stock.see_all": "stock.receipt",
    "finance.see_all": "finance.payment",
    "system.history": "app.history",
}
"""{right: a table of which one sees more with it}."""
ELSEWHERE = {
    "sales.price_below_limit": "test_new_ideas.test_the_lowest_price_holds_for_the_whole_order",
    "sales.over_credit": "test_selling, test_posting_races.test_two_clerks_race_for_one_credit_limit",
    "system.purge": "the boss's alone: test_organisation.test_the_boss_cannot_give_away_deleting_for_ever",
}
"""Rights whose effect takes a whole order to show, and where it is shown."""
BESIDE = {
    "customers.pool.put": {"customers.pool.administer"},
    "customers.pool.take": {"customers.pool.administer"},
    # customer service is shown sections of all customers
    "customers.service": {right for right in SPECIAL if right.endswith(".see_all")},
    **{right: {"customers.service"} for right in SPECIAL if right.endswith(".see_all")},
}
"""Rights that allow the same and are taken away too."""


def give_all(company: Company, *, but: set[str]) -> None:
    """sales1 has every right that can be given, but for some."""
    rights = sorted(right.value for right in set(Permission) - BOSS_ONLY if right.value not in but)
    company.psql().execute("UPDATE organisation.role SET rights = %s WHERE code = 'sales'", (rights,))


def refusal(connection: psycopg.Connection[Any], statement: str, *values: object) -> str:
    """The right that was missing, empty when none was."""
    try:
        connection.execute(statement, values or None)  # type: ignore[call-overload]
    except psycopg.Error as error:
        if error.sqlstate == "42501":
            return str(json.loads(error.diag.message_detail or "{}").get("right", "?"))
    return ""


def test_every_special_right_is_tried() -> None:
    tried = [*POSTED, *ASKED, *COUNTED, *ELSEWHERE]
    assert sorted(tried) == sorted(SPECIAL) and len(tried) == len(set(tried))


@pytest.mark.req("ORG-06")
def test_what_a_right_lets_do(company: Company) -> None:
    customer_of(company, "sales1")
    seller = company.psql("sales1")
    asked = {
        right: ("SELECT app.post(gen_random_uuid(), %s, %s::jsonb)", function, json.dumps(arguments))
        for right, (function, arguments) in POSTED.items()
    }
    asked |= {right: (statement,) for right, statement in ASKED.items()}
    try:
        for right, call in asked.items():
            beside = BESIDE.get(right, set())
            give_all(company, but={right, *beside})
            assert refusal(seller, *call) == right
            give_all(company, but=beside)
            assert refusal(seller, *call) == "", right
    finally:
        from services.passwords import scram_verifier
        from tests.conftest import PASSWORD

        company.psql().execute("SELECT app.make_login('sales2', %s)", (scram_verifier(PASSWORD),))


@pytest.mark.req("ORG-06", "ORG-14")
def test_what_a_right_lets_see(sample: Company) -> None:
    seller = sample.psql("sales1")
    sample.psql().execute(
        "UPDATE app.section SET shown = true; DELETE FROM stock.keeper WHERE user_id ="
        f" {user_id(sample, 'sales1')}"
    )

    # somebody else's
    sample.psql("manager").execute(
        "INSERT INTO purchasing.request (product_id, quantity)"
        " SELECT p.id, 1 FROM products.product p WHERE p.stocked ORDER BY p.id LIMIT 1"
    )

    def seen(table: str) -> int:
        row = seller.execute(f"SELECT count(*) FROM {table}").fetchone()  # type: ignore[call-overload]
        assert row is not None
        return int(str(row[0]))

    for right, table in COUNTED.items():
        beside = BESIDE.get(right, set())
        give_all(sample, but={right, *beside})
        without = seen(table)
        give_all(sample, but=beside)
        assert seen(table) > without, (right, table, without)
