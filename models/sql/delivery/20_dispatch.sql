-- Dispatch notices (DLV-01): sales says which goods of which orders may leave, the keepers of the warehouse see the
-- queue. Seen with their owner, and by the keepers.
CALL app.guard('delivery.dispatch', writable => false, visible =>
    'owner_id = ANY ((SELECT app.my_owner_ids())::bigint[]) OR warehouse_id = ANY ((SELECT app.my_warehouse_ids())::bigint[]) '
    'OR id = ANY ((SELECT app.my_shared_ids(''delivery.dispatch''))::bigint[])',
    editable => 'owner_id = ANY ((SELECT app.my_owner_ids())::bigint[]) '
    'OR id = ANY ((SELECT app.my_shared_ids(''delivery.dispatch'', true))::bigint[])');
CALL app.not_recycled('delivery.dispatch');
SELECT app.make_searchable('delivery.dispatch', 'customer_name', 'name', 'number', 'number', 'order_numbers', 'number');
CALL app.transitions('delivery.dispatch', 'waiting>partly', 'waiting>done', 'partly>done', 'waiting>cancelled',
    'partly>closed');
CALL app.freeze('delivery.dispatch', 'OLD.state IN (''done'', ''closed'', ''cancelled'')', ARRAY['print_count']);
CALL app.held_by('delivery.dispatch', open_when => 'state IN (''waiting'', ''partly'')');
CALL app.moves_with('delivery.dispatch', 'customer_id', 'customers.customer', offered => '{open,all}', chosen => 'open');
-- lines follow their notice by themselves
CALL app.moves_not('delivery.dispatch_line', 'order_id', 'sales.order');
CALL app.guard_part('delivery.dispatch_line', 'delivery.dispatch',
    'owner_id = ANY ((SELECT app.my_owner_ids())::bigint[]) OR warehouse_id = ANY ((SELECT app.my_warehouse_ids())::bigint[]) '
    'OR dispatch_id = ANY ((SELECT app.my_shared_ids(''delivery.dispatch''))::bigint[])',
    with_notices => false);
CALL app.shared_kind('deliveries', 'delivery.dispatch', 'delivery.note');

CREATE OR REPLACE TRIGGER d_pack BEFORE INSERT ON delivery.dispatch_line
    FOR EACH ROW WHEN (NEW.pack_unit IS NOT NULL) EXECUTE FUNCTION stock.refuse_unknown_pack();

-- {"warehouse_id", "lines": [[order_line_id, quantity, pack_unit, pack_factor], …], "wanted_on", "remark"}: goods of orders
-- of one customer that may leave; no more than is open. Without a pack the line is in its order's.
CREATE OR REPLACE FUNCTION delivery.make_dispatch(arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    warehouse bigint := (arguments ->> 'warehouse_id')::bigint;
    wanted bigint[] := ARRAY(SELECT (l ->> 0)::bigint FROM jsonb_array_elements(arguments -> 'lines') l);
    orders bigint[];
    customers bigint[];
    first_order sales."order";
    goods_to record;
    target bigint;
    given text;
BEGIN
    PERFORM app.require('delivery.dispatch.create');
    PERFORM app.require_parts('sales.order_line', wanted);
    SELECT array_agg(DISTINCT l.order_id), array_agg(DISTINCT o.customer_id) INTO orders, customers
    FROM sales.order_line l JOIN sales."order" o ON o.id = l.order_id WHERE l.id = ANY (wanted) AND l.stocked;
    IF orders IS NULL THEN
        PERFORM app.refuse('There is nothing to dispatch: choose lines with open goods.');
    END IF;
    PERFORM app.require_visible('sales.order', orders);
    PERFORM app.require_visible('stock.warehouse', ARRAY[coalesce(warehouse, 0)]);
    PERFORM stock.refuse_closed(warehouse);
    PERFORM 1 FROM sales."order" o WHERE o.id = ANY (orders) ORDER BY o.id FOR NO KEY UPDATE;
    IF cardinality(customers) > 1 THEN
        PERFORM app.refuse('One dispatch notice holds goods of one customer.');
    ELSIF EXISTS (SELECT FROM sales."order" o WHERE o.id = ANY (orders) AND o.state <> 'confirmed') THEN
        PERFORM app.refuse('Confirm the order first.');
    END IF;
    PERFORM sales.refuse_not_open(arguments -> 'lines');
    SELECT * INTO first_order FROM sales."order" o WHERE o.id = ANY (orders) ORDER BY o.id LIMIT 1;
    SELECT * INTO goods_to FROM delivery.consignee_of(first_order.id, first_order.customer_id);
    given := app.next_number('delivery.dispatch', app.today());
    INSERT INTO delivery.dispatch (number, wanted_on, warehouse_id, customer_id, customer_name, consignee, phone, address,
        order_numbers, remark, owner_id, branch_id)
    VALUES (given, coalesce((arguments ->> 'wanted_on')::date, first_order.required_on), warehouse,
        first_order.customer_id, first_order.customer_name, goods_to.consignee, goods_to.phone, goods_to.address,
        (SELECT string_agg(o.number, ', ' ORDER BY o.number) FROM sales."order" o WHERE o.id = ANY (orders)),
        arguments ->> 'remark', first_order.owner_id, first_order.branch_id) RETURNING id INTO target;
    INSERT INTO delivery.dispatch_line (dispatch_id, owner_id, warehouse_id, position, order_id, order_line_id,
        order_number, product_id, product_name, model, unit, quantity, remark, pack_unit, pack_factor)
    SELECT target, first_order.owner_id, warehouse, row_number() OVER (ORDER BY o.number, l.position), o.id, l.id,
           o.number, l.product_id, l.product_name, l.model, l.unit, q.quantity, l.remark, coalesce(q.pack, l.pack_unit),
           CASE WHEN q.pack IS NULL THEN l.pack_factor ELSE q.factor END
    FROM (SELECT (x ->> 0)::bigint AS id, sum((x ->> 1)::numeric(18, 6)) AS quantity,
                 (array_agg(x ->> 2 ORDER BY i))[1] AS pack, (array_agg((x ->> 3)::numeric(18, 6) ORDER BY i))[1] AS factor
          FROM jsonb_array_elements(arguments -> 'lines') WITH ORDINALITY y(x, i) GROUP BY 1) q
    JOIN sales.order_line l ON l.id = q.id JOIN sales."order" o ON o.id = l.order_id WHERE l.stocked;
    UPDATE sales.order_line l SET notified = l.notified + d.quantity,
        over_delivery = l.over_delivery OR l.delivered + l.asked + l.notified + d.quantity > l.quantity
    FROM delivery.dispatch_line d WHERE d.dispatch_id = target AND d.order_line_id = l.id;
    PERFORM app.tell_of('sales.order', orders);
    RETURN jsonb_build_object('id', target, 'number', given, 'changes', jsonb_build_object(
        'delivery.dispatch', jsonb_build_array(target), 'sales.order', to_jsonb(orders)));
END $$;
CALL app.offer('delivery.make_dispatch');

-- No more of a notice's line than it still lets leave. ``lines``: [[dispatch_line_id, quantity], …]; called under the
-- notices' locks.
CREATE OR REPLACE FUNCTION delivery.refuse_not_waiting(lines jsonb) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE bad record;
BEGIN
    SELECT l.product_name AS name, CASE WHEN d.state IN ('waiting', 'partly') THEN l.quantity - l.issued - l.asked
           ELSE 0 END AS left_open INTO bad
    FROM (SELECT (x ->> 0)::bigint AS id, sum((x ->> 1)::numeric(18, 6)) AS quantity, bool_or((x ->> 1)::numeric <= 0) AS no
          FROM jsonb_array_elements(lines) x GROUP BY 1) q
    JOIN delivery.dispatch_line l ON l.id = q.id JOIN delivery.dispatch d ON d.id = l.dispatch_id
    WHERE q.no OR q.quantity IS NULL OR d.state NOT IN ('waiting', 'partly')
       OR q.quantity > l.quantity - l.issued - l.asked LIMIT 1;
    IF FOUND THEN
        PERFORM app.refuse('Only {open} of {product} are open.', jsonb_build_object(
            'open', trim_scale(bad.left_open)::text, 'product', bad.name));
    END IF;
END $$;

-- {"warehouse_id", "lines": [[dispatch_line_id, quantity, pack_unit, pack_factor], …], "remark"}: the keeper makes a stock
-- issue of what notices let leave; several notices and orders of one customer in one issue.
CREATE OR REPLACE FUNCTION delivery.issue_dispatch(arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    warehouse bigint := (arguments ->> 'warehouse_id')::bigint;
    wanted bigint[] := ARRAY(SELECT (l ->> 0)::bigint FROM jsonb_array_elements(arguments -> 'lines') l);
    notices bigint[];
    made jsonb;
BEGIN
    PERFORM app.require('stock.issue.create');
    PERFORM app.require_parts('delivery.dispatch_line', wanted);
    SELECT array_agg(DISTINCT l.dispatch_id) INTO notices FROM delivery.dispatch_line l WHERE l.id = ANY (wanted);
    IF notices IS NULL THEN
        PERFORM app.refuse('There is nothing to issue: choose lines with open goods.');
    END IF;
    PERFORM app.require_visible('delivery.dispatch', notices);
    PERFORM 1 FROM delivery.dispatch d WHERE d.id = ANY (notices) ORDER BY d.id FOR NO KEY UPDATE;
    PERFORM delivery.refuse_not_waiting(arguments -> 'lines');
    IF EXISTS (SELECT FROM delivery.dispatch d WHERE d.id = ANY (notices) AND d.warehouse_id <> warehouse) THEN
        PERFORM app.refuse('These dispatch notices are for another warehouse.');
    END IF;
    made := stock.place_issue(jsonb_build_object('warehouse_id', warehouse, 'remark', arguments -> 'remark', 'lines',
        (SELECT jsonb_agg(jsonb_build_array(l.order_line_id, x -> 1, l.id, coalesce(x ->> 2, l.pack_unit),
            CASE WHEN x ->> 2 IS NULL THEN l.pack_factor ELSE (x ->> 3)::numeric END))
         FROM jsonb_array_elements(arguments -> 'lines') x JOIN delivery.dispatch_line l ON l.id = (x ->> 0)::bigint)));
    RETURN jsonb_set(made, '{changes,delivery.dispatch}', to_jsonb(notices));
END $$;
CALL app.offer('delivery.issue_dispatch');

-- {"dispatch_id"}: what has not left yet is taken back and open on the order again. Goods on a stock issue that waits
-- for the keeper have to be decided there first.
CREATE OR REPLACE FUNCTION delivery.end_dispatch(arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE doc delivery.dispatch; target bigint := (arguments ->> 'dispatch_id')::bigint; orders bigint[];
BEGIN
    PERFORM app.require('delivery.dispatch.edit');
    PERFORM app.require_visible('delivery.dispatch', ARRAY[coalesce(target, 0)], true);
    SELECT * INTO doc FROM delivery.dispatch d WHERE d.id = target FOR UPDATE;
    IF doc.state NOT IN ('waiting', 'partly') THEN
        PERFORM app.refuse('This dispatch notice is at its end already.');
    ELSIF EXISTS (SELECT FROM delivery.dispatch_line l WHERE l.dispatch_id = target AND l.asked > 0) THEN
        PERFORM app.refuse('The keeper has a stock issue of these goods open. Have it confirmed or deleted first.');
    END IF;
    SELECT array_agg(DISTINCT l.order_id) INTO orders FROM delivery.dispatch_line l WHERE l.dispatch_id = target;
    PERFORM 1 FROM sales."order" o WHERE o.id = ANY (orders) ORDER BY o.id FOR NO KEY UPDATE;
    UPDATE sales.order_line l SET notified = l.notified - (d.quantity - d.issued)
    FROM delivery.dispatch_line d WHERE d.dispatch_id = target AND d.order_line_id = l.id;
    UPDATE delivery.dispatch d SET state = CASE d.state WHEN 'waiting' THEN 'cancelled' ELSE 'closed' END
    WHERE d.id = target;
    PERFORM app.tell_of('sales.order', orders);
    RETURN jsonb_build_object('id', target, 'changes', jsonb_build_object(
        'delivery.dispatch', jsonb_build_array(target), 'sales.order', to_jsonb(orders)));
END $$;
CALL app.offer('delivery.end_dispatch');

-- Called before the orders of a stock issue are locked: its notices come first.
CREATE OR REPLACE FUNCTION delivery.lock_notices(issue bigint) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM 1 FROM delivery.dispatch d WHERE d.id IN (
        SELECT l.dispatch_id FROM stock.issue_line i JOIN delivery.dispatch_line l ON l.id = i.dispatch_line_id
        WHERE i.issue_id = issue) ORDER BY d.id FOR NO KEY UPDATE;
END $$;

-- Called by stock.post_issue and stock.drop_issue under their locks: what was counted has left, the rest of what was
-- asked for waits on its notices again.
CREATE OR REPLACE FUNCTION delivery.goods_counted(issue bigint) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE delivery.dispatch_line l SET asked = l.asked - i.quantity, issued = l.issued + coalesce(i.counted, 0)
    FROM stock.issue_line i WHERE i.issue_id = issue AND i.dispatch_line_id = l.id;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    UPDATE sales.order_line l SET notified = l.notified + x.waiting
    FROM (SELECT i.order_line_id AS id, sum(i.quantity - coalesce(i.counted, 0)) AS waiting FROM stock.issue_line i
          WHERE i.issue_id = issue AND i.dispatch_line_id IS NOT NULL GROUP BY 1) x WHERE l.id = x.id;
    UPDATE delivery.dispatch d SET state = x.state
    FROM (SELECT l.dispatch_id AS id, CASE WHEN bool_and(l.issued >= l.quantity) THEN 'done' ELSE 'partly' END AS state
          FROM delivery.dispatch_line l WHERE l.dispatch_id IN (
              SELECT k.dispatch_id FROM stock.issue_line i JOIN delivery.dispatch_line k ON k.id = i.dispatch_line_id
              WHERE i.issue_id = issue AND i.counted > 0)
          GROUP BY 1) x
    WHERE d.id = x.id AND d.state <> x.state;
END $$;
