-- name_key is what duplicates are found by, last_contact_on follows the contact records: triggers write both.
-- Into the pool and out of it functions alone bring a customer; who has none of the pool's rights sees nothing of
-- what lies in it.
CALL app.guard('customers.customer',
    visible => 'owner_id = ANY ((SELECT app.my_owner_ids())::bigint[]) '
        'OR id = ANY ((SELECT app.my_shared_ids(''customers.customer''))::bigint[]) '
        'OR owner_id IS NULL AND (SELECT app.can(''customers.pool.view'') OR app.serves(''customers.customer''))',
    editable => 'owner_id = ANY ((SELECT app.my_owner_ids())::bigint[]) '
        'OR id = ANY ((SELECT app.my_shared_ids(''customers.customer'', true))::bigint[])',
    guarded => ARRAY['name_key', 'last_contact_on', 'pooled_at', 'pool_reason']);
SELECT app.make_searchable('customers.customer', 'name', 'name|person:kind=individual', 'short_name', 'name', 'number', 'number', 'phone', 'phone');
CALL app.customise('customers.customer');
CALL app.tidies('customers.customer', ARRAY['name', 'short_name', 'number', 'phone']);
CALL app.keeps_tree('customers.customer', 'parent_id');
CALL app.lies_in_branch('customers.customer', chosen => true);
CALL app.shapes('customers.customer', lengths => '{"name": 120, "short_name": 40, "number": 40, "phone": 60, "fax": 60,
    "email": 120, "website": 200, "address": 200, "tax_number": 20, "bank_name": 100, "bank_account": 40, "hot_reason": 200,
    "remark": 4000}', phones => '{phone,fax}', emails => '{email}', tax_numbers => '{tax_number}', regions => '{region}',
    terms => '{credit_days}');
-- Contacts lie in the pool with their customer: customer service reads them there, who may only look into the pool not.
CALL app.guard('customers.contact',
    visible => 'owner_id = ANY ((SELECT app.my_owner_ids())::bigint[]) '
        'OR id = ANY ((SELECT app.my_shared_ids(''customers.contact''))::bigint[]) '
        'OR customer_id = ANY ((SELECT app.my_shared_ids(''customers.customer''))::bigint[]) '
        'OR owner_id IS NULL AND (SELECT app.serves(''customers.contact''))',
    editable => 'owner_id = ANY ((SELECT app.my_owner_ids())::bigint[]) '
        'OR id = ANY ((SELECT app.my_shared_ids(''customers.contact'', true))::bigint[])');
SELECT app.make_searchable('customers.contact', 'name', 'person', 'mobile', 'phone', 'phone', 'phone', 'title', 'text');
CALL app.customise('customers.contact');
CALL app.tidies('customers.contact', ARRAY['name', 'mobile', 'phone']);
CALL app.lies_in_branch('customers.contact');
CALL app.shapes('customers.contact', lengths => '{"name": 60, "department": 60, "title": 60, "responsible_for": 120,
    "mobile": 40, "phone": 60, "email": 120, "qq": 40, "wechat": 60, "messenger": 60, "address": 200, "hobbies": 200,
    "remark": 4000}', phones => '{mobile,phone}', emails => '{email}');
CALL app.goes_with('customers.contact', 'customer_id', 'customers.customer');
CALL app.moves_with('customers.contact', 'customer_id', 'customers.customer', chosen => 'all');
-- a group's companies may each have a salesperson of their own; the balance follows its customer by itself
CALL app.moves_not('customers.customer', 'parent_id', 'customers.customer');
CALL app.moves_not('customers.balance', 'id', 'customers.customer');
CALL app.attachable('customers.customer');
CALL app.holds_file('customers.customer', 'picture_id');
CALL app.attachable('customers.contact');
CALL app.holds_file('customers.contact', 'picture_id');
-- A link shows a contact beside another customer; it shows him to nobody who does not see him anyway.
CALL app.guard_part('customers.contact_link', 'customers.contact',
    'contact_id = ANY (app.visible_ids(''customers.contact'', ARRAY[contact_id]))');
CALL app.holds('customers.customer', 'parent_id', 'customers.customer');
-- What a customer owes is seen by those who see the receivables ledger, whatever else they see of him.
CALL app.guard_part('customers.balance', 'finance.ledger',
    'owner_id = ANY ((SELECT app.my_owner_ids())::bigint[]) '
    'OR id = ANY ((SELECT app.my_shared_ids(''customers.customer''))::bigint[])', false);
CALL app.shared_kind('customers', 'customers.customer', 'customers.contact');
CALL app.customer_section('basic', ARRAY['customers.customer'], ARRAY['customers.customer.view'], true);
CALL app.customer_section('contacts', ARRAY['customers.contact'], ARRAY['customers.contact.view'], true);

-- What two names of one company have in common: no case, width, brackets, blanks or legal form.
CREATE OR REPLACE FUNCTION customers.name_key(name text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
    SELECT regexp_replace(
        regexp_replace(lower(normalize(app.tidy(name), NFKC)),
            E'[\\s()（）【】\\[\\]《》<>·.,，。、''"“”\\-_/\\u200c\\u200d]', '', 'g'),
        '(股份有限公司|有限责任公司|有限公司)', '', 'g')
$$;

CREATE OR REPLACE FUNCTION customers.complete_customer() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    NEW.name_key := customers.name_key(NEW.name);
    NEW.number := coalesce(nullif(btrim(NEW.number), ''), 'C-' || lpad(NEW.id::text, greatest(6, length(NEW.id::text)), '0'));
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER c_complete BEFORE INSERT OR UPDATE OF name, number ON customers.customer
    FOR EACH ROW EXECUTE FUNCTION customers.complete_customer();

-- How much a customer may owe is not for everybody to say who may edit him.
CREATE OR REPLACE FUNCTION customers.keep_credit() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF app.my_user_id() IS NOT NULL THEN
        PERFORM app.require('customers.set_credit');
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER d_credit BEFORE UPDATE OF credit_limit ON customers.customer
    FOR EACH ROW WHEN (OLD.credit_limit IS DISTINCT FROM NEW.credit_limit) EXECUTE FUNCTION customers.keep_credit();
CREATE OR REPLACE TRIGGER d_first_credit BEFORE INSERT ON customers.customer
    FOR EACH ROW WHEN (NEW.credit_limit IS NOT NULL) EXECUTE FUNCTION customers.keep_credit();

-- The row that counts what a customer owes exists as long as the customer does.
CREATE OR REPLACE FUNCTION customers.open_balance() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO customers.balance (id, owner_id) SELECT n.id, n.owner_id FROM new_rows n ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER x_balance AFTER INSERT ON customers.customer REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION customers.open_balance();

CREATE OR REPLACE FUNCTION customers.move_balance() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE customers.balance b SET owner_id = n.owner_id FROM new_rows n
    WHERE b.id = n.id AND b.owner_id <> n.owner_id;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER x_balance_owner AFTER UPDATE ON customers.customer REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION customers.move_balance();

-- One main contact per customer: the newest to be marked.
CREATE OR REPLACE FUNCTION customers.one_main_contact() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE customers.contact c SET main = false WHERE c.customer_id = NEW.customer_id AND c.main AND c.id <> NEW.id;
    RETURN NULL;
END $$;
-- also one who comes from another customer; those in the recycle bin lose the mark with the others
CREATE OR REPLACE TRIGGER x_main AFTER INSERT OR UPDATE OF main, customer_id ON customers.contact
    FOR EACH ROW WHEN (NEW.main) EXECUTE FUNCTION customers.one_main_contact();

-- Whoever moved to a customer to whom he belonged as well belongs there once.
CREATE OR REPLACE FUNCTION customers.drop_own_link() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    DELETE FROM customers.contact_link l WHERE l.contact_id = NEW.id AND l.customer_id = NEW.customer_id;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER x_own_link AFTER UPDATE OF customer_id ON customers.contact
    FOR EACH ROW WHEN (NEW.customer_id <> OLD.customer_id) EXECUTE FUNCTION customers.drop_own_link();

-- 'Is this name taken?' (CUS-03): across all customers, even hidden ones, but no more than name and owner. ``besides`` is
-- the customer who is to be renamed; nobody learns by it what a customer is called that he does not see.
CREATE OR REPLACE FUNCTION customers.name_taken(name text, besides bigint DEFAULT NULL)
RETURNS TABLE (taken_name text, owner_name text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT c.name, coalesce(u.name, 'Customer pool') FROM customers.customer c
    LEFT JOIN organisation."user" u ON u.id = c.owner_id
    WHERE app.can('customers.customer.view') AND c.name_key = customers.name_key(name_taken.name)
      AND c.deleted_at IS NULL AND customers.name_key(name_taken.name) <> ''
      AND (besides IS NULL OR c.id <> ALL (app.visible_ids('customers.customer', ARRAY[besides]))) LIMIT 5
$$;
GRANT EXECUTE ON FUNCTION customers.name_key(text), customers.name_taken(text, bigint) TO shuke_staff;

-- {"contact_id", "customer_id", "role"}: the contact belongs to that customer too (CON-01).
CREATE OR REPLACE FUNCTION customers.link_contact(arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE contact bigint := (arguments ->> 'contact_id')::bigint; customer bigint := (arguments ->> 'customer_id')::bigint;
BEGIN
    PERFORM app.require('customers.contact.edit');
    PERFORM app.require_visible('customers.contact', ARRAY[contact], true);
    PERFORM app.require_visible('customers.customer', ARRAY[customer]);
    IF EXISTS (SELECT FROM customers.contact c WHERE c.id = contact AND c.customer_id = customer) THEN
        PERFORM app.refuse('The contact belongs to this customer already.');
    END IF;
    INSERT INTO customers.contact_link AS l (contact_id, customer_id, role)
    VALUES (contact, customer, nullif(btrim(arguments ->> 'role'), ''))
    ON CONFLICT ON CONSTRAINT uq_contact_link_contact_id_customer_id DO UPDATE SET role = excluded.role;
    RETURN jsonb_build_object('changes', jsonb_build_object('customers.contact', jsonb_build_array(contact)));
END $$;
CALL app.offer('customers.link_contact');

-- {"contact_id", "customer_id"}
CREATE OR REPLACE FUNCTION customers.unlink_contact(arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE contact bigint := (arguments ->> 'contact_id')::bigint;
BEGIN
    PERFORM app.require('customers.contact.edit');
    PERFORM app.require_visible('customers.contact', ARRAY[contact], true);
    DELETE FROM customers.contact_link l
    WHERE l.contact_id = contact AND l.customer_id = (arguments ->> 'customer_id')::bigint;
    RETURN jsonb_build_object('changes', jsonb_build_object('customers.contact', jsonb_build_array(contact)));
END $$;
CALL app.offer('customers.unlink_contact');
