-- What belongs to a product beside its own columns: further bar codes, pack units, parameters, common questions.
CALL app.guard_part('products.pack', 'products.product', 'true');
CALL app.guard_part('products.bar_code', 'products.product', 'true');
CALL app.guard_part('products.code', 'products.product', 'true', with_history => false, with_notices => false);
CALL app.guard_part('products.parameter', 'products.product', 'true');
CALL app.guard_part('products.question', 'products.product', 'true');

-- {"product_id", "version": the product's, as it was read before the lists, "packs": [{"name", "factor", "bar_code"}], "bar_codes": [{"code", "remark"}],
--  "parameters": [{"name", "value"}], "questions": [{"question", "answer"}]}: each list that is given takes the place
-- of the one before; rows keep their id by their name, so that the history shows what changed. The product gets a new
-- version with them: whoever had them open asks for another one.
CREATE OR REPLACE FUNCTION products.save_details(arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    target bigint := (arguments ->> 'product_id')::bigint;
    product products.product;
BEGIN
    PERFORM app.require('products.product.edit');
    PERFORM app.require_visible('products.product', ARRAY[target]);
    SELECT * INTO product FROM products.product p WHERE p.id = target FOR NO KEY UPDATE;
    IF product.version IS DISTINCT FROM (arguments ->> 'version')::integer THEN
        PERFORM app.refuse('Somebody else has changed this record since you opened it.');
    END IF;
    IF arguments ? 'packs' THEN
        PERFORM products.save_packs(product, arguments -> 'packs');
    END IF;
    IF arguments ? 'bar_codes' THEN
        PERFORM products.refuse_twice(arguments -> 'bar_codes', 'code');
        DELETE FROM products.bar_code b WHERE b.product_id = target
            AND b.code NOT IN (SELECT btrim(x ->> 'code') FROM jsonb_array_elements(arguments -> 'bar_codes') x);
        INSERT INTO products.bar_code AS b (product_id, position, code, remark)
        SELECT target, l.i, btrim(l.x ->> 'code'), nullif(btrim(l.x ->> 'remark'), '')
        FROM jsonb_array_elements(arguments -> 'bar_codes') WITH ORDINALITY l(x, i)
        ON CONFLICT ON CONSTRAINT uq_bar_code_product_id_code DO UPDATE
            SET position = excluded.position, remark = excluded.remark
            WHERE (b.position, b.remark) IS DISTINCT FROM (excluded.position, excluded.remark);
    END IF;
    IF arguments ? 'parameters' THEN
        PERFORM products.refuse_twice(arguments -> 'parameters', 'name');
        DELETE FROM products.parameter b WHERE b.product_id = target
            AND b.name NOT IN (SELECT btrim(x ->> 'name') FROM jsonb_array_elements(arguments -> 'parameters') x);
        INSERT INTO products.parameter AS b (product_id, position, name, value)
        SELECT target, l.i, btrim(l.x ->> 'name'), coalesce(btrim(l.x ->> 'value'), '')
        FROM jsonb_array_elements(arguments -> 'parameters') WITH ORDINALITY l(x, i)
        ON CONFLICT ON CONSTRAINT uq_parameter_product_id_name DO UPDATE
            SET position = excluded.position, value = excluded.value
            WHERE (b.position, b.value) IS DISTINCT FROM (excluded.position, excluded.value);
    END IF;
    IF arguments ? 'questions' THEN
        PERFORM products.save_questions(target, arguments -> 'questions');
    END IF;
    PERFORM products.keep_codes(target);
    RETURN jsonb_build_object('version', product.version + 1,
        'changes', jsonb_build_object('products.product', jsonb_build_array(target)));
END $$;
CALL app.offer('products.save_details');

CREATE OR REPLACE FUNCTION products.refuse_twice(list jsonb, key text) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE twice text;
BEGIN
    SELECT btrim(x ->> key) INTO twice FROM jsonb_array_elements(list) x
    GROUP BY 1 HAVING count(*) > 1 OR coalesce(btrim(x ->> key), '') = '' LIMIT 1;
    IF FOUND AND coalesce(twice, '') = '' THEN
        PERFORM app.refuse('Every row needs its first column filled in.');
    ELSIF FOUND THEN
        PERFORM app.refuse('{name} is there twice.', jsonb_build_object('name', twice));
    END IF;
END $$;

CREATE OR REPLACE FUNCTION products.save_packs(product products.product, list jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE priced text;
BEGIN
    PERFORM products.refuse_twice(list, 'name');
    IF EXISTS (SELECT FROM jsonb_array_elements(list) x WHERE coalesce((x ->> 'factor')::numeric, 0) <= 0) THEN
        PERFORM app.refuse('A pack unit holds more than zero units.');
    ELSIF EXISTS (SELECT FROM jsonb_array_elements(list) x
                  WHERE btrim(x ->> 'name') IN (coalesce(product.unit, ''), coalesce(product.pack_unit, ''))) THEN
        PERFORM app.refuse('A further pack unit is called otherwise than the unit and the first pack unit.');
    END IF;
    SELECT l.unit INTO priced FROM products.level_price l JOIN products.pack k
        ON k.product_id = l.product_id AND k.name = l.unit
    WHERE l.product_id = product.id
      AND l.unit NOT IN (SELECT btrim(x ->> 'name') FROM jsonb_array_elements(list) x) LIMIT 1;
    IF FOUND THEN
        PERFORM app.refuse('There are prices per {unit}. Take them away first.', jsonb_build_object('unit', priced));
    END IF;
    DELETE FROM products.pack b WHERE b.product_id = product.id
        AND b.name NOT IN (SELECT btrim(x ->> 'name') FROM jsonb_array_elements(list) x);
    INSERT INTO products.pack AS b (product_id, position, name, factor, bar_code)
    SELECT product.id, l.i, btrim(l.x ->> 'name'), (l.x ->> 'factor')::numeric, nullif(btrim(l.x ->> 'bar_code'), '')
    FROM jsonb_array_elements(list) WITH ORDINALITY l(x, i)
    ON CONFLICT ON CONSTRAINT uq_pack_product_id_name DO UPDATE
        SET position = excluded.position, factor = excluded.factor, bar_code = excluded.bar_code
        WHERE (b.position, b.factor, b.bar_code) IS DISTINCT FROM (excluded.position, excluded.factor, excluded.bar_code);
END $$;

-- Questions have no name: they keep their id by their place.
CREATE OR REPLACE FUNCTION products.save_questions(target bigint, list jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM jsonb_array_elements(list) x WHERE coalesce(btrim(x ->> 'question'), '') = '') THEN
        PERFORM app.refuse('Every row needs its first column filled in.');
    END IF;
    DELETE FROM products.question q WHERE q.product_id = target AND q.position > jsonb_array_length(list);
    UPDATE products.question q SET question = btrim(l.x ->> 'question'), answer = nullif(btrim(l.x ->> 'answer'), '')
    FROM jsonb_array_elements(list) WITH ORDINALITY l(x, i)
    WHERE q.product_id = target AND q.position = l.i
      AND (q.question, q.answer) IS DISTINCT FROM (btrim(l.x ->> 'question'), nullif(btrim(l.x ->> 'answer'), ''));
    INSERT INTO products.question (product_id, position, question, answer)
    SELECT target, l.i, btrim(l.x ->> 'question'), nullif(btrim(l.x ->> 'answer'), '')
    FROM jsonb_array_elements(list) WITH ORDINALITY l(x, i)
    WHERE NOT EXISTS (SELECT FROM products.question q WHERE q.product_id = target AND q.position = l.i);
END $$;

-- As scans are compared: the search and the counting at the warehouse take two spellings of a code for the same.
CREATE OR REPLACE FUNCTION products.code_key(code text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(nullif(app.search_normalise(code), ''), btrim(code))
$$;
GRANT EXECUTE ON FUNCTION products.code_key(text) TO shuke_staff;

-- All bar codes of products that are in use, as they stand on the products. Of all of them without ``goods``.
CREATE OR REPLACE FUNCTION products.codes_of(goods bigint[] DEFAULT NULL)
RETURNS TABLE (product_id bigint, code text, key text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT c.id, c.code, products.code_key(c.code) FROM (
        SELECT p.id, p.bar_code AS code FROM products.product p WHERE goods IS NULL OR p.id = ANY (goods)
        UNION ALL SELECT b.product_id, b.code FROM products.bar_code b WHERE goods IS NULL OR b.product_id = ANY (goods)
        UNION ALL SELECT k.product_id, k.bar_code FROM products.pack k WHERE goods IS NULL OR k.product_id = ANY (goods)) c
    JOIN products.product p ON p.id = c.id WHERE p.deleted_at IS NULL AND c.code <> ''
$$;

-- A scanner must mean one product: no code of a product, of a pack or further one is given twice. The unique index of
-- products.code makes two people wait for one another who give the same code at once.
CREATE OR REPLACE FUNCTION products.claim_codes(goods bigint[], column_name text DEFAULT NULL) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE taken record;
BEGIN
    SELECT min(c.code) AS code INTO taken FROM products.codes_of(goods) c
    GROUP BY c.product_id, c.key HAVING count(*) > 1 LIMIT 1;
    IF FOUND THEN
        PERFORM app.refuse_value(column_name, 'The bar code {code} stands there twice.', jsonb_build_object('code', taken.code));
    END IF;
    DELETE FROM products.code c WHERE c.product_id = ANY (goods)
        AND NOT EXISTS (SELECT FROM products.codes_of(goods) w WHERE (w.product_id, w.key) = (c.product_id, c.key));
    INSERT INTO products.code (key, product_id)
    SELECT w.key, w.product_id FROM products.codes_of(goods) w ORDER BY w.key ON CONFLICT (key) DO NOTHING;
    -- in a statement of its own: it sees whom the one above has waited for
    SELECT w.code, p.id, concat_ws(' ', p.name, p.model) AS name INTO taken FROM products.codes_of(goods) w
    JOIN products.code c ON c.key = w.key JOIN products.product p ON p.id = c.product_id
    WHERE c.product_id <> w.product_id ORDER BY w.code LIMIT 1;
    IF FOUND AND cardinality(app.visible_ids('products.product', ARRAY[taken.id])) = 1 THEN
        PERFORM app.refuse_value(column_name, 'The bar code {code} belongs to {product}.',
            jsonb_build_object('code', taken.code, 'product', taken.name));
    ELSIF FOUND THEN
        PERFORM app.refuse_value(column_name, 'The bar code {code} belongs to another product.',
            jsonb_build_object('code', taken.code));
    END IF;
END $$;

-- Whose ``codes`` are that are to be given to ``goods`` (at each place the product, NULL for a new one), for the dry run
-- of an import: their key, who has it already, whether it is the holder's ``own`` code, which the same file may change,
-- and in which words claim_codes would refuse it.
CREATE OR REPLACE FUNCTION products.taken_codes(codes text[], goods bigint[])
RETURNS TABLE (place integer, key text, holder bigint, own boolean, reason text, arguments jsonb)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE seen bigint[];
BEGIN
    PERFORM app.require('products.product.import');
    seen := app.visible_ids('products.product', ARRAY(SELECT DISTINCT c.product_id FROM unnest(codes) x(code)
        JOIN products.code c ON c.key = products.code_key(x.code)));
    RETURN QUERY
    SELECT (x.n - 1)::integer, products.code_key(x.code), c.product_id,
           products.code_key(p.bar_code) IS NOT DISTINCT FROM c.key,
           CASE WHEN c.product_id IS NULL THEN NULL
                WHEN c.product_id <> x.good OR x.good IS NULL THEN
                    CASE WHEN p.id = ANY (seen) THEN 'The bar code {code} belongs to {product}.'
                         ELSE 'The bar code {code} belongs to another product.' END
                WHEN products.code_key(p.bar_code) IS DISTINCT FROM c.key THEN 'The bar code {code} stands there twice.' END,
           jsonb_build_object('code', x.code) || CASE WHEN p.id = ANY (seen)
               THEN jsonb_build_object('product', concat_ws(' ', p.name, p.model)) ELSE '{}' END
    FROM unnest(codes, goods) WITH ORDINALITY x(code, good, n)
    LEFT JOIN products.code c ON c.key = products.code_key(x.code)
    LEFT JOIN products.product p ON p.id = c.product_id
    WHERE btrim(x.code) <> '';
END $$;
GRANT EXECUTE ON FUNCTION products.taken_codes(text[], bigint[]) TO shuke_staff;

-- A product's own code, whoever writes it: the form, an import, its being taken back, the recycle bin, psql.
CREATE OR REPLACE FUNCTION products.claim_own_codes() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE goods bigint[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        goods := ARRAY(SELECT n.id FROM new_rows n WHERE n.bar_code <> '');
    ELSE
        goods := ARRAY(SELECT n.id FROM new_rows n JOIN old_rows o ON o.id = n.id
            WHERE n.bar_code IS DISTINCT FROM o.bar_code OR (n.deleted_at IS NULL) <> (o.deleted_at IS NULL));
    END IF;
    IF goods <> '{}' THEN
        PERFORM products.claim_codes(goods, 'bar_code');
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER x_claim_new AFTER INSERT ON products.product
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION products.claim_own_codes();
CREATE OR REPLACE TRIGGER x_claim AFTER UPDATE ON products.product
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION products.claim_own_codes();

-- The search finds a product by its further codes and those of its packs too.
CREATE OR REPLACE FUNCTION products.keep_codes(target bigint) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE codes text;
BEGIN
    PERFORM products.claim_codes(ARRAY[target]);
    SELECT string_agg(c.code, ' ' ORDER BY c.kind, c.position) INTO codes FROM (
        SELECT 1 AS kind, b.position, b.code FROM products.bar_code b WHERE b.product_id = target
        UNION ALL SELECT 2, k.position, k.bar_code FROM products.pack k
        WHERE k.product_id = target AND k.bar_code IS NOT NULL) c;
    UPDATE products.product p SET further_codes = codes WHERE p.id = target;
END $$;

-- Whether a product comes in such a pack, as it is now.
CREATE OR REPLACE FUNCTION products.has_pack(product bigint, pack text, factor numeric) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (SELECT FROM products.product p WHERE p.id = product AND (p.pack_unit, p.pack_factor) = (pack, factor))
        OR EXISTS (SELECT FROM products.pack k WHERE (k.product_id, k.name, k.factor) = (product, pack, factor))
$$;
