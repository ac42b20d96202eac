-- Stock receipts and issues: drafts are saved, the keeper posts them (STK-04, DLV-02).

-- Only its keepers post in a warehouse (STK-01): who sees the stock of all of them keeps none for that.
CREATE OR REPLACE FUNCTION stock.require_keeper(warehouse bigint) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM stock.warehouse w WHERE w.id = warehouse) THEN
        RAISE EXCEPTION USING ERRCODE = 'SK002', MESSAGE = 'That record is not available.';
    ELSIF NOT coalesce(warehouse = ANY (app.my_warehouse_ids()), false) THEN
        PERFORM app.refuse('Only the keeper of {warehouse} posts there.', jsonb_build_object(
            'warehouse', (SELECT w.name FROM stock.warehouse w WHERE w.id = warehouse)));
    END IF;
    PERFORM stock.refuse_closed(warehouse);
END $$;

CREATE OR REPLACE FUNCTION stock.refuse_closed(warehouse bigint) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE closed text;
BEGIN
    SELECT w.name INTO closed FROM stock.warehouse w WHERE w.id = warehouse AND (NOT w.active OR w.deleted_at IS NOT NULL);
    IF FOUND THEN
        PERFORM app.refuse('{warehouse} is closed. Choose another warehouse.', jsonb_build_object('warehouse', closed));
    END IF;
END $$;

-- Goods are booked on a day that has come: a draft may name the day on which they are expected.
CREATE OR REPLACE FUNCTION stock.refuse_future(day date) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF day > app.today() THEN
        PERFORM app.refuse('The day {date} has not come yet. Set the date to the day on which the goods move.',
            jsonb_build_object('date', day::text));
    END IF;
END $$;

-- A line says the pack it was typed in: one of its product's, or the one that its order was taken in.
CREATE OR REPLACE FUNCTION stock.refuse_unknown_pack() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND (NEW.product_id, NEW.pack_unit, NEW.pack_factor)
            IS NOT DISTINCT FROM (OLD.product_id, OLD.pack_unit, OLD.pack_factor)
       OR EXISTS (
            SELECT FROM sales.order_line l WHERE l.id = (to_jsonb(NEW) ->> 'order_line_id')::bigint
            AND (l.pack_unit, l.pack_factor) = (NEW.pack_unit, NEW.pack_factor))
       OR products.has_pack(NEW.product_id, NEW.pack_unit, NEW.pack_factor) THEN
        RETURN NEW;
    END IF;
    PERFORM app.refuse('What {pack} of {product} holds has been changed. Choose the unit again.', jsonb_build_object(
        'pack', NEW.pack_unit, 'product', (SELECT p.name FROM products.product p WHERE p.id = NEW.product_id)));
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER d_pack BEFORE INSERT OR UPDATE OF product_id, pack_unit, pack_factor ON stock.receipt_line
    FOR EACH ROW WHEN (NEW.pack_unit IS NOT NULL) EXECUTE FUNCTION stock.refuse_unknown_pack();
CREATE OR REPLACE TRIGGER d_pack BEFORE INSERT OR UPDATE OF product_id, pack_unit, pack_factor ON stock.issue_line
    FOR EACH ROW WHEN (NEW.pack_unit IS NOT NULL) EXECUTE FUNCTION stock.refuse_unknown_pack();

-- What a receipt that is not posted yet announces (to come), on or off. The balances must be locked.
CREATE OR REPLACE FUNCTION stock.announce(receipt bigint, direction integer) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    UPDATE stock.balance b SET to_come = b.to_come + direction * x.quantity
    FROM (SELECT l.warehouse_id, l.product_id, sum(l.quantity) AS quantity FROM stock.receipt_line l
          WHERE l.receipt_id = receipt GROUP BY 1, 2) x
    WHERE b.warehouse_id = x.warehouse_id AND b.product_id = x.product_id
$$;

-- Locks what a draft announced before and announces now, warehouse by warehouse in order of their ids.
CREATE OR REPLACE FUNCTION stock.lock_announced(receipt bigint, warehouse bigint, products bigint[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE place record;
BEGIN
    FOR place IN
        SELECT x.w AS id, array_agg(x.p) AS products
        FROM (SELECT l.warehouse_id, l.product_id FROM stock.receipt_line l WHERE l.receipt_id = receipt
              UNION SELECT warehouse, p FROM unnest(products) p) x(w, p)
        GROUP BY x.w ORDER BY x.w
    LOOP
        PERFORM stock.lock_balances(place.id, place.products);
    END LOOP;
END $$;

-- A draft in the recycle bin announces nothing, until it comes back.
CREATE OR REPLACE FUNCTION stock.announce_with_bin() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.deleted_at IS NULL THEN
        PERFORM stock.refuse_closed(NEW.warehouse_id);
    END IF;
    PERFORM stock.lock_announced(NEW.id, NEW.warehouse_id, '{}');
    PERFORM stock.announce(NEW.id, CASE WHEN NEW.deleted_at IS NULL THEN 1 ELSE -1 END);
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER x_announced AFTER UPDATE OF deleted_at ON stock.receipt
    FOR EACH ROW WHEN (NEW.state = 'draft' AND (OLD.deleted_at IS NULL) <> (NEW.deleted_at IS NULL))
    EXECUTE FUNCTION stock.announce_with_bin();

-- {"id", "version", "warehouse_id", "kind", "date", "supplier_id", "remark",
--  "lines": [{"id", "product_id", "quantity", "unit_cost", "remark", "pack_unit", "pack_factor"}]}: a draft, by purchasing
-- or by a keeper, for any warehouse: its keeper confirms it (STK-04); id and version to change one. A line that names its
-- id stays the one it was. Who does not see costs gives none: the line keeps its own, one without id gets that of its
-- product in the draft, a new one the product's cost price.
CREATE OR REPLACE FUNCTION stock.save_receipt(arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    target bigint := (arguments ->> 'id')::bigint;
    warehouse bigint := (arguments ->> 'warehouse_id')::bigint;
    products bigint[] := ARRAY(SELECT (l ->> 'product_id')::bigint
        FROM jsonb_array_elements(nullif(arguments -> 'lines', 'null')) l);
    supplier bigint := (arguments ->> 'supplier_id')::bigint;
    kept jsonb := '{}';
    saved integer;
BEGIN
    PERFORM app.require(CASE WHEN target IS NULL THEN 'stock.receipt.create' ELSE 'stock.receipt.edit' END);
    PERFORM app.require_visible('stock.warehouse', ARRAY[coalesce(warehouse, 0)]);
    PERFORM stock.refuse_closed(warehouse);
    -- a supplier that the draft names already stays, though whoever changes the draft may not see him
    IF supplier IS NOT NULL AND NOT EXISTS (
            SELECT FROM stock.receipt r WHERE r.id = target AND r.supplier_id = supplier) THEN
        PERFORM app.require_visible('customers.customer',
            ARRAY(SELECT coalesce(max(c.id), 0) FROM customers.customer c WHERE c.id = supplier AND c.deleted_at IS NULL));
    END IF;
    IF jsonb_array_length(coalesce(nullif(arguments -> 'lines', 'null'), '[]')) = 0 THEN
        PERFORM app.refuse('Enter at least one line.');
    END IF;
    IF EXISTS (SELECT FROM jsonb_array_elements(arguments -> 'lines') l
               WHERE coalesce((l ->> 'quantity')::numeric, 0) <= 0 OR (l ->> 'unit_cost')::numeric < 0) THEN
        PERFORM app.refuse('Every line needs a quantity above zero, and no cost below zero.');
    END IF;
    PERFORM app.require_visible('products.product', products);
    PERFORM stock.refuse_not_stocked(products);
    IF target IS NULL THEN
        INSERT INTO stock.receipt (warehouse_id, kind, date, supplier_id, remark)
        VALUES (warehouse, coalesce(arguments ->> 'kind', 'other'),
            coalesce((arguments ->> 'date')::date, app.today()), supplier, arguments ->> 'remark') RETURNING id INTO target;
    ELSE
        PERFORM app.require_visible('stock.receipt', ARRAY[target], true);
        UPDATE stock.receipt r SET warehouse_id = warehouse, kind = coalesce(arguments ->> 'kind', r.kind),
            date = coalesce((arguments ->> 'date')::date, r.date), supplier_id = supplier,
            remark = arguments ->> 'remark'
        WHERE r.id = target AND r.deleted_at IS NULL AND r.version = (arguments ->> 'version')::integer;
        IF NOT FOUND THEN
            PERFORM app.refuse('Somebody else has changed this document. Open it again.');
        END IF;
        PERFORM stock.lock_announced(target, warehouse, products);
        PERFORM stock.announce(target, -1);
        SELECT coalesce(jsonb_object_agg(x.product_id, x.unit_cost), '{}') INTO kept FROM (
            SELECT DISTINCT ON (l.product_id) l.product_id, c.unit_cost
            FROM stock.receipt_line l JOIN stock.receipt_line_cost c ON c.id = l.id WHERE l.receipt_id = target
            ORDER BY l.product_id, l.position) x;
        DELETE FROM stock.receipt_line_cost c USING stock.receipt_line l WHERE c.id = l.id AND l.receipt_id = target
            AND NOT EXISTS (SELECT FROM jsonb_array_elements(arguments -> 'lines') x WHERE (x ->> 'id')::bigint = l.id);
        DELETE FROM stock.receipt_line l WHERE l.receipt_id = target
            AND NOT EXISTS (SELECT FROM jsonb_array_elements(arguments -> 'lines') x WHERE (x ->> 'id')::bigint = l.id);
    END IF;
    IF coalesce(arguments ->> 'kind', 'other') NOT IN ('opening', 'return') THEN
        PERFORM stock.refuse_discontinued(ARRAY(SELECT p FROM unnest(products) p WHERE NOT kept ? p::text));
    END IF;
    WITH numbered AS (
        SELECT l.i, l.x, (l.x ->> 'product_id')::bigint AS product_id,
               -- an id that is named twice is the first one's
               CASE WHEN row_number() OVER (PARTITION BY (l.x ->> 'id')::bigint ORDER BY l.i) = 1 THEN (l.x ->> 'id')::bigint END AS id
        FROM jsonb_array_elements(arguments -> 'lines') WITH ORDINALITY l(x, i)
    ), given AS (
        SELECT n.i, n.x, n.product_id, k.id, CASE WHEN k.product_id = n.product_id THEN c.unit_cost END AS own_cost
        FROM numbered n LEFT JOIN stock.receipt_line k ON k.id = n.id AND k.receipt_id = target
        LEFT JOIN stock.receipt_line_cost c ON c.id = k.id
    ), changed AS (
        UPDATE stock.receipt_line l SET position = g.i, warehouse_id = warehouse, product_id = g.product_id,
            quantity = (g.x ->> 'quantity')::numeric, remark = g.x ->> 'remark', pack_unit = g.x ->> 'pack_unit',
            pack_factor = CASE WHEN g.x ->> 'pack_unit' IS NOT NULL THEN (g.x ->> 'pack_factor')::numeric END
        FROM given g WHERE l.id = g.id RETURNING l.id, l.position
    ), added AS (
        INSERT INTO stock.receipt_line (receipt_id, position, warehouse_id, product_id, quantity, remark, pack_unit,
            pack_factor)
        SELECT target, g.i, warehouse, g.product_id, (g.x ->> 'quantity')::numeric, g.x ->> 'remark', g.x ->> 'pack_unit',
            CASE WHEN g.x ->> 'pack_unit' IS NOT NULL THEN (g.x ->> 'pack_factor')::numeric END
        FROM given g WHERE g.id IS NULL RETURNING id, position
    )
    INSERT INTO stock.receipt_line_cost (id, unit_cost)
    SELECT a.id, coalesce((g.x ->> 'unit_cost')::numeric, g.own_cost, (kept ->> g.product_id::text)::numeric, c.cost_price, 0)
    FROM (SELECT * FROM changed UNION ALL SELECT * FROM added) a JOIN given g ON g.i = a.position
    LEFT JOIN products.cost c ON c.id = g.product_id
    ON CONFLICT (id) DO UPDATE SET unit_cost = excluded.unit_cost;
    PERFORM stock.lock_announced(target, warehouse, products);
    PERFORM stock.announce(target, 1);
    SELECT r.version INTO saved FROM stock.receipt r WHERE r.id = target;
    RETURN jsonb_build_object('version', saved, 'changes', jsonb_build_object('stock.receipt', jsonb_build_array(target)));
END $$;
CALL app.offer('stock.save_receipt');

-- What is discontinued is not bought or made any more; what a customer brings back, or lay there already, is.
CREATE OR REPLACE FUNCTION stock.refuse_discontinued(products bigint[]) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE gone text;
BEGIN
    SELECT concat_ws(' ', p.name, p.model) INTO gone FROM products.product p
    WHERE p.id = ANY (products) AND p.state = 'discontinued' ORDER BY p.id LIMIT 1;
    IF FOUND THEN
        PERFORM app.refuse('{product} is discontinued. Use it again first, or choose another one.',
            jsonb_build_object('product', gone));
    END IF;
END $$;

-- Services and what is only passed on lie nowhere.
CREATE OR REPLACE FUNCTION stock.refuse_not_stocked(products bigint[]) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE none text;
BEGIN
    SELECT concat_ws(' ', p.name, p.model) INTO none FROM products.product p
    WHERE p.id = ANY (products) AND NOT p.stocked ORDER BY p.id LIMIT 1;
    IF FOUND THEN
        PERFORM app.refuse('{product} is not kept in stock. Take it out, or mark it as stocked first.',
            jsonb_build_object('product', none));
    END IF;
END $$;

-- {"receipt_id"}: a draft that will not be posted goes into the recycle bin; the goods are announced no more until it
-- comes back.
CREATE OR REPLACE FUNCTION stock.drop_receipt(arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE doc stock.receipt; target bigint := (arguments ->> 'receipt_id')::bigint;
BEGIN
    PERFORM app.require('stock.receipt.delete');
    PERFORM app.require_visible('stock.receipt', ARRAY[target]);
    SELECT * INTO doc FROM stock.receipt r WHERE r.id = target FOR UPDATE;
    IF doc.deleted_at IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'SK002', MESSAGE = 'That record is not available.';
    ELSIF doc.state <> 'draft' THEN
        PERFORM app.refuse('This document is posted already.');
    END IF;
    PERFORM app.recycle('stock.receipt', ARRAY[target]);
    RETURN jsonb_build_object('id', target, 'changes', jsonb_build_object('stock.receipt', jsonb_build_array(target)));
END $$;
CALL app.offer('stock.drop_receipt');

-- {"receipt_id", "version"}: the version that the keeper has before him; another is refused.
CREATE OR REPLACE FUNCTION stock.post_receipt(arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE doc stock.receipt; products bigint[]; quantities numeric[]; costs numeric[]; given text;
BEGIN
    PERFORM app.require('stock.receipt.post');
    PERFORM app.require_visible('stock.receipt', ARRAY[(arguments ->> 'receipt_id')::bigint]);
    SELECT * INTO doc FROM stock.receipt r WHERE r.id = (arguments ->> 'receipt_id')::bigint FOR UPDATE;
    PERFORM stock.require_keeper(doc.warehouse_id);
    IF doc.deleted_at IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'SK002', MESSAGE = 'That record is not available.';
    ELSIF doc.state <> 'draft' THEN
        PERFORM app.refuse('This document is posted already.');
    ELSIF doc.version <> (arguments ->> 'version')::integer THEN
        PERFORM app.refuse('Somebody else has changed this document. Open it again.');
    END IF;
    PERFORM stock.refuse_future(doc.date);
    SELECT array_agg(l.product_id ORDER BY l.position), array_agg(l.quantity ORDER BY l.position),
           array_agg(c.unit_cost ORDER BY l.position)
    INTO products, quantities, costs
    FROM stock.receipt_line l JOIN stock.receipt_line_cost c ON c.id = l.id WHERE l.receipt_id = doc.id;
    PERFORM stock.lock_balances(doc.warehouse_id, products);
    PERFORM stock.announce(doc.id, -1);
    given := app.next_number('stock.receipt', doc.date);
    PERFORM stock.move('stock.receipt', doc.id, given, doc.warehouse_id, products, quantities, costs);
    UPDATE stock.receipt r SET state = 'posted', number = given, posted_at = now(), posted_by = app.my_user_id()
    WHERE r.id = doc.id;
    -- what came back, or lay there before, was not bought: it prices only what had no cost yet (PRD-06)
    INSERT INTO products.cost AS c (id, cost_price, last_purchase)
    SELECT DISTINCT ON (x.p) x.p, x.u, CASE WHEN doc.kind = 'purchase' THEN x.u END
    FROM unnest(products, costs) WITH ORDINALITY x(p, u, i) WHERE x.u > 0 ORDER BY x.p, x.i DESC
    ON CONFLICT (id) DO UPDATE SET last_purchase = excluded.last_purchase,
        needs_adjusting = c.needs_adjusting OR excluded.last_purchase <> c.cost_price
        WHERE excluded.last_purchase IS NOT NULL;
    RETURN jsonb_build_object('id', doc.id, 'number', given, 'changes', jsonb_build_object(
        'stock.receipt', jsonb_build_array(doc.id), 'products.product', to_jsonb(products)));
END $$;
CALL app.offer('stock.post_receipt');

-- {"warehouse_id", "lines": [[order_line_id, quantity], …], "remark"}: asks the warehouse for goods of orders of
-- one customer; several orders in one issue, several issues per order, no more than is open (SAL-09).
CREATE OR REPLACE FUNCTION stock.make_issue(arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM app.require('stock.issue.create');
    IF app.setting('delivery.from_notices', 'false') = 'true' THEN
        PERFORM app.refuse('In this company goods leave by dispatch notices. Make one from the order.');
    END IF;
    -- only what a notice itself hands over names its lines
    RETURN stock.place_issue(arguments || jsonb_build_object('lines',
        (SELECT coalesce(jsonb_agg(jsonb_build_array(l -> 0, l -> 1, NULL, l -> 2, l -> 3)), '[]')
         FROM jsonb_array_elements(arguments -> 'lines') l)));
END $$;
CALL app.offer('stock.make_issue');

-- The same without asking which way the company goes: [order_line_id, quantity, dispatch_line_id, pack_unit,
-- pack_factor]. The third value names the line of the dispatch notice, whose caller has checked what is open on it.
CREATE OR REPLACE FUNCTION stock.place_issue(arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    warehouse bigint := (arguments ->> 'warehouse_id')::bigint;
    wanted bigint[] := ARRAY(SELECT (l ->> 0)::bigint FROM jsonb_array_elements(arguments -> 'lines') l);
    orders bigint[];
    customer bigint[];
    target bigint;
BEGIN
    PERFORM app.require('stock.issue.create');
    PERFORM app.require_parts('sales.order_line', wanted);
    SELECT array_agg(DISTINCT l.order_id), array_agg(DISTINCT o.customer_id) INTO orders, customer
    FROM sales.order_line l JOIN sales."order" o ON o.id = l.order_id WHERE l.id = ANY (wanted);
    IF orders IS NULL THEN
        PERFORM app.refuse('There is nothing to issue: choose lines with open goods.');
    END IF;
    IF EXISTS (SELECT FROM jsonb_array_elements(arguments -> 'lines') l WHERE l ->> 2 IS NULL) THEN
        PERFORM app.require_visible('sales.order', orders);
    END IF;
    PERFORM app.require_visible('stock.warehouse', ARRAY[warehouse]);
    PERFORM stock.refuse_closed(warehouse);
    PERFORM 1 FROM sales."order" o WHERE o.id = ANY (orders) ORDER BY o.id FOR NO KEY UPDATE;
    IF cardinality(customer) > 1 THEN
        PERFORM app.refuse('One stock issue holds goods of one customer.');
    ELSIF EXISTS (SELECT FROM sales."order" o WHERE o.id = ANY (orders) AND o.state <> 'confirmed') THEN
        PERFORM app.refuse('Confirm the order first.');
    END IF;
    PERFORM sales.refuse_not_open((SELECT jsonb_agg(l) FROM jsonb_array_elements(arguments -> 'lines') l
        WHERE l ->> 2 IS NULL));
    INSERT INTO stock.issue (warehouse_id, kind, customer_id, customer_name, remark)
    SELECT warehouse, 'sale', c.id, c.name, arguments ->> 'remark'
    FROM customers.customer c WHERE c.id = customer[1] RETURNING id INTO target;
    INSERT INTO stock.issue_line (issue_id, position, warehouse_id, product_id, order_id, order_line_id,
        dispatch_line_id, order_number, quantity, pack_unit, pack_factor)
    SELECT target, row_number() OVER (ORDER BY o.number, l.position, q.notice), warehouse, l.product_id, o.id, l.id,
           q.notice, o.number, q.quantity, coalesce(q.pack, l.pack_unit),
           CASE WHEN q.pack IS NULL THEN l.pack_factor ELSE q.factor END
    FROM (SELECT (x ->> 0)::bigint AS id, (x ->> 2)::bigint AS notice, sum((x ->> 1)::numeric(18, 6)) AS quantity,
                 (array_agg(x ->> 3 ORDER BY i))[1] AS pack, (array_agg((x ->> 4)::numeric(18, 6) ORDER BY i))[1] AS factor
          FROM jsonb_array_elements(arguments -> 'lines') WITH ORDINALITY y(x, i) GROUP BY 1, 2) q
    JOIN sales.order_line l ON l.id = q.id JOIN sales."order" o ON o.id = l.order_id WHERE l.stocked;
    IF NOT FOUND THEN
        PERFORM app.refuse('There is nothing to issue: choose lines with open goods.');
    END IF;
    PERFORM stock.ask(target);
    RETURN jsonb_build_object('id', target, 'changes', jsonb_build_object(
        'stock.issue', jsonb_build_array(target), 'sales.order', to_jsonb(orders)));
END $$;

-- What a draft holds of its orders and dispatch notices; called under their locks.
CREATE OR REPLACE FUNCTION stock.ask(issue bigint) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE sales.order_line l SET asked = l.asked + x.quantity, notified = l.notified - x.noticed,
        over_delivery = l.over_delivery OR l.delivered + l.asked + l.notified + x.quantity - x.noticed > l.quantity
    FROM (SELECT i.order_line_id AS id, sum(i.quantity) AS quantity,
                 coalesce(sum(i.quantity) FILTER (WHERE i.dispatch_line_id IS NOT NULL), 0) AS noticed
          FROM stock.issue_line i WHERE i.issue_id = issue GROUP BY 1) x WHERE l.id = x.id;
    UPDATE delivery.dispatch_line l SET asked = l.asked + i.quantity FROM stock.issue_line i
    WHERE i.issue_id = issue AND i.dispatch_line_id = l.id;
END $$;

-- A draft in the recycle bin asks for nothing: its goods are open again on their orders and notices, and a note that was
-- made ahead keeps its number, but nothing will travel with it. It comes back as long as they are open still.
CREATE OR REPLACE FUNCTION stock.ask_with_bin() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE orders bigint[];
BEGIN
    UPDATE delivery.note n SET state = 'cancelled', issue_id = NULL WHERE n.issue_id = NEW.id AND n.state = 'to_issue';
    UPDATE delivery.note n SET issue_id = NULL WHERE n.issue_id = NEW.id;
    SELECT array_agg(DISTINCT l.order_id) INTO orders FROM stock.issue_line l WHERE l.issue_id = NEW.id;
    PERFORM delivery.lock_notices(NEW.id);
    PERFORM 1 FROM sales."order" o WHERE o.id = ANY (orders) ORDER BY o.id FOR NO KEY UPDATE;
    IF NEW.deleted_at IS NOT NULL THEN
        UPDATE sales.order_line l SET asked = l.asked - x.quantity
        FROM (SELECT i.order_line_id AS id, sum(i.quantity) AS quantity FROM stock.issue_line i
              WHERE i.issue_id = NEW.id GROUP BY 1) x WHERE l.id = x.id;
        PERFORM delivery.goods_counted(NEW.id);
        RETURN NULL;
    END IF;
    PERFORM stock.refuse_closed(NEW.warehouse_id);
    IF EXISTS (SELECT FROM sales."order" o WHERE o.id = ANY (orders) AND o.state <> 'confirmed') THEN
        PERFORM app.refuse('Confirm the order first.');
    END IF;
    PERFORM delivery.refuse_not_waiting((SELECT jsonb_agg(jsonb_build_array(l.dispatch_line_id, l.quantity))
        FROM stock.issue_line l WHERE l.issue_id = NEW.id AND l.dispatch_line_id IS NOT NULL));
    PERFORM sales.refuse_not_open((SELECT jsonb_agg(jsonb_build_array(l.order_line_id, l.quantity))
        FROM stock.issue_line l WHERE l.issue_id = NEW.id AND l.dispatch_line_id IS NULL));
    PERFORM stock.ask(NEW.id);
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER x_asked AFTER UPDATE OF deleted_at ON stock.issue
    FOR EACH ROW WHEN (NEW.state = 'draft' AND (OLD.deleted_at IS NULL) <> (NEW.deleted_at IS NULL))
    EXECUTE FUNCTION stock.ask_with_bin();

-- Deleted for ever, a draft takes its lines along.
CREATE OR REPLACE FUNCTION stock.purge_lines() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_TABLE_NAME = 'issue' THEN
        DELETE FROM stock.issue_line l WHERE l.issue_id = OLD.id;
    ELSE
        DELETE FROM stock.receipt_line_cost c USING stock.receipt_line l WHERE c.id = l.id AND l.receipt_id = OLD.id;
        DELETE FROM stock.receipt_line l WHERE l.receipt_id = OLD.id;
    END IF;
    RETURN OLD;
END $$;
CREATE OR REPLACE TRIGGER c_lines BEFORE DELETE ON stock.issue FOR EACH ROW EXECUTE FUNCTION stock.purge_lines();
CREATE OR REPLACE TRIGGER c_lines BEFORE DELETE ON stock.receipt FOR EACH ROW EXECUTE FUNCTION stock.purge_lines();

-- Balances that an issue changes: what leaves here, and what its orders reserved, perhaps in another warehouse.
-- All in one order, or two issues across two warehouses would wait for each other.
CREATE OR REPLACE FUNCTION stock.lock_issued(warehouse bigint, products bigint[], orders bigint[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE place bigint;
BEGIN
    FOR place IN SELECT warehouse UNION
        SELECT o.warehouse_id FROM sales."order" o WHERE o.id = ANY (orders) AND o.warehouse_id IS NOT NULL ORDER BY 1
    LOOP
        PERFORM stock.lock_balances(place, products);
    END LOOP;
END $$;

-- {"issue_id", "counted": [[line_id, quantity, pack_unit, pack_factor], …], "warehouse_id", "date"}: what was not counted
-- stays open on the order. The keeper may let the goods leave another warehouse that he keeps, and says the day, which is
-- today where he says none. Without a pack the line keeps the one it was asked for in,
-- with '' it is counted in the product's own unit.
CREATE OR REPLACE FUNCTION stock.post_issue(arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    doc stock.issue;
    orders bigint[];
    products bigint[];
    quantities numeric[];
    given text;
    too_much text;
    day date := coalesce((arguments ->> 'date')::date, app.today());
    place bigint := (arguments ->> 'warehouse_id')::bigint;
BEGIN
    PERFORM app.require('stock.issue.post');
    PERFORM app.require_visible('stock.issue', ARRAY[(arguments ->> 'issue_id')::bigint]);
    SELECT * INTO doc FROM stock.issue i WHERE i.id = (arguments ->> 'issue_id')::bigint FOR UPDATE;
    PERFORM stock.require_keeper(doc.warehouse_id);
    IF doc.deleted_at IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'SK002', MESSAGE = 'That record is not available.';
    ELSIF doc.state <> 'draft' THEN
        PERFORM app.refuse('This document is posted already.');
    ELSIF place <> doc.warehouse_id THEN
        PERFORM stock.require_keeper(place);
        doc.warehouse_id := place;
    END IF;
    PERFORM stock.refuse_future(day);
    UPDATE stock.issue_line l SET counted = coalesce(x.quantity, l.quantity), warehouse_id = doc.warehouse_id,
        pack_unit = CASE WHEN x.pack IS NULL THEN l.pack_unit ELSE nullif(x.pack, '') END,
        pack_factor = CASE WHEN x.pack IS NULL THEN l.pack_factor WHEN x.pack <> '' THEN x.factor END
    FROM stock.issue_line k LEFT JOIN (
        SELECT (c ->> 0)::bigint AS id, (c ->> 1)::numeric AS quantity, c ->> 2 AS pack, (c ->> 3)::numeric(18, 6) AS factor
        FROM jsonb_array_elements(coalesce(arguments -> 'counted', '[]')) c) x ON x.id = k.id
    WHERE k.issue_id = doc.id AND l.id = k.id;
    SELECT l.order_number INTO too_much FROM stock.issue_line l
    WHERE l.issue_id = doc.id AND (l.counted < 0 OR l.counted > l.quantity) LIMIT 1;
    IF FOUND THEN
        PERFORM app.refuse('The counted quantity must lie between 0 and what was asked for.');
    END IF;
    SELECT array_agg(DISTINCT l.order_id) INTO orders FROM stock.issue_line l
    WHERE l.issue_id = doc.id AND l.order_id IS NOT NULL;
    SELECT array_agg(l.product_id ORDER BY l.product_id), array_agg(l.counted ORDER BY l.product_id)
    INTO products, quantities FROM stock.issue_line l WHERE l.issue_id = doc.id AND l.counted > 0;
    IF products IS NULL THEN
        PERFORM app.refuse('Nothing was counted, so there is nothing to issue.');
    END IF;
    -- locks in the global order: documents, customer, balances, counter
    PERFORM 1 FROM delivery.note n WHERE n.issue_id = doc.id ORDER BY n.id FOR NO KEY UPDATE;
    PERFORM delivery.lock_notices(doc.id);
    PERFORM 1 FROM sales."order" o WHERE o.id = ANY (orders) ORDER BY o.id FOR NO KEY UPDATE;
    PERFORM 1 FROM customers.balance b WHERE b.id = doc.customer_id FOR NO KEY UPDATE;
    PERFORM stock.lock_issued(doc.warehouse_id, products, orders);
    PERFORM stock.refuse_shortage(doc.warehouse_id, products, quantities);
    given := app.next_number('stock.issue', day);
    PERFORM stock.move('stock.issue', doc.id, given, doc.warehouse_id, products,
        ARRAY(SELECT -q FROM unnest(quantities) WITH ORDINALITY x(q, i) ORDER BY i));
    PERFORM sales.deliver(doc.id, orders, given);
    UPDATE stock.issue i SET state = 'posted', number = given, posted_at = now(), posted_by = app.my_user_id(),
        date = day, warehouse_id = doc.warehouse_id WHERE i.id = doc.id;
    PERFORM delivery.goods_issued(doc.id);
    RETURN jsonb_build_object('id', doc.id, 'number', given, 'changes', jsonb_build_object(
        'stock.issue', jsonb_build_array(doc.id), 'sales.order', to_jsonb(coalesce(orders, '{}')),
        'products.product', to_jsonb(products)));
END $$;
CALL app.offer('stock.post_issue');

-- {"issue_id"}: a draft that will not be posted goes into the recycle bin; its goods are open again.
CREATE OR REPLACE FUNCTION stock.drop_issue(arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE doc stock.issue; target bigint := (arguments ->> 'issue_id')::bigint;
BEGIN
    PERFORM app.require('stock.issue.delete');
    PERFORM app.require_visible('stock.issue', ARRAY[target]);
    SELECT * INTO doc FROM stock.issue i WHERE i.id = target FOR UPDATE;
    IF doc.deleted_at IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'SK002', MESSAGE = 'That record is not available.';
    ELSIF doc.state <> 'draft' THEN
        PERFORM app.refuse('This document is posted already.');
    END IF;
    PERFORM app.recycle('stock.issue', ARRAY[target]);
    RETURN jsonb_build_object('id', target, 'changes', jsonb_build_object(
        'stock.issue', jsonb_build_array(target), 'sales.order', (SELECT coalesce(jsonb_agg(DISTINCT l.order_id)
            FILTER (WHERE l.order_id IS NOT NULL), '[]') FROM stock.issue_line l WHERE l.issue_id = target)));
END $$;
CALL app.offer('stock.drop_issue');

-- {"issue_id"}: one more print (PLT-54).
CREATE OR REPLACE FUNCTION stock.count_print(arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM app.require('stock.issue.print');
    RETURN app.count_print('stock.issue', (arguments ->> 'issue_id')::bigint);
END $$;
CALL app.offer('stock.count_print');

-- {"receipt_id"}: one more print (PLT-54).
CREATE OR REPLACE FUNCTION stock.count_receipt_print(arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM app.require('stock.receipt.print');
    RETURN app.count_print('stock.receipt', (arguments ->> 'receipt_id')::bigint);
END $$;
CALL app.offer('stock.count_receipt_print');
