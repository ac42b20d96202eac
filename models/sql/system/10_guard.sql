-- The data dictionary is read by everybody and edited by the right; keys and kinds never change.
CALL app.guard('system.choice', visible => 'true', guarded => ARRAY['key', 'kind'], "right" => 'system.choice.view');
GRANT INSERT (key, kind) ON system.choice TO shuke_staff;

CALL app.guard_closed('system.setting');
GRANT SELECT ON system.setting TO shuke_staff;
CREATE POLICY see ON system.setting FOR SELECT TO shuke_staff USING (true);
-- every client reads the settings anew by itself, so no notices
CALL app.add_record_triggers('system.setting', true, false);
-- whether connections must be encrypted stands in everybody's scope
CREATE TRIGGER scope_ins AFTER INSERT OR UPDATE ON system.setting
    FOR EACH ROW WHEN (NEW.key = 'security.tls') EXECUTE FUNCTION app.scope_changed();
CREATE TRIGGER scope_del AFTER DELETE ON system.setting
    FOR EACH ROW WHEN (OLD.key = 'security.tls') EXECUTE FUNCTION app.scope_changed();

CALL app.guard_closed('system.preference');
GRANT SELECT ON system.preference TO shuke_staff;
GRANT INSERT (user_id, key, value), UPDATE (value) ON system.preference TO shuke_staff;
CREATE POLICY see ON system.preference FOR SELECT TO shuke_staff USING (user_id = (SELECT app.my_user_id()));
CREATE POLICY add ON system.preference FOR INSERT TO shuke_staff WITH CHECK (user_id = (SELECT app.my_user_id()));
CREATE POLICY edit ON system.preference FOR UPDATE TO shuke_staff USING (user_id = (SELECT app.my_user_id()));

-- One setting's value, or what the caller proposes.
CREATE OR REPLACE FUNCTION app.setting(key text, otherwise jsonb DEFAULT NULL) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce((SELECT s.value FROM system.setting s WHERE s.key = setting.key), otherwise)
$$;

CREATE OR REPLACE FUNCTION system.write_setting(key text, value jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO system.setting AS s (key, value) VALUES (write_setting.key, write_setting.value)
    ON CONFLICT ON CONSTRAINT uq_setting_key DO UPDATE SET value = excluded.value, changed_on = app.today();
    -- every client reads the settings again
    PERFORM pg_notify('shuke', 'scope::' || pg_backend_pid());
END $$;
REVOKE ALL ON FUNCTION system.write_setting(text, jsonb) FROM PUBLIC;

-- What logs people out is set by functions that look first whether anybody would still come in.
CREATE OR REPLACE FUNCTION system.set_setting(key text, value jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM app.require('system.settings');
    IF key IS NULL OR value IS NULL OR starts_with(key, 'security.') OR length(key) > 100 OR pg_column_size(value) > 100000 THEN
        PERFORM app.refuse('A value is not possible here; nothing was posted.');
    END IF;
    PERFORM system.write_setting(key, value);
END $$;
GRANT EXECUTE ON FUNCTION app.setting(text, jsonb), system.set_setting(text, jsonb) TO shuke_staff;
