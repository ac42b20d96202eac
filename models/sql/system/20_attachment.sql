-- Files (PLT-32). Bytes lie in system.content and its parts, closed to everybody; a file is read through an attachment
-- that one may see, and an attachment is seen with its record. Nothing here answers to a hash: a file is sent whole, and
-- the server finds by itself that it has it already, so nobody comes by a file of which he knows no more than its digest.

-- Kinds of records of which the caller sees every one: their attachments need no look at each record.
CREATE OR REPLACE FUNCTION app.kinds_seen_whole() RETURNS text[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(array_agg(g.entity), '{}') FROM app.guarded g JOIN app.user_scope s ON s.login = session_user
    WHERE (NOT s.limited OR app.admitted(s.networks, s.hours_from, s.hours_to, s.encrypted))
      AND g.sees = ANY (s.rights) AND (g.visible = 'true' OR split_part(g.entity, '.', 1) || '.see_all' = ANY (s.rights))
$$;
GRANT EXECUTE ON FUNCTION app.kinds_seen_whole() TO shuke_staff;

CALL app.guard('system.attachment', writable => false,
    visible => 'CASE WHEN record_id IS NULL THEN created_by = (SELECT app.my_user_id()) '
        'ELSE entity = ANY ((SELECT app.kinds_seen_whole())::text[]) OR record_id = ANY (app.visible_ids(entity, ARRAY[record_id])) END',
    editable => 'CASE WHEN record_id IS NULL THEN created_by = (SELECT app.my_user_id()) '
        'ELSE record_id = ANY (app.visible_ids(entity, ARRAY[record_id], true)) END');
CALL app.guard_closed('system.content');
CALL app.guard_closed('system.content_part');
CALL app.guard_closed('system.thumbnail');
GRANT SELECT ON system.thumbnail TO shuke_staff;
CREATE POLICY see ON system.thumbnail FOR SELECT TO shuke_staff USING (
    (SELECT app.can('system.attachment.view')) AND EXISTS (SELECT FROM system.attachment a WHERE a.id = thumbnail.id));
-- pictures and office files are compressed already
ALTER TABLE system.content_part ALTER COLUMN data SET STORAGE EXTERNAL;

-- What a file is, by its first bytes.
CREATE OR REPLACE FUNCTION system.type_of(head bytea) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE
        WHEN octet_length(head) = 0 THEN 'application/x-empty'
        WHEN substr(head, 1, 8) = E'\\x89504e470d0a1a0a' THEN 'image/png'
        WHEN substr(head, 1, 3) = E'\\xffd8ff' THEN 'image/jpeg'
        WHEN substr(head, 1, 4) = E'\\x47494638' THEN 'image/gif'
        WHEN substr(head, 1, 2) = E'\\x424d' THEN 'image/bmp'
        WHEN substr(head, 1, 4) = E'\\x52494646' AND substr(head, 9, 4) = E'\\x57454250' THEN 'image/webp'
        WHEN substr(head, 1, 4) IN (E'\\x49492a00', E'\\x4d4d002a') THEN 'image/tiff'
        WHEN position(E'\\x255044462d'::bytea IN substr(head, 1, 1024)) > 0 THEN 'application/pdf'
        WHEN substr(head, 1, 4) = E'\\x504b0304' THEN 'application/zip'
        WHEN substr(head, 1, 8) = E'\\xd0cf11e0a1b11ae1' THEN 'application/x-ole-storage'
        WHEN substr(head, 1, 4) = E'\\x52617221' THEN 'application/vnd.rar'
        WHEN substr(head, 1, 6) = E'\\x377abcaf271c' THEN 'application/x-7z-compressed'
        WHEN substr(head, 1, 2) = E'\\x1f8b' THEN 'application/gzip'
        WHEN substr(head, 1, 2) = E'\\x4d5a' OR substr(head, 1, 4) = E'\\x7f454c46' THEN 'application/x-executable'
        WHEN position(E'\\x00'::bytea IN substr(head, 1, 8192)) > 0 THEN 'application/octet-stream'
        ELSE 'text/plain' END
$$;

CREATE OR REPLACE FUNCTION system.attachment_limits() RETURNS TABLE (largest bigint, quota bigint)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT (app.setting('attachments.largest_mb', '50') #>> '{}')::bigint * 1048576,
           (app.setting('attachments.quota_mb', '20480') #>> '{}')::bigint * 1048576
$$;

-- {"size"}: announces a file that is to be sent; {"id"}. What was begun and left for a day, or chosen in a form that was
-- not saved within thirty, is cleared away on the occasion.
CREATE OR REPLACE FUNCTION system.begin_upload(arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE bytes bigint := (arguments ->> 'size')::bigint; bound record; used bigint; target bigint;
BEGIN
    PERFORM app.require('system.attachment.create');
    DELETE FROM system.content c WHERE c.digest IS NULL AND c.started_at < now() - interval '1 day';
    DELETE FROM system.attachment a WHERE a.record_id IS NULL AND a.created_at < now() - interval '30 days';
    SELECT * INTO bound FROM system.attachment_limits();
    IF bytes IS NULL OR bytes < 0 THEN
        PERFORM app.refuse('The file was changed while it was being sent. Attach it again.');
    ELSIF bytes > bound.largest THEN
        PERFORM app.refuse('A file may have {limit} MB at most.', jsonb_build_object('limit', bound.largest / 1048576));
    END IF;
    SELECT coalesce(sum(c.size), 0) INTO used FROM system.content c;
    IF used + bytes > bound.quota THEN
        PERFORM app.refuse('There is no room left for files: all {quota} MB are used. The boss or the administrator can give more.',
            jsonb_build_object('quota', bound.quota / 1048576));
    END IF;
    -- what is only announced holds room as well: nobody shall take it all with files that never come
    IF (SELECT count(*) >= 50 FROM system.content c WHERE c.uploaded_by = app.my_user_id() AND c.digest IS NULL) THEN
        DELETE FROM system.content c WHERE c.uploaded_by = app.my_user_id() AND c.digest IS NULL
            AND c.started_at < now() - interval '5 minutes';
        IF (SELECT count(*) >= 50 FROM system.content c WHERE c.uploaded_by = app.my_user_id() AND c.digest IS NULL) THEN
            PERFORM app.refuse('Too many files are being sent at once. Try again in a moment.');
        END IF;
    END IF;
    INSERT INTO system.content (size, uploaded_by) VALUES (bytes, app.my_user_id()) RETURNING id INTO target;
    RETURN jsonb_build_object('id', target, 'changes', jsonb_build_object());
END $$;
CALL app.offer('system.begin_upload');

-- The next part of a file that the caller is sending. Sending a part again, after a lost answer, does nothing more.
CREATE OR REPLACE FUNCTION system.store_part(upload bigint, number integer, data bytea) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE target system.content; parts integer; bytes bigint;
BEGIN
    PERFORM app.require('system.attachment.create');
    SELECT * INTO target FROM system.content c WHERE c.id = upload AND c.uploaded_by = app.my_user_id() AND c.digest IS NULL
    FOR UPDATE;
    IF NOT FOUND THEN
        PERFORM app.refuse('This file is not being sent any more. Attach it again.');
    END IF;
    SELECT count(*), coalesce(sum(octet_length(p.data)), 0) INTO parts, bytes FROM system.content_part p WHERE p.content_id = upload;
    IF number < parts THEN
        RETURN;
    ELSIF number > parts OR octet_length(data) NOT BETWEEN 1 AND 524288
          OR octet_length(data) <> least(524288, target.size - bytes) THEN
        PERFORM app.refuse('The file was changed while it was being sent. Attach it again.');
    END IF;
    INSERT INTO system.content_part (content_id, number, data) VALUES (upload, store_part.number, store_part.data);
END $$;

-- The content that a finished upload is: itself, or the same one that was there already.
CREATE OR REPLACE FUNCTION system.finish_upload(upload bigint) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE target system.content; bytes bigint; made text; known bigint;
BEGIN
    SELECT * INTO target FROM system.content c WHERE c.id = upload AND c.uploaded_by = app.my_user_id() AND c.digest IS NULL
    FOR UPDATE;
    IF NOT FOUND THEN
        PERFORM app.refuse('This file is not being sent any more. Attach it again.');
    END IF;
    SELECT coalesce(sum(octet_length(p.data)), 0),
           encode(sha256(coalesce(string_agg(sha256(p.data), ''::bytea ORDER BY p.number), '')), 'hex') INTO bytes, made
    FROM system.content_part p WHERE p.content_id = upload;
    IF bytes <> target.size THEN
        PERFORM app.refuse('The file was changed while it was being sent. Attach it again.');
    END IF;
    LOOP
        -- locked, so that it is not cleared away as the last attachment of another goes
        SELECT c.id INTO known FROM system.content c WHERE c.digest = made FOR KEY SHARE;
        IF known IS NOT NULL THEN
            DELETE FROM system.content c WHERE c.id = upload;
            RETURN known;
        END IF;
        BEGIN
            UPDATE system.content c SET digest = made, type = system.type_of(coalesce(
                (SELECT substr(p.data, 1, 8192) FROM system.content_part p WHERE p.content_id = upload AND p.number = 0), ''))
            WHERE c.id = upload;
            RETURN upload;
        EXCEPTION WHEN unique_violation THEN
            NULL; -- somebody else has sent the same file in this moment: take his
        END;
    END LOOP;
END $$;

-- {"upload_id", "entity", "record_id", "field", "name", "thumbnail" in base64 or none}: the file that was sent becomes an
-- attachment of a record that the caller may edit. With a field instead of a record it waits for the form to be saved.
CREATE OR REPLACE FUNCTION system.attach(arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    kind text := arguments ->> 'entity';
    target bigint := (arguments ->> 'record_id')::bigint;
    file system.content;
    called text := left(btrim(regexp_replace(coalesce(arguments ->> 'name', ''), E'[[:cntrl:]/\\\\]', '_', 'g')), 200);
    small bytea := decode(arguments ->> 'thumbnail', 'base64');
    made bigint;
BEGIN
    PERFORM app.require('system.attachment.create');
    IF NOT EXISTS (SELECT FROM app.child c WHERE c.parent = kind AND c.child = 'system.attachment')
       OR (target IS NULL) <> (arguments ->> 'field' IS NOT NULL) THEN
        RAISE EXCEPTION USING ERRCODE = 'SK002', MESSAGE = 'That record is not available.';
    END IF;
    IF target IS NOT NULL THEN
        PERFORM app.require_visible(kind, ARRAY[target], true);
    END IF;
    made := system.finish_upload((arguments ->> 'upload_id')::bigint);
    SELECT * INTO file FROM system.content c WHERE c.id = made;
    INSERT INTO system.attachment (entity, record_id, field, name, content_id, size, type, digest)
    VALUES (kind, target, arguments ->> 'field', coalesce(nullif(called, ''), '?'), file.id, file.size, file.type, file.digest)
    RETURNING id INTO made;
    IF octet_length(small) BETWEEN 1 AND 131072 AND system.type_of(small) IN ('image/png', 'image/jpeg') THEN
        INSERT INTO system.thumbnail (id, data) VALUES (made, small);
    END IF;
    RETURN jsonb_build_object('id', made, 'changes', jsonb_build_object('system.attachment', jsonb_build_array(made)));
END $$;
CALL app.offer('system.attach');

-- {"upload_id"}: the sender has changed his mind.
CREATE OR REPLACE FUNCTION system.drop_upload(arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    DELETE FROM system.content c
    WHERE c.id = (arguments ->> 'upload_id')::bigint AND c.uploaded_by = app.my_user_id() AND c.digest IS NULL;
    RETURN jsonb_build_object('changes', jsonb_build_object());
END $$;
CALL app.offer('system.drop_upload');

-- {"attachment_id", "name"}: another name for a file at a record that the caller may edit.
CREATE OR REPLACE FUNCTION system.rename_attachment(arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    target bigint := (arguments ->> 'attachment_id')::bigint;
    called text := left(btrim(regexp_replace(coalesce(arguments ->> 'name', ''), E'[[:cntrl:]/\\\\]', '_', 'g')), 200);
BEGIN
    PERFORM app.require('system.attachment.edit');
    PERFORM app.require_visible('system.attachment', ARRAY[target], true);
    IF called = '' THEN
        PERFORM app.refuse('A file needs a name.');
    END IF;
    UPDATE system.attachment a SET name = called WHERE a.id = target;
    RETURN jsonb_build_object('changes', jsonb_build_object('system.attachment', jsonb_build_array(target)));
END $$;
CALL app.offer('system.rename_attachment');

-- One part of the file of an attachment that the caller may see; NULL behind the last.
CREATE OR REPLACE FUNCTION system.read_part(attachment_id bigint, number integer) RETURNS bytea
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE found bytea;
BEGIN
    PERFORM app.require_visible('system.attachment', ARRAY[attachment_id]);
    SELECT p.data INTO found FROM system.attachment a JOIN system.content_part p ON p.content_id = a.content_id
    WHERE a.id = attachment_id AND p.number = read_part.number;
    RETURN found;
END $$;
GRANT EXECUTE ON FUNCTION system.store_part(bigint, integer, bytea), system.read_part(bigint, integer) TO shuke_staff;

-- Deleted and brought back by itself, a file needs the right to edit its record; with its record it just follows.
CREATE OR REPLACE FUNCTION system.keep_attachment() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM app.deletion d WHERE d.id = coalesce(NEW.deletion_id, OLD.deletion_id) AND d.entity = 'system.attachment')
       AND pg_trigger_depth() = 1 AND app.my_user_id() IS NOT NULL THEN
        IF OLD.field IS NOT NULL THEN
            PERFORM app.refuse('This picture is in use. Take it out of its record instead.');
        END IF;
        PERFORM app.require_visible('system.attachment', ARRAY[OLD.id], true);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER c_keep BEFORE UPDATE ON system.attachment FOR EACH ROW
    WHEN (OLD.deletion_id IS DISTINCT FROM NEW.deletion_id) EXECUTE FUNCTION system.keep_attachment();

-- A file that no record has any more is no longer stored. First the lock, then the look: who attaches it at this moment
-- has it locked, and is seen by the second statement.
CREATE OR REPLACE FUNCTION system.drop_contents() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    DELETE FROM system.thumbnail t USING old_rows o WHERE t.id = o.id;
    PERFORM FROM system.content c WHERE c.id IN (SELECT o.content_id FROM old_rows o) ORDER BY c.id FOR UPDATE;
    DELETE FROM system.content c USING (SELECT DISTINCT o.content_id FROM old_rows o) o
    WHERE c.id = o.content_id AND NOT EXISTS (SELECT FROM system.attachment a WHERE a.content_id = c.id);
    RETURN NULL;
END $$;
CREATE TRIGGER x_contents AFTER DELETE ON system.attachment REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION system.drop_contents();

-- A file once sent never changes.
CREATE OR REPLACE FUNCTION system.keep_content() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'SK003', MESSAGE = 'A stored file cannot be changed.';
END $$;
CREATE TRIGGER a_kept BEFORE UPDATE ON system.content FOR EACH ROW WHEN (OLD.digest IS NOT NULL) EXECUTE FUNCTION system.keep_content();
CREATE TRIGGER a_kept BEFORE UPDATE ON system.content_part FOR EACH ROW EXECUTE FUNCTION system.keep_content();

-- Space used, for who gives it: {"used", "largest", "quota", "files", "kinds": [{"entity", "files", "bytes"}]}.
CREATE OR REPLACE FUNCTION system.attachment_space() RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE bound record;
BEGIN
    PERFORM app.require('system.settings');
    SELECT * INTO bound FROM system.attachment_limits();
    RETURN jsonb_build_object('largest', bound.largest, 'quota', bound.quota,
        'used', (SELECT coalesce(sum(c.size), 0) FROM system.content c),
        'files', (SELECT count(*) FROM system.content c WHERE c.digest IS NOT NULL),
        'deleted', (SELECT coalesce(sum(a.size), 0) FROM system.attachment a WHERE a.deleted_at IS NOT NULL),
        'kinds', (SELECT coalesce(jsonb_agg(to_jsonb(k) ORDER BY k.bytes DESC), '[]') FROM (
            SELECT a.entity, count(*) AS files, sum(a.size) AS bytes FROM system.attachment a
            WHERE a.deleted_at IS NULL GROUP BY a.entity) k));
END $$;
GRANT EXECUTE ON FUNCTION system.attachment_space() TO shuke_staff;

-- {"largest_mb", "quota_mb"}
CREATE OR REPLACE FUNCTION system.set_attachment_limits(arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM app.require('system.settings');
    IF (arguments ->> 'largest_mb')::bigint NOT BETWEEN 1 AND 2048 OR (arguments ->> 'quota_mb')::bigint NOT BETWEEN 1 AND 104857600 THEN
        PERFORM app.refuse('A file may have 1 to 2048 MB, all files together 1 MB to 100 TB.');
    END IF;
    PERFORM system.set_setting('attachments.largest_mb', arguments -> 'largest_mb');
    PERFORM system.set_setting('attachments.quota_mb', arguments -> 'quota_mb');
    RETURN jsonb_build_object('changes', jsonb_build_object());
END $$;
CALL app.offer('system.set_attachment_limits');

-- For shuke check: attachments whose record is not there.
CREATE OR REPLACE FUNCTION system.lost_attachments() RETURNS TABLE (id bigint, entity text, record_id bigint)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE kind text;
BEGIN
    FOR kind IN SELECT DISTINCT a.entity FROM system.attachment a LOOP
        RETURN QUERY EXECUTE format('SELECT a.id, a.entity, a.record_id FROM system.attachment a WHERE a.entity = %L '
            'AND a.record_id IS NOT NULL AND NOT EXISTS (SELECT FROM %I.%I r WHERE r.id = a.record_id)',
            kind, split_part(kind, '.', 1), split_part(kind, '.', 2));
    END LOOP;
END $$;
