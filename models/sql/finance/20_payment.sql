-- {"customer_id", "amount", "account_id", "date", "kind", "payer", "reference", "remark", "charge", "rounding",
--  "currency", "currency_amount", "rate", "exchange_difference", "handled_by", "orders": [[order_id, amount], …]}: what no order takes
-- is an advance payment (预收). In another currency the amount follows from the day's rate, or the one given.
CREATE OR REPLACE FUNCTION finance.post_payment(arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    customer customers.customer;
    sum_paid numeric := (arguments ->> 'amount')::numeric(18, 2);
    account bigint := (arguments ->> 'account_id')::bigint;
    day date := coalesce((arguments ->> 'date')::date, app.today());
    orders bigint[] := ARRAY(SELECT (o ->> 0)::bigint FROM jsonb_array_elements(coalesce(arguments -> 'orders', '[]')) o);
    given text;
    target bigint;
    credited numeric;
BEGIN
    PERFORM app.require('finance.payment.create');
    PERFORM app.require('finance.payment.post');
    arguments := finance.checked_extras(arguments, day);
    sum_paid := (arguments ->> 'amount')::numeric(18, 2);
    credited := sum_paid + (arguments ->> 'rounding')::numeric + (arguments ->> 'exchange_difference')::numeric;
    SELECT * INTO customer FROM customers.customer c WHERE c.id = (arguments ->> 'customer_id')::bigint
        AND c.deleted_at IS NULL;
    PERFORM app.require_visible('customers.customer', ARRAY[coalesce(customer.id, 0)]);
    PERFORM app.require_visible('finance.account', ARRAY[account]);
    PERFORM app.require_visible('sales.order', orders);
    PERFORM finance.refuse_closed(account);
    IF arguments ->> 'handled_by' IS NOT NULL AND NOT EXISTS (SELECT FROM organisation."user" u
            WHERE u.id = (arguments ->> 'handled_by')::bigint AND u.active) THEN
        PERFORM app.refuse('Who took the money must be somebody who works here.');
    ELSIF sum_paid IS NULL OR sum_paid <= 0 THEN
        PERFORM app.refuse('Enter the amount that was paid.');
    ELSIF day > app.today() THEN
        PERFORM app.refuse('A payment cannot lie in the future.');
    END IF;
    -- locks in the global order: documents, customer, account, counter; sums are read in later statements
    PERFORM 1 FROM sales."order" o WHERE o.id = ANY (orders) ORDER BY o.id FOR NO KEY UPDATE;
    PERFORM 1 FROM customers.balance b WHERE b.id = customer.id FOR NO KEY UPDATE;
    PERFORM 1 FROM finance.account_balance b WHERE b.id = account FOR NO KEY UPDATE;
    PERFORM finance.refuse_allocation(customer.id, arguments -> 'orders');
    IF (SELECT coalesce(sum((x ->> 1)::numeric(18, 2)), 0) FROM jsonb_array_elements(coalesce(arguments -> 'orders', '[]')) x)
        > credited THEN
        PERFORM app.refuse('More is given to orders than was paid.');
    END IF;
    given := app.next_number('finance.payment', day);
    target := finance.pay(customer, account, day, sum_paid, given, arguments);
    PERFORM finance.allocate((SELECT p FROM finance.payment p WHERE p.id = target), arguments -> 'orders');
    RETURN jsonb_build_object('id', target, 'number', given, 'changes', jsonb_build_object(
        'finance.payment', jsonb_build_array(target), 'sales.order', to_jsonb(orders),
        'customers.customer', jsonb_build_array(customer.id)));
END $$;
CALL app.offer('finance.post_payment');

-- {"payment_id", "orders": [[order_id, amount], …]}: what is left of an advance pays orders of the same customer.
-- No money moves and nothing is owed more or less: only which order is paid changes.
CREATE OR REPLACE FUNCTION finance.use_advance(arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    paid finance.payment;
    target bigint := (arguments ->> 'payment_id')::bigint;
    orders bigint[] := ARRAY(SELECT (o ->> 0)::bigint FROM jsonb_array_elements(coalesce(arguments -> 'orders', '[]')) o);
    wanted numeric := (SELECT coalesce(sum((x ->> 1)::numeric(18, 2)), 0)
        FROM jsonb_array_elements(coalesce(arguments -> 'orders', '[]')) x);
    left_over numeric;
BEGIN
    PERFORM app.require('finance.payment.post');
    PERFORM app.require_visible('finance.payment', ARRAY[target]);
    PERFORM app.require_visible('sales.order', orders);
    -- documents in the global order; two clerks who use the same advance wait for its row
    PERFORM 1 FROM finance.payment p WHERE p.id = target FOR NO KEY UPDATE;
    PERFORM 1 FROM sales."order" o WHERE o.id = ANY (orders) ORDER BY o.id FOR NO KEY UPDATE;
    SELECT * INTO paid FROM finance.payment p WHERE p.id = target;
    IF paid.state <> 'posted' OR wanted <= 0 THEN
        PERFORM app.refuse('There is nothing to share out: choose orders and amounts.');
    END IF;
    PERFORM finance.refuse_allocation(paid.customer_id, arguments -> 'orders');
    SELECT paid.credited - coalesce(sum(a.amount), 0) INTO left_over FROM finance.allocation a WHERE a.payment_id = target;
    IF wanted > left_over THEN
        PERFORM app.refuse('Of payment {number} only {open} are left as an advance.',
            jsonb_build_object('number', paid.number, 'open', left_over::text));
    END IF;
    PERFORM finance.allocate(paid, arguments -> 'orders');
    RETURN jsonb_build_object('changes', jsonb_build_object('finance.payment', jsonb_build_array(target),
        'sales.order', to_jsonb(orders)));
END $$;
CALL app.offer('finance.use_advance');

-- The orders must be the customer's, confirmed, and not paid beyond what is open. Called under their locks.
CREATE OR REPLACE FUNCTION finance.refuse_allocation(customer bigint, parts jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE bad record;
BEGIN
    SELECT o.number, o.gross - o.received AS left_open, q.amount, o.customer_id, o.state INTO bad
    FROM (SELECT (x ->> 0)::bigint AS id, sum((x ->> 1)::numeric(18, 2)) AS amount
          FROM jsonb_array_elements(coalesce(parts, '[]')) x GROUP BY 1) q
    JOIN sales."order" o ON o.id = q.id
    WHERE o.customer_id <> customer OR o.state <> 'confirmed' OR q.amount IS NULL OR q.amount <= 0
       OR q.amount > o.gross - o.received
    LIMIT 1;
    IF NOT FOUND THEN
        RETURN;
    ELSIF bad.customer_id <> customer THEN
        PERFORM app.refuse('The order {number} belongs to another customer.', jsonb_build_object('number', bad.number));
    ELSIF bad.state <> 'confirmed' THEN
        PERFORM app.refuse('Confirm the order first.');
    END IF;
    PERFORM app.refuse('Of order {number} only {open} are unpaid.',
        jsonb_build_object('number', bad.number, 'open', bad.left_open::text));
END $$;

CREATE OR REPLACE FUNCTION finance.allocate(paid finance.payment, parts jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO finance.allocation (payment_id, order_id, owner_id, amount)
    SELECT paid.id, (x ->> 0)::bigint, paid.owner_id, sum((x ->> 1)::numeric(18, 2))
    FROM jsonb_array_elements(coalesce(parts, '[]')) x GROUP BY 2;
    UPDATE sales."order" o SET received = o.received + q.amount
    FROM (SELECT (x ->> 0)::bigint AS id, sum((x ->> 1)::numeric(18, 2)) AS amount
          FROM jsonb_array_elements(coalesce(parts, '[]')) x GROUP BY 1) q WHERE o.id = q.id;
END $$;

-- Writes a payment that was checked and numbered, under the caller's locks, with the customer's and the account's
-- ledger. Which orders it pays is the caller's to write. ``name_part``: what search finds the customer's name by,
-- where it was computed already.
CREATE OR REPLACE FUNCTION finance.pay(
    customer customers.customer, account bigint, day date, amount numeric, given text, details jsonb,
    name_part tsvector DEFAULT NULL) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    target bigint;
    settled numeric;
    kept numeric := coalesce((details ->> 'charge')::numeric(18, 2), 0);
    owner bigint;
BEGIN
    -- under the balance's lock: whoever owns the customer now, though the caller read him before a transfer
    SELECT c.owner_id INTO owner FROM customers.customer c WHERE c.id = customer.id;
    INSERT INTO finance.payment (number, customer_id, customer_name, date, amount, account_id, kind, payer, reference,
        remark, charge, rounding, currency, currency_amount, rate, exchange_difference, handled_by, state, reverses_id, owner_id,
        branch_id, sort_name, search)
    VALUES (given, customer.id, customer.name, day, amount, account, details ->> 'kind', details ->> 'payer',
        details ->> 'reference', details ->> 'remark', kept, coalesce((details ->> 'rounding')::numeric, 0),
        details ->> 'currency', (details ->> 'currency_amount')::numeric, (details ->> 'rate')::numeric,
        coalesce((details ->> 'exchange_difference')::numeric, 0), (details ->> 'handled_by')::bigint,
        CASE WHEN details ->> 'reverses_id' IS NULL THEN 'posted' ELSE 'reversed' END, (details ->> 'reverses_id')::bigint,
        owner, customer.branch_id, customer.sort_name, name_part)
    RETURNING id, payment.credited INTO target, settled;
    INSERT INTO finance.ledger (date, user_id, owner_id, customer_id, kind, document, document_id, number, delta, moved)
    VALUES (day, app.my_user_id(), owner, customer.id, 'payment', 'finance.payment', target, given, -settled,
        settled);
    INSERT INTO finance.account_ledger (date, user_id, account_id, document, document_id, number, delta)
    VALUES (day, app.my_user_id(), account, 'finance.payment', target, given, amount - kept);
    RETURN target;
END $$;

CREATE OR REPLACE FUNCTION finance.refuse_closed(account bigint) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT (SELECT a.active AND a.deleted_at IS NULL FROM finance.account a WHERE a.id = account) THEN
        PERFORM app.refuse('This account is closed. Choose another one.');
    END IF;
END $$;

-- Charge, rounding, currency and exchange difference of a payment, checked and filled in; ``amount`` of another
-- currency follows from its rate. Settings: ``finance.rounding_limit`` in CNY, ``finance.exchange_limit`` in per cent:
-- what a cashier may let go without anybody's word.
CREATE OR REPLACE FUNCTION finance.checked_extras(arguments jsonb, day date) RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    amount numeric := (arguments ->> 'amount')::numeric(18, 2);
    charge numeric := coalesce((arguments ->> 'charge')::numeric(18, 2), 0);
    rounding numeric := coalesce((arguments ->> 'rounding')::numeric(18, 2), 0);
    difference numeric := coalesce((arguments ->> 'exchange_difference')::numeric(18, 2), 0);
    foreign_sum numeric := (arguments ->> 'currency_amount')::numeric(18, 2);
    at_rate numeric := (arguments ->> 'rate')::numeric(14, 6);
    rounding_limit numeric := (app.setting('finance.rounding_limit', '1') #>> '{}')::numeric;
    exchange_limit numeric := (app.setting('finance.exchange_limit', '10') #>> '{}')::numeric;
    money text := arguments ->> 'currency';
BEGIN
    IF money IS NULL THEN
        foreign_sum := NULL;
        at_rate := NULL;
    ELSE
        at_rate := coalesce(at_rate, (SELECT r.rate FROM finance.rate r WHERE r.currency = money AND r.date <= day
            AND r.deleted_at IS NULL ORDER BY r.date DESC LIMIT 1));
        IF at_rate IS NULL OR at_rate <= 0 THEN
            PERFORM app.refuse('There is no exchange rate for that day. Enter it.');
        ELSIF foreign_sum IS NULL OR foreign_sum <= 0 THEN
            PERFORM app.refuse('Enter the amount in the other currency.');
        END IF;
        amount := round(foreign_sum * at_rate, 2);
    END IF;
    IF amount IS NULL OR amount <= 0 THEN
        PERFORM app.refuse('Enter the amount that was paid.');
    ELSIF charge < 0 OR charge >= amount THEN
        PERFORM app.refuse('The charge lies between 0 and the amount.');
    ELSIF abs(rounding) > rounding_limit OR amount + rounding <= 0 THEN
        PERFORM app.refuse('A rounding difference is {limit} at most.', jsonb_build_object('limit', rounding_limit::text));
    ELSIF difference <> 0 AND money IS NULL THEN
        PERFORM app.refuse('There is an exchange difference in another currency only.');
    ELSIF abs(difference) > amount * exchange_limit / 100 THEN
        PERFORM app.refuse('An exchange difference is {limit} % of the amount at most.',
            jsonb_build_object('limit', exchange_limit::text));
    END IF;
    RETURN arguments || jsonb_build_object('amount', amount, 'charge', charge, 'rounding', rounding, 'rate', at_rate,
        'currency_amount', foreign_sum, 'exchange_difference', difference);
END $$;

-- {"payment_id", "reason"}: the payment as if it had never been, by its mirror image; its orders are unpaid again.
CREATE OR REPLACE FUNCTION finance.reverse_payment(arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    paid finance.payment;
    customer customers.customer;
    target bigint := (arguments ->> 'payment_id')::bigint;
    reason text := btrim(coalesce(arguments ->> 'reason', ''));
    orders bigint[];
    given text;
    mirror bigint;
BEGIN
    PERFORM app.require('finance.payment.reverse');
    PERFORM app.require_visible('finance.payment', ARRAY[target]);
    IF reason = '' THEN
        PERFORM app.refuse('Write down why it is reversed.');
    END IF;
    -- the payment first, as use_advance does: nobody can give it to another order meanwhile
    PERFORM 1 FROM finance.payment p WHERE p.id = target FOR NO KEY UPDATE;
    SELECT * INTO paid FROM finance.payment p WHERE p.id = target;
    IF paid.state <> 'posted' THEN
        PERFORM app.refuse('This payment is reversed already.');
    END IF;
    SELECT coalesce(array_agg(DISTINCT a.order_id), '{}') INTO orders FROM finance.allocation a WHERE a.payment_id = target;
    PERFORM 1 FROM sales."order" o WHERE o.id = ANY (orders) ORDER BY o.id FOR NO KEY UPDATE;
    PERFORM 1 FROM customers.balance b WHERE b.id = paid.customer_id FOR NO KEY UPDATE;
    PERFORM 1 FROM finance.account_balance b WHERE b.id = paid.account_id FOR NO KEY UPDATE;
    SELECT * INTO customer FROM customers.customer c WHERE c.id = paid.customer_id;
    given := app.next_number('finance.payment', app.today());
    mirror := finance.pay(customer, paid.account_id, app.today(), -paid.amount, given, jsonb_build_object(
        'kind', paid.kind, 'payer', paid.payer, 'reference', paid.reference, 'remark', reason, 'charge', -paid.charge,
        'rounding', -paid.rounding, 'currency', paid.currency, 'currency_amount', -paid.currency_amount, 'rate', paid.rate,
        'exchange_difference', -paid.exchange_difference, 'handled_by', paid.handled_by, 'reverses_id', target));
    PERFORM finance.allocate((SELECT p FROM finance.payment p WHERE p.id = mirror), (
        SELECT jsonb_agg(jsonb_build_array(a.order_id, -a.amount)) FROM finance.allocation a WHERE a.payment_id = target));
    UPDATE finance.payment p SET state = 'reversed' WHERE p.id = target;
    RETURN jsonb_build_object('id', mirror, 'number', given, 'changes', jsonb_build_object(
        'finance.payment', jsonb_build_array(target, mirror), 'sales.order', to_jsonb(orders),
        'customers.customer', jsonb_build_array(paid.customer_id)));
END $$;
CALL app.offer('finance.reverse_payment');
