-- 'Why can I see this?' (ORG-15): the rule of the table (app.guarded), taken apart for one person and one record.

-- The reasons why ``user_id`` sees a record, in the order in which one would tell them; empty: he does not see it.
-- Not for staff: checks nothing.
CREATE OR REPLACE FUNCTION app.reasons(entity text, record_id bigint, user_id bigint) RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    g app.guarded;
    who app.user_scope;
    fields jsonb;
    found jsonb := '[]';
    way record;
    given record;
    owner bigint;
BEGIN
    SELECT * INTO g FROM app.guarded x WHERE x.entity = reasons.entity;
    SELECT * INTO who FROM app.user_scope s WHERE s.id = reasons.user_id;
    IF g.id IS NULL OR who.id IS NULL OR g.sees <> ALL (who.rights) THEN
        RETURN '[]';
    END IF;
    EXECUTE format('SELECT to_jsonb(t) - ''search'' FROM %I.%I t WHERE id = $1', split_part(entity, '.', 1),
        split_part(entity, '.', 2)) INTO fields USING record_id;
    IF fields IS NULL THEN
        RETURN '[]';
    END IF;
    IF g.visible ~ E'app\\.visible_ids\\(entity, ARRAY\\[record_id\\]\\)' THEN
        -- seen with the record that it belongs to, for that one's reasons
        RETURN app.reasons(fields ->> 'entity', (fields ->> 'record_id')::bigint, user_id);
    END IF;
    IF g.visible = 'true' THEN
        found := found || jsonb_build_object('reason', 'everybody', 'right', g.sees);
    END IF;
    -- what nobody owns is shown to those who have a right to it, such as the customer pool
    FOR way IN SELECT m[1] AS column_name, m[2] AS held FROM regexp_matches(
        g.visible, E'(\\w+) IS NULL AND \\(SELECT app\\.can\\(''([a-z_.]+)''\\)', 'g') m
    LOOP
        IF fields ->> way.column_name IS NULL AND way.held = ANY (who.rights) THEN
            found := found || jsonb_build_object('reason', 'everybody', 'right', way.held);
        END IF;
    END LOOP;
    -- every column that the rule compares with the people below: the owner, or the executor of a task
    FOR way IN SELECT m[1] AS column_name FROM regexp_matches(
        g.own_visible, E'(\\w+) = ANY \\(\\(SELECT app\\.my_owner_ids\\([^)]*\\)\\)', 'g') m
    LOOP
        owner := (fields ->> way.column_name)::bigint;
        IF owner = who.id THEN
            found := found || jsonb_build_object('reason', CASE way.column_name WHEN 'owner_id' THEN 'owner' ELSE 'doer' END);
        ELSIF owner = ANY (who.owner_ids) THEN
            found := found || jsonb_build_object('reason', 'superior', 'of', (
                SELECT u.name FROM organisation."user" u WHERE u.id = owner), 'path', app.path_of_positions(owner, who.id));
        END IF;
    END LOOP;
    -- and every list of people that it does, such as those who do a task together
    FOR way IN SELECT m[1] AS column_name FROM regexp_matches(
        g.own_visible, E'(\\w+) && \\(SELECT app\\.my_owner_ids\\([^)]*\\)\\)', 'g') m
    LOOP
        FOR owner IN SELECT x::bigint FROM jsonb_array_elements_text(fields -> way.column_name) x LOOP
            IF owner = who.id THEN
                found := found || jsonb_build_object('reason', CASE way.column_name WHEN 'asked_by' THEN 'asker' ELSE 'doer' END);
            ELSIF owner = ANY (who.owner_ids) THEN
                found := found || jsonb_build_object('reason', 'superior', 'of', (
                    SELECT u.name FROM organisation."user" u WHERE u.id = owner), 'path', app.path_of_positions(owner, who.id));
            END IF;
        END LOOP;
    END LOOP;
    IF g.entity = ANY (who.reads_all) AND g.own_visible ~ E'my_owner_ids\\(''' THEN
        found := found || jsonb_build_object('reason', 'service', 'section', (
            SELECT s.key FROM app.section s WHERE g.entity = ANY (s.entities) AND s.shown ORDER BY s.id LIMIT 1));
    END IF;
    IF g.own_visible ~ 'my_warehouse_ids' AND (fields ->> 'warehouse_id')::bigint = ANY (who.warehouse_ids) THEN
        found := found || jsonb_build_object('reason', 'keeper', 'warehouse', (
            SELECT w.name FROM stock.warehouse w WHERE w.id = (fields ->> 'warehouse_id')::bigint));
    END IF;
    FOR way IN SELECT m[1] AS column_name, m[2] AS shared FROM regexp_matches(
        g.own_visible, E'(\\w+) = ANY \\(\\(SELECT app\\.my_shared_ids\\(''([a-z_.]+)''', 'g') m
    LOOP
        FOR given IN
            SELECT s.can_edit, s.until, b.name AS giver, p.name AS place, s.department FROM organisation.share s
            LEFT JOIN organisation."user" b ON b.id = s.shared_by LEFT JOIN organisation.position p ON p.id = s.position_id
            WHERE s.entity = way.shared AND s.record_id = (fields ->> way.column_name)::bigint
              AND (s.user_id = who.id OR s.position_id = ANY (who.position_ids) OR s.department = ANY (who.departments))
              AND (s.until IS NULL OR s.until >= app.today()) ORDER BY s.id
        LOOP
            found := found || jsonb_build_object('reason', 'share', 'entity', way.shared, 'by', given.giver,
                'position', given.place, 'department', given.department, 'until', given.until, 'can_edit', given.can_edit);
        END LOOP;
    END LOOP;
    IF split_part(entity, '.', 1) || '.see_all' = ANY (who.rights) THEN
        found := found || jsonb_build_object('reason', 'see_all', 'roles', (
            SELECT jsonb_agg(r.name ORDER BY r.id) FROM organisation.user_role ur JOIN organisation.role r ON r.id = ur.role_id
            WHERE ur.user_id = who.id AND split_part(entity, '.', 1) || '.see_all' = ANY (r.rights)));
    END IF;
    RETURN found;
END $$;

-- The names of the positions from the owner's up to the superior's.
CREATE OR REPLACE FUNCTION app.path_of_positions(from_user bigint, to_user bigint) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH RECURSIVE above(id, parent_id, name, step) AS (
        SELECT p.id, p.parent_id, p.name, 1 FROM organisation.position p JOIN organisation."user" u ON u.position_id = p.id
        WHERE u.id = from_user
        UNION
        SELECT p.id, p.parent_id, p.name, a.step + 1 FROM above a JOIN organisation.position p ON p.id = a.parent_id
        WHERE a.id <> (SELECT u.position_id FROM organisation."user" u WHERE u.id = to_user) AND a.step < 100
    )
    SELECT jsonb_agg(a.name ORDER BY a.step) FROM above a
$$;

CREATE OR REPLACE FUNCTION app.why_visible(entity text, record_id bigint) RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM app.require_visible(entity, ARRAY[record_id]);
    RETURN app.reasons(entity, record_id, app.my_user_id());
END $$;

-- Who can see this? For those who read the change history: [{"user_id", "name", "reasons"}].
CREATE OR REPLACE FUNCTION app.who_sees(entity text, record_id bigint) RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM app.require('system.history');
    PERFORM app.require_visible(entity, ARRAY[record_id]);
    RETURN (
        SELECT coalesce(jsonb_agg(jsonb_build_object('user_id', x.id, 'name', x.name, 'reasons', x.why) ORDER BY x.id), '[]')
        FROM (SELECT u.id, u.name, app.reasons(who_sees.entity, who_sees.record_id, u.id) AS why
              FROM organisation."user" u WHERE u.active) x
        WHERE x.why <> '[]');
END $$;

-- Who owned a record when: for everybody who sees it (ORG-13), while the whole history needs its right.
CREATE OR REPLACE FUNCTION app.owners_before(entity text, record_id bigint) RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM app.require_visible(entity, ARRAY[record_id]);
    RETURN (
        SELECT coalesce(jsonb_agg(jsonb_build_object('at', h.at, 'by', b.name, 'from', f.name, 'to', t.name) ORDER BY h.id), '[]')
        FROM app.history h
        LEFT JOIN organisation."user" b ON b.id = h.user_id
        LEFT JOIN organisation."user" f ON f.id = (h.changes -> 'owner_id' ->> 0)::bigint
        LEFT JOIN organisation."user" t ON t.id = (h.changes -> 'owner_id' ->> 1)::bigint
        WHERE h.entity = owners_before.entity AND h.record_id = owners_before.record_id
          AND h.action = 'change' AND h.changes ? 'owner_id');
END $$;
GRANT EXECUTE ON FUNCTION app.why_visible(text, bigint), app.who_sees(text, bigint), app.owners_before(text, bigint)
    TO shuke_staff;
