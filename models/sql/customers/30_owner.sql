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

-- Whose a customer was and is, and with whom he was shared: a story of its own (ORG-13), because the change history is
-- not for everybody to read, and by triggers, so that transfer, job change, its undoing and the pool cannot forget it.
CALL app.guard_part('customers.owner_event', 'customers.customer',
    'customer_id = ANY (app.visible_ids(''customers.customer'', ARRAY[customer_id]))', with_notices => false,
    "right" => 'customers.customer.view');
CALL app.append_only('customers.owner_event');

CREATE OR REPLACE FUNCTION customers.note_owner() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO customers.owner_event (customer_id, user_id, action, from_owner, to_owner, reason)
    SELECT n.id, app.my_user_id(),
        CASE WHEN n.owner_id IS NULL THEN 'put' WHEN o.owner_id IS NOT NULL THEN 'transfer'
             WHEN n.owner_id = app.my_user_id() THEN 'take' ELSE 'assign' END,
        o.owner_id, n.owner_id, n.pool_reason
    FROM old_rows o JOIN new_rows n USING (id) WHERE o.owner_id IS DISTINCT FROM n.owner_id ORDER BY n.id;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER x_owner_story AFTER UPDATE ON customers.customer REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION customers.note_owner();

CREATE OR REPLACE FUNCTION customers.note_share() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE given organisation.share := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
BEGIN
    INSERT INTO customers.owner_event (customer_id, user_id, action, to_owner, to_position, to_department, can_edit, until)
    -- a share of one who lies in the pool ended with that
    SELECT given.record_id, app.my_user_id(), CASE TG_OP WHEN 'DELETE' THEN 'unshare' ELSE 'share' END, given.user_id,
        given.position_id, given.department, given.can_edit, CASE WHEN TG_OP <> 'DELETE' THEN given.until END
    FROM customers.customer c WHERE c.id = given.record_id AND (TG_OP <> 'DELETE' OR c.owner_id IS NOT NULL);
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER x_customer_shared AFTER INSERT OR UPDATE ON organisation.share
    FOR EACH ROW WHEN (NEW.entity = 'customers.customer') EXECUTE FUNCTION customers.note_share();
CREATE OR REPLACE TRIGGER x_customer_unshared AFTER DELETE ON organisation.share
    FOR EACH ROW WHEN (OLD.entity = 'customers.customer') EXECUTE FUNCTION customers.note_share();
