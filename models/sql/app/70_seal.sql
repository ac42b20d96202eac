-- The chained seal over the change history. In the transaction it would cost 86 % (measured), so finished
-- rows are sealed in batches; the head of the chain is to be kept outside the server too, because whoever may alter the
-- history as superuser may recompute the chain as well, but not a head that lies elsewhere.

CALL app.guard_closed('app.epoch');
CALL app.guard_closed('app.seal');
CALL app.append_only('app.epoch');
CALL app.append_only('app.seal');

-- Opens a new epoch when the server is another than before: after a restore on another server transaction numbers begin
-- anew. Called at every upgrade and before every seal, so before people are let in.
CREATE OR REPLACE FUNCTION app.open_epoch() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE newest app.epoch; here bigint := (SELECT system_identifier FROM pg_control_system());
BEGIN
    PERFORM pg_advisory_xact_lock(7352002);
    SELECT * INTO newest FROM app.epoch e ORDER BY e.id DESC LIMIT 1;
    IF newest.system_identifier IS DISTINCT FROM here THEN
        INSERT INTO app.epoch (system_identifier, first_history_id)
        VALUES (here, CASE WHEN newest.id IS NULL THEN 1 ELSE (SELECT coalesce(max(h.id), 0) + 1 FROM app.history h) END)
        RETURNING * INTO newest;
    END IF;
    RETURN newest.id;
END $$;

-- One row's own digest. Written out column by column in a fixed form: no setting of a session may change it.
CREATE OR REPLACE FUNCTION app.digest_of(h app.history) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT encode(sha256(convert_to(jsonb_build_array(h.id, (extract(epoch FROM h.at) * 1000000)::bigint, h.transaction,
        h.login, h.user_id, h.client, h.entity, h.record_id, h.action, h.changes)::text, 'UTF8')), 'hex')
$$;

-- What the seals should be, recomputed in one pass over the history; each from the digest that was stored before it.
CREATE OR REPLACE FUNCTION app.recomputed_seals() RETURNS TABLE (seal_id bigint, rows bigint, digest text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH seals AS (
        SELECT s.*, lag(s.digest, 1, '') OVER (ORDER BY s.id) AS before FROM app.seal s
    ),
    spans AS (SELECT e.*, lead(e.first_history_id) OVER (ORDER BY e.id) AS next_first FROM app.epoch e),
    epochs AS (
        SELECT e.first_history_id, e.next_first,
               array_agg(s.from_transaction ORDER BY s.id) AS bounds, array_agg(s.id ORDER BY s.id) AS ids,
               max(s.to_transaction) AS top
        FROM spans e JOIN app.seal s ON s.epoch_id = e.id GROUP BY e.id, e.first_history_id, e.next_first
    ),
    placed AS (
        SELECT e.ids[width_bucket(h.transaction, e.bounds)] AS seal_id, h.id, app.digest_of(h) AS digest
        FROM app.history h
        JOIN epochs e ON h.id >= e.first_history_id AND (e.next_first IS NULL OR h.id < e.next_first)
        WHERE h.transaction < e.top
    ),
    batches AS (SELECT p.seal_id, count(*) AS n, string_agg(p.digest, '' ORDER BY p.id) AS text FROM placed p GROUP BY p.seal_id)
    SELECT s.id, coalesce(b.n, 0), encode(sha256(convert_to(s.before || coalesce(b.text, ''), 'UTF8')), 'hex')
    FROM seals s LEFT JOIN batches b ON b.seal_id = s.id
$$;

-- Seals what is finished; {"rows", "head"}. Run by the agent, or by whoever may read the history.
CREATE OR REPLACE FUNCTION app.seal_history() RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    epoch bigint;
    start bigint;
    newest app.seal;
    since bigint;
    horizon bigint := pg_snapshot_xmin(pg_current_snapshot())::text::bigint;
    n bigint;
    made text;
BEGIN
    IF session_user IN (SELECT u.login FROM organisation."user" u) THEN
        PERFORM app.require('system.history');
    END IF;
    epoch := app.open_epoch();
    start := (SELECT e.first_history_id FROM app.epoch e WHERE e.id = epoch);
    SELECT * INTO newest FROM app.seal s ORDER BY s.id DESC LIMIT 1;
    since := CASE WHEN newest.epoch_id = epoch THEN newest.to_transaction ELSE 0 END;
    SELECT count(*), encode(sha256(convert_to(coalesce(newest.digest, '') || coalesce(
               string_agg(app.digest_of(h), '' ORDER BY h.id), ''), 'UTF8')), 'hex') INTO n, made
    FROM app.history h WHERE h.id >= start AND h.transaction >= since AND h.transaction < horizon;
    IF n = 0 THEN
        RETURN jsonb_build_object('rows', 0, 'head', newest.digest);
    END IF;
    INSERT INTO app.seal (epoch_id, from_transaction, to_transaction, rows, digest) VALUES (epoch, since, horizon, n, made);
    RETURN jsonb_build_object('rows', n, 'head', made);
END $$;

-- What is wrong, seal by seal; [] when all is as it was. ``expected_head`` is a head that was kept elsewhere.
CREATE OR REPLACE FUNCTION app.check_seals(expected_head text DEFAULT NULL) RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE faults jsonb;
BEGIN
    IF session_user IN (SELECT u.login FROM organisation."user" u) THEN
        PERFORM app.require('system.history');
    END IF;
    SELECT coalesce(jsonb_agg(jsonb_build_object('seal', s.id, 'sealed_at', s.sealed_at, 'rows', s.rows, 'found', r.rows)
        ORDER BY s.id), '[]') INTO faults
    FROM app.seal s JOIN app.recomputed_seals() r ON r.seal_id = s.id
    WHERE s.digest <> r.digest OR s.rows <> r.rows;
    IF expected_head IS NOT NULL AND NOT EXISTS (SELECT FROM app.seal s WHERE s.digest = expected_head) THEN
        faults := faults || jsonb_build_object('missing_head', expected_head);
    END IF;
    RETURN faults;
END $$;
-- The newest seals, for whoever reads the history.
CREATE OR REPLACE FUNCTION app.newest_seals(most integer) RETURNS TABLE (
    id bigint, sealed_at timestamptz, rows bigint, digest text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT s.id, s.sealed_at, s.rows, s.digest FROM app.seal s WHERE app.can('system.history')
    ORDER BY s.id DESC LIMIT most
$$;
GRANT EXECUTE ON FUNCTION app.seal_history(), app.check_seals(text), app.newest_seals(integer) TO shuke_staff;
