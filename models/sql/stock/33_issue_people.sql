-- Whose goods a stock issue holds: who took the orders sees what ships them, whoever made the issue (DLV-02).

-- The owners of these orders; and who asks for the goods now, where he would not see the issue otherwise: an order that
-- somebody else owns was shared with him, and the goods lie in a warehouse that he does not keep.
CREATE OR REPLACE FUNCTION stock.people_of(orders bigint[], warehouse bigint) RETURNS bigint[]
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT ARRAY(
        SELECT o.owner_id FROM sales."order" o WHERE o.id = ANY (orders)
        UNION
        SELECT app.my_user_id() WHERE NOT EXISTS (
                SELECT FROM sales."order" o WHERE o.id = ANY (orders) AND o.owner_id = ANY (app.my_owner_ids()))
            AND warehouse <> ALL (app.my_warehouse_ids()) AND NOT app.can('stock.see_all')
        ORDER BY 1)
$$;
REVOKE ALL ON FUNCTION stock.people_of(bigint[], bigint) FROM PUBLIC;

-- Goods that leave for no order are those of who enters the issue.
CREATE OR REPLACE FUNCTION stock.own_issue() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    NEW.asked_by := ARRAY[NEW.created_by];
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER c_asked_by BEFORE INSERT ON stock.issue
    FOR EACH ROW WHEN (NEW.asked_by = '{}' AND NEW.created_by IS NOT NULL) EXECUTE FUNCTION stock.own_issue();
