-- A task is seen by who created it, who do it, and those above any of them (ACT-02). Its state, and who has accepted
-- or completed his part, are written by the functions below only.
CALL app.guard('activities.task', visible =>
    'owner_id = ANY ((SELECT app.my_owner_ids())::bigint[]) OR executor_id = ANY ((SELECT app.my_owner_ids())::bigint[])'
    ' OR others && (SELECT app.my_owner_ids())::bigint[]',
    guarded => '{state,accepted_by,done_by}');
CALL app.editable_while('activities.task', 'state IN (''open'', ''accepted'')',
    refusal => 'A task that is done or closed cannot be changed. Who created it can return it while it is done.');
CALL app.attachable('activities.task');
CALL app.shapes('activities.task', lengths => '{"subject": 200, "description": 8000}');
SELECT app.make_searchable('activities.task', 'subject', 'name', 'description', 'text');
CALL app.tidies('activities.task', ARRAY['subject']);
CALL app.goes_with('activities.task', 'customer_id', 'customers.customer');
CALL app.held_by('activities.task', people => '{owner_id,executor_id,others}', open_when => 'state IN (''open'', ''accepted'')');
CALL app.moves_with('activities.task', 'customer_id', 'customers.customer', offered => '{open}', chosen => 'open');
CALL app.transitions('activities.task', 'open>accepted', 'open>done', 'accepted>done', 'done>closed', 'done>accepted', 'accepted>open',
    'open>cancelled', 'accepted>cancelled');
CALL app.guard_part('activities.check_item', 'activities.task',
    'EXISTS (SELECT FROM activities.task t WHERE t.id = check_item.task_id)', with_notices => false);
CALL app.guard_part('activities.step', 'activities.task',
    'EXISTS (SELECT FROM activities.task t WHERE t.id = step.task_id)', with_history => false, with_notices => false);
DROP FUNCTION IF EXISTS activities.check_task_step();

CREATE OR REPLACE FUNCTION activities.note_step(
    task_id bigint, verb text, about bigint DEFAULT NULL, said text DEFAULT NULL) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO activities.step (task_id, by_user, verb, about, said)
    VALUES (task_id, app.my_user_id(), verb, about, nullif(btrim(said), ''))
$$;

-- Who do it, kept in order: nobody twice, nobody who is closed, no trace of those who left; only who created it says
-- who they are (who does it gives his part away by hand_over). Ticks decide the progress where there is a checklist.
CREATE OR REPLACE FUNCTION activities.check_task() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE people bigint[]; before bigint[] := '{}'; ticked integer; items integer;
BEGIN
    NEW.others := ARRAY(SELECT x.u FROM unnest(NEW.others) WITH ORDINALITY x(u, n)
        WHERE x.u IS NOT NULL AND x.u <> NEW.executor_id GROUP BY x.u ORDER BY min(x.n));
    people := NEW.executor_id || NEW.others;
    IF TG_OP = 'UPDATE' THEN
        before := OLD.executor_id || OLD.others;
        IF NOT (people @> before AND people <@ before) AND current_user <> 'shuke_owner' THEN
            IF NOT OLD.owner_id = ANY (app.my_owner_ids()) AND NOT app.can('activities.see_all') THEN
                PERFORM app.refuse('Only who created the task can say who does it. Hand your part over instead.');
            ELSIF OLD.state NOT IN ('open', 'accepted') THEN
                PERFORM app.refuse('A finished task cannot be handed over.');
            END IF;
        END IF;
        SELECT count(c.done_at), count(*) INTO ticked, items FROM activities.check_item c WHERE c.task_id = NEW.id;
        IF items > 0 THEN
            NEW.progress := ticked * 100 / items;
        END IF;
    END IF;
    IF app.my_user_id() IS NOT NULL AND EXISTS (SELECT FROM unnest(people) p(id)
            WHERE p.id <> ALL (before) AND NOT EXISTS (SELECT FROM organisation."user" u WHERE u.id = p.id AND u.active)) THEN
        PERFORM app.refuse('That user is closed and cannot be given records.');
    END IF;
    NEW.accepted_by := ARRAY(SELECT x FROM unnest(NEW.accepted_by) x WHERE x = ANY (people));
    NEW.done_by := ARRAY(SELECT x FROM unnest(NEW.done_by) x WHERE x = ANY (people));
    IF NEW.state IN ('open', 'accepted') THEN
        NEW.state := CASE WHEN NEW.done_by @> people THEN 'done' WHEN NEW.accepted_by || NEW.done_by <> '{}' THEN 'accepted'
            ELSE 'open' END;
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER a_people BEFORE INSERT OR UPDATE ON activities.task
    FOR EACH ROW EXECUTE FUNCTION activities.check_task();

-- Who was given a task, or taken out of it, is told; the steps stand in its trail.
CREATE OR REPLACE FUNCTION activities.tell_doers() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE now_doing bigint[] := NEW.executor_id || NEW.others; before bigint[] := '{}'; one bigint;
BEGIN
    IF app.my_user_id() IS NULL THEN
        RETURN NULL;
    END IF;
    IF TG_OP = 'UPDATE' THEN
        before := OLD.executor_id || OLD.others;
    END IF;
    FOREACH one IN ARRAY now_doing LOOP
        CONTINUE WHEN one = ANY (before);
        IF NOT organisation.was_told_of_many(one) THEN
            PERFORM organisation.tell(one, '{by} gave you the task “{subject}”.', jsonb_build_object(
                'by', organisation.my_name(), 'subject', NEW.subject), 'activities.task', NEW.id);
        END IF;
        IF TG_OP = 'UPDATE' THEN
            PERFORM activities.note_step(NEW.id, CASE WHEN one = NEW.executor_id THEN 'given' ELSE 'joined' END, one);
        END IF;
    END LOOP;
    FOREACH one IN ARRAY before LOOP
        IF one <> ALL (now_doing) THEN
            PERFORM activities.note_step(NEW.id, 'left', one);
        END IF;
    END LOOP;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER x_tell_doers AFTER INSERT OR UPDATE OF executor_id, others ON activities.task
    FOR EACH ROW EXECUTE FUNCTION activities.tell_doers();

-- Those of the task's people whose part the caller may take on: his own, else that of everybody below him.
CREATE OR REPLACE FUNCTION activities.my_parts(doc activities.task) RETURNS bigint[]
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE
        WHEN app.my_user_id() = ANY (doc.executor_id || doc.others) THEN ARRAY[app.my_user_id()]
        WHEN app.can('activities.see_all') THEN doc.executor_id || doc.others
        ELSE ARRAY(SELECT p FROM unnest(doc.executor_id || doc.others) p WHERE p = ANY (app.my_owner_ids())) END
$$;

CREATE OR REPLACE FUNCTION activities.open_task(arguments jsonb) RETURNS activities.task
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE target bigint := (arguments ->> 'task_id')::bigint; doc activities.task;
BEGIN
    PERFORM app.require('activities.task.edit');
    PERFORM app.require_visible('activities.task', ARRAY[target], true);
    SELECT * INTO doc FROM activities.task t WHERE t.id = target AND t.deleted_at IS NULL FOR UPDATE;
    IF doc.id IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'SK002', MESSAGE = 'That record is not available.';
    ELSIF arguments ? 'version' AND doc.version <> (arguments ->> 'version')::integer THEN
        PERFORM app.refuse('Somebody else has changed this document. Open it again.');
    END IF;
    RETURN doc;
END $$;

CREATE OR REPLACE FUNCTION activities.changed_task(task_id bigint) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT jsonb_build_object('changes', jsonb_build_object('activities.task', jsonb_build_array(t.id)), 'id', t.id,
        'version', t.version, 'state', t.state) FROM activities.task t WHERE t.id = changed_task.task_id
$$;

-- {"task_id", "version", "to", "said"}: who does it accepts and completes his part; who created it closes, returns, cancels.
CREATE OR REPLACE FUNCTION activities.step_task(arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    doc activities.task := activities.open_task(arguments);
    wanted text := arguments ->> 'to';
    reason text := arguments ->> 'said';
    parts bigint[] := activities.my_parts(doc);
    creates boolean := doc.owner_id = ANY (app.my_owner_ids()) OR app.can('activities.see_all');
    after text;
    one bigint;
BEGIN
    IF wanted IN ('closed', 'cancelled') THEN
        IF NOT creates THEN
            PERFORM app.refuse('Only who created the task can close it.');
        END IF;
        UPDATE activities.task t SET state = wanted WHERE t.id = doc.id;
        PERFORM activities.note_step(doc.id, wanted, NULL, reason);
    ELSIF doc.state = 'done' AND wanted = 'accepted' THEN
        IF NOT creates THEN
            PERFORM app.refuse('Only who created the task can return it.');
        END IF;
        UPDATE activities.task t SET state = 'accepted', done_by = '{}', accepted_by = t.executor_id || t.others WHERE t.id = doc.id;
        PERFORM activities.note_step(doc.id, 'returned', NULL, reason);
        FOREACH one IN ARRAY doc.executor_id || doc.others LOOP
            PERFORM organisation.tell(one, '{by} returned the task “{subject}”.', jsonb_build_object(
                'by', organisation.my_name(), 'subject', doc.subject), 'activities.task', doc.id);
        END LOOP;
    ELSIF doc.state NOT IN ('open', 'accepted') OR wanted NOT IN ('accepted', 'done') OR wanted IS NULL THEN
        PERFORM app.refuse('The task is not in a state in which that can be done.');
    ELSIF parts = '{}' THEN
        PERFORM app.refuse('Only who does the task can accept or complete it.');
    ELSIF wanted = 'accepted' THEN
        IF parts <@ doc.accepted_by AND NOT parts && doc.done_by THEN
            PERFORM app.refuse('The task is accepted already.');
        END IF;
        -- also who had completed his part and takes it up again
        UPDATE activities.task t SET accepted_by = ARRAY(SELECT DISTINCT x FROM unnest(t.accepted_by || parts) x),
            done_by = ARRAY(SELECT x FROM unnest(t.done_by) x WHERE x <> ALL (parts)) WHERE t.id = doc.id;
        PERFORM activities.note_step(doc.id, 'accepted', NULL, reason);
    ELSE
        IF parts <@ doc.done_by THEN
            PERFORM app.refuse('This part of the task is completed already.');
        END IF;
        -- the last one to finish answers for the list
        IF (doc.done_by || parts) @> (doc.executor_id || doc.others)
            AND EXISTS (SELECT FROM activities.check_item c WHERE c.task_id = doc.id AND c.done_at IS NULL) THEN
            PERFORM app.refuse('Items of the checklist are still open. Tick them, or take out what is not needed.');
        END IF;
        UPDATE activities.task t SET done_by = t.done_by || parts,
            progress = CASE WHEN (t.done_by || parts) @> (t.executor_id || t.others) THEN 100 ELSE t.progress END
        WHERE t.id = doc.id RETURNING state INTO after;
        PERFORM activities.note_step(doc.id, CASE after WHEN 'done' THEN 'done' ELSE 'part_done' END, NULL, reason);
        IF after = 'done' THEN
            PERFORM organisation.tell(doc.owner_id, '{by} completed the task “{subject}”.', jsonb_build_object(
                'by', organisation.my_name(), 'subject', doc.subject), 'activities.task', doc.id);
        END IF;
    END IF;
    RETURN activities.changed_task(doc.id);
END $$;
CALL app.offer('activities.step_task');

-- {"task_id", "version", "to_user"}: who does it gives his part to another, who has to accept it anew. A function,
-- because he may not see the task any more afterwards.
CREATE OR REPLACE FUNCTION activities.hand_over(arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    doc activities.task := activities.open_task(arguments);
    receiver bigint := (arguments ->> 'to_user')::bigint;
    parts bigint[] := activities.my_parts(doc);
    giver bigint;
BEGIN
    IF doc.state NOT IN ('open', 'accepted') THEN
        PERFORM app.refuse('A finished task cannot be handed over.');
    ELSIF NOT EXISTS (SELECT FROM app.user_scope s WHERE s.id = receiver) THEN
        PERFORM app.refuse('That user is closed and cannot be given records.');
    ELSIF receiver = ANY (doc.executor_id || doc.others) THEN
        PERFORM app.refuse('That person does this task already.');
    END IF;
    -- who created it, and does no part himself, gives away the first one's
    giver := CASE WHEN parts = '{}' THEN doc.executor_id ELSE parts[1] END;
    UPDATE activities.task t SET executor_id = CASE t.executor_id WHEN giver THEN receiver ELSE t.executor_id END,
        others = array_replace(t.others, giver, receiver) WHERE t.id = doc.id;
    RETURN activities.changed_task(doc.id);
END $$;
CALL app.offer('activities.hand_over');

-- {"task_id", "items": [{"id", "said"}]}: the checklist as it is to be, in this order; what is left out goes.
CREATE OR REPLACE FUNCTION activities.write_checklist(arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE doc activities.task := activities.open_task(arguments); wanted jsonb := coalesce(arguments -> 'items', '[]');
BEGIN
    PERFORM app.require('activities.task.edit');
    IF jsonb_array_length(wanted) > 100 THEN
        PERFORM app.refuse('A checklist has at most 100 items.');
    ELSIF doc.state NOT IN ('open', 'accepted') THEN
        PERFORM app.refuse('The task is not in a state in which that can be done.');
    ELSIF EXISTS (SELECT FROM jsonb_array_elements(wanted) x WHERE app.tidy(coalesce(x ->> 'said', '')) = '') THEN
        PERFORM app.refuse('Write something first.');
    END IF;
    DELETE FROM activities.check_item c WHERE c.task_id = doc.id
        AND c.id <> ALL (ARRAY(SELECT (x ->> 'id')::bigint FROM jsonb_array_elements(wanted) x WHERE x ->> 'id' IS NOT NULL));
    UPDATE activities.check_item c SET said = left(btrim(x.item ->> 'said'), 400), position = x.n
    FROM jsonb_array_elements(wanted) WITH ORDINALITY x(item, n)
    WHERE c.task_id = doc.id AND c.id = (x.item ->> 'id')::bigint;
    INSERT INTO activities.check_item (task_id, position, said)
    SELECT doc.id, x.n, left(btrim(x.item ->> 'said'), 400) FROM jsonb_array_elements(wanted) WITH ORDINALITY x(item, n)
    WHERE x.item ->> 'id' IS NULL;
    -- its trigger counts anew
    UPDATE activities.task t SET progress = t.progress WHERE t.id = doc.id;
    RETURN activities.changed_task(doc.id);
END $$;
-- part of saving the task: called within that transaction
REVOKE ALL ON FUNCTION activities.write_checklist(jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION activities.write_checklist(jsonb) TO shuke_staff;

-- {"task_id", "item_id", "done"}: one line of the checklist is done, or not after all.
CREATE OR REPLACE FUNCTION activities.tick_item(arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE doc activities.task := activities.open_task(arguments); done boolean := (arguments ->> 'done')::boolean;
BEGIN
    IF doc.state NOT IN ('open', 'accepted') THEN
        PERFORM app.refuse('The task is not in a state in which that can be done.');
    END IF;
    UPDATE activities.check_item c SET done_by = CASE WHEN done THEN app.my_user_id() END, done_at = CASE WHEN done THEN now() END
    WHERE c.task_id = doc.id AND c.id = (arguments ->> 'item_id')::bigint AND (c.done_at IS NOT NULL) <> done;
    UPDATE activities.task t SET progress = t.progress WHERE t.id = doc.id;
    RETURN activities.changed_task(doc.id);
END $$;
CALL app.offer('activities.tick_item');
