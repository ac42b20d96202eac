-- An order that gets another owner takes its issues along, also those that have left: transfer, job change and its undoing
-- cannot forget it. Who owns another order of the same issue stays.
CREATE OR REPLACE FUNCTION sales.move_issues() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE stock.issue i SET asked_by = ARRAY(
        SELECT p FROM unnest(i.asked_by) p WHERE p <> OLD.owner_id
        UNION
        SELECT o.owner_id FROM stock.issue_line l JOIN sales."order" o ON o.id = l.order_id WHERE l.issue_id = i.id
        ORDER BY 1)
    WHERE i.id IN (SELECT l.issue_id FROM sales.order_line k JOIN stock.issue_line l ON l.order_line_id = k.id
                   WHERE k.order_id = NEW.id);
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER x_issues_follow AFTER UPDATE OF owner_id ON sales."order"
    FOR EACH ROW WHEN (NEW.owner_id IS DISTINCT FROM OLD.owner_id) EXECUTE FUNCTION sales.move_issues();
