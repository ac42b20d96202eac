-- Saved searches (PLT-12): seen by their owner, by those they are shared with, by everybody if offered to all; and
-- only by who may see the list they belong to, because a condition can name what stands in it.
CALL app.guard('system.saved_search',
    visible => '(owner_id = (SELECT app.my_user_id()) OR everybody '
        'OR id = ANY ((SELECT app.my_shared_ids(''system.saved_search''))::bigint[])) AND app.can(entity || ''.view'')',
    editable => 'owner_id = (SELECT app.my_user_id()) '
        'OR id = ANY ((SELECT app.my_shared_ids(''system.saved_search'', true))::bigint[])',
    guarded => ARRAY['everybody', 'entity']);
GRANT INSERT (entity) ON system.saved_search TO shuke_staff;
CALL app.held_by('system.saved_search', personal => true);

-- {"id", "everybody"}: offers an own search to all who may see its list, or takes it back. Who administers settings
-- may take any back, so that a search of somebody who left does not stay for ever.
CREATE OR REPLACE FUNCTION system.offer_search(arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    target bigint := (arguments ->> 'id')::bigint;
    wanted boolean := coalesce((arguments ->> 'everybody')::boolean, false);
BEGIN
    PERFORM app.require('system.saved_search.share');
    PERFORM app.require_visible('system.saved_search', ARRAY[target], wanted OR NOT app.can('system.settings'));
    IF wanted AND NOT EXISTS (SELECT FROM system.saved_search s WHERE s.id = target AND s.owner_id = app.my_user_id()) THEN
        PERFORM app.refuse('Only who made a search can offer it to everybody.');
    END IF;
    UPDATE system.saved_search s SET everybody = wanted WHERE s.id = target AND s.everybody <> wanted;
    RETURN jsonb_build_object('changes', jsonb_build_object('system.saved_search', jsonb_build_array(target)));
END $$;
CALL app.offer('system.offer_search');
