-- Numbers of documents (PLT-36). The series stands in app.counter as the text before the digits, with a question mark
-- for every place of the date that does not begin a new count: XS20261121- counts by day, XS202611??- by month.

CALL app.guard_closed('app.numbering');
GRANT SELECT ON app.numbering TO shuke_staff;
CREATE POLICY see ON app.numbering FOR SELECT TO shuke_staff USING (true);
CALL app.add_record_triggers('app.numbering', true);

-- The next number of a kind of document. Not for staff: the last lock that a posting function takes, so that there are
-- neither gaps nor duplicates among posted documents. A branch with a prefix of its own counts by itself where the
-- kind says so; the branch is that of who posts.
CREATE OR REPLACE FUNCTION app.next_number(entity text, day date) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    pattern app.numbering;
    start text;
    dated text;
    kept integer;
    wanted text;
    begins bigint := 1;
    number bigint;
BEGIN
    SELECT * INTO STRICT pattern FROM app.numbering n WHERE n.entity = next_number.entity;
    start := pattern.prefix;
    IF pattern.per_branch THEN
        start := coalesce((SELECT b.number_prefix || '-' FROM organisation.branch b WHERE b.id = app.my_branch_id()), '') || start;
    END IF;
    IF pattern.date_part = '' THEN
        dated := '';
        wanted := start;
    ELSE
        dated := to_char(day, pattern.date_part) || '-';
        kept := CASE pattern.resets WHEN 'day' THEN length(pattern.date_part)
            WHEN 'month' THEN strpos(pattern.date_part, 'MM') + 1
            WHEN 'year' THEN strpos(pattern.date_part || 'M', 'M') - 1 ELSE 0 END;
        wanted := start || left(dated, kept) || repeat('?', length(pattern.date_part) - kept) || '-';
    END IF;
    IF pattern.changes > 0 AND NOT EXISTS (SELECT FROM app.counter c WHERE c.series = wanted) THEN
        -- the pattern was changed: the new series goes on behind numbers that look like its own
        begins := 1 + app.highest_number(entity, wanted);
    END IF;
    INSERT INTO app.counter AS c (series, first, last) VALUES (wanted, begins, begins)
    ON CONFLICT ON CONSTRAINT uq_counter_series DO UPDATE SET last = c.last + 1 RETURNING c.last INTO number;
    RETURN start || dated || lpad(number::text, greatest(pattern.digits, length(number::text)), '0');
END $$;

CREATE OR REPLACE FUNCTION app.highest_number(entity text, series text) RETURNS bigint
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE highest bigint;
BEGIN
    EXECUTE format('SELECT coalesce(max(substr(number, $2)::bigint), 0) FROM %I.%I WHERE number LIKE $1 '
        'AND substr(number, $2) ~ ''^[0-9]{1,15}$''', split_part(entity, '.', 1), split_part(entity, '.', 2))
        INTO highest USING replace(series, '?', '_') || '%', length(series) + 1;
    RETURN highest;
END $$;

-- {"entity", "changes", "prefix", "date_part", "digits", "resets", "per_branch"}
CREATE OR REPLACE FUNCTION app.set_numbering(arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE given app.numbering := jsonb_populate_record(NULL::app.numbering, arguments); changed bigint;
BEGIN
    PERFORM app.require('system.settings');
    given.prefix := upper(btrim(coalesce(given.prefix, '')));
    IF given.prefix !~ '^([A-Z0-9]{0,7}[A-Z])$' THEN
        PERFORM app.refuse('A prefix has one to eight letters or digits and ends with a letter.');
    ELSIF EXISTS (SELECT FROM app.numbering n WHERE n.prefix = given.prefix AND n.entity <> given.entity) THEN
        PERFORM app.refuse('Another kind of document begins with {prefix}.', jsonb_build_object('prefix', given.prefix));
    ELSIF NOT coalesce(given.digits BETWEEN 1 AND 10, false) THEN
        PERFORM app.refuse('A number has one to ten digits.');
    ELSIF NOT coalesce(given.date_part IN ('', 'YYYY', 'YY', 'YYYYMM', 'YYMM', 'YYYYMMDD', 'YYMMDD'), false)
          OR NOT coalesce(given.resets IN ('never', 'year', 'month', 'day'), false) THEN
        PERFORM app.refuse('A value is not possible here; nothing was posted.');
    ELSIF given.resets = 'day' AND given.date_part !~ 'DD' OR given.resets = 'month' AND given.date_part !~ 'MM'
          OR given.resets = 'year' AND given.date_part = '' THEN
        PERFORM app.refuse('The date in the number must show when the count begins anew, or numbers would come twice.');
    END IF;
    UPDATE app.numbering n SET prefix = given.prefix, date_part = given.date_part, digits = given.digits,
        resets = given.resets, per_branch = coalesce(given.per_branch, false), changes = n.changes + 1
    WHERE n.entity = given.entity AND n.changes = given.changes RETURNING n.id INTO changed;
    IF changed IS NULL THEN
        PERFORM app.refuse('Somebody else has changed this document. Open it again.');
    END IF;
    RETURN jsonb_build_object('changes', jsonb_build_object('app.numbering', jsonb_build_array(changed)));
END $$;
CALL app.offer('app.set_numbering');
