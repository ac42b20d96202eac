-- The sharing model of each kind of record (ORG-11), and what customer service sees of customers (ORG-12). A kind and
-- a section are a line in their domain's SQL:
--   CALL app.shared_kind('customers', 'customers.customer', 'customers.contact');
--   CALL app.customer_section('orders', ARRAY['sales.order'], ARRAY['sales.order.view'], shown => false);

CALL app.guard_closed('app.part');
CALL app.guard_closed('app.sharing');
GRANT SELECT ON app.sharing TO shuke_staff;
CREATE POLICY see ON app.sharing FOR SELECT TO shuke_staff USING (true);
CALL app.add_record_triggers('app.sharing', true);
CALL app.guard_closed('app.section');
GRANT SELECT ON app.section TO shuke_staff;
CREATE POLICY see ON app.section FOR SELECT TO shuke_staff USING (true);
CALL app.add_record_triggers('app.section', true);
CREATE OR REPLACE TRIGGER scope_ins AFTER INSERT OR UPDATE OR DELETE ON app.section
    FOR EACH STATEMENT EXECUTE FUNCTION app.scope_changed();

-- A kind is private until the administrator opens it; what he chose stays at an upgrade.
CREATE OR REPLACE PROCEDURE app.shared_kind(kind text, VARIADIC entities text[])
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO app.sharing (kind, entities) VALUES (kind, entities)
    ON CONFLICT ON CONSTRAINT uq_sharing_kind DO UPDATE SET entities = excluded.entities;
    PERFORM app.apply_sharing(e) FROM unnest(entities) e;
END $$;

-- ``shown`` holds for a new company only.
CREATE OR REPLACE PROCEDURE app.customer_section(key text, entities text[], rights text[], shown boolean DEFAULT false)
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO app.section (key, entities, rights, shown) VALUES (key, entities, rights, shown)
    ON CONFLICT ON CONSTRAINT uq_section_key DO UPDATE SET entities = excluded.entities, rights = excluded.rights
$$;

-- Puts the level of an entity's kind into its policies and those of its parts. The rule is changed, not asked for
-- every row: an open kind costs nothing, and a cached plan is made anew. Not for staff: checks nothing.
CREATE OR REPLACE FUNCTION app.apply_sharing(entity text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    level text := (SELECT s.level FROM app.sharing s WHERE apply_sharing.entity = ANY (s.entities));
    g app.guarded;
    part app.part;
BEGIN
    SELECT * INTO g FROM app.guarded x WHERE x.entity = apply_sharing.entity;
    IF g.id IS NULL THEN
        RETURN;
    END IF;
    g.visible := CASE WHEN level IN ('read', 'write') THEN 'true' ELSE g.own_visible END;
    g.editable := CASE level WHEN 'write' THEN 'true' ELSE g.own_editable END;
    UPDATE app.guarded x SET visible = g.visible, editable = g.editable WHERE x.id = g.id;
    PERFORM app.alter_policy(entity, 'see', g.sees, g.visible);
    PERFORM app.alter_policy(entity, 'edit', g.edits, g.editable);
    FOR part IN SELECT * FROM app.part p WHERE p.whole = apply_sharing.entity AND p.entity <> p.whole LOOP
        PERFORM app.alter_policy(part.entity, 'see', part.sees,
            CASE WHEN level IN ('read', 'write') THEN 'true' ELSE part.visible END);
    END LOOP;
END $$;

CREATE OR REPLACE FUNCTION app.alter_policy(entity text, policy text, permission text, rule text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE target regclass := to_regclass(format('%I.%I', split_part(entity, '.', 1), split_part(entity, '.', 2)));
BEGIN
    IF EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = target AND p.polname = policy) THEN
        -- the right as app.guard asks for it: another shape would have the planner believe it of half the rows
        EXECUTE format('ALTER POLICY %I ON %s USING ((SELECT nullif(app.can(%L), false)) IS NOT NULL AND (%s))',
            policy, target, permission, rule);
    END IF;
END $$;

-- Whether the caller, beside what is shared with him, reads more of a kind (or of the parts of its documents) than his
-- own people's: it is open to everybody, or shown to customer service. A list then does not sort what he sees as if
-- it were little.
CREATE OR REPLACE FUNCTION app.reads_beyond(entity text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH w AS (SELECT coalesce((SELECT p.whole FROM app.part p WHERE p.entity = reads_beyond.entity),
                               reads_beyond.entity) AS kind)
    SELECT EXISTS (SELECT FROM app.sharing s, w WHERE s.level <> 'private' AND w.kind = ANY (s.entities))
        OR EXISTS (SELECT FROM app.guarded g WHERE g.entity = reads_beyond.entity AND g.visible = 'true')
        OR EXISTS (SELECT FROM app.user_scope s, w WHERE s.login = session_user AND w.kind = ANY (s.reads_all)
            AND (NOT s.limited OR app.admitted(s.networks, s.hours_from, s.hours_to, s.encrypted)))
$$;
REVOKE ALL ON FUNCTION app.reads_beyond(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.reads_beyond(text) TO shuke_staff;

-- {"levels": {kind: private | read | write}, "before": {kind: level}}: by the administrator; the boss is told, because it
-- opens what people own. All or none of them, and none where another level than that ``before`` is in force by now.
CREATE OR REPLACE FUNCTION app.set_sharing(arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '4s' AS $$
DECLARE
    wanted record; kinds app.sharing; written bigint[] := '{}';
BEGIN
    PERFORM app.require('system.settings');
    -- always in one order, so that two administrators wait for one another and no longer
    FOR wanted IN SELECT l.key AS kind, l.value AS level FROM jsonb_each_text(arguments -> 'levels') l ORDER BY l.key LOOP
        SELECT * INTO kinds FROM app.sharing s WHERE s.kind = wanted.kind FOR UPDATE;
        IF kinds.id IS NULL OR wanted.level IS NULL OR wanted.level NOT IN ('private', 'read', 'write') THEN
            RAISE EXCEPTION USING ERRCODE = 'SK002', MESSAGE = 'That record is not available.';
        ELSIF kinds.level <> wanted.level THEN
            IF kinds.level <> coalesce(arguments -> 'before' ->> wanted.kind, kinds.level) THEN
                PERFORM app.refuse('Somebody else has changed these levels meanwhile. Look at them and choose again.');
            END IF;
            UPDATE app.sharing s SET level = wanted.level WHERE s.id = kinds.id;
            PERFORM app.apply_sharing(e) FROM unnest(kinds.entities) e ORDER BY e;
            PERFORM organisation.tell_bosses(CASE wanted.level
                WHEN 'private' THEN '{by} made {kind} private again.'
                WHEN 'read' THEN '{by} opened {kind} to everybody for reading.'
                ELSE '{by} opened {kind} to everybody for reading and editing.' END,
                jsonb_build_object('kind', kinds.kind));
            written := written || kinds.id;
        END IF;
    END LOOP;
    IF written <> '{}' THEN
        PERFORM pg_notify('shuke', 'scope::' || pg_backend_pid());
    END IF;
    RETURN jsonb_build_object('changes', jsonb_build_object('app.sharing', to_jsonb(written)));
EXCEPTION WHEN lock_not_available THEN
    PERFORM app.refuse('People are just working with these records. Try again in a moment.');
END $$;
CALL app.offer('app.set_sharing');

-- {"shown": [keys]}: which sections customer service sees, all others not. Takes effect at once.
CREATE OR REPLACE FUNCTION app.set_sections(arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    wanted text[] := ARRAY(SELECT x FROM jsonb_array_elements_text(arguments -> 'shown') x);
    unwanted text[] := ARRAY(SELECT x FROM jsonb_array_elements_text(arguments -> 'hidden') x);
    changed bigint[];
BEGIN
    PERFORM app.require('system.settings');
    IF EXISTS (SELECT FROM unnest(wanted || unwanted) w WHERE NOT EXISTS (SELECT FROM app.section s WHERE s.key = w)) THEN
        RAISE EXCEPTION USING ERRCODE = 'SK002', MESSAGE = 'That record is not available.';
    END IF;
    -- the lock of app.rebuild_scope before any row
    PERFORM pg_advisory_xact_lock(7352001);
    WITH u AS (UPDATE app.section s SET shown = NOT s.shown
               WHERE s.key = ANY (CASE WHEN s.shown THEN unwanted ELSE wanted END) RETURNING s.id)
    SELECT coalesce(array_agg(u.id), '{}') INTO changed FROM u;
    IF changed <> '{}' THEN
        PERFORM organisation.tell_bosses('{by} changed what customer service sees of customers.', '{}');
    END IF;
    RETURN jsonb_build_object('changes', jsonb_build_object('app.section', to_jsonb(changed)));
END $$;
CALL app.offer('app.set_sections');
