-- An allocation is its payment's: append-only in everything but the owner, who changes with a transfer.
DROP TRIGGER IF EXISTS a_append_only ON finance.allocation;
DROP TRIGGER IF EXISTS a_keep ON finance.allocation;
CALL app.freeze('finance.allocation', 'true');

CREATE OR REPLACE FUNCTION finance.move_allocations() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE finance.allocation a SET owner_id = n.owner_id
    FROM old_rows o JOIN new_rows n USING (id)
    WHERE o.owner_id <> n.owner_id AND a.payment_id = n.id AND a.owner_id <> n.owner_id;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER x_allocation_owner AFTER UPDATE ON finance.payment
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION finance.move_allocations();
