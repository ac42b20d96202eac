-- Job change (ORG-04): all or a part of what somebody has to do with goes to another, in steps of one transaction that
-- tell how far they are, and comes back the same way.
CALL app.guard_closed('organisation.handed_part');

CREATE OR REPLACE FUNCTION organisation.require_hand_over(from_user bigint) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM app.require('organisation.transfer');
    -- closed users are below nobody's scope row: the tree is asked, not the scope
    IF NOT organisation.is_boss() AND NOT EXISTS (
        SELECT FROM organisation."user" u JOIN organisation."user" me ON me.id = app.my_user_id()
        WHERE u.id = from_user AND u.position_id <> me.position_id
          AND organisation.is_below(u.position_id, me.position_id)) THEN
        PERFORM app.refuse('You can only transfer records of your own people.');
    END IF;
END $$;

-- Every kind that has an owner and can be of use to another.
CREATE OR REPLACE FUNCTION organisation.kinds_to_hand_over() RETURNS TABLE (entity text, open_when text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT g.entity, k.open_when
    FROM app.guarded g JOIN pg_attribute a ON a.attrelid = to_regclass(app.table_of(g.entity)) AND a.attname = 'owner_id'
    LEFT JOIN app.held_kind k ON k.entity = g.entity
    WHERE NOT coalesce(k.personal, false) ORDER BY g.entity
$$;

-- {entity: {open | all: number}} of what somebody has to do with: open only for kinds that know an end.
CREATE OR REPLACE FUNCTION organisation.held_records(user_id bigint) RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE kind record; n bigint; still bigint; found jsonb := '{}';
BEGIN
    FOR kind IN SELECT * FROM organisation.kinds_to_hand_over() LOOP
        EXECUTE format('SELECT count(*), count(*) FILTER (WHERE %s) FROM %s x WHERE %s', coalesce(kind.open_when, 'true'),
            app.table_of(kind.entity), app.held_condition(kind.entity, '$1')) INTO n, still USING user_id;
        IF n > 0 THEN
            found := found || jsonb_build_object(kind.entity, jsonb_build_object('all', n)
                || CASE WHEN kind.open_when IS NULL THEN '{}' ELSE jsonb_build_object('open', still) END);
        END IF;
    END LOOP;
    RETURN found;
END $$;

-- {entity: number} of what somebody owns.
CREATE OR REPLACE FUNCTION organisation.owned_records(user_id bigint) RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE kind text; n bigint; found jsonb := '{}';
BEGIN
    FOR kind IN SELECT k.entity FROM organisation.kinds_to_hand_over() k LOOP
        EXECUTE format('SELECT count(*) FROM %s WHERE owner_id = $1', app.table_of(kind)) INTO n USING user_id;
        IF n > 0 THEN
            found := found || jsonb_build_object(kind, n);
        END IF;
    END LOOP;
    RETURN found;
END $$;

-- The dry run of a job change.
CREATE OR REPLACE FUNCTION organisation.preview_hand_over(from_user bigint) RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM app.require('organisation.transfer');
    PERFORM organisation.require_hand_over(from_user);
    RETURN organisation.held_records(from_user);
END $$;
GRANT EXECUTE ON FUNCTION organisation.preview_hand_over(bigint) TO shuke_staff;

-- {"from_user", "to_user", "kinds": {entity: open | all}}: begins one; "steps" is what organisation.hand_over_step does,
-- documents before customers: [[entity, records]].
CREATE OR REPLACE FUNCTION organisation.begin_hand_over(arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    giver bigint := (arguments ->> 'from_user')::bigint;
    receiver bigint := (arguments ->> 'to_user')::bigint;
    held jsonb := organisation.held_records(giver);
    made bigint;
BEGIN
    PERFORM app.require('organisation.transfer');
    PERFORM organisation.require_hand_over(giver);
    IF giver = receiver OR NOT EXISTS (SELECT FROM app.user_scope s WHERE s.id = receiver) THEN
        PERFORM app.refuse('That user is closed and cannot be given records.');
    END IF;
    INSERT INTO organisation.hand_over (by_user, from_user, to_user, kinds)
    VALUES (app.my_user_id(), giver, receiver, arguments -> 'kinds') RETURNING id INTO made;
    PERFORM organisation.tell(receiver, '{by} gave you the work of {from}.', jsonb_build_object(
        'by', organisation.my_name(), 'from', organisation.name_of(giver)));
    PERFORM organisation.tell(giver, '{by} gave your work to {to}.', jsonb_build_object(
        'by', organisation.my_name(), 'to', organisation.name_of(receiver)));
    RETURN jsonb_build_object('hand_over', made, 'changes', '{}'::jsonb, 'steps', (
        SELECT coalesce(jsonb_agg(jsonb_build_array(k.key, held -> k.key -> (k.value #>> '{}')) ORDER BY k.key DESC), '[]')
        FROM jsonb_each(arguments -> 'kinds') k WHERE coalesce((held -> k.key ->> (k.value #>> '{}'))::bigint, 0) > 0));
END $$;
CALL app.offer('organisation.begin_hand_over');

-- The hand-over that this transaction began; no other can be added to.
CREATE OR REPLACE FUNCTION organisation.hand_over_begun(target bigint) RETURNS organisation.hand_over
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE doc organisation.hand_over;
BEGIN
    SELECT * INTO doc FROM organisation.hand_over h
    WHERE h.id = target AND h.by_user = app.my_user_id() AND h.at = now() AND h.undone_at IS NULL;
    IF doc.id IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'SK002', MESSAGE = 'That record is not available.';
    END IF;
    RETURN doc;
END $$;

-- {"hand_over", "entity", "after", "most"}: the next ``most`` records of one kind behind id ``after``; "last" is where to go
-- on, absent when there are no more.
CREATE OR REPLACE FUNCTION organisation.hand_over_step(arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    doc organisation.hand_over := organisation.hand_over_begun((arguments ->> 'hand_over')::bigint);
    kind record;
    ids bigint[];
    done jsonb;
BEGIN
    PERFORM app.require('organisation.transfer');
    SELECT * INTO kind FROM organisation.kinds_to_hand_over() k
    WHERE k.entity = arguments ->> 'entity' AND doc.kinds ? k.entity;
    IF kind.entity IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'SK002', MESSAGE = 'That record is not available.';
    END IF;
    EXECUTE format('SELECT array_agg(y.id) FROM (SELECT id FROM %s x WHERE id > $1 AND %s AND (%s) ORDER BY id LIMIT $3) y',
        app.table_of(kind.entity), app.held_condition(kind.entity, '$2'),
        CASE WHEN doc.kinds ->> kind.entity = 'open' THEN coalesce(kind.open_when, 'true') ELSE 'true' END)
        INTO ids USING (arguments ->> 'after')::bigint, doc.from_user, (arguments ->> 'most')::integer;
    IF ids IS NULL THEN
        RETURN jsonb_build_object('changes', '{}'::jsonb, 'moved', 0);
    END IF;
    done := app.put_in_place(kind.entity, ARRAY(SELECT p.column_name FROM app.people_of(kind.entity) p), ids,
        array_fill(doc.from_user, ARRAY[cardinality(ids)]), doc.to_user);
    INSERT INTO organisation.handed_part (hand_over_id, entity, column_name, records)
    SELECT doc.id, kind.entity, d.key, ARRAY(SELECT x::bigint FROM jsonb_array_elements_text(d.value) x)
    FROM jsonb_each(done) d WHERE d.value <> '[]';
    RETURN jsonb_build_object('changes', '{}'::jsonb, 'last', ids[cardinality(ids)], 'moved',
        coalesce(jsonb_array_length(organisation.with_changes('{}', 'x', done) -> 'x'), 0));
END $$;
CALL app.offer('organisation.hand_over_step');

-- {"hand_over"}: begins to give everything back; "parts" is what organisation.undo_step does: [[part, records]].
CREATE OR REPLACE FUNCTION organisation.begin_undo(arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE doc organisation.hand_over;
BEGIN
    PERFORM app.require('organisation.transfer');
    SELECT * INTO doc FROM organisation.hand_over h
    WHERE h.id = (arguments ->> 'hand_over')::bigint AND h.undone_at IS NULL FOR UPDATE;
    IF doc.id IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'SK002', MESSAGE = 'That record is not available.';
    END IF;
    PERFORM organisation.require_hand_over(doc.from_user);
    PERFORM organisation.require_hand_over(doc.to_user);
    UPDATE organisation.hand_over h SET undone_at = now() WHERE h.id = doc.id;
    PERFORM organisation.tell(u.id, '{by} took back the hand-over from {from} to {to}.', jsonb_build_object('by',
        organisation.my_name(), 'from', organisation.name_of(doc.from_user), 'to', organisation.name_of(doc.to_user)))
    FROM unnest(ARRAY[doc.from_user, doc.to_user]) u(id);
    RETURN jsonb_build_object('changes', '{}'::jsonb, 'parts', (
        SELECT coalesce(jsonb_agg(jsonb_build_array(p.id, cardinality(p.records)) ORDER BY p.id), '[]')
        FROM organisation.handed_part p WHERE p.hand_over_id = doc.id));
END $$;
CALL app.offer('organisation.begin_undo');

-- {"part"}: gives one part back, but for what somebody else has got since. A person who is closed meanwhile owns his
-- records again, but is not made to do tasks.
CREATE OR REPLACE FUNCTION organisation.undo_step(arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE part organisation.handed_part; doc organisation.hand_over; done jsonb := '{}';
BEGIN
    PERFORM app.require('organisation.transfer');
    SELECT * INTO part FROM organisation.handed_part p WHERE p.id = (arguments ->> 'part')::bigint;
    SELECT * INTO doc FROM organisation.hand_over h WHERE h.id = part.hand_over_id AND h.undone_at = now();
    IF doc.id IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'SK002', MESSAGE = 'That record is not available.';
    END IF;
    PERFORM organisation.require_hand_over(doc.from_user);
    PERFORM organisation.require_hand_over(doc.to_user);
    IF part.column_name = 'owner_id' OR EXISTS (SELECT FROM app.user_scope s WHERE s.id = doc.from_user) THEN
        done := app.put_in_place(part.entity, ARRAY[part.column_name], part.records,
            array_fill(doc.to_user, ARRAY[cardinality(part.records)]), doc.from_user);
    END IF;
    RETURN jsonb_build_object('changes', '{}'::jsonb, 'moved', coalesce(jsonb_array_length(done -> part.column_name), 0));
END $$;
CALL app.offer('organisation.undo_step');

-- Hand-overs of what somebody had to do with, newest first, with when each was taken back.
DROP FUNCTION IF EXISTS organisation.hand_overs_of(bigint);
CREATE OR REPLACE FUNCTION organisation.hand_overs_of(from_user bigint) RETURNS TABLE (
    id bigint, at timestamptz, given_by text, given_to text, moved jsonb, undone_at timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM app.require('organisation.transfer');
    PERFORM organisation.require_hand_over(from_user);
    RETURN QUERY
        SELECT h.id, h.at, organisation.name_of(h.by_user), organisation.name_of(h.to_user), (
            SELECT coalesce(jsonb_object_agg(x.entity, x.n), '{}') FROM (
                SELECT p.entity, sum(cardinality(p.records)) AS n FROM organisation.handed_part p
                WHERE p.hand_over_id = h.id GROUP BY p.entity ORDER BY p.entity) x), h.undone_at
        FROM organisation.hand_over h
        WHERE h.from_user = hand_overs_of.from_user ORDER BY h.id DESC LIMIT 50;
END $$;
GRANT EXECUTE ON FUNCTION organisation.hand_overs_of(bigint) TO shuke_staff;
