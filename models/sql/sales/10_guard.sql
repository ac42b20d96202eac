-- Orders are written by functions only: their totals, states and lines must agree.
CALL app.guard('sales.order', writable => false);
CALL app.attachable('sales.order');
SELECT app.make_searchable('sales.order', 'customer_name', 'name', 'number', 'number', 'subject', 'text');
CALL app.customise('sales.order');
CALL app.transitions('sales.order', 'draft>confirmed', 'confirmed>reversed');
CALL app.freeze('sales.order', 'OLD.state <> ''draft''',
    ARRAY['state', 'received', 'issued_amount', 'open_quantity', 'reversed_by_reason', 'print_count']);
CALL app.guard_part('sales.order_line', 'sales.order',
    'owner_id = ANY ((SELECT app.my_owner_ids())::bigint[]) '
    'OR order_id = ANY ((SELECT app.my_shared_ids(''sales.order''))::bigint[])', with_notices => false);
CALL app.shared_kind('orders', 'sales.order');
CALL app.customer_section('orders', ARRAY['sales.order'], ARRAY['sales.order.view']);
CALL app.holds('sales.order', 'customer_id', 'customers.customer');
CALL app.held_by('sales.order',
    open_when => 'state = ''draft'' OR state = ''confirmed'' AND (open_quantity > 0 OR received < gross)');
CALL app.moves_with('sales.order', 'customer_id', 'customers.customer', offered => '{open,all}', chosen => 'open');
-- lines follow their order by themselves
CALL app.moves_not('sales.order_line', 'order_id', 'sales.order');

CREATE OR REPLACE FUNCTION sales.keep_lines() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF (SELECT o.state <> 'draft' FROM sales."order" o WHERE o.id = OLD.order_id)
       -- the price without tax is computed afterwards from what is compared here
       AND (TG_OP = 'DELETE' OR to_jsonb(OLD) - ARRAY['delivered', 'asked', 'notified', 'over_delivery', 'owner_id', 'price']
            <> to_jsonb(NEW) - ARRAY['delivered', 'asked', 'notified', 'over_delivery', 'owner_id', 'price']) THEN
        RAISE EXCEPTION USING ERRCODE = 'SK003', MESSAGE = 'This order is confirmed and cannot be changed any more. Put what is to be added into a new order.';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
-- What delivery counts and who owns the line may change; leaving those out here spares the trigger.
DO $$
BEGIN
    EXECUTE 'CREATE TRIGGER a_frozen BEFORE DELETE OR UPDATE OF '
        || (SELECT string_agg(quote_ident(a.attname), ', ') FROM pg_attribute a
            WHERE a.attrelid = 'sales.order_line'::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
            AND a.attname NOT IN ('delivered', 'asked', 'notified', 'over_delivery', 'owner_id'))
        || ' ON sales.order_line FOR EACH ROW EXECUTE FUNCTION sales.keep_lines()';
END $$;
CREATE OR REPLACE TRIGGER a_keep BEFORE TRUNCATE ON sales.order_line EXECUTE FUNCTION app.refuse_change();

-- What is discontinued is not sold any more: no new line holds it (a line that is there already stays, goods that come
-- back may). Loaders of whole companies are no users.
CREATE OR REPLACE FUNCTION sales.refuse_discontinued() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE gone text;
BEGIN
    SELECT concat_ws(' ', p.name, p.model) INTO gone FROM new_rows n JOIN products.product p ON p.id = n.product_id
    WHERE p.state = 'discontinued' AND n.quantity > 0 LIMIT 1;
    IF FOUND AND app.my_user_id() IS NOT NULL THEN
        PERFORM app.refuse('{product} is discontinued. Use it again first, or choose another one.',
            jsonb_build_object('product', gone));
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER x_discontinued AFTER INSERT ON sales.order_line REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION sales.refuse_discontinued();
-- A stored line that becomes one of another product is a new line of that.
CREATE OR REPLACE FUNCTION sales.refuse_discontinued_instead() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE gone text;
BEGIN
    SELECT concat_ws(' ', p.name, p.model) INTO gone FROM products.product p
    WHERE p.id = NEW.product_id AND p.state = 'discontinued' AND NEW.quantity > 0;
    IF FOUND AND app.my_user_id() IS NOT NULL THEN
        PERFORM app.refuse('{product} is discontinued. Use it again first, or choose another one.',
            jsonb_build_object('product', gone));
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER x_discontinued_instead AFTER UPDATE OF product_id ON sales.order_line
    FOR EACH ROW WHEN (NEW.product_id IS DISTINCT FROM OLD.product_id) EXECUTE FUNCTION sales.refuse_discontinued_instead();
