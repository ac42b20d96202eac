"""Rules of ``services.checking``: documents against their lines, their ledgers and their numbers."""

from __future__ import annotations

from typing import Final

from services.checks_of_ledgers import Rule
from services.language import mark

# looked up for what is wrong only: a join would carry the order's number through all lines
_LINE = (
    "coalesce((SELECT o.number FROM sales.\"order\" o WHERE o.id = l.order_id), 'id ' || l.order_id)"
    " || ' / ' || l.position"
)
_NUMBERED = (
    "sales.order",
    "stock.receipt",
    "stock.issue",
    "delivery.dispatch",
    "delivery.note",
    "purchasing.request",
    "finance.payment",
)
_NUMBERS = " UNION ALL ".join(
    f'SELECT number FROM {entity.partition(".")[0]}."{entity.partition(".")[2]}" WHERE number IS NOT NULL'
    for entity in _NUMBERED
)

DOCUMENT_RULES: Final = (
    Rule(
        "sales.order_line",
        mark("An order line does not add up:"),
        f"""SELECT {_LINE}, l.expected::text, l.gross::text FROM (
               SELECT x.*, round(coalesce(x.pack_quantity * x.pack_price, x.quantity * x.tax_price)
                   * x.discount * 0.01, 2) AS expected FROM sales.order_line x
           ) l
           WHERE l.gross <> l.expected OR l.net + l.tax <> l.gross
              OR l.tax <> round(l.gross * l.tax_rate * 1.000000000000 / (100 + l.tax_rate), 2)""",
    ),
    Rule(
        "sales.order.total",
        mark("An order's total differs from its lines:"),
        """SELECT coalesce(o.number, 'id ' || o.id), concat_ws(' / ', coalesce(l.gross, 0), coalesce(l.tax, 0),
                  CASE WHEN NOT o.total_typed THEN round(coalesce(l.gross, 0) * o.discount_rate * 0.01, 2)
                      - o.discount + o.freight + o.rounding END),
                  concat_ws(' / ', o.lines_total, o.tax, CASE WHEN NOT o.total_typed THEN o.gross END)
           FROM sales."order" o LEFT JOIN (SELECT order_id, sum(gross) AS gross, sum(tax) AS tax
             FROM sales.order_line GROUP BY 1) l
             ON l.order_id = o.id
           WHERE o.lines_total <> coalesce(l.gross, 0) OR o.tax <> coalesce(l.tax, 0)
              OR NOT o.total_typed AND o.gross <> round(coalesce(l.gross, 0) * o.discount_rate * 0.01, 2)
                  - o.discount + o.freight + o.rounding""",
    ),
    Rule(
        "sales.order.quantity",
        mark("The ordered or open quantity of an order differs from its lines:"),
        """SELECT o.number, concat_ws(' / ', trim_scale(l.quantity), trim_scale(l.open)),
                  concat_ws(' / ', trim_scale(o.quantity), trim_scale(o.open_quantity))
           FROM sales."order" o JOIN (
               SELECT order_id, coalesce(sum(quantity) FILTER (WHERE stocked), 0) AS quantity,
                      coalesce(sum(greatest(quantity - delivered, 0)) FILTER (WHERE stocked), 0) AS open
               FROM sales.order_line GROUP BY 1) l ON l.order_id = o.id
           WHERE o.state = 'confirmed' AND (o.quantity <> l.quantity OR o.open_quantity <> l.open)""",
    ),
    Rule(
        "sales.order.received",
        mark("What was received for an order differs from its payments:"),
        """SELECT coalesce(o.number, 'id ' || o.id), coalesce(a.amount, 0)::text, o.received::text
           FROM sales."order" o LEFT JOIN (SELECT order_id, sum(amount) AS amount
             FROM finance.allocation GROUP BY 1) a
             ON a.order_id = o.id WHERE o.received <> coalesce(a.amount, 0)""",
    ),
    Rule(
        "sales.order.issued",
        mark("The issued amount of an order differs from its stock issues:"),
        """SELECT coalesce(o.number, 'id ' || o.id), coalesce(i.amount, 0)::text, o.issued_amount::text
           FROM sales."order" o LEFT JOIN (
               SELECT i.order_id, sum(coalesce(i.gross,
                   round(l.gross * i.counted / nullif(l.quantity, 0), 2))) AS amount
               FROM stock.issue_line i JOIN sales.order_line l ON l.id = i.order_line_id
               WHERE NOT EXISTS (SELECT FROM stock.issue d WHERE d.id = i.issue_id AND d.state = 'draft')
               GROUP BY 1) i ON i.order_id = o.id
           WHERE o.issued_amount <> coalesce(i.amount, 0)""",
    ),
    Rule(
        "sales.order_line.delivered",
        mark("What was delivered or asked for of an order line differs from its stock issues:"),
        # the few drafts apart: a join of all lines with their issues took as long as everything else
        f"""SELECT {_LINE}, concat_ws(' / ', trim_scale(l.counted), trim_scale(l.asked_for)),
                  concat_ws(' / ', trim_scale(l.delivered), trim_scale(l.asked))
           FROM (SELECT l.*, coalesce(i.counted, 0) - coalesce(d.counted, 0) AS counted,
                        coalesce(d.asked, 0) AS asked_for
                 FROM sales.order_line l
                 LEFT JOIN (SELECT i.order_line_id, sum(i.counted) AS counted FROM stock.issue_line i GROUP BY 1) i
                   ON i.order_line_id = l.id
                 LEFT JOIN (SELECT i.order_line_id, sum(i.counted) AS counted,
                                   sum(i.quantity) FILTER (WHERE d.deleted_at IS NULL) AS asked
                            FROM stock.issue d JOIN stock.issue_line i ON i.issue_id = d.id
                            WHERE d.state = 'draft' GROUP BY 1) d ON d.order_line_id = l.id) l
           WHERE l.delivered <> l.counted OR l.asked <> l.asked_for""",
    ),
    Rule(
        "activities.task.state",
        mark("A task's state differs from what its people have done:"),
        """SELECT t.subject || ' (' || t.id || ')', x.expected, t.state FROM activities.task t
           CROSS JOIN LATERAL (SELECT CASE WHEN t.done_by @> (t.executor_id || t.others) THEN 'done'
               WHEN t.accepted_by || t.done_by <> '{}' THEN 'accepted' ELSE 'open' END AS expected) x
           WHERE t.state NOT IN ('closed', 'cancelled') AND t.state <> x.expected""",
    ),
    Rule(
        "sales.order_line.notified",
        mark("What dispatch notices let leave of an order line differs from its notices:"),
        f"""SELECT {_LINE}, trim_scale(coalesce(d.open, 0))::text, trim_scale(l.notified)::text
           FROM sales.order_line l LEFT JOIN (
               SELECT x.order_line_id, sum(x.quantity - x.issued - x.asked) AS open FROM delivery.dispatch_line x
               JOIN delivery.dispatch n ON n.id = x.dispatch_id AND n.state IN ('waiting', 'partly')
               GROUP BY 1) d ON d.order_line_id = l.id
           WHERE l.notified <> coalesce(d.open, 0)""",
    ),
    Rule(
        "sales.order.ledger",
        mark("The customer's ledger does not carry an order's amount:"),
        """SELECT coalesce(o.number, 'id ' || o.id), (CASE o.state WHEN 'confirmed' THEN o.gross ELSE 0 END)::text,
                  coalesce(l.delta, 0)::text
           FROM sales."order" o LEFT JOIN (
               SELECT document_id, sum(delta) AS delta FROM finance.ledger
                 WHERE document = 'sales.order' GROUP BY 1) l
             ON l.document_id = o.id
           WHERE coalesce(l.delta, 0) <> CASE o.state WHEN 'confirmed' THEN o.gross ELSE 0 END""",
    ),
    Rule(
        "finance.payment.ledger",
        mark("The ledgers do not carry a payment's amount:"),
        """SELECT p.number, concat_ws(' / ', -p.credited, p.amount - p.charge), concat_ws(' / ',
          coalesce(l.delta, 0), coalesce(a.delta, 0))
           FROM finance.payment p
           LEFT JOIN (SELECT document_id, sum(delta) AS delta FROM finance.ledger
             WHERE document = 'finance.payment' GROUP BY 1) l
             ON l.document_id = p.id
           LEFT JOIN (SELECT document_id, sum(delta) AS delta FROM finance.account_ledger
             WHERE document = 'finance.payment'
                      GROUP BY 1) a ON a.document_id = p.id
           WHERE coalesce(l.delta, 0) <> -p.credited OR coalesce(a.delta, 0) <> p.amount - p.charge""",
        admin=True,
    ),
    Rule(
        "finance.allocation",
        mark("More of a payment is given to orders than was paid:"),
        """SELECT p.number, '<= ' || p.credited, a.amount::text FROM finance.payment p
           JOIN (SELECT payment_id, sum(amount) AS amount FROM finance.allocation GROUP BY 1) a ON a.payment_id = p.id
           WHERE abs(a.amount) > abs(p.credited)""",
    ),
    Rule(
        "stock.issue.ledger",
        mark("The stock journal does not carry a stock issue's goods:"),
        """SELECT i.number, coalesce(trim_scale(-x.counted), 0)::text,
          coalesce(trim_scale(l.delta), 0)::text FROM stock.issue i
           LEFT JOIN (SELECT issue_id, sum(counted) AS counted
             FROM stock.issue_line GROUP BY 1) x ON x.issue_id = i.id
           LEFT JOIN (SELECT document_id, sum(delta) AS delta FROM stock.ledger
             WHERE document = 'stock.issue' GROUP BY 1) l
             ON l.document_id = i.id
           WHERE i.state <> 'draft' AND coalesce(-x.counted, 0) <> coalesce(l.delta, 0)""",
    ),
    Rule(
        "stock.receipt.ledger",
        mark("The stock journal does not carry a stock receipt's goods:"),
        """SELECT r.number, coalesce(trim_scale(x.quantity), 0)::text,
          coalesce(trim_scale(l.delta), 0)::text FROM stock.receipt r
           LEFT JOIN (SELECT receipt_id, sum(quantity) AS quantity
             FROM stock.receipt_line GROUP BY 1) x ON x.receipt_id = r.id
           LEFT JOIN (SELECT document_id, sum(delta) AS delta FROM stock.ledger
             WHERE document = 'stock.receipt' GROUP BY 1) l
             ON l.document_id = r.id
           WHERE r.state <> 'draft' AND coalesce(x.quantity, 0) <> coalesce(l.delta, 0)""",
    ),
    Rule(
        "app.counter",
        mark("The numbers of a series have gaps, or differ from its counter:"),
        # a series with question marks counts over several dates: every number of it must exist under one of them
        f"""WITH masks AS (SELECT c.*, replace(c.series, '?', '_') || '%' AS mask FROM app.counter c
                           WHERE c.series LIKE '%?%'),
                 heads AS (SELECT number, rtrim(number, '0123456789') AS series FROM ({_NUMBERS}) d),
                 numbers AS MATERIALIZED (
                     SELECT number, series, nullif(substr(number, length(series) + 1), '')::bigint AS n FROM heads),
                 counted AS (
                     SELECT id, min(n) AS least, max(n) AS most, count(DISTINCT n) AS places FROM (
                         SELECT c.id, x.n FROM app.counter c JOIN numbers x ON x.series = c.series
                         WHERE x.n BETWEEN c.first AND c.last
                         UNION ALL
                         SELECT m.id, x.n FROM masks m JOIN numbers x ON x.number LIKE m.mask
                         WHERE x.n BETWEEN m.first AND m.last) y GROUP BY id)
            SELECT c.series, concat(c.first, ' - ', c.last),
                   concat(k.least, ' - ', k.most, ', ', coalesce(k.places, 0))
            FROM app.counter c LEFT JOIN counted k ON k.id = c.id
            WHERE coalesce(k.places, 0) <> c.last - c.first + 1
            UNION ALL
            SELECT x.series, '0', concat(min(x.n), ' - ', max(x.n), ', ', count(*))
            FROM numbers x LEFT JOIN app.counter c ON c.series = x.series AND x.n BETWEEN c.first AND c.last
            WHERE c.id IS NULL
              AND NOT EXISTS (SELECT FROM masks m WHERE x.number LIKE m.mask AND x.n BETWEEN m.first AND m.last)
            GROUP BY x.series""",
        admin=True,
    ),
    Rule(
        "products.code",
        mark("A bar code in use is not kept, or belongs to another product:"),
        """SELECT coalesce(w.code, c.key), coalesce(w.product_id::text, '-'), coalesce(c.product_id::text, '-')
           FROM products.codes_of() w FULL JOIN products.code c ON (c.product_id, c.key) = (w.product_id, w.key)
           WHERE c.id IS NULL OR w.key IS NULL""",
        admin=True,
    ),
    Rule(
        "stock.keeper",
        mark("A keeper has no right to receive, issue or sell goods in the warehouse:"),
        """SELECT w.name, 'stock.receipt.post, stock.issue.post, sales.counter.sell', s.login
           FROM stock.keeper k JOIN stock.warehouse w ON w.id = k.warehouse_id AND w.active AND w.deleted_at IS NULL
           JOIN app.user_scope s ON s.id = k.user_id
           WHERE NOT s.rights && ARRAY['stock.receipt.post', 'stock.issue.post', 'sales.counter.sell']""",
        admin=True,
    ),
    Rule(
        "sales.order_line.owner",
        mark("A part has another owner than its document:"),
        f"""SELECT {_LINE}, o.owner_id::text, l.owner_id::text
            FROM sales.order_line l JOIN sales."order" o ON o.id = l.order_id WHERE l.owner_id <> o.owner_id
            UNION ALL
            SELECT p.number, p.owner_id::text, a.owner_id::text FROM finance.allocation a
            JOIN finance.payment p ON p.id = a.payment_id WHERE a.owner_id <> p.owner_id
            UNION ALL
            SELECT n.number || ' / ' || l.position, n.owner_id::text, l.owner_id::text FROM delivery.note_line l
            JOIN delivery.note n ON n.id = l.note_id WHERE l.owner_id <> n.owner_id
            UNION ALL
            SELECT n.number || ' / ' || l.position, n.owner_id::text, l.owner_id::text FROM delivery.dispatch_line l
            JOIN delivery.dispatch n ON n.id = l.dispatch_id WHERE l.owner_id <> n.owner_id
            UNION ALL
            -- who took an order sees what ships it
            SELECT coalesce(i.number, '#' || i.id), o.owner_id::text, i.asked_by::text FROM stock.issue_line l
            JOIN stock.issue i ON i.id = l.issue_id JOIN sales."order" o ON o.id = l.order_id
            WHERE o.owner_id <> ALL (i.asked_by)""",
    ),
)
