CALL app.guard('products.category', visible => 'true', "right" => 'products.product.view');
CALL app.keeps_tree('products.category', 'parent_id');
CALL app.tidies('products.category', ARRAY['name']);
CALL app.guard('products.product', visible => 'true', guarded => ARRAY['further_codes']);
CALL app.tidies('products.product', ARRAY['name', 'model', 'specification', 'number', 'bar_code', 'unit', 'pack_unit']);
SELECT app.make_searchable('products.product', 'name', 'name', 'model', 'text', 'specification', 'text',
    'number', 'number', 'bar_code', 'number', 'further_codes', 'number');
CALL app.customise('products.product');
CALL app.guard('products.price_level', visible => 'true', "right" => 'products.product.view');
CALL app.tidies('products.price_level', ARRAY['name']);
CALL app.guard_part('products.cost', 'products.product', 'true', "right" => 'products.see_cost');
CALL app.attachable('products.product');
CALL app.holds_file('products.product', 'picture_id');
CALL app.holds('products.product', 'category_id', 'products.category');
CALL app.holds('products.category', 'parent_id', 'products.category');
CALL app.holds('sales.order_line', 'product_id', 'products.product');
CALL app.holds('stock.ledger', 'product_id', 'products.product');
-- also what is on paper only so far: drafts of receipts, and requests to buy
CALL app.holds('stock.receipt_line', 'product_id', 'products.product');
CALL app.holds('purchasing.request', 'product_id', 'products.product');

-- A category with those above it, the top one first: 阀门 › 球阀 ›. All that lies in it or anywhere below begins so.
CREATE OR REPLACE FUNCTION products.category_path(category bigint) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH RECURSIVE up(parent_id, path) AS (
        SELECT c.parent_id, c.name || ' ›' FROM products.category c WHERE c.id = category
        UNION ALL SELECT p.parent_id, p.name || ' › ' || u.path FROM up u JOIN products.category p ON p.id = u.parent_id)
    SELECT u.path FROM up u WHERE u.parent_id IS NULL
$$;
GRANT EXECUTE ON FUNCTION products.category_path(bigint) TO shuke_staff;

CREATE OR REPLACE FUNCTION products.complete_product() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    NEW.number := coalesce(nullif(btrim(NEW.number), ''), 'P-' || lpad(NEW.id::text, greatest(6, length(NEW.id::text)), '0'));
    NEW.model := nullif(btrim(NEW.model), '');
    NEW.specification := nullif(btrim(NEW.specification), '');
    NEW.bar_code := nullif(btrim(NEW.bar_code), '');
    -- in words; two at once meet the unique index
    IF NEW.deleted_at IS NULL AND EXISTS (
        SELECT FROM products.product p WHERE p.name = NEW.name AND p.id <> NEW.id AND p.deleted_at IS NULL
        AND (p.model, p.specification) IS NOT DISTINCT FROM (NEW.model, NEW.specification)) THEN
        PERFORM app.refuse_value('name', '{product} exists already. Give it another model or specification.',
            jsonb_build_object('product', concat_ws(' ', NEW.name, NEW.model, NEW.specification)));
    END IF;
    IF TG_OP = 'UPDATE' AND OLD.stocked AND NOT NEW.stocked
       AND EXISTS (SELECT FROM stock.balance b WHERE b.product_id = NEW.id AND (b.on_hand, b.reserved, b.to_come) <> (0, 0, 0)) THEN
        PERFORM app.refuse('{product} still lies in stock, is reserved or to come, so it stays stocked.',
            jsonb_build_object('product', concat_ws(' ', NEW.name, NEW.model)));
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER c_complete BEFORE INSERT OR UPDATE OF number, name, model, specification, bar_code, stocked, deleted_at ON products.product
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
