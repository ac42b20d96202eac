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
