-- A line of a delivery note is its note's: append-only in everything but the owner, who changes with a transfer.
DROP TRIGGER IF EXISTS a_append_only ON delivery.note_line;
DROP TRIGGER IF EXISTS a_keep ON delivery.note_line;
CALL app.freeze('delivery.note_line', 'true');

CREATE OR REPLACE FUNCTION delivery.move_lines() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE delivery.note_line l SET owner_id = n.owner_id
    FROM old_rows o JOIN new_rows n USING (id)
    WHERE o.owner_id <> n.owner_id AND l.note_id = n.id AND l.owner_id <> n.owner_id;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER x_line_owner AFTER UPDATE ON delivery.note
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION delivery.move_lines();

-- Lines of a dispatch notice go with it to another owner.
CREATE OR REPLACE FUNCTION delivery.move_dispatch_lines() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE delivery.dispatch_line l SET owner_id = n.owner_id
    FROM old_rows o JOIN new_rows n USING (id)
    WHERE o.owner_id <> n.owner_id AND l.dispatch_id = n.id AND l.owner_id <> n.owner_id;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER x_line_owner AFTER UPDATE ON delivery.dispatch
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION delivery.move_dispatch_lines();
