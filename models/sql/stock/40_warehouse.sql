-- What the keepers say of a warehouse: who keeps it, whether it may go below zero, bins, rows left out of its list.

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

-- Who posts goods by his roles where he is a keeper: receives, issues or sells over the counter. A keeper who is none of
-- them keeps a warehouse in vain: its page, its list and shuke check say so.
CREATE OR REPLACE FUNCTION stock.able_keepers() RETURNS bigint[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN app.can('stock.warehouse.view') THEN ARRAY(SELECT s.id FROM app.user_scope s
        WHERE s.rights && ARRAY['stock.receipt.post', 'stock.issue.post', 'sales.counter.sell'] ORDER BY s.id) END
$$;
REVOKE ALL ON FUNCTION stock.able_keepers() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION stock.able_keepers() TO shuke_staff;

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
        WHERE w.id = warehouse OR warehouse IS NULL AND w.id = ANY (app.my_warehouse_ids()) ORDER BY w.id
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
