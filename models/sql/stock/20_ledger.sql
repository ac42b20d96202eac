-- The journal is the only thing that changes a balance (STK-05). A second trigger refuses every other way.

CREATE OR REPLACE FUNCTION stock.book() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE stock.balance b SET on_hand = b.on_hand + NEW.delta
    WHERE b.warehouse_id = NEW.warehouse_id AND b.product_id = NEW.product_id
    RETURNING b.on_hand INTO NEW.balance_after;
    IF NEW.balance_after IS NULL THEN
        RAISE EXCEPTION 'stock.move must open the balance first';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER b_book BEFORE INSERT ON stock.ledger FOR EACH ROW EXECUTE FUNCTION stock.book();

CREATE OR REPLACE FUNCTION stock.guard_balance() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF (TG_OP = 'DELETE' AND OLD.on_hand <> 0) OR (TG_OP = 'INSERT' AND NEW.on_hand <> 0)
       OR (TG_OP = 'UPDATE' AND OLD.on_hand <> NEW.on_hand AND pg_trigger_depth() < 2) THEN
        RAISE EXCEPTION USING ERRCODE = 'SK003', MESSAGE = 'A stock balance changes through the journal only.';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE OR REPLACE TRIGGER a_through_ledger BEFORE INSERT OR UPDATE OR DELETE ON stock.balance
    FOR EACH ROW EXECUTE FUNCTION stock.guard_balance();

-- Value and moving average follow the same way. The last piece takes what value is left.
CREATE OR REPLACE FUNCTION stock.book_cost() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE quantity numeric; held stock.cost;
BEGIN
    SELECT b.on_hand INTO quantity FROM stock.balance b
    WHERE b.warehouse_id = NEW.warehouse_id AND b.product_id = NEW.product_id;
    SELECT * INTO held FROM stock.cost c WHERE c.id = (
        SELECT b.id FROM stock.balance b WHERE b.warehouse_id = NEW.warehouse_id AND b.product_id = NEW.product_id);
    NEW.value_after := CASE WHEN quantity = 0 THEN 0 ELSE held.value + NEW.value END;
    NEW.value := NEW.value_after - held.value;
    NEW.average_after := CASE WHEN quantity > 0 THEN round(NEW.value_after / quantity, 6) ELSE held.average END;
    UPDATE stock.cost c SET value = NEW.value_after, average = NEW.average_after WHERE c.id = held.id;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER b_book BEFORE INSERT ON stock.ledger_cost FOR EACH ROW EXECUTE FUNCTION stock.book_cost();

-- Locks what a document moves, in the global order, before anything is written. Balances that do not exist yet
-- are opened first, sorted, so that two clerks who open the same ones wait instead of deadlocking.
CREATE OR REPLACE FUNCTION stock.lock_balances(warehouse bigint, products bigint[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF (SELECT count(*) FROM stock.balance b WHERE b.warehouse_id = warehouse AND b.product_id = ANY (products))
        < (SELECT count(DISTINCT p) FROM unnest(products) p) THEN
        INSERT INTO stock.balance (warehouse_id, product_id, negative_allowed)
        SELECT w.id, p, w.negative_allowed
        FROM stock.warehouse w, (SELECT DISTINCT p FROM unnest(products) p) x(p)
        WHERE w.id = warehouse ORDER BY p ON CONFLICT DO NOTHING;
        INSERT INTO stock.cost (id, warehouse_id, product_id)
        SELECT b.id, b.warehouse_id, b.product_id FROM stock.balance b
        WHERE b.warehouse_id = warehouse AND b.product_id = ANY (products) ORDER BY b.product_id
        ON CONFLICT DO NOTHING;
    END IF;
    PERFORM 1 FROM stock.balance b WHERE b.warehouse_id = warehouse AND b.product_id = ANY (products)
    ORDER BY b.product_id FOR NO KEY UPDATE;
END $$;

-- Says in words which goods are short; called after the balances are locked, in a statement of its own.
CREATE OR REPLACE FUNCTION stock.refuse_shortage(warehouse bigint, products bigint[], quantities numeric[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE short record;
BEGIN
    SELECT p.name, p.model, b.on_hand, w.quantity INTO short
    FROM (SELECT x.p, sum(x.q) AS quantity FROM unnest(products, quantities) x(p, q) GROUP BY x.p) w
    JOIN stock.balance b ON b.warehouse_id = warehouse AND b.product_id = w.p
    JOIN products.product p ON p.id = w.p
    WHERE NOT b.negative_allowed AND b.on_hand < w.quantity ORDER BY p.id LIMIT 1;
    IF FOUND THEN
        PERFORM app.refuse('Not enough {product} in stock: {on_hand} there, {wanted} wanted.', jsonb_build_object(
            'product', concat_ws(' ', short.name, short.model), 'on_hand', trim_scale(short.on_hand)::text,
            'wanted', trim_scale(short.quantity)::text));
    END IF;
END $$;

-- Writes the journal for locked balances. ``unit_costs`` NULL: at the moving average (goods that leave).
CREATE OR REPLACE FUNCTION stock.move(
    document text, document_id bigint, number text, warehouse bigint, products bigint[], deltas numeric[],
    unit_costs numeric[] DEFAULT NULL) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    WITH wanted AS (
        SELECT x.p, sum(x.d) AS delta, sum(x.d * x.c) AS value
        FROM unnest(products, deltas, coalesce(unit_costs, array_fill(NULL::numeric, ARRAY[cardinality(products)])))
             x(p, d, c)
        GROUP BY x.p HAVING sum(x.d) <> 0
    ), booked AS (
        INSERT INTO stock.ledger (user_id, document, document_id, number, warehouse_id, product_id, delta)
        SELECT app.my_user_id(), move.document, move.document_id, move.number, warehouse, w.p, w.delta
        FROM wanted w ORDER BY w.p
        RETURNING id, product_id, delta
    )
    INSERT INTO stock.ledger_cost (id, warehouse_id, product_id, value, value_after, average_after)
    SELECT b.id, warehouse, b.product_id, round(coalesce(w.value, b.delta * c.average), 2), 0, 0
    FROM booked b JOIN wanted w ON w.p = b.product_id
    JOIN stock.cost c ON c.warehouse_id = warehouse AND c.product_id = b.product_id
    ORDER BY b.id;
END $$;
