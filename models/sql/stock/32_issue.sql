-- Stock issues: orders and dispatch notices ask for goods, the keeper counts and posts them (STK-04, DLV-02).

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
    INSERT INTO stock.issue (warehouse_id, kind, customer_id, customer_name, remark, asked_by)
    SELECT warehouse, 'sale', c.id, c.name, arguments ->> 'remark', stock.people_of(orders, warehouse)
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
    PERFORM stock.tell_asked(issue);
END $$;

-- What was asked for stands in lines, which tell nobody: their orders and notices do, on whatever screen they are open.
CREATE OR REPLACE FUNCTION stock.tell_asked(issue bigint) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM app.tell_of('sales.order', ARRAY(SELECT DISTINCT i.order_id FROM stock.issue_line i
        WHERE i.issue_id = issue AND i.order_id IS NOT NULL ORDER BY 1));
    PERFORM app.tell_of('delivery.dispatch', ARRAY(SELECT DISTINCT l.dispatch_id FROM stock.issue_line i
        JOIN delivery.dispatch_line l ON l.id = i.dispatch_line_id WHERE i.issue_id = issue ORDER BY 1));
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
        PERFORM stock.tell_asked(NEW.id);
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
        PERFORM stock.refuse_closed(place);
        doc.warehouse_id := place;
    END IF;
    PERFORM stock.refuse_future(day);
    UPDATE stock.issue_line l SET counted = coalesce(x.quantity, l.quantity), warehouse_id = doc.warehouse_id,
        bin = (SELECT b.bin FROM stock.balance b WHERE b.warehouse_id = doc.warehouse_id AND b.product_id = l.product_id),
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
    PERFORM stock.tell_asked(doc.id);
    RETURN jsonb_build_object('id', doc.id, 'number', given, 'changes', jsonb_build_object(
        'stock.issue', jsonb_build_array(doc.id), 'sales.order', to_jsonb(coalesce(orders, '{}')),
        'products.product', to_jsonb(products)));
END $$;
CALL app.offer('stock.post_issue');

-- {"issue_id"}: a draft that will not be posted goes into the recycle bin; its goods are open again.
CREATE OR REPLACE FUNCTION stock.drop_issue(arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE target bigint := (arguments ->> 'issue_id')::bigint;
BEGIN
    PERFORM stock.drop_draft('stock.issue', target);
    RETURN jsonb_build_object('id', target, 'changes', jsonb_build_object(
        'stock.issue', jsonb_build_array(target), 'sales.order', (SELECT coalesce(jsonb_agg(DISTINCT l.order_id)
            FILTER (WHERE l.order_id IS NOT NULL), '[]') FROM stock.issue_line l WHERE l.issue_id = target)));
END $$;
CALL app.offer('stock.drop_issue');
