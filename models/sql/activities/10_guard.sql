CALL app.guard('activities.record', shared_through => '{"customer_id": "customers.customer"}');
CALL app.attachable('activities.record');
SELECT app.make_searchable('activities.record', 'said', 'text', 'result', 'text', 'next_step', 'text');
CALL app.customer_section('records', ARRAY['activities.record'], ARRAY['activities.record.view'], true);
CALL app.guard_part('activities.comment', 'activities.record',
    'said_by = (SELECT app.my_user_id()) OR EXISTS (SELECT FROM activities.record r WHERE r.id = comment.record_id)');
CALL app.goes_with('activities.record', 'customer_id', 'customers.customer');
CALL app.moves_with('activities.record', 'customer_id', 'customers.customer');
CALL app.goes_with('activities.record', 'contact_id', 'customers.contact');

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

-- {"record_id", "said"}: a comment (批复); its author is told until he has opened the record (ACT-03).
CREATE OR REPLACE FUNCTION activities.comment_record(arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE target bigint := (arguments ->> 'record_id')::bigint; added bigint;
BEGIN
    PERFORM app.require_visible('activities.record', ARRAY[target]);
    IF btrim(coalesce(arguments ->> 'said', '')) = '' THEN
        PERFORM app.refuse('Write something first.');
    END IF;
    -- what the author writes himself he need not be told
    INSERT INTO activities.comment (record_id, said, said_by, read_at)
    SELECT r.id, arguments ->> 'said', app.my_user_id(), CASE WHEN r.owner_id = app.my_user_id() THEN now() END
    FROM activities.record r WHERE r.id = target RETURNING id INTO added;
    RETURN jsonb_build_object('changes', jsonb_build_object('activities.comment', jsonb_build_array(added),
        'activities.record', jsonb_build_array(target)));
END $$;
CALL app.offer('activities.comment_record');

-- {"record_id"}: the author of the record has seen its comments.
CREATE OR REPLACE FUNCTION activities.read_comments(arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE target bigint := (arguments ->> 'record_id')::bigint; seen bigint[];
BEGIN
    PERFORM app.require_visible('activities.record', ARRAY[target]);
    WITH done AS (
        UPDATE activities.comment c SET read_at = now() FROM activities.record r
        WHERE c.record_id = target AND r.id = target AND r.owner_id = app.my_user_id() AND c.read_at IS NULL RETURNING c.id)
    SELECT coalesce(array_agg(d.id), '{}') INTO seen FROM done d;
    RETURN jsonb_build_object('changes', jsonb_build_object('activities.comment', to_jsonb(seen)));
END $$;
CALL app.offer('activities.read_comments');
