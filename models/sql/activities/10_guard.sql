CALL app.guard('activities.record', shared_through => '{"customer_id": "customers.customer"}');
SELECT app.make_searchable('activities.record', 'said', 'text', 'result', 'text', 'next_step', 'text');
CALL app.guard_part('activities.comment', 'activities.record',
    'said_by = (SELECT app.my_user_id()) OR record_id = ANY (app.visible_ids(''activities.record'', ARRAY[record_id]))');
CALL app.goes_with('activities.record', 'customer_id', 'customers.customer');
CALL app.goes_with('activities.record', 'contact_id', 'customers.contact');

-- A task is seen by who created it, who does it, and those above either; the executor may edit it.
CALL app.guard('activities.task', visible =>
    'owner_id = ANY ((SELECT app.my_owner_ids())::bigint[]) OR executor_id = ANY ((SELECT app.my_owner_ids())::bigint[])');
SELECT app.make_searchable('activities.task', 'subject', 'name', 'description', 'text');
CALL app.goes_with('activities.task', 'customer_id', 'customers.customer');
CALL app.transitions('activities.task', 'open>accepted', 'open>done', 'accepted>done', 'done>closed', 'done>accepted',
    'open>cancelled', 'accepted>cancelled');

-- The executor accepts and completes, the creator (or who stands above him) closes and returns.
CREATE OR REPLACE FUNCTION activities.check_task_step() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF app.my_user_id() IS NULL OR app.can('activities.see_all') THEN
        RETURN NEW;
    END IF;
    IF NEW.state IN ('closed', 'cancelled') AND NOT OLD.owner_id = ANY (app.my_owner_ids()) THEN
        PERFORM app.refuse('Only who created the task can close it.');
    ELSIF OLD.state = 'done' AND NEW.state = 'accepted' AND NOT OLD.owner_id = ANY (app.my_owner_ids()) THEN
        PERFORM app.refuse('Only who created the task can return it.');
    ELSIF NEW.state IN ('accepted', 'done') AND OLD.state <> 'done'
          AND NOT OLD.executor_id = ANY (app.my_owner_ids()) THEN
        PERFORM app.refuse('Only who does the task can accept or complete it.');
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER c_step BEFORE UPDATE OF state ON activities.task
    FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION activities.check_task_step();

CREATE OR REPLACE FUNCTION activities.touch_customer() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE customers.customer c SET last_contact_on = x.day
    FROM (SELECT n.customer_id, max((n.happened_at AT TIME ZONE 'Asia/Shanghai')::date) AS day
          FROM new_rows n GROUP BY n.customer_id) x
    WHERE c.id = x.customer_id AND (c.last_contact_on IS NULL OR c.last_contact_on < x.day);
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER x_touch AFTER INSERT ON activities.record REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION activities.touch_customer();

CREATE OR REPLACE FUNCTION activities.comment_record(arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE target bigint := (arguments ->> 'record_id')::bigint; added bigint;
BEGIN
    PERFORM app.require_visible('activities.record', ARRAY[target]);
    IF btrim(coalesce(arguments ->> 'said', '')) = '' THEN
        PERFORM app.refuse('Write something first.');
    END IF;
    INSERT INTO activities.comment (record_id, said, said_by)
    VALUES (target, arguments ->> 'said', app.my_user_id()) RETURNING id INTO added;
    RETURN jsonb_build_object('changes', jsonb_build_object('activities.comment', jsonb_build_array(added),
        'activities.record', jsonb_build_array(target)));
END $$;
CALL app.offer('activities.comment_record');
