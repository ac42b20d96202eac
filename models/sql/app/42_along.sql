-- Whose a record is besides its owner's, what of a kind is open, and what goes along when the record it hangs on gets
-- another owner (ORG-13) or its owner leaves (ORG-04). A kind says so by lines in its domain's SQL:
--   CALL app.held_by('activities.task', people => '{owner_id,executor_id}', open_when => 'state = ''open''');
--   CALL app.moves_with('sales.order', 'customer_id', 'customers.customer', offered => '{open,all}', chosen => 'open');
--   CALL app.moves_not('customers.balance', 'id', 'customers.customer');
-- and its entity says the same to the screens (services/entity.py: Along). A table with an owner that refers to such a
-- record and says neither fails tests/attacks.

CALL app.guard_closed('app.held_kind');
CALL app.guard_closed('app.along');

-- ``people``: columns that name who has to do with it, one person or several. ``open_when``: a condition over the
-- table's own columns, for kinds of which only what is open may be wanted. ``personal``: nobody else can use it, so a
-- job change leaves it where it is.
CREATE OR REPLACE PROCEDURE app.held_by(
    target regclass, people text[] DEFAULT '{owner_id}', open_when text DEFAULT NULL, personal boolean DEFAULT false)
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO app.held_kind (entity, people, open_when, personal)
    VALUES (app.entity_of(target), people, open_when, personal)
    ON CONFLICT ON CONSTRAINT uq_held_kind_entity DO UPDATE SET
        people = excluded.people, open_when = excluded.open_when, personal = excluded.personal
$$;

-- ``offered``: open, all or both; ``chosen``: none or one of them, what is done unless somebody says otherwise.
CREATE OR REPLACE PROCEDURE app.moves_with(
    child regclass, column_name text, parent regclass, offered text[] DEFAULT '{all}', chosen text DEFAULT 'none')
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO app.along (parent, child, column_name, offered, chosen)
    VALUES (app.entity_of(parent), app.entity_of(child), column_name, offered, chosen)
    ON CONFLICT ON CONSTRAINT uq_along_parent_child_column_name DO UPDATE SET
        offered = excluded.offered, chosen = excluded.chosen
$$;

-- It has an owner and refers to ``parent``, but stays with its owner, or follows by a trigger whatever is chosen.
CREATE OR REPLACE PROCEDURE app.moves_not(child regclass, column_name text, parent regclass)
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    CALL app.moves_with(child, column_name, parent, '{}', 'none')
$$;

CREATE OR REPLACE FUNCTION app.table_of(entity text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT format('%I.%I', split_part(entity, '.', 1), split_part(entity, '.', 2))
$$;

-- The columns of a kind that name people, and whether each names several.
CREATE OR REPLACE FUNCTION app.people_of(entity text) RETURNS TABLE (column_name text, several boolean, place bigint)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT a.attname::text, a.atttypid = 'bigint[]'::regtype, p.place
    FROM unnest(coalesce((SELECT k.people FROM app.held_kind k WHERE k.entity = people_of.entity), '{owner_id}'))
        WITH ORDINALITY p(name, place)
    JOIN pg_attribute a ON a.attrelid = to_regclass(app.table_of(people_of.entity)) AND a.attname = p.name
$$;

-- A condition over table ``x``: that ``giver`` has to do with the row.
CREATE OR REPLACE FUNCTION app.held_condition(entity text, giver text) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT '(' || string_agg(format('%s %s', giver, format(CASE WHEN p.several THEN '= ANY (x.%I)' ELSE '= x.%I' END,
        p.column_name)), ' OR ' ORDER BY p.place) || ')' FROM app.people_of(entity) p
$$;

-- What hangs on ``ids`` and is held by who owns them (``owners``, one for each), also through others that hang on them:
-- one row for each way, choice and owner. Not for staff: checks nothing.
CREATE OR REPLACE FUNCTION app.along_with(entity text, ids bigint[], owners bigint[], depth integer DEFAULT 1)
RETURNS TABLE (child text, choice text, level integer, ids_below bigint[], givers bigint[])
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    link app.along;
    wanted text;
    rule text;
    below bigint[];
    whose bigint[];
BEGIN
    FOR link IN SELECT * FROM app.along a WHERE a.parent = along_with.entity AND a.offered <> '{}' ORDER BY a.child, a.column_name
    LOOP
        FOREACH wanted IN ARRAY link.offered LOOP
            rule := CASE wanted WHEN 'open' THEN (SELECT k.open_when FROM app.held_kind k WHERE k.entity = link.child) ELSE 'true' END;
            EXECUTE format('SELECT array_agg(x.id ORDER BY x.id), array_agg(m.owner ORDER BY x.id) FROM unnest($1, $2) m(id, owner) '
                'JOIN (SELECT * FROM %s WHERE %s) x ON x.%I = m.id WHERE %s', app.table_of(link.child), rule, link.column_name,
                app.held_condition(link.child, 'm.owner')) INTO ids_below, givers USING ids, owners;
            child := link.child;
            choice := wanted;
            level := depth;
            RETURN NEXT;
        END LOOP;
        IF EXISTS (SELECT FROM app.along a WHERE a.parent = link.child AND a.offered <> '{}') AND depth < 8 THEN
            EXECUTE format('SELECT array_agg(x.id), array_agg(m.owner) FROM unnest($1, $2) m(id, owner) JOIN %s x ON x.%I = m.id',
                app.table_of(link.child), link.column_name) INTO below, whose USING ids, owners;
            IF below IS NOT NULL THEN
                RETURN QUERY SELECT * FROM app.along_with(link.child, below, whose, depth + 1);
            END IF;
        END IF;
    END LOOP;
END $$;

-- Puts ``receiver`` where ``givers`` (one for each of ``ids``) stand in ``columns`` of these rows; {column: [ids in which
-- he stands there now and did not before]}. Who is not there any more, because somebody else was faster, is left alone.
-- In the order of the ids, so that two such changes wait for one another. Not for staff: checks nothing.
CREATE OR REPLACE FUNCTION app.put_in_place(
    entity text, columns text[], ids bigint[], givers bigint[], receiver bigint) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    flags text;
    sets text;
    answers text;
    anywhere text;
    done jsonb;
BEGIN
    IF ids IS NULL OR ids = '{}' THEN
        RETURN '{}';
    END IF;
    SELECT string_agg(format(CASE WHEN p.several THEN 'm.giver = ANY (t.%1$I) AND $3 <> ALL (t.%1$I) AS f%2$s'
               ELSE 't.%1$I = m.giver AS f%2$s' END, p.column_name, p.place), ', '),
           string_agg(format(CASE WHEN p.several THEN '%1$I = array_replace(t.%1$I, x.giver, $3)'
               ELSE '%1$I = CASE WHEN x.f%2$s THEN $3 ELSE t.%1$I END' END, p.column_name, p.place), ', '),
           string_agg(format('%1$L, coalesce(jsonb_agg(u.id ORDER BY u.id) FILTER (WHERE u.f%2$s), ''[]'')',
               p.column_name, p.place), ', '),
           string_agg(format(CASE WHEN p.several THEN 'm.giver = ANY (t.%I)' ELSE 't.%I = m.giver' END, p.column_name), ' OR ')
    INTO flags, sets, answers, anywhere
    FROM app.people_of(entity) p WHERE p.column_name = ANY (columns);
    EXECUTE format('WITH u AS (UPDATE %1$s t SET %3$s FROM (SELECT t.id, m.giver, %2$s FROM unnest($1, $2) m(id, giver) '
        'JOIN %1$s t ON t.id = m.id WHERE (%5$s) AND m.giver <> $3 ORDER BY t.id FOR NO KEY UPDATE OF t) x '
        'WHERE t.id = x.id RETURNING x.*) SELECT jsonb_build_object(%4$s) FROM u',
        app.table_of(entity), flags, sets, answers, anywhere) INTO done USING ids, givers, receiver;
    RETURN done;
END $$;
REVOKE ALL ON FUNCTION app.table_of(text), app.people_of(text), app.held_condition(text, text),
    app.along_with(text, bigint[], bigint[], integer), app.put_in_place(text, text[], bigint[], bigint[], bigint) FROM PUBLIC;
