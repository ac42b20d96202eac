-- What lists need beyond reading: what a deletion would take along, and what may be done with records.

-- {entity key: number of records} that would go into the recycle bin; refuses as app.recycle would.
CREATE OR REPLACE FUNCTION app.recycle_preview(entity text, ids bigint[]) RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM app.require_deletable(entity, ids);
    RETURN app.recycle_count(entity, ids);
END $$;

CREATE OR REPLACE FUNCTION app.recycle_count(entity text, ids bigint[]) RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    link app.child;
    found bigint[];
    more record;
    n bigint;
    counted jsonb := jsonb_build_object(entity, cardinality(ids));
BEGIN
    FOR link IN SELECT * FROM app.child c WHERE c.parent = entity LOOP
        EXECUTE format('SELECT coalesce(array_agg(id), ''{}'') FROM %I.%I WHERE %I = ANY ($1)%s%s',
            split_part(link.child, '.', 1), split_part(link.child, '.', 2), link.column_name, app.alive(link.child),
            app.of_kind(link)) INTO found USING ids;
        n := cardinality(found);
        CONTINUE WHEN n = 0;
        IF link.holds THEN
            PERFORM app.refuse('It cannot be deleted: {count} records refer to it.',
                jsonb_build_object('count', n, 'entity', link.child));
        END IF;
        FOR more IN SELECT * FROM jsonb_each(app.recycle_count(link.child, found)) LOOP
            counted := counted || jsonb_build_object(more.key,
                coalesce((counted ->> more.key)::bigint, 0) + (more.value #>> '{}')::bigint);
        END LOOP;
    END LOOP;
    RETURN counted;
END $$;

-- Which of ``ids`` cannot go, and what holds them: records that refer to them, or to what would go along.
CREATE OR REPLACE FUNCTION app.held(entity text, ids bigint[]) RETURNS TABLE (record_id bigint, held_by text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE link app.child; children bigint[];
BEGIN
    FOR link IN SELECT * FROM app.child c WHERE c.parent = entity LOOP
        IF link.holds THEN
            RETURN QUERY EXECUTE format('SELECT DISTINCT t.%1$I, $2 FROM %2$I.%3$I t WHERE t.%1$I = ANY ($1)%4$s%5$s', link.column_name,
                split_part(link.child, '.', 1), split_part(link.child, '.', 2), app.alive(link.child), app.of_kind(link)) USING ids, link.child;
        ELSE
            EXECUTE format('SELECT array_agg(id) FROM %I.%I WHERE %I = ANY ($1)%s%s', split_part(link.child, '.', 1),
                split_part(link.child, '.', 2), link.column_name, app.alive(link.child), app.of_kind(link)) INTO children USING ids;
            CONTINUE WHEN children IS NULL;
            RETURN QUERY EXECUTE format('SELECT DISTINCT t.%I, h.held_by FROM app.held($1, $2) h JOIN %I.%I t '
                'ON t.id = h.record_id', link.column_name, split_part(link.child, '.', 1), split_part(link.child, '.', 2))
                USING link.child, children;
        END IF;
    END LOOP;
END $$;

-- What a deletion of ``ids`` would do: {"ids": those that can go, "taken": {entity: count}, "refused": {held_by: count}}
-- and, under "hidden", how many are gone or not the caller's to see any more; under "read_only" how many he only sees.
CREATE OR REPLACE FUNCTION app.recycle_plan(entity text, ids bigint[]) RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    seen bigint[] := app.visible_ids(entity, ids);
    own bigint[];
    fine bigint[];
    refused jsonb;
BEGIN
    PERFORM app.require(entity || '.delete');
    EXECUTE format('SELECT coalesce(array_agg(id), ''{}'') FROM %I.%I WHERE id = ANY ($1)%s', split_part(entity, '.', 1),
        split_part(entity, '.', 2), app.alive(entity)) INTO seen USING seen;
    own := coalesce(app.deletable_ids(entity, seen), '{}');
    SELECT coalesce(array_agg(x.id), '{}') INTO fine FROM (
        SELECT unnest(own) AS id EXCEPT SELECT h.record_id FROM app.held(entity, own) h ORDER BY 1) x;
    SELECT coalesce(jsonb_object_agg(r.held_by, r.n), '{}') INTO refused FROM (
        SELECT h.held_by, count(DISTINCT h.record_id) AS n FROM app.held(entity, own) h GROUP BY 1) r;
    RETURN jsonb_build_object('ids', to_jsonb(fine), 'taken', app.recycle_count(entity, fine), 'refused', refused,
        'hidden', (SELECT count(DISTINCT x) FROM unnest(ids) x) - cardinality(seen),
        'read_only', cardinality(seen) - cardinality(own));
END $$;

-- What the caller may do with ``ids``: one row for each that he sees, whether he may edit it and whether it is his
-- people's (or he sees all), hence his to give away; ``refusal`` says why the row's own state keeps everybody or him from
-- editing what he otherwise might (app.editable_while). Missing and hidden ones have no row.
DROP FUNCTION IF EXISTS app.may_do(text, bigint[]);
CREATE OR REPLACE FUNCTION app.may_do(entity text, ids bigint[])
RETURNS TABLE (id bigint, edit boolean, give boolean, refusal text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    seen bigint[] := app.visible_ids(entity, ids);
    mine bigint[] := app.visible_ids(entity, ids, true);
    owned boolean := EXISTS (SELECT FROM pg_attribute a WHERE a.attname = 'owner_id'
        AND a.attrelid = to_regclass(format('%I.%I', split_part(entity, '.', 1), split_part(entity, '.', 2))));
    g app.guarded;
BEGIN
    -- nothing seen, or no kind of record at all
    IF seen = '{}' THEN
        RETURN;
    END IF;
    SELECT * INTO g FROM app.guarded x WHERE x.entity = may_do.entity;
    RETURN QUERY EXECUTE format('SELECT x.id, x.mine AND x.fine, %s, CASE WHEN x.mine AND NOT x.fine THEN $5 END '
        'FROM (SELECT t.*, t.id = ANY ($2) AS mine, coalesce((%s), false) AS fine FROM %I.%I t WHERE t.id = ANY ($1)%s) x ORDER BY x.id',
        CASE WHEN owned THEN 'x.mine AND x.owner_id IS NOT NULL AND ($4 OR x.owner_id = ANY ($3))'
             ELSE 'false AND ($4 OR $3 IS NULL)' END,
        coalesce(g.editable_while, 'true'), split_part(entity, '.', 1), split_part(entity, '.', 2), app.alive(entity))
        USING seen, mine, app.my_owner_ids(), app.can(split_part(entity, '.', 1) || '.see_all'), g.refusal;
END $$;

REVOKE ALL ON FUNCTION app.recycle_count(text, bigint[]), app.held(text, bigint[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.recycle_preview(text, bigint[]), app.recycle_plan(text, bigint[]),
    app.may_do(text, bigint[]) TO shuke_staff;
