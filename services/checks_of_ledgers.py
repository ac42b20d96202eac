"""Rules of ``services.checking``: balances against their ledgers, and ledgers in themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from services.language import mark


@dataclass(frozen=True, slots=True)
class Rule:
    """``sql`` gives one row (where, expected, found) for everything that is wrong."""

    key: str
    what: str
    sql: str
    admin: bool = False
    """Reads tables that are closed to staff."""


_PLACE = """(SELECT concat_ws(' ', p.number, p.name, p.model) FROM products.product p WHERE p.id = {0}.product_id)
    || ', ' || coalesce((SELECT w.name FROM stock.warehouse w WHERE w.id = {0}.warehouse_id), '?')"""


def _running(table: str, delta: str, after: str, key: str, where: str) -> str:
    """A ledger whose ``after`` is not the sum of ``delta`` up to its row. Only what is summed is sorted; whole rows
    are read for what is wrong."""
    return f"""SELECT {where}, trim_scale(y.expected)::text, trim_scale(y.after)::text FROM (
            SELECT l.id, l.{after} AS after, sum(l.{delta}) OVER (
                PARTITION BY {key} ORDER BY l.id ROWS UNBOUNDED PRECEDING) AS expected FROM {table} l
        ) y CROSS JOIN LATERAL (SELECT z.* FROM {table} z WHERE z.id = y.id OFFSET 0) x
        WHERE y.after IS DISTINCT FROM y.expected"""


LEDGER_RULES: Final = (
    Rule(
        "stock.on_hand",
        mark("Stock on hand differs from the stock journal:"),
        f"""SELECT {_PLACE.format("x")}, trim_scale(x.expected)::text, trim_scale(x.on_hand)::text FROM (
                SELECT coalesce(l.warehouse_id, b.warehouse_id) AS warehouse_id,
                       coalesce(l.product_id, b.product_id) AS product_id, coalesce(l.expected, 0)
                         AS expected, b.on_hand
                FROM (SELECT warehouse_id, product_id, sum(delta) AS expected FROM stock.ledger GROUP BY 1, 2) l
                FULL JOIN stock.balance b ON b.warehouse_id = l.warehouse_id AND b.product_id = l.product_id
            ) x WHERE x.on_hand IS DISTINCT FROM x.expected""",
    ),
    Rule(
        "stock.reserved",
        mark("Reserved stock differs from the open orders:"),
        f"""SELECT {_PLACE.format("x")}, trim_scale(x.expected)::text, trim_scale(x.reserved)::text FROM (
                SELECT coalesce(o.warehouse_id, b.warehouse_id) AS warehouse_id,
                       coalesce(o.product_id, b.product_id) AS product_id, coalesce(o.expected, 0)
                         AS expected, b.reserved
                FROM (SELECT o.warehouse_id, l.product_id, sum(greatest(l.quantity - l.delivered, 0)) AS expected
                      FROM sales.order_line l JOIN sales."order" o ON o.id = l.order_id
                      WHERE o.state = 'confirmed' AND o.open_quantity > 0 AND l.stocked GROUP BY 1, 2) o
                FULL JOIN stock.balance b ON b.warehouse_id = o.warehouse_id AND b.product_id = o.product_id
            ) x WHERE coalesce(x.reserved, 0) <> x.expected""",
    ),
    Rule(
        "stock.negative",
        mark("Stock is below zero where the warehouse does not allow it:"),
        f"""SELECT {_PLACE.format("b")}, '>= 0', trim_scale(b.on_hand)::text FROM stock.balance b
            JOIN stock.warehouse w ON w.id = b.warehouse_id WHERE b.on_hand < 0 AND NOT w.negative_allowed""",
    ),
    Rule(
        "stock.negative_allowed",
        mark("A balance does not know whether its warehouse may go below zero:"),
        f"""SELECT {_PLACE.format("b")}, w.negative_allowed::text, b.negative_allowed::text FROM stock.balance b
            JOIN stock.warehouse w ON w.id = b.warehouse_id WHERE b.negative_allowed <> w.negative_allowed""",
    ),
    Rule(
        "stock.ledger",
        mark("The stock journal's running balance is wrong:"),
        _running("stock.ledger", "delta", "balance_after", "l.warehouse_id, l.product_id",
                 f"x.number || ', ' || {_PLACE.format('x')}"),
    ),
    Rule(
        "stock.value",
        mark("Stock value differs from the stock journal:"),
        f"""SELECT {_PLACE.format("x")}, x.expected::text, x.value::text FROM (
                SELECT b.warehouse_id, b.product_id, coalesce(l.expected, 0) AS expected, c.value
                FROM stock.balance b LEFT JOIN stock.cost c ON c.id = b.id
                LEFT JOIN (SELECT warehouse_id, product_id, sum(value) AS expected
                  FROM stock.ledger_cost GROUP BY 1, 2) l
                  ON l.warehouse_id = b.warehouse_id AND l.product_id = b.product_id
            ) x WHERE x.value IS DISTINCT FROM x.expected""",
    ),
    Rule(
        "stock.average",
        mark("The moving average is not that of the last movement that sets it:"),
        f"""SELECT {_PLACE.format("c")},
                  concat_ws(' / ', coalesce(l.value_after, 0), trim_scale(coalesce(l.balance_after, 0))),
                  concat_ws(' / ', c.base_value, trim_scale(c.base_quantity))
                  || CASE WHEN c.average = r.average THEN '' ELSE ' = ' || trim_scale(c.average) END
            FROM stock.cost c LEFT JOIN (
                SELECT DISTINCT ON (l.warehouse_id, l.product_id) l.warehouse_id, l.product_id, v.value_after,
                       l.balance_after
                FROM stock.ledger l JOIN stock.ledger_cost v ON v.id = l.id AND v.sets_average
                ORDER BY l.warehouse_id, l.product_id, l.id DESC) l
              ON l.warehouse_id = c.warehouse_id AND l.product_id = c.product_id
            CROSS JOIN LATERAL (SELECT CASE WHEN c.base_quantity = 0 THEN 0 ELSE
                round(c.base_value * 1.000000000000 / c.base_quantity, 12) END AS average) r
            WHERE c.base_value <> coalesce(l.value_after, 0) OR c.base_quantity <> coalesce(l.balance_after, 0)
               OR c.average <> r.average""",
    ),
    Rule(
        "stock.worth",
        mark("The stock value is not the quantity at the exact moving average:"),
        f"""SELECT {_PLACE.format("c")}, w.worth::numeric(18, 2)::text, c.value::text
            FROM stock.cost c JOIN stock.balance b ON b.id = c.id
            CROSS JOIN LATERAL (SELECT CASE WHEN c.base_quantity = 0 THEN 0 ELSE sign(b.on_hand)
                * div(abs(c.base_value * b.on_hand) * 200 + c.base_quantity, 2 * c.base_quantity) * 0.01 END) w(worth)
            WHERE c.value <> w.worth""",
    ),
    Rule(
        "stock.ledger_cost",
        mark("The stock journal's running value is wrong:"),
        _running("stock.ledger_cost", "value", "value_after", "l.warehouse_id, l.product_id",
                 f"x.id::text || ', ' || {_PLACE.format('x')}"),
    ),
    Rule(
        "stock.cost_rows",
        mark("A movement or balance has no value, or a value no movement or balance:"),
        """SELECT 'stock.ledger ' || coalesce(l.id, c.id), 'both', CASE WHEN l.id IS NULL
          THEN 'value' ELSE 'movement' END
           FROM stock.ledger l FULL JOIN stock.ledger_cost c ON c.id = l.id
           WHERE l.id IS NULL OR c.id IS NULL OR l.product_id <> c.product_id OR l.warehouse_id <> c.warehouse_id
           UNION ALL
           SELECT 'stock.balance ' || coalesce(b.id, c.id), 'both', CASE WHEN b.id IS NULL
             THEN 'value' ELSE 'balance' END
           FROM stock.balance b FULL JOIN stock.cost c ON c.id = b.id
           WHERE b.id IS NULL OR c.id IS NULL OR b.product_id <> c.product_id OR b.warehouse_id <> c.warehouse_id
           UNION ALL
           SELECT 'stock.receipt_line ' || c.id, 'both', 'cost' FROM stock.receipt_line_cost c
           WHERE NOT EXISTS (SELECT FROM stock.receipt_line l WHERE l.id = c.id)
           UNION ALL
           SELECT 'products.product ' || c.id, 'both', 'cost' FROM products.cost c
           WHERE NOT EXISTS (SELECT FROM products.product p WHERE p.id = c.id)""",
    ),
    Rule(
        "customers.balance",
        mark("What a customer owes differs from his ledger:"),
        # a customer's row is wide: it is read for what is wrong only
        """SELECT (SELECT concat_ws(' ', c.number, c.name) FROM customers.customer c WHERE c.id = x.id),
                  x.expected, x.found
           FROM (SELECT coalesce(b.id, l.customer_id) AS id,
                        concat_ws(' / ', coalesce(l.receivable, 0), coalesce(l.ordered, 0),
                                  coalesce(l.paid, 0), coalesce(l.issued, 0)) AS expected,
                        concat_ws(' / ', b.receivable, b.ordered, b.paid, b.issued) AS found
                 FROM customers.balance b FULL JOIN (
                     SELECT customer_id, sum(delta) AS receivable,
                            coalesce(sum(moved) FILTER (WHERE kind = 'order'), 0) AS ordered,
                            coalesce(sum(moved) FILTER (WHERE kind = 'payment'), 0) AS paid,
                            coalesce(sum(moved) FILTER (WHERE kind = 'issue'), 0) AS issued
                     FROM finance.ledger GROUP BY 1) l ON l.customer_id = b.id
                 WHERE b.id IS NULL OR b.receivable <> coalesce(l.receivable, 0) OR b.ordered <> coalesce(l.ordered, 0)
                    OR b.paid <> coalesce(l.paid, 0) OR b.issued <> coalesce(l.issued, 0)
                 ) x
           UNION ALL
           SELECT concat_ws(' ', c.number, c.name), 'a balance', '' FROM customers.customer c
           WHERE NOT EXISTS (SELECT FROM customers.balance b WHERE b.id = c.id)""",
    ),
    Rule(
        "customers.balance.owner",
        mark("A balance has another owner than its customer:"),
        """SELECT concat_ws(' ', c.number, c.name), c.owner_id::text, b.owner_id::text
           FROM customers.balance b JOIN customers.customer c ON c.id = b.id WHERE b.owner_id <> c.owner_id""",
    ),
    Rule(
        "finance.ledger",
        mark("The running balance of a customer's ledger is wrong:"),
        _running("finance.ledger", "delta", "receivable_after", "l.customer_id", "x.number"),
    ),
    Rule(
        "finance.account_balance",
        mark("An account's balance differs from its ledger:"),
        """SELECT a.name, coalesce(l.expected, 0)::text, b.balance::text
           FROM finance.account a LEFT JOIN finance.account_balance b ON b.id = a.id
           LEFT JOIN (SELECT account_id, sum(delta) AS expected
             FROM finance.account_ledger GROUP BY 1) l ON l.account_id = a.id
           WHERE b.balance IS DISTINCT FROM coalesce(l.expected, 0)""",
        admin=True,
    ),
    Rule(
        "finance.account_ledger",
        mark("The running balance of an account's ledger is wrong:"),
        _running("finance.account_ledger", "delta", "balance_after", "l.account_id", "x.number"),
        admin=True,
    ),
)  # fmt: skip
