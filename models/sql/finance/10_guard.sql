CALL app.guard('finance.account', visible => 'true');
-- an account has a branch, but no owner from whom it could come
GRANT INSERT (branch_id), UPDATE (branch_id) ON finance.account TO shuke_staff;
CALL app.guard('finance.rate', visible => 'true');
CALL app.guard_part('finance.account_balance', 'finance.account', 'false', false);
CALL app.guard_part('finance.account_ledger', 'finance.account', 'false', false);
CALL app.append_only('finance.account_ledger');
CALL app.guard('finance.payment', writable => false, shared_through => '{"customer_id": "customers.customer"}');
CALL app.attachable('finance.payment');
SELECT app.make_searchable('finance.payment', 'customer_name', 'name', 'number', 'number', 'reference', 'number', 'payer', 'text');
CALL app.transitions('finance.payment', 'posted>reversed');
CALL app.freeze('finance.payment', 'true', ARRAY['state', 'print_count']);
-- what a payment shared, or shown with its customer, pays: a look-up by key under the payment's own policy
CALL app.guard_part('finance.allocation', 'finance.payment', 'owner_id = ANY ((SELECT app.my_owner_ids())::bigint[]) '
    'OR EXISTS (SELECT FROM finance.payment p WHERE p.id = allocation.payment_id)', with_notices => false);
CALL app.append_only('finance.allocation');
CALL app.guard_part('finance.ledger', 'finance.ledger',
    'owner_id = ANY ((SELECT app.my_owner_ids())::bigint[]) '
    'OR customer_id = ANY ((SELECT app.my_shared_ids(''customers.customer''))::bigint[])', false);
CALL app.freeze('finance.ledger', 'true');
CALL app.shared_kind('payments', 'finance.payment');
CALL app.customer_section('payments', ARRAY['finance.payment'], ARRAY['finance.payment.view']);
CALL app.customer_section('receivables', ARRAY['finance.ledger'], ARRAY['finance.ledger.view']);
CALL app.holds('finance.payment', 'customer_id', 'customers.customer');
CALL app.moves_with('finance.payment', 'customer_id', 'customers.customer');
-- the ledger follows its customer, allocations their payment
CALL app.moves_not('finance.ledger', 'customer_id', 'customers.customer');
CALL app.moves_not('finance.allocation', 'order_id', 'sales.order');
CALL app.holds('finance.account_ledger', 'account_id', 'finance.account');

-- An allocation and a ledger row follow their customer's owner, so that a transfer shows them to the new one.
CREATE OR REPLACE FUNCTION finance.book() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE customers.balance b SET
        receivable = b.receivable + NEW.delta,
        ordered = b.ordered + CASE NEW.kind WHEN 'order' THEN NEW.moved ELSE 0 END,
        paid = b.paid + CASE NEW.kind WHEN 'payment' THEN NEW.moved ELSE 0 END,
        issued = b.issued + CASE NEW.kind WHEN 'issue' THEN NEW.moved ELSE 0 END,
        last_order_on = CASE
            WHEN NEW.kind <> 'order' THEN b.last_order_on
            WHEN NEW.moved >= 0 THEN greatest(b.last_order_on, NEW.date)
            -- an order reversed: the newest of those that still stand
            ELSE (SELECT max(l.date) FROM finance.ledger l
                  WHERE l.customer_id = NEW.customer_id AND l.kind = 'order' AND l.document_id <> NEW.document_id
                    AND l.moved > 0 AND NOT EXISTS (
                        SELECT FROM finance.ledger r WHERE r.customer_id = l.customer_id AND r.kind = 'order'
                          AND r.document_id = l.document_id AND r.moved < 0)) END
    WHERE b.id = NEW.customer_id RETURNING b.receivable, b.owner_id INTO NEW.receivable_after, NEW.owner_id;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER b_book BEFORE INSERT ON finance.ledger FOR EACH ROW EXECUTE FUNCTION finance.book();

CREATE OR REPLACE FUNCTION finance.guard_balance() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF pg_trigger_depth() < 2 AND (TG_OP = 'DELETE' OR to_jsonb(OLD) - 'owner_id' <> to_jsonb(NEW) - 'owner_id') THEN
        RAISE EXCEPTION USING ERRCODE = 'SK003', MESSAGE = 'A balance changes through its ledger only.';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE OR REPLACE TRIGGER a_through_ledger BEFORE UPDATE OR DELETE ON customers.balance
    FOR EACH ROW EXECUTE FUNCTION finance.guard_balance();
CREATE OR REPLACE TRIGGER a_through_ledger BEFORE UPDATE OR DELETE ON finance.account_balance
    FOR EACH ROW EXECUTE FUNCTION finance.guard_balance();

CREATE OR REPLACE FUNCTION finance.book_account() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE finance.account_balance b SET balance = b.balance + NEW.delta
    WHERE b.id = NEW.account_id RETURNING b.balance INTO NEW.balance_after;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER b_book BEFORE INSERT ON finance.account_ledger
    FOR EACH ROW EXECUTE FUNCTION finance.book_account();

CREATE OR REPLACE FUNCTION finance.open_account() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO finance.account_balance (id) VALUES (NEW.id) ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER x_open AFTER INSERT ON finance.account FOR EACH ROW EXECUTE FUNCTION finance.open_account();

-- what stands in a branch keeps it out of the recycle bin (ORG-01)
CALL app.holds('finance.account', 'branch_id', 'organisation.branch');
