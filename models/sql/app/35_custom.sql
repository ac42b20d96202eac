-- Fields that the office adds to its tables (PLT-38). A table joins by one line in its domain's SQL, after
-- app.guard and app.make_searchable:
--   CALL app.customise('customers.customer');
-- The definitions are rows of system.custom_field; their triggers (system/20_custom_field.sql) make the columns.

CREATE OR REPLACE FUNCTION app.custom_type(kind text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE kind WHEN 'number' THEN 'numeric(18, 6)' WHEN 'amount' THEN 'numeric(18, 2)' WHEN 'date' THEN 'date'
        WHEN 'yes_no' THEN 'boolean' WHEN 'choices' THEN 'text[]' WHEN 'file' THEN 'bigint' ELSE 'text' END
$$;

-- Refuses in words: the title is looked up only then, so that renaming a field changes no function.
CREATE OR REPLACE FUNCTION app.refuse_custom(entity text, key text, problem text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    named jsonb := jsonb_build_object('field', (SELECT f.title FROM system.custom_field f
        WHERE f.entity = refuse_custom.entity AND f.key = refuse_custom.key));
BEGIN
    CASE problem
        WHEN 'empty' THEN PERFORM app.refuse('“{field}” must not be empty.', named);
        WHEN 'long' THEN PERFORM app.refuse('The text of “{field}” is too long.', named);
        ELSE PERFORM app.refuse('“{field}” has no such choice.', named);
    END CASE;
END $$;

-- What the row trigger of a table asks of one field. Types and dictionaries are the columns' own; what is left is
-- what neither of them can say.
CREATE OR REPLACE FUNCTION app.custom_check(field system.custom_field, written_by_staff boolean) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    checks text := '';
    refuse text := format('PERFORM app.refuse_custom(%L, %L, %%L);', field.entity, field.key);
BEGIN
    IF field.kind IN ('text', 'long_text') THEN
        checks := format('IF length(NEW.%I) > %s THEN %s END IF;', field.key,
            CASE field.kind WHEN 'text' THEN 500 ELSE 20000 END, format(refuse, 'long'));
    ELSIF field.kind = 'choice' THEN
        checks := format('IF NOT starts_with(NEW.%I, %L) THEN %s END IF;', field.key, field.dictionary || '.',
            format(refuse, 'choice'));
    ELSIF field.kind = 'choices' THEN
        checks := format('IF NEW.%1$I IS NOT NULL AND (TG_OP = ''INSERT'' OR NEW.%1$I IS DISTINCT FROM OLD.%1$I) THEN '
            'IF EXISTS (SELECT FROM unnest(NEW.%1$I) x WHERE x IS NULL OR NOT EXISTS ('
            'SELECT FROM system.choice c WHERE c.key = x AND c.kind = %2$L)) THEN %3$s END IF; '
            'IF cardinality(NEW.%1$I) = 0 THEN NEW.%1$I := NULL; END IF; END IF;',
            field.key, field.dictionary, format(refuse, 'choice'));
    END IF;
    -- Old records may lack what was not asked when they were made; a loader is nobody who could be asked.
    IF field.required AND field.active AND field.deleted_at IS NULL AND written_by_staff THEN
        checks := checks || format(
            ' IF coalesce(btrim(NEW.%1$I::text), '''') = '''' AND app.my_user_id() IS NOT NULL THEN '
            'IF TG_OP = ''INSERT'' THEN %2$s ELSIF coalesce(btrim(OLD.%1$I::text), '''') <> '''' THEN %2$s END IF; END IF;',
            field.key, format(refuse, 'empty'));
    END IF;
    RETURN E'\n    ' || checks;
END $$;

CREATE OR REPLACE PROCEDURE app.customise(target regclass)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    joined text := app.entity_of(target);
    name text := format('app.%I', 'custom_of_' || replace(joined, '.', '_'));
    checks text;
    pairs text[];
    wanted text[];
BEGIN
    SELECT coalesce(string_agg(app.custom_check(f, has_any_column_privilege('shuke_staff', target, 'UPDATE')), ''
        ORDER BY f.id), '') INTO checks
    FROM system.custom_field f WHERE f.entity = joined;
    -- definer, so that a choice counts as one also for who may not look into the dictionary
    EXECUTE format('CREATE OR REPLACE FUNCTION %s() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER '
        'SET search_path = pg_catalog, pg_temp AS %L', name, E'BEGIN' || checks || E'\n    RETURN NEW;\nEND');
    EXECUTE format('REVOKE ALL ON FUNCTION %s() FROM PUBLIC', name);
    IF NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = target AND t.tgname = 'd_custom') THEN
        EXECUTE format('CREATE TRIGGER d_custom BEFORE INSERT OR UPDATE ON %s FOR EACH ROW EXECUTE FUNCTION %s()',
            target, name);
    END IF;
    -- quick search: the table's own columns stay first, at the positions that they have; those of its rule are added anew
    SELECT string_to_array(encode(substring(t.tgargs FOR length(t.tgargs) - 1), 'escape'), E'\\000') INTO pairs
    FROM pg_trigger t WHERE t.tgrelid = target AND t.tgname = 'fill_search';
    pairs := ARRAY(SELECT pairs[i] FROM generate_subscripts(pairs, 1) i
                   WHERE pairs[i + i % 2] NOT IN ('whose', 'several', 'where') ORDER BY i);
    IF pairs <> '{}' THEN
        wanted := ARRAY(SELECT pairs[i] FROM generate_subscripts(pairs, 1) i
                        WHERE pairs[i - 1 + i % 2] NOT LIKE E'custom\\_%' ORDER BY i)
            || ARRAY(SELECT unnest(ARRAY[f.key, 'text']) FROM system.custom_field f
                     WHERE f.entity = joined AND f.searched AND f.active AND f.deleted_at IS NULL
                     ORDER BY f.id);
        IF wanted <> pairs THEN
            PERFORM app.make_searchable(target, VARIADIC wanted);
        END IF;
    END IF;
    CALL app.bound_values(target);
END $$;

-- Values of a document's own fields, for the function that saves it: {column: value}. What is not named stays.
CREATE OR REPLACE FUNCTION app.write_custom(entity text, record bigint, fields jsonb, fresh boolean) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    columns text := (SELECT string_agg(quote_ident(f.key), ', ' ORDER BY f.id) FROM system.custom_field f
                     WHERE f.entity = write_custom.entity AND f.active AND f.deleted_at IS NULL);
    target regclass := to_regclass(entity);
    missing text;
BEGIN
    IF columns IS NULL THEN
        RETURN;
    END IF;
    BEGIN
        EXECUTE format('UPDATE %1$s t SET (%2$s) = ROW(%3$s) FROM (SELECT (jsonb_populate_record(o, $2)).* FROM %1$s o '
            'WHERE o.id = $1) x WHERE t.id = $1 AND (%4$s) IS DISTINCT FROM (%3$s)',
            target, columns, 'x.' || replace(columns, ', ', ', x.'), 't.' || replace(columns, ', ', ', t.'))
            USING record, fields;
    EXCEPTION WHEN data_exception THEN
        PERFORM app.refuse('A value does not fit its field.');
    END;
    IF fresh THEN
        EXECUTE format('SELECT f.key FROM system.custom_field f, %s t WHERE t.id = $1 AND f.entity = $2 AND f.required '
            'AND f.active AND f.deleted_at IS NULL AND coalesce(btrim(to_jsonb(t) ->> f.key), '''') = '''' '
            'ORDER BY f.position, f.id LIMIT 1', target) INTO missing USING record, entity;
        IF missing IS NOT NULL THEN
            PERFORM app.refuse_custom(entity, missing, 'empty');
        END IF;
    END IF;
END $$;
REVOKE ALL ON FUNCTION app.custom_type(text), app.refuse_custom(text, text, text),
    app.custom_check(system.custom_field, boolean), app.write_custom(text, bigint, jsonb, boolean) FROM PUBLIC;
