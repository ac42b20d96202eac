-- Logins. The two functions owned by shuke_keys make and change roles of the server; staff reach them only
-- through functions that check a right first.

CREATE OR REPLACE FUNCTION app.make_login(login text, verifier text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF verifier IS NULL OR verifier !~ E'^SCRAM-SHA-256\\$\\d+:[A-Za-z0-9+/=]+\\$[A-Za-z0-9+/=]+:[A-Za-z0-9+/=]+$' THEN
        RAISE EXCEPTION USING ERRCODE = 'SK001', MESSAGE = 'A password must be sent as a SCRAM verifier.';
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles r WHERE r.rolname = login) THEN
        EXECUTE format('CREATE ROLE %I LOGIN CONNECTION LIMIT 12', login);
        EXECUTE format('GRANT shuke_staff TO %I WITH INHERIT TRUE, SET FALSE', login);
    ELSIF NOT EXISTS (
        SELECT FROM pg_auth_members a JOIN pg_roles g ON g.oid = a.roleid JOIN pg_roles m ON m.oid = a.member
        WHERE g.rolname = 'shuke_staff' AND m.rolname = login) THEN
        RAISE EXCEPTION USING ERRCODE = 'SK001', MESSAGE = 'The server already has a login {login} of another kind.',
            DETAIL = jsonb_build_object('login', login)::text;
    END IF;
    EXECUTE format('ALTER ROLE %I LOGIN PASSWORD %L', login, verifier);
    PERFORM app.bound_login(login);
END $$;

-- What keeps one connection from holding up the office: a statement that runs away, a transaction that somebody left
-- open, a cable that was cut while rows are locked (the server notices within some 10 s, waiting or sending). Everybody may
-- lift his own bounds with psql: those who do meet app.end_runaways. The client's long work asks for more time by itself.
CREATE OR REPLACE FUNCTION app.bound_login(login text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE setting text[];
BEGIN
    FOREACH setting SLICE 1 IN ARRAY ARRAY[
        ['statement_timeout', '2min'], ['idle_in_transaction_session_timeout', '60s'], ['tcp_user_timeout', '10s'],
        ['tcp_keepalives_idle', '4s'], ['tcp_keepalives_interval', '3s'], ['tcp_keepalives_count', '2'],
        ['client_connection_check_interval', '10s']]
    LOOP
        BEGIN
            EXECUTE format('ALTER ROLE %I SET %s = %L', login, setting[1], setting[2]);
        EXCEPTION WHEN feature_not_supported OR invalid_parameter_value THEN
            -- a server on Windows does not know them all
            NULL;
        END;
    END LOOP;
END $$;

CREATE OR REPLACE FUNCTION app.allow_login(login text, allowed boolean) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    EXECUTE format('ALTER ROLE %I %s', login, CASE WHEN allowed THEN 'LOGIN' ELSE 'NOLOGIN' END);
END $$;

-- Ends every connection of a login; the number that were there. Repeat until 0.
CREATE OR REPLACE FUNCTION app.end_connections(login text) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT count(pg_terminate_backend(a.pid, 2000)) FROM pg_stat_activity a
    WHERE a.usename = login AND a.pid <> pg_backend_pid()
$$;

-- Connections of the people of this company's database, and the end of one of them. Owned by shuke_keys. ``held_up``:
-- how many others wait for what this one has locked; who leaves a transaction open in psql stops the whole office.
-- ``busy_since``: since when its statement runs, or its transaction is left open.
DROP FUNCTION IF EXISTS app.open_connections();
CREATE OR REPLACE FUNCTION app.open_connections() RETURNS TABLE (
    pid integer, login text, address inet, client text, since timestamptz, last_asked timestamptz, state text,
    held_up bigint, busy_since timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH waiting AS MATERIALIZED (
        SELECT w.pid, pg_blocking_pids(w.pid) AS blocked_by FROM pg_stat_activity w
        WHERE w.datname = current_database() AND w.wait_event_type = 'Lock')
    SELECT a.pid, a.usename::text, a.client_addr, a.application_name, a.backend_start, a.state_change, a.state,
           (SELECT count(*) FROM waiting w WHERE a.pid = ANY (w.blocked_by)),
           CASE WHEN a.state = 'active' THEN a.query_start WHEN a.state <> 'idle' THEN a.xact_start END
    FROM pg_stat_activity a JOIN organisation."user" u ON u.login = a.usename
    WHERE a.datname = current_database() AND a.leader_pid IS NULL
$$;

CREATE OR REPLACE FUNCTION app.end_connection(pid integer) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(bool_or(pg_terminate_backend(a.pid, 2000)), false)
    FROM pg_stat_activity a JOIN organisation."user" u ON u.login = a.usename
    WHERE a.pid = end_connection.pid AND a.datname = current_database()
$$;

-- Ends what goes past every bound because somebody lifted his: statements that run longer than ``running``, transactions
-- left open longer than ``waiting``. Returns how many. Owned by shuke_keys.
CREATE OR REPLACE FUNCTION app.end_overdue(running interval, waiting interval) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE runaway record; ended bigint := 0;
BEGIN
    FOR runaway IN
        SELECT a.pid, a.usename, a.state FROM pg_stat_activity a JOIN organisation."user" u ON u.login = a.usename
        WHERE a.datname = current_database() AND a.pid <> pg_backend_pid() AND a.leader_pid IS NULL AND CASE
            WHEN a.state = 'active' THEN a.query_start < clock_timestamp() - running
            ELSE a.state LIKE 'idle in transaction%' AND a.state_change < clock_timestamp() - waiting END
    LOOP
        IF runaway.state = 'active' THEN
            PERFORM pg_cancel_backend(runaway.pid);
        ELSE
            PERFORM pg_terminate_backend(runaway.pid);
        END IF;
        RAISE LOG 'shuke: ended what % left % (pid %)', runaway.usename, runaway.state, runaway.pid;
        ended := ended + 1;
    END LOOP;
    RETURN ended;
END $$;

-- The watchdog: every client calls it once a minute, so one that runs anywhere is enough; whoever calls it besides does
-- nobody harm. The client itself asks for ten minutes at most.
CREATE OR REPLACE FUNCTION app.end_runaways() RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT app.end_overdue('11 min', '5 min') WHERE app.my_user_id() IS NOT NULL
$$;
GRANT EXECUTE ON FUNCTION app.end_runaways() TO shuke_staff;

-- Whether the caller may do everything there is.
CREATE OR REPLACE FUNCTION organisation.is_boss() RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(bool_and(app.can(x)), false)
    FROM organisation.role r CROSS JOIN LATERAL unnest(r.rights) x WHERE r.code = 'boss'
$$;

-- Who has rights that the caller lacks is not his to change, close or reopen.
CREATE OR REPLACE FUNCTION organisation.refuse_greater_user(user_id bigint, template text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT FROM organisation.user_role ur JOIN organisation.role r ON r.id = ur.role_id
        CROSS JOIN LATERAL unnest(r.rights) x
        WHERE ur.user_id = refuse_greater_user.user_id AND NOT app.can(x)) THEN
        PERFORM app.refuse(template);
    END IF;
END $$;

-- What the caller sees by his place: the people below him, and what is shared with his position and departments.
DROP FUNCTION IF EXISTS organisation.refuse_wider_view(bigint[]);
CREATE OR REPLACE FUNCTION organisation.my_view() RETURNS jsonb
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT jsonb_build_object('people', to_jsonb(s.owner_ids), 'shares', (
        SELECT coalesce(jsonb_agg(h.id), '[]') FROM organisation.share h
        WHERE h.position_id = ANY (s.position_ids) OR h.department = ANY (s.departments)))
    FROM app.user_scope s WHERE s.id = app.my_user_id()
$$;

-- Moving people and positions widens views, and so does naming departments; nobody widens his own, but who may do
-- everything.
CREATE OR REPLACE FUNCTION organisation.refuse_wider_view(before jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT before @> organisation.my_view() AND NOT organisation.is_boss() THEN
        PERFORM app.refuse('You cannot put other people''s records into your own view.');
    END IF;
END $$;

-- Somebody must be left who may do everything.
CREATE OR REPLACE FUNCTION organisation.refuse_no_boss() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM organisation."user" u JOIN organisation.user_role ur ON ur.user_id = u.id
        JOIN organisation.role r ON r.id = ur.role_id
        WHERE r.code = 'boss' AND u.active AND u.deleted_at IS NULL) THEN
        PERFORM app.refuse('At least one person who may log in must have the role of the boss.');
    END IF;
END $$;

CREATE OR REPLACE FUNCTION organisation.add_user(
    login text, verifier text, name text, position_id bigint, branch_id bigint, roles text[],
    phone text DEFAULT NULL, email text DEFAULT NULL) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE added bigint;
BEGIN
    PERFORM app.require('organisation.user.create');
    PERFORM organisation.refuse_greater_rights(roles);
    IF btrim(coalesce(add_user.name, '')) = '' THEN
        PERFORM app.refuse('A user needs a name.');
    ELSIF login !~ '^[a-z][a-z0-9_.-]{0,30}$' THEN
        PERFORM app.refuse('A login begins with a small letter and has small letters, digits, dots and dashes only.');
    ELSIF NOT EXISTS (SELECT FROM organisation.position p WHERE p.id = add_user.position_id AND p.deleted_at IS NULL) THEN
        RAISE EXCEPTION USING ERRCODE = 'SK002', MESSAGE = 'That record is not available.';
    END IF;
    IF EXISTS (SELECT FROM organisation."user" u WHERE u.login = add_user.login) THEN
        PERFORM app.refuse('The login {login} is taken.', jsonb_build_object('login', login));
    END IF;
    PERFORM app.make_login(login, verifier);
    INSERT INTO organisation."user" (login, name, position_id, branch_id, phone, email)
    VALUES (login, name, position_id, branch_id, phone, email) RETURNING id INTO added;
    INSERT INTO organisation.user_role (user_id, role_id)
    SELECT added, r.id FROM organisation.role r WHERE r.code = ANY (roles);
    RETURN added;
END $$;

-- Nobody hands out rights that he has not himself.
CREATE OR REPLACE FUNCTION organisation.refuse_greater_rights(roles text[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE missing text;
BEGIN
    SELECT c INTO missing FROM unnest(roles) c
    WHERE NOT EXISTS (SELECT FROM organisation.role r WHERE r.code = c AND r.deleted_at IS NULL) LIMIT 1;
    IF missing IS NOT NULL THEN
        PERFORM app.refuse('There is no role {role}.', jsonb_build_object('role', missing));
    END IF;
    SELECT x INTO missing FROM organisation.role r CROSS JOIN LATERAL unnest(r.rights) x
    WHERE r.code = ANY (roles) AND NOT app.can(x) LIMIT 1;
    IF missing IS NOT NULL THEN
        PERFORM app.refuse('You cannot give the right {right}, because you do not have it.',
            jsonb_build_object('right', missing));
    END IF;
END $$;

-- Networks as an administrator writes them, none for everywhere.
CREATE OR REPLACE FUNCTION organisation.read_networks(written text[]) RETURNS cidr[]
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN nullif(ARRAY(SELECT x::cidr FROM unnest(written) x), '{}');
EXCEPTION WHEN invalid_text_representation THEN
    PERFORM app.refuse('Write networks like 192.168.1.0/24, separated by commas.');
END $$;

-- A user as his form shows him, with his roles and from where and when he may work (ORG-08): one version, one change.
-- NULL when somebody else was faster.
CREATE OR REPLACE FUNCTION organisation.change_user(
    user_id bigint, version integer, name text, phone text, email text, position_id bigint, branch_id bigint,
    roles text[], networks text[], hours_from time, hours_to time) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    changed integer;
    view_before jsonb := organisation.my_view();
    places cidr[] := organisation.read_networks(networks);
BEGIN
    PERFORM app.require('organisation.user.edit');
    -- only roles that are added need the rights; those he has already are none of the editor's gifts
    PERFORM organisation.refuse_greater_rights(ARRAY(
        SELECT c FROM unnest(roles) c EXCEPT
        SELECT r.code FROM organisation.user_role ur JOIN organisation.role r ON r.id = ur.role_id
        WHERE ur.user_id = change_user.user_id));
    PERFORM organisation.refuse_greater_user(user_id, 'This user has rights that you do not have, so you cannot change him.');
    IF btrim(coalesce(change_user.name, '')) = '' THEN
        PERFORM app.refuse('A user needs a name.');
    ELSIF NOT EXISTS (SELECT FROM organisation.position p WHERE p.id = change_user.position_id AND p.deleted_at IS NULL)
          OR branch_id IS NOT NULL AND NOT EXISTS (
              SELECT FROM organisation.branch b WHERE b.id = change_user.branch_id AND b.deleted_at IS NULL) THEN
        RAISE EXCEPTION USING ERRCODE = 'SK002', MESSAGE = 'That record is not available.';
    ELSIF user_id = app.my_user_id() AND EXISTS (
        SELECT FROM organisation."user" u WHERE u.id = user_id AND (u.networks, u.hours_from, u.hours_to)
            IS DISTINCT FROM (places, change_user.hours_from, change_user.hours_to)) THEN
        PERFORM app.refuse('You cannot limit your own login: you might lock yourself out.');
    END IF;
    -- the lock of app.rebuild_scope, taken before any row: two moves at once queue up instead of deadlocking
    PERFORM pg_advisory_xact_lock(7352001);
    UPDATE organisation."user" u SET name = change_user.name, phone = change_user.phone, email = change_user.email,
        position_id = change_user.position_id, branch_id = change_user.branch_id, networks = places,
        hours_from = change_user.hours_from, hours_to = change_user.hours_to
    WHERE u.id = user_id AND u.version = change_user.version RETURNING u.version INTO changed;
    IF changed IS NULL THEN
        RETURN NULL;
    END IF;
    DELETE FROM organisation.user_role ur USING organisation.role r
    WHERE ur.user_id = change_user.user_id AND r.id = ur.role_id AND r.code <> ALL (roles);
    INSERT INTO organisation.user_role (user_id, role_id)
    SELECT change_user.user_id, r.id FROM organisation.role r WHERE r.code = ANY (roles) ON CONFLICT DO NOTHING;
    PERFORM organisation.refuse_no_boss();
    PERFORM organisation.refuse_wider_view(view_before);
    RETURN changed;
END $$;

-- Out at once, on every PC: his scope row vanishes with the commit of this function, then end_sessions.
CREATE OR REPLACE FUNCTION organisation.close_user(user_id bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE who text;
BEGIN
    PERFORM app.require('organisation.user.delete');
    SELECT u.login INTO who FROM organisation."user" u WHERE u.id = user_id;
    IF who IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'SK002', MESSAGE = 'That record is not available.';
    ELSIF who = session_user THEN
        PERFORM app.refuse('You cannot close your own login.');
    END IF;
    PERFORM organisation.refuse_greater_user(user_id, 'This user has rights that you do not have, so you cannot close him.');
    -- his connections first: an open transaction of his may hold what is locked below
    PERFORM app.end_connections(who);
    UPDATE organisation."user" u SET active = false WHERE u.id = user_id;
    -- who is let in again later is shown others' records anew, or not
    DELETE FROM organisation.share s WHERE s.user_id = close_user.user_id;
    PERFORM app.allow_login(who, false);
END $$;

CREATE OR REPLACE FUNCTION organisation.end_sessions(user_id bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM app.require('organisation.session.end');
    RETURN app.end_connections((SELECT u.login FROM organisation."user" u WHERE u.id = user_id));
END $$;

CREATE OR REPLACE FUNCTION organisation.reopen_user(user_id bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE who text;
BEGIN
    PERFORM app.require('organisation.user.delete');
    PERFORM organisation.refuse_greater_user(user_id, 'This user has rights that you do not have, so you cannot reopen him.');
    UPDATE organisation."user" u SET active = true WHERE u.id = user_id AND u.deleted_at IS NULL RETURNING u.login INTO who;
    IF who IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'SK002', MESSAGE = 'That record is not available.';
    END IF;
    PERFORM app.allow_login(who, true);
END $$;

-- The boss sets anybody's password, everybody his own. The verifier is computed on the client.
CREATE OR REPLACE FUNCTION organisation.set_password(login text, verifier text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF app.my_user_id() IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = '42501', MESSAGE = 'Only staff may do this.';
    ELSIF login <> session_user THEN
        PERFORM app.require('organisation.user.password');
        IF EXISTS (
            SELECT FROM app.user_scope s CROSS JOIN LATERAL unnest(s.rights) x
            WHERE s.login = set_password.login AND NOT app.can(x)) THEN
            PERFORM app.refuse('This user has rights that you do not have, so you cannot set his password.');
        END IF;
    END IF;
    IF NOT EXISTS (SELECT FROM organisation."user" u WHERE u.login = set_password.login AND u.active) THEN
        RAISE EXCEPTION USING ERRCODE = 'SK002', MESSAGE = 'That record is not available.';
    END IF;
    PERFORM app.make_login(login, verifier);
END $$;

DROP FUNCTION IF EXISTS organisation.is_encrypted();

-- {"demanded"}: from now on people reach something over TLS only (ORG-21), also in sessions that are open already.
-- Whoever demands it must be connected so himself, or he might lock everybody out. That nobody even connects without,
-- lines of pg_hba.conf say (hostssl); `shuke server tls` prints them.
CREATE OR REPLACE FUNCTION organisation.demand_tls(arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM app.require('system.settings');
    IF (arguments ->> 'demanded')::boolean AND NOT coalesce(
        (SELECT c.encrypted AND c.address IS NOT NULL FROM app.my_connection() c), false) THEN
        PERFORM app.refuse('You are connected without encryption yourself. Set up TLS on the server first.');
    END IF;
    PERFORM system.write_setting('security.tls', to_jsonb((arguments ->> 'demanded')::boolean));
    RETURN jsonb_build_object('changes', jsonb_build_object());
END $$;
CALL app.offer('organisation.demand_tls');

-- Called by the client when it has connected: the login log, and who he is.
CREATE OR REPLACE FUNCTION organisation.log_in(computer text) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE me app.user_scope; person organisation."user"; branch text;
BEGIN
    SELECT * INTO me FROM app.user_scope s WHERE s.login = session_user;
    IF NOT FOUND THEN
        PERFORM app.refuse('This login belongs to nobody who works here.');
    ELSIF NOT app.admitted(me.networks, NULL, NULL) THEN
        -- written, not raised: a refusal would roll its own line of the log back
        INSERT INTO organisation.login (login, user_id, computer, address, success, reason)
        VALUES (session_user, me.id, left(computer, 200), inet_client_addr(), false, 'network');
        RETURN jsonb_build_object('refused', 'You may not log in from this place. Ask your administrator.');
    ELSIF NOT app.admitted(NULL, me.hours_from, me.hours_to) THEN
        INSERT INTO organisation.login (login, user_id, computer, address, success, reason)
        VALUES (session_user, me.id, left(computer, 200), inet_client_addr(), false, 'hours');
        RETURN jsonb_build_object('refused', 'You may not log in at this hour. Ask your administrator.');
    END IF;
    IF NOT app.admitted(NULL, NULL, NULL, me.encrypted) THEN
        INSERT INTO organisation.login (login, user_id, computer, address, success, reason)
        VALUES (session_user, me.id, left(computer, 200), inet_client_addr(), false, 'tls');
        RETURN jsonb_build_object('refused',
            'The server lets you in over an encrypted connection only. Ask your administrator.');
    END IF;
    -- brought back on another server: what is written from now on must not fall into seals of the old one
    IF (SELECT e.system_identifier FROM app.epoch e ORDER BY e.id DESC LIMIT 1)
       IS DISTINCT FROM (SELECT c.system_identifier FROM pg_control_system() c) THEN
        PERFORM app.open_epoch();
    END IF;
    SELECT * INTO person FROM organisation."user" u WHERE u.id = me.id;
    SELECT b.name INTO branch FROM organisation.branch b WHERE b.id = me.branch_id;
    INSERT INTO organisation.login (login, user_id, computer, address)
    VALUES (session_user, me.id, left(computer, 200), inet_client_addr());
    RETURN jsonb_build_object('user_id', me.id, 'login', me.login, 'name', person.name, 'branch', branch,
        'rights', me.rights, 'below', me.owner_ids);
END $$;

GRANT EXECUTE ON FUNCTION
    organisation.add_user(text, text, text, bigint, bigint, text[], text, text),
    organisation.change_user(bigint, integer, text, text, text, bigint, bigint, text[], text[], time, time),
    organisation.close_user(bigint), organisation.end_sessions(bigint), organisation.reopen_user(bigint),
    organisation.set_password(text, text), organisation.log_in(text) TO shuke_staff;
