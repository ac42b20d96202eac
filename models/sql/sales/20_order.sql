-- Orders: saved as drafts, confirmed once. The line formula is services/sales/arithmetic.py's.

-- {"id", "version", "customer_id", "contact_id", "subject", "date", "required_on", "payment_method", "warehouse_id",
--  "price_level_id", "consignee", "consignee_phone", "delivery_address", "remark", "discount_rate", "discount",
--  "freight", "rounding_unit", "round_down", "total",
--  "lines": [{"id", "product_id", "quantity", "tax_price", "discount", "tax_rate", "remark", "pack_unit",
--             "pack_factor"}],
--  "custom": {column: value} of the office's own fields}
-- A line with a pack unit gives quantity and prices per pack; stock and all that follows are in the product's own unit.
-- ``total`` is given where it was typed by hand (SAL-05); the head's terms are those of ``sales.totals``.
CREATE OR REPLACE FUNCTION sales.save_order(arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    target bigint := (arguments ->> 'id')::bigint;
    customer customers.customer;
    doc sales."order";
BEGIN
    PERFORM app.require(CASE WHEN target IS NULL THEN 'sales.order.create' ELSE 'sales.order.edit' END);
    SELECT * INTO customer FROM customers.customer c WHERE c.id = (arguments ->> 'customer_id')::bigint
        AND c.deleted_at IS NULL;
    PERFORM app.require_visible('customers.customer', ARRAY[coalesce(customer.id, 0)]);
    IF arguments ->> 'contact_id' IS NOT NULL THEN
        PERFORM app.require_visible('customers.contact', ARRAY[(arguments ->> 'contact_id')::bigint]);
    END IF;
    IF arguments ->> 'warehouse_id' IS NOT NULL THEN
        PERFORM app.require_visible('stock.warehouse', ARRAY[(arguments ->> 'warehouse_id')::bigint]);
    END IF;
    PERFORM app.require_visible('products.product',
        ARRAY(SELECT DISTINCT (l ->> 'product_id')::bigint FROM jsonb_array_elements(arguments -> 'lines') l));
    IF target IS NULL THEN
        INSERT INTO sales."order" (customer_id, customer_name, owner_id, branch_id)
        VALUES (customer.id, customer.name, coalesce(app.my_user_id(), customer.owner_id),
            coalesce(app.my_branch_id(), customer.branch_id)) RETURNING * INTO doc;
    ELSE
        PERFORM app.require_visible('sales.order', ARRAY[target], true);
        SELECT * INTO doc FROM sales."order" o WHERE o.id = target FOR UPDATE;
        IF doc.deleted_at IS NOT NULL THEN
            RAISE EXCEPTION USING ERRCODE = 'SK002', MESSAGE = 'That record is not available.';
        ELSIF doc.state <> 'draft' THEN
            RAISE EXCEPTION USING ERRCODE = 'SK003', MESSAGE = 'This order is confirmed and cannot be changed any more. Put what is to be added into a new order.';
        ELSIF doc.version IS DISTINCT FROM (arguments ->> 'version')::integer THEN
            PERFORM app.refuse('Somebody else has changed this document. Open it again.');
        END IF;
    END IF;
    PERFORM sales.save_lines(doc, arguments -> 'lines');
    PERFORM app.write_custom('sales.order', doc.id, coalesce(arguments -> 'custom', '{}'), target IS NULL);
    doc := sales.save_head(doc.id, customer, arguments);
    RETURN jsonb_build_object('version', doc.version, 'gross', doc.gross::text, 'changes',
        jsonb_build_object('sales.order', jsonb_build_array(doc.id)));
END $$;
CALL app.offer('sales.save_order');

-- Lines as typed, with what the product says of itself and the sums of services/sales/arithmetic.py.
-- an upgrade meets the older shape of this function
DROP FUNCTION IF EXISTS sales.priced(jsonb);
CREATE OR REPLACE FUNCTION sales.priced(lines jsonb) RETURNS TABLE (
    line_id bigint, place integer, product_id bigint, product_name text, model text, unit text, stocked boolean,
    quantity numeric, tax_price numeric, discount numeric, tax_rate numeric, net numeric, tax numeric,
    gross numeric, remark text, pack_unit text, pack_factor numeric, pack_quantity numeric, pack_price numeric)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp ROWS 10 AS $$
BEGIN
    RETURN QUERY
    WITH given AS (
        SELECT (l.x ->> 'id')::bigint AS id, l.i::integer AS position, p.id AS product_id, p.name, p.model, p.unit, p.stocked,
               -- as they are stored: amounts made of more decimals would not add up to what is kept
               (l.x ->> 'quantity')::numeric(18, 6) AS quantity,
               (l.x ->> 'tax_price')::numeric(24, 12) AS tax_price,
               coalesce((l.x ->> 'discount')::numeric(9, 4), 100) AS discount,
               coalesce((l.x ->> 'tax_rate')::numeric(9, 4), p.tax_rate) AS tax_rate, l.x ->> 'remark' AS remark,
               l.x ->> 'pack_unit' AS pack_unit,
               CASE WHEN l.x ->> 'pack_unit' IS NOT NULL THEN (l.x ->> 'pack_factor')::numeric(18, 6) END AS pack_factor
        FROM jsonb_array_elements(lines) WITH ORDINALITY l(x, i)
        JOIN products.product p ON p.id = (l.x ->> 'product_id')::bigint
    ), summed AS (
        SELECT g.*, round(g.quantity * g.tax_price * g.discount * 0.01, 2) AS gross FROM given g
    ), taxed AS (
        SELECT s.*, round(s.gross * s.tax_rate * 1.000000000000 / (100 + s.tax_rate), 2) AS tax FROM summed s
    )
    SELECT t.id, t.position, t.product_id, t.name, t.model, t.unit, t.stocked,
           CASE WHEN t.pack_factor IS NULL THEN t.quantity ELSE round(t.quantity * t.pack_factor, 6) END,
           CASE WHEN t.pack_factor IS NULL THEN t.tax_price
               ELSE round(t.tax_price * 1.000000000000 / t.pack_factor, 12) END,
           t.discount, t.tax_rate, t.gross - t.tax, t.tax, t.gross, t.remark, t.pack_unit, t.pack_factor,
           CASE WHEN t.pack_factor IS NOT NULL THEN t.quantity END,
           CASE WHEN t.pack_factor IS NOT NULL THEN t.tax_price END
    FROM taxed t;
END $$;

-- A pack is one of its product's as it is now, or what the same line of the draft was taken in before.
CREATE OR REPLACE FUNCTION sales.refuse_unknown_pack(lines jsonb) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE bad record;
BEGIN
    IF NOT lines @? '$[*].pack_unit ? (@ != null)' THEN
        RETURN;
    END IF;
    SELECT (SELECT p.name FROM products.product p WHERE p.id = g.product_id) AS name, g.pack INTO bad
    FROM (SELECT (l ->> 'id')::bigint AS id, (l ->> 'product_id')::bigint AS product_id, l ->> 'pack_unit' AS pack,
                 (l ->> 'pack_factor')::numeric(18, 6) AS factor
          FROM jsonb_array_elements(lines) l WHERE l ->> 'pack_unit' IS NOT NULL) g
    WHERE NOT products.has_pack(g.product_id, g.pack, g.factor)
      AND NOT EXISTS (SELECT FROM sales.order_line o WHERE o.id = g.id AND o.product_id = g.product_id
                      AND o.pack_unit = g.pack AND o.pack_factor = g.factor)
    LIMIT 1;
    IF FOUND THEN
        PERFORM app.refuse('What {pack} of {product} holds has been changed. Choose the unit again.',
            jsonb_build_object('pack', bad.pack, 'product', bad.name));
    END IF;
END $$;

-- A quantity by which nothing can be sold.
CREATE OR REPLACE FUNCTION sales.no_quantity(quantity numeric) RETURNS boolean
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT quantity IS NULL OR quantity <= 0 OR quantity = 'NaN'
$$;

-- Lines keep their id where they have one, so that the history shows what changed. An id that is none of this order's
-- lines, or of none any more, is a new line: nothing that was sent is left out.
CREATE OR REPLACE FUNCTION sales.save_lines(doc sales."order", lines jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE unsaid text;
BEGIN
    SELECT p.name INTO unsaid FROM jsonb_array_elements(lines) l
    JOIN products.product p ON p.id = (l ->> 'product_id')::bigint
    WHERE sales.no_quantity((l ->> 'quantity')::numeric(18, 6)) LIMIT 1;
    IF FOUND THEN
        PERFORM app.refuse('Enter the quantity of {product}.', jsonb_build_object('product', unsaid));
    END IF;
    PERFORM sales.refuse_unknown_pack(lines);
    DELETE FROM sales.order_line k WHERE k.order_id = doc.id AND NOT EXISTS (
        SELECT FROM jsonb_array_elements(lines) l WHERE (l ->> 'id')::bigint = k.id);
    WITH taxed AS (
        SELECT * FROM sales.priced(lines)
    ), changed AS (
        UPDATE sales.order_line k SET position = t.place, product_id = t.product_id, product_name = t.product_name,
            model = t.model, unit = t.unit, stocked = t.stocked, quantity = t.quantity,
            tax_price = t.tax_price, discount = t.discount, tax_rate = t.tax_rate, net = t.net, tax = t.tax,
            gross = t.gross, remark = t.remark, pack_unit = t.pack_unit, pack_factor = t.pack_factor,
            pack_quantity = t.pack_quantity, pack_price = t.pack_price
        FROM taxed t WHERE k.id = t.line_id AND k.order_id = doc.id RETURNING k.id
    )
    INSERT INTO sales.order_line (order_id, owner_id, position, product_id, product_name, model, unit, stocked, quantity,
        tax_price, discount, tax_rate, net, tax, gross, remark, pack_unit, pack_factor, pack_quantity, pack_price)
    SELECT doc.id, doc.owner_id, t.place, t.product_id, t.product_name, t.model, t.unit, t.stocked, t.quantity,
           t.tax_price, t.discount, t.tax_rate, t.net, t.tax, t.gross, t.remark, t.pack_unit, t.pack_factor,
           t.pack_quantity, t.pack_price
    FROM taxed t WHERE NOT EXISTS (SELECT FROM changed c WHERE c.id = t.line_id);
END $$;

-- What the head's terms make of the lines' sum: per cent that is paid, amount taken off, freight, the total to a
-- multiple of the rounding unit (services/sales/arithmetic.py, order_totals). Whole quotients, so nothing rounds twice.
CREATE OR REPLACE FUNCTION sales.totals(lines_gross numeric, head jsonb, OUT rounding numeric, OUT gross numeric)
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    unit numeric := coalesce((head ->> 'rounding_unit')::numeric(18, 2), 0.01);
    exact numeric := round(lines_gross * coalesce((head ->> 'discount_rate')::numeric(9, 4), 100) * 0.01, 2)
        - coalesce((head ->> 'discount')::numeric(18, 2), 0) + coalesce((head ->> 'freight')::numeric(18, 2), 0);
BEGIN
    IF unit < 0.01 THEN
        PERFORM app.refuse('Totals can be rounded to a cent at the finest.');
    END IF;
    rounding := CASE WHEN unit = 0.01 THEN 0
        WHEN (head ->> 'round_down')::boolean THEN div(exact, unit) * unit - exact
        ELSE sign(exact) * div(2 * abs(exact) + unit, 2 * unit) * unit - exact END;
    gross := coalesce((head ->> 'total')::numeric(18, 2), exact + rounding);
    IF (head ->> 'freight')::numeric < 0 THEN
        PERFORM app.refuse('The freight cannot be less than nothing.');
    END IF;
END $$;

CREATE OR REPLACE FUNCTION sales.save_head(target bigint, customer customers.customer, arguments jsonb)
RETURNS sales."order"
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE doc sales."order"; lines record; sums record;
BEGIN
    SELECT coalesce(sum(l.gross), 0) AS gross, coalesce(sum(l.tax), 0) AS tax,
           coalesce(sum(l.quantity) FILTER (WHERE l.stocked), 0) AS quantity INTO lines
    FROM sales.order_line l WHERE l.order_id = target;
    SELECT * INTO sums FROM sales.totals(lines.gross, arguments);
    UPDATE sales."order" o SET
        customer_id = customer.id, customer_name = customer.name,
        contact_id = (arguments ->> 'contact_id')::bigint, subject = arguments ->> 'subject',
        date = coalesce((arguments ->> 'date')::date, app.today()), required_on = (arguments ->> 'required_on')::date,
        payment_method = arguments ->> 'payment_method',
        due_on = coalesce((arguments ->> 'date')::date, app.today()) + coalesce(customer.credit_days, 0),
        warehouse_id = (arguments ->> 'warehouse_id')::bigint,
        price_level_id = (arguments ->> 'price_level_id')::bigint,
        consignee = arguments ->> 'consignee', consignee_phone = arguments ->> 'consignee_phone',
        delivery_address = arguments ->> 'delivery_address', remark = arguments ->> 'remark',
        lines_total = lines.gross, tax = lines.tax, quantity = lines.quantity, open_quantity = lines.quantity,
        discount_rate = coalesce((arguments ->> 'discount_rate')::numeric, 100),
        discount = coalesce((arguments ->> 'discount')::numeric, 0), freight = coalesce((arguments ->> 'freight')::numeric, 0),
        rounding_unit = coalesce((arguments ->> 'rounding_unit')::numeric, 0.01),
        round_down = coalesce((arguments ->> 'round_down')::boolean, false), rounding = sums.rounding,
        total_typed = arguments ->> 'total' IS NOT NULL, gross = sums.gross
    WHERE o.id = target RETURNING * INTO doc;
    RETURN doc;
END $$;

-- {"order_id"}: the order is binding from now on, and its goods are reserved: whatever is delivered later takes off
-- the same reservation, so that none is ever taken that another order made.
CREATE OR REPLACE FUNCTION sales.confirm_order(arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE doc sales."order"; products bigint[]; quantities numeric[]; given text;
BEGIN
    PERFORM app.require('sales.order.confirm');
    PERFORM app.require_visible('sales.order', ARRAY[(arguments ->> 'order_id')::bigint], true);
    SELECT * INTO doc FROM sales."order" o WHERE o.id = (arguments ->> 'order_id')::bigint FOR UPDATE;
    IF doc.state <> 'draft' OR doc.deleted_at IS NOT NULL THEN
        PERFORM app.refuse('This order is confirmed already.');
    END IF;
    SELECT array_agg(l.product_id ORDER BY l.product_id), array_agg(l.quantity ORDER BY l.product_id)
    INTO products, quantities FROM sales.order_line l WHERE l.order_id = doc.id AND l.stocked;
    IF NOT EXISTS (SELECT FROM sales.order_line l WHERE l.order_id = doc.id) THEN
        PERFORM app.refuse('Enter at least one line.');
    ELSIF products IS NOT NULL AND doc.warehouse_id IS NULL THEN
        PERFORM app.refuse('Choose the warehouse from which the goods leave.');
    ELSIF products IS NOT NULL THEN
        PERFORM stock.refuse_closed(doc.warehouse_id);
    END IF;
    PERFORM sales.refuse_low_price(doc.id);
    -- the customer's row is locked in one statement, what he owes is read in the next
    PERFORM 1 FROM customers.balance b WHERE b.id = doc.customer_id FOR NO KEY UPDATE;
    PERFORM sales.refuse_over_credit(doc.customer_id, doc.gross);
    IF products IS NOT NULL THEN
        PERFORM stock.lock_balances(doc.warehouse_id, products);
        UPDATE stock.balance b SET reserved = b.reserved + x.q
        FROM (SELECT p, sum(q) AS q FROM unnest(products, quantities) y(p, q) GROUP BY p) x
        WHERE b.warehouse_id = doc.warehouse_id AND b.product_id = x.p;
    END IF;
    given := app.next_number('sales.order', doc.date);
    UPDATE sales."order" o SET state = 'confirmed', number = given, confirmed_at = now(), confirmed_by = app.my_user_id()
    WHERE o.id = doc.id;
    INSERT INTO finance.ledger (date, user_id, owner_id, customer_id, kind, document, document_id, number, delta, moved)
    VALUES (doc.date, app.my_user_id(), doc.owner_id, doc.customer_id, 'order', 'sales.order', doc.id, given, doc.gross,
        doc.gross);
    RETURN jsonb_build_object('id', doc.id, 'number', given, 'changes', jsonb_build_object('sales.order', jsonb_build_array(doc.id),
        'customers.customer', jsonb_build_array(doc.customer_id)));
END $$;
CALL app.offer('sales.confirm_order');

CREATE OR REPLACE FUNCTION sales.refuse_low_price(target bigint) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE low record;
BEGIN
    -- a draft may be on its way there; what binds would take off the customer's debts
    IF EXISTS (SELECT FROM sales."order" o WHERE o.id = target AND o.gross < 0) THEN
        PERFORM app.refuse('The total of an order cannot be less than nothing.');
    END IF;
    IF app.can('sales.price_below_limit') THEN
        RETURN;
    END IF;
    SELECT l.product_name, p.lowest_price INTO low FROM sales.order_line l JOIN products.product p ON p.id = l.product_id
    WHERE l.order_id = target AND p.lowest_price IS NOT NULL AND l.tax_price * l.discount / 100 < p.lowest_price LIMIT 1;
    IF FOUND THEN
        PERFORM app.refuse('{product} may not be sold below {price}. Ask who has the right to.',
            jsonb_build_object('product', low.product_name, 'price', trim_scale(low.lowest_price)::text));
    END IF;
    -- nor by the way of the head: what is taken off the whole is taken off every line in proportion. Rounding is none
    -- of it, but a total that was typed is.
    SELECT l.product_name, p.lowest_price INTO low
    FROM (SELECT o.gross - o.freight - CASE WHEN o.total_typed THEN 0 ELSE o.rounding END AS paid,
                 (SELECT sum(k.gross) FROM sales.order_line k WHERE k.order_id = o.id) AS goods
          FROM sales."order" o WHERE o.id = target) x
    JOIN sales.order_line l ON l.order_id = target
    JOIN products.product p ON p.id = l.product_id
    WHERE x.paid < x.goods AND x.goods > 0 AND l.quantity > 0
      AND round(l.gross * x.paid / nullif(x.goods, 0), 2) < round(l.quantity * p.lowest_price, 2)
    ORDER BY l.position LIMIT 1;
    IF FOUND THEN
        PERFORM app.refuse('After what is taken off the whole, {product} is sold below {price}. Ask who has the right to.',
            jsonb_build_object('product', low.product_name, 'price', trim_scale(low.lowest_price)::text));
    END IF;
END $$;

CREATE OR REPLACE FUNCTION sales.refuse_over_credit(debtor bigint, amount numeric) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE credit numeric; owed numeric; name text;
BEGIN
    SELECT c.credit_limit, b.receivable, c.name INTO credit, owed, name
    FROM customers.customer c JOIN customers.balance b ON b.id = c.id WHERE c.id = debtor;
    IF credit IS NOT NULL AND owed + amount > credit AND NOT app.can('sales.over_credit') THEN
        PERFORM app.refuse('The credit limit of {customer} is {limit}; {owed} are owed already, this order adds {order}.',
            jsonb_build_object('customer', name, 'limit', credit::text, 'owed', owed::text, 'order', amount::text));
    END IF;
END $$;
DROP FUNCTION IF EXISTS sales.refuse_over_credit(sales."order");

-- Called by stock.post_issue under its locks: what an issue has delivered.
CREATE OR REPLACE FUNCTION sales.deliver(issue bigint, orders bigint[], issue_number text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF orders IS NULL THEN
        RETURN;
    END IF;
    UPDATE sales.order_line l SET delivered = l.delivered + x.counted, asked = l.asked - x.quantity
    FROM (SELECT i.order_line_id AS id, sum(i.counted) AS counted, sum(i.quantity) AS quantity
          FROM stock.issue_line i WHERE i.issue_id = issue GROUP BY 1) x WHERE l.id = x.id;
    -- as a difference of two rounded sums, so that many parts of a line add up to it; one issue may hold
    -- several parts, from several dispatch notices
    UPDATE stock.issue_line i SET gross = round(l.gross * (l.delivered - x.later) / l.quantity, 2)
        - round(l.gross * (l.delivered - x.later - i.counted) / l.quantity, 2)
    FROM sales.order_line l, (
        SELECT k.id, sum(k.counted) OVER (PARTITION BY k.order_line_id)
               - sum(k.counted) OVER (PARTITION BY k.order_line_id ORDER BY k.position) AS later
        FROM stock.issue_line k WHERE k.issue_id = issue) x
    WHERE i.issue_id = issue AND i.order_line_id = l.id AND x.id = i.id;
    PERFORM delivery.goods_counted(issue);
    -- only what the line itself still had reserved: what leaves beyond the order was reserved by nobody
    UPDATE stock.balance b SET reserved = greatest(b.reserved - x.freed, 0)
    FROM (SELECT l.product_id, o.warehouse_id AS reserved_at, sum(greatest(l.quantity - l.delivered + i.counted, 0)
                 - greatest(l.quantity - l.delivered, 0)) AS freed
          FROM (SELECT k.order_line_id AS id, sum(k.counted) AS counted FROM stock.issue_line k
                WHERE k.issue_id = issue GROUP BY 1) i
          JOIN sales.order_line l ON l.id = i.id JOIN sales."order" o ON o.id = l.order_id GROUP BY 1, 2) x
    WHERE b.warehouse_id = x.reserved_at AND b.product_id = x.product_id AND x.freed > 0;
    UPDATE sales."order" o SET
        open_quantity = x.open, issued_amount = o.issued_amount + x.amount
    FROM (SELECT l.order_id, sum(greatest(l.quantity - l.delivered, 0)) FILTER (WHERE l.stocked) AS open,
                 coalesce(sum(i.gross), 0) AS amount
          FROM sales.order_line l LEFT JOIN (
              SELECT k.order_line_id AS id, sum(k.gross) AS gross FROM stock.issue_line k WHERE k.issue_id = issue
              GROUP BY 1) i ON i.id = l.id
          WHERE l.order_id = ANY (orders) GROUP BY l.order_id) x
    WHERE o.id = x.order_id;
    INSERT INTO finance.ledger (date, user_id, owner_id, customer_id, kind, document, document_id, number, delta, moved)
    SELECT app.today(), app.my_user_id(), max(o.owner_id), o.customer_id, 'issue', 'stock.issue', issue, issue_number, 0,
           sum(i.gross)
    FROM stock.issue_line i JOIN sales.order_line l ON l.id = i.order_line_id JOIN sales."order" o ON o.id = l.order_id
    WHERE i.issue_id = issue GROUP BY o.customer_id;
END $$;

-- No more of an order line than is open, on no stock issue and no dispatch notice yet, unless the company lets more
-- leave than was ordered. ``lines``: [[order_line_id, quantity], …]; called under the orders' locks.
CREATE OR REPLACE FUNCTION sales.refuse_not_open(lines jsonb) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE bad record; over boolean := app.setting('delivery.over_delivery', 'false') = 'true';
BEGIN
    SELECT l.product_name AS name, l.quantity - l.delivered - l.asked - l.notified AS left_open INTO bad
    FROM (SELECT (x ->> 0)::bigint AS id, sum((x ->> 1)::numeric(18, 6)) AS quantity, bool_or((x ->> 1)::numeric <= 0) AS no
          FROM jsonb_array_elements(lines) x GROUP BY 1) q
    JOIN sales.order_line l ON l.id = q.id
    WHERE q.no OR q.quantity IS NULL OR l.quantity < 0
       OR q.quantity > l.quantity - l.delivered - l.asked - l.notified AND NOT over LIMIT 1;
    IF FOUND THEN
        PERFORM app.refuse('Only {open} of {product} are open.', jsonb_build_object(
            'open', trim_scale(greatest(bad.left_open, 0))::text, 'product', bad.name));
    END IF;
END $$;
