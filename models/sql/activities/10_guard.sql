CALL app.guard('activities.record', shared_through => '{"customer_id": "customers.customer"}');
-- who wrote it corrects it; those above him comment
CALL app.editable_while('activities.record', 'owner_id = (SELECT app.my_user_id())',
    refusal => 'Only who wrote a contact record can change it. Comment on it instead.');
CALL app.attachable('activities.record');
CALL app.shapes('activities.record', lengths => '{"said": 8000, "result": 400, "next_step": 400}');
SELECT app.make_searchable('activities.record', 'said', 'text', 'result', 'text', 'next_step', 'text');
CALL app.shared_kind('records', 'activities.record');
CALL app.customer_section('records', ARRAY['activities.record'], ARRAY['activities.record.view'], true);
CALL app.guard_part('activities.comment', 'activities.record',
    'said_by = (SELECT app.my_user_id()) OR EXISTS (SELECT FROM activities.record r WHERE r.id = comment.record_id)');
CALL app.goes_with('activities.record', 'customer_id', 'customers.customer');
CALL app.moves_with('activities.record', 'customer_id', 'customers.customer');
CALL app.goes_with('activities.record', 'contact_id', 'customers.contact');

-- The contact is one of the customer's, or belongs there as well; and what is written down has happened.
CREATE OR REPLACE FUNCTION activities.check_record() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.contact_id IS NOT NULL
       AND (TG_OP = 'INSERT' OR (NEW.contact_id, NEW.customer_id) IS DISTINCT FROM (OLD.contact_id, OLD.customer_id))
       AND NOT EXISTS (SELECT FROM customers.contact k WHERE k.id = NEW.contact_id AND k.customer_id = NEW.customer_id)
       AND NOT EXISTS (SELECT FROM customers.contact_link l
                       WHERE l.contact_id = NEW.contact_id AND l.customer_id = NEW.customer_id) THEN
        PERFORM app.refuse('This contact belongs to another customer.');
    ELSIF (NEW.happened_at AT TIME ZONE 'Asia/Shanghai')::date > (now() AT TIME ZONE 'Asia/Shanghai')::date
       AND (TG_OP = 'INSERT' OR NEW.happened_at <> OLD.happened_at) THEN
        PERFORM app.refuse('A contact record tells what has happened. Make a task of what is to come.');
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER d_check BEFORE INSERT OR UPDATE OF customer_id, contact_id, happened_at ON activities.record
    FOR EACH ROW EXECUTE FUNCTION activities.check_record();

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

-- One that was corrected, deleted or brought back: the customers' newest records are looked up again.
CREATE OR REPLACE FUNCTION activities.touch_again() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE customers.customer c SET last_contact_on = x.day
    FROM (SELECT t.id, (SELECT (max(r.happened_at) AT TIME ZONE 'Asia/Shanghai')::date FROM activities.record r
                        WHERE r.customer_id = t.id AND r.deleted_at IS NULL) AS day
          FROM (SELECT unnest(ARRAY[o.customer_id, n.customer_id]) AS id FROM old_rows o JOIN new_rows n USING (id)
                WHERE (o.customer_id, o.happened_at, o.deleted_at) IS DISTINCT FROM
                      (n.customer_id, n.happened_at, n.deleted_at)
                GROUP BY 1) t) x
    WHERE c.id = x.id AND c.last_contact_on IS DISTINCT FROM x.day;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER x_touch_again AFTER UPDATE ON activities.record REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION activities.touch_again();

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
    PERFORM organisation.tell(r.owner_id, '{by} commented on your contact record with {customer}.', jsonb_build_object(
        'by', organisation.my_name(), 'customer', coalesce(c.name, '')), 'activities.record', target)
    FROM activities.record r LEFT JOIN customers.customer c ON c.id = r.customer_id WHERE r.id = target AND r.owner_id IS NOT NULL;
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
