-- Warehouses and balances are seen by those with the right; what a warehouse's documents hold, by its keepers.
CALL app.guard('stock.warehouse', visible => 'true', guarded => ARRAY['negative_allowed']);
-- a warehouse has a branch, but no owner from whom it could come
GRANT INSERT (branch_id), UPDATE (branch_id) ON stock.warehouse TO shuke_staff;
CALL app.tidies('stock.warehouse', ARRAY['name']);
-- what a journal or a document names stays: its goods would be nowhere
CALL app.holds('stock.ledger', 'warehouse_id', 'stock.warehouse');
CALL app.holds('stock.receipt', 'warehouse_id', 'stock.warehouse');
CALL app.holds('stock.issue', 'warehouse_id', 'stock.warehouse');
CALL app.holds('sales.order', 'warehouse_id', 'stock.warehouse');
CALL app.guard_part('stock.keeper', 'stock.warehouse', 'true');
CALL app.guard_part('stock.balance', 'stock.balance', 'true', false);
CALL app.guard_part('stock.cost', 'stock.balance', 'true', false, "right" => 'products.see_cost', with_notices => false);
CALL app.guard_part('stock.ledger', 'stock.ledger', 'true', false);
CALL app.append_only('stock.ledger');
CALL app.guard_part('stock.ledger_cost', 'stock.ledger', 'true', false, "right" => 'products.see_cost', with_notices => false);
CALL app.append_only('stock.ledger_cost');

CALL app.guard('stock.receipt', writable => false,
    visible => 'warehouse_id = ANY ((SELECT app.my_warehouse_ids())::bigint[]) OR created_by = (SELECT app.my_user_id())');
CALL app.attachable('stock.receipt');
SELECT app.make_searchable('stock.receipt', 'number', 'number', 'remark', 'text');
CALL app.transitions('stock.receipt', 'draft>posted', 'posted>reversed');
CALL app.freeze('stock.receipt', 'OLD.state <> ''draft''', ARRAY['state', 'print_count']);
CALL app.guard_part('stock.receipt_line', 'stock.receipt',
    'warehouse_id = ANY ((SELECT app.my_warehouse_ids())::bigint[]) OR EXISTS (SELECT FROM stock.receipt r WHERE r.id = receipt_line.receipt_id)',
    with_notices => false);
CALL app.guard_part('stock.receipt_line_cost', 'stock.receipt', 'true', "right" => 'products.see_cost',
    with_notices => false);

-- A stock issue is also seen by whose goods they are, the owners of its orders, and by those above them: whoever made it.
-- By people instead of a look-up of its orders: that was to be asked for every row (33_issue_people.sql keeps them).
CALL app.guard('stock.issue', writable => false,
    visible => 'warehouse_id = ANY ((SELECT app.my_warehouse_ids())::bigint[]) OR asked_by && (SELECT app.my_owner_ids())::bigint[]');
CALL app.attachable('stock.issue');
SELECT app.make_searchable('stock.issue', 'customer_name', 'name', 'number', 'number', 'remark', 'text');
CALL app.transitions('stock.issue', 'draft>posted', 'posted>reversed');
CALL app.freeze('stock.issue', 'OLD.state <> ''draft''', ARRAY['state', 'print_count', 'asked_by']);
CALL app.guard_part('stock.issue_line', 'stock.issue',
    -- a look-up by key under the issue's own policy: the function for any kind of record took 0.5 ms a row
    'warehouse_id = ANY ((SELECT app.my_warehouse_ids())::bigint[]) OR EXISTS (SELECT FROM stock.issue i WHERE i.id = issue_line.issue_id)',
    with_notices => false);

-- opened, every colleague with the right reads what came and went; receipts and issues are posted by keepers all the same
CALL app.shared_kind('stock', 'stock.receipt', 'stock.issue');

CREATE OR REPLACE TRIGGER scope_ins AFTER INSERT OR UPDATE OR DELETE ON stock.keeper
    FOR EACH STATEMENT EXECUTE FUNCTION app.scope_changed();

-- Lines of a posted document do not change.
CREATE OR REPLACE FUNCTION stock.keep_lines() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE posted boolean;
BEGIN
    EXECUTE format('SELECT state <> ''draft'' FROM stock.%I WHERE id = $1', TG_ARGV[0])
        INTO posted USING (to_jsonb(OLD) ->> (TG_ARGV[0] || '_id'))::bigint;
    IF posted THEN
        RAISE EXCEPTION USING ERRCODE = 'SK003', MESSAGE = 'This document is posted and cannot be changed any more. Put a difference right with another document.';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE OR REPLACE TRIGGER a_frozen BEFORE UPDATE OR DELETE ON stock.receipt_line
    FOR EACH ROW EXECUTE FUNCTION stock.keep_lines('receipt');
CREATE OR REPLACE TRIGGER a_frozen BEFORE UPDATE OR DELETE ON stock.issue_line
    FOR EACH ROW EXECUTE FUNCTION stock.keep_lines('issue');
CREATE OR REPLACE TRIGGER a_keep BEFORE TRUNCATE ON stock.receipt_line EXECUTE FUNCTION app.refuse_change();
CREATE OR REPLACE TRIGGER a_keep BEFORE TRUNCATE ON stock.issue_line EXECUTE FUNCTION app.refuse_change();

-- A warehouse that is closed holds nothing, awaits nothing and owes nothing.
CREATE OR REPLACE FUNCTION stock.check_closing() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM stock.balance b WHERE b.warehouse_id = NEW.id AND (b.on_hand, b.reserved, b.to_come) <> (0, 0, 0))
       OR EXISTS (SELECT FROM stock.issue i WHERE i.warehouse_id = NEW.id AND i.state = 'draft'
                  AND i.deleted_at IS NULL) THEN
        PERFORM app.refuse('Goods still lie in {warehouse}, are reserved there or on their way. Clear it first.',
            jsonb_build_object('warehouse', NEW.name));
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER d_closing BEFORE UPDATE OF active ON stock.warehouse
    FOR EACH ROW WHEN (OLD.active AND NOT NEW.active) EXECUTE FUNCTION stock.check_closing();

-- what stands in a branch keeps it out of the recycle bin (ORG-01)
CALL app.holds('stock.warehouse', 'branch_id', 'organisation.branch');
