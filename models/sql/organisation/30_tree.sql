-- The tree of positions, roles and branches: written by functions only, because what they say decides what people see.

-- Whether ``position`` is ``top`` or below it. Ends even if the tree were a circle.
CREATE OR REPLACE FUNCTION organisation.is_below(position_id bigint, top bigint) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH RECURSIVE above(id, parent_id) AS (
        SELECT p.id, p.parent_id FROM organisation.position p WHERE p.id = is_below.position_id
        UNION
        SELECT p.id, p.parent_id FROM above a JOIN organisation.position p ON p.id = a.parent_id
    )
    SELECT EXISTS (SELECT FROM above a WHERE a.id = top)
$$;

-- Refuses a place for ``target`` that is missing, below itself, or at the top for anybody but the boss. Asked under the
-- lock: two bosses who move two branches under one another would otherwise close a circle.
CREATE OR REPLACE FUNCTION organisation.require_place(target bigint, under bigint) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM organisation.position p WHERE p.id = target AND p.deleted_at IS NULL)
       OR under IS NOT NULL AND NOT EXISTS (
           SELECT FROM organisation.position p WHERE p.id = under AND p.deleted_at IS NULL) THEN
        RAISE EXCEPTION USING ERRCODE = 'SK002', MESSAGE = 'That record is not available.';
    ELSIF organisation.is_below(under, target) THEN
        PERFORM app.refuse('A position cannot be put below itself.');
    ELSIF under IS NULL AND NOT organisation.is_boss() THEN
        PERFORM app.refuse('Only the boss puts a position at the top.');
    END IF;
END $$;

-- {"id", "parent_id"}: moves a position with everything below it. Takes effect at once, for everybody.
CREATE OR REPLACE FUNCTION organisation.move_position(arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    target bigint := (arguments ->> 'id')::bigint;
    under bigint := (arguments ->> 'parent_id')::bigint;
    view_before jsonb := organisation.my_view();
BEGIN
    PERFORM app.require('organisation.position.edit');
    -- one move at a time, and each looks at the tree that the one before has left
    PERFORM pg_advisory_xact_lock(7352001);
    PERFORM organisation.require_place(target, under);
    UPDATE organisation.position p SET parent_id = under WHERE p.id = target AND p.parent_id IS DISTINCT FROM under;
    PERFORM organisation.refuse_wider_view(view_before);
    RETURN jsonb_build_object('changes', jsonb_build_object('organisation.position', jsonb_build_array(target)));
END $$;
CALL app.offer('organisation.move_position');

-- {"moves": [[id, parent_id before, parent_id it was put below], …]}: all of it taken back or nothing, and nothing that
-- somebody else has moved since.
CREATE OR REPLACE FUNCTION organisation.undo_moves(arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE moved_since text;
BEGIN
    PERFORM app.require('organisation.position.edit');
    PERFORM pg_advisory_xact_lock(7352001);
    SELECT p.name INTO moved_since FROM jsonb_array_elements(arguments -> 'moves') m
    JOIN organisation.position p ON p.id = (m ->> 0)::bigint
    WHERE p.parent_id IS DISTINCT FROM (m ->> 2)::bigint LIMIT 1;
    IF FOUND THEN
        PERFORM app.refuse('Somebody else has moved {name} meanwhile. Look at the tree again.',
            jsonb_build_object('name', moved_since));
    END IF;
    PERFORM organisation.move_position(jsonb_build_object('id', m -> 0, 'parent_id', m -> 1))
    FROM jsonb_array_elements(arguments -> 'moves') m;
    RETURN jsonb_build_object('changes', jsonb_build_object('organisation.position',
        (SELECT coalesce(jsonb_agg(m -> 0), '[]') FROM jsonb_array_elements(arguments -> 'moves') m)));
END $$;
CALL app.offer('organisation.undo_moves');

-- The positions at the head of a department: nobody of the same department stands above them.
CREATE OR REPLACE FUNCTION organisation.heads_of(team text) RETURNS bigint[]
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH RECURSIVE up(head, parent_id, found) AS (
        SELECT p.id, p.parent_id, NULL::text FROM organisation.position p
        WHERE btrim(p.department) = team AND p.deleted_at IS NULL
        UNION
        SELECT u.head, p.parent_id, nullif(btrim(p.department), '')
        FROM up u JOIN organisation.position p ON p.id = u.parent_id WHERE u.found IS NULL
    )
    SELECT coalesce(array_agg(x.head ORDER BY x.head), '{}')
    FROM (SELECT u.head FROM up u GROUP BY u.head HAVING bool_and(u.found IS DISTINCT FROM team)) x
$$;

-- {"department", "under"}: a department with everything below it goes under another: its heads below the head of that,
-- which "under" names.
CREATE OR REPLACE FUNCTION organisation.move_department(arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE heads bigint[]; under bigint;
BEGIN
    PERFORM app.require('organisation.position.edit');
    PERFORM pg_advisory_xact_lock(7352001);
    heads := organisation.heads_of(arguments ->> 'department');
    under := (organisation.heads_of(arguments ->> 'under'))[1];
    IF heads = '{}' OR under IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'SK002', MESSAGE = 'That record is not available.';
    END IF;
    PERFORM organisation.move_position(jsonb_build_object('id', h, 'parent_id', under)) FROM unnest(heads) h;
    RETURN jsonb_build_object('under', under, 'changes', jsonb_build_object('organisation.position', to_jsonb(heads)));
END $$;
CALL app.offer('organisation.move_department');

-- {"department", "name"}: another name for a department; what is shared with it follows.
CREATE OR REPLACE FUNCTION organisation.rename_department(arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE before text := arguments ->> 'department'; team text := btrim(coalesce(arguments ->> 'name', '')); ids bigint[];
BEGIN
    PERFORM app.require('organisation.position.edit');
    PERFORM pg_advisory_xact_lock(7352001);
    IF team = '' THEN
        PERFORM app.refuse('A department needs a name.');
    ELSIF EXISTS (SELECT FROM organisation.position p
                  WHERE btrim(p.department) = team AND team <> before AND p.deleted_at IS NULL) THEN
        PERFORM app.refuse('There is already a department called {name}.', jsonb_build_object('name', team));
    END IF;
    WITH u AS (UPDATE organisation.position p SET department = team
               WHERE btrim(p.department) = before AND p.department <> team RETURNING p.id)
    SELECT coalesce(array_agg(u.id), '{}') INTO ids FROM u;
    IF ids = '{}' AND team <> before THEN
        RAISE EXCEPTION USING ERRCODE = 'SK002', MESSAGE = 'That record is not available.';
    END IF;
    UPDATE organisation.share s SET department = team WHERE s.department = before AND team <> before;
    RETURN jsonb_build_object('changes', jsonb_build_object('organisation.position', to_jsonb(ids)));
END $$;
CALL app.offer('organisation.rename_department');

-- {"id" or none for a new one, "version", "name", "department", "parent_id": where it stands; none leaves one there}
CREATE OR REPLACE FUNCTION organisation.save_position(arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    target bigint := (arguments ->> 'id')::bigint;
    title text := btrim(coalesce(arguments ->> 'name', ''));
    team text := nullif(btrim(arguments ->> 'department'), '');
    under bigint := (arguments ->> 'parent_id')::bigint;
    team_before text;
    under_before bigint;
    view_before jsonb := organisation.my_view();
BEGIN
    PERFORM app.require(CASE WHEN target IS NULL THEN 'organisation.position.create' ELSE 'organisation.position.edit' END);
    IF title = '' THEN
        PERFORM app.refuse('A position needs a name.');
    END IF;
    PERFORM pg_advisory_xact_lock(7352001);
    IF target IS NULL THEN
        IF NOT EXISTS (SELECT FROM organisation.position p
                       WHERE p.id = under AND p.deleted_at IS NULL) THEN
            PERFORM app.refuse('Choose the position that stands above this one.');
        END IF;
        INSERT INTO organisation.position (name, department, parent_id)
        VALUES (title, team, under)
        RETURNING id INTO target;
    ELSE
        SELECT p.department, p.parent_id INTO team_before, under_before FROM organisation.position p WHERE p.id = target;
        under := coalesce(under, under_before);
        IF under IS DISTINCT FROM under_before THEN
            PERFORM organisation.require_place(target, under);
        END IF;
        UPDATE organisation.position p SET name = title, department = team, parent_id = under
        WHERE p.id = target AND p.version = (arguments ->> 'version')::integer AND p.deleted_at IS NULL;
        IF NOT FOUND THEN
            PERFORM app.refuse('Somebody else has changed this document. Open it again.');
        END IF;
        -- the last position of a department was renamed with it: what is shared with the department follows
        IF team IS NOT NULL AND team_before <> team AND NOT EXISTS (
            SELECT FROM organisation.position p WHERE p.department = team_before AND p.deleted_at IS NULL) THEN
            UPDATE organisation.share s SET department = team WHERE s.department = team_before AND NOT EXISTS (
                SELECT FROM organisation.share x WHERE x.department = team AND x.entity = s.entity AND x.record_id = s.record_id);
        END IF;
    END IF;
    PERFORM organisation.refuse_wider_view(view_before);
    RETURN jsonb_build_object('changes', jsonb_build_object('organisation.position', jsonb_build_array(target)));
END $$;
CALL app.offer('organisation.save_position');

-- {"id", "version", "name", "short_name", "parent_id", "tax_number", "bank_account", "address", "phone", "fax", "website", "number_prefix"}
CREATE OR REPLACE FUNCTION organisation.save_branch(arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    target bigint := (arguments ->> 'id')::bigint;
    under bigint := (arguments ->> 'parent_id')::bigint;
    given organisation.branch;
BEGIN
    PERFORM app.require(CASE WHEN target IS NULL THEN 'organisation.branch.create' ELSE 'organisation.branch.edit' END);
    given := jsonb_populate_record(NULL::organisation.branch, arguments);
    IF btrim(coalesce(given.name, '')) = '' THEN
        PERFORM app.refuse('A branch needs a name.');
    ELSIF EXISTS (SELECT FROM organisation.branch b WHERE b.name = btrim(given.name) AND b.id IS DISTINCT FROM target) THEN
        PERFORM app.refuse('There is already a branch called {name}.', jsonb_build_object('name', btrim(given.name)));
    END IF;
    given.number_prefix := nullif(upper(btrim(given.number_prefix)), '');
    IF given.number_prefix !~ '^[A-Z0-9]{1,6}$' THEN
        PERFORM app.refuse('A prefix of numbers has one to six letters or digits.');
    ELSIF EXISTS (SELECT FROM organisation.branch b
                  WHERE b.number_prefix = given.number_prefix AND b.id IS DISTINCT FROM target) THEN
        PERFORM app.refuse('Another branch numbers its documents with {prefix}.',
            jsonb_build_object('prefix', given.number_prefix));
    END IF;
    PERFORM pg_advisory_xact_lock(7352001);
    IF under IS NOT NULL AND EXISTS (
        WITH RECURSIVE above(id, parent_id) AS (
            SELECT b.id, b.parent_id FROM organisation.branch b WHERE b.id = under
            UNION SELECT b.id, b.parent_id FROM above a JOIN organisation.branch b ON b.id = a.parent_id
        ) SELECT FROM above a WHERE a.id = target) THEN
        PERFORM app.refuse('A branch cannot belong to itself.');
    END IF;
    IF target IS NULL THEN
        INSERT INTO organisation.branch (name, short_name, parent_id, tax_number, bank_account, address, phone, fax, website,
            number_prefix)
        VALUES (btrim(given.name), given.short_name, under, given.tax_number, given.bank_account, given.address,
            given.phone, given.fax, given.website, given.number_prefix) RETURNING id INTO target;
    ELSE
        UPDATE organisation.branch b SET name = btrim(given.name), short_name = given.short_name, parent_id = under,
            tax_number = given.tax_number, bank_account = given.bank_account, address = given.address,
            phone = given.phone, fax = given.fax, website = given.website,
            number_prefix = given.number_prefix
        WHERE b.id = target AND b.version = given.version AND b.deleted_at IS NULL;
        IF NOT FOUND THEN
            PERFORM app.refuse('Somebody else has changed this document. Open it again.');
        END IF;
    END IF;
    RETURN jsonb_build_object('changes', jsonb_build_object('organisation.branch', jsonb_build_array(target)));
END $$;
CALL app.offer('organisation.save_branch');

-- {"id" or none for a new one, "version", "name", "rights": [..]}: nobody adds a right that he lacks, and nobody
-- changes the boss's role, which has every right there is.
CREATE OR REPLACE FUNCTION organisation.save_role(arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    target bigint := (arguments ->> 'id')::bigint;
    title text := btrim(coalesce(arguments ->> 'name', ''));
    given text[] := ARRAY(SELECT DISTINCT x FROM jsonb_array_elements_text(arguments -> 'rights') x ORDER BY 1);
    old organisation.role;
    missing text;
BEGIN
    PERFORM app.require(CASE WHEN target IS NULL THEN 'organisation.role.create' ELSE 'organisation.role.edit' END);
    PERFORM pg_advisory_xact_lock(7352001);
    IF target IS NOT NULL THEN
        SELECT * INTO old FROM organisation.role r WHERE r.id = target AND r.deleted_at IS NULL;
        IF old.id IS NULL THEN
            RAISE EXCEPTION USING ERRCODE = 'SK002', MESSAGE = 'That record is not available.';
        ELSIF old.code = 'boss' THEN
            PERFORM app.refuse('The role of the boss has every right and cannot be changed.');
        ELSIF old.version <> (arguments ->> 'version')::integer THEN
            PERFORM app.refuse('Somebody else has changed this document. Open it again.');
        END IF;
    END IF;
    IF title = '' THEN
        PERFORM app.refuse('A role needs a name.');
    ELSIF EXISTS (SELECT FROM organisation.role r WHERE r.name = title AND r.id IS DISTINCT FROM target) THEN
        PERFORM app.refuse('There is already a role called {name}.', jsonb_build_object('name', title));
    END IF;
    SELECT x INTO missing FROM unnest(given) x
    WHERE NOT EXISTS (SELECT FROM organisation.role r WHERE r.code = 'boss' AND x = ANY (r.rights)) LIMIT 1;
    IF missing IS NOT NULL THEN
        PERFORM app.refuse('There is no right {right}.', jsonb_build_object('right', missing));
    END IF;
    IF 'system.purge' = ANY (given) THEN
        PERFORM app.refuse('Deleting for ever is the boss''s alone: no other role can have that right.');
    END IF;
    SELECT x INTO missing FROM unnest(given) x
    WHERE x <> ALL (coalesce(old.rights, '{}')) AND NOT app.can(x) LIMIT 1;
    IF missing IS NOT NULL THEN
        PERFORM app.refuse('You cannot give the right {right}, because you do not have it.',
            jsonb_build_object('right', missing));
    END IF;
    IF target IS NULL THEN
        INSERT INTO organisation.role (code, name, rights)
        VALUES ('role_' || gen_random_uuid(), title, given) RETURNING id INTO target;
    ELSE
        UPDATE organisation.role r SET name = title, rights = given WHERE r.id = target;
    END IF;
    RETURN jsonb_build_object('changes', jsonb_build_object('organisation.role', jsonb_build_array(target)));
END $$;
CALL app.offer('organisation.save_role');

-- No verb on a kind of record works without seeing it: what the tick list holds together, the database does too, also when
-- the ticks of two people meet. Whoever is no user (an upgrade that brings new rights) is not asked.
CREATE OR REPLACE FUNCTION organisation.rights_with_view() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE alone text;
BEGIN
    SELECT x INTO alone FROM unnest(NEW.rights) x
    WHERE x ~ E'^\\w+\\.\\w+\\.(create|edit|delete|export|import|print)$'
      AND regexp_replace(x, E'\\w+$', 'view') <> ALL (NEW.rights) ORDER BY x LIMIT 1;
    IF alone IS NOT NULL AND app.my_user_id() IS NOT NULL THEN
        PERFORM app.refuse('The right {right} does nothing without “View” of the same line: tick that too, or take this one away.',
            jsonb_build_object('right', alone));
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER b_with_view BEFORE INSERT OR UPDATE OF rights ON organisation.role
    FOR EACH ROW EXECUTE FUNCTION organisation.rights_with_view();

-- What app.recycle must not do, whoever asks.
CREATE OR REPLACE FUNCTION organisation.keep_role() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF OLD.built_in AND (TG_OP = 'DELETE' OR NEW.deleted_at IS NOT NULL OR NEW.code <> OLD.code OR NOT NEW.built_in) THEN
        PERFORM app.refuse('A built-in role cannot be deleted.');
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE OR REPLACE TRIGGER a_built_in BEFORE UPDATE OR DELETE ON organisation.role
    FOR EACH ROW EXECUTE FUNCTION organisation.keep_role();

CREATE OR REPLACE FUNCTION organisation.keep_user() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.deleted_at IS NOT NULL AND OLD.deleted_at IS NULL THEN
        IF OLD.active THEN
            PERFORM app.refuse('Close this user first.');
        ELSIF organisation.owned_records(OLD.id) <> '{}' THEN
            PERFORM app.refuse('This user still owns records. Hand them over first.');
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER a_kept BEFORE UPDATE ON organisation."user" FOR EACH ROW EXECUTE FUNCTION organisation.keep_user();

-- {"phone", "email"}: what everybody changes of himself (ORG-09).
CREATE OR REPLACE FUNCTION organisation.change_own(arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE me bigint := app.my_user_id();
BEGIN
    IF me IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = '42501', MESSAGE = 'Only staff may do this.';
    END IF;
    UPDATE organisation."user" u SET phone = nullif(btrim(arguments ->> 'phone'), ''),
        email = nullif(btrim(arguments ->> 'email'), '') WHERE u.id = me;
    RETURN jsonb_build_object('changes', jsonb_build_object('organisation.user', jsonb_build_array(me)));
END $$;
CALL app.offer('organisation.change_own');

-- {"user_id", "attachment_id" or null}: the photo of a user; one's own, or with the right to edit users (ORG-03).
CREATE OR REPLACE FUNCTION organisation.set_photo(arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE target bigint := (arguments ->> 'user_id')::bigint;
BEGIN
    IF target IS DISTINCT FROM app.my_user_id() THEN
        PERFORM app.require('organisation.user.edit');
        PERFORM app.require_visible('organisation.user', ARRAY[target]);
    END IF;
    IF arguments ->> 'attachment_id' IS NOT NULL THEN
        PERFORM app.require_visible('system.attachment', ARRAY[(arguments ->> 'attachment_id')::bigint]);
    END IF;
    UPDATE organisation."user" u SET photo_id = (arguments ->> 'attachment_id')::bigint WHERE u.id = target;
    RETURN jsonb_build_object('changes', jsonb_build_object('organisation.user', jsonb_build_array(target)));
END $$;
CALL app.offer('organisation.set_photo');

-- {"branch_id", "attachment_id" or null}: the logo at the head of printed documents (ORG-01).
CREATE OR REPLACE FUNCTION organisation.set_logo(arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE target bigint := (arguments ->> 'branch_id')::bigint;
BEGIN
    PERFORM app.require('organisation.branch.edit');
    PERFORM app.require_visible('organisation.branch', ARRAY[target]);
    IF arguments ->> 'attachment_id' IS NOT NULL THEN
        PERFORM app.require_visible('system.attachment', ARRAY[(arguments ->> 'attachment_id')::bigint]);
    END IF;
    UPDATE organisation.branch b SET logo_id = (arguments ->> 'attachment_id')::bigint WHERE b.id = target;
    RETURN jsonb_build_object('changes', jsonb_build_object('organisation.branch', jsonb_build_array(target)));
END $$;
CALL app.offer('organisation.set_logo');

-- Who is connected, and from where (ORG-07). ``computer`` is what the client said when it logged in.
DROP FUNCTION IF EXISTS organisation.sessions();
CREATE OR REPLACE FUNCTION organisation.sessions() RETURNS TABLE (
    pid integer, user_id bigint, name text, login text, computer text, address text, client text,
    since timestamptz, last_asked timestamptz, state text, held_up bigint, busy_since timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT c.pid, u.id, u.name, c.login, l.computer, host(c.address), c.client, c.since, c.last_asked, c.state,
           c.held_up, c.busy_since
    FROM app.open_connections() c JOIN organisation."user" u ON u.login = c.login
    LEFT JOIN LATERAL (
        SELECT x.computer FROM organisation.login x
        WHERE x.user_id = u.id AND x.success AND x.address IS NOT DISTINCT FROM c.address ORDER BY x.id DESC LIMIT 1) l ON true
    WHERE app.can('organisation.session.end') ORDER BY c.since
$$;
GRANT EXECUTE ON FUNCTION organisation.sessions() TO shuke_staff;

-- {"pid"}: ends one connection; the person's client reconnects unless he is closed too.
CREATE OR REPLACE FUNCTION organisation.end_session(arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM app.require('organisation.session.end');
    IF (arguments ->> 'pid')::integer = pg_backend_pid() THEN
        PERFORM app.refuse('This is your own connection.');
    ELSIF NOT app.end_connection((arguments ->> 'pid')::integer) THEN
        PERFORM app.refuse('This connection has ended already.');
    END IF;
    RETURN jsonb_build_object('changes', jsonb_build_object());
END $$;
CALL app.offer('organisation.end_session');

-- {"computer", "attempts": [{"at", "login", "reason"}, …]}: attempts, with whatever login, that failed on this PC before this
-- one succeeded. The server writes refused passwords to its own log only, so this is the word of the client of who logged
-- in now, whom the line names, within the last thirty days. What is no login of ours is not kept: people type their password
-- into the wrong field.
CREATE OR REPLACE FUNCTION organisation.report_failures(arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE me bigint := app.my_user_id(); place text := left(arguments ->> 'computer', 200); tried record;
BEGIN
    IF me IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = '42501', MESSAGE = 'Only staff may do this.';
    END IF;
    FOR tried IN
        WITH noted AS (
            INSERT INTO organisation.login (at, login, user_id, computer, address, success, reason, reported_by)
            SELECT (x ->> 'at')::timestamptz, coalesce(u.login, '?'), u.id, place, inet_client_addr(), false,
                   CASE WHEN x ->> 'reason' = 'closed' THEN 'closed' ELSE 'password' END, me
            FROM (SELECT y FROM jsonb_array_elements(arguments -> 'attempts') y LIMIT 20) z(x)
            LEFT JOIN organisation."user" u ON u.login = coalesce(x ->> 'login', session_user)
            WHERE (x ->> 'at')::timestamptz BETWEEN now() - interval '30 days' AND now()
            RETURNING login.login, login.user_id, login.reason)
        SELECT n.login, n.user_id, count(*) AS times FROM noted n WHERE n.reason = 'password'
        GROUP BY n.login, n.user_id HAVING count(*) >= 5
    LOOP
        -- the boss himself is told too: whether it was he who tried, he alone knows
        INSERT INTO organisation.notice (user_id, template, details)
        SELECT u.id, '{count} wrong passwords were tried for {name} on {computer}.', jsonb_build_object(
            'count', tried.times, 'computer', place, 'name', coalesce(organisation.name_of(tried.user_id), tried.login))
        FROM organisation."user" u JOIN organisation.user_role ur ON ur.user_id = u.id
        JOIN organisation.role r ON r.id = ur.role_id AND r.code = 'boss' WHERE u.active;
    END LOOP;
    RETURN jsonb_build_object('changes', jsonb_build_object());
END $$;
CALL app.offer('organisation.report_failures');

-- {"ids"}: read notices are not shown again.
CREATE OR REPLACE FUNCTION organisation.read_notices(arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE organisation.notice n SET read_at = now()
    WHERE n.user_id = app.my_user_id() AND n.read_at IS NULL
      AND n.id = ANY (ARRAY(SELECT x::bigint FROM jsonb_array_elements_text(arguments -> 'ids') x));
    RETURN jsonb_build_object('changes', jsonb_build_object());
END $$;
CALL app.offer('organisation.read_notices');

CREATE OR REPLACE FUNCTION organisation.tell(
    to_user bigint, template text, details jsonb, entity text DEFAULT NULL, record_id bigint DEFAULT NULL) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO organisation.notice (user_id, template, details, entity, record_id)
    SELECT to_user, template, details, entity, record_id
    WHERE to_user IS DISTINCT FROM app.my_user_id()
$$;

-- What reaches beyond one's own people is told to those who may do everything.
CREATE OR REPLACE FUNCTION organisation.tell_bosses(template text, details jsonb) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    SELECT organisation.tell(u.id, template, details || jsonb_build_object('by', organisation.my_name()))
    FROM organisation."user" u JOIN organisation.user_role ur ON ur.user_id = u.id
    JOIN organisation.role r ON r.id = ur.role_id AND r.code = 'boss' WHERE u.active
$$;
