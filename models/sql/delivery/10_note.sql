-- A delivery note is seen with its customer's owner and by the keepers of its warehouse.
CALL app.guard('delivery.note', writable => false, visible =>
    'owner_id = ANY ((SELECT app.my_owner_ids())::bigint[]) OR warehouse_id = ANY ((SELECT app.my_warehouse_ids())::bigint[]) '
    'OR id = ANY ((SELECT app.my_shared_ids(''delivery.note''))::bigint[])');
CALL app.not_recycled('delivery.note');
CALL app.attachable('delivery.note');
SELECT app.make_searchable('delivery.note', 'customer_name', 'name', 'number', 'number', 'tracking_number', 'number',
    'issue_number', 'number', 'consignee', 'text');
CALL app.transitions('delivery.note', 'to_issue>to_ship', 'to_ship>shipped', 'shipped>signed',
    'to_issue>cancelled', 'to_ship>cancelled');
CALL app.freeze('delivery.note', 'OLD.state IN (''signed'', ''cancelled'')', ARRAY['print_count', 'issue_id']);
CALL app.guard_part('delivery.note_line', 'delivery.note',
    'owner_id = ANY ((SELECT app.my_owner_ids())::bigint[]) OR warehouse_id = ANY ((SELECT app.my_warehouse_ids())::bigint[]) '
    'OR note_id = ANY ((SELECT app.my_shared_ids(''delivery.note''))::bigint[])');
CALL app.append_only('delivery.note_line');
CALL app.held_by('delivery.note', open_when => 'state NOT IN (''signed'', ''cancelled'')');
CALL app.moves_with('delivery.note', 'customer_id', 'customers.customer', offered => '{open,all}', chosen => 'open');
CALL app.customer_section('deliveries', ARRAY['delivery.note'], ARRAY['delivery.note.view']);

-- To whom goods of an order go: as it says, or the customer's main contact and address.
CREATE OR REPLACE FUNCTION delivery.consignee_of(target_order bigint, target_customer bigint,
    OUT consignee text, OUT phone text, OUT address text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(o.consignee, k.name), coalesce(o.consignee_phone, k.mobile, k.phone, c.phone),
           coalesce(o.delivery_address, c.address)
    FROM customers.customer c LEFT JOIN sales."order" o ON o.id = target_order
    LEFT JOIN LATERAL (SELECT p.name, p.mobile, p.phone FROM customers.contact p
        WHERE p.customer_id = c.id AND p.deleted_at IS NULL ORDER BY p.main DESC, p.id LIMIT 1) k ON true
    WHERE c.id = target_customer
$$;

-- {"issue_id", "way"}: the note that travels with the goods of a stock issue; one per issue unless cancelled. Made
-- before the keeper has counted, it waits for him (to_issue) and gets its lines then.
CREATE OR REPLACE FUNCTION delivery.make_note(arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE issue stock.issue; customer customers.customer; first_order bigint; goods_to record; given text; target bigint;
BEGIN
    PERFORM app.require('delivery.note.create');
    PERFORM app.require_visible('stock.issue', ARRAY[(arguments ->> 'issue_id')::bigint]);
    SELECT * INTO issue FROM stock.issue i WHERE i.id = (arguments ->> 'issue_id')::bigint FOR UPDATE;
    IF issue.deleted_at IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'SK002', MESSAGE = 'That record is not available.';
    ELSIF issue.customer_id IS NULL THEN
        PERFORM app.refuse('Only goods for a customer travel with a delivery note.');
    ELSIF issue.state = 'reversed' THEN
        PERFORM app.refuse('This stock issue was reversed.');
    ELSIF EXISTS (SELECT FROM delivery.note n WHERE n.issue_id = issue.id AND n.state <> 'cancelled') THEN
        PERFORM app.refuse('This stock issue has a delivery note already.');
    END IF;
    SELECT * INTO customer FROM customers.customer c WHERE c.id = issue.customer_id;
    SELECT l.order_id INTO first_order FROM stock.issue_line l
    WHERE l.issue_id = issue.id AND l.order_id IS NOT NULL ORDER BY l.position LIMIT 1;
    SELECT * INTO goods_to FROM delivery.consignee_of(first_order, customer.id);
    given := app.next_number('delivery.note', app.today());
    INSERT INTO delivery.note (number, issue_id, issue_number, order_numbers, warehouse_id, customer_id, customer_name,
        consignee, phone, address, way, owner_id, branch_id, state)
    SELECT given, issue.id, issue.number,
        (SELECT string_agg(DISTINCT l.order_number, ', ') FROM stock.issue_line l WHERE l.issue_id = issue.id),
        issue.warehouse_id, customer.id, customer.name,
        goods_to.consignee, goods_to.phone, goods_to.address, arguments ->> 'way', customer.owner_id, customer.branch_id,
        CASE issue.state WHEN 'posted' THEN 'to_ship' ELSE 'to_issue' END
    RETURNING id INTO target;
    IF issue.state = 'posted' THEN
        PERFORM delivery.fill_lines(target);
    END IF;
    PERFORM app.tell_of('stock.issue', ARRAY[issue.id]);
    PERFORM stock.tell_asked(issue.id);
    RETURN jsonb_build_object('id', target, 'number', given, 'changes', jsonb_build_object('delivery.note', jsonb_build_array(target),
        'stock.issue', jsonb_build_array(issue.id)));
END $$;
CALL app.offer('delivery.make_note');

CREATE OR REPLACE FUNCTION delivery.fill_lines(target bigint) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO delivery.note_line (note_id, owner_id, warehouse_id, position, product_id, product_number, product_name,
        model, unit, quantity, tax_price, gross, remark, pack_unit, pack_factor, pack_price)
    SELECT n.id, n.owner_id, n.warehouse_id, row_number() OVER (ORDER BY i.position), p.id, p.number, p.name,
        p.model, p.unit, i.counted, l.tax_price * l.discount / 100,
        i.gross, l.remark, i.pack_unit, i.pack_factor,
        -- counted in another pack than the order was taken in, its price is that of its units
        CASE WHEN (i.pack_unit, i.pack_factor) IS NOT DISTINCT FROM (l.pack_unit, l.pack_factor) THEN l.pack_price
             ELSE l.tax_price * i.pack_factor END * l.discount / 100
    FROM delivery.note n JOIN stock.issue_line i ON i.issue_id = n.issue_id JOIN products.product p ON p.id = i.product_id
    LEFT JOIN sales.order_line l ON l.id = i.order_line_id WHERE n.id = target AND i.counted > 0
$$;

-- Called by stock.post_issue: notes that were made ahead may travel now, from where the keeper let the goods leave.
CREATE OR REPLACE FUNCTION delivery.goods_issued(issue bigint) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE target bigint;
BEGIN
    FOR target IN SELECT n.id FROM delivery.note n WHERE n.issue_id = issue AND n.state = 'to_issue' ORDER BY n.id LOOP
        UPDATE delivery.note n SET state = 'to_ship', issue_number = i.number, warehouse_id = i.warehouse_id
        FROM stock.issue i WHERE n.id = target AND i.id = issue;
        PERFORM delivery.fill_lines(target);
    END LOOP;
END $$;

-- {"note_id", "version", "carrier", "tracking_number", "way", "freight", "freight_paid_by", "parcels", "weight",
--  "consignee", "phone", "address", "remark"}
CREATE OR REPLACE FUNCTION delivery.save_note(arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE target bigint := (arguments ->> 'note_id')::bigint; changed integer;
BEGIN
    PERFORM app.require('delivery.note.edit');
    PERFORM app.require_visible('delivery.note', ARRAY[target], true);
    UPDATE delivery.note n SET carrier = arguments ->> 'carrier', tracking_number = arguments ->> 'tracking_number',
        way = arguments ->> 'way', freight = coalesce((arguments ->> 'freight')::numeric, 0),
        freight_paid_by = coalesce(arguments ->> 'freight_paid_by', 'us'), parcels = (arguments ->> 'parcels')::integer,
        weight = (arguments ->> 'weight')::numeric, consignee = arguments ->> 'consignee', phone = arguments ->> 'phone',
        address = arguments ->> 'address', remark = arguments ->> 'remark'
    WHERE n.id = target AND n.version = (arguments ->> 'version')::integer RETURNING n.version INTO changed;
    IF changed IS NULL THEN
        PERFORM app.refuse('Somebody else has changed this document. Open it again.');
    END IF;
    RETURN jsonb_build_object('version', changed, 'changes', jsonb_build_object('delivery.note', jsonb_build_array(target)));
END $$;
CALL app.offer('delivery.save_note');

-- {"note_id", "to": shipped, signed or cancelled, "signed_by"}
CREATE OR REPLACE FUNCTION delivery.step_note(arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE target bigint := (arguments ->> 'note_id')::bigint; changed integer;
BEGIN
    PERFORM app.require('delivery.note.ship');
    PERFORM app.require_visible('delivery.note', ARRAY[target]);
    IF arguments ->> 'to' = 'to_ship' THEN
        PERFORM app.refuse('The keeper has to confirm the stock issue first.');
    END IF;
    UPDATE delivery.note n SET state = arguments ->> 'to',
        shipped_at = CASE arguments ->> 'to' WHEN 'shipped' THEN now() ELSE n.shipped_at END,
        signed_at = CASE arguments ->> 'to' WHEN 'signed' THEN now() ELSE n.signed_at END,
        signed_by = coalesce(arguments ->> 'signed_by', n.signed_by) WHERE n.id = target RETURNING n.version INTO changed;
    PERFORM stock.tell_asked((SELECT n.issue_id FROM delivery.note n WHERE n.id = target));
    RETURN jsonb_build_object('version', changed, 'changes', jsonb_build_object('delivery.note', jsonb_build_array(target)));
END $$;
CALL app.offer('delivery.step_note');
