-- Sharing several records at once, transfer of customers with what hangs on them, job change (ORG-04, 10, 13).

-- Until when the caller may pass records on: NULL without end, for those of his own people and where he sees the whole
-- domain; else no longer than the share by which he has them, and at all only if there is one. Otherwise who is shown a
-- customer for a week would show it to himself for ever, or keep one that lay in the pool.
CREATE OR REPLACE FUNCTION organisation.require_shareable(entity text, ids bigint[], to_edit boolean) RETURNS date
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE others bigint[]; ends date; n bigint;
BEGIN
    IF app.can(split_part(entity, '.', 1) || '.see_all') OR NOT EXISTS (
        SELECT FROM pg_attribute a WHERE a.attname = 'owner_id'
        AND a.attrelid = to_regclass(format('%I.%I', split_part(entity, '.', 1), split_part(entity, '.', 2)))) THEN
        RETURN NULL;
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
    RETURN nullif(ends, 'infinity');
END $$;

-- {"entity", "ids", "users": [..], "positions": [..], "departments": [..], "can_edit", "until"}
CREATE OR REPLACE FUNCTION organisation.share_records(arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    kind text := arguments ->> 'entity';
    targets bigint[] := ARRAY(SELECT x::bigint FROM jsonb_array_elements_text(arguments -> 'ids') x);
    people bigint[] := ARRAY(SELECT x::bigint FROM jsonb_array_elements_text(coalesce(arguments -> 'users', '[]')) x);
    places bigint[] := ARRAY(SELECT x::bigint FROM jsonb_array_elements_text(coalesce(arguments -> 'positions', '[]')) x);
    teams text[] := ARRAY(SELECT x FROM jsonb_array_elements_text(coalesce(arguments -> 'departments', '[]')) x);
    to_edit boolean := coalesce((arguments ->> 'can_edit')::boolean, false);
    last_day date := (arguments ->> 'until')::date;
    latest date;
BEGIN
    PERFORM app.require('organisation.share');
    PERFORM app.require_visible(kind, targets, to_edit);
    latest := organisation.require_shareable(kind, targets, to_edit);
    IF latest < coalesce(last_day, 'infinity') THEN
        PERFORM app.refuse('These records are shared with you until {day}: share them no longer than that.',
            jsonb_build_object('day', latest));
    END IF;
    IF targets = '{}' OR people || places = '{}' AND teams = '{}' THEN
        PERFORM app.refuse('Choose with whom to share.');
    ELSIF last_day < app.today() THEN
        PERFORM app.refuse('The last day of a share cannot lie in the past.');
    ELSIF EXISTS (SELECT FROM unnest(people) p WHERE NOT EXISTS (SELECT FROM app.user_scope s WHERE s.id = p)) THEN
        PERFORM app.refuse('That user is closed and cannot be given records.');
    ELSIF EXISTS (SELECT FROM unnest(teams) t WHERE NOT EXISTS (
        SELECT FROM organisation.position p WHERE btrim(p.department) = t AND p.deleted_at IS NULL)) THEN
        PERFORM app.refuse('There is no such department any more.');
    END IF;
    INSERT INTO organisation.share (entity, record_id, user_id, position_id, department, can_edit, until, shared_by)
    SELECT kind, i, w.person, w.place, w.team, to_edit, last_day, app.my_user_id()
    FROM unnest(targets) i CROSS JOIN (
        SELECT p AS person, NULL::bigint AS place, NULL::text AS team FROM unnest(people) p
        UNION SELECT NULL, p, NULL FROM unnest(places) p UNION SELECT NULL, NULL, t FROM unnest(teams) t) w
    ORDER BY i, w.person, w.place, w.team
    ON CONFLICT ON CONSTRAINT uq_share_receiver DO UPDATE SET
        can_edit = excluded.can_edit, until = excluded.until, shared_by = excluded.shared_by, shared_at = now()
    -- who passes on what is shared with him changes nobody else's shares
    WHERE share.shared_by = excluded.shared_by OR app.can(split_part(kind, '.', 1) || '.see_all')
       OR organisation.is_mine(kind, share.record_id);
    PERFORM organisation.tell(s.id, CASE WHEN to_edit
        THEN '{by} shared {count} records with you, to read and edit.' ELSE '{by} shared {count} records with you.' END,
        jsonb_build_object('by', organisation.my_name(), 'count', cardinality(targets), 'entity', kind),
        kind, CASE WHEN cardinality(targets) = 1 THEN targets[1] END)
    FROM app.user_scope s WHERE s.id = ANY (people) OR s.position_ids && places OR s.departments && teams;
    PERFORM pg_notify('shuke', 'scope::' || pg_backend_pid());
    RETURN jsonb_build_object('changes', jsonb_build_object(kind, to_jsonb(targets)));
END $$;
CALL app.offer('organisation.share_records');

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

-- {"shares": [ids]}: taken back by who gave it, or by whoever may edit the record.
CREATE OR REPLACE FUNCTION organisation.take_back(arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    given organisation.share;
    kinds jsonb := '{}';
BEGIN
    PERFORM app.require('organisation.share');
    FOR given IN SELECT * FROM organisation.share s
        WHERE s.id = ANY (ARRAY(SELECT x::bigint FROM jsonb_array_elements_text(arguments -> 'shares') x)) ORDER BY s.id
    LOOP
        IF given.shared_by IS DISTINCT FROM app.my_user_id() THEN
            PERFORM app.require_visible(given.entity, ARRAY[given.record_id], true);
        END IF;
        DELETE FROM organisation.share s WHERE s.id = given.id;
        kinds := jsonb_set(kinds, ARRAY[given.entity], coalesce(kinds -> given.entity, '[]') || to_jsonb(given.record_id));
    END LOOP;
    IF kinds = '{}' THEN
        RAISE EXCEPTION USING ERRCODE = 'SK002', MESSAGE = 'That record is not available.';
    END IF;
    PERFORM pg_notify('shuke', 'scope::' || pg_backend_pid());
    RETURN jsonb_build_object('changes', kinds);
END $$;
CALL app.offer('organisation.take_back');

-- What goes along with customers: the ids per kind of what hangs on them and belongs to the same owner. The caller
-- must stand above (or be) the owners, or see all customers.
CREATE OR REPLACE FUNCTION organisation.along(customer_ids bigint[]) RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM app.require('organisation.transfer');
    PERFORM app.require_visible('customers.customer', customer_ids, true);
    IF NOT app.can('customers.see_all') AND EXISTS (
        SELECT FROM customers.customer c WHERE c.id = ANY (customer_ids) AND c.owner_id <> ALL (app.my_owner_ids())) THEN
        PERFORM app.refuse('You can only transfer records of your own people.');
    END IF;
    RETURN (
        WITH theirs AS (SELECT c.id, c.owner_id FROM customers.customer c WHERE c.id = ANY (customer_ids))
        SELECT jsonb_build_object(
            'contacts', (SELECT coalesce(jsonb_agg(x.id), '[]') FROM customers.contact x JOIN theirs t
                ON x.customer_id = t.id AND x.owner_id = t.owner_id),
            'records', (SELECT coalesce(jsonb_agg(x.id), '[]') FROM activities.record x JOIN theirs t
                ON x.customer_id = t.id AND x.owner_id = t.owner_id),
            'tasks', (SELECT coalesce(jsonb_agg(x.id), '[]') FROM activities.task x JOIN theirs t
                ON x.customer_id = t.id AND t.owner_id IN (x.owner_id, x.executor_id)
                WHERE x.state IN ('open', 'accepted')),
            'open_orders', (SELECT coalesce(jsonb_agg(x.id), '[]') FROM sales."order" x JOIN theirs t
                ON x.customer_id = t.id AND x.owner_id = t.owner_id
                WHERE x.state = 'draft' OR x.state = 'confirmed' AND (x.open_quantity > 0 OR x.received < x.gross)),
            'all_orders', (SELECT coalesce(jsonb_agg(x.id), '[]') FROM sales."order" x JOIN theirs t
                ON x.customer_id = t.id AND x.owner_id = t.owner_id),
            'payments', (SELECT coalesce(jsonb_agg(x.id), '[]') FROM finance.payment x JOIN theirs t
                ON x.customer_id = t.id AND x.owner_id = t.owner_id),
            'delivery_notes', (SELECT coalesce(jsonb_agg(x.id), '[]') FROM delivery.note x JOIN theirs t
                ON x.customer_id = t.id AND x.owner_id = t.owner_id)));
END $$;

CREATE OR REPLACE FUNCTION organisation.preview_transfer(customer_ids bigint[]) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT jsonb_object_agg(e.key, jsonb_array_length(e.value)) FROM jsonb_each(organisation.along(customer_ids)) e
    WHERE app.my_user_id() IS NOT NULL
$$;
GRANT EXECUTE ON FUNCTION organisation.preview_transfer(bigint[]) TO shuke_staff;

-- {"ids", "to_user", "contacts", "records", "tasks", "orders": "none" | "open" | "all", "payments", "delivery_notes"}.
-- Balance and ledger of a customer always follow him, lines their documents.
CREATE OR REPLACE FUNCTION organisation.transfer_customers(arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    targets bigint[] := ARRAY(SELECT x::bigint FROM jsonb_array_elements_text(arguments -> 'ids') x);
    receiver bigint := (arguments ->> 'to_user')::bigint;
    found jsonb := organisation.along(targets);
    wanted jsonb;
    before record;
    step record;
    moved jsonb;
BEGIN
    IF NOT EXISTS (SELECT FROM app.user_scope s WHERE s.id = receiver) THEN
        PERFORM app.refuse('That user is closed and cannot be given records.');
    END IF;
    wanted := jsonb_build_object('sales.order', CASE coalesce(arguments ->> 'orders', 'none')
        WHEN 'open' THEN found -> 'open_orders' WHEN 'all' THEN found -> 'all_orders' ELSE '[]' END);
    FOR step IN SELECT * FROM (VALUES ('contacts', 'customers.contact'), ('records', 'activities.record'),
        ('tasks', 'activities.task'), ('payments', 'finance.payment'), ('delivery_notes', 'delivery.note')) v(choice, entity)
    LOOP
        wanted := wanted || jsonb_build_object(step.entity,
            CASE WHEN coalesce((arguments ->> step.choice)::boolean, false) THEN found -> step.choice ELSE '[]' END);
    END LOOP;
    FOR before IN SELECT c.owner_id, count(*) AS n, min(c.id) AS one FROM customers.customer c
        WHERE c.id = ANY (targets) AND c.owner_id <> receiver GROUP BY c.owner_id
    LOOP
        PERFORM organisation.tell(before.owner_id, '{by} gave {count} of your customers to {to}.', jsonb_build_object(
            'by', organisation.my_name(), 'count', before.n,
            'to', (SELECT u.name FROM organisation."user" u WHERE u.id = receiver)));
        PERFORM organisation.tell(receiver, '{by} gave you {count} customers of {from}.', jsonb_build_object(
            'by', organisation.my_name(), 'count', before.n,
            'from', (SELECT u.name FROM organisation."user" u WHERE u.id = before.owner_id)),
            'customers.customer', CASE WHEN before.n = 1 THEN before.one END);
        -- an executor who owned the customer hands his part of the task over too
        UPDATE activities.task t SET executor_id = receiver
        WHERE t.executor_id = before.owner_id AND t.customer_id = ANY (targets)
          AND t.id = ANY (ARRAY(SELECT x::bigint FROM jsonb_array_elements_text(wanted -> 'activities.task') x));
    END LOOP;
    -- documents before customers: the global order of locks
    moved := organisation.move_owner(wanted -> 'sales.order', 'sales.order', receiver)
        || organisation.move_owner(wanted -> 'delivery.note', 'delivery.note', receiver)
        || organisation.move_owner(wanted -> 'finance.payment', 'finance.payment', receiver)
        || organisation.move_owner(to_jsonb(targets), 'customers.customer', receiver)
        || organisation.move_owner(wanted -> 'customers.contact', 'customers.contact', receiver)
        || organisation.move_owner(wanted -> 'activities.record', 'activities.record', receiver)
        || organisation.move_owner(wanted -> 'activities.task', 'activities.task', receiver);
    RETURN jsonb_build_object('changes', moved);
END $$;
CALL app.offer('organisation.transfer_customers');

-- Gives records of one kind to ``receiver``; {entity: [ids that really moved]}. Checks nothing: not for staff.
CREATE OR REPLACE FUNCTION organisation.move_owner(ids jsonb, entity text, receiver bigint) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE done bigint[];
BEGIN
    EXECUTE format('WITH u AS (UPDATE %I.%I t SET owner_id = $2 FROM (SELECT id FROM %1$I.%2$I WHERE id = ANY ($1) '
        'AND owner_id <> $2 ORDER BY id FOR NO KEY UPDATE) x WHERE t.id = x.id RETURNING t.id) '
        'SELECT coalesce(array_agg(u.id ORDER BY u.id), ''{}'') FROM u', split_part(entity, '.', 1), split_part(entity, '.', 2))
        INTO done USING ARRAY(SELECT x::bigint FROM jsonb_array_elements_text(ids) x), receiver;
    RETURN jsonb_build_object(entity, to_jsonb(done));
END $$;

-- {entity: number} of what somebody owns, whatever kinds there are.
CREATE OR REPLACE FUNCTION organisation.owned_records(user_id bigint, kinds text[] DEFAULT NULL) RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE kind text; n bigint; found jsonb := '{}';
BEGIN
    FOR kind IN
        SELECT g.entity FROM app.guarded g JOIN pg_attribute a
            ON a.attrelid = to_regclass(format('%I.%I', split_part(g.entity, '.', 1), split_part(g.entity, '.', 2)))
        WHERE a.attname = 'owner_id' AND (kinds IS NULL OR g.entity = ANY (kinds)) ORDER BY g.entity
    LOOP
        EXECUTE format('SELECT count(*) FROM %I.%I WHERE owner_id = $1', split_part(kind, '.', 1), split_part(kind, '.', 2))
            INTO n USING user_id;
        IF n > 0 THEN
            found := found || jsonb_build_object(kind, n);
        END IF;
    END LOOP;
    RETURN found;
END $$;

-- The dry run of a job change (ORG-04).
CREATE OR REPLACE FUNCTION organisation.preview_hand_over(from_user bigint) RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM app.require('organisation.transfer');
    PERFORM organisation.require_hand_over(from_user);
    RETURN organisation.owned_records(from_user);
END $$;
GRANT EXECUTE ON FUNCTION organisation.preview_hand_over(bigint) TO shuke_staff;

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

-- {"from_user", "to_user", "kinds": [entity keys]}; ``hand_over`` in the answer undoes it.
CREATE OR REPLACE FUNCTION organisation.hand_over(arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    giver bigint := (arguments ->> 'from_user')::bigint;
    receiver bigint := (arguments ->> 'to_user')::bigint;
    kinds text[] := ARRAY(SELECT x FROM jsonb_array_elements_text(arguments -> 'kinds') x);
    kind text;
    ids bigint[];
    moved jsonb := '{}';
    made bigint;
BEGIN
    PERFORM organisation.require_hand_over(giver);
    IF giver = receiver OR NOT EXISTS (SELECT FROM app.user_scope s WHERE s.id = receiver) THEN
        PERFORM app.refuse('That user is closed and cannot be given records.');
    END IF;
    FOR kind IN SELECT k FROM jsonb_object_keys(organisation.owned_records(giver, kinds)) k ORDER BY k DESC LOOP
        EXECUTE format('SELECT array_agg(id) FROM %I.%I WHERE owner_id = $1', split_part(kind, '.', 1), split_part(kind, '.', 2))
            INTO ids USING giver;
        moved := moved || organisation.move_owner(to_jsonb(ids), kind, receiver);
    END LOOP;
    INSERT INTO organisation.hand_over (by_user, from_user, to_user, moved)
    VALUES (app.my_user_id(), giver, receiver, moved) RETURNING id INTO made;
    PERFORM organisation.tell(receiver, '{by} gave you the work of {from}.', jsonb_build_object('by', organisation.my_name(),
        'from', (SELECT u.name FROM organisation."user" u WHERE u.id = giver)));
    RETURN jsonb_build_object('hand_over', made, 'changes', moved);
END $$;
CALL app.offer('organisation.hand_over');

-- {"hand_over"}: back to the one before, but for what has another owner again.
CREATE OR REPLACE FUNCTION organisation.undo_hand_over(arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE done organisation.hand_over; kind text; ids bigint[]; moved jsonb := '{}';
BEGIN
    SELECT * INTO done FROM organisation.hand_over h
    WHERE h.id = (arguments ->> 'hand_over')::bigint AND h.undone_at IS NULL FOR UPDATE;
    IF done.id IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'SK002', MESSAGE = 'That record is not available.';
    END IF;
    PERFORM organisation.require_hand_over(done.from_user);
    PERFORM organisation.require_hand_over(done.to_user);
    FOR kind IN SELECT k FROM jsonb_object_keys(done.moved) k ORDER BY k DESC LOOP
        EXECUTE format('SELECT coalesce(array_agg(id), ''{}'') FROM %I.%I WHERE owner_id = $1 AND id = ANY ($2)',
            split_part(kind, '.', 1), split_part(kind, '.', 2)) INTO ids
            USING done.to_user, ARRAY(SELECT x::bigint FROM jsonb_array_elements_text(done.moved -> kind) x);
        moved := moved || organisation.move_owner(to_jsonb(ids), kind, done.from_user);
    END LOOP;
    UPDATE organisation.hand_over h SET undone_at = now() WHERE h.id = done.id;
    RETURN jsonb_build_object('changes', moved);
END $$;
CALL app.offer('organisation.undo_hand_over');
