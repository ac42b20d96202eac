-- Group roles, made once by the superuser. Nobody logs in as any of them.
--   shuke_owner  owns every object; row-level security does not bind it, so definer functions may see all
--   shuke_keys   owns the few functions that make logins and grant scope roles (CREATEROLE, ends sessions)
--   shuke_staff  every person
--   shuke_all_<domain>, shuke_tree_<domain>  each login is in exactly one of the two per domain, because a
--     policy that says "sees all OR …" loses its index
DO $$
DECLARE domain text;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'shuke_owner') THEN
        CREATE ROLE shuke_owner NOLOGIN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'shuke_keys') THEN
        CREATE ROLE shuke_keys NOLOGIN CREATEROLE;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'shuke_staff') THEN
        CREATE ROLE shuke_staff NOLOGIN;
    END IF;
    GRANT pg_signal_backend TO shuke_keys;
    GRANT shuke_staff TO shuke_keys WITH ADMIN TRUE, INHERIT FALSE, SET FALSE;
    FOREACH domain IN ARRAY ARRAY[
        'organisation', 'customers', 'activities', 'opportunities', 'products', 'sales', 'delivery', 'stock',
        'purchasing', 'finance', 'service', 'marketing', 'messaging', 'office', 'analysis', 'system']
    LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'shuke_all_' || domain) THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN', 'shuke_all_' || domain);
        END IF;
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'shuke_tree_' || domain) THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN', 'shuke_tree_' || domain);
        END IF;
        EXECUTE format('GRANT %I, %I TO shuke_keys WITH ADMIN TRUE, INHERIT FALSE, SET FALSE',
                       'shuke_all_' || domain, 'shuke_tree_' || domain);
    END LOOP;
END $$;
