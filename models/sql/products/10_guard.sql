CALL app.guard('products.category', visible => 'true', "right" => 'products.product.view');
CALL app.guard('products.product', visible => 'true', guarded => ARRAY['further_codes']);
SELECT app.make_searchable('products.product', 'name', 'name', 'model', 'text', 'specification', 'text',
    'number', 'number', 'bar_code', 'number', 'further_codes', 'number');
CALL app.customise('products.product');
CALL app.guard('products.price_level', visible => 'true', "right" => 'products.product.view');
CALL app.guard_part('products.cost', 'products.product', 'true', "right" => 'products.see_cost');
CALL app.attachable('products.product');
CALL app.holds_file('products.product', 'picture_id');
CALL app.holds('products.product', 'category_id', 'products.category');
CALL app.holds('products.category', 'parent_id', 'products.category');
CALL app.holds('sales.order_line', 'product_id', 'products.product');
CALL app.holds('stock.ledger', 'product_id', 'products.product');

CREATE OR REPLACE FUNCTION products.complete_product() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    NEW.number := coalesce(nullif(btrim(NEW.number), ''), 'P-' || lpad(NEW.id::text, greatest(6, length(NEW.id::text)), '0'));
    NEW.model := nullif(btrim(NEW.model), '');
    NEW.specification := nullif(btrim(NEW.specification), '');
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER c_complete BEFORE INSERT OR UPDATE OF number, model, specification ON products.product
    FOR EACH ROW EXECUTE FUNCTION products.complete_product();

CREATE OR REPLACE FUNCTION products.set_cost(arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE target bigint := (arguments ->> 'product_id')::bigint;
BEGIN
    PERFORM app.require('products.see_cost');
    PERFORM app.require('products.product.edit');
    PERFORM app.require_visible('products.product', ARRAY[target]);
    INSERT INTO products.cost AS c (id, cost_price) VALUES (target, (arguments ->> 'cost_price')::numeric)
    ON CONFLICT (id) DO UPDATE SET cost_price = excluded.cost_price, needs_adjusting = false;
    RETURN jsonb_build_object('changes', jsonb_build_object('products.product', jsonb_build_array(target)));
END $$;
CALL app.offer('products.set_cost');

-- A category never stands below itself, at any depth. One at a time: two moves at once could close a circle
-- that neither sees.
CREATE OR REPLACE FUNCTION products.keep_tree() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.parent_id IS NULL OR NEW.parent_id IS NOT DISTINCT FROM OLD.parent_id THEN
        RETURN NEW;
    END IF;
    PERFORM pg_advisory_xact_lock(7352010);
    IF EXISTS (
        WITH RECURSIVE above(id) AS (
            SELECT NEW.parent_id
            UNION
            SELECT c.parent_id FROM above a JOIN products.category c ON c.id = a.id WHERE c.parent_id IS NOT NULL
        )
        SELECT FROM above a WHERE a.id = NEW.id
    ) THEN
        PERFORM app.refuse('A category cannot stand below itself.');
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER d_tree BEFORE UPDATE OF parent_id ON products.category
    FOR EACH ROW EXECUTE FUNCTION products.keep_tree();
