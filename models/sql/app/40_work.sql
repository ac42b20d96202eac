-- What commands are made of: visibility for definer functions, idempotency keys, numbers, the recycle bin.

-- Which of ``ids`` the caller may see, or edit: the rule of the table's own policies (app.guard).
CREATE OR REPLACE FUNCTION app.visible_ids(entity text, ids bigint[], to_edit boolean DEFAULT false)
RETURNS bigint[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE g app.guarded;
BEGIN
    SELECT * INTO g FROM app.guarded x WHERE x.entity = visible_ids.entity;
    IF NOT FOUND OR NOT app.can(CASE WHEN to_edit THEN g.edits ELSE g.sees END) THEN
        RETURN '{}';
    END IF;
    RETURN app.ids_within(entity, ids, CASE WHEN to_edit THEN g.editable ELSE g.visible END);
END $$;

-- Which of ``ids`` fulfil a rule, or all if the caller sees the whole domain. Not for staff: checks no right.
CREATE OR REPLACE FUNCTION app.ids_within(entity text, ids bigint[], rule text) RETURNS bigint[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE seen bigint[];
BEGIN
    EXECUTE format('SELECT coalesce(array_agg(id), ''{}'') FROM %I.%I WHERE id = ANY ($1) AND ((SELECT app.can(%L)) OR (%s))',
        split_part(entity, '.', 1), split_part(entity, '.', 2), split_part(entity, '.', 1) || '.see_all', rule)
        INTO seen USING ids;
    RETURN seen;
END $$;

CREATE OR REPLACE FUNCTION app.deletable_ids(entity text, ids bigint[]) RETURNS bigint[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT app.ids_within(deletable_ids.entity, ids, format('(%s) AND (%s)', g.editable, coalesce(g.deletable, 'true')))
    FROM app.guarded g WHERE g.entity = deletable_ids.entity
$$;
REVOKE ALL ON FUNCTION app.deletable_ids(text, bigint[]) FROM PUBLIC;

-- Into the recycle bin goes what the caller might edit: a record shown to him for reading stays where it is.
CREATE OR REPLACE FUNCTION app.require_deletable(entity text, ids bigint[]) RETURNS void
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM app.require(entity || '.delete');
    PERFORM app.require_visible(entity, ids);
    IF cardinality(app.deletable_ids(entity, ids)) < (SELECT count(DISTINCT coalesce(x, 0)) FROM unnest(ids) x) THEN
        PERFORM app.refuse('You may see these records, but not delete them.');
    END IF;
END $$;
GRANT EXECUTE ON FUNCTION app.visible_ids(text, bigint[], boolean) TO shuke_staff;

-- Whether the caller sees, or edits, every record of a kind, so that only their existence is left to ask.
CREATE OR REPLACE FUNCTION app.sees_every(entity text, to_edit boolean DEFAULT false) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN coalesce((
        SELECT (CASE WHEN to_edit THEN g.edits ELSE g.sees END) = ANY (s.rights)
           AND ((CASE WHEN to_edit THEN g.editable ELSE g.visible END) = 'true'
                OR split_part(g.entity, '.', 1) || '.see_all' = ANY (s.rights))
        FROM app.guarded g, app.user_scope s WHERE g.entity = sees_every.entity AND s.login = session_user
           AND (NOT s.limited OR app.admitted(s.networks, s.hours_from, s.hours_to, s.encrypted))), false);
END $$;

-- Missing and hidden get the same answer, and so does what is no kind of record, however few ids are asked for.
CREATE OR REPLACE FUNCTION app.require_visible(entity text, ids bigint[], to_edit boolean DEFAULT false) RETURNS void
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    -- counted, not compared: containment of two arrays of 100,000 would take minutes
    IF NOT EXISTS (SELECT FROM app.guarded g WHERE g.entity = require_visible.entity)
       OR cardinality(app.visible_ids(entity, ids, to_edit)) < (SELECT count(DISTINCT coalesce(x, 0)) FROM unnest(ids) x) THEN
        RAISE EXCEPTION USING ERRCODE = 'SK002', MESSAGE = 'That record is not available.';
    END IF;
END $$;

-- The same answer for parts of documents that are missing as app.require_visible gives for hidden ones.
CREATE OR REPLACE FUNCTION app.require_parts(part text, ids bigint[]) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE found bigint;
BEGIN
    EXECUTE format('SELECT count(*) FROM %I.%I WHERE id = ANY ($1)', split_part(part, '.', 1), split_part(part, '.', 2))
        INTO found USING ids;
    IF found < (SELECT count(DISTINCT coalesce(x, 0)) FROM unnest(ids) x) THEN
        RAISE EXCEPTION USING ERRCODE = 'SK002', MESSAGE = 'That record is not available.';
    END IF;
END $$;
REVOKE ALL ON FUNCTION app.require_parts(text, bigint[]) FROM PUBLIC;

-- NULL: go on, the key is new. Otherwise the stored result of the same request.
CREATE OR REPLACE FUNCTION app.open_request(request_key uuid, command text, digest text) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE stored app.request;
BEGIN
    IF num_nulls(request_key, command, digest) > 0 OR length(command) > 200 OR length(digest) > 200 THEN
        RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'A value is not possible here; nothing was posted.';
    END IF;
    INSERT INTO app.request (key, login, command, digest) VALUES (request_key, session_user, command, digest)
    ON CONFLICT (key) DO NOTHING;
    IF FOUND THEN
        RETURN NULL;
    END IF;
    SELECT * INTO stored FROM app.request r WHERE r.key = request_key;
    IF stored.login <> session_user OR stored.command <> open_request.command OR stored.digest <> open_request.digest
    THEN
        RAISE EXCEPTION USING ERRCODE = 'SK001', MESSAGE = 'This request was used for something else.';
    END IF;
    RETURN coalesce(stored.result, '{}');
END $$;

CREATE OR REPLACE FUNCTION app.close_request(request_key uuid, result jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    -- kept for good: nobody fills the disk with what he calls an answer
    IF pg_column_size(result) > 10000000 THEN
        RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'A value is not possible here; nothing was posted.';
    END IF;
    UPDATE app.request r SET result = close_request.result
    WHERE r.key = request_key AND r.login = session_user AND r.result IS NULL;
END $$;

-- After a lost connection: what the request has done, NULL if nothing.
CREATE OR REPLACE FUNCTION app.request_result(request_key uuid) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(r.result, '{}') FROM app.request r
    WHERE r.key = request_key AND r.login = session_user AND r.command <> ''
$$;

-- For who will not repeat the request: what it has done. NULL: nothing, and now it never will, however late it arrives.
-- The key is taken for nothing, which waits for a transaction of that key that is still under way.
CREATE OR REPLACE FUNCTION app.settle_request(request_key uuid) RETURNS jsonb
LANGUAGE plpgsql STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO app.request (key, login, command, digest) VALUES (request_key, session_user, '', '')
    ON CONFLICT (key) DO NOTHING;
    RETURN (SELECT coalesce(r.result, '{}') FROM app.request r
            WHERE r.key = request_key AND r.login = session_user AND r.command <> '');
END $$;
GRANT EXECUTE ON FUNCTION app.open_request(uuid, text, text), app.close_request(uuid, jsonb),
    app.request_result(uuid), app.settle_request(uuid) TO shuke_staff;

-- {"entity", "id"}: one more print of a document; the paper says how many there were (PLT-54). Documents are counted that
-- have a column for it.
DROP FUNCTION IF EXISTS app.count_print(text, bigint);
CREATE OR REPLACE FUNCTION app.count_print(arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    kind text := arguments ->> 'entity';
    target bigint := (arguments ->> 'id')::bigint;
    prints integer;
    changed integer;
BEGIN
    PERFORM app.require(kind || '.print');
    PERFORM app.require_visible(kind, ARRAY[coalesce(target, 0)]);
    IF NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = to_regclass(format('%I.%I', split_part(kind, '.', 1), split_part(kind, '.', 2)))
                   AND a.attname = 'print_count' AND NOT a.attisdropped) THEN
        RAISE EXCEPTION USING ERRCODE = 'SK002', MESSAGE = 'That record is not available.';
    END IF;
    EXECUTE format('UPDATE %I.%I SET print_count = print_count + 1 WHERE id = $1 RETURNING print_count, version',
        split_part(kind, '.', 1), split_part(kind, '.', 2)) INTO prints, changed USING target;
    RETURN jsonb_build_object('print_count', prints, 'version', changed, 'changes',
        jsonb_build_object(kind, jsonb_build_array(target)));
END $$;

-- Into the recycle bin, with what hangs on it; one deletion for each record, so that each can come back by itself.
CREATE OR REPLACE FUNCTION app.recycle(entity text, ids bigint[]) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    targets bigint[] := ARRAY(SELECT DISTINCT x FROM unnest(ids) x ORDER BY x);
    deletions bigint[];
    gone bigint;
BEGIN
    PERFORM app.require_deletable(entity, ids);
    WITH made AS (
        INSERT INTO app.deletion (user_id, entity, record_id)
        SELECT app.my_user_id(), recycle.entity, x FROM unnest(targets) x RETURNING id, record_id
    ) SELECT coalesce(array_agg(m.id ORDER BY m.record_id), '{}') INTO deletions FROM made m;
    PERFORM app.recycle_tree(entity, targets, deletions, true);
    -- counted after the rows are locked: of two who delete the same record at once the second has deleted nothing
    EXECUTE format('SELECT count(*) FROM %I.%I WHERE id = ANY ($1) AND deletion_id = ANY ($2)', split_part(entity, '.', 1),
        split_part(entity, '.', 2)) INTO gone USING targets, deletions;
    IF gone < cardinality(targets) THEN
        PERFORM app.refuse('Some of these records are in the recycle bin already. Look at them again.');
    END IF;
    RETURN to_jsonb(deletions);
END $$;
GRANT EXECUTE ON FUNCTION app.recycle(text, bigint[]) TO shuke_staff;

-- An upgrade meets the older shape of this function, which took one record at a time.
DROP FUNCTION IF EXISTS app.recycle_tree(text, bigint[], bigint);

-- ``deletions`` holds the deletion of each of ``ids``. Set by set: a loop over 100,000 records took minutes.
CREATE OR REPLACE FUNCTION app.recycle_tree(entity text, ids bigint[], deletions bigint[], top boolean) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    link app.child;
    children bigint[];
    theirs bigint[];
    n bigint;
BEGIN
    FOR link IN SELECT * FROM app.child c WHERE c.parent = entity AND c.holds LOOP
        EXECUTE format('SELECT count(*) FROM %I.%I WHERE %I = ANY ($1)%s%s', split_part(link.child, '.', 1),
            split_part(link.child, '.', 2), link.column_name, app.alive(link.child), app.of_kind(link)) INTO n USING ids;
        IF n > 0 THEN
            PERFORM app.refuse('It cannot be deleted: {count} records refer to it.',
                jsonb_build_object('count', n, 'entity', link.child));
        END IF;
    END LOOP;
    EXECUTE format('WITH gone AS (UPDATE %I.%I t SET deleted_at = now(), deleted_by = app.my_user_id(), '
        'deletion_id = m.deletion FROM unnest($1, $2) m(id, deletion) '
        'WHERE t.id = m.id AND t.deleted_at IS NULL RETURNING t.deletion_id), '
        'counted AS (SELECT deletion_id, count(*) AS n FROM gone GROUP BY 1) '
        'UPDATE app.deletion d SET taken_along = d.taken_along || jsonb_build_object($3, '
        'coalesce((d.taken_along ->> $3)::bigint, 0) + c.n) FROM counted c WHERE d.id = c.deletion_id AND NOT $4',
        split_part(entity, '.', 1), split_part(entity, '.', 2)) USING ids, deletions, entity, top;
    FOR link IN SELECT * FROM app.child c WHERE c.parent = entity AND NOT c.holds LOOP
        EXECUTE format('SELECT array_agg(t.id ORDER BY t.id), array_agg(m.deletion ORDER BY t.id) FROM %I.%I t '
            'JOIN unnest($1, $2) m(id, deletion) ON m.id = t.%I WHERE t.deleted_at IS NULL%s',
            split_part(link.child, '.', 1), split_part(link.child, '.', 2), link.column_name, app.of_kind(link))
            INTO children, theirs USING ids, deletions;
        IF children IS NOT NULL THEN
            PERFORM app.recycle_tree(link.child, children, theirs, false);
        END IF;
    END LOOP;
END $$;

-- Where children may hang on records of any kind, those of the one in question.
CREATE OR REPLACE FUNCTION app.of_kind(link app.child) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN link.entity_column IS NULL THEN '' ELSE format(' AND %I = %L', link.entity_column, link.parent) END
$$;

CREATE OR REPLACE FUNCTION app.alive(entity text) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN EXISTS (
        SELECT FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname || '.' || c.relname = entity AND a.attname = 'deleted_at'
    ) THEN ' AND deleted_at IS NULL' ELSE '' END
$$;

-- Back from the recycle bin, all that was deleted together. The key of the record is the deletion's.
CREATE OR REPLACE FUNCTION app.restore(deletions bigint[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE kind record; entity text;
BEGIN
    FOR kind IN SELECT d.entity, array_agg(d.record_id) AS records, array_agg(d.id) AS deletions
        FROM app.deletion d WHERE d.id = ANY (restore.deletions) GROUP BY d.entity ORDER BY d.entity
    LOOP
        PERFORM app.require_deletable(kind.entity, kind.records);
        PERFORM app.refuse_orphans(kind.entity, kind.records, restore.deletions);
        FOR entity IN SELECT kind.entity UNION SELECT k FROM app.deletion d CROSS JOIN LATERAL jsonb_object_keys(d.taken_along) k
            WHERE d.id = ANY (kind.deletions)
        LOOP
            EXECUTE format('UPDATE %I.%I SET deleted_at = NULL, deleted_by = NULL, deletion_id = NULL '
                'WHERE deletion_id = ANY ($1)', split_part(entity, '.', 1), split_part(entity, '.', 2)) USING kind.deletions;
        END LOOP;
        DELETE FROM app.deletion x WHERE x.id = ANY (kind.deletions);
    END LOOP;
EXCEPTION WHEN unique_violation THEN
    PERFORM app.refuse('It cannot come back: another record has its number or name now. Change that one first.');
END $$;

-- What went into the bin by itself comes back only to a record that is there, or that comes back with it.
CREATE OR REPLACE FUNCTION app.refuse_orphans(entity text, ids bigint[], deletions bigint[]) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE link app.child; n bigint;
BEGIN
    FOR link IN SELECT * FROM app.child c WHERE c.child = entity AND app.alive(c.parent) <> '' LOOP
        EXECUTE format('SELECT count(*) FROM %I.%I t JOIN %I.%I p ON p.id = t.%I WHERE t.id = ANY ($1)%s '
            'AND p.deleted_at IS NOT NULL AND p.deletion_id <> ALL ($2)', split_part(entity, '.', 1), split_part(entity, '.', 2),
            split_part(link.parent, '.', 1), split_part(link.parent, '.', 2), link.column_name, app.of_kind(link))
            INTO n USING ids, deletions;
        IF n > 0 THEN
            PERFORM app.refuse('What it belongs to lies in the recycle bin as well. Bring that back first.');
        END IF;
    END LOOP;
END $$;

-- For ever: the boss alone; the last state of every row stays in the history.
CREATE OR REPLACE FUNCTION app.purge(deletions bigint[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE d app.deletion; entity text; left_over text[]; round int;
BEGIN
    PERFORM app.require('system.purge');
    FOR d IN SELECT * FROM app.deletion x WHERE x.id = ANY (deletions) ORDER BY x.id LOOP
        left_over := ARRAY(SELECT jsonb_object_keys(d.taken_along)) || d.entity;
        -- children first: try every kind until no foreign key is in the way
        FOR round IN 1 .. cardinality(left_over) LOOP
            FOREACH entity IN ARRAY left_over LOOP
                BEGIN
                    EXECUTE format('DELETE FROM %I.%I WHERE deletion_id = $1', split_part(entity, '.', 1),
                        split_part(entity, '.', 2)) USING d.id;
                    left_over := array_remove(left_over, entity);
                EXCEPTION WHEN foreign_key_violation THEN
                    NULL;
                END;
            END LOOP;
            EXIT WHEN cardinality(left_over) = 0;
        END LOOP;
        IF cardinality(left_over) > 0 THEN
            PERFORM app.refuse('It cannot be deleted for ever: other records still refer to it.');
        END IF;
        DELETE FROM app.deletion x WHERE x.id = d.id;
    END LOOP;
END $$;

-- What lies in the recycle bin that the caller may bring back (PLT-33): the kinds that he may delete, the records that he
-- sees. Kind by kind, because asking for each record took 0.3 ms.
CREATE OR REPLACE FUNCTION app.deletions_to_restore() RETURNS bigint[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE kind record; seen bigint[]; found bigint[]; all_found bigint[] := '{}';
BEGIN
    FOR kind IN SELECT d.entity, array_agg(d.record_id) AS ids FROM app.deletion d GROUP BY d.entity LOOP
        CONTINUE WHEN NOT app.can(kind.entity || '.delete');
        seen := app.visible_ids(kind.entity, kind.ids);
        SELECT array_agg(d.id) INTO found FROM app.deletion d JOIN unnest(seen) s(id) ON s.id = d.record_id
        WHERE d.entity = kind.entity;
        all_found := all_found || coalesce(found, '{}');
    END LOOP;
    RETURN all_found;
END $$;
GRANT EXECUTE ON FUNCTION app.restore(bigint[]), app.purge(bigint[]), app.deletions_to_restore() TO shuke_staff;

GRANT EXECUTE ON FUNCTION app.today(), app.can(text), app.my_user_id(), app.my_branch_id(), app.my_owner_ids(), app.serves(text),
    app.my_owner_ids(text), app.my_warehouse_ids(), app.my_shared_ids(text, boolean), app.require(text), app.refuse(text, jsonb),
    app.refuse_value(text, text, jsonb) TO shuke_staff;

-- Kinds of which the caller may not even see his own: neither does he see their history, whoever gave him the right to
-- read it. Costs are such a kind for many.
CREATE OR REPLACE FUNCTION app.kinds_not_shown() RETURNS text[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(array_agg(k.entity), '{}')
    FROM (SELECT g.entity, g.sees FROM app.guarded g UNION SELECT p.entity, p.sees FROM app.part p) k
    WHERE k.sees <> ALL (coalesce((SELECT s.rights FROM app.user_scope s WHERE s.login = session_user
        AND (NOT s.limited OR app.admitted(s.networks, s.hours_from, s.hours_to, s.encrypted))), '{}'))
$$;
GRANT EXECUTE ON FUNCTION app.kinds_not_shown() TO shuke_staff;

-- The mechanism's own tables.
CALL app.guard_closed('app.user_scope');
CREATE POLICY keys ON app.user_scope FOR SELECT TO shuke_keys USING (true);
CALL app.guard_closed('app.request');
CALL app.guard_closed('app.counter');
CALL app.guard_closed('app.child');
CALL app.guard_closed('app.guarded');
CALL app.guard_closed('app.history');
CALL app.append_only('app.history');
GRANT SELECT ON app.history TO shuke_staff;
-- Who reads it reads of every record of the kinds that he may view, also of those that he would not see: PLT-34 gives it to
-- the boss and to roles that are given the right, to check what others did; half of it would prove nothing, and what a record
-- was when it was another's has no owner that a rule could ask. What takes a right of its own (costs) lies in tables of its
-- own and stays hidden with them. Nobody gives the right who lacks it; the client shows names of records that one sees only.
CREATE POLICY see ON app.history FOR SELECT TO shuke_staff USING (
    (SELECT app.can('system.history')) AND (
        entity <> ALL ((SELECT app.kinds_not_shown())::text[])));
CALL app.guard_closed('app.deletion');
GRANT SELECT ON app.deletion TO shuke_staff;
CREATE POLICY see ON app.deletion FOR SELECT TO shuke_staff USING (
    user_id = (SELECT app.my_user_id()) OR (SELECT app.can('system.purge'))
    OR id = ANY ((SELECT app.deletions_to_restore())::bigint[]));
CALL app.guard_closed('app.applied');
GRANT SELECT ON app.applied TO shuke_staff;
CREATE POLICY see ON app.applied FOR SELECT TO shuke_staff USING (true);

-- One call, one transaction: the key, the posting function, its stored result. Only functions that were offered
-- are run; each has the shape (jsonb) RETURNS jsonb and checks the caller's rights first.
CREATE OR REPLACE FUNCTION app.post(request_key uuid, command text, arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE answer jsonb; rule text; relation text;
BEGIN
    -- who is not admitted here and now (closed, other network, other hours, no TLS) posts nothing, not even his own
    IF app.my_user_id() IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = '42501', MESSAGE = 'Only staff may do this.';
    ELSIF NOT EXISTS (SELECT FROM app.offered o WHERE o.command = post.command) THEN
        RAISE EXCEPTION USING ERRCODE = '42501', MESSAGE = 'There is no such command.';
    END IF;
    -- an older snapshot would read sums as they were before the locks: a credit limit could be overdrawn
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION USING ERRCODE = '25001', MESSAGE = 'Documents are posted in READ COMMITTED only.';
    END IF;
    answer := app.open_request(request_key, command, md5(arguments::text));
    IF answer IS NOT NULL THEN
        RETURN answer;
    END IF;
    EXECUTE format('SELECT %I.%I($1)', split_part(command, '.', 1), split_part(command, '.', 2))
        INTO answer USING arguments;
    UPDATE app.request r SET result = answer WHERE r.key = request_key;
    RETURN answer;
EXCEPTION WHEN check_violation OR not_null_violation THEN
    GET STACKED DIAGNOSTICS rule = CONSTRAINT_NAME, relation = TABLE_NAME;
    -- what app.shapes says of a value is said at its field; without the row, which the server's own message would print
    IF rule ~ '^ck_.+_(length|phone|email|tax|region|term)$' THEN
        RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'This value is not possible here.',
            CONSTRAINT = rule, TABLE = relation;
    END IF;
    RAISE EXCEPTION USING ERRCODE = 'SK001', MESSAGE = 'A value is not possible here; nothing was posted.';
END $$;
GRANT EXECUTE ON FUNCTION app.post(uuid, text, jsonb) TO shuke_staff;

CREATE OR REPLACE PROCEDURE app.offer(command text)
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO app.offered (command) VALUES (command) ON CONFLICT DO NOTHING
$$;
CALL app.guard_closed('app.offered');

-- Readings of characters: only the trigger that fills ``search`` reads them. guard_closed would drop their triggers.
ALTER TABLE app.reading ENABLE ROW LEVEL SECURITY;
ALTER TABLE app.reading_phrase ENABLE ROW LEVEL SECURITY;
ALTER TABLE app.reading_correction ENABLE ROW LEVEL SECURITY;
CALL app.offer('app.count_print');
