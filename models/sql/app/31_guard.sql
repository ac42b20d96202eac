-- How a table joins the wall, by one line in its domain's SQL:
--   CALL app.guard('customers.customer');                               owned, staff write it
--   CALL app.guard('sales.order', writable => false);                   owned, only functions write it
--   CALL app.guard('products.product', visible => 'true');              everybody with the right to view
--   CALL app.guard_part('sales.order_line', 'sales.order', …);          rows seen with their document
--   CALL app.append_only('stock.ledger');                               nobody changes a row
-- Each may be called again at every upgrade.

CREATE OR REPLACE FUNCTION app.entity_of(target regclass) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.oid = target
$$;

CREATE OR REPLACE PROCEDURE app.drop_guards(target regclass)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE thing record;
BEGIN
    FOR thing IN SELECT polname AS name FROM pg_policy WHERE polrelid = target LOOP
        EXECUTE format('DROP POLICY %I ON %s', thing.name, target);
    END LOOP;
    FOR thing IN SELECT tgname AS name FROM pg_trigger WHERE tgrelid = target AND NOT tgisinternal LOOP
        EXECUTE format('DROP TRIGGER %I ON %s', thing.name, target);
    END LOOP;
    EXECUTE format('REVOKE ALL ON %s FROM PUBLIC, shuke_staff', target);
    -- a column grant is not taken back by the line above
    FOR thing IN SELECT attname AS name FROM pg_attribute WHERE attrelid = target AND attnum > 0 AND NOT attisdropped
    LOOP
        EXECUTE format('REVOKE ALL (%I) ON %s FROM PUBLIC, shuke_staff', thing.name, target);
    END LOOP;
END $$;

-- Policies: one per scope role, the right checked again inside because a prepared statement keeps a policy
-- that was lifted. ``visible`` is the condition for those who do not see all of the domain. The right is asked for as
-- IS NOT NULL because the planner believes that of nearly all rows; a bare boolean it believes of half of them, and
-- two of a quarter, which cost the year's report its parallel plan.
CREATE OR REPLACE PROCEDURE app.guard(
    target regclass,
    visible text DEFAULT NULL,
    writable boolean DEFAULT true,
    guarded text[] DEFAULT '{}',
    shared_through jsonb DEFAULT '{}',
    "right" text DEFAULT NULL,
    editable text DEFAULT NULL,
    with_history boolean DEFAULT true)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    entity text := app.entity_of(target);
    domain text := split_part(entity, '.', 1);
    sees text := coalesce("right", entity || '.view');
    columns text[] := (SELECT array_agg(attname::text) FROM pg_attribute
                       WHERE attrelid = target AND attnum > 0 AND NOT attisdropped);
    owned boolean := 'owner_id' = ANY (columns);
    kept_from text[] := guarded || ARRAY['id', 'version', 'created_at', 'created_by', 'changed_at', 'changed_by',
        'deleted_at', 'deleted_by', 'deletion_id', 'owner_id', 'branch_id', 'search', 'sort_name'];
    written text;
    rule text := visible;
    rule_edit text := editable;
    own_rule text;
    own_edit text;
    level text := (SELECT s.level FROM app.sharing s WHERE entity = ANY (s.entities));
    way record;
BEGIN
    CALL app.drop_guards(target);
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
    EXECUTE format('GRANT SELECT ON %s TO shuke_staff', target);

    IF rule IS NULL THEN
        rule := 'owner_id = ANY ((SELECT app.my_owner_ids())::bigint[])'
             || format(' OR id = ANY ((SELECT app.my_shared_ids(%L))::bigint[])', entity);
        FOR way IN SELECT * FROM jsonb_each_text(shared_through) LOOP
            rule := rule || format(' OR %I = ANY ((SELECT app.my_shared_ids(%L))::bigint[])', way.key, way.value);
        END LOOP;
        rule_edit := coalesce(editable, 'owner_id = ANY ((SELECT app.my_owner_ids())::bigint[])'
             || format(' OR id = ANY ((SELECT app.my_shared_ids(%L, true))::bigint[])', entity));
    END IF;
    own_edit := coalesce(rule_edit, rule);
    -- customer service reads beyond its own people, but edits no more for that
    own_rule := app.for_service(rule, entity);
    rule := CASE WHEN level IN ('read', 'write') THEN 'true' ELSE own_rule END;
    rule_edit := CASE level WHEN 'write' THEN 'true' ELSE own_edit END;

    EXECUTE format('CREATE POLICY see_all ON %s FOR SELECT TO %I USING ((SELECT nullif(app.can(%L) AND app.can(%L), false)) IS NOT NULL)',
        target, 'shuke_all_' || domain, sees, domain || '.see_all');
    EXECUTE format('CREATE POLICY see ON %s FOR SELECT TO %I USING ((SELECT nullif(app.can(%L), false)) IS NOT NULL AND (%s))',
        target, 'shuke_tree_' || domain, sees, rule);

    IF writable THEN
        SELECT string_agg(quote_ident(c), ', ') INTO written FROM unnest(columns) c WHERE c <> ALL (kept_from);
        EXECUTE format('GRANT INSERT (%s), UPDATE (%s) ON %s TO shuke_staff', written, written, target);
        EXECUTE format('CREATE POLICY add ON %s FOR INSERT TO shuke_staff WITH CHECK ((SELECT app.can(%L))%s)',
            target, entity || '.create', CASE WHEN owned THEN ' AND owner_id = (SELECT app.my_user_id())' ELSE '' END);
        EXECUTE format('CREATE POLICY edit_all ON %s FOR UPDATE TO %I USING ((SELECT app.can(%L)) AND (SELECT app.can(%L)))',
            target, 'shuke_all_' || domain, entity || '.edit', domain || '.see_all');
        EXECUTE format('CREATE POLICY edit ON %s FOR UPDATE TO %I USING ((SELECT app.can(%L)) AND (%s))',
            target, 'shuke_tree_' || domain, entity || '.edit', rule_edit);
        CALL app.check_foreign_keys(target);
    END IF;
    CALL app.add_record_triggers(target, with_history, true);
    INSERT INTO app.guarded (entity, sees, edits, visible, editable, own_visible, own_editable)
    VALUES (entity, sees, entity || '.edit', rule, rule_edit, own_rule, own_edit)
    ON CONFLICT ON CONSTRAINT uq_guarded_entity DO UPDATE SET
        sees = excluded.sees, edits = excluded.edits, visible = excluded.visible, editable = excluded.editable,
        own_visible = excluded.own_visible, own_editable = excluded.own_editable,
        editable_while = NULL, refusal = NULL, deletable = NULL;
END $$;

-- The rule of a kind, with the owners whom customer service reads for this kind in place of one's own people.
CREATE OR REPLACE FUNCTION app.for_service(rule text, entity text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT replace(rule, 'app.my_owner_ids()', format('app.my_owner_ids(%L)', entity))
$$;

-- An upgrade meets the older shape of this procedure.
DROP PROCEDURE IF EXISTS app.guard_part(regclass, regclass, text, boolean, text);
DROP PROCEDURE IF EXISTS app.add_record_triggers(regclass, boolean);

-- Rows that belong to a document or record: seen with it, written by functions only. ``with_notices`` false where
-- nobody shows the rows but within their document, whose own notice says enough.
CREATE OR REPLACE PROCEDURE app.guard_part(
    target regclass, whole regclass, visible text, with_history boolean DEFAULT true, "right" text DEFAULT NULL,
    with_notices boolean DEFAULT true)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    entity text := app.entity_of(whole);
    domain text := split_part(entity, '.', 1);
    sees text := coalesce("right", entity || '.view');
    own_rule text := app.for_service(visible, entity);
    rule text := CASE WHEN EXISTS (SELECT FROM app.sharing s WHERE entity = ANY (s.entities) AND s.level <> 'private')
                 THEN 'true' ELSE own_rule END;
BEGIN
    CALL app.drop_guards(target);
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
    EXECUTE format('GRANT SELECT ON %s TO shuke_staff', target);
    EXECUTE format('CREATE POLICY see_all ON %s FOR SELECT TO %I USING ((SELECT nullif(app.can(%L) AND app.can(%L), false)) IS NOT NULL)',
        target, 'shuke_all_' || domain, sees, domain || '.see_all');
    EXECUTE format('CREATE POLICY see ON %s FOR SELECT TO %I USING ((SELECT nullif(app.can(%L), false)) IS NOT NULL AND (%s))',
        target, 'shuke_tree_' || domain, sees, rule);
    CALL app.add_record_triggers(target, with_history, with_notices);
    INSERT INTO app.part (entity, whole, sees, visible) VALUES (app.entity_of(target), entity, sees, own_rule)
    ON CONFLICT ON CONSTRAINT uq_part_entity DO UPDATE SET
        whole = excluded.whole, sees = excluded.sees, visible = excluded.visible;
END $$;

-- Read only through functions: row-level security without a policy shows nothing.
CREATE OR REPLACE PROCEDURE app.guard_closed(target regclass)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    CALL app.drop_guards(target);
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
END $$;

-- Every table of the company, at the end of an upgrade: also those that no line above brings in.
CREATE OR REPLACE PROCEDURE app.bound_all_values()
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE target regclass;
BEGIN
    FOR target IN SELECT c.oid FROM pg_class c WHERE c.relkind IN ('r', 'p') AND c.relrowsecurity
        AND c.relowner = 'shuke_owner'::regrole ORDER BY c.oid
    LOOP
        CALL app.bound_values(target);
    END LOOP;
END $$;

-- What the types allow and nobody means. NaN is greater than every limit and poisons every sum that it enters; a day
-- beyond the calendar is read by no client, so that one such row empties the lists of everybody; nor are texts of
-- megabytes, deep json and lists of lists meant. One constraint for each table, for loaders and functions as well: made
-- anew where a column came.
CREATE OR REPLACE PROCEDURE app.bound_values(target regclass)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    rule text;
    name text := 'ck_' || (SELECT relname FROM pg_class WHERE oid = target) || '_possible';
BEGIN
    SELECT string_agg(format(CASE
        WHEN t.typname = 'numeric' THEN $c$%1$I <> 'NaN'$c$
        WHEN t.typname = 'date' THEN $c$%1$I BETWEEN '0001-01-01' AND '9999-12-31'$c$
        WHEN t.typname = 'timestamptz' THEN $c$%1$I BETWEEN '0001-01-02 00:00+00' AND '9999-12-30 00:00+00'$c$
        WHEN t.typname = 'text' THEN $c$octet_length(%1$I) <= 1048576$c$
        WHEN t.typname = 'jsonb' THEN $c$octet_length(%1$I::text) <= 1048576 AND NOT %1$I @? '$.**{50 to last}'$c$
        -- an empty list has no dimensions
        ELSE $c$coalesce(array_ndims(%1$I) = 1 AND array_lower(%1$I, 1) = 1, true)$c$ END, a.attname), ' AND '
        ORDER BY a.attnum) INTO rule
    FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
    WHERE a.attrelid = target AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
      AND (t.typname IN ('numeric', 'date', 'timestamptz') OR t.typcategory = 'A'
           -- what functions write is theirs to bound
           OR t.typname IN ('text', 'jsonb') AND has_column_privilege('shuke_staff', target, a.attnum, 'INSERT, UPDATE'));
    -- an upgrade that changes no column does not read the table again
    IF md5(rule) = (SELECT obj_description(c.oid, 'pg_constraint') FROM pg_constraint c
                    WHERE c.conrelid = target AND c.conname = name) THEN
        RETURN;
    END IF;
    EXECUTE format('ALTER TABLE %s DROP CONSTRAINT IF EXISTS %I', target, name);
    IF rule IS NOT NULL THEN
        EXECUTE format('ALTER TABLE %s ADD CONSTRAINT %I CHECK (%s)', target, name, rule);
        EXECUTE format('COMMENT ON CONSTRAINT %I ON %s IS %L', name, target, md5(rule));
    END IF;
END $$;

CREATE OR REPLACE PROCEDURE app.add_record_triggers(target regclass, with_history boolean, with_notices boolean DEFAULT true)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    columns text[] := (SELECT array_agg(attname::text) FROM pg_attribute
                       WHERE attrelid = target AND attnum > 0 AND NOT attisdropped);
    verb text;
    rows text;
BEGIN
    IF 'owner_id' = ANY (columns) AND 'version' = ANY (columns) THEN
        EXECUTE format('CREATE TRIGGER a_own BEFORE INSERT ON %s FOR EACH ROW EXECUTE FUNCTION app.own()', target);
    END IF;
    IF 'version' = ANY (columns) THEN
        EXECUTE format('CREATE TRIGGER b_stamp BEFORE INSERT OR UPDATE ON %s FOR EACH ROW EXECUTE FUNCTION app.stamp()',
            target);
    END IF;
    FOREACH verb IN ARRAY ARRAY['INSERT', 'UPDATE', 'DELETE'] LOOP
        rows := CASE verb WHEN 'INSERT' THEN 'NEW TABLE AS new_rows' WHEN 'DELETE' THEN 'OLD TABLE AS old_rows'
                ELSE 'OLD TABLE AS old_rows NEW TABLE AS new_rows' END;
        IF with_history THEN
            EXECUTE format('CREATE TRIGGER %I AFTER %s ON %s REFERENCING %s FOR EACH STATEMENT EXECUTE FUNCTION %s',
                'y_history_' || lower(verb), verb, target, rows, 'app.write_history()');
        END IF;
        IF with_notices THEN
            EXECUTE format('CREATE TRIGGER %I AFTER %s ON %s REFERENCING %s FOR EACH STATEMENT EXECUTE FUNCTION %s',
                'z_tell_' || lower(verb), verb, target, rows, 'app.tell()');
        END IF;
    END LOOP;
    CALL app.bound_values(target);
    CALL app.date_plausibly(target);
END $$;

-- A document's day is one of its company's time: none before computers kept books, none further ahead than a year, and
-- what it promises within ten. A slip of a key (0206 for 2026) would stand in the ledgers for good. A document is a table
-- with a number and a date. The trigger's condition looks at what is written; its function is called for a refusal only.
CREATE OR REPLACE PROCEDURE app.date_plausibly(target regclass)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE days text[] := ARRAY(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = target AND a.attnum > 0
                             AND NOT a.attisdropped AND a.atttypid = 'date'::regtype AND a.attname NOT LIKE 'custom%'
                             ORDER BY a.attnum);
BEGIN
    IF 'date' = ANY (days) AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = target AND a.attname = 'number') THEN
        EXECUTE format('CREATE TRIGGER a_days BEFORE INSERT OR UPDATE OF %s ON %s FOR EACH ROW WHEN (%s) '
            'EXECUTE FUNCTION app.refuse_days(%s)',
            (SELECT string_agg(quote_ident(d), ', ') FROM unnest(days) d), target,
            (SELECT string_agg(format('NEW.%I NOT BETWEEN ''1990-01-01'' AND app.last_day(%L)', d, d), ' OR ') FROM unnest(days) d),
            (SELECT string_agg(quote_literal(d), ', ') FROM unnest(days) d));
    END IF;
END $$;

-- The last day that a document may name: its own a year from now, what it promises ten years.
CREATE OR REPLACE FUNCTION app.last_day(column_name text) RETURNS date
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT app.today() + CASE column_name WHEN 'date' THEN 366 ELSE 3653 END
$$;
GRANT EXECUTE ON FUNCTION app.last_day(text) TO shuke_staff;

CREATE OR REPLACE FUNCTION app.refuse_days() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE bad record;
BEGIN
    SELECT d.name, (to_jsonb(NEW) ->> d.name)::date AS day INTO bad FROM unnest(TG_ARGV) d(name)
    WHERE (to_jsonb(NEW) ->> d.name)::date NOT BETWEEN '1990-01-01' AND app.last_day(d.name) LIMIT 1;
    PERFORM app.refuse_value(bad.name, '{day} is no day for a document. Type one from {first} to {last}.',
        jsonb_build_object('day', bad.day, 'first', '1990-01-01', 'last', app.last_day(bad.name)));
    RETURN NULL;
END $$;

-- Foreign keys of a staff member's own write: hidden and missing get the same answer. The trigger's function is
-- written for its table, so that its look-ups are planned once and not for every row; as invoker, so that they run
-- under the writer's policies. A definer function has checked by itself, and who is no user (a loader) is bound
-- by the foreign keys alone.
CREATE OR REPLACE PROCEDURE app.check_foreign_keys(target regclass)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    checks text;
    name text := format('app.%I', 'references_of_' || replace(app.entity_of(target), '.', '_'));
BEGIN
    SELECT string_agg(format($check$
    IF NEW.%1$I IS NOT NULL AND NEW.%1$I IS DISTINCT FROM OLD.%1$I THEN
        IF NOT EXISTS (SELECT FROM %2$s x WHERE x.id = NEW.%1$I) AND app.my_user_id() IS NOT NULL THEN
            RAISE EXCEPTION USING ERRCODE = 'SK002', MESSAGE = 'That record is not available.',
                DETAIL = '{"column": "%1$s"}';
        END IF;
    END IF;$check$, a.attname, c.confrelid::regclass::text), '' ORDER BY a.attname) INTO checks
    FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
    JOIN pg_attribute f ON f.attrelid = c.confrelid AND f.attnum = c.confkey[1] AND f.attname = 'id'
    WHERE c.conrelid = target AND c.contype = 'f' AND cardinality(c.conkey) = 1
      AND a.attname NOT IN ('owner_id', 'branch_id');
    IF checks IS NOT NULL THEN
        EXECUTE format('CREATE OR REPLACE FUNCTION %s() RETURNS trigger LANGUAGE plpgsql '
            'SET search_path = pg_catalog, pg_temp AS %L', name, 'BEGIN' || checks || E'\n    RETURN NEW;\nEND');
        EXECUTE format('REVOKE ALL ON FUNCTION %s() FROM PUBLIC', name);
        EXECUTE format('CREATE TRIGGER c_references BEFORE INSERT OR UPDATE ON %s FOR EACH ROW EXECUTE FUNCTION %s()',
            target, name);
    END IF;
END $$;

-- CALL app.lies_in_branch('customers.customer') after app.guard: its branch follows its owner. With ``chosen`` those who may
-- give it away set another one.
CREATE OR REPLACE PROCEDURE app.lies_in_branch(target regclass, chosen boolean DEFAULT false)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    EXECUTE format('CREATE TRIGGER d_follow_owner BEFORE UPDATE OF owner_id ON %s FOR EACH ROW '
        'WHEN (NEW.owner_id IS NOT NULL AND NEW.owner_id IS DISTINCT FROM OLD.owner_id '
        'AND NEW.branch_id IS NOT DISTINCT FROM OLD.branch_id) EXECUTE FUNCTION app.follow_owner()', target);
    IF chosen THEN
        EXECUTE format('GRANT INSERT (branch_id), UPDATE (branch_id) ON %s TO shuke_staff', target);
        EXECUTE format('CREATE TRIGGER d_branch BEFORE UPDATE OF branch_id ON %s FOR EACH ROW '
            'WHEN (NEW.branch_id IS DISTINCT FROM OLD.branch_id) EXECUTE FUNCTION app.keep_branch()', target);
        EXECUTE format('CREATE TRIGGER d_first_branch BEFORE INSERT ON %s FOR EACH ROW '
            'WHEN (NEW.branch_id IS NOT NULL) EXECUTE FUNCTION app.keep_branch()', target);
    END IF;
END $$;

-- Rows that staff change only while ``rule`` (a condition over the row as it is) holds, whatever else they may edit:
-- CALL app.editable_while('activities.task', 'state IN (''open'', ''accepted'')', refusal => …).
-- Functions write it all the same, they have rules of their own. Lists say by ``refusal`` which rows they leave out.
CREATE OR REPLACE PROCEDURE app.editable_while(target regclass, rule text, refusal text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE name text := format('app.%I', 'editable_' || replace(app.entity_of(target), '.', '_'));
BEGIN
    UPDATE app.guarded g SET editable_while = rule, refusal = editable_while.refusal WHERE g.entity = app.entity_of(target);
    EXECUTE format('CREATE OR REPLACE FUNCTION %s() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS %L',
        name, format('DECLARE fine boolean;
BEGIN
    IF current_user <> ''shuke_owner'' AND app.my_user_id() IS NOT NULL THEN
        SELECT %s INTO fine FROM (SELECT (OLD).*) t;
        IF fine IS NOT TRUE THEN
            PERFORM app.refuse(%L);
        END IF;
    END IF;
    RETURN NEW;
END', rule, refusal));
    EXECUTE format('REVOKE ALL ON FUNCTION %s() FROM PUBLIC', name);
    EXECUTE format('CREATE TRIGGER a_editable BEFORE UPDATE ON %s FOR EACH ROW EXECUTE FUNCTION %s()', target, name);
END $$;

-- Who may edit a record puts it into the recycle bin, but only where ``rule`` holds as well:
-- CALL app.deletable_while('activities.task', 'owner_id = ANY ((SELECT app.my_owner_ids())::bigint[])').
-- It goes along with what it belongs to all the same.
CREATE OR REPLACE PROCEDURE app.deletable_while(target regclass, rule text)
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    UPDATE app.guarded g SET deletable = rule WHERE g.entity = app.entity_of(target)
$$;

CREATE OR REPLACE PROCEDURE app.append_only(target regclass)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    EXECUTE format('CREATE TRIGGER a_append_only BEFORE UPDATE OR DELETE ON %s FOR EACH ROW '
        'EXECUTE FUNCTION app.refuse_change()', target);
    EXECUTE format('CREATE TRIGGER a_keep BEFORE TRUNCATE ON %s EXECUTE FUNCTION app.refuse_change()', target);
END $$;

-- A document is frozen while ``posted`` (a condition over OLD) holds, but for the columns named.
CREATE OR REPLACE PROCEDURE app.freeze(target regclass, posted text, changeable text[] DEFAULT '{}')
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    EXECUTE format('CREATE TRIGGER a_frozen BEFORE UPDATE ON %s FOR EACH ROW WHEN (%s) '
        'EXECUTE FUNCTION app.refuse_change(%s)', target, posted,
        (SELECT string_agg(quote_literal(c), ', ')
         FROM unnest(changeable || ARRAY['version', 'changed_at', 'changed_by', 'search', 'sort_name', 'owner_id', 'branch_id']
             -- a column that is computed is empty in NEW before the row is written
             || ARRAY(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = target AND a.attgenerated <> '')) c));
    EXECUTE format('CREATE TRIGGER a_kept BEFORE DELETE ON %s FOR EACH ROW WHEN (%s) '
        'EXECUTE FUNCTION app.refuse_change()', target, posted);
    EXECUTE format('CREATE TRIGGER a_keep BEFORE TRUNCATE ON %s EXECUTE FUNCTION app.refuse_change()', target);
END $$;

CREATE OR REPLACE PROCEDURE app.transitions(target regclass, VARIADIC steps text[])
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    EXECUTE format('CREATE TRIGGER a_transition BEFORE UPDATE ON %s FOR EACH ROW EXECUTE FUNCTION app.check_transition(%s)',
        target, (SELECT string_agg(quote_literal(s), ', ') FROM unnest(steps) s));
END $$;

-- ``child`` rows go into the recycle bin with their ``parent``, and come back with it.
CREATE OR REPLACE PROCEDURE app.goes_with(child regclass, column_name text, parent regclass)
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO app.child (parent, child, column_name, holds)
    VALUES (app.entity_of(parent), app.entity_of(child), column_name, false) ON CONFLICT DO NOTHING
$$;

-- A ``parent`` cannot be deleted while such a child refers to it.
CREATE OR REPLACE PROCEDURE app.holds(child regclass, column_name text, parent regclass)
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO app.child (parent, child, column_name, holds)
    VALUES (app.entity_of(parent), app.entity_of(child), column_name, true) ON CONFLICT DO NOTHING
$$;

-- Documents that other documents count on are taken back by a function of their own, which puts that right; the recycle
-- bin would leave what they hold reserved for ever: CALL app.not_recycled('delivery.note').
CREATE OR REPLACE PROCEDURE app.not_recycled(target regclass)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    EXECUTE format('CREATE TRIGGER a_no_bin BEFORE UPDATE OF deleted_at ON %s FOR EACH ROW '
        'WHEN (NEW.deleted_at IS NOT NULL) EXECUTE FUNCTION app.refuse_bin()', target);
END $$;

CREATE OR REPLACE FUNCTION app.refuse_bin() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM app.refuse('Documents of this kind do not go into the recycle bin. Take the document back instead.');
    RETURN NULL;
END $$;

-- Files may be attached to records of a kind, by one line: CALL app.attachable('customers.customer'). They go into the
-- recycle bin and come back with their record, and are deleted for ever with it.
CREATE OR REPLACE PROCEDURE app.attachable(target regclass)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO app.child (parent, child, column_name, entity_column, holds)
    VALUES (app.entity_of(target), 'system.attachment', 'record_id', 'entity', false) ON CONFLICT DO NOTHING;
    EXECUTE format('CREATE TRIGGER x_attachments AFTER DELETE ON %s REFERENCING OLD TABLE AS old_rows '
        'FOR EACH STATEMENT EXECUTE FUNCTION app.drop_attachments()', target);
END $$;

-- A column that holds the attachment of a field, such as a picture: CALL app.holds_file('products.product', 'picture_id').
CREATE OR REPLACE PROCEDURE app.holds_file(target regclass, column_name text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    EXECUTE format('CREATE TRIGGER %I AFTER INSERT ON %s FOR EACH ROW WHEN (NEW.%I IS NOT NULL) '
        'EXECUTE FUNCTION app.bind_file(%L)', 'x_file_' || column_name, target, column_name, column_name);
    EXECUTE format('CREATE TRIGGER %I AFTER UPDATE ON %s FOR EACH ROW WHEN (NEW.%I IS DISTINCT FROM OLD.%I) '
        'EXECUTE FUNCTION app.bind_file(%L)', 'x_file_' || column_name || '_changed', target, column_name, column_name,
        column_name);
END $$;

CREATE OR REPLACE FUNCTION app.drop_attachments() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE kind text := TG_TABLE_SCHEMA || '.' || TG_TABLE_NAME; gone bigint[];
BEGIN
    WITH dropped AS (
        DELETE FROM system.attachment a WHERE a.entity = kind AND a.record_id IN (SELECT o.id FROM old_rows o) RETURNING a.id
    ) SELECT array_agg(d.id) INTO gone FROM dropped d;
    DELETE FROM app.deletion d WHERE d.entity = 'system.attachment' AND d.record_id = ANY (gone);
    RETURN NULL;
END $$;

-- What a form chose becomes the record's own; what it had before goes into the recycle bin. Only a file that nobody's
-- record has yet and the writer himself sent, or one that was this record's already: no other can be taken over.
CREATE OR REPLACE FUNCTION app.bind_file() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    kind text := TG_TABLE_SCHEMA || '.' || TG_TABLE_NAME;
    given bigint := (to_jsonb(NEW) ->> TG_ARGV[0])::bigint;
    before bigint;
    gone bigint;
BEGIN
    IF given IS NOT NULL THEN
        UPDATE system.attachment a SET entity = kind, record_id = NEW.id, field = TG_ARGV[0],
            deleted_at = NULL, deleted_by = NULL, deletion_id = NULL
        WHERE a.id = given AND (a.entity = kind AND a.record_id = NEW.id
            OR a.record_id IS NULL AND coalesce(a.created_by = app.my_user_id(), app.my_user_id() IS NULL));
        IF NOT FOUND THEN
            RAISE EXCEPTION USING ERRCODE = 'SK002', MESSAGE = 'That record is not available.',
                DETAIL = jsonb_build_object('column', TG_ARGV[0])::text;
        END IF;
        DELETE FROM app.deletion d WHERE d.entity = 'system.attachment' AND d.record_id = given;
    END IF;
    IF TG_OP = 'UPDATE' THEN
        before := (to_jsonb(OLD) ->> TG_ARGV[0])::bigint;
        IF before IS NOT NULL THEN
            INSERT INTO app.deletion (user_id, entity, record_id) VALUES (app.my_user_id(), 'system.attachment', before)
            RETURNING id INTO gone;
            UPDATE system.attachment a SET field = NULL, deleted_at = now(), deleted_by = app.my_user_id(),
                deletion_id = gone WHERE a.id = before AND a.deleted_at IS NULL;
        END IF;
    END IF;
    RETURN NULL;
END $$;
