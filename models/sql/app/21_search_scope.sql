-- Quick search for people who see few rows of many. A common syllable answers tens of thousands of orders, of which the
-- policies then leave a handful or none: each had to be fetched to be left out. So what search stores of a row says also
-- whose it is, and the index intersects. Nothing is decided here: the condition only leaves out what the policies hide
-- in any case, and where that is not certain there is none.

-- What a rule under which a table is seen (app.guarded.own_visible) is made of: {"whose": [columns of a person],
-- "several": [columns of people], "where": [columns of a warehouse], "shared": {column: kind}}; NULL where it says
-- anything else.
CREATE OR REPLACE FUNCTION app.ways_of(rule text) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    mine text := E'(\\w+) (?:= ANY \\(\\(SELECT app\\.my_owner_ids\\((?:''[^'']*'')?\\)\\)::bigint\\[\\]\\)|= \\(SELECT app\\.my_user_id\\(\\)\\))';
    ours text := E'(\\w+) && \\(SELECT app\\.my_owner_ids\\((?:''[^'']*'')?\\)\\)::bigint\\[\\]';
    here text := E'(\\w+) = ANY \\(\\(SELECT app\\.my_warehouse_ids\\(\\)\\)::bigint\\[\\]\\)';
    shared text := E'(\\w+) = ANY \\(\\(SELECT app\\.my_shared_ids\\(''([^'']*)''\\)\\)::bigint\\[\\]\\)';
    nobodys text := E'owner_id IS NULL AND \\(SELECT (?:app\\.\\w+\\(''[^'']*''\\)(?: OR )?)+\\)';
    left_over text := regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(
        rule, mine, '', 'g'), ours, '', 'g'), here, '', 'g'), shared, '', 'g'), nobodys, '', 'g');
    whose jsonb := (SELECT coalesce(jsonb_agg(DISTINCT m[1]), '[]') FROM regexp_matches(rule, mine, 'g') m);
BEGIN
    IF rule IS NULL OR left_over !~ '^( OR )*$' OR rule ~ nobodys AND NOT whose ? 'owner_id' THEN
        RETURN NULL;
    END IF;
    RETURN jsonb_build_object('whose', whose,
        'several', (SELECT coalesce(jsonb_agg(DISTINCT m[1]), '[]') FROM regexp_matches(rule, ours, 'g') m),
        'where', (SELECT coalesce(jsonb_agg(DISTINCT m[1]), '[]') FROM regexp_matches(rule, here, 'g') m),
        'shared', (SELECT coalesce(jsonb_object_agg(m[1], m[2]), '{}') FROM regexp_matches(rule, shared, 'g') m));
END $$;

-- By what quick search narrows kinds for the caller: ``lexemes`` of which a row that he sees has one, and the records
-- that he sees besides because they are shared, by column. Kinds are left out where he sees too much for it to help:
-- all of the domain, or more than a few people's rows, each of whom the index has to look up for every answer.
CREATE OR REPLACE FUNCTION app.search_scopes(entities text[])
RETURNS TABLE (entity text, lexemes text[], shared jsonb)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    me app.user_scope;
    g app.guarded;
    way record;
    ids bigint[];
    total int;
BEGIN
    SELECT * INTO me FROM app.user_scope s WHERE s.login = session_user
        AND (NOT s.limited OR app.admitted(s.networks, s.hours_from, s.hours_to, s.encrypted));
    IF me.id IS NULL THEN
        RETURN;
    END IF;
    FOR g IN SELECT * FROM app.guarded x WHERE x.entity = ANY (entities) AND x.searched IS NOT NULL
             AND NOT split_part(x.entity, '.', 1) || '.see_all' = ANY (me.rights) LOOP
        lexemes := CASE WHEN g.searched -> 'whose' <> '[]' OR g.searched -> 'several' <> '[]'
                   THEN ARRAY(SELECT 'o' || o FROM unnest(0 || me.owner_ids) o) ELSE '{}' END
            || CASE WHEN g.searched -> 'where' <> '[]'
               THEN ARRAY(SELECT 'w' || w FROM unnest(me.warehouse_ids) w) ELSE '{}' END;
        CONTINUE WHEN cardinality(lexemes) NOT BETWEEN 1 AND 9 OR app.reads_beyond(g.entity);
        total := 0;
        shared := '{}';
        FOR way IN SELECT * FROM jsonb_each_text(g.searched -> 'shared') LOOP
            ids := app.my_shared_ids(way.value);
            total := total + cardinality(ids);
            IF ids <> '{}' AND total <= 500 THEN
                shared := shared || jsonb_build_object(way.key, ids);
            END IF;
        END LOOP;
        CONTINUE WHEN total > 500;
        entity := g.entity;
        RETURN NEXT;
    END LOOP;
END $$;
REVOKE ALL ON FUNCTION app.ways_of(text), app.search_scopes(text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.search_scopes(text[]) TO shuke_staff;
