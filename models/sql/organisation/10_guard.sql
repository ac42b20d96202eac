-- Who works here is known to every colleague; only functions write it (20_people.sql).
CALL app.guard('organisation.branch', visible => 'true', writable => false, "right" => 'organisation.branch.view');
CALL app.guard('organisation.position', visible => 'true', writable => false);
CALL app.guard('organisation.user', visible => 'true', writable => false);
SELECT app.make_searchable('organisation.user', 'name', 'person', 'login', 'number', 'phone', 'phone');
CREATE POLICY keys ON organisation."user" FOR SELECT TO shuke_keys USING (true);
CALL app.guard('organisation.role', visible => 'true', writable => false);
CALL app.guard_part('organisation.user_role', 'organisation.user', 'true');
CALL app.guard_part('organisation.share', 'organisation.user',
    'user_id = (SELECT app.my_user_id()) OR shared_by = (SELECT app.my_user_id()) '
    'OR record_id = ANY (app.visible_ids(entity, ARRAY[record_id]))');
CALL app.guard_part('organisation.login', 'organisation.user', 'user_id = (SELECT app.my_user_id())', false);
CALL app.append_only('organisation.login');

CREATE OR REPLACE TRIGGER scope_ins AFTER INSERT OR UPDATE OR DELETE ON organisation."user"
    FOR EACH STATEMENT EXECUTE FUNCTION app.scope_changed();
CREATE OR REPLACE TRIGGER scope_ins AFTER INSERT OR UPDATE OR DELETE ON organisation.position
    FOR EACH STATEMENT EXECUTE FUNCTION app.scope_changed();
CREATE OR REPLACE TRIGGER scope_ins AFTER INSERT OR UPDATE OR DELETE ON organisation.role
    FOR EACH STATEMENT EXECUTE FUNCTION app.scope_changed();
CREATE OR REPLACE TRIGGER scope_ins AFTER INSERT OR UPDATE OR DELETE ON organisation.user_role
    FOR EACH STATEMENT EXECUTE FUNCTION app.scope_changed();
