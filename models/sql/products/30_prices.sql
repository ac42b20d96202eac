-- Prices: per product and level, and where wanted per branch and pack unit; every change in the price history (PRD-05).
CALL app.guard_part('products.level_price', 'products.product', 'true', "right" => 'products.level_price.view');
CALL app.guard_part('products.repricing', 'products.product', 'true', false, "right" => 'products.price_change.view');
CALL app.guard_part('products.price_change', 'products.product', 'true', false, "right" => 'products.price_change.view');
CALL app.append_only('products.price_change');

-- The list price and the lowest price are columns of the product, which more people may edit than set prices.
CREATE OR REPLACE FUNCTION products.keep_prices() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF (OLD.list_price, OLD.lowest_price) IS DISTINCT FROM (NEW.list_price, NEW.lowest_price)
       AND app.my_user_id() IS NOT NULL THEN
        PERFORM app.require('products.change_price');
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER d_prices BEFORE UPDATE OF list_price, lowest_price ON products.product
    FOR EACH ROW EXECUTE FUNCTION products.keep_prices();

CREATE OR REPLACE FUNCTION products.tell_prices() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO products.price_change (user_id, product_id, kind, old, new, repricing_id)
    SELECT app.my_user_id(), n.id, x.kind, x.old, x.new,
           (SELECT r.id FROM products.repricing r WHERE r.transaction = (pg_current_xact_id()::text)::bigint)
    FROM new_rows n JOIN old_rows o ON o.id = n.id
    CROSS JOIN LATERAL (VALUES ('list', o.list_price, n.list_price), ('lowest', o.lowest_price, n.lowest_price))
        x(kind, old, new)
    WHERE x.old IS DISTINCT FROM x.new;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER x_prices AFTER UPDATE ON products.product
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION products.tell_prices();

-- The only way to a level price: writes what differs (no price takes one away) and its history; the number of prices.
CREATE OR REPLACE FUNCTION products.put_prices(
    goods bigint[], levels bigint[], branches bigint[], units text[], prices numeric[], repricing bigint)
RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE written bigint; me bigint := app.my_user_id();
BEGIN
    IF EXISTS (SELECT FROM unnest(prices) p WHERE p < 0) THEN
        PERFORM app.refuse('A price is not below zero.');
    END IF;
    PERFORM 1 FROM products.level_price p JOIN unnest(goods, levels, branches, units) w(g, l, b, u)
        ON p.product_id = w.g AND p.level_id = w.l AND p.branch_id IS NOT DISTINCT FROM w.b
        AND p.unit IS NOT DISTINCT FROM w.u ORDER BY p.id FOR UPDATE OF p;
    WITH wanted AS (
        SELECT w.*, p.id, p.price AS old
        FROM unnest(goods, levels, branches, units, prices) w(g, l, b, u, new)
        LEFT JOIN products.level_price p ON p.product_id = w.g AND p.level_id = w.l
            AND p.branch_id IS NOT DISTINCT FROM w.b AND p.unit IS NOT DISTINCT FROM w.u
        WHERE p.price IS DISTINCT FROM w.new::numeric(18, 6)
    ), gone AS (
        DELETE FROM products.level_price p USING wanted w WHERE p.id = w.id AND w.new IS NULL
    ), changed AS (
        UPDATE products.level_price p SET price = w.new, changed_at = now() FROM wanted w
        WHERE p.id = w.id AND w.new IS NOT NULL
    ), added AS (
        INSERT INTO products.level_price (product_id, level_id, branch_id, unit, price)
        SELECT w.g, w.l, w.b, w.u, w.new FROM wanted w WHERE w.id IS NULL ORDER BY w.g, w.l
    ), told AS (
        INSERT INTO products.price_change (user_id, product_id, kind, level_id, branch_id, unit, old, new, repricing_id)
        SELECT me, w.g, 'level', w.l, w.b, w.u, w.old, w.new, repricing FROM wanted w ORDER BY w.g, w.l RETURNING id
    )
    SELECT count(*) INTO written FROM told;
    RETURN written;
END $$;

-- Prices of one product: {"product_id", "prices": [[level_id, price or null, branch_id or null, unit or null,
-- the price that was seen or null], …]}; refused where another one stands there now. Without a fifth value nobody has
-- seen one.
CREATE OR REPLACE FUNCTION products.set_prices(arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE target bigint := (arguments ->> 'product_id')::bigint; product products.product; wrong text; other record;
BEGIN
    PERFORM app.require('products.change_price');
    PERFORM app.require_visible('products.product', ARRAY[target]);
    -- two people who give the same price its first value wait for one another
    SELECT * INTO product FROM products.product p WHERE p.id = target FOR NO KEY UPDATE;
    SELECT x ->> 3 INTO wrong FROM jsonb_array_elements(arguments -> 'prices') x
    WHERE x ->> 3 IS NOT NULL AND x ->> 1 IS NOT NULL AND x ->> 3 IS DISTINCT FROM product.pack_unit
      AND NOT EXISTS (SELECT FROM products.pack k WHERE k.product_id = target AND k.name = x ->> 3);
    IF FOUND THEN
        PERFORM app.refuse('{product} has no pack unit {unit}.',
            jsonb_build_object('product', product.name, 'unit', wrong));
    END IF;
    -- two who change the prices of one product queue up here: the second one sees what the first has done
    PERFORM 1 FROM products.product p WHERE p.id = target FOR NO KEY UPDATE;
    SELECT l.name, p.price INTO other FROM jsonb_array_elements(arguments -> 'prices') x
    JOIN products.price_level l ON l.id = (x ->> 0)::bigint
    LEFT JOIN products.level_price p ON p.product_id = target AND p.level_id = l.id
        AND p.branch_id IS NOT DISTINCT FROM (x ->> 2)::bigint AND p.unit IS NOT DISTINCT FROM x ->> 3
    WHERE jsonb_array_length(x) > 4 AND p.price IS DISTINCT FROM (x ->> 4)::numeric
      AND p.price IS DISTINCT FROM (x ->> 1)::numeric LIMIT 1;
    IF FOUND THEN
        PERFORM app.refuse('Somebody else has changed the price {level} meanwhile: it is {price} now. Save again to put yours in its place.',
            jsonb_build_object('level', other.name, 'price', coalesce(trim_scale(other.price)::text, '—')));
    END IF;
    PERFORM products.put_prices(
        array_agg(target), array_agg((x ->> 0)::bigint), array_agg((x ->> 2)::bigint), array_agg(x ->> 3),
        array_agg((x ->> 1)::numeric), NULL)
    FROM (SELECT DISTINCT ON (y ->> 0, y ->> 2, y ->> 3) y AS x FROM jsonb_array_elements(arguments -> 'prices') y) z;
    RETURN jsonb_build_object('changes', jsonb_build_object('products.product', jsonb_build_array(target)));
END $$;
CALL app.offer('products.set_prices');

-- A price by formula: × factor + added, then to the nearest price that ends as wanted: step 1, ending 0.9 gives x.9;
-- step 0.5, ending 0 gives .0 and .5; step 0.01 cents. What is above zero is not rounded to zero or below; what is
-- taken off altogether is 0. No price gives none.
CREATE OR REPLACE FUNCTION products.repriced(
    price numeric, factor numeric, added numeric, step numeric, ending numeric) RETURNS numeric
LANGUAGE sql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE
        WHEN price * factor + added <= 0 THEN 0
        WHEN round((price * factor + added - ending) / step) * step + ending > 0
            THEN round((price * factor + added - ending) / step) * step + ending
        WHEN ending > 0 THEN ending ELSE step END
$$;
REVOKE ALL ON FUNCTION products.repriced(numeric, numeric, numeric, numeric, numeric) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION products.repriced(numeric, numeric, numeric, numeric, numeric) TO shuke_staff;

-- What a formula starts from, product by product: the price with tax at ``source`` (a level's id, "list" or "lowest"),
-- of the branch before the one for all. With ``packs`` of every pack unit: its own price there, or else that of the
-- unit as many times as the pack holds.
CREATE OR REPLACE FUNCTION products.formula_bases(goods bigint[], source text, branch bigint, packs boolean)
RETURNS TABLE (product_id bigint, unit text, base numeric)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH units AS (
        SELECT p.id, NULL::text AS unit, 1::numeric AS factor, p.list_price, p.lowest_price
        FROM products.product p WHERE p.id = ANY (goods) AND NOT packs
        UNION ALL SELECT p.id, p.pack_unit, p.pack_factor, p.list_price, p.lowest_price
        FROM products.product p WHERE p.id = ANY (goods) AND packs AND p.pack_unit IS NOT NULL AND p.pack_factor IS NOT NULL
        UNION ALL SELECT p.id, k.name, k.factor, p.list_price, p.lowest_price
        FROM products.pack k JOIN products.product p ON p.id = k.product_id WHERE p.id = ANY (goods) AND packs)
    SELECT u.id, u.unit, CASE source WHEN 'list' THEN u.list_price * u.factor WHEN 'lowest' THEN u.lowest_price * u.factor
        ELSE (SELECT l.price * CASE WHEN l.unit IS NULL THEN u.factor ELSE 1 END FROM products.level_price l
              WHERE l.product_id = u.id AND l.level_id = CASE WHEN source NOT IN ('list', 'lowest') THEN source::bigint END
                AND (l.branch_id IS NULL OR l.branch_id = branch) AND (l.unit IS NULL OR l.unit = u.unit)
              ORDER BY l.unit IS NULL, l.branch_id IS NULL LIMIT 1) END
    FROM units u
$$;
REVOKE ALL ON FUNCTION products.formula_bases(bigint[], text, bigint, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION products.formula_bases(bigint[], text, bigint, boolean) TO shuke_staff;

-- {"source", "target": level id, "list" or "lowest", "branch_id", "packs", "factor", "added", "step", "ending",
--  "product_ids": [...], "rule", "expected": [count, sum of the new prices]}: all prices of one level, or the list or
-- lowest prices, from those of another (or the same) by formula, in one transaction; refused where they are not those
-- of the preview any more. With "packs" the prices of pack units. What has no price at ``source`` is left out.
CREATE OR REPLACE FUNCTION products.reprice(arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    wanted bigint[] := ARRAY(SELECT x::bigint FROM jsonb_array_elements_text(arguments -> 'product_ids') x ORDER BY 1);
    to_product boolean := arguments ->> 'target' IN ('list', 'lowest');
    target bigint := CASE WHEN arguments ->> 'target' NOT IN ('list', 'lowest') THEN (arguments ->> 'target')::bigint END;
    branch bigint := (arguments ->> 'branch_id')::bigint;
    packs boolean := coalesce((arguments ->> 'packs')::boolean, false);
    goods bigint[]; units text[]; prices numeric[]; made bigint; written bigint;
BEGIN
    PERFORM app.require('products.change_price');
    PERFORM app.require_visible('products.product', wanted);
    IF (arguments ->> 'factor')::numeric < 0 OR (arguments ->> 'step')::numeric <= 0
       OR to_product AND (packs OR branch IS NOT NULL) THEN
        PERFORM app.refuse('This formula gives no price.');
    END IF;
    PERFORM 1 FROM products.product p WHERE p.id = ANY (wanted) ORDER BY p.id FOR NO KEY UPDATE;
    SELECT array_agg(x.product_id ORDER BY x.product_id, x.unit), array_agg(x.unit ORDER BY x.product_id, x.unit),
           array_agg(x.new ORDER BY x.product_id, x.unit) INTO goods, units, prices FROM (
        SELECT b.product_id, b.unit, products.repriced(b.base, (arguments ->> 'factor')::numeric,
            (arguments ->> 'added')::numeric, (arguments ->> 'step')::numeric, (arguments ->> 'ending')::numeric) AS new
        FROM products.formula_bases(wanted, arguments ->> 'source', branch, packs) b) x WHERE x.new IS NOT NULL;
    IF goods IS NULL THEN
        PERFORM app.refuse('None of these products has a price there.');
    ELSIF cardinality(goods) <> (arguments -> 'expected' ->> 0)::bigint
       OR (SELECT sum(p) FROM unnest(prices) p) <> (arguments -> 'expected' ->> 1)::numeric THEN
        PERFORM app.refuse('Somebody has changed prices since the preview. Look at it again.');
    END IF;
    INSERT INTO products.repricing (user_id, rule) VALUES (app.my_user_id(), coalesce(arguments ->> 'rule', ''))
    RETURNING id INTO made;
    IF arguments ->> 'target' = 'lowest' THEN
        UPDATE products.product p SET lowest_price = x.price FROM unnest(goods, prices) x(id, price)
        WHERE p.id = x.id AND p.lowest_price IS DISTINCT FROM x.price::numeric(18, 6);
        GET DIAGNOSTICS written = ROW_COUNT;
    ELSIF to_product THEN
        UPDATE products.product p SET list_price = x.price FROM unnest(goods, prices) x(id, price)
        WHERE p.id = x.id AND p.list_price <> x.price::numeric(18, 6);
        GET DIAGNOSTICS written = ROW_COUNT;
    ELSE
        written := products.put_prices(goods, array_fill(target, ARRAY[cardinality(goods)]),
            array_fill(branch, ARRAY[cardinality(goods)]), units, prices, made);
    END IF;
    UPDATE products.repricing r SET prices = written WHERE r.id = made;
    RETURN jsonb_build_object('id', made, 'prices', written, 'changes', jsonb_build_object(
        'products.product', CASE WHEN cardinality(goods) <= 500 THEN to_jsonb(goods) ELSE '[]' END,
        'products.repricing', jsonb_build_array(made)));
END $$;
CALL app.offer('products.reprice');

-- {"repricing_id"}: the prices before it, but for those that were changed once more since.
CREATE OR REPLACE FUNCTION products.undo_repricing(arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    former products.repricing;
    made bigint; written bigint; more bigint;
BEGIN
    PERFORM app.require('products.change_price');
    SELECT * INTO former FROM products.repricing r WHERE r.id = (arguments ->> 'repricing_id')::bigint FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'SK002', MESSAGE = 'That record is not available.';
    ELSIF former.undone_at IS NOT NULL THEN
        PERFORM app.refuse('This change of prices is undone already.');
    END IF;
    PERFORM 1 FROM products.product p
    WHERE p.id IN (SELECT c.product_id FROM products.price_change c WHERE c.repricing_id = former.id)
    ORDER BY p.id FOR NO KEY UPDATE;
    UPDATE products.repricing r SET undone_at = now() WHERE r.id = former.id;
    INSERT INTO products.repricing (user_id, rule, undoes_id) VALUES (app.my_user_id(), former.rule, former.id)
    RETURNING id INTO made;
    SELECT products.put_prices(array_agg(c.product_id), array_agg(c.level_id), array_agg(c.branch_id), array_agg(c.unit),
        array_agg(c.old), made) INTO written
    FROM products.price_change c JOIN products.level_price p ON p.product_id = c.product_id AND p.level_id = c.level_id
        AND p.branch_id IS NOT DISTINCT FROM c.branch_id AND p.unit IS NOT DISTINCT FROM c.unit
    WHERE c.repricing_id = former.id AND c.kind = 'level' AND p.price = c.new;
    UPDATE products.product p SET list_price = c.old FROM products.price_change c
    WHERE c.repricing_id = former.id AND c.kind = 'list' AND p.id = c.product_id AND p.list_price = c.new;
    GET DIAGNOSTICS more = ROW_COUNT;
    written := coalesce(written, 0) + more;
    UPDATE products.product p SET lowest_price = c.old FROM products.price_change c
    WHERE c.repricing_id = former.id AND c.kind = 'lowest' AND p.id = c.product_id AND p.lowest_price = c.new;
    GET DIAGNOSTICS more = ROW_COUNT;
    UPDATE products.repricing r SET prices = written + more WHERE r.id = made;
    RETURN jsonb_build_object('id', made, 'prices', written + more,
        'kept', former.prices - written - more, 'changes',
        jsonb_build_object('products.product', '[]'::jsonb, 'products.repricing', jsonb_build_array(former.id, made)));
END $$;
CALL app.offer('products.undo_repricing');
