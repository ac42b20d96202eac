-- Stock receipts and issues: drafts are saved, the keeper posts them (STK-04, DLV-02).

CREATE OR REPLACE FUNCTION stock.require_keeper(warehouse bigint) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM stock.warehouse w WHERE w.id = warehouse) THEN
        RAISE EXCEPTION USING ERRCODE = 'SK002', MESSAGE = 'That record is not available.';
    ELSIF NOT app.can('stock.see_all') AND NOT coalesce(warehouse = ANY (app.my_warehouse_ids()), false) THEN
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
    PERFORM stock.lock_announced(NEW.id, NEW.warehouse_id, '{}');
    PERFORM stock.announce(NEW.id, CASE WHEN NEW.deleted_at IS NULL THEN 1 ELSE -1 END);
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER x_announced AFTER UPDATE OF deleted_at ON stock.receipt
    FOR EACH ROW WHEN (NEW.state = 'draft' AND (OLD.deleted_at IS NULL) <> (NEW.deleted_at IS NULL))
    EXECUTE FUNCTION stock.announce_with_bin();

-- {"id", "version", "warehouse_id", "kind", "date", "supplier_id", "remark",
--  "lines": [{"product_id", "quantity", "unit_cost", "remark"}]}: a draft; id and version to change one. Who does not
-- see costs gives none: a line keeps the cost its product had in the draft, a new one gets the product's cost price.
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
    PERFORM stock.require_keeper(warehouse);
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
        SELECT coalesce(jsonb_object_agg(l.product_id, c.unit_cost), '{}') INTO kept
        FROM stock.receipt_line l JOIN stock.receipt_line_cost c ON c.id = l.id WHERE l.receipt_id = target;
        DELETE FROM stock.receipt_line_cost c USING stock.receipt_line l WHERE c.id = l.id AND l.receipt_id = target;
        DELETE FROM stock.receipt_line l WHERE l.receipt_id = target;
    END IF;
    IF coalesce(arguments ->> 'kind', 'other') NOT IN ('opening', 'return') THEN
        PERFORM stock.refuse_discontinued(ARRAY(SELECT p FROM unnest(products) p WHERE NOT kept ? p::text));
    END IF;
    WITH added AS (
        INSERT INTO stock.receipt_line (receipt_id, position, warehouse_id, product_id, quantity, remark)
        SELECT target, l.i, warehouse, (l.x ->> 'product_id')::bigint, (l.x ->> 'quantity')::numeric, l.x ->> 'remark'
        FROM jsonb_array_elements(arguments -> 'lines') WITH ORDINALITY l(x, i) RETURNING id, position, product_id
    )
    INSERT INTO stock.receipt_line_cost (id, unit_cost)
    SELECT a.id, coalesce((l.x ->> 'unit_cost')::numeric, (kept ->> a.product_id::text)::numeric, c.cost_price, 0)
    FROM added a JOIN jsonb_array_elements(arguments -> 'lines') WITH ORDINALITY l(x, i) ON l.i = a.position
    LEFT JOIN products.cost c ON c.id = a.product_id;
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

-- {"receipt_id"}: a draft that will not be posted.
CREATE OR REPLACE FUNCTION stock.drop_receipt(arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE doc stock.receipt; target bigint := (arguments ->> 'receipt_id')::bigint;
BEGIN
    PERFORM app.require('stock.receipt.delete');
    PERFORM app.require_visible('stock.receipt', ARRAY[target]);
    SELECT * INTO doc FROM stock.receipt r WHERE r.id = target FOR UPDATE;
    PERFORM stock.require_keeper(doc.warehouse_id);
    IF doc.deleted_at IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'SK002', MESSAGE = 'That record is not available.';
    ELSIF doc.state <> 'draft' THEN
        PERFORM app.refuse('This document is posted already.');
    END IF;
    PERFORM stock.lock_announced(target, doc.warehouse_id, '{}');
    PERFORM stock.announce(target, -1);
    DELETE FROM stock.receipt_line_cost c USING stock.receipt_line l WHERE c.id = l.id AND l.receipt_id = target;
    DELETE FROM stock.receipt_line l WHERE l.receipt_id = target;
    DELETE FROM stock.receipt r WHERE r.id = target;
    RETURN jsonb_build_object('changes', jsonb_build_object('stock.receipt', jsonb_build_array(target)));
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
    ELSIF doc.deleted_at IS NOT NULL THEN
        PERFORM app.refuse('This document lies in the recycle bin. Bring it back first.');
    ELSIF doc.version <> (arguments ->> 'version')::integer THEN
        PERFORM app.refuse('Somebody else has changed this document. Open it again.');
    END IF;
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
        (SELECT coalesce(jsonb_agg(jsonb_build_array(l -> 0, l -> 1)), '[]')
         FROM jsonb_array_elements(arguments -> 'lines') l)));
END $$;
CALL app.offer('stock.make_issue');

-- The same without asking which way the company goes. A third value of a line names the line of the dispatch notice,
-- whose caller has checked what is open on it.
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
           q.notice, o.number, q.quantity, l.pack_unit, l.pack_factor
    FROM (SELECT (x ->> 0)::bigint AS id, (x ->> 2)::bigint AS notice, sum((x ->> 1)::numeric(18, 6)) AS quantity
          FROM jsonb_array_elements(arguments -> 'lines') x GROUP BY 1, 2) q
    JOIN sales.order_line l ON l.id = q.id JOIN sales."order" o ON o.id = l.order_id WHERE l.stocked;
    IF NOT FOUND THEN
        PERFORM app.refuse('There is nothing to issue: choose lines with open goods.');
    END IF;
    UPDATE sales.order_line l SET asked = l.asked + x.quantity, notified = l.notified - x.noticed,
        over_delivery = l.over_delivery OR l.delivered + l.asked + l.notified + x.quantity - x.noticed > l.quantity
    FROM (SELECT i.order_line_id AS id, sum(i.quantity) AS quantity,
                 coalesce(sum(i.quantity) FILTER (WHERE i.dispatch_line_id IS NOT NULL), 0) AS noticed
          FROM stock.issue_line i WHERE i.issue_id = target GROUP BY 1) x WHERE l.id = x.id;
    RETURN jsonb_build_object('id', target, 'changes', jsonb_build_object(
        'stock.issue', jsonb_build_array(target), 'sales.order', to_jsonb(orders)));
END $$;

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

-- {"issue_id", "counted": [[line_id, quantity], …], "date"}: what was not counted stays open on the order.
CREATE OR REPLACE FUNCTION stock.post_issue(arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    doc stock.issue;
    orders bigint[];
    products bigint[];
    quantities numeric[];
    given text;
    too_much text;
BEGIN
    PERFORM app.require('stock.issue.post');
    PERFORM app.require_visible('stock.issue', ARRAY[(arguments ->> 'issue_id')::bigint]);
    SELECT * INTO doc FROM stock.issue i WHERE i.id = (arguments ->> 'issue_id')::bigint FOR UPDATE;
    PERFORM stock.require_keeper(doc.warehouse_id);
    IF doc.state <> 'draft' THEN
        PERFORM app.refuse('This document is posted already.');
    END IF;
    UPDATE stock.issue_line l SET counted = coalesce(x.quantity, l.quantity)
    FROM stock.issue_line k LEFT JOIN (
        SELECT (c ->> 0)::bigint AS id, (c ->> 1)::numeric AS quantity
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
    given := app.next_number('stock.issue', coalesce((arguments ->> 'date')::date, doc.date));
    PERFORM stock.move('stock.issue', doc.id, given, doc.warehouse_id, products,
        ARRAY(SELECT -q FROM unnest(quantities) WITH ORDINALITY x(q, i) ORDER BY i));
    PERFORM sales.deliver(doc.id, orders, given);
    UPDATE stock.issue i SET state = 'posted', number = given, posted_at = now(), posted_by = app.my_user_id(),
        date = coalesce((arguments ->> 'date')::date, i.date) WHERE i.id = doc.id;
    PERFORM delivery.goods_issued(doc.id);
    RETURN jsonb_build_object('id', doc.id, 'number', given, 'changes', jsonb_build_object(
        'stock.issue', jsonb_build_array(doc.id), 'sales.order', to_jsonb(coalesce(orders, '{}')),
        'products.product', to_jsonb(products)));
END $$;
CALL app.offer('stock.post_issue');

-- {"issue_id"}: a draft that will not be posted; its goods are open again.
CREATE OR REPLACE FUNCTION stock.drop_issue(arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE target bigint := (arguments ->> 'issue_id')::bigint; orders bigint[]; state text;
BEGIN
    PERFORM app.require('stock.issue.delete');
    PERFORM app.require_visible('stock.issue', ARRAY[target]);
    SELECT i.state INTO state FROM stock.issue i WHERE i.id = target FOR UPDATE;
    IF state <> 'draft' THEN
        PERFORM app.refuse('This document is posted already.');
    END IF;
    -- a note that was made ahead keeps its number, but nothing will travel with it
    UPDATE delivery.note n SET state = 'cancelled', issue_id = NULL WHERE n.issue_id = target AND n.state = 'to_issue';
    UPDATE delivery.note n SET issue_id = NULL WHERE n.issue_id = target;
    SELECT array_agg(DISTINCT l.order_id) INTO orders FROM stock.issue_line l WHERE l.issue_id = target;
    PERFORM delivery.lock_notices(target);
    PERFORM 1 FROM sales."order" o WHERE o.id = ANY (orders) ORDER BY o.id FOR NO KEY UPDATE;
    UPDATE sales.order_line l SET asked = l.asked - x.quantity
    FROM (SELECT i.order_line_id AS id, sum(i.quantity) AS quantity FROM stock.issue_line i
          WHERE i.issue_id = target GROUP BY 1) x WHERE l.id = x.id;
    PERFORM delivery.goods_counted(target);
    DELETE FROM stock.issue_line l WHERE l.issue_id = target;
    DELETE FROM stock.issue i WHERE i.id = target;
    RETURN jsonb_build_object('id', target, 'changes', jsonb_build_object(
        'stock.issue', jsonb_build_array(target), 'sales.order', to_jsonb(coalesce(orders, '{}'))));
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

-- {"warehouse_id", "added", "removed"}: who keeps a warehouse from now on, and who no more. Not the whole list: two who
-- change it at once would undo each other's.
CREATE OR REPLACE FUNCTION stock.set_keepers(arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE target bigint := (arguments ->> 'warehouse_id')::bigint;
BEGIN
    PERFORM app.require('stock.warehouse.edit');
    PERFORM app.require_visible('stock.warehouse', ARRAY[target]);
    DELETE FROM stock.keeper k USING jsonb_array_elements_text(arguments -> 'removed') u
    WHERE k.warehouse_id = target AND k.user_id = u::bigint;
    INSERT INTO stock.keeper (warehouse_id, user_id)
    SELECT target, u::bigint FROM jsonb_array_elements_text(arguments -> 'added') u ORDER BY 2 ON CONFLICT DO NOTHING;
    RETURN jsonb_build_object('changes', jsonb_build_object('stock.warehouse', jsonb_build_array(target)));
END $$;
CALL app.offer('stock.set_keepers');

-- {"warehouse_id", "allowed"}: whether stock may go below zero there (STK-05).
CREATE OR REPLACE FUNCTION stock.allow_negative(arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE target bigint := (arguments ->> 'warehouse_id')::bigint; wanted boolean := (arguments ->> 'allowed')::boolean;
BEGIN
    PERFORM app.require('stock.warehouse.edit');
    PERFORM app.require_visible('stock.warehouse', ARRAY[target]);
    PERFORM 1 FROM stock.warehouse w WHERE w.id = target FOR UPDATE;
    PERFORM 1 FROM stock.balance b WHERE b.warehouse_id = target ORDER BY b.product_id FOR NO KEY UPDATE;
    IF NOT wanted AND EXISTS (SELECT FROM stock.balance b WHERE b.warehouse_id = target AND b.on_hand < 0) THEN
        PERFORM app.refuse('Some goods lie below zero there now. Receive them first.');
    END IF;
    UPDATE stock.warehouse w SET negative_allowed = wanted WHERE w.id = target;
    UPDATE stock.balance b SET negative_allowed = wanted WHERE b.warehouse_id = target;
    RETURN jsonb_build_object('changes', jsonb_build_object('stock.warehouse', jsonb_build_array(target)));
END $$;
CALL app.offer('stock.allow_negative');

-- {"warehouse_id", "bins": [[product_id, bin or null], …]}: where goods lie in a warehouse (STK-01).
CREATE OR REPLACE FUNCTION stock.set_bins(arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    warehouse bigint := (arguments ->> 'warehouse_id')::bigint;
    products bigint[] := ARRAY(SELECT (b ->> 0)::bigint FROM jsonb_array_elements(arguments -> 'bins') b);
BEGIN
    PERFORM app.require('stock.receipt.post');
    PERFORM stock.require_keeper(warehouse);
    PERFORM app.require_visible('products.product', products);
    PERFORM stock.lock_balances(warehouse, products);
    UPDATE stock.balance b SET bin = nullif(btrim(x ->> 1), '') FROM jsonb_array_elements(arguments -> 'bins') x
    WHERE b.warehouse_id = warehouse AND b.product_id = (x ->> 0)::bigint
      AND b.bin IS DISTINCT FROM nullif(btrim(x ->> 1), '');
    RETURN jsonb_build_object('changes', jsonb_build_object('products.product', to_jsonb(products)));
END $$;
CALL app.offer('stock.set_bins');

-- {"warehouse_id" or null}: rows of the stock list without anything on hand, reserved or to come are left out of it
-- until something moves them, in one warehouse or in all that the caller keeps. Their average stays known.
CREATE OR REPLACE FUNCTION stock.clean_up(arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    warehouse bigint := (arguments ->> 'warehouse_id')::bigint;
    place bigint;
    done bigint; cleaned bigint := 0;
BEGIN
    PERFORM app.require('stock.receipt.post');
    IF warehouse IS NOT NULL THEN
        PERFORM stock.require_keeper(warehouse);
    END IF;
    FOR place IN SELECT w.id FROM stock.warehouse w
        WHERE w.id = warehouse OR warehouse IS NULL
          AND (app.can('stock.see_all') OR w.id = ANY (app.my_warehouse_ids())) ORDER BY w.id
    LOOP
        PERFORM 1 FROM stock.balance b WHERE b.warehouse_id = place AND b.on_hand = 0 AND b.reserved = 0 AND b.to_come = 0
            AND NOT b.cleared ORDER BY b.product_id FOR NO KEY UPDATE;
        UPDATE stock.balance b SET cleared = true
        WHERE b.warehouse_id = place AND b.on_hand = 0 AND b.reserved = 0 AND b.to_come = 0 AND NOT b.cleared;
        GET DIAGNOSTICS done = ROW_COUNT;
        cleaned := cleaned + done;
    END LOOP;
    RETURN jsonb_build_object('rows', cleaned, 'changes', jsonb_build_object('stock.balance', '[]'::jsonb));
END $$;
CALL app.offer('stock.clean_up');
