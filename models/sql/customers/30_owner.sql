-- What a customer owes belongs to whoever owns the customer: the ledger follows a transfer, the balance does already.
CREATE OR REPLACE FUNCTION customers.move_ledger() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE finance.ledger l SET owner_id = n.owner_id
    FROM old_rows o JOIN new_rows n USING (id)
    -- while a customer is in the pool his debts stay with the last owner
    WHERE o.owner_id IS DISTINCT FROM n.owner_id AND n.owner_id IS NOT NULL AND l.customer_id = n.id AND l.owner_id <> n.owner_id;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER x_ledger_owner AFTER UPDATE ON customers.customer
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION customers.move_ledger();
