"""Posting a sale of ten lines with stock issue and payment, alone and with eight clerks on the same goods."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random
from typing import Any, Final
from uuid import uuid4

import psycopg

from app.bench.measure import Line, Ways, compared

GOODS: Final = 20
LINES: Final = 10
CLERKS: Final = 8
COPIED: Final = (
    "sales.order", "sales.order_line", "stock.issue", "stock.issue_line", "stock.ledger", "stock.ledger_cost",
    "stock.balance", "stock.cost", "finance.payment", "finance.allocation", "finance.ledger",
    "finance.account_ledger", "finance.account_balance", "customers.balance", "app.counter", "app.request",
    "app.history",
)  # fmt: skip
FILLED: Final = ("stock.balance", "stock.cost", "finance.account_balance", "customers.balance", "app.counter")


def prepare(ways: Ways) -> tuple[list[int], list[int], int]:
    """Ten customers, twenty products with plenty of stock, and copies of the tables for the hand-written way."""
    admin = ways.as_()
    admin.execute("DROP SCHEMA IF EXISTS hand CASCADE; CREATE SCHEMA hand")
    for table in COPIED:
        source = _quoted(table)
        admin.execute(f"CREATE TABLE {_hand(table)} (LIKE {source} INCLUDING ALL)")
    for table in COPIED:
        for name, definition in admin.execute(
            "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE contype = 'f' AND conrelid = %s::regclass",
            (_quoted(table),),
        ).fetchall():
            own = definition
            for other in COPIED:
                own = own.replace(f"REFERENCES {_quoted(other)}(", f"REFERENCES {_hand(other)}(")
                own = own.replace(f"REFERENCES {other}(", f"REFERENCES {_hand(other)}(")
            admin.execute(f'ALTER TABLE {_hand(table)} ADD CONSTRAINT "{name}" {own}')
    products = [row[0] for row in admin.execute(
        "SELECT id FROM products.product WHERE stocked AND state = 'active' ORDER BY id LIMIT %s", (GOODS,)
    ).fetchall()]  # fmt: skip
    customers = [row[0] for row in admin.execute(
        "SELECT id FROM customers.customer WHERE owner_id IS NOT NULL"
        " AND (kind = 'individual' OR credit_limit IS NULL) ORDER BY id LIMIT 10"
    ).fetchall()]  # fmt: skip
    # only keepers post in a warehouse
    admin.execute(
        "INSERT INTO stock.keeper (warehouse_id, user_id) SELECT 1, u.id"
        " FROM organisation.\"user\" u WHERE u.login = 'boss' ON CONFLICT DO NOTHING"
    )
    boss = ways.as_("boss")
    lines = [{"product_id": product, "quantity": 1_000_000, "unit_cost": "5.5"} for product in products]
    made = _post(boss, "stock.save_receipt", {"warehouse_id": 1, "kind": "other", "lines": lines})
    _post(boss, "stock.post_receipt", {"receipt_id": made["changes"]["stock.receipt"][0]})
    for table in FILLED:
        admin.execute(f"INSERT INTO {_hand(table)} OVERRIDING SYSTEM VALUE SELECT * FROM {_quoted(table)}")
        admin.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), 1000000000)", (_hand(table),))
    return products, customers, 1


def _quoted(table: str) -> str:
    schema, _, noun = table.partition(".")
    return f'{schema}."{noun}"'


def _hand(table: str) -> str:
    return f'hand."{table.replace(".", "_")}"'


def _post(connection: psycopg.Connection[Any], command: str, arguments: dict[str, Any]) -> Any:
    row = connection.execute(
        "SELECT app.post(%s, %s, %s::jsonb)", (uuid4(), command, json.dumps(arguments))
    ).fetchone()
    assert row is not None
    return row[0]


def ours(
    connection: psycopg.Connection[Any], products: list[int], customer: int, warehouse: int, random: Random
) -> None:
    """One sale through the posting function."""
    chosen = random.sample(products, LINES)
    lines = [{"product_id": p, "quantity": 1, "tax_price": "11.3", "tax_rate": 13} for p in chosen]
    order = {"customer_id": customer, "warehouse_id": warehouse, "lines": lines}
    _post(connection, "sales.sell", {"order": order, "account_id": 1})


def by_hand(
    connection: psycopg.Connection[Any], products: list[int], customer: int, warehouse: int, random: Random
) -> None:
    """The same rows by plain SQL in one transaction, as a careful programmer would write it once."""
    chosen = sorted(random.sample(products, LINES))
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO hand.app_request (key, login, command, digest) VALUES (%s, 'x', 'sell', 'd')",
            (uuid4(),),
        )
        cursor.execute("SELECT 1 FROM hand.customers_balance WHERE id = %s FOR NO KEY UPDATE", (customer,))
        cursor.execute(
            "SELECT 1 FROM hand.stock_balance WHERE warehouse_id = %s AND product_id = ANY (%s) ORDER BY product_id"
            " FOR NO KEY UPDATE", (warehouse, chosen),
        )  # fmt: skip
        cursor.execute("SELECT 1 FROM hand.finance_account_balance WHERE id = 1 FOR NO KEY UPDATE")
        cursor.execute(ORDER, {"customer": customer, "warehouse": warehouse, "products": chosen})
        row = cursor.fetchone()
        assert row is not None
        cursor.execute(MOVE, {"issue": row[1], "number": row[3], "warehouse": warehouse, "products": chosen})
        cursor.execute(MONEY, {"order": row[0], "issue": row[1], "payment": row[2], "customer": customer})


_NUMBER = (
    "(INSERT INTO hand.app_counter AS c (series, last) VALUES ('{0}', 1) ON CONFLICT (series)"
    " DO UPDATE SET last = c.last + 1 RETURNING series || c.last AS number)"
)
ORDER: Final = f"""WITH n1 AS {_NUMBER.format("HS")}, n2 AS {_NUMBER.format("HC")}, n3 AS {_NUMBER.format("HH")},
o AS (INSERT INTO hand.sales_order (number, customer_id, customer_name, state, warehouse_id, owner_id, lines_total,
        gross, tax, received, issued_amount, quantity, open_quantity, confirmed_at, search)
    SELECT n1.number, c.id, c.name, 'confirmed', %(warehouse)s, c.owner_id, 113, 113, 13, 113, 113, 10, 0, now(),
        app.search_text(ARRAY[c.name, n1.number], ARRAY['name', 'number'])::tsvector
    FROM customers.customer c, n1 WHERE c.id = %(customer)s RETURNING *),
l AS (INSERT INTO hand.sales_order_line (order_id, owner_id, position, product_id, product_name, model, unit, quantity,
        tax_price, net, tax, gross, delivered)
    SELECT o.id, o.owner_id, x.i, p.id, p.name, p.model, p.unit, 1, 11.3, 10, 1.3, 11.3, 1
    FROM o, unnest(%(products)s::bigint[]) WITH ORDINALITY x(p, i) JOIN products.product p ON p.id = x.p RETURNING *),
i AS (INSERT INTO hand.stock_issue (number, kind, warehouse_id, customer_id, customer_name, state, posted_at, search)
    SELECT n2.number, 'sale', %(warehouse)s, o.customer_id, o.customer_name, 'posted', now(),
        app.search_text(ARRAY[o.customer_name, n2.number], ARRAY['name', 'number'])::tsvector FROM o, n2 RETURNING *),
il AS (INSERT INTO hand.stock_issue_line (issue_id, position, warehouse_id, product_id, order_id, order_line_id,
        order_number, quantity, counted)
    SELECT i.id, l.position, i.warehouse_id, l.product_id, l.order_id, l.id, o.number, 1, 1 FROM i, o, l RETURNING id),
p AS (INSERT INTO hand.finance_payment (number, customer_id, customer_name, amount, account_id, owner_id, search)
    SELECT n3.number, o.customer_id, o.customer_name, 113, 1, o.owner_id,
        app.search_text(ARRAY[o.customer_name, n3.number], ARRAY['name', 'number'])::tsvector FROM o, n3 RETURNING *),
a AS (INSERT INTO hand.finance_allocation (payment_id, order_id, owner_id, amount)
    SELECT p.id, o.id, o.owner_id, 113 FROM o, p RETURNING id),
h AS (INSERT INTO hand.app_history (transaction, login, entity, record_id, action)
    SELECT 1, 'x', 'sales.order', o.id, 'create' FROM o
    UNION ALL SELECT 1, 'x', 'sales.order_line', l.id, 'create' FROM l
    UNION ALL SELECT 1, 'x', 'stock.issue_line', il.id, 'create' FROM il
    UNION ALL SELECT 1, 'x', 'stock.issue', i.id, 'create' FROM i
    UNION ALL SELECT 1, 'x', 'finance.allocation', a.id, 'create' FROM a
    UNION ALL SELECT 1, 'x', 'finance.payment', p.id, 'create' FROM p RETURNING id)
SELECT o.id, i.id, p.id, i.number FROM o, i, p"""
MOVE: Final = """WITH b AS (UPDATE hand.stock_balance b SET on_hand = b.on_hand - 1
    WHERE b.warehouse_id = %(warehouse)s AND b.product_id = ANY (%(products)s) RETURNING b.id, b.product_id, b.on_hand),
c AS (UPDATE hand.stock_cost c SET value = c.value - round(c.average, 2),
        average = round((c.value - round(c.average, 2)) / b.on_hand, 6)
    FROM b WHERE c.id = b.id RETURNING c.product_id, c.value, c.average),
l AS (INSERT INTO hand.stock_ledger (document, document_id, number, warehouse_id, product_id, delta, balance_after)
    SELECT 'stock.issue', %(issue)s, %(number)s, %(warehouse)s, b.product_id, -1, b.on_hand FROM b
    RETURNING id, product_id)
INSERT INTO hand.stock_ledger_cost (id, warehouse_id, product_id, value, value_after, average_after)
SELECT l.id, %(warehouse)s, l.product_id, -c.average, c.value, c.average FROM l JOIN c ON c.product_id = l.product_id"""
MONEY: Final = """WITH b AS (UPDATE hand.customers_balance b SET ordered = ordered + 113, paid = paid + 113,
        issued = issued + 113 WHERE b.id = %(customer)s RETURNING b.*),
a AS (UPDATE hand.finance_account_balance a SET balance = balance + 113 WHERE a.id = 1 RETURNING a.balance),
f AS (INSERT INTO hand.finance_ledger (date, owner_id, customer_id, kind, document, document_id, number, delta, moved,
        receivable_after)
    SELECT current_date, b.owner_id, b.id, x.kind, x.document, x.id, 'n', x.delta, 113, b.receivable FROM b,
    (VALUES ('order', 'sales.order', %(order)s, 113), ('issue', 'stock.issue', %(issue)s, 0),
            ('payment', 'finance.payment', %(payment)s, -113)) x(kind, document, id, delta) RETURNING id)
INSERT INTO hand.finance_account_ledger (date, account_id, document, document_id, number, delta, balance_after)
SELECT current_date, 1, 'finance.payment', %(payment)s, 'n', 113, a.balance FROM a"""


def posting(ways: Ways, repeat: int, seconds: float) -> list[Line]:
    """Both lines of the budget. ``seconds``: how long the eight clerks sell each way."""
    products, customers, warehouse = prepare(ways)
    random = Random(1)
    alone = compared(
        "sale of 10 lines with issue and payment",
        lambda: ours(ways.as_("boss"), products, random.choice(customers), warehouse, random),
        lambda: by_hand(ways.as_(), products, random.choice(customers), warehouse, random),
        repeat,
        2.0,
    )
    together, failures = _clerks(ways, "boss", ours, products, customers, warehouse, seconds)
    hand, _ = _clerks(ways, None, by_hand, products, customers, warehouse, seconds)
    with _numbers_of_a_sequence(ways):
        gaps, _ = _clerks(ways, "boss", ours, products, customers, warehouse, seconds)
    below = ways.as_().execute("SELECT count(*) FROM stock.balance WHERE on_hand < 0").fetchone()
    note = (
        f"{together:.0f} against {hand:.0f} sales/s, {failures} failed, {below[0] if below else 0} below zero"
    )
    return [
        alone,
        Line("the same, 8 clerks on the same 20 products (ms per sale)", 1000 / max(together, 0.001),
             1000 / max(hand, 0.001), 1 / 0.6, note=note),
        Line("numbers without gaps against those of a sequence, 8 clerks (ms per sale)",
             1000 / max(together, 0.001), 1000 / max(gaps, 0.001), 1.5,
             note=f"{together:.0f} against {gaps:.0f} sales/s"),
    ]  # fmt: skip


@contextmanager
def _numbers_of_a_sequence(ways: Ways) -> Iterator[None]:
    """Meanwhile documents are numbered by a sequence: fast, but with gaps, so nothing for an office."""
    admin = ways.as_()
    name = "app.next_number(text, date)"
    row = admin.execute("SELECT pg_get_functiondef(%s::regprocedure)", (name,)).fetchone()
    assert row is not None
    admin.execute("CREATE SEQUENCE IF NOT EXISTS hand.numbers; GRANT USAGE ON SCHEMA hand TO shuke_owner;"
                  " GRANT USAGE ON SEQUENCE hand.numbers TO shuke_owner")  # fmt: skip
    admin.execute(
        "CREATE OR REPLACE FUNCTION app.next_number(entity text, day date) RETURNS text LANGUAGE sql"
        " SET search_path = pg_catalog, pg_temp AS $$ SELECT 'SEQ-' || nextval('hand.numbers') $$"
    )
    try:
        yield
    finally:
        admin.execute(row[0])


Sale = Callable[[psycopg.Connection[Any], list[int], int, int, Random], None]


def _clerks(
    ways: Ways,
    login: str | None,
    sale: Sale,
    products: list[int],
    customers: list[int],
    warehouse: int,
    seconds: float,
) -> tuple[float, int]:
    """Sales per second of all clerks together, and how many failed."""
    done, failed = [0] * CLERKS, [0] * CLERKS
    end = time.perf_counter() + seconds

    def clerk(number: int) -> None:
        random = Random(number)
        with ways.connect(login) as connection:
            while time.perf_counter() < end:
                try:
                    sale(connection, products, random.choice(customers), warehouse, random)
                    done[number] += 1
                except psycopg.Error:
                    failed[number] += 1

    threads = [threading.Thread(target=clerk, args=(number,)) for number in range(CLERKS)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(done) / (time.perf_counter() - start), sum(failed)
