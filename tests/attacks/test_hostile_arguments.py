"""Fourth round (ORG-20): what came in last, and every function that staff reach with arguments that nobody means."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from models.schema import SCHEMAS
from tests.attacks.test_new_ideas import answer, one, result
from tests.attacks.test_organisation import posted
from tests.conftest import Company
from tests.services.test_visibility import customer_of, user_id


def confirmed_order(company: Company, customer: int) -> int:
    """An order of one service over 113, whose money is still to come."""
    product = one(
        company.psql(),
        "INSERT INTO products.product (name, unit, stocked) VALUES ('安装', '次', false) RETURNING id",
    )
    line = {"product_id": product, "quantity": 1, "tax_price": 113, "tax_rate": 13}
    seller = company.psql("sales1")
    saved = result(seller, "sales.save_order", customer_id=customer, lines=[line])
    order = int(saved["changes"]["sales.order"][0])
    result(seller, "sales.confirm_order", order_id=order)
    return order


# -- imports taken back


def test_taking_an_import_back_unpays_no_order(company: Company) -> None:
    """A payment posted inside the transaction of an import is no row that the import changed."""
    customer = customer_of(company, "sales1")
    order = confirmed_order(company, customer)
    manager, admin = company.psql("manager"), company.psql()
    state = f'SELECT state, received, owner_id, deleted_at FROM sales."order" WHERE id = {order}'
    with manager.transaction():
        run = one(manager, "SELECT app.begin_import('customers.customer', 'x.csv', 'skip')")
        assert posted(
            manager, "finance.post_payment", customer_id=customer, amount="113", account_id=1, orders=[[order, "113"]]
        ) is None  # fmt: skip
        noted = one(
            manager,
            "SELECT app.note_import(%s, 'customers.customer', '{}', ARRAY[%s]::bigint[])",
            run,
            customer,
        )
        before = admin.execute(state).fetchone()
        with pytest.raises(psycopg.Error) as refused, manager.transaction():
            manager.execute(
                "SELECT app.note_import(%s, 'sales.order', '{}', ARRAY[%s]::bigint[])", (run, order)
            )
        assert refused.value.sqlstate == "SK001"
    assert noted == 0 and before is not None
    before = admin.execute(state).fetchone()
    posted(manager, "app.undo_import", import_id=run)
    assert admin.execute(state).fetchone() == before
    assert before is not None and before[1] == 113


def test_taking_an_import_back_moves_nothing_that_a_function_wrote(company: Company) -> None:
    """Who is given a record inside his import's transaction does not hand it back past the rules of giving away."""
    customer = customer_of(company, "sales1")
    manager, heir = company.psql("manager"), user_id(company, "sales2")
    with manager.transaction():
        run = one(manager, "SELECT app.begin_import('customers.customer', 'x.csv', 'update')")
        manager.execute("UPDATE customers.customer SET phone = '118' WHERE id = %s", (customer,))
        result(
            manager,
            "organisation.transfer",
            entity="customers.customer",
            ids=[customer],
            to_user=heir,
            along={},
        )
        assert one(
            manager, "SELECT app.note_import(%s, 'customers.customer', '{}', ARRAY[%s]::bigint[])", run, customer
        ) == 1  # fmt: skip
    done = result(manager, "app.undo_import", import_id=run)
    assert done["restored"] == 1
    row = company.psql().execute("SELECT phone, owner_id FROM customers.customer WHERE id = %s", (customer,))
    assert row.fetchone() == (None, heir), "his own column came back, the owner stays whom it was given to"


# -- every function that staff reach

HOSTILE: tuple[Any, ...] = (
    None, "", "x", "'; DROP TABLE sales.gift; --", "customers.customer", "no.such", "pg_catalog.pg_class", -1, 0, 1,
    9223372036854775807, "1e400", "NaN", "Infinity", "infinity", True, [], [None], [[]], [[[1]]], [1, 1], [[1, "NaN"]],
    ["x"], {}, {"a": {"b": []}}, [{"product_id": 1}], [{"product_id": 1, "quantity": "NaN", "price": "-1"}],
    "龘" * 3000,
    ["x" * 5000],
)  # fmt: skip
"""What no client sends."""
REFUSALS = re.compile("SK00[123]|42501|22...|21000|25001")
"""In words, for want of a right, as a value that does not fit: everything else is a fault of the function itself."""
POSTED = """
SELECT o.command, coalesce(string_agg(DISTINCT m[1], ' '), '')
FROM app.offered o JOIN pg_proc p ON p.oid = (quote_ident(split_part(o.command, '.', 1)) || '.'
    || quote_ident(split_part(o.command, '.', 2)) || '(jsonb)')::regprocedure
LEFT JOIN LATERAL regexp_matches(p.prosrc, '->>? ''(\\w+)''', 'g') m ON true GROUP BY 1 ORDER BY 1
"""
REACHED = """
SELECT p.oid::regproc::text, ARRAY(SELECT format_type(t, NULL) FROM unnest(p.proargtypes) t), p.prokind::text
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE n.nspname = ANY (%s) AND has_function_privilege('shuke_staff', p.oid, 'EXECUTE')
  AND p.prorettype <> 'trigger'::regtype AND p.proname <> 'post' ORDER BY 1
"""
VALUES = {
    "bigint": (None, -1, 0, 9223372036854775807),
    "integer": (None, -1, 0, 2147483647),
    "text": (
        None,
        "",
        "x",
        "no.such",
        "customers.customer",
        "pg_catalog.pg_class",
        "a.b.c",
        '"',
        "龘" * 3000,
    ),
    "boolean": (None, True),
    "bigint[]": (None, [], [None], [-1, -1], [9223372036854775807]),
    "text[]": (None, [], [None], [""], ["x", "x"], ["no_such_column"], ["id"]),
    "jsonb": tuple(Jsonb(value) for value in HOSTILE),
    "date": (None, "infinity", "0044-03-15 BC"),
    "numeric": (None, "NaN", "-1"),
    "uuid": (None, "00000000-0000-0000-0000-000000000000"),
}


def psql_rows(company: Company, statement: str, *values: object) -> list[Any]:
    """What the superuser reads."""
    shell: psycopg.Connection[Any] = company.psql()
    return shell.execute(statement, values or None).fetchall()  # type: ignore[call-overload]


def refused(connection: psycopg.Connection[Any], statement: str, values: Sequence[object]) -> str:
    """What is wrong with the answer; nothing where the call ran or was refused as it should be. Leaves nothing."""
    try:
        with connection.transaction(force_rollback=True):
            connection.execute(statement, values)  # type: ignore[call-overload]
    except psycopg.Error as error:
        # a shape that app.shapes asks for is named by its rule, so that the form says it at the field
        shape = error.sqlstate == "23514" and error.diag.message_primary == "This value is not possible here."
        if not (shape or REFUSALS.fullmatch(error.sqlstate or "")) or "Failing row" in str(error):
            return f"{error.sqlstate} {str(error).splitlines()[0]}"
    return ""


@pytest.mark.req("ORG-20")
@pytest.mark.parametrize("login", ["boss", "sales1"])
def test_posting_functions_refuse_what_nobody_means(sample: Company, login: str) -> None:
    """Each argument hostile, all the others missing or hostile alike; no answer is a fault of the server's."""
    connection = sample.psql(login)
    connection.execute("SET statement_timeout = '5s'")
    faults: dict[str, str] = {}
    for command, names in psql_rows(sample, POSTED):
        keys = str(names).split()
        tried: list[Any] = [*HOSTILE]
        for value in HOSTILE:
            tried += [{key: value} for key in keys]
            tried.append(dict.fromkeys(keys, value))
        for arguments in tried:
            said = refused(
                connection, "SELECT app.post(gen_random_uuid(), %s, %s)", (command, Jsonb(arguments))
            )
            if said:
                faults.setdefault(f"{command}: {said}", str(arguments)[:200])
    assert not faults, "\n".join(f"{fault}   by {arguments}" for fault, arguments in faults.items())


@pytest.mark.req("ORG-20")
@pytest.mark.parametrize("login", ["boss", "sales1"])
def test_other_functions_refuse_what_nobody_means(sample: Company, login: str) -> None:
    connection = sample.psql(login)
    connection.execute("SET statement_timeout = '5s'")
    faults: dict[str, str] = {}
    for name, types, kind in psql_rows(sample, REACHED, list(SCHEMAS)):
        shaped = ", ".join(f"%s::{one_type}" for one_type in types)
        statement = f"{'CALL' if kind == 'p' else 'SELECT'} {name}({shaped})"
        choices = [VALUES.get(one_type, (None,)) for one_type in types]
        longest = max((len(choice) for choice in choices), default=1)
        tried = [tuple(choice[n % len(choice)] for choice in choices) for n in range(longest)]
        for place, choice in enumerate(choices):
            usual = [other[-1] if len(other) > 1 else other[0] for other in choices]
            tried += [(*usual[:place], value, *usual[place + 1 :]) for value in choice]
        for values in tried:
            said = refused(connection, statement, values)
            if said:
                faults.setdefault(f"{name}: {said}", str(values)[:200])
    assert not faults, "\n".join(f"{fault}   by {values}" for fault, values in faults.items())


# -- settings, requests, the log of exports


def test_nobody_is_locked_out_by_a_setting(company: Company) -> None:
    """Who demands TLS must have it himself: not to be gone round by writing the setting as any other."""
    admin = company.psql("admin")
    for key, value in (("security.tls", True), (None, True), ("x" * 101, 1), ("company.note", "x" * 10**7)):
        assert answer(admin, "SELECT system.set_setting(%s, %s)", key, Jsonb(value)) == "SK001"
    assert answer(admin, "SELECT system.write_setting('security.tls', 'true')") == "42501"
    assert (
        one(
            company.psql(),
            "SELECT count(*) FROM system.setting WHERE key LIKE 'security.%%'",
        )
        == 0
    )


def test_what_functions_keep_for_good_is_bounded(company: Company) -> None:
    """The disk is everybody's: requests and the log of exports are never cleared."""
    seller = company.psql("sales1")
    key = "11111111-1111-1111-1111-111111111111"
    assert answer(seller, "SELECT app.open_request(%s, repeat('x', 1000000), 'd')", key) == "22023"
    assert answer(seller, "SELECT app.open_request(%s, 'c', 'd')", key) is None
    # random, or it would be pressed together
    long = "SELECT to_jsonb(string_agg(gen_random_uuid()::text, '')) FROM generate_series(1, 400000)"
    assert answer(seller, f"SELECT app.close_request(%s, ({long}))", key) == "22023"
    assert (
        answer(
            seller,
            f"SELECT app.log_export('customers.customer', jsonb_build_object('a', ({long})), 1, 'csv')",
        )
        == "SK001"
    )
    assert one(company.psql(), "SELECT count(*) FROM system.export_log") == 0


# -- hidden and missing


@pytest.mark.req("ORG-20")
def test_hidden_and_missing_goods_get_the_same_answer(sample: Company) -> None:
    """Lines of others' orders and notices, drafts in others' warehouses: whether one exists tells nobody."""
    admin = sample.psql()
    me = user_id(sample, "keeper2")
    admin.execute("DELETE FROM stock.keeper WHERE user_id = %s", (me,))
    seller, keeper = sample.psql("sales1"), sample.psql("keeper2")
    line = one(
        admin,
        'SELECT l.id FROM sales.order_line l JOIN organisation."user" u ON u.id = l.owner_id'
        " WHERE u.login = 'sales5' AND l.stocked LIMIT 1",
    )
    receipt = one(admin, "SELECT max(id) FROM stock.receipt WHERE created_by <> %s", me)
    issue = one(admin, "SELECT max(id) FROM stock.issue WHERE created_by <> %s", me)

    def same(connection: psycopg.Connection[Any], function: str, hidden: object, **more: Any) -> None:
        said = []
        for target in (hidden, 10**9):
            arguments = {key: target if value == "?" else value for key, value in more.items()}
            if "lines" in more:
                arguments["lines"] = [[target, 1]]
            with pytest.raises(psycopg.Error) as refused:
                result(connection, function, **arguments)
            said.append(
                (
                    refused.value.sqlstate,
                    refused.value.diag.message_primary,
                    refused.value.diag.message_detail,
                )
            )
        assert said[0] == said[1] and said[0][0] == "SK002", (function, said)

    same(seller, "delivery.make_dispatch", line, warehouse_id=1, lines=[])
    same(seller, "stock.make_issue", line, warehouse_id=1, lines=[])
    same(keeper, "stock.post_receipt", receipt, receipt_id="?", version=1)
    same(keeper, "stock.post_issue", issue, issue_id="?")


def test_a_field_by_another_way_of_writing_its_table(company: Company) -> None:
    """A second count of keys would take the column that the next field of the office is to have."""
    admin = company.psql("admin")
    statement = "INSERT INTO system.custom_field (entity, kind, title) VALUES (%s, 'text', 'x')"
    for entity in (
        '"customers".customer',
        " customers.customer",
        "CUSTOMERS.customer",
        "app.user_scope",
        "x; y",
    ):
        assert answer(admin, statement, entity) in {"SK001", "42602", "42601"}, entity
    assert answer(admin, statement, "customers.customer") is None
