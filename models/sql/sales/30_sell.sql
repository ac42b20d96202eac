-- A sale over the counter: order, stock issue and payment in one transaction, every row written once. The rules are
-- those of save_order, confirm_order, make_issue, post_issue and post_payment, asked in the same order; what the
-- five would write and change again is written as it stands at the end. It has a right of its own (ORG-06): who sells
-- over the counter need not be let confirm orders, issue goods or post payments otherwise.

-- {"order": as save_order, "account_id", "paid"}: a sale of goods, payment and hand-over at once, one transaction.
CREATE OR REPLACE FUNCTION sales.sell(arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    head jsonb := arguments -> 'order';
    account bigint := (arguments ->> 'account_id')::bigint;
    warehouse bigint := (head ->> 'warehouse_id')::bigint;
    day date := coalesce((head ->> 'date')::date, app.today());
    customer customers.customer;
    total record;
    sums record;
    made record;
    changes jsonb;
    name_part tsvector;
    paid numeric;
    given text;
    issue_number text;
    payment_number text;
    payment bigint;
BEGIN
    PERFORM app.require('sales.counter.sell');
    IF head ->> 'id' IS NOT NULL THEN
        RETURN sales.sell_draft(arguments);
    END IF;
    SELECT * INTO customer FROM customers.customer c WHERE c.id = (head ->> 'customer_id')::bigint
        AND c.deleted_at IS NULL;
    PERFORM sales.require_chosen(customer.id, head);
    PERFORM sales.refuse_unknown_pack(head -> 'lines');
    SELECT count(*) AS lines, array_agg(p.product_id ORDER BY p.product_id) FILTER (WHERE p.stocked) AS products,
           array_agg(p.quantity ORDER BY p.product_id) FILTER (WHERE p.stocked) AS quantities,
           coalesce(sum(p.gross), 0) AS gross, coalesce(sum(p.tax), 0) AS tax,
           coalesce(sum(p.gross) FILTER (WHERE p.stocked), 0) AS issued,
           coalesce(sum(p.quantity) FILTER (WHERE p.stocked), 0) AS quantity,
           min(p.product_name) FILTER (WHERE sales.no_quantity(p.quantity)) AS unsaid INTO total
    FROM sales.priced(head -> 'lines') p;
    IF total.lines < jsonb_array_length(head -> 'lines') THEN
        RAISE EXCEPTION USING ERRCODE = 'SK002', MESSAGE = 'That record is not available.';
    ELSIF total.lines = 0 THEN
        PERFORM app.refuse('Enter at least one line.');
    ELSIF total.unsaid IS NOT NULL THEN
        PERFORM app.refuse('Enter the quantity of {product}.', jsonb_build_object('product', total.unsaid));
    ELSIF total.products IS NOT NULL AND warehouse IS NULL THEN
        PERFORM app.refuse('Choose the warehouse from which the goods leave.');
    END IF;
    SELECT * INTO sums FROM sales.totals(total.gross, head);
    paid := coalesce((arguments ->> 'paid')::numeric, sums.gross)::numeric(18, 2);
    IF (arguments ->> 'paid')::numeric < 0 THEN
        PERFORM app.refuse('Enter the amount that was paid.');
    END IF;
    -- what search finds the customer's name by, once for three documents and before anything is locked
    name_part := app.search_text(ARRAY[customer.name], ARRAY['name'])::tsvector;

    -- locks in the global order: customer, balances, account, counters; sums are read in later statements
    PERFORM 1 FROM customers.balance b WHERE b.id = customer.id FOR NO KEY UPDATE;
    IF total.products IS NOT NULL THEN
        PERFORM stock.require_keeper(warehouse);
        PERFORM stock.lock_balances(warehouse, total.products);
    END IF;
    IF paid > 0 THEN
        PERFORM 1 FROM finance.account_balance b WHERE b.id = account FOR NO KEY UPDATE;
        IF NOT FOUND OR NOT app.sees_every('finance.account') THEN
            PERFORM app.require_visible('finance.account', ARRAY[account]);
        END IF;
        PERFORM finance.refuse_closed(account);
    END IF;
    given := app.next_number('sales.order', day);
    IF total.products IS NOT NULL THEN
        issue_number := app.next_number('stock.issue', app.today());
    END IF;
    IF paid > 0 THEN
        payment_number := app.next_number('finance.payment', app.today());
    END IF;

    WITH placed AS (
        INSERT INTO sales."order" (number, state, confirmed_at, confirmed_by, customer_id, customer_name, owner_id,
            branch_id, contact_id, subject, date, required_on, payment_method, due_on, warehouse_id, price_level_id,
            consignee, consignee_phone, delivery_address, remark, lines_total, tax, quantity, open_quantity,
            discount_rate, discount, freight, rounding_unit, round_down, rounding, total_typed, gross, received, issued_amount, sort_name, search)
        VALUES (given, 'confirmed', now(), app.my_user_id(), customer.id, customer.name,
            coalesce(app.my_user_id(), customer.owner_id), coalesce(app.my_branch_id(), customer.branch_id),
            (head ->> 'contact_id')::bigint, head ->> 'subject', day, (head ->> 'required_on')::date,
            head ->> 'payment_method', day + coalesce(customer.credit_days, 0), warehouse,
            (head ->> 'price_level_id')::bigint, head ->> 'consignee', head ->> 'consignee_phone',
            head ->> 'delivery_address', head ->> 'remark', total.gross, total.tax, total.quantity, 0,
            coalesce((head ->> 'discount_rate')::numeric, 100), coalesce((head ->> 'discount')::numeric, 0),
            coalesce((head ->> 'freight')::numeric, 0), coalesce((head ->> 'rounding_unit')::numeric, 0.01),
            coalesce((head ->> 'round_down')::boolean, false), sums.rounding, head ->> 'total' IS NOT NULL, sums.gross,
            greatest(paid, 0), total.issued, customer.sort_name, name_part) RETURNING id, owner_id, number, gross
    ), listed AS (
        INSERT INTO sales.order_line (order_id, owner_id, position, product_id, product_name, model, unit, stocked,
            quantity, tax_price, discount, tax_rate, net, tax, gross, remark, pack_unit, pack_factor,
            pack_quantity, pack_price, delivered)
        SELECT o.id, o.owner_id, p.place, p.product_id, p.product_name, p.model, p.unit, p.stocked, p.quantity,
            p.tax_price, p.discount, p.tax_rate, p.net, p.tax, p.gross, p.remark, p.pack_unit,
            p.pack_factor, p.pack_quantity, p.pack_price,
            CASE WHEN p.stocked THEN p.quantity ELSE 0 END
        FROM placed o CROSS JOIN sales.priced(head -> 'lines') p
        RETURNING id, position, product_id, quantity, stocked, gross, pack_unit, pack_factor
    ), issued AS (
        INSERT INTO stock.issue (number, state, posted_at, posted_by, warehouse_id, kind, customer_id, customer_name,
            asked_by, sort_name, search)
        SELECT issue_number, 'posted', now(), app.my_user_id(), warehouse, 'sale', customer.id, customer.name,
            ARRAY[o.owner_id], customer.sort_name, name_part
        FROM placed o WHERE issue_number IS NOT NULL RETURNING id
    ), left_stock AS (
        INSERT INTO stock.issue_line (issue_id, position, warehouse_id, product_id, order_id, order_line_id, order_number,
            quantity, counted, gross, pack_unit, pack_factor)
        SELECT i.id, row_number() OVER (ORDER BY l.position), warehouse, l.product_id, o.id, l.id, o.number, l.quantity,
            l.quantity, l.gross, l.pack_unit, l.pack_factor
        FROM issued i CROSS JOIN placed o CROSS JOIN listed l WHERE l.stocked
    )
    SELECT o.id, o.gross, (SELECT i.id FROM issued i) AS issue_id INTO made FROM placed o;
    PERFORM sales.refuse_low_price(made.id);
    PERFORM sales.refuse_over_credit(customer.id, made.gross);
    IF made.issue_id IS NOT NULL THEN
        PERFORM stock.refuse_shortage(warehouse, total.products, total.quantities);
        PERFORM stock.move('stock.issue', made.issue_id, issue_number, warehouse, total.products,
            ARRAY(SELECT -q FROM unnest(total.quantities) WITH ORDINALITY x(q, i) ORDER BY i));
    END IF;
    IF paid > 0 AND paid > made.gross THEN
        PERFORM app.refuse('Of order {number} only {open} are unpaid.',
            jsonb_build_object('number', given, 'open', made.gross::text));
    END IF;
    INSERT INTO finance.ledger (date, user_id, owner_id, customer_id, kind, document, document_id, number, delta, moved)
    SELECT x.date, app.my_user_id(), customer.owner_id, customer.id, x.kind, x.document, x.id, x.number, x.delta, x.moved
    FROM (VALUES (day, 'order', 'sales.order', made.id, given, made.gross, made.gross),
                 (app.today(), 'issue', 'stock.issue', made.issue_id, issue_number, 0, total.issued))
         x(date, kind, document, id, number, delta, moved) WHERE x.id IS NOT NULL;
    changes := jsonb_build_object('sales.order', jsonb_build_array(made.id),
        'customers.customer', jsonb_build_array(customer.id));
    IF made.issue_id IS NOT NULL THEN
        changes := changes || jsonb_build_object('stock.issue', jsonb_build_array(made.issue_id),
            'products.product', to_jsonb(total.products));
    END IF;
    IF paid > 0 THEN
        payment := finance.pay(customer, account, app.today(), paid, payment_number, '{}', name_part);
        INSERT INTO finance.allocation (payment_id, order_id, owner_id, amount)
        SELECT p.id, made.id, p.owner_id, paid FROM finance.payment p WHERE p.id = payment;
        changes := changes || jsonb_build_object('finance.payment', jsonb_build_array(payment));
    END IF;
    RETURN jsonb_build_object('id', made.id, 'number', given, 'issue', issue_number, 'payment', payment_number, 'changes', changes);
END $$;
CALL app.offer('sales.sell');

-- Whom the order is for, and what it names, must be visible to the caller. Where he sees every record of a kind,
-- a row that is missing shows itself when the document is written.
CREATE OR REPLACE FUNCTION sales.require_chosen(customer_id bigint, head jsonb) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE warehouse bigint := (head ->> 'warehouse_id')::bigint;
BEGIN
    IF customer_id IS NULL OR NOT app.sees_every('customers.customer') THEN
        PERFORM app.require_visible('customers.customer', ARRAY[coalesce(customer_id, 0)]);
    END IF;
    IF head ->> 'contact_id' IS NOT NULL THEN
        PERFORM app.require_visible('customers.contact', ARRAY[(head ->> 'contact_id')::bigint]);
    END IF;
    IF warehouse IS NOT NULL AND NOT (app.sees_every('stock.warehouse')
            AND EXISTS (SELECT FROM stock.warehouse w WHERE w.id = warehouse)) THEN
        PERFORM app.require_visible('stock.warehouse', ARRAY[warehouse]);
    END IF;
    IF NOT app.sees_every('products.product') THEN
        PERFORM app.require_visible('products.product',
            ARRAY(SELECT DISTINCT (l ->> 'product_id')::bigint FROM jsonb_array_elements(head -> 'lines') l));
    END IF;
END $$;

-- The same for a draft that exists already: saved, confirmed, issued and paid one after the other, each by its own
-- right, because an order may be anybody's. Confirming numbers the order and paying locks the account: whoever sells
-- otherwise takes these in the opposite order, so all that any of the steps locks is locked before the first number.
CREATE OR REPLACE FUNCTION sales.sell_draft(arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    saved jsonb;
    confirmed jsonb;
    issue jsonb;
    paid jsonb;
    target bigint;
    amount numeric;
    warehouse bigint := (arguments -> 'order' ->> 'warehouse_id')::bigint;
    account bigint := (arguments ->> 'account_id')::bigint;
    products bigint[];
BEGIN
    saved := sales.save_order(arguments -> 'order');
    target := (saved -> 'changes' -> 'sales.order' ->> 0)::bigint;
    PERFORM 1 FROM customers.balance b WHERE b.id = (arguments -> 'order' ->> 'customer_id')::bigint FOR NO KEY UPDATE;
    SELECT array_agg(DISTINCT l.product_id) INTO products FROM sales.order_line l WHERE l.order_id = target AND l.stocked;
    IF products IS NOT NULL AND warehouse IS NOT NULL THEN
        PERFORM stock.lock_balances(warehouse, products);
    END IF;
    PERFORM 1 FROM finance.account_balance b WHERE b.id = account FOR NO KEY UPDATE;
    confirmed := sales.confirm_order(jsonb_build_object('order_id', target));
    IF EXISTS (SELECT FROM sales.order_line l WHERE l.order_id = target AND l.stocked) THEN
        -- handed over now: no dispatch notice has to let it leave
        issue := stock.place_issue(jsonb_build_object('warehouse_id', arguments -> 'order' -> 'warehouse_id', 'lines',
            (SELECT jsonb_agg(jsonb_build_array(l.id, l.quantity)) FROM sales.order_line l
             WHERE l.order_id = target AND l.stocked)));
        issue := stock.post_issue(jsonb_build_object('issue_id', issue -> 'changes' -> 'stock.issue' -> 0));
    END IF;
    amount := coalesce((arguments ->> 'paid')::numeric, (saved ->> 'gross')::numeric);
    IF amount < 0 AND arguments ->> 'paid' IS NOT NULL THEN
        PERFORM app.refuse('Enter the amount that was paid.');
    ELSIF amount > 0 THEN
        paid := finance.post_payment(jsonb_build_object('customer_id', arguments -> 'order' -> 'customer_id',
            'amount', amount, 'account_id', arguments -> 'account_id',
            'orders', jsonb_build_array(jsonb_build_array(target, amount))));
    END IF;
    RETURN jsonb_build_object('id', target, 'number', confirmed -> 'number', 'issue', issue -> 'number', 'payment', paid -> 'number',
        'changes', (confirmed -> 'changes') || coalesce(issue -> 'changes', '{}') || coalesce(paid -> 'changes', '{}'));
END $$;
