-- {"customer_id", "amount", "account_id", "date", "kind", "payer", "reference", "remark",
--  "orders": [[order_id, amount], …]}: what no order takes is an advance payment (预收).
CREATE OR REPLACE FUNCTION finance.post_payment(arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    customer customers.customer;
    sum_paid numeric := (arguments ->> 'amount')::numeric(18, 2);
    account bigint := (arguments ->> 'account_id')::bigint;
    day date := coalesce((arguments ->> 'date')::date, current_date);
    orders bigint[] := ARRAY(SELECT (o ->> 0)::bigint FROM jsonb_array_elements(coalesce(arguments -> 'orders', '[]')) o);
    bad record;
    given text;
    target bigint;
BEGIN
    PERFORM app.require('finance.payment.post');
    SELECT * INTO customer FROM customers.customer c WHERE c.id = (arguments ->> 'customer_id')::bigint;
    PERFORM app.require_visible('customers.customer', ARRAY[coalesce(customer.id, 0)]);
    PERFORM app.require_visible('finance.account', ARRAY[account]);
    PERFORM app.require_visible('sales.order', orders);
    IF sum_paid IS NULL OR sum_paid <= 0 THEN
        PERFORM app.refuse('Enter the amount that was paid.');
    ELSIF day > current_date + 1 THEN
        PERFORM app.refuse('A payment cannot lie in the future.');
    END IF;
    -- locks in the global order: documents, customer, account, counter; sums are read in later statements
    PERFORM 1 FROM sales."order" o WHERE o.id = ANY (orders) ORDER BY o.id FOR NO KEY UPDATE;
    PERFORM 1 FROM customers.balance b WHERE b.id = customer.id FOR NO KEY UPDATE;
    PERFORM 1 FROM finance.account_balance b WHERE b.id = account FOR NO KEY UPDATE;
    SELECT o.number, o.gross - o.received AS left_open, q.amount, o.customer_id, o.state INTO bad
    FROM (SELECT (x ->> 0)::bigint AS id, sum((x ->> 1)::numeric(18, 2)) AS amount
          FROM jsonb_array_elements(coalesce(arguments -> 'orders', '[]')) x GROUP BY 1) q
    JOIN sales."order" o ON o.id = q.id
    WHERE o.customer_id <> customer.id OR o.state <> 'confirmed' OR q.amount <= 0 OR q.amount > o.gross - o.received
    LIMIT 1;
    IF FOUND THEN
        IF bad.customer_id <> customer.id THEN
            PERFORM app.refuse('The order {number} belongs to another customer.', jsonb_build_object('number', bad.number));
        ELSIF bad.state <> 'confirmed' THEN
            PERFORM app.refuse('Confirm the order first.');
        END IF;
        PERFORM app.refuse('Of order {number} only {open} are unpaid.',
            jsonb_build_object('number', bad.number, 'open', bad.left_open::text));
    END IF;
    IF (SELECT coalesce(sum((x ->> 1)::numeric(18, 2)), 0) FROM jsonb_array_elements(coalesce(arguments -> 'orders', '[]')) x)
        > sum_paid THEN
        PERFORM app.refuse('More is given to orders than was paid.');
    END IF;
    given := app.next_number('finance.payment', day);
    INSERT INTO finance.payment (number, customer_id, customer_name, date, amount, account_id, kind, payer, reference,
        remark, owner_id, branch_id)
    VALUES (given, customer.id, customer.name, day, sum_paid, account, arguments ->> 'kind', arguments ->> 'payer',
        arguments ->> 'reference', arguments ->> 'remark', customer.owner_id, customer.branch_id) RETURNING id INTO target;
    INSERT INTO finance.allocation (payment_id, order_id, owner_id, amount)
    SELECT target, (x ->> 0)::bigint, customer.owner_id, sum((x ->> 1)::numeric(18, 2))
    FROM jsonb_array_elements(coalesce(arguments -> 'orders', '[]')) x GROUP BY 2;
    UPDATE sales."order" o SET received = o.received + a.amount FROM finance.allocation a
    WHERE a.payment_id = target AND a.order_id = o.id;
    INSERT INTO finance.ledger (date, user_id, owner_id, customer_id, kind, document, document_id, number, delta, moved)
    VALUES (day, app.my_user_id(), customer.owner_id, customer.id, 'payment', 'finance.payment', target, given, -sum_paid,
        sum_paid);
    INSERT INTO finance.account_ledger (date, user_id, account_id, document, document_id, number, delta)
    VALUES (day, app.my_user_id(), account, 'finance.payment', target, given, sum_paid);
    RETURN jsonb_build_object('number', given, 'changes', jsonb_build_object(
        'finance.payment', jsonb_build_array(target), 'sales.order', to_jsonb(orders),
        'customers.customer', jsonb_build_array(customer.id)));
END $$;
CALL app.offer('finance.post_payment');
