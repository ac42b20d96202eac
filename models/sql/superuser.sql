-- What only the superuser can do, once per database; may be run again. Staff get nothing that PostgreSQL gives
-- to everybody by default: no temporary tables, no large objects, no advisory locks.
REVOKE ALL ON SCHEMA public FROM PUBLIC;
DO $$
DECLARE f record;
BEGIN
    FOR f IN
        SELECT p.oid::regprocedure AS name FROM pg_proc p
        WHERE p.pronamespace = 'pg_catalog'::regnamespace
          AND (p.proname LIKE 'lo\_%' OR p.proname IN ('lowrite', 'loread') OR p.proname ~ 'advisory')
    LOOP
        EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', f.name);
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO shuke_owner', f.name);
    END LOOP;
END $$;
