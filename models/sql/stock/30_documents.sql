-- What stock receipts and issues have in common: who posts where and when, packs, drafts that are deleted for ever.

-- Only its keepers post in a warehouse (STK-01): who sees the stock of all of them keeps none for that.
CREATE OR REPLACE FUNCTION stock.require_keeper(warehouse bigint) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM stock.warehouse w WHERE w.id = warehouse) THEN
        RAISE EXCEPTION USING ERRCODE = 'SK002', MESSAGE = 'That record is not available.';
    ELSIF NOT coalesce(warehouse = ANY (app.my_warehouse_ids()), false) THEN
        IF NOT EXISTS (SELECT FROM stock.keeper k JOIN organisation."user" u ON u.id = k.user_id
                       WHERE k.warehouse_id = warehouse AND u.active) THEN
            PERFORM app.refuse('Nobody keeps {warehouse} yet. Tick its keepers on the page of the warehouse.',
                jsonb_build_object('warehouse', (SELECT w.name FROM stock.warehouse w WHERE w.id = warehouse)));
        END IF;
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

-- A draft that will not be posted goes into the recycle bin.
CREATE OR REPLACE FUNCTION stock.drop_draft(entity text, target bigint) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE doc record;
BEGIN
    PERFORM app.require(entity || '.delete');
    PERFORM app.require_visible(entity, ARRAY[target]);
    EXECUTE format('SELECT state, deleted_at FROM %s WHERE id = $1 FOR UPDATE', app.table_of(entity)) INTO doc USING target;
    IF doc.deleted_at IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'SK002', MESSAGE = 'That record is not available.';
    ELSIF doc.state <> 'draft' THEN
        PERFORM app.refuse('This document is posted already.');
    END IF;
    PERFORM app.recycle(entity, ARRAY[target]);
END $$;
REVOKE ALL ON FUNCTION stock.drop_draft(text, bigint) FROM PUBLIC;

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
