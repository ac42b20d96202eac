-- What lists need beyond reading: what a deletion would take along, and the log of exports.

-- {entity key: number of records} that would go into the recycle bin; refuses as app.recycle would.
CREATE OR REPLACE FUNCTION app.recycle_preview(entity text, ids bigint[]) RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM app.require_deletable(entity, ids);
    RETURN app.recycle_count(entity, ids);
END $$;

CREATE OR REPLACE FUNCTION app.recycle_count(entity text, ids bigint[]) RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    link app.child;
    found bigint[];
    more record;
    n bigint;
    counted jsonb := jsonb_build_object(entity, cardinality(ids));
BEGIN
    FOR link IN SELECT * FROM app.child c WHERE c.parent = entity LOOP
        EXECUTE format('SELECT coalesce(array_agg(id), ''{}'') FROM %I.%I WHERE %I = ANY ($1)%s%s',
            split_part(link.child, '.', 1), split_part(link.child, '.', 2), link.column_name, app.alive(link.child),
            app.of_kind(link)) INTO found USING ids;
        n := cardinality(found);
        CONTINUE WHEN n = 0;
        IF link.holds THEN
            PERFORM app.refuse('It cannot be deleted: {count} records refer to it.',
                jsonb_build_object('count', n, 'entity', link.child));
        END IF;
        FOR more IN SELECT * FROM jsonb_each(app.recycle_count(link.child, found)) LOOP
            counted := counted || jsonb_build_object(more.key,
                coalesce((counted ->> more.key)::bigint, 0) + (more.value #>> '{}')::bigint);
        END LOOP;
    END LOOP;
    RETURN counted;
END $$;

-- Who took what out of the program (PLT-18). Written before the file appears; nobody changes it.
CALL app.guard_closed('app.export_log');
CALL app.append_only('app.export_log');
GRANT SELECT ON app.export_log TO shuke_staff;
CREATE POLICY see ON app.export_log FOR SELECT TO shuke_staff USING (
    user_id = (SELECT app.my_user_id()) OR (SELECT app.can('system.history')));

CREATE OR REPLACE FUNCTION app.log_export(entity text, filter jsonb, exported bigint, format text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM app.require(log_export.entity || '.export');
    INSERT INTO app.export_log (login, user_id, client, entity, filter, exported, format)
    VALUES (session_user, app.my_user_id(),
            concat_ws(' ', host(inet_client_addr()), current_setting('application_name')),
            log_export.entity, log_export.filter, log_export.exported, log_export.format);
END $$;
REVOKE ALL ON FUNCTION app.recycle_count(text, bigint[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.recycle_preview(text, bigint[]), app.log_export(text, jsonb, bigint, text) TO shuke_staff;
