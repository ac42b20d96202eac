-- Stock receipts: purchasing or a keeper saves drafts, the keeper of the warehouse receives the goods (STK-02, STK-04).

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
DECLARE target bigint := (arguments ->> 'receipt_id')::bigint;
BEGIN
    PERFORM stock.drop_draft('stock.receipt', target);
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
