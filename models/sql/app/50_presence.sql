-- Who has which record open (PLT-31). No lock, only a courtesy: it hinders nobody, and a crash leaves nothing behind.
-- A row counts while the connection that announced it lives and was heard from within 90 seconds; clients
-- announce anew every 30. pg_stat_activity shows pid and login of every connection to everybody, but not when it
-- began, hence the second condition: a pid that is used again by the same login dies of age.
CALL app.guard_closed('app.presence');

CREATE OR REPLACE FUNCTION app.presence_lives(pid integer, login text, seen_at timestamptz) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT seen_at > clock_timestamp() - interval '90 seconds' AND EXISTS (
        SELECT FROM pg_stat_activity a WHERE a.pid = presence_lives.pid AND a.usename = presence_lives.login)
$$;

-- Announce that the caller's client has the record open; the others who have it open, without himself.
CREATE OR REPLACE FUNCTION app.open_presence(client uuid, entity text, record_id bigint)
RETURNS TABLE (user_id bigint, name text, since timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE me bigint := app.my_user_id(); known boolean;
BEGIN
    PERFORM app.require_visible(open_presence.entity, ARRAY[open_presence.record_id]);
    DELETE FROM app.presence p
    WHERE p.entity = open_presence.entity AND p.record_id = open_presence.record_id
      AND NOT app.presence_lives(p.pid, p.login, p.seen_at);
    DELETE FROM app.presence p WHERE p.login = session_user AND NOT app.presence_lives(p.pid, p.login, p.seen_at);
    SELECT true INTO known FROM app.presence p
    WHERE p.entity = open_presence.entity AND p.record_id = open_presence.record_id
      AND p.client = open_presence.client AND p.login = session_user;
    INSERT INTO app.presence AS p (client, entity, record_id, user_id, login, pid)
    VALUES (open_presence.client, open_presence.entity, open_presence.record_id, me, session_user, pg_backend_pid())
    ON CONFLICT ON CONSTRAINT uq_presence_entity_record_id_client DO UPDATE
        SET pid = excluded.pid, seen_at = clock_timestamp() WHERE p.login = session_user;
    IF known IS NULL THEN
        PERFORM pg_notify('shuke', 'app.presence:' || open_presence.record_id || ':' || pg_backend_pid());
    END IF;
    RETURN QUERY
        SELECT p.user_id, min(u.name), min(p.since) FROM app.presence p JOIN organisation."user" u ON u.id = p.user_id
        WHERE p.entity = open_presence.entity AND p.record_id = open_presence.record_id AND p.user_id <> me
          AND app.presence_lives(p.pid, p.login, p.seen_at)
        GROUP BY p.user_id ORDER BY min(p.since);
END $$;

CREATE OR REPLACE FUNCTION app.close_presence(client uuid, entity text, record_id bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    DELETE FROM app.presence p
    WHERE p.client = close_presence.client AND p.entity = close_presence.entity
      AND p.record_id = close_presence.record_id AND p.login = session_user;
    IF FOUND THEN
        PERFORM pg_notify('shuke', 'app.presence:' || close_presence.record_id || ':' || pg_backend_pid());
    END IF;
END $$;
GRANT EXECUTE ON FUNCTION app.open_presence(uuid, text, bigint), app.close_presence(uuid, text, bigint) TO shuke_staff;
