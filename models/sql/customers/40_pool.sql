-- The customer pool (公海): customers without an owner, which staff take for themselves or are given (CUS-14, CUS-30).
-- Who may see the pool is in the policy of customers.customer; contacts of a customer in it are seen by nobody but
-- those who see all, until somebody takes it.
-- {"ids", "reason"}: customers of the caller's own people, anybody's for the pool's administrator.
CREATE OR REPLACE FUNCTION customers.put_into_pool(arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    targets bigint[] := ARRAY(SELECT x::bigint FROM jsonb_array_elements_text(arguments -> 'ids') x);
    why text := nullif(btrim(arguments ->> 'reason'), '');
    chief boolean := app.can('customers.pool.administer');
    contacts bigint[];
    before record;
BEGIN
    IF NOT chief THEN
        PERFORM app.require('customers.pool.put');
    END IF;
    PERFORM app.require_visible('customers.customer', targets);
    IF why IS NULL THEN
        PERFORM app.refuse('Say why these customers go into the pool.');
    END IF;
    PERFORM 1 FROM customers.customer c WHERE c.id = ANY (targets) ORDER BY c.id FOR NO KEY UPDATE;
    IF EXISTS (SELECT FROM customers.customer c WHERE c.id = ANY (targets) AND c.owner_id IS NULL) THEN
        PERFORM app.refuse('{count} of these customers are in the pool already.', jsonb_build_object('count',
            (SELECT count(*) FROM customers.customer c WHERE c.id = ANY (targets) AND c.owner_id IS NULL)));
    ELSIF NOT chief AND EXISTS (
        SELECT FROM customers.customer c WHERE c.id = ANY (targets) AND c.owner_id <> ALL (app.my_owner_ids())) THEN
        PERFORM app.refuse('You can only put customers of your own people into the pool.');
    END IF;
    FOR before IN SELECT c.owner_id, count(*) AS n FROM customers.customer c
        WHERE c.id = ANY (targets) AND c.owner_id <> app.my_user_id() GROUP BY c.owner_id
    LOOP
        PERFORM organisation.tell(before.owner_id, '{by} put {count} of your customers into the pool: {reason}',
            jsonb_build_object('by', organisation.my_name(), 'count', before.n, 'reason', why));
    END LOOP;
    WITH gone AS (
        UPDATE customers.contact k SET owner_id = NULL FROM customers.customer c
        WHERE c.id = ANY (targets) AND k.customer_id = c.id AND k.owner_id = c.owner_id RETURNING k.id
    ) SELECT coalesce(array_agg(g.id), '{}') INTO contacts FROM gone g;
    -- nobody is warm about a customer that nobody has
    UPDATE customers.customer c SET owner_id = NULL, pooled_at = now(), pool_reason = why, hot_level = NULL,
        hot_reason = NULL, hot_until = NULL WHERE c.id = ANY (targets);
    DELETE FROM organisation.share s WHERE s.entity = 'customers.customer' AND s.record_id = ANY (targets);
    PERFORM pg_notify('shuke', 'scope::' || pg_backend_pid());
    RETURN jsonb_build_object('changes', jsonb_build_object('customers.customer', to_jsonb(targets),
        'customers.contact', to_jsonb(contacts)));
END $$;
CALL app.offer('customers.put_into_pool');

-- {"ids", "to_user"}: for oneself, or for somebody else by the pool's administrator. Who comes second is refused.
CREATE OR REPLACE FUNCTION customers.take_from_pool(arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    targets bigint[] := ARRAY(SELECT x::bigint FROM jsonb_array_elements_text(arguments -> 'ids') x);
    receiver bigint := coalesce((arguments ->> 'to_user')::bigint, app.my_user_id());
    taken bigint;
    contacts bigint[];
BEGIN
    PERFORM app.require(CASE WHEN receiver = app.my_user_id() AND NOT app.can('customers.pool.administer')
        THEN 'customers.pool.take' ELSE 'customers.pool.administer' END);
    IF NOT EXISTS (SELECT FROM app.user_scope s WHERE s.id = receiver AND 'customers.customer.view' = ANY (s.rights)) THEN
        PERFORM app.refuse('That user is closed or may not see customers.');
    END IF;
    -- one whom a colleague has just taken is not visible any more: who saw it in the pool is told why
    PERFORM 1 FROM customers.customer c WHERE c.id = ANY (targets) ORDER BY c.id FOR NO KEY UPDATE;
    SELECT count(*) INTO taken FROM customers.customer c WHERE c.id = ANY (targets) AND c.owner_id IS NOT NULL
        AND EXISTS (SELECT FROM customers.owner_event e WHERE e.customer_id = c.id
                    AND e.action IN ('take', 'assign') AND e.at > now() - interval '1 day');
    IF taken > 0 THEN
        PERFORM app.refuse('Somebody else has taken {count} of these customers already.', jsonb_build_object('count', taken));
    END IF;
    PERFORM app.require_visible('customers.customer', targets);
    IF EXISTS (SELECT FROM customers.customer c WHERE c.id = ANY (targets)
               AND (c.owner_id IS NOT NULL OR c.deleted_at IS NOT NULL)) THEN
        PERFORM app.refuse('Only customers in the pool can be taken.');
    END IF;
    UPDATE customers.customer c SET owner_id = receiver, pooled_at = NULL, pool_reason = NULL WHERE c.id = ANY (targets);
    -- what was shown to somebody while it lay in the pool is the new owner's alone
    DELETE FROM organisation.share s WHERE s.entity = 'customers.customer' AND s.record_id = ANY (targets);
    WITH come AS (
        UPDATE customers.contact k SET owner_id = receiver WHERE k.customer_id = ANY (targets) AND k.owner_id IS NULL
        RETURNING k.id
    ) SELECT coalesce(array_agg(g.id), '{}') INTO contacts FROM come g;
    IF receiver <> app.my_user_id() THEN
        PERFORM organisation.tell(receiver, '{by} gave you {count} customers from the pool.',
            jsonb_build_object('by', organisation.my_name(), 'count', cardinality(targets)), 'customers.customer',
            CASE WHEN cardinality(targets) = 1 THEN targets[1] END);
    END IF;
    RETURN jsonb_build_object('changes', jsonb_build_object('customers.customer', to_jsonb(targets),
        'customers.contact', to_jsonb(contacts)));
END $$;
CALL app.offer('customers.take_from_pool');
