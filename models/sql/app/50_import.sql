-- Imports of files (PLT-19): which records a run made or changed, and taking a whole run back.
CALL app.guard_closed('app.import_run');
GRANT SELECT ON app.import_run TO shuke_staff;
CREATE POLICY see ON app.import_run FOR SELECT TO shuke_staff USING (
    user_id = (SELECT app.my_user_id()) OR (SELECT app.can('system.history')));
CALL app.guard_closed('app.import_record');

-- What an import made or changed, for whoever ran it: lists of the result are made of it. What the records were
-- before is told to nobody, as they may have gone to somebody else since.
CREATE OR REPLACE FUNCTION app.imported_ids(run bigint, entity text) RETURNS bigint[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(array_agg(i.record_id), '{}')
    FROM app.import_record i JOIN app.import_run r ON r.id = i.import_id
    WHERE i.import_id = run AND i.entity = imported_ids.entity AND r.user_id = app.my_user_id()
$$;

-- The right to import is asked here; the rows themselves are written under the user's own policies.
CREATE OR REPLACE FUNCTION app.begin_import(entity text, file_name text, duplicates text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE run bigint;
BEGIN
    PERFORM app.require(entity || '.import');
    IF duplicates NOT IN ('skip', 'update', 'create') THEN
        PERFORM app.refuse('Duplicates are skipped, updated or created; nothing else is possible.');
    END IF;
    INSERT INTO app.import_run (user_id, transaction, entity, file_name, duplicates)
    VALUES (app.my_user_id(), pg_current_xact_id()::text::bigint, entity, left(file_name, 255), duplicates)
    RETURNING id INTO run;
    RETURN run;
END $$;

-- Columns of a kind that staff may change as rows.
CREATE OR REPLACE FUNCTION app.written_columns(entity text) RETURNS text[]
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(array_agg(a.attname::text), '{}') FROM pg_attribute a
    WHERE a.attrelid = to_regclass(format('%I.%I', split_part(entity, '.', 1), split_part(entity, '.', 2)))
      AND a.attnum > 0 AND NOT a.attisdropped AND has_column_privilege('shuke_staff', a.attrelid, a.attnum, 'UPDATE')
$$;

-- Records of this run, at its end. Only rows that this transaction has really made or changed are taken; what
-- they were before is read from the history, never told by the client. Only kinds that staff write as rows, and of those
-- the columns that they may write: what a posting function did in the same transaction is not the import's to take back.
CREATE OR REPLACE FUNCTION app.note_import(run bigint, entity text, made bigint[], changed bigint[]) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    tid bigint := pg_current_xact_id()::text::bigint;
    target text := format('%I.%I', split_part(entity, '.', 1), split_part(entity, '.', 2));
    n bigint;
    total bigint;
BEGIN
    IF NOT EXISTS (SELECT FROM app.import_run r
                   WHERE r.id = run AND r.transaction = tid AND r.user_id = app.my_user_id())
       OR NOT EXISTS (SELECT FROM app.guarded g WHERE g.entity = note_import.entity)
       OR app.written_columns(entity) = '{}' THEN
        PERFORM app.refuse('This import is over.');
    END IF;
    EXECUTE format('INSERT INTO app.import_record (import_id, entity, record_id, action, version) '
        'SELECT $1, $2, t.id, ''create'', t.version FROM %s t WHERE t.id = ANY ($3) '
        'AND t.created_at = now() AND t.created_by = app.my_user_id() ON CONFLICT DO NOTHING', target)
        USING run, entity, made;
    GET DIAGNOSTICS total = ROW_COUNT;
    EXECUTE format($text$
        INSERT INTO app.import_record (import_id, entity, record_id, action, version, previous)
        SELECT $1, $2, t.id, 'update', t.version, p.previous FROM %s t
        CROSS JOIN LATERAL (
            SELECT jsonb_object_agg(x.key, jsonb_build_array(x.before, x.after)) AS previous FROM (
                SELECT c.key, (array_agg(c.value -> 0 ORDER BY h.id))[1] AS before,
                       (array_agg(c.value -> 1 ORDER BY h.id DESC))[1] AS after
                FROM app.history h CROSS JOIN LATERAL jsonb_each(h.changes) c
                WHERE h.entity = $2 AND h.record_id = t.id AND h.transaction = $4 AND h.action = 'change'
                  AND c.key = ANY ($5)
                GROUP BY c.key) x
        ) p
        WHERE t.id = ANY ($3) AND p.previous IS NOT NULL ON CONFLICT DO NOTHING $text$, target)
        USING run, entity, changed, tid, app.written_columns(entity);
    GET DIAGNOSTICS n = ROW_COUNT;
    RETURN total + n;
END $$;

CREATE OR REPLACE FUNCTION app.end_import(run bigint, created int, updated int, skipped int, rejected int)
RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    UPDATE app.import_run r SET created = end_import.created, updated = end_import.updated,
        skipped = end_import.skipped, rejected = end_import.rejected
    WHERE r.id = run AND r.user_id = app.my_user_id() AND r.transaction = pg_current_xact_id()::text::bigint
$$;

-- Which rows of a file exist already: for each place of ``keys`` (arrays of texts, one for each column) the
-- record, and whether the caller sees and may edit it. Of a record that he does not see only its existence is
-- told, and that only where an index forbids a second one or customers.name_taken would say the same.
CREATE OR REPLACE FUNCTION app.import_duplicates(entity text, columns text[], keys jsonb)
RETURNS TABLE (place int, record_id bigint, editable boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    target regclass := to_regclass(format('%I.%I', split_part(entity, '.', 1), split_part(entity, '.', 2)));
    told boolean;
    condition text;
    found_ids bigint[];
    found_places int[];
    seen bigint[];
    edited bigint[];
BEGIN
    PERFORM app.require(entity || '.import');
    IF target IS NULL OR coalesce(columns, '{}') = '{}'
       OR NOT EXISTS (SELECT FROM app.guarded g WHERE g.entity = import_duplicates.entity)
       OR EXISTS (SELECT FROM unnest(columns) c WHERE NOT EXISTS (
            SELECT FROM pg_attribute a WHERE a.attrelid = target AND a.attname = c AND a.attnum > 0 AND NOT a.attisdropped))
    THEN
        RAISE EXCEPTION USING ERRCODE = 'SK002', MESSAGE = 'That record is not available.';
    END IF;
    told := columns = ARRAY['name_key'] OR EXISTS (
        SELECT FROM pg_index i WHERE i.indrelid = target AND i.indisunique AND NOT i.indisprimary
        AND (SELECT array_agg(a.attname::text ORDER BY a.attname) FROM pg_attribute a
             WHERE a.attrelid = target AND a.attnum = ANY (i.indkey::int2[]))
            = (SELECT array_agg(c ORDER BY c) FROM unnest(columns) c));
    -- the first column by equality, so that its index serves; the others may be empty
    SELECT string_agg(CASE WHEN x.n = 1 THEN format('t.%I = (k.key ->> 0)::%s', x.c, a.type)
                      ELSE format('t.%I IS NOT DISTINCT FROM (k.key ->> %s)::%s', x.c, x.n - 1, a.type) END, ' AND ')
    INTO condition
    FROM unnest(columns) WITH ORDINALITY x(c, n)
    JOIN LATERAL (SELECT format_type(p.atttypid, NULL) AS type FROM pg_attribute p
                  WHERE p.attrelid = target AND p.attname = x.c) a ON true;
    EXECUTE format('SELECT array_agg(x.id), array_agg(x.place) FROM ('
        'SELECT t.id, (k.n - 1)::int AS place FROM jsonb_array_elements($1) WITH ORDINALITY k(key, n) JOIN %s t ON %s%s) x',
        target, condition, app.alive(entity)) INTO found_ids, found_places USING keys;
    IF found_ids IS NULL THEN
        RETURN;
    END IF;
    seen := app.visible_ids(entity, found_ids);
    edited := app.visible_ids(entity, found_ids, true);
    RETURN QUERY
        SELECT DISTINCT ON (f.place) f.place, CASE WHEN s.id IS NOT NULL THEN f.id END, e.id IS NOT NULL
        FROM unnest(found_ids, found_places) f(id, place)
        LEFT JOIN (SELECT DISTINCT i AS id FROM unnest(seen) i) s ON s.id = f.id
        LEFT JOIN (SELECT DISTINCT i AS id FROM unnest(edited) i) e ON e.id = f.id
        WHERE s.id IS NOT NULL OR told
        ORDER BY f.place, (e.id IS NULL), (s.id IS NULL), f.id;
END $$;

-- Whether anything that is not of this run hangs on records of one kind: those cannot be taken back.
CREATE OR REPLACE FUNCTION app.import_in_use(run bigint, entity text, ids bigint[]) RETURNS bigint[]
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE link app.child; found bigint[]; used bigint[] := '{}';
BEGIN
    FOR link IN SELECT * FROM app.child c WHERE c.parent = entity LOOP
        EXECUTE format('SELECT array_agg(DISTINCT c.%1$I) FROM %2$I.%3$I c WHERE c.%1$I = ANY ($1)%4$s%5$s AND NOT EXISTS ('
            'SELECT FROM app.import_record r WHERE r.import_id = $2 AND r.entity = $3 AND r.record_id = c.id '
            'AND r.action = ''create'')', link.column_name, split_part(link.child, '.', 1),
            split_part(link.child, '.', 2), app.alive(link.child), app.of_kind(link)) INTO found USING ids, run, link.child;
        used := used || coalesce(found, '{}');
    END LOOP;
    RETURN used;
END $$;

-- One whole import taken back: what it made goes into the recycle bin, what it changed gets its values back.
-- What somebody has worked on since, or what other records refer to, stays as it is and is named.
CREATE OR REPLACE FUNCTION app.undo_import(arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    run app.import_run;
    kind text;
    target text;
    columns text;
    mine bigint[];
    stay bigint[];
    gone bigint[];
    back bigint[];
    deletion bigint;
    changes jsonb := '{}';
    kept jsonb := '{}';
    recycled bigint := 0;
    restored bigint := 0;
BEGIN
    SELECT * INTO run FROM app.import_run r WHERE r.id = (arguments ->> 'import_id')::bigint
        AND r.user_id = app.my_user_id() FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'SK002', MESSAGE = 'That record is not available.';
    END IF;
    PERFORM app.require(run.entity || '.import');
    IF run.undone_at IS NOT NULL THEN
        PERFORM app.refuse('This import has been undone already.');
    END IF;
    -- parts before what they belong to: a customer is free once his contacts are
    FOR kind IN SELECT r.entity FROM app.import_record r WHERE r.import_id = run.id
                GROUP BY r.entity ORDER BY (r.entity = run.entity), r.entity LOOP
        target := format('%I.%I', split_part(kind, '.', 1), split_part(kind, '.', 2));
        EXECUTE format('SELECT array_agg(r.record_id) FROM app.import_record r JOIN %s t ON t.id = r.record_id '
            'WHERE r.import_id = $1 AND r.entity = $2 AND t.version = r.version AND t.deleted_at IS NULL', target)
            INTO mine USING run.id, kind;
        mine := app.visible_ids(kind, coalesce(mine, '{}'), true);
        SELECT array_agg(r.record_id) INTO gone FROM app.import_record r
        WHERE r.import_id = run.id AND r.entity = kind AND r.action = 'create' AND r.record_id = ANY (mine);
        stay := app.import_in_use(run.id, kind, coalesce(gone, '{}'));
        IF cardinality(stay) > 0 THEN
            SELECT array_agg(i) INTO gone FROM unnest(gone) i WHERE i NOT IN (SELECT unnest(stay));
        END IF;
        IF gone IS NOT NULL THEN
            INSERT INTO app.deletion (user_id, entity, record_id, taken_along)
            VALUES (app.my_user_id(), kind, gone[1], jsonb_build_object(kind, cardinality(gone) - 1))
            RETURNING id INTO deletion;
            EXECUTE format('UPDATE %s SET deleted_at = now(), deleted_by = app.my_user_id(), deletion_id = $2 '
                'WHERE id = ANY ($1)', target) USING gone, deletion;
            recycled := recycled + cardinality(gone);
        END IF;
        SELECT array_agg(r.record_id) INTO back FROM app.import_record r
        WHERE r.import_id = run.id AND r.entity = kind AND r.action = 'update' AND r.record_id = ANY (mine);
        IF back IS NOT NULL THEN
            SELECT string_agg(format('%1$I = CASE WHEN r.previous ? %2$L THEN (jsonb_populate_record(NULL::%3$s, '
                'jsonb_build_object(%2$L, r.previous -> %2$L -> 0))).%1$I ELSE t.%1$I END', c.name, c.name, target), ', ')
            INTO columns
            FROM (SELECT DISTINCT p.key AS name FROM app.import_record r CROSS JOIN LATERAL jsonb_object_keys(r.previous) p(key)
                  WHERE r.import_id = run.id AND r.entity = kind AND r.action = 'update'
                    AND p.key = ANY (app.written_columns(kind))) c;
            EXECUTE format('UPDATE %s t SET %s FROM app.import_record r WHERE r.import_id = $1 AND r.entity = $2 '
                'AND r.record_id = t.id AND t.id = ANY ($3)', target, columns) USING run.id, kind, back;
            restored := restored + cardinality(back);
        END IF;
        changes := changes || jsonb_build_object(kind, to_jsonb((coalesce(gone, '{}') || coalesce(back, '{}'))[1:1000]));
        SELECT array_agg(r.record_id ORDER BY r.record_id) INTO stay FROM app.import_record r
        WHERE r.import_id = run.id AND r.entity = kind
          AND r.record_id <> ALL (coalesce(gone, '{}') || coalesce(back, '{}'));
        IF stay IS NOT NULL THEN
            kept := kept || jsonb_build_object(kind, to_jsonb(stay));
        END IF;
    END LOOP;
    UPDATE app.import_run SET undone_at = now(), undone_by = app.my_user_id() WHERE id = run.id;
    RETURN jsonb_build_object('changes', changes, 'kept', kept, 'recycled', recycled, 'restored', restored);
END $$;
CALL app.offer('app.undo_import');
GRANT EXECUTE ON FUNCTION app.begin_import(text, text, text), app.note_import(bigint, text, bigint[], bigint[]),
    app.end_import(bigint, int, int, int, int), app.import_duplicates(text, text[], jsonb), app.imported_ids(bigint, text) TO shuke_staff;
