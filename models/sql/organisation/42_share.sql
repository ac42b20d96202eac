-- Sharing of one or many records, and taking shares back (ORG-10).

-- With whom: {"users": [..], "positions": [..], "departments": [..]} as rows of which one column is set.
CREATE OR REPLACE FUNCTION organisation.receivers(arguments jsonb) RETURNS TABLE (person bigint, place bigint, team text)
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT x::bigint, NULL::bigint, NULL::text FROM jsonb_array_elements_text(coalesce(arguments -> 'users', '[]')) x
    UNION SELECT NULL, x::bigint, NULL FROM jsonb_array_elements_text(coalesce(arguments -> 'positions', '[]')) x
    UNION SELECT NULL, NULL, x FROM jsonb_array_elements_text(coalesce(arguments -> 'departments', '[]')) x
$$;

-- Refuses what cannot be shared with anybody: nobody named, a day that is over, somebody or a department that is gone.
CREATE OR REPLACE FUNCTION organisation.require_receivers(arguments jsonb) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM organisation.receivers(arguments)) THEN
        PERFORM app.refuse('Choose with whom to share.');
    ELSIF (arguments ->> 'until')::date < app.today() THEN
        PERFORM app.refuse('The last day of a share cannot lie in the past.');
    ELSIF EXISTS (SELECT FROM organisation.receivers(arguments) r
        WHERE r.person IS NOT NULL AND NOT EXISTS (SELECT FROM app.user_scope s WHERE s.id = r.person)) THEN
        PERFORM app.refuse('That user is closed and cannot be given records.');
    ELSIF EXISTS (SELECT FROM organisation.receivers(arguments) r WHERE r.place IS NOT NULL AND NOT EXISTS (
        SELECT FROM organisation.position p WHERE p.id = r.place AND p.deleted_at IS NULL)) THEN
        PERFORM app.refuse('There is no such position any more.');
    ELSIF EXISTS (SELECT FROM organisation.receivers(arguments) r WHERE r.team IS NOT NULL AND NOT EXISTS (
        SELECT FROM organisation.position p WHERE btrim(p.department) = r.team AND p.deleted_at IS NULL)) THEN
        PERFORM app.refuse('There is no such department any more.');
    END IF;
END $$;

-- Refuses to pass on, until ``last_day``, what is not the caller's: those of his own people, and all where he sees the
-- whole domain, without end; else no longer than the share by which he has them, and at all only if there is one.
-- Otherwise who is shown a customer for a week would show it to himself for ever, or keep one that lay in the pool.
CREATE OR REPLACE FUNCTION organisation.require_shareable(entity text, ids bigint[], to_edit boolean, last_day date) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE others bigint[]; ends date; n bigint;
BEGIN
    IF app.can(split_part(entity, '.', 1) || '.see_all') OR NOT EXISTS (
        SELECT FROM pg_attribute a WHERE a.attname = 'owner_id'
        AND a.attrelid = to_regclass(format('%I.%I', split_part(entity, '.', 1), split_part(entity, '.', 2)))) THEN
        RETURN;
    END IF;
    EXECUTE format('SELECT array_agg(t.id) FROM %I.%I t WHERE t.id = ANY ($1) AND t.owner_id = ANY ($2) IS NOT TRUE',
        split_part(entity, '.', 1), split_part(entity, '.', 2)) INTO others USING ids, app.my_owner_ids();
    SELECT count(*), min(x.ends) INTO n, ends FROM (
        SELECT max(coalesce(h.until, 'infinity')) AS ends
        FROM organisation.share h JOIN app.user_scope s ON s.id = app.my_user_id()
            AND (h.user_id = s.id OR h.position_id = ANY (s.position_ids) OR h.department = ANY (s.departments))
        WHERE h.entity = require_shareable.entity AND h.record_id = ANY (others)
          AND (h.until IS NULL OR h.until >= app.today()) AND (h.can_edit OR NOT to_edit)
        GROUP BY h.record_id) x;
    IF n < cardinality(others) THEN
        PERFORM app.refuse('You can share the records of your own people, and what is shared with you.');
    END IF;
    IF ends < coalesce(last_day, 'infinity') THEN
        PERFORM app.refuse('These records are shared with you until {day}: share them no longer than that.',
            jsonb_build_object('day', ends));
    END IF;
END $$;

-- What sharing would do, one row for each record that the caller sees and each receiver: new; change (a share that he
-- may change); same (shared like that already, or by somebody whose share is not his to change); own (the receiver owns
-- it); read_only (may not be shared to edit by who only reads it); bin (in the recycle bin). Not for staff.
CREATE OR REPLACE FUNCTION organisation.share_plan(arguments jsonb)
RETURNS TABLE (record_id bigint, person bigint, place bigint, team text, what text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    kind text := arguments ->> 'entity';
    seen bigint[] := app.visible_ids(kind, ARRAY(SELECT DISTINCT x::bigint FROM jsonb_array_elements_text(arguments -> 'ids') x));
    to_edit boolean := coalesce((arguments ->> 'can_edit')::boolean, false);
    last_day date := (arguments ->> 'until')::date;
    owned boolean := EXISTS (SELECT FROM pg_attribute a
        WHERE a.attrelid = to_regclass(app.table_of(kind)) AND a.attname = 'owner_id');
BEGIN
    IF seen = '{}' THEN
        RETURN;
    END IF;
    RETURN QUERY EXECUTE format($plan$
        WITH mine AS (SELECT unnest($2) AS id)
        SELECT t.id, r.person, r.place, r.team, CASE
            WHEN %2$s THEN 'bin'
            WHEN %3$s THEN 'own'
            WHEN $3 AND m.id IS NULL THEN 'read_only'
            WHEN s.id IS NULL THEN 'new'
            WHEN s.can_edit = $3 AND s.until IS NOT DISTINCT FROM $4 THEN 'same'
            WHEN s.shared_by = $5 OR %4$s OR s.until < app.today() THEN 'change'
            ELSE 'same' END
        FROM %1$s t CROSS JOIN organisation.receivers($6) r LEFT JOIN mine m ON m.id = t.id
        LEFT JOIN organisation.share s ON s.entity = $7 AND s.record_id = t.id AND s.user_id IS NOT DISTINCT FROM r.person
            AND s.position_id IS NOT DISTINCT FROM r.place AND s.department IS NOT DISTINCT FROM r.team
        WHERE t.id = ANY ($1)$plan$, app.table_of(kind),
        CASE WHEN app.alive(kind) = '' THEN 'false' ELSE 't.deleted_at IS NOT NULL' END,
        CASE WHEN owned THEN 'r.person = t.owner_id' ELSE 'false' END,
        -- who passes on what is shared with him changes nobody else's shares
        CASE WHEN owned AND NOT app.can(split_part(kind, '.', 1) || '.see_all') THEN 't.owner_id = ANY ($8)' ELSE 'true' END)
        USING seen, app.visible_ids(kind, seen, true), to_edit, last_day, app.my_user_id(), arguments, kind, app.my_owner_ids();
END $$;

-- {"entity", "ids", "users", "positions", "departments", "can_edit", "until"}: {"ids": records that would be shared, "new":
-- shares, "change": shares, "left": {own | same | read_only | bin | hidden: records that nothing would be done with}}.
CREATE OR REPLACE FUNCTION organisation.preview_share(arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE found jsonb;
BEGIN
    PERFORM app.require('organisation.share');
    PERFORM organisation.require_receivers(arguments);
    WITH plan AS MATERIALIZED (SELECT * FROM organisation.share_plan(arguments)),
    each_one AS (
        SELECT p.record_id, bool_or(p.what IN ('new', 'change')) AS some,
               CASE WHEN bool_or(p.what = 'bin') THEN 'bin' WHEN bool_or(p.what = 'read_only') THEN 'read_only'
                    WHEN bool_or(p.what = 'same') THEN 'same' ELSE 'own' END AS why
        FROM plan p GROUP BY p.record_id)
    SELECT jsonb_build_object(
        'ids', coalesce((SELECT jsonb_agg(e.record_id ORDER BY e.record_id) FROM each_one e WHERE e.some), '[]'),
        'new', (SELECT count(*) FROM plan p WHERE p.what = 'new'),
        'change', (SELECT count(*) FROM plan p WHERE p.what = 'change'),
        'left', (SELECT coalesce(jsonb_object_agg(l.why, l.n), '{}') FROM (
            SELECT e.why, count(*) AS n FROM each_one e WHERE NOT e.some GROUP BY e.why
            UNION ALL
            SELECT 'hidden', x.n FROM (SELECT count(DISTINCT i) - (SELECT count(*) FROM each_one) AS n
                FROM jsonb_array_elements(arguments -> 'ids') i) x WHERE x.n > 0) l)) INTO found;
    PERFORM organisation.require_shareable(arguments ->> 'entity',
        ARRAY(SELECT x::bigint FROM jsonb_array_elements_text(found -> 'ids') x),
        coalesce((arguments ->> 'can_edit')::boolean, false), (arguments ->> 'until')::date);
    RETURN found;
END $$;
GRANT EXECUTE ON FUNCTION organisation.preview_share(jsonb) TO shuke_staff;

-- The same arguments. Every record must be the caller's to see, and to edit if it is shared to edit.
CREATE OR REPLACE FUNCTION organisation.share_records(arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    kind text := arguments ->> 'entity';
    targets bigint[] := ARRAY(SELECT x::bigint FROM jsonb_array_elements_text(arguments -> 'ids') x);
    to_edit boolean := coalesce((arguments ->> 'can_edit')::boolean, false);
    given_ids bigint[];
    people bigint[];
    places bigint[];
    teams text[];
BEGIN
    PERFORM app.require('organisation.share');
    PERFORM app.require_visible(kind, targets, to_edit);
    PERFORM organisation.require_receivers(arguments);
    PERFORM organisation.require_shareable(kind, targets, to_edit, (arguments ->> 'until')::date);
    WITH plan AS MATERIALIZED (
        SELECT p.record_id, p.person, p.place, p.team FROM organisation.share_plan(arguments) p WHERE p.what IN ('new', 'change')
        ORDER BY p.record_id, p.person, p.place, p.team
    ), given AS (
        INSERT INTO organisation.share AS s (entity, record_id, user_id, position_id, department, can_edit, until, shared_by)
        SELECT kind, p.record_id, p.person, p.place, p.team, to_edit, (arguments ->> 'until')::date, app.my_user_id() FROM plan p
        ON CONFLICT ON CONSTRAINT uq_share_receiver DO UPDATE SET
            can_edit = excluded.can_edit, until = excluded.until, shared_by = excluded.shared_by, shared_at = now()
        RETURNING s.record_id, s.user_id, s.position_id, s.department
    )
    SELECT array_agg(g.record_id), array_agg(g.user_id), array_agg(g.position_id), array_agg(g.department)
    INTO given_ids, people, places, teams FROM given g;
    PERFORM organisation.tell_many(t.id, CASE WHEN to_edit
        THEN '{by} shared {count} records with you, to read and edit: {what}' ELSE '{by} shared {count} records with you: {what}' END,
        t.n, '{}', kind, t.one)
    FROM (SELECT u.id, count(DISTINCT g.record_id) AS n, min(g.record_id) AS one
          FROM unnest(given_ids, people, places, teams) g(record_id, person, place, team) JOIN app.user_scope u
              ON u.id = g.person OR g.place = ANY (u.position_ids) OR g.team = ANY (u.departments) GROUP BY u.id) t;
    PERFORM pg_notify('shuke', 'scope::' || pg_backend_pid());
    RETURN jsonb_build_object('shares', coalesce(cardinality(given_ids), 0), 'changes', jsonb_build_object(kind, to_jsonb(targets)));
END $$;
CALL app.offer('organisation.share_records');

-- With whom records that the caller sees are shared: one row for each receiver, level, last day and giver, with how many
-- records, and of how many of them the caller may take it back.
CREATE OR REPLACE FUNCTION organisation.shares_on(kind text, ids bigint[]) RETURNS TABLE (
    user_id bigint, position_id bigint, department text, receiver text, can_edit boolean, until date, given_by text,
    records bigint, mine bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH seen AS MATERIALIZED (SELECT unnest(app.visible_ids(kind, ids)) AS id),
    editable AS MATERIALIZED (SELECT unnest(app.visible_ids(kind, ids, true)) AS id)
    SELECT s.user_id, s.position_id, s.department, coalesce(u.name, p.name, s.department), s.can_edit, s.until, b.name,
           count(*), count(*) FILTER (WHERE s.shared_by = app.my_user_id() OR e.id IS NOT NULL)
    FROM organisation.share s JOIN seen ON seen.id = s.record_id LEFT JOIN editable e ON e.id = s.record_id
    LEFT JOIN organisation."user" u ON u.id = s.user_id LEFT JOIN organisation.position p ON p.id = s.position_id
    LEFT JOIN organisation."user" b ON b.id = s.shared_by
    WHERE s.entity = kind
    GROUP BY s.user_id, s.position_id, s.department, u.name, p.name, s.can_edit, s.until, b.name
    ORDER BY min(s.id)
$$;
GRANT EXECUTE ON FUNCTION organisation.shares_on(text, bigint[]) TO shuke_staff;

-- {"entity", "ids", "users", "positions", "departments"}: taken back by who gave it, or by whoever may edit the record;
-- shares of others' giving are left as they are.
CREATE OR REPLACE FUNCTION organisation.take_back(arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    kind text := arguments ->> 'entity';
    targets bigint[] := ARRAY(SELECT x::bigint FROM jsonb_array_elements_text(arguments -> 'ids') x);
    editable bigint[] := app.visible_ids(kind, targets, true);
    gone bigint[];
BEGIN
    PERFORM app.require('organisation.share');
    WITH wanted AS (
        SELECT s.id FROM organisation.share s JOIN organisation.receivers(arguments) r
            ON s.user_id IS NOT DISTINCT FROM r.person AND s.position_id IS NOT DISTINCT FROM r.place
            AND s.department IS NOT DISTINCT FROM r.team
        WHERE s.entity = kind AND s.record_id = ANY (targets)
          AND (s.shared_by = (SELECT app.my_user_id()) OR s.record_id = ANY (editable))
        ORDER BY s.id FOR UPDATE OF s
    ), d AS (DELETE FROM organisation.share s USING wanted w WHERE s.id = w.id RETURNING s.record_id)
    SELECT array_agg(d.record_id) INTO gone FROM d;
    PERFORM pg_notify('shuke', 'scope::' || pg_backend_pid());
    RETURN jsonb_build_object('shares', coalesce(cardinality(gone), 0), 'changes', jsonb_build_object(kind,
        coalesce((SELECT jsonb_agg(DISTINCT g) FROM unnest(gone) g), '[]')));
END $$;
CALL app.offer('organisation.take_back');
