-- Triggers that every record shares. A table joins them by app.guard (31_guard.sql).

-- Version, who and when. Runs for everybody, so nobody can write these columns by himself.
CREATE OR REPLACE FUNCTION app.stamp() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE me bigint := app.my_user_id();
BEGIN
    IF TG_OP = 'INSERT' THEN
        NEW.created_at := coalesce(NEW.created_at, now());
        NEW.created_by := coalesce(me, NEW.created_by);
        NEW.changed_at := NEW.created_at;
        NEW.changed_by := NEW.created_by;
    ELSE
        NEW.version := OLD.version + 1;
        NEW.changed_at := now();
        NEW.changed_by := me;
    END IF;
    RETURN NEW;
END $$;

-- Whoever creates a record owns it, in his branch.
CREATE OR REPLACE FUNCTION app.own() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    NEW.owner_id := coalesce(NEW.owner_id, app.my_user_id());
    NEW.branch_id := coalesce(NEW.branch_id, app.my_branch_id());
    RETURN NEW;
END $$;

-- A record lies in the branch of whoever owns it: it goes along when it gets another owner, by transfer, hand-over or out
-- of the pool. In the pool, and with an owner of no branch, it stays where it was.
CREATE OR REPLACE FUNCTION app.follow_owner() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    NEW.branch_id := coalesce((SELECT u.branch_id FROM organisation."user" u WHERE u.id = NEW.owner_id), OLD.branch_id);
    RETURN NEW;
END $$;

-- The branch is set to another than the owner's by who might give the record away.
CREATE OR REPLACE FUNCTION app.keep_branch() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF app.my_user_id() IS NULL OR TG_OP = 'INSERT' AND NEW.branch_id IS NOT DISTINCT FROM app.my_branch_id() THEN
        RETURN NEW;
    END IF;
    PERFORM app.require('organisation.transfer');
    IF TG_OP = 'UPDATE' AND NOT app.can(TG_TABLE_SCHEMA || '.see_all')
       AND coalesce(OLD.owner_id <> ALL (app.my_owner_ids()), true) THEN
        PERFORM app.refuse('You can only choose the branch of records of your own people.');
    ELSIF NEW.branch_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM organisation.branch b WHERE b.id = NEW.branch_id AND b.deleted_at IS NULL) THEN
        RAISE EXCEPTION USING ERRCODE = 'SK002', MESSAGE = 'That record is not available.',
            DETAIL = '{"column": "branch_id"}';
    END IF;
    RETURN NEW;
END $$;

-- The change history: one statement-level trigger per verb, differences only.
CREATE OR REPLACE FUNCTION app.write_history() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    writer bigint := app.my_user_id();
    entity_key text := TG_TABLE_SCHEMA || '.' || TG_TABLE_NAME;
    xid bigint := pg_current_xact_id()::text::bigint;
    from_client text := concat_ws(' ', host(inet_client_addr()), current_setting('application_name'));
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO app.history (transaction, login, user_id, client, entity, record_id, action)
        SELECT xid, session_user, writer, from_client, entity_key, n.id, 'create' FROM new_rows n;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO app.history (transaction, login, user_id, client, entity, record_id, action, changes)
        SELECT xid, session_user, writer, from_client, entity_key, d.id,
               CASE WHEN d.changes ? 'deleted_at' AND d.changes -> 'deleted_at' ->> 0 IS NULL THEN 'delete'
                    WHEN d.changes ? 'deleted_at' THEN 'restore' ELSE 'change' END,
               d.changes - 'deleted_at' - 'deleted_by' - 'deletion_id'
        FROM (
            -- each row becomes jsonb once: joining two jsonb_each took three times as long
            SELECT r.id, (
                SELECT jsonb_object_agg(a.key, jsonb_build_array(a.value, r.new -> a.key))
                FROM jsonb_each(r.old) a
                WHERE a.value IS DISTINCT FROM r.new -> a.key
                  AND a.key NOT IN ('version', 'changed_at', 'changed_by', 'search', 'sort_name', 'name_key')
            ) AS changes
            FROM (SELECT n.id, to_jsonb(o) AS old, to_jsonb(n) AS new FROM old_rows o JOIN new_rows n USING (id) OFFSET 0) r
        ) d WHERE d.changes IS NOT NULL;
    ELSE
        INSERT INTO app.history (transaction, login, user_id, client, entity, record_id, action, changes)
        SELECT xid, session_user, writer, from_client, entity_key, o.id, 'purge', to_jsonb(o) - 'search' FROM old_rows o;
    END IF;
    RETURN NULL;
END $$;

-- Tells every client which records changed. Ids only: a payload is heard by everybody.
CREATE OR REPLACE FUNCTION app.tell() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE ids text; rows bigint;
BEGIN
    IF TG_OP = 'DELETE' THEN
        SELECT count(*), string_agg(x.id::text, ',') INTO rows, ids FROM (SELECT o.id FROM old_rows o LIMIT 301) x;
    ELSE
        SELECT count(*), string_agg(x.id::text, ',') INTO rows, ids FROM (SELECT n.id FROM new_rows n LIMIT 301) x;
    END IF;
    IF rows > 0 THEN
        PERFORM pg_notify('shuke', TG_TABLE_SCHEMA || '.' || TG_TABLE_NAME || ':'
            || CASE WHEN rows > 300 THEN '*' ELSE ids END || ':' || pg_backend_pid());
    END IF;
    RETURN NULL;
END $$;

-- Tells of records that show what was counted elsewhere: an order shows what the warehouse was asked for.
CREATE OR REPLACE FUNCTION app.tell_of(entity text, ids bigint[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF cardinality(ids) > 0 THEN
        PERFORM pg_notify('shuke', entity || ':' || CASE WHEN cardinality(ids) > 300 THEN '*' ELSE array_to_string(ids, ',') END
            || ':' || pg_backend_pid());
    END IF;
END $$;

-- Rows that nobody changes, the owner of the tables included. Arguments: columns that may change all the same.
CREATE OR REPLACE FUNCTION app.refuse_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE changed text;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        SELECT a.key INTO changed
        FROM jsonb_each(to_jsonb(OLD)) a JOIN jsonb_each(to_jsonb(NEW)) b USING (key)
        WHERE a.value IS DISTINCT FROM b.value AND a.key <> ALL (coalesce(TG_ARGV, '{}')) LIMIT 1;
        IF changed IS NULL THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION USING ERRCODE = 'SK003', MESSAGE = 'What is posted stays as it is. It can only be reversed, where its page offers that.',
        DETAIL = jsonb_build_object('table', TG_TABLE_SCHEMA || '.' || TG_TABLE_NAME, 'column', changed)::text;
END $$;

-- Legal steps of a document's state. Arguments: from>to, from>to …
CREATE OR REPLACE FUNCTION app.check_transition() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF OLD.state <> NEW.state AND (OLD.state || '>' || NEW.state) <> ALL (coalesce(TG_ARGV, '{}')) THEN
        RAISE EXCEPTION USING ERRCODE = 'SK003', MESSAGE = 'This step is not possible now.',
            DETAIL = jsonb_build_object('from', OLD.state, 'to', NEW.state)::text;
    END IF;
    RETURN NEW;
END $$;
