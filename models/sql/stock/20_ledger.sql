-- The journal is the only thing that changes a balance (STK-05). A second trigger refuses every other way.

-- A row of the journal names the balance after it; the trigger sets the balance to it, if it follows from the one
-- before. One statement for all rows, so two rows of one balance need two statements.
CREATE OR REPLACE FUNCTION stock.book() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE booked bigint;
BEGIN
    UPDATE stock.balance b SET on_hand = n.balance_after FROM new_rows n
    WHERE b.warehouse_id = n.warehouse_id AND b.product_id = n.product_id AND b.on_hand + n.delta = n.balance_after;
    GET DIAGNOSTICS booked = ROW_COUNT;
    IF booked < (SELECT count(*) FROM new_rows) THEN
        RAISE EXCEPTION 'a movement does not follow from its balance; stock.move opens and locks balances first';
    END IF;
    RETURN NULL;
END $$;
DROP TRIGGER IF EXISTS b_book ON stock.ledger;
CREATE OR REPLACE TRIGGER x_book AFTER INSERT ON stock.ledger REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION stock.book();

CREATE OR REPLACE FUNCTION stock.guard_balance() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF (TG_OP = 'DELETE' AND OLD.on_hand <> 0) OR (TG_OP = 'INSERT' AND NEW.on_hand <> 0)
       OR (TG_OP = 'UPDATE' AND OLD.on_hand <> NEW.on_hand AND pg_trigger_depth() < 2) THEN
        RAISE EXCEPTION USING ERRCODE = 'SK003', MESSAGE = 'A stock balance changes through the journal only.';
    END IF;
    IF TG_OP = 'UPDATE' AND OLD.cleared
       AND (OLD.on_hand, OLD.reserved, OLD.to_come) <> (NEW.on_hand, NEW.reserved, NEW.to_come) THEN
        NEW.cleared := false;
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE OR REPLACE TRIGGER a_through_ledger BEFORE INSERT OR UPDATE OR DELETE ON stock.balance
    FOR EACH ROW EXECUTE FUNCTION stock.guard_balance();

-- Value and moving average follow the same way.
CREATE OR REPLACE FUNCTION stock.book_cost() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE booked bigint;
BEGIN
    UPDATE stock.cost c SET value = n.value_after, average = n.average_after,
        base_value = CASE WHEN n.sets_average THEN n.value_after ELSE c.base_value END,
        base_quantity = CASE WHEN n.sets_average THEN b.on_hand ELSE c.base_quantity END
    FROM new_rows n JOIN stock.balance b ON b.warehouse_id = n.warehouse_id AND b.product_id = n.product_id
    WHERE c.id = b.id AND c.value + n.value = n.value_after;
    GET DIAGNOSTICS booked = ROW_COUNT;
    IF booked < (SELECT count(*) FROM new_rows) THEN
        RAISE EXCEPTION 'a value does not follow from the one before; stock.move opens and locks balances first';
    END IF;
    RETURN NULL;
END $$;
DROP TRIGGER IF EXISTS b_book ON stock.ledger_cost;
CREATE OR REPLACE TRIGGER x_book AFTER INSERT ON stock.ledger_cost REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION stock.book_cost();

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
-- Goods that come at a cost set the average: value / quantity after them. All others leave it as it is, and the
-- value follows it: a movement is worth the difference of two rounded values, so that no cent drifts and nothing is
-- left when the last piece goes. Goods that come where less than nothing lay are worth their own cost, the rest is
-- what had been issued at a guess; goods that are taken back for more than is left are taken at the average.
CREATE OR REPLACE FUNCTION stock.move(
    document text, document_id bigint, number text, warehouse bigint, products bigint[], deltas numeric[],
    unit_costs numeric[] DEFAULT NULL) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE moved bigint; mover bigint := app.my_user_id();
BEGIN
    WITH wanted AS (
        SELECT x.p, sum(x.d)::numeric(18, 6) AS delta, round(sum(x.d * x.c), 2) AS value
        FROM unnest(products, deltas, coalesce(unit_costs, array_fill(NULL::numeric, ARRAY[cardinality(products)])))
             x(p, d, c)
        GROUP BY x.p HAVING sum(x.d) <> 0
    ), held AS (
        SELECT w.p, w.delta, w.value, b.on_hand AS before, b.on_hand + w.delta AS after, c.value AS value_before,
               c.average, c.base_value, c.base_quantity,
               w.value IS NOT NULL AND b.on_hand + w.delta > 0
                   AND (b.on_hand < 0 OR c.value + w.value >= 0) AS costed
        FROM wanted w JOIN stock.balance b ON b.warehouse_id = warehouse AND b.product_id = w.p
        JOIN stock.cost c ON c.id = b.id
    ), valued AS (
        SELECT h.*, CASE
            WHEN h.after = 0 THEN 0
            WHEN NOT h.costed THEN
                -- quantity × base_value / base_quantity, half up to the cent, without the digits a quotient loses
                CASE WHEN h.base_quantity = 0 THEN 0 ELSE sign(h.after)
                    * div(abs(h.base_value * h.after) * 200 + h.base_quantity, 2 * h.base_quantity) * 0.01 END
            WHEN h.before < 0 THEN round(h.value * h.after / h.delta, 2)
            ELSE h.value_before + h.value END AS value_after
        FROM held h
    ), booked AS (
        INSERT INTO stock.ledger (user_id, document, document_id, number, warehouse_id, product_id, delta, balance_after)
        SELECT mover, move.document, move.document_id, move.number, warehouse, v.p, v.delta, v.after
        FROM valued v ORDER BY v.p
        RETURNING id, product_id
    ), costed AS (
        INSERT INTO stock.ledger_cost (id, warehouse_id, product_id, value, value_after, average_after, sets_average)
        SELECT b.id, warehouse, v.p, v.value_after - v.value_before, v.value_after,
               CASE WHEN v.costed THEN round(v.value_after * 1.000000000000 / v.after, 12) ELSE v.average END, v.costed
        FROM booked b JOIN valued v ON v.p = b.product_id ORDER BY b.id
        RETURNING id
    )
    SELECT count(c.id) - (SELECT count(*) FROM wanted) INTO moved FROM costed c;
    IF moved <> 0 THEN
        RAISE EXCEPTION 'stock.move must open the balance first';
    END IF;
END $$;
