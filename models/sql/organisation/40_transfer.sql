-- Another owner for records, with what hangs on them (ORG-13). What may go along is declared by the kinds (app.moves_with).

-- Whose the records are: one row each, for who may give them away. Not for staff.
CREATE OR REPLACE FUNCTION organisation.require_transfer(kind text, ids bigint[]) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE foreign_ones bigint;
BEGIN
    PERFORM app.require('organisation.transfer');
    PERFORM app.require_visible(kind, ids, true);
    -- a share to edit makes nobody the owner's superior
    IF NOT app.can(split_part(kind, '.', 1) || '.see_all') THEN
        EXECUTE format('SELECT count(*) FROM %s WHERE id = ANY ($1) AND owner_id <> ALL ($2)', app.table_of(kind))
            INTO foreign_ones USING ids, app.my_owner_ids();
        IF foreign_ones > 0 THEN
            PERFORM app.refuse('You can only transfer records of your own people.');
        END IF;
    END IF;
END $$;

-- {entity: {open | all: number}} of what would go along: what lies in the recycle bin goes too, but is not counted.
CREATE OR REPLACE FUNCTION organisation.preview_transfer(kind text, ids bigint[]) RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    targets bigint[];
    owners bigint[];
    way record;
    n bigint;
    counted jsonb := '{}';
BEGIN
    PERFORM app.require('organisation.transfer');
    PERFORM organisation.require_transfer(kind, ids);
    EXECUTE format('SELECT array_agg(id), array_agg(owner_id) FROM %s WHERE id = ANY ($1) AND owner_id IS NOT NULL',
        app.table_of(kind)) INTO targets, owners USING ids;
    FOR way IN SELECT w.child, w.choice, w.ids_below FROM app.along_with(kind, coalesce(targets, '{}'), coalesce(owners, '{}')) w
    LOOP
        EXECUTE format('SELECT count(*) FROM %s WHERE id = ANY ($1)%s', app.table_of(way.child), app.alive(way.child))
            INTO n USING way.ids_below;
        -- what hangs on them in two ways is counted by the one that finds more
        counted := jsonb_set(counted, ARRAY[way.child], coalesce(counted -> way.child, '{}') || jsonb_build_object(
            way.choice, greatest(n, coalesce((counted -> way.child ->> way.choice)::bigint, 0))));
    END LOOP;
    RETURN counted;
END $$;
GRANT EXECUTE ON FUNCTION organisation.preview_transfer(text, bigint[]) TO shuke_staff;

-- {"entity", "ids", "owners": [whose each is, as the caller saw it], "to_user", "along": {entity: open | all}}. All or
-- nothing: a record that somebody else has given away meanwhile refuses it. Lines follow their documents, what a
-- customer owes follows him.
CREATE OR REPLACE FUNCTION organisation.transfer(arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    kind text := arguments ->> 'entity';
    targets bigint[] := ARRAY(SELECT x::bigint FROM jsonb_array_elements_text(arguments -> 'ids') x);
    seen bigint[] := ARRAY(SELECT x::bigint FROM jsonb_array_elements_text(arguments -> 'owners') x);
    receiver bigint := (arguments ->> 'to_user')::bigint;
    owners bigint[];
    way record;
    before record;
    moved jsonb := '{}';
    done jsonb;
BEGIN
    PERFORM app.require('organisation.transfer');
    PERFORM organisation.require_transfer(kind, targets);
    IF NOT EXISTS (SELECT FROM app.user_scope s WHERE s.id = receiver) THEN
        PERFORM app.refuse('That user is closed and cannot be given records.');
    ELSIF seen <> '{}' AND cardinality(seen) <> cardinality(targets) THEN
        RAISE EXCEPTION USING ERRCODE = 'SK001', MESSAGE = 'A value is not possible here; nothing was posted.';
    END IF;
    IF seen = '{}' THEN
        EXECUTE format('SELECT array_agg(id), array_agg(owner_id) FROM %s WHERE id = ANY ($1)', app.table_of(kind))
            INTO targets, seen USING targets;
    END IF;
    SELECT array_agg(t.id ORDER BY t.id), array_agg(t.owner ORDER BY t.id) INTO targets, owners
    FROM unnest(targets, seen) t(id, owner) WHERE t.owner <> receiver;
    IF targets IS NULL THEN
        RETURN jsonb_build_object('changes', '{}'::jsonb);
    END IF;
    -- before anything moves: who gets many at once is told once (organisation.was_told_of_many)
    FOR before IN SELECT t.owner, count(*) AS n, min(t.id) AS one FROM unnest(targets, owners) t(id, owner)
        GROUP BY t.owner ORDER BY t.owner
    LOOP
        PERFORM organisation.tell_many(before.owner, '{by} gave {count} of your records to {to}: {what}', before.n,
            jsonb_build_object('to', organisation.name_of(receiver)), kind);
        PERFORM organisation.tell_many(receiver, '{by} gave you {count} records of {from}: {what}', before.n,
            jsonb_build_object('from', organisation.name_of(before.owner)), kind, before.one);
    END LOOP;
    -- what hangs deeper first, as posting does: documents before customers
    FOR way IN SELECT w.child, w.ids_below, w.givers FROM app.along_with(kind, targets, owners) w
        WHERE w.choice = arguments -> 'along' ->> w.child ORDER BY w.level DESC, w.child DESC
    LOOP
        done := app.put_in_place(way.child, ARRAY(SELECT p.column_name FROM app.people_of(way.child) p),
            way.ids_below, way.givers, receiver);
        moved := organisation.with_changes(moved, way.child, done);
    END LOOP;
    done := app.put_in_place(kind, '{owner_id}', targets, owners, receiver);
    IF jsonb_array_length(done -> 'owner_id') < cardinality(targets) THEN
        PERFORM app.refuse('Somebody else has given some of these records to another owner meanwhile. Look at them again.');
    END IF;
    moved := organisation.with_changes(moved, kind, done);
    RETURN jsonb_build_object('changes', moved);
END $$;
CALL app.offer('organisation.transfer');

-- {entity: [ids]} with those of another {column: [ids]}.
CREATE OR REPLACE FUNCTION organisation.with_changes(changes jsonb, entity text, done jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN x.ids IS NULL THEN changes
        ELSE changes || jsonb_build_object(entity, coalesce(changes -> entity, '[]') || x.ids) END
    FROM (SELECT jsonb_agg(DISTINCT i.id) AS ids FROM jsonb_each(done) d
          CROSS JOIN LATERAL jsonb_array_elements(d.value) i(id)) x
$$;

-- Whether a record belongs to the caller's own people, or to nobody in particular.
CREATE OR REPLACE FUNCTION organisation.is_mine(entity text, record_id bigint) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE mine boolean;
BEGIN
    EXECUTE format('SELECT NOT to_jsonb(t) ? ''owner_id'' OR (to_jsonb(t) ->> ''owner_id'')::bigint = ANY ($2) FROM %I.%I t '
        'WHERE t.id = $1', split_part(entity, '.', 1), split_part(entity, '.', 2)) INTO mine USING record_id, app.my_owner_ids();
    RETURN coalesce(mine, false);
END $$;

CREATE OR REPLACE FUNCTION organisation.my_name() RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT u.name FROM organisation."user" u WHERE u.id = app.my_user_id()
$$;

CREATE OR REPLACE FUNCTION organisation.name_of(user_id bigint) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT u.name FROM organisation."user" u WHERE u.id = name_of.user_id
$$;

-- Tells somebody of ``n`` records of a kind; what one transaction tells in several parts becomes one notice.
CREATE OR REPLACE FUNCTION organisation.tell_many(
    to_user bigint, template text, n bigint, details jsonb, entity text, one bigint DEFAULT NULL) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE said jsonb := details || jsonb_build_object('by', organisation.my_name(), 'what', entity);
BEGIN
    UPDATE organisation.notice x SET record_id = NULL,
        details = x.details || jsonb_build_object('count', (x.details ->> 'count')::bigint + n)
    WHERE x.user_id = to_user AND x.read_at IS NULL AND x.at = now() AND x.template = tell_many.template
      AND x.entity = tell_many.entity AND x.details - 'count' = said;
    IF NOT FOUND THEN
        PERFORM organisation.tell(to_user, template, said || jsonb_build_object('count', n), entity,
            CASE WHEN n = 1 THEN one END);
    END IF;
END $$;

-- Whether somebody was told in this very transaction that he gets many records, so that none of them tells him of itself.
-- The notice says so, because a setting that did anybody could set.
CREATE OR REPLACE FUNCTION organisation.was_told_of_many(to_user bigint) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (SELECT FROM organisation.notice n WHERE n.user_id = to_user AND n.at = now() AND n.template IN (
        '{by} gave you {count} records of {from}: {what}', '{by} gave you the work of {from}.',
        '{by} took back the hand-over from {from} to {to}.'))
$$;
