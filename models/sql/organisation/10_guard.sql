-- Who works here is known to every colleague; only functions write it (20_people.sql).
CALL app.guard('organisation.branch', visible => 'true', writable => false, "right" => 'organisation.branch.view');
CALL app.attachable('organisation.branch');
CALL app.holds_file('organisation.branch', 'logo_id');
CALL app.guard('organisation.position', visible => 'true', writable => false);
CALL app.guard('organisation.user', visible => 'true', writable => false);
SELECT app.make_searchable('organisation.user', 'name', 'person', 'login', 'number', 'phone', 'phone');
CALL app.attachable('organisation.user');
CALL app.holds_file('organisation.user', 'photo_id');
CREATE POLICY keys ON organisation."user" FOR SELECT TO shuke_keys USING (true);
CALL app.guard('organisation.role', visible => 'true', writable => false);
CALL app.guard_part('organisation.user_role', 'organisation.user', 'true');
CALL app.guard_part('organisation.share', 'organisation.user',
    'user_id = (SELECT app.my_user_id()) OR shared_by = (SELECT app.my_user_id()) '
    'OR record_id = ANY (app.visible_ids(entity, ARRAY[record_id]))');
CALL app.guard_part('organisation.login', 'organisation.user', 'true', false, "right" => 'organisation.login.view');
CALL app.append_only('organisation.login');
-- the roles as they were at that moment, whoever writes the line
CREATE OR REPLACE FUNCTION organisation.note_roles() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    NEW.roles := (SELECT string_agg(r.name, ', ' ORDER BY r.id) FROM organisation.user_role ur
        JOIN organisation.role r ON r.id = ur.role_id WHERE ur.user_id = NEW.user_id);
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER b_roles BEFORE INSERT ON organisation.login
    FOR EACH ROW EXECUTE FUNCTION organisation.note_roles();
CALL app.guard_closed('organisation.notice');
GRANT SELECT ON organisation.notice TO shuke_staff;
CREATE POLICY see ON organisation.notice FOR SELECT TO shuke_staff USING (user_id = (SELECT app.my_user_id()));
CALL app.add_record_triggers('organisation.notice', false);
CALL app.guard_closed('organisation.hand_over');
GRANT SELECT ON organisation.hand_over TO shuke_staff;
CREATE POLICY see ON organisation.hand_over FOR SELECT TO shuke_staff USING (
    (SELECT app.can('organisation.transfer')) AND by_user = ANY ((SELECT app.my_owner_ids())::bigint[]));

CALL app.shapes('organisation.user', lengths => '{"name": 60, "login": 31, "phone": 40, "email": 120}', phones => '{phone}',
    emails => '{email}');
CALL app.shapes('organisation.branch', lengths => '{"name": 120, "short_name": 40, "address": 200, "phone": 60, "fax": 60,
    "website": 200, "tax_number": 20, "bank_account": 60, "number_prefix": 6}', phones => '{phone,fax}', tax_numbers => '{tax_number}');
CALL app.shapes('organisation.position', lengths => '{"name": 60, "department": 60}');
CALL app.shapes('organisation.role', lengths => '{"name": 60, "code": 60}');

-- A position with people or positions below it, a role that somebody has, a branch with people cannot be deleted.
CALL app.holds('organisation.user', 'position_id', 'organisation.position');
CALL app.holds('organisation.position', 'parent_id', 'organisation.position');
CALL app.holds('organisation.user_role', 'role_id', 'organisation.role');
CALL app.holds('organisation.user', 'branch_id', 'organisation.branch');
CALL app.holds('organisation.branch', 'parent_id', 'organisation.branch');

-- only what decides who sees what: everybody changes his own phone number, and shall not take the tree's lock for it
CREATE OR REPLACE TRIGGER scope_ins AFTER INSERT OR DELETE
    OR UPDATE OF login, position_id, branch_id, active, deleted_at, networks, hours_from, hours_to ON organisation."user"
    FOR EACH STATEMENT EXECUTE FUNCTION app.scope_changed();
CREATE OR REPLACE TRIGGER scope_ins AFTER INSERT OR UPDATE OR DELETE ON organisation.position
    FOR EACH STATEMENT EXECUTE FUNCTION app.scope_changed();
CREATE OR REPLACE TRIGGER scope_ins AFTER INSERT OR UPDATE OR DELETE ON organisation.role
    FOR EACH STATEMENT EXECUTE FUNCTION app.scope_changed();
CREATE OR REPLACE TRIGGER scope_ins AFTER INSERT OR UPDATE OR DELETE ON organisation.user_role
    FOR EACH STATEMENT EXECUTE FUNCTION app.scope_changed();
