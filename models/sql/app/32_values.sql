-- What every table's values keep to, whoever writes them and with whatever program.

-- One line of text as it is meant. Line ends and tabs are blanks; other control characters, marks of direction and
-- blanks without width are no part of a name: two that look alike would be two, and papers and lists would break.
-- Joiners (U+200C, U+200D) hold emoji and other scripts together and stay inside.
CREATE OR REPLACE FUNCTION app.tidy(value text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
    SELECT btrim(regexp_replace(regexp_replace(value, E'[\\u0009-\\u000d\\u0085\\u2028\\u2029]+', ' ', 'g'),
        E'[\\u0001-\\u001f\\u007f-\\u009f\\u00ad\\u200b\\u200e\\u200f\\u202a-\\u202e\\u2060-\\u2069\\ufeff]+', '', 'g'),
        E' \u00a0\u3000\u200c\u200d')
$$;
GRANT EXECUTE ON FUNCTION app.tidy(text) TO shuke_staff;

-- CALL app.tidies('customers.contact', ARRAY['name', 'mobile']) after app.guard, which drops its trigger. The trigger's
-- function is written for its table; a name that needs nothing costs one look.
CREATE OR REPLACE PROCEDURE app.tidies(target regclass, columns text[])
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    name text := format('app.%I', 'tidy_' || replace(app.entity_of(target), '.', '_'));
    body text;
BEGIN
    SELECT string_agg(format($line$
    IF NEW.%1$I ~ E'^[ \\u00a0\\u3000]|[ \\u00a0\\u3000]$|[\\u0001-\\u001f\\u007f-\\u009f\\u00ad\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u2069\\ufeff]' THEN
        NEW.%1$I := app.tidy(NEW.%1$I);
    END IF;$line$, c), '') INTO body FROM unnest(columns) c;
    EXECUTE format('CREATE OR REPLACE FUNCTION %s() RETURNS trigger LANGUAGE plpgsql '
        'SET search_path = pg_catalog, pg_temp AS %L', name, 'BEGIN' || body || E'\n    RETURN NEW;\nEND');
    EXECUTE format('REVOKE ALL ON FUNCTION %s() FROM PUBLIC', name);
    EXECUTE format('CREATE OR REPLACE TRIGGER a_tidy BEFORE INSERT OR UPDATE OF %s ON %s FOR EACH ROW EXECUTE FUNCTION %s()',
        (SELECT string_agg(quote_ident(c), ', ') FROM unnest(columns) c), target, name);
END $$;

-- What a value of a column has to look like, for everybody and every program: the rules that the fields of the client
-- check while one types (services/checks.py), whose messages services/database.py gives by the constraint's last word.
--   CALL app.shapes('customers.contact', lengths => '{"name": 60, "mobile": 40}', phones => '{mobile}', emails => '{email}');
-- Lengths are characters. A text without anything in it passes, as nothing does.
-- an upgrade meets the older shape of this procedure
DROP PROCEDURE IF EXISTS app.shapes(regclass, jsonb, text[], text[], text[], text[]);
CREATE OR REPLACE PROCEDURE app.shapes(
    target regclass, lengths jsonb DEFAULT '{}', phones text[] DEFAULT '{}', emails text[] DEFAULT '{}',
    tax_numbers text[] DEFAULT '{}', regions text[] DEFAULT '{}', terms text[] DEFAULT '{}')
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE one record; name text;
BEGIN
    FOR one IN
        SELECT x.key AS column_name, 'length' AS kind, format('length(%I) <= %s', x.key, x.value::integer) AS rule
        FROM jsonb_each_text(lengths) x
        UNION ALL SELECT p, 'phone', format('%I ~ ''^$|([0-9０-９].*){3}''', p) FROM unnest(phones) p
        UNION ALL SELECT e, 'email', format('%I ~ ''^([^@[:space:]]+@[^@[:space:]]+[.][^@[:space:].]+)?$''', e) FROM unnest(emails) e
        UNION ALL SELECT t, 'tax', format('%I ~ ''^([0-9A-Za-z]{15}|[0-9A-Za-z]{17,18}|[0-9A-Za-z]{20})?$''', t)
        FROM unnest(tax_numbers) t
        -- GB/T 2260: the province by its two digits; which places there are changes from year to year
        UNION ALL SELECT r, 'region', format(
            '%I ~ ''^((1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[12])[0-9]{4})?$''', r) FROM unnest(regions) r
        -- days: an order of a year ahead is still due within the ten years of app.last_day
        UNION ALL SELECT d, 'term', format('%I <= 3000', d) FROM unnest(terms) d
    LOOP
        name := format('ck_%s_%s_%s', (SELECT c.relname FROM pg_class c WHERE c.oid = target), one.column_name, one.kind);
        -- an upgrade that changes no rule does not read the table again
        CONTINUE WHEN md5(one.rule) = (SELECT obj_description(c.oid, 'pg_constraint') FROM pg_constraint c
                                       WHERE c.conrelid = target AND c.conname = name);
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT IF EXISTS %I', target, name);
        EXECUTE format('ALTER TABLE %s ADD CONSTRAINT %I CHECK (%s)', target, name, one.rule);
        EXECUTE format('COMMENT ON CONSTRAINT %I ON %s IS %L', name, target, md5(one.rule));
    END LOOP;
END $$;

-- A record never stands below itself, at any depth: CALL app.keeps_tree('products.category', 'parent_id'). One change
-- at a time: two moves at once could close a circle that neither sees.
CREATE OR REPLACE FUNCTION app.keep_tree() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE above bigint := (to_jsonb(NEW) ->> TG_ARGV[0])::bigint; circle boolean;
BEGIN
    PERFORM pg_advisory_xact_lock(7352010);
    EXECUTE format('WITH RECURSIVE above(id) AS (SELECT $1 UNION SELECT p.%1$I FROM above a '
        'JOIN %2$I.%3$I p ON p.id = a.id WHERE p.%1$I IS NOT NULL) SELECT EXISTS (SELECT FROM above a WHERE a.id = $2)',
        TG_ARGV[0], TG_TABLE_SCHEMA, TG_TABLE_NAME) INTO circle USING above, NEW.id;
    IF circle THEN
        PERFORM app.refuse('A record cannot stand below itself.');
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE PROCEDURE app.keeps_tree(target regclass, column_name text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    EXECUTE format('CREATE OR REPLACE TRIGGER d_tree BEFORE UPDATE OF %1$I ON %2$s FOR EACH ROW '
        'WHEN (NEW.%1$I IS NOT NULL AND NEW.%1$I IS DISTINCT FROM OLD.%1$I) EXECUTE FUNCTION app.keep_tree(%1$L)',
        column_name, target);
END $$;
