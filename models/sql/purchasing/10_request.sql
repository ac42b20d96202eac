-- Purchase requests (DLV-02): written like any record, from the order, or by the keeper who found goods missing. Seen
-- with their owner, and by the keepers of the warehouse where the goods are missing. The number and what the product
-- is called are filled in; states are steps. A pack is one of its product's.
CALL app.guard('purchasing.request', guarded => ARRAY['number', 'product_name', 'unit', 'order_id', 'order_number', 'state'],
    visible => 'owner_id = ANY ((SELECT app.my_owner_ids())::bigint[]) '
    'OR warehouse_id = ANY ((SELECT app.my_warehouse_ids())::bigint[]) '
    'OR id = ANY ((SELECT app.my_shared_ids(''purchasing.request''))::bigint[])',
    editable => 'owner_id = ANY ((SELECT app.my_owner_ids())::bigint[]) '
    'OR id = ANY ((SELECT app.my_shared_ids(''purchasing.request'', true))::bigint[])');
SELECT app.make_searchable('purchasing.request', 'product_name', 'name', 'number', 'number', 'order_number', 'number');
CALL app.transitions('purchasing.request', 'open>ordered', 'open>closed', 'ordered>closed', 'ordered>open', 'closed>open');
CALL app.freeze('purchasing.request', 'OLD.state = ''closed''', ARRAY['state']);
CALL app.shared_kind('requests', 'purchasing.request');
CALL app.held_by('purchasing.request', open_when => 'state <> ''closed''');
CALL app.moves_with('purchasing.request', 'order_id', 'sales.order', offered => '{open,all}', chosen => 'open');

CREATE OR REPLACE FUNCTION purchasing.complete_request() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' OR NEW.product_id <> OLD.product_id THEN
        SELECT concat_ws(' ', p.name, p.model), p.unit INTO NEW.product_name, NEW.unit
        FROM products.product p WHERE p.id = NEW.product_id;
        -- not bought any more, but for an order that was taken when it still was sold
        IF NEW.order_id IS NULL AND app.my_user_id() IS NOT NULL THEN
            PERFORM stock.refuse_discontinued(ARRAY[NEW.product_id]);
        END IF;
    END IF;
    IF NEW.pack_unit IS NOT NULL AND NOT products.has_pack(NEW.product_id, NEW.pack_unit, NEW.pack_factor) THEN
        IF TG_OP = 'UPDATE' AND (NEW.pack_unit, NEW.pack_factor) IS NOT DISTINCT FROM (OLD.pack_unit, OLD.pack_factor) THEN
            -- as it was agreed once; another product does not come in it
            IF NEW.product_id <> OLD.product_id THEN
                NEW.pack_unit := NULL;
                NEW.pack_factor := NULL;
            END IF;
        ELSIF NOT EXISTS (SELECT FROM sales.order_line l WHERE l.order_id = NEW.order_id AND l.product_id = NEW.product_id
                          AND (l.pack_unit, l.pack_factor) = (NEW.pack_unit, NEW.pack_factor)) THEN
            PERFORM app.refuse('What {pack} of {product} holds has been changed. Choose the unit again.',
                jsonb_build_object('pack', NEW.pack_unit, 'product', NEW.product_name));
        END IF;
    END IF;
    IF TG_OP = 'INSERT' THEN
        NEW.number := app.next_number('purchasing.request', NEW.date);
    END IF;
    RETURN NEW;
END $$;
-- after the references were checked, before search is filled
CREATE OR REPLACE TRIGGER d_complete BEFORE INSERT OR UPDATE OF product_id, pack_unit, pack_factor ON purchasing.request
    FOR EACH ROW EXECUTE FUNCTION purchasing.complete_request();

-- Its number is one of a series without gaps.
CREATE OR REPLACE FUNCTION purchasing.keep_number() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM app.refuse('A purchase request keeps its number, so it stays in the recycle bin.');
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER a_keep_number BEFORE DELETE ON purchasing.request
    FOR EACH ROW EXECUTE FUNCTION purchasing.keep_number();

-- {"order_id", "lines": [[order_line_id, quantity, pack_unit, pack_factor], …], "wanted_on", "remark"}: what is short of
-- an order. Without a pack it is the order line's, if that has one.
CREATE OR REPLACE FUNCTION purchasing.request_for_order(arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE made bigint[];
BEGIN
    PERFORM app.require('purchasing.request.create');
    PERFORM app.require_visible('sales.order', ARRAY[coalesce((arguments ->> 'order_id')::bigint, 0)]);
    made := purchasing.write_requests((
        SELECT jsonb_agg(jsonb_build_object('product_id', l.product_id, 'quantity', x -> 1, 'order_id', o.id,
            'order_number', o.number, 'warehouse_id', o.warehouse_id,
            'pack_unit', CASE WHEN x ->> 2 IS NULL THEN l.pack_unit ELSE x ->> 2 END,
            'pack_factor', CASE WHEN x ->> 2 IS NULL THEN l.pack_factor ELSE (x ->> 3)::numeric END,
            'wanted_on', coalesce((arguments ->> 'wanted_on')::date, o.required_on), 'remark', arguments -> 'remark')
            ORDER BY l.position)
        FROM jsonb_array_elements(arguments -> 'lines') x JOIN sales.order_line l ON l.id = (x ->> 0)::bigint
        JOIN sales."order" o ON o.id = l.order_id
        WHERE o.id = (arguments ->> 'order_id')::bigint AND l.stocked AND o.state = 'confirmed'));
    RETURN jsonb_build_object('requests', cardinality(made), 'changes',
        jsonb_build_object('purchasing.request', to_jsonb(made)));
END $$;
CALL app.offer('purchasing.request_for_order');

-- {"issue_id", "lines": [[issue_line_id, quantity], …], "wanted_on", "remark"}: what the keeper found missing.
CREATE OR REPLACE FUNCTION purchasing.request_for_issue(arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE made bigint[];
BEGIN
    PERFORM app.require('purchasing.request.create');
    PERFORM app.require_visible('stock.issue', ARRAY[coalesce((arguments ->> 'issue_id')::bigint, 0)]);
    made := purchasing.write_requests((
        SELECT jsonb_agg(jsonb_build_object('product_id', l.product_id, 'quantity', x -> 1, 'order_id', l.order_id,
            'order_number', l.order_number, 'warehouse_id', l.warehouse_id, 'pack_unit', l.pack_unit, 'pack_factor',
            l.pack_factor,
            'wanted_on', coalesce((arguments ->> 'wanted_on')::date, o.required_on), 'remark', arguments -> 'remark')
            ORDER BY l.position)
        FROM jsonb_array_elements(arguments -> 'lines') x JOIN stock.issue_line l ON l.id = (x ->> 0)::bigint
        LEFT JOIN sales."order" o ON o.id = l.order_id
        WHERE l.issue_id = (arguments ->> 'issue_id')::bigint));
    RETURN jsonb_build_object('requests', cardinality(made), 'changes',
        jsonb_build_object('purchasing.request', to_jsonb(made)));
END $$;
CALL app.offer('purchasing.request_for_issue');

-- Writes requests whose order or issue was checked; the counter is the only lock.
CREATE OR REPLACE FUNCTION purchasing.write_requests(wanted jsonb) RETURNS bigint[]
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE made bigint[];
BEGIN
    IF wanted IS NULL OR EXISTS (SELECT FROM jsonb_array_elements(wanted) w
                                 WHERE coalesce((w ->> 'quantity')::numeric(18, 6), 0) <= 0) THEN
        PERFORM app.refuse('Choose what is to be bought, with a quantity above zero.');
    END IF;
    WITH written AS (
        INSERT INTO purchasing.request (product_id, quantity, wanted_on, warehouse_id, order_id, order_number, remark,
            owner_id, branch_id, pack_unit, pack_factor)
        SELECT (w.x ->> 'product_id')::bigint, (w.x ->> 'quantity')::numeric, (w.x ->> 'wanted_on')::date,
            (w.x ->> 'warehouse_id')::bigint, (w.x ->> 'order_id')::bigint, w.x ->> 'order_number', w.x ->> 'remark',
            app.my_user_id(), app.my_branch_id(), w.x ->> 'pack_unit', (w.x ->> 'pack_factor')::numeric
        FROM jsonb_array_elements(wanted) WITH ORDINALITY w(x, i) ORDER BY w.i RETURNING id
    )
    SELECT array_agg(w.id) INTO made FROM written w;
    PERFORM purchasing.tell_orders(made);
    RETURN made;
END $$;

-- An order shows what is bought for it, on whatever screen it is open.
CREATE OR REPLACE FUNCTION purchasing.tell_orders(requests bigint[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM app.tell_of('sales.order', ARRAY(SELECT DISTINCT r.order_id FROM purchasing.request r
        WHERE r.id = ANY (requests) AND r.order_id IS NOT NULL ORDER BY 1));
END $$;

-- {"request_ids", "to": ordered, closed or open}
CREATE OR REPLACE FUNCTION purchasing.step_request(arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE targets bigint[] := ARRAY(SELECT x::bigint FROM jsonb_array_elements_text(arguments -> 'request_ids') x);
BEGIN
    PERFORM app.require('purchasing.request.step');
    PERFORM app.require_visible('purchasing.request', targets);
    PERFORM 1 FROM purchasing.request r WHERE r.id = ANY (targets) ORDER BY r.id FOR NO KEY UPDATE;
    UPDATE purchasing.request r SET state = arguments ->> 'to' WHERE r.id = ANY (targets) AND r.deleted_at IS NULL;
    PERFORM purchasing.tell_orders(targets);
    RETURN jsonb_build_object('changes', jsonb_build_object('purchasing.request', to_jsonb(targets)));
END $$;
CALL app.offer('purchasing.step_request');
