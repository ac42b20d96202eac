-- Who took what out of the program (PLT-18): which kind of records, what the list was narrowed to, how many rows. Written
-- before the file appears or the preview opens; what was cancelled or failed leaves no file, and no line either. Nobody
-- changes a line; who has the right reads all of them, as the login log.
CALL app.guard_part('system.export_log', 'organisation.user', 'true', false, "right" => 'system.export_log.view');
CALL app.append_only('system.export_log');

-- ``conditions``: in the words that the person read, because what they name may be called otherwise later, or be gone.
CREATE OR REPLACE FUNCTION app.log_export(
    entity text, filter jsonb, exported bigint, format text, conditions text DEFAULT '') RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE me bigint := app.my_user_id();
BEGIN
    PERFORM app.require(log_export.entity || '.export');
    IF pg_column_size(filter) > 1000000 OR length(format) > 100 OR octet_length(conditions) > 1000000 OR exported < 0 THEN
        PERFORM app.refuse('A value is not possible here; nothing was posted.');
    END IF;
    INSERT INTO system.export_log (login, user_id, computer, address, entity, conditions, filter, exported, format)
    VALUES (session_user, me,
            -- the name that its login said has other letters than ASCII too
            CASE WHEN split_part(current_setting('application_name'), ' ', 1) = 'shuke' THEN (
                SELECT l.computer FROM organisation.login l WHERE l.user_id = me AND l.success
                    AND l.address IS NOT DISTINCT FROM inet_client_addr() ORDER BY l.id DESC LIMIT 1)
            ELSE nullif(current_setting('application_name'), '') END,
            inet_client_addr(), log_export.entity, left(coalesce(log_export.conditions, ''), 4000),
            coalesce(log_export.filter, '{}'), coalesce(log_export.exported, 0), coalesce(log_export.format, ''));
END $$;
GRANT EXECUTE ON FUNCTION app.log_export(text, jsonb, bigint, text, text) TO shuke_staff;
