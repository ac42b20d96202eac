"""What people and programs may type or send that cannot be: every posting function says so in words, writes nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from services.clock import today
from services.customers.entities import CUSTOMER_ENTITY
from services.database import Database
from services.errors import ShukeError
from services.records import recycle
from tests.conftest import Company
from tests.factories.shop import Shop, open_shop, run

NOT_THERE = "That record is not available."
QUANTITY = "Enter the quantity of {product}."
TOO_LARGE = "This number is larger than any that can be stored."
OPEN = "Only {open} of {product} are open."
PAID = "Enter the amount that was paid."
IMPOSSIBLE = "A value is not possible here; nothing was posted."
RECEIPT_LINE = "Every line needs a quantity above zero, and no cost below zero."

WRITTEN = (
    "products.level_price",
    "products.price_change",
    "products.repricing",
    "products.pack",
    "sales.order",
    "sales.order_line",
    "stock.receipt",
    "stock.issue",
    "stock.ledger",
    "delivery.dispatch",
    "finance.payment",
    "finance.ledger",
    "finance.account_ledger",
)


@dataclass
class Scene:
    """A shop with an order of one ball valve by sales1 that is confirmed."""

    company: Company
    shop: Shop
    order: int
    line: int
    unbound: int
    """A draft for a warehouse that is closed by now."""
    closed: int
    theirs: int
    """A customer of another team."""
    gone: int
    """A customer of sales1 in the recycle bin."""
    bare: int
    """A product without a price at any level."""


@pytest.fixture
def scene(company: Company) -> Scene:
    shop = open_shop(company)
    admin, seller = company.psql(), company.as_("sales1")

    def one(statement: str, *values: object, login: str = "postgres") -> int:
        row = (admin if login == "postgres" else company.psql(login)).execute(statement, values).fetchone()
        assert row is not None
        return int(str(row[0]))

    def drafted(warehouse: int) -> int:
        line = {"product_id": shop.products[0], "quantity": "1", "tax_price": "44"}
        return run(
            seller, "sales.save_order", customer_id=shop.customer, warehouse_id=warehouse, lines=[line]
        ).id

    order = drafted(shop.warehouse)
    run(seller, "sales.confirm_order", order_id=order)
    closed = one("SELECT max(id) FROM stock.warehouse")
    unbound = drafted(closed)
    admin.execute("UPDATE stock.warehouse SET active = false WHERE id = %s", (closed,))
    gone = one("INSERT INTO customers.customer (name) VALUES ('旧客户') RETURNING id", login="sales1")
    seller.write(recycle, entity=CUSTOMER_ENTITY, ids=[gone])
    bare = shop.products[5]
    admin.execute("DELETE FROM products.level_price WHERE product_id = %s", (bare,))
    return Scene(
        company,
        shop,
        order,
        one("SELECT id FROM sales.order_line WHERE order_id = %s", order),
        unbound,
        closed,
        one("INSERT INTO customers.customer (name) VALUES ('别组客户') RETURNING id", login="sales5"),
        gone,
        bare,
    )


Arguments = dict[str, Any]
Case = tuple[str, str, Callable[[Scene], Arguments], str]


def order(scene: Scene, line: Arguments, **head: Any) -> Arguments:
    given = {"product_id": scene.shop.products[0], "quantity": "1", "tax_price": "44"} | line
    return {
        "customer_id": scene.shop.customer,
        "warehouse_id": scene.shop.warehouse,
        "lines": [given],
        **head,
    }


def sale(scene: Scene, paid: str | None, line: Arguments) -> Arguments:
    return {"order": order(scene, line), "account_id": 1, "paid": paid}


def payment(scene: Scene, **given: Any) -> Arguments:
    return {"customer_id": scene.shop.customer, "account_id": 1, "amount": "10", **given}


def receipt(scene: Scene, line: Arguments, **head: Any) -> Arguments:
    given = {"product_id": scene.shop.products[0], "quantity": "1", "unit_cost": "1"} | line
    return {"warehouse_id": scene.shop.warehouse, "kind": "purchase", "lines": [given], **head}


def goods(scene: Scene, quantity: str | None, warehouse: int | None = None) -> Arguments:
    return {"warehouse_id": warehouse or scene.shop.warehouse, "lines": [[scene.line, quantity]]}


def prices(scene: Scene, price: str, **given: Any) -> Arguments:
    return {"product_id": scene.shop.products[0], "prices": [[scene.shop.levels[0], price]], **given}


def packs(scene: Scene, factor: str | None) -> Arguments:
    return {"product_id": scene.shop.products[0], "version": 1, "packs": [{"name": "箱", "factor": factor}]}


def formula(scene: Scene, **given: Any) -> Arguments:
    usual = {"source": "list", "target": "list", "factor": "1", "added": "0", "step": "0.01", "ending": "0"}
    return {**usual, "product_ids": [scene.bare], "expected": [1, "0.01"], **given}


CASES: list[Case] = [
    # what is sold
    *(
        ("sales1", "sales.save_order", lambda s, q=q: order(s, {"quantity": q}), QUANTITY)
        for q in ("0", "-1", "NaN", "0.0000001", None)
    ),
    *(
        ("boss", "sales.sell", lambda s, q=q: sale(s, None, {"quantity": q}), QUANTITY)
        for q in ("0", "-1", "NaN", None)
    ),
    ("sales1", "sales.save_order", lambda s: order(s, {"quantity": "1e30"}), TOO_LARGE),
    ("sales1", "sales.save_order", lambda s: order(s, {"tax_price": "1e30"}), TOO_LARGE),
    (
        "sales1",
        "sales.save_order",
        lambda s: order(s, {}, freight="-1"),
        "The freight cannot be less than nothing.",
    ),
    ("sales1", "sales.save_order", lambda s: order(s, {"discount": "-1"}), IMPOSSIBLE),
    ("sales1", "sales.save_order", lambda s: order(s, {"product_id": 10**9}), NOT_THERE),
    (
        "sales1",
        "sales.save_order",
        lambda s: order(s, {"pack_unit": "桶", "pack_factor": "5"}),
        "What {pack} of {product} holds has been changed. Choose the unit again.",
    ),
    ("sales1", "sales.save_order", lambda s: order(s, {}, customer_id=s.theirs), NOT_THERE),
    ("sales1", "sales.save_order", lambda s: order(s, {}, customer_id=s.gone), NOT_THERE),
    (
        "sales1",
        "sales.confirm_order",
        lambda s: {"order_id": s.unbound},
        "{warehouse} is closed. Choose another warehouse.",
    ),
    ("sales5", "sales.confirm_order", lambda s: {"order_id": s.unbound}, NOT_THERE),
    ("boss", "sales.sell", lambda s: sale(s, "-1", {}), PAID),
    # what is paid
    *(
        ("cashier1", "finance.post_payment", lambda s, a=a: payment(s, amount=a), PAID)
        for a in ("0", "-1", None)
    ),
    ("cashier1", "finance.post_payment", lambda s: payment(s, amount="1e30"), TOO_LARGE),
    (
        "cashier1",
        "finance.post_payment",
        lambda s: payment(s, charge="10"),
        "The charge lies between 0 and the amount.",
    ),
    (
        "cashier1",
        "finance.post_payment",
        lambda s: payment(s, rounding="NaN"),
        "A rounding difference is {limit} at most.",
    ),
    *(
        (
            "cashier1",
            "finance.post_payment",
            lambda s, part=part: payment(s, orders=[[s.order, part]]),
            "Of order {number} only {open} are unpaid.",
        )
        for part in ("0", "-1", "NaN", None)
    ),
    (
        "cashier1",
        "finance.post_payment",
        lambda s: payment(s, date=str(today() + timedelta(days=1))),
        "A payment cannot lie in the future.",
    ),
    ("cashier1", "finance.post_payment", lambda s: payment(s, customer_id=s.gone), NOT_THERE),
    ("cashier1", "finance.post_payment", lambda s: payment(s, customer_id=None), NOT_THERE),
    ("cashier1", "finance.post_payment", lambda s: payment(s, account_id=None), NOT_THERE),
    (
        "cashier1",
        "finance.post_payment",
        lambda s: payment(s, currency="currency.usd", currency_amount="-1", rate="7"),
        "Enter the amount in the other currency.",
    ),
    # what comes in and goes out
    *(
        ("keeper1", "stock.save_receipt", lambda s, q=q: receipt(s, {"quantity": q}), RECEIPT_LINE)
        for q in ("0", "-1", None)
    ),
    ("keeper1", "stock.save_receipt", lambda s: receipt(s, {"unit_cost": "-0.01"}), RECEIPT_LINE),
    ("keeper1", "stock.save_receipt", lambda s: receipt(s, {"quantity": "1e30"}), TOO_LARGE),
    ("keeper1", "stock.save_receipt", lambda s: receipt(s, {}, lines=[]), "Enter at least one line."),
    ("keeper1", "stock.save_receipt", lambda s: receipt(s, {}, lines=None), "Enter at least one line."),
    ("keeper1", "stock.save_receipt", lambda s: receipt(s, {}, warehouse_id=10**9), NOT_THERE),
    ("keeper1", "stock.save_receipt", lambda s: receipt(s, {}, supplier_id=s.theirs), NOT_THERE),
    ("boss", "stock.save_receipt", lambda s: receipt(s, {}, supplier_id=s.gone), NOT_THERE),
    (
        "keeper1",
        "stock.save_receipt",
        lambda s: receipt(s, {"product_id": s.shop.service}),
        "{product} is not kept in stock. Take it out, or mark it as stocked first.",
    ),
    *(
        ("sales1", "stock.make_issue", lambda s, q=q: goods(s, q), OPEN)
        for q in ("0", "-1", "2", "NaN", None)
    ),
    *(
        ("sales1", "delivery.make_dispatch", lambda s, q=q: goods(s, q), OPEN)
        for q in ("0", "-1", "2", "NaN", None)
    ),
    (
        "sales1",
        "stock.make_issue",
        lambda s: {"warehouse_id": s.shop.warehouse, "lines": []},
        "There is nothing to issue: choose lines with open goods.",
    ),
    *(
        (
            "sales1",
            function,
            lambda s: goods(s, "1", s.closed),
            "{warehouse} is closed. Choose another warehouse.",
        )
        for function in ("stock.make_issue", "delivery.make_dispatch")
    ),
    ("sales5", "stock.make_issue", lambda s: goods(s, "1"), NOT_THERE),
    # what goods cost
    ("boss", "products.set_prices", lambda s: prices(s, "-0.01"), "A price is not below zero."),
    ("boss", "products.set_prices", lambda s: prices(s, "1e30"), TOO_LARGE),
    ("boss", "products.set_prices", lambda s: prices(s, "1", product_id=None), NOT_THERE),
    *(
        (
            "boss",
            "products.save_details",
            lambda s, f=f: packs(s, f),
            "A pack unit holds more than zero units.",
        )
        for f in ("0", "-1", None)
    ),
    (
        "boss",
        "products.reprice",
        lambda s: formula(s, source=str(s.shop.levels[0])),
        "None of these products has a price there.",
    ),
    *(
        ("boss", "products.reprice", lambda s, g=g: formula(s, **g), "This formula gives no price.")
        for g in ({"factor": "-1"}, {"step": "0"}, {"step": "-1"})
    ),
    ("boss", "products.set_cost", lambda s: {"product_id": 10**9, "cost_price": "1"}, NOT_THERE),
]


@pytest.mark.req("PRD-05", "STK-05", "SAL-05", "SAL-09", "FIN-02", "DLV-01")
def test_what_cannot_be_is_refused_in_words_and_changes_nothing(scene: Scene) -> None:
    admin = scene.company.psql()
    counted = " UNION ALL ".join(
        f"SELECT '{table}', count(*) FROM {table.partition('.')[0]}.\"{table.partition('.')[2]}\""
        for table in WRITTEN
    )
    before = admin.execute(counted).fetchall()
    people: dict[str, Database] = {}
    wrong = []
    for login, function, arguments, expected in CASES:
        database = people.setdefault(login, scene.company.as_(login))
        given = arguments(scene)
        try:
            run(database, function, **given)
        except ShukeError as refusal:
            if refusal.template != expected:
                wrong.append((function, given, refusal.template))
        else:
            wrong.append((function, given, "done"))
    assert not wrong
    assert admin.execute(counted).fetchall() == before


@pytest.mark.req("SAL-05")
def test_a_line_that_is_there_no_more_is_saved_as_a_new_one(scene: Scene) -> None:
    """A draft kept on a PC may name lines that were deleted since: what was typed is not lost."""
    saved = run(scene.company.as_("sales1"), "sales.save_order", **order(scene, {"id": scene.line}))
    assert saved.result["gross"] == "44.00"
    found = scene.company.psql().execute(
        "SELECT order_id = %s, count(*) FROM sales.order_line WHERE order_id IN (%s, %s) GROUP BY order_id ORDER BY 1",
        (saved.id, saved.id, scene.order),
    )
    assert found.fetchall() == [(False, 1), (True, 1)]


@pytest.mark.req("PRD-06")
def test_only_a_purchase_is_the_last_purchase(scene: Scene) -> None:
    keeper, admin = scene.company.as_("keeper1"), scene.company.psql()
    ball = scene.shop.products[0]
    known = "SELECT cost_price, last_purchase, needs_adjusting FROM products.cost WHERE id = %s"

    def receive(kind: str, *costs: str) -> None:
        lines = [{"product_id": ball, "quantity": "1", "unit_cost": cost} for cost in costs]
        draft = run(keeper, "stock.save_receipt", warehouse_id=scene.shop.warehouse, kind=kind, lines=lines)
        run(keeper, "stock.post_receipt", receipt_id=draft.id)

    receive("return", "17")
    assert admin.execute(known, (ball,)).fetchone() == (20, None, False)
    receive("purchase", "21", "22")
    assert admin.execute(known, (ball,)).fetchone() == (20, 22, True)
