-- What quick search stores: words into lexemes. services/search.py builds the questions and names the classes
-- of lexemes; both sides must agree, tests/services/search/ holds them together.
--
--   h  two neighbouring Chinese characters (or one, at the end of a run)      h重庆
--   s  a syllable in pinyin, every reading; also zh, ch, sh by themselves     schong sch
--   i  two neighbouring initials; a letter or digit is its own initial        icq
--   u  a letter or digit at the edge of a run of them                         u5
--   b  the start of a value: plain, and with each initial of it               b bc
--   n  four neighbouring characters of a number (fewer at its end)            n0012
--   m  the first one and first two characters of a number                     ms mso
--   p  four neighbouring digits of a phone (fewer at its end)                 p5678
--   o  whose the row is: a person's id, 0 for nobody's                        o12
--   w  the warehouse that it lies in                                          w3
--
-- The last two are no words. They come from the rule under which the table is seen (app.ways_of), so that the index
-- itself leaves out what somebody who sees few rows does not see; whether he sees a row his policies decide all the same.
--
-- Positions are those of the characters, so that <-> finds exact substrings; values of different columns lie
-- at least 64 apart, so that no phrase spans them. Grams instead of all suffixes of a number, because a suffix
-- is a lexeme of its own for nearly every row, and such lexemes are most of the index.

CREATE OR REPLACE FUNCTION app.reading_initials(p_readings text[]) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    -- Three are enough for every character in use, and app.search_text looks at no more.
    SELECT "left"(coalesce(string_agg(x.initial, '' ORDER BY x.first), ''), 3)
      FROM (SELECT "left"(r.reading, 1) AS initial, min(r.n) AS first
              FROM unnest(p_readings) WITH ORDINALITY AS r(reading, n)
             GROUP BY 1) AS x;
END;

CREATE OR REPLACE FUNCTION app.reading_tokens(p_readings text[]) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT coalesce(string_agg(' s' || x.syllable || ':#', ''), '')
      FROM (SELECT r.reading AS syllable FROM unnest(p_readings) AS r(reading)
            UNION
            SELECT "left"(r.reading, 2) FROM unnest(p_readings) AS r(reading)
             WHERE "left"(r.reading, 2) IN ('zh', 'ch', 'sh')) AS x;
END;

-- NFKC, lower case, without blanks and punctuation: the same as services.search.normalise without its blanks. Most
-- values are letters, digits and characters that stay what they are; one look at them is a third of the work, and
-- translate() with a long list of characters to leave out took longer than everything else. Not STRICT, because the
-- planner writes no function that is into the statement that calls it.
CREATE OR REPLACE FUNCTION app.search_normalise(p_value text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN p_value COLLATE "C" ~ E'^[a-z0-9\\u3400-\\u4dbf\\u4e00-\\u9fff]*$' THEN p_value
    ELSE regexp_replace(
        lower(CASE WHEN octet_length(p_value) = length(p_value) THEN p_value ELSE normalize(p_value, NFKC) END COLLATE "C"),
        E'[\\x01-\\x20!-/:-@\\[-`{-\\x7f\\u0080\\u0085\\u00ab\\u00ad\\u00b7\\u00bb\\u2010\\u2013\\u2014\\u2018\\u2019'
        '\\u201c\\u201d\\u2022\\u200b-\\u200f\\u2028-\\u202e\\u2060\\u3001\\u3002\\u3008-\\u3011\\u3014-\\u3017\\u30fb'
        '\\ufeff]', '', 'g') END;

-- Lexemes and positions of several values as the text of a tsvector, and the sort key of the value at place p_sorted
-- (NULL: of none): both in one walk over the characters, because looking up a character's readings and starting the
-- statement are most of the work. Kinds: name, person (Chinese, pinyin), text (Chinese only), number, phone; whose,
-- several (ids of people), where. Names count 40 characters, texts 400, numbers and phones 64; values start 512 positions apart. Pairs of initials are made
-- by replacing the * of the first character's template by each initial of the second: sub-selects for them took half
-- of the time. A sort key is syllable and character in turn, so that 张 stays apart from 章, as in a dictionary;
-- letters and digits as they are. Words of two characters and surnames are read as such.
-- Who calls it settles search_path and plan_cache_mode (the length of the arrays would make every plan a custom one,
-- and planning costs more than running): the triggers, and the two functions below.
CREATE OR REPLACE FUNCTION app.search_parts(p_values text[], p_kinds text[], p_sorted int) RETURNS text[]
LANGUAGE plpgsql STABLE PARALLEL SAFE
AS $$
DECLARE
    grams text := '';
    mark text;
    v text;
    words boolean := false;
    family text[];
    found text[];
BEGIN
    FOR n IN 1 .. cardinality(p_kinds) LOOP
        IF p_kinds[n] = 'whose' THEN
            grams := grams || ' o' || coalesce(p_values[n], '0');
            CONTINUE;
        END IF;
        CONTINUE WHEN p_values[n] IS NULL;
        IF p_kinds[n] = 'where' THEN
            grams := grams || ' w' || p_values[n];
            CONTINUE;
        ELSIF p_kinds[n] = 'several' THEN
            grams := grams || coalesce(' o' || replace(nullif(btrim(p_values[n], '{}'), ''), ',', ' o'), '');
            CONTINUE;
        ELSIF p_kinds[n] NOT IN ('number', 'phone') THEN
            words := true;
            CONTINUE;
        END IF;
        v := "left"(app.search_normalise(p_values[n]), 64);
        IF p_kinds[n] = 'phone' THEN
            mark := ' ''p';
            v := regexp_replace(v, '[^0-9]', '', 'g');
        ELSE
            mark := ' ''n';
            IF v > '' THEN
                grams := grams || format(' ''m%s'':%s ''m%s'':%2$s', "left"(v, 1), (n - 1) * 512 + 1, "left"(v, 2));
            END IF;
        END IF;
        FOR i IN 1 .. length(v) LOOP
            grams := grams || mark || substr(v, i, 4) || ''':' || ((n - 1) * 512 + i);
        END LOOP;
    END LOOP;
    IF NOT words THEN
        RETURN ARRAY[grams, ''];
    END IF;
    IF p_kinds[p_sorted] = 'person' THEN
        v := "left"(app.search_normalise("left"(p_values[p_sorted], 200)), 16);
        SELECT x.readings INTO family FROM app.reading_phrase AS x
         WHERE x.surname AND x.phrase IN ("left"(v, 2), "left"(v, 1)) AND length(v) > length(x.phrase)
         ORDER BY length(x.phrase) DESC LIMIT 1;
    END IF;
    SELECT ARRAY[grams || coalesce(string_agg(replace(
            CASE WHEN t.c >= U&'\0080' THEN
                CASE WHEN t.next >= U&'\0080' THEN ' ''h' || t.c || t.next || ''':#' ELSE ' ''h' || t.c || ''':#' END
            WHEN t.previous < U&'\0080' AND t.next < U&'\0080' AND t.next > '' AND t.i > 1 THEN ''
            ELSE ' u' || t.c || ':#' END
            || coalesce(t.tokens, '')
            || CASE WHEN t.next > '' AND t.next_initials > '' THEN
                replace(t.pairs, '*', "left"(t.next_initials, 1))
                || CASE length(t.next_initials) WHEN 1 THEN ''
                   WHEN 2 THEN replace(t.pairs, '*', substr(t.next_initials, 2))
                   ELSE replace(t.pairs, '*', substr(t.next_initials, 2, 1))
                        || replace(t.pairs, '*', substr(t.next_initials, 3)) END
                ELSE '' END
            || CASE WHEN t.i = 1 AND t.read THEN ' b:#' || replace(replace(t.pairs, ' i', ' b'), '*', '') ELSE '' END,
            '#', (t.start + t.i)::text), ''), ''), coalesce(string_agg(t.key, ''), '')]
    INTO found
    FROM (
        -- a nested loop gives one character after the other, so that nothing has to be sorted
        SELECT ch.c, ch.i, f.start, f.read, substr(f.v, ch.i::int - 1, 1) AS previous, substr(f.v, ch.i::int + 1, 1) AS next,
               lead(coalesce(r.initials, CASE WHEN ch.c < U&'\0080' AND ch.c >= '0' THEN ch.c END)) OVER () AS next_initials,
               coalesce(r.pairs, CASE WHEN ch.c < U&'\0080' AND ch.c >= '0' THEN ' i' || ch.c || '*:#' ELSE '' END) AS pairs,
               r.tokens, CASE WHEN f.n = p_sorted AND ch.i <= 16 THEN
                   CASE WHEN r.readings IS NULL THEN ch.c
                   WHEN ch.i <= cardinality(family) THEN concat(family[ch.i], ch.c, ' ')
                   -- a phrase is looked up only for a character that has more than one reading
                   WHEN cardinality(r.readings) > 1 THEN concat(coalesce(
                        (SELECT x.readings[1] FROM app.reading_phrase AS x
                          WHERE ch.i < 16 AND x.phrase = substr(f.v, ch.i::int, 2) AND NOT x.surname),
                        (SELECT x.readings[2] FROM app.reading_phrase AS x
                          WHERE ch.i > 1 AND x.phrase = substr(f.v, ch.i::int - 1, 2) AND NOT x.surname),
                        r.readings[1]), ch.c, ' ')
                   ELSE concat(r.readings[1], ch.c, ' ') END END AS key
          FROM (
            -- OFFSET 0: a value is normalised once, and not wherever it is mentioned
            SELECT p.n, (p.n::int - 1) * 512 AS start, p.kind <> 'text' AS read,
                   CASE p.kind
                   WHEN 'text' THEN "left"(app.search_normalise("left"(p.value, 1000)), 400)
                   ELSE "left"(app.search_normalise("left"(p.value, 200)), 40) END COLLATE "C" AS v
              FROM unnest(p_values, p_kinds) WITH ORDINALITY AS p(value, kind, n)
             WHERE p.value > '' AND p.kind IN ('name', 'person', 'text') OFFSET 0) AS f
          CROSS JOIN LATERAL string_to_table(f.v, NULL) WITH ORDINALITY AS ch(c, i)
          -- LIMIT keeps this an index look-up per character; as a join the planner reads the whole table.
          LEFT JOIN LATERAL (SELECT x.initials, x.tokens, x.pairs, x.readings FROM app.reading AS x
                              WHERE x.character = ch.c AND f.read AND ch.c >= U&'\0080' LIMIT 1) AS r ON true
    ) AS t;
    RETURN found;
END
$$;

CREATE OR REPLACE FUNCTION app.search_text(p_values text[], p_kinds text[]) RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
AS $$
BEGIN
    RETURN (app.search_parts(p_values, p_kinds, NULL))[1];
END
$$;

-- What a list in Chinese sorts by.
CREATE OR REPLACE FUNCTION app.sort_key(p_value text, p_person boolean) RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
AS $$
BEGIN
    RETURN (app.search_parts(ARRAY[p_value], ARRAY[CASE WHEN p_person THEN 'person' ELSE 'name' END], 1))[2];
END
$$;

CREATE OR REPLACE FUNCTION app.fill_reading() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    NEW.initials := app.reading_initials(NEW.readings);
    NEW.tokens := app.reading_tokens(NEW.readings);
    NEW.pairs := coalesce((SELECT string_agg(' i' || a || '*:#', '' ORDER BY n)
                             FROM string_to_table(NEW.initials, NULL) WITH ORDINALITY AS t(a, n)), '');
    RETURN NEW;
END
$$;
CREATE OR REPLACE TRIGGER fill_reading BEFORE INSERT OR UPDATE ON app.reading
    FOR EACH ROW EXECUTE FUNCTION app.fill_reading();

-- A correction of the office: its readings become known to search, and decide the sort key.
CREATE OR REPLACE FUNCTION app.apply_reading_correction() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    INSERT INTO app.reading AS r (character, readings)
    SELECT c.c, array_agg(DISTINCT NEW.readings[c.i])
      FROM string_to_table(NEW.phrase, NULL) WITH ORDINALITY AS c(c, i)
     GROUP BY c.c
        ON CONFLICT (character) DO UPDATE
       SET readings = CASE
           WHEN length(NEW.phrase) = 1 AND NOT NEW.surname
           THEN excluded.readings || array_remove(r.readings, excluded.readings[1])
           WHEN r.readings @> excluded.readings THEN r.readings
           ELSE r.readings || excluded.readings END;
    IF NEW.surname OR length(NEW.phrase) > 1 THEN
        INSERT INTO app.reading_phrase (phrase, surname, readings)
        VALUES (NEW.phrase, NEW.surname, NEW.readings)
            ON CONFLICT (phrase, surname) DO UPDATE SET readings = excluded.readings;
    END IF;
    RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER apply_correction AFTER INSERT OR UPDATE ON app.reading_correction
    FOR EACH ROW EXECUTE FUNCTION app.apply_reading_correction();

-- The function of one table's trigger fill_search, written out for its columns: a common one had to take every row
-- apart as jsonb, at every change of whatever column. 'name|person:kind=individual' is the kind name, but person, read
-- with the surname's own reading (单 Shan, 曾 Zeng), where column kind is individual. Definer, so that nobody needs a
-- right on the tables of readings. To have a row computed anew, set its search to NULL. A function that writes several
-- documents of one customer may give sort_name, and in search the part of the first column, which it has computed
-- once; staff are granted to write neither column.
CREATE OR REPLACE FUNCTION app.search_function(p_table regclass, p_pairs text[]) RETURNS text
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    name text := (SELECT format('app.%I', concat_ws('_', 'search_of', c.relnamespace::regnamespace::text, c.relname))
                  FROM pg_class c WHERE c.oid = p_table);
    has_key boolean := EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = p_table AND a.attname = 'sort_name');
    columns text[] := '{}';
    kinds text[] := '{}';
    watched text[];
    scoped text[];
    parts text[];
    sorted int;
BEGIN
    FOR slot IN 1 .. cardinality(p_pairs) / 2 LOOP
        columns[slot] := p_pairs[slot * 2 - 1];
        -- name|person:kind=individual
        parts := regexp_match(p_pairs[slot * 2], E'^(\\w+)(?:\\|(\\w+):(\\w+)=(\\w+))?$');
        kinds[slot] := CASE WHEN parts[2] IS NULL THEN quote_literal(parts[1])
            ELSE format('CASE WHEN NEW.%I = %L THEN %L ELSE %L END', parts[3], parts[4], parts[2], parts[1]) END;
        IF parts[1] IN ('whose', 'several', 'where') THEN
            scoped := scoped || columns[slot];
        ELSE
            watched := watched || columns[slot] || parts[3];
        END IF;
        IF parts[1] IN ('name', 'person') AND has_key THEN
            sorted := coalesce(sorted, slot);
        END IF;
    END LOOP;
    EXECUTE format('CREATE OR REPLACE FUNCTION %s() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER '
        'SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS %L', name, format($body$
DECLARE
    given text;
    contents text[];
    kinds text[];
    parts text[];
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF NEW.search IS NOT NULL AND %1$s THEN
            NEW.search := OLD.search;%2$s%7$s
            RETURN NEW;
        END IF;
    ELSE
        given := NEW.search::text;
    END IF;
    contents := ARRAY[%3$s];
    kinds := ARRAY[%4$s];
    IF given IS NULL THEN
        parts := app.search_parts(contents, kinds, %5$L);
        NEW.search := parts[1]::tsvector;
    ELSE
        parts := app.search_parts(NULL::text || contents[2:], kinds, NULL);
        NEW.search := (given || parts[1])::tsvector;
    END IF;%6$s
    RETURN NEW;
END$body$,
        (SELECT string_agg(format('NEW.%1$I IS NOT DISTINCT FROM OLD.%1$I', x), ' AND ')
         FROM (SELECT DISTINCT unnest(watched) AS x) w WHERE x IS NOT NULL),
        CASE WHEN sorted IS NOT NULL THEN E'\n            NEW.sort_name := OLD.sort_name;' END,
        (SELECT string_agg(format('NEW.%I::text', x), ', ' ORDER BY n) FROM unnest(columns) WITH ORDINALITY u(x, n)),
        array_to_string(kinds, ', '), sorted,
        CASE WHEN sorted IS NOT NULL THEN format($key$
    IF TG_OP = 'UPDATE' OR NEW.sort_name IS NULL THEN
        NEW.sort_name := CASE WHEN given IS NULL THEN parts[2]
            ELSE app.sort_key(contents[%1$s], kinds[%1$s] = 'person') END;
    END IF;$key$, sorted) END,
        (SELECT format($scope$
            IF (%1$s) IS DISTINCT FROM (%2$s) THEN
                NEW.search := ts_delete(OLD.search, string_to_array(btrim((app.search_parts(ARRAY[%2$s], ARRAY[%3$s], NULL))[1]), ' '))
                    || ((app.search_parts(ARRAY[%1$s], ARRAY[%3$s], NULL))[1])::tsvector;
            END IF;$scope$, string_agg(format('NEW.%I::text', x), ', ' ORDER BY n),
            string_agg(format('OLD.%I::text', x), ', ' ORDER BY n), string_agg(kinds[n], ', ' ORDER BY n))
         FROM unnest(columns) WITH ORDINALITY u(x, n) WHERE x = ANY (scoped) HAVING count(*) > 0)));
    EXECUTE format('REVOKE ALL ON FUNCTION %s() FROM PUBLIC', name);
    RETURN name;
END
$$;

-- Makes a table searchable, or brings its trigger and index up to date: the arguments after the table are
-- pairs of column and kind; those of its rule are added. Rows that exist are computed when their search is set to NULL.
CREATE OR REPLACE FUNCTION app.make_searchable(p_table regclass, VARIADIC p_pairs text[]) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    operators text := coalesce((SELECT 'app.tsvector_search_ops' FROM pg_opclass
                                 WHERE opcname = 'tsvector_search_ops' AND opcnamespace = 'app'::regnamespace),
                               'pg_catalog.tsvector_ops');
    index_name text := format('ix_%s_search', (SELECT relname FROM pg_class WHERE oid = p_table));
    kind text := (SELECT concat_ws('.', relnamespace::regnamespace::text, relname) FROM pg_class WHERE oid = p_table);
    ways jsonb := (SELECT app.ways_of(g.own_visible) FROM app.guarded g WHERE g.entity = kind);
BEGIN
    UPDATE app.guarded g SET searched = ways WHERE g.entity = kind AND g.searched IS DISTINCT FROM ways;
    p_pairs := p_pairs || ARRAY(SELECT unnest(ARRAY[c, w.key]) FROM jsonb_each(ways - 'shared') w, jsonb_array_elements_text(w.value) c
                                ORDER BY w.key, c);
    EXECUTE format('CREATE OR REPLACE TRIGGER fill_search BEFORE INSERT OR UPDATE ON %s '
                   'FOR EACH ROW EXECUTE FUNCTION %s(%s)', p_table, app.search_function(p_table, p_pairs),
                   (SELECT string_agg(quote_literal(a), ', ' ORDER BY n) FROM unnest(p_pairs) WITH ORDINALITY AS p(a, n)));
    -- Common initials and syllables have to be known as common, or a plan fetches half the table first.
    EXECUTE format('ALTER TABLE %s ALTER COLUMN search SET STATISTICS 400', p_table);
    -- A short pending list: a row costs a quarter to a third less to write, the writer who empties it waits some
    -- 20 ms, and a search that reads 512 kB of it 0.2 ms. The default of 4 MB would cost a search 2 ms.
    EXECUTE format('CREATE INDEX IF NOT EXISTS %I ON %s USING gin (search %s)', index_name, p_table, operators);
    EXECUTE format('ALTER INDEX %I.%I SET (fastupdate = on, gin_pending_list_limit = 512)',
                   (SELECT c.relnamespace::regnamespace::text FROM pg_class c WHERE c.oid = p_table), index_name);
END
$$;

REVOKE ALL ON FUNCTION
    app.reading_initials(text[]), app.reading_tokens(text[]), app.search_normalise(text),
    app.search_parts(text[], text[], int), app.search_text(text[], text[]), app.sort_key(text, boolean),
    app.fill_reading(), app.apply_reading_correction(), app.search_function(regclass, text[]),
    app.make_searchable(regclass, text[])
    FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.search_normalise(text) TO shuke_staff;
