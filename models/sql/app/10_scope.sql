-- Who asks, and what he may see. Identity is session_user: a setting could be forged by anybody.
-- Every policy reads one row of app.user_scope per query, through functions that run once (an InitPlan).

-- Where the caller's connection comes from, and whether nobody can listen to it: TLS, or a socket inside the server
-- itself, which has no address. A parallel worker has no connection of its own, so its leader's is asked. Owned by
-- shuke_keys: the server tells nobody else about TLS of a connection under another role.
CREATE OR REPLACE FUNCTION app.my_connection(OUT address inet, OUT encrypted boolean)
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(l.client_addr, w.client_addr),
           coalesce(l.ssl, w.ssl) OR coalesce(l.client_addr, w.client_addr) IS NULL AND coalesce(l.client_port, w.client_port) = -1
    FROM pg_stat_get_activity(pg_backend_pid()) w
    -- nobody's number would be everybody's connections
    LEFT JOIN LATERAL (SELECT * FROM pg_stat_get_activity(w.leader_pid) x WHERE w.leader_pid IS NOT NULL) l ON true
$$;

-- Whether a login is inside the networks and hours it is limited to (ORG-08), and encrypted where that is demanded
-- (ORG-21). Most have no limit and pay for one test; the limit is in every function below, so that an open session ends
-- to see anything as well.
DROP FUNCTION IF EXISTS app.admitted(cidr[], time, time);
CREATE OR REPLACE FUNCTION app.admitted(
    networks cidr[], hours_from time, hours_to time, to_encrypt boolean DEFAULT false) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
    SELECT (networks IS NULL OR coalesce((SELECT c.address FROM app.my_connection() c) <<= ANY (networks), false))
       AND (NOT to_encrypt OR coalesce((SELECT c.encrypted FROM app.my_connection() c), false))
       AND (hours_from IS NULL OR CASE WHEN hours_from <= hours_to
            THEN (statement_timestamp() AT TIME ZONE 'Asia/Shanghai')::time BETWEEN hours_from AND hours_to
            ELSE (statement_timestamp() AT TIME ZONE 'Asia/Shanghai')::time NOT BETWEEN hours_to AND hours_from END)
$$;

-- The company's day. current_date would be that of the session's time zone, which everybody sets as he likes: a share
-- that has ended would live for some hours more.
CREATE OR REPLACE FUNCTION app.today() RETURNS date
LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
    SELECT (statement_timestamp() AT TIME ZONE 'Asia/Shanghai')::date
$$;

CREATE OR REPLACE FUNCTION app.can(permission text) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce((SELECT permission = ANY (s.rights) FROM app.user_scope s WHERE s.login = session_user
       AND (NOT s.limited OR app.admitted(s.networks, s.hours_from, s.hours_to, s.encrypted))), false)
$$;

CREATE OR REPLACE FUNCTION app.my_user_id() RETURNS bigint
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT s.id FROM app.user_scope s WHERE s.login = session_user
        AND (NOT s.limited OR app.admitted(s.networks, s.hours_from, s.hours_to, s.encrypted))
$$;

CREATE OR REPLACE FUNCTION app.my_branch_id() RETURNS bigint
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT s.branch_id FROM app.user_scope s WHERE s.login = session_user
        AND (NOT s.limited OR app.admitted(s.networks, s.hours_from, s.hours_to, s.encrypted))
$$;

CREATE OR REPLACE FUNCTION app.my_owner_ids() RETURNS bigint[]
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT s.owner_ids FROM app.user_scope s WHERE s.login = session_user
        AND (NOT s.limited OR app.admitted(s.networks, s.hours_from, s.hours_to, s.encrypted))
$$;

-- Whose records of one kind the caller reads: everybody's for customer service where its section is shown (ORG-12).
-- An array of all rather than a policy of its own: it keeps the index of whoever reads his own people's only.
CREATE OR REPLACE FUNCTION app.my_owner_ids(entity text) RETURNS bigint[]
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN my_owner_ids.entity = ANY (s.reads_all)
                THEN (SELECT array_agg(u.id) FROM organisation."user" u) ELSE s.owner_ids END
    FROM app.user_scope s WHERE s.login = session_user
        AND (NOT s.limited OR app.admitted(s.networks, s.hours_from, s.hours_to, s.encrypted))
$$;

-- Whether the caller reads every record of a kind as customer service (ORG-12).
CREATE OR REPLACE FUNCTION app.serves(entity text) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce((SELECT serves.entity = ANY (s.reads_all) FROM app.user_scope s WHERE s.login = session_user
        AND (NOT s.limited OR app.admitted(s.networks, s.hours_from, s.hours_to, s.encrypted))), false)
$$;

CREATE OR REPLACE FUNCTION app.my_warehouse_ids() RETURNS bigint[]
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT s.warehouse_ids FROM app.user_scope s WHERE s.login = session_user
        AND (NOT s.limited OR app.admitted(s.networks, s.hours_from, s.hours_to, s.encrypted))
$$;

CREATE OR REPLACE FUNCTION app.my_shared_ids(entity text, to_edit boolean DEFAULT false) RETURNS bigint[]
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(array_agg(h.record_id), '{}')
    FROM app.user_scope s
    JOIN organisation.share h ON h.user_id = s.id OR h.position_id = ANY (s.position_ids) OR h.department = ANY (s.departments)
    WHERE s.login = session_user
      AND (NOT s.limited OR app.admitted(s.networks, s.hours_from, s.hours_to, s.encrypted))
      AND h.entity = my_shared_ids.entity
      AND (h.until IS NULL OR h.until >= app.today()) AND (h.can_edit OR NOT to_edit)
$$;

-- A refusal in the user's words: an English template that the client translates, and its values.
CREATE OR REPLACE FUNCTION app.refuse(template text, details jsonb DEFAULT '{}') RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'SK001', MESSAGE = template, DETAIL = details::text;
END $$;

-- The same about the value of one column: a form shows it there.
CREATE OR REPLACE FUNCTION app.refuse_value(column_name text, template text, details jsonb DEFAULT '{}') RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'SK001', MESSAGE = template, DETAIL = details::text, COLUMN = coalesce(column_name, '');
END $$;

CREATE OR REPLACE FUNCTION app.require(permission text) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT app.can(permission) THEN
        RAISE EXCEPTION USING ERRCODE = '42501', MESSAGE = 'You do not have the right: {right}',
            DETAIL = jsonb_build_object('right', permission)::text;
    END IF;
END $$;

-- What the tree of positions and the roles give to every active user. Customer service is given the rights of the
-- sections that are shown to it, beside what its roles say.
DROP FUNCTION IF EXISTS app.computed_scope();
CREATE OR REPLACE FUNCTION app.computed_scope() RETURNS TABLE (
    id bigint, login text, rights text[], owner_ids bigint[], position_ids bigint[], departments text[],
    reads_all text[], branch_id bigint, warehouse_ids bigint[], networks cidr[], hours_from time, hours_to time,
    encrypted boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH RECURSIVE below(top, position_id) AS (
        SELECT p.id, p.id FROM organisation.position p
        UNION
        SELECT b.top, p.id FROM below b JOIN organisation.position p ON p.parent_id = b.position_id
    ),
    people AS (
        SELECT b.top, array_agg(u.id) AS ids
        FROM below b JOIN organisation."user" u ON u.position_id = b.position_id AND b.position_id <> b.top
        GROUP BY b.top
    ),
    placed(top, position_id, parent_id, department) AS (
        SELECT p.id, p.id, p.parent_id, nullif(btrim(p.department), '') FROM organisation.position p
        UNION
        SELECT d.top, p.id, p.parent_id, nullif(btrim(p.department), '')
        FROM placed d JOIN organisation.position p ON p.id = d.parent_id WHERE d.department IS NULL
    ),
    shown AS (SELECT array_agg(x.r) AS rights FROM app.section s CROSS JOIN LATERAL unnest(s.rights) x(r) WHERE s.shown),
    granted AS (
        SELECT ur.user_id, array_agg(DISTINCT r.r) AS rights, bool_or(r.r = 'customers.service') AS serves
        FROM organisation.user_role ur
        JOIN organisation.role ro ON ro.id = ur.role_id AND ro.deleted_at IS NULL
        CROSS JOIN LATERAL unnest(ro.rights || CASE WHEN 'customers.service' = ANY (ro.rights)
            THEN (SELECT s.rights FROM shown s) END) r(r)
        GROUP BY ur.user_id
    ),
    kept AS (SELECT k.user_id, array_agg(k.warehouse_id) AS ids FROM stock.keeper k GROUP BY k.user_id)
    SELECT u.id, u.login, coalesce(g.rights, '{}'), u.id || coalesce(p.ids, '{}'), ARRAY[u.position_id],
           coalesce((SELECT array_agg(d.department) FROM placed d
                     WHERE d.top = u.position_id AND d.department IS NOT NULL), '{}'),
           CASE WHEN g.serves THEN coalesce((SELECT array_agg(e.e ORDER BY e.e) FROM app.section s
               CROSS JOIN LATERAL unnest(s.entities) e(e) WHERE s.shown), '{}') ELSE '{}' END,
           u.branch_id, coalesce(k.ids, '{}'), u.networks, u.hours_from, u.hours_to,
           app.setting('security.tls', 'false') = 'true'
    FROM organisation."user" u
    LEFT JOIN people p ON p.top = u.position_id
    LEFT JOIN granted g ON g.user_id = u.id
    LEFT JOIN kept k ON k.user_id = u.id
    WHERE u.active AND u.deleted_at IS NULL
$$;

-- Puts every login into exactly one scope role per domain. Owned by shuke_keys, which alone may grant them.
CREATE OR REPLACE FUNCTION app.sync_scope_roles() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE step record;
BEGIN
    FOR step IN
        WITH wanted AS (
            SELECT s.login, 'shuke_' || CASE WHEN d.name || '.see_all' = ANY (s.rights) THEN 'all_' ELSE 'tree_' END
                   || d.name AS scope_role
            FROM app.user_scope s
            CROSS JOIN (SELECT substr(rolname, 12) AS name FROM pg_roles WHERE rolname LIKE E'shuke\\_tree\\_%') d
        ),
        there AS (
            SELECT m.rolname::text AS login, g.rolname::text AS scope_role
            FROM pg_auth_members a JOIN pg_roles g ON g.oid = a.roleid JOIN pg_roles m ON m.oid = a.member
            WHERE g.rolname ~ '^shuke_(all|tree)_' AND m.rolname <> 'shuke_keys'
              AND m.rolname IN (SELECT u.login FROM organisation."user" u)
        )
        SELECT CASE WHEN t.login IS NULL THEN 'GRANT %I TO %I WITH INHERIT TRUE, SET FALSE'
                    ELSE 'REVOKE %I FROM %I' END AS statement,
               coalesce(w.scope_role, t.scope_role) AS scope_role, coalesce(w.login, t.login) AS login
        FROM wanted w FULL JOIN there t ON t.login = w.login AND t.scope_role = w.scope_role
        WHERE (w.login IS NULL OR t.login IS NULL)
          AND EXISTS (SELECT FROM pg_roles r WHERE r.rolname = coalesce(w.login, t.login))
    LOOP
        EXECUTE format(step.statement, step.scope_role, step.login);
    END LOOP;
END $$;

CREATE OR REPLACE FUNCTION app.rebuild_scope() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    -- one writer at a time: two moves of branches at once must not leave a scope of neither
    PERFORM pg_advisory_xact_lock(7352001);
    DELETE FROM app.user_scope s WHERE NOT EXISTS (SELECT FROM app.computed_scope() c WHERE c.id = s.id);
    INSERT INTO app.user_scope AS s (id, login, rights, owner_ids, position_ids, departments, reads_all, branch_id,
        warehouse_ids, networks, hours_from, hours_to, encrypted)
    SELECT c.id, c.login, c.rights, c.owner_ids, c.position_ids, c.departments, c.reads_all, c.branch_id,
        c.warehouse_ids, c.networks, c.hours_from, c.hours_to, c.encrypted
    FROM app.computed_scope() c
    ON CONFLICT (id) DO UPDATE SET
        login = excluded.login, rights = excluded.rights, owner_ids = excluded.owner_ids,
        position_ids = excluded.position_ids, departments = excluded.departments, reads_all = excluded.reads_all,
        branch_id = excluded.branch_id, warehouse_ids = excluded.warehouse_ids, networks = excluded.networks,
        hours_from = excluded.hours_from, hours_to = excluded.hours_to, encrypted = excluded.encrypted
    WHERE (s.login, s.rights, s.owner_ids, s.position_ids, s.departments, s.reads_all, s.branch_id, s.warehouse_ids,
           s.networks, s.hours_from, s.hours_to, s.encrypted) IS DISTINCT FROM
          (excluded.login, excluded.rights, excluded.owner_ids, excluded.position_ids, excluded.departments,
           excluded.reads_all, excluded.branch_id, excluded.warehouse_ids, excluded.networks, excluded.hours_from,
           excluded.hours_to, excluded.encrypted);
    IF FOUND THEN
        PERFORM app.sync_scope_roles();
    END IF;
    PERFORM pg_notify('shuke', 'scope::' || pg_backend_pid());
END $$;

CREATE OR REPLACE FUNCTION app.scope_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM app.rebuild_scope();
    RETURN NULL;
END $$;
