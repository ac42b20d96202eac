-- The operator of quick search, app.@@@: the same as @@, but LEAKPROOF, so that policies let it use an index.
-- ts_match_vq raises no error whose text holds a value and its answer is all it tells, which is what the mark
-- promises; PostgreSQL leaves the mark off because detoasting can fail. Run by the superuser it is made as
-- such, with an operator class of its own (those of PostgreSQL would lose a changed mark in a dump). Run by
-- anybody else it is the plain @@ under the same name: the answers are right, only slower under policies.
-- May be run again; the superuser's run replaces the plain one.
DO $$
DECLARE
    super boolean := (SELECT r.rolsuper FROM pg_catalog.pg_roles AS r WHERE r.rolname = current_user);
    found_function oid := pg_catalog.to_regprocedure('app.ts_match(tsvector,tsquery)');
    found_operator oid := pg_catalog.to_regoperator('app.@@@(tsvector,tsquery)');
BEGIN
    IF super THEN
        IF found_function IS NULL
           OR NOT (SELECT p.proleakproof FROM pg_catalog.pg_proc AS p WHERE p.oid = found_function) THEN
            CREATE OR REPLACE FUNCTION app.ts_match(tsvector, tsquery) RETURNS boolean
                LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF AS 'ts_match_vq';
        END IF;
    ELSIF found_function IS NULL THEN
        -- Without SET, so that the planner sees the @@ inside.
        CREATE FUNCTION app.ts_match(tsvector, tsquery) RETURNS boolean
            LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
            RETURN $1 OPERATOR(pg_catalog.@@) $2;
    END IF;
    IF found_operator IS NULL THEN
        CREATE OPERATOR app.@@@ (
            LEFTARG = tsvector, RIGHTARG = tsquery, FUNCTION = app.ts_match,
            RESTRICT = tsmatchsel, JOIN = tsmatchjoinsel);
    END IF;
    IF super AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_opclass AS c
         WHERE c.opcname = 'tsvector_search_ops' AND c.opcnamespace = 'app'::regnamespace) THEN
        CREATE OPERATOR CLASS app.tsvector_search_ops FOR TYPE tsvector USING gin AS
            OPERATOR 1 app.@@@ (tsvector, tsquery),
            FUNCTION 1 gin_cmp_tslexeme(text, text),
            FUNCTION 2 gin_extract_tsvector(tsvector, internal, internal),
            FUNCTION 3 gin_extract_tsquery(tsvector, internal, smallint, internal, internal, internal, internal),
            FUNCTION 4 gin_tsquery_consistent(internal, smallint, tsvector, integer, internal, internal, internal, internal),
            FUNCTION 5 gin_cmp_prefix(text, text, smallint, internal),
            FUNCTION 6 gin_tsquery_triconsistent(internal, smallint, tsvector, integer, internal, internal, internal),
            STORAGE text;
    END IF;
END
$$;
REVOKE ALL ON FUNCTION app.ts_match(tsvector, tsquery) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.ts_match(tsvector, tsquery) TO shuke_staff;
